"""A question asked back ("Ý chị là …?"): the titles that are offered, and /yla, which takes the press of one."""

from collections.abc import Sequence

from content.actions.action import parse_words
from content.actions.office_answers import ShowOfficeAnswer
from content.actions.producers import ChooseMeant, ShowTopic
from content.finder.search import MOST_SUGGESTIONS
from handlers import office_answers
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.gioithieu import card_said
from registry.answers.answers import OfficeAnswer
from registry.answers.asked_back import Choice, note_asked_back, press

_OFFICIAL = Button("/lienhe", "hoi.ask_official")


def asked_back(desk: Desk, question: str, near: Sequence[OfficeAnswer], topics: Sequence[str]) -> Turn:
    """
    Offer the nearest answers of an office and titles; the press is kept for the pack's editor.

    Where nothing is pressed the question stays on the officials' list.
    """
    answers = [(Choice("answer", one.id), office_answers.short(one.question)) for one in near]
    offered = [*answers, *((Choice("topic", one), desk.pack.topics[one].title) for one in topics)][:MOST_SUGGESTIONS]
    asked = note_asked_back(
        desk.db, text=question, place=desk.person.place, person_id=desk.person.id, shown=[one for one, _ in offered],
        now=desk.now,
    )  # fmt: skip
    buttons = [
        Button(_plain(choice) if asked is None else ChooseMeant(asked, number), label=label)
        for number, (choice, label) in enumerate(offered)
    ]
    return Turn((Say("hoi.unsure", buttons=(*buttons, _OFFICIAL)),), KEEP)


def _plain(choice: Choice) -> ShowTopic | ShowOfficeAnswer:
    """The button of a choice that is not stored."""
    return ShowTopic(choice.id) if choice.kind == "topic" else ShowOfficeAnswer(choice.id)


def meant(desk: Desk, words: str) -> Turn:
    """Show what was pressed, and store the press."""
    pressed = parse_words("yla", words)
    chosen = None
    if isinstance(pressed, ChooseMeant):
        chosen = press(desk.db, asked_id=pressed.asked, number=pressed.number, now=desk.now)
    if chosen is None:
        return Turn((Say("front.old_button", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    if chosen.kind == "answer":
        return office_answers.show(desk, ShowOfficeAnswer(chosen.id).command.partition(" ")[2])
    topic = desk.pack.topics.get(chosen.id)
    if topic is None:
        return Turn((Say("front.old_button", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    return Turn((card_said(desk, topic),), KEEP)


COMMANDS = (Command("yla", meant, listed=False),)
