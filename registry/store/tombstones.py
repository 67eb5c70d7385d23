"""
Tombstones: a list, outside the database, of every act that takes something away.

An older backup does not know of an erasure or a revoked role. After a restore the list is applied, so that nothing
taken away returns. A line holds ids and states, never texts. It is on disk before its act is committed, so no act is
without its line. A line whose commit failed stays: the act was asked for. Applying a line twice changes nothing.
"""

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from registry.store.durable import HALF, make_folder, sync_folder, write_whole

NAME: Final = "tombstones.log"
"""The name of the list in the data folder."""
_NOTED = "tombstones"
_DIGEST = 12
_BEGAN = "began"


class Kind(StrEnum):
    """The kinds of acts that take something away, or give it back; of one thing the last line counts."""

    ERASED = "person erased"
    CONSENT = "consent withdrawn"
    MESSAGES = "messages unwanted"  # stop, pause, reminders and lessons of a person, as they are from now on
    REMINDERS = "reminders of a deadline stopped"
    ROLE = "role revoked"
    TERM = "term of a role shortened"
    CODE = "code used"
    ACCOUNT = "account unlinked"
    BROADCAST = "broadcast withdrawn"
    GATHERING = "gathering called off"
    APPLICATION = "application withdrawn"
    ENTRY = "entry refused"
    DRAFT = "draft dropped"
    FILE = "file removed"
    PLACE = "place paused"
    ANSWER = "answer of an office withdrawn"
    STOPPED = "answer to a question stopped"
    CLAIM = "claim refused"
    LEAVE = "leave of an official ended"
    NUMBER = "number of an official removed"


class TombstoneError(Exception):
    """The list cannot be written, so the act was not committed; or it is of a newer program."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One line: the kind of act, the id of what it took away, the moment, and states."""

    kind: Kind
    of: str
    at: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """The lines of a list in their order, and the number of damaged ones."""

    tombstones: tuple[Tombstone, ...]
    damaged: int
    began: str  # the moment of its first line; empty when that is damaged


def note(db: Connection, kind: Kind, of: str, *, now: datetime | None = None, **facts: str | int | bool | None) -> None:
    """Put an act on the list: the line is written when this transaction commits, and dropped when it rolls back."""
    at = "" if now is None else now.isoformat()
    db.info.setdefault(_NOTED, []).append(Tombstone(kind, of, at, facts))


def noted(db: Connection) -> list[Tombstone]:
    """Return the lines this transaction has noted so far."""
    found: list[Tombstone] = db.info.get(_NOTED, [])
    return found


def forget_noted(db: Connection) -> None:
    """Note nothing of this transaction: at its start, and where the acts come from the list."""
    db.info[_NOTED] = []


class TombstoneFile:
    """The list on disk; several processes may append to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def begin(self, now: datetime) -> None:
        """
        Make an empty list that tells when it began; an existing one stays as it is.

        It gets its name once it is whole: another thread or process may append at the same moment.
        """
        if self.path.exists():
            return
        make_folder(self.path.parent)
        half = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}{HALF}")
        write_whole(half, _sealed(json.dumps({_BEGAN: now.isoformat()})).encode())
        try:
            os.link(half, self.path)
        except FileExistsError:
            pass  # another was faster
        except OSError:  # a file system without links
            if not self.path.exists():
                half.replace(self.path)
        half.unlink(missing_ok=True)
        sync_folder(self.path.parent)

    def append(self, tombstones: Sequence[Tombstone]) -> None:
        """Append lines; they are on disk when this returns. A line cut short by a crash is left behind a line end."""
        content = "".join(map(_line, tombstones)).encode()
        try:
            self.begin(datetime.now(UTC))
            with self._lock:
                handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    size = os.fstat(handle).st_size
                    if size and os.pread(handle, 1, size - 1) != b"\n":
                        content = b"\n" + content
                    written = os.write(handle, content)
                    if written != len(content):
                        raise TombstoneError(f"{self.path} took {written} of {len(content)} bytes; nothing was saved.")
                    os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as trouble:
            raise TombstoneError(f"{self.path} cannot be written ({trouble.strerror}); nothing was saved.") from trouble


def read_list(path: Path) -> Listed:
    """
    Read a list.

    A damaged line is counted and skipped; one without its line end was cut short by a crash, before its act.
    A whole line of an unknown kind is a `TombstoneError`: skipped, what it took away would return.
    """
    found: list[Tombstone] = []
    damaged, began = 0, ""
    whole, _, _cut_short = path.read_bytes().rpartition(b"\n")
    for line in filter(None, whole.split(b"\n")):
        facts = _read(line)
        if facts is None:
            damaged += 1
        elif _BEGAN in facts:
            began = began or str(facts[_BEGAN])
        elif facts["kind"] not in set(Kind):
            raise TombstoneError(f'{path} is of a newer program: it knows "{facts["kind"]}". Nothing was changed.')
        else:
            found.append(Tombstone(Kind(facts.pop("kind")), str(facts.pop("of")), str(facts.pop("at")), facts))
    return Listed(tuple(found), damaged, began)


def joined(lists: Sequence[Listed]) -> Listed:
    """
    Join several lists into one; a copy that another one continues adds nothing.

    The last line about a thing counts, so an older copy must not come after the newer one.
    """
    longest = sorted(lists, key=lambda one: len(one.tombstones), reverse=True)
    apart = [one for n, one in enumerate(longest) if not any(_continues(more, one) for more in longest[:n])]
    apart.sort(key=lists.index)
    lines = tuple(line for one in apart for line in one.tombstones)
    began = min((one.began for one in apart if one.began), default="")
    return Listed(lines, sum(one.damaged for one in apart), began)


def _continues(more: Listed, one: Listed) -> bool:
    return not one.damaged and more.tombstones[: len(one.tombstones)] == one.tombstones


def last_of(tombstones: Sequence[Tombstone], kind: Kind) -> Iterator[Tombstone]:
    """Return the last line about each thing, in the order of the first ones."""
    last: dict[str, Tombstone] = {}
    for one in tombstones:
        if one.kind is kind:
            last[one.of] = one
    yield from last.values()


def _line(one: Tombstone) -> str:
    return _sealed(json.dumps({"kind": one.kind.value, "of": one.of, "at": one.at, **one.facts}, ensure_ascii=True))


def _sealed(content: str) -> str:
    return f"{content}\t{_digest(content)}\n"


def _read(line: bytes) -> dict[str, Any] | None:
    content, _, digest = line.decode("ascii", errors="replace").rpartition("\t")
    if not content or digest != _digest(content):
        return None
    facts: dict[str, Any] = json.loads(content)
    return facts


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST]
