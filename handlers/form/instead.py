"""Read the one new value in a sentence that turns down the value which waits: "không phải 35k mà 45k"."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from content.language.words import Token, Vocabulary
from content.language.words import words as listed_words
from handlers.form.at_question import AtQuestion
from handlers.form.reading import Taken, Which, read_words
from handlers.form.remarks import Words, corrected

FIGURES = frozenset({"money", "quantity"})
"""Types whose value stands out among other words."""


@lru_cache(maxsize=1)
def _listed() -> Vocabulary:
    return Vocabulary(listed_words()["instead"])


def read_instead(at: AtQuestion, words: Words) -> Taken | Which | None:
    """
    Read the only value that the sentence does not deny.

    None for no value, for several, and for words that are read anyway.
    Nothing is stored: the value is read back.  Takes time in proportion to the text.
    """
    if at.field.type not in FIGURES or corrected(at.form, at.draft.answers, words) is not None:
        return None
    if isinstance(read_words(at.desk, at.field, words, None, pressed=False), Taken | Which):
        return None
    found: list[Taken | Which] = []
    for piece in _pieces(words):
        read = read_words(at.desk, at.field, Words(piece), None, pressed=False)
        if isinstance(read, Taken | Which) and read not in found:
            found.append(read)
    return found[0] if len(found) == 1 else None


def _pieces(words: Words) -> Iterator[str]:
    """The parts between words that join or deny, without the denied ones and without words around a value."""
    said = words.tokens
    begun: list[Token] = []
    denied, at = False, 0
    while at < len(said):
        length, meaning = _listed().one(said, at)
        if meaning in {"denies", "joins", "begins"}:
            if begun and not denied:
                yield _text(words, begun)
            begun, denied = [], meaning == "denies"
        elif not length:
            begun.append(said[at])
        at += max(length, 1)
    if begun and not denied:
        yield _text(words, begun)


def _text(words: Words, piece: Sequence[Token]) -> str:
    return words.cleaned[piece[0].start : piece[-1].end]
