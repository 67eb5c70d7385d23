"""
/tamdung xã …: an official pauses unsolicited messages to a place for a time, as in a flood, and ends the pause.

No question waits here: every button carries its place and day, and every press checks the right to it again.
"""

import re
from datetime import date, timedelta

from content.actions.action import parse_words
from content.actions.officials import AskPlacePause, ChoosePauseEnd, EndPlacePause, ListPausablePlaces, PausePlace
from content.fold import fold
from content.language.saying import date_said, days_left_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.conversation.which_place import MOST_OFFERED
from handlers.reading.date import read_date
from handlers.reading.place import read_place
from registry.deadlines import pauses
from registry.deadlines.pauses import UnfitEndError
from registry.people.roles import NotAllowedError

ACT = "place.pause"
DAYS = (1, 3, 7, 14)
PRESSES = (ListPausablePlaces, EndPlacePause, ChoosePauseEnd, AskPlacePause, PausePlace)
_UNTIL = re.compile(r"(?:^|\s)(?:den|toi|het)\s(?:het\s|ngay\s)*")
_KIND = re.compile(r"^(?:xa|phuong|thi tran|noi)\b\s*")


def offered(desk: Desk) -> bool:
    """True if this person may pause any place."""
    return desk.role_for(ACT) is not None


def pause(desk: Desk, words: str) -> Turn:
    """Read a button of this conversation; other words are read as "xã … đến …"."""
    if not offered(desk):
        return Turn((Say("tamdung.not_allowed"),), KEEP)
    match parse_words("tamdung", words, *PRESSES):  # "/tamdung 7" pauses messages to oneself
        case ListPausablePlaces():
            return _list(desk)
        case EndPlacePause(place):
            return _end(desk, place)
        case ChoosePauseEnd(place) if desk.places.get(place) is not None:
            return _how_long(desk, place)
        case AskPlacePause(place, last) if desk.places.get(place) is not None:
            return _ask(desk, place, last)
        case PausePlace(place, last) if desk.places.get(place) is not None:
            return _pause(desk, place, last)
    return _read(desk, words)


def _read(desk: Desk, words: str) -> Turn:
    """Read typed words: a place, and perhaps a day after "đến"."""
    folded = fold(words)
    until = _UNTIL.search(folded)
    # words that are not understood are quoted as typed; folding keeps the number of letters of composed text
    typed = words if len(words) == len(folded) else folded
    kind = _KIND.match(folded)
    name = typed[kind.end() if kind else 0 : until.start() if until else None].strip()
    reading = read_place(name, desk.places)
    if reading.understood is None:
        buttons = tuple(Button(ChoosePauseEnd(code), label=desk.places.full_name(code)) for code in reading.ask)
        return Turn((Say(reading.said.key, reading.said.values, buttons),), KEEP)
    place = reading.understood
    if until is None:
        return _how_long(desk, place)
    day = read_date(folded[until.end() :], desk.today, future=True)
    if day.understood is None:
        buttons = tuple(Button(AskPlacePause(place, one), label=date_said(one, desk.today)) for one in day.ask)
        return Turn((Say(day.said.key, day.said.values, buttons),), KEEP)
    return _ask(desk, place, day.understood)


def _list(desk: Desk) -> Turn:
    """The pauses of one's places, and the places one may pause."""
    paused = [one for one in pauses.pauses_now(desk.db, now=desk.now) if desk.role_for(ACT, one.place)]
    lines = [
        said(
            desk,
            "tamdung.line",
            place=desk.places.full_name(one.place),
            day=date_said(pauses.last_day_of(desk.pack, one), desk.today),
        )
        for one in paused
    ]
    buttons = [
        Button(EndPlacePause(one.place), "tamdung.button.end", values={"place": desk.places.full_name(one.place)})
        for one in paused
    ]
    for role in desk.roles:
        if desk.role_for(ACT, role.place):
            below = desk.places.children(role.place) or (desk.places.get(role.place),)
            buttons += [
                Button(ChoosePauseEnd(place.code), label=place.name)
                for place in below[:MOST_OFFERED]
                if place is not None
            ]
    key = "tamdung.places_held" if lines else "tamdung.places"
    return Turn((Say(key, {"lines": "\n".join(lines)}, tuple(buttons)),), KEEP)


def _how_long(desk: Desk, place: str) -> Turn:
    if desk.role_for(ACT, place) is None:
        return _outside()
    buttons = tuple(
        Button(
            AskPlacePause(place, desk.today + timedelta(days=days)), "tuychon.pause_days", values={"days": str(days)}
        )
        for days in DAYS
    )
    return Turn((Say("tamdung.how_long", {"place": desk.places.full_name(place)}, buttons),), KEEP)


def _ask(desk: Desk, place: str, last: date) -> Turn:
    """The number of people and the end; changes nothing yet."""
    if desk.role_for(ACT, place) is None:
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
        Button(PausePlace(place, last), "tamdung.button.sure"),
        Button(ChoosePauseEnd(place), "tamdung.button.other_day"),
    )
    return Turn((Say("tamdung.ask", values, buttons),), KEEP)


def _pause(desk: Desk, place: str, last: date) -> Turn:
    role = desk.role_for(ACT, place)
    if role is None:
        return _outside()
    try:
        pauses.pause_place(desk.db, pack=desk.pack, place=place, last=last, role=role, on=desk.today, now=desk.now)
    except UnfitEndError as refused:
        return _unfit(desk, place, refused.latest)
    values = {"place": desk.places.full_name(place), "day": date_said(last, desk.today)}
    end = Button(EndPlacePause(place), "tamdung.button.end", values={"place": desk.places.full_name(place)})
    return Turn((Say("tamdung.done", values, (end,)),), KEEP)


def _end(desk: Desk, place: str) -> Turn:
    role = desk.role_for(ACT, place) if desk.places.get(place) is not None else None
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
    return Turn((Say("tamdung.unfit", values, (Button(ChoosePauseEnd(place), "tamdung.button.other_day"),)),), KEEP)


def _outside() -> Turn:
    return Turn((Say("tamdung.outside", buttons=(Button(ListPausablePlaces(), "tamdung.button.place"),)),), KEEP)
