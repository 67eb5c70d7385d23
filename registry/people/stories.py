"""The last long story of a person, kept for a week so that one tap can send it to their official.  Sent: removed."""

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, ForeignKey, Index, LargeBinary, Table, Text, delete, insert, select

from registry.store.rows import UTCDateTime, metadata, new_id
from registry.store.sealing import seal_for, unseal_for

stories = Table(
    "stories",
    metadata,
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("key", Text, nullable=False),  # on the button: an older button does not send a newer story
    Column("text_sealed", LargeBinary, nullable=False),
    Column("told_at", UTCDateTime, nullable=False),
    Index("ix_stories_told_at", "told_at"),
)
KEPT = timedelta(days=7)


def keep_story(db: Connection, *, person_id: str, text: str, now: datetime) -> str:
    """Keep a story in place of an earlier one and return its key; stories older than a week are removed."""
    db.execute(delete(stories).where((stories.c.told_at < now - KEPT) | (stories.c.person_id == person_id)))
    key = new_id()
    sealed = seal_for(db, person_id, f"stories:text:{person_id}", text)
    db.execute(insert(stories).values(person_id=person_id, key=key, text_sealed=sealed, told_at=now))
    return key


def story(db: Connection, *, person_id: str, key: str, now: datetime) -> str | None:
    """Return the person's own story with this key; None for an older one."""
    row = db.execute(
        select(stories).where(stories.c.person_id == person_id, stories.c.key == key, stories.c.told_at >= now - KEPT)
    ).one_or_none()
    if row is None:
        return None
    text: str | None = unseal_for(db, person_id, f"stories:text:{person_id}", row.text_sealed)
    return text


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Remove the story of the other account: its button was shown there."""
    db.execute(delete(stories).where(stories.c.person_id == gone))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Remove the story of an erased person."""
    db.execute(delete(stories).where(stories.c.person_id == person_id))
