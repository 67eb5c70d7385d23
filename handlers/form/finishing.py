"""What is said to send a form, its buttons' labels and their numbers: never the answer to a question."""

from collections.abc import Mapping

from content.programme.form_spec import Field
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Say, Turn
from handlers.form.asking import ask, ask_which, confirm_again
from handlers.form.corrections import correct, missing_fields
from handlers.form.navigation import skip, summary
from handlers.form.remarks import Finish, named_number, said_finish, says_right
from handlers.reading.label import is_label
from registry.applications.drafts import Draft

LABELS: Mapping[str, tuple[str, ...]] = {
    "mend": ("form.mend", "form.mend_one"),
    "keep": ("form.later", "form.leave", "form.skip", "form.keep_as_it_is"),
    "other": (
        "form.right", "form.add_more", "form.answer_missing", "form.stop_adding", "form.stop_here", "form.before",
        "form.enough", "form.none_of_these",
    ),
}  # fmt: skip
"""The labels a form shows, by what they do to a value that waits: ask again, keep the former one, nothing."""
ELSEWHERE = (
    "form.write_anyway", "form.go_on", "menu.learn", "menu.register", "menu.status", "menu.contact", "front.menu",
    "dangky.paper", "thongbao.understood", "duyet.look_again",
)  # fmt: skip
"""Labels from before and behind a form: typed under a question for words, they are said back before they count."""
NAMES = frozenset({"text", "person_name"})
LISTED = frozenset({"choice", "choices", "yesno", "place"})


def hear_finishing(desk: Desk, draft: Draft, field: Field, way: str, words: str) -> Turn | None:
    """
    Hear words for sending under a question, and labels and numbers while a value waits or the summary is in view.

    Nothing is sent and nothing is stored: what waits is asked again, else the summary is shown
    with its button.  None where it may be an answer.
    """
    waits, which = bool(desk.talk.data.get("confirm")), desk.talk.data.get("ask") is not None
    if (waits or which) and says_right(words).understood is not None:
        return None
    in_view = waits or which or way == "mend"
    finish = said_finish(words)
    if finish is not None and (finish.sends or in_view):
        return _not_yet(desk, draft, field, way, _unfinished(finish))
    label = _label(desk, field, words)
    if not in_view:
        return ask(desk, draft, field, way) if label == "mend" and field.type in NAMES and " " in words else None
    if label == "mend" and not which:
        return ask(desk, draft, field, way)
    if label == "keep":
        return skip(desk, "")
    if label is not None:
        return _not_yet(desk, draft, field, way, "form.ways")
    number = named_number(words)
    if number is None or not _is_option(desk, field, number):
        return None
    if waits or which:
        mends = named_number(words, mending=True) is not None
        return (correct(desk, draft, words) if mends else None) or _not_yet(desk, draft, field, way, "form.ways")
    return correct(desk, draft, words) or ask(desk, draft, field, way)


def _is_option(desk: Desk, field: Field, number: int) -> bool:
    """Whether a number can only be one of a list or of the summary: a quantity may be two of something."""
    if desk.talk.data.get("confirm") and field.type == "quantity":
        return number <= len(desk.talk.offered)
    asked = desk.talk.data.get("confirm") or desk.talk.data.get("ask") is not None
    return field.type in NAMES or (bool(asked) and field.type in LISTED)


def agreed_to_send(words: str) -> bool:
    """Whether it says yes to what waits and to send it: "đúng rồi gửi đi"."""
    finish = said_finish(words)
    return finish is not None and finish.agreed is True


def _unfinished(finish: Finish) -> str:
    return "form.not_sent" if finish.sends else "form.ways"


def _not_yet(desk: Desk, draft: Draft, field: Field, way: str, noted: str) -> Turn:
    """Ask again what waits; where nothing does, show the summary, or the question that is still missing."""
    if desk.talk.data.get("ask") is not None:
        shown = tuple(Button(one.action, label=one.label) for one in desk.talk.offered[:-1])
        return ask_which(desk, draft, field, way, desk.talk.data["ask"], Say("form.choose_first", buttons=shown))
    if desk.talk.data.get("confirm"):
        return confirm_again(desk, draft, field, way, noted=Say(noted))
    if field in missing_fields(desk.pack.forms[draft.form], draft.answers):
        return ask(desk, draft, field, way, noted=Say("form.not_sent_missing"))
    return summary(desk, draft)


def _label(desk: Desk, field: Field, words: str) -> str | None:
    """Which kind of label is typed; a yes answers a question for yes or no."""
    for kind, keys in LABELS.items():
        for key in keys:
            if is_label(words, said(desk, key)) and not (field.type == "yesno" and key == "form.right"):
                return kind
    return None


def sounds_like_button(desk: Desk, field: Field, words: str) -> bool:
    """Whether what would be stored is the label of a button; a single word may be a name, as Dung."""
    if field.type not in NAMES or " " not in words.strip():
        return False
    return _label(desk, field, words) is not None or any(is_label(words, said(desk, key)) for key in ELSEWHERE)
