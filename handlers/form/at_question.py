"""One question of one draft, as the functions of a form share it, and the state a form keeps between two messages."""

from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from content.programme.form_spec import Field, Form
from handlers.conversation.desk import Desk
from handlers.conversation.incoming import Incoming
from handlers.conversation.state import State
from handlers.conversation.turn import Waiting
from handlers.form.answers import said_answer
from registry.applications import drafts
from registry.applications.drafts import Answer, Answers, Draft

TOPIC = "form"
SUMMARY = "summary"
"""The step at which no question waits but the summary is in view."""
Way = Literal["first", "more", "mend"]
"""The way of asking: the required questions, the optional ones, or a single one to correct."""


class Written(msgspec.Struct, frozen=True):
    """Words that a button stores as the answer to a question."""

    field: str
    value: Answer


class Filling(State, frozen=True, tag="form.1"):
    """
    The state of the form that waits; its step is the id of the question.

    `pending` is a value that is read back (with `confirm`) or still grows (photos, several choices).
    `ask` lists the values an answer may mean.  `typed` is the message of the words that wait or
    were not understood, as `message_of` names it.
    """

    draft: str
    way: Way = "first"
    pending: Answer = None
    ask: tuple[Answer, ...] | None = None
    confirm: bool = False
    write: Written | None = None
    typed: str = ""


@dataclass(frozen=True, slots=True)
class AtQuestion:
    """A person at one question of a draft; `waits` is the state at that question."""

    desk: Desk
    draft: Draft
    form: Form
    field: Field
    way: Way
    waits: Filling

    @property
    def stored(self) -> Answer:
        """The stored answer, None without one."""
        return self.draft.answers.get(self.field.id)

    @property
    def before(self) -> Answer:
        """The answer so far: the value that waits, or else the stored one."""
        return self.stored if self.waits.pending is None else self.waits.pending

    @property
    def is_asked(self) -> bool:
        """True while a value waits to be confirmed or chosen."""
        return self.waits.confirm or self.waits.ask is not None

    def said(self, value: Answer) -> str:
        """An answer to this question in words."""
        return said_answer(self.desk.house, self.field, value, self.desk.today, self.desk.person.language)

    def asking(
        self, *, pending: Answer = None, ask: tuple[Answer, ...] | None = None, confirm: bool = False
    ) -> Waiting:
        """Wait at this question, with a value to confirm or values to choose from."""
        asked = pending is not None or ask is not None
        typed = ""
        if asked and (pending, ask) == (self.waits.pending, self.waits.ask):
            typed = self.waits.typed
        elif asked or (self.desk.talk.topic, self.desk.talk.step) == (TOPIC, self.field.id):
            typed = message_of(self.desk.said)
        state = Filling(draft=self.draft.key, way=self.way, pending=pending, ask=ask, confirm=confirm, typed=typed)
        return Waiting(TOPIC, self.field.id, state)

    def elsewhere(self, field: Field, way: Way | None = None) -> "AtQuestion":
        """Another question of the same draft; nothing waits there."""
        return at_question(self.desk, self.draft, field, way or self.way)

    def saved(self, answers: Answers) -> "AtQuestion":
        """Store answers at once, while the question still waits."""
        draft = drafts.save_draft(
            self.desk.db, draft=self.draft, answers=answers, waits_for=self.field.id, now=self.desk.now
        )
        return replace(self, draft=draft)


def message_of(said: Incoming) -> str:
    """Name a typed message so that its edit can be recognised; empty where the platform has no edits."""
    typed = said.kind in {"text", "edited"} and said.message
    return f"{said.channel}:{said.account}:{said.message}" if typed else ""


def at_question(desk: Desk, draft: Draft, field: Field, way: Way) -> AtQuestion:
    """A question that is about to be asked."""
    return AtQuestion(desk, draft, desk.pack.forms[draft.form], field, way, Filling(draft=draft.key, way=way))


def filling(desk: Desk) -> Filling | None:
    """The state of the form that waits; None while none does."""
    return Filling.from_json(desk.talk.data) if desk.talk.topic == TOPIC else None


def waiting_draft(desk: Desk) -> Draft | None:
    """The draft that waits: the person's own and still open."""
    state = filling(desk)
    return None if state is None else _open_draft(desk, state)


def waiting_question(desk: Desk) -> AtQuestion | None:
    """The question that waits; None at the summary and while no form waits."""
    state = filling(desk)
    draft = None if state is None or desk.talk.step == SUMMARY else _open_draft(desk, state)
    if state is None or draft is None:
        return None
    form = desk.pack.forms[draft.form]
    return AtQuestion(desk, draft, form, form.field(desk.talk.step), state.way, state)


def _open_draft(desk: Desk, state: Filling) -> Draft | None:
    found = drafts.draft(desk.db, key=state.draft, person_id=desk.person.id)
    return found if found is not None and found.state == "open" else None
