"""Changing a last day: the place, the name, the day, a preview of whom it touches, and the change itself."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

from content.actions.answers import Chosen, SayYes, parse_press
from content.actions.officials import DropDeadline, ListDeadlines, MoveBack, SetApart, ShowDeadline, TakeOther
from content.language.saying import date_said, days_left_said, lunar_said, number_said
from content.working_days import is_working_day
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.conversation.which_place import place_answered, places_among
from handlers.hanchot.state import TOPIC, Moving
from handlers.reading.date import read_date
from handlers.reading.numeral import number_in
from handlers.reading.place import read_place
from registry.deadlines import deadlines, rounds
from registry.deadlines.deadlines import Deadline
from registry.deadlines.round_titles import TitleError, check_title
from registry.deadlines.rounds import UnfitDayError
from registry.people.roles import NotAllowedError, Role

MOST_PLACES = 8
LIST = Button(ListDeadlines(), "hanchot.button.list")
LEAVE = Button("/huy", "hanchot.button.leave")
ACT = "deadline.move"


# --- what is in reach -------------------------------------------------------------------------------------------------


def seen(desk: Desk, deadline_id: str) -> Deadline | None:
    """A deadline in the list of this official; None for any other."""
    found = rounds.seen_from(desk.db, pack=desk.pack, roles=desk.roles, on=desk.today, now=desk.now)
    return next((one for one in found if one.id == deadline_id), None)


def places_below(desk: Desk, one: Deadline) -> tuple[str, ...]:
    """Where this official may set an own day: their own place below the deadline's, else the places below that."""
    own = [role.place for role in desk.roles if desk.role_for(ACT, role_id=role.id)]
    lower = [place for place in own if place != one.place and desk.places.within(place, one.place)]
    if lower:
        return tuple(dict.fromkeys(lower))
    if one.place in own:
        return tuple(place.code for place in desk.places.children(one.place))
    return ()


def gone() -> Turn:
    return Turn((Say("hanchot.gone", buttons=(LIST,)),), KEEP)


def day_said(desk: Desk, day: date) -> str:
    values = {"day": date_said(day, desk.today), "lunar": lunar_said(day), "left": days_left_said(day, desk.today)}
    return said(desk, "hanchot.day", **values)


# --- beginning a change -----------------------------------------------------------------------------------------------


def begin_move(desk: Desk, deadline_id: str) -> Turn:
    one = seen(desk, deadline_id)
    if one is None:
        return gone()
    role = desk.role_for(ACT, one.place)
    if role is None:
        return not_allowed(desk, one)
    rounds.take_up(desk.db, pack=desk.pack, deadline_id=one.id, role=role, on=desk.today, now=desk.now)
    return _ask_day(desk, Moving(deadline=one.id, way="move", role=role.id, place=one.place, name=one.round))


def begin_apart(desk: Desk, deadline_id: str) -> Turn:
    one = seen(desk, deadline_id)
    if one is None:
        return gone()
    below = places_below(desk, one)
    if not below:
        return not_allowed(desk, one)
    moving = Moving(deadline=one.id, way="apart", name=one.round)
    if len(below) == 1:
        role = desk.role_for(ACT, below[0])
        return gone() if role is None else _ask_day(desk, moving.replace(place=below[0], role=role.id))
    buttons = places_among(desk, below[:MOST_PLACES])
    return Turn((Say("hanchot.which_place", buttons=buttons),), Waiting(TOPIC, "place", moving))


def begin_round(desk: Desk, deadline_id: str) -> Turn:
    one = seen(desk, deadline_id)
    role = desk.role_for(ACT)
    if one is None or role is None:
        return gone()
    return _ask_name(desk, Moving(deadline=one.id, way="round", role=role.id, place=role.place))


def _ask_name(desk: Desk, moving: Moving) -> Turn:
    values = {"place": desk.places.full_name(moving.place)}
    return Turn((Say("hanchot.which_name", values, (LEAVE,)),), Waiting(TOPIC, "name", moving))


def _ask_day(desk: Desk, moving: Moving) -> Turn:
    one = deadlines.deadline(desk.db, moving.deadline)
    if one is None:
        return gone()
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "day": day_said(desk, deadlines.last_day(desk.pack, one)),
        "place": desk.places.full_name(moving.place),
        "name": moving.name,
    }
    say = Say(f"hanchot.ask.{moving.way}", values, (LEAVE,), numbered=False)
    return Turn((say,), Waiting(TOPIC, "day", moving))


def not_allowed(desk: Desk, one: Deadline) -> Turn:
    """Refuse, with another way: an own day, or the office above."""
    buttons = [Button(SetApart(one.id), "hanchot.button.apart")] if places_below(desk, one) else []
    buttons.append(LIST)
    values = {"place": desk.places.full_name(one.place)}
    return Turn((Say("hanchot.not_allowed", values, tuple(buttons)),), KEEP)


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the answer to the waiting step; the right to change days there is checked each time."""
    moving = desk.remembered(Moving)
    one = deadlines.deadline(desk.db, moving.deadline)
    if one is None:
        return Turn((Say("hanchot.gone", buttons=(LIST,)),))
    if desk.talk.step == "place":
        return _hear_place(desk, one, heard, moving)
    role = desk.role_for(ACT, moving.place, moving.role)
    if role is None:
        return Turn((Say("hanchot.not_allowed", {"place": desk.places.full_name(moving.place)}),))
    match desk.talk.step:
        case "name":
            return _hear_name(desk, heard, moving)
        case "day":
            return _hear_day(desk, one, heard, moving)
        case _:
            return _hear_sure(desk, one, role, heard, moving)


def _hear_place(desk: Desk, one: Deadline, heard: Heard, moving: Moving) -> Turn:
    """Accept only places within one's own, for buttons and typed names alike."""
    waits = Waiting(TOPIC, "place", moving)
    found = place_answered(desk, heard, read_place)
    if isinstance(found, Say):
        return Turn((found,), waits)
    role = desk.role_for(ACT, found) if desk.places.get(found) is not None else None
    if role is None or not desk.places.within(found, one.place) or found == one.place:
        return Turn((Say("hanchot.outside", buttons=(LEAVE,)),), waits)
    return _ask_day(desk, moving.replace(place=found, role=role.id))


def _hear_name(desk: Desk, heard: Heard, moving: Moving) -> Turn:
    name = " ".join(heard.text.split())
    if not 2 <= len(name) <= rounds.LONGEST_NAME:
        values = {"most": str(rounds.LONGEST_NAME)}
        return Turn((Say("hanchot.name_please", values, (LEAVE,)),), Waiting(TOPIC, "name", moving))
    try:
        check_title(desk.pack, name)
    except TitleError as refused:
        return title_refused(moving, refused)
    return _ask_day(desk, moving.replace(name=name))


def title_refused(moving: Moving, refused: TitleError, people: int = 0) -> Turn:
    """Ask for another title: everybody who is reminded reads it."""
    say = Say("hanchot.title_risky", buttons=(LEAVE,))
    if not refused.risky:
        say = Say("hanchot.title_many", {"count": number_said(people)}, (LEAVE,))
    return Turn((say,), Waiting(TOPIC, "name", moving.replace(name="", day=None)))


def _hear_day(desk: Desk, one: Deadline, heard: Heard, moving: Moving) -> Turn:
    day = _pressed_day(heard.press)
    if day is None:
        reading = read_date(heard.text, desk.today, future=True)
        if reading.understood is None:
            buttons = tuple(Button(Chosen(day.isoformat()), label=date_said(day, desk.today)) for day in reading.ask)
            asked = Say(reading.said.key, reading.said.values, (*buttons, LEAVE))
            return Turn((asked,), Waiting(TOPIC, "day", moving))
        day = reading.understood
    return _preview(desk, one, moving.replace(day=day), day)


def _pressed_day(press: str) -> date | None:
    match parse_press(press, Chosen):
        case Chosen(choice):
            with suppress(ValueError):
                return date.fromisoformat(choice)
    return None


def _preview(desk: Desk, one: Deadline, moving: Moving, day: date) -> Turn:
    """The new day as people will read it, and how many it touches; or the reason against it.  Changes nothing."""
    moves = moving.way == "move"
    if moves and day == deadlines.last_day(desk.pack, one):
        same = Say("hanchot.same_day", {"day": day_said(desk, day)}, (LEAVE,))
        return Turn((same,), Waiting(TOPIC, "day", moving))
    unfit = rounds.unfit_day(
        desk.db, pack=desk.pack, spec=one.spec, place=moving.place, last=day, now=desk.now, name=moving.name,
        apart_from=one.id if moves else "",
    )  # fmt: skip
    if unfit is not None:
        return Turn((unfit_said(desk, unfit, day),), Waiting(TOPIC, "day", moving))
    counted = rounds.effect(desk.db, pack=desk.pack, deadline=one, new_place=None if moves else moving.place)
    if moving.way == "round":
        try:
            check_title(desk.pack, moving.name, people=counted.reminded)
        except TitleError as refused:
            return title_refused(moving, refused, counted.reminded)
    programme = desk.pack.programme
    works = is_working_day(day, programme.holidays, programme.workdays)
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "name": moving.name,
        "place": desk.places.full_name(moving.place),
        "before": day_said(desk, deadlines.last_day(desk.pack, one)),
        "after": day_said(desk, day),
        "reminded": str(counted.reminded),
        "told": str(counted.told),
        "holiday": "" if works else said(desk, "hanchot.holiday"),
        "own_days": _own_days(desk, one, day) if moves else "",
    }
    buttons = (Button(SayYes(), "hanchot.button.sure"), Button(TakeOther(), "hanchot.button.other_day"), LEAVE)
    return Turn((Say(f"hanchot.preview.{moving.way}", values, buttons),), Waiting(TOPIC, "sure", moving))


def _own_days(desk: Desk, one: Deadline, day: date) -> str:
    """The places below whose own day would be after this one: they are asked to move it."""
    later = rounds.later_below(desk.db, pack=desk.pack, deadline=one, last=day, now=desk.now)
    named = ", ".join(desk.places.full_name(own.place) for own in later[:MOST_PLACES])
    return said(desk, "hanchot.own_days", places=named) if later else ""


def unfit_said(desk: Desk, unfit: rounds.Unfit, day: date) -> Say:
    """Why a day is not possible, and the other deadline that prevents it."""
    values: dict[str, object] = {"day": day_said(desk, day)}
    buttons = [LEAVE]
    if unfit.other is not None:
        values |= {
            "other": deadlines.title_of(desk.pack, unfit.other),
            "other_day": day_said(desk, deadlines.last_day(desk.pack, unfit.other)),
        }
        buttons.insert(0, Button(ShowDeadline(unfit.other.id), "hanchot.button.see_other"))
    return Say(f"hanchot.unfit.{unfit.why}", values, tuple(buttons))


def _hear_sure(desk: Desk, one: Deadline, role: Role, heard: Heard, moving: Moving) -> Turn:
    answer, day = parse_press(heard.press), moving.day
    if answer == TakeOther() or day is None:
        return _ask_day(desk, moving)
    if desk.talk.step == "number":
        if heard.press or number_in(heard.text) not in {None, _people_of(desk, one, moving)}:
            return _preview(desk, one, moving, day)
        if number_in(heard.text) is None:
            asked = _ask_number(desk, one, moving)
            return replace(asked, says=(Say("thongbao.number_please"), *asked.says))
    elif answer == SayYes() and _must_type(desk, one, moving):
        return _ask_number(desk, one, moving)
    elif answer != SayYes():
        return _hear_day(desk, one, heard, moving) if heard.text.strip() else _preview(desk, one, moving, day)
    try:
        if moving.way == "move":
            done = rounds.move_deadline(
                desk.db, pack=desk.pack, deadline_id=one.id, last=day, role=role, on=desk.today, now=desk.now
            )
        else:
            done = rounds.add_deadline(
                desk.db, pack=desk.pack, spec=one.spec, place=moving.place, last=day, role=role, on=desk.today,
                now=desk.now, name=moving.name, tell=Telling(desk.house, desk.db, desk.now),
            )  # fmt: skip
    except UnfitDayError as refused:
        return Turn((unfit_said(desk, refused.unfit, day),), Waiting(TOPIC, "day", moving))
    except TitleError as refused_title:
        return title_refused(moving, refused_title, _people_of(desk, one, moving))
    except NotAllowedError:
        return Turn((Say("hanchot.not_allowed", {"place": desk.places.full_name(moving.place)}),))
    return Turn((done_said(desk, done, moved=moving.way == "move"),))


def _people_of(desk: Desk, one: Deadline, moving: Moving) -> int:
    """The people who will be reminded."""
    return rounds.effect(desk.db, pack=desk.pack, deadline=one, new_place=moving.place).reminded


def _ask_number(desk: Desk, one: Deadline, moving: Moving) -> Turn:
    """Ask to type the number of people who will read the title."""
    values = {"count": number_said(_people_of(desk, one, moving)), "place": desk.places.full_name(moving.place)}
    say = Say("hanchot.type_number", values, (LEAVE,), numbered=False)
    return Turn((say,), Waiting(TOPIC, "number", moving))


def _must_type(desk: Desk, one: Deadline, moving: Moving) -> bool:
    """True for the title of a round that more people will read than the pack allows by a tap."""
    most = desk.pack.programme.announcements.typed_above
    return moving.way == "round" and _people_of(desk, one, moving) > most


def done_said(desk: Desk, one: Deadline, *, moved: bool) -> Say:
    values = {
        "title": deadlines.title_of(desk.pack, one),
        "day": day_said(desk, deadlines.last_day(desk.pack, one)),
        "place": desk.places.full_name(one.place),
    }
    back = Button(DropDeadline(one.id, deadlines.last_day(desk.pack, one)), "hanchot.button.drop")
    if moved and one.closed_before is not None:
        before = deadlines.day_of(desk.pack, one.closed_before)
        back = Button(MoveBack(one.id, before), "hanchot.button.undo")
    return Say("hanchot.moved" if moved else "hanchot.added", values, (back, LIST))


def repeat(desk: Desk) -> Turn:
    """Ask the waiting question again."""
    moving = desk.remembered(Moving)
    one = deadlines.deadline(desk.db, moving.deadline)
    if one is None:
        return Turn()
    match desk.talk.step:
        case "place":
            return begin_apart(desk, one.id)
        case "name":
            return _ask_name(desk, moving)
        case "sure" | "number" if moving.day is not None:
            return _preview(desk, one, moving, moving.day)
    return _ask_day(desk, moving)
