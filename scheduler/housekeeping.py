"""Housekeeping: delete old event ids and names on used invitations, expire parked messages, chain the audit."""

from registry.deliveries import routing as ways
from registry.people import inviting
from registry.store import audit, inbox
from registry.store.slices import Place, Slice
from scheduler.slicing import Work, whole


def _events(work: Work, after: Place) -> Slice:
    return inbox.forget_old(work.db, now=work.now, room=work.room, after=after)


def _parked(work: Work, after: Place) -> Slice:  # noqa: ARG001  expired ones are not found again
    return ways.expire_held(work.db, now=work.now, room=work.room)


def _cards(work: Work, after: Place) -> Slice:
    return inviting.wipe_cards(work.db, now=work.now, room=work.room, after=after)


def _chain(work: Work, after: Place) -> Slice:  # noqa: ARG001  chained ones are not found again
    return audit.close_chain(work.db, now=work.now, room=work.room)


JOB = (_events, _parked, _cards)
CHAIN = (_chain,)
"""An entry can be altered without a trace until it is chained, so this runs more often."""
sweep = whole(JOB)
