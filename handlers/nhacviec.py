"""/nhacviec: one's own reminders: which come when, on or off, the hour, later, done, never again, a calendar file."""

from datetime import datetime, time, timedelta
from functools import partial

from content.message import Attachment
from content.phrases import fill
from content.saying import date_said, days_left_said
from handlers.desk import Desk
from handlers.front_desk import Command
from handlers.telling import said, words_for
from handlers.turn import KEEP, Button, Say, Turn
from registry import consents, deadlines, people
from registry.applications import applications_of

HOURS = (7, 11, 17, 19)
SNOOZES = (1, 3, 7)
MORNING = time(8)
PURPOSE = "reminders"


def reminders(desk: Desk, words: str) -> Turn:
    """The list, or one change to it."""
    match words.split():
        case ["tat"]:
            people.set_preference(desk.db, person_id=desk.person.id, reminders=False)
            consents.withdraw(desk.db, person_id=desk.person.id, purpose=PURPOSE, now=desk.now)
            return Turn((Say("nhacviec.off", buttons=(Button("/nhacviec bat", "nhacviec.button_on"),)),), KEEP)
        case ["bat"]:
            people.set_preference(desk.db, person_id=desk.person.id, reminders=True, stopped_at=None, paused_until=None)
            consents.give(
                desk.db,
                person_id=desk.person.id,
                purpose=PURPOSE,
                text_version=desk.pack.consent_texts[PURPOSE].version,
                channel=desk.said.channel,
                now=desk.now,
            )
            return Turn((Say("nhacviec.on"),), KEEP)
        case ["gio", hour] if hour.isdecimal() and int(hour) in HOURS:
            people.set_preference(desk.db, person_id=desk.person.id, remind_hour=int(hour))
            return Turn((Say("nhacviec.hour_kept", {"hour": hour}),), KEEP)
        case ["gio"]:
            buttons = tuple(
                Button(f"/nhacviec gio {hour}", "nhacviec.hour", values={"hour": str(hour)}) for hour in HOURS
            )
            return Turn((Say("nhacviec.which_hour", buttons=buttons),), KEEP)
        case ["mai", occurrence]:
            return _snooze(desk, occurrence, 1)
        case ["hoan", days, occurrence] if days.isdecimal() and int(days) in SNOOZES:
            return _snooze(desk, occurrence, int(days))
        case ["xong" | "thoi" as what, occurrence]:
            return _stop(desk, occurrence, done=what == "xong")
        case ["ics"]:
            attachment = Attachment("document", f"calendar:{desk.person.id}", "lich-ocop.ics")
            return Turn((Say("nhacviec.calendar", attachments=(attachment,)),), KEEP)
    return _list(desk)


def offer(desk: Desk) -> tuple[Say, ...]:
    """Ask whether to remind, once, when there is something to be reminded of; silence is no yes."""
    if any(one.purpose == PURPOSE for one in consents.consents_of(desk.db, person_id=desk.person.id)):
        return ()
    text = fill("consent", desk.pack.consent_texts[PURPOSE].text, words_for(desk.house, desk.person))
    buttons = (Button("/nhacviec bat", "nhacviec.yes_remind"), Button("/nhacviec tat", "nhacviec.no_need"))
    return (Say("nhacviec.offer", {"text": text}, buttons),)


def _list(desk: Desk) -> Turn:
    say = partial(said, desk)
    mine: set[str | None] = {one.place for one in applications_of(desk.db, person_id=desk.person.id)}
    mine = mine or {desk.person.place}
    ahead = {
        deadline.id: deadline
        for place in mine
        for deadline in deadlines.open_deadlines(desk.db, places=desk.places, place=place, now=desk.now)
    }
    lines = []
    for deadline in sorted(ahead.values(), key=lambda one: one.closes_at):
        spec = desk.pack.programme.deadline(deadline.spec)
        day = deadlines.last_day(desk.pack, deadline)
        key = "nhacviec.line_sample" if deadline.sample else "nhacviec.line"
        values = {"title": spec.title, "day": date_said(day, desk.today), "left": days_left_said(day, desk.today)}
        lines.append(say(key, **values))
    coming = deadlines.reminders_of(desk.db, person_id=desk.person.id)
    if coming:
        local = coming[0].due_at.astimezone(desk.house.zone)
        lines.append(say("nhacviec.next", day=date_said(local.date(), desk.today), hour=f"{local:%H:%M}"))
    on = desk.person.reminders and desk.person.wants_unasked(desk.now)
    buttons = [Button("/nhacviec tat", "nhacviec.button_off") if on else Button("/nhacviec bat", "nhacviec.button_on")]
    buttons += [Button("/nhacviec gio", "nhacviec.button_hour"), Button("/nhacviec ics", "nhacviec.button_calendar")]
    buttons.append(Button("/tamdung", "nhacviec.button_pause"))
    key = "nhacviec.list" if on else "nhacviec.list_off"
    return Turn((Say(key, {"lines": "\n".join(lines) or say("nhacviec.none")}, tuple(buttons)),), KEEP)


def _snooze(desk: Desk, occurrence: str, days: int) -> Turn:
    """Again in so many days, in the morning; not when the deadline closes before."""
    day = desk.today + timedelta(days=days)
    hour = time(desk.person.remind_hour) if desk.person.remind_hour is not None else MORNING
    until = datetime.combine(day, hour, desk.house.zone)
    kept = deadlines.snooze(desk.db, occurrence_id=occurrence, person_id=desk.person.id, until=until, now=desk.now)
    values = {"day": date_said(day, desk.today)}
    return Turn((Say("nhacviec.snoozed" if kept else "nhacviec.too_late_to_snooze", values),), KEEP)


def _stop(desk: Desk, occurrence: str, *, done: bool) -> Turn:
    """No more of this deadline.  "Đã nộp giấy" is taken as said; the office's own record decides the state."""
    found = deadlines.occurrence_of(desk.db, occurrence_id=occurrence, person_id=desk.person.id)
    if found is None:
        return Turn((Say("nhacviec.gone"),), KEEP)
    deadlines.stop_reminding(desk.db, deadline_id=found.deadline_id, person_id=desk.person.id, now=desk.now)
    return Turn(
        (Say("nhacviec.done" if done else "nhacviec.stopped", buttons=(Button("/trangthai", "menu.status"),)),), KEEP
    )


COMMANDS = (Command("nhacviec", reminders, ("nhắc việc", "nhắc nhở", "lịch nhắc")),)
