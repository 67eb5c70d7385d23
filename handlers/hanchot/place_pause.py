"""
/tamdung xã …: an official spares a place everything unasked for a time, as in a flood; with an end, and taken back.

Nothing waits here: every button carries its place and days, and every press is asked of the table of acts anew.
"""

import re
from datetime import date, timedelta

from content.fold import fold
from content.language.saying import date_said, days_left_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.reading.date import read_date
from handlers.reading.place import read_place
from registry.deadlines import pauses
from registry.deadlines.pauses import UnfitEndError
from registry.people.roles import NotAllowedError, Role, may

ACT = "place.pause"
DAYS = (1, 3, 7, 14)
SURE = "chac"
MOST_PLACES = 8
_UNTIL = re.compile(r"(?:^|\s)(?:den|toi|het)\s(?:het\s|ngay\s)*")
_KIND = re.compile(r"^(?:xa|phuong|thi tran|noi)\b\s*")


def offered(desk: Desk) -> bool:
    """Whether this person may pause any place."""
    return any(may(role, ACT, role.place, desk.places, on=desk.today) for role in desk.roles)


def pause(desk: Desk, words: str) -> Turn:
    """
    "xa" lists, "CODE" asks how long, "CODE DAY" asks whether one is sure, "CODE DAY chac" does it, "bo CODE" ends it.

    Anything else is read as "xã … đến …".
    """
    if not offered(desk):
        return Turn((Say("tamdung.not_allowed"),), KEEP)
    match words.split():
        case ["xa"]:
            return _list(desk)
        case ["bo", place]:
            return _end(desk, place)
        case [place] if desk.places.get(place) is not None:
            return _how_long(desk, place)
        case [place, day] if desk.places.get(place) is not None and (last := _day(day)):
            return _ask(desk, place, last)
        case [place, day, sure] if sure == SURE and desk.places.get(place) is not None and (last := _day(day)):
            return _pause(desk, place, last)
    return _read(desk, words)


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _role(desk: Desk, place: str) -> Role | None:
    return next((role for role in desk.roles if may(role, ACT, place, desk.places, on=desk.today)), None)


def _read(desk: Desk, words: str) -> Turn:
    """What was typed: a place, and perhaps a day after "đến"."""
    folded = fold(words)
    until = _UNTIL.search(folded)
    # what is not understood is said back as it was typed; folding keeps the number of letters of composed text
    typed = words if len(words) == len(folded) else folded
    kind = _KIND.match(folded)
    name = typed[kind.end() if kind else 0 : until.start() if until else None].strip()
    reading = read_place(name, desk.places)
    if reading.understood is None:
        buttons = tuple(Button(f"/tamdung {code}", label=desk.places.full_name(code)) for code in reading.ask)
        return Turn((Say(reading.said.key, reading.said.values, buttons),), KEEP)
    place = reading.understood
    if until is None:
        return _how_long(desk, place)
    day = read_date(folded[until.end() :], desk.today, future=True)
    if day.understood is None:
        buttons = tuple(Button(f"/tamdung {place} {one}", label=date_said(one, desk.today)) for one in day.ask)
        return Turn((Say(day.said.key, day.said.values, buttons),), KEEP)
    return _ask(desk, place, day.understood)


def _list(desk: Desk) -> Turn:
    """The pauses that hold in one's places, and the places one may pause."""
    held = [one for one in pauses.pauses_now(desk.db, now=desk.now) if _role(desk, one.place)]
    lines = [
        said(
            desk,
            "tamdung.line",
            place=desk.places.full_name(one.place),
            day=date_said(pauses.last_day_of(desk.pack, one), desk.today),
        )
        for one in held
    ]
    buttons = [
        Button(f"/tamdung bo {one.place}", "tamdung.button.end", values={"place": desk.places.full_name(one.place)})
        for one in held
    ]
    for role in desk.roles:
        if _role(desk, role.place):
            below = desk.places.children(role.place) or (desk.places.get(role.place),)
            buttons += [
                Button(f"/tamdung {place.code}", label=place.name) for place in below[:MOST_PLACES] if place is not None
            ]
    key = "tamdung.places_held" if lines else "tamdung.places"
    return Turn((Say(key, {"lines": "\n".join(lines)}, tuple(buttons)),), KEEP)


def _how_long(desk: Desk, place: str) -> Turn:
    if _role(desk, place) is None:
        return _outside()
    buttons = tuple(
        Button(
            f"/tamdung {place} {desk.today + timedelta(days=days)}", "tuychon.pause_days", values={"days": str(days)}
        )
        for days in DAYS
    )
    return Turn((Say("tamdung.how_long", {"place": desk.places.full_name(place)}, buttons),), KEEP)


def _ask(desk: Desk, place: str, last: date) -> Turn:
    """How many people it spares, and until when; nothing is changed yet."""
    if _role(desk, place) is None:
        return _outside()
    if not desk.today <= last <= desk.today + pauses.LONGEST:
        return _unfit(desk, place, desk.today + pauses.LONGEST)
    values = {
        "place": desk.places.full_name(place),
        "day": date_said(last, desk.today),
        "left": days_left_said(last, desk.today),
        "count": str(pauses.people_of(desk.db, places=desk.places, place=place)),
    }
    buttons = (
        Button(f"/tamdung {place} {last} {SURE}", "tamdung.button.sure"),
        Button(f"/tamdung {place}", "tamdung.button.other_day"),
    )
    return Turn((Say("tamdung.ask", values, buttons),), KEEP)


def _pause(desk: Desk, place: str, last: date) -> Turn:
    role = _role(desk, place)
    if role is None:
        return _outside()
    try:
        pauses.pause_place(desk.db, pack=desk.pack, place=place, last=last, role=role, on=desk.today, now=desk.now)
    except UnfitEndError as refused:
        return _unfit(desk, place, refused.latest)
    values = {"place": desk.places.full_name(place), "day": date_said(last, desk.today)}
    end = Button(f"/tamdung bo {place}", "tamdung.button.end", values={"place": desk.places.full_name(place)})
    return Turn((Say("tamdung.done", values, (end,)),), KEEP)


def _end(desk: Desk, place: str) -> Turn:
    role = _role(desk, place) if desk.places.get(place) is not None else None
    if role is None:
        return _outside()
    try:
        ended = pauses.end_pause(desk.db, pack=desk.pack, place=place, role=role, on=desk.today, now=desk.now)
    except NotAllowedError:
        return _outside()
    key = "tamdung.ended" if ended else "tamdung.not_paused"
    return Turn((Say(key, {"place": desk.places.full_name(place)}),), KEEP)


def _unfit(desk: Desk, place: str, latest: date) -> Turn:
    values = {"day": date_said(latest, desk.today)}
    return Turn((Say("tamdung.unfit", values, (Button(f"/tamdung {place}", "tamdung.button.other_day"),)),), KEEP)


def _outside() -> Turn:
    return Turn((Say("tamdung.outside", buttons=(Button("/tamdung xa", "tamdung.button.place"),)),), KEEP)
