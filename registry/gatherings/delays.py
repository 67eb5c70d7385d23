"""
The time before the invitations of a gathering leave: delayed, withdrawn while it is changed, stopped.

Invitations that no second official has seen leave after the same delay as announcements.  Until then
nothing is queued: the state is `held`, and the sweep opens it.  Those above are notified at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, or_, select, update

from content.actions.officials import LookAtInvitation, ShowGathering, StopInvitation
from content.decent_hours import out_of_the_night
from content.language.saying import number_said
from content.programme.pack import Pack
from registry.addressing import alerts
from registry.broadcasts import broadcasts
from registry.broadcasts.approvals import role_in_force
from registry.deliveries.deliveries import cancel as cancel_pending
from registry.deliveries.deliveries import enqueue, pause_about, resume_about
from registry.deliveries.keys import WHILE_IT_STANDS, Purpose, Subject, gathering_notice, gathering_stopped
from registry.deliveries.states import Reason
from registry.gatherings.gatherings import (
    NOT_TAKEN_UP,
    Gathering,
    MovedOnError,
    PastError,
    gathering,
    lock,
    may_change,
    values_of,
)
from registry.gatherings.seats import tell_coming
from registry.people.official_names import known_as
from registry.people.people import current, person
from registry.people.roles import NotAllowedError, Role, may, role_by_id, roles_of
from registry.store.audit import record
from registry.store.rows import gatherings
from registry.store.slices import Place, Room, Slice, each
from registry.store.tombstones import Kind, note
from registry.telling import Teller, local_day, place_name

UNSENT = ("waiting", "held", "refused")
"""Nobody was invited yet."""


def leaves_at(pack: Pack, *, starts_at: datetime, now: datetime, alone: bool) -> datetime:
    """
    Return when invitations leave: at a decent hour, after the delay if `alone`; on a holiday if it begins too soon.
    """
    due = broadcasts.leaves_at(pack, at=None, by_night=False, now=now, alone=alone)
    if due < starts_at:
        return due
    return out_of_the_night(now + pack.programme.announcements.delay if alone else now, pack.programme)


def in_delay(known: Gathering, now: datetime) -> bool:
    """True while these words are unsent and can still be stopped."""
    return known.state in {"waiting", "held"} or (known.state == "open" and known.due_at is not None and
                                                  known.due_at > now)  # fmt: skip


def tell_above(
    db: Connection, *, pack: Pack, known: Gathering, role: Role, tell: Teller, now: datetime,
    seen_by: Role | None = None, again: bool = False,
) -> int:  # fmt: skip
    """
    Notify the officials above of these words, with a button to stop them; return their number.

    Once per version, and `again` for each hour at which this version leaves.
    """
    if not known.invited:
        return 0
    local = (known.due_at or now).astimezone(ZoneInfo(pack.programme.timezone))
    values = values_of(db, pack, known) | {
        "author": known_as(db, role) or pack.places.full_name(role.place),
        "count": number_said(known.invited),
        "place": pack.places.full_name(known.place),
        "leaves_hour": f"{local:%H:%M}",
        "leaves_day": local.date(),
    }
    phrase = "told_above_approved" if seen_by is not None else "told_above"
    if known.state == "open" and seen_by is None:
        phrase = "told_above_reworded"
    actions = (
        (StopInvitation(known.id, known.version), "taphuan.stop"),
        (ShowGathering(known.id), "taphuan.open"),
    )
    return alerts.tell_above(
        db, pack=pack, role=role, subject=Subject.GATHERING, subject_id=known.id,
        edition=f"{known.version}{f':{local.isoformat()}' if again else ''}",
        phrase=f"taphuan.{phrase}", values=values, actions=actions, tell=tell, now=now, seen_by=seen_by,
    )  # fmt: skip


def take_up(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, now: datetime, version: int | None = None
) -> Gathering:
    """
    Begin to change a gathering: one that has not left is withdrawn until it is saved or given back.  Idempotent.

    `MovedOnError` when it is not the `version` any more that was shown.
    """
    known = lock(db, gathering_id)
    if known is None or not may_change(db, role, known, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("event.change")
    if known.state == "cancelled" or (version is not None and known.version != version):
        raise MovedOnError(f"Gathering {gathering_id} is {known.state}, version {known.version}. Nothing was changed.")
    if known.starts_at <= now:
        raise PastError("It has begun already. Nothing was changed.")
    if not in_delay(known, now) or known.taken_up_by == role.person_id:
        return known
    _set(db, known, taken_up_by=role.person_id, taken_up_at=now)
    pause_about(db, subject=Subject.GATHERING, subject_id=known.id, purpose=Purpose.CHANGED)
    record(
        db, now=now, actor=role.person_id, act="event.take_up", noun="gathering", noun_id=known.id,
        version=known.version, role=role.id,
    )  # fmt: skip
    return replace(known, taken_up_by=role.person_id, taken_up_at=now)


def turn_away(db: Connection, *, gathering_id: str, person_id: str) -> None:
    """Remember an official who wanted to approve while it is changed, to notify them once it waits again."""
    known = lock(db, gathering_id)
    if known is not None and known.taken_up_by is not None and person_id not in known.turned_away:
        _set(db, known, turned_away=[*known.turned_away, person_id])


REMIND_AFTER = (timedelta(minutes=30), timedelta(days=1))
"""Since it was taken up, when its author is reminded of a change that was left."""


@dataclass(frozen=True, slots=True)
class Left:
    """A change that was begun and left, and the moment of the latest reminder due."""

    gathering: Gathering
    moment: datetime


def left_changes(db: Connection, *, now: datetime) -> tuple[Left, ...]:
    """Return the changes that were left, of gatherings still ahead; after an outage only the latest moment counts."""
    left = and_(gatherings.c.taken_up_at <= now - REMIND_AFTER[0], gatherings.c.starts_at > now)
    found = []
    for gathering_id in db.execute(select(gatherings.c.id).where(left).order_by(gatherings.c.id)).scalars().all():
        known = gathering(db, gathering_id)
        if known is not None and known.taken_up_at is not None and known.taken_up_by is not None:
            moments = [known.taken_up_at + after for after in REMIND_AFTER]
            found.append(Left(known, max(moment for moment in moments if moment <= now)))
    return tuple(found)


def give_back(
    db: Connection, *, pack: Pack, gathering_id: str, version: int, person_id: str, now: datetime, tell: Teller
) -> Gathering | None:
    """
    Restore what this person took up and did not change; None when there is nothing to restore.

    It waits for its second official again, or leaves at its hour.  Where the hour has passed the delay begins again,
    and the officials above are notified of the new hour.  Officials who wanted to approve meanwhile are notified.
    """
    known = lock(db, gathering_id)
    if known is None or known.taken_up_by != person_id or known.version != version:
        return None
    if known.state not in {"waiting", "held", "open"}:
        return None
    due = known.due_at
    if known.state == "open":  # other words, which those who come do not know yet
        due = max(due or now, now + pack.programme.announcements.delay) if due is None or due <= now else due
        resume_about(db, subject=Subject.GATHERING, subject_id=known.id, purpose=Purpose.CHANGED, due_at=due)
    elif known.state == "held" and due is not None and due <= now:
        due = leaves_at(pack, starts_at=known.starts_at, now=now, alone=known.approved_by is None)
    _set(db, known, due_at=due, **NOT_TAKEN_UP)
    if known.state == "waiting":
        _tell_it_waits_again(db, pack, known, tell, now)
    record(
        db, now=now, actor=person_id, act="event.give_back", noun="gathering", noun_id=known.id, version=known.version
    )
    back = replace(known, taken_up_by=None, taken_up_at=None, turned_away=(), due_at=due)
    role = role_by_id(db, known.role_id)
    if due != known.due_at and known.approved_by is None and role is not None:
        tell_above(db, pack=pack, known=back, role=role, tell=tell, now=now, again=True)
    return back


def _tell_it_waits_again(db: Connection, pack: Pack, known: Gathering, tell: Teller, now: datetime) -> None:
    """Notify the officials who wanted to approve while it was changed, each once."""
    look = (LookAtInvitation(known.id), "taphuan.approval_look")
    for person_id in dict.fromkeys(current(db, one) for one in known.turned_away):
        if person(db, person_id) is not None:
            message = tell(person_id, "taphuan.approval_back", values_of(db, pack, known), (look,))
            key = gathering_notice(known.id, Purpose.APPROVAL, f"{known.version}:{now:%Y%m%d%H%M%S}", person_id)
            enqueue(
                db, key=key, person_id=person_id, kind="status", message=message, now=now, not_after=known.starts_at
            )


def stop(db: Connection, *, pack: Pack, role: Role, gathering_id: str, tell: Teller, now: datetime) -> Gathering:
    """
    Stop an unsent gathering, as its author or as any official in charge of the whole place; return it as it was.

    Idempotent. A gathering that has left is called off instead (`planning.cancel`). Any version is stopped, also one
    written after the official was notified.
    """
    known = lock(db, gathering_id)
    if known is None or not may(role, "event.change", known.place, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("event.change")
    if not alerts.in_charge(db, pack=pack, role=role, author=known.author, role_id=known.role_id, colleagues=True):
        raise NotAllowedError("event.change")
    if not in_delay(known, now):
        return known
    _drop(db, pack, known, tell, now)
    record(
        db, now=now, actor=role.person_id, act="event.stop", noun="gathering", noun_id=known.id,
        version=known.version, role=role.id,
    )  # fmt: skip
    said_by = {"official": role.title or "", "office": place_name(pack, role.place)}
    for writer in dict.fromkeys((known.author, known.words_by)):
        if writer != role.person_id and person(db, writer) is not None:
            message = tell(
                writer, "taphuan.stopped_told", values_of(db, pack, known) | said_by,
                ((ShowGathering(known.id), "taphuan.open"),),
            )  # fmt: skip
            key = gathering_stopped(known.id, known.version, writer)
            enqueue(db, key=key, person_id=writer, kind="status", message=message, now=now)
    return known


def open_due(
    db: Connection, *, pack: Pack, tell: Teller, now: datetime, room: Room | None = None, after: Place = ()
) -> Slice:
    """
    Open due gatherings, so that their invitations leave, and cancel those whose official lost the role. Idempotent.

    A revoked role may have been revoked from the wrong hands. Those beyond the room wait for the next slice.
    """
    unsent = or_(
        gatherings.c.state.in_(("waiting", "held")), and_(gatherings.c.state == "open", gatherings.c.due_at > now)
    )
    query = select(gatherings.c.id).where(gatherings.c.starts_at > now, unsent).order_by(gatherings.c.id)

    def find(behind: Place, most: int) -> Sequence[str]:
        rows = query.where(gatherings.c.id > (behind[0] if behind else "")).limit(most)
        return db.execute(rows).scalars().all()

    def act(gathering_id: str) -> Mapping[str, int]:
        known = lock(db, gathering_id)
        if known is None or not in_delay(known, now):
            return {}
        if not _still_in_office(db, pack, known, now):
            _drop(db, pack, known, tell, now)
            record(
                db, now=now, actor="system", act="event.stop", noun="gathering", noun_id=known.id,
                version=known.version,
            )  # fmt: skip
            return {"dropped": 1}
        if known.state == "held" and known.taken_up_by is None and known.due_at is not None and known.due_at <= now:
            _set(db, known, state="open")
            return {"opened": 1}
        return {}

    return each(find, act, room=room or Room(), after=after, place_of=lambda one: (one,))


def _still_in_office(db: Connection, pack: Pack, known: Gathering, now: datetime) -> bool:
    """True while the role it was made under is in force, and the official who wrote its words may still invite."""
    on = local_day(pack, now)
    if known.author != known.words_by and not any(
        may(one, "event.invite", known.place, pack.places, on=on)
        for one in roles_of(db, person_id=known.words_by, on=on)
    ):
        return False
    if known.state != "open":
        return role_in_force(db, known.role_id, on) is not None
    made_under = role_by_id(db, known.role_id)
    return made_under is not None and not made_under.revoked


def _drop(db: Connection, pack: Pack, known: Gathering, tell: Teller, now: datetime) -> None:
    """Cancel it with all queued messages; notify people who come, without words they have not read yet."""
    unread = known.state == "open"
    _set(db, known, state="cancelled", version=known.version + 1, **NOT_TAKEN_UP)
    note(db, Kind.GATHERING, known.id, now=now)
    cancel_pending(
        db, subject=Subject.GATHERING, subject_id=known.id, purposes=WHILE_IT_STANDS, reason=Reason.GATHERING_STOPPED
    )
    if unread:
        called_off = replace(known, state="cancelled", version=known.version + 1, due_at=None)
        tell_coming(db, pack, called_off, "event.called_off_unread", (), tell, now)


def _set(db: Connection, known: Gathering, **values: object) -> None:
    db.execute(update(gatherings).where(gatherings.c.id == known.id).values(**values))
