"""
One person on several channels: linked by a one-time code, or by a phone number two platforms vouch for.

The person who was met on the other channel is merged into this one.  Their rows
stay under their own key (nothing is sealed anew but what is read by person), and
`merged_into` says who they are now.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from registry.audit import record
from registry.entities import add_member
from registry.people import Person, new_person, person, set_name, set_phone, set_preference
from registry.roles import look_at_invitation, new_invitation, take_invitation
from registry.rows import accounts, consents, conversations, drafts, invitations, members, occurrences, people, roles
from registry.sealing import seal_for, unseal_for, vault_of

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Linked:
    """Who somebody is from now on, and whether anything changed."""

    person_id: str
    changed: bool


def link_code(db: Connection, *, person_id: str, now: datetime) -> str:
    """A one-time code that joins the account it is sent from to this person; ten minutes."""
    code = new_invitation(db, kind="link", by=person_id, now=now)
    db.execute(
        update(invitations)
        .where(invitations.c.kind == "link", invitations.c.by == person_id, invitations.c.redeemed_at.is_(None))
        .values(expires_at=now + LASTS)
    )
    return code


def who_asked(db: Connection, *, code: str, now: datetime) -> Person | None:
    """Whose code this is, while it can be used; looking does not use it up."""
    by = look_at_invitation(db, kind="link", code=code, now=now)
    return None if by is None else person(db, current(db, by))


def link_by_code(db: Connection, *, code: str, person_id: str, now: datetime) -> Linked | None:
    """
    Join the person who sends a code to the one who asked for it.

    None when the code is used, too old, or never was.  Sent by the one who asked, nothing changes.
    """
    row = take_invitation(db, kind="link", code=code, person_id=person_id, now=now)
    if row is None or person(db, row.by) is None:
        return None
    keep = current(db, row.by)
    if keep == person_id:
        return Linked(keep, changed=False)
    merge(db, keep=keep, gone=person_id, now=now)
    return Linked(keep, changed=True)


def same_phone(db: Connection, *, person_id: str, phone: str) -> str | None:
    """Somebody else for whom a platform vouched the same number; a number only typed never joins anybody."""
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


def vouch_phone(db: Connection, *, person_id: str, phone: str, now: datetime) -> None:
    """Keep a number that a platform vouches for."""
    set_phone(db, person_id=person_id, phone=phone)
    db.execute(update(people).where(people.c.id == person_id).values(phone_verified_at=now))


def current(db: Connection, person_id: str) -> str:
    """Who somebody is now: themselves, or the person they were merged into."""
    at = person_id
    while (into := db.execute(select(people.c.merged_into).where(people.c.id == at)).scalar_one_or_none()) is not None:
        at = into
    return at


def merge(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """Make two people one: accounts, entities, drafts, roles, consents and the later conversation go over."""
    _fill_in(db, keep=keep, gone=gone)
    db.execute(update(accounts).where(accounts.c.person_id == gone).values(person_id=keep))
    for row in db.execute(select(members).where(members.c.person_id == gone)).all():
        known = db.execute(
            select(members.c.part).where(members.c.entity_id == row.entity_id, members.c.person_id == keep)
        ).scalar_one_or_none()
        if known is None:
            add_member(db, entity_id=row.entity_id, person_id=keep, part=row.part, now=now)
        elif row.part == "owner":
            db.execute(
                update(members)
                .where(members.c.entity_id == row.entity_id, members.c.person_id == keep)
                .values(part="owner")
            )
    db.execute(delete(members).where(members.c.person_id == gone))
    for table in (roles, consents):
        db.execute(update(table).where(table.c.person_id == gone).values(person_id=keep))
    db.execute(
        update(occurrences)
        .where(occurrences.c.person_id == gone, occurrences.c.subject.like("a:%"))
        .values(person_id=keep)
    )
    db.execute(
        update(occurrences)
        .where(occurrences.c.person_id == gone, occurrences.c.state == "planned")
        .values(state="skipped", reason="linked to another account")
    )
    for draft in db.execute(select(drafts).where(drafts.c.person_id == gone)).all():
        _move_draft(db, draft, keep=keep, gone=gone)
    _move_conversation(db, keep=keep, gone=gone)
    db.execute(update(people).where(people.c.id == gone).values(merged_into=keep, stopped_at=now))
    record(db, now=now, actor=keep, act="person.link", noun="person", noun_id=gone)


def unlink(db: Connection, *, channel: str, account: str, now: datetime) -> bool:
    """
    Take one account out: from now on it is somebody new, of whom nothing is known.

    The person keeps everything on their other accounts.  False for the only account there is.
    """
    row = db.execute(select(accounts).where(accounts.c.channel == channel, accounts.c.account == account)).one()
    others = db.execute(
        select(accounts.c.id).where(accounts.c.person_id == row.person_id, accounts.c.id != row.id)
    ).first()
    if others is None:
        return False
    fresh = new_person(db, now=now)
    db.execute(update(accounts).where(accounts.c.id == row.id).values(person_id=fresh))
    record(db, now=now, actor=row.person_id, act="person.unlink", noun="account", noun_id=row.id)
    return True


def _fill_in(db: Connection, *, keep: str, gone: str) -> None:
    """What is known of one only is known of both; what both said stays as the kept one said it."""
    mine, theirs = person(db, keep), person(db, gone)
    if mine is None or theirs is None:
        raise LookupError("One of the two was erased; nothing was linked.")
    if mine.name is None and theirs.name is not None:
        set_name(db, person_id=keep, name=theirs.name)
    if mine.phone is None and theirs.phone is not None:
        set_phone(db, person_id=keep, phone=theirs.phone)
    filled = {
        name: getattr(theirs, name)
        for name in ("place", "address_form", "remind_hour", "lessons")
        if getattr(mine, name) is None and getattr(theirs, name) is not None
    }
    if theirs.stopped_at is not None and mine.stopped_at is None:
        filled["stopped_at"] = theirs.stopped_at  # a "stop" said anywhere counts everywhere
    if filled:
        set_preference(db, person_id=keep, **filled)


def _move_draft(db: Connection, row: Row[Any], *, keep: str, gone: str) -> None:
    where = f"drafts:answers:{row.key}"
    answers = unseal_for(db, gone, where, row.answers_sealed)
    db.execute(
        update(drafts)
        .where(drafts.c.key == row.key)
        .values(person_id=keep, answers_sealed=seal_for(db, keep, where, answers))
    )


def _move_conversation(db: Connection, *, keep: str, gone: str) -> None:
    """The later of the two conversations goes on; buttons of either stay older than its next question."""
    row = db.execute(select(conversations).where(conversations.c.person_id == gone)).one_or_none()
    if row is None:
        return
    mine = db.execute(select(conversations).where(conversations.c.person_id == keep)).one_or_none()
    state = unseal_for(db, gone, f"conversations:state:{gone}", row.state_sealed)
    db.execute(delete(conversations).where(conversations.c.person_id == gone))
    version = max(row.version, mine.version if mine is not None else 0) + 1
    if mine is not None and (row.topic is None or mine.updated_at >= row.updated_at) and mine.topic is not None:
        db.execute(update(conversations).where(conversations.c.person_id == keep).values(version=version))
        return
    sealed = seal_for(db, keep, f"conversations:state:{keep}", state)
    values = {"version": version, "topic": row.topic, "state_sealed": sealed, "updated_at": row.updated_at}
    if mine is None:
        db.execute(insert(conversations).values(person_id=keep, **values))
    else:
        db.execute(update(conversations).where(conversations.c.person_id == keep).values(**values))
