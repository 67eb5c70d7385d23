"""Old and present names of the places in a list: the place of today, the places it was made of, or the candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from content.places.places import Match, Places

MOST_BEFORE = 30
OLD, NEW = "cũ", "mới"
"""The words with which a name asks for an abolished or a present place."""


class Outcome(StrEnum):
    """How certain a conversion is."""

    RENAMED = "renamed"
    VALID = "valid"
    SEVERAL = "several"
    UNKNOWN = "unknown"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Converted:
    """
    The present place of a name with its code, and the abolished places that belong to it.

    Of an uncertain name both are empty; `candidates` are all places that it may mean.
    """

    outcome: Outcome
    now: str = ""
    code: str = ""
    before: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """The outcome in words for an office."""
        said: str = converting()["notes"][self.outcome.value]
        return said.format(places="; ".join(self.candidates))


def convert(places: Places, name: str, *, district: str = "", province: str = "", era: str = "") -> Converted:
    """
    Convert the name or code of a commune, or an address with it; a sure name alone is converted.

    `era` is `OLD` or `NEW` for a name that is both; a name with a district is old, since districts are abolished.
    """
    era = era or (OLD if district else "")
    within = [one for one in (district, province) if one]
    found = places.find(", ".join([f"{name} {era}".strip(), *within]))
    sure = found.sure
    if not found.matches and within:
        found, sure = places.find(name), False  # the district contradicts the name: all of that name are candidates
    if not found.matches:
        return Converted(Outcome.UNKNOWN)
    if not sure:
        return Converted(Outcome.SEVERAL, candidates=tuple(_said(places, match) for match in found.matches))
    (match,) = found.matches
    now = places.full_name(match.place.code)
    if match.through is not None:
        return Converted(Outcome.RENAMED, now, match.place.code, (places.full_name(match.through.code),))
    before = tuple(places.full_name(one.code) for one in places.predecessors(match.place.code))
    return Converted(Outcome.VALID, now, match.place.code, before[:MOST_BEFORE])


def _said(places: Places, match: Match) -> str:
    through = f" ← {places.full_name(match.through.code)}" if match.through is not None else ""
    return f"{places.full_name(match.place.code)} ({match.place.code}){through}"


def headings() -> Mapping[str, Sequence[str]]:
    """The headings of the columns with communes, districts and provinces."""
    named: Mapping[str, Sequence[str]] = converting()["headings"]
    return named


@cache
def converting() -> Mapping[str, Any]:
    """The words of `converting.yaml`."""
    told: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return told
