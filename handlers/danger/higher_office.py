"""A complaint about an office goes one level up: find the office, the one above it, and what is said of both."""

from dataclasses import dataclass, replace
from typing import Literal

from content.actions.action import Action
from content.actions.producers import Complain, ComplainAbout
from content.fold import fold
from content.language.danger import office_named
from content.places.places import Place, inline
from content.places.text import words
from handlers.conversation.desk import Desk
from handlers.conversation.officials import officials_said
from handlers.conversation.turn import Button, Say
from registry.applications import questions
from registry.applications.applications import applications_of
from registry.people.roles import Role

About = Literal["bribe", "complaint"]
"""The dangers that are about an office."""


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


def place_named(desk: Desk, text: str) -> Place | None:
    """The one commune that a complaint names in full, today's or an old one; None without one or with several."""
    said = f" {' '.join(word.bare for word in words(text))} "
    named = {
        match.place.code: match.place
        for match in desk.places.find(text).matches
        for one in (match.place, match.through)
        if one is not None and f" {fold(one.short)} " in said
    }
    return next(iter(named.values())) if len(named) == 1 else None


def above(desk: Desk, place: str, level: str) -> Above:
    """
    Find the office above that of a place: at the named level, else above the office that takes its questions.

    Nobody complains to themselves: an office where the person works is passed over.
    """
    office = questions.complained_of(desk.db, pack=desk.pack, place=place, level=level, on=desk.today)
    found = questions.above(desk.db, pack=desk.pack, office=office, on=desk.today, author=desk.person.id)
    return Above(office, found.holder, found.roles)


def level_named(desk: Desk, text: str) -> str:
    """The programme level a complaint names, or an empty string."""
    levels = {level.id: tuple(name.strip() for name in level.name.split(",")) for level in desk.pack.programme.levels}
    return office_named(text, levels, topmost=desk.places.root.level)


def complaint_said(desk: Desk, text: str, about: About) -> tuple[Say, ...]:
    """Answer a bribe or a complaint: the office above can be told, without a name; and where a formal one goes."""
    level = level_named(desk, text)
    named = place_named(desk, text)
    place = own_place(desk)
    up: Action = Complain(level or None)
    if named is not None:  # its own office is meant, also where another one takes its questions
        level = level or named.level
        place, up = named.code, ComplainAbout(named.code, level)
    buttons = (Button(up, "danger.report_up"), Button("/menu", "front.menu"))
    said = Say(f"danger.{about}", buttons=buttons)
    if place is not None:
        found = above(desk, place, level)
        if not found.roles:
            return nobody_above(desk, found, about)
        said = Say(f"danger.{about}_above", found.values(desk), buttons)
    return (said,) if about == "bribe" else _with_formal(desk, said)


def nobody_above(desk: Desk, found: Above, about: About = "bribe") -> tuple[Say, ...]:
    """Say that no office above has an official, with a contact if the house has one, and where a formal one goes."""
    key = f"danger.{about}_nobody_call" if desk.house.contact else f"danger.{about}_nobody"
    return _with_formal(desk, Say(key, found.values(desk), (Button("/menu", "front.menu"),)))


def _with_formal(desk: Desk, said: Say) -> tuple[Say, ...]:
    """Add where a formal complaint goes, for a chat is none; unchanged for a pack that does not say it."""
    programme = desk.pack.programme
    held = programme.protection
    if not held.complaint:
        return (said,)
    values = {"where": held.complaint, "source": programme.document(held.complaint_source).name}
    return (replace(said, buttons=()), Say("danger.formal", values, said.buttons))
