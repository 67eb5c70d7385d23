"""Words that send a form, labels of its buttons, and their numbers: none of them is stored as an answer."""

from collections.abc import Mapping
from functools import lru_cache

from content.phrases import Phrases
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Say, Turn
from handlers.form.asking import ask, ask_which, confirm_again
from handlers.form.at_question import AtQuestion
from handlers.form.corrections import correct, missing_fields
from handlers.form.navigation import skip_question, summary
from handlers.form.remarks import Finish, Words, named_number, said_finish, says_right
from handlers.reading.label import MOST_LABEL, Label, is_label, label_of, names_label, spoken

LABELS: Mapping[str, tuple[str, ...]] = {
    "mend": ("form.mend", "form.mend_one"),
    "keep": ("form.later", "form.leave", "form.skip", "form.keep_as_it_is"),
    "other": (
        "form.right", "form.add_more", "form.answer_missing", "form.stop_adding", "form.stop_here", "form.before",
        "form.enough", "form.none_of_these",
    ),
}  # fmt: skip
"""The labels of a form, by their effect on a value that waits: ask again, keep the former one, none."""
ELSEWHERE = (
    "form.write_anyway", "form.go_on", "menu.learn", "menu.register", "menu.status", "menu.contact", "front.menu",
    "dangky.paper", "thongbao.understood", "duyet.look_again",
)  # fmt: skip
"""Labels of buttons outside a form; typed under a question for text, they are read back before they count."""
NAMES = frozenset({"text", "person_name"})
LISTED = frozenset({"choice", "choices", "yesno", "place"})


def hear_finishing(at: AtQuestion, words: Words) -> Turn | None:
    """
    Read words for sending under a question, and labels and numbers while a value waits or the summary is in view.

    Sends nothing and stores nothing: asks again for the value that waits, else shows the summary with its button.
    None for words that may be an answer.
    """
    if at.is_asked and says_right(words).understood is not None:
        return None
    in_view = at.is_asked or at.way == "mend"
    finish = said_finish(words)
    if finish is not None and (finish.sends or in_view):
        return _not_yet(at, _unfinished(finish))
    label = _label(at, words)
    if not in_view:
        return ask(at) if label == "mend" and at.field.type in NAMES and " " in words.text else None
    if label is not None and (label != "mend" or at.waits.ask is None):
        return _hear_label(at, label)
    if label is not None:
        return _not_yet(at, "form.ways")
    return _hear_number(at, words)


def _hear_label(at: AtQuestion, label: str) -> Turn:
    match label:
        case "mend":
            return ask(at)
        case "keep":
            return skip_question(at)
    return _not_yet(at, "form.ways")


def _hear_number(at: AtQuestion, words: Words) -> Turn | None:
    """A number that can only be one of a list or of the summary; None for any other."""
    number = named_number(words)
    if number is None or not _is_option(at, number):
        return None
    if at.is_asked:
        mends = named_number(words, correcting=True) is not None
        return (correct(at.desk, at.draft, words) if mends else None) or _not_yet(at, "form.ways")
    return correct(at.desk, at.draft, words) or ask(at)


def _is_option(at: AtQuestion, number: int) -> bool:
    """True for a number of a list or of the summary; under a quantity it may be an amount."""
    if at.waits.confirm and at.field.type == "quantity":
        return number <= len(at.desk.talk.offered)
    return at.field.type in NAMES or (at.is_asked and at.field.type in LISTED)


def agreed_to_send(words: Words) -> bool:
    """True for a yes to the value that waits together with a wish to send: "đúng rồi gửi đi"."""
    finish = said_finish(words)
    return finish is not None and finish.agreed is True


def _unfinished(finish: Finish) -> str:
    return "form.not_sent" if finish.sends else "form.ways"


def _not_yet(at: AtQuestion, noted: str) -> Turn:
    """Ask again for the value that waits; without one, show the summary or the question that is missing."""
    if at.waits.ask is not None:
        shown = tuple(Button(one.action, label=one.label) for one in at.desk.talk.offered[:-1])
        return ask_which(at, at.waits.ask, Say("form.choose_first", buttons=shown))
    if at.waits.confirm:
        return confirm_again(at, noted=Say(noted))
    if at.field in missing_fields(at.form, at.draft.answers):
        return ask(at, noted=Say("form.not_sent_missing"))
    return summary(at.desk, at.draft)


def _label(at: AtQuestion, words: Words) -> str | None:
    """The effect of a typed label; under a yes-or-no question a yes is the answer."""
    if len(words.text) > MOST_LABEL:
        return None
    typed = spoken(words.text)
    for kind, key, label in _labels(at.desk.house.phrases, at.desk.person.language):
        if names_label(typed, label) and not (at.field.type == "yesno" and key == "form.right"):
            return kind
    return None


@lru_cache(maxsize=16)
def _labels(phrases: Phrases, language: str) -> tuple[tuple[str, str, Label], ...]:
    """The labels of a form in one language, taken apart once for all answers."""
    return tuple((kind, key, label_of(phrases.say(key, language))) for kind, keys in LABELS.items() for key in keys)


def sounds_like_button(at: AtQuestion, words: Words) -> bool:
    """True if the text that would be stored is the label of a button; a single word may be a name, such as Dung."""
    if at.field.type not in NAMES or " " not in words.text.strip():
        return False
    return _label(at, words) is not None or any(is_label(words.text, said(at.desk, key)) for key in ELSEWHERE)
