"""
The title of an added round: an official's words that every reminder of the round repeats.

Risky words are refused. More people than one official may notify alone get only a plain title, such as
"Đợt bổ sung tháng 12".
"""

import re
from datetime import datetime

from sqlalchemy import Connection

from content.actions.officials import DropDeadline
from content.fold import fold
from content.language.risky_words import risks_of
from content.language.saying import number_said
from content.programme.pack import Pack
from registry.addressing import alerts
from registry.deadlines.deadlines import Deadline, last_day, title_of
from registry.deliveries.keys import Subject
from registry.people.roles import Role
from registry.telling import Teller

_PLAIN = re.compile(
    r"(?:dot|lan|ky)"
    r"(?: (?:bo sung|them|danh gia|dang ky|nop|dau|cuoi|giua|so|thang|quy|nam|\d{1,2}|20\d\d|[ivx]{1,4}))*"
)


class TitleError(ValueError):
    """A title that is not taken; nothing was changed."""

    def __init__(self, *, risky: bool) -> None:
        super().__init__("A title with a link, a number or a request for money." if risky else "Not a plain title.")
        self.risky = risky


def check_title(pack: Pack, name: str, *, people: int = 0) -> None:
    """Raise `TitleError` for a title that may not go to this many people."""
    limits = pack.programme.announcements
    if risks_of(name, offices=limits.links):
        raise TitleError(risky=True)
    words = re.sub(r"[^a-z0-9]+", " ", fold(name)).strip()
    if people > limits.second_official_above and not _PLAIN.fullmatch(words):
        raise TitleError(risky=False)


def tell_above(
    db: Connection, *, pack: Pack, known: Deadline, people: int, role: Role, tell: Teller, now: datetime
) -> int:
    """Notify the nearest officials above of a new round, with a button that takes it back; return their number."""
    last = last_day(pack, known)
    values = {
        "author": role.title or pack.places.full_name(role.place),
        "title": title_of(pack, known),
        "place": pack.places.full_name(known.place),
        "day": last,
        "count": number_said(people),
    }
    return alerts.tell_above(
        db, pack=pack, role=role, subject=Subject.DEADLINE, subject_id=known.id,
        edition=f"{now:%Y%m%d%H%M%S}", phrase="hanchot.told_above", values=values,
        actions=((DropDeadline(known.id, last), "hanchot.button.drop"),), tell=tell, now=now,
    )  # fmt: skip
