"""/thongbao: broadcasts to a place and all below it, within one's own; /dahieu: a recipient understood one."""

from content.actions.action import parse_words
from content.actions.officials import (
    ApproveBroadcast,
    CopyBroadcast,
    CorrectBroadcast,
    EditBroadcast,
    LabelUnderstood,
    LeaveEdit,
    ListBroadcasts,
    LookAtBroadcast,
    PauseBroadcast,
    RefuseBroadcast,
    ResumeBroadcast,
    RetryBroadcast,
    ShowBroadcast,
    StopBroadcast,
)
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Heard, Turn
from handlers.thongbao import approval, composing, editing, running
from handlers.thongbao.state import LABEL, REFUSE, TOPIC, edit_at


def broadcast(desk: Desk, words: str) -> Turn:
    """Begin a broadcast, or act on one that exists."""
    match parse_words("thongbao", words):
        case ShowBroadcast(known):
            return running.report_turn(desk, known)
        case StopBroadcast(known, version):
            return running.stop(desk, known, version)
        case PauseBroadcast(known, version):
            return running.pause(desk, known, version)
        case ResumeBroadcast(known, version):
            return running.resume(desk, known, version)
        case EditBroadcast(known, version):
            return editing.edit(desk, known, version)
        case LeaveEdit(known, version):
            return editing.give_up(desk, known, version)
        case RetryBroadcast(known, way):
            return running.again(desk, known, way)
        case CorrectBroadcast(known):
            return composing.correct(desk, known)
        case CopyBroadcast(known):
            return running.copies(desk, known)
        case LabelUnderstood(known):
            return running.ask_tag(desk, known)
        case LookAtBroadcast(known):
            return approval.look(desk, known)
        case ApproveBroadcast(known, version, people):
            return approval.approve(desk, known, version, people)
        case RefuseBroadcast(known, version):
            return approval.ask_refusal(desk, known, version)
        case ListBroadcasts():
            return running.listing(desk)
    return composing.begin(desk, words)


def hear(desk: Desk, heard: Heard) -> Turn:
    match desk.talk.step:
        case step if step == REFUSE:
            return approval.hear_refusal(desk, heard)
        case step if step == LABEL:
            return running.hear_tag(desk, heard)
    return composing.hear(desk, heard) if edit_at(desk) is None else editing.hear(desk, heard)


def repeat(desk: Desk) -> Turn:
    match desk.talk.step:
        case step if step == REFUSE:
            return approval.repeat_refusal(desk)
        case step if step == LABEL:
            return running.repeat_tag(desk)
    return composing.repeat(desk) if edit_at(desk) is None else editing.repeat(desk)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat, leave=editing.leave, left=editing.left),)
COMMANDS = (
    Command("thongbao", broadcast, ("thông báo", "gửi thông báo"), official=True),
    Command("dahieu", running.understood, listed=False),
)
