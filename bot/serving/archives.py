"""
Archives: one .tar with a whole copy of the database, the sealed files, and a manifest with their digests.

The live database file is never copied: under WAL such a copy opens without an error and misses the latest
transactions.  SQLite writes the copy (VACUUM INTO) while the bot runs.  The key is not in an archive: a stolen one
cannot be read, and one without the key cannot be restored.  An archive of the program itself has its files in the
folder next to it, each once: they never change.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from bot.settings.command_error import CommandError
from registry.store.durable import HALF, make_folder, sync_folder, write_whole

FORMAT: Final = 1
BESIDE: Final = 2
"""The format of an archive whose files are in the folder next to it."""
FILES: Final = "files"
DATABASE: Final = "ocopbot.db"
_MANIFEST: Final = "manifest.json"
Seen = dict[str, tuple[int, int, str]]
"""Size, time of change and digest of the files that were read before, by name."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and verified."""

    path: Path
    size: int
    files: int


def write_archive(database: Path, files: Path, out: Path, *, now: datetime, beside: Seen | None = None) -> Made:
    """
    Write an archive while the bot runs, and read it again; an existing file is never replaced.

    With `beside` the files go into the folder next to it, and those seen before are not read again.
    An interrupted one leaves only a file ending in .part.
    """
    if out.exists():
        raise CommandError(f"{out} is there already and was kept as it is. No backup was made. Give another name.")
    make_folder(out.parent)
    copy, half = out.with_name(f"{out.name}.db.part"), out.with_name(f"{out.name}.part")
    try:
        copy.unlink(missing_ok=True)
        version = _copy_database(database, copy)
        digests = {} if beside is None else _put_beside(files, out.parent, beside)
        kept = _pack_up(half, copy, files if beside is None else None, digests, version=version, now=now)
        read_again(half)
        half.replace(out)
        sync_folder(out.parent)
    finally:
        copy.unlink(missing_ok=True)
        half.unlink(missing_ok=True)
    return Made(out, out.stat().st_size, kept)


def read_again(archive: Path) -> Mapping[str, Any]:
    """Read an archive from its beginning to its end, and compare every part with the manifest."""
    manifest, found = _walk(archive, None)
    _compare(archive, manifest, found)
    return manifest


def _copy_database(database: Path, copy: Path) -> str:
    """Let SQLite write a whole copy, verify it, and return its version."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as live:
        live.execute("VACUUM INTO ?", (str(copy),))
    copy.chmod(0o600)
    return sound_version(copy)


def sound_version(database: Path) -> str:
    """Return the version of a database; refuse a damaged one."""
    try:
        with closing(sqlite3.connect(database)) as db:
            found = db.execute("PRAGMA integrity_check").fetchone()[0]
            version = db.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as trouble:
        raise CommandError(f"The copy of the database cannot be read ({trouble}). Nothing was changed.") from trouble
    if found != "ok" or version is None:
        raise CommandError(f"The copy of the database is not whole ({found}). Nothing was changed.")
    return str(version[0])


def _pack_up(
    half: Path, copy: Path, files: Path | None, beside: Mapping[str, str], *, version: str, now: datetime
) -> int:
    """
    Write the archive: the copy of the database, the files, then the manifest.

    A file is on disk before its row is saved, so every row of the copy finds its file. A file that went meanwhile
    belonged to somebody who was erased.
    """
    digests: dict[str, str] = dict(beside)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
            digests[DATABASE] = _add(archive, DATABASE, copy)
            for name, file in _named(files):
                try:
                    digests[name] = _add(archive, name, file)
                except FileNotFoundError:
                    continue
            kind = BESIDE if files is None else FORMAT
            manifest = {"format": kind, "version": version, "made_at": now.isoformat(), "sha256": digests}
            content = json.dumps(manifest, indent=1).encode()
            archive.addfile(_member(_MANIFEST, len(content)), io.BytesIO(content))
        raw.flush()
        os.fsync(raw.fileno())
    return len(digests) - 1


def _named(files: Path | None) -> Iterator[tuple[str, Path]]:
    """Every whole file of the file room, by its name in an archive."""
    if files is not None and files.exists():
        for file in sorted(files.rglob("*")):
            if file.is_file() and file.suffix != HALF:
                yield f"{FILES}/{file.relative_to(files).as_posix()}", file


def _add(archive: tarfile.TarFile, name: str, file: Path) -> str:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.tell()
        content.seek(0)
        archive.addfile(_member(name, size), content)
    return digest


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Remove owner and permissions: nothing in the archive names the machine or its users."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _put_beside(files: Path, folder: Path, seen: Seen) -> dict[str, str]:
    """Have every sealed file next to the archives, and return the digests; a known one is marked as seen."""
    digests: dict[str, str] = {}
    for name, file in _named(files):
        beside = folder / name
        try:
            size, changed = (stat := file.stat()).st_size, stat.st_mtime_ns
            here = beside.exists() and beside.stat().st_size == size
            if not here or seen.get(name, ())[:2] != (size, changed):
                content = file.read_bytes()
                seen[name] = (size, changed, hashlib.sha256(content).hexdigest())
                if not here:
                    write_whole(beside, content)
        except FileNotFoundError:  # it belonged to somebody who was erased
            seen.pop(name, None)
            continue
        os.utime(beside)
        digests[name] = seen[name][2]
    return digests


def unpack(path: Path, into: Path) -> Mapping[str, Any]:
    """Unpack an archive by the known names only, and verify every file against the manifest."""
    manifest, found = _walk(path, into)
    if manifest["format"] == BESIDE:
        for name in manifest["sha256"]:
            beside = path.parent / name
            if name == DATABASE or not _is_ours(name):
                continue
            if not beside.exists():
                raise CommandError(
                    f"{path} belongs to {beside}, which is missing. Nothing was restored. Bring it back."
                )
            (into / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(into / name, beside.read_bytes())
            found[name] = hashlib.sha256((into / name).read_bytes()).hexdigest()
    _compare(path, manifest, found)
    return manifest


def _compare(path: Path, manifest: Mapping[str, Any], found: Mapping[str, str]) -> None:
    """Refuse an archive that differs from its manifest."""
    inside = {
        name: digest for name, digest in manifest["sha256"].items() if name in found or manifest["format"] == FORMAT
    }
    if inside != found or DATABASE not in found:
        raise CommandError(f"{path} is damaged: it differs from its manifest. Nothing was restored. Take another one.")


def _walk(path: Path, into: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Read every member; return the manifest and the digests of the others."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(path, mode="r:") as archive:
            for member in archive:
                if not member.isreg() or not _is_ours(member.name):
                    raise CommandError(f"{path} contains {member.name!r}, not part of a backup. Nothing was restored.")
                content = archive.extractfile(member) or io.BytesIO()
                if member.name == _MANIFEST:
                    manifest = json.load(content)
                    continue
                found[member.name] = _digest(content) if into is None else _unpacked(content, into / member.name)
    except (tarfile.TarError, ValueError) as trouble:
        raise CommandError(
            f"{path} is no whole backup ({trouble}). Nothing was restored. Take another one."
        ) from trouble
    if manifest is None:
        raise CommandError(f"{path} is incomplete or no backup of this program. Nothing was restored. Take another.")
    if manifest.get("format") not in {FORMAT, BESIDE}:
        raise CommandError(f"{path} was made by a newer program. Nothing was restored. Restore it with that one.")
    return manifest, found


def _unpacked(content: IO[bytes], target: Path) -> str:
    """Write one member to its place, on disk, and return the digest of what is there."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())
    with target.open("rb") as written:
        return _digest(written)


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    inside = len(path.parts) > 1 and path.parts[0] == FILES and ".." not in path.parts and "\\" not in name
    return name in {DATABASE, _MANIFEST} or (inside and path.as_posix() == name)
