"""
The numbers of the choices of notices, which are answered by typing on every channel.

A typed number means what the person last saw with that number before it
(docs/decisions/0011-numbered-answers.md).  Where choices are written into the text, the
numbers a notice takes are known only when it leaves; they are written on its row.  Where
choices are buttons nothing is written: they count from one, since the moment it left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, text, update

from content.message import Choice, Message
from registry.deliveries.deliveries import Pending, message_of
from registry.people.conversations import load_talk
from registry.people.people import current, merged_ids
from registry.store.prepared import Prepared
from registry.store.rows import UTCDateTime, accounts, deliveries

MOST = 99
"""The largest number there is; a notice beyond it is shown without numbers."""
LIVES = timedelta(days=30)
"""How long the numbers and labels of a notice are taken."""
LATEST = timedelta(days=30)
"""How much later than due a notice leaves at most: a paused pump, retries, a quota."""
MOST_NOTICES = 40
"""The latest notices that are looked at."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The choices of a notice as a person has them before them; `first` is 0 where they have no numbers."""

    first: int
    choices: tuple[Choice, ...]
    at: datetime
    text: str = ""

    def numbered(self, number: int) -> Choice | None:
        place = number - self.first
        return self.choices[place] if self.first and 0 <= place < len(self.choices) else None


def number_notice(db: Connection, *, pending: Pending, now: datetime) -> Message:
    """
    Give the choices of a notice that is about to leave their numbers.

    They follow those of the waiting question and of notices since the person last wrote, so
    that each stays answerable.  None are given while the question itself takes a number.
    A retry keeps them as long as nothing was asked since.
    """
    message = pending.message
    if not message.choices:
        return message
    talk = load_talk(db, current(db, pending.person_id))
    first = _tried(db, pending, talk.asked_at)
    if first is None:
        first = 0
        if talk.topic is None or talk.numbered:
            waiting = len(talk.offered) if talk.topic is not None else 0
            first = max(waiting, _highest(db, pending, now)) + 1
            if first + len(message.choices) - 1 > MOST:
                first = 0
    db.execute(update(deliveries).where(deliveries.c.id == pending.id).values(first_number=first, numbered_at=now))
    return replace(message, numbered=first > 0, first=first or 1)


def _tried(db: Connection, pending: Pending, asked_at: datetime | None) -> int | None:
    """The number of its earlier attempt, if that is still good."""
    row = db.execute(
        select(deliveries.c.first_number, deliveries.c.numbered_at).where(deliveries.c.id == pending.id)
    ).one()
    if row.numbered_at is None or (asked_at is not None and row.numbered_at < asked_at):
        return None
    first: int = row.first_number
    return first


def leave_unnumbered(db: Connection, *, pending: Pending, now: datetime) -> None:
    """Note that a notice is sent without its choices, as an approved template is: only labels answer it."""
    db.execute(update(deliveries).where(deliveries.c.id == pending.id).values(first_number=0, numbered_at=now))


_SHOWN_AT = func.coalesce(deliveries.c.numbered_at, deliveries.c.sent_at, deliveries.c.trying_since)
"""When a notice was shown: an attempt whose end is not known may have arrived."""
_SHOWN = Prepared(
    select(deliveries)
    .where(
        deliveries.c.person_id == bindparam("of_person"),
        deliveries.c.due_at >= bindparam("due_since", type_=UTCDateTime()),
        deliveries.c.id != bindparam("without"),
        bindparam("since", type_=UTCDateTime()) <= _SHOWN_AT,
        # written out: a list of parameters is spelled out at each call
        text(
            "deliveries.priority > 0 and (deliveries.state in ('sent', 'doubtful', 'claimed') or deliveries.doubtful)"
        ),
    )
    .order_by(deliveries.c.due_at.desc())
    .limit(MOST_NOTICES)
)
"""Of one person, along an index, newest first: it ends after the latest, however many there were before."""


def shown_notices(db: Connection, *, person_id: str, since: datetime, without: str = "") -> Sequence[Shown]:
    """The notices a person was shown since a moment, the latest first; perhaps without one of them."""
    found = []
    for one in merged_ids(db, person_id):
        rows = _SHOWN.rows(db, of_person=one, without=without, since=since, due_since=since - LATEST)
        for row in rows:
            message = message_of(db, row)
            if message is not None and message.choices:
                first = 1 if row.numbered_at is None else row.first_number
                at = row.numbered_at or row.sent_at or row.trying_since
                found.append(Shown(first, message.choices, at, message.plain))
    return sorted(found, key=lambda shown: (shown.at, shown.first), reverse=True)[:MOST_NOTICES]


def _highest(db: Connection, pending: Pending, now: datetime) -> int:
    """The highest number a notice took since the person last wrote on any account."""
    person_id = current(db, pending.person_id)
    spoke_at = db.execute(
        select(func.max(accounts.c.last_spoke_at)).where(accounts.c.person_id == person_id)
    ).scalar_one()
    since = max(spoke_at or now - LIVES, now - LIVES)
    notices = shown_notices(db, person_id=person_id, since=since, without=pending.id)
    return max((notice.first + len(notice.choices) - 1 for notice in notices if notice.first), default=0)
