"""
Announcements of officials to the people of their place.

The audience is frozen when it starts: one delivery a person, under a unique key,
written by one set-based insert; the text lies once, sealed, with the broadcast.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Text,
    and_,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from content.fold import fold
from content.message import Message
from content.pack import Pack
from content.places import Places
from registry.audit import record
from registry.deliveries import PRIORITY
from registry.installation import COUNTED, count_up, insert_or
from registry.moves import local_day
from registry.people import names_of
from registry.roles import NotAllowedError, Role, may, role_by_id
from registry.rows import UTCDateTime, accounts, applications, broadcasts, deliveries, members, new_id, people
from registry.sealing import vault_of

SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an announcement would reach now: how many, by channel, and some of their names to check by eye."""

    count: int
    channels: Mapping[str, int]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broadcast:
    id: str
    number: str  # "12/2026": a double reads as a double
    author: str
    role_id: str
    place: str
    state: str  # going, done, cancelled
    people: int
    confirmed_at: datetime
    reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """How far a broadcast is: deliveries by state, and why those that failed did."""

    broadcast: Broadcast
    states: Mapping[str, int]
    reasons: Mapping[str, int]
    doubtful: int  # "có thể đã gửi"


def audience(db: Connection, *, role: Role, place: str, places: Places, on: date, now: datetime) -> Audience:
    """Count whom an official would reach; a place beyond their own is refused, and no name shown."""
    if not may(role, "announce.send", place, places, on=on):
        raise NotAllowedError("announce.send")
    reached = _reached(places, place, now).subquery()
    channels: dict[str, int] = dict(
        db.execute(select(reached.c.channel, func.count()).group_by(reached.c.channel)).all()
    )
    some = db.execute(select(reached.c.person_id).order_by(reached.c.person_id).limit(4 * SAMPLES)).scalars()
    names = [name for name in names_of(db, tuple(some)).values() if name]
    return Audience(sum(channels.values()), channels, tuple(names[:SAMPLES]))


def start(
    db: Connection,
    *,
    pack: Pack,
    role: Role,
    place: str,
    say: Callable[[str], Message],
    now: datetime,
    due_at: datetime | None = None,
) -> Broadcast:
    """
    Send an announcement to everyone of a place who may be told: its audience is frozen here.

    `say` makes the message from the broadcast's number.  Nobody is owed it twice;
    confirmed twice it would be two broadcasts with two numbers, so the question
    that confirms it carries its stamp.
    """
    on = local_day(pack, now)
    if not may(role, "announce.send", place, pack.places, on=on):
        raise NotAllowedError("announce.send")
    broadcast_id = new_id()
    number = f"{count_up(db, f'broadcast:{on.year}')}/{on.year}"
    words = json.dumps(say(number).to_json(), ensure_ascii=False)
    db.execute(
        insert(broadcasts).values(
            id=broadcast_id,
            number=number,
            author=role.person_id,
            role_id=role.id,
            place=place,
            text_sealed=vault_of(db).seal_common(f"broadcasts:text:{broadcast_id}", words),
            state="going",
            people=0,
            confirmed_at=now,
        )
    )
    reached = _reached(pack.places, place, now).subquery()
    owed = db.execute(
        insert_or(db, deliveries)
        .from_select(
            [
                "id", "key", "person_id", "channel", "account", "kind", "priority", "message_sealed",
                "broadcast_id", "state", "created_at", "due_at", "attempts", "doubtful",
            ],
            select(
                _random_id(db),
                literal(f"broadcast:{broadcast_id}:") + reached.c.person_id,
                reached.c.person_id,
                reached.c.channel,
                reached.c.account,
                literal("broadcast"),
                literal(PRIORITY["broadcast"]),
                null(),
                literal(broadcast_id),
                literal("owed"),
                literal(now, UTCDateTime()),
                literal(due_at or now, UTCDateTime()),
                literal(0),
                false(),
            ).where(reached.c.person_id.is_not(None)),
        )
        .on_conflict_do_nothing(index_elements=["key"]),
        execution_options=COUNTED,
    ).rowcount  # fmt: skip
    db.execute(update(broadcasts).where(broadcasts.c.id == broadcast_id).values(people=owed))
    record(
        db, now=now, actor=role.person_id, act="announce.send", noun="broadcast", noun_id=broadcast_id,
        place=place, people=owed, role=role.id,
    )  # fmt: skip
    return Broadcast(broadcast_id, number, role.person_id, role.id, place, "going", owed, now, None)


def cancel_broadcast(db: Connection, *, broadcast_id: str, role: Role, pack: Pack, now: datetime) -> int:
    """
    Stop a broadcast: what is still owed is cancelled, what has left has left; the count of those spared.

    Its author may, and an official above them.  Cancelled again, it spares nobody more.
    """
    broadcast = _one(db, broadcast_id)
    if broadcast is None or not _may_stop(db, broadcast, role, pack, local_day(pack, now)):
        raise NotAllowedError("announce.cancel")
    spared = db.execute(
        update(deliveries)
        .where(deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == "owed")
        .values(state="cancelled", reason="broadcast stopped")
    ).rowcount
    if broadcast.state == "going":
        db.execute(update(broadcasts).where(broadcasts.c.id == broadcast_id).values(state="cancelled"))
        record(
            db, now=now, actor=role.person_id, act="announce.cancel", noun="broadcast", noun_id=broadcast_id,
            spared=spared,
        )  # fmt: skip
    return spared


def report(db: Connection, *, broadcast_id: str, role: Role, places: Places, on: date) -> Report | None:
    """How far a broadcast is; None for one outside the official's place, as if it were not there."""
    broadcast = _one(db, broadcast_id)
    if broadcast is None or not may(role, "announce.report", broadcast.place, places, on=on):
        return None
    return _report(db, broadcast)


def broadcasts_seen_by(
    db: Connection, *, role: Role, places: Places, on: date, limit: int = 20
) -> tuple[Broadcast, ...]:
    """The announcements in an official's place, the newest first."""
    rows = db.execute(select(broadcasts).order_by(broadcasts.c.confirmed_at.desc(), broadcasts.c.id)).all()
    seen = [_broadcast(row) for row in rows if may(role, "announce.report", row.place, places, on=on)]
    return tuple(seen[:limit])


def finished(db: Connection, *, now: datetime) -> tuple[Report, ...]:
    """
    Close the broadcasts of which nothing is owed any more, and give those not yet reported to their author.

    Each is given once.
    """
    open_still = exists(
        select(deliveries.c.id).where(
            deliveries.c.broadcast_id == broadcasts.c.id, deliveries.c.state.in_(("owed", "claimed"))
        )
    )
    db.execute(update(broadcasts).where(broadcasts.c.state == "going", ~open_still).values(state="done"))
    rows = db.execute(
        update(broadcasts)
        .where(broadcasts.c.state.in_(("done", "cancelled")), broadcasts.c.reported_at.is_(None), ~open_still)
        .values(reported_at=now)
        .returning(broadcasts)
    ).all()
    return tuple(_report(db, _broadcast(row)) for row in rows)


def sent_to(db: Connection, *, number: str, person_id: str) -> bool:
    """Whether an announcement of this number really was ours, and meant for this person (/kiemtra)."""
    return (
        db.execute(
            select(deliveries.c.id)
            .join(broadcasts, broadcasts.c.id == deliveries.c.broadcast_id)
            .where(broadcasts.c.number == number, deliveries.c.person_id == person_id)
        ).first()
        is not None
    )


def words_of(db: Connection, broadcast_id: str) -> Message | None:
    """What a broadcast says, for those who may see its report."""
    sealed = db.execute(select(broadcasts.c.text_sealed).where(broadcasts.c.id == broadcast_id)).scalar_one_or_none()
    if sealed is None:
        return None
    return Message.from_json(json.loads(vault_of(db).unseal_common(f"broadcasts:text:{broadcast_id}", sealed)))


def _reached(places: Places, place: str, now: datetime) -> Select[Any]:
    """
    Who may be told in a place: they live or make something there, can be reached, and have not stopped or paused.

    Each person once, on the open account that last spoke.
    """
    codes = sorted(places.subtree(place))
    latest = (
        select(
            accounts.c.person_id,
            accounts.c.channel,
            accounts.c.account,
            func.row_number()
            .over(partition_by=accounts.c.person_id, order_by=(accounts.c.last_spoke_at.desc(), accounts.c.id))
            .label("nth"),
        )
        .where(accounts.c.state == "open")
        .subquery()
    )
    makes: ColumnElement[bool] = people.c.id.in_(
        select(members.c.person_id)
        .join(applications, applications.c.entity_id == members.c.entity_id)
        .where(applications.c.place.in_(codes))
    )
    return (
        select(latest.c.person_id, latest.c.channel, latest.c.account)
        .join(people, people.c.id == latest.c.person_id)
        .where(
            latest.c.nth == 1,
            people.c.erased_at.is_(None),
            people.c.stopped_at.is_(None),
            or_(people.c.paused_until.is_(None), people.c.paused_until <= now),
            or_(people.c.place.in_(codes), makes),
        )
    )


def _random_id(db: Connection) -> ColumnElement[str]:
    if db.dialect.name == "sqlite":
        return func.lower(func.hex(func.randomblob(12)), type_=Text())
    return func.replace(func.gen_random_uuid().cast(Text), "-", "", type_=Text())


def _may_stop(db: Connection, broadcast: Broadcast, role: Role, pack: Pack, on: date) -> bool:
    if not may(role, "announce.cancel", broadcast.place, pack.places, on=on):
        return False
    if broadcast.author == role.person_id:
        return True
    authors = role_by_id(db, broadcast.role_id)
    levels = pack.programme.roles
    if authors is None or not {authors.role, role.role} <= set(levels):
        return False
    return pack.programme.level(levels[role.role]).order < pack.programme.level(levels[authors.role]).order


def _report(db: Connection, broadcast: Broadcast) -> Report:
    of_this = deliveries.c.broadcast_id == broadcast.id
    states: dict[str, int] = dict(
        db.execute(select(deliveries.c.state, func.count()).where(of_this).group_by(deliveries.c.state)).all()
    )
    reasons: dict[str, int] = dict(
        db.execute(
            select(deliveries.c.reason, func.count())
            .where(of_this, deliveries.c.reason.is_not(None), deliveries.c.state.not_in(("sent", "owed")))
            .group_by(deliveries.c.reason)
        ).all()
    )
    doubtful = db.execute(
        select(func.count()).select_from(deliveries).where(and_(of_this, deliveries.c.doubtful))
    ).scalar_one()
    return Report(broadcast, states, reasons, doubtful)


def _one(db: Connection, broadcast_id: str) -> Broadcast | None:
    row = db.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id)).one_or_none()
    return None if row is None else _broadcast(row)


def _broadcast(row: Row[Any]) -> Broadcast:
    return Broadcast(
        row.id, row.number, row.author, row.role_id, row.place, row.state, row.people, row.confirmed_at,
        row.reported_at,
    )  # fmt: skip


def is_as_sent(db: Connection, *, number: str, person_id: str, words: str) -> bool:
    """
    Whether these words, as somebody forwards them, are what an announcement of ours said to this person.

    Marks, blanks and letter size do not count; a changed or added word does.
    """
    row = db.execute(
        select(broadcasts.c.id)
        .join(deliveries, deliveries.c.broadcast_id == broadcasts.c.id)
        .where(broadcasts.c.number == number, deliveries.c.person_id == person_id)
    ).first()
    said = None if row is None else words_of(db, row.id)
    return said is not None and fold(said.plain) == fold(words)
