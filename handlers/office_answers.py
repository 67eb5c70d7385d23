"""/giaidap: the office's answer to a question, as people read it."""

from content.actions.action import parse_words
from content.actions.office_answers import ShowOfficeAnswer
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from registry.answers import answers, search
from registry.answers.answers import OfficeAnswer
from registry.answers.search import Found
from registry.answers.telling import values_of

OFFICIAL = Button("/lienhe", "hoi.ask_official")


def found_by_office(desk: Desk, question: str) -> Found:
    """The office's answer to a question, for the place of the person at the desk."""
    return search.find(desk.db, question, place=desk.person.place, places=desk.places, on=desk.today)


def office_answer_said(desk: Desk, known: OfficeAnswer) -> Say:
    """One answer with its source, its place and its last day."""
    return Say("answer.shown", values_of(desk.pack, known), (OFFICIAL,))


LONGEST_LABEL = 60
"""Letters on a button; an official's question may be longer than a channel shows."""


def short(question: str) -> str:
    """A question as a label."""
    return question if len(question) <= LONGEST_LABEL else f"{question[: LONGEST_LABEL - 1].rstrip()}…"


def answer_button(known: OfficeAnswer) -> Button:
    """The button that shows an answer, labelled with its question."""
    return Button(ShowOfficeAnswer(known.id), label=short(known.question))


def show(desk: Desk, words: str) -> Turn:
    """Show an answer, if it still holds and is for the place of this person."""
    pressed = parse_words("giaidap", words)
    known = answers.answer(desk.db, pressed.answer) if isinstance(pressed, ShowOfficeAnswer) else None
    readable = search.readable(known, place=desk.person.place, places=desk.places, on=desk.today)
    if known is None or not readable:
        return Turn((Say("answer.not_there", buttons=(OFFICIAL,)),), KEEP)
    return Turn((office_answer_said(desk, known),), KEEP)


COMMANDS = (Command("giaidap", show, listed=False),)
