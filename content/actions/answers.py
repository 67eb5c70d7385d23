"""
The buttons that answer the question that waits: read by the conversation that asked it.

A choice of the pack (`Chosen`) is compared with the ids of that very question, since a pack may call one "more".
"""

from typing import Literal

from content.actions.action import Action, parse


class Agree(Action, spelled="=agree"):
    """Give consent."""


class ReadMore(Action, spelled="=more"):
    """Show more: the whole text of a consent, or the further options of a broadcast."""


class SayYes(Action, spelled="=yes"):
    """Yes."""


class SayNo(Action, spelled="=no"):
    """No."""


class Chosen(Action, spelled="={choice}"):
    """One choice of the question, by its id."""

    choice: str


class Pick(Action, spelled="=_pick{number}"):
    """One of the values an answer may mean, counted from 0."""

    number: int


class FormAnswer(Action, spelled="=_{answer}"):
    """
    A button the form itself adds to a question or to the summary.

    Confirm the value that waits, or ask again (yes, no); store the words as the answer (write). No value fits (none);
    keep the stored answer (same); the list is complete (enough). Show the summary (stop). Ask the missing questions,
    the optional ones, or for the number to correct (fill, more, mend). Explain the question (help).
    Register every product that was named (all).
    """

    answer: Literal["yes", "no", "write", "none", "same", "enough", "stop", "fill", "more", "mend", "help", "all"]


def split_stamp(answer: str) -> tuple[str, str]:
    """A shown answer as the stamp of its question and the press: `=k3:yes` is (k3, yes)."""
    stamp, _, press = answer.removeprefix("=").partition(":")
    return stamp, press


def with_stamp(answer: str, stamp: str) -> str:
    """An answer as it is shown, with the stamp of its question."""
    return f"={stamp}:{answer.removeprefix('=')}"


def without_stamp(answer: str) -> str:
    """A shown answer as it was made, to be shown again under another stamp."""
    return f"={split_stamp(answer)[1]}"


def parse_press(press: str, *among: type[Action]) -> Action | None:
    """
    The action of a pressed button, as a conversation receives it: without the stamp of its question.

    `among` reads only these kinds: the choices of a pack may be spelled like another answer.
    """
    return parse(f"={press}", *among) if press else None


class ChooseEnd(Action, spelled="=end"):
    """Choose until when a broadcast is good."""


class TakeUsualEnd(Action, spelled="=usualend"):
    """Good until the moment in its text, else as long as the programme has it."""


class WithName(Action, spelled="=named"):
    """Send a complaint with one's name and number."""


class WithoutName(Action, spelled="=nameless"):
    """Send a complaint without a name."""
