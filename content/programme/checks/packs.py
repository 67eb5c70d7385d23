"""The checks of one pack: its texts, forms, programme and demo."""

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

from content.faults import Fault
from content.fold import fold
from content.phrases import PLACEHOLDER, Phrases
from content.programme.checks.phrases import LONGEST_MESSAGE, text_faults
from content.programme.checks.programmes import check_programme, numbers_outside
from content.programme.form_spec import Form
from content.programme.pack import Demo, Pack, read_pack
from content.programme.sheet import Lines
from content.programme.topics import line_of

LONGEST_QUESTION = 600
LONGEST_LABEL = 100
"""Letters on a button of Zalo OA."""

ALWAYS = frozenset({"you", "You", "office", "programme"})
"""The values every text of a pack and every phrase may use."""

_PAPER_FORMATS = (".typ", ".docx")


def check_pack(folder: Path, *, commands: Collection[str], phrases: Phrases, on: date | None = None) -> list[Fault]:
    """
    Find every fault of one pack on a day; without one, on the pack's demo day.

    `commands` are the bot's, without the slash; a text that names another is a fault.
    """
    pack, faults = read_pack(folder, on)
    name = folder.resolve().name
    for path in sorted(folder.rglob("*.yaml")):
        faults += _check_texts(path, f"{name}/{path.relative_to(folder)}", commands)
    for path in sorted((folder / "topics").glob("*.md")):
        faults += _check_markdown(path, f"{name}/topics/{path.name}", commands)
    if pack is not None:
        faults += check_programme(pack, phrases, on or pack.programme.demo_start)
        for form in pack.forms.values():
            faults += _check_form(pack, form)
        if pack.demo is not None:
            faults += _check_demo(pack, pack.demo)
        faults += _check_numbers(pack)
        faults += _check_validity(pack)
    return sorted(set(faults))


def keys_of_pack(pack: Pack) -> frozenset[str]:
    """The phrases that are named in a pack's tables."""
    return frozenset(row.tells for row in pack.programme.transitions if row.tells)


def _check_texts(path: Path, file: str, commands: Collection[str]) -> Iterator[Fault]:
    for way, text, line in Lines(path).texts():
        key = way[-1] if way else ""
        longest = {"prompt": LONGEST_QUESTION, "help": LONGEST_QUESTION, "label": LONGEST_LABEL * 2}
        for what, remedy in text_faults(text, commands, longest.get(key, LONGEST_MESSAGE)):
            yield Fault(file, line, what, remedy)
        unknown = sorted(set(PLACEHOLDER.findall(text)) - ALWAYS)
        if unknown:
            what = f"The text asks for an unknown value: {', '.join(unknown)}."
            yield Fault(file, line, what, f"Known are: {', '.join(sorted(ALWAYS))}.")


def _check_numbers(pack: Pack) -> Iterator[Fault]:
    """Every document a text names by its number is in the table of documents; the example of an answer names none."""
    examples = {field.example for form in pack.forms.values() for field in form.fields}
    said: list[tuple[Path, int, str]] = []
    for path in sorted(pack.folder.rglob("*.yaml")):
        said += [
            (path, line, text)
            for way, text, line in Lines(path).texts()
            if way[:1] != ("documents",) or way[-1] == "note"
        ]
    for path in sorted((pack.folder / "topics").glob("*.md")):
        said += [(path, number, line) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    for path, number, text in said:
        for unknown in set(numbers_outside(pack.programme, text)) - examples:
            what = f"It names {unknown}, which is not one of the pack's documents."
            remedy = "Add it to `documents` of programme.yaml with its days, or take it out."
            yield Fault(f"{pack.id}/{path.relative_to(pack.folder)}", number, what, remedy)


_BY_HAND = ("hết hiệu lực", "còn hiệu lực", "đang có hiệu lực", "chưa có hiệu lực")


def _check_validity(pack: Pack) -> Iterator[Fault]:
    """No card says by hand whether a document is in force: that is computed from its days, in the source line."""
    for topic in pack.topics.values():
        path = pack.folder / "topics" / f"{topic.id}.md"
        if not path.exists():  # generated
            continue
        for said in (words for words in _BY_HAND if any(words in card for card in topic.written)):
            remedy = "Take it out: the source line says it, computed from the document's days."
            line = line_of(path, said)
            yield Fault(f"{pack.id}/topics/{path.name}", line, f"It says {said!r} of a document by hand.", remedy)


def _check_markdown(path: Path, file: str, commands: Collection[str]) -> Iterator[Fault]:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        yield Fault(file, 0, "The file is not UTF-8.", "Save it as UTF-8.")
        return
    for number, line in enumerate(text.splitlines(), 1):
        for what, remedy in text_faults(line, commands, LONGEST_MESSAGE):
            yield Fault(file, number, what, remedy)


def _check_form(pack: Pack, form: Form) -> Iterator[Fault]:
    file = f"{pack.id}/forms/{form.id}.yaml"
    lines = Lines(pack.folder / "forms" / f"{form.id}.yaml")
    for section in form.sections:
        if not any(field.paper == section.id for field in form.fields):
            what = f"No question is printed in section {section.id!r}."
            yield Fault(file, lines.of("sections", section.id), what, "Name it in a question, or remove it.")
    for field in form.fields:
        for choice in field.choices:
            if len(choice.label) > LONGEST_LABEL:
                what = f"The choice {choice.label!r} of {field.id!r} has {len(choice.label)} letters."
                yield Fault(file, lines.of("fields", field.id), what, f"At most {LONGEST_LABEL} fit on a button.")
        meanings: dict[str, str] = {}
        for choice in field.choices:
            for word in {fold(one) for one in (choice.label, *choice.words)}:
                if meanings.setdefault(word, choice.id) != choice.id:
                    what = f"{word!r} means two choices of {field.id!r}."
                    yield Fault(file, lines.of("fields", field.id), what, "Keep it with one of them.")
    for ending in _PAPER_FORMATS:
        if not (pack.papers / f"{form.id}{ending}").is_file():
            yield Fault(f"{pack.id}/papers/{form.id}{ending}", 0, f"Form {form.id!r} has no such paper.", "Add it.")


def _check_demo(pack: Pack, demo: Demo) -> Iterator[Fault]:
    file = f"{pack.id}/demo.yaml"
    lines = Lines(pack.folder / "demo.yaml")
    seen: set[str] = set()
    for group, people in (("cast", demo.cast), ("others", demo.others)):
        for person in people:
            line = lines.of(group, person.id)
            if person.id in seen:
                yield Fault(file, line, f"Two people are called {person.id!r}.", "Give each an id.")
            seen.add(person.id)
            if "(mẫu)" not in person.name:
                yield Fault(file, line, f"{person.name!r} could be taken for a real person.", 'Write "(mẫu)" after it.')
            place = pack.places.get(person.place)
            if place is None or place.code != person.place:
                yield Fault(file, line, f"{person.place!r} is not a place of that day.", "Take a code of places.csv.")
            elif person.role and person.role not in pack.programme.roles:
                yield Fault(file, line, f"This programme has no role {person.role!r}.", "Take one of `roles`.")
            elif person.role and place.level != pack.programme.roles[person.role]:
                what = f"A {person.role} does not belong to {place.name}."
                yield Fault(file, line, what, f"Take a place of level {pack.programme.roles[person.role]!r}.")
    listed = demo.listed
    if listed is not None and listed.of not in {one.id for one in demo.others if not one.role}:
        yield Fault(file, lines.of("listed"), f"{listed.of!r} is no producer of `others`.", "Name one of them.")
    if listed is not None and "(mẫu)" not in listed.entity:
        yield Fault(file, lines.of("listed"), f"{listed.entity!r} could be taken for a real one.", 'Write "(mẫu)".')
    if pack.places.get(demo.announce_to) is None:
        yield Fault(file, lines.of("announce_to"), f"{demo.announce_to!r} is no place.", "Take a code of places.csv.")
    idea = pack.forms.get("idea")
    required = [] if idea is None else [field.id for field in idea.always_required]
    if list(demo.answers) != required:
        what = "The answers are not those of the questions that submit the idea form."
        yield Fault(file, lines.of("answers"), what, f"Answer exactly: {', '.join(required)}.")
