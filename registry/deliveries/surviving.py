"""Deliveries when two people are linked, an account is taken out, or a person is erased."""

from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from registry.deliveries.states import STANDS, UNSENT, Reason, State, Trigger, change, in_states
from registry.people.people import Account, merged_ids
from registry.store.rows import deliveries


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """
    Link two people: cancel the unsent copy of what both get, and move broadcasts over.

    Other texts are sealed under the old person's key and stay theirs (`merged_ids`).
    """
    mine = deliveries.alias()
    same = and_(
        mine.c.subject == deliveries.c.subject,
        mine.c.subject_id == deliveries.c.subject_id,
        mine.c.purpose == deliveries.c.purpose,
        mine.c.edition == deliveries.c.edition,
    )
    twice = db.execute(
        select(deliveries.c.id, deliveries.c.state, mine.c.id.label("other"), mine.c.state.label("others"))
        .join(mine, and_(mine.c.person_id == keep, or_(mine.c.broadcast_id == deliveries.c.broadcast_id, same)))
        .where(deliveries.c.person_id == gone)
    ).all()
    for row in twice:
        spare = None
        if row.state in UNSENT and row.others in STANDS:
            spare = row.id
        elif row.others in UNSENT and row.state in STANDS:
            spare = row.other
        if spare is not None:
            change(db, deliveries.c.id == spare, Trigger.CANCEL, reason=Reason.LINKED)
    db.execute(
        update(deliveries)
        .where(deliveries.c.person_id == gone, deliveries.c.message_sealed.is_(None))
        .values(person_id=keep)
    )


def move_to(
    db: Connection, *, person_id: str, channel: str, account: str, other: Account | None, last: Account
) -> None:
    """
    Move unsent notices from an account that is somebody else's from now on.

    They go to the person's `other` open account.  Without one they are parked on the `last` one until the
    person writes there.
    """
    theirs = and_(
        deliveries.c.channel == channel,
        deliveries.c.account == account,
        deliveries.c.person_id.in_(merged_ids(db, person_id)),
        deliveries.c.kind != "reply",
    )
    unsent = db.execute(select(deliveries.c.id).where(theirs, in_states(*UNSENT)).with_for_update()).scalars().all()
    to = last if other is None else other
    db.execute(
        update(deliveries).where(deliveries.c.id.in_(unsent)).values(channel=to.channel, account=to.account, attempts=0)
    )
    moved = and_(deliveries.c.id.in_(unsent), deliveries.c.state.in_((State.QUEUED.value, State.PARKED.value)))
    if other is None:
        change(db, moved, Trigger.PARK)
    else:
        change(db, moved, Trigger.MOVE_OVER)


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Cancel everything unsent or in flight to an erased person, and remove texts and accounts."""
    change(db, deliveries.c.person_id == person_id, Trigger.ERASE, reason=Reason.ERASED)
    db.execute(update(deliveries).where(deliveries.c.person_id == person_id).values(account="", message_sealed=None))
