"""/nghiphep: an official's leave, with its days and a stand-in."""

import re
from datetime import date

from content.actions.action import parse_words
from content.actions.answers import Chosen, SayYes, parse_press
from content.actions.offices import AskLeave, DeclineLeave, EndLeave, ListLeave
from content.fold import fold
from content.language.saying import date_said
from content.places.places import inline
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.officials import official_said
from handlers.conversation.state import State
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.reading.date import read_date
from handlers.reading.yesno import read_yesno
from registry.offices import standing_in
from registry.people import leaves
from registry.people.leaves import LONGEST_LEAVE, Leave, UnfitLeaveError
from registry.people.roles import OFFICIALS, NotAllowedError, Role

TOPIC = "nghiphep"
MOST_OFFERED = 8
LEAVE = Button("/huy", "nghiphep.leave")
_UNTIL = re.compile(r"\s+(?:den|toi)(?:\s+het)?(?:\s+ngay)?\s+|\s+[-–]\s+")


class Away(State, frozen=True, tag="nghiphep.1"):
    """A leave that is being planned."""

    role: str
    first: date | None = None
    last: date | None = None
    stand_in: str = ""


def manage(desk: Desk, words: str) -> Turn:
    """Show one's leave or begin to plan one; every press checks the right again."""
    mine = [role for role in desk.roles if role.role in OFFICIALS]
    match parse_words("nghiphep", words):
        case EndLeave(leave_id):
            return _end(desk, leave_id, own=True)
        case DeclineLeave(leave_id):
            return _end(desk, leave_id, own=False)
        case AskLeave(role_id) if _held(desk, role_id) is not None:
            return _ask_days(Away(role=role_id))
    if not mine:
        return Turn((Say("nghiphep.not_allowed"),), KEEP)
    open_ones = [one for role in mine if (one := leaves.leave_of(desk.db, role_id=role.id, on=desk.today)) is not None]
    if open_ones:
        return Turn(tuple(_shown(desk, one) for one in open_ones), KEEP)
    if len(mine) == 1:
        return _ask_days(Away(role=mine[0].id))
    buttons = tuple(Button(AskLeave(role.id), label=desk.places.full_name(role.place)) for role in mine[:MOST_OFFERED])
    return Turn((Say("nghiphep.which_role", buttons=buttons),), KEEP)


def prepared(desk: Desk, days: tuple[date, date] | None) -> Turn:
    """Begin to plan a leave with days an official typed to the bot; the stand-in and the yes are asked as ever."""
    begun = manage(desk, "")
    if days is None or not isinstance(begun.waits, Waiting):
        return begun
    mine = next(role for role in desk.roles if role.role in OFFICIALS)
    return _with_days(desk, Away(role=mine.id), mine, days)


def _shown(desk: Desk, one: Leave) -> Say:
    values = _days(desk, one.from_on, one.until_on) | {
        "place": inline(desk.places.full_name(one.place)), "stand_in": _name(desk, one.role_id, one.stand_in_id),
    }  # fmt: skip
    return Say("nghiphep.one", values, (Button(EndLeave(one.id), "nghiphep.back"),))


def _days(desk: Desk, first: date, last: date) -> dict[str, object]:
    return {"first": date_said(first, desk.today), "last": date_said(last, desk.today)}


def _held(desk: Desk, role_id: str) -> Role | None:
    return next((role for role in desk.roles if role.id == role_id and role.role in OFFICIALS), None)


def _candidates(desk: Desk, role: Role) -> tuple[Role, ...]:
    return leaves.stand_ins(desk.db, role=role, places=desk.places, on=desk.today)[:MOST_OFFERED]


def _name(desk: Desk, role_id: str, person_id: str) -> str:
    """The stand-in's name and title, while they may still replace this official."""
    role = _held(desk, role_id)
    found = () if role is None else _candidates(desk, role)
    return next(
        (official_said(desk, one) for one in found if one.person_id == person_id), said(desk, "nghiphep.colleague")
    )


def _ask_days(state: Away, trouble: Say | None = None) -> Turn:
    asked = Say("nghiphep.which_days", buttons=(LEAVE,), numbered=False)
    return Turn((asked,) if trouble is None else (trouble, asked), Waiting(TOPIC, "days", state))


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the days, the stand-in and the yes; the role is looked up again, since it may have ended."""
    state = desk.remembered(Away)
    role = _held(desk, state.role)
    if role is None:
        return Turn((Say("nghiphep.not_allowed"),))
    if desk.talk.step == "days" or state.first is None or state.last is None:
        return _hear_days(desk, heard, state, role)
    if desk.talk.step == "who":
        return _hear_who(desk, heard, state, role)
    if parse_press(heard.press) == SayYes() or (heard.text and read_yesno(heard.text).understood):
        return _plan(desk, role, state, state.first, state.last)
    return _ask_sure(desk, role, state)


def _hear_days(desk: Desk, heard: Heard, state: Away, role: Role) -> Turn:
    text = heard.text.strip()
    found = days_in(text, desk.today)
    if found is None:
        values = {"heard": text[:60], "most": str(LONGEST_LEAVE.days)}
        return _ask_days(state, Say("nghiphep.days_unclear", values))
    return _with_days(desk, state, role, found)


def days_in(text: str, today: date) -> tuple[date, date] | None:
    """Read "10/6 đến 14/6" or one day; None for other words, and for more days than a leave may have."""
    folded = fold(text)
    typed = text if len(text) == len(folded) else folded
    between = _UNTIL.search(folded)
    parts = (typed, typed) if between is None else (typed[: between.start()], typed[between.end() :])
    first, last = (read_date(part, today, future=True).understood for part in parts)
    if first is None or last is None or first > last or last - first > LONGEST_LEAVE:
        return None
    return first, last


def _with_days(desk: Desk, state: Away, role: Role, days: tuple[date, date]) -> Turn:
    first, last = days
    if not desk.today <= first or last > role.until:
        return _ask_days(state, Say("nghiphep.days_outside", {"until": date_said(role.until, desk.today)}))
    return _ask_who(desk, role, state.replace(first=first, last=last))


def _ask_who(desk: Desk, role: Role, state: Away) -> Turn:
    """Offer colleagues and the office above; without anybody a leave has no effect."""
    found = _candidates(desk, role)
    if not found:
        return Turn((Say("nghiphep.nobody", {"place": inline(desk.places.full_name(role.place))}),))
    buttons = tuple(Button(Chosen(one.person_id), label=official_said(desk, one)) for one in found)
    return Turn((Say("nghiphep.which_stand_in", buttons=(*buttons, LEAVE)),), Waiting(TOPIC, "who", state))


def _hear_who(desk: Desk, heard: Heard, state: Away, role: Role) -> Turn:
    press = parse_press(heard.press, Chosen)
    found = {one.person_id for one in _candidates(desk, role)}
    if not isinstance(press, Chosen) or press.choice not in found:
        return _ask_who(desk, role, state)
    return _ask_sure(desk, role, state.replace(stand_in=press.choice))


def _ask_sure(desk: Desk, role: Role, state: Away) -> Turn:
    assert state.first is not None  # noqa: S101  the days come first
    assert state.last is not None  # noqa: S101
    values = _days(desk, state.first, state.last) | {
        "stand_in": _name(desk, role.id, state.stand_in), "place": inline(desk.places.full_name(role.place)),
    }  # fmt: skip
    buttons = (Button(SayYes(), "nghiphep.sure"), LEAVE)
    return Turn((Say("nghiphep.ask", values, buttons),), Waiting(TOPIC, "sure", state))


def _plan(desk: Desk, role: Role, state: Away, first: date, last: date) -> Turn:
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        made = standing_in.plan(
            desk.db, pack=desk.pack, role=role, stand_in_id=state.stand_in, first=first, last=last, tell=tell,
            now=desk.now,
        )  # fmt: skip
    except UnfitLeaveError:
        return _ask_days(Away(role=role.id), Say("nghiphep.days_outside", {"until": date_said(role.until, desk.today)}))
    except NotAllowedError:
        return _ask_who(desk, role, state)
    values = _days(desk, first, last) | {"stand_in": _name(desk, role.id, state.stand_in)}
    return Turn((Say("nghiphep.planned", values, (Button(EndLeave(made.id), "nghiphep.back"),)),))


def _end(desk: Desk, leave_id: str, *, own: bool) -> Turn:
    """End a leave as the official who is away, or decline it as the stand-in; others learn nothing."""
    one = leaves.leave_for(desk.db, leave_id=leave_id, person_id=desk.person.id)
    if one is None or (one.person_id == desk.person.id) != own:
        return Turn((Say("nghiphep.gone", buttons=(Button(ListLeave(), "nghiphep.plan_button"),)),), KEEP)
    tell = Telling(desk.house, desk.db, desk.now)
    standing_in.end(desk.db, pack=desk.pack, leave=one, by=desk.person.id, tell=tell, now=desk.now)
    return Turn((Say("nghiphep.ended" if own else "nghiphep.declined"),), KEEP)


def repeat(desk: Desk) -> Turn:
    """Ask the waiting question again."""
    state = desk.remembered(Away)
    role = _held(desk, state.role)
    if role is None:
        return Turn((Say("nghiphep.not_allowed"),))
    if desk.talk.step == "days" or state.first is None:
        return _ask_days(state)
    return _ask_who(desk, role, state) if desk.talk.step == "who" else _ask_sure(desk, role, state)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("nghiphep", manage, ("nghỉ phép",), official=True),)
