"""Answers from what just happened to the person: a decision, a day that is near, a code inside a sentence."""

from datetime import timedelta

from content.actions.producers import RegisterLike, ShowStatus
from content.language.saying import days_left_said, lunar_said
from content.programme.programme import DeadlineSpec
from handlers.conversation.desk import Desk, title_of
from handlers.conversation.telling import day_to
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.trangthai import entitled, standing
from registry.applications import applications, drafts
from registry.applications.applications import Application
from registry.deadlines import deadlines
from registry.deadlines.deadlines import Deadline
from registry.store.codes import tidy_code

LATELY = timedelta(days=60)
"""A decision is what "vì sao không được" is about for so long after it."""
_OFFICIAL = Button("/lienhe", "hoi.ask_official")


def application_named(desk: Desk, text: str) -> Turn | None:
    """Open the application whose code stands alone or in a sentence; None for others than those entitled to it."""
    code = tidy_code(text)
    found = entitled(desk, code) if code is not None else None
    return None if found is None else Turn((standing(desk, found),), KEEP)


def refused(desk: Desk) -> Turn | None:
    """Say why the last decision was no, or what to correct; None if there was none lately."""
    found = _refused_lately(desk)
    if found is None:
        return None
    if found.status.endswith("needs_changes"):
        return Turn((standing(desk, found),), KEEP)
    last = next((one for one in reversed(applications.events_of(desk.db, found)) if one.status == found.status), None)
    reason = last.note if last is not None else ""
    values = {"product": found.product, "code": found.code, "reason": reason}
    buttons = (
        Button(RegisterLike(found.code), "wishes.register_again"),
        Button(ShowStatus(found.code), "menu.status"),
        _OFFICIAL,
    )
    return Turn((Say("wishes.declined" if reason else "wishes.declined_no_reason", values, buttons),), KEEP)


def _refused_lately(desk: Desk) -> Application | None:
    """The application of this person that was returned or declined last; a later one that is open changes nothing."""
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    late = [
        one
        for one in mine
        if one.status.endswith(("needs_changes", "declined", "not_recognised")) and desk.now - one.updated_at <= LATELY
    ]
    return max(late, key=lambda one: one.updated_at, default=None)


def deadline(desk: Desk) -> Turn | None:
    """Say the last day that concerns this person now; None without a form and an application."""
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    left = [one for one in drafts.open_drafts(desk.db, person_id=desk.person.id) if one.application_id is None]
    if left:
        place = str(left[0].answers.get("place") or desk.person.place or "") or None
        found = deadlines.closing_of_ideas(desk.db, pack=desk.pack, place=place, now=desk.now)
        if found is not None:
            return _deadline_said(desk, found, title_of(desk, left[0]), Button("/tieptuc", "form.go_on"))
    ahead = [pair for one in mine for pair in _ahead(desk, one)]
    if not ahead:
        return None
    nearest, one = min(ahead, key=lambda pair: pair[0].closes_at)
    return _deadline_said(desk, nearest, one.product, Button(ShowStatus(one.code), "menu.status"))


def _ahead(desk: Desk, one: Application) -> list[tuple[Deadline, Application]]:
    """The open last days that concern an application."""
    open_ones = deadlines.open_deadlines(desk.db, places=desk.places, place=one.place, now=desk.now)
    return [(found, one) for found in open_ones if _concerns(deadlines.spec_of(desk.pack, found), one)]


def _concerns(spec: DeadlineSpec | None, one: Application) -> bool:
    return spec is not None and one.status in spec.concerns and one.status not in spec.done_when


def _deadline_said(desk: Desk, found: Deadline, product: str, way: Button) -> Turn:
    day = deadlines.last_day(desk.pack, found)
    values = {
        "title": deadlines.title_of(desk.pack, found), "product": product, "day": day_to(desk, day),
        "left": days_left_said(day, desk.today, desk.person.language),
    }  # fmt: skip
    if found.closes_at <= desk.now:
        key = "wishes.deadline_passed_sample" if found.sample else "wishes.deadline_passed"
    else:
        key = "wishes.deadline_sample" if found.sample else "wishes.deadline"
    return Turn((Say(key, values, (way, Button("/nhacviec", "menu.reminders"))),), KEEP)


def today(desk: Desk) -> Turn:
    """Say the day, the lunar day and the hour."""
    values = {"day": day_to(desk, desk.today), "lunar": lunar_said(desk.today), "hour": f"{desk.local:%H:%M}"}
    return Turn((Say("wishes.today", values, (Button("/menu", "front.menu"),)),), KEEP)
