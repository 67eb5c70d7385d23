"""The parts of a message to somebody who is not speaking now: its teller, its buttons, its day and its place."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from content.actions.action import Action
from content.message import Message
from content.programme.pack import Pack

Offer = tuple[Action | str, str | None]
"""A button: its command, and the phrase on it."""


class Teller(Protocol):
    """
    Makes the message for somebody who is not speaking now; the texts are in a room above.

    Values are plain: texts, whole numbers, and days and phrases, which the teller words as people say them.
    A tuple of phrases is a list.
    """

    def __call__(self, person_id: str, key: str, values: Mapping[str, object], actions: Sequence[Offer]) -> Message: ...


def local_day(pack: Pack, now: datetime) -> date:
    """The day it is where the programme is."""
    return now.astimezone(ZoneInfo(pack.programme.timezone)).date()


def place_name(pack: Pack, code: str) -> str:
    """The name of a place; its code where the pack no longer knows it."""
    found = pack.places.get(code)
    return code if found is None else found.name
