"""Whom of a place an announcement is for: filters by taps, each value on or off."""

from collections.abc import Sequence
from typing import Any

from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.thongbao.words import TOPIC, filters_said, wanted_of
from registry.broadcasts.audiences import known_roles, tags_for
from registry.people.roles import Role

STARS = (3, 4, 5)
SPOKE = (7, 30, 90)
SINGLE = frozenset({"stars", "spoke_days", "tag"})
FIELDS = ("roles", "kinds", "groups", "steps", "statuses", "stars", "spoke_days", "tag")
_MOST_TAGS = 12

Value = tuple[str, Any, str]
"""A value of a filter: its code on a button, what is kept of it, its words."""


def ask_filter(desk: Desk, role: Role, data: dict[str, Any]) -> Turn:
    """Which filter; those that have nothing to choose from are not offered."""
    buttons = [Button(f"={field}", f"thongbao.filter.{field}") for field in FIELDS if _values(desk, role, field)]
    wanted = wanted_of(data)
    if wanted.narrowed:
        buttons.append(Button("=none", "thongbao.filter_none"))
    buttons.append(Button("=done", "thongbao.filter_done"))
    now = filters_said(desk, wanted) or said(desk, "thongbao.everyone")
    return Turn((Say("thongbao.which_filter", {"now": now}, tuple(buttons)),), Waiting(TOPIC, "filter", data))


def hear_filter(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn | dict[str, Any]:
    """A filter to open, or the end of choosing."""
    if heard.press == "done":
        return data
    if heard.press == "none":
        return data | {"wanted": {}}
    if heard.press in FIELDS:
        return ask_values(desk, role, data, heard.press)
    return ask_filter(desk, role, data)


def ask_values(desk: Desk, role: Role, data: dict[str, Any], field: str) -> Turn:
    """The values of one filter, the chosen ones marked."""
    chosen = _chosen(data, field)
    buttons = [
        Button(f"={code}", label=f"✓ {label}" if value in chosen else label)
        for code, value, label in _values(desk, role, field)
    ]
    buttons.append(Button("=done", "thongbao.filter_done"))
    say = Say(f"thongbao.ask.{field}", buttons=tuple(buttons), in_place=True)
    return Turn((say,), Waiting(TOPIC, "choose", data | {"field": field}))


def hear_value(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    """Turn a value on or off; a filter with one value is chosen by one tap."""
    field = str(data["field"])
    found = next((value for code, value, _ in _values(desk, role, field) if code == heard.press), None)
    if found is None:
        if heard.press == "done":
            return ask_filter(desk, role, _without_field(data))
        return ask_values(desk, role, data, field)
    wanted = dict(data.get("wanted", {}))
    chosen = _chosen(data, field)
    if field in SINGLE:
        wanted[field] = None if found in chosen else found
        kept = {name: value for name, value in wanted.items() if value}
        return ask_filter(desk, role, _without_field(data) | {"wanted": kept})
    wanted[field] = [one for one in chosen if one != found] if found in chosen else [*chosen, found]
    kept = {name: value for name, value in wanted.items() if value}
    return ask_values(desk, role, data | {"wanted": kept}, field)


def _without_field(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "field"}


def _chosen(data: dict[str, Any], field: str) -> Sequence[Any]:
    value = dict(data.get("wanted", {})).get(field)
    if value is None:
        return ()
    return list(value) if isinstance(value, list | tuple) else [value]


def _values(desk: Desk, role: Role, field: str) -> tuple[Value, ...]:
    programme = desk.pack.programme
    match field:
        case "roles":
            return tuple((one, one, said(desk, f"thongbao.role.{one}")) for one in known_roles(desk.pack))
        case "kinds":
            return tuple((one.id, one.id, one.name) for one in programme.kinds)
        case "groups":
            return tuple((one.id, one.id, one.name) for one in programme.product_groups)
        case "steps":
            return tuple((str(one.number), one.number, one.name) for one in programme.steps)
        case "statuses":
            return tuple((one.id, one.id, said(desk, f"status.name.{one.id}")) for one in programme.statuses)
        case "stars":
            return tuple((str(one), one, said(desk, "thongbao.filtered.stars", stars=str(one))) for one in STARS)
        case "spoke_days":
            return tuple((str(one), one, said(desk, "thongbao.filtered.spoke", days=str(one))) for one in SPOKE)
        case _:
            known = tags_for(desk.db, role=role, places=desk.places, on=desk.today)[:_MOST_TAGS]
            return tuple((f"t{number}", tag, tag) for number, tag in enumerate(known))
