"""
Templates (ZBS, formerly ZNS): approved texts with holes, to a follower or to a phone number.

Limits and error numbers: https://developers.zalo.me/docs/zalo-notification-service/phu-luc/bang-ma-loi
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .refusals import template_refused

LONGEST_TRACKING_ID = 48
LONGEST = {"text": 30, "address": 200, "product": 200, "date": 20, "number": 20}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PHONE = re.compile(r"(?:84|0)?([1-9]\d{8})")
_DATES = ("%d/%m/%Y", "%H:%M %d/%m/%Y")


@dataclass(frozen=True, slots=True)
class Param:
    """One hole: text 30 letters, address or product 200, date 20 in a given form, number."""

    kind: str = "text"
    required: bool = True

    @property
    def longest(self) -> int:
        return LONGEST[self.kind]


@dataclass(slots=True)
class Template:
    """One template; `status` is pending, approved, rejected or disabled; prices in đồng."""

    template_id: str
    text: str
    params: dict[str, Param]
    price_uid: int
    price_phone: int
    status: str = "approved"
    promotional: bool = False
    per_day: int | None = None
    sent: Counter[str] = field(default_factory=Counter)

    def filled(self, data: dict[str, str]) -> str:
        """The text as the person sees it."""
        return re.sub(r"<(\w+)>", lambda hole: data.get(hole[1], ""), self.text)


class Templates:
    """The templates of one account; reads what is sent with them."""

    def __init__(self, faults: list[str]) -> None:
        self._faults = faults
        self._all: dict[str, Template] = {}

    def __getitem__(self, template_id: str) -> Template:
        return self._all[template_id]

    def __contains__(self, template_id: str) -> bool:
        return template_id in self._all

    def __len__(self) -> int:
        return len(self._all)

    def add(
        self,
        template_id: str,
        text: str,
        params: dict[str, Param] | None = None,
        *,
        status: str = "approved",
        promotional: bool = False,
        price_uid: int = 100,
        price_phone: int = 120,
        per_day: int | None = None,
    ) -> Template:
        """
        Register a template.

        Holes are written `<name>`; a hole without a `Param` takes a short text.
        """
        holes = {hole: Param() for hole in re.findall(r"<(\w+)>", text)} | (params or {})
        if wrong := [name for name in holes if not _NAME.fullmatch(name)]:
            raise ValueError(f"Names of holes are ASCII without blanks, not {wrong}.")
        self._all[template_id] = Template(
            template_id, text, holes, price_uid, price_phone, status, promotional, per_day
        )
        return self._all[template_id]

    def read(self, call: dict[str, Any]) -> tuple[Template, dict[str, str]]:
        """The template of a call and its data, or the refusal."""
        template = self._all.get(call["template_id"]) if isinstance(call.get("template_id"), str) else None
        if template is None:
            raise template_refused(-109)
        if template.status != "approved":
            raise template_refused(-146 if template.status == "disabled" else -131)
        data = call.get("template_data")
        if not isinstance(data, dict) or (not data and template.params):
            raise template_refused(-111)
        for name, param in template.params.items():
            if name not in data and not param.required:
                continue
            _check(name, param, data.get(name))
        for name in data:
            if name not in template.params:
                self._faults.append(f"template {template.template_id} has no hole {name}")
        return template, data


def phone_of(given: object) -> str:
    """A number in the platform's form, 84 and nine digits, or the refusal."""
    found = _PHONE.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise template_refused(-108)
    return f"84{found[1]}"


def _check(name: str, param: Param, value: object) -> None:
    if value is None or value == "":
        raise template_refused(-1122, f"template data is missing a parameter {name}")
    if not isinstance(value, str):
        raise template_refused(-1124, f"{name} has invalid format")
    if len(value) > param.longest:
        raise template_refused(-1121, f"{name} data breaks max length")
    if param.kind == "date" and not any(_is_date(value, form) for form in _DATES):
        raise template_refused(-1124, f"{name} has invalid format")
    if param.kind == "number" and not re.fullmatch(r"\d+", value):
        raise template_refused(-1124, f"{name} has invalid format")


def _is_date(value: str, form: str) -> bool:
    try:
        return datetime.strptime(f"{value} +0700", f"{form} %z").strftime(form) == value
    except ValueError:
        return False
