"""/tencanbo: the name, title and number of an official that producers see; asked once when a role is taken."""

from content.actions.action import parse_words
from content.actions.answers import Chosen, parse_press
from content.actions.offices import ChangeOfficialName, HidePhone, SkipPart
from content.language.legacy import turned
from content.language.saying import phone_said
from content.places.places import inline
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.state import State
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.reading.person_name import read_person_name
from handlers.reading.phone import read_phone
from registry.people import roles
from registry.people.official_names import LONGEST_TITLE, named, official_name, set_official_name, set_title
from registry.people.roles import Role

TOPIC = "tencanbo"
LATER = Button("/huy", "tencanbo.later")
SKIP = Button(SkipPart(), "tencanbo.skip")
HIDE = Button(HidePhone(), "tencanbo.hide_phone")


class Naming(State, frozen=True, tag="tencanbo.1"):
    """The role whose title is asked for; `only` asks for one part and no other."""

    role: str = ""
    only: bool = False


def ask_once(desk: Desk, role: Role) -> Turn | None:
    """Ask a new official for the parts of their name that are missing; None when they were asked before."""
    known = official_name(desk.db, desk.person.id)
    if known.asked:
        return None
    set_official_name(desk.db, person_id=desk.person.id, now=desk.now, by=desk.person.id, asked=True)
    if known.name is None:
        return _ask(desk, "name", Naming(role=role.id))
    if known.phone is None:
        return _ask(desk, "phone", Naming(role=role.id))
    return shown(desk)


def show(desk: Desk, words: str) -> Turn:
    """Show what producers see of this official; a button changes one part."""
    if not desk.roles:
        return Turn((Say("tencanbo.not_allowed"),), KEEP)
    match parse_words("tencanbo", words):
        case ChangeOfficialName("ten"):
            return _ask(desk, "name", Naming(only=True))
        case ChangeOfficialName("so"):
            return _ask(desk, "phone", Naming(only=True))
        case ChangeOfficialName("chucdanh", role) if _held(desk, role or "") is not None:
            return _ask(desk, "title", Naming(role=role or "", only=True))
    return shown(desk)


def shown(desk: Desk) -> Turn:
    """The lines of this official in /lienhe, one per role."""
    known = official_name(desk.db, desk.person.id)
    lines = [
        f"• {inline(desk.places.full_name(role.place))}: "
        f"{named(known.name, role.title) or said(desk, f'role.{role.role}')}"
        for role in desk.roles
    ]
    number = phone_said(known.phone) if known.phone else said(desk, "tencanbo.no_phone")
    buttons = [Button(ChangeOfficialName("ten"), "tencanbo.change_name")]
    several = len(desk.roles) > 1
    for role in desk.roles:
        place = inline(desk.places.full_name(role.place))
        key = "tencanbo.change_title_of" if several else "tencanbo.change_title"
        buttons.append(Button(ChangeOfficialName("chucdanh", role.id), key, values={"place": place}))
    buttons.append(Button(ChangeOfficialName("so"), "tencanbo.change_phone"))
    values = {"lines": "\n".join(lines), "phone": number}
    return Turn((Say("tencanbo.shown", values, tuple(buttons)),), KEEP)


def _ask(desk: Desk, step: str, state: Naming, trouble: Say | None = None) -> Turn:
    role = _held(desk, state.role)
    place = inline(desk.places.full_name(role.place)) if role is not None else ""
    buttons = {"name": (LATER,), "title": (SKIP, LATER), "phone": (HIDE, LATER)}[step]
    asked = Say(f"tencanbo.ask_{step}", {"place": place}, buttons)
    says = (asked,) if trouble is None else (trouble, asked)
    return Turn(says, Waiting(TOPIC, step, state))


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the part that was asked for; the role is looked up again, since it may have ended."""
    if not desk.roles:
        return Turn((Say("tencanbo.not_allowed"),))
    state = Naming.from_json(desk.talk.data)
    match desk.talk.step:
        case "name":
            return _hear_name(desk, heard, state)
        case "title":
            return _hear_title(desk, heard, state)
    return _hear_phone(desk, heard, state)


def _hear_name(desk: Desk, heard: Heard, state: Naming) -> Turn:
    reading = read_person_name(turned(heard.text))
    if reading.understood is None or len(reading.understood.split()) < 2:
        return _ask(desk, "name", state, Say("tencanbo.name_unclear", {"heard": heard.text[:60]}))
    set_official_name(desk.db, person_id=desk.person.id, name=reading.understood, now=desk.now, by=desk.person.id)
    role = _held(desk, state.role)
    if state.only:
        return _done(desk)
    return _ask(desk, "phone" if role is None or role.title else "title", state)


def _hear_title(desk: Desk, heard: Heard, state: Naming) -> Turn:
    title = " ".join(turned(heard.text).split())
    role = _held(desk, state.role)
    if parse_press(heard.press) == SkipPart():
        title = ""
    elif heard.said.kind != "text" or not 3 <= len(title) <= LONGEST_TITLE or not any(map(str.isalpha, title)):
        return _ask(desk, "title", state, Say("tencanbo.title_unclear", {"most": LONGEST_TITLE}))
    if title and role is not None:
        set_title(desk.db, role_id=role.id, person_id=desk.person.id, title=title, now=desk.now)
        desk.roles = roles.roles_of(desk.db, person_id=desk.person.id, on=desk.today)
    return _done(desk) if state.only else _ask(desk, "phone", state)


def _hear_phone(desk: Desk, heard: Heard, state: Naming) -> Turn:
    press = parse_press(heard.press)
    phone: str | None = None
    if press == HidePhone():
        phone = ""
    elif isinstance(press, Chosen) or heard.press:
        phone = read_phone(heard.press).understood
    else:
        reading = read_phone(heard.said.phone or heard.text)
        phone = reading.understood
        if reading.ask:
            buttons = tuple(Button(Chosen(one), label=phone_said(one)) for one in reading.ask)
            which = Say(reading.said.key, reading.said.values, (*buttons, HIDE, LATER))
            return Turn((which,), Waiting(TOPIC, "phone", state))
    if phone is None:
        return _ask(desk, "phone", state, Say("tencanbo.phone_unclear"))
    set_official_name(desk.db, person_id=desk.person.id, phone=phone, now=desk.now, by=desk.person.id)
    return _done(desk)


def _done(desk: Desk) -> Turn:
    return Turn((Say("tencanbo.kept"), *shown(desk).says))


def _held(desk: Desk, role_id: str) -> Role | None:
    """One of this person's present roles."""
    return next((role for role in desk.roles if role.id == role_id), None)


def repeat(desk: Desk) -> Turn:
    """Ask the waiting question again."""
    return _ask(desk, desk.talk.step, Naming.from_json(desk.talk.data))


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("tencanbo", show, ("tên cán bộ",), official=True),)
