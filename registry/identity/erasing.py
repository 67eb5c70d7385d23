"""Being forgotten: everything that belongs to one person goes, in one unit of work."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from content.programme.pack import Pack
from registry.applications.files import LEAVING
from registry.applications.review import withdraw_all
from registry.deliveries import surviving
from registry.people.people import erase_person, merged_ids
from registry.store.audit import record
from registry.store.rows import (
    accounts,
    entries,
    files,
    invitees,
    notices,
    occurrences,
    roles,
    tags,
    web_history,
)
from registry.telling import Teller


def erase(db: Connection, *, pack: Pack, person_id: str, now: datetime, tell: Teller) -> None:
    """
    Forget a person: withdraw what is undecided, cancel what is owed, drop accounts and roles, destroy their key.

    The sealed files on disk are unreadable from this moment; housekeeping removes
    them.  A second time changes nothing.
    """
    withdraw_all(db, pack=pack, person_id=person_id, now=now, tell=tell)
    for one in merged_ids(db, person_id):
        _forget(db, person_id=one, now=now)
        erase_person(db, person_id=one, now=now)
    record(db, now=now, actor=person_id, act="person.erase", noun="person", noun_id=person_id)


def _forget(db: Connection, *, person_id: str, now: datetime) -> None:
    surviving.forget(db, person_id=person_id)
    db.execute(
        update(occurrences)
        .where(occurrences.c.person_id == person_id, occurrences.c.state == "planned")
        .values(state="skipped", reason="person erased")
    )
    db.execute(
        update(notices)
        .where(notices.c.person_id == person_id, notices.c.state == "planned")
        .values(state="skipped", reason="person erased", closed_at=now)
    )
    db.execute(update(files).where(files.c.person_id == person_id, files.c.state != "lost").values(LEAVING))
    db.execute(delete(invitees).where(invitees.c.person_id == person_id))
    db.execute(
        update(entries)
        .where(entries.c.person_id == person_id, entries.c.state.in_(("waiting", "paper")))
        .values(state="refused", answers_sealed=None, code_print=None, closed_at=now)
    )
    db.execute(delete(web_history).where(web_history.c.person_id == person_id))
    db.execute(delete(tags).where(tags.c.person_id == person_id))
    db.execute(delete(accounts).where(accounts.c.person_id == person_id))
    held = db.execute(select(roles.c.id).where(roles.c.person_id == person_id, roles.c.revoked_at.is_(None))).scalars()
    for role_id in held.all():
        db.execute(update(roles).where(roles.c.id == role_id).values(revoked_at=now))
