"""
The intents behind buttons, taken from typed actions and never from labels.

A *live thing* is a message whose buttons ask for an answer: an invitation, a reminder, an entry, a summary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from content.actions.action import Action, parse
from content.actions.answers import Agree, FormAnswer, ReadMore, SayNo, parse_press, split_stamp
from content.actions.officials import ConfirmUnderstood
from content.actions.producers import AnswerInvitation, ConfirmByCode, ConfirmEntry, HandIn, LookAtEntry, RefuseEntry
from content.actions.reminding import RemindersOff, RemindersOn, SnoozeToTomorrow, StopReminding, UnderstoodDay
from content.intents import Intent, Thing
from content.message import Choice

_PLAIN: dict[str, Intent] = {"/lienhe": "whom", "/boqua": "later", "/huy": "later", "/quaylai": "back"}
"""Commands that carry nothing: their intent is the same below every live thing."""
_WHOLE: dict[Thing, frozenset[Intent]] = {"opt_in": frozenset({"yes", "no"})}
"""Intents that must be offered together: a list of reminders with its switch asks nothing."""


@dataclass(frozen=True, slots=True)
class Live:
    """A live thing, with the choice of each intent that it offers."""

    thing: Thing
    choices: dict[Intent, Choice]


def live_thing(choices: Sequence[Choice]) -> Live | None:
    """Return the live thing that these choices belong to; None for a list that asks for no answer."""
    thing: Thing | None = None
    found: dict[Intent, Choice] = {}
    for choice in choices:
        meant = _meant(choice.action)
        if meant is None or (meant[0] is not None and thing not in {None, meant[0]}):
            continue
        thing = thing or meant[0]
        found.setdefault(meant[1], choice)
    if thing is None or not _WHOLE.get(thing, frozenset()) <= found.keys():
        return None
    return Live(thing, found)


def _meant(command: str) -> tuple[Thing | None, Intent] | None:
    if command in _PLAIN:
        return None, _PLAIN[command]
    action = parse_press(split_stamp(command)[1]) if command.startswith("=") else parse(command)
    return None if action is None else _intent_of(action)


def _intent_of(action: Action) -> tuple[Thing, Intent] | None:
    match action:
        case AnswerInvitation(_, answer):
            meant: dict[str, Intent] = {"di": "yes", "khong": "no", "sau": "later"}
            return "invitation", meant[answer]
        case StopReminding(because, _):
            return "reminder", "done" if because == "xong" else "stop"
        case SnoozeToTomorrow():
            return "reminder", "later"
        case ConfirmUnderstood():
            return "announcement", "understood"
        case UnderstoodDay():
            return "deadline", "understood"
        case RemindersOn():
            return "opt_in", "yes"
        case RemindersOff():
            return "opt_in", "no"
        case ConfirmEntry() | ConfirmByCode():
            return "entry", "yes"
        case RefuseEntry():
            return "entry", "no"
        case LookAtEntry():
            return "entry", "repeat"
    return _intent_of_form(action)


def _intent_of_form(action: Action) -> tuple[Thing, Intent] | None:
    match action:
        case HandIn():
            return "summary", "send"
        case FormAnswer("mend"):
            return "summary", "correct"
        case FormAnswer("yes"):
            return "confirmation", "yes"
        case FormAnswer("no"):
            return "confirmation", "no"
        case Agree():
            return "consent", "yes"
        case SayNo():
            return "consent", "no"
        case ReadMore():
            return "consent", "repeat"
    return None
