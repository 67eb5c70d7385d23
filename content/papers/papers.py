"""The papers a producer signs and the poster a commune hangs up, as PDF, DOCX and PNG."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from content.fold import clean
from content.papers.typeface import FONTS, PAPER, POSTER, breakable, printable

_LAYOUT = Path(__file__).with_name("paper.typ")
_POSTER = Path(__file__).with_name("poster.typ")
_SHORT = 80
_LINK_LINE = 60
_FIRST_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_POSTER_DAY = date(2021, 1, 1)  # a poster shows no date, but the file must have one


@dataclass(frozen=True, slots=True)
class PaperField:
    """One line of the form.  An empty value prints as `lines` dotted lines to be filled in by hand."""

    label: str
    value: str
    lines: int = 1


@dataclass(frozen=True, slots=True)
class PaperSection:
    heading: str
    fields: tuple[PaperField, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """
    The contents of one paper.

    `template` names the pack's files `papers/<template>.typ` and `.docx`.  They contain the motto, the signature
    block and the fixed sentences.  An empty `title` keeps the template's title.
    """

    template: str
    title: str
    subtitle: str
    code: str
    programme: str
    place_line: str
    sections: tuple[PaperSection, ...]
    declaration: str
    signer: str
    day: date
    notes: tuple[str, ...] = ()
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Poster:
    """A page for the wall of a commune's office: the purpose, three things to do, a code to scan."""

    title: str
    lines: tuple[str, str, str]
    place: str
    link: str
    office: str = ""
    sample: bool = False


class PaperError(Exception):
    """A template that cannot be laid out.  People's answers are not the cause; fix the file."""

    def __init__(self, template: Path, reason: str) -> None:
        super().__init__(
            f"{Path(*template.parts[-3:])} could not be laid out: {reason}. "
            "No paper was made. Correct the template, or use the one that came with the pack."
        )
        self.template = template
        self.reason = reason


def paper_pdf(paper: Paper, folder: Path) -> bytes:
    """
    The paper as PDF/A-2b, from the template in the pack's `papers` folder.

    Deterministic: the same paper gives the same bytes.  Letters missing in the typeface print as "?", and the page
    says so; the DOCX keeps them.  Emoji are left out of both (`content.papers.typeface.printable`).
    Takes about 30 ms: call it in a thread.
    """
    return _typeset(folder / f"{paper.template}.typ", "pdf", paper.day, {"paper": _for_print(paper)})


def paper_png(paper: Paper, folder: Path, *, page: int = 1, ppi: float = 110) -> bytes:
    """One page of the paper as a picture, for a preview in a chat or on a screen."""
    template = folder / f"{paper.template}.typ"
    return _typeset(template, "png", paper.day, {"paper": _for_print(paper)}, page=page, ppi=ppi)


def paper_docx(paper: Paper, folder: Path) -> bytes:
    """
    The paper as a Word file, from the template officials may edit in Word.

    People's text goes in as text only: nothing in it is a field, a formula or markup.
    An unknown placeholder of the template is a fault, not a blank.
    """
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    template = folder / f"{paper.template}.docx"
    if not template.is_file():
        raise PaperError(template, "the file does not exist")
    words = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    document = DocxTemplate(template)
    try:
        document.render(_for_word(paper), jinja_env=words, autoescape=True)
    except TemplateError as fault:
        raise PaperError(template, str(fault)) from fault
    written = BytesIO()
    document.save(written)
    return _timeless(written.getvalue())


def poster_pdf(poster: Poster) -> bytes:
    """The poster as one A4 page of PDF/A-2b for the printer."""
    return _typeset(_POSTER, "pdf", _POSTER_DAY, _for_wall(poster))


def poster_png(poster: Poster, *, ppi: float = 144) -> bytes:
    """The poster as a picture to send into a village group."""
    return _typeset(_POSTER, "png", _POSTER_DAY, _for_wall(poster), ppi=ppi)


def _typeset(
    template: Path,
    kind: Literal["pdf", "png"],
    day: date,
    inputs: Mapping[str, str],
    *,
    page: int = 1,
    ppi: float = 144,
) -> bytes:
    import typst

    if not template.is_file():
        raise PaperError(template, "the file does not exist")
    try:
        made, warnings = typst.compile_with_warnings(
            {"main": template.read_bytes(), _LAYOUT.name: _LAYOUT.read_bytes()},
            root=template.parent,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format=kind,
            ppi=ppi if kind == "png" else None,
            sys_inputs=dict(inputs),
            pdf_standards=["a-2b"] if kind == "pdf" else [],
            timestamp=int(datetime.combine(day, time(), UTC).timestamp()),
        )
    except typst.TypstError as fault:
        raise PaperError(template, fault.message) from fault
    for warning in warnings:
        # The typesetter only warns of an unknown family and uses another typeface, perhaps with boxes.
        if "font" in warning.message:
            raise PaperError(template, warning.message)
    pages = made if isinstance(made, list) else [made]
    return bytes(pages[page - 1] or b"")


@cache
def _fonts() -> Any:
    """The bundled fonts only: neither the machine's nor the ones inside the typesetter."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _for_print(paper: Paper) -> str:
    lost = False

    def ready(text: str) -> str:
        nonlocal lost
        cleaned = clean(text)
        printed = printable(cleaned, PAPER)
        lost = lost or printed.count("?") > cleaned.count("?")
        return breakable(printed)

    content = _contents(paper, ready)
    return json.dumps(content | {"lost": lost}, ensure_ascii=False)


def _for_word(paper: Paper) -> dict[str, Any]:
    return _contents(paper, lambda text: printable(clean(text), PAPER, keep_foreign=True))


def _contents(paper: Paper, ready: Callable[[str], str]) -> dict[str, Any]:
    return {
        "title": ready(paper.title),
        "subtitle": ready(paper.subtitle),
        "code": ready(paper.code),
        "programme": ready(paper.programme),
        "place_line": ready(paper.place_line),
        "day": paper.day.day,
        "month": paper.day.month,
        "year": paper.day.year,
        "sections": [
            {
                "heading": ready(section.heading),
                "fields": [_field(field, ready) for field in section.fields],
            }
            for section in paper.sections
        ],
        "declaration": ready(paper.declaration),
        "signer": ready(paper.signer),
        "notes": [note for note in map(ready, paper.notes) if note],
        "sample": paper.sample,
    }


def _field(field: PaperField, ready: Callable[[str], str]) -> dict[str, Any]:
    value: list[str] = [line for line in ready(field.value).split("\n") if line.strip()]
    return {
        "label": ready(field.label).rstrip(": "),
        "first": value[0] if value else "",
        # A short answer is bold and read at a glance; a long bold one is hard to read.
        "short": len(value) == 1 and len(value[0]) <= _SHORT,
        "rest": value[1:],
        "dotted": list(range(max(field.lines, 1) - 1)) if not value else [],
    }


def _for_wall(poster: Poster) -> dict[str, str]:
    import segno

    picture = BytesIO()
    # Phones do not read Micro codes; scanners need a quiet zone, the border of four.
    segno.make(poster.link, micro=False, error="m").save(picture, kind="svg", border=4, xmldecl=False)

    def ready(text: str) -> str:
        return breakable(printable(clean(text), POSTER))

    words = {
        "title": ready(poster.title),
        "lines": [ready(line) for line in poster.lines],
        "place": ready(poster.place),
        "link": breakable(printable(clean(poster.link.removeprefix("https://")), POSTER), _LINK_LINE),
        "office": ready(poster.office),
        "sample": poster.sample,
    }
    return {"poster": json.dumps(words, ensure_ascii=False), "code": picture.getvalue().decode()}


def _timeless(document: bytes) -> bytes:
    """The same parts in the same order without the time of packing, so that equal papers are equal files."""
    packed = BytesIO()
    with ZipFile(BytesIO(document)) as parts, ZipFile(packed, "w") as again:
        for part in parts.infolist():
            again.writestr(ZipInfo(part.filename, _FIRST_ZIP_DAY), parts.read(part), ZIP_DEFLATED)
    return packed.getvalue()
