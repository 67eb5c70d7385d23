"""
The confirmation of an idea that was entered for somebody: by a tap, by a code, by a signed paper.

Only here an entry becomes an application. The helper, the time and the way of confirmation are in the audit and at
the beginning of the application's history.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, text, update

from content.programme.pack import Pack
from registry.applications.applications import Application, read_application
from registry.applications.assisted import (
    ENDS_AFTER,
    REMINDED_AFTER,
    Entry,
    close,
    entries,
    entry,
    entry_by_code,
    tell_helper,
)
from registry.applications.changes import Change, write_event
from registry.applications.entities import NewEntity, add_member, entities_of
from registry.applications.files import attach, files
from registry.applications.own_cases import pass_on
from registry.applications.submitting import submit_idea
from registry.people import consents, people
from registry.people.people import person, set_name, set_phone, set_preference
from registry.store.audit import record
from registry.store.slices import Place, Room, Slice, each
from registry.telling import Teller

Way = Literal["tap", "code", "paper"]
_IS_PAPER = text("entries.state = 'paper'")
_IS_OPEN = text("entries.state in ('waiting', 'paper')")
_IS_UNREMINDED = text("entries.state = 'waiting' and entries.reminded_at is null")
"""Written out: SQLite uses a partial index only for a condition without parameters."""


class OwnEntryError(ValueError):
    """The one who entered it cannot confirm it in the other's stead; nothing was changed."""


def confirm_by_tap(
    db: Connection, *, pack: Pack, entry_id: str, person_id: str, channel: str, now: datetime, tell: Teller
) -> Application | None:
    """
    Confirm on one's own account; None for an entry that is somebody else's, or waits no more.

    A second tap gives the application of the first.
    """
    found = entry(db, entry_id)
    if found is None or found.person_id != person_id:
        return None
    if found.state == "confirmed" and found.application_id is not None:
        return read_application(db, found.application_id)
    return _confirm(db, pack, found, person_id, "tap", person_id, channel, now, tell)


def confirm_by_code(
    db: Connection, *, pack: Pack, code: str, person_id: str, channel: str, now: datetime, tell: Teller
) -> Application | None:
    """
    Confirm by the code that was read out, on any account; the person who sends it becomes the producer.

    None when the code is used, too old or unknown, or sent by the helper.
    """
    found = entry_by_code(db, code=code, now=now)
    if found is None:
        return None
    if found.helper_id == person_id:
        raise OwnEntryError("Who entered an idea for somebody cannot confirm it in their stead.")
    return _confirm(db, pack, found, person_id, "code", person_id, channel, now, tell)


def take_papers(
    db: Connection, *, pack: Pack, tell: Teller, now: datetime, room: Room | None = None, after: Place = ()
) -> Slice:
    """
    Confirm entries by papers that have arrived; where one was lost, notify the helper.  Idempotent.

    Those beyond the room wait for the next slice.
    """
    papers = (
        select(entries.c.id, files.c.state)
        .join(files, files.c.id == entries.c.file_id)
        .where(_IS_PAPER, files.c.state != "wanted")
        .order_by(entries.c.id)
    )

    def find(behind: Place, most: int) -> Sequence[Any]:
        return db.execute(papers.where(entries.c.id > (behind[0] if behind else "")).limit(most)).all()

    def act(row: Any) -> Mapping[str, int]:
        found = entry(db, row.id)
        if found is None:
            return {}
        if row.state == "kept":
            helper = found.helper_id
            made = _confirm(db, pack, found, found.person_id, "paper", helper, "paper", now, tell)
            return {"confirmed": made is not None}
        db.execute(update(entries).where(entries.c.id == row.id).values(state="waiting"))
        return {"papers_lost": tell_helper(db, pack=pack, entry=found, key="entry.paper_lost", tell=tell, now=now)}

    return each(find, act, room=room or Room(), after=after, place_of=lambda row: (row.id,))


def expire(db: Connection, *, now: datetime, room: Room | None = None) -> Slice:
    """Close the entries nobody confirmed in time.  Idempotent; those beyond the room wait for the next slice."""
    late = (
        select(entries.c.id)
        .where(_IS_OPEN, entries.c.entered_at <= now - ENDS_AFTER)
        .order_by(entries.c.entered_at, entries.c.id)
    )

    def act(entry_id: str) -> Mapping[str, int]:
        found = entry(db, entry_id)
        if found is None or not close(db, found, "expired", now=now):
            return {}
        record(db, now=now, actor="system", act="entry.expire", noun="entry", noun_id=entry_id)
        return {"expired": 1}

    return each(lambda _after, most: db.execute(late.limit(most)).scalars().all(), act, room=room or Room())


def remind(db: Connection, *, pack: Pack, tell: Teller, now: datetime, room: Room | None = None) -> Slice:
    """Remind the helper of each entry that waits, once.  Those beyond the room wait for the next slice."""
    due = (
        select(entries.c.id)
        .where(_IS_UNREMINDED, entries.c.entered_at <= now - REMINDED_AFTER)
        .order_by(entries.c.entered_at, entries.c.id)
    )

    def act(entry_id: str) -> Mapping[str, int]:
        this = update(entries).where(entries.c.id == entry_id, _IS_UNREMINDED).values(reminded_at=now)
        found = entry(db, entry_id) if db.execute(this).rowcount else None
        if found is None:
            return {}
        return {"reminded": tell_helper(db, pack=pack, entry=found, key="entry.reminder", tell=tell, now=now)}

    return each(lambda _after, most: db.execute(due.limit(most)).scalars().all(), act, room=room or Room())


def _confirm(
    db: Connection, pack: Pack, found: Entry, person_id: str, way: Way, actor: str, channel: str, now: datetime,
    tell: Teller,
) -> Application | None:  # fmt: skip
    """Close the entry, hand the idea in for its producer, and write down who entered and how it was confirmed."""
    answers = dict(found.answers)
    if not answers or not close(db, found, "confirmed", now=now, keep_person=True):
        return None
    _remember(db, person_id, answers, found)
    consents.give(
        db, person_id=person_id, purpose="registration", text_version=found.consent_version, channel=channel, now=now
    )
    made = submit_idea(
        db,
        pack=pack,
        draft_key=found.draft_key,
        person_id=person_id,
        entity=_entity(db, person_id, answers),
        place=found.place,
        kind=str(answers["product_kind"]),
        product_group=str(answers["product_group"]),
        answers=answers,
        now=now,
        tell=tell,
    )
    # steps before the handing in have a version below the first
    steps = (
        (-1, Change("enter", "idea_draft", found.helper_id), found.entered_at),
        (0, Change(f"confirm_{way}", "idea_draft", actor), now),
    )
    for version, change, at in steps:
        write_event(db, application_id=made.id, person_id=person_id, version=version, change=change, now=at)
    db.execute(
        update(entries)
        .where(entries.c.id == found.id)
        .values(application_id=made.id, way=way, person_id=person_id, shadow=False)
    )
    record(
        db, now=now, actor=actor, act="entry.confirm", noun="entry", noun_id=found.id, way=way,
        helper=found.helper_id, person=person_id, application=made.id,
    )  # fmt: skip
    attach(db, file_ids=_files_of(pack, answers), person_id=found.helper_id, application_id=made.id)
    if way == "paper":
        # nobody else can be notified: the helper stays a member, and therefore may not decide on it
        add_member(db, entity_id=made.entity_id, person_id=found.helper_id, part="helper", now=now)
        if found.file_id is not None:
            db.execute(update(files).where(files.c.id == found.file_id).values(application_id=made.id))
    if found.shadow and person_id != found.person_id:
        people.forget(db, person_id=found.person_id, now=now)
    confirmed = "entry.confirmed_paper" if way == "paper" else "entry.confirmed"
    tell_helper(db, pack=pack, entry=found, key=confirmed, tell=tell, now=now)
    return pass_on(db, pack=pack, application=made, now=now, tell=tell)


def _remember(db: Connection, person_id: str, answers: dict[str, Any], found: Entry) -> None:
    """Fill in what the entry says about the producer; their own earlier answers stay."""
    known = person(db, person_id)
    if known is None:
        raise LookupError(f"Person {person_id} was erased; nothing was confirmed.")
    if known.phone is None:
        set_phone(db, person_id=person_id, phone=str(answers["phone"]))
    if known.name is None:
        set_name(db, person_id=person_id, name=str(answers.get("contact_person") or answers["entity_name"]))
    if known.place is None:
        set_preference(db, person_id=person_id, place=found.place)


def _entity(db: Connection, person_id: str, answers: dict[str, Any]) -> str | NewEntity:
    kind, name = str(answers["entity_kind"]), str(answers["entity_name"])
    known = next((one for one in entities_of(db, person_id=person_id) if one.name == name and one.kind == kind), None)
    if known is not None:
        return known.id
    return NewEntity(kind=kind, place=str(answers["place"]), name=name, tax_code=answers.get("tax_code"))


def _files_of(pack: Pack, answers: dict[str, Any]) -> list[str]:
    kept: list[str] = []
    for field in pack.forms["idea"].fields:
        if field.type in {"photos", "document", "voice"} and answers.get(field.id):
            value = answers[field.id]
            kept += value if isinstance(value, list) else [value]
    return kept
