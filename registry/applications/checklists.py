"""The checklist of a producer for their kind of product: have it, not yet, or help is needed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Column, Connection, ForeignKey, Table, Text, func, select

from content.places.places import Places
from content.programme.pack import Pack
from content.programme.programme import ChecklistItem
from registry.applications.applications import Application, read_application
from registry.applications.entities import part_of
from registry.applications.questions import ask
from registry.people.roles import NotAllowedError, Reviewers, Role, may, may_own
from registry.store.installation import insert_or
from registry.store.rows import UTCDateTime, applications, metadata
from registry.telling import Teller, place_name

checklist_items = Table(
    "checklist_items",
    metadata,
    Column("application_id", Text, ForeignKey("applications.id"), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("state", Text, nullable=False),  # have, not_yet, need_help
    Column("updated_at", UTCDateTime, nullable=False),
)


ItemState = Literal["have", "not_yet", "need_help"]


@dataclass(frozen=True, slots=True)
class Ticked:
    """One item of a checklist with the producer's answer; "" without one."""

    item: ChecklistItem
    state: str


def checklist(db: Connection, *, pack: Pack, application: Application) -> tuple[Ticked, ...]:
    """The checklist of an application's kind, in the order of the pack."""
    rows = db.execute(
        select(checklist_items.c.item, checklist_items.c.state).where(
            checklist_items.c.application_id == application.id
        )
    )
    said = {row.item: row.state for row in rows}
    return tuple(Ticked(item, said.get(item.id, "")) for item in pack.programme.kind(application.kind).items)


def set_item(
    db: Connection,
    *,
    pack: Pack,
    application_id: str,
    item_id: str,
    state: ItemState,
    person_id: str,
    now: datetime,
    tell: Teller,
) -> Reviewers | None:
    """
    Record a producer's answer to one item; "need_help" goes to the official in charge.

    Returns the officials asked for help, else None. Idempotent while the request is unanswered.
    """
    application = read_application(db, application_id)
    part = None if application is None else part_of(db, entity_id=application.entity_id, person_id=person_id)
    if application is None or not may_own(part, "checklist.set_own"):
        raise NotAllowedError("checklist.set_own")
    item = next((one for one in pack.programme.kind(application.kind).items if one.id == item_id), None)
    if item is None:
        raise KeyError(item_id)
    db.execute(
        insert_or(db, checklist_items)
        .values(application_id=application_id, item=item_id, state=state, updated_at=now)
        .on_conflict_do_update(index_elements=["application_id", "item"], set_={"state": state, "updated_at": now})
    )
    if state != "need_help":
        return None
    values = {
        "item": item.label,
        "help": pack.programme.help_kind(item.help).name if item.help else item.label,
        "product": application.product,
        "code": application.code,
        "place": place_name(pack, application.place),
    }
    _question, reviewers = ask(
        db,
        pack=pack,
        person_id=person_id,
        place=application.place,
        text=item.label,
        now=now,
        tell=tell,
        kind="help",
        application_id=application_id,
        item=item_id,
        values=values,
    )
    return reviewers


def counts_by_place(
    db: Connection, *, role: Role, places: Places, on: date, state: ItemState = "need_help"
) -> Mapping[str, Mapping[tuple[str, str], int]]:
    """
    Count the products in a `state` per item, by place, within an official's reach.

    An item is named with its kind of product: two kinds may have different items of one id.
    """
    if not may(role, "checklist.counts", role.place, places, on=on):
        return {}
    rows = db.execute(
        select(applications.c.place, applications.c.kind, checklist_items.c.item, func.count())
        .join(applications, applications.c.id == checklist_items.c.application_id)
        .where(checklist_items.c.state == state, applications.c.status != "withdrawn")
        .group_by(applications.c.place, applications.c.kind, checklist_items.c.item)
    )
    found: dict[str, Counter[tuple[str, str]]] = {}
    for place, kind, item, count in rows:
        if places.within(place, role.place):
            found.setdefault(place, Counter())[kind, item] += count
    return found
