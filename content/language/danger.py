"""
Detects a reported danger: a swindle, a bribe, a complaint about an official, despair, or danger to life.

Words and their order decide, from `danger.yaml`: the same words give the same answer.
Further kinds are further entries there and in `Danger`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from content.language.words import Token, Vocabulary, tokens

Danger = Literal["emergency", "despair", "bribe", "swindle", "complaint"]
ORDER: tuple[Danger, ...] = get_args(Danger)
"""
Checked in this order: life first; then a bribe, which names an official, so its answer must not lead to their office.
"""
_ABOUT_MONEY: frozenset[Danger] = frozenset({"bribe", "swindle"})
Asked = Literal["secret", "swindle", "bribe"]
"""The subject of a question about a danger."""
MOST_LETTERS = 1000
"""Letters that are read; a forwarded swindle is shorter."""
_APART = 6
"""The most words between two parts of a rule; further apart they are about two things."""
_NEAR = 5
"""Words after a rule in which an exception still applies: "nộp 500 nghìn lệ phí kiểm nghiệm"."""
_PRETENDS = "pretends"
"""The group for a false official: that is a swindle, no matter what they ask for."""
_PASSED_OVER = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    """Groups in their order, each step one or several of them, and the groups that are exceptions."""

    steps: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _AskedAbout:
    """The words of a question about a danger; a text with any other word is not one."""

    subjects: Vocabulary
    others: Vocabulary

    def about(self, said: Sequence[Token]) -> Asked | None:
        subject: Asked | None = None
        asks = False
        at = 0
        while at < len(said):
            length, meaning = self.subjects.one(said, at)
            if length:
                subject = subject or cast("Asked", meaning)
            else:
                length, meaning = self.others.one(said, at)
                asks = asks or meaning == "asks"
            if not length:
                return None
            at += length
        return subject if asks or self._is_of_avoiding(said) else None

    def _is_of_avoiding(self, said: Sequence[Token]) -> bool:
        """True where the subject itself is how to avoid something: "tránh bị lừa"."""
        return any(token.bare in {"tranh", "khoi"} for token in said)


@dataclass(frozen=True, slots=True)
class _Words:
    """The parsed list: groups of spellings, and for each kind its group of phrases and its rules."""

    groups: Mapping[str, Vocabulary]
    behind_a_number: frozenset[str]
    passed_over: tuple[str, ...]
    rules: Mapping[Danger, tuple[_Rule, ...]]
    asked: _AskedAbout


@dataclass(frozen=True, slots=True)
class _Span:
    """Words from one place up to another, the end not among them."""

    start: int
    end: int


def danger_in(text: str) -> Danger | None:
    """Name the danger a text reports, or None.  Takes time in proportion to the text."""
    said = _words_of(text)
    if _known().asked.about(said) is not None:
        return None
    found = _Found(_known(), said)
    heard = next((kind for kind in ORDER if found.reports(kind)), None)
    return "swindle" if heard in _ABOUT_MONEY and found.spans(_PRETENDS) else heard


def asked_about(text: str) -> Asked | None:
    """Name the danger a text asks about without reporting one: what an OTP is, how to avoid a swindle."""
    return _known().asked.about(_words_of(text))


def office_named(text: str, levels: Mapping[str, Sequence[str]], *, topmost: str) -> str:
    """
    Name the level whose office a complaint is about; empty where the text names none.

    `levels` are the words for each level.  The word after the official counts, else the first one.
    A body that may be at any level above counts as the `topmost`, so that it never gets the complaint by mistake.
    """
    said = _words_of(text)
    found = _Found(_known(), said)
    named = sorted(
        (span.start, level)
        for level, spellings in levels.items()
        for span in _spans(Vocabulary({level: spellings, _PASSED_OVER: _known().passed_over}), said)
    )
    officials = found.spans("official")
    behind = [level for start, level in named if officials and start >= officials[0].start]
    if named:
        return next(iter(behind), named[0][1])
    return topmost if found.spans("topmost") else ""


def _words_of(text: str) -> list[Token]:
    return [token for token in tokens(text[:MOST_LETTERS]) if token.marked[0].isalnum()]


def _spans(vocabulary: Vocabulary, said: Sequence[Token]) -> Iterator[_Span]:
    """Every place where a spelling of one group occurs, without those inside words that are passed over."""
    at = 0
    while at < len(said):
        length, meaning = vocabulary.one(said, at)
        if length and meaning != _PASSED_OVER:
            yield _Span(at, at + length)
        at += length if length and meaning == _PASSED_OVER else 1


class _Found:
    """The matches of each group in one text; a group is searched when a rule needs it."""

    def __init__(self, known: _Words, said: Sequence[Token]) -> None:
        self._known = known
        self._said = said
        self._spans: dict[str, tuple[_Span, ...]] = {}

    def reports(self, kind: Danger) -> bool:
        return bool(self.spans(kind)) or any(self._holds(rule) for rule in self._known.rules[kind])

    def spans(self, group: str) -> tuple[_Span, ...]:
        if group not in self._spans:
            self._spans[group] = tuple(self._find(group))
        return self._spans[group]

    def _find(self, group: str) -> Iterator[_Span]:
        numbered = group in self._known.behind_a_number
        for span in _spans(self._known.groups[group], self._said):
            if not numbered or (span.start > 0 and self._said[span.start - 1].is_number):
                yield span

    def _holds(self, rule: _Rule) -> bool:
        """True when the steps follow each other, a few words apart, without an exception nearby."""
        reached = {span.end: span.start for span in self._any(rule.steps[0])}  # its end, by its beginning
        for step in rule.steps[1:]:
            further: dict[int, int] = {}
            for span in self._any(step):
                begun = [reached[end] for end in range(span.start - _APART, span.start + 1) if end in reached]
                if begun:
                    further[span.end] = max(begun)
            reached = further
        taken_back = {at for span in self._any(rule.unless) for at in range(span.start, span.end)}
        return any(taken_back.isdisjoint(range(start, end + _NEAR)) for end, start in reached.items())

    def _any(self, groups: tuple[str, ...]) -> list[_Span]:
        return [span for group in groups for span in self.spans(group)]


@lru_cache(maxsize=1)
def _known() -> _Words:
    read: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    passed_over = tuple(read["passed_over"])
    spelled = {**read["groups"], **{kind: read["kinds"][kind]["alone"] for kind in ORDER}}
    return _Words(
        groups={
            group: Vocabulary({group: spellings, _PASSED_OVER: passed_over}) for group, spellings in spelled.items()
        },
        behind_a_number=frozenset(read["behind_a_number"]),
        passed_over=passed_over,
        rules={kind: tuple(_rule(line) for line in read["kinds"][kind]["together"]) for kind in ORDER},
        asked=_AskedAbout(
            Vocabulary(read["asked"]["subjects"]),
            Vocabulary({"asks": read["asked"]["asks"], "around": read["asked"]["around"]}),
        ),
    )


def _rule(line: str) -> _Rule:
    steps, _, unless = line.partition("!")
    return _Rule(tuple(_groups(step) for step in steps.split(">")), _groups(unless))


def _groups(names: str) -> tuple[str, ...]:
    return tuple(name for name in names.replace("|", " ").split() if name)
