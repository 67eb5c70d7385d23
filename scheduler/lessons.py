"""One lesson per week for people who want it: in order, until they stop or the course ends."""

from collections.abc import Mapping
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
from registry.telling import Offer, Teller, local_day
from scheduler.quiet_hours import allowed, hour_of, unwanted

WEEK = timedelta(days=7)
NEXT_WITHIN = timedelta(days=9)
"""A lesson said farther ahead than the next one is planned was said in a future that was taken back."""
STALE = timedelta(days=3)
AT_ONCE = 200
STOPPED = "stopped by the person"


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """Plan the next lesson of each person and send the due ones.  Idempotent."""
    counts = {"planned": 0, "said": 0, "skipped": 0, "moved": 0}
    notices.forget_future(db, now=now)
    learning = {one.subject: one for one in lessons.learners(db)}
    known = notices.of_kind(db, kind=KIND)
    for one in learning.values():
        counts["planned"] += _plan_next(db, pack, one, known.get(one.subject, {}), now)
    held = pauses.pauses_now(db, now=now)
    for due in notices.due(db, kind=KIND, now=now, limit=AT_ONCE):
        learner = learning.get(due.subject)
        if learner is None:
            counts["skipped"] += notices.skip(db, notice_id=due.id, reason=STOPPED, now=now)
        else:
            counts[_take(db, pack, learner, due, held, tell, now)] += 1
    return counts


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
