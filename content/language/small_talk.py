"""Small talk: a greeting, the question who answers, thanks; only when the whole text is nothing else."""

from collections.abc import Sequence
from functools import lru_cache

from content.fold import clean
from content.language.words import Token, Vocabulary, tokens, words

KINDS = ("greeting", "who", "thanks")
_LONGEST = 200


def small_talk_in(text: str) -> str:
    """The kind of small talk a whole text is; empty for any other text."""
    return small_talk_of(tokens(clean(text)[:_LONGEST]))


def small_talk_of(said: Sequence[Token]) -> str:
    """The kind of small talk these tokens are as a whole; empty for any other text."""
    listed = vocabulary(*KINDS, "around")
    found: list[str] = []
    at = 0
    while at < len(said):
        length, meaning = listed.one(said, at)
        if not length:
            return ""
        found.append(meaning)
        at += length
    return next((meaning for meaning in KINDS if meaning in found), "")


@lru_cache(maxsize=4)
def vocabulary(*names: str) -> Vocabulary:
    """The spellings of some kinds of words in a chat."""
    return Vocabulary({name: words()["small_talk"][name] for name in names})
