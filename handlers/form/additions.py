"""What is said under a question beside its answer: wishes, questions, corrections, curses."""

from collections.abc import Mapping
from dataclasses import replace

from content.programme.form_spec import Field
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.form.answers import short
from handlers.form.asking import (
    SUMMARY,
    ask,
    ask_which,
    ask_written,
    confirm_again,
    help_said,
    propose,
    question,
    waiting_draft,
)
from handlers.form.navigation import repeat, skip
from handlers.form.reading import Answered, Taken, Which, read_words
from handlers.form.remarks import SHORT_TEXT, Correction, asks_something, named_number, said_aside, sounds_upset
from handlers.gioithieu import answered_beside
from handlers.reading.yesno import read_yesno
from registry.applications.drafts import Draft

WAYS: Mapping[str, Button] = {
    "enough": Button("/huy", "form.stop_here"),
    "back": Button("/quaylai", "form.before"),
    "later": Button("/boqua", "form.later"),
}
"""What plain words may mean beside an answer; only the button does it."""


def hear_beside(desk: Desk, draft: Draft, field: Field, way: str, words: str, read: Answered) -> Turn | None:
    """
    Hear what is said beside an answer; None where it is one.

    Bare words never command: what may be a name is asked ("Huy", one word, is one),
    and who wants to stop or to go back is shown the buttons for it.
    """
    aside = said_aside(words)
    if sounds_upset(words, first=isinstance(read, Taken)):  # behind a name, or in a product's, it is a slip
        return _offer_ways(desk, draft, field, way, Say("form.upset"))
    if aside == "greeting":
        return ask(desk, draft, field, way, noted=Say("form.greeted"))
    if aside == "unknown" or (aside is None and _has_nothing(draft, field, way, words)):
        if field.required and draft.answers.get(field.id) is None:
            return ask(desk, draft, field, way, noted=help_said(desk))
        return skip(desk, "")
    one_word = len(words.split()) == 1
    if isinstance(read, Taken) and one_word:
        return None
    if aside == "again":
        return repeat(desk)
    if isinstance(read, Taken) or (field.type == "text" and aside is not None and not one_word):
        number = named_number(words, mending=True)
        other = Button(f"/sua {number}", "form.mend_number", values={"number": number}) if number else None
        other = WAYS[aside] if aside else other
        if other is not None:
            return ask_written(desk, draft, field, way, read.value if isinstance(read, Taken) else words, other)
    elif aside == "later":
        return skip(desk, "")
    elif aside is not None:
        return _offer_ways(desk, draft, field, way, Say("form.ways"))
    return None if isinstance(read, Which) else _answer_question(desk, draft, field, way, words)


def _has_nothing(draft: Draft, field: Field, way: str, words: str) -> bool:
    """Whether it says that there is nothing to add, where nothing is needed: "chưa có" is no brand."""
    optional = not field.required and way != "mend" and draft.answers.get(field.id) is None
    return optional and read_yesno(words).understood is False


def _offer_ways(desk: Desk, draft: Draft, field: Field, way: str, noted: Say) -> Turn:
    """Put the question again, as it stood, with the buttons that stop here, where it has none, and go back."""
    waits = desk.talk.data.get("confirm")
    turn = confirm_again(desk, draft, field, way, noted=noted) if waits else ask(desk, draft, field, way, noted=noted)
    (said,) = turn.says
    stop = (WAYS["enough"],) if way == "first" else ()
    return replace(turn, says=(replace(said, buttons=(*said.buttons, *stop, WAYS["back"])),))


def propose_beside(
    desk: Desk, draft: Draft, field: Field, way: str, correction: Correction, read: Answered
) -> Turn | None:
    """Say back what an earlier answer would be; what may as well be an answer to this question can be written here."""
    turn = propose(desk, draft, correction, way)
    if turn is None or not isinstance(read, Taken) or not isinstance(turn.waits, Waiting):
        return turn
    (said,) = turn.says
    write = Button("=_write", "form.write_it", values={"value": short(str(read.value))})
    data = {**turn.waits.remembered(), "write": {"field": field.id, "value": read.value}}
    return Turn((replace(said, buttons=(*said.buttons, write)),), replace(turn.waits, data=data))


def ask_behind_danger(desk: Desk, heard: Heard) -> Turn:
    """
    Put the question again, as it stood, behind the answer to a danger that was reported.

    Nothing is kept; a story that only sounds like one is written by a button.
    """
    draft = waiting_draft(desk)
    if draft is None or desk.talk.step == SUMMARY:
        return repeat(desk)
    form, data = desk.pack.forms[draft.form], desk.talk.data
    field, way = form.field(desk.talk.step), str(data.get("way", "first"))
    if data.get("confirm"):
        return confirm_again(desk, draft, field, way)
    if data.get("ask") is not None:
        picks = tuple(Button(one.action, label=one.label) for one in desk.talk.offered if ":_pick" in one.action)
        asked = replace(question(desk, form, draft, field, way, None), buttons=picks)
        return ask_which(desk, draft, field, way, data["ask"], asked)
    again = repeat(desk)
    read = read_words(desk, field, heard.text, None, pressed=False) if heard.said.kind == "text" else None
    story = field.type == "text" and not 0 < field.most <= SHORT_TEXT
    if not story or not isinstance(read, Taken) or not isinstance(again.waits, Waiting):
        return again
    *before, asked = again.says
    asked = replace(asked, buttons=(*asked.buttons, Button("=_write", "form.write_anyway")))
    written = {"write": {"field": field.id, "value": read.value}}
    return Turn((*before, asked), replace(again.waits, data={**again.waits.remembered(), **written}))


def _answer_question(desk: Desk, draft: Draft, field: Field, way: str, words: str) -> Turn | None:
    """
    Answer what is asked about the programme, then put the own question again; None where it is no question.

    What no card answers is asked about the question itself: its help says what is meant.
    """
    questioned = words.rstrip().endswith("?") and any(letter.isalpha() for letter in words)
    if not (questioned or (field.type != "text" and asks_something(words))):
        return None
    card = answered_beside(desk, words)
    if card is None:
        return ask(desk, draft, field, way, noted=help_said(desk))
    again = repeat(desk)
    return Turn((card, *again.says), again.waits)
