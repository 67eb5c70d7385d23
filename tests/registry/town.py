"""People, officials and applications for the tests of the registry, on a real database."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, select

from content.actions.action import command_of
from content.message import Message
from content.programme.pack import Pack
from registry.applications.applications import Application, read_application
from registry.applications.drafts import open_draft
from registry.applications.entities import NewEntity
from registry.applications.submitting import submit_idea
from registry.people.people import meet, set_name, set_preference
from registry.people.roles import Role, grant
from registry.store.rows import deliveries
from registry.store.store import Store
from registry.telling import Offer

P = ParamSpec("P")
R = TypeVar("R")

NOW = datetime(2021, 6, 1, 1, 0, tzinfo=UTC)
"""Tuesday 01/06/2021, 08:00 in Viet Nam."""
TODAY = date(2021, 6, 1)
PROVINCE, DISTRICT, COMMUNE = "44", "456", "19213"
OTHER_DISTRICT, OTHER_COMMUNE = "455", "19138"


def days(count: float) -> timedelta:
    return timedelta(days=count)


class Told(list[tuple[str, str]]):
    """A teller that says the key, and remembers (person, key) with the values."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[tuple[str, str], Mapping[str, object]] = {}

    def __call__(self, person_id: str, key: str, values: Mapping[str, object], actions: Sequence[Offer]) -> Message:
        self.append((person_id, key))
        self.values[person_id, key] = values
        for action, _label in actions:
            assert len(command_of(action).encode("ascii")) <= 60
        return Message(key)


class Town:
    def __init__(self, store: Store, pack: Pack) -> None:
        self.store = store
        self.pack = pack
        self.told = Told()
        self._numbers = itertools.count(1)

    def do(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self.store.write_now(unit, *args, **kwargs)

    def person(self, name: str = "", place: str | None = COMMUNE, channel: str = "telegram") -> str:
        person, _account = self.do(meet, channel=channel, account=f"{next(self._numbers)}", now=NOW)
        if name:
            self.do(set_name, person_id=person.id, name=name)
        if place:
            self.do(set_preference, person_id=person.id, place=place)
        return person.id

    def official(self, role: str, place: str, until: date | None = None) -> Role:
        person_id = self.person(f"Cán bộ {place}", place=None)
        return self.do(grant, person_id=person_id, role=role, place=place, granted_by="operator", now=NOW, until=until)

    def idea(
        self,
        person_id: str,
        place: str = COMMUNE,
        draft_key: str | None = None,
        now: datetime = NOW,
        **answers: Any,
    ) -> Application:
        if draft_key is None:
            draft_key = self.do(open_draft, person_id=person_id, form="idea", now=now).key
        return self.do(
            submit_idea,
            pack=self.pack,
            draft_key=draft_key,
            person_id=person_id,
            entity=NewEntity("household", place, "Hộ bà Lài"),
            place=place,
            kind="new",
            product_group="food",
            answers={"product_name": "Khoai deo", "materials": "khoai lang", "price": 120000} | answers,
            now=now,
            tell=self.told,
        )

    def fresh(self, application: Application) -> Application:
        found = self.do(read_application, application.id)
        assert found is not None
        return found

    def pending(self, person_id: str | None = None) -> list[str]:
        """The queued messages, by key of the phrase; the oldest first."""

        def read(db: Connection) -> list[str]:
            query = select(deliveries.c.key).where(deliveries.c.state == "owed").order_by(deliveries.c.created_at)
            if person_id is not None:
                query = query.where(deliveries.c.person_id == person_id)
            return list(db.execute(query).scalars())

        return self.do(read)
