"""
The Monday digest of an office, at 07:30: the changes, the queue, and the people a call would help.

It is sent once per week and official, and only where something changed or waits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.actions.officials import ListDeadlines, ListQuestions, ShowQueue
from content.language.saying import phone_said
from content.programme.pack import Pack
from registry.deadlines import dangers, digests, pauses
from registry.deliveries import keys, notices
from registry.deliveries.deliveries import enqueue
from registry.people.people import person
from registry.people.roles import Role
from registry.store.audit import record
from registry.store.slices import Place, Slice, each
from registry.telling import Teller, place_name
from scheduler.quiet_hours import allowed, unwanted
from scheduler.slicing import Work, whole

KIND = "digest"
AT = time(7, 30)
COUNTED = ("planned", "said", "skipped", "moved")
NOTHING = "nothing changed"  # and nothing waits
WEEK = timedelta(days=7)


def monday_of(pack: Pack, now: datetime) -> datetime:
    """Return Monday 07:30 of the current week, in the programme's time zone."""
    zone = ZoneInfo(pack.programme.timezone)
    today = now.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), AT, zone)


def _plan(work: Work, after: Place) -> Slice:
    """Give every official of this week a row."""
    monday = monday_of(work.pack, work.now)
    if work.now < monday:
        return Slice(dict.fromkeys(COUNTED, 0))
    officials = sorted(_roles_held(work, monday))

    def find(behind: Place, most: int) -> list[str]:
        return [one for one in officials if not behind or one > behind[0]][:most]

    def act(person_id: str) -> Mapping[str, int]:
        planned = notices.plan(
            work.db, kind=KIND, subject=person_id, step=monday.date().isoformat(), person_id=person_id,
            due_at=monday, now=work.now,
        )  # fmt: skip
        return {"planned": planned}

    done = each(find, act, room=work.room, after=after, place_of=lambda one: (one,))
    return Slice(dict.fromkeys(COUNTED, 0) | dict(done.counts), done.after)


def _send(work: Work, after: Place) -> Slice:  # noqa: ARG001  closed and postponed ones are not found again
    monday = monday_of(work.pack, work.now)
    if work.now < monday:
        return Slice()
    held_roles, held = _roles_held(work, monday), pauses.pauses_now(work.db, now=work.now)

    def find(_after: Place, most: int) -> Sequence[notices.Notice]:
        return notices.due(work.db, kind=KIND, now=work.now, limit=most)

    def act(due: notices.Notice) -> Mapping[str, int]:
        return _settle(work, due, monday, held_roles.get(due.person_id, ()), held)

    return each(find, act, room=work.room)


def _roles_held(work: Work, monday: datetime) -> Mapping[str, tuple[Role, ...]]:
    return digests.holders_of_roles(work.db, on=work.now.astimezone(monday.tzinfo).date(), since=monday)


def _settle(
    work: Work, due: notices.Notice, monday: datetime, roles_held: tuple[Role, ...], held: Collection[pauses.Pause]
) -> Mapping[str, int]:
    """Send, postpone or skip one due digest."""
    db, now = work.db, work.now
    told = person(db, due.person_id)
    reason = unwanted(db, told, reminders=False)
    if due.step != monday.date().isoformat():
        reason = "its week is over"
    elif not roles_held:
        reason = "no longer an official"
    if told is None or reason is not None:
        return {"skipped": notices.skip(db, notice_id=due.id, reason=reason or "person erased", now=now)}
    at_work = replace(told, remind_hour=None)  # the hour they chose is for their own reminders
    when = allowed(work.pack, at_work, now=now, held=held, place=roles_held[0].place, closes_at=monday + WEEK)
    if when.at is None:
        return {"skipped": notices.skip(db, notice_id=due.id, reason=when.reason, now=now)}
    if when.at > now:
        return {"moved": notices.postpone(db, notice_id=due.id, until=when.at, reason=when.reason)}
    week = monday.date().isoformat()
    said = _say(db, work.pack, due.id, due.person_id, week, roles_held, work.tell, now)
    return {"said" if said else "skipped": 1}


JOB = (_plan, _send)
"""Plan the digests of this week and send the due ones.  Idempotent."""
sweep = whole(JOB)


def _say(
    db: Connection,
    pack: Pack,
    notice_id: str,
    person_id: str,
    week: str,
    roles_held: tuple[Role, ...],
    tell: Teller,
    now: datetime,
) -> bool:
    monday = monday_of(pack, now)
    parts = [part for role in roles_held if (part := _part(db, pack, role, monday, tell, now))]
    if not parts:
        notices.skip(db, notice_id=notice_id, reason=NOTHING, now=now)
        return False
    if not notices.said(db, notice_id=notice_id, now=now):
        return False
    message = tell(
        person_id,
        "digest.message",
        {"parts": "\n\n".join(parts)},
        (
            (ShowQueue(), "digest.button.review"),
            (ListQuestions(), "digest.button.questions"),
            (ListDeadlines(), "digest.button.days"),
        ),
    )
    enqueue(
        db, key=keys.digest(person_id, week), person_id=person_id, kind="reminder", message=message, now=now,
        not_after=monday + WEEK,
    )  # fmt: skip
    return True


def _part(db: Connection, pack: Pack, role: Role, monday: datetime, tell: Teller, now: datetime) -> str:
    """Return the part of one place; empty when nothing changed and nothing waits there."""
    on = now.astimezone(monday.tzinfo).date()
    changed = digests.changes(db, role=role, places=pack.places, on=on, since=monday - WEEK)
    waits = digests.waits(db, pack=pack, role=role, on=on, now=now)
    told = dangers.dangers(db, role=role, places=pack.places, on=on, monday=monday.date())
    if not changed.any and not waits.any and not told:
        return ""

    def line(key: str, **values: object) -> str:
        return tell(role.person_id, key, values, ()).text

    lines = [line("digest.place" if changed.any else "digest.place_quiet", place=place_name(pack, role.place))]
    for name in ("begun", "handed_in", "mended", "returned", "decided", "withdrawn", "went_up", "other", "asked"):
        count = getattr(changed, name)
        if count:
            lines.append(line(f"digest.changed.{name}", count=count))
    if waits.applications:
        lines.append(line("digest.waits.applications", count=waits.applications))
    if waits.overdue:
        lines.append(line("digest.waits.overdue", count=waits.overdue))
    if waits.questions:
        lines.append(line("digest.waits.questions", count=waits.questions))
    if waits.papers:
        lines.append(line("digest.waits.papers", count=waits.papers))
    month = dangers.month_of(monday.date())[0].month
    lines += [line(f"digest.danger.{danger}", month=month, count=count) for danger, count in told.items()]
    people = digests.stuck(db, pack=pack, role=role, on=on, now=now)
    if people:
        lines.append(line("digest.call"))
        for number, one in enumerate(people, 1):
            lines.append(
                line(
                    "digest.stuck" if one.field else "digest.stuck.unsent",
                    number=number,
                    name=one.name or one.product or "–",
                    phone=phone_said(one.phone) if one.phone else "–",
                    product=one.product or "–",
                    field=one.field,
                )
            )
            record(
                db, now=now, actor=role.person_id, act="person.seen", noun="person", noun_id=one.person_id,
                why="digest",
            )  # fmt: skip
    return "\n".join(lines)
