"""What waits beyond its term goes one level up, and both offices are told; new officials get what waited for them."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.decent_hours import next_decent
from content.programme.pack import Pack
from registry.applications import escalating, new_officials, questions
from registry.telling import Teller


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """
    Escalate applications and questions, on a day the offices are told of it; a second sweep finds them moved.

    A term ends at midnight, and neither an official nor a producer hears of it then.
    """
    programme = pack.programme
    zone = ZoneInfo(programme.timezone)
    if next_decent(now, programme.quiet, zone, programme.holidays, workdays=programme.workdays) > now:
        return {}
    applications = Counter(escalating.escalate_overdue(db, pack=pack, now=now, tell=tell))
    asked = questions.escalate_overdue(db, pack=pack, now=now, tell=tell)
    applications.update({f"questions_{name}": count for name, count in asked.items()})
    applications["new_officials"] = new_officials.tell_new_officials(db, pack=pack, tell=tell, now=now)
    return dict(applications)
