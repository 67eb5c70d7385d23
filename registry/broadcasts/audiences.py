"""
The audience of a broadcast: a place, narrowed by known facts about its people.

`reached` is the one guarded place. Every count, broadcast, correction or repetition goes through it. It cuts the
requested audience to the place of the official.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Select,
    Table,
    Text,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from content.places.places import Places
from content.programme.pack import Pack
from content.programme.programme import DRAFT
from registry.deliveries.states import PERHAPS_SENT, UNSENT, Reason, State
from registry.people.people import names_of
from registry.people.roles import OFFICIALS, NotAllowedError, Role, may
from registry.people.trials import may_be_told
from registry.products.recognitions import State as RecognitionState
from registry.products.recognitions import recognitions
from registry.store.rows import (
    UTCDateTime,
    accounts,
    applications,
    deliveries,
    drafts,
    entities,
    members,
    metadata,
    people,
    roles,
)
from registry.telling import local_day

tags = Table(
    "tags",
    metadata,
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("place", Text, primary_key=True),  # whose office put it there
    Column("tag", Text, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Index("ix_tags_place", "place", "tag"),
)
"""Labels an office puts on people, to announce to them again."""


SAMPLES = 5
PRODUCERS = "producer"
"""Among the roles of a filter: people who act for an entity."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    The audience an author asks for: everyone of a place, or those who fit every filter that is set.

    Within one filter any of its values fits. Filters about a product (kind, group, step, status, stars) must hold for
    one and the same product, made in the place.
    """

    place: str
    roles: tuple[str, ...] = ()  # PRODUCERS, or ids of roles
    entities: tuple[str, ...] = ()  # kinds of entity
    kinds: tuple[str, ...] = ()  # kinds of product
    groups: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()
    statuses: tuple[str, ...] = ()
    stars: int = 0  # this many or more
    spoke_days: int = 0  # wrote to the bot within this number of days
    tag: str = ""
    corrects: str = ""  # those who got this broadcast, or would still get it

    def to_json(self) -> dict[str, Any]:
        """Only what is set."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Wanted":
        known: dict[str, Any] = {}
        for one in fields(cls):
            if one.name in stored:
                value = stored[one.name]
                known[one.name] = tuple(value) if isinstance(value, list) else value
        return cls(**known)

    @property
    def narrowed(self) -> bool:
        """True when a filter is set, so that it is not everyone of the place."""
        return len(self.to_json()) > 1


@dataclass(frozen=True, slots=True)
class Counted:
    """The people a broadcast would reach: their number, by channel, and ids of some with a name to check by eye."""

    count: int
    channels: Mapping[str, int]
    some: tuple[str, ...] = ()


def reached(pack: Pack, *, role: Role, wanted: Wanted, now: datetime) -> Select[Any]:
    """
    Select the people who may be told, each once, on the open account they last used.

    They live, make something or hold an office in the place, which must be within the official's own
    (`NotAllowedError` otherwise). People who stopped, paused, left or were erased are excluded, and during a trial
    everybody who is not invited. A correction waits for those who paused (`of_broadcasts.wait_for_pauses`).
    """
    today = local_day(pack, now)
    if pack.places.get(wanted.place) is None or not may(role, "announce.send", wanted.place, pack.places, on=today):
        raise NotAllowedError("announce.send")
    codes = sorted(pack.places.subtree(wanted.place))
    theirs = accounts.alias()
    latest = (
        select(theirs.c.id)
        .where(theirs.c.person_id == people.c.id, theirs.c.state == "open")
        .order_by(theirs.c.last_spoke_at.desc(), theirs.c.id)
        .limit(1)
        .correlate(people)
        .scalar_subquery()
    )
    return (
        select(people.c.id.label("person_id"), accounts.c.channel, accounts.c.account)
        .select_from(people)
        .join(accounts, accounts.c.id == latest)
        .where(
            people.c.erased_at.is_(None),
            people.c.stopped_at.is_(None),
            true() if wanted.corrects else or_(people.c.paused_until.is_(None), people.c.paused_until <= now),
            may_be_told(people.c.id, on=today),
            _of_the_place(codes, wanted, today),
            *_filters(pack, codes, wanted, role, now),
        )
    )


def count(db: Connection, *, pack: Pack, role: Role, wanted: Wanted, now: datetime) -> Counted:
    """
    Count whom an official would reach; a place beyond their own is refused, and no name shown.

    One statement goes once through the people of the place, so a conversation counts once and keeps the result.
    """
    found = reached(pack, role=role, wanted=wanted, now=now).cte("found")
    some = select(found.c.person_id, literal(0)).order_by(found.c.person_id).limit(4 * SAMPLES).subquery()
    rows = db.execute(union_all(select(found.c.channel, func.count()).group_by(found.c.channel), select(some))).all()
    channels = {name: people for name, people in rows if people}
    named = names_of(db, tuple(person_id for person_id, people in rows if not people))
    return Counted(sum(channels.values()), channels, tuple(one for one, name in named.items() if name)[:SAMPLES])


def reached_ids(db: Connection, *, pack: Pack, role: Role, wanted: Wanted, now: datetime) -> Sequence[str]:
    """Return the people a broadcast reaches."""
    found = reached(pack, role=role, wanted=wanted, now=now).subquery()
    return db.execute(select(found.c.person_id)).scalars().all()


def tags_for(db: Connection, *, role: Role, places: Places, on: date) -> tuple[str, ...]:
    """The labels an official may pick from: those put on people by offices within their own place."""
    rows = db.execute(select(tags.c.tag, tags.c.place).distinct().order_by(tags.c.tag)).all()
    return tuple(dict.fromkeys(row.tag for row in rows if may(role, "announce.send", row.place, places, on=on)))


def tags_of(db: Connection, *, person_id: str) -> tuple[str, ...]:
    """The labels offices put on a person, for that person."""
    return tuple(db.execute(select(tags.c.tag).where(tags.c.person_id == person_id).distinct()).scalars())


def _of_the_place(codes: list[str], wanted: Wanted, today: date) -> ColumnElement[bool]:
    """
    Match the people of a place: those who live or make something there, and its officials where officials are asked
    for.
    """
    belongs = [people.c.place.in_(codes), people.c.id.in_(_makers().where(applications.c.place.in_(codes)))]
    if set(wanted.roles) - {PRODUCERS} or wanted.corrects:
        belongs.append(people.c.id.in_(_holders(codes, today)))
    return or_(*belongs)


def _makers() -> Select[Any]:
    return select(members.c.person_id).join(applications, applications.c.entity_id == members.c.entity_id)


def _holders(codes: list[str], today: date) -> Select[Any]:
    return select(roles.c.person_id).where(
        roles.c.place.in_(codes), roles.c.revoked_at.is_(None), roles.c.until >= today
    )


def _filters(pack: Pack, codes: list[str], wanted: Wanted, role: Role, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.roles:
        held = sorted(set(wanted.roles) - {PRODUCERS})
        fits = [people.c.id.in_(_holders(codes, local_day(pack, now)).where(roles.c.role.in_(held)))] if held else []
        if PRODUCERS in wanted.roles:
            fits.append(people.c.id.in_(select(members.c.person_id)))
        found.append(or_(*fits))
    if wanted.entities:
        acting = select(members.c.person_id).join(entities, entities.c.id == members.c.entity_id)
        found.append(people.c.id.in_(acting.where(entities.c.kind.in_(wanted.entities))))
    found += _of_a_product(pack, codes, wanted)
    if wanted.spoke_days:
        since = now - timedelta(days=wanted.spoke_days)
        found.append(people.c.id.in_(select(accounts.c.person_id).where(accounts.c.last_spoke_at >= since)))
    if wanted.tag:
        # a label another office put on somebody is that office's own
        own = sorted(pack.places.subtree(role.place))
        found.append(people.c.id.in_(select(tags.c.person_id).where(tags.c.tag == wanted.tag, tags.c.place.in_(own))))
    if wanted.corrects:
        found.append(
            people.c.id.in_(
                select(deliveries.c.person_id).where(
                    deliveries.c.broadcast_id == wanted.corrects,
                    or_(deliveries.c.state.in_((*PERHAPS_SENT, *UNSENT)), _was_replaced(), deliveries.c.doubtful),
                )
            )
        )
    return found


def _was_replaced() -> ColumnElement[bool]:
    """A copy that a correction took the place of before it was sent."""
    return and_(deliveries.c.state == State.CANCELLED.value, deliveries.c.reason == Reason.CORRECTED.value)


def _of_a_product(pack: Pack, codes: list[str], wanted: Wanted) -> list[ColumnElement[bool]]:
    statuses = {one.id for one in pack.programme.statuses if one.step in wanted.steps} | set(wanted.statuses)
    asked: list[ColumnElement[bool]] = []
    if wanted.kinds:
        asked.append(applications.c.kind.in_(wanted.kinds))
    if wanted.groups:
        asked.append(applications.c.product_group.in_(wanted.groups))
    if wanted.steps or wanted.statuses:
        asked.append(applications.c.status.in_(sorted(statuses)))
    if wanted.stars:
        recognised = select(recognitions.c.product_id).where(
            recognitions.c.state == RecognitionState.STANDING, recognitions.c.stars >= wanted.stars
        )
        asked.append(applications.c.product_id.in_(recognised))
    if not asked:
        return []
    fits: ColumnElement[bool] = people.c.id.in_(_makers().where(applications.c.place.in_(codes), and_(*asked)))
    if DRAFT in statuses and not (wanted.kinds or wanted.groups or wanted.stars):
        begun = select(drafts.c.person_id).where(drafts.c.state == "open", drafts.c.form == "idea")
        fits = or_(fits, people.c.id.in_(begun))
    return [fits]


def known_roles(pack: Pack) -> tuple[str, ...]:
    """Return the roles that a filter may name in this programme."""
    return (PRODUCERS, *(one for one in pack.programme.roles if one in OFFICIALS or one == "helper"))


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the labels over; a label both have is kept once."""
    mine = tags.alias()
    both = select(mine.c.tag).where(mine.c.person_id == keep, mine.c.place == tags.c.place, mine.c.tag == tags.c.tag)
    db.execute(update(tags).where(tags.c.person_id == gone, ~both.exists()).values(person_id=keep))
    db.execute(delete(tags).where(tags.c.person_id == gone))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Delete every label an office put on a person."""
    db.execute(delete(tags).where(tags.c.person_id == person_id))
