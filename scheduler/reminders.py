"""
Reminders of deadlines: which rules become rows, who gets them, and the correction when a day was moved.

The clock only collects due rows: an outage loses no reminder, and a second process sends no duplicate.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from content.programme.pack import Pack
from content.programme.programme import ReminderRule
from registry.applications import drafts
from registry.applications.applications import Application, read_application
from registry.deadlines import announced_days as tellings
from registry.deadlines import certificates, deadlines, occurrences, pauses, rounds
from registry.deadlines.deadlines import Concerned, Deadline
from registry.deadlines.occurrences import Occurrence
from registry.deadlines.pauses import Pause
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.people import Person, person
from registry.telling import Teller, local_day
from scheduler.quiet_hours import allowed, hour_of, unwanted
from scheduler.reminder_words import Said, dropped_said, missing_said, moved_said, reminder_said

PEOPLE_AT_ONCE = 200
"""People per transaction, so that no reply waits behind a long sweep."""
NEW_AT_ONCE = 500
LATER_ONE = "a later one was due"
CLOSED = "deadline closed"
DONE = "done"
OTHER_DAY = "another last day holds there"
BEGAN_LATER = "it did not concern them then"


@dataclass(frozen=True, slots=True)
class Rule:
    """Remind this long before the deadline closes."""

    key: str
    before: timedelta


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan for one rule: sent at this moment, or skipped with the reason."""

    rule: str
    at: datetime
    skipped: str | None = None


def plan(closes_at: datetime, rules: Iterable[Rule], now: datetime) -> list[Planned]:
    """
    Account for every rule of one deadline, soonest first.

    After an outage only the latest missed reminder is sent, none after the deadline.
    Skipped reminders stay in the plan, with the reason.
    """
    planned = sorted((Planned(rule.key, closes_at - rule.before) for rule in rules), key=lambda one: one.at)
    missed = [one for one in planned if one.at <= now]
    if now >= closes_at:
        return [replace(one, skipped=CLOSED) for one in planned]
    return [replace(one, skipped=LATER_ONE) for one in missed[:-1]] + missed[-1:] + planned[len(missed) :]


def rules_at(rules: Iterable[ReminderRule], hour: int) -> tuple[Rule, ...]:
    """Return the pack's rules at an hour of the day: three days before means the third day before the last one."""
    return tuple(Rule(rule.id, timedelta(days=rule.before_days + 1) - timedelta(hours=hour)) for rule in rules)


@dataclass(frozen=True, slots=True)
class Open:
    """An open deadline with its rules, and the subjects it concerns."""

    deadline: Deadline
    rules: tuple[ReminderRule, ...]
    subjects: Mapping[str, Concerned]


@dataclass(slots=True)
class Sweep:
    """The values of one sweep, and its counts."""

    db: Connection
    pack: Pack
    tell: Teller
    now: datetime
    held: tuple[Pause, ...]
    opened: Mapping[str, Open]
    fresh: frozenset[tuple[str, str]]
    """Deadlines changed within the last minutes: the official may still take it back, so nobody is notified yet."""
    counts: dict[str, int] = field(
        default_factory=lambda: {"planned": 0, "said": 0, "skipped": 0, "moved": 0, "corrected": 0, "left": 0}
    )

    def is_fresh(self, deadline: Deadline) -> bool:
        return (deadline.spec, deadline.round) in self.fresh

    def skip(self, one: Occurrence, reason: str) -> None:
        self.counts["skipped"] += occurrences.skip(self.db, occurrence_id=one.id, reason=reason, now=self.now)


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """
    Plan new reminders, send the due ones (one message per person and deadline), and correct moved days.

    `left` counts people for whom there was no room in this unit; sweep again.
    """
    deadlines.lock(db)
    certificates.follow(db, pack=pack, now=now)
    occurrences.forget_future(db, now=now)
    fresh = rounds.changed_lately(db, since=now - rounds.GRACE, now=now)
    work = Sweep(db, pack, tell, now, pauses.pauses_now(db, now=now), _opened(db, pack, now), fresh)
    for one in work.opened.values():
        _plan(work, one)
    by_person: dict[str, list[Occurrence]] = {}
    for due in occurrences.due(db, now=now, limit=100_000):
        opened = work.opened.get(due.deadline_id)
        if opened is None or not work.is_fresh(opened.deadline):
            by_person.setdefault(_whom(work, due), []).append(due)
    for number, (person_id, theirs) in enumerate(by_person.items()):
        if number == PEOPLE_AT_ONCE:
            work.counts["left"] += len(by_person) - number
            break
        _tell_person(work, person_id, theirs)
    _correct(work)
    return work.counts


def _opened(db: Connection, pack: Pack, now: datetime) -> Mapping[str, Open]:
    """Return the open deadlines with their subjects; a place's own deadline replaces the one of the place above."""
    specs = {spec.id: spec for spec in pack.programme.deadlines}
    taken: set[tuple[str, str, str]] = set()
    found: dict[str, Open] = {}
    opened = deadlines.open_deadlines(db, places=pack.places, place=None, now=now)
    for deadline in sorted(opened, key=lambda one: -len(tuple(pack.places.ancestors(one.place)))):
        spec = specs.get(deadline.spec)
        if spec is None:  # of an earlier edition of the pack
            continue
        subjects = {
            one.subject: one
            for one in deadlines.concerned(db, places=pack.places, deadline=deadline, spec=spec)
            if (deadline.spec, deadline.round, one.subject) not in taken
        }
        taken |= {(deadline.spec, deadline.round, subject) for subject in subjects}
        found[deadline.id] = Open(deadline, spec.rules, subjects)
    ordered = pack.programme.evaluation.certificates
    if ordered is not None:
        for deadline, whom in certificates.ending(db, now=now, to_remind=True):
            found[deadline.id] = Open(deadline, certificates.rules(ordered), {one.subject: one for one in whom})
    return found


def _plan(work: Sweep, one: Open) -> None:
    known = occurrences.rules_planned(work.db, deadline_id=one.deadline.id)
    wanted = {rule.id for rule in one.rules}
    new = [about for about in one.subjects.values() if not wanted <= known.get(about.subject, frozenset())]
    work.counts["left"] += len(new[NEW_AT_ONCE:])
    new = new[:NEW_AT_ONCE]
    # a certificate runs whether anybody looked at the application meanwhile or not
    since = (
        {}
        if one.deadline.application_id
        else occurrences.concerned_since(work.db, subjects=[about.subject for about in new])
    )
    rows: list[occurrences.Planned] = []
    for about in new:
        began = since.get(about.subject)
        hour = hour_of(person(work.db, about.person_id))
        for planned in plan(one.deadline.closes_at, rules_at(one.rules, hour), work.now):
            skipped = planned.skipped
            if skipped is None and began is not None and planned.at < began:
                skipped = BEGAN_LATER
            rows.append(occurrences.Planned(planned.rule, about.subject, about.person_id, planned.at, skipped))
    work.counts["planned"] += occurrences.plan_rows(work.db, deadline_id=one.deadline.id, planned=rows, now=work.now)


def _whom(work: Sweep, due: Occurrence) -> str:
    """Return the person to notify: the member the application's reminders go to today."""
    opened = work.opened.get(due.deadline_id)
    about = None if opened is None else opened.subjects.get(due.subject)
    if about is None or about.person_id == due.person_id:
        return due.person_id
    occurrences.reassign(work.db, occurrence_id=due.id, person_id=about.person_id)
    return about.person_id


def _tell_person(work: Sweep, person_id: str, due: Sequence[Occurrence]) -> None:
    """Send one person's due reminders, grouped by deadline; close the others with the reason."""
    told = person(work.db, person_id)
    silent = unwanted(work.db, told)
    newest: dict[tuple[str, str], Occurrence] = {}
    for one in due:
        reason = _why_not(work, one) or silent
        if reason is not None:
            work.skip(one, reason)
            continue
        earlier = newest.get((one.deadline_id, one.subject))
        if earlier is not None:  # they come in the order of their moments
            work.skip(earlier, LATER_ONE)
        newest[(one.deadline_id, one.subject)] = one
    if told is None:
        return
    groups: dict[str, list[Occurrence]] = {}
    for (deadline_id, _subject), one in newest.items():
        groups.setdefault(deadline_id, []).append(one)
    for turn, (deadline_id, group) in enumerate(groups.items()):
        opened = work.opened[deadline_id]
        pairs = [(one, opened.subjects[one.subject]) for one in group]
        about = _applications(work.db, [whom for _, whom in pairs])
        place = _place(work.db, told, about)
        when = allowed(work.pack, told, now=work.now, held=work.held, place=place, closes_at=opened.deadline.closes_at)
        if when.at is None:
            for one in group:
                work.skip(one, when.reason)
        elif when.at > work.now:
            for one in group:
                work.counts["moved"] += occurrences.postpone(
                    work.db, occurrence_id=one.id, until=when.at, reason=when.reason
                )
        else:
            _say(work, told, opened, pairs, turn)


def _why_not(work: Sweep, one: Occurrence) -> str | None:
    opened = work.opened.get(one.deadline_id)
    if opened is None:
        return CLOSED
    if one.subject in opened.subjects:
        return None
    same = (opened.deadline.spec, opened.deadline.round)
    elsewhere = (
        other
        for other in work.opened.values()
        if (other.deadline.spec, other.deadline.round) == same and one.subject in other.subjects
    )
    return DONE if next(elsewhere, None) is None else OTHER_DAY


def _applications(db: Connection, whom: Iterable[Concerned]) -> list[Application]:
    read = (read_application(db, one.application_id) for one in whom if one.application_id is not None)
    return [one for one in read if one is not None]


def _place(db: Connection, told: Person, about: Sequence[Application]) -> str | None:
    """Return the place of a reminder; for a draft it is the place given in it."""
    return about[0].place if about else told.place or drafts.place_begun(db, person_id=told.id)


def _missing(work: Sweep, told: Person, about: Sequence[Application]) -> str:
    """Name the answers a draft lacks, or the fields a returned application has to correct, as a line of a reminder."""
    key, labels = missing_said(work.db, work.pack, told.id, about)
    return f"\n{work.tell(told.id, key, {'labels': labels}, ()).text}" if key else ""


def _say(work: Sweep, told: Person, opened: Open, group: Sequence[tuple[Occurrence, Concerned]], turn: int) -> None:
    # closed first: of two sweeps at once only one sends
    group = [pair for pair in group if occurrences.said(work.db, occurrence_id=pair[0].id, now=work.now)]
    if not group:
        return
    first = group[0][0]
    deadline = opened.deadline
    concerning = _applications(work.db, [whom for _, whom in group])
    words = reminder_said(
        work.pack,
        deadline,
        concerning,
        drafts=any(whom.application_id is None for _, whom in group),
        today=local_day(work.pack, work.now),
        occurrence_id=first.id,
        missing=_missing(work, told, concerning),
    )
    message = work.tell(told.id, words.key, words.values, words.actions)
    for key in (keys.reminder(first.id), keys.reminder_again(first.id, first.due_at)):
        # the second key is for one said before and asked for again, or said of a day that has moved since
        if enqueue(
            work.db, key=key, person_id=told.id, kind="reminder", message=message, now=work.now,
            due_at=_in_order(work.now, turn), not_after=deadline.closes_at,
        ):  # fmt: skip
            break
    for _, about in group:
        tellings.note_told(work.db, deadline=deadline, subject=about.subject)
    work.counts["said"] += len(group)


def _in_order(now: datetime, turn: int) -> datetime:
    """Several messages to one person leave in the order of their deadlines."""
    return now + timedelta(milliseconds=turn)


def _correct(work: Sweep) -> None:
    """
    Send the new last day to the people who were told another one.  Idempotent.

    For some minutes an official may take a change back before anyone is notified.
    """
    told_people = 0
    for opened, told_days, dropped in _to_correct(work):
        by_person: dict[str, list[tuple[Concerned, datetime]]] = {}
        for subject, before in told_days.items():
            about = opened.subjects.get(subject)
            if about is not None:
                by_person.setdefault(about.person_id, []).append((about, before))
        for person_id, wrong in by_person.items():
            if told_people == PEOPLE_AT_ONCE:
                work.counts["left"] += 1
                return
            told_people += _tell_moved(work, person_id, opened, wrong, dropped=dropped)


def _to_correct(work: Sweep) -> Iterator[tuple[Open, Mapping[str, datetime], bool]]:
    """Yield each deadline that was moved or (True) dropped, with the day each subject was told."""
    for opened in work.opened.values():
        if not work.is_fresh(opened.deadline):
            yield opened, tellings.told_otherwise(work.db, deadline=opened.deadline), False
    for deadline in rounds.dropped_ahead(work.db, now=work.now):
        spec = deadlines.spec_of(work.pack, deadline)
        told_days = {} if work.is_fresh(deadline) else tellings.told_of(work.db, deadline=deadline)
        if spec is None or not told_days:
            continue
        same = (deadline.spec, deadline.round)
        elsewhere = {
            subject
            for other in work.opened.values()
            if (other.deadline.spec, other.deadline.round) == same
            for subject in other.subjects
        }
        found = deadlines.concerned(work.db, places=work.pack.places, deadline=deadline, spec=spec)
        subjects = {one.subject: one for one in found if one.subject not in elsewhere}
        yield Open(deadline, (), subjects), told_days, True


def _tell_moved(
    work: Sweep, person_id: str, opened: Open, wrong: Sequence[tuple[Concerned, datetime]], *, dropped: bool
) -> bool:
    deadline = opened.deadline
    told = person(work.db, person_id)
    if told is None or unwanted(work.db, told) is not None:
        return False
    about = _applications(work.db, [one for one, _ in wrong])
    place = _place(work.db, told, about)
    when = allowed(work.pack, told, now=work.now, held=work.held, place=place, closes_at=deadline.closes_at)
    if when.at != work.now:
        return False
    note = tellings.forget if dropped else tellings.correct
    mine = [
        (one, before) for one, before in wrong if note(work.db, deadline=deadline, subject=one.subject, told=before)
    ]
    if not mine:
        return False
    today = local_day(work.pack, work.now)
    words: Said = (
        dropped_said(work.pack, deadline, about, today=today)
        if dropped
        else moved_said(work.pack, deadline, about, before=mine[0][1], today=today)
    )
    pending = enqueue(
        work.db,
        key=keys.deadline_moved(deadline.id, person_id, work.now),
        person_id=person_id,
        kind="reminder",
        message=work.tell(person_id, words.key, words.values, words.actions),
        now=work.now,
        not_after=deadline.closes_at,
    )
    work.counts["corrected"] += pending is not None
    return True
