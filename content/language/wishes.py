"""
Services asked for in everyday words: "hủy đăng ký", "em là robot hả", "hôm nay ngày mấy".

The whole text has to be explained by the words of `wishes.yaml`: with any other word it is a question for the finder.
So a longer question that only contains such words is never taken for a wish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from content.language.words import Token, Vocabulary, tokens

MOST_LETTERS = 160
"""Letters of a wish; a longer text is a story or a question."""
AROUND = "around"
NOT = "not"


@dataclass(frozen=True, slots=True)
class _Rule:
    """The groups of one wish: those that have to be said, and all that may be."""

    wish: str
    needs: frozenset[str]
    takes: frozenset[str]

    def fits(self, spans: Sequence[frozenset[str]]) -> bool:
        """True if every word belongs to the rule and each needed group was said."""
        said = set().union(*spans)
        return self.needs <= said and all(span & self.takes for span in spans)


def wishes() -> tuple[str, ...]:
    """Every wish that is known, in the order of the list."""
    return tuple(dict.fromkeys(rule.wish for rule in _known()[1]))


def wish_in(text: str) -> str:
    """Name the service a whole text asks for; empty for any other text.  Takes time in proportion to the text."""
    if len(text) > MOST_LETTERS:
        return ""
    vocabulary, rules = _known()
    spans = _spans(vocabulary, [token for token in tokens(text) if token.marked[0].isalnum()])
    if not spans:
        return ""
    return next((rule.wish for rule in rules if rule.fits(spans)), "")


def _spans(vocabulary: Vocabulary, said: Sequence[Token]) -> list[frozenset[str]]:
    """The groups of each run of words; empty if one word belongs to none."""
    spans: list[frozenset[str]] = []
    at = 0
    while at < len(said):
        length, meanings = vocabulary.match(said, at)
        if not length:
            return []
        spans.append(frozenset(meanings))
        at += length
    return _without_question_mark(spans)


def _without_question_mark(spans: list[frozenset[str]]) -> list[frozenset[str]]:
    """Let a "không" at the end be the sign of a question: "đổi số được không", "có đổi số không ạ"."""
    for at in range(len(spans) - 1, 0, -1):
        if NOT in spans[at]:
            return [*spans[:at], spans[at] | {AROUND}, *spans[at + 1 :]]
        if AROUND not in spans[at]:
            break
    return spans


@lru_cache(maxsize=1)
def _known() -> tuple[Vocabulary, tuple[_Rule, ...]]:
    read: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    groups = {**read["groups"], AROUND: read["around"]}
    rules = tuple(_rule(wish, line, groups) for wish, lines in read["wishes"].items() for line in lines)
    return Vocabulary(groups), rules


def _rule(wish: str, line: str, groups: Mapping[str, Any]) -> _Rule:
    named = [word.removeprefix("?") for word in line.split()]
    if unknown := sorted(set(named) - groups.keys()):
        raise ValueError(f"The wish {wish} names groups that are not listed: {', '.join(unknown)}.")
    needs = frozenset(word for word in line.split() if not word.startswith("?"))
    return _Rule(wish, needs, frozenset({*named, AROUND}))
