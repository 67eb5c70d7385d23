"""Reading `programme.yaml`, with the line of every fault."""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from typing import TypeVar, cast, get_args

from content.programme.documents import Document, read_document
from content.programme.programme import (
    APPLICANT,
    CERTIFIED,
    DRAFT,
    ROLES,
    SAME,
    STATUSES,
    SYSTEM,
    Announcements,
    Certificates,
    ChecklistItem,
    DeadlineSpec,
    Decision,
    DocumentsTopic,
    EntityKind,
    Evaluation,
    HelpKind,
    Issuer,
    Kind,
    Level,
    ProductGroup,
    ProductSet,
    Programme,
    QuietHours,
    Remark,
    ReminderRule,
    Round,
    StarBand,
    Status,
    Step,
    Target,
    Transition,
)
from content.programme.protection import read_protection
from content.programme.sheet import Sheet

T = TypeVar("T")

FORMAT = 1
ADMIN = "admin"
ANNOUNCEMENTS = Announcements(
    200, alone_a_day=5, typed_above=50, delay=timedelta(minutes=5), links=("gov.vn",), lasts=timedelta(days=30),
    urgent_lasts=timedelta(hours=24),
)  # fmt: skip
"""The defaults of a pack without limits: a stolen account can do little alone."""
_ID = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")


def read_programme(sheet: Sheet, pack: str) -> Programme:
    """Read the whole file.  Faults are noted in the sheet; a result with faults must not be served."""
    known = sheet.number("format")
    if known != FORMAT:
        sheet.fault("format", f"Format {known} is not one this program reads.", f"Bring the file to format {FORMAT}.")
    levels = _listed(sheet, "levels", _level)
    documents = _documents(sheet)
    steps = _listed(sheet, "steps", _step)
    help_kinds = _listed(sheet, "help_kinds", lambda one: HelpKind(_id(one), one.text("name")))
    level_ids = [level.id for level in levels]
    document_ids = [document.id for document in documents]
    return Programme(
        id=_pack_id(sheet, pack),
        format=known,
        name=sheet.text("name"),
        short_name=sheet.text("short_name"),
        province=sheet.text("province"),
        office=sheet.text("office", ""),
        ordered_by=sheet.text("ordered_by"),
        ordered_on=sheet.day("ordered_on"),
        approved_by=sheet.text("approved_by", ""),
        approved_on=sheet.maybe_day("approved_on"),
        timezone=sheet.text("timezone"),
        demo_start=sheet.day("demo_start"),
        levels=levels,
        steps=steps,
        statuses=_statuses(sheet, steps, level_ids),
        kinds=_listed(sheet, "kinds", lambda one: _kind(one, [h.id for h in help_kinds], document_ids)),
        help_kinds=help_kinds,
        product_groups=_listed(sheet, "product_groups", _product_group),
        entity_kinds=_listed(
            sheet, "entity_kinds", lambda one: EntityKind(_id(one), one.text("name"), one.texts("words"))
        ),
        deadlines=_listed(sheet, "deadlines", lambda one: _deadline(one, steps, document_ids)),
        transitions=_transitions(sheet, level_ids),
        decisions=tuple(_decision(one, level_ids) for one in _each(sheet, "decisions")),
        documents=documents,
        documents_topic=_documents_topic(sheet),
        targets=tuple(_target(one, level_ids, document_ids) for one in _each(sheet, "targets", required=False)),
        evaluation=_evaluation(sheet, level_ids, document_ids),
        quiet=_quiet(sheet),
        holidays=sheet.days("holidays"),
        workdays=sheet.days("workdays"),
        announcements=_announcements(sheet),
        roles=_roles(sheet, level_ids),
        protection=read_protection(sheet, document_ids),
    )


def known_id(sheet: Sheet, key: str, value: str, known: Iterable[str], what: str) -> str:
    """Note a fault when a value is not one of the known ids; a missing value was noted already."""
    listed = list(known)
    if value and value not in listed:
        sheet.fault(key, f"{value!r} is not a known {what}.", f"Known are: {', '.join(listed) or 'none'}.")
    return value


def _each(sheet: Sheet, key: str, *, required: bool = True) -> Iterable[Sheet]:
    for one in sheet.sheets(key, required=required):
        yield one
        one.done()


def _listed(sheet: Sheet, key: str, read: Callable[[Sheet], T]) -> tuple[T, ...]:
    """A list of things with ids, each id once."""
    things: list[T] = []
    seen: set[object] = set()
    for one in _each(sheet, key):
        thing = read(one)
        name = getattr(thing, "id")  # noqa: B009 — every T read here has one; a protocol would say no more
        if name in seen:
            one.fault("id", f"{key} has {name!r} twice.", "Give each its own id.")
        seen.add(name)
        things.append(thing)
    return tuple(things)


def _id(sheet: Sheet) -> str:
    value = sheet.text("id")
    if value and not _ID.fullmatch(value):
        sheet.fault("id", f"{value!r} is not an id.", "Use small letters a-z, digits, - and _ only.")
    return value


def _pack_id(sheet: Sheet, pack: str) -> str:
    value = _id(sheet)
    if value != pack:
        sheet.fault("id", f"The pack calls itself {value!r} but its folder is {pack!r}.", "Make both the same.")
    return value


def _level(sheet: Sheet) -> Level:
    return Level(_id(sheet), sheet.text("name"), sheet.number("order"))


def _step(sheet: Sheet) -> Step:
    return Step(sheet.number("number"), _id(sheet), sheet.text("name"), sheet.text("note", ""))


def _documents(sheet: Sheet) -> tuple[Document, ...]:
    documents = _listed(sheet, "documents", lambda one: read_document(one, _id(one)))
    known = [one.id for one in documents]
    for one in documents:
        if one.replaced_by:
            known_id(sheet, "documents", one.replaced_by, known, "document of this pack")
    return documents


def _documents_topic(sheet: Sheet) -> DocumentsTopic | None:
    part = sheet.sheet("documents_topic")
    if part is None:
        return None
    topic = DocumentsTopic(_id(part), part.text("title"), part.text("intro"))
    part.done()
    return topic


def _statuses(sheet: Sheet, steps: tuple[Step, ...], levels: list[str]) -> tuple[Status, ...]:
    read = []
    for one in _each(sheet, "statuses"):
        status = Status(one.text("id"), one.number("step"), one.text("waits_for", ""))
        known_id(one, "id", status.id, [*STATUSES, *CERTIFIED], "status")
        known_id(one, "waits_for", status.waits_for, [APPLICANT, *levels], "level")
        if status.step not in {step.number for step in steps}:
            one.fault("step", f"There is no step {status.step}.", "Name one of `steps`.")
        read.append(status)
    missing = [status for status in STATUSES if status not in {one.id for one in read}]
    if missing:
        sheet.fault("statuses", f"Without a row: {', '.join(missing)}.", "Say the step of every status.")
    return tuple(read)


def _kind(sheet: Sheet, help_kinds: list[str], documents: list[str]) -> Kind:
    def item(one: Sheet) -> ChecklistItem:
        asked = known_id(one, "help", one.text("help", ""), help_kinds, "help kind")
        return ChecklistItem(_id(one), one.text("label"), asked, one.text("topic", ""))

    return Kind(
        id=_id(sheet),
        name=sheet.text("name"),
        words=sheet.texts("words"),
        items=_listed(sheet, "items", item),
        source=_source(sheet, documents),
    )


def _product_group(sheet: Sheet) -> ProductGroup:
    sets = tuple(
        ProductSet(one.number("number"), one.text("name"), one.text("branch", ""))
        for one in _each(sheet, "sets", required=False)
    )
    return ProductGroup(_id(sheet), sheet.text("name"), sheet.texts("examples"), sheet.texts("words"), sets)


def _deadline(sheet: Sheet, steps: tuple[Step, ...], documents: list[str]) -> DeadlineSpec:
    days = sheet.numbers("remind_days")
    deadline = DeadlineSpec(
        id=_id(sheet),
        title=sheet.text("title"),
        step=sheet.number("step"),
        closes_on=sheet.day("closes_on"),
        sample=sheet.flag("sample"),
        place=sheet.text("place"),
        done_when=_status_ids(sheet, "done_when"),
        concerns=_status_ids(sheet, "concerns"),
        rules=tuple(ReminderRule(f"d{day}", day) for day in days),
        says=sheet.text("says"),
        source=_source(sheet, documents),
        round=sheet.text("round", ""),
    )
    if deadline.step not in {step.number for step in steps}:
        sheet.fault("step", f"There is no step {deadline.step}.", "Name one of `steps`.")
    if list(days) != sorted(set(days), reverse=True) or any(day < 0 for day in days):
        sheet.fault("remind_days", "The days before are not in order.", "Write them from many to few, each once.")
    if not days:
        sheet.fault("remind_days", "Nobody would be reminded.", "Say how many days before, e.g. [7, 3, 1].")
    if not deadline.concerns:
        sheet.fault("concerns", "It concerns nobody.", f"Name statuses; {DRAFT} means open drafts.")
    both = set(deadline.concerns) & set(deadline.done_when)
    if both:
        sheet.fault("done_when", f"Both concerned and done: {', '.join(sorted(both))}.", "Keep each in one list.")
    return deadline


def _transitions(sheet: Sheet, levels: list[str]) -> tuple[Transition, ...]:
    rows: list[Transition] = []
    seen: set[tuple[str, str]] = set()
    for one in _each(sheet, "transitions"):
        act, end = one.text("act"), one.text("end")
        start = _status_ids(one, "start")
        by = known_id(one, "by", one.text("by"), [APPLICANT, SYSTEM, *levels], "level")
        known_id(one, "end", end, [*STATUSES, *CERTIFIED, SAME], "status")
        remark = one.text("remark", "none")
        known_id(one, "remark", remark, get_args(Remark), "kind of remark")
        tells = one.text("tells", "")
        for status in start:
            if (act, status) in seen:
                one.fault("start", f"{act!r} leads from {status!r} twice.", "Keep one row.")
            seen.add((act, status))
        ends = [((status,), status) for status in start] if end == SAME else [(start, end)]
        rows += (Transition(act, begin, stop, by, tells, cast("Remark", remark)) for begin, stop in ends)
    return tuple(rows)


def _decision(sheet: Sheet, levels: list[str]) -> Decision:
    subject = known_id(sheet, "subject", sheet.text("subject"), ["idea", "plan", "dossier"], "subject")
    level = known_id(sheet, "level", sheet.text("level"), levels, "level")
    return Decision(subject, level, sheet.maybe_number("term_working_days"), sheet.flag("term_sample"))


def _target(sheet: Sheet, levels: list[str], documents: list[str]) -> Target:
    target = Target(
        level=known_id(sheet, "level", sheet.text("level"), levels, "level"),
        least=sheet.number("least"),
        most=sheet.number("most"),
        stars=sheet.number("stars"),
        text=sheet.text("text"),
        source=_source(sheet, documents),
    )
    if target.least > target.most:
        sheet.fault("most", "The most is less than the least.", "Swap them.")
    return target


def _evaluation(sheet: Sheet, levels: list[str], documents: list[str]) -> Evaluation:
    part = sheet.sheet("evaluation")
    if part is None:
        sheet.fault("evaluation", "The key 'evaluation' is missing.", "Say the star bands at least.")
        return Evaluation((), (), None, {}, None, "")
    bands = tuple(
        StarBand(
            stars=one.number("stars"),
            least=one.number("least"),
            below=one.maybe_number("below"),
            recognised_by=known_id(one, "recognised_by", one.text("recognised_by", ""), [*levels, "central"], "level"),
        )
        for one in _each(part, "bands")
    )
    for upper, lower in itertools.pairwise(bands):
        if lower.below != upper.least:
            part.fault("bands", f"{lower.stars} stars do not end where {upper.stars} begin.", "Close the gap.")
    samples = part.sheet("samples")
    evaluation = Evaluation(
        bands=bands,
        rounds=_listed(part, "rounds", _round) if part.has("rounds") else (),
        check_working_days=part.maybe_number("check_working_days"),
        samples={} if samples is None else {key: samples.number(key) for key in samples.keys()},  # noqa: SIM118
        certificates=_certificates(part),
        source=_source(part, documents),
        issuers=tuple(_issuer(one, levels) for one in _each(part, "issuers", required=False)),
    )
    part.done()
    return evaluation


def _issuer(sheet: Sheet, levels: list[str]) -> Issuer:
    issuer = Issuer(
        stars=sheet.numbers("stars"),
        since=sheet.day("since"),
        until=sheet.maybe_day("until"),
        by=known_id(sheet, "by", sheet.text("by"), [*levels, "district", "central"], "level"),
    )
    if issuer.until is not None and issuer.until < issuer.since:
        sheet.fault("until", "It ends before it begins.", "Correct one of the two days.")
    return issuer


def _round(sheet: Sheet) -> Round:
    return Round(
        id=_id(sheet),
        name=sheet.text("name"),
        sent_by=sheet.text("sent_by"),
        sent_before=_month_day(sheet, "sent_before"),
        result_before=_month_day(sheet, "result_before"),
    )


def _month_day(sheet: Sheet, key: str) -> tuple[int, int]:
    written = sheet.text(key)
    try:
        day = date.fromisoformat(f"2000-{written}")
    except ValueError:
        sheet.fault(key, f"{written!r} is not a day of a year.", 'Write month and day as "04-30".')
        return (1, 1)
    return (day.month, day.day)


def _certificates(sheet: Sheet) -> Certificates | None:
    part = sheet.sheet("certificates")
    if part is None:
        return None
    read = Certificates(
        months=part.number("months"),
        reopens_days_before=part.number("reopens_days_before"),
        closes_days_before=part.number("closes_days_before"),
        decided_within_days=part.number("decided_within_days"),
        grace_days=part.number("grace_days"),
        revoked_within_days=part.number("revoked_within_days"),
        remind_days=part.numbers("remind_days"),
    )
    if read.reopens_days_before <= read.closes_days_before:
        part.fault("closes_days_before", "The window closes before it opens.", "Swap the two numbers.")
    if list(read.remind_days) != sorted(set(read.remind_days), reverse=True):
        part.fault("remind_days", "The days before are not in order.", "Write them from many to few, each once.")
    part.done()
    return read


def _quiet(sheet: Sheet) -> QuietHours:
    part = sheet.sheet("quiet_hours")
    if part is None:
        sheet.fault("quiet_hours", "The key 'quiet_hours' is missing.", 'Write {start: "21:00", end: "07:00"}.')
        return QuietHours(time.min, time.min)
    hours = QuietHours(part.hour("start"), part.hour("end"))
    part.done()
    return hours


def _announcements(sheet: Sheet) -> Announcements:
    """A pack with only some of the limits has the defaults for the rest."""
    part = sheet.sheet("announcements")
    if part is None:
        return ANNOUNCEMENTS
    usual = ANNOUNCEMENTS
    figures = {
        "second_official_above": (usual.second_official_above, "Write 0 to have every announcement approved."),
        "alone_a_day": (usual.alone_a_day, "Write 0 to have every announcement approved."),
        "typed_above": (usual.typed_above, "Write 0 to have the number of people typed every time."),
        "hold_minutes": (usual.delay // timedelta(minutes=1), "Write 0 to let every announcement leave at once."),
        "lasts_days": (usual.lasts // timedelta(days=1), "Write 0 for the day it leaves alone."),
        "urgent_lasts_hours": (usual.urgent_lasts // timedelta(hours=1), "Write at least 1."),
    }
    read = {key: part.number(key, figure) for key, (figure, _) in figures.items()}
    for key, (_, remedy) in figures.items():
        if read[key] < 0:
            part.fault(key, "The number is below 0.", remedy)
    links = part.texts("links") if part.has("links") else usual.links
    part.done()
    return Announcements(
        **{key: read[key] for key in ("second_official_above", "alone_a_day", "typed_above")},
        delay=timedelta(minutes=read["hold_minutes"]),
        links=links,
        lasts=timedelta(days=read["lasts_days"]),
        urgent_lasts=timedelta(hours=max(read["urgent_lasts_hours"], 1)),
    )


def _roles(sheet: Sheet, levels: list[str]) -> Mapping[str, str]:
    part = sheet.sheet("roles")
    if part is None:
        sheet.fault("roles", "The key 'roles' is missing.", "Say the level of every role.")
        return {}
    roles = {
        role: known_id(part, role, part.text(role), levels, "level")
        for role in part.keys()  # noqa: SIM118 — not a dict
    }
    for role in roles:
        known_id(part, role, role, ROLES, "role")
    if ADMIN not in roles:
        part.fault(ADMIN, "Nobody could administer it.", f"Add `{ADMIN}` with the highest level.")
    return roles


def _status_ids(sheet: Sheet, key: str) -> tuple[str, ...]:
    statuses = sheet.texts(key)
    for status in statuses:
        known_id(sheet, key, status, [*STATUSES, *CERTIFIED], "status")
    return statuses


def _source(sheet: Sheet, documents: list[str]) -> str:
    """The id of the document behind a fact.  A fact without one is a fault."""
    return known_id(sheet, "source", sheet.text("source"), documents, "document of this pack")
