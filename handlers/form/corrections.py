"""Mending a form: which answers are missing, and the one question that is asked again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from content.programme.form_spec import Field, Form
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Say, Turn
from handlers.form.answers import answered
from handlers.form.asking import SKIPPED, ask, ask_named, propose
from handlers.form.remarks import corrected, named_number
from registry.applications.drafts import Draft


def missing_fields(form: Form, answers: Mapping[str, Any]) -> tuple[Field, ...]:
    """The required questions that have no answer yet."""
    return tuple(field for field in form.required if field.shown(answers) and answers.get(field.id) is None)


def correct_named(desk: Desk, draft: Draft, words: str) -> Turn | None:
    """Mend the answer that is named, as in "sửa giá 45k": say it back, or ask its question; None when none is."""
    named = corrected(desk.pack.forms[draft.form], draft.answers, words, alone=True)
    if named is None:
        return None
    return propose(desk, draft, named, "mend") or ask_named(desk, draft, named.field, "mend")


def correct(desk: Desk, draft: Draft, words: str, *, noted: Say | None = None) -> Turn | None:
    """Ask the one question with this number on the summary again; None when no number was said."""
    form = desk.pack.forms[draft.form]
    fields = answered(form, draft.answers)
    number = named_number(words)
    if number is not None and 1 <= number <= len(fields):
        return ask(desk, draft, fields[number - 1], "mend", noted=noted)
    named = next((field for field in form.shown(draft.answers) if field.id == words.strip()), None)
    return ask(desk, draft, named, "mend", noted=noted) if named is not None else None


def asked_again(draft: Draft) -> Draft:
    """What was put off is asked again when the person comes back to it by themselves."""
    return replace(draft, answers={name: value for name, value in draft.answers.items() if name != SKIPPED})
