"""Words under a question that move through the form: back, later, once more, wait, stop."""

from content.language.intents import read_intent
from handlers.conversation.turn import Say, Turn
from handlers.form.additions import offer_ways
from handlers.form.asking import ask, confirm_again, help_with
from handlers.form.at_question import AtQuestion
from handlers.form.navigation import back, leave, repeat_question, skip_question
from handlers.form.plausible import act_in
from handlers.form.reading import Taken, Which, read_words
from handlers.form.remarks import Words

FREE = frozenset({"text", "person_name"})
MOST_OF_A_NAME = 2
"""Words that may be a name although they sound like a wish: "Huy", "Quay lại"."""


def hear_meaning(at: AtQuestion, words: Words) -> Turn | None:
    """
    Move as the buttons of the question do; None for an answer, and for words that are only half clear.

    One or two words may be a name where one is asked for.  A value that waits for its yes is kept.
    """
    meant = read_intent(words.text, "question")
    if meant is None or meant.degree == "half" or (meant.spare and at.field.type in FREE):
        return None
    if not (meant.named or meant.intent == "wait"):
        return None
    if _may_be_a_name(at, words) if at.field.type in FREE else _is_value(at, words):
        return None
    waits = Say("form.waits_for_you")
    if at.is_asked:
        return confirm_again(at) if meant.intent == "repeat" and at.waits.confirm else offer_ways(at, waits)
    match meant.intent:
        case "back":
            return back(at.desk, "")
        case "later":
            return skip_question(at)
        case "repeat":
            explains = act_in(at.field, words.text) == "help"
            return ask(at, noted=help_with(at)) if explains else repeat_question(at)
        case "wait":
            return offer_ways(at, waits)
        case "stop":
            return leave(at.desk, "")
    return None


def _may_be_a_name(at: AtQuestion, words: Words) -> bool:
    """True for one or two words, unless both can only be about the form: "câu trước"."""
    many = len(words.text.split())
    return many <= MOST_OF_A_NAME and not (many == MOST_OF_A_NAME and act_in(at.field, words.text) == "back")


def _is_value(at: AtQuestion, words: Words) -> bool:
    return isinstance(read_words(at.desk, at.field, words, at.before, pressed=False), Taken | Which)
