"""
Wishes of officials: the act is prepared where it is done, and its preview or its next question is shown.

Each place checks the official's right again; a place outside it prepares nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta

from content.actions.officials import ListQuestions, ReviewIdea, ShowQueue
from content.fold import fold
from content.language.names import sounds_like_a_name
from content.language.official_wishes import (
    Led,
    asks_next_week,
    audience_in,
    led,
    occasion_in,
    said_from,
)
from content.language.saying import phone_said
from content.language.words import Token
from content.places.places import Place
from handlers import lienhe, nghiphep
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.duyet import duyet
from handlers.form.remarks import Words, asks_something
from handlers.hanchot import hanchot
from handlers.reading.phone import read_phone
from handlers.taphuan import planning
from handlers.thongbao import composing
from registry.applications.applications import Application, applications_seen_by
from registry.deadlines import digests
from registry.people.roles import OFFICIALS, Role
from registry.store.audit import record

SEE = "review.see"
MOST_LOOKED_AT = 300
"""Applications whose names one turn opens, about 50 ms; beyond it the official names a commune."""
MOST_FOUND = 8
_BROADCAST = Button("/thongbao", "menu.announce")


@dataclass(frozen=True, slots=True)
class Named:
    """A commune that was named, and its name as it was typed, word by word without marks."""

    place: Place
    words: tuple[str, ...]


def prepared(desk: Desk, text: str) -> Turn | None:
    """Prepare what an official wishes; None for producers and for all other words."""
    if not any(role.role in OFFICIALS for role in desk.roles):
        return None
    wish = led(text)
    turn = _WISHES[wish.wish](desk, text, wish) if wish is not None else None
    return turn or _found_bare(desk, text)


def place_named(desk: Desk, text: str) -> Named | None:
    """The one commune a text names in full, today's or an old one; None without one or with several."""
    bare = f" {' '.join(fold(text).replace(',', ' ').replace(':', ' ').split())} "
    found: dict[str, Named] = {}
    for match in desk.places.find(text).matches:
        for one in (match.place, match.through):
            if one is not None and f" {fold(one.short)} " in bare:
                found.setdefault(match.place.code, Named(match.place, tuple(fold(one.short).split())))
    return next(iter(found.values())) if len(found) == 1 else None


def _narrowed(desk: Desk, text: str, act: str) -> Role | Turn:
    """The role for an act, narrowed to the commune that is named; a refusal where it is outside."""
    named = place_named(desk, text)
    role = desk.role_for(act, None if named is None else named.place.code)
    if role is None:
        return Turn((Say("wishes.outside", {"heard": text[:60]}),), KEEP)
    return role if named is None else replace(role, place=named.place.code)


# --- messages to many -------------------------------------------------------------------------------------------------


def _broadcast(desk: Desk, text: str, wish: Led) -> Turn | None:
    named = place_named(desk, said_from(text, wish.rest))
    addressed, words = audience_in(wish.rest, () if named is None else named.words)
    if not addressed or not words:
        return None
    message = said_from(text, words)
    place = None if named is None else named.place.code
    return composing.prepared(desk, message[:1].upper() + message[1:], place)


def _gathering(desk: Desk, text: str, wish: Led) -> Turn | None:
    asked = None if asks_something(Words(text)) else occasion_in(text, wish.rest)
    if asked is None:
        return None
    before, _ = audience_in(wish.rest, ())
    named = place_named(desk, said_from(text, wish.rest)) if before else None
    place = None if named is None or _holds(asked.venue, named) else named.place.code
    title = asked.title[:1].upper() + asked.title[1:]
    return planning.prepared(
        desk, kind=asked.kind, title=title, moment=asked.moment, venue=asked.venue, seats=asked.seats, place=place
    )


def _holds(venue: str, named: Named) -> bool:
    return " ".join(named.words) in fold(venue)


# --- the office's own work --------------------------------------------------------------------------------------------


def _leave(desk: Desk, text: str, wish: Led) -> Turn | None:
    days = said_from(text, wish.rest)
    if asks_next_week(wish.rest):
        monday = desk.today + timedelta(days=7 - desk.today.weekday())
        return nghiphep.prepared(desk, (monday, monday + timedelta(days=6)))
    found = nghiphep.days_in(days, desk.today)
    return nghiphep.prepared(desk, found) if found is not None or not days else None


def _not_sent(desk: Desk, text: str, wish: Led) -> Turn | None:
    """Name the people of a place who left a form unfinished, as the Monday message does."""
    role = _narrowed(desk, said_from(text, wish.rest), SEE)
    if isinstance(role, Turn):
        return role
    found = digests.stuck(desk.db, pack=desk.pack, role=role, on=desk.today, now=desk.now)
    place = desk.places.full_name(role.place)
    if not found:
        return Turn(
            (Say("wishes.nobody_left", {"place": place}, (Button(ShowQueue(), "digest.button.review"),)),), KEEP
        )
    for one in found:
        record(
            desk.db, now=desk.now, actor=desk.person.id, act="person.seen", noun="person", noun_id=one.person_id,
            why="asked",
        )  # fmt: skip
    lines = [
        said(
            desk, "digest.stuck" if one.field else "digest.stuck.unsent", number=number, name=one.name or "–",
            phone=phone_said(one.phone) if one.phone else "–", product=one.product or "–", field=one.field,
        )
        for number, one in enumerate(found, 1)
    ]  # fmt: skip
    values = {"place": place, "lines": "\n".join(lines)}
    return Turn((Say("wishes.left", values, (_BROADCAST,)),), KEEP)


def _figures(desk: Desk, text: str, wish: Led) -> Turn | None:
    """The week so far in one's place, in the words of the Monday message."""
    rest = said_from(text, wish.rest)
    if rest and place_named(desk, rest) is None:
        return None
    role = _narrowed(desk, rest, SEE)
    if isinstance(role, Turn):
        return role
    monday = desk.today - timedelta(days=desk.today.weekday())
    since = datetime.combine(monday, time(), tzinfo=desk.house.zone)
    changed = digests.changes(desk.db, role=role, places=desk.places, on=desk.today, since=since)
    waits = digests.waits(desk.db, pack=desk.pack, role=role, on=desk.today, now=desk.now)
    counted = [
        *((f"digest.changed.{one.name}", getattr(changed, one.name)) for one in fields(changed)),
        ("digest.waits.applications", waits.applications),
        ("digest.waits.overdue", waits.overdue),
        ("digest.waits.questions", waits.questions),
        ("digest.waits.papers", waits.papers),
    ]
    lines = "\n".join(said(desk, key, count=count) for key, count in counted if count)
    values = {"place": desk.places.full_name(role.place), "lines": lines}
    ways = (Button(ShowQueue(), "digest.button.review"), Button(ListQuestions(), "digest.button.questions"))
    return Turn((Say("wishes.week" if lines else "wishes.week_quiet", values, ways),), KEEP)


def _alone(run: Callable[[Desk, str], Turn]) -> "_Wish":
    """A command for a lead with nothing behind it."""
    return lambda desk, _text, wish: None if wish.rest else run(desk, "")


# --- finding somebody -------------------------------------------------------------------------------------------------


def _find(desk: Desk, text: str, wish: Led) -> Turn | None:
    wanted = said_from(text, wish.rest)
    name = _without_place(desk, wish.rest)
    phone = read_phone(wanted).understood
    if phone is None and not name:
        return None
    surely = phone is not None or sounds_like_a_name(name)  # "tìm hiểu về nhãn" looks for nobody
    return _listed(desk, wanted, name, phone, may_be_other=not surely)


def _found_bare(desk: Desk, text: str) -> Turn | None:
    """A name or a number alone; None where nothing of one's place has it, so that other readers see the words."""
    phone = read_phone(text).understood if not any(letter.isalpha() for letter in text) else None
    if phone is None and not sounds_like_a_name(text):
        return None
    return _listed(desk, text, fold(text), phone, may_be_other=True)


def _without_place(desk: Desk, said_words: Sequence[Token]) -> str:
    """The name that is looked for, without "ở Hải Ninh" behind it."""
    bare = [token.bare for token in said_words if token.marked[0].isalnum()]
    for at in range(len(bare) - 1, 0, -1):
        if bare[at] in {"o", "tai", "xa", "phuong"} and place_named(desk, " ".join(bare[at + 1 :])) is not None:
            return " ".join(bare[: at - 1] if bare[at - 1] in {"o", "tai"} else bare[:at])
    return " ".join(bare)


def _listed(desk: Desk, wanted: str, name: str, phone: str | None, *, may_be_other: bool) -> Turn | None:
    role = _narrowed(desk, wanted, SEE)
    if isinstance(role, Turn):
        return None if may_be_other else role
    seen = applications_seen_by(desk.db, role=role, places=desk.places, on=desk.today, limit=MOST_LOOKED_AT + 1)
    if len(seen) > MOST_LOOKED_AT:
        return Turn((Say("wishes.find_where", {"heard": wanted[:60]}),), KEEP)
    found = [one for one in seen if _is_of(one, name, phone)]
    if not found:
        return None if may_be_other else Turn((Say("wishes.find_nobody", {"heard": wanted[:60]}),), KEEP)
    lines = "\n".join(
        said(desk, "wishes.found_line", product=one.product, entity=str(one.answers.get("entity_name") or "–"),
             place=desk.places.full_name(one.place), code=one.code)
        for one in found[:MOST_FOUND]
    )  # fmt: skip
    buttons = tuple(Button(ReviewIdea(one.code), label=one.product[:40]) for one in found[:MOST_FOUND])
    values = {"heard": wanted[:60], "count": str(len(found)), "lines": lines}
    return Turn((Say("wishes.found", values, buttons),), KEEP)


def _is_of(one: Application, name: str, phone: str | None) -> bool:
    if phone is not None:
        return one.answers.get("phone") == phone
    entity = fold(str(one.answers.get("entity_name") or ""))
    return bool(name) and f" {name} " in f" {entity} "


_Wish = Callable[[Desk, str, Led], Turn | None]
_WISHES: Mapping[str, _Wish] = {
    "broadcast": _broadcast,
    "gathering": _gathering,
    "leave": _leave,
    "not_sent": _not_sent,
    "figures": _figures,
    "find": _find,
    "queue": _alone(duyet.queue),
    "questions": _alone(lienhe.waiting_questions),
    "deadlines": _alone(hanchot.days),
}
