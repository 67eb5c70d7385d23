"""/start, /menu, /trogiup: the greeting, the menu, and help for the question that waits."""

from content.actions.action import parse_words
from content.actions.producers import (
    MoveToPoster,
    StartAsOfficial,
    StartAsTester,
    StartFromPoster,
    StartInvited,
    StartLinked,
)
from content.places.places import inline
from handlers import lienket, tencanbo
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk, title_of
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.dangky import lamho
from handlers.form import asking as form_asking
from handlers.form.at_question import TOPIC as FORM_TOPIC
from handlers.nhan import claiming
from registry.applications import appointing, drafts, entities
from registry.applications.assisted import entry_by_code
from registry.people import people, roles, trials
from registry.people.tallies import tally

MENU = (
    ("/gioithieu", "menu.learn"),
    ("/dangky", "menu.register"),
    ("/trangthai", "menu.status"),
    ("/lienhe", "menu.contact"),
)
ROLE_MENU = (
    ("/duyet", "menu.review", "review.see"),
    ("/thongbao", "menu.announce", "announce.send"),
)
"""The acts of officials in the menu, each for roles that may do it."""
OTHER_ROLE_MENU = (("/lamho", "menu.for_others", "entry.for_others"), ("/capquyen", "menu.roles", "role.invite"))
"""The acts of a role that has none of the first."""


def start(desk: Desk, words: str) -> Turn:
    """Greet.  A payload names a commune (its poster), a role, an account to link, or an invitation."""
    match parse_words("start", words):
        case StartFromPoster(place):
            return _from_poster(desk, place)
        case MoveToPoster(place):
            return _move(desk, place)
        case StartAsOfficial(code):
            return _redeem_role(desk, code)
        case StartAsTester(code):
            return _join_trial(desk, code)
        case StartLinked(code):
            return lienket.join(desk, code)
        case StartInvited(code):
            return _join_entity(desk, code)
    return Turn(greeting(desk))


def greeting(desk: Desk) -> tuple[Say, ...]:
    """Introduce the bot and its commands, without a personal question."""
    says = [Say("start.greeting_trial" if desk.house.trial else "start.greeting", buttons=menu_buttons(desk))]
    left = drafts.open_drafts(desk.db, person_id=desk.person.id)
    if left:
        says.append(Say("start.unfinished", {"title": title_of(desk, left[0])}, (Button("/tieptuc", "form.go_on"),)))
    return tuple(says)


def menu_buttons(desk: Desk) -> tuple[Button, ...]:
    return (*role_buttons(desk), *(Button(action, key) for action, key in MENU))


def role_buttons(desk: Desk) -> tuple[Button, ...]:
    """The acts this person's roles have; a helper has one, a producer none."""
    for entries in (ROLE_MENU, OTHER_ROLE_MENU):
        found = tuple(Button(action, key) for action, key, act in entries if desk.role_for(act) is not None)
        if found:
            return found
    return ()


def menu(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """Show the menu, with the title of an unfinished form."""
    left = drafts.open_drafts(desk.db, person_id=desk.person.id)
    buttons = menu_buttons(desk)
    if left:
        buttons = (Button("/tieptuc", "menu.resume", values={"title": title_of(desk, left[0])[:40]}), *buttons)
    buttons = (
        *buttons,
        Button("/hoso", "menu.files"),
        Button("/nhacviec", "menu.reminders"),
        Button("/trogiup", "menu.help"),
    )
    return Turn((Say("menu.choose", buttons=buttons),))


def help_(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """Help with the question that waits; without one, list the commands by purpose."""
    if desk.talk.topic:
        about = form_asking.help_said(desk)
        key = "help.at_question" if desk.talk.topic == FORM_TOPIC else "help.at_other_question"
        return Turn((Say(key), *((about,) if about is not None else ())), KEEP)
    return Turn((Say(_help_key(desk), buttons=menu_buttons(desk)),))


def _help_key(desk: Desk) -> str:
    """The list of commands for what this person may do."""
    if not desk.roles:
        return "help.commands"
    if desk.role_for("review.see") is not None:
        return "help.commands_official"
    return "help.commands_admin" if desk.role_for("role.invite") is not None else "help.commands_helper"


def _from_poster(desk: Desk, code: str) -> Turn:
    """Count the poster, and store its commune for later questions; a known other commune is changed only on a yes."""
    found = desk.places.resolve_code(code)
    if found is None:
        return Turn(greeting(desk))
    known = desk.places.get(desk.person.place) if desk.person.place is not None else None
    if known is not None and known.code != found.place.code:
        tally(desk.db, day=desk.today, what="poster", place=found.place.code)
        name = inline(desk.places.full_name(found.place.code))
        values = {"known": inline(desk.places.full_name(known.code)), "place": name}
        buttons = (
            Button(MoveToPoster(found.place.code), "start.poster_move", values=values),
            Button("/menu", "start.poster_stay", values=values),
        )
        return Turn((*greeting(desk)[:1], Say("start.poster_other", values, buttons)))
    people.set_preference(desk.db, person_id=desk.person.id, place=found.place.code)
    tally(desk.db, day=desk.today, what="poster", place=found.place.code)
    name = inline(desk.places.full_name(found.place.code))
    key = "start.poster_successor" if found.through is not None else "start.poster"
    values = {"place": name, "through": found.through.name if found.through else ""}
    return Turn((*greeting(desk)[:1], Say(key, values)))


def _move(desk: Desk, code: str) -> Turn:
    """Replace the known commune by that of a poster, as the person chose."""
    found = desk.places.resolve_code(code)
    if found is None:
        return Turn(greeting(desk))
    people.set_preference(desk.db, person_id=desk.person.id, place=found.place.code)
    return Turn((Say("start.poster_moved", {"place": inline(desk.places.full_name(found.place.code))}),))


def _redeem_role(desk: Desk, code: str) -> Turn:
    tell = Telling(desk.house, desk.db, desk.now)
    role = appointing.redeem(desk.db, pack=desk.pack, code=code, person_id=desk.person.id, tell=tell, now=desk.now)
    if role is None:
        return Turn((Say("start.invitation_worthless", buttons=(Button("/menu", "front.menu"),)),))
    desk.roles = roles.roles_of(desk.db, person_id=desk.person.id, on=desk.today)
    values = {
        "role": said(desk, f"role.{role.role}"),
        "place": inline(desk.places.full_name(role.place)),
        "until": f"{role.until:%d/%m/%Y}",
    }
    key = {"helper": "start.role_taken_helper", "admin": "start.role_taken_admin"}.get(role.role, "start.role_taken")
    taken = Say(key, values, role_buttons(desk))
    naming = tencanbo.ask_once(desk, role)
    return Turn((taken,)) if naming is None else Turn((taken, *naming.says), naming.waits)


def _join_trial(desk: Desk, code: str) -> Turn:
    """Take part in the trial; without one, everybody is welcome and the code is not needed."""
    if not trials.is_on(desk.db):
        return Turn(greeting(desk))
    if not trials.join(desk.db, code=code, person_id=desk.person.id, now=desk.now):
        return Turn((Say("start.invitation_worthless", buttons=(Button("/menu", "front.menu"),)),))
    return Turn((Say("trial.joined"), *greeting(desk)))


def _join_entity(desk: Desk, code: str) -> Turn:
    if entry_by_code(desk.db, code=code, now=desk.now) is not None:
        return lamho.confirm(desk, code)
    if claiming.knows(desk, code):
        return claiming.with_code(desk, code)
    entity = entities.join_entity(desk.db, code=code, person_id=desk.person.id, now=desk.now)
    if entity is None:
        return Turn((Say("start.invitation_worthless", buttons=(Button("/menu", "front.menu"),)),))
    return Turn((Say("start.entity_joined", {"entity": entity.name}, (Button("/hoso", "menu.files"),)),))


COMMANDS = (
    Command("start", start, ("bắt đầu",)),
    Command("menu", menu, ("thực đơn", "danh mục", "mục lục")),
    Command("trogiup", help_, ("trợ giúp", "giúp", "giúp với", "giúp tôi", "hướng dẫn sử dụng", "help")),
)
ALIASES = {"help": "trogiup"}
