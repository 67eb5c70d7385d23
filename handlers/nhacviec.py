"""/nhacviec: a person's reminders: list them, switch them on or off, set the hour, snooze, stop, take a calendar."""

from datetime import datetime, time, timedelta
from functools import partial

from content.actions.action import parse_words
from content.actions.papers import SayHandedIn, SayHandedInAgain
from content.actions.reminding import (
    AskReminderHour,
    KeepReminderHour,
    LeaveDraft,
    RemindersOff,
    RemindersOn,
    ShowReminder,
    Snooze,
    SnoozeToTomorrow,
    StopReminding,
    TakeCalendar,
    UnderstoodDay,
)
from content.language.saying import days_left_said
from content.message import Attachment
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.telling import day_to, fill_pack, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.handed_papers import say_again, say_handed_in, silenced, which_paper
from registry.applications import drafts
from registry.applications.applications import applications_of, read_application
from registry.deadlines import certificates, deadlines, occurrences, pauses
from registry.deadlines.deadlines import Deadline
from registry.deadlines.occurrences import Occurrence
from registry.people import consents, people

HOURS = (7, 11, 17, 19)
"""Offered; any other decent hour may be typed."""
SNOOZES = (1, 3, 7)
MORNING = time(8)
MOST_COMING = 5
PURPOSE = "reminders"


def reminders(desk: Desk, words: str) -> Turn:
    """The list, or one change to it."""
    match parse_words("nhacviec", words):
        case RemindersOff():
            return _off(desk)
        case RemindersOn():
            return _on(desk)
        case KeepReminderHour(hour):
            return _keep_hour(desk, hour)
        case AskReminderHour():
            return _ask_hour()
        case SnoozeToTomorrow(occurrence):
            return _snooze(desk, occurrence, 1)
        case Snooze(days, occurrence) if days in SNOOZES:
            return _snooze(desk, occurrence, days)
        case StopReminding("xong", occurrence):
            return _handed_in(desk, occurrence)
        case SayHandedIn(occurrence):
            return _handed_in(desk, occurrence, this_one=True)
        case SayHandedInAgain(paper):
            return say_again(desk, paper)
        case StopReminding(_, occurrence):
            return _stop(desk, occurrence)
        case ShowReminder(occurrence):
            return _one(desk, occurrence)
        case UnderstoodDay(deadline):
            return _day_again(desk, deadline)
        case LeaveDraft(key):
            drafts.leave_drafts(desk.db, person_id=desk.person.id, key=key, now=desk.now)
            return Turn((Say("nhacviec.draft_left", buttons=(Button("/tieptuc", "form.go_on"),)),), KEEP)
        case TakeCalendar():
            attachment = Attachment("document", f"calendar:{desk.person.id}", "lich-ocop.ics")
            return Turn((Say("nhacviec.calendar", attachments=(attachment,)),), KEEP)
    return _list(desk)


def offer(desk: Desk) -> tuple[Say, ...]:
    """Ask once for consent to reminders, as soon as there is a deadline; silence is not consent."""
    if any(one.purpose == PURPOSE for one in consents.consents_of(desk.db, person_id=desk.person.id)):
        return ()
    text = fill_pack(desk.house, desk.person, "consent", desk.pack.consent_texts[PURPOSE].text)
    buttons = (Button(RemindersOn(), "nhacviec.yes_remind"), Button(RemindersOff(), "nhacviec.no_need"))
    return (Say("nhacviec.offer", {"text": text}, buttons),)


# --- on, off, the hour ------------------------------------------------------------------------------------------------


def _is_on(desk: Desk) -> bool:
    return desk.person.reminders and desk.person.wants_unasked(desk.now)


def _switch_on() -> Button:
    return Button(RemindersOn(), "nhacviec.button_on")


def _off(desk: Desk) -> Turn:
    people.set_preference(desk.db, person_id=desk.person.id, reminders=False)
    consents.withdraw(desk.db, person_id=desk.person.id, purpose=PURPOSE, now=desk.now)
    drafts.leave_drafts(desk.db, person_id=desk.person.id, now=desk.now)
    return Turn((Say("nhacviec.off", buttons=(_switch_on(),)),), KEEP)


def _on(desk: Desk) -> Turn:
    people.set_preference(desk.db, person_id=desk.person.id, reminders=True)
    pauses.take_messages_again(desk.db, person_id=desk.person.id, now=desk.now)
    consents.give(
        desk.db,
        person_id=desk.person.id,
        purpose=PURPOSE,
        text_version=desk.pack.consent_texts[PURPOSE].version,
        channel=desk.said.channel,
        now=desk.now,
    )
    return Turn((Say("nhacviec.on"),), KEEP)


def _ask_hour() -> Turn:
    buttons = tuple(Button(KeepReminderHour(hour), "nhacviec.hour", values={"hour": str(hour)}) for hour in HOURS)
    return Turn((Say("nhacviec.which_hour", buttons=buttons),), KEEP)


def _keep_hour(desk: Desk, hour: int) -> Turn:
    """Remind at any hour outside the quiet ones; planned reminders move to the new hour."""
    if not 0 <= hour <= 23 or desk.pack.programme.quiet.covers(time(hour)):
        return Turn((Say("nhacviec.no_such_hour", buttons=_ask_hour().says[0].buttons),), KEEP)
    people.set_preference(desk.db, person_id=desk.person.id, remind_hour=hour)
    occurrences.change_hour(desk.db, person_id=desk.person.id, hour=hour, zone=desk.house.zone, now=desk.now)
    return Turn((Say("nhacviec.hour_kept", {"hour": str(hour)}),), KEEP)


# --- the list ---------------------------------------------------------------------------------------------------------


def _list(desk: Desk) -> Turn:
    say = partial(said, desk)
    ahead = certificates.ahead_for(desk.db, pack=desk.pack, person_id=desk.person.id, now=desk.now)
    lines = [_line(desk, one) for one in ahead]
    on = _is_on(desk)
    coming = _coming(desk, ahead) if on else []
    if coming:
        local = coming[0].due_at.astimezone(desk.house.zone)
        lines.append(say("nhacviec.next", day=day_to(desk, local.date()), hour=f"{local:%H:%M}"))
    buttons = [Button(RemindersOff(), "nhacviec.button_off") if on else _switch_on()]
    buttons += [Button(AskReminderHour(), "nhacviec.button_hour"), Button(TakeCalendar(), "nhacviec.button_calendar")]
    buttons.append(Button("/tamdung", "nhacviec.button_pause"))
    for one in coming[:MOST_COMING]:
        day = day_to(desk, one.due_at.astimezone(desk.house.zone).date())
        buttons.append(Button(ShowReminder(one.id), "nhacviec.button_one", values={"day": day}))
    key = "nhacviec.list" if on else "nhacviec.list_off"
    return Turn((Say(key, {"lines": "\n".join(lines) or say("nhacviec.none")}, tuple(buttons)),), KEEP)


def _coming(desk: Desk, ahead: tuple[Deadline, ...]) -> list[Occurrence]:
    """The next reminder of each deadline that still concerns the person."""
    known = {one.id: one for one in ahead}
    found: dict[str, Occurrence] = {}
    for one in occurrences.reminders_of(desk.db, person_id=desk.person.id):
        deadline = known.get(one.deadline_id)
        if deadline is not None and _still(desk, one, deadline) and not silenced(desk, one, deadline):
            found.setdefault(one.deadline_id, one)
    return list(found.values())


def _still(desk: Desk, one: Occurrence, deadline: Deadline) -> bool:
    """Whether the step of a reminder is still to be done."""
    if deadline.application_id:
        return certificates.still_to_do(desk.db, deadline)
    spec = deadlines.spec_of(desk.pack, deadline)
    if spec is None:
        return False
    kind, _, application_id = one.subject.partition(":")
    if kind == "a":
        application = read_application(desk.db, application_id)
        return application is not None and application.status in spec.concerns
    begun = any(
        draft.form == "idea" and draft.application_id is None
        for draft in drafts.open_drafts(desk.db, person_id=desk.person.id)
    )
    made = applications_of(desk.db, person_id=desk.person.id)
    return begun and not any(application.status in spec.done_when for application in made)


def _is_done() -> Turn:
    return Turn((Say("nhacviec.is_done", buttons=(Button("/trangthai", "menu.status"),)),), KEEP)


def _line(desk: Desk, one: Deadline) -> str:
    day = deadlines.last_day(desk.pack, one)
    values: dict[str, object] = {
        "title": deadlines.title_of(desk.pack, one),
        "day": day_to(desk, day),
        "left": days_left_said(day, desk.today, desk.person.language),
    }
    window = certificates.window(desk.pack, one) if one.application_id else None
    if one.application_id and window is not None:
        application = read_application(desk.db, one.application_id)
        values |= {
            "product": "" if application is None else application.product,
            "opens": day_to(desk, window.opens),
            "hand_in": day_to(desk, window.closes),
        }
        return said(desk, "nhacviec.line_certificate", **values)
    line = said(desk, "nhacviec.line_sample" if one.sample else "nhacviec.line", **values)
    advised = deadlines.advised_day(desk.pack, one)
    if advised is None or advised < desk.today:
        return line
    return f"{line}\n{said(desk, 'nhacviec.advised', day=day_to(desk, advised))}"


def _own(desk: Desk, occurrence_id: str) -> tuple[Occurrence, Deadline] | None:
    """A reminder of this person and its deadline, if the deadline is open."""
    found = occurrences.occurrence_of(desk.db, occurrence_id=occurrence_id, person_id=desk.person.id)
    deadline = None if found is None else deadlines.deadline(desk.db, found.deadline_id)
    if found is None or deadline is None or deadline.closes_at <= desk.now:
        return None
    return found, deadline


def _gone() -> Turn:
    return Turn((Say("nhacviec.gone", buttons=(Button("/nhacviec", "reminder.button.all"),)),), KEEP)


def _one(desk: Desk, occurrence_id: str) -> Turn:
    """Show one reminder and its buttons; one that was sent names no next time."""
    known = _own(desk, occurrence_id)
    if known is None:
        return _gone()
    found, deadline = known
    if not _still(desk, found, deadline):
        return _is_done()
    local = found.due_at.astimezone(desk.house.zone)
    values = {
        "line": _line(desk, deadline),
        "day": day_to(desk, local.date()),
        "hour": f"{local:%H:%M}",
    }
    buttons = tuple(
        Button(Snooze(days, found.id), "nhacviec.button_snooze", values={"days": str(days)}) for days in SNOOZES
    )
    buttons += (
        Button(StopReminding("xong", found.id), "reminder.button.done"),
        Button(StopReminding("thoi", found.id), "reminder.button.stop"),
    )
    return Turn((Say("nhacviec.one" if found.state == "planned" else "nhacviec.one_said", values, buttons),), KEEP)


def _day_again(desk: Desk, deadline_id: str) -> Turn:
    """Say the last day that holds now; nothing is recorded."""
    deadline = deadlines.deadline(desk.db, deadline_id)
    if deadline is None or deadline.closes_at <= desk.now:
        return _gone()
    values = {
        "title": deadlines.title_of(desk.pack, deadline),
        "day": day_to(desk, deadlines.last_day(desk.pack, deadline)),
    }
    return Turn((Say("nhacviec.day_again", values, (Button("/nhacviec", "reminder.button.all"),)),), KEEP)


# --- later, done, never again -----------------------------------------------------------------------------------------


def _snooze(desk: Desk, occurrence: str, days: int) -> Turn:
    """Remind again in N days, unless the step is done, the deadline is earlier, or reminders are off."""
    known = _own(desk, occurrence)
    if known is None:
        return _gone()
    if not _still(desk, *known):
        return _is_done()
    if not _is_on(desk):
        return Turn((Say("nhacviec.is_off", buttons=(_switch_on(),)),), KEEP)
    day = desk.today + timedelta(days=days)
    hour = time(desk.person.remind_hour) if desk.person.remind_hour is not None else MORNING
    until = datetime.combine(day, hour, desk.house.zone)
    kept = occurrences.snooze(desk.db, occurrence_id=occurrence, person_id=desk.person.id, until=until, now=desk.now)
    values = {"day": day_to(desk, day)}
    buttons: tuple[Button, ...] = ()
    if kept:
        others = [other for other in SNOOZES if other != days]
        buttons = tuple(
            Button(Snooze(other, occurrence), "nhacviec.button_snooze", values={"days": str(other)}) for other in others
        )
    return Turn((Say("nhacviec.snoozed" if kept else "nhacviec.too_late_to_snooze", values, buttons),), KEEP)


def _handed_in(desk: Desk, occurrence: str, *, this_one: bool = False) -> Turn:
    """
    Notify the office that a paper was handed in; while it waits or is confirmed, the deadline is not reminded.

    A reminder of several products asks which one.  Without a known place there is no office to notify: the reminders
    stop, and that is said.
    """
    found = occurrences.occurrence_of(desk.db, occurrence_id=occurrence, person_id=desk.person.id)
    deadline = None if found is None else deadlines.deadline(desk.db, found.deadline_id)
    if found is None or deadline is None:
        return _gone()
    if not this_one:
        open_ones = [
            one
            for one in occurrences.latest_of_each(desk.db, deadline_id=deadline.id, person_id=desk.person.id)
            if one.subject.startswith("a:") and _still(desk, one, deadline)
        ]
        if len(open_ones) > 1:
            return which_paper(desk, open_ones)
        found = open_ones[0] if open_ones else found
    if not _still(desk, found, deadline):
        return _is_done()
    kind, application_id = found.subject.split(":")[:2]
    told = say_handed_in(desk, deadline, application_id if kind == "a" else None)
    if told is not None:
        return told
    occurrences.stop_reminding(desk.db, deadline_id=deadline.id, person_id=desk.person.id, now=desk.now)
    status = Button("/trangthai", "menu.status")
    return Turn((Say("nhacviec.done", buttons=(status, Button("/lienhe", "hoi.ask_official"))),), KEEP)


def _stop(desk: Desk, occurrence: str) -> Turn:
    """Stop the reminders of one deadline."""
    found = occurrences.occurrence_of(desk.db, occurrence_id=occurrence, person_id=desk.person.id)
    if found is None:
        return _gone()
    occurrences.stop_reminding(desk.db, deadline_id=found.deadline_id, person_id=desk.person.id, now=desk.now)
    return Turn((Say("nhacviec.stopped", buttons=(Button("/trangthai", "menu.status"),)),), KEEP)


COMMANDS = (Command("nhacviec", reminders, ("nhắc việc", "nhắc nhở", "lịch nhắc")),)
