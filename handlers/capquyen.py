"""/capquyen: the roles below an official's own: invite by a one-time code, extend, end."""

from datetime import date

from content.actions.action import parse_words
from content.actions.offices import (
    AskEndRole,
    ChooseRole,
    EndRole,
    ExtendRole,
    InviteTo,
    ListFurtherRoles,
    ListRoles,
    ShowOfficialName,
    ShowRole,
)
from content.actions.producers import StartAsOfficial
from content.language.saying import date_said
from content.places.places import inline
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.officials import official_said
from handlers.conversation.state import State
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.conversation.which_place import place_answered, places_of
from handlers.reading.place import read_place
from registry.applications import appointing
from registry.people import subordinates
from registry.people.inviting import invite
from registry.people.roles import LONGEST, NotAllowedError, Role, check_role, grantable, may_grant
from registry.people.subordinates import TooManyInvitationsError

TOPIC = "capquyen"
PAGE = 6
LEAVE = Button("/huy", "capquyen.leave")
_LIST = Button(ListRoles(), "capquyen.list_button")


class Inviting(State, frozen=True, tag="capquyen.1"):
    """The role somebody is invited to; the place is asked for."""

    role: str


def manage(desk: Desk, words: str) -> Turn:
    """List the roles below one's own, or do what a button says; every press checks the right again."""
    if not _grantable(desk):
        return Turn((Say("capquyen.not_allowed", buttons=(Button(ShowOfficialName(), "capquyen.own_name"),)),), KEEP)
    match parse_words("capquyen", words):
        case ChooseRole():
            return _choose(desk)
        case InviteTo(role) if role in _grantable(desk):
            return _ask_place(desk, role)
        case ShowRole(role_id):
            return _show(desk, role_id)
        case ExtendRole(role_id, until):
            return _extend(desk, role_id, until)
        case AskEndRole(role_id):
            return _ask_end(desk, role_id)
        case EndRole(role_id):
            return _end(desk, role_id)
        case ListFurtherRoles(page):
            return _list(desk, page)
    return _list(desk, 1)


def _grantable(desk: Desk) -> tuple[str, ...]:
    """The roles of this programme that this official may give, the lowest first."""
    found = dict.fromkeys(one for role in desk.roles for one in grantable(role))
    return tuple(one for one in found if one in desk.pack.programme.roles)


def _list(desk: Desk, page: int) -> Turn:
    below = subordinates.roles_below(desk.db, held=desk.roles, places=desk.places, on=desk.today)
    first = (max(page, 1) - 1) * PAGE
    shown = below[first : first + PAGE]
    buttons = [Button(ShowRole(one.id), label=_line(desk, one)[:60]) for one in shown]
    if len(below) > first + PAGE:
        buttons.append(Button(ListFurtherRoles(max(page, 1) + 1), "capquyen.further"))
    buttons += [Button(ChooseRole(), "capquyen.invite"), Button(ShowOfficialName(), "capquyen.own_name")]
    if not shown:
        return Turn((Say("capquyen.nobody", buttons=tuple(buttons)),), KEEP)
    ends = [said(desk, "capquyen.until", until=_day(desk, one.until)) for one in shown]
    lines = "\n".join(f"• {_line(desk, one)}, {end}" for one, end in zip(shown, ends, strict=True))
    return Turn((Say("capquyen.list", {"lines": lines, "count": str(len(below))}, tuple(buttons)),), KEEP)


def _line(desk: Desk, one: Role) -> str:
    return f"{official_said(desk, one)}, {inline(desk.places.full_name(one.place))}"


def _day(desk: Desk, day: date) -> str:
    return date_said(day, desk.today, desk.person.language)


def _show(desk: Desk, role_id: str) -> Turn:
    found = subordinates.role_below(desk.db, role_id=role_id, held=desk.roles, places=desk.places, on=desk.today)
    if found is None:
        return _gone()
    one, _ = found
    longest = desk.today + LONGEST
    buttons = [Button(AskEndRole(one.id), "capquyen.end"), _LIST]
    if one.until < longest:
        buttons.insert(0, Button(ExtendRole(one.id, longest), "capquyen.extend", values={"until": _day(desk, longest)}))
    values = {"who": _line(desk, one), "role": said(desk, f"role.{one.role}"), "until": _day(desk, one.until)}
    return Turn((Say("capquyen.one", values, tuple(buttons)),), KEEP)


def _choose(desk: Desk) -> Turn:
    buttons = tuple(Button(InviteTo(one), f"role.{one}") for one in _grantable(desk))
    return Turn((Say("capquyen.which_role", buttons=(*buttons, _LIST)),), KEEP)


def _ask_place(desk: Desk, role: str, trouble: Say | None = None) -> Turn:
    """Ask for the place; without a choice it is the official's own."""
    giver = next(one for one in desk.roles if role in grantable(one))
    buttons = places_of(desk, giver, "capquyen.here")
    if not _fits(desk, role, giver.place):
        buttons = buttons[1:]
    asked = Say("capquyen.which_place", {"role": said(desk, f"role.{role}")}, (*buttons, LEAVE))
    return Turn((asked,) if trouble is None else (trouble, asked), Waiting(TOPIC, "place", Inviting(role=role)))


def _fits(desk: Desk, role: str, place: str) -> bool:
    """True for a place of the level this role belongs to."""
    try:
        check_role(desk.pack, role, place)
    except ValueError:
        return False
    return True


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the place, and make the code if the right to invite there still holds."""
    wanted = desk.remembered(Inviting).role
    if wanted not in _grantable(desk):
        return Turn((Say("capquyen.not_allowed"),))
    place = place_answered(desk, heard, read_place)
    if isinstance(place, Say):
        return _ask_place(desk, wanted, place)
    if desk.places.get(place) is None or not _fits(desk, wanted, place):
        return _ask_place(desk, wanted, Say("capquyen.wrong_level", {"role": said(desk, f"role.{wanted}")}))
    return _invite(desk, wanted, place)


def _invite(desk: Desk, wanted: str, place: str) -> Turn:
    giver = next((one for one in desk.roles if may_grant(one, wanted, place, desk.places, on=desk.today)), None)
    name = inline(desk.places.full_name(place))
    if giver is None:
        return _ask_place(desk, wanted, Say("capquyen.not_there", {"place": name}))
    try:
        code = invite(desk.db, pack=desk.pack, role=wanted, place=place, by=giver, on=desk.today, now=desk.now)
    except TooManyInvitationsError:
        return Turn((Say("capquyen.too_many", buttons=(_LIST,)),))
    values = {"role": said(desk, f"role.{wanted}"), "place": name}
    line = Say("capquyen.code", {"code": StartAsOfficial(code).command})
    return Turn((Say("capquyen.invited", values), line))


def _extend(desk: Desk, role_id: str, until: date) -> Turn:
    found = subordinates.role_below(desk.db, role_id=role_id, held=desk.roles, places=desk.places, on=desk.today)
    if found is None:
        return _gone()
    one, giver = found
    tell = Telling(desk.house, desk.db, desk.now)
    done = appointing.extend(desk.db, pack=desk.pack, role_id=one.id, by=giver, until=until, tell=tell, now=desk.now)
    last = one.until if done is None else done.until
    return Turn((Say("capquyen.extended", {"who": _line(desk, one), "until": _day(desk, last)}, (_LIST,)),), KEEP)


def _ask_end(desk: Desk, role_id: str) -> Turn:
    found = subordinates.role_below(desk.db, role_id=role_id, held=desk.roles, places=desk.places, on=desk.today)
    if found is None:
        return _gone()
    buttons = (Button(EndRole(found[0].id), "capquyen.end_sure"), Button(ShowRole(found[0].id), "capquyen.end_not"))
    return Turn((Say("capquyen.end_ask", {"who": _line(desk, found[0])}, buttons),), KEEP)


def _end(desk: Desk, role_id: str) -> Turn:
    found = subordinates.role_below(desk.db, role_id=role_id, held=desk.roles, places=desk.places, on=desk.today)
    if found is None:
        return _gone()
    one, giver = found
    try:
        tell = Telling(desk.house, desk.db, desk.now)
        appointing.end(desk.db, pack=desk.pack, role_id=one.id, by=giver, tell=tell, now=desk.now)
    except NotAllowedError:
        return _gone()
    return Turn((Say("capquyen.ended", {"who": _line(desk, one)}, (_LIST,)),), KEEP)


def _gone() -> Turn:
    return Turn((Say("capquyen.gone", buttons=(_LIST,)),), KEEP)


def repeat(desk: Desk) -> Turn:
    """Ask for the place again."""
    wanted = desk.remembered(Inviting).role
    return _ask_place(desk, wanted) if wanted in _grantable(desk) else Turn((Say("capquyen.not_allowed"),))


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("capquyen", manage, ("cấp quyền", "phân quyền"), official=True),)
