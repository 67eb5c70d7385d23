"""
Nudges about an unfinished form: three at most, none after it was left or handed in.

Each names the waiting question, with a button that continues there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.actions.producers import ContinueDraft
from content.actions.reminding import LeaveDraft, RemindersOn
from content.language.words import words
from content.phrases import fill
from content.programme.form_spec import Field
from content.programme.pack import Pack
from registry.applications import drafts
from registry.applications.drafts import Draft
from registry.deadlines import deadlines, pauses
from registry.deadlines.pauses import Pause
from registry.deliveries import keys, notices
from registry.deliveries.deliveries import enqueue
from registry.deliveries.notices import Notice
from registry.people import consents
from registry.people.people import Person, person
from registry.store.slices import Place, Slice, each
from registry.telling import Offer, Teller, local_day
from scheduler.quiet_hours import allowed, hour_of, unwanted
from scheduler.slicing import Work, whole

KIND = "nudge"
DAYS = {1: 2, 2: 7, 3: 21}
"""How many days after the last touch each of them comes."""
FORGOTTEN = timedelta(days=60)
"""A draft older than this when it is first seen gets no nudge."""
STALE = timedelta(days=2)
LATER_ONE = "a later one was due"
COUNTED = ("planned", "said", "skipped", "moved")
_NO_DAY: tuple[str, tuple[Offer, ...]] = ("", ())


@dataclass(frozen=True, slots=True)
class _Idle:
    """An idle draft, and the steps that were planned for it."""

    draft: drafts.Idle
    known: frozenset[str]


def _keep_up(work: Work, after: Place) -> Slice:  # noqa: ARG001  one statement
    notices.forget_future(work.db, now=work.now)
    return Slice(dict.fromkeys(COUNTED, 0))


def _plan(work: Work, after: Place) -> Slice:
    """Give every missed step of every idle draft its row; of several missed at once only the newest is to be said."""
    until = work.now - timedelta(days=min(DAYS.values()) - 1)

    def find(behind: Place, most: int) -> list[_Idle]:
        start = behind[0] if behind else ""
        idle = drafts.idle_drafts(work.db, since=work.now - FORGOTTEN, until=until, behind=start, most=most)
        known = notices.of_subjects(work.db, kind=KIND, subjects=[one.key for one in idle])
        return [_Idle(one, frozenset(known.get(one.key, ()))) for one in idle]

    def act(one: _Idle) -> Mapping[str, int]:
        return {"planned": _plan_steps(work.db, work.pack, one, work.now)}

    return each(find, act, room=work.room, after=after, place_of=lambda one: (one.draft.key,))


def _plan_steps(db: Connection, pack: Pack, one: _Idle, now: datetime) -> int:
    idle = one.draft
    open_steps = [step for step in DAYS if str(step) not in one.known]
    if not open_steps:
        return 0
    hour = hour_of(person(db, idle.person_id))
    zone = ZoneInfo(pack.programme.timezone)
    moments = {step: due_at(idle.updated_at, step, hour, zone) for step in open_steps}
    missed = [step for step in open_steps if moments[step] <= now]
    return sum(
        notices.plan(
            db, kind=KIND, subject=idle.key, step=str(step), person_id=idle.person_id, due_at=moments[step],
            now=now, skipped=None if step == missed[-1] else LATER_ONE,
        )
        for step in missed
    )  # fmt: skip


def _tell_due(work: Work, after: Place) -> Slice:  # noqa: ARG001  closed and postponed ones are not found again
    held = pauses.pauses_now(work.db, now=work.now)

    def find(_after: Place, most: int) -> Sequence[Notice]:
        return notices.due(work.db, kind=KIND, now=work.now, limit=most)

    def act(one: Notice) -> Mapping[str, int]:
        if notices.later_due(work.db, notice=one, now=work.now):
            return {"skipped": notices.skip(work.db, notice_id=one.id, reason=LATER_ONE, now=work.now)}
        return {_take(work.db, work.pack, one, held, work.tell, work.now): 1}

    return each(find, act, room=work.room)


def due_at(touched: datetime, step: int, hour: int, zone: ZoneInfo) -> datetime:
    """So many days after the last touch, at the person's hour."""
    return datetime.combine(touched.astimezone(zone).date() + timedelta(days=DAYS[step]), time(hour), zone)


def _take(db: Connection, pack: Pack, one: Notice, held: tuple[Pause, ...], tell: Teller, now: datetime) -> str:
    """Say one, put it off, or close it with the reason; how it is counted."""
    told = person(db, one.person_id)
    draft = drafts.draft(db, key=one.subject, person_id=one.person_id)
    reason = _why_not(db, pack, one, told, draft)
    if reason is not None or told is None or draft is None:
        notices.skip(db, notice_id=one.id, reason=reason or "gone", now=now)
        return "skipped"
    place = told.place or draft.answers.get("place")
    place = None if place is None else str(place)
    when = allowed(pack, told, now=now, held=held, place=place)
    if when.at is None or when.at > now:
        notices.postpone(db, notice_id=one.id, until=when.at or now + STALE, reason=when.reason)
        return "moved"
    if not notices.said(db, notice_id=one.id, now=now):
        return "skipped"
    key, values = nudge_said(pack, told, draft, last=one.step == str(max(DAYS)))
    first = one.step == str(min(DAYS))
    closes, offers = _NO_DAY if draft.application_id else _closing_said(db, pack, told, place, tell, now, first=first)
    message = tell(
        told.id,
        key,
        {**values, "closes": closes},
        (
            (ContinueDraft(draft.key), "reminder.button.continue"),
            *offers,
            (LeaveDraft(draft.key), "nudge.button.stop"),
        ),
    )
    enqueue(
        db, key=keys.nudge(one.subject, one.step), person_id=told.id, kind="reminder", message=message, now=now,
        not_after=now + STALE,
    )  # fmt: skip
    return "said"


def _closing_said(
    db: Connection, pack: Pack, told: Person, place: str | None, tell: Teller, now: datetime, *, first: bool
) -> tuple[str, tuple[Offer, ...]]:
    """
    The day ideas close, as a line of a nudge, and the offer to be reminded of it.

    The first nudge offers it, with the words of the consent, to a person who was never asked.
    """
    closing = deadlines.closing_of_ideas(db, pack=pack, place=place, now=now)
    if closing is None:
        return "", ()
    passed = closing.closes_at <= now
    sample = ".sample" if closing.sample else ""
    values = {
        "title": deadlines.title_of(pack, closing),
        "date": deadlines.last_day(pack, closing),
        "days": (deadlines.last_day(pack, closing) - local_day(pack, now)).days,
    }
    key = "nudge.closed" if passed else "nudge.closes"
    line = f"\n{tell(told.id, f'{key}{sample}', values, ()).text}"
    asked = any(one.purpose == "reminders" for one in consents.consents_of(db, person_id=told.id))
    if passed or asked or not first:
        return line, ()
    words = pack.consent_texts["reminders"].text
    return f"{line}\n{words_to(pack, told, 'reminders', words)}", ((RemindersOn(), "nhacviec.yes_remind"),)


def _why_not(db: Connection, pack: Pack, one: Notice, told: Person | None, draft: Draft | None) -> str | None:
    silent = unwanted(db, told, reminders=False)
    if silent is not None:
        return silent
    if draft is None or draft.state == "dropped":
        return "the draft was dropped"
    if draft.state != "open":
        return "handed in"
    if draft.form not in pack.forms:
        return "unknown form"
    if drafts.was_left(db, key=draft.key):
        return "left by the person"
    if due_at(draft.updated_at, int(one.step), 0, ZoneInfo(pack.programme.timezone)) > one.due_at:
        return "continued meanwhile"
    agreed = consents.consents_of(db, person_id=one.person_id)
    if not any(given.purpose == "registration" and given.withdrawn_at is None for given in agreed):
        return "no consent"
    reminding = [given for given in agreed if given.purpose == "reminders"]
    if reminding and all(given.withdrawn_at is not None for given in reminding):
        return "reminders are off"
    return None


def nudge_said(pack: Pack, told: Person, draft: Draft, *, last: bool) -> tuple[str, Mapping[str, object]]:
    """The phrase, and what it says: how far they are, and the question that waits in the pack's own words."""
    form = pack.forms[draft.form]
    required = [field for field in form.required if field.shown(draft.answers)]
    left = [field for field in required if draft.answers.get(field.id) is None]
    done = len(required) - len(left)
    waiting = next((field for field in left if field.id == draft.field), None) or next(iter(left), None)
    values = {
        "title": str(draft.answers.get("product_name") or form.title),
        "done": done,
        "of": len(required),
        "question": "" if waiting is None else question_said(pack, told, waiting),
    }
    if draft.application_id is not None and waiting is None:
        return "nudge.supplement", values
    which = "summary" if waiting is None else "last" if last else "question"
    if which != "summary" and not draft.answers.get("product_name"):
        which += ".unnamed"
    return f"nudge.{which}", values


def question_said(pack: Pack, told: Person, field: Field) -> str:
    """The first line of a question, as it was put to this person."""
    return words_to(pack, told, field.id, field.prompt).partition("\n")[0]


def words_to(pack: Pack, told: Person, key: str, text: str) -> str:
    """A text of the pack, as it is put to this person."""
    you = told.address_form or str(words()["saying"]["you"])
    spoken = {"you": you, "You": you[:1].upper() + you[1:], "office": pack.programme.office}
    return fill(key, text, spoken | {"programme": pack.programme.name})


JOB = (_keep_up, _plan, _tell_due)
sweep = whole(JOB)
