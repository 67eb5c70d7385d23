"""The phrases of reminders, with their values and buttons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from content.actions.producers import CorrectAnswer, ShowStatus
from content.actions.reminding import SnoozeToTomorrow, StopReminding, UnderstoodDay
from content.language.saying import lunar_said
from content.programme.pack import Pack
from registry.applications.applications import Application, defects_of
from registry.applications.drafts import open_drafts
from registry.deadlines import certificates, deadlines
from registry.deadlines.deadlines import Deadline
from registry.telling import Offer

NAMED = 5
"""Products named in one message; beyond that only their number is said."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be: the phrase, what it is filled with, and its buttons."""

    key: str
    values: Mapping[str, object]
    actions: tuple[Offer, ...]


def reminder_said(
    pack: Pack,
    deadline: Deadline,
    about: Sequence[Application],
    *,
    drafts: bool,
    today: date,
    occurrence_id: str,
    missing: str = "",
) -> Said:
    """Remind one person of one deadline, in one message for all their applications."""
    window = certificates.window(pack, deadline) if deadline.application_id else None
    if window is not None:
        key, last = certificate_key(window, today), window.ends
    else:
        last = deadlines.last_day(pack, deadline)
        key = phrase_key(deadline, last, [one.product for one in about], today=today)
    advised = deadlines.advised_day(pack, deadline)
    if advised is not None and advised >= today and not deadline.sample and about:
        key = f"{key}.advised"
    values: dict[str, object] = {
        **_values(pack, deadline, about, last, today),
        "advised": advised or last,
        "opens": window.opens if window else last,
        "hand_in": window.closes if window else last,
        "left": (window.closes - today).days if window else 0,
        "grace": window.grace_days if window else 0,
        "missing": missing,
    }
    return Said(key, values, (*_ways(about, drafts=drafts), *_answers(occurrence_id)))


def missing_said(db: Connection, pack: Pack, person_id: str, about: Sequence[Application]) -> tuple[str, str]:
    """Return the phrase of the missing answers (of the draft, or of one returned application) and their labels."""
    if not about:
        begun = [one for one in open_drafts(db, person_id=person_id) if one.application_id is None]
        if not begun or begun[0].form not in pack.forms:
            return "", ""
        answers = begun[0].answers
        required = [field for field in pack.forms[begun[0].form].required if field.shown(answers)]
        return _named("reminder.missing", [one.label for one in required if answers.get(one.id) is None])
    if len(about) != 1 or about[0].status != "idea_needs_changes":
        return "", ""
    labels = {field.id: field.label for field in pack.forms["idea"].fields}
    open_ones = [one.field for one in defects_of(db, about[0]) if not one.mended]
    return _named("reminder.to_mend", [labels.get(one, one) for one in open_ones])


def _named(key: str, labels: Sequence[str]) -> tuple[str, str]:
    if not labels:
        return "reminder.only_send", ""
    shown = ", ".join(labels[:NAMED])
    return key, f"{shown}, …" if len(labels) > NAMED else shown


def moved_said(pack: Pack, deadline: Deadline, about: Sequence[Application], *, before: datetime, today: date) -> Said:
    """Correct a last day that was moved, for a person who was told the old one."""
    last = deadlines.last_day(pack, deadline)
    values = _values(pack, deadline, about, last, today)
    values["before"] = deadlines.day_of(pack, before)
    if deadline.application_id:
        return Said("reminder.moved.certificate", values, _ways(about, drafts=False))
    key = "reminder.moved.sooner" if deadline.closes_at < before else "reminder.moved.later"
    known = (UnderstoodDay(deadline.id), "reminder.button.understood")
    ways = _ways(about, drafts=not about)
    return Said(key, values, (known, *ways, ("/nhacviec", "reminder.button.all"), ("/lienhe", "hoi.ask_official")))


def dropped_said(pack: Pack, deadline: Deadline, about: Sequence[Application], *, today: date) -> Said:
    """Withdraw a last day that was dropped, for a person who was told it."""
    values = _values(pack, deadline, about, deadlines.last_day(pack, deadline), today)
    return Said("reminder.dropped", values, (*_ways(about, drafts=not about), ("/nhacviec", "reminder.button.all")))


def phrase_key(deadline: Deadline, last: date, products: Sequence[str], *, today: date) -> str:
    """Return the phrase of a reminder: by the days left, its subjects, and whether the day is a sample."""
    left = (last - today).days
    when = "today" if left <= 0 else "tomorrow" if left == 1 else "days"
    about = "draft" if not products else "product" if len(products) <= NAMED else "products"
    return f"reminder.{when}.{about}{'.sample' if deadline.sample else ''}"


def certificate_key(window: certificates.Window, today: date) -> str:
    """Return the phrase of a certificate: before its window, inside it, on the last day, after it, or at the end."""
    if today >= window.ends:
        return "reminder.certificate.ends" if window.grace_days else "reminder.certificate.ends_plain"
    if today > window.closes:
        return "reminder.certificate.late"
    if today == window.closes:
        return "reminder.certificate.last"
    return "reminder.certificate.open" if today >= window.opens else "reminder.certificate.before"


def _values(pack: Pack, deadline: Deadline, about: Sequence[Application], last: date, today: date) -> dict[str, object]:
    spec = deadlines.spec_of(pack, deadline)
    return {
        "days": (last - today).days,
        "says": "" if spec is None else spec.says,
        "title": deadlines.title_of(pack, deadline),
        "products": ", ".join(f'"{one.product}"' for one in about[:NAMED]),
        "count": len(about),
        "date": last,
        "lunar": lunar_said(last),
    }


def _ways(about: Sequence[Application], *, drafts: bool) -> tuple[Offer, ...]:
    """Offer the form where it can be continued, otherwise the status."""
    if drafts:
        return (("/tieptuc", "reminder.button.continue"),)
    if len(about) != 1:
        return (("/trangthai", "reminder.button.see"),)
    one = about[0]
    form: tuple[Offer, ...] = ()
    if one.status == "idea_needs_changes":
        form = ((CorrectAnswer(one.code), "reminder.button.form"),)
    return (*form, (ShowStatus(one.code), "reminder.button.see"))


def _answers(occurrence_id: str) -> tuple[Offer, ...]:
    return (
        (SnoozeToTomorrow(occurrence_id), "reminder.button.tomorrow"),
        (StopReminding("xong", occurrence_id), "reminder.button.done"),
        (StopReminding("thoi", occurrence_id), "reminder.button.stop"),
    )
