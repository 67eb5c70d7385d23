"""
The second official: when one is needed, who may be it, and the verdicts.

A stolen account alone can do little: no link, no number to call or to pay to, no request for money, no file. A code
to pay by is a picture, and files are not inspected. Nothing goes at night, and only as many people and broadcasts per
day as the pack allows.
"""

from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    update,
)

from content.language.risky_words import risks_of
from content.programme.pack import Pack
from registry.broadcasts.audiences import Wanted, reached
from registry.people.roles import Role, may, role_by_id, roles_at
from registry.store.rows import UTCDateTime, broadcasts, deliveries, gatherings, invitees, metadata, people
from registry.store.rows import roles as role_rows
from registry.store.sealing import vault_of

approvals = Table(
    "approvals",
    metadata,
    Column("broadcast_id", Text, ForeignKey("broadcasts.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("verdict", Text, nullable=False),  # approved, refused; void once the text was edited after it
    Column("reason_sealed", LargeBinary),  # under the installation's key
    Column("at", UTCDateTime, nullable=False),
)
"""The verdict of a second official on one version of a broadcast."""


Reason = Literal["many", "often", "link", "elsewhere", "phone", "account", "money", "file", "night", "paused"]
COUNTED_WITHIN = timedelta(hours=24)


class OwnApprovalError(Exception):
    """Nobody approves what they wrote themselves; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The author cannot be the second official. Nothing was changed.")


def reasons_for(
    db: Connection,
    *,
    pack: Pack,
    role: Role,
    wanted: Wanted,
    texts: tuple[str, ...],
    due_at: datetime,
    now: datetime,
    files: int = 0,
    excluding: str = "",
) -> tuple[Reason, ...]:
    """
    Return the reasons why this broadcast needs a second official; empty when none is needed.

    People an author addressed or invited alone within a day count together. Splitting a large audience changes
    nothing, and the same few are not disturbed all day. The broadcast or gathering this one replaces is not counted.
    """
    found: list[Reason] = []
    limits = pack.programme.announcements
    most = limits.second_official_above
    if _told_alone(db, pack=pack, role=role, wanted=wanted, now=now, excluding=excluding, most=most) > most:
        found.append("many")
    if _sent_alone(db, role=role, now=now, excluding=excluding) >= limits.alone_a_day:
        found.append("often")
    found += risks_of(*texts, offices=limits.links)
    if files:
        found.append("file")
    if at_night(pack, due_at):
        found.append("night")
    return tuple(found)


def at_night(pack: Pack, moment: datetime) -> bool:
    """True when a moment is in the pack's quiet hours."""
    return pack.programme.quiet.covers(moment.astimezone(ZoneInfo(pack.programme.timezone)).time())


def approvers_for(db: Connection, *, pack: Pack, author: str, place: str, on: date) -> tuple[Role, ...]:
    """
    Return the officials who may be the second one, the nearest first: their place contains this one.

    The author and the author's appointees are excluded.
    """
    found = pack.places.get(place)
    chain = () if found is None else (place, *(one.code for one in pack.places.ancestors(place)))
    able: dict[str, Role] = {}
    for code in chain:
        for role in roles_at(db, place=code, on=on):
            if may_approve(db, role=role, author=author, place=place, pack=pack, on=on):
                able.setdefault(role.person_id, role)
    return tuple(able.values())


def may_approve(db: Connection, *, role: Role, author: str, place: str, pack: Pack, on: date) -> bool:
    """True when this official may be the second one for a place; never the author or the author's appointee."""
    if role.person_id == author or not may(role, "announce.approve", place, pack.places, on=on):
        return False
    giver = db.execute(select(role_rows.c.granted_by).where(role_rows.c.id == role.id)).scalar_one_or_none()
    return giver is not None and giver != author


def note(
    db: Connection, *, broadcast_id: str, version: int, role: Role, approved: bool, reason: str, now: datetime
) -> None:
    """Record a verdict; a second verdict on the same version is an error of the caller."""
    sealed = vault_of(db).seal_common(f"approvals:reason:{broadcast_id}:{version}", reason) if reason else None
    db.execute(
        insert(approvals).values(
            broadcast_id=broadcast_id,
            version=version,
            person_id=role.person_id,
            role_id=role.id,
            verdict="approved" if approved else "refused",
            reason_sealed=sealed,
            at=now,
        )
    )


def approved_under(db: Connection, *, broadcast_id: str, version: int) -> Role | None:
    """Return the role under which this version was approved; None without an approval."""
    row = db.execute(
        select(approvals.c.role_id).where(
            approvals.c.broadcast_id == broadcast_id,
            approvals.c.version == version,
            approvals.c.verdict == "approved",
        )
    ).one_or_none()
    return None if row is None else role_by_id(db, row.role_id)


def role_in_force(db: Connection, role_id: str, on: date) -> Role | None:
    """The role something was written under, if it still holds."""
    role = role_by_id(db, role_id)
    return role if role is not None and role.holds(on) else None


def _told_alone(
    db: Connection, *, pack: Pack, role: Role, wanted: Wanted, now: datetime, excluding: str, most: int
) -> int:  # fmt: skip
    """
    Count the people this author would have told within a day without a second official.

    Of this audience the counting ends at one more than `most`: it asks for a limit, not for a number.
    """
    before = _alone(role, now, excluding).with_only_columns(deliveries.c.person_id)
    earlier = before.union(_invited_alone(role, now, excluding).with_only_columns(invitees.c.person_id)).subquery()
    those = reached(pack, role=role, wanted=wanted, now=now)
    further = those.where(people.c.id.not_in(select(earlier.c.person_id))).limit(most + 1).subquery()
    counts = (select(func.count()).select_from(one).scalar_subquery() for one in (earlier, further))
    return int(sum(db.execute(select(*counts)).one()))


def _sent_alone(db: Connection, *, role: Role, now: datetime, excluding: str) -> int:
    """Count the broadcasts and invitations of this author within a day without a second official."""
    announced = _alone(role, now, excluding).with_only_columns(func.count(broadcasts.c.id.distinct()))
    invited = _invited_alone(role, now, excluding).with_only_columns(func.count(gatherings.c.id.distinct()))
    return int(db.execute(announced).scalar_one()) + int(db.execute(invited).scalar_one())


def _alone(role: Role, now: datetime, excluding: str) -> Select[Any]:
    """The deliveries of what an author announced within a day and no second official saw."""
    return (
        select(deliveries)
        .join(broadcasts, broadcasts.c.id == deliveries.c.broadcast_id)
        .outerjoin(
            approvals,
            (approvals.c.broadcast_id == broadcasts.c.id) & (approvals.c.version == broadcasts.c.version),
        )
        .where(
            broadcasts.c.author == role.person_id,
            broadcasts.c.id != excluding,
            # a broadcast written days ago that leaves today counts today
            or_(broadcasts.c.confirmed_at > now - COUNTED_WITHIN, broadcasts.c.due_at > now - COUNTED_WITHIN),
            approvals.c.broadcast_id.is_(None),
            deliveries.c.state != "cancelled",
        )
    )


def _invited_alone(role: Role, now: datetime, excluding: str) -> Select[Any]:
    """
    Select the people an author invited within a day without a second official; those of an unsent, stopped one do not
    count.
    """
    since = now - COUNTED_WITHIN
    return (
        select(invitees)
        .join(gatherings, gatherings.c.id == invitees.c.gathering_id)
        .where(
            gatherings.c.words_by == role.person_id,
            gatherings.c.id != excluding,
            or_(gatherings.c.words_at > since, gatherings.c.due_at > since),
            gatherings.c.approved_by.is_(None),
            or_(
                gatherings.c.state.in_(("held", "open")),
                (gatherings.c.state == "cancelled") & invitees.c.told_at.is_not(None),
            ),
        )
    )


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the verdicts over: no person is author and second official under two accounts."""
    db.execute(update(approvals).where(approvals.c.person_id == gone).values(person_id=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Keep the rows: a verdict belongs to the office."""
