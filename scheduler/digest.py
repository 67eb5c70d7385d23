"""
The Monday digest of an office, at 07:30: the changes, the queue, and the people a call would help.

It is sent once per week and official, and only where something changed or waits.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.actions.officials import ListDeadlines, ListQuestions, ShowQueue
from content.language.saying import phone_said
from content.programme.pack import Pack
from registry.deadlines import digests, pauses
from registry.deliveries import keys, notices
from registry.deliveries.deliveries import enqueue
from registry.people.people import person
from registry.people.roles import Role
from registry.store.audit import record
from registry.telling import Teller, place_name
from scheduler.quiet_hours import allowed, unwanted

KIND = "digest"
AT = time(7, 30)
AT_ONCE = 100
NOTHING = "nothing changed"  # and nothing waits
WEEK = timedelta(days=7)


def monday_of(pack: Pack, now: datetime) -> datetime:
    """Return Monday 07:30 of the current week, in the programme's time zone."""
    zone = ZoneInfo(pack.programme.timezone)
    today = now.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), AT, zone)


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """Plan the digests of this week and send the due ones.  Idempotent."""
    counts = {"planned": 0, "said": 0, "skipped": 0, "moved": 0}
    monday = monday_of(pack, now)
    if now < monday:
        return counts
    on = now.astimezone(monday.tzinfo).date()
    held_roles = digests.holders_of_roles(db, on=on, since=monday)
    week = monday.date().isoformat()
    for person_id in held_roles:
        counts["planned"] += notices.plan(
            db, kind=KIND, subject=person_id, step=week, person_id=person_id, due_at=monday, now=now
        )
    held = pauses.pauses_now(db, now=now)
    for due in notices.due(db, kind=KIND, now=now, limit=AT_ONCE):
        told = person(db, due.person_id)
        roles_held = held_roles.get(due.person_id, ())
        reason = unwanted(db, told, reminders=False)
        if due.step != week:
            reason = "its week is over"
        elif not roles_held:
            reason = "no longer an official"
        if told is None or reason is not None:
            counts["skipped"] += notices.skip(db, notice_id=due.id, reason=reason or "person erased", now=now)
            continue
        closes_at = monday + WEEK
        at_work = replace(told, remind_hour=None)  # the hour they chose is for their own reminders
        when = allowed(pack, at_work, now=now, held=held, place=roles_held[0].place, closes_at=closes_at)
        if when.at is None:
            counts["skipped"] += notices.skip(db, notice_id=due.id, reason=when.reason, now=now)
        elif when.at > now:
            counts["moved"] += notices.postpone(db, notice_id=due.id, until=when.at, reason=when.reason)
        else:
            said = _say(db, pack, due.id, due.person_id, week, roles_held, tell, now)
            counts["said" if said else "skipped"] += 1
    return counts


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
    if not changed.any and not waits.any:
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
