"""
Judge whether words under a question for text or a name are its answer, and clean those that are.

The lists are in `odd_answers` of `content/language/words.yaml`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from content.language.noise import is_bare_syllable
from content.language.words import Token, Vocabulary, tokens
from content.language.words import words as listed_words
from content.programme.form_spec import Field
from handlers.form.remarks import SHORT_TEXT
from handlers.reading.person_name import trimmed
from registry.applications.applications import PRODUCT_FIELDS

Act = Literal["refuse", "upset", "back", "later", "help", "again", "ask"]
"""The meaning of a remark, the most certain first."""
ACTS: tuple[Act, ...] = ("refuse", "upset", "back", "later", "help", "again", "ask")
Verdict = Literal["value", "confirm", "marks", "split"]
MOST_OF_A_REMARK = 12
"""Words; a longer text under a question for a story is the story."""
MOST_OF_A_PART = 5
"""Words of one of several products."""
PARTS = 3
MOST_OF_NOISE = 60
"""Letters of a text without a single Vietnamese syllable that is read back."""
FULL_NAME = range(2, 5)
"""Words of a person's full name."""
_MARKUP = re.compile(r"<[^<>]*>|https?:|[{}`\\|$\[\]]|\*\*|__|&\w+;|^[=+@]")
_APART = re.compile(r"\s*[,;\n+]\s*|\s+(?:và|va|với)\s+")
_COLON = re.compile(r"^[^:]*:\s*")


@dataclass(frozen=True, slots=True)
class Judged:
    """
    The verdict on an answer, and the answer without the words around it.

    `confirm` is read back before it counts; `marks` is a name to be typed with its marks, or confirmed.
    `split` names several products, in `parts`.
    """

    verdict: Verdict
    value: str
    parts: tuple[str, ...] = ()


@lru_cache(maxsize=32)
def _listed(*names: str) -> Vocabulary:
    return Vocabulary({name: listed_words()["odd_answers"][name] for name in names})


def act_in(field: Field, text: str) -> Act | None:
    """
    Return the meaning of a remark; None for an answer.

    Under a question for a story only a short remark counts, and a question only where it begins or ends the text.
    """
    said = tokens(text)
    if is_long(field) and len(said) > MOST_OF_A_REMARK:
        return None
    return next((act for act in ACTS if _is_act(act, said, whole=is_long(field))), None)


def _is_act(act: Act, said: Sequence[Token], *, whole: bool) -> bool:
    if act == "ask":
        return _asks(said, whole=whole)
    return bool(_places(act, said))


def _asks(said: Sequence[Token], *, whole: bool) -> bool:
    """True for a question, with or without marks; `whole` takes only one that begins or ends the text."""
    end = _without_small(said)
    found = _places("ask", said)
    if whole:
        denied = bool(_listed("whether").one(said, 0)[0])
        found = [] if denied else [(at, to) for at, to in found if at == 0 or to >= end]
    if found:
        return True
    closing = end > 2 and _listed("whether").one(said, end - 1)[0] == 1
    return closing and bool(_places("has", said[: end - 1]))


def judge(field: Field, text: str, asked_before: object = None) -> Judged:
    """
    Judge an answer to a question for text or a name; `act_in` has found nothing in it.

    `asked_before` is the value that waits: a name without marks is asked about once.
    """
    value = text.strip()
    product = field.id in PRODUCT_FIELDS
    parts = _parts(value) if product and not _MARKUP.search(value) else ()
    if parts:
        return Judged("split", value, parts)
    named = is_person(field)
    cleaned = _person(value) if named else _product(value) if product else value
    if _is_odd(field, cleaned) or (product and _lost_marks(value, cleaned)):
        return Judged("confirm", cleaned)
    if named and _wants_marks(cleaned) and cleaned != asked_before:
        return Judged("marks", cleaned)
    return Judged("value", cleaned)


def is_long(field: Field) -> bool:
    """True for a question for a story, whose answer may have any words."""
    return field.type == "text" and not 0 < field.most <= SHORT_TEXT


def is_person(field: Field) -> bool:
    """True for a question for a person or an entity."""
    return field.type == "person_name" or (field.personal and not is_long(field))


def _is_odd(field: Field, value: str) -> bool:
    said = tokens(value)
    named = [token for token in said if token.marked[0].isalpha()]
    short = len(value) <= MOST_OF_NOISE and not any(map(str.isdecimal, value))
    noise = short and not any(is_bare_syllable(token.bare) for token in named)
    if not named or noise or _MARKUP.search(value):
        return True
    if is_long(field):
        return _covered(said, "odd", "small")
    begins = len(named) > 2 and _listed("person").one(said, 0)[0] > 0 and bool(_places("does", said))
    generic = is_person(field) or field.id in PRODUCT_FIELDS
    return bool(
        begins
        or (is_person(field) and "," in value)
        or _places("odd", said)
        or (len(named) > 1 and _covered(said, "small", "odd"))
        or (generic and _covered(said, "generic", "small") and bool(_places("generic", said)))
    )


def _covered(said: Sequence[Token], *names: str) -> bool:
    at = 0
    while at < len(said):
        length = _listed(*names).one(said, at)[0]
        if not length:
            return False
        at += length
    return True


def _places(name: str, said: Sequence[Token]) -> list[tuple[int, int]]:
    """The places where a spelling of a list occurs, each from its first token up to the one behind it."""
    lengths = [_listed(name).match(said, at)[0] for at in range(len(said))]
    return [(at, at + length) for at, length in enumerate(lengths) if length]


def _without_small(said: Sequence[Token]) -> int:
    """The number of tokens without the particles and signs at the end."""
    end = len(said)
    while end > 1 and _listed("small", "tail").one(said, end - 1)[0] == 1:
        end -= 1
    return end


# --- names ------------------------------------------------------------------------------------------------------------


def _person(text: str) -> str:
    """Cut the words around a person's full name and give it capitals; of another name only the particles."""
    name = trimmed(_without_tail(text)).strip(" ,;:!.-")
    if not is_full_name(name):
        return _without_tail(text)
    return " ".join(word.capitalize() if word.islower() else word for word in name.split())


def is_full_name(name: str) -> bool:
    """True for two to four words that begin with a surname."""
    said = tokens(name)
    letters = all(token.marked.isalpha() for token in said)
    return letters and len(said) in FULL_NAME and _listed("surname").one(said, 0)[0] == 1


def _wants_marks(name: str) -> bool:
    """True for a full name in which marks are missing: the surname has some, or a middle name Thị or Văn."""
    if not name.isascii() or not is_full_name(name):
        return False
    first, second, *_ = name.lower().split()
    return first not in listed_words()["odd_answers"]["surname"] or second in {"thi", "van"}


def _product(text: str) -> str:
    """Cut "sản phẩm của tôi là" in front and "đó em" behind; the rest then begins with a capital."""
    said = tokens(text)
    at = 0
    while (length := _listed("product_intro").one(said, at)[0]) and _is_word(said, at + length):
        at += length
    name = _without_tail(text[said[at].start :] if said else text)
    return name if name == text or not name else name[0].upper() + name[1:]


def _is_word(said: Sequence[Token], at: int) -> bool:
    return at < len(said) and said[at].bare[0].isalnum()


def _without_tail(text: str) -> str:
    said = tokens(text)
    end = len(said)
    changed = True
    while changed and end > 1:
        changed = False
        for at in range(max(1, end - 3), end):
            if _listed("tail").one(said, at)[0] == end - at:
                end, changed = at, True
                break
    return text[: said[end - 1].end] if end else text


def _lost_marks(text: str, cleaned: str) -> bool:
    """True for a product's name without marks that was cut out of a sentence."""
    return cleaned.casefold() != text.casefold() and text.isascii() and " " in cleaned


def _parts(text: str) -> tuple[str, ...]:
    """The products that a text lists; empty for the name of one."""
    said = tokens(text)
    counted = bool(_places("several", said))
    listed = _COLON.sub("", text) if counted else text
    pieces = (piece for piece in _APART.split(listed.strip()) if any(map(str.isalpha, piece)))
    parts = tuple(_product(piece) for piece in pieces)
    commas = len(re.split(r"[,;\n]", listed))
    short = all(len(part.split()) <= MOST_OF_A_PART for part in parts)
    if not short or len(parts) < 2 or not (counted or (len(parts) >= PARTS and commas > 1)):
        return ()
    return tuple(dict.fromkeys(part[0].upper() + part[1:] for part in parts))
