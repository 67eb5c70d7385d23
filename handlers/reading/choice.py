"""One of several choices: by its label, its number, a piece of it, another word for it, or nearly so."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from content.fold import clean, fold
from content.language.saying import choices_said
from content.language.words import Token, Vocabulary, tokens, vocabulary, words
from handlers.reading.heard import LONGEST_READ, taken, unclear, which
from handlers.reading.understood import Reading

_NEAR = 92  # taken from here on, with a lead of …
_LEAD = 10
_MAYBE = 72  # offered from here on
_MOST_ASKED = 4
_CLEAR_PIECE = 4  # letters; the beginning of a word with fewer may be another word: "hộ" is no "homestay"


@lru_cache(maxsize=1)
def _parts() -> Vocabulary:
    return Vocabulary(words()["choice"])


def _ordinal(said: Sequence[Token], many: int) -> int | None:
    """Read "2", "số 2", "câu 3", "cái đầu", "cuối": the place in the list from 1, or None."""
    at, number, ordered = 0, None, False
    while at < len(said):
        length, meanings = _parts().match(said, at)
        if "FIRST" in meanings and number is None:
            number = 1
        elif "LAST" in meanings and number is None:
            number = many
        elif "ORDER" in meanings:
            ordered = True
        elif not length:
            digit = vocabulary("digits").one(said, at)[1]
            if said[at].is_whole and len(said[at].marked) <= 3 and number is None:
                number = int(said[at].marked)
            elif digit and number is None and (ordered or len(said) == 1):
                number = int(digit[0])
            else:
                return None
        elif "FILLER" not in meanings:
            return None
        at += max(length, 1)
    return number


def _names(label: str, synonyms: Mapping[str, Sequence[str]]) -> list[str]:
    """List what a choice is called: its label, the label without what is in brackets, and its synonyms."""
    short = label.partition("(")[0]
    return [name for name in (label, short, *synonyms.get(label, ())) if name.strip()]


def _words(text: str) -> str:
    return " ".join(token.bare for token in tokens(text) if token.bare[0].isalnum())


def _bare_words(said: Sequence[Token]) -> str:
    """Give the words of an answer without politeness around them."""
    kept: list[str] = []
    at = 0
    while at < len(said):
        length, meanings = _parts().match(said, at)
        if "FILLER" not in meanings and said[at].bare[0].isalnum():
            kept.append(said[at].bare)
            at += 1
        else:
            at += max(length, 1)
    return " ".join(kept)


def _matching(typed: str, labels: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> tuple[list[str], bool]:
    """
    Find the labels that fit best: the same words, then some of a label's, then a label within what was said.

    False where that is only the beginning of a word and too short to be sure.
    """
    called = {label: [_words(name) for name in _names(label, synonyms)] for label in labels}
    same = [label for label in labels if typed in called[label]]
    if same:
        return same, True
    if len(typed) >= 2 or typed.isdigit():
        holds = [label for label in labels if any(f" {typed} " in f" {name} " for name in called[label])]
        if holds:
            return holds, True
        begins = [label for label in labels if any(name.startswith(typed) for name in called[label])]
        if begins:
            return begins, len(typed) >= _CLEAR_PIECE
    negative = any(_parts().match(tokens(word), 0)[1] == ("NEGATIVE",) for word in typed.split())
    if negative:
        return [], True
    inside: dict[str, int] = {}
    for label in labels:
        longest = max((len(name) for name in called[label] if name and f" {name} " in f" {typed} "), default=0)
        if longest:
            inside[label] = longest
    if inside:
        best = max(inside.values())
        whole = next(n for label in inside for n in called[label] if len(n) == best and f" {n} " in f" {typed} ")
        others = f" {typed} ".replace(f" {whole} ", " ")  # "hộ" within "hộ kinh doanh" is not said twice
        named = [
            label
            for label in inside
            if inside[label] == best or any(name and f" {name} " in others for name in called[label])
        ]
        return named, True
    return [], True


def _near(typed: str, labels: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> tuple[list[str], bool]:
    """Rank the labels that look like what was typed; true when the first is clearly meant."""
    if len(typed) < 3:
        return [], False
    scored = sorted(
        ((max(fuzz.ratio(typed, _words(name)) for name in _names(label, synonyms)), label) for label in labels),
        key=lambda pair: -pair[0],
    )
    likely = [label for score, label in scored if score >= _MAYBE]
    clear = bool(likely) and scored[0][0] >= _NEAR and (len(scored) < 2 or scored[0][0] - scored[1][0] >= _LEAD)
    return likely[:_MOST_ASKED], clear


def read_choice(
    text: str,
    labels: Sequence[str],
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> Reading[str]:
    """
    Read which of the labels is meant.

    The label typed exactly wins over anything; a number that is also the
    beginning of a label, and words that fit several labels, are asked.
    """
    key = "reading.choice"
    heard = clean(text)
    other = synonyms or {}
    choices = choices_said(labels[:_MOST_ASKED])
    if not heard or len(heard) > LONGEST_READ or not labels:
        return unclear(text, f"{key}.unknown", choices=choices)
    for label in labels:
        if clean(label).casefold() == heard.casefold():
            return taken(text, label, f"{key}.taken", choice=label)
    said = tokens(heard)
    typed = _bare_words(said) or fold(heard)
    number = _ordinal(said, len(labels))
    found, sure = _matching(_words(heard) or typed, labels, other) if number is None else ([], True)
    if number is None and len(found) != 1 and typed != _words(heard):
        without, surely = _matching(typed, labels, other)
        found, sure = (without, surely) if without else (found, sure)
    if number is not None:
        found = [
            label
            for label in labels
            if any(f"{_words(name)} ".startswith(f"{typed} ") for name in _names(label, other))
        ]
        if 1 <= number <= len(labels):
            found = list(dict.fromkeys((labels[number - 1], *found)))
        if not found:
            return unclear(text, f"{key}.range", choices=choices, last=len(labels))
    if not found:
        likely, clear = _near(typed, labels, other)
        if clear:
            return taken(text, likely[0], f"{key}.taken", choice=likely[0])
        if likely:
            return which(text, likely, key, str)
        if len(labels) > _MOST_ASKED:
            return unclear(text, f"{key}.unknown_many", first=labels[0])
        return unclear(text, f"{key}.unknown", choices=choices)
    if len(found) > 1 or not sure:
        return which(text, found[:_MOST_ASKED], key, str)
    return taken(text, found[0], f"{key}.taken", choice=found[0])
