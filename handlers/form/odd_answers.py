"""Take odd words under a question for text or a name: act on a remark, ask back, or read them back."""

import re
from dataclasses import replace

from content.actions.answers import FormAnswer, Pick
from content.language.intents import read_intent
from content.language.wishes import wish_in
from handlers.conversation.turn import Button, Say, Turn, Waiting
from handlers.form.additions import answer_card, ask_again, offer_ways, with_written
from handlers.form.answers import short
from handlers.form.asking import ask, ask_confirmation, help_with, propose, written_as
from handlers.form.at_question import AtQuestion
from handlers.form.meaning import MOST_OF_A_NAME
from handlers.form.navigation import back, repeat_question
from handlers.form.plausible import Act, Judged, act_in, is_long, is_person, judge
from handlers.form.reading import Answered, Taken, Which, read_words
from handlers.form.remarks import Correction, Words
from handlers.form.series import may_begin
from registry.applications.drafts import Answer

_NUMBER = re.compile(r"\d{1,2}")


def hear_odd(at: AtQuestion, words: Words, read: Answered) -> Turn | None:
    """Act on a remark; None for an answer.  A value that waits still waits."""
    if wish_in(words.text) == "official" and not at.is_asked:
        asked = ask_again(at, noted=Say("form.ways"))
        whom = (Button("/lienhe", "menu.contact"),)
        return replace(asked, says=tuple(replace(one, buttons=(*one.buttons, *whom)) for one in asked.says))
    act = None if isinstance(read, Which) else act_in(at.field, words.text)
    if act is None:
        return None
    written = read.value if isinstance(read, Taken) and act not in {"refuse", "upset"} else None
    if act == "back" and not at.is_asked:
        return _back(at, words)
    if act == "again" and not at.is_asked:
        return repeat_question(at)
    if act in {"back", "later"}:
        return _with_write(offer_ways(at, Say("form.waits_for_you")), at, written)
    turn = ask_again(at, noted=_noted(at, act))
    if act == "ask" and (card := answer_card(at, words)) is not None:
        again = ask_again(at)
        turn = Turn((card, *again.says), again.waits)
    return _with_write(turn, at, written)


def _noted(at: AtQuestion, act: Act) -> Say:
    match act:
        case "refuse":
            return Say("form.refused")
        case "upset":
            return Say("form.upset")
    return help_with(at) or Say("form.ways")


def _with_write(turn: Turn, at: AtQuestion, written: Answer) -> Turn:
    """Add the button that stores the words after all."""
    if written is None or at.is_asked or not isinstance(turn.waits, Waiting):
        return turn
    *before, asked = turn.says
    write = Button(FormAnswer("write"), "form.write_it", values={"value": short(str(written))})
    return Turn((*before, replace(asked, buttons=(*asked.buttons, write))), with_written(turn.waits, at, written))


def _back(at: AtQuestion, words: Words) -> Turn:
    """Go to the question before, or to the one that is named by its number."""
    shown = [one for one in at.form.shown(at.draft.answers) if one.required == (at.way != "more")]
    named = _NUMBER.search(words.text)
    if named and 1 <= int(named[0]) <= len(shown):
        return ask(at.elsewhere(shown[int(named[0]) - 1]))
    return back(at.desk, "")


def stays_waiting(at: AtQuestion, correction: Correction) -> bool:
    """True for a new value of another question while a value waits here: that one is answered first."""
    return at.waits.confirm and correction.field.id != at.field.id and propose(at, correction) is not None


def place_apart(at: AtQuestion, text: str, others: dict[str, Answer]) -> tuple[str, dict[str, Answer]]:
    """
    Take a sure place out of "Nguyễn Thị Hoa, hải ninh", where other answers were given with a name.

    A place that has to be confirmed stays in the text, which is then read back whole.
    """
    place = next((one for one in at.form.required if one.type == "place"), None)
    name, _, rest = text.partition(",")
    if not (others and rest.strip() and is_person(at.field) and place) or at.draft.answers.get(place.id) is not None:
        return text, others
    read = read_words(at.desk, place, Words(rest.strip()), None, pressed=False)
    if not isinstance(read, Taken) or read.confirm is not None:
        return text, others
    return name, {**others, place.id: read.value}


def judged_answer(at: AtQuestion, value: str) -> Judged:
    """Judge an answer that was read; a name that sounds like a wish, or like a step in the form, is read back."""
    before = at.waits.pending if at.waits.confirm else None
    judged = judge(at.field, value, before)
    doubtful = judged.verdict == "value" and not is_long(at.field) and judged.value != before
    if doubtful and _sounds_like_a_wish(value):
        return replace(judged, verdict="confirm")
    return judged


def _sounds_like_a_wish(text: str) -> bool:
    """True for the words of a wish or of a step in the form; one or two words of a wish are a name: "Tiếp"."""
    meant = read_intent(text, "question")
    wish = len(text.split()) > MOST_OF_A_NAME and bool(wish_in(text))
    return wish or (meant is not None and meant.named)


def ask_odd(at: AtQuestion, judged: Judged) -> Turn | None:
    """Read an odd answer back, or ask which of several products it is; None for a plain answer."""
    match judged.verdict:
        case "confirm":
            return read_back(at, judged.value)
        case "marks":
            return read_back(at, judged.value, Say("form.write_marks", {"value": judged.value}))
        case "split":
            return _which_first(at, judged)
    return None


def read_back(at: AtQuestion, value: Answer, said: Say | None = None) -> Turn:
    """Read a doubtful answer back, with the buttons that go back and explain; it counts after a yes."""
    turn = ask_confirmation(at, value, said or written_as(at, value))
    buttons = (
        Button(FormAnswer("yes"), "form.write_so"),
        Button("/quaylai", "form.before"),
        Button(FormAnswer("help"), "form.not_understood"),
    )
    return replace(turn, says=tuple(replace(one, buttons=buttons) for one in turn.says))


def _which_first(at: AtQuestion, judged: Judged) -> Turn:
    """One form is for one product: begin one for each, pick the first, or keep the words as the name of one."""
    count = {"count": len(judged.parts)}
    buttons = (
        *((Button(FormAnswer("all"), "form.register_all", values=count),) if may_begin(at, judged.parts) else ()),
        *(Button(Pick(number), label=part) for number, part in enumerate(judged.parts)),
        Button(FormAnswer("write"), "form.write_as_one"),
        Button(FormAnswer("none"), "form.none_of_these"),
    )
    waits = with_written(at.asking(ask=judged.parts), at, judged.value)
    return Turn((Say("form.several_products", count, buttons),), waits)
