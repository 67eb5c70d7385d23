"""
One person on several channels: linked by a one-time code, or by a phone number two platforms vouch for.

A typed number links nobody. A number vouched for on both sides links after a yes on the other account only: numbers
change hands.

The other person is merged into this one. Their rows stay under their key (only texts read by person are sealed
again), and `merged_into` names the present person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select, update

from registry.applications.assisted import entries
from registry.deliveries import surviving
from registry.identity.nouns import NOUNS
from registry.people.invitations import invitations, look_at_invitation, new_invitation, take_invitation
from registry.people.people import (
    Account,
    Person,
    accounts_of,
    current,
    mark_merged,
    new_person,
    person,
    reach,
    set_phone,
    share_a_number,
)
from registry.store import tombstones
from registry.store.audit import record
from registry.store.rows import accounts, people
from registry.store.sealing import vault_of

LASTS = timedelta(minutes=10)
ANSWER_WITHIN = timedelta(days=1)
"""How long the other account may take to say whether it is the same person."""
ASKED_AGAIN_AFTER = timedelta(days=30)
"""The pause before the same two people are asked again."""
Kind = Literal["link", "same"]


@dataclass(frozen=True, slots=True)
class Linked:
    """The present person, and whether anything changed."""

    person_id: str
    changed: bool


def link_code(db: Connection, *, person_id: str, now: datetime, lasts: timedelta = LASTS) -> str:
    """A one-time code that joins the account it is sent from to this person; ten minutes, and the latest only."""
    return _new_code(db, kind="link", person_id=person_id, lasts=lasts, now=now)


def _new_code(db: Connection, *, kind: Kind, person_id: str, lasts: timedelta, now: datetime) -> str:
    ended = db.execute(
        update(invitations)
        .where(
            invitations.c.kind == kind,
            invitations.c.by == person_id,
            invitations.c.redeemed_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(expires_at=now)
        .returning(invitations.c.code_print)
    ).scalars()
    for one in ended.all():
        tombstones.note(db, tombstones.Kind.CODE, one, now=now)
    code = new_invitation(db, kind=kind, by=person_id, now=now)
    db.execute(
        update(invitations)
        .where(invitations.c.kind == kind, invitations.c.by == person_id, invitations.c.expires_at > now)
        .values(expires_at=now + lasts)
    )
    return code


def who_asked(db: Connection, *, code: str, person_id: str, now: datetime) -> Person | None:
    """
    Return the person who made a code, while this person can use it; looking does not use it up.

    A helper is never the person they entered something for, so their codes do not link the two.
    """
    by = look_at_invitation(db, kind="link", code=code, now=now)
    if by is None:
        by = look_at_invitation(db, kind="same", code=code, now=now)
        if by is None or not share_a_number(db, current(db, by), person_id):
            return None
    asker = current(db, by)
    entered = select(entries.c.id).where(entries.c.helper_id == person_id, entries.c.person_id == asker)
    return None if db.execute(entered.limit(1)).first() is not None else person(db, asker)


def link_by_code(db: Connection, *, code: str, person_id: str, now: datetime) -> Linked | None:
    """
    Link the person who sends a code to its maker.

    None when the code is used, too old or unknown. Sent by its maker, nothing changes.
    """
    if who_asked(db, code=code, person_id=person_id, now=now) is None:
        return None
    row = take_invitation(db, kind="link", code=code, person_id=person_id, now=now)
    if row is None:
        row = take_invitation(db, kind="same", code=code, person_id=person_id, now=now)
    if row is None or person(db, current(db, row.by)) is None:
        return None
    keep = current(db, row.by)
    if keep == person_id:
        return Linked(keep, changed=False)
    merge(db, keep=keep, gone=person_id, now=now)
    return Linked(keep, changed=True)


def same_phone(db: Connection, *, person_id: str, phone: str) -> str | None:
    """Return another person for whom a platform vouched the same number; typed numbers do not count."""
    found: str | None = db.execute(
        select(people.c.id)
        .where(
            people.c.phone_print == vault_of(db).fingerprint("phone", phone),
            people.c.phone_verified_at.is_not(None),
            people.c.merged_into.is_(None),
            people.c.erased_at.is_(None),
            people.c.id != person_id,
        )
        .order_by(people.c.created_at)
        .limit(1)
    ).scalar_one_or_none()
    return found


def namesake(db: Connection, *, person_id: str, now: datetime) -> str | None:
    """
    Return the possible same person by the number platforms vouched for; None without one.

    None too when the two were asked recently, whatever they answered.
    """
    mine = person(db, person_id)
    if mine is None or mine.phone is None or reach(db, person_id) is None:
        return None
    other = same_phone(db, person_id=person_id, phone=mine.phone)
    if other is None or not share_a_number(db, person_id, other) or reach(db, other) is None:
        return None
    asked = db.execute(
        select(invitations.c.by).where(
            invitations.c.kind == "same",
            invitations.c.by.in_((person_id, other)),
            invitations.c.created_at > now - ASKED_AGAIN_AFTER,
        )
    ).first()
    return None if asked is not None else other


def ask_namesake(db: Connection, *, person_id: str, now: datetime) -> tuple[str, str] | None:
    """
    Return another person and a code for the question on their account; None when there is no such person.

    Only the vouched holder of the same number can use the code, within a day.
    """
    other = namesake(db, person_id=person_id, now=now)
    if other is None:
        return None
    return other, _new_code(db, kind="same", person_id=person_id, lasts=ANSWER_WITHIN, now=now)


def not_the_same(db: Connection, *, code: str, person_id: str, now: datetime) -> bool:
    """Use a code up without joining; False for one that is not theirs to answer."""
    if who_asked(db, code=code, person_id=person_id, now=now) is None:
        return False
    return any(
        take_invitation(db, kind=kind, code=code, person_id=person_id, now=now) is not None for kind in ("link", "same")
    )


def vouch_phone(db: Connection, *, person_id: str, phone: str, now: datetime) -> None:
    """Keep a number that a platform vouches for."""
    set_phone(db, person_id=person_id, phone=phone)
    db.execute(update(people).where(people.c.id == person_id).values(phone_verified_at=now))


def merge(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """
    Make two people one: every noun moves over the records of the other person.

    Texts sealed under that person's key stay there and are read through `merged_ids`. The audit and the history of
    applications keep the old name.
    """
    for account in accounts_of(db, gone):
        tombstones.note(db, tombstones.Kind.ACCOUNT, account.id, now=now, linked=True)
    for noun in NOUNS:
        noun.take_over(db, keep=keep, gone=gone, now=now)
    mark_merged(db, keep=keep, gone=gone, now=now)
    record(db, now=now, actor=keep, act="person.link", noun="person", noun_id=gone)


def unlink(db: Connection, *, channel: str, account: str, now: datetime) -> bool:
    """
    Take one account out: from now on it belongs to a new, unknown person.

    The person keeps everything on their other accounts. False for their only account.
    """
    row = db.execute(select(accounts).where(accounts.c.channel == channel, accounts.c.account == account)).one()
    others = db.execute(
        select(accounts)
        .where(accounts.c.person_id == row.person_id, accounts.c.id != row.id)
        .order_by(accounts.c.last_spoke_at.desc())
    ).first()
    if others is None:
        return False
    fresh = new_person(db, now=now)
    db.execute(update(accounts).where(accounts.c.id == row.id).values(person_id=fresh))
    tombstones.note(db, tombstones.Kind.ACCOUNT, row.id, now=now, linked=False, person=row.person_id)
    left = reach(db, row.person_id)
    last = Account(others.id, others.person_id, others.channel, others.account, others.state, others.last_spoke_at)
    surviving.move_to(db, person_id=row.person_id, channel=channel, account=account, other=left, last=last)
    record(db, now=now, actor=row.person_id, act="person.unlink", noun="account", noun_id=row.id)
    return True
