"""One programme as a province ordered it: levels, steps, deadlines, decisions.  All of it is data of a pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal, TypeVar

from content.programme.documents import Document
from content.programme.protection import Protection

T = TypeVar("T")

APPLICANT = "applicant"
SYSTEM = "system"
SAME = "same"
"""In a pack's transition table: the status does not change.  The reader writes one row per status instead."""

STATUSES = (
    "idea_draft",
    "idea_submitted",
    "idea_needs_changes",
    "idea_accepted",
    "idea_declined",
    "plan_submitted",
    "plan_needs_changes",
    "plan_selected",
    "plan_declined",
    "implementing",
    "dossier_submitted",
    "dossier_needs_changes",
    "scored_local",
    "forwarded",
    "recognised",
    "not_recognised",
    "promoted",
    "expired",
    "withdrawn",
)
"""The states of a product; packs define the transitions between them and add no state."""

CERTIFIED = ("certificate_submitted", "certificate_needs_changes")
"""The states of a product that enters by its certificate; a pack without them takes it as an idea."""

ROLES = ("helper", "commune_official", "district_official", "province_official", "admin")

DRAFT = "idea_draft"
Remark = Literal["none", "reason", "defects"]
VARIANTS = ("unheld", "unstaffed", "due")
"""Endings of a phrase about a change: an office without officials, one that lost them, a last day is set."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of place; 0 is the province.  The code never assumes three levels."""

    id: str
    name: str
    order: int


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    id: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Status:
    """The step of a status, and whose turn it is: a level's id, "applicant", or "" without one."""

    id: str
    step: int
    waits_for: str


@dataclass(frozen=True, slots=True)
class HelpKind:
    """A kind of help a producer can ask the office for."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One task of a producer; `help` is the id of a HelpKind or ""."""

    id: str
    label: str
    help: str
    topic: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product by its way in the programme (new, completing, recognised) with its checklist."""

    id: str
    name: str
    words: tuple[str, ...]
    items: tuple[ChecklistItem, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ProductSet:
    """A set of criteria inside a product group, numbered as in the decision's annex."""

    number: int
    name: str
    branch: str  # the "nhóm" between group and set; "" where the annex has none


@dataclass(frozen=True, slots=True)
class ProductGroup:
    id: str
    name: str
    examples: tuple[str, ...]
    words: tuple[str, ...]
    sets: tuple[ProductSet, ...]


@dataclass(frozen=True, slots=True)
class EntityKind:
    id: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReminderRule:
    id: str
    before_days: int


@dataclass(frozen=True, slots=True)
class DeadlineSpec:
    """
    A last day of the programme, as the pack orders it; moved and added ones are rows of the registry.

    `closes_on` is the last day on which the step can be done.  `concerns` are the statuses whose applications are
    reminded; DRAFT among them means people with an open idea draft and no idea submitted from it.
    `done_when` are statuses that no longer need a reminder.  `says` follows "Còn 3 ngày là …".
    """

    id: str
    title: str
    step: int
    closes_on: date
    sample: bool  # "hạn mẫu": the source names no date
    place: str
    done_when: tuple[str, ...]
    concerns: tuple[str, ...]
    rules: tuple[ReminderRule, ...]
    says: str
    source: str
    round: str = ""  # id of the yearly round it is the cut-off of: the office checks before, so earlier is advised

    @property
    def reminds_drafts(self) -> bool:
        return DRAFT in self.concerns


@dataclass(frozen=True, slots=True)
class Transition:
    """
    One row of the table of transitions.

    `by` is "applicant", "system" or the id of the level whose officials decide.
    `tells` is the key of the phrase for the producer ("" for none).
    Where a catalog has that key with one of `VARIANTS` after it, that phrase is used when its condition is true.
    With a `remark` the phrase has a place for {reason} or {defects}.
    """

    act: str
    start: tuple[str, ...]
    end: str
    by: str
    tells: str
    remark: Remark


@dataclass(frozen=True, slots=True)
class Decision:
    """The level that decides about a subject ("idea", "plan", "dossier"), and the term in working days, if set."""

    subject: str
    level: str
    term_working_days: int | None
    term_sample: bool


@dataclass(frozen=True, slots=True)
class DocumentsTopic:
    """The topic that is generated from the documents.  A topic file with its id goes before the generated cards."""

    id: str
    title: str
    intro: str


@dataclass(frozen=True, slots=True)
class Target:
    """A target: a number of products with at least that many stars, in every place of a level."""

    level: str
    least: int
    most: int
    stars: int
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Quiet hours: no scheduled message from `start` to `end`, over midnight if `end` is the earlier one."""

    start: time
    end: time

    def covers(self, moment: time) -> bool:
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class Announcements:
    """
    The limits of a broadcast by one official alone: an account may be in the wrong hands.

    Above `second_official_above` people, or after `alone_a_day` broadcasts, a second official has to approve it.
    A broadcast without approval is sent after `delay`.  Above `typed_above` people, their number has to be typed.
    Without a day or hour in its text it is good for `lasts`, one that may arrive by night for `urgent_lasts`.
    """

    second_official_above: int
    alone_a_day: int
    typed_above: int
    delay: timedelta
    links: tuple[str, ...]  # ends of addresses of offices: ("gov.vn",)
    lasts: timedelta
    urgent_lasts: timedelta


@dataclass(frozen=True, slots=True)
class StarBand:
    """Points from `least` to below `below` (None: up to 100) make `stars`; `recognised_by` "" means no certificate."""

    stars: int
    least: int
    below: int | None
    recognised_by: str


@dataclass(frozen=True, slots=True)
class Round:
    """A yearly round of evaluation; both days are exclusive ("trước ngày"), given as month and day."""

    id: str
    name: str
    sent_by: str  # the level that hands over: "commune", "province"
    sent_before: tuple[int, int]
    result_before: tuple[int, int]

    def last_day_to_send(self, year: int) -> date:
        """The last day that still is "before" the cut-off."""
        return date.fromordinal(date(year, *self.sent_before).toordinal() - 1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The time stars last and the next evaluation; `remind_days` count back from the last day."""

    months: int
    reopens_days_before: int
    closes_days_before: int
    decided_within_days: int
    grace_days: int
    revoked_within_days: int
    remind_days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Issuer:
    """The level that recognised these stars on the days from `since` to `until` (None: still)."""

    stars: tuple[int, ...]
    since: date
    until: date | None
    by: str  # a level, also one the pack no longer has: "district", "province", "central"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation as the rules order it; None and empty where the pack's order does not say."""

    bands: tuple[StarBand, ...]
    rounds: tuple[Round, ...]
    check_working_days: int | None
    samples: Mapping[str, int]
    certificates: Certificates | None
    source: str
    issuers: tuple[Issuer, ...] = ()

    def issuer(self, stars: int, on: date) -> str:
        """The level that recognised these stars on that day; "" where no rule of the pack tells."""
        found = (
            one.by
            for one in self.issuers
            if stars in one.stars and one.since <= on and (one.until is None or on <= one.until)
        )
        return next(found, "")


@dataclass(frozen=True, slots=True)
class Programme:
    id: str
    format: int
    name: str
    short_name: str
    province: str
    office: str
    ordered_by: str  # the document the programme is based on
    ordered_on: date
    approved_by: str  # the official who read the pack's texts and answers for them; "" while it is a trial
    approved_on: date | None
    timezone: str
    demo_start: date
    levels: tuple[Level, ...]
    steps: tuple[Step, ...]
    statuses: tuple[Status, ...]
    kinds: tuple[Kind, ...]
    help_kinds: tuple[HelpKind, ...]
    product_groups: tuple[ProductGroup, ...]
    entity_kinds: tuple[EntityKind, ...]
    deadlines: tuple[DeadlineSpec, ...]
    transitions: tuple[Transition, ...]
    decisions: tuple[Decision, ...]
    documents: tuple[Document, ...]
    documents_topic: DocumentsTopic | None  # the generated topic about them
    targets: tuple[Target, ...]
    evaluation: Evaluation
    quiet: QuietHours
    holidays: tuple[date, ...]  # days off in addition to the public holidays of the calendar library
    workdays: tuple[date, ...]  # working days that would be off (a swapped Saturday)
    announcements: Announcements
    roles: Mapping[str, str]  # role id → id of the level its place belongs to
    protection: Protection

    def decision(self, subject: str) -> Decision:
        """The decision about "idea", "plan" or "dossier"; every pack names all three (KeyError otherwise)."""
        return _named(self.decisions, subject, "subject")

    def transition(self, act: str, status: str) -> Transition | None:
        """The row for an act on a status; None means that the act is not possible there."""
        return next((row for row in self.transitions if row.act == act and status in row.start), None)

    def acts(self, status: str) -> tuple[Transition, ...]:
        """All acts on an application with this status."""
        return tuple(row for row in self.transitions if status in row.start)

    def status(self, status: str) -> Status:
        return _named(self.statuses, status)

    def status_step(self, status: str) -> int:
        return self.status(status).step

    def waits_for(self, status: str) -> str:
        return self.status(status).waits_for

    def step(self, number: int) -> Step:
        return _named(self.steps, number, "number")

    def level(self, level: str) -> Level:
        return _named(self.levels, level)

    @property
    def root(self) -> Level:
        return min(self.levels, key=lambda level: level.order)

    def kind(self, kind: str) -> Kind:
        return _named(self.kinds, kind)

    def product_group(self, group: str) -> ProductGroup:
        return _named(self.product_groups, group)

    def entity_kind(self, kind: str) -> EntityKind:
        return _named(self.entity_kinds, kind)

    def help_kind(self, kind: str) -> HelpKind:
        return _named(self.help_kinds, kind)

    def deadline(self, deadline: str) -> DeadlineSpec:
        return _named(self.deadlines, deadline)

    def document(self, document: str) -> Document:
        return _named(self.documents, document)

    @property
    def law(self) -> Document:
        """The document the whole programme rests on: the one with the criteria."""
        return self.document(self.evaluation.source)

    def round(self, round_id: str) -> Round | None:
        return next((one for one in self.evaluation.rounds if one.id == round_id), None)


def _named(things: tuple[T, ...], wanted: object, attribute: str = "id") -> T:
    for thing in things:
        if getattr(thing, attribute) == wanted:
            return thing
    raise KeyError(wanted)
