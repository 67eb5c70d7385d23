"""
The second official of an invitation: the rule of broadcasts (`registry.broadcasts.approvals`), for gatherings.

No invitation leaves before the approval, and a new text voids every earlier verdict.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from content.actions.officials import LookAtInvitation, ShowGathering
from content.decent_hours import next_decent
from content.programme.pack import Pack
from registry.broadcasts import approvals
from registry.broadcasts.approvals import OwnApprovalError, Reason
from registry.deliveries.deliveries import cancel as cancel_pending
from registry.deliveries.deliveries import enqueue
from registry.deliveries.keys import Purpose, Subject, gathering_notice, gathering_verdict
from registry.deliveries.states import Reason as Why
from registry.gatherings.delays import leaves_at, tell_above
from registry.gatherings.gatherings import Gathering, MovedOnError, PastError, TooSoonError, gathering, lock, values_of
from registry.gatherings.invitees import wanted
from registry.people.people import person
from registry.people.roles import NotAllowedError, Role
from registry.store.audit import record
from registry.store.rows import gatherings
from registry.telling import Teller, local_day, place_name

MOST_ASKED = 5


def reasons_for(
    db: Connection, *, pack: Pack, role: Role, kind: str, place: str, texts: tuple[str, ...], now: datetime,
    excluding: str = "",
) -> tuple[Reason, ...]:  # fmt: skip
    """
    Return the reasons why this invitation needs a second official; empty when none is needed.

    People invited alone within a day count together with the recipients of broadcasts. The gathering that is changed
    is not counted.
    """
    due = next_decent(now, pack.programme.quiet, ZoneInfo(pack.programme.timezone), pack.programme.holidays)
    read = (*texts, role.title or "")  # people read the title of the inviting office too
    return approvals.reasons_for(
        db, pack=pack, role=role, wanted=wanted(kind, place), texts=read, due_at=due, now=now, excluding=excluding
    )


def asked_for(db: Connection, *, pack: Pack, known: Gathering, now: datetime) -> tuple[Role, ...]:
    """
    Return the officials who may be the second one, the nearest first; never its author or the author of its words.
    """
    on, writers = local_day(pack, now), _writers(known)
    able = approvals.approvers_for(db, pack=pack, author=writers[0], place=known.place, on=on)
    return tuple(
        role
        for role in able
        if all(approvals.may_approve(db, role=role, author=one, place=known.place, pack=pack, on=on) for one in writers)
    )[:MOST_ASKED]


def ask(db: Connection, *, pack: Pack, known: Gathering, tell: Teller, now: datetime) -> tuple[Role, ...]:
    """Ask the second officials; the same version is asked of each of them once."""
    cancel_pending(
        db, subject=Subject.GATHERING, subject_id=known.id, purposes=(Purpose.APPROVAL,), reason=Why.SUPERSEDED
    )
    return request(db, pack=pack, known=known, tell=tell, now=now)[0]


def request(
    db: Connection, *, pack: Pack, known: Gathering, tell: Teller, now: datetime
) -> tuple[tuple[Role, ...], int]:
    """Enqueue the request to each second official who has none for this version; return all and the number."""
    able = asked_for(db, pack=pack, known=known, now=now)
    values = values_of(db, pack, known)
    asked = 0
    for one in able:
        message = tell(
            one.person_id,
            "taphuan.approval_asked",
            values,
            ((LookAtInvitation(known.id), "taphuan.approval_look"),),
        )
        made = enqueue(
            db, key=gathering_notice(known.id, Purpose.APPROVAL, f"{known.version}", one.person_id),
            person_id=one.person_id, kind="status", message=message, now=now, not_after=known.starts_at,
        )  # fmt: skip
        asked += made is not None
    return able, asked


def for_approval(db: Connection, *, pack: Pack, role: Role, gathering_id: str, now: datetime) -> Gathering | None:
    """Return one gathering to officials who may be its second official; None to anybody else."""
    known = gathering(db, gathering_id)
    if known is None:
        return None
    on = local_day(pack, now)
    able = all(
        approvals.may_approve(db, role=role, author=one, place=known.place, pack=pack, on=on) for one in _writers(known)
    )
    return known if able else None


def approve(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, version: int, tell: Teller, now: datetime
) -> Gathering:
    """
    Approve the invitations as the second official who has seen this version: at once, or in the morning.

    Officials above its author are notified. `MovedOnError` when it was changed, taken up or decided meanwhile, or its
    author's role has ended. `TooSoonError` when the invitations would arrive after it begins.
    """
    known = _decidable(db, pack, role, gathering_id, version, now)
    if known.starts_at <= now:
        raise PastError("It has begun already. Nothing was sent.")
    authors = approvals.role_in_force(db, known.role_id, local_day(pack, now))
    if authors is None:
        raise MovedOnError(f"The role gathering {known.id} was made under has ended. Nothing was sent.")
    due = leaves_at(pack, starts_at=known.starts_at, now=now, alone=False)
    if due >= known.starts_at:
        raise TooSoonError(due)
    made = replace(known, state="open" if due <= now else "held", due_at=due, approved_by=role.person_id)
    _decide(db, pack, role, made, "approve", tell, now)
    tell_above(db, pack=pack, known=made, role=authors, tell=tell, now=now, seen_by=role)
    return made


def refuse(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, version: int, tell: Teller, now: datetime
) -> Gathering:
    """Send it back to its author; no invitee learns about it."""
    known = _decidable(db, pack, role, gathering_id, version, now)
    refused = replace(known, state="refused", approved_by=None)
    _decide(db, pack, role, refused, "refuse", tell, now)
    return refused


def _decidable(db: Connection, pack: Pack, role: Role, gathering_id: str, version: int, now: datetime) -> Gathering:
    known = lock(db, gathering_id)
    if known is None:
        raise NotAllowedError("announce.approve")
    if role.person_id in _writers(known):
        raise OwnApprovalError
    if for_approval(db, pack=pack, role=role, gathering_id=gathering_id, now=now) is None:
        raise NotAllowedError("announce.approve")
    if known.state != "waiting" or known.version != version or known.taken_up_by is not None:
        raise MovedOnError(f"Gathering {known.id} is {known.state}, version {known.version}. Nothing was changed.")
    return known


def _decide(db: Connection, pack: Pack, role: Role, made: Gathering, act: str, tell: Teller, now: datetime) -> None:
    """Record the decision and notify the author."""
    values = {"state": made.state, "approved_by": made.approved_by, "due_at": made.due_at}
    db.execute(update(gatherings).where(gatherings.c.id == made.id).values(**values))
    record(
        db, now=now, actor=role.person_id, act=f"event.{act}", noun="gathering", noun_id=made.id,
        version=made.version, people=made.invited, role=role.id,
    )  # fmt: skip
    cancel_pending(db, subject=Subject.GATHERING, subject_id=made.id, purposes=(Purpose.APPROVAL,), reason=Why.DECIDED)
    if person(db, made.author) is not None:
        said_by = {"official": role.title or "", "office": place_name(pack, role.place), "count": made.invited}
        button = (ShowGathering(made.id), "taphuan.open")
        message = tell(made.author, f"taphuan.{act}d_told", values_of(db, pack, made) | said_by, (button,))
        key = gathering_verdict(made.id, made.version)
        enqueue(db, key=key, person_id=made.author, kind="status", message=message, now=now)


def _writers(known: Gathering) -> tuple[str, str]:
    """Return its author and the author of its words: neither may approve it."""
    return known.author, known.words_by
