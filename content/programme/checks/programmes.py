"""The consistency of a programme: its table of transitions, its deadlines, its sources, its places."""

import itertools
from collections.abc import Iterator
from datetime import date

from content.faults import Fault
from content.phrases import Phrases
from content.programme.documents import NUMBER
from content.programme.pack import Pack
from content.programme.programme import APPLICANT, DRAFT, STATUSES, VARIANTS, Programme
from content.programme.sheet import Lines
from content.programme.topics import line_of

TOLD = frozenset(
    {"product", "code", "office_name", "holder", "due", "reason", "defects", "you", "You", "office", "programme"}
)
"""The values a phrase about a change of status may use."""

_SUBJECTS = {"idea": "idea_submitted", "plan": "plan_submitted", "dossier": "dossier_submitted"}


def check_programme(pack: Pack, phrases: Phrases, on: date) -> Iterator[Fault]:
    """Every fault of the programme of a readable pack."""
    file = f"{pack.id}/programme.yaml"
    lines = Lines(pack.folder / "programme.yaml")
    found = (
        *_shape(pack.programme, lines),
        *_changes(pack.programme, lines),
        *_tellings(pack.programme, phrases, lines),
        *_deadlines(pack, lines),
        *_sources(pack.programme, on, lines),
        *_places_and_topics(pack, lines),
    )
    for line, what, remedy in found:
        yield Fault(file, line, what, remedy)
    yield from _topic_sources(pack, on)


_Found = Iterator[tuple[int, str, str]]


def _shape(programme: Programme, lines: Lines) -> _Found:
    numbers = [step.number for step in programme.steps]
    if numbers != list(range(1, len(numbers) + 1)):
        yield lines.of("steps"), f"The steps are numbered {numbers}.", "Number them from 1 without gaps."
    orders = [level.order for level in programme.levels]
    if orders != list(range(len(orders))):
        yield lines.of("levels"), f"The levels are ordered {orders}.", "Order them from 0, the province first."
    sets = sorted(one.number for group in programme.product_groups for one in group.sets)
    if sets != list(range(1, len(sets) + 1)):
        yield (
            lines.of("product_groups"),
            "The product sets are not numbered from 1 without gaps.",
            "Fix the numbers.",
        )
    for subject in _SUBJECTS:
        if subject not in {one.subject for one in programme.decisions}:
            yield lines.of("decisions"), f"Nobody decides about {subject!r}.", "Add a decision for it."


def _changes(programme: Programme, lines: Lines) -> _Found:
    """Every status can be reached and left, and it waits for somebody who has an act."""
    line = lines.of("transitions")
    reached, open_ends = {DRAFT}, [DRAFT]
    while open_ends:
        for row in programme.acts(open_ends.pop()):
            if row.end not in reached:
                reached.add(row.end)
                open_ends.append(row.end)
    for status in STATUSES:
        if status not in reached:
            yield line, f"Nothing leads to {status!r}.", "Add a row that ends there."
        rows = programme.acts(status)
        if all(row.end == status for row in rows):
            yield line, f"Nothing leads out of {status!r}.", "Add a row that starts there."
        waits_for = next((one.waits_for for one in programme.statuses if one.id == status), "")
        if waits_for and not any(row.by == waits_for for row in rows):
            what = f"{status!r} waits for {waits_for}, who can do nothing there."
            yield lines.of("statuses", status), what, "Add a row of the table, or name somebody else."
    for decision in programme.decisions:
        start = _SUBJECTS.get(decision.subject, "")
        for row in programme.acts(start):
            if row.by in {level.id for level in programme.levels} and row.by != decision.level:
                what = f"{row.act!r} is done by {row.by}, but {decision.level} decides about {decision.subject}."
                yield lines.of("transitions", row.act), what, "Make the two agree."


def _tellings(programme: Programme, phrases: Phrases, lines: Lines) -> _Found:
    for row in programme.transitions:
        line = lines.of("transitions", row.act)
        if not row.tells:
            if row.by != APPLICANT:
                yield line, f"{row.act!r} tells the producer nothing.", "Name a phrase in `tells`."
            continue
        if not phrases.has(row.tells):
            yield line, f"{row.act!r} tells {row.tells!r}, which no catalog has.", "Add the phrase, or fix the key."
            continue
        keys = [row.tells, *(key for one in VARIANTS if phrases.has(key := f"{row.tells}.{one}"))]
        for key in keys:
            values = phrases.placeholders(key)
            wanted = {"reason": "reason", "defects": "defects"}.get(row.remark)
            if wanted and wanted not in values:
                yield line, f"Phrase {key!r} has no place for {{{wanted}}}.", "Add it: people must read why."
            given = TOLD - ({"reason", "defects"} - {wanted or ""})
            strange = sorted(values - given)
            if strange:
                yield line, f"Phrase {key!r} asks for unknown values: {', '.join(strange)}.", "Take them out."


def _deadlines(pack: Pack, lines: Lines) -> _Found:
    programme = pack.programme
    steps = {one.id: one.step for one in programme.statuses}
    for deadline in programme.deadlines:
        line = lines.of("deadlines", deadline.id)
        if deadline.closes_on < programme.ordered_on:
            yield line, f"{deadline.id!r} closes before the programme was ordered.", "Correct one of the two days."
        for status in deadline.concerns:
            if steps.get(status, 0) > deadline.step:
                what = f"{deadline.id!r} reminds of step {deadline.step} those who are past it ({status})."
                yield line, what, "Correct `step` or `concerns`."
        of_round = programme.round(deadline.round)
        if deadline.round and of_round is None:
            what = f"{deadline.id!r} is of round {deadline.round!r}, which does not exist."
            yield line, what, "Name one of `rounds`."
        elif of_round is not None and of_round.last_day_to_send(deadline.closes_on.year) != deadline.closes_on:
            what = f"{deadline.id!r} does not close on the last day before the cut-off of {deadline.round!r}."
            yield line, what, "The day before `sent_before` is the last one."
        place = pack.places.get(deadline.place)
        if place is None or place.code != deadline.place:
            yield line, f"{deadline.place!r} is not a place of that day.", "Take a code of places.csv."
    ordered = sorted(programme.deadlines, key=lambda one: one.step)
    for earlier, later in itertools.pairwise(ordered):
        if later.step > earlier.step and later.closes_on < earlier.closes_on:
            what = f"{later.id!r} (step {later.step}) closes before {earlier.id!r} (step {earlier.step})."
            yield lines.of("deadlines", later.id), what, "Put the days in the order of the steps."


def _sources(programme: Programme, on: date, lines: Lines) -> _Found:
    documents = {document.id: document for document in programme.documents}
    cited = [
        *(("kinds", kind.id, kind.source) for kind in programme.kinds),
        *(("deadlines", deadline.id, deadline.source) for deadline in programme.deadlines),
        *(("targets", target.level, target.source) for target in programme.targets),
        ("evaluation", "source", programme.evaluation.source),
    ]
    for group, thing, source in cited:
        document = documents.get(source)
        if document is not None and not document.in_force(on):
            what = f"{thing!r} of {group} rests on {document.name}, not in force on {on:%d/%m/%Y}."
            yield lines.of(group, thing), what, "Cite what is in force, or take it out."


def _places_and_topics(pack: Pack, lines: Lines) -> _Found:
    programme = pack.programme
    if pack.places.get(programme.province) is None:
        yield lines.of("province"), f"{programme.province!r} is not a place.", "Take a code of places.csv."
    levels = {level.id for level in programme.levels}
    for place_level in sorted({place.level for place in pack.places.all()} - levels):
        yield lines.of("levels"), f"Places of level {place_level!r} have no level here.", "Add the level."
    for entry in programme.evaluation.rounds:
        if entry.sent_by not in levels:
            yield (
                lines.of("evaluation", "rounds", entry.id),
                f"{entry.sent_by!r} is no level.",
                "Name one of `levels`.",
            )
    for document in programme.documents:
        if document.topic and not (pack.folder / "topics" / f"{document.topic}.md").exists():
            what = f"{document.id!r} points to topic {document.topic!r}, which does not exist."
            yield lines.of("documents", document.id), what, "Write the topic, or name another."
    for kind in programme.kinds:
        for item in kind.items:
            if item.topic and item.topic not in pack.topics:
                if (pack.folder / "topics" / f"{item.topic}.md").exists():
                    continue  # its file has the fault already
                what = f"{item.id!r} points to topic {item.topic!r}, which does not exist."
                yield lines.of("kinds", kind.id, "items", item.id), what, "Write the topic, or name another."


def _topic_sources(pack: Pack, on: date) -> Iterator[Fault]:
    """
    Topics that rest on documents not in force on the day: one fault per topic.

    The law of the whole programme is one fault of the programme, not one more of each topic.
    """
    documents = {document.id: document for document in pack.programme.documents}
    for topic in pack.topics.values():
        cited = {one.document for one in topic.sources if not one.history} - {pack.programme.evaluation.source}
        ended = [one for of, one in documents.items() if of in cited and not one.in_force(on)]
        if ended:
            names = ", ".join(document.short for document in ended)
            what = f"It rests on {names}, not in force on {on:%d/%m/%Y}."
            line = line_of(pack.folder / "topics" / f"{topic.id}.md", "sources:")
            remedy = "Cite what is in force; a text about the past cites with `history: true`."
            yield Fault(f"{pack.id}/topics/{topic.id}.md", line, what, remedy)


def numbers_outside(programme: Programme, text: str) -> list[str]:
    """The numbers of documents in a text that the table of documents does not have."""
    known = frozenset().union(*(document.numbers for document in programme.documents))
    return sorted(set(NUMBER.findall(text)) - known)
