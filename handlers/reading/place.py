"""Places as people name them: old or new, with or without marks, a village, a code."""

import re

from content.fold import fold
from content.places.places import Found, Match, Place, Places, inline
from content.places.said import place_label
from content.places.text import Word, words
from handlers.conversation.turn import Button, Say
from handlers.reading.heard import LONGEST_READ, heard
from handlers.reading.understood import Reading

LEVEL = "commune"
_LETTERS = re.compile(r"\W+")


def read_place(text: str, places: Places) -> Reading[str]:
    """
    Read a commune as its code on the day the places were loaded for.

    One clear match is taken and said; an old name gives its successor and says so. A name that may be two places, and
    every village, is asked.
    """
    found = places.find(text[:LONGEST_READ], level=LEVEL)
    if found.sure:
        return _taken(text, found.matches[0], places)
    if found.matches:
        return _asked(text, found, places)
    return Reading(text, said=_unknown(text, places))


def _taken(text: str, match: Match, places: Places) -> Reading[str]:
    place, through = match.place, match.through
    values: dict[str, object] = {"heard": heard(text), "place": places.full_name(place.code)}
    if through is not None:
        now = {**values, "old": through.name, "place": inline(places.full_name(place.code))}
        return Reading(text, place.code, said=Say("reading.place.now", now))
    if place.successors:
        after = ", ".join(inline(places.full_name(code)) for code in place.successors)
        return Reading(text, place.code, said=Say("reading.place.old", {**values, "now": after}))
    key = "reading.place.taken" if _is_named(text, place) else "reading.place.near"
    return Reading(text, place.code, said=Say(key, values))


def _asked(text: str, found: Found, places: Places) -> Reading[str]:
    buttons = tuple(Button(match.place.code, label=place_label(places, match)) for match in found.matches)
    key = "reading.place.which" if len(buttons) > 1 else "reading.place.confirm"
    values: dict[str, object] = {"heard": heard(text), "count": len(buttons), "place": buttons[0].label}
    return Reading(text, ask=tuple(match.place.code for match in found.matches), said=Say(key, values, buttons))


def _unknown(text: str, places: Places) -> Say:
    """Tell what is expected; under a district's name, with one of its communes as example."""
    higher = places.find(text[:LONGEST_READ], level="")
    above = higher.matches[0].place if higher.sure else None
    communes = [place for place in places.all(LEVEL) if above and places.within(place.code, above.code)]
    if above is not None and above.level != LEVEL and communes:
        values = {"heard": heard(text), "place": above.name, "example": min(communes, key=_length).short}
        return Say("reading.place.higher", values)
    example = next(iter(places.all(LEVEL)), places.root).short
    return Say("reading.place.unknown", {"heard": heard(text), "example": example})


def _length(place: Place) -> int:
    return len(place.short)


def _marked_so(text: str, name: Word) -> bool:
    """Tell whether a word of a name was typed with no other marks: "hướng" is no "hương"."""
    typed = [one for one in words(text) if one.bare == name.bare]
    return not typed or any(one.typed == one.bare or one.toned == name.toned for one in typed)


def _is_named(text: str, place: Place) -> bool:
    """Tell whether the name itself was said, with its marks or without, or its code: then nothing was put right."""
    if not all(_marked_so(text, name) for name in words(place.short)):
        return False
    said = _LETTERS.sub("", fold(text))
    short = _LETTERS.sub("", fold(place.short))
    return place.code in said or any(one in said for one in (short, short.removeprefix("nongtruong")))
