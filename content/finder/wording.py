"""Normalising typed questions: short forms, dialect, typing errors, many words for one meaning."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA

from content.fold import fold

SYNONYMS = Path(__file__).with_name("synonyms.yaml")
MOST_WORDS = 60
"""Words of one question that are read; the rest of a longer text is ignored."""

_MOST_LETTERS = 1000

_WORD = re.compile(r"\d+(?:[.,/-]\d+)*|[a-z]+(?:_[a-z]+)*")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_YEAR = re.compile(r"20[12]\d")
_DAY = re.compile(r"\d{1,2}[/-]\d{1,2}(?:[/-]20\d\d)?")
_DOCUMENT = re.compile(r"(\d+)/20\d\d")
_SHORTEST_MENDED, _LONGEST_MENDED = 4, 60
_MOST_MENDED = 8
_LONGEST_SYLLABLE = 7
_REMEMBERED = 5000


class _Table:
    """Runs of words to other words; the longest run wins."""

    __slots__ = ("_first", "_runs")

    def __init__(self, rules: Mapping[str, str]) -> None:
        self._runs = {tuple(fold(run).split()): tuple(meaning.split()) for run, meaning in rules.items()}
        self._first: dict[str, int] = {}
        for run in self._runs:
            self._first[run[0]] = max(len(run), self._first.get(run[0], 0))

    def read(self, words: list[str]) -> list[str]:
        if self._first.keys().isdisjoint(words):
            return words
        out: list[str] = []
        at = 0
        while at < len(words):
            for length in range(min(self._first.get(words[at], 0), len(words) - at), 0, -1):
                meaning = self._runs.get(tuple(words[at : at + length]))
                if meaning is not None:
                    out.extend(meaning)
                    at += length
                    break
            else:
                out.append(words[at])
                at += 1
        return out

    def words(self) -> Iterable[str]:
        for run in self._runs:
            yield from run


class Wording:
    """The tables of synonyms.yaml, and the words the learned questions are made of."""

    def __init__(self, path: Path = SYNONYMS) -> None:
        rules = yaml.load(path.read_text(encoding="utf-8"), Loader=_loader())  # noqa: S506 - a safe loader
        self._spelling = _Table(rules["spelling"])
        self._phrases = _Table(rules["phrases"])
        self.ignored = frozenset(rules["ignored"])
        self._concepts: dict[str, list[str]] = defaultdict(list)
        for concept, words in rules["concepts"].items():
            for word in words:
                self._concepts[word].append(concept)
        self._known: Counter[str] = Counter(self._phrases.words())
        self._known.update(self._spelling.words())
        self._joined: dict[str, int] = {}
        self._by_length: dict[int, list[str]] = {}
        self._near: dict[str, tuple[str, ...]] = {}

    def learn(self, questions: Iterable[str]) -> list[list[str]]:
        """
        Take the words and neighbours of questions as spelled correctly; later typing errors are corrected towards them.

        Returns the words of each, as `spelled` would give from now on.
        """
        learned: list[list[str]] = []
        for question in questions:
            words = self._spelling.read(_split(question))
            learned.append(words)
            self._known.update(words)
            for left, right in pairwise(words):
                if left.isalpha() and right.isalpha() and len(left) + len(right) >= _SHORTEST_MENDED:
                    self._joined.setdefault(left + right, len(left))
        self._by_length = {}
        for word in self._known:
            if len(word) >= _SHORTEST_MENDED - 1 and word.isalpha() and len(word) <= _LONGEST_SYLLABLE:
                self._by_length.setdefault(len(word), []).append(word)
        self._near.clear()
        return learned

    def spelled(self, text: str) -> list[str]:
        """The typed words, spelled out and corrected: 'dk ocop ơ mô' → dang ky ocop o mo."""
        return self._corrected(self._spelling.read(_split(text)))

    def meant(self, spelled: list[str]) -> list[str]:
        """The words of the tables for spelled ones: dang ky ocop o mo → dang_ky ocop o_dau."""
        return _numbers(self._phrases.read(spelled))

    def concepts(self, word: str) -> list[str]:
        return self._concepts.get(word, [])

    def _corrected(self, words: list[str]) -> list[str]:
        """Replace unknown words by known ones: run together, or one error away; neighbours choose among several."""
        if self._known.keys() >= set(words):
            return words
        out: list[str] = []
        mended = 0
        for at, word in enumerate(words):
            fits = _SHORTEST_MENDED <= len(word) <= _LONGEST_MENDED and word.isalpha()
            if word in self._known or not fits or mended >= _MOST_MENDED:
                out.append(word)
                continue
            mended += 1
            before = out[-1] if out else ""
            after = words[at + 1] if at + 1 < len(words) else ""
            out.extend(self._apart(word) or self._nearest(word, before, after) or self._parted(word) or (word,))
        return out

    def _apart(self, word: str) -> tuple[str, ...]:
        """Two learned neighbours written as one word."""
        end = self._joined.get(word, 0)
        return (word[:end], word[end:]) if end else ()

    def _nearest(self, word: str, before: str, after: str) -> tuple[str, ...]:
        if word not in self._near:
            if len(self._near) > _REMEMBERED:
                self._near.clear()
            self._near[word] = tuple(
                known
                for length in (len(word) - 1, len(word), len(word) + 1)
                for known in self._by_length.get(length, ())
                if OSA.distance(word, known, score_cutoff=1) <= 1
            )
        near = self._near[word]
        if not near:
            return ()

        def likely(known: str) -> tuple[int, int, str]:
            pairs = (before + known in self._joined) + (known + after in self._joined)
            return 2 * pairs + (known[0] == word[0]), self._known[known], known

        return (max(near, key=likely),)

    def _parted(self, word: str) -> tuple[str, ...]:
        """Split words written without blanks into the fewest known ones: 'hosogomgi' → ho so gom gi."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - _LONGEST_SYLLABLE), end):
                head, tail = best[start], word[start:end]
                if head is None or len(tail) < 2 or tail not in self._known:
                    continue
                whole = (*head, tail)
                rival = best[end]
                if rival is None or self._cost(whole) < self._cost(rival):
                    best[end] = whole
        return best[-1] or ()

    def _cost(self, words: tuple[str, ...]) -> float:
        pairs = sum(left + right in self._joined for left, right in pairwise(words))
        return len(words) - 0.9 * pairs


def _split(text: str) -> list[str]:
    return _WORD.findall(_DRAWN_OUT.sub(r"\1", fold(text[:_MOST_LETTERS])))[:MOST_WORDS]


def _numbers(words: list[str]) -> list[str]:
    """Replace numbers by their kind: points, years and days are told apart, a document keeps its number."""
    out: list[str] = []
    for at, word in enumerate(words):
        if not word[0].isdigit():
            out.append(word)
        elif words[at + 1 : at + 2] == ["diem"]:
            out.append("#diem")
        elif _YEAR.fullmatch(word):
            out.append("#nam")
        elif document := _DOCUMENT.fullmatch(word):
            out.append(document[1])
        elif _DAY.fullmatch(word):
            out.append("#ngay")
        else:
            out.append(word)
    return out


@cache
def _loader() -> type[yaml.SafeLoader]:
    """The C reader where PyYAML was built with it: ten times faster, the same result."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
