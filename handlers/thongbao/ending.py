"""The end of a broadcast: proposed from its text or its kind, chosen by its author, said in the preview."""

from datetime import date, datetime, time, timedelta

from content.actions.answers import TakeUsualEnd, parse_press
from content.actions.officials import ChooseDay, GoBack, LeaveAt
from content.fold import fold
from content.language.saying import date_said
from handlers.conversation.desk import Desk, House
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.reading.date import read_date
from handlers.reading.end_of_text import end_of_text
from handlers.reading.hour import split_hour
from handlers.thongbao.hours import BACK, FARTHEST
from handlers.thongbao.state import TOPIC, Composing
from registry.addressing.ends import end_of_day, usual_end
from registry.broadcasts.approvals import at_night
from registry.broadcasts.broadcasts import leaves_at


def end_of(house: House, composing: Composing, now: datetime) -> datetime:
    """Return the chosen end, else the moment in its text, else the usual end of its kind."""
    if composing.until is not None:
        return composing.until
    due = _leaves(house, composing, now)
    named = named_in_text(house, composing, now)
    if named is not None and now < named <= due + FARTHEST:
        return named
    return usual_end(house.pack, leaves=due, urgent=at_night(house.pack, due))


def named_in_text(house: House, composing: Composing, now: datetime) -> datetime | None:
    """Return the moment its text is about, as people read it on the day it leaves."""
    on = _leaves(house, composing, now).astimezone(house.zone).date()
    return end_of_text(composing.text, today=on, zone=house.zone)


def end_said(desk: Desk, moment: datetime) -> str:
    """An hour and its day; the end of a day without an hour."""
    local = moment.astimezone(desk.house.zone)
    if local.time() == time.min:
        return said(desk, "thongbao.until_day", day=date_said(local.date() - timedelta(days=1), desk.today))
    return said(desk, "thongbao.until_hour", hour=f"{local:%H:%M}", day=date_said(local.date(), desk.today))


def ask_end(desk: Desk, composing: Composing) -> Turn:
    """Ask until when it is good."""
    usual = end_of(desk.house, composing.replace(until=None), desk.now)
    take = Button(TakeUsualEnd(), "thongbao.end_usual", values={"until": end_said(desk, usual)})
    say = Say("thongbao.end", buttons=(take, BACK), numbered=False)
    return Turn((say,), Waiting(TOPIC, "end", composing))


def hear_end(desk: Desk, heard: Heard, composing: Composing) -> Turn | Composing:
    """The broadcast with its end; or a turn that asks again."""
    match parse_press(heard.press):
        case GoBack():
            return composing
        case TakeUsualEnd():
            return composing.replace(until=None)
        case LeaveAt(day, hour):
            return _checked(desk, composing, _on(desk, day, hour))
        case ChooseDay(day):
            return _checked(desk, composing, end_of_day(_on(desk, day, time(12)), desk.house.zone))
    return ask_end(desk, composing) if heard.press else _read(desk, heard.text, composing)


def _read(desk: Desk, text: str, composing: Composing) -> Turn | Composing:
    hour, rest = split_hour(text)
    days = read_date(rest, desk.today, future=True)
    times = (hour.understood,) if hour.understood is not None else hour.ask
    on = (days.understood,) if days.understood is not None else days.ask
    if times and not fold(rest).strip(" .,"):
        on = (desk.today,)
    found = [LeaveAt(day, one) for day in on for one in times] if times else [ChooseDay(day) for day in on]
    waits = Waiting(TOPIC, "end", composing)
    if not found:
        return Turn((Say("thongbao.end_unclear", buttons=(BACK,), numbered=False),), waits)
    if len(found) > 1:
        buttons = tuple(Button(one, label=end_said(desk, _moment(desk, one))) for one in found[:4])
        return Turn((Say("thongbao.hour_which", buttons=buttons),), waits)
    return _checked(desk, composing, _moment(desk, found[0]))


def _moment(desk: Desk, chosen: LeaveAt | ChooseDay) -> datetime:
    if isinstance(chosen, LeaveAt):
        return _on(desk, chosen.day, chosen.hour)
    return end_of_day(_on(desk, chosen.day, time(12)), desk.house.zone)


def _checked(desk: Desk, composing: Composing, moment: datetime) -> Turn | Composing:
    """The broadcast with a possible end; else why that is none."""
    waits = Waiting(TOPIC, "end", composing)
    if moment <= _leaves(desk.house, composing, desk.now):
        values = {"until": end_said(desk, moment)}
        return Turn((Say("thongbao.end_past", values, (BACK,), numbered=False),), waits)
    if moment > desk.now + FARTHEST:
        values = {"days": str(FARTHEST.days)}
        return Turn((Say("thongbao.end_far", values, (BACK,), numbered=False),), waits)
    return composing.replace(until=moment)


def _leaves(house: House, composing: Composing, now: datetime) -> datetime:
    return leaves_at(house.pack, at=composing.at, by_night=composing.night, now=now)


def _on(desk: Desk, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, desk.house.zone)
