"""The steps common to every reader: echo the words, and answer taken, unclear or which."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from content.fold import clean
from content.language.saying import choices_said
from content.language.words import Token
from handlers.conversation.turn import Say
from handlers.reading.understood import Reading

T = TypeVar("T")

LONGEST_READ = 400  # letters; an amount, a day or a name is within them
_LONGEST_ECHO = 60
_FRACTION = re.compile(r"(\d{0,9})[ \u00a0]?([\u00bc-\u00be\u2150-\u215e])")
_WITHOUT_ZERO = re.compile(r"(?<![\w.,])([.,])(?=\d)")
_EXPONENT = re.compile(r"(?<![\w.,])(\d{1,3}(?:[.,]\d{1,3})?)[eE]\+?(\d{1,2})(?!\w)")
_POWERS = str.maketrans({"²": "2", "³": "3"})


def figures(text: str) -> str:
    """
    Return cleaned words with their numbers in plain digits: ½ is 0.5, .5 is 0.5, m² is m2, 1e3 is 1000.

    Only for reading: a stored text keeps what was typed.  A text too long to be read is only cleaned.
    """
    plain = clean(text)
    if len(plain) > LONGEST_READ:
        return plain
    plain = plain.translate(_POWERS)
    plain = _FRACTION.sub(lambda found: f"{_whole(found[1]) + _fraction(found[2])}", plain)
    plain = _WITHOUT_ZERO.sub(r"0\1", plain)
    return _EXPONENT.sub(lambda found: f"{Decimal(found[1].replace(',', '.')).scaleb(int(found[2])):f}", plain)


def is_answer_apart(said: Sequence[Token], at: int) -> bool:
    """Tell the no of "không phải, 200 lít", which rejects the value before, from that of "không phải 200 lít"."""
    return at < len(said) and said[at].marked in {",", ".", ";", ":", "-"}


def _whole(digits: str) -> Decimal:
    return Decimal(digits or 0)


def _fraction(letter: str) -> Decimal:
    return round(Decimal(unicodedata.numeric(letter)), 3).normalize()


def heard(text: str) -> str:
    """Show a person's own words back, on one line, cut to sixty letters."""
    words = " ".join(clean(text[: 4 * LONGEST_READ]).split())
    return words if len(words) <= _LONGEST_ECHO else words[: _LONGEST_ECHO - 1].rstrip() + "…"


def taken(text: str, value: T, key: str, **values: object) -> Reading[T]:
    """Answer that the words were understood."""
    return Reading(text, understood=value, said=Say(key, {"heard": heard(text), **values}))


def unclear(text: str, key: str, **values: object) -> Reading[T]:
    """Answer that the words were not understood; the sentence tells what is expected."""
    return Reading(text, said=Say(key, {"heard": heard(text), **values}))


def which(text: str, values: Iterable[T], key: str, say: Callable[[T], str]) -> Reading[T]:
    """Answer that the words may mean several things, the likeliest first; one alone asks to confirm it."""
    choices: Sequence[T] = list(dict.fromkeys(values))
    return Reading(
        text,
        ask=tuple(choices),
        said=Say(
            f"{key}.which" if len(choices) > 1 else f"{key}.confirm",
            {"heard": heard(text), "choices": choices_said(say(choice) for choice in choices)},
        ),
    )
