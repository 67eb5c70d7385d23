"""
Texts of people, sealed at rest.

Every person has a data key, sealed under the installation's key in a file outside the database. Erasing a person
destroys that data key, and with it the texts. Backups made before hold it until they are deleted.
"""

import hashlib
import hmac
import json
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, inspect, select

from registry.store.durable import make_folder, sync_folder
from registry.store.prepared import Prepared
from registry.store.rows import people

_NONCE = 12
_as_json = json.JSONEncoder(ensure_ascii=False).encode
KEYS = "data_keys"

_KEY_OF = Prepared(select(people.c.data_key).where(people.c.id == bindparam("of_person")))


class SealError(Exception):
    """Sealed words could not be opened: another key, or a row that was tampered with."""


class KeyFileError(Exception):
    """The key file is missing, readable by others, or not a key."""


class Vault:
    """Seals and opens words; holds the installation's key and never shows it."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise KeyFileError("The key file must hold 64 hexadecimal letters (32 bytes).")
        self._key = key
        self._common = AESGCM(key)
        self._cipher_of = lru_cache(maxsize=4096)(self._unwrap)

    def __repr__(self) -> str:
        return "Vault(…)"

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        """Read the installation's key; refuse a file that others may read."""
        try:
            mode = path.stat().st_mode
            words = path.read_text(encoding="ascii").strip()
        except OSError as trouble:
            raise KeyFileError(
                f"The key file {path} cannot be read ({trouble.strerror}). "
                "Put the saved key back: without it nothing personal in the database can be read."
            ) from trouble
        if mode & 0o077:
            raise KeyFileError(f"The key file {path} may be read by others. Run: chmod 600 {path}")
        try:
            return cls(bytes.fromhex(words))
        except ValueError as trouble:
            raise KeyFileError(f"The key file {path} does not hold 64 hexadecimal letters.") from trouble

    @staticmethod
    def create_file(path: Path) -> None:
        """Write a new key, readable by its owner alone; an existing file is never replaced."""
        make_folder(path.parent)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)  # rows sealed under it may be on disk before its name otherwise

    def new_data_key(self) -> bytes:
        """Make a data key for one person, wrapped under the installation's key."""
        return self._shut(self._common, secrets.token_bytes(32), b"person")

    def seal(self, wrapped: bytes, where: str, words: str) -> bytes:
        return self._shut(self._cipher_of(wrapped), words.encode(), where.encode())

    def unseal(self, wrapped: bytes, where: str, sealed: bytes) -> str:
        return self._open(self._cipher_of(wrapped), sealed, where.encode()).decode()

    def seal_bytes(self, wrapped: bytes, where: str, content: bytes) -> bytes:
        return self._shut(self._cipher_of(wrapped), content, where.encode())

    def unseal_bytes(self, wrapped: bytes, where: str, sealed: bytes) -> bytes:
        return self._open(self._cipher_of(wrapped), sealed, where.encode())

    def seal_common(self, where: str, words: str) -> bytes:
        """Seal words that belong to no one person (an unread event, an announcement)."""
        return self._shut(self._common, words.encode(), where.encode())

    def unseal_common(self, where: str, sealed: bytes) -> str:
        return self._open(self._common, sealed, where.encode()).decode()

    def fingerprint(self, what: str, value: str) -> str:
        """Look a value up without storing it: a keyed hash, useless without the key."""
        return hmac.new(self._key, f"{what}:{value}".encode(), hashlib.sha256).hexdigest()

    def derive(self, purpose: str) -> bytes:
        """Derive a separate key for one purpose, from which the installation's key cannot be found."""
        return hmac.digest(self._key, f"key for {purpose}".encode(), "sha256")

    def _unwrap(self, wrapped: bytes) -> AESGCM:
        return AESGCM(self._open(self._common, wrapped, b"person"))

    @staticmethod
    def _shut(cipher: AESGCM, content: bytes, where: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + cipher.encrypt(nonce, content, where)

    @staticmethod
    def _open(cipher: AESGCM, sealed: bytes, where: bytes) -> bytes:
        try:
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], where)
        except InvalidTag as trouble:
            raise SealError(f"What stands in {where.decode()} cannot be opened with this key.") from trouble


def vault_of(db: Connection) -> Vault:
    """The vault the store put on its connections."""
    vault: Vault = db.info["vault"]
    return vault


def know_key(db: Connection, person_id: str, wrapped: bytes | None) -> None:
    """Spare this unit of work the reading of a key that came with its person's row."""
    known: dict[str, bytes | None] | None = db.info.get(KEYS)
    if known is not None:
        known[person_id] = wrapped


def data_key(db: Connection, person_id: str) -> bytes | None:
    """A person's wrapped data key; None once the person was erased.  Read once in a unit of work."""
    known: dict[str, bytes | None] = db.info.get(KEYS, {})
    if person_id not in known:
        row = _KEY_OF.row(db, of_person=person_id)
        known[person_id] = None if row is None else row.data_key
    return known[person_id]


def any_data_key(db: Connection) -> bytes | None:
    """Return one of the sealed data keys; None in an empty database, also in one without tables."""
    if not inspect(db).has_table(people.name):
        return None
    found = select(people.c.data_key).where(people.c.data_key.is_not(None)).limit(1)
    key: bytes | None = db.execute(found).scalar_one_or_none()
    return key


def forget_keys(db: Connection) -> None:
    """Read every key again: at the start of a unit of work, and after an erasure in it."""
    db.info[KEYS] = {}


def seal_for(db: Connection, person_id: str, where: str, content: Any) -> bytes:
    """
    Seal JSON content under a person's key.

    `where` is "table:column:row id", so a value cannot be moved to another row.
    """
    key = data_key(db, person_id)
    if key is None:
        raise SealError(f"Person {person_id} was erased; nothing more is written for them.")
    return vault_of(db).seal(key, where, _as_json(content))


def unseal_for(db: Connection, person_id: str, where: str, sealed: bytes | None) -> Any:
    """Open JSON content sealed under a person's key; None when it is empty or the person was erased."""
    if sealed is None:
        return None
    key = data_key(db, person_id)
    return None if key is None else json.loads(vault_of(db).unseal(key, where, sealed))
