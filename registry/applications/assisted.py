"""
Ideas entered for somebody with no skill or phone: an entry waits apart until that person confirms it.

Until then there is no application, so no queue, list, figure or reminder can contain it. Its texts are sealed under
the key of the person it was entered for, and are erased with that person.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    Table,
    Text,
    bindparam,
    insert,
    select,
    text,
    update,
)

from content.actions.producers import ConfirmEntry, HandOverEntry, LookAtEntry, RefuseEntry, ShowEntry
from content.places.places import Places
from content.programme.pack import Pack
from registry.applications.applications import Application
from registry.applications.drafts import hand_over_draft
from registry.applications.files import let_go
from registry.deliveries import keys
from registry.deliveries.deliveries import cancel as cancel_pending
from registry.deliveries.deliveries import enqueue
from registry.deliveries.states import Reason
from registry.people import people as persons
from registry.people.invitations import INVITATION_LASTS
from registry.people.official_names import official_name
from registry.people.one_time_codes import code_print, one_time_code
from registry.people.people import new_person, person
from registry.people.roles import NotAllowedError, Role, may, role_by_id
from registry.store.audit import record
from registry.store.prepared import Prepared
from registry.store.rows import UTCDateTime, id_column, metadata, new_id, partial, people
from registry.store.sealing import seal_for, unseal_for, vault_of
from registry.store.tombstones import Kind, note
from registry.telling import Teller, local_day, place_name

entries = Table(
    "entries",
    metadata,
    id_column(),
    Column("draft_key", Text, nullable=False, unique=True),  # the same draft twice is one entry
    Column("helper_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),  # for whom; whose key
    Column("shadow", Boolean, nullable=False),  # the person was made for this entry and has no account
    Column("place", Text, nullable=False),
    Column("answers_sealed", LargeBinary),  # emptied once confirmed, refused or run out
    Column("consent_version", Text, nullable=False),  # the words that were read out
    Column("state", Text, nullable=False),  # waiting, paper, confirmed, refused, dropped, expired
    Column("code_print", Text, unique=True),  # keyed hash of the code that is read out
    Column("code_until", UTCDateTime),
    Column("file_id", Text, ForeignKey("files.id")),  # the photo of the signed paper
    Column("way", Text),  # tap, code, paper
    Column("application_id", Text, ForeignKey("applications.id")),
    Column("entered_at", UTCDateTime, nullable=False),
    Column("reminded_at", UTCDateTime),  # the helper, once
    Column("closed_at", UTCDateTime),
    Index(
        "ix_entries_waiting",
        "entered_at",
        sqlite_where=text("state in ('waiting', 'paper')"),
        postgresql_where=text("state in ('waiting', 'paper')"),
    ),
    partial("ix_entries_papers", "id", where="state = 'paper'"),
    partial("ix_entries_unreminded", "entered_at", where="state = 'waiting' and reminded_at is null"),
)
"""Ideas entered for somebody else, until that person confirms (`registry/applications/`); no office sees them yet."""


_OF_DRAFT = Prepared(
    select(entries).where(entries.c.draft_key == bindparam("of_draft"), entries.c.helper_id == bindparam("of_helper"))
)
OPEN = ("waiting", "paper")
FOR_OTHERS = "_for_others"
"""Beside a draft's answers: the role by which they are given for somebody, and the words that person agreed to."""
REMINDED_AFTER = timedelta(days=3)
ENDS_AFTER = timedelta(days=30)
"""The age at which an unconfirmed entry is closed and its texts are wiped."""


class OwnNumberError(ValueError):
    """The number is the helper's own: they register their own idea themselves."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An idea `helper_id` entered for `person_id`; without `answers` once it is closed."""

    id: str
    draft_key: str
    helper_id: str
    role_id: str
    person_id: str
    shadow: bool
    place: str
    answers: Mapping[str, Any]
    consent_version: str
    state: str  # waiting, paper, confirmed, refused, dropped, expired
    code_until: datetime | None
    file_id: str | None
    application_id: str | None
    entered_at: datetime

    @property
    def product(self) -> str:
        return " ".join(str(self.answers.get("product_name", "")).split())


def enter(
    db: Connection,
    *,
    pack: Pack,
    role: Role,
    draft_key: str,
    answers: Mapping[str, Any],
    consent_version: str,
    now: datetime,
    tell: Teller,
) -> Entry:
    """
    Turn a helper's finished draft into an entry, and ask the person it is about to confirm it.

    Idempotent per draft. This is the one place that decides how far a helper's entries reach. A person is recognised
    only by a number they gave themselves, and the helper does not learn whether there was one.
    """
    known = db.execute(select(entries).where(entries.c.draft_key == draft_key)).one_or_none()
    if known is not None:
        if known.helper_id != role.person_id:
            raise NotAllowedError("entry.for_others")
        return _entry(db, known)
    place = str(answers["place"])
    if not may(role, "entry.for_others", place, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("entry.for_others")
    meant = _by_number(db, str(answers["phone"]))
    if meant == role.person_id:
        raise OwnNumberError("The number is that of the one who enters. Nothing was made.")
    person_id = meant or new_person(db, now=now)
    entry_id = new_id()
    db.execute(
        insert(entries).values(
            id=entry_id,
            draft_key=draft_key,
            helper_id=role.person_id,
            role_id=role.id,
            person_id=person_id,
            shadow=meant is None,
            place=place,
            answers_sealed=seal_for(db, person_id, f"entries:answers:{entry_id}", dict(answers)),
            consent_version=consent_version,
            state="waiting",
            entered_at=now,
        )
    )
    # the draft lay under the helper's key; the words belong to somebody else now
    hand_over_draft(db, key=draft_key, person_id=role.person_id, now=now)
    record(
        db, now=now, actor=role.person_id, act="entry.make", noun="entry", noun_id=entry_id, person=person_id,
        place=place, role=role.id, consent="oral", version=consent_version,
    )  # fmt: skip
    made = _entry(db, db.execute(select(entries).where(entries.c.id == entry_id)).one())
    _ask(db, pack, made, now=now, tell=tell)
    return made


def _ask(db: Connection, pack: Pack, made: Entry, *, now: datetime, tell: Teller) -> None:
    """Ask the person the entry is for to confirm it, where they can be reached."""
    buttons = (
        (ConfirmEntry(made.id), "entry.yes"),
        (LookAtEntry(made.id), "entry.look"),
        (RefuseEntry(made.id), "entry.no"),
    )
    enqueue(
        db,
        key=keys.entry_question(made.id, made.person_id),
        person_id=made.person_id,
        kind="status",
        message=tell(made.person_id, "entry.confirm", values_of(db, pack, made), buttons),
        now=now,
        not_after=now + ENDS_AFTER,
    )


def new_code(db: Connection, *, entry: Entry, now: datetime) -> str:
    """A code to read out, once, good for a day; an earlier one of this entry is worth nothing from now on."""
    code = one_time_code()
    db.execute(
        update(entries)
        .where(entries.c.id == entry.id, entries.c.state.in_(OPEN))
        .values(code_print=code_print(db, code), code_until=now + INVITATION_LASTS)
    )
    record(db, now=now, actor=entry.helper_id, act="entry.code", noun="entry", noun_id=entry.id)
    return code


def entry_by_code(db: Connection, *, code: str, now: datetime) -> Entry | None:
    """Return the entry of a code that can still be used; looking does not use it up."""
    row = db.execute(
        select(entries).where(
            entries.c.code_print == code_print(db, code), entries.c.code_until > now, entries.c.state.in_(OPEN)
        )
    ).one_or_none()
    return None if row is None else _entry(db, row)


def is_entry_code(db: Connection, code: str) -> bool:
    """True for the newest code of an entry, in any state."""
    return db.execute(select(entries.c.id).where(entries.c.code_print == code_print(db, code))).first() is not None


def entry(db: Connection, entry_id: str) -> Entry | None:
    """One entry, for those whose right to it was checked."""
    row = db.execute(select(entries).where(entries.c.id == entry_id)).one_or_none()
    return None if row is None else _entry(db, row)


def entry_of_draft(db: Connection, *, draft_key: str, helper_id: str) -> Entry | None:
    """Return the entry made from a helper's own draft, in any state."""
    row = _OF_DRAFT.row(db, of_draft=draft_key, of_helper=helper_id)
    return None if row is None else _entry(db, row)


def entry_for(
    db: Connection, *, entry_id: str, person_id: str, roles: Collection[Role], places: Places, on: date
) -> Entry | None:
    """Return a waiting entry to its helper while they still have the right; None for any other."""
    found = entry(db, entry_id)
    if found is None or found.helper_id != person_id or found.state not in OPEN:
        return None
    held = any(may(role, "entry.for_others", found.place, places, on=on) for role in roles)
    return found if held else None


def entries_by(db: Connection, *, helper_id: str) -> tuple[Entry, ...]:
    """Return the unconfirmed entries a helper made, the oldest first."""
    rows = db.execute(
        select(entries)
        .where(entries.c.helper_id == helper_id, entries.c.state.in_(OPEN))
        .order_by(entries.c.entered_at, entries.c.id)
    ).all()
    return tuple(_entry(db, row) for row in rows)


def entries_for(db: Connection, *, person_id: str) -> tuple[Entry, ...]:
    """Return the entries that wait for a person's confirmation, the oldest first."""
    rows = db.execute(
        select(entries)
        .where(entries.c.person_id == person_id, entries.c.state.in_(OPEN))
        .order_by(entries.c.entered_at, entries.c.id)
    ).all()
    return tuple(_entry(db, row) for row in rows)


def refuse(db: Connection, *, pack: Pack, entry_id: str, person_id: str, now: datetime, tell: Teller) -> bool:
    """Refuse an entry as the person it is for: wipe its texts and notify the helper. Idempotent."""
    found = entry(db, entry_id)
    if found is None or found.person_id != person_id or not close(db, found, "refused", now=now):
        return False
    record(db, now=now, actor=person_id, act="entry.refuse", noun="entry", noun_id=entry_id)
    tell_helper(db, pack=pack, entry=found, key="entry.refused", tell=tell, now=now)
    return True


def drop(db: Connection, *, entry: Entry, now: datetime) -> bool:
    """The helper takes an entry back; its words are wiped."""
    if not close(db, entry, "dropped", now=now):
        return False
    record(db, now=now, actor=entry.helper_id, act="entry.drop", noun="entry", noun_id=entry.id)
    return True


def take_paper(db: Connection, *, entry: Entry, file_id: str, now: datetime) -> None:
    """The helper sent a photo of the signed paper; it counts once it is really here (`confirming.sweep`)."""
    db.execute(
        update(entries)
        .where(entries.c.id == entry.id, entries.c.state.in_(OPEN))
        .values(state="paper", file_id=file_id)
    )
    record(db, now=now, actor=entry.helper_id, act="entry.paper", noun="entry", noun_id=entry.id, file=file_id)


def close(db: Connection, found: Entry, state: str, *, now: datetime, keep_person: bool = False) -> bool:
    """
    Close an entry and wipe its texts; False when it was closed before. Of two at once only one gets True.

    Photos of an entry that nobody confirmed are removed with its texts.
    """
    done = db.execute(
        update(entries)
        .where(entries.c.id == found.id, entries.c.state.in_(OPEN))
        .values(state=state, answers_sealed=None, code_print=None, closed_at=now)
    )
    if done.rowcount != 1:
        return False
    if state != "confirmed":
        note(db, Kind.ENTRY, found.id, now=now, state=state)
        photos = [one for given in found.answers.values() if isinstance(given, list) for one in map(str, given)]
        let_go(db, file_ids=photos, person_id=found.helper_id)
        let_go(db, file_ids=[found.file_id or ""], person_id=found.person_id)
    cancel_pending(
        db, subject=keys.Subject.ENTRY, subject_id=found.id, purposes=(keys.Purpose.ASK,), reason=Reason.DECIDED
    )
    if found.shadow and not keep_person:
        persons.forget(db, person_id=found.person_id, now=now)
    return True


def tell_helper(db: Connection, *, pack: Pack, entry: Entry, key: str, tell: Teller, now: datetime) -> bool:
    """Notify the helper of the outcome, once per kind of message."""
    if person(db, entry.helper_id) is None:
        return False
    buttons = {
        "entry.reminder": (ShowEntry(entry.id), "entry.open"),
        "entry.paper_lost": (ShowEntry(entry.id), "entry.open"),
        "entry.confirmed_paper": (HandOverEntry(entry.id), "entry.hand_over"),
    }
    actions = (buttons[key],) if key in buttons else ()
    pending = enqueue(
        db,
        key=keys.entry_result(entry.id, key, entry.file_id or ""),
        person_id=entry.helper_id,
        kind="status",
        message=tell(entry.helper_id, key, values_of(db, pack, entry), actions),
        now=now,
    )
    return pending is not None


def values_of(db: Connection, pack: Pack, found: Entry) -> dict[str, object]:
    """Return the values that every message about an entry may use."""
    role = role_by_id(db, found.role_id)
    helper = person(db, found.helper_id)
    return {
        "product": found.product,
        "entity": str(found.answers.get("entity_name", "")),
        "place": place_name(pack, found.place),
        "helper": official_name(db, found.helper_id).name
        or (helper.name if helper is not None else None)
        or (role.title if role is not None else None)
        or "",
        "official": (role.title if role is not None else None) or "",
        "office": place_name(pack, role.place if role is not None else found.place),
        "last_day": local_day(pack, found.entered_at + ENDS_AFTER),
    }


def as_application(found: Entry) -> Application:
    """An entry in the shape of an application that is nowhere recorded: to print its paper before it is signed."""
    return Application(
        id=found.id, code="", draft_key=found.draft_key, entity_id="", product_id="",
        person_id=found.person_id, place=found.place,
        kind=str(found.answers["product_kind"]), product_group=str(found.answers["product_group"]),
        status="idea_draft", version=0, answers=found.answers, holder=found.place, holder_since=found.entered_at,
        due_on=None, submitted_at=found.entered_at, updated_at=found.entered_at,
    )  # fmt: skip


def _by_number(db: Connection, phone: str) -> str | None:
    """Return the person with this number: the one a platform vouches for, else the only one; None if unclear."""
    rows = db.execute(
        select(people.c.id, people.c.phone_verified_at).where(
            people.c.phone_print == vault_of(db).fingerprint("phone", phone),
            people.c.erased_at.is_(None),
            people.c.merged_into.is_(None),
        )
    ).all()
    vouched = [row.id for row in rows if row.phone_verified_at is not None]
    if len(vouched) == 1:
        return str(vouched[0])
    return str(rows[0].id) if len(rows) == 1 else None


def _entry(db: Connection, row: Row[Any]) -> Entry:
    answers = unseal_for(db, row.person_id, f"entries:answers:{row.id}", row.answers_sealed) or {}
    return Entry(
        row.id, row.draft_key, row.helper_id, row.role_id, row.person_id, row.shadow, row.place, answers,
        row.consent_version, row.state, row.code_until, row.file_id, row.application_id, row.entered_at,
    )  # fmt: skip


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move entries made by, and for, the other person over; open answers are sealed under the kept person's key."""
    db.execute(update(entries).where(entries.c.helper_id == gone).values(helper_id=keep))
    for row in db.execute(select(entries).where(entries.c.person_id == gone)).all():
        place = f"entries:answers:{row.id}"
        answers = unseal_for(db, gone, place, row.answers_sealed)
        sealed = None if answers is None else seal_for(db, keep, place, answers)
        db.execute(update(entries).where(entries.c.id == row.id).values(person_id=keep, answers_sealed=sealed))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Refuse what still waits for the person's confirmation, and wipe its answers."""
    db.execute(
        update(entries)
        .where(entries.c.person_id == person_id, entries.c.state.in_(OPEN))
        .values(state="refused", answers_sealed=None, code_print=None, closed_at=now)
    )
