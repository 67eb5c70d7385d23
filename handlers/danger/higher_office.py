"""A complaint about an office goes one level up: find the office, the one above it, and the reply without one."""

from dataclasses import dataclass

from content.actions.producers import Complain
from content.language.danger import office_named
from content.places.places import inline
from handlers.conversation.desk import Desk
from handlers.conversation.officials import officials_said
from handlers.conversation.turn import Button, Say
from registry.applications import questions
from registry.applications.applications import applications_of
from registry.people.roles import Role


@dataclass(frozen=True, slots=True)
class Above:
    """The office of a complaint and the nearest one above it with an official; without one, `roles` is empty."""

    office: str
    holder: str
    roles: tuple[Role, ...]

    def values(self, desk: Desk) -> dict[str, object]:
        """The values every phrase about it may use."""
        return {
            "office": inline(desk.places.full_name(self.office)),
            "holder": inline(desk.places.full_name(self.holder)),
            "titles": officials_said(desk, self.roles),
            "contact": desk.house.contact,
        }


def own_place(desk: Desk) -> str | None:
    """The commune a person named, or else the commune of their application."""
    if desk.person.place is not None and desk.places.get(desk.person.place) is not None:
        return desk.person.place
    mine = applications_of(desk.db, person_id=desk.person.id)
    return mine[0].place if mine else None


def above(desk: Desk, place: str, level: str) -> Above:
    """Find the office above that of a place: at the named level, else above the office that takes its questions."""
    office = questions.complained_of(desk.db, pack=desk.pack, place=place, level=level, on=desk.today)
    found = questions.above(desk.db, pack=desk.pack, office=office, on=desk.today)
    return Above(office, found.holder, found.roles)


def level_named(desk: Desk, text: str) -> str:
    """The programme level a complaint names, or an empty string."""
    levels = {level.id: tuple(name.strip() for name in level.name.split(",")) for level in desk.pack.programme.levels}
    return office_named(text, levels, topmost=desk.places.root.level)


def bribe_said(desk: Desk, text: str) -> Say:
    """Answer a reported bribe: nobody has to pay, and the office above can be told."""
    level = level_named(desk, text)
    up = Button(Complain(level or None), "danger.report_up")
    place = own_place(desk)
    if place is None:
        return Say("danger.bribe", buttons=(up, Button("/menu", "front.menu")))
    found = above(desk, place, level)
    if found.roles:
        return Say("danger.bribe_above", found.values(desk), (up, Button("/menu", "front.menu")))
    return nobody_above(desk, found)


def nobody_above(desk: Desk, found: Above) -> Say:
    """Say that no office above has an official, with a contact if the house has one."""
    key = "danger.bribe_nobody_call" if desk.house.contact else "danger.bribe_nobody"
    return Say(key, found.values(desk), (Button("/menu", "front.menu"),))
