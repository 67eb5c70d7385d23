"""/kiemtra: is this message one of ours?  By its number and its words, in the ledger of what was sent."""

import re

from handlers.desk import Desk
from handlers.front_desk import Command, Conversation
from handlers.turn import Button, Heard, Say, Turn, Waiting
from registry import broadcasts

TOPIC = "kiemtra"
_NUMBER = re.compile(r"(?<!\d)(\d{1,6}/20\d{2})(?!\d)")


def check(desk: Desk, words: str) -> Turn:
    """Take the suspicious message, typed behind the command or sent next."""
    if words:
        return _answer(desk, words)
    return _ask()


def _ask() -> Turn:
    return Turn(
        (Say("kiemtra.send_it", buttons=(Button("/huy", "kiemtra.leave"),), numbered=False),), Waiting(TOPIC, "text")
    )


def hear(desk: Desk, heard: Heard) -> Turn:
    if heard.said.kind != "text" or not heard.text.strip():
        return Turn((Say("kiemtra.words_please", buttons=(Button("/huy", "kiemtra.leave"),)),), Waiting(TOPIC, "text"))
    return _answer(desk, heard.text)


def repeat(desk: Desk) -> Turn:  # noqa: ARG001
    return _ask()


def _answer(desk: Desk, words: str) -> Turn:
    """Ours only when the number was sent to this very person and the words are those that were sent."""
    found = _NUMBER.search(words)
    number = found[1] if found else ""
    ways = (Button("/lienhe", "hoi.ask_official"), Button("/menu", "front.menu"))
    if number and broadcasts.is_as_sent(desk.db, number=number, person_id=desk.person.id, words=words):
        return Turn((Say("kiemtra.ours", {"number": number}, ways),))
    key = "kiemtra.changed" if number and broadcasts.sent_to(desk.db, number=number, person_id=desk.person.id) else None
    return Turn((Say(key or "kiemtra.not_ours", {"number": number}, ways),))


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("kiemtra", check, ("kiểm tra tin", "kiểm tra")),)
