"""Erasure: everything that belongs to one person goes, in one unit of work."""

from datetime import datetime

from sqlalchemy import Connection

from content.programme.pack import Pack
from registry.applications.review import withdraw_all
from registry.identity.nouns import NOUNS
from registry.people.people import merged_ids
from registry.store.audit import record
from registry.telling import Teller


def erase(db: Connection, *, pack: Pack, person_id: str, now: datetime, tell: Teller) -> None:
    """
    Erase a person: withdraw undecided applications, then let every noun forget them; the key goes last.

    The sealed files on disk are unreadable from this moment; housekeeping removes them. Idempotent.
    """
    withdraw_all(db, pack=pack, person_id=person_id, now=now, tell=tell)
    for one in merged_ids(db, person_id):
        for noun in reversed(NOUNS):
            noun.forget(db, person_id=one, now=now)
    record(db, now=now, actor=person_id, act="person.erase", noun="person", noun_id=person_id)
