"""
The question which place something is for: the buttons that ask it, and the answer that was pressed or typed.

The reader of names is handed in, because reading is a floor above this one.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from content.actions.answers import Chosen, parse_press
from content.places.places import Places
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Heard, Say
from registry.people.roles import Role

MOST_OFFERED = 8


class ReadPlace(Protocol):
    """The reading of a typed name (`handlers.reading`)."""

    @property
    def understood(self) -> str | None: ...
    @property
    def ask(self) -> Sequence[str]: ...
    @property
    def said(self) -> Say: ...


def places_of(desk: Desk, role: Role, whole: str) -> tuple[Button, ...]:
    """The place of a role (`whole` is the phrase on its button) and the places just below it."""
    below = desk.places.children(role.place)[: MOST_OFFERED - 1]
    name = desk.places.full_name(role.place)
    return (Button(Chosen(role.place), whole, values={"place": name}), *(_named(one.code, one.name) for one in below))


def places_among(desk: Desk, codes: Sequence[str]) -> tuple[Button, ...]:
    """Buttons for some places."""
    return tuple(_named(code, desk.places.full_name(code)) for code in codes)


def place_answered(desk: Desk, heard: Heard, read: Callable[[str, Places], ReadPlace]) -> str | Say:
    """
    The code that was pressed or typed; else a message with the possible places.

    A pressed code may be invented: the caller checks that it exists and that this official may act there.
    """
    pressed = parse_press(heard.press, Chosen)
    if isinstance(pressed, Chosen):
        return pressed.choice
    reading = read(heard.text, desk.places)
    if reading.understood is not None:
        return reading.understood
    return Say(reading.said.key, reading.said.values, places_among(desk, reading.ask))


def _named(code: str, label: str) -> Button:
    return Button(Chosen(code), label=label)
