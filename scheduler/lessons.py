"""One lesson per week for people who want it: in order, until they stop or the course ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.actions.producers import ShowTopic, StopLearning
from content.programme.pack import Pack
from registry.citing import law_said, sources_said
from registry.deadlines import lessons, pauses
from registry.deadlines.lessons import KIND, Learner
from registry.deadlines.pauses import Pause
from registry.deliveries import keys, notices
from registry.deliveries.deliveries import enqueue
from registry.deliveries.notices import Notice
from registry.people.people import person
from registry.store.slices import Place, Slice, each
from registry.telling import Offer, Teller, local_day
from scheduler.quiet_hours import allowed, hour_of, unwanted
from scheduler.slicing import Work, whole

WEEK = timedelta(days=7)
NEXT_WITHIN = timedelta(days=9)
"""A lesson said farther ahead than the next one is planned was said in a future that was taken back."""
STALE = timedelta(days=3)
COUNTED = ("planned", "said", "skipped", "moved")
STOPPED = "stopped by the person"


@dataclass(frozen=True, slots=True)
class _Learning:
    """A person who learns, and the lessons planned for them, by topic."""

    learner: Learner
    known: Mapping[str, Notice]


def _keep_up(work: Work, after: Place) -> Slice:  # noqa: ARG001  one statement
    notices.forget_future(work.db, now=work.now)
    return Slice(dict.fromkeys(COUNTED, 0))


def _plan(work: Work, after: Place) -> Slice:
    """Plan the next lesson of each person."""

    def find(behind: Place, most: int) -> list[_Learning]:
        found = lessons.learners(work.db, behind=behind[0] if behind else "", most=most)
        known = notices.of_subjects(work.db, kind=KIND, subjects=[one.subject for one in found])
        return [_Learning(one, known.get(one.subject, {})) for one in found]

    def act(one: _Learning) -> Mapping[str, int]:
        return {"planned": _plan_next(work.db, work.pack, one.learner, one.known, work.now)}

    return each(find, act, room=work.room, after=after, place_of=lambda one: (one.learner.person_id,))


def _tell_due(work: Work, after: Place) -> Slice:  # noqa: ARG001  closed and postponed ones are not found again
    held = pauses.pauses_now(work.db, now=work.now)

    def find(_after: Place, most: int) -> Sequence[Notice]:
        return notices.due(work.db, kind=KIND, now=work.now, limit=most)

    def act(one: Notice) -> Mapping[str, int]:
        learner = lessons.learner(work.db, person_id=one.person_id)
        if learner is None or learner.subject != one.subject:
            return {"skipped": notices.skip(work.db, notice_id=one.id, reason=STOPPED, now=work.now)}
        return {_take(work.db, work.pack, learner, one, held, work.tell, work.now): 1}

    return each(find, act, room=work.room)


def _plan_next(db: Connection, pack: Pack, learner: Learner, known: Mapping[str, Notice], now: datetime) -> bool:
    """
    The first lesson that was not said gets its row, a week after the one before it; the very first tomorrow.

    One that was skipped, because its person had stopped, is planned again.  A clock that ran
    ahead for weeks and was put right keeps nobody waiting so long.
    """
    course = pack.lessons.get(learner.audience, ())
    following = next((topic for topic in course if topic not in known or known[topic].state != "said"), None)
    if following is None:
        lessons.finish(db, learner=learner)
        return False
    row = known.get(following)
    if row is not None and row.state == "planned" and (row.reason is not None or row.due_at <= now + 2 * NEXT_WITHIN):
        return False
    before = max((one.closed_at for one in known.values() if one.state == "said" and one.closed_at), default=None)
    zone = ZoneInfo(pack.programme.timezone)
    hour = time(hour_of(person(db, learner.person_id)))
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    if before is not None and before > now + NEXT_WITHIN:
        before = now
    day = tomorrow if before is None else max((before + WEEK).astimezone(zone).date(), tomorrow)
    due_at = datetime.combine(day, hour, zone)
    if row is not None and row.state == "planned":
        notices.postpone(db, notice_id=row.id, until=due_at, reason=None)
        return False
    if row is not None:
        return notices.plan_again(db, notice_id=row.id, due_at=due_at)
    return notices.plan(
        db, kind=KIND, subject=learner.subject, step=following, person_id=learner.person_id, due_at=due_at, now=now
    )


def _take(
    db: Connection, pack: Pack, learner: Learner, due: Notice, held: tuple[Pause, ...], tell: Teller, now: datetime
) -> str:
    course = pack.lessons.get(learner.audience, ())
    if due.step not in course:  # of an earlier edition of the pack
        notices.skip(db, notice_id=due.id, reason="no longer in the course", now=now)
        return "skipped"
    told = person(db, learner.person_id)
    silent = unwanted(db, told, reminders=False)
    if told is None or silent is not None:
        # not skipped for good: a person who returns continues with this lesson
        notices.postpone(db, notice_id=due.id, until=now + WEEK, reason=silent or "gone")
        return "moved"
    when = allowed(pack, told, now=now, held=held, place=told.place)
    if when.at is None or when.at > now:
        notices.postpone(db, notice_id=due.id, until=when.at or now + WEEK, reason=when.reason)
        return "moved"
    if not notices.said(db, notice_id=due.id, now=now):
        return "skipped"
    topic = pack.topics[due.step]
    number = course.index(due.step) + 1
    more: tuple[Offer, ...] = ((ShowTopic(topic.id, 1), "gioithieu.more"),) if len(topic.cards) > 1 else ()
    on = local_day(pack, now)
    law = law_said(pack, on)
    values = {
        "number": number,
        "of": len(course),
        "title": topic.title,
        "body": topic.cards[0],
        "source": sources_said(pack, topic.sources, on),
        "law": law or "",
    }
    last = number == len(course)
    key = f"lesson.{'last' if last else 'card'}{'' if law is None else '.lapsed'}"
    stop: tuple[Offer, ...] = () if last else ((StopLearning(), "lesson.button.stop"),)
    message = tell(told.id, key, values, (*more, ("/hoi", "lesson.button.ask"), *stop))
    enqueue(
        db, key=keys.lesson(learner.subject, due.step), person_id=told.id, kind="reminder", message=message, now=now,
        not_after=now + STALE,
    )  # fmt: skip
    if last:
        lessons.finish(db, learner=learner)
    return "said"


JOB = (_keep_up, _plan, _tell_due)
sweep = whole(JOB)
