"""
The reminder sweep: makes sure that every reminder to be has its row, and says those whose moment has come.

The clock only collects what is due, so a night without power loses nothing and a
second sweep, or a second process, says nothing twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from content.decent_hours import decent_before
from content.pack import Pack
from content.programme import DeadlineSpec, ReminderRule
from content.saying import lunar_said
from registry import deadlines, occurrences
from registry.applications import read_application
from registry.deadlines import Concerned, Deadline, Occurrence
from registry.deliveries import owe
from registry.moves import Action, Teller, local_day
from registry.people import Person, person, reach

MORNING = 8
"""The local hour of a reminder, for people who chose none."""
PEOPLE_AT_ONCE = 200
"""People told in one unit of work, so that nobody's reply waits behind a long sweep."""
NEW_AT_ONCE = 500
NAMED = 5
"""Products named in one message; of more the number is said."""
LATER_ONE = "a later one was due"
CLOSED = "deadline closed"
BEGAN_LATER = "it did not concern them then"


@dataclass(frozen=True, slots=True)
class Rule:
    """Remind so long before the deadline closes."""

    key: str
    before: timedelta


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to become of one rule: said at this moment, or not, with the reason."""

    rule: str
    at: datetime
    skipped: str | None = None


def plan(closes_at: datetime, rules: Iterable[Rule], now: datetime) -> list[Planned]:
    """
    Account for every rule of one deadline, soonest first.

    After an outage only the latest missed reminder is said, and none once the
    deadline has closed: nobody hears three at once, or of a shut door.  What
    is not said stays in the plan with the reason.
    """
    planned = sorted((Planned(rule.key, closes_at - rule.before) for rule in rules), key=lambda one: one.at)
    missed = [one for one in planned if one.at <= now]
    if now >= closes_at:
        return [replace(one, skipped=CLOSED) for one in planned]
    return [replace(one, skipped=LATER_ONE) for one in missed[:-1]] + missed[-1:] + planned[len(missed) :]


def rules_at(rules: Iterable[ReminderRule], hour: int) -> tuple[Rule, ...]:
    """The pack's rules at an hour of the day: three days before means the third day before the last one."""
    return tuple(Rule(rule.id, timedelta(days=rule.before_days + 1) - timedelta(hours=hour)) for rule in rules)


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """
    Plan what is not planned yet and say what is due, one message a person and deadline.

    `left` counts people for whom there was no room in this unit; sweep again.
    """
    counts = {"planned": 0, "said": 0, "skipped": 0, "moved": 0, "left": 0}
    concerned = _concerned(db, pack, now)
    for deadline, subjects in concerned.values():
        counts["planned"] += _plan(db, pack, deadline, subjects, now, counts)
    due = deadlines.due(db, now=now, limit=100_000)
    by_person: dict[str, list[Occurrence]] = {}
    for one in due:
        by_person.setdefault(one.person_id, []).append(one)
    for number, (person_id, theirs) in enumerate(by_person.items()):
        if number == PEOPLE_AT_ONCE:
            counts["left"] += len(by_person) - number
            break
        _tell_person(db, pack, person_id, theirs, concerned, tell, now, counts)
    return counts


_Open = Mapping[str, tuple[Deadline, Mapping[str, Concerned]]]


def _concerned(db: Connection, pack: Pack, now: datetime) -> _Open:
    """Whom each open deadline concerns; where a place has a deadline of its own, the one above it does not count."""
    specs = {spec.id: spec for spec in pack.programme.deadlines}
    taken: set[tuple[str, str]] = set()
    found: dict[str, tuple[Deadline, Mapping[str, Concerned]]] = {}
    opened = deadlines.open_deadlines(db, places=pack.places, place=None, now=now)
    for deadline in sorted(opened, key=lambda one: -len(tuple(pack.places.ancestors(one.place)))):
        spec = specs.get(deadline.spec)
        if spec is None:  # of an earlier edition of the pack
            continue
        subjects = {
            one.subject: one
            for one in deadlines.concerned(db, places=pack.places, deadline=deadline, spec=spec)
            if (deadline.spec, one.subject) not in taken
        }
        taken |= {(deadline.spec, subject) for subject in subjects}
        found[deadline.id] = (deadline, subjects)
    return found


def _plan(
    db: Connection,
    pack: Pack,
    deadline: Deadline,
    subjects: Mapping[str, Concerned],
    now: datetime,
    counts: dict[str, int],
) -> int:
    spec = pack.programme.deadline(deadline.spec)
    known = occurrences.rules_planned(db, deadline_id=deadline.id)
    wanted = {rule.id for rule in spec.rules}
    new = [one for one in subjects.values() if not wanted <= known.get(one.subject, frozenset())]
    counts["left"] += len(new[NEW_AT_ONCE:])
    new = new[:NEW_AT_ONCE]
    since = occurrences.concerned_since(db, subjects=[one.subject for one in new])
    rows: list[deadlines.Planned] = []
    for one in new:
        told = person(db, one.person_id)
        hour = MORNING if told is None or told.remind_hour is None else told.remind_hour
        began = since.get(one.subject)
        for planned in plan(deadline.closes_at, rules_at(spec.rules, hour), now):
            skipped = planned.skipped
            if skipped is None and began is not None and planned.at < began:
                skipped = BEGAN_LATER
            rows.append(deadlines.Planned(planned.rule, one.subject, one.person_id, planned.at, skipped))
    return deadlines.plan_rows(db, deadline_id=deadline.id, planned=rows)


def _tell_person(
    db: Connection,
    pack: Pack,
    person_id: str,
    due: Sequence[Occurrence],
    opened: _Open,
    tell: Teller,
    now: datetime,
    counts: dict[str, int],
) -> None:
    """Say what is due to one person, grouped by deadline; what is not said is closed with the reason."""
    told = person(db, person_id)
    silent = _why_silent(db, told, now)
    newest: dict[tuple[str, str], Occurrence] = {}
    for one in due:
        if one.deadline_id not in opened:
            reason: str | None = CLOSED
        elif one.subject not in opened[one.deadline_id][1]:
            reason = "done"
        else:
            reason = silent
        if reason is not None:
            _skip(db, one, reason, now, counts)
            continue
        earlier = newest.get((one.deadline_id, one.subject))
        if earlier is not None:  # they come in the order of their moments
            _skip(db, earlier, LATER_ONE, now, counts)
        newest[(one.deadline_id, one.subject)] = one
    if told is None:
        return
    groups: dict[str, list[Occurrence]] = {}
    for (deadline_id, _subject), one in newest.items():
        groups.setdefault(deadline_id, []).append(one)
    for deadline_id, group in groups.items():
        deadline, subjects = opened[deadline_id]
        later = decent_before(now, deadline.closes_at, pack.programme, told.remind_hour)
        if later is None:
            for one in group:
                _skip(db, one, "no decent hour before the deadline", now, counts)
        elif later > now:
            for one in group:
                counts["moved"] += deadlines.postpone(
                    db, occurrence_id=one.id, until=later, reason="moved to a decent hour"
                )
        else:
            _say(db, pack, told, deadline, [(one, subjects[one.subject]) for one in group], tell, now, counts)


def _why_silent(db: Connection, told: Person | None, now: datetime) -> str | None:
    if told is None:
        return "person erased"
    if not told.reminders:
        return "reminders are off"
    if told.stopped_at is not None:
        return "stopped"
    if not told.wants_unasked(now):
        return "paused"
    return "no open account" if reach(db, told.id) is None else None


def _say(
    db: Connection,
    pack: Pack,
    told: Person,
    deadline: Deadline,
    group: Sequence[tuple[Occurrence, Concerned]],
    tell: Teller,
    now: datetime,
    counts: dict[str, int],
) -> None:
    # closed first: of two sweeps at once one finds nothing left to say
    group = [pair for pair in group if deadlines.said(db, occurrence_id=pair[0].id, now=now)]
    if not group:
        return
    first = group[0][0]
    spec = pack.programme.deadline(deadline.spec)
    last = deadlines.last_day(pack, deadline)
    products: list[str] = []
    actions: list[Action] = []
    for _one, about in group:
        application = None if about.application_id is None else read_application(db, about.application_id)
        if application is not None:
            products.append(application.product)
            actions.append((f"/trangthai {application.code}", "reminder.button.see"))
    if len(group) > len(products):
        actions = [("/tieptuc", "reminder.button.continue")]
    elif len(actions) > 1:
        actions = [("/trangthai", "reminder.button.see")]
    message = tell(
        told.id,
        phrase_key(deadline, last, products, today=local_day(pack, now)),
        _values(spec, last, products, local_day(pack, now)),
        (
            *actions,
            (f"/nhacviec mai {first.id}", "reminder.button.tomorrow"),
            (f"/nhacviec xong {first.id}", "reminder.button.done"),
            (f"/nhacviec thoi {first.id}", "reminder.button.stop"),
        ),
    )
    for key in (f"reminder:{first.id}", f"reminder:{first.id}:{first.due_at:%Y%m%d%H%M%S}"):
        # the second key is for one said before and asked for again
        if owe(db, key=key, person_id=told.id, kind="reminder", message=message, now=now, not_after=deadline.closes_at):
            break
    counts["said"] += len(group)


def phrase_key(deadline: Deadline, last: date, products: Sequence[str], *, today: date) -> str:
    """The phrase for a reminder: by the days left, what it is about, and whether the day is a sample."""
    left = (last - today).days
    when = "today" if left <= 0 else "tomorrow" if left == 1 else "days"
    about = "draft" if not products else "product" if len(products) <= NAMED else "products"
    return f"reminder.{when}.{about}{'.sample' if deadline.sample else ''}"


def _values(spec: DeadlineSpec, last: date, products: Sequence[str], today: date) -> dict[str, object]:
    return {
        "days": (last - today).days,
        "says": spec.says,
        "products": ", ".join(f'"{name}"' for name in products[:NAMED]),
        "count": len(products),
        "date": last,
        "lunar": lunar_said(last),
    }


def _skip(db: Connection, one: Occurrence, reason: str, now: datetime, counts: dict[str, int]) -> None:
    counts["skipped"] += deadlines.skip(db, occurrence_id=one.id, reason=reason, now=now)
