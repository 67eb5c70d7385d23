"""The commands of buttons about voices: heard and typed by an office, said to be right, recorded and played."""

from typing import Literal

from content.actions.action import Action


class ListRecordings(Action, spelled="/goloi"):
    """List the voices that nobody has typed."""


class TypeRecording(Action, spelled="/goloi {enclosure}"):
    """Hear one voice and type what is said."""

    enclosure: str


class AnswerTyped(Action, spelled="/loinoi {enclosure} {answer}"):
    """Say that the typed words are what was said (dung), or are not (sai)."""

    enclosure: str
    answer: Literal["dung", "sai"]


class HearAloud(Action, spelled="/nghe {key}"):
    """Play a spoken text of the pack."""

    key: str


class HearEach(Action, spelled="/nghe luon {wanted}"):
    """Play every question without a press (bat), or no longer (tat)."""

    wanted: Literal["bat", "tat"]


class RecordPrompt(Action, spelled="/thuam {key}"):
    """Show one text of the pack, play it, and wait for a voice that speaks it."""

    key: str


class RemovePrompt(Action, spelled="/thuam {key} xoa"):
    """Remove the spoken text."""

    key: str


class ListPrompts(Action, spelled="/thuam ds {start}"):
    """List the texts that can be spoken, from this one on, counted from 0."""

    start: int
