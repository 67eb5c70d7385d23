"""/nghe: play a text of the pack as an official has spoken it; after a second press with every question."""

from content.actions.action import parse_words
from content.actions.listening import HearAloud, HearEach
from content.message import Attachment
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from registry.listening import prompts
from registry.people import people

WITH_EACH = 2
"""Presses after which every question is played."""


def play(desk: Desk, words: str) -> Turn:
    """Play one text, turn the playing of every question on or off, or say how it is set."""
    match parse_words("nghe", words):
        case HearEach(wanted):
            _remember(desk, WITH_EACH if wanted == "bat" else 0)
            return Turn((_setting(desk, "nghe.turned_on" if wanted == "bat" else "nghe.turned_off"),), KEEP)
        case HearAloud(key):
            return _play_one(desk, key)
    return Turn((_setting(desk, "nghe.is_on" if desk.person.heard_aloud >= WITH_EACH else "nghe.is_off"),), KEEP)


def _play_one(desk: Desk, key: str) -> Turn:
    found = prompts.playable(desk.db, pack=desk.pack, key=key)
    text = prompts.spoken(desk.pack, key)
    if found is None or text is None:
        return Turn((Say("nghe.nothing"),), KEEP)
    before = desk.person.heard_aloud
    attachment = Attachment("voice", f"prompt:{key}", text.title)
    _remember(desk, min(before + 1, WITH_EACH))
    if before == WITH_EACH - 1:
        stop = Button(HearEach("tat"), "nghe.button.off")
        return Turn((Say("nghe.here_and_each", {"title": text.title}, (stop,), attachments=(attachment,)),), KEEP)
    return Turn((Say("nghe.here", {"title": text.title}, attachments=(attachment,)),), KEEP)


def _remember(desk: Desk, presses: int) -> None:
    people.set_preference(desk.db, person_id=desk.person.id, heard_aloud=presses)
    changed = people.person(desk.db, desk.person.id)
    if changed is not None:
        desk.refresh(changed)


def _setting(desk: Desk, key: str) -> Say:
    on = desk.person.heard_aloud >= WITH_EACH
    other = Button(HearEach("tat"), "nghe.button.off") if on else Button(HearEach("bat"), "nghe.button.on")
    return Say(key, buttons=(other,))


COMMANDS = (Command("nghe", play, ("đọc cho tôi nghe", "đọc to", "nghe câu hỏi")),)
