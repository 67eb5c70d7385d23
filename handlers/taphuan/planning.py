"""Planning a training or fair with an official: what, for whom, when, where, how many; a preview, and then it goes."""

import re
from dataclasses import replace
from datetime import date, time
from typing import Any

from content.language.risky_words import risks_of
from content.language.saying import date_said, number_said
from handlers.conversation.command import Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.reading.date import read_date
from handlers.reading.hour import split_hour
from handlers.reading.place import read_place
from handlers.taphuan import confirming
from handlers.taphuan.confirming import TOPIC
from handlers.thongbao.words import reasons_said
from registry.gatherings import gatherings as events
from registry.gatherings import holds as gathering_holds
from registry.gatherings import planning as holding
from registry.people.roles import Role, may

STEPS = ("kind", "place", "title", "when", "venue", "seats")
LONGEST = {"title": 100, "venue": 150}
MOST_OFFERED = 8


def begin(desk: Desk) -> Turn:
    """Ask what it is to be; only somebody who may invite in their place is asked."""
    role = inviting(desk)
    if role is None:
        return Turn((Say("taphuan.not_allowed"),))
    return _next(desk, role, {"role": role.id})


def change(desk: Desk, role: Role, gathering_id: str, version: int | None = None) -> Turn:
    """Take it up and show what may be changed of it; what has not left is withdrawn meanwhile."""
    known = gathering_holds.take_up(
        desk.db, pack=desk.pack, role=role, gathering_id=gathering_id, version=version, now=desk.now
    )
    local = known.starts_at.astimezone(desk.house.zone)
    data = {
        "role": role.id, "event": known.id, "version": known.version, "kind": known.kind, "place": known.place,
        "title": known.title, "day": local.date().isoformat(), "hour": f"{local:%H:%M}", "venue": known.venue,
        "seats": known.seats,
    }  # fmt: skip
    return confirming.with_notice(desk, known, _preview(desk, role, data))


def inviting(desk: Desk, role_id: str | None = None, place: str | None = None) -> Role | None:
    """A role that may invite there today; asked anew at every step, so a revoked one stops in the middle."""
    return next(
        (
            role
            for role in desk.roles
            if (role_id is None or role.id == role_id)
            and may(role, "event.invite", place or role.place, desk.places, on=desk.today)
        ),
        None,
    )


# --- asking -----------------------------------------------------------------------------------------------------------


def _next(desk: Desk, role: Role, data: dict[str, Any]) -> Turn:
    """Ask the first thing that is not known yet, or show the whole."""
    if "place" not in data and not desk.places.children(role.place):
        data["place"] = role.place
    for step in STEPS:
        known = "day" in data and "hour" in data if step == "when" else step in data
        if not known:
            return _ask(desk, role, data, step)
    return _preview(desk, role, data)


def _ask(desk: Desk, role: Role, data: dict[str, Any], step: str) -> Turn:
    drop = Button("/huy", "taphuan.drop")
    values: dict[str, object] = {"place": desk.places.full_name(str(data.get("place", role.place)))}
    match step:
        case "kind":
            buttons = (*(Button(f"={kind}", f"taphuan.kind.{kind}") for kind in events.KINDS), drop)
            say = Say("taphuan.ask_kind", buttons=buttons)
        case "place":
            below = desk.places.children(role.place)
            whole = Button(f"={role.place}", "taphuan.whole", values={"place": desk.places.full_name(role.place)})
            some = (Button(f"={place.code}", label=place.name) for place in below[: MOST_OFFERED - 1])
            say = Say("taphuan.ask_place", {"place": desk.places.full_name(role.place)}, (whole, *some, drop))
        case "when" if "day" in data:
            say = Say("taphuan.ask_hour", {"day": _day_said(desk, data)}, (drop,), numbered=False)
        case "when" if "hour" in data:
            say = Say("taphuan.ask_day", {"hour": str(data["hour"])}, (drop,), numbered=False)
        case "seats":
            buttons = (Button("=all", "taphuan.seats_all"), drop)
            say = Say("taphuan.ask_seats", buttons=buttons, numbered=False)
        case _:
            say = Say(f"taphuan.ask_{step}", values, (drop,), numbered=False)
    return Turn((say,), Waiting(TOPIC, step, data))


def _again(data: dict[str, Any], step: str, say: Say) -> Turn:
    """What was not understood, and the same question still waiting."""
    if not say.buttons:
        say = replace(say, buttons=(Button("/huy", "taphuan.drop"),), numbered=step in {"kind", "place"})
    return Turn((say,), Waiting(TOPIC, step, data))


def _preview(desk: Desk, role: Role, data: dict[str, Any]) -> Turn:
    """The invitation as people will read it, and how many they are."""
    place = str(data["place"])
    key = "event.invited" if data["seats"] is None else "event.invited_seats"
    values = {
        "title": str(data["title"]), "venue": str(data["venue"]), "hour": str(data["hour"]),
        "day": _day_said(desk, data), "seats": data["seats"] or 0,
        "office_name": confirming.inviting_office(desk, role, data),
    }  # fmt: skip
    mends = tuple(Button(f"=mend_{step}", f"taphuan.mend_{step}") for step in ("title", "when", "venue", "seats"))
    drop = Button("/huy", "taphuan.drop")
    known = confirming.unsent(desk, data)
    number = confirming.people_of(desk, role, data)
    count = number_said(number)
    if "event" in data and known is None:
        label = "taphuan.save" if number else "taphuan.save_only"
        buttons = (Button("=save", label, values={"count": count}), *mends, drop)
        asked = Say("taphuan.preview_change", {"count": count}, buttons)
        return Turn((Say(key, values), asked), Waiting(TOPIC, "sure", data))
    shown = {"count": count, "place": desk.places.full_name(place), "kind": said(desk, f"taphuan.kind.{data['kind']}")}
    if not number and known is None:
        asked = Say("taphuan.nobody", shown, (Button("=mend_place", "taphuan.mend_place"), drop))
    else:
        reasons = confirming.reasons_for(desk, role, data)
        ask = "ask_second" if reasons else "send"
        send = Button("=save" if known else f"=send{number}", f"taphuan.{ask}", values={"count": count})
        due = gathering_holds.leaves_at(
            desk.pack, starts_at=confirming.moment(desk, data), now=desk.now, alone=not reasons
        )
        shown |= {"why": reasons_said(desk, reasons), "when": confirming.leaves_said(desk, due)}
        asked = Say("taphuan.preview_second" if reasons else "taphuan.preview", shown, (send, *mends, drop))
    return Turn((Say(key, values), asked), Waiting(TOPIC, "sure", data))


def _day_said(desk: Desk, data: dict[str, Any]) -> str:
    return date_said(date.fromisoformat(str(data["day"])), desk.today)


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the answer to the step that waits; the right to invite there is asked again each time."""
    data = dict(desk.talk.data)
    role = inviting(desk, str(data["role"]), data.get("place"))
    if role is None:
        return Turn((Say("taphuan.not_allowed"),))
    if (ended := confirming.moved_on(desk)) is not None:
        return ended
    step = desk.talk.step
    if not heard.press and (heard.said.kind != "text" or not heard.text.strip()):
        return _again(data, step, Say("taphuan.words_please"))
    match step:
        case "kind":
            return _hear_kind(desk, role, data, heard)
        case "place":
            return _hear_place(desk, role, data, heard)
        case "title" | "venue":
            return _hear_words(desk, role, data, heard, step)
        case "when":
            return _hear_when(desk, role, data, heard)
        case "seats":
            return _hear_seats(desk, role, data, heard)
        case "number":
            return _hear_number(desk, role, data, heard)
        case _:
            return _hear_sure(desk, role, data, heard)


def _hear_kind(desk: Desk, role: Role, data: dict[str, Any], heard: Heard) -> Turn:
    if heard.press not in events.KINDS:
        return _ask(desk, role, data, "kind")
    return _next(desk, role, data | {"kind": heard.press})


def _hear_place(desk: Desk, role: Role, data: dict[str, Any], heard: Heard) -> Turn:
    """Only places within one's own are taken, whatever a button or a typed name says."""
    code = heard.press
    if not code:
        reading = read_place(heard.text, desk.places)
        if reading.understood is None:
            buttons = tuple(Button(f"={one}", label=desk.places.full_name(one)) for one in reading.ask)
            return _again(data, "place", Say(reading.said.key, reading.said.values, buttons))
        code = reading.understood
    if desk.places.get(code) is None or not may(role, "event.invite", code, desk.places, on=desk.today):
        return _again(data, "place", Say("taphuan.outside", {"place": desk.places.full_name(role.place)}))
    return _next(desk, role, data | {"place": code})


def _hear_words(desk: Desk, role: Role, data: dict[str, Any], heard: Heard, step: str) -> Turn:
    words = " ".join(heard.text.split())
    if not 3 <= len(words) <= LONGEST[step]:
        return _again(data, step, Say(f"taphuan.{step}_length", {"most": str(LONGEST[step])}))
    if set(risks_of(words)) - {"money"}:
        # an invitation needs no link and no number; a fee may be named, and then a second official looks
        return _again(data, step, Say("taphuan.no_links"))
    return _next(desk, role, data | {step: words})


def _hear_when(desk: Desk, role: Role, data: dict[str, Any], heard: Heard) -> Turn:
    """A day and an hour, together or one after the other; what may be two things is asked."""
    kind, _, value = heard.press.partition("_")
    if kind == "day" and _iso_day(value) is not None:
        data["day"] = value
    elif kind == "hour" and _iso_hour(value) is not None:
        data["hour"] = value
    elif heard.press:
        return _ask(desk, role, data, "when")
    else:
        asked = _read_when(desk, data, heard.text)
        if asked is not None:
            return _again(data, "when", asked)
    if "day" in data and "hour" in data and confirming.moment(desk, data) <= desk.now:
        gone = Say("taphuan.past", {"day": _day_said(desk, data), "hour": str(data["hour"])})
        return _again(_without(data, "day", "hour"), "when", gone)
    return _next(desk, role, data)


def _read_when(desk: Desk, data: dict[str, Any], words: str) -> Say | None:
    """Put what was understood into the data; what has to be asked, or None."""
    hour, rest = split_hour(words)
    day = read_date(rest, desk.today, future=True)
    if hour.understood is not None:
        data["hour"] = f"{hour.understood:%H:%M}"
    if day.understood is not None:
        data["day"] = day.understood.isoformat()
    if day.ask:
        buttons = tuple(Button(f"=day_{one.isoformat()}", label=date_said(one, desk.today)) for one in day.ask)
        return Say("taphuan.which_day", buttons=buttons)
    if hour.ask:
        buttons = tuple(Button(f"=hour_{one:%H:%M}", label=f"{one:%H:%M}") for one in hour.ask)
        return Say("taphuan.which_hour", buttons=buttons)
    if hour.understood is None and day.understood is None:
        return Say("taphuan.when_unclear", {"heard": words[:60]})
    return None


def _hear_seats(desk: Desk, role: Role, data: dict[str, Any], heard: Heard) -> Turn:
    if heard.press == "all":
        return _next(desk, role, data | {"seats": None})
    number = re.search(r"\d{1,9}", heard.text.replace(".", ""))
    seats = int(number[0]) if number else 0
    if not 1 <= seats <= holding.MOST_SEATS:
        return _again(data, "seats", Say("taphuan.seats_unclear", {"most": str(holding.MOST_SEATS)}))
    return _next(desk, role, data | {"seats": seats})


def _hear_sure(desk: Desk, role: Role, data: dict[str, Any], heard: Heard) -> Turn:
    what, _, step = heard.press.partition("_")
    if what == "mend" and step in STEPS and not (step in {"kind", "place"} and "event" in data):
        return _ask(desk, role, _without(data, *(("day", "hour") if step == "when" else (step,))), step)
    if any(step not in data for step in ("kind", "place", "title", "day", "hour", "venue", "seats")):
        return _next(desk, role, data)
    count = confirming.people_of(desk, role, data)
    expected = "save" if "event" in data else f"send{count}"
    if heard.press != expected or heard.press == "send0":
        return _preview(desk, role, data)  # something typed, or somebody came or left since it was shown
    if confirming.must_type(desk, role, data, count):
        return confirming.ask_number(desk, data, count)
    return _confirmed(desk, role, data)


def _hear_number(desk: Desk, role: Role, data: dict[str, Any], heard: Heard) -> Turn:
    """The number of people it goes to, typed; with any other nothing is sent, and it is shown again."""
    number, count = confirming.typed_number(heard), confirming.people_of(desk, role, data)
    shown = _preview(desk, role, data)
    if number is None:
        return shown
    if number != count:
        return replace(shown, says=(Say("thongbao.number_differs", {"typed": str(number)}), *shown.says))
    return _confirmed(desk, role, data)


def _confirmed(desk: Desk, role: Role, data: dict[str, Any]) -> Turn:
    done = confirming.save if "event" in data else confirming.hold
    return done(desk, role, data) or _gone_by(desk, data)


def _gone_by(desk: Desk, data: dict[str, Any]) -> Turn:
    gone = Say("taphuan.past", {"day": _day_said(desk, data), "hour": str(data["hour"])})
    return _again(_without(data, "day", "hour"), "when", gone)


def _without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def _iso_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _iso_hour(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if len(text) == 5 else None
    except ValueError:
        return None


def repeat(desk: Desk) -> Turn:
    data = dict(desk.talk.data)
    role = inviting(desk, str(data["role"]), data.get("place"))
    if role is None:
        return Turn((Say("taphuan.not_allowed"),))
    if (ended := confirming.moved_on(desk)) is not None:
        return ended
    return _ask(desk, role, data, desk.talk.step) if desk.talk.step in STEPS else _preview(desk, role, data)


CONVERSATION = Conversation(TOPIC, hear, repeat, left=confirming.given_up)
