"""The ways through a form: on to the next question, back, past one, out of it, and the summary at its end."""

from dataclasses import replace

from content.programme.form_spec import Field
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn, Waiting
from handlers.form.answers import answered, said_answer, short
from handlers.form.asking import SKIPPED, SUMMARY, TOPIC, ask, next_field, waiting_draft, with_noted
from handlers.form.corrections import correct, missing_fields
from registry.applications import drafts
from registry.applications.drafts import Draft


def go_on(desk: Desk, draft: Draft, way: str, *, noted: Say | None = None) -> Turn:
    """Ask the next open question of the way, or show the summary when none is left."""
    form = desk.pack.forms[draft.form]
    field = next_field(form, draft.answers, way)
    if field is None:
        return summary(desk, draft, noted=noted)
    return ask(desk, draft, field, way, noted=noted)


def after(desk: Desk, draft: Draft, field: Field, way: str, noted: Say | None) -> Turn:
    """Go on from an answer, which is written with what is asked next: for a mended one back to the summary."""
    if way == "mend":
        newly = next(
            (
                one
                for one in desk.pack.forms[draft.form].dependents(field.id)
                if one.required and one.shown(draft.answers) and draft.answers.get(one.id) is None
            ),
            None,
        )
        return ask(desk, draft, newly, "mend", noted=noted) if newly else summary(desk, draft, noted=noted)
    return go_on(desk, draft, way, noted=noted)


def summary(desk: Desk, draft: Draft, *, noted: Say | None = None) -> Turn:
    """Show every answer by its number, what is still missing, and the ways on."""
    form = desk.pack.forms[draft.form]
    drafts.save_draft(desk.db, draft=draft, answers=draft.answers, waits_for=SUMMARY, now=desk.now)
    lines = "\n".join(
        f"{number}. {field.label}: "
        f"{short(said_answer(desk.house, field, draft.answers[field.id], desk.today, desk.person.language))}"
        for number, field in enumerate(answered(form, draft.answers), 1)
    )
    missing = missing_fields(form, draft.answers)
    buttons = [] if missing else [Button(f"/gui {draft.key}", "form.hand_in")]
    if missing:
        buttons.append(Button("=_fill", "form.answer_missing"))
    buttons += [Button("=_mend", "form.mend_one"), Button("=_more", "form.add_more"), Button("/huy", "form.leave")]
    key = "form.summary_missing" if missing else "form.summary_again" if draft.application_id else "form.summary"
    values = {
        "title": form.title,
        "lines": lines or "–",
        "missing": ", ".join(field.label for field in missing),
    }
    says = with_noted(desk, noted, Say(key, values, tuple(buttons), numbered=False))
    return Turn(says, Waiting(TOPIC, SUMMARY, {"draft": draft.key}))


def skip(desk: Desk, words: str) -> Turn:  # noqa: ARG001  commands take the words after them
    """/boqua: leave this question for later, or its answer as it is; a required one comes back before handing in."""
    draft = waiting_draft(desk)
    if draft is None or desk.talk.step == SUMMARY:
        return Turn((Say("form.nothing_to_skip"),), KEEP)
    field = desk.pack.forms[draft.form].field(desk.talk.step)
    way = str(desk.talk.data.get("way", "first"))
    if draft.answers.get(field.id) is not None:
        return after(desk, draft, field, way, None)
    answers = {**draft.answers, SKIPPED: [*draft.answers.get(SKIPPED, ()), field.id]}
    kept = replace(draft, answers=answers)  # written with the question that waits next
    key = "form.put_off" if field.required else "form.skipped"
    return after(desk, kept, field, way, Say(key, {"label": field.label}))


def back(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/quaylai: the question before this one, with its answer kept until another is given."""
    draft = waiting_draft(desk)
    if draft is None:
        return Turn((Say("form.nothing_before"),), KEEP)
    form = desk.pack.forms[draft.form]
    way = str(desk.talk.data.get("way", "first"))
    fields = [field for field in form.shown(draft.answers) if field.required == (way != "more")]
    ids = [field.id for field in fields]
    if desk.talk.step == SUMMARY:
        earlier = [field for field in fields if draft.answers.get(field.id) is not None]
    else:
        earlier = fields[: ids.index(desk.talk.step)] if desk.talk.step in ids else []
    if not earlier:
        return Turn((Say("form.nothing_before"),), KEEP)
    return ask(desk, draft, earlier[-1], way)


def mend(desk: Desk, words: str) -> Turn:
    """/sua [số]: the summary, or one answer of it."""
    draft = waiting_draft(desk) or next(iter(drafts.open_drafts(desk.db, person_id=desk.person.id)), None)
    if draft is None:
        return Turn((Say("form.nothing_to_mend", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    return (correct(desk, draft, words) if words else None) or summary(desk, draft)


def leave(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/huy: leave; what was answered is kept, and nobody asks about it."""
    draft = waiting_draft(desk)
    if draft is not None:
        drafts.leave_drafts(desk.db, person_id=desk.person.id, key=draft.key, now=desk.now)
        buttons = (Button("/tieptuc", "form.go_on"), Button("/menu", "front.menu"))
        return Turn((Say("form.left", buttons=buttons),))
    key = "front.left" if desk.talk.topic else "front.nothing_to_leave"
    return Turn((Say(key, buttons=(Button("/menu", "front.menu"),)),))


def repeat(desk: Desk) -> Turn:
    """The question that waits, once more, as it stood: with what waits to be confirmed or chosen."""
    draft = waiting_draft(desk)
    if draft is None:
        return Turn()
    if desk.talk.step == SUMMARY:
        return summary(desk, draft)
    field = desk.pack.forms[draft.form].field(desk.talk.step)
    pending = desk.talk.data.get("pending") if field.type in {"photos", "choices"} else None
    return ask(desk, draft, field, str(desk.talk.data.get("way", "first")), pending=pending)
