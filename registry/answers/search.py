"""Finding the office's answer to a question: the same question in other words, for people of the answer's place."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from content.finder.alike import NEAR, SURE, likeness_of
from content.places.places import Places
from registry.answers.answers import OfficeAnswer, published
from registry.answers.unanswered import texts_of

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
    ranked: list[tuple[float, int, OfficeAnswer]] = []
    for one in published(db, on=on):
        if not _is_for(one, place, places):
            continue
        likeness = max(likeness_of(question, text) for text in (one.question, *texts_of(db, one.id)))
        if likeness >= NEAR:
            ranked.append((likeness, len(places.ancestors(one.place)), one))
    ranked.sort(key=lambda entry: (-min(entry[0], EXACT), -entry[1]))
    if not ranked:
        return Found()
    likeness, _, best = ranked[0]
    others = tuple(one for _, _, one in ranked)
    if likeness >= SURE:
        return Found(best, likeness, others[1 : MOST_NEAR + 1])
    return Found(None, likeness, others[:MOST_NEAR])


def readable(known: OfficeAnswer | None, *, place: str | None, places: Places, on: date) -> bool:
    """True when an answer may be said to somebody of this place on this day."""
    return known is not None and known.valid(on) and _is_for(known, place, places)


def _is_for(known: OfficeAnswer, place: str | None, places: Places) -> bool:
    if place == EVERYWHERE or known.place == places.root.code:
        return True
    return place is not None and places.within(place, known.place)
