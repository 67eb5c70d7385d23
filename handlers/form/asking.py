"""Putting the questions of a form: one at a time, its value said back, what it may mean, and a correction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from content.message import BOLD, PLAIN, Ask
from content.programme.form_spec import Field, Form
from handlers.conversation.desk import Desk
from handlers.conversation.telling import fill_pack, phrase
from handlers.conversation.turn import Button, Say, Turn, Waiting
from handlers.form.answers import said_answer, short
from handlers.form.reading import Taken, Which, choice_buttons, read_words
from handlers.form.remarks import Correction
from registry.applications import drafts
from registry.applications.drafts import Draft

TOPIC = "form"
SUMMARY = "summary"
SKIPPED = "_skipped"
"""Beside the answers: the questions left for later, so that they are not asked again and again."""


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
    says = with_noted(desk, noted, question(desk, form, draft, field, way, before))
    return Turn(says, Waiting(TOPIC, field.id, {"draft": draft.key, "way": way, "pending": pending, "ask": None}))


def question(desk: Desk, form: Form, draft: Draft, field: Field, way: str, before: Any) -> Say:
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
    first, _, rest = fill_pack(desk.house, desk.person, field.id, field.prompt).partition("\n")
    return f"{BOLD}{first}{PLAIN}\n{rest}" if rest else f"{BOLD}{first}{PLAIN}"


def help_said(desk: Desk) -> Say | None:
    """What the pack says to help with the question that waits."""
    draft = waiting_draft(desk)
    if draft is None or desk.talk.step == SUMMARY:
        return None
    field = desk.pack.forms[draft.form].field(desk.talk.step)
    words = fill_pack(desk.house, desk.person, field.id, field.help)
    return Say("form.help", {"help": words}) if words else None


def noted_said(desk: Desk, draft: Draft, new: Mapping[str, Any]) -> Say:
    """What was just kept, with its question's label."""
    form = desk.pack.forms[draft.form]
    shown = [
        (
            form.field(one).label,
            short(said_answer(desk.house, form.field(one), value, desk.today, desk.person.language)),
        )
        for one, value in new.items()
    ]
    if len(shown) == 1:
        return Say("form.noted", {"label": shown[0][0], "value": shown[0][1]})
    return Say("form.noted_several", {"lines": "\n".join(f"• {label}: {said}" for label, said in shown)})


def with_noted(desk: Desk, noted: Say | None, question: Say) -> tuple[Say, ...]:
    """What was just kept, and the next question, as one message: a weak line carries one more easily than two."""
    if noted is None:
        return (question,)
    values = {
        "noted": phrase(desk.house, desk.person, noted.key, noted.values),
        "said": phrase(desk.house, desk.person, question.key, question.values),
    }
    return (replace(question, key="form.after", values=values),)


def ask_which(desk: Desk, draft: Draft, field: Field, way: str, values: Sequence[Any], said: Say) -> Turn:
    """Offer what it may mean; a sentence that asks to confirm a single thing gets yes and no."""
    labels = [button.label for button in said.buttons]
    if len(labels) != len(values):
        labels = [said_answer(desk.house, field, value, desk.today, desk.person.language) for value in values]
    buttons = [Button(f"=_pick{number}", label=label) for number, label in enumerate(labels)]
    buttons.append(Button("=_none", "form.none_of_these"))
    return Turn(
        (replace(said, buttons=tuple(buttons), numbered=True),),
        Waiting(TOPIC, field.id, {**waiting_data(draft, way, None), "ask": list(values)}),
    )


def ask_confirmation(draft: Draft, field: Field, way: str, value: Any, confirm: Say) -> Turn:
    buttons = (Button("=_yes", "form.right"), Button("=_no", "form.mend"))
    return Turn(
        (replace(confirm, buttons=buttons, numbered=field.type != "quantity"),),  # "2" may be two of them
        Waiting(TOPIC, field.id, {**waiting_data(draft, way, value), "confirm": True}),
    )


def ask_written(desk: Desk, draft: Draft, field: Field, way: str, value: Any, other: Button) -> Turn:
    """Ask whether words are the answer or mean something else, for which there is a button."""
    buttons = (Button("=_yes", "form.write_it", values={"value": short(str(value))}), other)
    turn = ask_confirmation(draft, field, way, value, written_as(desk, field, value))
    return replace(turn, says=tuple(replace(one, buttons=buttons) for one in turn.says))


def confirm_again(desk: Desk, draft: Draft, field: Field, way: str, *, noted: Say | None = None) -> Turn:
    pending = desk.talk.data["pending"]
    (said,) = with_noted(desk, noted, written_as(desk, field, pending))
    return ask_confirmation(draft, field, way, pending, said)


def written_as(desk: Desk, field: Field, value: Any) -> Say:
    said = said_answer(desk.house, field, value, desk.today, desk.person.language)
    return Say("form.confirm_again", {"value": said})


def propose(desk: Desk, draft: Draft, correction: Correction, way: str) -> Turn | None:
    """Say back what an earlier answer would be; None when the new words cannot be read."""
    field = correction.field
    read = read_words(desk, field, correction.words, None, pressed=False) if correction.words else None
    match read:
        case Taken(value, _, False):
            value = for_the_same_unit(value, draft.answers.get(field.id))
            said = said_answer(desk.house, field, value, desk.today, desk.person.language)
            return ask_confirmation(
                draft, field, way, value, Say("form.corrected", {"label": field.label, "value": short(said)})
            )
        case Which(values, said) if correction.sure:
            return ask_which(desk, draft, field, way, values, said)
    return None


def ask_named(desk: Desk, draft: Draft, field: Field, way: str) -> Turn:
    """Ask the question that was named, with what is kept there."""
    kept = said_answer(desk.house, field, draft.answers.get(field.id), desk.today, desk.person.language)
    noted = Say("form.noted", {"label": field.label, "value": short(kept)}) if kept and way != "mend" else None
    return ask(desk, draft, field, way, noted=noted)


def for_the_same_unit(value: Any, before: Any) -> Any:
    """A price without a unit, in place of one that had it, is for the same unit."""
    if isinstance(value, int) and isinstance(before, Mapping) and "per" in before:
        return {"dong": value, "per": before["per"]}
    return value


def waiting_draft(desk: Desk) -> Draft | None:
    """The draft that waits, when a form does: the person's own and still open."""
    if desk.talk.topic != TOPIC:
        return None
    found = drafts.draft(desk.db, key=str(desk.talk.data["draft"]), person_id=desk.person.id)
    return found if found is not None and found.state == "open" else None


def waiting_data(draft: Draft, way: str, pending: Any) -> dict[str, Any]:
    return {"draft": draft.key, "way": way, "pending": pending, "ask": None}
