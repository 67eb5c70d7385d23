"""
Detects a reported danger: a swindle, a bribe, a complaint about an official, despair, or danger to life.

Words and their order decide, from `danger.yaml`: the same words give the same answer.
Further kinds are further entries there and in `Danger`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    first_words: Mapping[str, frozenset[str]]
    """The words with which the spellings of a group begin."""
    passing_over: Vocabulary
    behind_a_number: frozenset[str]
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
        (span.start, level) for level, spellings in levels.items() for span in found.among({level: spellings})
    )
    officials = found.spans("official")
    behind = [level for start, level in named if officials and start >= officials[0].start]
    if named:
        return next(iter(behind), named[0][1])
    return topmost if found.spans("topmost") else ""


def _words_of(text: str) -> list[Token]:
    return [token for token in tokens(text[:MOST_LETTERS]) if token.marked[0].isalnum()]


class _Found:
    """
    The matches of each group in one text; a group is searched when a rule needs it.

    Only places are looked at where a spelling may begin: a text of 4,000 letters costs some milliseconds.
    """

    def __init__(self, known: _Words, said: Sequence[Token]) -> None:
        self._known = known
        self._said = said
        self._spans: dict[str, tuple[_Span, ...]] = {}
        self._places: dict[str, list[int]] = {}
        for at, token in enumerate(said):
            self._places.setdefault(token.bare, []).append(at)
        passing = {at: known.passing_over.match(said, at)[0] for at in self._begun(known.passing_over.first_words)}
        self._passing = {at: length for at, length in passing.items() if length}

    def _begun(self, first_words: Collection[str]) -> list[int]:
        """The places where one of some words is."""
        if len(first_words) > len(self._places):
            return [at for word, places in self._places.items() if word in first_words for at in places]
        return [at for word in first_words for at in self._places.get(word, ())]

    def among(self, spellings: Mapping[str, Iterable[str]]) -> Iterator[_Span]:
        """Every place where a spelling occurs, without those inside words that are passed over."""
        vocabulary = Vocabulary(spellings)
        return self._search(Vocabulary(spellings, behind=self._known.passing_over), vocabulary.first_words)

    def _search(self, vocabulary: Vocabulary, first_words: Collection[str]) -> Iterator[_Span]:
        begun = frozenset(self._begun(first_words))
        over = 0
        for at in sorted(begun.union(self._passing)) if begun else ():
            if at < over:
                continue
            if at not in begun:
                over = at + self._passing[at]
                continue
            length, meaning = vocabulary.one(self._said, at)
            if length and meaning == _PASSED_OVER:
                over = at + length
            elif length:
                yield _Span(at, at + length)

    def reports(self, kind: Danger) -> bool:
        return bool(self.spans(kind)) or any(self._holds(rule) for rule in self._known.rules[kind])

    def spans(self, group: str) -> tuple[_Span, ...]:
        if group not in self._spans:
            self._spans[group] = tuple(self._find(group))
        return self._spans[group]

    def _find(self, group: str) -> Iterator[_Span]:
        numbered = group in self._known.behind_a_number
        for span in self._search(self._known.groups[group], self._known.first_words[group]):
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
    passing_over = Vocabulary({_PASSED_OVER: read["passed_over"]})
    spelled = {**read["groups"], **{kind: read["kinds"][kind]["alone"] for kind in ORDER}}
    groups = {group: Vocabulary({group: spellings}) for group, spellings in spelled.items()}
    return _Words(
        groups={group: Vocabulary({group: spelled[group]}, behind=passing_over) for group in groups},
        first_words={group: vocabulary.first_words for group, vocabulary in groups.items()},
        passing_over=passing_over,
        behind_a_number=frozenset(read["behind_a_number"]),
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
