"""Finding the office's answer to a question: the same question in other words, for people of the answer's place."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from content.finder.alike import NEAR, SURE, likeness_of
from content.places.places import Places
from registry.answers.answers import OfficeAnswer, answer, published

EVERYWHERE = "*"
"""The place of an editor at the command line, who finds the answers of every place."""
EXACT = 0.95
"""From here on the words are the same, and the office's answer goes before a topic."""
MOST_NEAR = 2


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question with its likeness, and other answers worth offering."""

    sure: OfficeAnswer | None = None
    likeness: float = 0.0
    near: tuple[OfficeAnswer, ...] = ()

    @property
    def exact(self) -> bool:
        return self.likeness >= EXACT


def find(db: Connection, question: str, *, place: str | None, places: Places, on: date) -> Found:
    """
    Find the office's answer to a question on a day.

    `place` is that of the person; without one only answers for the whole programme are found.  The nearest place wins
    over a wider one, and of two equal ones the newer.
    """
    ranked: list[tuple[float, int, str]] = []
    for one in published(db, on=on):
        if not _is_for(one.place, place, places):
            continue
        likeness = max(likeness_of(question, text) for text in one.questions)
        if likeness >= NEAR:
            ranked.append((likeness, len(places.ancestors(one.place)), one.id))
    ranked.sort(key=lambda entry: (-min(entry[0], EXACT), -entry[1]))
    best = tuple(known for _, _, answer_id in ranked[: MOST_NEAR + 1] if (known := answer(db, answer_id)) is not None)
    if not best:
        return Found()
    likeness = ranked[0][0]
    if likeness >= SURE:
        return Found(best[0], likeness, best[1:])
    return Found(None, likeness, best[:MOST_NEAR])


def readable(known: OfficeAnswer | None, *, place: str | None, places: Places, on: date) -> bool:
    """True when an answer may be said to somebody of this place on this day."""
    return known is not None and known.valid(on) and _is_for(known.place, place, places)


def _is_for(at: str, place: str | None, places: Places) -> bool:
    """True when an answer for one place may be said to somebody of another."""
    if place == EVERYWHERE or at == places.root.code:
        return True
    return place is not None and places.within(place, at)
