"""
Answers of one official in series: words to one person each, which together reach many.

An answer is delayed when it has risky words, or the words many others got within a day. Those above read it at once,
and everybody in charge can stop it (`registry.applications.delayed_answers`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from content.fold import ALIKE, likeness
from content.language.risky_words import risks_of
from content.programme.pack import Pack

COUNTED_WITHIN = timedelta(hours=24)
USUAL = frozenset({"phone"})
"""An office's own number belongs in an answer."""


def is_delayed(pack: Pack, *, text: str, title: str, others: Iterable[str]) -> bool:
    """True when an answer under a title is delayed; `others` are its official's answers of a day to other people."""
    limits = pack.programme.announcements
    if set(risks_of(text, title, offices=limits.links)) - USUAL:
        return True
    return sum(likeness(text, one) >= ALIKE for one in others) >= limits.alone_a_day


def leaves_at(pack: Pack, *, now: datetime) -> datetime:
    """Return the moment a delayed answer leaves."""
    return now + pack.programme.announcements.delay
