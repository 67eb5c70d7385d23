"""
Texts of the pack as an official has spoken them: a question of the form, or one card of a topic.

A recording speaks the text it was made for.  Once the pack says something else there, it is played to nobody until
it is recorded again.  It is the official's own voice: it goes when they are erased.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from content.programme.pack import Pack
from registry.applications.files import File, files, let_go, read_file
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.rows import prompts
from registry.telling import local_day

QUESTION, CARD = "cau", "muc"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text that can be spoken: its key, its title for officials, and its words."""

    key: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text as it was spoken; `stale` once the pack says something else there."""

    key: str
    author: str
    file: File
    stale: bool
    recorded_at: datetime


def question_key(field: str) -> str:
    """The key of a question of the form."""
    return f"{QUESTION}.{field}"


def card_key(topic: str, number: int) -> str:
    """The key of one card of a topic, counted from 0."""
    return f"{CARD}.{topic}.{number + 1}"


def speakable(pack: Pack) -> Iterator[Spoken]:
    """Every text of the pack that can be spoken: the questions in their order, then the cards."""
    for field in pack.forms["idea"].fields:
        yield Spoken(question_key(field.id), field.label, field.prompt)
    for topic in pack.topics.values():
        for number, card in enumerate(topic.cards):
            yield Spoken(card_key(topic.id, number), f"{topic.title} {number + 1}", card)


def spoken(pack: Pack, key: str) -> Spoken | None:
    """One text that can be spoken, by its key; None for any other word."""
    kind, _, rest = key.partition(".")
    if kind == QUESTION:
        field = next((one for one in pack.forms["idea"].fields if one.id == rest), None)
        return None if field is None else Spoken(key, field.label, field.prompt)
    topic, _, number = rest.rpartition(".")
    known = pack.topics.get(topic) if kind == CARD else None
    if known is None or not number.isdecimal() or not 1 <= int(number) <= len(known.cards):
        return None
    return Spoken(key, f"{known.title} {number}", known.cards[int(number) - 1])


def keep(db: Connection, *, pack: Pack, role: Role, key: str, file: File, now: datetime) -> None:
    """
    Let a recording speak a text, in place of an earlier one, whose bytes go.  Idempotent per file.

    Only officials of the whole programme may: everybody hears it.
    """
    text = spoken(pack, key)
    if text is None or not _may(pack, role, now):
        raise NotAllowedError("prompt.record")
    before = db.execute(select(prompts).where(prompts.c.key == key)).one_or_none()
    if before is not None and before.file_id == file.id:
        return
    _drop(db, key)
    db.execute(
        insert(prompts).values(
            key=key, author=role.person_id, file_id=file.id, words_print=_print(text.words), recorded_at=now
        )
    )
    record(db, now=now, actor=role.person_id, act="prompt.record", noun="prompt", noun_id=key, file=file.id)


def remove(db: Connection, *, pack: Pack, role: Role, key: str, now: datetime) -> bool:
    """Remove a spoken text and its recording; False without one."""
    if not _may(pack, role, now):
        raise NotAllowedError("prompt.record")
    if not _drop(db, key):
        return False
    record(db, now=now, actor=role.person_id, act="prompt.remove", noun="prompt", noun_id=key)
    return True


def prompt(db: Connection, *, pack: Pack, key: str) -> Prompt | None:
    """The recording of a text, for officials; None without one."""
    row = db.execute(select(prompts).where(prompts.c.key == key)).one_or_none()
    text = spoken(pack, key)
    found = None if row is None else db.execute(select(files).where(files.c.id == row.file_id)).one_or_none()
    if row is None or text is None or found is None:
        return None
    return Prompt(key, row.author, read_file(db, found), row.words_print != _print(text.words), row.recorded_at)


def playable(db: Connection, *, pack: Pack, key: str) -> Prompt | None:
    """The recording people may hear: of the present words, with its bytes here."""
    found = prompt(db, pack=pack, key=key)
    return found if found is not None and not found.stale and found.file.state == "kept" else None


def recorded(db: Connection) -> frozenset[str]:
    """The keys of all texts that have a recording."""
    return frozenset(db.execute(select(prompts.c.key)).scalars())


def _may(pack: Pack, role: Role, now: datetime) -> bool:
    return may(role, "prompt.record", pack.places.root.code, pack.places, on=local_day(pack, now))


def _print(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _drop(db: Connection, key: str) -> bool:
    row = db.execute(select(prompts).where(prompts.c.key == key)).one_or_none()
    if row is None:
        return False
    db.execute(delete(prompts).where(prompts.c.key == key))
    let_go(db, file_ids=(row.file_id,), person_id=row.author)
    return True


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the recordings an official made over."""
    db.execute(update(prompts).where(prompts.c.author == gone).values(author=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Remove the recordings of an erased official: it was their voice."""
    db.execute(delete(prompts).where(prompts.c.author == person_id))
