"""Escalation: overdue cases move one level up; new officials and stand-ins get their queue."""

from zoneinfo import ZoneInfo

from content.decent_hours import next_decent
from registry.applications import escalating, questions
from registry.deadlines import papers
from registry.gatherings import open_approvals
from registry.offices import new_officials, standing_in
from registry.store.slices import Place, Slice
from scheduler.slicing import Part, Work, at_once, whole


def _by_day(part: Part) -> Part:
    """
    Do a part at an hour when offices may be notified.

    A term ends at midnight; officials and producers are notified in the morning.
    """

    def gated(work: Work, after: Place) -> Slice:
        programme = work.pack.programme
        zone = ZoneInfo(programme.timezone)
        decent = next_decent(work.now, programme.quiet, zone, programme.holidays, workdays=programme.workdays)
        return Slice() if decent > work.now else part(work, after)

    return gated


def _applications(work: Work, after: Place) -> Slice:  # noqa: ARG001  what was looked at is not found again
    return escalating.escalate_overdue(work.db, pack=work.pack, now=work.now, tell=work.tell, room=work.room)


def _questions(work: Work, after: Place) -> Slice:  # noqa: ARG001  what was looked at is not found again
    done = questions.escalate_overdue(work.db, pack=work.pack, now=work.now, tell=work.tell, room=work.room)
    return Slice({f"questions_{name}": count for name, count in done.counts.items()}, done.after)


def _papers(work: Work, after: Place) -> Slice:
    return papers.follow(work.db, pack=work.pack, tell=work.tell, now=work.now, room=work.room, after=after)


def _leaves(work: Work) -> int:
    return standing_in.sweep(work.db, pack=work.pack, tell=work.tell, now=work.now)


def _new_officials(work: Work, after: Place) -> Slice:
    return new_officials.tell_new_officials(
        work.db, pack=work.pack, tell=work.tell, now=work.now, room=work.room, after=after
    )


def _approvals(work: Work) -> int:
    return open_approvals.ask_newcomers(work.db, pack=work.pack, tell=work.tell, now=work.now)


JOB = tuple(
    _by_day(part)
    for part in (
        _applications,
        _questions,
        _papers,
        at_once("leaves", _leaves),
        _new_officials,
        at_once("approvals_asked", _approvals),
    )
)
sweep = whole(JOB)
