"""One-time codes: how they are made, and the keyed hash under which they are stored."""

import re
import secrets

from sqlalchemy import Connection

from registry.store.sealing import vault_of

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE = re.compile(rf"[{_LETTERS}]{{10}}")
_LAST_WORDS = re.compile(rf"(?<!\w)([{_LETTERS}]{{5}})[\s-]?([{_LETTERS}]{{5}})\W*$")


def one_time_code() -> str:
    """A code of 50 random bits in letters that are not mistaken for each other."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def code_print(db: Connection, code: str) -> str:
    """The keyed hash that is stored of a one-time code."""
    return vault_of(db).fingerprint("invitation", bare_code(code))


def bare_code(code: str) -> str:
    """A typed one-time code as it was issued: blanks, dashes and small letters do not count."""
    return "".join(code.split()).replace("-", "").upper()


def code_in(text: str) -> str | None:
    """The one-time code a text ends with, or None; other words count as no guess."""
    said = text.upper()
    if _CODE.fullmatch(bare_code(said)):
        return bare_code(said)
    found = _LAST_WORDS.search(said)
    return None if found is None else found[1] + found[2]
