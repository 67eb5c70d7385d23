"""A complaint about an office goes one level up: whose it is, who is above, and what is said when nobody is."""

from dataclasses import dataclass

from content.language.danger import office_named
from content.places.places import inline
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Say
from registry.applications import questions
from registry.applications.applications import applications_of
from registry.people.roles import Role

COMMAND = "tren"
"""The word behind /lienhe that leads here."""


@dataclass(frozen=True, slots=True)
class Above:
    """The office complained of, and the nearest one above it with an official; `roles` is empty where there is none."""

    office: str
    holder: str
    roles: tuple[Role, ...]

    def values(self, desk: Desk) -> dict[str, object]:
        """What every phrase about it may use."""
        return {
            "office": inline(desk.places.full_name(self.office)),
            "holder": inline(desk.places.full_name(self.holder)),
            "titles": ", ".join(dict.fromkeys(role.title or said(desk, f"role.{role.role}") for role in self.roles)),
            "contact": desk.house.contact,
        }


def own_place(desk: Desk) -> str | None:
    """Where somebody is: as they said, or as their application says."""
    if desk.person.place is not None and desk.places.get(desk.person.place) is not None:
        return desk.person.place
    mine = applications_of(desk.db, person_id=desk.person.id)
    return mine[0].place if mine else None


def above(desk: Desk, place: str, level: str) -> Above:
    """Who is above the office of a place, at the level that was named or, without one, where a question would go."""
    office = questions.complained_of(desk.db, pack=desk.pack, place=place, level=level, on=desk.today)
    found = questions.above(desk.db, pack=desk.pack, office=office, on=desk.today)
    return Above(office, found.holder, found.roles)


def level_named(desk: Desk, text: str) -> str:
    """The level of the office a complaint names; empty where it names none of the programme's."""
    levels = {level.id: tuple(name.strip() for name in level.name.split(",")) for level in desk.pack.programme.levels}
    return office_named(text, levels, topmost=desk.places.root.level)


def bribe_said(desk: Desk, text: str) -> Say:
    """Answer a bribe that is reported: nobody has to pay, and who is above that office."""
    level = level_named(desk, text)
    up = Button(f"/lienhe {COMMAND} {level}".rstrip(), "danger.report_up")
    place = own_place(desk)
    if place is None:
        return Say("danger.bribe", buttons=(up, Button("/menu", "front.menu")))
    found = above(desk, place, level)
    if found.roles:
        return Say("danger.bribe_above", found.values(desk), (up, Button("/menu", "front.menu")))
    return nobody_above(desk, found)


def nobody_above(desk: Desk, found: Above) -> Say:
    """Say plainly that nobody is above, and whom to call, where the house names somebody."""
    key = "danger.bribe_nobody_call" if desk.house.contact else "danger.bribe_nobody"
    return Say(key, found.values(desk), (Button("/menu", "front.menu"),))
