"""
Roles, and the one table of acts: the right of each role in each place.

A role belongs to a person, reaches over a place with all below it, and ends by itself. Every act of an official is
checked with `may` and the day, so that an expired or revoked role is refused at the next act.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from content.places.places import Places
from content.programme.pack import Pack
from registry.people.invitations import invitations
from registry.store import tombstones
from registry.store.audit import record
from registry.store.prepared import Prepared
from registry.store.rows import leaves, new_id, people, roles

LONGEST = timedelta(days=366)
"""Roles end after twelve months at most (threat T5: people move, communes merge)."""
OPERATOR: Final = "operator"
"""Somebody with the command line on the machine: above all roles."""

_COMMUNE = "commune_official"
_DISTRICT = "district_official"
_PROVINCE = "province_official"
OFFICIALS: Final = frozenset({_COMMUNE, _DISTRICT, _PROVINCE})
ROLE_IDS: Final = ("helper", _COMMUNE, _DISTRICT, _PROVINCE, "admin")
_GRANTS: Mapping[str, frozenset[str]] = {
    _COMMUNE: frozenset({"helper"}),
    _DISTRICT: frozenset({"helper", _COMMUNE}),
    _PROVINCE: frozenset({"helper", _COMMUNE, _DISTRICT}),
    "admin": frozenset(ROLE_IDS),
}
"""Which roles one may give and take: those below one's own; the administrator all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """
    The roles that may do an act, and the scope: the role's place with all below it, anywhere, or the person's
    records.
    """

    roles: frozenset[str]
    scope: Literal["place", "anywhere", "own"] = "place"


_BOTH = frozenset({"owner", "helper"})
ACTS: Mapping[str, Rule] = {
    # officials, in their place
    "review.see": Rule(OFFICIALS),
    "review.accept": Rule(OFFICIALS),
    "review.return": Rule(OFFICIALS),
    "review.decline": Rule(OFFICIALS),
    "review.record": Rule(OFFICIALS),  # the later acts of the pack's table: select, score, forward, recognise …
    "announce.send": Rule(OFFICIALS),
    "announce.cancel": Rule(OFFICIALS),
    "announce.report": Rule(OFFICIALS),
    "announce.approve": Rule(OFFICIALS),  # somebody else's, as the second official
    "announce.pause": Rule(OFFICIALS),
    "announce.retry": Rule(OFFICIALS),
    "announce.tag": Rule(OFFICIALS),
    "event.invite": Rule(OFFICIALS),
    "event.change": Rule(OFFICIALS),
    "event.see": Rule(OFFICIALS),
    "event.attend": Rule(OFFICIALS),
    "question.see": Rule(OFFICIALS),
    "question.answer": Rule(OFFICIALS),
    "recording.type": Rule(OFFICIALS),  # hear a producer's voice and type what is said
    "paper.confirm": Rule(OFFICIALS),  # a paper that was handed in: received, or not seen
    "unanswered.see": Rule(OFFICIALS | {"admin"}),
    "answer.write": Rule(OFFICIALS),  # to a question the bot could not answer, for everybody of a place
    "answer.approve": Rule(OFFICIALS),  # somebody else's, as the second official
    "checklist.counts": Rule(OFFICIALS),
    "figures.see": Rule(OFFICIALS | {"admin"}),
    "deadline.move": Rule(OFFICIALS),
    "leave.plan": Rule(OFFICIALS),  # one's own, with a stand-in
    "place.pause": Rule(OFFICIALS),  # nothing unasked in a place for a time: a flood
    "export.run": Rule(frozenset({_DISTRICT, _PROVINCE, _COMMUNE})),
    "import.run": Rule(frozenset({_PROVINCE, "admin"})),
    "role.see": Rule(OFFICIALS | {"admin"}),
    "role.invite": Rule(frozenset(_GRANTS)),
    "role.revoke": Rule(frozenset(_GRANTS)),
    "poster.make": Rule(OFFICIALS | {"admin"}),
    "entity.hand_over": Rule(OFFICIALS),  # to its person: what the office entered first
    "entry.for_others": Rule(OFFICIALS | {"helper"}),
    # the installation
    "prompt.record": Rule(frozenset({_PROVINCE, "admin"}), "anywhere"),  # speak a text of the pack, for everybody
    "audit.see": Rule(frozenset({"admin"}), "anywhere"),
    "health.see": Rule(frozenset({"admin", _PROVINCE}), "anywhere"),
    # producers, on what is theirs: the roles are their parts in the entity
    "application.see_own": Rule(_BOTH, "own"),
    "application.edit_own": Rule(_BOTH, "own"),
    "application.withdraw_own": Rule(frozenset({"owner"}), "own"),
    "checklist.set_own": Rule(_BOTH, "own"),
    "paper.say_own": Rule(_BOTH, "own"),
    "entity.see_own": Rule(_BOTH, "own"),
    "entity.edit_own": Rule(frozenset({"owner"}), "own"),
    "entity.invite_own": Rule(frozenset({"owner"}), "own"),
}
"""The authorisation table. An act that is not listed is forbidden."""


class NotAllowedError(Exception):
    """The act is not allowed; nothing was changed, and nothing is revealed."""

    def __init__(self, act: str) -> None:
        super().__init__(f"{act} is not allowed to the one who asked. Nothing was changed.")
        self.act = act


@dataclass(frozen=True, slots=True)
class Role:
    id: str
    person_id: str
    role: str
    place: str
    title: str | None
    until: date
    revoked: bool = False

    def holds(self, on: date) -> bool:
        """True when it is in force on a day; its last day counts."""
        return not self.revoked and on <= self.until


@dataclass(frozen=True, slots=True)
class Reviewers:
    """The officials who decide, the place whose office has it, and whether it had to go up."""

    roles: tuple[Role, ...]
    holder: str
    went_up: bool


def at_level(pack: Pack, place: str, level: str) -> str:
    """Return the place of a level that contains a place; the topmost known one where there is none of that level."""
    return _up_to(pack.places, place, level)[0]


def may(role: Role, act: str, place: str, places: Places, *, on: date) -> bool:
    """True when an official may do an act in a place on a day. For producers and their records see `may_own`."""
    rule = ACTS.get(act)
    if rule is None or rule.scope == "own" or role.role not in rule.roles or not role.holds(on):
        return False
    return rule.scope == "anywhere" or places.within(place, role.place)


def may_own(part: str | None, act: str) -> bool:
    """True when a member of an entity, owner or helper, may do an act with its records."""
    rule = ACTS.get(act)
    return rule is not None and rule.scope == "own" and part in rule.roles


def may_grant(role: Role, wanted: str, place: str, places: Places, *, on: date) -> bool:
    """True when a role may be given or taken by this one: below its own, in its place."""
    return may(role, "role.invite", place, places, on=on) and wanted in _GRANTS.get(role.role, frozenset())


def grantable(role: Role) -> tuple[str, ...]:
    """The roles this one may give and take, the lowest first."""
    return tuple(one for one in ROLE_IDS if one in _GRANTS.get(role.role, frozenset()))


def check_role(pack: Pack, role: str, place: str) -> None:
    """Refuse a role this programme does not have, or one at a place of another level."""
    if role not in ROLE_IDS or role not in pack.programme.roles:
        raise ValueError(f"This programme has no role {role}. Roles: {', '.join(pack.programme.roles)}.")
    level, found = pack.programme.roles.get(role), pack.places.get(place)
    if found is None or level not in {None, found.level}:
        raise ValueError(f"A {role} belongs to a place of level {level}, and {place} is not one.")


def grant(
    db: Connection,
    *,
    person_id: str,
    role: str,
    place: str,
    granted_by: str,
    now: datetime,
    until: date | None = None,
    title: str | None = None,
) -> Role:
    """
    Give a role without asking further: for the command line, the demo and redeemed invitations.

    The same role at the same place again prolongs it and does not add one; one that has lapsed begins again.
    Twelve months is the longest, whatever is asked.
    """
    last = (now + LONGEST).date()
    until = min(until or last, last)
    known = db.execute(
        select(roles).where(
            roles.c.person_id == person_id,
            roles.c.role == role,
            roles.c.place == place,
            roles.c.revoked_at.is_(None),
        )
    ).first()
    if known is not None and known.until < now.date():
        db.execute(update(roles).where(roles.c.id == known.id).values(revoked_at=now))
        title, known = title or known.title, None
    if known is None:
        role_id = new_id()
        db.execute(
            insert(roles).values(
                id=role_id,
                person_id=person_id,
                role=role,
                place=place,
                title=title,
                until=until,
                granted_by=granted_by,
                granted_at=now,
            )
        )
    else:
        role_id, title = known.id, title or known.title
        db.execute(update(roles).where(roles.c.id == role_id).values(until=until, title=title))
        tombstones.note(db, tombstones.Kind.TERM, role_id, now=now, until=until.isoformat())
    record(
        db, now=now, actor=granted_by, act="role.grant", noun="role", noun_id=role_id,
        person=person_id, role=role, place=place, until=until.isoformat(),
    )  # fmt: skip
    return Role(role_id, person_id, role, place, title, until)


def revoke(
    db: Connection, *, role_id: str, by: Role | Literal["operator"], places: Places, on: date, now: datetime
) -> bool:
    """Revoke a role, at once; False when it was revoked already. Queued messages to its holder stay queued."""
    row = db.execute(select(roles).where(roles.c.id == role_id)).one_or_none()
    if isinstance(by, Role):
        if row is None or not may_grant(by, row.role, row.place, places, on=on):
            raise NotAllowedError("role.revoke")
    elif by != OPERATOR:
        raise NotAllowedError("role.revoke")
    if row is None or row.revoked_at is not None:
        return False
    db.execute(update(roles).where(roles.c.id == role_id).values(revoked_at=now))
    tombstones.note(db, tombstones.Kind.ROLE, role_id, now=now)
    record(
        db, now=now, actor=by.person_id if isinstance(by, Role) else by, act="role.revoke", noun="role",
        noun_id=role_id, person=row.person_id, role=row.role, place=row.place,
    )  # fmt: skip
    return True


_ROLES_OF = Prepared(
    select(roles)
    .where(
        roles.c.person_id == bindparam("of_person"), roles.c.revoked_at.is_(None), roles.c.until >= bindparam("on_day")
    )
    .order_by(roles.c.granted_at, roles.c.id)
)
_AT_PLACE = (
    select(roles)
    .join(people, people.c.id == roles.c.person_id)
    .where(
        roles.c.place == bindparam("at_place"),
        or_(*(roles.c.role == role for role in sorted(OFFICIALS))),
        roles.c.revoked_at.is_(None),
        roles.c.until >= bindparam("on_day"),
        people.c.erased_at.is_(None),
    )
    .order_by(roles.c.granted_at, roles.c.id)
)
_AWAY = (
    select(leaves.c.id)
    .where(
        leaves.c.person_id == roles.c.person_id,
        leaves.c.place == roles.c.place,
        leaves.c.begun_at.is_not(None),
        leaves.c.ended_at.is_(None),
        leaves.c.from_on <= bindparam("on_day"),
        leaves.c.until_on >= bindparam("on_day"),
    )
    .correlate(roles)
    .exists()
)
_ALL_AT = Prepared(_AT_PLACE)
_PRESENT_AT = Prepared(_AT_PLACE.where(~_AWAY))


def roles_of(db: Connection, *, person_id: str, on: date) -> tuple[Role, ...]:
    """The roles a person has on a day, the widest first."""
    rows = _ROLES_OF.rows(db, of_person=person_id, on_day=on)
    return tuple(sorted(map(role_of, rows), key=lambda role: -ROLE_IDS.index(role.role)))


def role_by_id(db: Connection, role_id: str) -> Role | None:
    row = db.execute(select(roles).where(roles.c.id == role_id)).one_or_none()
    return None if row is None else role_of(row)


def roles_at(db: Connection, *, place: str, on: date, also_away: bool = False) -> tuple[Role, ...]:
    """
    Return the officials of one place on a day, without erased people.

    An official on leave is left out while somebody else is there; without anybody else they are returned.
    """
    found = () if also_away else _PRESENT_AT.rows(db, at_place=place, on_day=on)
    return tuple(map(role_of, found or _ALL_AT.rows(db, at_place=place, on_day=on)))


def officials_for(db: Connection, places: Places, *, place: str, level: str, on: date) -> Reviewers:
    """
    Return the officials who decide at a level for a place: one level up while nobody is there.

    Without officials up to the top, it waits at the place of that level and `roles` is empty: the first official
    there finds it.
    """
    chain = _up_to(places, place, level)
    for at in chain:
        found = roles_at(db, place=at, on=on)
        if found:
            return Reviewers(found, at, at != chain[0])
    return Reviewers((), chain[0], went_up=False)


def _up_to(places: Places, place: str, level: str) -> tuple[str, ...]:
    """Return the chain from the place of a level that contains a place up to the root; never empty."""
    found = places.get(place)
    if found is None:
        return (places.root.code,)
    chain = (found, *places.ancestors(found.code))
    for index, one in enumerate(chain):
        if one.level == level:
            return tuple(above.code for above in chain[index:])
    return (chain[-1].code,)


def role_of(row: Row[Any]) -> Role:
    """Return the role of a row of its table."""
    return Role(row.id, row.person_id, row.role, row.place, row.title, row.until, row.revoked_at is not None)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """
    Move roles and one-time codes over, with those the person gave.

    The second official must not be the author under another account, nor one the author appointed.
    """
    for column in (
        roles.c.person_id,
        roles.c.granted_by,
        invitations.c.by,
        invitations.c.redeemed_by,
    ):
        db.execute(update(column.table).where(column == gone).values({column: keep}))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Revoke every role.  Codes the person made stay; without a role of their maker they open nothing."""
    db.execute(update(roles).where(roles.c.person_id == person_id, roles.c.revoked_at.is_(None)).values(revoked_at=now))
