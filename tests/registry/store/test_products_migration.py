"""The migration that makes products and recognitions of applications with certificates, cut at every statement."""

import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select, text

from registry.products.products import product
from registry.products.recognitions import State, standing
from registry.store.engines import open_engine
from registry.store.rows import applications
from registry.store.schema import NEWEST, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.store.test_schema import _to
from tests.registry.town import NOW

ROWS: dict[str, tuple[int | None, str | None, str | None]] = {
    "idea": (None, None, None),
    "three-2021": (3, "2021-03-15", "2024-03-15"),
    "three-2024": (3, "2024-03-15", "2027-03-15"),
    "three-last-day": (3, "2025-07-05", "2028-07-05"),
    "three-2025": (3, "2025-07-06", "2028-07-06"),
    "four-2024": (4, "2024-03-15", "2027-03-15"),
    "five-2024": (5, "2024-03-15", None),
}
ISSUED_BY = {
    "three-2021": "province",
    "three-2024": "district",
    "three-last-day": "district",
    "three-2025": "province",
    "four-2024": "province",
    "five-2024": "central",
}


def old_database(url: str, vault: Vault) -> None:
    engine = open_engine(url, vault)
    with engine.begin() as db:
        _to(db, "0008")
        now = {"now": NOW}
        db.execute(text("INSERT INTO people (id, data_key, created_at) VALUES ('p', :key, :now)"), now | {"key": b"k"})
        db.execute(
            text(
                "INSERT INTO entities (id, keeper_id, kind, place, name_sealed, created_at)"
                " VALUES ('e', 'p', 'household', '19225', :name, :now)"
            ),
            now | {"name": b"n"},
        )
        for name, (stars, issued, ends) in ROWS.items():
            db.execute(
                text(
                    "INSERT INTO applications (id, code, draft_key, entity_id, person_id, place, kind, product_group,"
                    " status, version, answers_sealed, holder, holder_since, stars, certified_on, expires_on,"
                    " certificate, submitted_at, updated_at) VALUES (:id, :id, :id, 'e', 'p', '19225', 'new', 'food',"
                    " 'recognised', 1, :answers, '19225', :now, :stars, :issued, :ends, :number, :now, :now)"
                ),
                now
                | {
                    "id": name, "answers": b"a", "stars": stars, "issued": issued, "ends": ends,
                    "number": stars and "12/GCN",
                },
            )  # fmt: skip
        db.execute(
            text(
                "INSERT INTO deadlines (id, spec, place, round, closes_at, sample, application_id)"
                " VALUES ('d', 'certificate', '19225', 'three-2024', :now, false, 'three-2024')"
            ),
            now,
        )
        db.execute(
            text(
                "INSERT INTO events (id, application_id, version, at, actor, act, status)"
                " VALUES ('v', 'idea', 1, :now, 'p', 'submit', 'idea_submitted')"
            ),
            now,
        )
    engine.dispose()


def test_every_application_is_a_course_of_a_product_and_every_certificate_stands(empty_url: str, vault: Vault) -> None:
    old_database(empty_url, vault)

    assert upgrade(empty_url, vault) == ("0008", NEWEST)

    store = Store(empty_url, vault)
    rows = store.read_now(lambda db: db.execute(select(applications)).all())
    assert {row.id for row in rows} == set(ROWS)
    for row in rows:
        found, of = store.read_now(standing, row.product_id), store.read_now(product, row.product_id)
        assert of is not None
        assert (of.entity_id, of.keeper_id, of.place, of.product_group) == ("e", "p", "19225", "food")
        stars, issued, ends = ROWS[row.id]
        if stars is None or issued is None:
            assert found is None
            continue
        assert found is not None
        assert (found.stars, found.issued_on, found.state) == (stars, date.fromisoformat(issued), State.STANDING)
        assert (found.ends_on, found.certificate, found.application_id) == (
            None if ends is None else date.fromisoformat(ends), "12/GCN", row.id,
        )  # fmt: skip
        assert found.issued_by == ISSUED_BY[row.id]
    of_deadline = text("SELECT count(*) FROM deadlines JOIN recognitions ON recognitions.id = deadlines.round")
    assert store.read_now(lambda db: db.execute(of_deadline).scalar_one()) == 1
    store.close()


def test_killed_at_any_statement_it_has_changed_nothing(tmp_path: Path, vault: Vault) -> None:
    class KilledError(Exception):
        pass

    old = tmp_path / "old.db"
    old_database(f"sqlite:///{old}", vault)
    left = [0]

    def kill(_db: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError(statement)

    done, after = False, 0
    event.listen(Engine, "before_cursor_execute", kill)
    try:
        while not done:
            after += 1
            file = tmp_path / f"{after}.db"
            shutil.copyfile(old, file)
            left[0] = after
            try:
                upgrade(f"sqlite:///{file}", vault)
                done = True
            except KilledError:
                assert dump(file) == dump(old)
            file.unlink()
    finally:
        event.remove(Engine, "before_cursor_execute", kill)
    assert after > 10


def dump(file: Path) -> list[str]:
    with sqlite3.connect(file) as db:
        lines = list(db.iterdump())
    db.close()
    return lines
