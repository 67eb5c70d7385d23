"""The office's own numbers: which are known, and which are alike without being the same."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, select

from registry.store.rows import applications, entities

PRODUCT_KEY = "import:"
"""Before the office's number of a product, as the key of its course: a second import finds that of the first."""
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def known_numbers(db: Connection) -> frozenset[str]:
    """The office's numbers of the entities that are in the database."""
    return frozenset(db.execute(select(entities.c.imported).where(entities.c.imported.is_not(None))).scalars().all())


def known_product_numbers(db: Connection) -> frozenset[str]:
    """The office's numbers of the products that are in the database."""
    which = applications.c.draft_key.startswith(PRODUCT_KEY, autoescape=True)
    keys = db.execute(select(applications.c.draft_key).where(which)).scalars()
    return frozenset(key.removeprefix(PRODUCT_KEY) for key in keys)


def alike(listed: Iterable[str], known: Collection[str]) -> Mapping[str, str]:
    """
    Each listed number that another one resembles, with that other one.

    Two numbers are alike when they differ only in leading zeros, capitals or blanks: 001 and 1, CT-01 and ct-1.
    Where the database knows both, they are two things, and neither is named.
    """
    here = frozenset(known)
    by_plain: dict[str, list[str]] = {}
    for number in (*sorted(here), *listed):
        others = by_plain.setdefault(_plain(number), [])
        if number not in others:
            others.append(number)
    found: dict[str, str] = {}
    for others in by_plain.values():
        for number in others:
            if number not in here and len(others) > 1:
                found[number] = next(one for one in others if one != number)
    return found


def _plain(number: str) -> str:
    """Return a number without blanks, capitals and leading zeros."""
    return _ZEROS.sub("", "".join(unicodedata.normalize("NFKC", number).casefold().split()))
