"""/kiemtra: check by its number and its words whether a message is one of our broadcasts."""

import re

from content.fold import fold
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.thongbao.words import LANGUAGE, group_text, signed
from registry.broadcasts import wording as broadcast_words
from registry.broadcasts.wording import Ours
from registry.people.roles import role_by_id

TOPIC = "kiemtra"
WAYS = (Button("/lienhe", "hoi.ask_official"), Button("/menu", "front.menu"))
_NUMBER = re.compile(r"(?<!\d)(\d{1,6}/20\d{2})(?!\d)")
_BEFORE_NUMBER = {"", "thong bao", "thong bao so", "so", "tin", "tb"}
"""Words that may precede a number typed alone."""


def check(desk: Desk, words: str) -> Turn:
    """Take a suspicious message, after the command or as the next message."""
    if words:
        return _answer(desk, words)
    return _ask()


def _ask() -> Turn:
    return Turn(
        (Say("kiemtra.send_it", buttons=(Button("/huy", "kiemtra.leave"),), numbered=False),), Waiting(TOPIC, "text")
    )


def hear(desk: Desk, heard: Heard) -> Turn:
    if heard.said.kind not in {"text", "photo", "document"} or not heard.text.strip():
        return Turn((Say("kiemtra.words_please", buttons=(Button("/huy", "kiemtra.leave"),)),), Waiting(TOPIC, "text"))
    return _answer(desk, heard.text)


def repeat(desk: Desk) -> Turn:  # noqa: ARG001
    return _ask()


def _answer(desk: Desk, words: str) -> Turn:
    return Turn(verdict(desk, words) or (Say("kiemtra.not_ours", buttons=WAYS),))


def verdict(desk: Desk, words: str) -> tuple[Say, ...]:
    """
    Compare words with the broadcasts that were sent; empty if they are not one of them.

    A message is ours if its words equal those sent under its number.  A number alone shows the text to its recipients.
    People who did not receive it are told which office sent it.
    """
    for number in dict.fromkeys(_NUMBER.findall(words)):
        found = broadcast_words.ours(desk.db, number=number, person_id=desk.person.id, now=desk.now)
        if found is None:
            continue
        alone = fold(words.replace(number, "")).strip(" .:?") in _BEFORE_NUMBER
        same = _is_as_sent(desk, found, words)
        if (same or alone) and found.broadcast.state == "cancelled":
            return (Say("kiemtra.stopped", {"number": number}, WAYS),)
        if (same or alone) and found.corrected_by:
            return (Say("kiemtra.corrected", {"number": number, "newer": found.corrected_by}, WAYS),)
        if alone and found.theirs:
            shown = Say("thongbao.exact", {"text": found.message.text})
            return (Say("kiemtra.by_number", {"number": number}), shown)
        if same and found.theirs:
            return (Say("kiemtra.ours", {"number": number}, WAYS),)
        if same:
            values = {"number": number, "place": desk.places.full_name(found.broadcast.place)}
            return (Say("kiemtra.ours_to_others", values, WAYS),)
        if found.theirs:
            return (Say("kiemtra.changed", {"number": number}, WAYS),)
    return ()


def _is_as_sent(desk: Desk, found: Ours, words: str) -> bool:
    """Marks, blanks and letter size do not count; a changed or added word does."""
    said = {fold(found.message.plain)}
    if found.broadcast.dated_at is not None:  # as it reads on a later day
        day = found.broadcast.dated_at.astimezone(desk.house.zone)
        for shape in ("%d/%m", "%d/%m/%Y"):
            line = desk.house.phrases.say("thongbao.dated", LANGUAGE, day=day.strftime(shape))
            said.add(fold(f"{line}\n{found.message.plain}"))
    role = role_by_id(desk.db, found.broadcast.role_id)
    if role is not None:
        said.add(fold(group_text(desk.house, found.broadcast, found.text, signed(desk.house, role))))
    return fold(words) in said


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("kiemtra", check, ("kiểm tra tin", "kiểm tra")),)
