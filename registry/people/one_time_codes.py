"""One-time codes: how they are made, and the keyed hash under which they are stored."""

import secrets

from sqlalchemy import Connection

from registry.store.sealing import vault_of


def one_time_code() -> str:
    """A code of 50 random bits in letters that are not mistaken for each other."""
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(10))


def code_print(db: Connection, code: str) -> str:
    """The keyed hash that is stored of a one-time code."""
    return vault_of(db).fingerprint("invitation", bare_code(code))


def bare_code(code: str) -> str:
    """A typed one-time code as it was issued: blanks, dashes and small letters do not count."""
    return "".join(code.split()).replace("-", "").upper()
