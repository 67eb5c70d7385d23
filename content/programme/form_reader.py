"""Reading `forms/<id>.yaml`, with the line of every fault."""

from collections.abc import Sequence
from typing import cast

from content.programme.form_spec import FIELD_TYPES, Field, FieldChoice, FieldType, Form, PaperSectionSpec
from content.programme.programme import EntityKind, Kind, ProductGroup, Programme
from content.programme.programme_reader import FORMAT, known_id
from content.programme.sheet import Sheet

_CHOOSING = {"choice", "choices"}


def read_form(sheet: Sheet, name: str, programme: Programme) -> Form:
    """Read one form; `choices_from` takes choices that are listed in the programme."""
    known = sheet.number("format")
    if known != FORMAT:
        sheet.fault("format", f"Format {known} is not one this program reads.", f"Bring the file to format {FORMAT}.")
    form = sheet.text("id")
    if form != name:
        sheet.fault("id", f"The form calls itself {form!r} but its file is {name!r}.", "Make both the same.")
    sections = _sections(sheet)
    fields: list[Field] = []
    for one in sheet.sheets("fields", required=True):
        fields.append(_field(one, tuple(fields), sections, programme))
        one.done()
    voices = {field.id for field in fields if field.type == "voice"}
    for field in fields:
        if field.told_as and field.told_as not in voices:
            found = f"{field.id!r} is told as {field.told_as!r}, which is no voice question."
            sheet.fault("fields", found, "Correct it.")
    paper = sheet.sheet("paper")
    read = Form(
        id=form,
        title=sheet.text("title"),
        fields=tuple(fields),
        sections=sections,
        declaration="" if paper is None else paper.text("declaration"),
        signer="" if paper is None else paper.text("signer"),
        paper_title="" if paper is None else paper.text("title"),
        paper_notes=() if paper is None else paper.texts("notes"),
    )
    if paper is None:
        sheet.fault("paper", "The key 'paper' is missing.", "Say its title, declaration and signer.")
    else:
        paper.done()
    sheet.done()
    return read


def _sections(sheet: Sheet) -> tuple[PaperSectionSpec, ...]:
    read = []
    for one in sheet.sheets("sections", required=True):
        read.append(PaperSectionSpec(one.text("id"), one.text("heading")))
        one.done()
    return tuple(read)


def _field(
    sheet: Sheet, before: tuple[Field, ...], sections: tuple[PaperSectionSpec, ...], programme: Programme
) -> Field:
    field = sheet.text("id")
    if field in {one.id for one in before}:
        sheet.fault("id", f"Two questions are called {field!r}.", "Give each its own id.")
    kind = known_id(sheet, "type", sheet.text("type"), FIELD_TYPES, "type of question")
    choices = _choices(sheet, programme)
    if (kind in _CHOOSING) != bool(choices):
        sheet.fault("type", f"{field!r} of type {kind!r} has {len(choices)} choices.", "Correct type or choices.")
    read = Field(
        id=field,
        label=sheet.text("label"),
        prompt=sheet.text("prompt"),
        help=sheet.text("help", ""),
        example=sheet.text("example", ""),
        type=cast("FieldType", kind),
        required=sheet.flag("required"),
        least=sheet.number("least", 0),
        most=sheet.number("most", 0),
        choices=choices,
        show_if=_show_if(sheet, before),
        paper=known_id(sheet, "paper", sheet.text("paper", ""), [one.id for one in sections], "section"),
        personal=sheet.flag("personal"),
        rough=sheet.flag("rough"),
        told_as=sheet.text("told_as", ""),
        called=sheet.texts("called"),
        remarks=sheet.texts("remarks"),
    )
    if read.most and read.least > read.most:
        sheet.fault("most", "The most is less than the least.", "Swap them.")
    if read.rough and read.type != "date":
        sheet.fault("rough", f"{field!r} is not a date.", "Remove `rough`.")
    return read


def _examples(listed: Kind | ProductGroup | EntityKind) -> tuple[str, ...]:
    """An example of a group is a synonym for it: "nước mắm" is food."""
    return listed.examples if isinstance(listed, ProductGroup) else ()


def _choices(sheet: Sheet, programme: Programme) -> tuple[FieldChoice, ...]:
    if sheet.has("choices_from"):
        lists: dict[str, Sequence[Kind | ProductGroup | EntityKind]] = {
            "kinds": programme.kinds,
            "product_groups": programme.product_groups,
            "entity_kinds": programme.entity_kinds,
        }
        wanted = known_id(sheet, "choices_from", sheet.text("choices_from"), lists, "list of the programme")
        return tuple(FieldChoice(one.id, one.name, (*one.words, *_examples(one))) for one in lists.get(wanted, ()))
    choices: list[FieldChoice] = []
    for one in sheet.sheets("choices"):
        choice = FieldChoice(one.text("id"), one.text("label"), one.texts("words"))
        if choice.id in {other.id for other in choices}:
            one.fault("id", f"Two choices are called {choice.id!r}.", "Give each its own id.")
        choices.append(choice)
        one.done()
    return tuple(choices)


def _show_if(sheet: Sheet, before: tuple[Field, ...]) -> dict[str, tuple[str, ...]] | None:
    part = sheet.sheet("show_if")
    if part is None:
        return None
    conditions = {}
    for field in part.keys():  # noqa: SIM118 — not a dict
        values = part.texts(field)
        conditions[field] = values
        asked = next((one for one in before if one.id == field), None)
        if asked is None:
            part.fault(field, f"{field!r} is not asked before this question.", "Move it, or name an earlier one.")
            continue
        possible = ["yes", "no"] if asked.type == "yesno" else [choice.id for choice in asked.choices]
        for value in values:
            known_id(part, field, value, possible, f"answer to {field!r}")
    return conditions
