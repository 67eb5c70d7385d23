"""
One person on several channels: linked by a one-time code, or by a phone number two platforms vouch for.

A number that was only typed joins nobody, and a number both sides were vouched for joins them after a yes on
the other account only: numbers change hands, and whoever has one now need not be who had it before.

The person who was met on the other channel is merged into this one.  Their rows
stay under their own key (nothing is sealed anew but what is read by person), and
`merged_into` says who they are now.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Column, Connection, Row, delete, insert, or_, select, update

from registry.applications.entities import add_member
from registry.deliveries import surviving
from registry.deliveries.deliveries import cancel
from registry.deliveries.keys import WHILE_IT_STANDS, Subject
from registry.deliveries.states import Reason
from registry.gatherings.gatherings import take_turns
from registry.people.people import (
    Account,
    Person,
    current,
    new_person,
    person,
    reach,
    set_name,
    set_phone,
    set_preference,
)
from registry.people.roles import look_at_invitation, new_invitation, take_invitation
from registry.store.audit import record
from registry.store.rows import (
    accounts,
    approvals,
    broadcasts,
    consents,
    conversations,
    drafts,
    entries,
    gatherings,
    invitations,
    invitees,
    members,
    notices,
    occurrences,
    pauses,
    people,
    questions,
    roles,
    tags,
)
from registry.store.sealing import seal_for, unseal_for, vault_of

LASTS = timedelta(minutes=10)
ANSWER_WITHIN = timedelta(days=1)
"""How long the other account may take to say whether it is the same person."""
ASKED_AGAIN_AFTER = timedelta(days=30)
"""Once asked, the same two are not asked before; a number is no doorbell."""
Kind = Literal["link", "same"]
"""A copy that was said, may have been, or will be."""
_JUST_NAMED: tuple[Column[Any], ...] = (
    accounts.c.person_id,
    approvals.c.person_id,
    broadcasts.c.author,
    consents.c.person_id,
    entries.c.helper_id,
    gatherings.c.approved_by,
    gatherings.c.author,
    gatherings.c.taken_up_by,
    gatherings.c.words_by,
    invitations.c.by,
    invitations.c.redeemed_by,
    invitees.c.marked_by,
    pauses.c.by,
    questions.c.answered_by,
    roles.c.granted_by,
    roles.c.person_id,
)
"""
Columns that name a person and nothing hangs on the name: the other one is written over it.

Who wrote an announcement, or gave a role, is asked before somebody may be the second official; a link must
not make two people of one there.
"""


@dataclass(frozen=True, slots=True)
class Linked:
    """Who somebody is from now on, and whether anything changed."""

    person_id: str
    changed: bool


def link_code(db: Connection, *, person_id: str, now: datetime, lasts: timedelta = LASTS) -> str:
    """A one-time code that joins the account it is sent from to this person; ten minutes, and the latest only."""
    return _new_code(db, kind="link", person_id=person_id, lasts=lasts, now=now)


def _new_code(db: Connection, *, kind: Kind, person_id: str, lasts: timedelta, now: datetime) -> str:
    db.execute(
        update(invitations)
        .where(
            invitations.c.kind == kind,
            invitations.c.by == person_id,
            invitations.c.redeemed_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(expires_at=now)
    )
    code = new_invitation(db, kind=kind, by=person_id, now=now)
    db.execute(
        update(invitations)
        .where(invitations.c.kind == kind, invitations.c.by == person_id, invitations.c.expires_at > now)
        .values(expires_at=now + lasts)
    )
    return code


def who_asked(db: Connection, *, code: str, person_id: str, now: datetime) -> Person | None:
    """
    Whose code this is, while this person can use it; looking does not use it up.

    Who entered something for somebody is never that somebody: they are no judge of it, and not its owner.
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
    Join the person who sends a code to the one who asked for it.

    None when the code is used, too old, or never was.  Sent by the one who asked, nothing changes.
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


def share_a_number(db: Connection, one: str, other: str) -> bool:
    """Whether platforms vouched for the same number of both."""
    prints = db.execute(
        select(people.c.phone_print).where(
            people.c.id.in_((one, other)),
            people.c.phone_verified_at.is_not(None),
            people.c.erased_at.is_(None),
            people.c.merged_into.is_(None),
        )
    ).scalars()
    found = list(prints)
    return one != other and len(found) == 2 and found[0] is not None and found[0] == found[1]


def namesake(db: Connection, *, person_id: str, now: datetime) -> str | None:
    """
    Who may be the same person, by the number platforms vouched for; None without such a number, or so.

    None too when they were asked not long ago, whatever they said.
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
    A code for the question on the other account, and whom to ask; None when there is nobody to ask.

    Only who was vouched for the same number can use it, within a day.
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
    Make two people one: accounts, entities, drafts, roles, consents, labels and the later conversation go over.

    Words that lie under the key of the one who is gone stay there and are read through `merged_ids`; what was
    done by them stays done by them.
    """
    _fill_in(db, keep=keep, gone=gone)
    for column in _JUST_NAMED:
        db.execute(update(column.table).where(column == gone).values({column: keep}))
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
    db.execute(update(notices).where(notices.c.person_id == gone, notices.c.kind == "nudge").values(person_id=keep))
    for draft in db.execute(select(drafts).where(drafts.c.person_id == gone)).all():
        _move_draft(db, draft, keep=keep, gone=gone)
    _move_tags(db, keep=keep, gone=gone)
    _move_invitations(db, keep=keep, gone=gone)
    _move_entries(db, keep=keep, gone=gone)
    _move_conversation(db, keep=keep, gone=gone)
    surviving.take_over(db, keep=keep, gone=gone)
    db.execute(update(people).where(people.c.id == gone).values(stopped_at=now))
    # whoever was merged into them before is that person now too: it is never more than one step to somebody
    db.execute(update(people).where(or_(people.c.id == gone, people.c.merged_into == gone)).values(merged_into=keep))
    record(db, now=now, actor=keep, act="person.link", noun="person", noun_id=gone)


def unlink(db: Connection, *, channel: str, account: str, now: datetime) -> bool:
    """
    Take one account out: from now on it is somebody new, of whom nothing is known.

    The person keeps everything on their other accounts.  False for the only account there is.
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
    left = reach(db, row.person_id)
    last = Account(others.id, others.person_id, others.channel, others.account, others.state, others.last_spoke_at)
    surviving.move_to(db, person_id=row.person_id, channel=channel, account=account, other=left, last=last)
    record(db, now=now, actor=row.person_id, act="person.unlink", noun="account", noun_id=row.id)
    return True


def _fill_in(db: Connection, *, keep: str, gone: str) -> None:
    """What is known of one only is known of both; what both said stays as the kept one said it."""
    mine, theirs = person(db, keep), person(db, gone)
    if mine is None or theirs is None:
        raise LookupError("One of the two was erased; nothing was linked.")
    if mine.name is None and theirs.name is not None:
        set_name(db, person_id=keep, name=theirs.name)
    if theirs.phone is not None and (mine.phone is None or share_a_number(db, keep, gone)):
        set_phone(db, person_id=keep, phone=theirs.phone)
        vouched = select(people.c.phone_verified_at).where(people.c.id == gone).scalar_subquery()
        db.execute(update(people).where(people.c.id == keep).values(phone_verified_at=vouched))
    filled = {
        name: getattr(theirs, name)
        for name in ("place", "address_form", "remind_hour", "lessons")
        if getattr(mine, name) is None and getattr(theirs, name) is not None
    }
    if theirs.stopped_at is not None and mine.stopped_at is None:
        filled["stopped_at"] = theirs.stopped_at  # a "stop" said anywhere counts everywhere
    if theirs.paused_until is not None and (mine.paused_until is None or mine.paused_until < theirs.paused_until):
        filled["paused_until"] = theirs.paused_until
    if theirs.reminders:
        filled["reminders"] = True  # asked for on one of them; the consent goes over too
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


def _move_tags(db: Connection, *, keep: str, gone: str) -> None:
    """A label is there once, whoever of the two had it."""
    mine = tags.alias()
    both = select(mine.c.tag).where(mine.c.person_id == keep, mine.c.place == tags.c.place, mine.c.tag == tags.c.tag)
    db.execute(update(tags).where(tags.c.person_id == gone, ~both.exists()).values(person_id=keep))
    db.execute(delete(tags).where(tags.c.person_id == gone))


def _move_invitations(db: Connection, *, keep: str, gone: str) -> None:
    """
    Invited twice is invited once, with the answer of both (`_answer_of_both`).

    A seat that one of them gives up is free for whoever waits; the next sweep gives it.
    """
    invited = select(invitees.c.gathering_id).where(invitees.c.person_id == gone).order_by(invitees.c.gathering_id)
    for gathering_id in db.execute(invited).scalars().all():
        take_turns(db, gathering_id)  # no seat is given meanwhile
        theirs = (invitees.c.gathering_id == gathering_id) & (invitees.c.person_id == gone)
        row = db.execute(select(invitees).where(theirs)).one()
        mine = (invitees.c.gathering_id == row.gathering_id) & (invitees.c.person_id == keep)
        known = db.execute(select(invitees).where(mine)).one_or_none()
        if known is None:
            db.execute(update(invitees).where(theirs).values(person_id=keep))
            continue
        said = _answer_of_both(known, row)
        values = {"state": said.state, "answered_at": said.answered_at, "told_at": known.told_at or row.told_at}
        if known.came is None or row.came:
            values |= {"came": row.came, "marked_by": row.marked_by}
        db.execute(update(invitees).where(mine).values(**values))
        db.execute(delete(invitees).where(theirs))
        if said.state == "no":
            for person_id in (keep, gone):
                cancel(
                    db, subject=Subject.GATHERING, subject_id=row.gathering_id, purposes=WHILE_IT_STANDS,
                    person_id=person_id, reason=Reason.DOES_NOT_COME,
                )  # fmt: skip


def _answer_of_both(mine: Row[Any], theirs: Row[Any]) -> Row[Any]:
    """
    Whose answer to an invitation stands: the seat of either, or the earlier place in the line; of yes and no the newer.

    To wait is a yes to a full house, so it loses to a seat, and to a no only if that was said later.
    """
    both = (mine, theirs)
    said = [one for one in both if one.state in {"yes", "waiting", "no"}]
    if len(said) < 2:
        return next(iter(said), mine if mine.state == "later" else theirs)
    if "no" in {one.state for one in said}:
        return max(said, key=lambda one: one.answered_at)
    return min(said, key=lambda one: (one.state != "yes", one.answered_at))


def _move_entries(db: Connection, *, keep: str, gone: str) -> None:
    """What was entered for one, or by one, belongs to both; words that wait are sealed under the key that stays."""
    for row in db.execute(select(entries).where(entries.c.person_id == gone)).all():
        where = f"entries:answers:{row.id}"
        answers = unseal_for(db, gone, where, row.answers_sealed)
        sealed = None if answers is None else seal_for(db, keep, where, answers)
        db.execute(update(entries).where(entries.c.id == row.id).values(person_id=keep, answers_sealed=sealed))


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
