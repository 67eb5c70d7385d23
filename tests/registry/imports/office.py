"""An office's list on a real database, and the records it makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, func, select

from content.programme.pack import Pack
from registry.applications.applications import Application, events_of
from registry.applications.entities import Entity, add_member
from registry.imports import runs
from registry.imports.listed import Listed, ListedEntity, ListedProduct, in_order
from registry.imports.looking import course_numbered, entity_numbered
from registry.imports.outcomes import Report
from registry.imports.previewing import Preview
from registry.imports.taking import take_in
from registry.people.people import meet, person
from registry.products.recognitions import Recognition, standing
from registry.store.rows import metadata
from registry.store.schema import every_table
from registry.store.store import Store
from registry.telling import local_day

P = ParamSpec("P")
R = TypeVar("R")
NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
FIRST = ListedEntity("CT-001", "HTX Khoai deo Mẫu", "cooperative", "19225", None, "Nguyễn Thị Mẫu", "+84900000001")
SECOND = ListedEntity("CT-002", "HTX Thứ hai", "cooperative", "19225", None, "Trần Văn Mẫu", "+84900000002")
PRODUCT = ListedProduct(
    "SP-001", "CT-001", "Khoai deo Mẫu", "food", "12/QĐ", 4, date(2025, 12, 15), date(2028, 12, 15), end_printed=False
)


def long_list() -> tuple[list[ListedEntity], list[ListedProduct]]:
    """Six entities with nine products."""
    return (
        [replace(FIRST, number=f"CT-{at:03}", name=f"HTX Số {at}") for at in range(1, 7)],
        [replace(PRODUCT, number=f"SP-{at:03}", entity=f"CT-{at % 6 + 1:03}") for at in range(1, 10)],
    )


@dataclass
class Office:
    store: Store
    pack: Pack
    entities: list[ListedEntity] = field(default_factory=lambda: [FIRST, SECOND])
    products: list[ListedProduct] = field(default_factory=lambda: [PRODUCT])

    def do(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self.store.write_now(unit, *args, **kwargs)

    def rows(self) -> list[Listed]:
        return list(in_order(self.entities, self.products))

    def take(self) -> Report:
        """Take the list in as a run, after a preview that has to say the same."""
        seen = self.preview()
        run_id = self.staged()
        self.do(runs.confirm, run_id=run_id, total=len(self.rows()), now=NOW)
        self.finish(run_id)
        report = self.store.read_now(runs.report_of, run_id)
        assert (seen.counts, seen.facts, seen.left, seen.kept) == (
            report.counts, report.facts, report.left, report.kept,
        )  # fmt: skip
        return report

    def take_at_once(self) -> Report:
        return self.do(take_in, pack=self.pack, listed=self.entities, products=self.products, now=NOW)

    def preview(self) -> Report:
        preview = Preview(self.pack, numbers={one.number for one in self.products}, on=local_day(self.pack, NOW))
        self.store.read_now(preview.look, self.rows())
        return preview.report

    def staged(self) -> str:
        run_id = self.do(runs.begin, now=NOW)
        self.do(runs.stage, run_id=run_id, first=0, rows=self.rows())
        return run_id

    def slice(self, run_id: str, most: int = 1) -> runs.Run:
        return self.do(runs.take_slice, pack=self.pack, run_id=run_id, most=most, now=NOW)

    def finish(self, run_id: str) -> None:
        while self.slice(run_id).state is runs.State.APPLYING:
            pass

    def correct(self, number: str, **facts: Any) -> None:
        """Correct one row of the list."""
        self.entities = [replace(one, **facts) if one.number == number else one for one in self.entities]
        self.products = [replace(one, **facts) if one.number == number else one for one in self.products]

    def course(self, number: str = "SP-001") -> Application:
        found = self.store.read_now(course_numbered, number)
        assert found is not None
        return found

    def entity(self, number: str) -> Entity:
        found = self.store.read_now(entity_numbered, number)
        assert found is not None
        return found

    def recognition(self, number: str = "SP-001") -> Recognition:
        found = self.store.read_now(standing, self.course(number).product_id)
        assert found is not None
        return found

    def keeper(self, number: str) -> tuple[str | None, str | None, str | None]:
        found = self.store.read_now(person, self.entity(number).keeper_id)
        assert found is not None
        return found.name, found.phone, found.place

    def acts(self, number: str = "SP-001") -> Sequence[str]:
        course = self.course(number)
        return [event.act for event in self.store.read_now(events_of, course)]

    def claimed(self, number: str) -> str:
        """Let somebody who speaks with the bot act for an entity."""
        somebody, _ = self.do(meet, channel="test", account=f"of {number}", now=NOW)
        self.do(add_member, entity_id=self.entity(number).id, person_id=somebody.id, part="owner", now=NOW)
        return somebody.id

    def counted(self) -> dict[str, int]:
        """The number of rows of each table of records, without the staged rows."""
        every_table()

        def unit(db: Connection) -> dict[str, int]:
            return {
                name: db.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()
                if not name.startswith("import_")
            }

        return self.store.read_now(unit)
