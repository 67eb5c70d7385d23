"""Remarks beside an answer: wishes, questions, corrections, curses, and dangers that are reported."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from content.actions.answers import FormAnswer
from content.actions.producers import CorrectAnswer
from content.language.legacy import turned
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.form.answers import short
from handlers.form.asking import ask, ask_written, confirm_again, help_with, propose
from handlers.form.at_question import AtQuestion, Filling, Written, waiting_question
from handlers.form.navigation import repeat, repeat_question, skip_question
from handlers.form.reading import Answered, Taken, Which, read_words
from handlers.form.remarks import (
    SHORT_TEXT,
    Aside,
    Correction,
    Words,
    asks_something,
    has_none,
    named_number,
    said_aside,
    sounds_upset,
)
from handlers.gioithieu import answered_beside
from registry.applications.drafts import Answer

WAYS: Mapping[Aside | None, Button] = {
    "enough": Button("/huy", "form.stop_here"),
    "back": Button("/quaylai", "form.before"),
    "later": Button("/boqua", "form.later"),
}
"""The command plain words beside an answer may mean; only its button runs it."""

AMOUNTS = frozenset({"money", "quantity"})
"""Types to which a bare "không" may mean anything: it is neither zero nor "I have none"."""


def hear_beside(at: AtQuestion, words: Words, read: Answered) -> Turn | None:
    """
    Answer a remark beside an answer; None for an answer.

    Bare words never run a command: "Huy", one word, may be a name.
    People who want to stop or to go back see the buttons for it.
    """
    aside = said_aside(words)
    if sounds_upset(words, first=isinstance(read, Taken)):  # behind a name, or in a product's, it is a slip
        return offer_ways(at, Say("form.upset"))
    if aside == "greeting":
        return ask_again(at, noted=Say("form.greeted"))
    if aside == "unknown" or (aside is None and _has_nothing(at, words)):
        bare = aside is None and at.field.type in AMOUNTS and not has_none(words)
        helps = bare or at.waits.confirm or (at.field.required and at.stored is None)
        return ask_again(at, noted=help_with(at)) if helps else skip_question(at)
    one_word = len(words.text.split()) == 1
    if isinstance(read, Taken) and one_word:
        return None
    if aside == "again":
        return confirm_again(at) if at.waits.confirm else repeat_question(at)
    if isinstance(read, Taken) or (at.field.type == "text" and aside is not None and not one_word):
        other = _meant_instead(aside, words)
        if other is not None:
            return ask_written(at, read.value if isinstance(read, Taken) else words.text, other)
    elif aside == "later":
        return skip_question(at)
    elif aside is not None:
        return offer_ways(at, Say("form.ways"))
    return None if isinstance(read, Which) else _answer_question(at, words)


def _meant_instead(aside: Aside | None, words: Words) -> Button | None:
    """The button for the other meaning of words that are also an answer."""
    if aside:
        return WAYS[aside]
    number = named_number(words, correcting=True)
    return Button(CorrectAnswer(str(number)), "form.mend_number", values={"number": number}) if number else None


def _has_nothing(at: AtQuestion, words: Words) -> bool:
    """True for a no to an optional question: "chưa có" is not a brand."""
    optional = not at.field.required and at.way != "mend" and at.stored is None
    return optional and words.yesno.understood is False


def ask_again(at: AtQuestion, *, noted: Say | None = None) -> Turn:
    """Ask again for the value that waits for its yes, else the question: a remark replaces neither."""
    return confirm_again(at, noted=noted) if at.waits.confirm else ask(at, noted=noted)


def offer_ways(at: AtQuestion, noted: Say) -> Turn:
    """Ask again for the value or answer that waits, with the buttons that stop here and go back."""
    turn = ask_again(at, noted=noted)
    (said,) = turn.says
    stop = (WAYS["enough"],) if at.way == "first" else ()
    return replace(turn, says=(replace(said, buttons=(*said.buttons, *stop, WAYS["back"])),))


def propose_beside(at: AtQuestion, correction: Correction, read: Answered) -> Turn | None:
    """Read back the new value of an earlier answer; a button stores the words under this question instead."""
    turn = propose(at, correction)
    if turn is None or not isinstance(read, Taken) or not isinstance(turn.waits, Waiting):
        return turn
    (said,) = turn.says
    write = Button(FormAnswer("write"), "form.write_it", values={"value": short(str(read.value))})
    return Turn((replace(said, buttons=(*said.buttons, write)),), with_written(turn.waits, at, read.value))


def with_written(waits: Waiting, at: AtQuestion, value: Answer) -> Waiting:
    """Wait as before, and remember the words a button may store under this question."""
    state = Filling.from_json(waits.remembered())
    return replace(waits, data=msgspec.structs.replace(state, write=Written(at.field.id, value)))


def ask_behind_danger(desk: Desk, heard: Heard) -> Turn:
    """
    Ask the waiting question again after the answer to a reported danger.

    Stores nothing; a button stores a story that only sounds like a danger.
    """
    at = waiting_question(desk)
    if at is None:
        return repeat(desk)
    if at.is_asked:
        return repeat(desk)
    again = repeat_question(at)
    words = Words(turned(heard.text))
    read = read_words(desk, at.field, words, None, pressed=False) if heard.said.kind == "text" else None
    story = at.field.type == "text" and not 0 < at.field.most <= SHORT_TEXT
    if not story or not isinstance(read, Taken) or not isinstance(again.waits, Waiting):
        return again
    *before, asked = again.says
    asked = replace(asked, buttons=(*asked.buttons, Button(FormAnswer("write"), "form.write_anyway")))
    return Turn((*before, asked), with_written(again.waits, at, read.value))


def answer_card(at: AtQuestion, words: Words) -> Say | None:
    """The card that answers a question asked under the one that waits, without its buttons."""
    return answered_beside(at.desk, words.text)


def _answer_question(at: AtQuestion, words: Words) -> Turn | None:
    """
    Answer a question about the programme, then ask again; None for other words.

    Without a card for it the question is about the form: its help explains what is meant.
    """
    questioned = words.text.rstrip().endswith("?") and any(letter.isalpha() for letter in words.text)
    if not (questioned or (at.field.type != "text" and asks_something(words))):
        return None
    card = answer_card(at, words)
    if card is None:
        return ask_again(at, noted=help_with(at))
    again = confirm_again(at) if at.waits.confirm else repeat_question(at)
    return Turn((card, *again.says), again.waits)
