"""Entries made for others: papers that arrived, one reminder to the helper, and the end of what nobody confirmed."""

from content.decent_hours import out_of_the_night
from registry.applications import confirming
from registry.store.slices import Place, Slice
from scheduler.slicing import Part, Work, whole


def _by_day(part: Part) -> Part:
    """Do a part out of the night: helpers and producers are notified."""

    def gated(work: Work, after: Place) -> Slice:
        if out_of_the_night(work.now, work.pack.programme) > work.now:
            return Slice()
        return part(work, after)

    return gated


def _papers(work: Work, after: Place) -> Slice:
    return confirming.take_papers(work.db, pack=work.pack, tell=work.tell, now=work.now, room=work.room, after=after)


def _expired(work: Work, after: Place) -> Slice:  # noqa: ARG001  closed ones are not found again
    return confirming.expire(work.db, now=work.now, room=work.room)


def _reminded(work: Work, after: Place) -> Slice:  # noqa: ARG001  reminded ones are not found again
    return confirming.remind(work.db, pack=work.pack, tell=work.tell, now=work.now, room=work.room)


JOB = tuple(map(_by_day, (_papers, _expired, _reminded)))
sweep = whole(JOB)
