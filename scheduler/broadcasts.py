"""Tell the author of an announcement how it ended, once nothing of it is owed any more."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from registry.broadcasts import Report, finished
from registry.deliveries import owe
from registry.moves import Teller
from registry.people import person

FAILED = ("unreachable", "refused", "given_up", "expired", "doubtful")


def sweep(db: Connection, *, tell: Teller, now: datetime) -> dict[str, int]:
    """Report the announcements that have come to their end; each is reported once."""
    counts = {"reported": 0}
    for report in finished(db, now=now):
        author = report.broadcast.author
        if person(db, author) is None:
            continue
        message = tell(
            author,
            "thongbao.finished",
            report_values(report),
            ((f"/thongbao so {report.broadcast.id}", "thongbao.report_button"),),
        )
        owed = owe(
            db,
            key=f"status:broadcast:{report.broadcast.id}",
            person_id=author,
            kind="status",
            message=message,
            now=now,
        )
        counts["reported"] += owed is not None
    return counts


def report_values(report: Report) -> Mapping[str, object]:
    """The figures of a report, for its sentence."""
    states = report.states
    return {
        "number": report.broadcast.number,
        "people": str(report.broadcast.people),
        "sent": str(states.get("sent", 0)),
        "failed": str(sum(states.get(state, 0) for state in FAILED)),
        "cancelled": str(states.get("cancelled", 0)),
    }
