"""The sheets and columns of an office's workbook, as `content/programme/office_list.yaml` names them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import content


class Column(NamedTuple):
    """One column of the workbook."""

    name: str
    required: bool
    help: str
    example: str


class ListSheet(NamedTuple):
    """One sheet of the workbook."""

    name: str
    columns: Mapping[str, Column]


@cache
def sheets() -> Mapping[str, ListSheet]:
    """The sheets and columns an office fills in."""
    told = _told()["sheets"]
    return {
        key: ListSheet(one["name"], {name: Column(**column) for name, column in one["columns"].items()})
        for key, one in told.items()
    }


def guide() -> str:
    """The title of the sheet that explains the template."""
    title: str = _told()["guide"]
    return title


@cache
def _told() -> Mapping[str, Any]:
    file = Path(content.__file__).parent / "programme" / "office_list.yaml"
    told: Mapping[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return told
