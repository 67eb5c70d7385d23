"""The sheets and columns of an office's workbook, as `content/programme/office_list.yaml` names them."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import content
from content.fold import fold

_WORD = re.compile(r"[^\W_]+")
_ASIDE = re.compile(r"\([^)]*\)")


class Column(NamedTuple):
    """One column of the workbook."""

    name: str
    required: bool
    help: str
    example: str
    also: tuple[str, ...] = ()


class ListSheet(NamedTuple):
    """One sheet of the workbook."""

    name: str
    columns: Mapping[str, Column]
    also: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The column whose cell makes a row a record: the office's number."""
        return next(iter(self.columns))


class Stars(NamedTuple):
    """The words for stars, folded: the numbers, and the words around them."""

    numbers: Mapping[str, int]
    around: frozenset[str]


@cache
def sheets() -> Mapping[str, ListSheet]:
    """The sheets and columns an office fills in."""
    told = _told()["sheets"]
    return {
        key: ListSheet(
            one["name"],
            {
                name: Column(**{**column, "also": tuple(column.get("also", ()))})
                for name, column in one["columns"].items()
            },
            tuple(one.get("also", ())),
        )
        for key, one in told.items()
    }


def guide() -> str:
    """The title of the sheet that explains the template."""
    title: str = _told()["guide"]
    return title


def marked() -> str:
    """The name of the column with the faults, in a copy of a workbook."""
    name: str = _told()["marked"]
    return name


class Marks(NamedTuple):
    """The headings of the sheet that lists the faults of a copy: the sheet and the cell of each."""

    sheet: str
    cell: str


def marks() -> Marks:
    """The headings before that of the faults."""
    return Marks(**_told()["marks"])


def earliest() -> date:
    """The first day a recognition can have."""
    day: date = _told()["earliest"]
    return day


@cache
def asides() -> tuple[str, ...]:
    """The first words of rows that are totals or signatures, folded."""
    return tuple(fold(words) for words in _told()["asides"])


@cache
def stars() -> Stars:
    """The words for stars."""
    told = _told()["stars"]
    return Stars({fold(word): number for word, number in told["numbers"].items()}, frozenset(map(fold, told["around"])))


@lru_cache(maxsize=4096)
def named(words: str) -> str:
    """Return a name as it is compared: words alone, without marks, capitals and signs."""
    return " ".join(_WORD.findall(fold(words)))


@lru_cache(maxsize=4096)
def names(words: str) -> tuple[str, ...]:
    """Return a written heading as it is compared, whole and without what is in brackets."""
    return tuple(dict.fromkeys(name for one in (words, _ASIDE.sub(" ", words)) if (name := named(one))))


@cache
def _told() -> Mapping[str, Any]:
    file = Path(content.__file__).parent / "programme" / "office_list.yaml"
    told: Mapping[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return told
