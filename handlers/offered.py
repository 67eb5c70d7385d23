"""What somebody was shown and may type instead of pressing it: by its number, its label, or the action itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from content.fold import fold
from content.message import Choice
from content.words import Token, Vocabulary, tokens, words
from handlers.desk import Desk
from handlers.form_asides import said_aside
from handlers.reading.yesno import read_yesno
from registry.numbering import LIVES as NOTICES_LIVE
from registry.numbering import Shown, shown_notices

MOST_LABEL = 200
"""Letters of a typed label; what is longer is no label."""
MOST_DIGITS = 2
_LAST_NUMBER = re.compile(r" [0-9]+$")


def offered(desk: Desk, text: str) -> tuple[Choice, ...]:
    """
    Find the choice that is typed; none where it is none, several where it may be each of them.

    A number means what the person last saw with it.  While a question waits these are its own
    choices and notices that came after it, and no number at all where the question takes one.
    """
    if not text or len(text) > MOST_LABEL:
        return ()
    said = spoken(text)
    waits = desk.talk.topic is not None
    asked_at = desk.talk.asked_at or desk.now
    since = asked_at if waits else desk.now - NOTICES_LIVE
    notices = shown_notices(desk.db, person_id=desk.person.id, since=since)
    return (
        _numbered(desk, said.number, asked_at, notices)
        or _labelled(said, _seen(desk, asked_at, notices))
        or (_of_an_older_notice(desk, said, asked_at) if waits else ())
    )


@dataclass(frozen=True, slots=True)
class Spoken:
    """
    What may be a label, without marks and signs: as it was said, and without the small words around it.

    `agreed` is without a yes in front of it as well: "đúng rồi, gửi đi".
    """

    text: str
    plain: frozenset[str]
    agreed: frozenset[str]
    number: int


@lru_cache(maxsize=8)
def _vocabulary(*names: str) -> Vocabulary:
    return Vocabulary({name: words()["pressing"][name] for name in names})


def spoken(text: str) -> Spoken:
    """Take what is said apart; a number is one that stands alone, as in "số 2 ạ", else 0."""
    said = [token for token in tokens(text) if token.bare[0].isalnum()]
    polite = _after(said, 0, "polite")
    agreed = _after(said, 0, "polite", "yes")
    ends = {len(said), _before(said, polite)}
    number = said[_after(said, polite, "number") : _before(said, polite)]
    return Spoken(
        text,
        frozenset(_joined(said[at:end]) for at in (0, polite) for end in ends if end > at) or frozenset({fold(text)}),
        frozenset(_joined(said[agreed:end]) for end in ends if end > agreed),
        int(number[0].marked) if len(number) == 1 and _is_short_number(number[0]) else 0,
    )


def _is_short_number(token: Token) -> bool:
    return token.is_whole and len(token.marked) <= MOST_DIGITS


def _joined(said: Sequence[Token]) -> str:
    return " ".join(token.bare for token in said)


def _after(said: Sequence[Token], at: int, *names: str) -> int:
    """Where it goes on behind the small words; all of it when there is nothing else."""
    while (length := _vocabulary(*names).one(said, at)[0]) and at + length < len(said):
        at += length
    return at


def _before(said: Sequence[Token], first: int) -> int:
    """Where the small words at its end begin."""
    for start in range(first + 1, len(said)):
        at = start
        while (length := _vocabulary("behind").one(said, at)[0]) > 0:
            at += length
        if at == len(said):
            return start
    return len(said)


def _bare(text: str) -> str:
    return _joined([token for token in tokens(text) if token.bare[0].isalnum()]) or fold(text)


def _numbered(desk: Desk, number: int, asked_at: datetime, notices: Sequence[Shown]) -> tuple[Choice, ...]:
    talk = desk.talk
    if not number or (talk.topic is not None and not talk.numbered):
        return ()
    found = [(notice.at, notice.numbered(number)) for notice in notices]
    own = talk.offered[number - 1] if talk.numbered and number <= len(talk.offered) else None
    later = _latest(found)
    if talk.topic is not None and own is not None and later is not None and later.action != own.action:
        return own, later  # both lists are before the person, and each counts from one
    if talk.topic is None:
        found += [(one.at, one.choice) for one in talk.earlier if one.number == number]
    meant = _latest([(asked_at, own), *found])
    return () if meant is None else (meant,)


def _latest(found: Sequence[tuple[datetime, Choice | None]]) -> Choice | None:
    seen = [(at, choice) for at, choice in found if choice is not None]
    return max(seen, key=lambda one: one[0])[1] if seen else None


def _seen(desk: Desk, asked_at: datetime, notices: Sequence[Shown]) -> Iterator[tuple[Choice, ...]]:
    """The lists before a person: the question's own first, without a question the newest first."""
    own = (asked_at, desk.talk.offered)
    lists = [own, *((notice.at, notice.choices) for notice in notices)]
    if desk.talk.topic is None:
        lists += [(one.at, (one.choice,)) for one in desk.talk.earlier]
        lists.sort(key=lambda one: one[0], reverse=True)
    return (choices for _, choices in lists)


def _labelled(said: Spoken, lists: Iterator[tuple[Choice, ...]]) -> tuple[Choice, ...]:
    for choices in lists:
        for choice in choices:
            if said.text == choice.action or _names(said, choice.label):
                return (choice,)
        alike = tuple(choice for choice in choices if _LAST_NUMBER.sub("", _bare(choice.label)) in said.plain)
        if len(alike) > 1:  # "sửa mục" below "Sửa mục 1" and "Sửa mục 2"
            return alike
    return ()


def is_label(text: str, label: str) -> bool:
    """
    Whether a label is typed, with or without marks, perhaps with small words around it.

    "Dừng" is no "Đúng", and "ok không" is no "Không".
    """
    return len(text) <= MOST_LABEL and _names(spoken(text), label)


def _names(said: Spoken, label: str) -> bool:
    bare = _bare(label)
    if bare not in said.plain and bare not in said.agreed:
        return False
    meant = read_yesno(label).understood
    if meant is False:
        return bare in said.plain
    return meant is None or read_yesno(said.text).understood is not False


def _of_an_older_notice(desk: Desk, said: Spoken, asked_at: datetime) -> tuple[Choice, ...]:
    """
    The label of a notice from before the question: "Tôi đi được" is nobody's product.

    Only of several words, and none that people say under any question ("để sau").
    """
    if " " not in said.text or said_aside(said.text) is not None:
        return ()
    older = shown_notices(desk.db, person_id=desk.person.id, since=desk.now - NOTICES_LIVE)
    lists = (
        tuple(choice for choice in notice.choices if " " in _bare(choice.label))
        for notice in older
        if notice.at < asked_at
    )
    return _labelled(said, lists)
