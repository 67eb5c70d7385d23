"""A last day that is changed: which place, which name, which day, whom it touches, and then done."""

from datetime import date
from typing import Any

from content.language.saying import date_said, days_left_said, lunar_said
from content.working_days import is_working_day
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.reading.date import read_date
from handlers.reading.place import read_place
from registry.deadlines import deadlines, rounds
from registry.deadlines.deadlines import Deadline
from registry.deadlines.rounds import UnfitDayError
from registry.people.roles import NotAllowedError, Role, may

TOPIC = "hanchot"
MOST_PLACES = 8
ACT = "deadline.move"


# --- what is in reach -------------------------------------------------------------------------------------------------


def seen(desk: Desk, deadline_id: str) -> Deadline | None:
    """A deadline of the list of this official; any other is as if it were not there."""
    found = rounds.seen_from(desk.db, pack=desk.pack, roles=desk.roles, on=desk.today, now=desk.now)
    return next((one for one in found if one.id == deadline_id), None)


def role_at(desk: Desk, place: str, role_id: str | None = None) -> Role | None:
    """A role that may change days there today; asked anew at every step, so a revoked one stops in the middle."""
    return next(
        (
            role
            for role in desk.roles
            if role_id in {None, role.id} and may(role, ACT, place, desk.places, on=desk.today)
        ),
        None,
    )


def places_below(desk: Desk, one: Deadline) -> tuple[str, ...]:
    """Where this official may set a day apart: their own place below the deadline's, else the places below that."""
    own = [role.place for role in desk.roles if role_at(desk, role.place, role.id)]
    lower = [place for place in own if place != one.place and desk.places.within(place, one.place)]
    if lower:
        return tuple(dict.fromkeys(lower))
    if one.place in own:
        return tuple(place.code for place in desk.places.children(one.place))
    return ()


def gone() -> Turn:
    return Turn((Say("hanchot.gone", buttons=(Button("/hanchot", "hanchot.button.list"),)),), KEEP)


def day_said(desk: Desk, day: date) -> str:
    values = {"day": date_said(day, desk.today), "lunar": lunar_said(day), "left": days_left_said(day, desk.today)}
    return said(desk, "hanchot.day", **values)


# --- beginning a change -----------------------------------------------------------------------------------------------


def begin_move(desk: Desk, deadline_id: str) -> Turn:
    one = seen(desk, deadline_id)
    if one is None:
        return gone()
    role = role_at(desk, one.place)
    if role is None:
        return not_allowed(desk, one)
    return _ask_day(desk, {"deadline": one.id, "role": role.id, "place": one.place, "way": "move", "name": one.round})


def begin_apart(desk: Desk, deadline_id: str) -> Turn:
    one = seen(desk, deadline_id)
    if one is None:
        return gone()
    below = places_below(desk, one)
    if not below:
        return not_allowed(desk, one)
    data = {"deadline": one.id, "way": "apart", "name": one.round}
    if len(below) == 1:
        role = role_at(desk, below[0])
        return gone() if role is None else _ask_day(desk, data | {"place": below[0], "role": role.id})
    return _ask_place(desk, data, below)


def _ask_place(desk: Desk, data: dict[str, Any], below: tuple[str, ...]) -> Turn:
    buttons = tuple(Button(f"={place}", label=desk.places.full_name(place)) for place in below[:MOST_PLACES])
    return Turn((Say("hanchot.which_place", buttons=buttons),), Waiting(TOPIC, "place", data))


def begin_round(desk: Desk, deadline_id: str) -> Turn:
    one = seen(desk, deadline_id)
    role = next((role for role in desk.roles if role_at(desk, role.place, role.id)), None)
    if one is None or role is None:
        return gone()
    data = {"deadline": one.id, "role": role.id, "place": role.place, "way": "round"}
    return _ask_name(desk, data)


def _ask_name(desk: Desk, data: dict[str, Any]) -> Turn:
    values = {"place": desk.places.full_name(str(data["place"]))}
    return Turn((Say("hanchot.which_name", values, (_leave(),)),), Waiting(TOPIC, "name", data))


def _ask_day(desk: Desk, data: dict[str, Any]) -> Turn:
    one = deadlines.deadline(desk.db, str(data["deadline"]))
    if one is None:
        return gone()
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "day": day_said(desk, deadlines.last_day(desk.pack, one)),
        "place": desk.places.full_name(str(data["place"])),
        "name": str(data.get("name", "")),
    }
    say = Say(f"hanchot.ask.{data['way']}", values, (_leave(),), numbered=False)
    return Turn((say,), Waiting(TOPIC, "day", data))


def _leave() -> Button:
    return Button("/huy", "hanchot.button.leave")


def not_allowed(desk: Desk, one: Deadline) -> Turn:
    """Refused, with the way out that is there: a day of one's own, or the office above."""
    buttons = [Button(f"/hanchot rieng {one.id}", "hanchot.button.apart")] if places_below(desk, one) else []
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
    role = role_at(desk, str(data["place"]), str(data["role"]))
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
    role = role_at(desk, code) if desk.places.get(code) is not None else None
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
    day = pressed_day(heard.press)
    if day is None:
        reading = read_date(heard.text, desk.today, future=True)
        if reading.understood is None:
            buttons = tuple(Button(f"={day.isoformat()}", label=date_said(day, desk.today)) for day in reading.ask)
            return Turn((Say(reading.said.key, reading.said.values, (*buttons, _leave())),), waits)
        day = reading.understood
    return _preview(desk, one, data | {"day": day.isoformat()})


def pressed_day(press: str) -> date | None:
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
        return Turn((Say("hanchot.same_day", {"day": day_said(desk, day)}, (_leave(),)),), Waiting(TOPIC, "day", data))
    unfit = rounds.unfit_day(
        desk.db, pack=desk.pack, spec=one.spec, place=place, last=day, now=desk.now, name=str(data.get("name", "")),
        apart_from=one.id if moving else "",
    )  # fmt: skip
    if unfit is not None:
        return unfit_said(desk, unfit, data, day)
    counted = rounds.effect(desk.db, pack=desk.pack, deadline=one, new_place=None if moving else place)
    programme = desk.pack.programme
    works = is_working_day(day, programme.holidays, programme.workdays)
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "name": str(data.get("name", "")),
        "place": desk.places.full_name(place),
        "before": day_said(desk, deadlines.last_day(desk.pack, one)),
        "after": day_said(desk, day),
        "reminded": str(counted.reminded),
        "told": str(counted.told),
        "holiday": "" if works else said(desk, "hanchot.holiday"),
        "own_days": _own_days(desk, one, day) if moving else "",
    }
    buttons = (Button("=yes", "hanchot.button.sure"), Button("=other", "hanchot.button.other_day"), _leave())
    return Turn((Say(f"hanchot.preview.{data['way']}", values, buttons),), Waiting(TOPIC, "sure", data))


def _own_days(desk: Desk, one: Deadline, day: date) -> str:
    """The places below whose own day would come after this one, to be asked to move it."""
    later = rounds.later_below(desk.db, pack=desk.pack, deadline=one, last=day, now=desk.now)
    named = ", ".join(desk.places.full_name(own.place) for own in later[:MOST_PLACES])
    return said(desk, "hanchot.own_days", places=named) if later else ""


def unfit_said(desk: Desk, unfit: rounds.Unfit, data: dict[str, Any], day: date) -> Turn:
    values: dict[str, object] = {"day": day_said(desk, day)}
    buttons = [_leave()]
    if unfit.other is not None:
        values |= {
            "other": deadlines.title_of(desk.pack, unfit.other),
            "other_day": day_said(desk, deadlines.last_day(desk.pack, unfit.other)),
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
        return unfit_said(desk, refused.unfit, data, day)
    except NotAllowedError:
        return Turn((Say("hanchot.not_allowed", {"place": desk.places.full_name(str(data["place"]))}),))
    return Turn((done_said(desk, done, moved=data["way"] == "move"),))


def done_said(desk: Desk, one: Deadline, *, moved: bool) -> Say:
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "day": day_said(desk, deadlines.last_day(desk.pack, one)),
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
            return begin_apart(desk, one.id)
        case "name":
            return _ask_name(desk, data)
        case "sure":
            return _preview(desk, one, data)
    return _ask_day(desk, data)
