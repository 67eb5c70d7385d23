"""
One engine for every form: ask, hear, say back, skip, go back, correct, keep every answer, hand in once.

What waits is (form, step, data): the step is the field's id; `data` holds the
draft's key, the way of asking ("first" the required ones, "more" the rest,
"mend" a single one), and a value that waits for its confirmation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from content.form_spec import Field, Form
from handlers.answers import answered, said_answer, short
from handlers.desk import Desk
from handlers.form_asides import asks_something, corrected, said_aside, several
from handlers.form_asking import (
    SKIPPED,
    SUMMARY,
    TOPIC,
    ask,
    ask_confirmation,
    ask_named,
    ask_which,
    confirm_again,
    for_the_same_unit,
    help_said,
    next_field,
    prompt_said,
    propose,
    question,
    waiting_data,
    waiting_draft,
    with_noted,
    written_as,
)
from handlers.form_reading import Taken, Unclear, Which, choice_buttons, read_answer
from handlers.front_desk import Command, Conversation
from handlers.gioithieu import card_said
from handlers.reading.understood import Reading
from handlers.reading.yesno import read_yesno
from handlers.turn import KEEP, Button, Heard, Say, Turn, Waiting
from registry import drafts
from registry.drafts import Draft

RIGHT = frozenset({"dung", "u", "uh", "um", "da", "vang", "ok", "roi", "r", "a", "ah", "do", "em", "nhe", "nha"})
"""Words around a typed "dung" that leave it a yes."""


# --- asking -----------------------------------------------------------------------------------------------------------


def go_on(desk: Desk, draft: Draft, way: str, *, noted: Say | None = None) -> Turn:
    """Ask the next open question of the way, or show the summary when none is left."""
    form = desk.pack.forms[draft.form]
    field = next_field(form, draft.answers, way)
    if field is None:
        return summary(desk, draft, noted=noted)
    return ask(desk, draft, field, way, noted=noted)


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
            return _after(desk, draft, field, way, None)
        case "_enough" if field.type in {"photos", "choices"}:
            return _keep(desk, draft, field, way, data.get("pending") or draft.answers.get(field.id) or [])
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
    if correction is not None and correction.sure and (correction.field.id != field.id or not correction.words):
        return propose(desk, draft, correction, way) or ask_named(desk, draft, correction.field, way)
    read = read_answer(desk, field, heard, before)
    if words and (isinstance(read, Unclear) or field.type in {"text", "person_name"}):
        turn = _hear_aside(desk, draft, way, words) or _answer_question(desk, field, words)
        if turn is None and correction is not None and correction.field.id != field.id:
            turn = propose(desk, draft, correction, way)
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
            if words and way == "first" and field.type == "text":
                value, others = several(form, draft.answers, field, words)
                return _keep(desk, draft, field, way, value, others)
            return _keep(desk, draft, field, way, value)


def _hear_aside(desk: Desk, draft: Draft, way: str, words: str) -> Turn | None:
    """Help with what is not known, else skip it; "thôi" leaves the form for now.  What was answered stays as it is."""
    aside = said_aside(words)
    if aside is None:
        return None
    if aside == "again":
        return repeat(desk)
    field = desk.pack.forms[draft.form].field(desk.talk.step)
    if aside == "unknown" and field.required and draft.answers.get(field.id) is None:
        return ask(desk, draft, field, way, noted=help_said(desk))
    if aside != "enough":
        return skip(desk, "")
    return leave(desk, "") if way == "first" else summary(desk, draft)


def _answer_question(desk: Desk, field: Field, words: str) -> Turn | None:
    """Answer what is asked about the programme, then put the own question again; None where it is no question."""
    if not (words.rstrip().endswith("?") or (field.type != "text" and asks_something(words))):
        return None
    topic = desk.pack.topics.get(desk.house.answers.ask(words).topic or "")
    if topic is None:
        return None
    again = repeat(desk)
    return Turn((replace(card_said(desk, topic), buttons=()), *again.says), again.waits)


def _unclear(desk: Desk, draft: Draft, field: Field, way: str, said: Say) -> Turn:
    asked = question(desk, desk.pack.forms[draft.form], draft, field, way, desk.talk.data.get("pending"))
    said = replace(
        said, buttons=said.buttons or asked.buttons, ask=asked.ask, numbered=asked.numbered, album=desk.said.album
    )
    return Turn((said,), Waiting(TOPIC, field.id, waiting_data(draft, way, desk.talk.data.get("pending"))))


def _hear_which(desk: Desk, draft: Draft, field: Field, way: str, heard: Heard, values: Sequence[Any]) -> Turn | None:
    if heard.press.startswith("_pick") and heard.press[5:].isdecimal() and int(heard.press[5:]) < len(values):
        return _keep(desk, draft, field, way, values[int(heard.press[5:])])
    if heard.press == "_none":
        return ask(desk, draft, field, way, noted=Say("form.say_it_differently", {"example": field.example}))
    if len(values) == 1 and heard.text and (agreed := says_right(heard.text).understood) is not None:
        if agreed:
            return _keep(desk, draft, field, way, values[0])
        return ask(desk, draft, field, way, noted=Say("form.say_it_differently", {"example": field.example}))
    return None


def _hear_confirmation(desk: Desk, draft: Draft, field: Field, way: str, heard: Heard, pending: Any) -> Turn | None:
    """Yes keeps it, no asks again; anything else is a new answer to the same question."""
    if heard.press == "_yes":
        return _keep(desk, draft, field, way, pending)
    if heard.press == "_no":
        return ask(desk, draft, field, way)
    agreed = says_right(heard.text) if heard.text else None
    if agreed is not None and agreed.understood is not None:
        return _keep(desk, draft, field, way, pending) if agreed.understood else ask(desk, draft, field, way)
    if agreed is not None and agreed.ask and not isinstance(read_answer(desk, field, heard, None), Taken):
        # half a yes or no, and no new answer ("không, 200 lít" is one): the same thing is asked again
        return confirm_again(desk, draft, field, way)
    return None


def says_right(words: str) -> Reading[bool]:
    """Yes or no below "… đúng không ạ?"; there "dung" without marks is no "dừng" and no "đừng"."""
    reading = read_yesno(words)
    said = set(words.lower().split())
    if reading.understood is None and words.isascii() and "dung" in said and said <= RIGHT:
        return replace(reading, understood=True, ask=())
    return reading


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


def _keep(
    desk: Desk, draft: Draft, field: Field, way: str, value: Any, others: Mapping[str, Any] | None = None
) -> Turn:
    """Keep an answer, last of all, drop those that hang on the old one and are asked no more, and go on."""
    form = desk.pack.forms[draft.form]
    new = {field.id: value, **(others or {})}
    answers = {name: one for name, one in draft.answers.items() if name not in new} | new
    answers[SKIPPED] = [one for one in answers.get(SKIPPED, ()) if one not in new]
    for dependent in form.dependents(field.id):
        if not dependent.shown(answers):
            answers.pop(dependent.id, None)
    kept = drafts.save_draft(desk.db, draft=draft, answers=answers, waits_for=None, now=desk.now)
    language = desk.person.language
    shown = [(form.field(one), said_answer(desk.house, form.field(one), new[one], desk.today, language)) for one in new]
    if others:
        noted = Say("form.noted_several", {"lines": "\n".join(f"• {one.label}: {short(said)}" for one, said in shown)})
    else:
        noted = Say("form.noted", {"label": field.label, "value": short(shown[0][1])})
    return _after(desk, kept, field, way, noted)


def _after(desk: Desk, draft: Draft, field: Field, way: str, noted: Say | None) -> Turn:
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


# --- the summary ------------------------------------------------------------------------------------------------------


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


def missing_fields(form: Form, answers: Mapping[str, Any]) -> tuple[Field, ...]:
    """The required questions that have no answer yet."""
    return tuple(field for field in form.required if field.shown(answers) and answers.get(field.id) is None)


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
    """A yes is told how to send, a no how to mend, and "thôi" leaves; nothing is sent but by its button."""
    shown = summary(desk, draft)
    if says_right(words).understood and not missing_fields(desk.pack.forms[draft.form], draft.answers):
        return replace(shown, says=(replace(shown.says[0], key="form.now_send", values={}),))
    aside = said_aside(words)
    if aside in {"again", "enough"}:
        return shown if aside == "again" else leave(desk, "")
    return _hear_summary_mend(desk, draft) if says_right(words).understood is False else None


def _hear_summary_mend(desk: Desk, draft: Draft) -> Turn:
    most = len(answered(desk.pack.forms[draft.form], draft.answers))
    return Turn((Say("form.which_number", {"most": most}),), Waiting(TOPIC, SUMMARY, {"draft": draft.key}))


def correct_named(desk: Desk, draft: Draft, words: str) -> Turn | None:
    """Mend the answer that is named, as in "sửa giá 45k": say it back, or ask its question; None when none is."""
    named = corrected(desk.pack.forms[draft.form], draft.answers, words, alone=True)
    if named is None:
        return None
    return propose(desk, draft, named, "mend") or ask_named(desk, draft, named.field, "mend")


def _summary_unclear(desk: Desk, draft: Draft, words: str) -> Turn:
    most = len(answered(desk.pack.forms[draft.form], draft.answers))
    if words.strip().isdecimal() and most:
        return summary(desk, draft, noted=Say("form.no_such_number", {"heard": words.strip()[:10], "most": most}))
    return summary(desk, draft, noted=Say("form.summary_unclear"))


def correct(desk: Desk, draft: Draft, words: str, *, noted: Say | None = None) -> Turn | None:
    """Ask the one question with this number on the summary again; None when no number was said."""
    number = words.strip().rstrip(".").removeprefix("#")
    form = desk.pack.forms[draft.form]
    fields = answered(form, draft.answers)
    if number.isdecimal() and 1 <= int(number) <= len(fields):
        return ask(desk, draft, fields[int(number) - 1], "mend", noted=noted)
    named = next((field for field in form.shown(draft.answers) if field.id == words.strip()), None)
    return ask(desk, draft, named, "mend", noted=noted) if named is not None else None


def asked_again(draft: Draft) -> Draft:
    """What was put off is asked again when the person comes back to it by themselves."""
    return replace(draft, answers={name: value for name, value in draft.answers.items() if name != SKIPPED})


# --- the commands of a form -------------------------------------------------------------------------------------------


def skip(desk: Desk, words: str) -> Turn:  # noqa: ARG001  commands take the words after them
    """/boqua: leave this question for later, or its answer as it is; a required one comes back before handing in."""
    draft = waiting_draft(desk)
    if draft is None or desk.talk.step == SUMMARY:
        return Turn((Say("form.nothing_to_skip"),), KEEP)
    field = desk.pack.forms[draft.form].field(desk.talk.step)
    way = str(desk.talk.data.get("way", "first"))
    if draft.answers.get(field.id) is not None:
        return _after(desk, draft, field, way, None)
    answers = {**draft.answers, SKIPPED: [*draft.answers.get(SKIPPED, ()), field.id]}
    kept = drafts.save_draft(desk.db, draft=draft, answers=answers, waits_for=None, now=desk.now)
    key = "form.put_off" if field.required else "form.skipped"
    return _after(desk, kept, field, way, Say(key, {"label": field.label}))


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


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (
    Command("boqua", skip, ("bỏ qua",)),
    Command("quaylai", back, ("quay lại",)),
    Command("huy", leave, ("hủy", "thôi")),
)
