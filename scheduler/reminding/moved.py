"""The correction: people who were told a last day that was moved or dropped since are told so."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from registry.deadlines import announced_days as tellings
from registry.deadlines import deadlines, rounds, unplanned
from registry.deadlines.deadlines import Concerned, Deadline
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.people import person
from registry.store.slices import Place, Slice, each
from registry.telling import local_day
from scheduler.quiet_hours import allowed, unwanted
from scheduler.reminder_words import Said, dropped_said, moved_said
from scheduler.reminding.opened import Sweep, about_subjects, applications_of, begin, opened_among, place_of
from scheduler.slicing import Work


@dataclass(frozen=True, slots=True)
class Wrong:
    """A subject that was told a day which is no longer the day."""

    deadline: Deadline
    subject: str
    day: datetime
    dropped: bool


def correct(work: Work, after: Place) -> Slice:
    """
    Send the new last day to the people who were told another one.  Idempotent.

    For some minutes an official may take a change back before anyone is notified.
    """
    sweep = begin(work)

    def find(behind: Place, most: int) -> list[Wrong]:
        return list(islice(_wrong(sweep, behind, most), most))

    def act(wrong: Wrong) -> Mapping[str, int]:
        sweep.counts.clear()
        _correct_one(sweep, wrong)
        return dict(sweep.counts)

    return each(
        find, act, room=work.room, after=after,
        place_of=lambda one: (one.deadline.id, one.day.isoformat(), one.subject),
    )  # fmt: skip


def _wrong(work: Sweep, behind: Place, most: int) -> Iterator[Wrong]:
    """Yield who was told a day that was moved or dropped, behind a place, deadline by deadline."""
    dropped = {one.id for one in rounds.dropped_ahead(work.db, now=work.now)}
    both = (*work.ahead, *rounds.dropped_ahead(work.db, now=work.now))
    for deadline in sorted(both, key=lambda one: one.id):
        if work.is_fresh(deadline) or (behind and deadline.id < behind[0]):
            continue
        for day in tellings.days_told(work.db, deadline=deadline):
            here = behind and (deadline.id, day.isoformat()) == behind[:2]
            if (day == deadline.closes_at) is not (deadline.id in dropped):
                continue
            if behind and (deadline.id, day.isoformat()) < behind[:2]:
                continue
            start = behind[2] if here else ""
            for subject in tellings.told_behind(work.db, deadline=deadline, day=day, behind=start, most=most):
                yield Wrong(deadline, subject, day, deadline.id in dropped)


def _correct_one(work: Sweep, wrong: Wrong) -> None:
    """Correct a subject together with the days the same person was told for this deadline."""
    about = _concerned_now(work, wrong, [wrong.subject]).get(wrong.subject)
    if about is None:
        return
    theirs = unplanned.subjects_of(work.db, person_id=about.person_id)
    told = tellings.told_among(work.db, deadline=wrong.deadline, subjects={*theirs, wrong.subject})
    days = {subject: day for subject, day in told.items() if (day == wrong.deadline.closes_at) is wrong.dropped}
    mine = [
        (one, days[subject])
        for subject, one in _concerned_now(work, wrong, days).items()
        if one.person_id == about.person_id
    ]
    if mine:
        _tell_moved(work, about.person_id, wrong.deadline, mine, dropped=wrong.dropped)


def _concerned_now(work: Sweep, wrong: Wrong, subjects: Collection[str]) -> Mapping[str, Concerned]:
    """Those of some subjects that the deadline concerns; of a dropped one, those no other day holds for."""
    deadline, among = wrong.deadline, about_subjects(subjects)
    opened = opened_among(work, among, {(deadline.spec, deadline.round)})
    if not wrong.dropped:
        return opened[deadline.id].subjects
    spec = deadlines.spec_of(work.pack, deadline)
    if spec is None:
        return {}
    elsewhere = {subject for other in opened.values() for subject in other.subjects}
    found = deadlines.concerned(work.db, places=work.pack.places, deadline=deadline, spec=spec, among=among)
    return {one.subject: one for one in found if one.subject not in elsewhere}


def _tell_moved(
    work: Sweep, person_id: str, deadline: Deadline, wrong: Sequence[tuple[Concerned, datetime]], *, dropped: bool
) -> bool:
    told = person(work.db, person_id)
    if told is None or unwanted(work.db, told) is not None:
        return False
    about = applications_of(work.db, [one for one, _ in wrong])
    place = place_of(work.db, told, about)
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
