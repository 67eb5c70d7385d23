"""
Reminders of deadlines: which rules become rows, who gets them, and the correction when a day was moved.

The clock only collects due rows: an outage loses no reminder, and a second process sends no duplicate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from content.programme.programme import ReminderRule
from registry.applications.applications import Application
from registry.deadlines import announced_days as tellings
from registry.deadlines import certificates, deadlines, occurrences, unplanned
from registry.deadlines.deadlines import Among, Concerned
from registry.deadlines.occurrences import Occurrence
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.people import Person, person
from registry.store.slices import Place, Slice, each
from registry.telling import local_day
from scheduler.quiet_hours import allowed, hour_of, unwanted
from scheduler.reminder_words import missing_said, reminder_said
from scheduler.reminding.moved import correct
from scheduler.reminding.opened import (
    Open,
    Sweep,
    about_subjects,
    applications_of,
    begin,
    certificates_of,
    opened_among,
    place_of,
)
from scheduler.slicing import Work, whole

COUNTED = ("planned", "said", "skipped", "moved", "corrected")
CHUNK = 10
"""Subjects that are planned together."""
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


# --- planning ---------------------------------------------------------------------------------------------------------


def _follow_certificates(work: Work, after: Place) -> Slice:  # noqa: ARG001  followed ones are not found again
    deadlines.lock(work.db)
    done = certificates.follow(work.db, pack=work.pack, now=work.now, room=work.room)
    return Slice({}, done.after)


def _keep_up(work: Work, after: Place) -> Slice:  # noqa: ARG001  one statement, along an index
    occurrences.forget_future(work.db, now=work.now)
    return Slice(dict.fromkeys(COUNTED, 0))


def _plan_applications(work: Work, after: Place) -> Slice:  # noqa: ARG001  planned ones are not found again
    sweep = begin(work)
    mark = sweep.planned_for

    def find(_after: Place, most: int) -> list[tuple[str, ...]]:
        return _chunks(unplanned.applications_to_plan(work.db, mark=mark, most=most * CHUNK))

    def act(ids: tuple[str, ...]) -> Mapping[str, int]:
        planned = sum(_plan(sweep, one) for one in opened_among(sweep, Among(applications=ids)).values())
        unplanned.mark_applications(work.db, ids=ids, mark=mark)
        return {"planned": planned}

    return each(find, act, room=work.room)


def _plan_drafts(work: Work, after: Place) -> Slice:  # noqa: ARG001  planned ones are not found again
    sweep = begin(work)
    mark = sweep.planned_for

    def find(_after: Place, most: int) -> list[tuple[str, ...]]:
        return _chunks(unplanned.drafting_to_plan(work.db, mark=mark, most=most * CHUNK))

    def act(ids: tuple[str, ...]) -> Mapping[str, int]:
        planned = sum(_plan(sweep, one) for one in opened_among(sweep, Among(people=ids)).values())
        unplanned.mark_drafts(work.db, person_ids=ids, mark=mark)
        return {"planned": planned}

    return each(find, act, room=work.room)


def _plan_certificates(work: Work, after: Place) -> Slice:
    sweep = begin(work)

    def find(behind: Place, most: int) -> list[tuple[str, ...]]:
        start = behind[0] if behind else ""
        return _chunks(certificates.ahead(work.db, now=work.now, behind=start, most=most * CHUNK))

    def act(ids: tuple[str, ...]) -> Mapping[str, int]:
        return {"planned": sum(_plan(sweep, one) for one in certificates_of(sweep, ids).values())}

    return each(find, act, room=work.room, after=after, place_of=lambda ids: (ids[-1],))


def _chunks(ids: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(ids[at : at + CHUNK]) for at in range(0, len(ids), CHUNK)]


def _plan(work: Sweep, one: Open) -> int:
    wanted = {rule.id for rule in one.rules}
    if not one.subjects or not wanted:
        return 0
    known = occurrences.rules_planned(work.db, deadline_id=one.deadline.id, rules=wanted, subjects=one.subjects)
    new = [about for about in one.subjects.values() if not wanted <= known.get(about.subject, frozenset())]
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
    return occurrences.plan_rows(work.db, deadline_id=one.deadline.id, planned=rows, now=work.now)


# --- telling ----------------------------------------------------------------------------------------------------------


def _tell_due(work: Work, after: Place) -> Slice:  # noqa: ARG001  closed and postponed ones are not found again
    """Send the due reminders, one message per person and deadline."""
    sweep = begin(work)
    without = [one.id for one in sweep.ahead if sweep.is_fresh(one)]

    def find(_after: Place, most: int) -> list[str]:
        due = occurrences.due(work.db, now=work.now, limit=most, without=without)
        opened = _opened_for(sweep, due)
        return list(dict.fromkeys(_whom(work.db, opened, one) for one in due))

    def act(person_id: str) -> Mapping[str, int]:
        due = occurrences.due(work.db, now=work.now, limit=None, without=without, person_id=person_id)
        sweep.counts.clear()
        _tell_person(sweep, _opened_for(sweep, due), person_id, due)
        return dict(sweep.counts)

    return each(find, act, room=work.room)


def _opened_for(work: Sweep, due: Sequence[Occurrence]) -> dict[str, Open]:
    """Return the open deadlines of some reminders, and their like elsewhere."""
    named = {one.deadline_id for one in due}
    only = {(one.spec, one.round) for one in work.ahead if one.id in named}
    others = named - {one.id for one in work.ahead}
    return opened_among(work, about_subjects({one.subject for one in due}), only) | certificates_of(work, others)


def _whom(db: Connection, opened: Mapping[str, Open], due: Occurrence) -> str:
    """Return the person to notify: the member the application's reminders go to today."""
    one = opened.get(due.deadline_id)
    about = None if one is None else one.subjects.get(due.subject)
    if about is None or about.person_id == due.person_id:
        return due.person_id
    occurrences.reassign(db, occurrence_id=due.id, person_id=about.person_id)
    return about.person_id


def _tell_person(work: Sweep, opened: Mapping[str, Open], person_id: str, due: Sequence[Occurrence]) -> None:
    """Send one person's due reminders, grouped by deadline; close the others with the reason."""
    told = person(work.db, person_id)
    silent = unwanted(work.db, told)
    newest: dict[tuple[str, str], Occurrence] = {}
    for one in due:
        reason = _why_not(opened, one) or silent
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
        about_it = opened[deadline_id]
        pairs = [(one, about_it.subjects[one.subject]) for one in group]
        about = applications_of(work.db, [whom for _, whom in pairs])
        place = place_of(work.db, told, about)
        when = allowed(
            work.pack, told, now=work.now, held=work.held, place=place, closes_at=about_it.deadline.closes_at
        )
        if when.at is None:
            for one in group:
                work.skip(one, when.reason)
        elif when.at > work.now:
            for one in group:
                work.counts["moved"] += occurrences.postpone(
                    work.db, occurrence_id=one.id, until=when.at, reason=when.reason
                )
        else:
            _say(work, told, about_it, pairs, turn)


def _why_not(opened: Mapping[str, Open], one: Occurrence) -> str | None:
    here = opened.get(one.deadline_id)
    if here is None:
        return CLOSED
    if one.subject in here.subjects:
        return None
    same = (here.deadline.spec, here.deadline.round)
    elsewhere = (
        other
        for other in opened.values()
        if (other.deadline.spec, other.deadline.round) == same and one.subject in other.subjects
    )
    return DONE if next(elsewhere, None) is None else OTHER_DAY


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
    concerning = applications_of(work.db, [whom for _, whom in group])
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


JOB = (_follow_certificates, _keep_up, _plan_applications, _plan_drafts, _plan_certificates, _tell_due, correct)
sweep = whole(JOB)
