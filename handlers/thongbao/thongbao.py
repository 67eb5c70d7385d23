"""/thongbao: announcements to a place and all below it, within one's own; and "đã hiểu" of those who got one."""

from handlers.conversation.desk import Desk
from handlers.conversation.front_desk import Command, Conversation
from handlers.conversation.turn import Heard, Turn
from handlers.thongbao import approval, composing, running
from handlers.thongbao.words import TOPIC


def announce(desk: Desk, words: str) -> Turn:
    """Begin one, or do something about one that is there: its id follows the word of the button."""
    match words.split():
        case ["so", broadcast_id]:
            return running.report_turn(desk, broadcast_id)
        case ["dung", broadcast_id]:
            return running.stop(desk, broadcast_id)
        case ["tamdung", broadcast_id]:
            return running.pause(desk, broadcast_id)
        case ["tieptuc", broadcast_id]:
            return running.resume(desk, broadcast_id)
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
        case ["sua", broadcast_id]:
            return composing.edit(desk, broadcast_id)
        case ["xemduyet", broadcast_id]:
            return approval.look(desk, broadcast_id)
        case ["duyet", broadcast_id, version, people]:
            return approval.approve(desk, broadcast_id, version, people)
        case ["tuchoi", broadcast_id, version]:
            return approval.ask_refusal(desk, broadcast_id, version)
        case ["xem"]:
            return running.listing(desk)
    return composing.begin(desk, words)


def hear(desk: Desk, heard: Heard) -> Turn:
    match desk.talk.step:
        case "refuse":
            return approval.hear_refusal(desk, heard)
        case "tag":
            return running.hear_tag(desk, heard)
    return composing.hear(desk, heard)


def repeat(desk: Desk) -> Turn:
    match desk.talk.step:
        case "refuse":
            return approval.repeat_refusal(desk)
        case "tag":
            return running.repeat_tag(desk)
    return composing.repeat(desk)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (
    Command("thongbao", announce, ("thông báo", "gửi thông báo"), official=True),
    Command("dahieu", running.understood, listed=False),
)
