"""Choices that a person types instead of pressing them: by number, by label, or as the command itself."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from content.message import Choice
from handlers.conversation.desk import Desk
from handlers.form.remarks import Words, said_aside
from handlers.reading.label import MOST_LABEL, Spoken, bare_label, names, spoken
from registry.deliveries.numbering import LIVES as NOTICES_LIVE
from registry.deliveries.numbering import Shown, shown_notices

MOST_DIGITS = 2
_LAST_NUMBER = re.compile(r" [0-9]+$")


def offered(desk: Desk, text: str) -> tuple[Choice, ...]:
    """
    Find the choice that is typed; empty if it is not one, several if it may be each of them.

    A number means the choice last shown with it.  While a question waits these are its own choices and those of later
    notices. Under a question that takes a number, a number is never a choice.
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
        or _labelled(said, _seen(desk, asked_at, notices), instead=True)
        or (_of_an_older_notice(desk, said, asked_at) if waits else ())
    )


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
    """The lists a person sees: first that of the question; without a question, the newest first."""
    own = (asked_at, desk.talk.offered)
    lists = [own, *((notice.at, notice.choices) for notice in notices)]
    if desk.talk.topic is None:
        lists += [(one.at, (one.choice,)) for one in desk.talk.earlier]
        lists.sort(key=lambda one: one[0], reverse=True)
    return (choices for _, choices in lists)


def _labelled(said: Spoken, lists: Iterator[tuple[Choice, ...]], *, instead: bool = False) -> tuple[Choice, ...]:
    for choices in lists:
        for choice in choices:
            if said.text == choice.action or names(said, choice.label, instead=instead):
                return (choice,)
        alike = tuple(choice for choice in choices if _LAST_NUMBER.sub("", bare_label(choice.label)) in said.plain)
        if len(alike) > 1:  # "sửa mục" below "Sửa mục 1" and "Sửa mục 2"
            return alike
    return ()


def _of_an_older_notice(desk: Desk, said: Spoken, asked_at: datetime) -> tuple[Choice, ...]:
    """
    Find the label of a notice that is older than the question: "Tôi đi được" does not name a product.

    Only labels of several words count, and none that people say under any question ("để sau").
    """
    if " " not in said.text or said_aside(Words(said.text)) is not None:
        return ()
    older = shown_notices(desk.db, person_id=desk.person.id, since=desk.now - NOTICES_LIVE)
    lists = (
        tuple(choice for choice in notice.choices if " " in bare_label(choice.label))
        for notice in older
        if notice.at < asked_at
    )
    return _labelled(said, lists)
