"""
One engine for every form: ask, hear, say back, skip, go back, correct, keep every answer, hand in once.

What waits is (form, step, data): the step is the field's id; `data` holds the
draft's key, the way of asking ("first" the required ones, "more" the rest,
"mend" a single one), and a value that waits for its confirmation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from content.programme.form_spec import Field, Form
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.form.additions import ask_behind_danger, hear_beside, propose_beside
from handlers.form.answers import answered, said_answer
from handlers.form.asking import (
    SKIPPED,
    SUMMARY,
    TOPIC,
    ask,
    ask_confirmation,
    ask_named,
    ask_which,
    confirm_again,
    for_the_same_unit,
    noted_said,
    prompt_said,
    propose,
    question,
    waiting_data,
    waiting_draft,
    with_noted,
    written_as,
)
from handlers.form.corrections import asked_again, correct, correct_named, missing_fields
from handlers.form.finishing import agreed_to_send, hear_finishing, sounds_like_button
from handlers.form.navigation import after, back, go_on, leave, repeat, skip, summary
from handlers.form.reading import Answered, Taken, Unclear, Which, choice_buttons, read_answer, read_words
from handlers.form.remarks import corrected, named_number, said_aside, said_finish, says_right, several, sounds_upset
from registry.applications import drafts
from registry.applications.drafts import Draft

LONG_NAME = 10
"""Words of a name; what is longer may be a whole sentence, and is said back before it counts."""


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take what was said under the question that waits."""
    draft = waiting_draft(desk)
    if draft is None:
        return Turn((Say("form.gone", buttons=(Button("/menu", "front.menu"),)),))
    step, data = desk.talk.step, desk.talk.data
    if step == SUMMARY:
        return _hear_summary(desk, draft, heard)
    form = desk.pack.forms[draft.form]
    field = form.field(step)
    way = str(data.get("way", "first"))
    if heard.press == "_write" and data.get("write"):
        here = form.field(str(data["write"]["field"]))
        return _keep(desk, draft, here, way, {here.id: data["write"]["value"]})
    if heard.said.kind == "text" and heard.text:
        if data.get("confirm") and agreed_to_send(heard.text):
            return _keep(desk, draft, field, "mend", {field.id: data["pending"]})  # the summary has the button
        finishing = hear_finishing(desk, draft, field, way, heard.text)
        if finishing is not None:
            return finishing
    if data.get("ask") is not None:
        chosen = _hear_which(desk, draft, field, way, heard, data["ask"])
        if chosen is not None:
            return chosen
    elif data.get("confirm"):
        confirmed = _hear_confirmation(desk, draft, field, way, heard, data["pending"])
        if confirmed is not None:
            return confirmed
    match heard.press:
        case "_same":
            return after(desk, draft, field, way, None)
        case "_enough" if field.type in {"photos", "choices"}:
            return _keep(desk, draft, field, way, {field.id: data.get("pending") or draft.answers.get(field.id) or []})
        case "_stop":
            return summary(desk, draft)
    return _hear_answer(desk, draft, form, field, way, heard)


def _hear_answer(desk: Desk, draft: Draft, form: Form, field: Field, way: str, heard: Heard) -> Turn:
    before = desk.talk.data.get("pending")
    before = draft.answers.get(field.id) if before is None else before
    if heard.said.kind == "photo" and field.type != "photos":
        return _photo_meant_for_later(desk, draft, form, field, way, heard)
    words = heard.text if heard.said.kind == "text" and not heard.press else ""
    correction = corrected(form, draft.answers, words) if words else None
    free = field.type in {"text", "person_name"}
    elsewhere = correction is not None and (correction.field.id != field.id or not correction.words)
    if correction is not None and correction.sure and elsewhere and not free:
        turn = propose(desk, draft, correction, way)
        if turn is None and not correction.words:
            turn = ask_named(desk, draft, correction.field, way)
        if turn is not None:
            return turn
    if not free and named_number(words, mending=True) and (turn := correct(desk, draft, words)) is not None:
        return turn
    read, others = _read_apart(desk, draft, field, way, heard, before)
    if others and read is None:
        return _keep(desk, draft, field, way, others)
    if read is None:
        read = read_answer(desk, field, heard, before)
    if words and not others and (free or not isinstance(read, Taken)):
        turn = hear_beside(desk, draft, field, way, words, read)
        if turn is None and correction is not None and correction.field.id != field.id:
            turn = propose_beside(desk, draft, field, way, correction, read)
        if turn is not None:
            return turn
    match read:
        case Unclear(said):
            if desk.talk.data.get("confirm"):
                return confirm_again(desk, draft, field, way, noted=said)
            return _unclear(desk, draft, field, way, said)
        case Which(values, said):
            return ask_which(desk, draft, field, way, values, said)
        case Taken(value, confirm, more):
            if more:
                return _take_more(desk, draft, field, way, value, confirm, heard)
            if confirm is not None:
                same_unit = for_the_same_unit(value, before)
                if same_unit != value:
                    confirm = written_as(desk, field, same_unit)
                return ask_confirmation(draft, field, way, same_unit, confirm)
            if words and field.required and field.type == "text" and len(str(value).split()) > LONG_NAME:
                return _long_name(desk, draft, field, way, value, others)
            if words and sounds_like_button(desk, field, words):
                return _long_name(desk, draft, field, way, value, others)
            return _keep(desk, draft, field, way, {field.id: value, **others})


def _read_apart(
    desk: Desk, draft: Draft, field: Field, way: str, heard: Heard, before: Any
) -> tuple[Answered | None, dict[str, Any]]:
    """Read an answer that brings others along; (None, others) where these are all that was said."""
    if way != "first" or heard.press or heard.said.kind != "text":
        return None, {}
    words, others = several(desk.pack.forms[draft.form], draft.answers, field, heard.text)
    if not others or not words:
        return None, others
    read = read_words(desk, field, words, before, pressed=False)
    return (read, others) if isinstance(read, Taken) else (None, {})


def _long_name(desk: Desk, draft: Draft, field: Field, way: str, value: Any, others: Mapping[str, Any]) -> Turn:
    """Say a whole sentence back before it counts as a name; what came with it is kept."""
    noted = None
    if others:
        noted = noted_said(desk, draft, others)
        draft = drafts.save_draft(
            desk.db, draft=draft, answers={**draft.answers, **others}, waits_for=field.id, now=desk.now
        )
    (said,) = with_noted(desk, noted, written_as(desk, field, value))
    return ask_confirmation(draft, field, way, value, said)


def _unclear(desk: Desk, draft: Draft, field: Field, way: str, said: Say) -> Turn:
    """Say what is expected; what was offered to choose from stays on offer."""
    if desk.talk.data.get("ask") is not None and not choice_buttons(field, None):
        return ask_which(desk, draft, field, way, desk.talk.data["ask"], said)
    asked = question(desk, desk.pack.forms[draft.form], draft, field, way, desk.talk.data.get("pending"))
    said = replace(
        said, buttons=said.buttons or asked.buttons, ask=asked.ask, numbered=asked.numbered, album=desk.said.album
    )
    return Turn((said,), Waiting(TOPIC, field.id, waiting_data(draft, way, desk.talk.data.get("pending"))))


def _hear_which(desk: Desk, draft: Draft, field: Field, way: str, heard: Heard, values: Sequence[Any]) -> Turn | None:
    if heard.press.startswith("_pick") and heard.press[5:].isdecimal() and int(heard.press[5:]) < len(values):
        return _keep(desk, draft, field, way, {field.id: values[int(heard.press[5:])]})
    if heard.press == "_none":
        return ask(desk, draft, field, way, noted=Say("form.say_it_differently", {"example": field.example}))
    if heard.text and (agreed := says_right(heard.text).understood) is not None and (not agreed or len(values) == 1):
        if agreed:
            return _keep(desk, draft, field, way, {field.id: values[0]})
        return ask(desk, draft, field, way, noted=Say("form.say_it_differently", {"example": field.example}))
    return None


def _hear_confirmation(desk: Desk, draft: Draft, field: Field, way: str, heard: Heard, pending: Any) -> Turn | None:
    """Yes keeps it, no asks again; anything else is a new answer to the same question."""
    if heard.press == "_yes":
        return _keep(desk, draft, field, way, {field.id: pending})
    if heard.press == "_no":
        return ask(desk, draft, field, way)
    agreed = says_right(heard.text) if heard.text else None
    if agreed is not None and agreed.understood is not None:
        kept = {field.id: pending}
        return _keep(desk, draft, field, way, kept) if agreed.understood else ask(desk, draft, field, way)
    if agreed is not None and agreed.ask and not isinstance(read_answer(desk, field, heard, None), Taken):
        # half a yes or no, and no new answer ("không, 200 lít" is one): the same thing is asked again
        return confirm_again(desk, draft, field, way)
    return None


def _take_more(desk: Desk, draft: Draft, field: Field, way: str, value: Any, said: Say | None, heard: Heard) -> Turn:
    """Keep the pieces so far and wait for further ones, or for "Xong"."""
    answers = {**draft.answers, field.id: value}
    drafts.save_draft(desk.db, draft=draft, answers=answers, waits_for=field.id, now=desk.now)
    waiting = Waiting(TOPIC, field.id, waiting_data(draft, way, value))
    enough = Button("=_enough", "form.enough")
    if field.type == "photos":
        taken = said or Say("form.photos_taken", {"count": len(value)})
        return Turn((replace(taken, buttons=(enough,), numbered=False, album=heard.said.album),), waiting)
    shown = said_answer(desk.house, field, value, desk.today, desk.person.language)
    buttons = (*choice_buttons(field, value), enough)
    return Turn((Say("form.choices_so_far", {"value": shown}, buttons, in_place=bool(heard.press)),), waiting)


def _photo_meant_for_later(desk: Desk, draft: Draft, form: Form, field: Field, way: str, heard: Heard) -> Turn:
    """A photo under another question is kept with the photos; the question goes on waiting."""
    album = next((one for one in form.fields if one.type == "photos"), None)
    if album is None:
        return _unclear(desk, draft, field, way, Say("form.wants_text", {"example": field.example}))
    read = read_answer(desk, album, heard, draft.answers.get(album.id))
    if not isinstance(read, Taken):
        return _unclear(desk, draft, field, way, read.said)
    answers = {**draft.answers, album.id: read.value}
    kept = drafts.save_draft(desk.db, draft=draft, answers=answers, waits_for=field.id, now=desk.now)
    said = Say("form.photo_kept_for_later", {"label": album.label, "prompt": prompt_said(desk, field)})
    return _unclear(desk, kept, field, way, said)


# --- keeping ----------------------------------------------------------------------------------------------------------


def _keep(desk: Desk, draft: Draft, field: Field, way: str, new: Mapping[str, Any]) -> Turn:
    """Keep answers, last of all, drop those that hang on the old one and are asked no more, and go on."""
    form = desk.pack.forms[draft.form]
    answers = {name: one for name, one in draft.answers.items() if name not in new} | dict(new)
    answers[SKIPPED] = [one for one in answers.get(SKIPPED, ()) if one not in new]
    for dependent in form.dependents(field.id):
        if not dependent.shown(answers):
            answers.pop(dependent.id, None)
    kept = replace(draft, answers=answers)  # written with the question that waits next
    return after(desk, kept, field, way, noted_said(desk, kept, new))


# --- the summary ------------------------------------------------------------------------------------------------------


def _hear_summary(desk: Desk, draft: Draft, heard: Heard) -> Turn:
    match heard.press:
        case "_fill":
            return go_on(desk, asked_again(draft), "first")
        case "_more":
            return go_on(desk, asked_again(draft), "more")
        case "_mend":
            return _hear_summary_mend(desk, draft)
    return (
        correct(desk, draft, heard.text)
        or correct_named(desk, draft, heard.text)
        or _summary_aside(desk, draft, heard.text)
        or _summary_unclear(desk, draft, heard.text)
    )


def _summary_aside(desk: Desk, draft: Draft, words: str) -> Turn | None:
    """A yes is told how to send, a no how to mend, "thôi" how to stop; nothing is done but by its button."""
    shown = summary(desk, draft)
    finish, missing = said_finish(words), missing_fields(desk.pack.forms[draft.form], draft.answers)
    if finish is not None and missing:
        return shown
    if not missing and (says_right(words).understood or (finish is not None and finish.agreed is not False)):
        return replace(shown, says=(replace(shown.says[0], key="form.now_send", values={}),))
    aside = said_aside(words)
    if aside in {"again", "greeting"}:
        return shown
    if aside is not None or sounds_upset(words):
        return summary(desk, draft, noted=Say("form.upset" if sounds_upset(words) else "form.ways"))
    return _hear_summary_mend(desk, draft) if says_right(words).understood is False else None


def _hear_summary_mend(desk: Desk, draft: Draft) -> Turn:
    most = len(answered(desk.pack.forms[draft.form], draft.answers))
    return Turn((Say("form.which_number", {"most": most}),), Waiting(TOPIC, SUMMARY, {"draft": draft.key}))


def _summary_unclear(desk: Desk, draft: Draft, words: str) -> Turn:
    most = len(answered(desk.pack.forms[draft.form], draft.answers))
    if words.strip().isdecimal() and most:
        return summary(desk, draft, noted=Say("form.no_such_number", {"heard": words.strip()[:10], "most": most}))
    return summary(desk, draft, noted=Say("form.summary_unclear"))


# --- the commands of a form -------------------------------------------------------------------------------------------


CONVERSATIONS = (Conversation(TOPIC, hear, repeat, behind_danger=ask_behind_danger),)
COMMANDS = (
    Command("boqua", skip, ("bỏ qua",)),
    Command("quaylai", back, ("quay lại",)),
    Command("huy", leave, ("hủy", "thôi")),
)
