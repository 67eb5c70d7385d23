"""People with drafts and applications, for the tests of the sweeps."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from content.actions.action import command_of
from content.message import Choice, Message
from content.programme.pack import Pack
from registry.applications.applications import Application
from registry.applications.drafts import open_draft
from registry.applications.entities import NewEntity
from registry.applications.submitting import submit_idea
from registry.deadlines import deadlines
from registry.people.people import meet, set_preference
from registry.store.rows import applications, deliveries, occurrences
from registry.store.store import Store
from registry.telling import Offer
from scheduler import reminders
from tests.scheduler.virtual import START

COMMUNE = "19213"


def tell(person_id: str, key: str, values: Mapping[str, object], actions: Sequence[Offer]) -> Message:
    """Says the key and the values, so that a test sees both."""
    words = " ".join(f"{name}={value}" for name, value in sorted(values.items()))
    return Message(f"{key} {words}", tuple(Choice(label or "", command_of(action)) for action, label in actions))


class Village:
    def __init__(self, store: Store, pack: Pack) -> None:
        self.store = store
        self.pack = pack
        self._numbers = itertools.count(1)
        store.write_now(deadlines.seed, pack=pack)

    def person(self, at: datetime = START, **preferences: Any) -> str:
        met, _ = self.store.write_now(meet, channel="telegram", account=str(next(self._numbers)), now=at)
        self.store.write_now(set_preference, person_id=met.id, place=COMMUNE, **{"reminders": True, **preferences})
        return met.id

    def drafts(self, person_id: str, at: datetime = START) -> str:
        return self.store.write_now(open_draft, person_id=person_id, form="idea", now=at).key

    def idea(self, person_id: str, product: str, at: datetime = START, status: str = "idea_accepted") -> Application:
        made = self.store.write_now(
            submit_idea,
            pack=self.pack,
            draft_key=self.drafts(person_id, at),
            person_id=person_id,
            entity=NewEntity(kind="household", place=COMMUNE, name="Hộ mẫu"),
            place=COMMUNE,
            kind="new",
            product_group=None,
            answers={"product_name": product},
            now=at,
            tell=tell,
        )
        self.set_status(made.id, status)
        return made

    def set_status(self, application_id: str, status: str) -> None:
        self.store.write_now(
            lambda db: (
                db.execute(
                    applications.update().where(applications.c.id == application_id).values(status=status)
                ).rowcount
            )
        )

    def sweep(self, now: datetime) -> dict[str, int]:
        return self.store.write_now(reminders.sweep, pack=self.pack, tell=tell, now=now)

    def occurrences(self) -> list[Row[Any]]:
        return self.store.write_now(
            lambda db: list(db.execute(select(occurrences).order_by(occurrences.c.due_at, occurrences.c.subject)))
        )

    def said(self) -> list[Row[Any]]:
        """The queued reminders, oldest first."""
        return self.store.write_now(
            lambda db: list(
                db.execute(select(deliveries).where(deliveries.c.kind == "reminder").order_by(deliveries.c.created_at))
            )
        )
