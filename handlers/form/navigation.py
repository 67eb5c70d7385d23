"""Move through a form: to the next question, back, past one, out of it, and to the summary at its end."""

from dataclasses import replace

from content.actions.answers import FormAnswer, Pick, parse_press, split_stamp
from content.actions.producers import HandIn
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn, Waiting
from handlers.form.answers import answered, said_answer, short
from handlers.form.asking import SKIPPED, ask, ask_which, confirm_again, next_field, question, with_noted
from handlers.form.at_question import (
    SUMMARY,
    TOPIC,
    AtQuestion,
    Filling,
    Way,
    at_question,
    filling,
    waiting_draft,
    waiting_question,
)
from handlers.form.corrections import correct, missing_fields
from handlers.form.remarks import Words
from registry.applications import drafts
from registry.applications.drafts import Draft


def go_on(desk: Desk, draft: Draft, way: Way, *, noted: Say | None = None) -> Turn:
    """Ask the next open question of the way, or show the summary after the last one."""
    field = next_field(desk.pack.forms[draft.form], draft.answers, way)
    if field is None:
        return summary(desk, draft, noted=noted)
    return ask(at_question(desk, draft, field, way), noted=noted)


def after(at: AtQuestion, noted: Say | None) -> Turn:
    """Leave an answered question: for the next one, or after a correction for the summary.  Stores the draft."""
    draft = at.draft
    if at.way != "mend":
        return go_on(at.desk, draft, at.way, noted=noted)
    newly = next(
        (
            one
            for one in at.form.dependents(at.field.id)
            if one.required and one.shown(draft.answers) and draft.answers.get(one.id) is None
        ),
        None,
    )
    return ask(at.elsewhere(newly), noted=noted) if newly else summary(at.desk, draft, noted=noted)


def summary(desk: Desk, draft: Draft, *, noted: Say | None = None) -> Turn:
    """Show every answer by its number, the missing ones, and the next steps."""
    form = desk.pack.forms[draft.form]
    drafts.save_draft(desk.db, draft=draft, answers=draft.answers, waits_for=SUMMARY, now=desk.now)
    lines = "\n".join(
        f"{number}. {field.label}: "
        f"{short(said_answer(desk.house, field, draft.answers[field.id], desk.today, desk.person.language))}"
        for number, field in enumerate(answered(form, draft.answers), 1)
    )
    missing = missing_fields(form, draft.answers)
    first = Button(FormAnswer("fill"), "form.answer_missing") if missing else Button(HandIn(draft.key), "form.hand_in")
    buttons = (
        first,
        Button(FormAnswer("mend"), "form.mend_one"),
        Button(FormAnswer("more"), "form.add_more"),
        Button("/huy", "form.leave"),
    )
    key = "form.summary_missing" if missing else "form.summary_again" if draft.application_id else "form.summary"
    values = {
        "title": form.title,
        "lines": lines or "–",
        "missing": ", ".join(field.label for field in missing),
    }
    says = with_noted(desk, noted, Say(key, values, buttons, numbered=False))
    return Turn(says, at_summary(draft))


def at_summary(draft: Draft) -> Waiting:
    return Waiting(TOPIC, SUMMARY, Filling(draft=draft.key))


def skip(desk: Desk, words: str) -> Turn:  # noqa: ARG001  commands take the words after them
    """/boqua: leave this question for later, or its answer as it is; a required one comes back before handing in."""
    at = waiting_question(desk)
    return Turn((Say("form.nothing_to_skip"),), KEEP) if at is None else skip_question(at)


def skip_question(at: AtQuestion) -> Turn:
    """Go past a question, and remember that it was skipped."""
    if at.stored is not None:
        return after(at, None)
    answers = {**at.draft.answers, SKIPPED: [*at.draft.answers.get(SKIPPED, ()), at.field.id]}
    kept = replace(at, draft=replace(at.draft, answers=answers))  # written with the question that waits next
    key = "form.put_off" if at.field.required else "form.skipped"
    return after(kept, Say(key, {"label": at.field.label}))


def back(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/quaylai: the question before this one; its answer stays until another is given."""
    state, draft = filling(desk), waiting_draft(desk)
    if state is None or draft is None:
        return Turn((Say("form.nothing_before"),), KEEP)
    shown = desk.pack.forms[draft.form].shown(draft.answers)
    fields = [field for field in shown if field.required == (state.way != "more")]
    ids = [field.id for field in fields]
    if desk.talk.step == SUMMARY:
        earlier = [field for field in fields if draft.answers.get(field.id) is not None]
    else:
        earlier = fields[: ids.index(desk.talk.step)] if desk.talk.step in ids else []
    if not earlier:
        return Turn((Say("form.nothing_before"),), KEEP)
    return ask(at_question(desk, draft, earlier[-1], state.way))


def correct_form(desk: Desk, words: str) -> Turn:
    """/sua [số]: the summary, or one answer of it."""
    draft = waiting_draft(desk) or next(iter(drafts.open_drafts(desk.db, person_id=desk.person.id)), None)
    if draft is None:
        return Turn((Say("form.nothing_to_mend", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    return (correct(desk, draft, Words(words)) if words else None) or summary(desk, draft)


def leave(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/huy: leave the form.  The answers stay, and no reminder asks about them."""
    draft = waiting_draft(desk)
    if draft is not None:
        drafts.leave_drafts(desk.db, person_id=desk.person.id, key=draft.key, now=desk.now)
        buttons = (Button("/tieptuc", "form.go_on"), Button("/menu", "front.menu"))
        return Turn((Say("form.left", buttons=buttons),))
    key = "front.left" if desk.talk.topic else "front.nothing_to_leave"
    return Turn((Say(key, buttons=(Button("/menu", "front.menu"),)),))


def repeat(desk: Desk) -> Turn:
    """Ask the question that waits once more, or show the summary again."""
    if desk.talk.step != SUMMARY:
        at = waiting_question(desk)
        return Turn() if at is None else _asked_still(at) or repeat_question(at)
    draft = waiting_draft(desk)
    return Turn() if draft is None else summary(desk, draft)


def repeat_beside(desk: Desk) -> Turn:
    """Ask again after a side command: in view of the summary its buttons are enough."""
    turn = repeat(desk)
    if desk.talk.step != SUMMARY or not turn.says:
        return turn
    return replace(turn, says=(replace(turn.says[-1], key="form.summary_waits", values={}),))


def _asked_still(at: AtQuestion) -> Turn | None:
    """Ask again for the value that waits for its yes, or for one of the values on offer; None without one."""
    if at.waits.confirm:
        return confirm_again(at)
    if at.waits.ask is None:
        return None
    picks = tuple(Button(one.action, label=one.label) for one in at.desk.talk.offered if _is_pick(one.action))
    return ask_which(at, at.waits.ask, replace(question(at, None), buttons=picks))


def _is_pick(action: str) -> bool:
    """True for the button of one of several values, with the stamp of its question."""
    return isinstance(parse_press(split_stamp(action)[1]), Pick)


def repeat_question(at: AtQuestion) -> Turn:
    """Ask once more, with the pieces of a list that were given so far."""
    return ask(at, pending=at.waits.pending if at.field.type in {"photos", "choices"} else None)
