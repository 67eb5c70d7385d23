"""
Approved templates (ZBS, once ZNS): their parameters, checked before money is spent.

Limits: https://zalo.cloud/docs/zns — the platform's review refuses templates beyond them, and its server
the values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.channels.channel import tidy, unmarked
from content.message import Message

ParameterKind = Literal["name", "code", "status", "address", "product", "date"]

_MOST: Mapping[ParameterKind, int] = {
    "name": 30,
    "code": 30,
    "status": 30,
    "address": 200,
    "product": 200,
    "date": 20,
}
_NAME = re.compile(r"[A-Za-z0-9_]{1,30}")


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it was approved: its number and what each of its parameters holds."""

    id: str
    parameters: Mapping[str, ParameterKind]


@dataclass(frozen=True, slots=True)
class Notice:
    """How one kind of message fits into a template: the whole text goes into the parameter `text`."""

    template: Template
    text: str

    def values(self, message: Message) -> dict[str, str]:
        """The text on one line, cut behind a sentence or a word where it is longer than the platform takes."""
        kind = self.template.parameters.get(self.text)
        words = " ".join(unmarked(tidy(message.text)).split())
        return {self.text: _shortened(words, _MOST[kind] if kind is not None else 0)}


def faults_of(template: Template, values: Mapping[str, str]) -> tuple[str, ...]:
    """Every reason why the platform would refuse these values; empty when it would take them."""
    found: list[str] = []
    if not template.id.isdecimal():
        found.append("the template's id is no number")
    found += [f"{name}: no such parameter" for name in values if name not in template.parameters]
    for name, kind in template.parameters.items():
        value = values.get(name)
        if not _NAME.fullmatch(name):
            found.append(f"{name}: a name has letters of ASCII, without blanks")
        if value is None or not value.strip():
            found.append(f"{name}: missing")
        elif len(value) > _MOST[kind]:
            found.append(f"{name}: longer than {_MOST[kind]} letters")
        elif kind == "date" and not _is_date(value):
            found.append(f"{name}: no date like 31/12/2026 or 08:00 31/12/2026")
    return tuple(found)


def _shortened(words: str, most: int) -> str:
    if len(words) <= most:
        return words
    head = words[:most]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? "))
    if end >= most // 2:
        return head[: end + 1]
    return f"{head[: most - 1].rpartition(' ')[0] or head[: most - 1]}…"


def _is_date(value: str) -> bool:
    for shape in ("%d/%m/%Y", "%H:%M %d/%m/%Y"):
        try:
            if datetime.strptime(value, shape).strftime(shape) == value:  # noqa: DTZ007  a day as people write it
                return True
        except ValueError:
            continue
    return False
