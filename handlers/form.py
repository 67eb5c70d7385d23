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
from content.message import BOLD, PLAIN, Ask
from content.phrases import fill
from handlers.answers import answered, said_answer, short
from handlers.desk import Desk
from handlers.form_reading import Taken, Unclear, Which, choice_buttons, read_answer
from handlers.front_desk import Command, Conversation
from handlers.reading.understood import Reading
from handlers.reading.yesno import read_yesno
from handlers.telling import phrase, words_for
from handlers.turn import KEEP, Button, Heard, Say, Turn, Waiting
from registry import drafts
from registry.drafts import Draft

TOPIC = "form"
SUMMARY = "summary"
RIGHT = frozenset({"dung", "u", "uh", "um", "da", "vang", "ok", "roi", "r", "a", "ah", "do", "em", "nhe", "nha"})
"""Words around a typed "dung" that leave it a yes."""
SKIPPED = "_skipped"
"""Beside the answers: the questions left for later, so that they are not asked again and again."""


# --- asking -----------------------------------------------------------------------------------------------------------


def go_on(desk: Desk, draft: Draft, way: str, *, noted: Say | None = None) -> Turn:
    """Ask the next open question of the way, or show the summary when none is left."""
    form = desk.pack.forms[draft.form]
    field = next_field(form, draft.answers, way)
    if field is None:
        return summary(desk, draft, noted=noted)
    return ask(desk, draft, field, way, noted=noted)


def next_field(form: Form, answers: Mapping[str, Any], way: str) -> Field | None:
    """The first question of the way without an answer that was not put off."""
    skipped = set(answers.get(SKIPPED, ()))
    fields = form.optional if way == "more" else form.required
    return next(
        (
            field
            for field in fields
            if field.shown(answers) and answers.get(field.id) is None and field.id not in skipped
        ),
        None,
    )


def ask(desk: Desk, draft: Draft, field: Field, way: str, *, noted: Say | None = None, pending: Any = None) -> Turn:
    """Put one question, with where one is, an example, and the taps that answer it."""
    form = desk.pack.forms[draft.form]
    drafts.save_draft(desk.db, draft=draft, answers=draft.answers, waits_for=field.id, now=desk.now)
    before = draft.answers.get(field.id) if pending is None else pending
    says = _with_noted(desk, noted, _question(desk, form, draft, field, way, before))
    return Turn(says, Waiting(TOPIC, field.id, {"draft": draft.key, "way": way, "pending": pending, "ask": None}))


def _question(desk: Desk, form: Form, draft: Draft, field: Field, way: str, before: Any) -> Say:
    fields = [one for one in (form.optional if way == "more" else form.required) if one.shown(draft.answers)]
    place = {"prompt": prompt_said(desk, field), "label": field.label}
    if field in fields and way != "mend":
        key = "form.question_more" if way == "more" else "form.question"
        place |= {"number": str(fields.index(field) + 1), "of": str(len(fields))}
    else:
        key = "form.question_mend"
        if draft.answers.get(field.id) is not None:
            key = "form.question_mend_kept"
            kept = said_answer(desk.house, field, draft.answers[field.id], desk.today, desk.person.language)
            place["value"] = short(kept)
    buttons = list(choice_buttons(field, before))
    if field.type in {"photos", "choices"} and before:
        buttons.append(Button("=_enough", "form.enough"))
    elif draft.answers.get(field.id) is not None:
        buttons.append(Button("=_same", "form.keep_as_it_is"))
    elif field.required:
        buttons.append(Button("/boqua", "form.later"))
    else:
        buttons += [Button("/boqua", "form.skip"), Button("=_stop", "form.stop_adding")]
    wanted: Ask | None = "contact" if field.type == "phone" else "location" if field.type == "location" else None
    numbered = field.type in {"choice", "choices", "yesno"}
    return Say(key, place, tuple(buttons), ask=wanted, numbered=numbered)


def prompt_said(desk: Desk, field: Field) -> str:
    """The question in the pack's words, to this person; its first line stands out."""
    first, _, rest = fill(field.id, field.prompt, words_for(desk.house, desk.person)).partition("\n")
    return f"{BOLD}{first}{PLAIN}\n{rest}" if rest else f"{BOLD}{first}{PLAIN}"


def _with_noted(desk: Desk, noted: Say | None, question: Say) -> tuple[Say, ...]:
    """What was just kept, and the next question, as one message: a weak line carries one more easily than two."""
    if noted is None:
        return (question,)
    values = {
        "noted": phrase(desk.house, desk.person, noted.key, noted.values),
        "said": phrase(desk.house, desk.person, question.key, question.values),
    }
    return (replace(question, key="form.after", values=values),)


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take what was said under the question that waits."""
    draft = _draft(desk)
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
    read = read_answer(desk, field, heard, before)
    match read:
        case Unclear(said):
            return _unclear(desk, draft, field, way, said)
        case Which(values, said):
            return _ask_which(desk, draft, field, way, values, said)
        case Taken(value, confirm, more):
            if more:
                return _take_more(desk, draft, field, way, value, confirm, heard)
            if confirm is not None:
                return _ask_confirmation(draft, field, way, value, confirm)
            return _keep(desk, draft, field, way, value)


def _unclear(desk: Desk, draft: Draft, field: Field, way: str, said: Say) -> Turn:
    asked = _question(desk, desk.pack.forms[draft.form], draft, field, way, desk.talk.data.get("pending"))
    said = replace(
        said, buttons=said.buttons or asked.buttons, ask=asked.ask, numbered=asked.numbered, album=desk.said.album
    )
    return Turn((said,), Waiting(TOPIC, field.id, _data(draft, way, desk.talk.data.get("pending"))))


def _ask_which(desk: Desk, draft: Draft, field: Field, way: str, values: Sequence[Any], said: Say) -> Turn:
    """Offer what it may mean; a sentence that asks to confirm a single thing gets yes and no."""
    labels = [button.label for button in said.buttons]
    if len(labels) != len(values):
        labels = [said_answer(desk.house, field, value, desk.today, desk.person.language) for value in values]
    buttons = [Button(f"=_pick{number}", label=label) for number, label in enumerate(labels)]
    buttons.append(Button("=_none", "form.none_of_these"))
    return Turn(
        (replace(said, buttons=tuple(buttons), numbered=True),),
        Waiting(TOPIC, field.id, {**_data(draft, way, None), "ask": list(values)}),
    )


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


def _ask_confirmation(draft: Draft, field: Field, way: str, value: Any, confirm: Say) -> Turn:
    buttons = (Button("=_yes", "form.right"), Button("=_no", "form.mend"))
    return Turn(
        (replace(confirm, buttons=buttons, numbered=False),),
        Waiting(TOPIC, field.id, {**_data(draft, way, value), "confirm": True}),
    )


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
        value = said_answer(desk.house, field, pending, desk.today, desk.person.language)
        return _ask_confirmation(draft, field, way, pending, Say("form.confirm_again", {"value": value}))
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
    waiting = Waiting(TOPIC, field.id, _data(draft, way, value))
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


def _keep(desk: Desk, draft: Draft, field: Field, way: str, value: Any) -> Turn:
    """Keep an answer, drop those that hang on the old one and are asked no more, and go on."""
    form = desk.pack.forms[draft.form]
    answers = {**draft.answers, field.id: value}
    answers[SKIPPED] = [one for one in answers.get(SKIPPED, ()) if one != field.id]
    for dependent in form.dependents(field.id):
        if not dependent.shown(answers):
            answers.pop(dependent.id, None)
    kept = drafts.save_draft(desk.db, draft=draft, answers=answers, waits_for=None, now=desk.now)
    shown = short(said_answer(desk.house, field, value, desk.today, desk.person.language))
    noted = Say("form.noted", {"label": field.label, "value": shown})
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
    says = _with_noted(desk, noted, Say(key, values, tuple(buttons), numbered=False))
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
            return Turn(
                (Say("form.which_number", {"most": len(answered(desk.pack.forms[draft.form], draft.answers))}),),
                Waiting(TOPIC, SUMMARY, {"draft": draft.key}),
            )
    return correct(desk, draft, heard.text) or _summary_unclear(desk, draft, heard.text)


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
    """/boqua: leave this question for later; a required one comes back before handing in."""
    draft = _draft(desk)
    if draft is None or desk.talk.step == SUMMARY:
        return Turn((Say("form.nothing_to_skip"),), KEEP)
    field = desk.pack.forms[draft.form].field(desk.talk.step)
    way = str(desk.talk.data.get("way", "first"))
    answers = {**draft.answers, SKIPPED: [*draft.answers.get(SKIPPED, ()), field.id]}
    kept = drafts.save_draft(desk.db, draft=draft, answers=answers, waits_for=None, now=desk.now)
    key = "form.put_off" if field.required else "form.skipped"
    return _after(desk, kept, field, way, Say(key, {"label": field.label}))


def back(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/quaylai: the question before this one, with its answer kept until another is given."""
    draft = _draft(desk)
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
    draft = _draft(desk) or next(iter(drafts.open_drafts(desk.db, person_id=desk.person.id)), None)
    if draft is None:
        return Turn((Say("form.nothing_to_mend", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    return (correct(desk, draft, words) if words else None) or summary(desk, draft)


def leave(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/huy: leave; what was answered is kept, and nobody asks about it."""
    draft = _draft(desk)
    if draft is not None:
        drafts.leave_drafts(desk.db, person_id=desk.person.id, key=draft.key, now=desk.now)
        buttons = (Button("/tieptuc", "form.go_on"), Button("/menu", "front.menu"))
        return Turn((Say("form.left", buttons=buttons),))
    key = "front.left" if desk.talk.topic else "front.nothing_to_leave"
    return Turn((Say(key, buttons=(Button("/menu", "front.menu"),)),))


def repeat(desk: Desk) -> Turn:
    """The question that waits, once more, as it stood: with what waits to be confirmed or chosen."""
    draft = _draft(desk)
    if draft is None:
        return Turn()
    if desk.talk.step == SUMMARY:
        return summary(desk, draft)
    field = desk.pack.forms[draft.form].field(desk.talk.step)
    pending = desk.talk.data.get("pending") if field.type in {"photos", "choices"} else None
    return ask(desk, draft, field, str(desk.talk.data.get("way", "first")), pending=pending)


def _draft(desk: Desk) -> Draft | None:
    """The draft that waits, when a form does: the person's own and still open."""
    if desk.talk.topic != TOPIC:
        return None
    found = drafts.draft(desk.db, key=str(desk.talk.data["draft"]), person_id=desk.person.id)
    return found if found is not None and found.state == "open" else None


def _data(draft: Draft, way: str, pending: Any) -> dict[str, Any]:
    return {"draft": draft.key, "way": way, "pending": pending, "ask": None}


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (
    Command("boqua", skip, ("bỏ qua",)),
    Command("quaylai", back, ("quay lại",)),
    Command("huy", leave, ("hủy", "thôi")),
)
