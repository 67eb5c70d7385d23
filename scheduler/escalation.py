"""What waits beyond its term goes one level up, and both offices are told."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from content.pack import Pack
from registry import questions, review
from registry.moves import Teller


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """Escalate applications and questions; a second sweep finds them moved and does nothing."""
    applications = Counter(review.escalate_overdue(db, pack=pack, now=now, tell=tell))
    asked = questions.escalate_overdue(db, pack=pack, now=now, tell=tell)
    applications.update({f"questions_{name}": count for name, count in asked.items()})
    return dict(applications)
