"""The preview of an import: the outcomes a list would have, by reading only and a slice at a time."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Connection

from content.programme.pack import Pack
from registry.imports.listed import Listed, ListedProduct
from registry.imports.looking import (
    Maker,
    follower_outcome,
    followers,
    look_at_entity,
    look_at_product,
    maker_numbered,
)
from registry.imports.outcomes import Report


class Preview:
    """Compares a list by slices.  It remembers the makers as the list leaves them, since nothing is written."""

    def __init__(self, pack: Pack, *, numbers: Collection[str], on: date) -> None:
        """Preview for a day; `numbers` are those of all products of the list."""
        self._pack = pack
        self._numbers = frozenset(numbers)
        self._on = on
        self._makers: dict[str, Maker | None] = {}
        self.report = Report()

    def look(self, db: Connection, rows: Sequence[Listed]) -> None:
        """Compare the next rows; a product comes after its maker."""
        for one in rows:
            if isinstance(one, ListedProduct):
                if one.entity not in self._makers:
                    self._makers[one.entity] = maker_numbered(db, one.entity)
                maker = self._makers[one.entity]
                found = look_at_product(db, pack=self._pack, one=one, maker=maker, on=self._on)
                self.report.add(found.outcome)
                continue
            look = look_at_entity(db, one)
            self._makers[one.number] = look.maker
            self.report.add(look.outcome)
            if look.moves_courses:
                for number, _course in followers(db, look.maker.id):
                    if number not in self._numbers:
                        self.report.add(follower_outcome(number, look))
