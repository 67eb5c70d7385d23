"""The end of a trial: one act, with a summary before it and everything of the trial deleted or kept after it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from content.programme.pack import Pack
from registry.applications import drafts
from registry.deliveries.held_by_trial import drop_news, held, release_decisions
from registry.identity.erasing import erase
from registry.people import trials
from registry.people.people import person
from registry.people.roles import OPERATOR, roles_of
from registry.store.audit import record
from registry.store.rows import applications, members
from registry.telling import Teller


@dataclass(frozen=True, slots=True)
class Summary:
    """
    The people and things of a trial.

    `news` are parked reminders and announcements to people who were not invited, `decisions` the other messages
    parked for them.  `applications` and `drafts` are those of testers without a role.
    """

    officials: int
    testers: int
    visitors: int
    applications: int
    drafts: int
    news: int
    decisions: int


class NoTrialError(Exception):
    """There is no trial to end; nothing was changed."""


def summary(db: Connection, *, on: date) -> Summary:
    """Count everything before the trial is ended."""
    testers = _plain_testers(db, on)
    waiting = held(db)
    return Summary(
        officials=trials.count_officials(db, on=on),
        testers=len(testers),
        visitors=len(_strangers(db)),
        applications=_applications_of(db, testers),
        drafts=sum(len(drafts.open_drafts(db, person_id=one)) for one in testers),
        news=waiting.news,
        decisions=waiting.decisions,
    )


def end(db: Connection, *, pack: Pack, on: date, now: datetime, erase_testers: bool, tell: Teller) -> Summary:
    """
    End the trial: everybody is answered from now on.  Raises `NoTrialError` when none is on.

    Visitors of whom only the account is known are erased, and with `erase_testers` all testers
    without a role.  Parked news is cancelled, and parked decisions are queued.
    """
    if not trials.is_on(db):
        raise NoTrialError
    found = summary(db, on=on)
    leaving = [*_strangers(db), *(_plain_testers(db, on) if erase_testers else ())]
    trials.close(db, now=now)
    drop_news(db)
    release_decisions(db, now=now)
    for person_id in leaving:
        erase(db, pack=pack, person_id=person_id, now=now, tell=tell)
    trials.clear(db)
    record(
        db, now=now, actor=OPERATOR, act="trial.end", noun="installation", noun_id="trial",
        officials=found.officials, testers=found.testers, visitors=found.visitors,
        testers_erased=erase_testers, news_cancelled=found.news, decisions_sent=found.decisions,
    )  # fmt: skip
    return found


def _plain_testers(db: Connection, on: date) -> tuple[str, ...]:
    """Return the testers who hold no role: an official keeps everything."""
    return tuple(one for one in trials.standing(db, of=trials.TESTER) if not roles_of(db, person_id=one, on=on))


def _strangers(db: Connection) -> tuple[str, ...]:
    """Return the visitors who came during the trial, and of whom only the account is known."""
    since = trials.begun_at(db)
    visitors = trials.standing(db, of=trials.VISITOR)
    return tuple(
        one
        for one in visitors
        if since is not None
        and (known := person(db, one)) is not None
        and known.created_at >= since
        and not db.execute(select(members.c.entity_id).where(members.c.person_id == one).limit(1)).first()
    )


def _applications_of(db: Connection, people: Collection[str]) -> int:
    theirs = select(members.c.entity_id).where(members.c.person_id.in_(people))
    query = select(func.count()).select_from(applications).where(applications.c.entity_id.in_(theirs))
    return int(db.execute(query).scalar_one())
