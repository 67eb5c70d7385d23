"""Consents: the wording shown, when and where it was given, and when it was withdrawn."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Column, Connection, ForeignKey, Table, Text, bindparam, select, update

from registry.people.roles import roles_of
from registry.store.audit import record
from registry.store.prepared import Prepared, inserting
from registry.store.rows import UTCDateTime, id_column, metadata, new_id
from registry.store.tombstones import Kind, note

consents = Table(
    "consents",
    metadata,
    id_column(),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("purpose", Text, nullable=False),  # registration, reminders
    Column("text_version", Text, nullable=False),  # digest of the words that were shown
    Column("channel", Text, nullable=False),
    Column("given_at", UTCDateTime, nullable=False),
    Column("withdrawn_at", UTCDateTime),
)


_GIVE = inserting(consents, "id", "person_id", "purpose", "text_version", "channel", "given_at")
_STANDING = Prepared(
    select(consents)
    .where(
        consents.c.person_id == bindparam("of_person"),
        consents.c.purpose == bindparam("for_purpose"),
        consents.c.withdrawn_at.is_(None),
    )
    .order_by(consents.c.given_at.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Consent:
    id: str
    person_id: str
    purpose: str  # registration, reminders
    text_version: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None


def give(db: Connection, *, person_id: str, purpose: str, text_version: str, channel: str, now: datetime) -> Consent:
    """Agree to a purpose as worded in one version; agreeing again to the same words changes nothing."""
    known = _standing(db, person_id, purpose)
    if known is not None and known.text_version == text_version:
        return known
    if known is not None:
        _close(db, known, now)
    consent = Consent(new_id(), person_id, purpose, text_version, channel, now, None)
    _GIVE.count(
        db,
        id=consent.id,
        person_id=person_id,
        purpose=purpose,
        text_version=text_version,
        channel=channel,
        given_at=now,
    )
    record(db, now=now, actor=person_id, act="consent.give", noun="consent", noun_id=consent.id, version=text_version)
    return consent


def withdraw(db: Connection, *, person_id: str, purpose: str, now: datetime) -> bool:
    """Withdraw a consent; False without one. The row stays: it proves what was agreed until then."""
    known = _standing(db, person_id, purpose)
    if known is None:
        return False
    _close(db, known, now)
    note(db, Kind.CONSENT, known.id, now=now)
    record(db, now=now, actor=person_id, act="consent.withdraw", noun="consent", noun_id=known.id)
    return True


def has_given(db: Connection, *, person_id: str, purpose: str, text_version: str | None = None) -> bool:
    """True while a consent is in force, to this very wording when a version is named."""
    known = _standing(db, person_id, purpose)
    return known is not None and text_version in {None, known.text_version}


def may_send_files(db: Connection, *, person_id: str, on: date) -> bool:
    """True for a person whose files may be stored: they agreed to a registration, or they have a role on that day."""
    return has_given(db, person_id=person_id, purpose="registration") or bool(roles_of(db, person_id=person_id, on=on))


def consents_of(db: Connection, *, person_id: str) -> tuple[Consent, ...]:
    """All consents of a person, also those taken back, oldest first."""
    rows = db.execute(
        select(consents).where(consents.c.person_id == person_id).order_by(consents.c.given_at, consents.c.id)
    )
    return tuple(Consent(*row) for row in rows)


def _standing(db: Connection, person_id: str, purpose: str) -> Consent | None:
    row = _STANDING.row(db, of_person=person_id, for_purpose=purpose)
    return None if row is None else Consent(*row)


def _close(db: Connection, consent: Consent, now: datetime) -> None:
    db.execute(update(consents).where(consents.c.id == consent.id).values(withdrawn_at=now))


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the consents over, standing and withdrawn."""
    db.execute(update(consents).where(consents.c.person_id == gone).values(person_id=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Keep the rows: they hold no text and prove what was agreed to until then."""
