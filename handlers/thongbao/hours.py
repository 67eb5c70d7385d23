"""When a broadcast leaves: now, at an hour, and the ways out of an hour of the night."""

from datetime import date, datetime, time, timedelta

from content.actions.answers import parse_press
from content.actions.officials import GoBack, LeaveAt, LeaveByNight, LeaveNow, LeaveThisNight, TakeOther
from content.decent_hours import next_decent
from content.fold import fold
from content.language.saying import date_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.reading.date import read_date
from handlers.reading.hour import split_hour
from handlers.thongbao.state import TOPIC, Composing
from registry.broadcasts.approvals import at_night

FARTHEST = timedelta(days=60)
BACK = Button(GoBack(), "thongbao.back")


def ask_hour(desk: Desk, composing: Composing) -> Turn:
    """Ask when; by night also offer to send at once in spite of it."""
    buttons = [Button(LeaveNow(), "thongbao.hour_now")]
    if at_night(desk.pack, desk.now):
        buttons.append(Button(LeaveThisNight(), "thongbao.hour_night_now"))
    buttons.append(BACK)
    return Turn((Say("thongbao.hour", buttons=tuple(buttons), numbered=False),), Waiting(TOPIC, "hour", composing))


def hear_hour(desk: Desk, heard: Heard, composing: Composing) -> Turn | Composing:
    """The broadcast with its hour; or a turn that asks again."""
    match parse_press(heard.press):
        case GoBack():
            return composing
        case LeaveNow():
            return composing.replace(at=None, night=False)
        case LeaveThisNight():
            return composing.replace(at=None, night=True)
        case LeaveAt(day, hour):
            return _checked(desk, composing, _on(desk, day, hour))
        case LeaveByNight(day, hour):
            return _checked(desk, composing, _on(desk, day, hour), night=True)
    return ask_hour(desk, composing) if heard.press else _read(desk, heard.text, composing)


def _read(desk: Desk, text: str, composing: Composing) -> Turn | Composing:
    waits = Waiting(TOPIC, "hour", composing)
    hour, rest = split_hour(text)
    days = read_date(rest, desk.today, future=True)
    times = (hour.understood,) if hour.understood is not None else hour.ask
    if not fold(rest).strip(" .,"):
        found = [_next(desk, one) for one in times]
    elif days.understood is not None:
        found = [_on(desk, days.understood, one) for one in times]
    else:
        found = [_on(desk, day, one) for day in days.ask for one in times]
    if not found:
        return Turn((Say("thongbao.hour_unclear", buttons=(BACK,), numbered=False),), waits)
    if len(found) == 1:
        return _checked(desk, composing, found[0])
    buttons = tuple(Button(_leave_at(desk, moment), label=_label(desk, moment)) for moment in found[:4])
    return Turn((Say("thongbao.hour_which", buttons=buttons),), waits)


def _checked(desk: Desk, composing: Composing, moment: datetime, *, night: bool = False) -> Turn | Composing:
    """The broadcast with a possible hour; else the reason, and other hours."""
    waits = Waiting(TOPIC, "hour", composing)
    if moment <= desk.now:
        return Turn((Say("thongbao.hour_past", {"when": _label(desk, moment)}, (BACK,), numbered=False),), waits)
    if moment > desk.now + FARTHEST:
        values = {"days": str(FARTHEST.days)}
        return Turn((Say("thongbao.hour_far", values, (BACK,), numbered=False),), waits)
    if at_night(desk.pack, moment) and not night:
        quiet = desk.pack.programme.quiet
        later = next_decent(moment, quiet, desk.house.zone, on_holidays=True)
        values = {"when": _label(desk, moment), "start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"}
        local = moment.astimezone(desk.house.zone)
        buttons = (
            Button(_leave_at(desk, later), "thongbao.hour_morning", values={"when": _label(desk, later)}),
            Button(LeaveByNight(local.date(), local.time()), "thongbao.hour_anyway"),
            Button(TakeOther(), "thongbao.hour_other"),
        )
        return Turn((Say("thongbao.hour_quiet", values, buttons),), waits)
    return composing.replace(at=moment, night=night)


def _next(desk: Desk, hour: time) -> datetime:
    """The next time it is that hour."""
    today = _on(desk, desk.today, hour)
    return today if today > desk.now else _on(desk, desk.today + timedelta(days=1), hour)


def _on(desk: Desk, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, desk.house.zone)


def _leave_at(desk: Desk, moment: datetime) -> LeaveAt:
    local = moment.astimezone(desk.house.zone)
    return LeaveAt(local.date(), local.time())


def _label(desk: Desk, moment: datetime) -> str:
    local = moment.astimezone(desk.house.zone)
    return said(desk, "thongbao.at", day=date_said(local.date(), desk.today), hour=f"{local:%H:%M}")
