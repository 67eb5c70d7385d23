"""/thongbao: announcements to a place and all below it, within one's own; and "đã hiểu" of those who got one."""

from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Heard, Turn
from handlers.thongbao import approval, composing, editing, running
from handlers.thongbao.words import TOPIC

LONGEST_VERSION = 6
"""Digits of a version that is read at all."""
OF_A_VERSION = {
    "dung": running.stop,
    "tamdung": running.pause,
    "tieptuc": running.resume,
    "sua": editing.edit,
    "thoisua": editing.give_up,
}
"""Acts on one text: its buttons carry the version they were shown for, and do nothing to any other."""


def announce(desk: Desk, words: str) -> Turn:
    """Begin one, or do something about one that is there: its id follows the word of the button."""
    match words.split():
        case ["so", broadcast_id]:
            return running.report_turn(desk, broadcast_id)
        case [act, broadcast_id, *version] if act in OF_A_VERSION and len(version) <= 1:
            return OF_A_VERSION[act](desk, broadcast_id, _version(version))
        case ["guilai", broadcast_id]:
            return running.again(desk, broadcast_id)
        case ["guilai", broadcast_id, way]:
            return running.again(desk, broadcast_id, way)
        case ["dinhchinh", broadcast_id]:
            return composing.correct(desk, broadcast_id)
        case ["chep", broadcast_id]:
            return running.copies(desk, broadcast_id)
        case ["nhan", broadcast_id]:
            return running.ask_tag(desk, broadcast_id)
        case ["xemduyet", broadcast_id]:
            return approval.look(desk, broadcast_id)
        case ["duyet", broadcast_id, version, people]:
            return approval.approve(desk, broadcast_id, version, people)
        case ["tuchoi", broadcast_id, version]:
            return approval.ask_refusal(desk, broadcast_id, version)
        case ["xem"]:
            return running.listing(desk)
    return composing.begin(desk, words)


def _version(words: list[str]) -> int:
    """A button of the previous release carries none: it is taken for the first text."""
    word = words[0] if words else "1"
    return int(word) if word.isdecimal() and len(word) <= LONGEST_VERSION else 0


def hear(desk: Desk, heard: Heard) -> Turn:
    match desk.talk.step:
        case "refuse":
            return approval.hear_refusal(desk, heard)
        case "tag":
            return running.hear_tag(desk, heard)
    return editing.hear(desk, heard) if desk.talk.data.get("edits") else composing.hear(desk, heard)


def repeat(desk: Desk) -> Turn:
    match desk.talk.step:
        case "refuse":
            return approval.repeat_refusal(desk)
        case "tag":
            return running.repeat_tag(desk)
    return editing.repeat(desk) if desk.talk.data.get("edits") else composing.repeat(desk)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat, leave=editing.leave, left=editing.left),)
COMMANDS = (
    Command("thongbao", announce, ("thông báo", "gửi thông báo"), official=True),
    Command("dahieu", running.understood, listed=False),
)
