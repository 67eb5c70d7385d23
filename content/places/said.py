"""The label of a place on a button: 'Xã Nam Trạch (gồm Việt Trung, Nhân Trạch, Lý Nam cũ)'."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from content.places.places import LATER, Match, Place, Places, inline

WORDS = Path(__file__).with_name("words.yaml")
MOST_PARTS = 4


def place_label(places: Places, match: Match) -> str:
    """Label a match so that it is not confused with another: by its former parts, or by the old name that was typed."""
    said = _words()
    place, through = places.full_name(match.place.code), match.through
    if match.alias and through is not None:
        return said["village_through"].format(place=place, alias=match.alias, old=inline(through.name))
    if match.alias:
        return said["village"].format(place=place, alias=match.alias)
    if through is not None and through.code.startswith(LATER):
        return said["later"].format(place=place, later=inline(through.name))
    if through is not None and through.level == match.place.level:
        return _through(places, place, through)
    parts = [part for part in places.predecessors(match.place.code) if part.short]
    if not parts:
        return place
    shown = ", ".join(inline(part.name) if part.short.isdecimal() else part.short for part in parts[:MOST_PARTS])
    return said["comprising"].format(place=place, parts=shown + said["more"] * (len(parts) > MOST_PARTS))


def _through(places: Places, place: str, through: Place) -> str:
    above = ", ".join(inline(one.name) for one in places.ancestors(through.code) if one.parent)
    form = "through_below" if above else "through"
    return _words()[form].format(place=place, old=inline(through.name), above=above)


@cache
def _words() -> Mapping[str, str]:
    said: dict[str, str] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return said
