"""The steps common to every reader: echo the words, and answer taken, unclear or which."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from content.fold import clean
from content.language.saying import choices_said
from handlers.conversation.turn import Say
from handlers.reading.understood import Reading

T = TypeVar("T")

LONGEST_READ = 400  # letters; an amount, a day or a name is within them
_LONGEST_ECHO = 60


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
