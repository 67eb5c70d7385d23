"""When an announcement leaves: now, at an hour, and what to do about an hour of the night."""

from datetime import date, datetime, time, timedelta
from typing import Any

from content.decent_hours import next_decent
from content.fold import fold
from content.language.saying import date_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.reading.date import read_date
from handlers.reading.hour import split_hour
from handlers.thongbao.words import TOPIC
from registry.broadcasts.approvals import at_night

FARTHEST = timedelta(days=60)


def ask_hour(data: dict[str, Any], desk: Desk) -> Turn:
    """Ask when; a tap for now, and for the night where it is night."""
    buttons = [Button("=now", "thongbao.hour_now")]
    if at_night(desk.pack, desk.now):
        buttons.append(Button("=nightnow", "thongbao.hour_night_now"))
    buttons.append(Button("=back", "thongbao.back"))
    return Turn((Say("thongbao.hour", buttons=tuple(buttons), numbered=False),), Waiting(TOPIC, "hour", data))


def hear_hour(desk: Desk, heard: Heard, data: dict[str, Any]) -> Turn | dict[str, Any]:
    """What was understood goes into the data; a question back is a turn."""
    match heard.press:
        case "back":
            return data
        case "now":
            return data | {"at": "", "night": False}
        case "nightnow":
            return data | {"at": "", "night": True}
        case "other":
            return ask_hour(data, desk)
    if heard.press.startswith("night"):
        moment = _moment(heard.press.removeprefix("night"), desk)
        return ask_hour(data, desk) if moment is None else _checked(desk, data, moment, night=True)
    if heard.press:
        moment = _moment(heard.press, desk)
        return ask_hour(data, desk) if moment is None else _checked(desk, data, moment)
    return _read(desk, heard.text, data)


def _read(desk: Desk, text: str, data: dict[str, Any]) -> Turn | dict[str, Any]:
    waits = Waiting(TOPIC, "hour", data)
    hour, rest = split_hour(text)
    days = read_date(rest, desk.today, future=True)
    if hour.understood is None and not hour.ask:
        return Turn((Say("thongbao.hour_unclear", buttons=(Button("=back", "thongbao.back"),), numbered=False),), waits)
    times = (hour.understood,) if hour.understood is not None else hour.ask
    if not fold(rest).strip(" .,"):
        found = [_next(desk, one) for one in times]
    elif days.understood is not None:
        found = [_on(desk, days.understood, one) for one in times]
    elif days.ask:
        found = [_on(desk, day, one) for day in days.ask for one in times]
    else:
        return Turn((Say("thongbao.hour_unclear", buttons=(Button("=back", "thongbao.back"),), numbered=False),), waits)
    if len(found) == 1:
        return _checked(desk, data, found[0])
    buttons = tuple(Button(f"={_code(desk, moment)}", label=_label(desk, moment)) for moment in found[:4])
    return Turn((Say("thongbao.hour_which", buttons=buttons),), waits)


def _checked(desk: Desk, data: dict[str, Any], moment: datetime, *, night: bool = False) -> Turn | dict[str, Any]:
    """An hour that can be kept, or why not and what else there is."""
    back = Button("=back", "thongbao.back")
    waits = Waiting(TOPIC, "hour", data)
    if moment <= desk.now:
        return Turn((Say("thongbao.hour_past", {"when": _label(desk, moment)}, (back,), numbered=False),), waits)
    if moment > desk.now + FARTHEST:
        values = {"days": str(FARTHEST.days)}
        return Turn((Say("thongbao.hour_far", values, (back,), numbered=False),), waits)
    if at_night(desk.pack, moment) and not night:
        quiet = desk.pack.programme.quiet
        later = next_decent(moment, quiet, desk.house.zone, on_holidays=True)
        values = {"when": _label(desk, moment), "start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"}
        buttons = (
            Button(f"={_code(desk, later)}", "thongbao.hour_morning", values={"when": _label(desk, later)}),
            Button(f"=night{_code(desk, moment)}", "thongbao.hour_anyway"),
            Button("=other", "thongbao.hour_other"),
        )
        return Turn((Say("thongbao.hour_quiet", values, buttons),), waits)
    return data | {"at": moment.isoformat(), "night": night}


def _next(desk: Desk, hour: time) -> datetime:
    """The next time it is that hour."""
    today = _on(desk, desk.today, hour)
    return today if today > desk.now else _on(desk, desk.today + timedelta(days=1), hour)


def _on(desk: Desk, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, desk.house.zone)


def _code(desk: Desk, moment: datetime) -> str:
    return f"{moment.astimezone(desk.house.zone):%Y-%m-%dT%H:%M}"


def _moment(code: str, desk: Desk) -> datetime | None:
    """The moment a button stands for; what was made up by hand is none."""
    try:
        return datetime.strptime(code, "%Y-%m-%dT%H:%M").replace(tzinfo=desk.house.zone)
    except ValueError:
        return None


def _label(desk: Desk, moment: datetime) -> str:
    local = moment.astimezone(desk.house.zone)
    return said(desk, "thongbao.at", day=date_said(local.date(), desk.today), hour=f"{local:%H:%M}")
