"""Ask the questions of a form: one at a time, with a value read back, values to choose from, or a correction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from content.actions.answers import FormAnswer, Pick
from content.actions.listening import HearAloud
from content.message import BOLD, PLAIN, Ask, Attachment
from content.programme.form_spec import Field, Form
from handlers.conversation.desk import Desk
from handlers.conversation.telling import fill_pack, phrase
from handlers.conversation.turn import Button, Say, Turn
from handlers.form.answers import said_answer, short
from handlers.form.at_question import AtQuestion, Way, waiting_question
from handlers.form.reading import Taken, Which, choice_buttons, read_words
from handlers.form.remarks import Correction, Words
from registry.applications import drafts
from registry.applications.assisted import FOR_OTHERS
from registry.applications.drafts import Answer, Answers, Draft
from registry.listening import prompts

SKIPPED = "_skipped"
"""The key, next to the answers, of the questions left for later: they are not asked again and again."""


def next_field(form: Form, answers: Answers, way: Way) -> Field | None:
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


def ask(at: AtQuestion, *, noted: Say | None = None, pending: Answer = None) -> Turn:
    """Ask one question, with its number, an example, and the buttons that answer it; store the draft."""
    drafts.save_draft(at.desk.db, draft=at.draft, answers=at.draft.answers, waits_for=at.field.id, now=at.desk.now)
    before = at.stored if pending is None else pending
    return Turn(with_noted(at.desk, noted, question(at, before)), at.asking(pending=pending))


def question(at: AtQuestion, before: Answer) -> Say:
    """The question itself; `before` is the answer so far."""
    field, way, answers = at.field, at.way, at.draft.answers
    fields = [one for one in (at.form.optional if way == "more" else at.form.required) if one.shown(answers)]
    place = {"prompt": prompt_said(at.desk, field, answers), "label": field.label}
    if field in fields and way != "mend":
        key = "form.question_more" if way == "more" else "form.question"
        place |= {"number": str(fields.index(field) + 1), "of": str(len(fields))}
    else:
        key = "form.question_mend"
        if at.stored is not None:
            key = "form.question_mend_kept"
            place["value"] = short(at.said(at.stored))
    buttons = list(choice_buttons(field, before))
    if field.type in {"photos", "choices"} and before:
        buttons.append(Button(FormAnswer("enough"), "form.enough"))
    elif at.stored is not None:
        buttons.append(Button(FormAnswer("same"), "form.keep_as_it_is"))
    elif field.required:
        buttons.append(Button("/boqua", "form.later"))
    else:
        buttons += [Button("/boqua", "form.skip"), Button(FormAnswer("stop"), "form.stop_adding")]
    wanted: Ask | None = "location" if field.type == "location" else None
    if field.type == "phone" and not for_somebody_else(answers):  # the number on this telephone is the helper's own
        wanted = "contact"
    numbered = field.type in {"choice", "choices", "yesno"}
    spoken = prompts.question_key(field.id)
    attachments: tuple[Attachment, ...] = ()
    if prompts.playable(at.desk.db, pack=at.desk.pack, key=spoken) is not None:
        if at.desk.person.heard_aloud > 1:
            attachments = (Attachment("voice", f"prompt:{spoken}", field.label),)
        else:
            buttons.append(Button(HearAloud(spoken), "nghe.button"))
    return Say(key, place, tuple(buttons), attachments=attachments, ask=wanted, numbered=numbered)


def for_somebody_else(answers: Answers) -> bool:
    """True for a form that is filled in for another person."""
    return FOR_OTHERS in answers


def pack_said(desk: Desk, field: Field, text: str, answers: Answers) -> str:
    """A text of the pack about the person whose form it is."""
    you = desk.house.phrases.say("lamho.them") if for_somebody_else(answers) else ""
    return fill_pack(desk.house, desk.person, field.id, text, you)


def prompt_said(desk: Desk, field: Field, answers: Answers) -> str:
    """The question in the pack's words, with its first line in bold."""
    first, _, rest = pack_said(desk, field, field.prompt, answers).partition("\n")
    return f"{BOLD}{first}{PLAIN}\n{rest}" if rest else f"{BOLD}{first}{PLAIN}"


def help_said(desk: Desk) -> Say | None:
    """The pack's help for the question that waits."""
    at = waiting_question(desk)
    return None if at is None else help_with(at)


def help_with(at: AtQuestion) -> Say | None:
    """The pack's help for a question, None without any."""
    words = pack_said(at.desk, at.field, at.field.help, at.draft.answers)
    return Say("form.help", {"help": words}) if words else None


def noted_said(desk: Desk, draft: Draft, new: Mapping[str, Answer]) -> Say:
    """Read back the answers just stored, each with the label of its question."""
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
    """Put the note about the last answer and the next question into one message: a weak connection prefers one."""
    if noted is None:
        return (question,)
    values = {
        "noted": phrase(desk.house, desk.person, noted.key, noted.values),
        "said": phrase(desk.house, desk.person, question.key, question.values),
    }
    return (replace(question, key="form.after", values=values),)


def ask_which(at: AtQuestion, values: Sequence[Answer], said: Say) -> Turn:
    """Offer the values an answer may mean; a text that asks to confirm a single one gets yes and no."""
    labels = [button.label for button in said.buttons]
    if len(labels) != len(values):
        labels = [at.said(value) for value in values]
    buttons = [Button(Pick(number), label=label) for number, label in enumerate(labels)]
    buttons.append(Button(FormAnswer("none"), "form.none_of_these"))
    return Turn((replace(said, buttons=tuple(buttons), numbered=True),), at.asking(ask=tuple(values)))


def ask_confirmation(at: AtQuestion, value: Answer, confirm: Say) -> Turn:
    """Read a value back; it counts after a yes."""
    buttons = (Button(FormAnswer("yes"), "form.right"), Button(FormAnswer("no"), "form.mend"))
    return Turn(
        (replace(confirm, buttons=buttons, numbered=at.field.type != "quantity"),),  # "2" may be two of them
        at.asking(pending=value, confirm=True),
    )


def ask_written(at: AtQuestion, value: Answer, other: Button) -> Turn:
    """Ask whether words are the answer or mean something else, for which there is a button."""
    buttons = (Button(FormAnswer("yes"), "form.write_it", values={"value": short(str(value))}), other)
    turn = ask_confirmation(at, value, written_as(at, value))
    return replace(turn, says=tuple(replace(one, buttons=buttons) for one in turn.says))


def confirm_again(at: AtQuestion, *, noted: Say | None = None) -> Turn:
    """Read the value that waits back once more."""
    pending = at.waits.pending
    (said,) = with_noted(at.desk, noted, written_as(at, pending))
    return ask_confirmation(at, pending, said)


def written_as(at: AtQuestion, value: Answer) -> Say:
    return Say("form.confirm_again", {"value": at.said(value)})


def propose(at: AtQuestion, correction: Correction) -> Turn | None:
    """Read back the new value of an earlier answer; None if its words cannot be read."""
    there = at.elsewhere(correction.field)
    if not correction.words:
        return None
    match read_words(at.desk, there.field, Words(correction.words), None, pressed=False):
        case Taken(value, _, False):
            value = for_the_same_unit(value, there.stored)
            said = Say("form.corrected", {"label": there.field.label, "value": short(there.said(value))})
            return ask_confirmation(there, value, said)
        case Which(values, said) if correction.sure:
            return ask_which(there, values, said)
    return None


def ask_named(at: AtQuestion) -> Turn:
    """Ask a question that was named, with its stored answer."""
    kept = at.said(at.stored)
    noted = Say("form.noted", {"label": at.field.label, "value": short(kept)}) if kept and at.way != "mend" else None
    return ask(at, noted=noted)


def for_the_same_unit(value: Answer, before: Answer) -> Answer:
    """Give a new price without a unit the unit of the price it replaces."""
    if not isinstance(before, Mapping) or "dong" not in before or "per" not in before:
        return value
    if isinstance(value, int):
        return {"dong": value, "per": before["per"]}
    return {**value, "per": before["per"]} if isinstance(value, Mapping) and value.keys() == {"dong", "to"} else value
