"""Requests to second officials whose role began after an announcement, invitation or answer was handed in."""

from datetime import datetime

from sqlalchemy import Connection, select

from content.programme.pack import Pack
from registry.answers import telling
from registry.answers.answers import State as AnswerState
from registry.answers.answers import answer, office_answers
from registry.broadcasts import asking
from registry.broadcasts import broadcasts as of_broadcasts
from registry.broadcasts.broadcasts import State
from registry.gatherings import approvals
from registry.gatherings.gatherings import gathering
from registry.people.roles import role_by_id
from registry.store.rows import broadcasts, gatherings
from registry.telling import Teller


def ask_newcomers(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> int:
    """
    Ask the officials who may be the second one and were not asked yet; return the number of requests.

    Idempotent: a request has one key per version and official.
    """
    asked = 0
    waiting = select(broadcasts.c.id).where(broadcasts.c.state == State.WAITING.value)
    for broadcast_id in db.execute(waiting).scalars().all():
        known = of_broadcasts.one(db, broadcast_id)
        if known is not None and not known.is_over(now):
            author = role_by_id(db, known.role_id)
            asked += asking.ask_second(db, pack=pack, author=author, known=known, tell=tell, now=now)[1]
    held = select(gatherings.c.id).where(gatherings.c.state == "waiting", gatherings.c.starts_at > now)
    for gathering_id in db.execute(held).scalars().all():
        planned = gathering(db, gathering_id)
        if planned is not None and planned.taken_up_by is None:
            asked += approvals.request(db, pack=pack, known=planned, tell=tell, now=now)[1]
    written = select(office_answers.c.id).where(office_answers.c.state == AnswerState.WAITING.value)
    for answer_id in db.execute(written).scalars().all():
        found = answer(db, answer_id)
        if found is not None:
            asked += telling.request_second(db, pack=pack, known=found, tell=tell, now=now)[1]
    return asked
