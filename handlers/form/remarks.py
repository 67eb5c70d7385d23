"""Remarks under a question: "not known", "enough for now", "no, 45k", or several answers at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal, get_args

from content.fold import clean, fold
from content.language.words import Token, Vocabulary, marks, tokens
from content.language.words import words as listed_words
from content.programme.form_spec import Field, Form
from handlers.reading.heard import LONGEST_READ
from handlers.reading.phone import read_phone
from handlers.reading.understood import Reading
from handlers.reading.yesno import read_yesno
from registry.applications.drafts import Answer, Answers

Aside = Literal["unknown", "later", "again", "back", "enough", "greeting"]
ASIDES: tuple[Aside, ...] = get_args(Aside)
SHORT_TEXT = 200
"""Letters of a text that is a name: the part after a comma may be the next answer."""
FEW_WORDS = 2
SHORT_OUTBURST = 8
"""Words; a longer outburst also tells a story."""
MOST_DIGITS = 2
RIGHT = frozenset({"dung", "u", "uh", "um", "da", "vang", "ok", "roi", "r", "a", "ah", "do", "em", "nhe", "nha"})
"""Words around a typed "dung" with which it still means yes."""
_NAMED = ("money", "phone", "place", "quantity", "text")
_READ_BACK = frozenset({"money", "quantity", "date", "phone"})
"""Types whose answer differs from any other words: "no, 45k" can only be the price."""


@dataclass(frozen=True)
class Words:
    """A message, taken apart once: every check of it reads the same tokens."""

    text: str

    @cached_property
    def cleaned(self) -> str:
        return clean(self.text)

    @cached_property
    def tokens(self) -> Sequence[Token]:
        """The tokens of the first letters; no answer is longer."""
        return tokens(self.cleaned[:LONGEST_READ])

    @cached_property
    def yesno(self) -> Reading[bool]:
        return read_yesno(self.text)


@dataclass(frozen=True, slots=True)
class Correction:
    """
    An earlier answer that a person wants to change.

    `words` is the new answer, empty if only the question was named.
    `sure` is true if the words cannot mean anything else; otherwise the new answer must be readable.
    """

    field: Field
    words: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """A request to send, or that all is done; `agreed` is the yes or no said with it, None without one or with both."""

    sends: bool
    agreed: bool | None


@lru_cache(maxsize=1)
def _finishing() -> Vocabulary:
    asides, yesno = listed_words()["asides"], listed_words()["yesno"]
    listed = {name: asides[name] for name in ("send", "done", "around")}
    return Vocabulary(listed | {name: yesno[name] for name in ("yes", "no")})


@lru_cache(maxsize=8)
def _vocabulary(*names: str) -> Vocabulary:
    return Vocabulary({name: listed_words()["asides"][name] for name in names})


def said_aside(words: Words) -> Aside | None:
    """Read words that as a whole say: not known, later, ask again, go back, enough for now, or a greeting."""
    said = words.tokens
    found: set[str] = set()
    at = 0
    listed = _vocabulary(*ASIDES, "around")
    while at < len(said):
        length, meaning = listed.one(said, at)
        if not length:
            return None
        found.add(meaning)
        at += length
    return next((aside for aside in ASIDES if aside in found), None)


def means_all(words: Words) -> bool:
    """True for words that as a whole take all that was offered: "cả ba", "tất cả nhé", "làm hết"."""
    found: set[str] = set()
    at = 0
    while at < len(words.tokens):
        length, meaning = _vocabulary("all_of", "products", "around").one(words.tokens, at)
        if not length:
            return False
        found.add(meaning)
        at += length
    return "all_of" in found


def said_finish(words: Words) -> Finish | None:
    """Read words that as a whole ask to send, or say that all is done: "ok gửi", "nộp luôn", "xong rồi"."""
    said = words.tokens
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


def says_right(words: Words) -> Reading[bool]:
    """Yes or no below "… đúng không ạ?"; there "dung" without marks means "đúng"."""
    reading = words.yesno
    if reading.understood is not None or not words.text.isascii():
        return reading
    said = set(words.text.lower().split())
    if "dung" in said and said <= RIGHT:
        return replace(reading, understood=True, ask=())
    return reading


def asks_something(words: Words) -> bool:
    """True for words that sound like a question: with what, why, who, when or how, or "có … không"."""
    said = words.tokens
    if len(said) < FEW_WORDS:
        return False
    asking = _vocabulary("question", "whether", "around")
    found = [asking.one(said, at)[1] for at in range(len(said))]
    last = next((meaning for meaning in reversed(found) if meaning != "around"), "")
    return "question" in found or (last == "whether" and len(said) > FEW_WORDS)


def sounds_upset(words: Words, *, first: bool = False) -> bool:
    """True for a short outburst against the questions; with `first` only one that begins the text."""
    said = words.tokens
    return len(said) <= SHORT_OUTBURST and any(
        _vocabulary("upset").one(said, at)[0] for at in range(1 if first else len(said))
    )


def curses(words: Words) -> bool:
    """True for words with an outburst anywhere, however long they are."""
    said = words.tokens
    return any(_vocabulary("upset").one(said, at)[0] for at in range(len(said)))


def has_none(words: Words) -> bool:
    """True for words that begin with "none": "chưa có giấy tờ gì cả"."""
    said = words.tokens
    at = 0
    while (length := _vocabulary("around").one(said, at)[0]) > 0:
        at += length
    return bool(_vocabulary("none").one(said, at)[0])


def named_number(words: Words, *, correcting: bool = False) -> int | None:
    """The number that names a question: "5", "câu 5", "sửa số 5"; `correcting` requires a word for correcting."""
    said = words.tokens
    number: int | None = None
    mends = False
    at = 0
    listed = _vocabulary("mend", "order", "around", "wrong")
    while at < len(said):
        length, meaning = listed.one(said, at)
        mends = mends or meaning in {"mend", "wrong"}
        if not length:
            if number is not None or not said[at].is_whole or len(said[at].marked) > MOST_DIGITS:
                return None
            number, length = int(said[at].marked), 1
        at += length
    return number if mends or not correcting else None


def corrected(form: Form, answers: Answers, words: Words, *, alone: bool = False) -> Correction | None:
    """
    Find the earlier answer to correct: the one that is named, else the one given last.

    `alone` means that no question waits: then a named answer needs no word for correcting before it.
    """
    heard = words.cleaned
    if len(heard) > LONGEST_READ:
        return None
    said = words.tokens
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


def mended(form: Form, answers: Answers, words: Words) -> Correction | None:
    """
    Find the answer that a sentence calls wrong: "tên sai rồi, phải là …", "sửa cái số điện thoại", "thêm giá 50k".

    It needs the name of a question and a word for correcting, in any order.  The new answer is what stands behind
    "là" or "thành" after the name, or right behind the name.  Takes time in proportion to the text.
    """
    said = words.tokens
    listed = _vocabulary("mend", "wrong", "amiss", "becomes", "around")
    field, mends, named, joined, at = None, False, 0, 0, 0
    while at < len(said):
        found, length = _named(form, answers, said, at)
        other, meaning = listed.one(said, at)
        if field is None and found is not None:
            field, named = found, at + length
        elif meaning in {"mend", "wrong", "amiss"}:
            mends, length = True, other
        elif meaning == "becomes":
            joined, length = at + other, other
        at += max(length, other, 1)
    if field is None or not mends:
        return None
    behind = max(named, joined)
    return Correction(field, _after(words.cleaned, said, behind), sure=False)


def joins(words: Words) -> bool:
    """True for words that give a new answer: with "là", "thành" or "sang"."""
    said = words.tokens
    return any(_vocabulary("becomes").one(said, at)[0] for at in range(len(said)))


def given_last(answers: Answers) -> str:
    """The question that was answered last; answers keep the order in which they were given."""
    return next(
        (name for name in reversed(list(answers)) if not name.startswith("_") and answers[name] is not None), ""
    )


def several(form: Form, answers: Answers, field: Field, text: str) -> tuple[str, dict[str, Answer]]:
    """
    Take apart "khoai deo, hộ gia đình, 0912 345 678" under a question for a name or a choice.

    A phone number or the exact label of a choice answers another required question that has no answer.
    The rest, perhaps empty, answers this question.
    """
    if field.type != "choice" and not (field.type == "text" and 0 < field.most <= SHORT_TEXT):
        return text, {}
    found: dict[str, Answer] = {}
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


def _exactly(field: Field, part: str) -> Answer:
    if field.type == "phone":
        said = tokens(part)
        named = _vocabulary("phone").one(said, 0)[0]
        words = any(token.marked.isalpha() for token in said[named:])
        return None if words else read_phone(part).understood
    if not field.choices:
        return None
    folded = fold(part)
    return next((choice.id for choice in field.choices if _folded(choice.label) == folded), None)


@lru_cache(maxsize=1024)
def _folded(label: str) -> str:
    """The label of a choice without marks: each of them is compared with every answer."""
    return fold(label)


def _led(said: Sequence[Token]) -> tuple[int, set[str]]:
    """Count the leading words that only ask for a correction, and name their kinds."""
    leads: set[str] = set()
    at = 0
    listed = _vocabulary("mend", "not_so", "around")
    while (found := listed.one(said, at))[0]:
        leads.add(found[1])
        at += found[0]
    return at, leads & {"mend", "not_so"}


def _named(form: Form, answers: Answers, said: Sequence[Token], at: int) -> tuple[Field | None, int]:
    """The question whose label begins here, or the first of the named type; the longest match wins."""
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


def _given_last_of(form: Form, answers: Answers, kind: str) -> Field | None:
    """The question of a type that was answered last: slips are noticed soon.  Of texts only names count."""
    shown = [one for one in form.shown(answers) if one.type == kind and (one.required or kind != "text")]
    given = [one for name in reversed(list(answers)) for one in shown if one.id == name]
    return next(iter(given or shown), None)


@lru_cache(maxsize=1024)
def _label(label: str) -> tuple[Token, ...]:
    """The tokens of a question's label: each of them is compared with every answer."""
    return tuple(tokens(label))


def _alike(said: Token, listed: Token) -> bool:
    return said.marked == listed.marked or (said.bare == listed.bare and not marks(said.marked))


def _joined(said: Sequence[Token], at: int) -> bool:
    return _vocabulary("becomes", "around").one(said, at)[1] == "becomes"


def _after(text: str, said: Sequence[Token], at: int) -> str:
    """The words of the new answer, without those that join it to the question's name."""
    joined = False  # the second one belongs to the answer: "thành Thanh Trạch"
    while (found := _vocabulary("becomes", "around").one(said, at))[0] > 0 and not (joined and found[1] == "becomes"):
        joined = joined or found[1] == "becomes"
        at += found[0]
    return text[said[at].start :].strip() if at < len(said) else ""
