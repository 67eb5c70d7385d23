"""
Read free words as an answer to a live thing: an intent, and how clear it is.

The words are in `intents.yaml`: those of each thing, and behind them those that mean the same everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from content.fold import clean
from content.intents import INTENTS, OF_FORMS, Intent, Thing
from content.language.words import Token, Vocabulary, tokens

Degree = Literal["clear", "half"]
LONGEST = 160
"""Letters; a longer text tells a story and answers no button."""
NEGATED_WITHIN = 3
"""Words between "không" and the verb it turns around."""
_OWN, _ALONE = "own:", "alone:"
_DOUBTS = frozenset({"unsure", "but", "not_done"})
_EMPTY = frozenset({"around", "giving"})
"""Lists of words that change nothing."""
_MOVES = frozenset({"later", "whom", "repeat", "back"})
"""Intents that record nothing: "không biết" beside them is their reason, not a doubt."""
_PLAIN_ANSWERS = frozenset({"whom", "repeat", "done", "stop"})
"""Intents beside which "chờ" and "để hỏi" put nothing off."""


@dataclass(frozen=True, slots=True)
class Meant:
    """
    The answer read from free words.

    `named` is true for words that only this thing has ("đi được"); "ok" fits any thing.
    `spare` is the number of words that belong to no list.
    """

    intent: Intent | None
    degree: Degree
    named: bool
    spare: int = 0


@dataclass(frozen=True, slots=True)
class _Cue:
    meaning: str
    named: bool
    alone: bool
    negated: bool


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _shared() -> Vocabulary:
    return Vocabulary(_listed()["shared"])


@lru_cache(maxsize=16)
def _vocabulary(thing: Thing) -> Vocabulary:
    own: dict[str, Iterable[str]] = {}
    for name, spellings in _listed()[thing].items():
        if not isinstance(spellings, list):
            continue
        intent = name.removesuffix("_alone")
        prefix = "" if intent not in INTENTS else _OWN if name == intent else _ALONE
        own[prefix + intent] = spellings
    return Vocabulary(own, behind=_shared())


def read_intent(text: str, thing: Thing) -> Meant | None:
    """
    Read words as an answer to this thing; None for words about something else.

    Takes time in proportion to the text; of texts over LONGEST letters nothing is read.
    """
    said = clean(text) if len(text) <= 2 * LONGEST else ""
    if not said or len(said) > LONGEST:
        return None
    cues, notes, spare = _taken_apart(tokens(said), thing)
    if "elsewhere" in notes:
        return None
    if _asks(notes, cues):
        return None
    return _weighed(_telling(cues, thing), notes, spare, thing)


def sounds_unsure(text: str) -> bool:
    """True for words with a doubt anywhere: "chắc mới".  Takes time in proportion to the text."""
    said = tokens(text[:LONGEST])
    return any(_shared().one(said, at)[1] == "unsure" for at in range(len(said)))


def _asks(notes: Sequence[str], cues: Sequence[_Cue]) -> bool:
    """True for a question; words for whom to ask, or to repeat, are an answer themselves."""
    return "question" in notes and not any(cue.named and cue.meaning in {"whom", "repeat"} for cue in cues)


def _taken_apart(said: Sequence[Token], thing: Thing) -> tuple[list[_Cue], list[str], int]:
    """The cues of the text, the kinds of its other words, and the number of unknown words."""
    listed = _vocabulary(thing)
    cues: list[_Cue] = []
    notes: list[str] = []
    spare = at = 0
    negated = -NEGATED_WITHIN - 1
    closing = False
    while at < len(said):
        length, meaning = listed.one(said, at)
        if not length:
            spare += said[at].marked.isalpha() or (said[at].is_number and thing in OF_FORMS) * LONGEST
            closing = closing and not said[at].marked.isalpha()
            at += 1
            continue
        intent = meaning.removeprefix(_OWN).removeprefix(_ALONE)
        if meaning == "negation":
            negated, closing = at, bool(cues)
        elif intent in INTENTS or intent == "thanks":
            turned = at - negated <= NEGATED_WITHIN
            named = meaning != intent
            cues.append(_Cue(intent, named, meaning.startswith(_ALONE), turned))
            closing = False
        else:
            notes.append(meaning)
            closing = closing and meaning in _EMPTY
        at += length
    if {"verb", "past"} <= set(notes) and negated < 0:
        cues.append(_Cue("done", named=True, alone=False, negated=False))
    if closing:
        notes.append("whether")
    elif negated >= 0 and not any(cue.negated for cue in cues):
        cues.append(_Cue("no", named=False, alone=False, negated=False))
    return cues, notes, spare


def _telling(cues: Sequence[_Cue], thing: Thing) -> list[_Cue]:
    """The cues that decide: those the thing names before those that fit any, and a whole word before a bare verb."""
    alias: Mapping[str, str] = _listed()[thing].get("alias", {})
    denied: Mapping[str, str] = _listed()[thing].get("denied", {})
    turned = [_turned(cue, alias, denied) for cue in cues]
    kept = [cue for cue in turned if cue is not None]
    named = [cue for cue in kept if cue.named and not cue.alone] or [cue for cue in kept if cue.named]
    if not named:
        strong = [cue for cue in kept if cue.meaning not in {"yes", "understood", "thanks"}]
        return strong or [cue for cue in kept if cue.meaning != "thanks"]
    plain = any(cue.meaning in _PLAIN_ANSWERS for cue in named)
    others = [] if plain else [cue for cue in kept if not cue.named and cue.meaning in {"later", "wait"}]
    return [*named, *others]


def _turned(cue: _Cue, alias: Mapping[str, str], denied: Mapping[str, str]) -> _Cue | None:
    meaning = alias.get(cue.meaning, cue.meaning)
    if not cue.negated:
        return _Cue(meaning, cue.named, cue.alone, negated=False)
    if cue.meaning in denied:
        return _Cue(denied[cue.meaning], cue.named, alone=False, negated=False)
    match cue.meaning:
        case "yes":
            return _Cue("no", cue.named, alone=False, negated=False)
        case "no" | "stop" | "thanks":
            return None
    return _Cue(f"not {meaning}", cue.named, alone=False, negated=False)


def _weighed(cues: Sequence[_Cue], notes: Sequence[str], spare: int, thing: Thing) -> Meant | None:
    """The degree of an answer: by its doubts, its unknown words, and whether the thing names it."""
    named = any(cue.named for cue in cues)
    doubts = [note for note in notes if note in _DOUBTS]
    if not cues:
        about = bool(doubts) and (not spare or len(doubts) > 1)
        return Meant(None, "half", "not_done" in doubts, spare) if about else None
    intent = _one_of([cue.meaning for cue in cues], thing)
    if intent == "wait":
        doubts = []
    elif intent in _MOVES:
        doubts = [doubt for doubt in doubts if doubt != "unsure"]
    if intent is None or doubts or {"whether", "mark"} & set(notes):
        return (
            Meant(None, "half", named or "not_done" in doubts, spare) if named or not spare or len(doubts) > 1 else None
        )
    room = _listed()[thing].get("room", {}).get(intent, 0) if named and not all(cue.alone for cue in cues) else 0
    if spare > room:
        return Meant(intent, "half", named, spare) if named else None
    return Meant(intent, "clear", named, spare)


def _one_of(meanings: Sequence[str], thing: Thing) -> Intent | None:
    """The one intent of the cues; None for several that contradict each other."""
    found = set(meanings)
    for winner, losers in _listed()[thing].get("wins", {}).items():
        if winner in found:
            found -= set(losers)
    if len(found) > 1:
        found -= {"wait"} if "later" in found else set()
    only = next(iter(found)) if len(found) == 1 else ""
    return next((intent for intent in INTENTS if intent == only), None)
