"""Yes and no, as people type them: có, ko, hok, nỏ, dạ, ok, đc, 👍."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from content.fold import clean, fold
from content.language.saying import yesno_said
from content.language.words import Token, Vocabulary, tokens, words
from handlers.reading.heard import LONGEST_READ, taken, unclear, which
from handlers.reading.understood import Reading

_MEANT = {"yes": (True,), "no": (False,), "either": (True, False)}


@lru_cache(maxsize=1)
def _spoken(*names: str) -> Vocabulary:
    return Vocabulary({name: words()["yesno"][name] for name in names})


@lru_cache(maxsize=1)
def _polite() -> Vocabulary:
    return Vocabulary({"polite": words()["yesno"]["polite"]})


@lru_cache(maxsize=1)
def _negation() -> Vocabulary:
    return Vocabulary({"negation": words()["yesno"]["negation"]})


def _calm(text: str) -> str:
    """Shorten letters that are drawn out: cóoo, okkk.  No answer needs a letter twice."""
    return "".join(next(letters) if same.isalpha() else "".join(letters) for same, letters in groupby(text, key=fold))


def _after_politeness(said: Sequence[Token]) -> Sequence[Token]:
    """Drop "dạ" and "vâng" in front of an answer; alone they are the answer."""
    at = 0
    while (length := _polite().match(said, at)[0]) > 0:
        at += length
    answered = any(_spoken_at(said, here)[1] not in {(), ("around",)} for here in range(at, len(said)))
    return said[at:] if answered else said


def _spoken_at(said: Sequence[Token], at: int) -> tuple[int, tuple[str, ...]]:
    return _spoken("yes", "no", "either", "unsure", "around").match(said, at)


def _negated(said: Sequence[Token], at: int) -> int:
    """Tell how many words "hông chịu" takes: a word for no right before one for yes; 0 for anything else."""
    length, _ = _negation().match(said, at)
    after, meanings = _spoken_at(said, at + length) if length else (0, ())
    longest, _ = _spoken_at(said, at)
    return length + after if meanings == ("yes",) and length + after > longest else 0


def read_yesno(text: str) -> Reading[bool]:
    """
    Read an answer to a yes/no question.

    'dung' without marks is đúng, dừng or đừng, and is asked; so is what holds
    both answers, or an answer with more said after it.
    """
    key = "reading.yesno"
    heard = clean(text)
    if not heard or len(heard) > LONGEST_READ or "?" in heard:
        return unclear(text, f"{key}.unknown")
    said = _after_politeness(tokens(_calm(heard)))
    meant: list[bool] = []
    more = paused = False
    at = 0
    while at < len(said):
        length, meanings = _spoken_at(said, at)
        if "unsure" in meanings:
            return unclear(text, f"{key}.unknown")
        if not length:
            if not paused and not more:
                return unclear(text, f"{key}.unknown")
            more = True
        elif not more and (negated := _negated(said, at)):
            meant.append(False)
            length = negated
        elif not more:
            meant += [answer for meaning in meanings for answer in _MEANT.get(meaning, ())]
        paused = bool(meant) and (paused or said[at].marked in {",", ".", ";", "!"})
        at += max(length, 1)
    choices = list(dict.fromkeys(meant))
    if not choices:
        return unclear(text, f"{key}.unknown")
    if more or len(choices) > 1:
        return which(text, sorted(choices, reverse=True), key, yesno_said)
    return taken(text, choices[0], f"{key}.taken", answer=yesno_said(choices[0]))
