"""What people say under a question beside its answer: not known, enough for now, "no, 45k", several answers at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, get_args

from content.fold import clean, fold
from content.form_spec import Field, Form
from content.words import Token, Vocabulary, marks, tokens, words
from handlers.reading.heard import LONGEST_READ
from handlers.reading.phone import read_phone
from handlers.reading.understood import Reading
from handlers.reading.yesno import read_yesno

Aside = Literal["unknown", "later", "again", "back", "enough", "greeting"]
SHORT_TEXT = 200
"""Letters of a text that is a name: what stands behind a comma there may be the next answer."""
FEW_WORDS = 2
SHORT_OUTBURST = 8
"""Words; who is upset in more of them tells a story too."""
MOST_DIGITS = 2
RIGHT = frozenset({"dung", "u", "uh", "um", "da", "vang", "ok", "roi", "r", "a", "ah", "do", "em", "nhe", "nha"})
"""Words around a typed "dung" that leave it a yes."""
_NAMED = ("money", "phone", "place", "quantity", "text")
_READ_BACK = frozenset({"money", "quantity", "date", "phone"})
"""Types whose answer can be told from any other words: "no, 45k" can only mean the price."""


@dataclass(frozen=True, slots=True)
class Correction:
    """
    An answer that was given before and is to be another one.

    `words` are those of the new answer, empty when only the question was named.
    `sure` where its words mean nothing else; what is not sure counts only when it can be read.
    """

    field: Field
    words: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """Words to send or to be done; `agreed` is the yes or no said with them, None without or with both."""

    sends: bool
    agreed: bool | None


@lru_cache(maxsize=1)
def _finishing() -> Vocabulary:
    asides, yesno = words()["asides"], words()["yesno"]
    listed = {name: asides[name] for name in ("send", "done", "around")}
    return Vocabulary(listed | {name: yesno[name] for name in ("yes", "no")})


@lru_cache(maxsize=8)
def _vocabulary(*names: str) -> Vocabulary:
    return Vocabulary({name: words()["asides"][name] for name in names})


def said_aside(text: str) -> Aside | None:
    """Whether all of it says that the answer is not known, comes later, to ask again, or that it is enough for now."""
    said = tokens(clean(text)[:LONGEST_READ])
    found: set[str] = set()
    at = 0
    while at < len(said):
        length, meaning = _vocabulary(*get_args(Aside), "around").one(said, at)
        if not length:
            return None
        found.add(meaning)
        at += length
    return next((aside for aside in get_args(Aside) if aside in found), None)


def said_finish(text: str) -> Finish | None:
    """Whether all of it says to send, or that all is done: "ok gửi", "đúng rồi gửi đi", "nộp luôn", "xong rồi"."""
    said = tokens(clean(text)[:LONGEST_READ])
    found: set[str] = set()
    at = 0
    while at < len(said):
        length, meanings = _finishing().match(said, at)
        if not length:
            return None
        found |= {meanings[0]} if meanings[0] in {"send", "done", "around"} else set(meanings)  # "dung" is both
        at += length
    if not found & {"send", "done"}:
        return None
    agrees = bool(found & {"yes", "done"})
    return Finish("send" in found, None if agrees == ("no" in found) else agrees)


def says_right(text: str) -> Reading[bool]:
    """Yes or no below "… đúng không ạ?"; there "dung" without marks is no "dừng" and no "đừng"."""
    reading = read_yesno(text)
    said = set(text.lower().split())
    if reading.understood is None and text.isascii() and "dung" in said and said <= RIGHT:
        return replace(reading, understood=True, ask=())
    return reading


def asks_something(text: str) -> bool:
    """Whether it sounds like a question: some words, one of them what, why, who, when, how, or "có … không"."""
    said = tokens(clean(text)[:LONGEST_READ])
    if len(said) < FEW_WORDS:
        return False
    asking = _vocabulary("question", "whether", "around")
    found = [asking.one(said, at)[1] for at in range(len(said))]
    last = next((meaning for meaning in reversed(found) if meaning != "around"), "")
    return "question" in found or (last == "whether" and len(said) > FEW_WORDS)


def sounds_upset(text: str, *, first: bool = False) -> bool:
    """Whether somebody swears at the questions, or begins with it; in a long text it may be part of a story."""
    said = tokens(clean(text)[:LONGEST_READ])
    return len(said) <= SHORT_OUTBURST and any(
        _vocabulary("upset").one(said, at)[0] for at in range(1 if first else len(said))
    )


def has_none(text: str) -> bool:
    """Whether it begins by saying that there is none: "chưa có giấy tờ gì cả"."""
    said = tokens(clean(text)[:LONGEST_READ])
    at = 0
    while (length := _vocabulary("around").one(said, at)[0]) > 0:
        at += length
    return bool(_vocabulary("none").one(said, at)[0])


def named_number(text: str, *, mending: bool = False) -> int | None:
    """The number a question is named by: "5", "câu 5", "sửa số 5"; `mending`: only with a word for mending."""
    said = tokens(clean(text)[:LONGEST_READ])
    number: int | None = None
    mends = False
    at = 0
    while at < len(said):
        length, meaning = _vocabulary("mend", "order", "around").one(said, at)
        mends = mends or meaning == "mend"
        if not length:
            if number is not None or not said[at].is_whole or len(said[at].marked) > MOST_DIGITS:
                return None
            number, length = int(said[at].marked), 1
        at += length
    return number if mends or not mending else None


def corrected(form: Form, answers: Mapping[str, Any], text: str, *, alone: bool = False) -> Correction | None:
    """
    Find which earlier answer is to be mended: the one that is named, else the one given last.

    `alone`: no question waits, so that a named one needs no word for mending before it.
    """
    heard = clean(text)
    if len(heard) > LONGEST_READ:
        return None
    said = tokens(heard)
    at, leads = _led(said)
    field, length = _named(form, answers, said, at)
    if field is not None and (alone or leads):
        given = _after(heard, said, at + length)
        if given and length == 1 and field.type == "text" and not _joined(said, at + length):
            return None  # "đổi tên xưng hô" is about something else
        sure = alone or "mend" in leads
        meant = given and (field.type in _READ_BACK or _joined(said, at + length))
        return Correction(field, given, sure) if sure or meant else None
    last = form.field(given_last(answers)) if leads and given_last(answers) else None
    given = _after(heard, said, at)
    return Correction(last, given, sure=False) if last is not None and given and last.type in _READ_BACK else None


def given_last(answers: Mapping[str, Any]) -> str:
    """The question that was answered last; answers stand in the order in which they were given."""
    return next(
        (name for name in reversed(list(answers)) if not name.startswith("_") and answers[name] is not None), ""
    )


def several(form: Form, answers: Mapping[str, Any], field: Field, text: str) -> tuple[str, dict[str, Any]]:
    """
    Take apart "khoai deo, hộ gia đình, 0912 345 678" under a question for a name or a choice.

    Only what is a phone number or exactly the label of a choice is taken for another
    required question that has no answer; all else stays with the own one, and may be nothing.
    """
    if field.type != "choice" and not (field.type == "text" and 0 < field.most <= SHORT_TEXT):
        return text, {}
    found: dict[str, Any] = {}
    own = []
    for part in re.split(r"\s*[,\n]\s*", text):
        if _exactly(field, part) is not None:
            own.append(part)
            continue
        for other in form.required:
            value = _exactly(other, part) if other.shown(answers) and answers.get(other.id) is None else None
            if value is not None and other.id != field.id and other.id not in found:
                found[other.id] = value
                break
        else:
            own.append(part)
    kept = ", ".join(part for part in own if part)
    return (kept, found) if found and (not kept or len(kept) >= max(field.least, 2)) else (text, {})


def _exactly(field: Field, part: str) -> Any:
    if field.type == "phone":
        said = tokens(part)
        named = _vocabulary("phone").one(said, 0)[0]
        words = any(token.marked.isalpha() for token in said[named:])
        return None if words else read_phone(part).understood
    return next((choice.id for choice in field.choices if fold(choice.label) == fold(part)), None)


def _led(said: Sequence[Token]) -> tuple[int, set[str]]:
    """How many words in front only say that something is to be mended, and which of both they are."""
    leads: set[str] = set()
    at = 0
    while (found := _vocabulary("mend", "not_so", "around").one(said, at))[0]:
        leads.add(found[1])
        at += found[0]
    return at, leads & {"mend", "not_so"}


def _named(form: Form, answers: Mapping[str, Any], said: Sequence[Token], at: int) -> tuple[Field | None, int]:
    """The question whose label begins here, or the first one of the type that is named; the longest wins."""
    best: tuple[Field | None, int] = (None, 0)
    length, kind = _vocabulary(*_NAMED).one(said, at)
    if length:
        best = _given_last_of(form, answers, kind), length
    for field in form.shown(answers):
        label = _label(field.label)
        length = 0
        while length < min(len(label), len(said) - at) and _alike(said[at + length], label[length]):
            length += 1
        if length > best[1] and length >= min(2, len(label)):
            best = field, length
    return best if best[0] is not None else (None, 0)


def _given_last_of(form: Form, answers: Mapping[str, Any], kind: str) -> Field | None:
    """Of several questions of a type the one answered last, where a slip is noticed; only what is a name is text."""
    shown = [one for one in form.shown(answers) if one.type == kind and (one.required or kind != "text")]
    given = [one for name in reversed(list(answers)) for one in shown if one.id == name]
    return next(iter(given or shown), None)


@lru_cache(maxsize=1024)
def _label(label: str) -> tuple[Token, ...]:
    """The words of a question's name, taken apart once: every answer is looked at for every name."""
    return tuple(tokens(label))


def _alike(said: Token, listed: Token) -> bool:
    return said.marked == listed.marked or (said.bare == listed.bare and not marks(said.marked))


def _joined(said: Sequence[Token], at: int) -> bool:
    return _vocabulary("becomes", "around").one(said, at)[1] == "becomes"


def _after(text: str, said: Sequence[Token], at: int) -> str:
    """The words of the new answer, without what only joins them to the question's name."""
    joined = False  # the second one belongs to the answer: "thành Thanh Trạch"
    while (found := _vocabulary("becomes", "around").one(said, at))[0] > 0 and not (joined and found[1] == "becomes"):
        joined = joined or found[1] == "becomes"
        at += found[0]
    return text[said[at].start :].strip() if at < len(said) else ""
