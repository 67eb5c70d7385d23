"""An answer whose message was edited later: the chat shows other words than the form, so the person is asked."""

from collections.abc import Mapping
from dataclasses import replace

from content.language.legacy import damage, turned
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Say, Turn
from handlers.form.answers import short
from handlers.form.asking import ask_confirmation, ask_which, for_the_same_unit, written_as
from handlers.form.at_question import TOPIC, AtQuestion, Way, at_question, message_of, waiting_draft, waiting_question
from handlers.form.navigation import after, repeat
from handlers.form.odd_answers import judged_answer
from handlers.form.plausible import act_in
from handlers.form.reading import Taken, Unclear, Which, read_words
from handlers.form.remarks import Words, corrected, several
from registry.applications import drafts
from registry.applications.drafts import Answer, Answers, Draft

MESSAGES = "_messages"
"""The key, next to the answers, of the message in which each of them was typed."""
EXPLAINED_EVERY = 600
"""Seconds in which it is explained once that editing a message changes nothing."""
FREE = frozenset({"text", "person_name"})
"""Types whose answer may be any words."""


def noted_messages(at: AtQuestion, new: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """The note of the messages with the answers, after new ones were given; nothing where no message can be edited."""
    value = new.get(at.field.id)
    waited = at.waits.typed and (value == at.waits.pending or value in (at.waits.ask or ()))
    message = at.waits.typed if waited else message_of(at.desk.said)
    before = at.draft.answers.get(MESSAGES, {})
    noted = {field: one for field, one in before.items() if field not in new}
    if message:
        noted |= dict.fromkeys(new, message)
    return {MESSAGES: noted} if noted or before else {}


def hear_edited(desk: Desk) -> Turn:
    """
    Offer the new words of an edited message as the answer; nothing changes before the yes.

    Any other edited message is explained, at most once in ten minutes per account.
    """
    at = _answered_by(desk, message_of(desk.said))
    if at is None:
        return Turn((Say("front.edited", once=str(int(desk.now.timestamp()) // EXPLAINED_EVERY)),), KEEP)
    waiting = waiting_question(desk)
    if waiting is not None and waiting.is_asked and waiting.waits.typed != message_of(desk.said):
        again = repeat(desk)
        return replace(again, says=(Say("form.one_by_one"), *again.says))
    return _offer(at, asked_before=waiting is not None and waiting.is_asked)


def _answered_by(desk: Desk, message: str) -> AtQuestion | None:
    """The question of an open form that was answered in a message; None while another conversation waits."""
    if not message or desk.said.text.startswith("/") or desk.talk.topic not in {None, TOPIC}:
        return None
    waiting, known = waiting_question(desk), waiting_draft(desk)
    for draft in drafts.open_drafts(desk.db, person_id=desk.person.id) if desk.talk.topic is None else (known,):
        noted = {} if draft is None else draft.answers.get(MESSAGES, {})
        field = next((one for one, sent in noted.items() if sent == message), None)
        if draft is not None and field is not None and (at := _question_of(desk, draft, field, waiting)) is not None:
            return at
    return waiting if waiting is not None and waiting.waits.typed == message else None


def _question_of(desk: Desk, draft: Draft, field: str, waiting: AtQuestion | None) -> AtQuestion | None:
    asked = desk.pack.forms[draft.form].field(field)
    way: Way = "mend" if waiting is None else waiting.way
    return at_question(desk, draft, asked, way) if asked.shown(draft.answers) else None


def _offer(at: AtQuestion, *, asked_before: bool) -> Turn:
    """Read the new words and ask whether they are the answer; of several answers only one may have changed."""
    damaged = damage(at.desk.said.text)
    if damaged is not None and damaged.reading is None:
        return _unclear(at)
    words = Words(turned(at.desk.said.text))
    named = corrected(at.form, at.draft.answers, words)
    if named is not None and named.field.id == at.field.id and named.words:
        words = Words(named.words)
    text, others = several(at.form, _without_this_message(at), at.field, words.text)
    read = read_words(at.desk, at.field, Words(text), None, pressed=False)
    if isinstance(read, Unclear) or (at.field.type in FREE and act_in(at.field, text) is not None):
        return _unclear(at)
    changed = [at.elsewhere(at.form.field(one)) for one, value in others.items() if at.draft.answers.get(one) != value]
    if isinstance(read, Which):
        return _unclear(at) if changed else ask_which(at, read.values, read.said)
    value = _cleaned(at, read)
    if not changed and value != at.stored:
        return _ask_about(at, value)
    if len(changed) == 1 and value == at.stored:
        return _ask_about(changed[0], others[changed[0].field.id])
    if changed:
        return _unclear(at)
    return after(at, None) if asked_before else Turn((), KEEP)  # the form has what the chat shows


def _cleaned(at: AtQuestion, read: Taken) -> Answer:
    value = judged_answer(at, read.value).value if at.field.type in FREE else read.value
    return for_the_same_unit(value, at.stored)


def _without_this_message(at: AtQuestion) -> Answers:
    message = message_of(at.desk.said)
    given = {field for field, sent in at.draft.answers.get(MESSAGES, {}).items() if sent == message}
    return {field: value for field, value in at.draft.answers.items() if field not in given}


def _ask_about(at: AtQuestion, value: Answer) -> Turn:
    values = {"label": _inside(at.field.label), "value": short(at.said(value))}
    return ask_confirmation(at, value, written_as(at, value) if at.stored is None else Say("form.edited", values))


def _unclear(at: AtQuestion) -> Turn:
    return Turn((Say("form.edited_unclear", {"label": _inside(at.field.label)}),), KEEP)


def _inside(label: str) -> str:
    """The label of a question inside a sentence; an abbreviation keeps its capitals."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
