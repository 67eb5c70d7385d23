"""Forms as data: the questions, their order, and the place of the answers on the paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

FieldType = Literal[
    "text",
    "person_name",
    "choice",
    "choices",
    "place",
    "phone",
    "money",
    "quantity",
    "date",
    "yesno",
    "tax_code",
    "photos",
    "document",
    "voice",
    "location",
]
FIELD_TYPES: tuple[str, ...] = get_args(FieldType)


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One answer of a choice; `words` are synonyms, with or without marks."""

    id: str
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """
    One question.

    `least` and `most` count letters of a text, pieces of a list (choices, photos), đồng or units.
    0 in `most` sets no limit.
    `show_if` names earlier answers: every one of them must be among its values.  A required question with it is
    needed only where it is asked.
    A `rough` date may also be a month or a year.
    `told_as` is the voice question whose answer is also a full answer to this one; empty without one.
    `called` are further names of it in the words of officials; `remarks` are sentences they return it with.
    """

    id: str
    label: str
    prompt: str
    help: str
    example: str
    type: FieldType
    required: bool
    least: int
    most: int
    choices: tuple[FieldChoice, ...]
    show_if: Mapping[str, tuple[str, ...]] | None
    paper: str
    personal: bool
    rough: bool
    told_as: str = ""
    called: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def choice(self, choice: str) -> FieldChoice:
        for one in self.choices:
            if one.id == choice:
                return one
        raise KeyError(choice)

    def shown(self, answers: Mapping[str, Any]) -> bool:
        """True when it is asked after these answers; a condition on a missing answer is not met."""
        if self.show_if is None:
            return True
        return all(_matches(answers.get(field), values) for field, values in self.show_if.items())


@dataclass(frozen=True, slots=True)
class PaperSectionSpec:
    id: str
    heading: str


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    title: str
    fields: tuple[Field, ...]
    sections: tuple[PaperSectionSpec, ...]
    declaration: str
    signer: str
    paper_title: str
    paper_notes: tuple[str, ...]

    def field(self, field: str) -> Field:
        for one in self.fields:
            if one.id == field:
                return one
        raise KeyError(field)

    @property
    def required(self) -> tuple[Field, ...]:
        """The questions that are needed to submit it where they are asked, in their order."""
        return tuple(field for field in self.fields if field.required)

    @property
    def always_required(self) -> tuple[Field, ...]:
        """The required questions that are asked whatever was answered before."""
        return tuple(field for field in self.required if field.show_if is None)

    @property
    def optional(self) -> tuple[Field, ...]:
        """The questions that may be answered later ("bổ sung thêm")."""
        return tuple(field for field in self.fields if not field.required)

    def shown(self, answers: Mapping[str, Any]) -> tuple[Field, ...]:
        """The questions that are asked after these answers."""
        return tuple(field for field in self.fields if field.shown(answers))

    def dependents(self, field: str) -> tuple[Field, ...]:
        """The questions that appear or disappear when the answer to this one changes."""
        return tuple(one for one in self.fields if one.show_if is not None and field in one.show_if)


def _matches(answer: Any, values: tuple[str, ...]) -> bool:
    if isinstance(answer, bool):
        answer = "yes" if answer else "no"
    if isinstance(answer, list | tuple):
        return any(one in values for one in answer)
    return answer in values
