"""Escalation: overdue cases move one level up; new officials and stand-ins get their queue."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.decent_hours import next_decent
from content.programme.pack import Pack
from registry.applications import escalating, questions
from registry.deadlines import papers
from registry.gatherings import open_approvals
from registry.offices import new_officials, standing_in
from registry.telling import Teller


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """
    Escalate applications and questions, at an hour when offices may be notified.  Idempotent.

    A term ends at midnight; officials and producers are notified in the morning.
    """
    programme = pack.programme
    zone = ZoneInfo(programme.timezone)
    if next_decent(now, programme.quiet, zone, programme.holidays, workdays=programme.workdays) > now:
        return {}
    applications = Counter(escalating.escalate_overdue(db, pack=pack, now=now, tell=tell))
    asked = questions.escalate_overdue(db, pack=pack, now=now, tell=tell)
    applications.update({f"questions_{name}": count for name, count in asked.items()})
    applications.update(papers.follow(db, pack=pack, tell=tell, now=now))
    applications["leaves"] = standing_in.sweep(db, pack=pack, tell=tell, now=now)
    applications["new_officials"] = new_officials.tell_new_officials(db, pack=pack, tell=tell, now=now)
    applications["approvals_asked"] = open_approvals.ask_newcomers(db, pack=pack, tell=tell, now=now)
    return dict(applications)
