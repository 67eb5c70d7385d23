"""
The conversation of every form: read the answer to the question that waits, store it, and ask the next one.

Every answer is stored as it is given.  The state is `Filling`; the step is the id of the question, or the summary.
"""

from collections.abc import Mapping
from dataclasses import replace

from content.actions.action import Action
from content.actions.answers import FormAnswer, Pick, parse_press
from content.language.intents import read_intent, sounds_unsure
from content.language.legacy import damage
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.telling import phrase
from handlers.conversation.turn import Button, Heard, Say, Turn
from handlers.form.additions import ask_behind_danger, hear_beside, propose_beside
from handlers.form.asking import (
    SKIPPED,
    ask,
    ask_confirmation,
    ask_named,
    ask_which,
    confirm_again,
    for_the_same_unit,
    help_with,
    noted_said,
    prompt_said,
    propose,
    question,
    with_noted,
    written_as,
)
from handlers.form.at_question import SUMMARY, TOPIC, AtQuestion, waiting_draft, waiting_question
from handlers.form.corrections import correct
from handlers.form.edited import noted_messages
from handlers.form.enclosing import follow_answers, hear_enclosure
from handlers.form.finishing import agreed_to_send, hear_finishing, sounds_like_button
from handlers.form.instead import read_instead
from handlers.form.meaning import hear_meaning
from handlers.form.navigation import after, back, leave, repeat, repeat_beside, skip, summary
from handlers.form.odd_answers import ask_odd, hear_odd, judged_answer, place_apart, read_back, stays_waiting
from handlers.form.plausible import act_in
from handlers.form.reading import Answered, Taken, Unclear, Which, choice_buttons, in_words, read_answer, read_words
from handlers.form.remarks import Correction, Words, corrected, means_all, named_number, says_right, several
from handlers.form.series import begin, may_begin
from handlers.form.summary import hear_summary
from registry.applications.drafts import Answer

LONG_NAME = 10
"""Words of a name; a longer one may be a whole sentence, and is read back before it counts."""
FREE = frozenset({"text", "person_name"})
"""Types whose answer may be any words."""
NAMES_A_WAY = frozenset(
    {
        "form.wants_photos", "form.wants_document", "form.wants_voice", "form.wants_location", "form.file_too_big",
        "reading.since.unknown",
    }
)  # fmt: skip
"""The remarks about an answer that the person may not have at hand."""
WAYS_PAST: Mapping[str, str] = {
    "form.enough": "form.way.enough",
    "form.keep_as_it_is": "form.way.same",
    "form.later": "form.way.later",
    "form.skip": "form.way.skip",
}
"""The buttons that lead past a question, and the sentence that names each."""


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take a message under the question that waits, or at the summary."""
    if desk.talk.step == SUMMARY:
        draft = waiting_draft(desk)
        return _gone() if draft is None else hear_summary(desk, draft, heard)
    at = waiting_question(desk)
    if at is None:
        return _gone()
    damaged = damage(heard.text) if heard.said.kind == "text" else None
    if damaged is None:
        return _hear_question(at, heard)
    if damaged.reading is None:
        said = Say("form.damaged", {"example": at.field.example})
        return confirm_again(at, noted=said) if at.waits.confirm else _unclear(at, said)
    return _hear_question(at, replace(heard, said=replace(heard.said, text=damaged.reading), turned=True))


def _gone() -> Turn:
    return Turn((Say("form.gone", buttons=(Button("/menu", "front.menu"),)),))


def _hear_question(at: AtQuestion, heard: Heard) -> Turn:
    """Words for sending go first, then the value that waits, then the form's own buttons, then the answer."""
    words, press = Words(heard.text), parse_press(heard.press)
    if (enclosed := hear_enclosure(at, heard)) is not None:
        return enclosed
    if press == FormAnswer("write") and at.waits.write is not None:
        here = at.elsewhere(at.form.field(at.waits.write.field))
        return _keep(here, {here.field.id: at.waits.write.value})
    if heard.said.kind == "text" and words.text:
        if at.waits.confirm and agreed_to_send(words):  # the summary has the button
            return _keep(replace(at, way="mend"), {at.field.id: at.waits.pending})
        finishing = hear_finishing(at, words)
        if finishing is not None:
            return finishing
        moved = hear_meaning(at, words)
        if moved is not None:
            return moved
    waited = _hear_waiting(at, heard, words, press)
    if waited is not None:
        return waited
    match press:
        case FormAnswer("same"):
            return after(at, None)
        case FormAnswer("enough") if at.field.type in {"photos", "choices"}:
            return _keep(at, {at.field.id: at.waits.pending or at.stored or []})
        case FormAnswer("stop"):
            return summary(at.desk, at.draft)
    return _hear_answer(at, heard, words)


def _hear_waiting(at: AtQuestion, heard: Heard, words: Words, press: Action | None) -> Turn | None:
    if at.waits.ask is not None:
        return _hear_which(at, at.waits.ask, words, press)
    return _hear_confirmation(at, heard, words, press) if at.waits.confirm else None


def _hear_answer(at: AtQuestion, heard: Heard, words: Words) -> Turn:
    """Read a new answer: perhaps a correction of an earlier one, several answers at once, or a remark."""
    if heard.said.kind == "photo" and at.field.type != "photos":
        return _photo_meant_for_later(at, heard, words)
    spoken = bool(words.text) and heard.said.kind == "text" and not heard.press
    correction = corrected(at.form, at.draft.answers, words) if spoken else None
    if correction is not None and stays_waiting(at, correction):
        return confirm_again(at, noted=Say("form.one_by_one"))
    if spoken and at.field.type not in FREE and (turn := _hear_correction(at, words, correction)) is not None:
        return turn
    read, others = _read_apart(at, heard)
    if others and read is None:
        return _keep(at, others)
    if read is None:
        read = read_answer(at.desk, at.field, heard, words, at.before)
    questioned = at.field.type == "choice" and act_in(at.field, words.text) == "ask"
    if spoken and not others and (at.field.type in FREE or questioned or not isinstance(read, Taken)):
        turn = hear_beside(at, words, read)
        if turn is None and correction is not None and correction.field.id != at.field.id:
            turn = propose_beside(at, correction, read)
        if turn is None and at.field.type in FREE:
            turn = hear_odd(at, words, read)
        if turn is not None:
            return turn
    if at.waits.confirm and isinstance(read, Taken) and in_words(read.value):
        return confirm_again(at)  # "tùy mùa" replaces no figure that waits for its yes
    match read:
        case Unclear(said):
            return confirm_again(at, noted=said) if at.waits.confirm else _unclear(at, said)
        case Which(values, said):
            return ask_which(at, values, said)
        case Taken():
            return _take(at, heard, read, others, spoken=spoken)


def _hear_correction(at: AtQuestion, words: Words, correction: Correction | None) -> Turn | None:
    """Correct an earlier answer that is named for sure, or by its number on the summary."""
    if correction is not None and correction.sure and (correction.field.id != at.field.id or not correction.words):
        turn = propose(at, correction)
        if turn is None and not correction.words:
            turn = ask_named(at.elsewhere(correction.field))
        if turn is not None:
            return turn
    return correct(at.desk, at.draft, words) if named_number(words, correcting=True) else None


def _take(at: AtQuestion, heard: Heard, read: Taken, others: Mapping[str, Answer], *, spoken: bool) -> Turn:
    """Store an answer, or wait for more of it, or read it back first."""
    if read.more:
        return _take_more(at, read, heard)
    if read.confirm is not None:
        same_unit = for_the_same_unit(read.value, at.before)
        confirm = read.confirm if same_unit == read.value else written_as(at, same_unit)
        return ask_confirmation(at, same_unit, confirm)
    if heard.turned:
        return ask_confirmation(at, read.value, Say("form.turned", {"value": at.said(read.value)}))
    if spoken and at.field.type == "choice" and sounds_unsure(heard.text):
        return read_back(at, read.value)
    if spoken and at.field.type in FREE:
        judged = judged_answer(at, read.value)
        if judged.verdict != "value":
            at = at.saved({**at.draft.answers, **others}) if others else at
        if (turn := ask_odd(at, judged)) is not None:
            return turn
        read = replace(read, value=judged.value)
    name = at.field.required and at.field.type == "text"
    if spoken and name and len(str(read.value).split()) > LONG_NAME:
        return _long_name(at, read.value, others)
    if spoken and sounds_like_button(at, Words(heard.text)):
        return _long_name(at, read.value, others)
    return _keep(at, {at.field.id: read.value, **others})


def _read_apart(at: AtQuestion, heard: Heard) -> tuple[Answered | None, Mapping[str, Answer]]:
    """Read an answer that contains others; (None, others) if the message is nothing else."""
    if at.way != "first" or heard.press or heard.said.kind != "text" or heard.turned:
        return None, {}
    text, others = place_apart(at, *several(at.form, at.draft.answers, at.field, heard.text))
    if not others or not text:
        return None, others
    read = read_words(at.desk, at.field, Words(text), at.before, pressed=False)
    return (read, others) if isinstance(read, Taken) else (None, {})


def _long_name(at: AtQuestion, value: Answer, others: Mapping[str, Answer]) -> Turn:
    """Read a whole sentence back before it counts as a name; store the other answers given with it."""
    noted = None
    if others:
        noted = noted_said(at.desk, at.draft, others)
        at = at.saved({**at.draft.answers, **others})
    (said,) = with_noted(at.desk, noted, written_as(at, value))
    return ask_confirmation(at, value, said)


def _unclear(at: AtQuestion, said: Say) -> Turn:
    """Say what is expected; the values offered before are offered again."""
    if at.waits.ask is not None and not choice_buttons(at.field, None):
        return ask_which(at, at.waits.ask, said)
    asked = question(at, at.waits.pending)
    said = _and_way(at, said, asked)
    said = replace(
        said, buttons=said.buttons or asked.buttons, ask=asked.ask, numbered=asked.numbered, album=at.desk.said.album
    )
    return Turn((said,), at.asking(pending=at.waits.pending))


def _and_way(at: AtQuestion, said: Say, asked: Say) -> Say:
    """Name the button that leads past a question for what the person may not have; only a button that is shown."""
    way = next((WAYS_PAST[one.key] for one in asked.buttons if one.key in WAYS_PAST), None)
    if said.key not in NAMES_A_WAY or said.buttons or way is None:
        return said
    desk = at.desk
    words = {
        "said": phrase(desk.house, desk.person, said.key, said.values),
        "way": phrase(desk.house, desk.person, way),
    }
    return replace(said, key="form.and_way", values=words)


def _hear_which(at: AtQuestion, values: tuple[Answer, ...], words: Words, press: Action | None) -> Turn | None:
    """Take one of the values that were offered; None for a new answer."""
    match press:
        case Pick(number) if number < len(values):
            return _keep(at, {at.field.id: values[number]})
        case FormAnswer("all") if may_begin(at, values):
            return _begin_all(at, values)
        case FormAnswer("none"):
            return _ask_differently(at)
    if len(values) > 1 and means_all(words):
        return _begin_all(at, values) if may_begin(at, values) else ask_which(at, values, Say("form.choose_first"))
    agreed = says_right(words).understood if words.text else None
    if agreed is None or (agreed and len(values) != 1):
        return None
    return _keep(at, {at.field.id: values[0]}) if agreed else _ask_differently(at)


def _begin_all(at: AtQuestion, products: tuple[Answer, ...]) -> Turn:
    """Begin a draft for each product, and say how many there are and which is asked now."""
    turn = _keep(begin(at, products), {at.field.id: products[0]})
    values = {"count": len(products), "products": "; ".join(map(str, products)), "product": str(products[0])}
    return replace(turn, says=with_noted(at.desk, Say("form.series_begun", values), turn.says[0]))


def _ask_differently(at: AtQuestion) -> Turn:
    return ask(at, noted=Say("form.say_it_differently", {"example": at.field.example}))


def _hear_confirmation(at: AtQuestion, heard: Heard, words: Words, press: Action | None) -> Turn | None:
    """Yes stores the value, no asks again; None for a new answer to the same question."""
    kept = {at.field.id: at.waits.pending}
    match press:
        case FormAnswer("yes"):
            return _keep(at, kept)
        case FormAnswer("no"):
            return ask(at)
        case FormAnswer("help"):
            return ask(at, noted=help_with(at))
    if not words.text:
        return None
    agreed = says_right(words)
    if agreed.understood is not None:
        return _keep(at, kept) if agreed.understood else ask(at)
    meant = read_intent(words.text, "confirmation")
    if meant is not None and meant.degree == "clear" and not meant.spare and meant.intent in {"yes", "no"}:
        return _keep(at, kept) if meant.intent == "yes" else ask(at)
    instead = read_instead(at, words)
    if isinstance(instead, Which):
        return ask_which(at, instead.values, instead.said)
    if instead is not None:
        value = for_the_same_unit(instead.value, at.before)
        return ask_confirmation(at, value, written_as(at, value))
    if agreed.ask and not isinstance(read_answer(at.desk, at.field, heard, words, None), Taken):
        # half a yes or no, and not a new answer either ("không, 200 lít" is one)
        return confirm_again(at)
    return None


def _take_more(at: AtQuestion, read: Taken, heard: Heard) -> Turn:
    """Store the pieces so far and wait for further ones, or for "Xong"."""
    at = at.saved({**at.draft.answers, at.field.id: read.value})
    waiting = at.asking(pending=read.value)
    enough = Button(FormAnswer("enough"), "form.enough")
    if at.field.type == "photos":
        taken = read.confirm or Say("form.photos_taken", {"count": len(read.value)})
        return Turn((replace(taken, buttons=(enough,), numbered=False, album=heard.said.album),), waiting)
    buttons = (*choice_buttons(at.field, read.value), enough)
    values = {"value": at.said(read.value)}
    return Turn((Say("form.choices_so_far", values, buttons, in_place=bool(heard.press)),), waiting)


def _photo_meant_for_later(at: AtQuestion, heard: Heard, words: Words) -> Turn:
    """Store a photo sent under another question with the photos; ask that question again."""
    album = next((one for one in at.form.shown(at.draft.answers) if one.type == "photos"), None)
    if album is None:
        return _unclear(at, Say("form.wants_text", {"example": at.field.example}))
    read = read_answer(at.desk, album, heard, words, at.draft.answers.get(album.id))
    if not isinstance(read, Taken):
        return _unclear(at, read.said)
    kept = at.saved({**at.draft.answers, album.id: read.value})
    said = Say(
        "form.photo_kept_for_later", {"label": album.label, "prompt": prompt_said(at.desk, at.field, at.draft.answers)}
    )
    return _unclear(kept, said)


# --- keeping ----------------------------------------------------------------------------------------------------------


def _keep(at: AtQuestion, new: Mapping[str, Answer]) -> Turn:
    """Store answers, as the last given; remove those whose question is no longer asked; go on."""
    answers = {name: one for name, one in at.draft.answers.items() if name not in new} | dict(new)
    answers[SKIPPED] = [one for one in answers.get(SKIPPED, ()) if one not in new]
    for dependent in at.form.dependents(at.field.id):
        if not dependent.shown(answers):
            answers.pop(dependent.id, None)
    answers |= noted_messages(at, new)
    kept = replace(at, draft=replace(at.draft, answers=answers))  # written with the question that waits next
    follow_answers(kept, [at.form.field(one) for one in new])
    return after(kept, noted_said(at.desk, kept.draft, new))


# --- the commands of a form -------------------------------------------------------------------------------------------


CONVERSATIONS = (Conversation(TOPIC, hear, repeat, behind_danger=ask_behind_danger, beside=repeat_beside),)
COMMANDS = (
    Command("boqua", skip, ("bỏ qua",)),
    Command("quaylai", back, ("quay lại",)),
    Command("huy", leave, ("hủy", "thôi")),
)
