"""Correct a form: find the missing answers, and the one question to ask again."""

from dataclasses import replace

from content.programme.form_spec import Field, Form
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Say, Turn
from handlers.form.answers import answered
from handlers.form.asking import SKIPPED, ask, ask_named, propose
from handlers.form.at_question import at_question
from handlers.form.remarks import Words, asks_something, corrected, joins, mended, named_number
from registry.applications.drafts import Answers, Draft


def missing_fields(form: Form, answers: Answers) -> tuple[Field, ...]:
    """The required questions that have no answer yet."""
    return tuple(field for field in form.required if field.shown(answers) and answers.get(field.id) is None)


def correct_named(desk: Desk, draft: Draft, words: Words) -> Turn | None:
    """Correct the answer that is named, as in "sửa giá 45k": read it back, or ask its question; None if none is."""
    form = desk.pack.forms[draft.form]
    wrong = mended(form, draft.answers, words)
    named = corrected(form, draft.answers, words, alone=True) or wrong
    if named is None:
        return None
    there = at_question(desk, draft, named.field, "mend")
    readable = named.words and (named.field.type != "text" or named.sure or joins(words))
    proposed = propose(there, named) if readable else None
    if proposed is None and named.words and (wrong is None or asks_something(words)):
        return None  # "xã hay tỉnh xét" names a question and corrects none
    return proposed or ask_named(there)


def correct(desk: Desk, draft: Draft, words: Words, *, noted: Say | None = None) -> Turn | None:
    """Ask one question again, by its number on the summary or its id; None if the words are neither."""
    form = desk.pack.forms[draft.form]
    fields = answered(form, draft.answers)
    number = named_number(words)
    if number is not None and 1 <= number <= len(fields):
        return ask(at_question(desk, draft, fields[number - 1], "mend"), noted=noted)
    wanted = words.text.strip()
    named = next((field for field in form.shown(draft.answers) if field.id == wanted), None)
    return ask(at_question(desk, draft, named, "mend"), noted=noted) if named is not None else None


def asked_again(draft: Draft) -> Draft:
    """Ask the skipped questions again: the person came back to the form."""
    return replace(draft, answers={name: value for name, value in draft.answers.items() if name != SKIPPED})
