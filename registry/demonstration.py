"""The facts the demonstration shows: the progress of the product, deliveries, and conversations.  Read-only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from content.message import BOLD, PLAIN
from registry.applications import applications, drafts
from registry.applications.applications import Application
from registry.deadlines.deadlines import deadlines
from registry.deadlines.handed_papers import handed_papers
from registry.deadlines.occurrences import occurrences
from registry.deliveries.keys import Purpose, Subject
from registry.deliveries.web_history import CHANNEL
from registry.people import people
from registry.store.rows import accounts as known_accounts
from registry.store.rows import broadcasts, deliveries, notices, web_history
from registry.store.sealing import unseal_for

CLOSER: Mapping[str | None, str] = {
    Purpose.DIGEST: "digest", Purpose.NUDGE: "nudge", Purpose.LESSON: "lesson", Subject.GATHERING: "event",
}  # fmt: skip
"""The purposes and subjects shown separately among the deliveries that count as reminders."""
GONE = ("withdrawn", "idea_declined")
"""Statuses after which the guide registers again."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation, as both sides saw it; `choices` are (label, action)."""

    seq: int
    at: datetime
    mine: bool
    text: str
    choices: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    pressed: bool = False  # a button, shown by its label


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that was said to an account unasked: a decision, a reminder, an announcement."""

    at: datetime
    kind: str
    account: str
    channel: str


@dataclass(frozen=True, slots=True)
class Announced:
    """The latest announcement: its place and the accounts it reached."""

    place: str
    reached: frozenset[str]


def conversation(db: Connection, account: str) -> list[Line]:
    """Return the lines of one web chat, oldest first; erased messages are left out."""
    told = []
    for row in db.execute(select(web_history).where(web_history.c.account == account).order_by(web_history.c.id)):
        word = unseal_for(db, row.person_id, f"web_history:message:{row.id}", row.message_sealed)
        if word is None:
            continue
        text = str(word.get("text", "")).replace(BOLD, "").replace(PLAIN, "")
        choices = tuple((str(one["label"]), str(one["action"])) for one in word.get("choices", ()))
        files = tuple(str(one["name"]) for one in word.get("attachments", ()))
        pressed = word.get("kind") == "press"
        told.append(Line(int(row.id), row.said_at, bool(word.get("mine")), text, choices, files, pressed))
    return told


def product_of(db: Connection, account: str) -> Application | None:
    """The newest application of a producer that is still on its way."""
    person_id = people.account_person(db, channel=CHANNEL, account=account)
    if person_id is None:
        return None
    found = applications.applications_of(db, person_id=person_id)
    return next((one for one in found if one.status not in GONE), None)


def has_begun(db: Connection, account: str) -> bool:
    """True while an idea was begun and not submitted."""
    person_id = people.account_person(db, channel=CHANNEL, account=account)
    return person_id is not None and bool(drafts.open_drafts(db, person_id=person_id))


def heard(db: Connection, accounts: Collection[str]) -> Mapping[str, int]:
    """How many messages each account was sent."""
    rows = db.execute(
        select(deliveries.c.account, func.count())
        .where(deliveries.c.account.in_(accounts), deliveries.c.state == "sent")
        .group_by(deliveries.c.account)
    )
    return {row[0]: row[1] for row in rows}


def arrivals(db: Connection, accounts: Collection[str], limit: int = 5) -> tuple[Arrival, ...]:
    """Return the unasked messages, the newest first."""
    rows = db.execute(
        select(
            deliveries.c.sent_at,
            deliveries.c.kind,
            deliveries.c.account,
            deliveries.c.channel,
            deliveries.c.subject,
            deliveries.c.purpose,
        )
        .where(
            deliveries.c.account.in_(accounts),
            deliveries.c.state == "sent",
            deliveries.c.kind != "reply",
        )
        .order_by(deliveries.c.sent_at.desc(), deliveries.c.id)
        .limit(limit)
    )
    return tuple(Arrival(row.sent_at, _what(row), row.account, row.channel) for row in rows)


def _what(row: Any) -> str:
    """Return the kind of a delivery, or its purpose or subject where that is closer."""
    return CLOSER.get(row.purpose) or CLOSER.get(row.subject) or str(row.kind)


def reminders_sent(db: Connection, accounts: Collection[str]) -> int:
    """How many reminders have arrived with somebody; counted before and after the clock is moved."""
    return db.execute(
        select(func.count())
        .select_from(deliveries)
        .where(
            deliveries.c.subject == Subject.OCCURRENCE.value,
            deliveries.c.state == "sent",
            deliveries.c.account.in_(accounts),
        )
    ).scalar_one()


def pending_by(db: Connection, now: datetime) -> int:
    """Return the number of due messages that have not left."""
    return db.execute(
        select(func.count())
        .select_from(deliveries)
        .where(deliveries.c.state.in_(("owed", "claimed")), deliveries.c.due_at <= now)
    ).scalar_one()


def announced(db: Connection) -> Announced | None:
    """The latest announcement, with whom it reached; None before the first."""
    row = db.execute(
        select(broadcasts.c.id, broadcasts.c.place)
        .where(broadcasts.c.state.not_in(("cancelled", "waiting", "refused")))
        .order_by(broadcasts.c.confirmed_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    reached = db.execute(
        select(deliveries.c.account).where(deliveries.c.broadcast_id == row.id, deliveries.c.state == "sent")
    ).scalars()
    return Announced(row.place, frozenset(reached))


@dataclass(frozen=True, slots=True)
class Ladder:
    """The reminders of one person before one deadline: how many were said, how many are still to come."""

    said: int
    coming: int
    closes_at: datetime
    latest: str
    """The id of the reminder said last; a producer's answer names it."""


def ladder(db: Connection, account: str) -> Ladder | None:
    """The reminders of the deadline that was last reminded of; None before the first."""
    owner = people.account_person(db, channel=CHANNEL, account=account)
    mine = occurrences.c.person_id == (owner or "")
    last = db.execute(
        select(occurrences.c.id, occurrences.c.deadline_id, deadlines.c.closes_at)
        .join(deadlines, deadlines.c.id == occurrences.c.deadline_id)
        .where(mine, occurrences.c.state == "said")
        .order_by(occurrences.c.said_at.desc(), occurrences.c.due_at.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return None
    states = db.execute(
        select(occurrences.c.state, func.count())
        .where(mine, occurrences.c.deadline_id == last.deadline_id)
        .group_by(occurrences.c.state)
    )
    counts = {row[0]: row[1] for row in states}
    return Ladder(counts.get("said", 0), counts.get("planned", 0), last.closes_at, last.id)


def next_reminder(db: Connection, account: str) -> datetime | None:
    """Return the moment of the next reminder of a person."""
    owner = people.account_person(db, channel=CHANNEL, account=account)
    moment: datetime | None = db.execute(
        select(func.min(occurrences.c.due_at)).where(
            occurrences.c.person_id == (owner or ""), occurrences.c.state == "planned"
        )
    ).scalar_one()
    return moment


def has_finished(db: Connection, account: str) -> bool:
    """True when a person said that a paper was handed in, which silences its reminders."""
    owner = people.account_person(db, channel=CHANNEL, account=account)
    found = db.execute(select(handed_papers.c.id).where(handed_papers.c.person_id == (owner or "")).limit(1)).first()
    return found is not None


def announced_to(db: Connection, place: str) -> bool:
    """True when a broadcast to a whole place has left."""
    found = db.execute(
        select(deliveries.c.id)
        .join(broadcasts, broadcasts.c.id == deliveries.c.broadcast_id)
        .where(broadcasts.c.place == place, deliveries.c.state == "sent")
        .limit(1)
    ).first()
    return found is not None


def speaks_on(db: Connection, accounts: Mapping[str, str]) -> str:
    """Return the channel of a person's last message."""
    row = db.execute(
        select(known_accounts.c.channel)
        .where(known_accounts.c.account.in_(accounts.values()))
        .order_by(known_accounts.c.last_spoke_at.desc())
        .limit(1)
    ).one_or_none()
    return CHANNEL if row is None else str(row.channel)


def held(db: Connection, account: str) -> int:
    """Return the number of messages parked until the person writes."""
    return db.execute(
        select(func.count())
        .select_from(deliveries)
        .where(deliveries.c.account == account, deliveries.c.state == "held")
    ).scalar_one()


def next_moment(db: Connection, now: datetime) -> datetime | None:
    """When the next thing happens by itself: a reminder, a message kept for the morning, else a deadline closing."""
    moments: Sequence[datetime | None] = (
        db.execute(
            select(func.min(occurrences.c.due_at)).where(occurrences.c.state == "planned", occurrences.c.due_at > now)
        ).scalar_one(),
        db.execute(
            select(func.min(notices.c.due_at)).where(notices.c.state == "planned", notices.c.due_at > now)
        ).scalar_one(),
        db.execute(
            select(func.min(deliveries.c.due_at)).where(deliveries.c.state == "owed", deliveries.c.due_at > now)
        ).scalar_one(),
    )
    coming = [moment for moment in moments if moment is not None]
    if coming:
        return min(coming)
    closing: datetime | None = db.execute(
        select(func.min(deadlines.c.closes_at)).where(deadlines.c.closes_at > now)
    ).scalar_one()
    return closing


def wants_reminders(db: Connection, account: str) -> bool:
    """True when a person of the web chat wants reminders."""
    owner = people.account_person(db, channel=CHANNEL, account=account)
    known = None if owner is None else people.person(db, owner)
    return known is not None and known.reminders
