"""/hanchot: the last days of one's place: look, move, set apart for a place below, add a round, take back."""

from datetime import date
from typing import Any

from content.saying import date_said, days_left_said, lunar_said
from content.working_days import is_working_day
from handlers.desk import Desk
from handlers.front_desk import Command, Conversation
from handlers.reading.date import read_date
from handlers.reading.place import read_place
from handlers.telling import said
from handlers.turn import KEEP, Button, Heard, Say, Turn, Waiting
from registry import deadlines, rounds
from registry.deadlines import Deadline
from registry.roles import NotAllowedError, Role, may
from registry.rounds import UnfitDayError

TOPIC = "hanchot"
MOST_LISTED = 10
MOST_PLACES = 8
ACT = "deadline.move"


def days(desk: Desk, words: str) -> Turn:
    """The list; "xem ID" one of it; "doi", "rieng", "them", "tralai" and "bo" change it."""
    match words.split():
        case ["xem", deadline_id]:
            return _show(desk, deadline_id)
        case ["doi", deadline_id]:
            return _begin_move(desk, deadline_id)
        case ["rieng", deadline_id]:
            return _begin_apart(desk, deadline_id)
        case ["them", deadline_id]:
            return _begin_round(desk, deadline_id)
        case ["tralai", deadline_id, day]:
            return _move_back(desk, deadline_id, _pressed_day(day))
        case ["bo", deadline_id]:
            return _drop(desk, deadline_id)
    return _list(desk)


# --- looking ----------------------------------------------------------------------------------------------------------


def _list(desk: Desk) -> Turn:
    found = rounds.seen_from(desk.db, pack=desk.pack, roles=desk.roles, on=desk.today, now=desk.now)
    if not found:
        return Turn((Say("hanchot.none"),), KEEP)
    shown = found[:MOST_LISTED]
    lines = "\n".join(
        said(
            desk,
            "hanchot.line_sample" if one.sample else "hanchot.line",
            number=number,
            title=deadlines.title_of(desk.pack, one),
            day=_day_said(desk, deadlines.last_day(desk.pack, one)),
            place=desk.places.full_name(one.place),
        )
        for number, one in enumerate(shown, 1)
    )
    buttons = tuple(
        Button(f"/hanchot xem {one.id}", "hanchot.number", values={"number": str(number)})
        for number, one in enumerate(shown, 1)
    )
    return Turn((Say("hanchot.list", {"lines": lines}, buttons),), KEEP)


def _show(desk: Desk, deadline_id: str) -> Turn:
    one = _seen(desk, deadline_id)
    if one is None:
        return _gone()
    counted = rounds.effect(desk.db, pack=desk.pack, deadline=one)
    advised = deadlines.advised_day(desk.pack, one)
    notes = said(desk, "hanchot.sample") if one.sample else ""
    if advised:
        notes += said(desk, "hanchot.advice", day=_day_said(desk, advised))
    values: dict[str, object] = {
        "title": deadlines.title_of(desk.pack, one),
        "day": _day_said(desk, deadlines.last_day(desk.pack, one)),
        "place": desk.places.full_name(one.place),
        "reminded": counted.reminded,
        "notes": notes,
    }
    buttons: list[Button] = []
    if _role(desk, one.place):
        buttons.append(Button(f"/hanchot doi {one.id}", "hanchot.button.move"))
        if one.closed_before is not None:
            before = deadlines.day_of(desk.pack, one.closed_before)
            values_back = {"day": date_said(before, desk.today)}
            buttons.append(Button(f"/hanchot tralai {one.id} {before}", "hanchot.button.back", values=values_back))
        if rounds.is_apart(desk.pack, one):
            buttons.append(Button(f"/hanchot bo {one.id}", "hanchot.button.drop"))
    if _places_below(desk, one):
        buttons.append(Button(f"/hanchot rieng {one.id}", "hanchot.button.apart"))
    if any(may(role, ACT, role.place, desk.places, on=desk.today) for role in desk.roles):
        buttons.append(Button(f"/hanchot them {one.id}", "hanchot.button.round"))
    buttons.append(Button("/hanchot", "hanchot.button.list"))
    return Turn((Say("hanchot.one", values, tuple(buttons)),), KEEP)


def _seen(desk: Desk, deadline_id: str) -> Deadline | None:
    """A deadline of the list of this official; any other is as if it were not there."""
    found = rounds.seen_from(desk.db, pack=desk.pack, roles=desk.roles, on=desk.today, now=desk.now)
    return next((one for one in found if one.id == deadline_id), None)


def _role(desk: Desk, place: str, role_id: str | None = None) -> Role | None:
    """A role that may change days there today; asked anew at every step, so a revoked one stops in the middle."""
    return next(
        (
            role
            for role in desk.roles
            if role_id in {None, role.id} and may(role, ACT, place, desk.places, on=desk.today)
        ),
        None,
    )


def _places_below(desk: Desk, one: Deadline) -> tuple[str, ...]:
    """Where this official may set a day apart: their own place below the deadline's, else the places below that."""
    own = [role.place for role in desk.roles if _role(desk, role.place, role.id)]
    lower = [place for place in own if place != one.place and desk.places.within(place, one.place)]
    if lower:
        return tuple(dict.fromkeys(lower))
    if one.place in own:
        return tuple(place.code for place in desk.places.children(one.place))
    return ()


def _gone() -> Turn:
    return Turn((Say("hanchot.gone", buttons=(Button("/hanchot", "hanchot.button.list"),)),), KEEP)


def _day_said(desk: Desk, day: date) -> str:
    values = {"day": date_said(day, desk.today), "lunar": lunar_said(day), "left": days_left_said(day, desk.today)}
    return said(desk, "hanchot.day", **values)


# --- beginning a change -----------------------------------------------------------------------------------------------


def _begin_move(desk: Desk, deadline_id: str) -> Turn:
    one = _seen(desk, deadline_id)
    if one is None:
        return _gone()
    role = _role(desk, one.place)
    if role is None:
        return _not_allowed(desk, one)
    return _ask_day(desk, {"deadline": one.id, "role": role.id, "place": one.place, "way": "move", "name": one.round})


def _begin_apart(desk: Desk, deadline_id: str) -> Turn:
    one = _seen(desk, deadline_id)
    if one is None:
        return _gone()
    below = _places_below(desk, one)
    if not below:
        return _not_allowed(desk, one)
    data = {"deadline": one.id, "way": "apart", "name": one.round}
    if len(below) == 1:
        role = _role(desk, below[0])
        return _gone() if role is None else _ask_day(desk, data | {"place": below[0], "role": role.id})
    return _ask_place(desk, data, below)


def _ask_place(desk: Desk, data: dict[str, Any], below: tuple[str, ...]) -> Turn:
    buttons = tuple(Button(f"={place}", label=desk.places.full_name(place)) for place in below[:MOST_PLACES])
    return Turn((Say("hanchot.which_place", buttons=buttons),), Waiting(TOPIC, "place", data))


def _begin_round(desk: Desk, deadline_id: str) -> Turn:
    one = _seen(desk, deadline_id)
    role = next((role for role in desk.roles if _role(desk, role.place, role.id)), None)
    if one is None or role is None:
        return _gone()
    data = {"deadline": one.id, "role": role.id, "place": role.place, "way": "round"}
    return _ask_name(desk, data)


def _ask_name(desk: Desk, data: dict[str, Any]) -> Turn:
    values = {"place": desk.places.full_name(str(data["place"]))}
    return Turn((Say("hanchot.which_name", values, (_leave(),)),), Waiting(TOPIC, "name", data))


def _ask_day(desk: Desk, data: dict[str, Any]) -> Turn:
    one = deadlines.deadline(desk.db, str(data["deadline"]))
    if one is None:
        return _gone()
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "day": _day_said(desk, deadlines.last_day(desk.pack, one)),
        "place": desk.places.full_name(str(data["place"])),
        "name": str(data.get("name", "")),
    }
    say = Say(f"hanchot.ask.{data['way']}", values, (_leave(),), numbered=False)
    return Turn((say,), Waiting(TOPIC, "day", data))


def _leave() -> Button:
    return Button("/huy", "hanchot.button.leave")


def _not_allowed(desk: Desk, one: Deadline) -> Turn:
    """Refused, with the way out that is there: a day of one's own, or the office above."""
    buttons = [Button(f"/hanchot rieng {one.id}", "hanchot.button.apart")] if _places_below(desk, one) else []
    buttons.append(Button("/hanchot", "hanchot.button.list"))
    values = {"place": desk.places.full_name(one.place)}
    return Turn((Say("hanchot.not_allowed", values, tuple(buttons)),), KEEP)


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(desk: Desk, heard: Heard) -> Turn:
    data = dict(desk.talk.data)
    one = deadlines.deadline(desk.db, str(data.get("deadline", "")))
    if one is None:
        return Turn((Say("hanchot.gone", buttons=(Button("/hanchot", "hanchot.button.list"),)),))
    if desk.talk.step == "place":
        return _hear_place(desk, one, heard, data)
    role = _role(desk, str(data["place"]), str(data["role"]))
    if role is None:
        return Turn((Say("hanchot.not_allowed", {"place": desk.places.full_name(str(data["place"]))}),))
    match desk.talk.step:
        case "name":
            return _hear_name(desk, heard, data)
        case "day":
            return _hear_day(desk, one, heard, data)
        case _:
            return _hear_sure(desk, one, role, heard, data)


def _hear_place(desk: Desk, one: Deadline, heard: Heard, data: dict[str, Any]) -> Turn:
    """Only places within one's own are taken, whatever a button or a typed name says."""
    waits = Waiting(TOPIC, "place", data)
    code = heard.press
    if not code:
        reading = read_place(heard.text, desk.places)
        if reading.understood is None:
            buttons = tuple(Button(f"={place}", label=desk.places.full_name(place)) for place in reading.ask)
            return Turn((Say(reading.said.key, reading.said.values, buttons),), waits)
        code = reading.understood
    role = _role(desk, code) if desk.places.get(code) is not None else None
    if role is None or not desk.places.within(code, one.place) or code == one.place:
        return Turn((Say("hanchot.outside", buttons=(_leave(),)),), waits)
    return _ask_day(desk, data | {"place": code, "role": role.id})


def _hear_name(desk: Desk, heard: Heard, data: dict[str, Any]) -> Turn:
    name = " ".join(heard.text.split())
    if not 2 <= len(name) <= rounds.LONGEST_NAME:
        values = {"most": str(rounds.LONGEST_NAME)}
        return Turn((Say("hanchot.name_please", values, (_leave(),)),), Waiting(TOPIC, "name", data))
    return _ask_day(desk, data | {"name": name})


def _hear_day(desk: Desk, one: Deadline, heard: Heard, data: dict[str, Any]) -> Turn:
    waits = Waiting(TOPIC, "day", data)
    day = _pressed_day(heard.press)
    if day is None:
        reading = read_date(heard.text, desk.today, future=True)
        if reading.understood is None:
            buttons = tuple(Button(f"={day.isoformat()}", label=date_said(day, desk.today)) for day in reading.ask)
            return Turn((Say(reading.said.key, reading.said.values, (*buttons, _leave())),), waits)
        day = reading.understood
    return _preview(desk, one, data | {"day": day.isoformat()})


def _pressed_day(press: str) -> date | None:
    try:
        return date.fromisoformat(press)
    except ValueError:
        return None


def _preview(desk: Desk, one: Deadline, data: dict[str, Any]) -> Turn:
    """The new day as it will be said, what stands in its way, and whom it touches; nothing is changed yet."""
    day = date.fromisoformat(str(data["day"]))
    moving = data["way"] == "move"
    place = str(data["place"])
    if moving and day == deadlines.last_day(desk.pack, one):
        return Turn((Say("hanchot.same_day", {"day": _day_said(desk, day)}, (_leave(),)),), Waiting(TOPIC, "day", data))
    unfit = rounds.unfit_day(
        desk.db, pack=desk.pack, spec=one.spec, place=place, last=day, now=desk.now, apart_from=one.id if moving else ""
    )
    if unfit is not None and not (data["way"] == "round" and unfit.why == "later_than_above"):
        return _refused(desk, unfit, data, day)
    counted = rounds.effect(desk.db, pack=desk.pack, deadline=one, new_place=None if moving else place)
    programme = desk.pack.programme
    works = is_working_day(day, programme.holidays, programme.workdays)
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "name": str(data.get("name", "")),
        "place": desk.places.full_name(place),
        "before": _day_said(desk, deadlines.last_day(desk.pack, one)),
        "after": _day_said(desk, day),
        "reminded": str(counted.reminded),
        "told": str(counted.told),
        "holiday": "" if works else said(desk, "hanchot.holiday"),
    }
    buttons = (Button("=yes", "hanchot.button.sure"), Button("=other", "hanchot.button.other_day"), _leave())
    return Turn((Say(f"hanchot.preview.{data['way']}", values, buttons),), Waiting(TOPIC, "sure", data))


def _refused(desk: Desk, unfit: rounds.Unfit, data: dict[str, Any], day: date) -> Turn:
    values: dict[str, object] = {"day": _day_said(desk, day)}
    buttons = [_leave()]
    if unfit.other is not None:
        values |= {
            "other": deadlines.title_of(desk.pack, unfit.other),
            "other_day": _day_said(desk, deadlines.last_day(desk.pack, unfit.other)),
        }
        buttons.insert(0, Button(f"/hanchot xem {unfit.other.id}", "hanchot.button.see_other"))
    return Turn((Say(f"hanchot.unfit.{unfit.why}", values, tuple(buttons)),), Waiting(TOPIC, "day", data))


def _hear_sure(desk: Desk, one: Deadline, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    if heard.press == "other":
        return _ask_day(desk, data)
    if heard.press != "yes":
        return _hear_day(desk, one, heard, data) if heard.text.strip() else _preview(desk, one, data)
    day = date.fromisoformat(str(data["day"]))
    try:
        if data["way"] == "move":
            done = rounds.move_deadline(
                desk.db, pack=desk.pack, deadline_id=one.id, last=day, role=role, on=desk.today, now=desk.now
            )
        else:
            done = rounds.add_deadline(
                desk.db, pack=desk.pack, spec=one.spec, place=str(data["place"]), last=day, role=role, on=desk.today,
                now=desk.now, name=str(data.get("name", "")),
            )  # fmt: skip
    except UnfitDayError as refused:
        return _refused(desk, refused.unfit, data, day)
    except NotAllowedError:
        return Turn((Say("hanchot.not_allowed", {"place": desk.places.full_name(str(data["place"]))}),))
    return Turn((_done(desk, done, moved=data["way"] == "move"),))


def _done(desk: Desk, one: Deadline, *, moved: bool) -> Say:
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "day": _day_said(desk, deadlines.last_day(desk.pack, one)),
        "place": desk.places.full_name(one.place),
    }
    back = Button(f"/hanchot bo {one.id}", "hanchot.button.drop")
    if moved and one.closed_before is not None:
        # the day stands on the button, so that a second press changes nothing
        before = deadlines.day_of(desk.pack, one.closed_before)
        back = Button(f"/hanchot tralai {one.id} {before}", "hanchot.button.undo")
    return Say("hanchot.moved" if moved else "hanchot.added", values, (back, Button("/hanchot", "hanchot.button.list")))


def repeat(desk: Desk) -> Turn:
    data = dict(desk.talk.data)
    one = deadlines.deadline(desk.db, str(data.get("deadline", "")))
    if one is None:
        return Turn()
    match desk.talk.step:
        case "place":
            return _begin_apart(desk, one.id)
        case "name":
            return _ask_name(desk, data)
        case "sure":
            return _preview(desk, one, data)
    return _ask_day(desk, data)


# --- taking back ------------------------------------------------------------------------------------------------------


def _move_back(desk: Desk, deadline_id: str, day: date | None) -> Turn:
    one = _seen(desk, deadline_id)
    role = None if one is None else _role(desk, one.place)
    if one is None or role is None:
        return _gone()
    if day is None or one.closed_before is None or day != deadlines.day_of(desk.pack, one.closed_before):
        return _show(desk, deadline_id)
    try:
        back = rounds.move_deadline(
            desk.db, pack=desk.pack, deadline_id=deadline_id, last=day, role=role, on=desk.today, now=desk.now
        )
    except UnfitDayError as refused:
        return Turn(_refused(desk, refused.unfit, {}, day).says, KEEP)
    return Turn((_done(desk, back, moved=True),), KEEP)


def _drop(desk: Desk, deadline_id: str) -> Turn:
    one = _seen(desk, deadline_id)
    role = None if one is None else _role(desk, one.place)
    if one is None or role is None:
        return _gone()
    try:
        rounds.drop_deadline(desk.db, pack=desk.pack, deadline_id=one.id, role=role, on=desk.today, now=desk.now)
    except NotAllowedError:
        return _not_allowed(desk, one)
    values = {"title": deadlines.title_of(desk.pack, one), "place": desk.places.full_name(one.place)}
    return Turn((Say("hanchot.dropped", values, (Button("/hanchot", "hanchot.button.list"),)),), KEEP)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("hanchot", days, ("hạn chót", "đợt đánh giá", "dời hạn"), official=True),)
