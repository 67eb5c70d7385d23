"""The audience of a broadcast within its place: filters chosen by taps, each value on or off."""

from collections.abc import Sequence

from content.actions.answers import Chosen, parse_press
from content.actions.officials import ClearFilters, Finish
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.thongbao.state import TOPIC, Composing
from handlers.thongbao.words import filters_said
from registry.broadcasts.audiences import Wanted, known_roles, tags_for
from registry.people.roles import Role

STARS = (3, 4, 5)
SPOKE = (7, 30, 90)
SINGLE = frozenset({"stars", "spoke_days", "tag"})
FIELDS = ("roles", "entities", "kinds", "groups", "steps", "statuses", "stars", "spoke_days", "tag")
_MOST_TAGS = 12

Value = tuple[str, str | int, str]
"""A value of a filter: its code on a button, the value that is kept, its words."""


def ask_filter(desk: Desk, role: Role, composing: Composing) -> Turn:
    """Ask which filter; filters without values are not offered."""
    buttons = [Button(Chosen(field), f"thongbao.filter.{field}") for field in FIELDS if _values(desk, role, field)]
    if composing.wanted.narrowed:
        buttons.append(Button(ClearFilters(), "thongbao.filter_none"))
    buttons.append(Button(Finish(), "thongbao.filter_done"))
    now = filters_said(desk, composing.wanted) or said(desk, "thongbao.everyone")
    return Turn((Say("thongbao.which_filter", {"now": now}, tuple(buttons)),), Waiting(TOPIC, "filter", composing))


def hear_filter(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn | Composing:
    """A filter to open, or the end of choosing."""
    match parse_press(heard.press):
        case Finish():
            return composing
        case ClearFilters():
            return composing.replace(filters=Wanted(""))
        case Chosen(field) if field in FIELDS:
            return ask_values(desk, role, composing, field)
    return ask_filter(desk, role, composing)


def ask_values(desk: Desk, role: Role, composing: Composing, field: str) -> Turn:
    """The values of one filter, the chosen ones marked."""
    chosen = _chosen(composing, field)
    buttons = [
        Button(Chosen(code), label=f"✓ {label}" if value in chosen else label)
        for code, value, label in _values(desk, role, field)
    ]
    buttons.append(Button(Finish(), "thongbao.filter_done"))
    say = Say(f"thongbao.ask.{field}", buttons=tuple(buttons), in_place=True)
    return Turn((say,), Waiting(TOPIC, "choose", composing.replace(field=field)))


def hear_value(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn:
    """Turn a value on or off; a filter with one value is chosen by one tap."""
    field = composing.field
    answer = parse_press(heard.press, Chosen)
    code = answer.choice if isinstance(answer, Chosen) else ""
    found = next((value for one, value, _ in _values(desk, role, field) if one == code), None)
    if found is None:
        if parse_press(heard.press) == Finish():
            return ask_filter(desk, role, composing.replace(field=""))
        return ask_values(desk, role, composing, field)
    chosen = _chosen(composing, field)
    if field in SINGLE:
        nothing = type(found)()
        filters = _with(composing.filters, field, nothing if found in chosen else found)
        return ask_filter(desk, role, composing.replace(field="", filters=filters))
    others = [one for one in chosen if one != found]
    filters = _with(composing.filters, field, others if found in chosen else [*chosen, found])
    return ask_values(desk, role, composing.replace(filters=filters), field)


def _with(filters: Wanted, field: str, value: object) -> Wanted:
    return Wanted.from_json({"place": "", **filters.to_json(), field: value})


def _chosen(composing: Composing, field: str) -> Sequence[str | int]:
    value = getattr(composing.filters, field)
    return value if isinstance(value, tuple) else (value,) if value else ()


def _values(desk: Desk, role: Role, field: str) -> tuple[Value, ...]:
    programme = desk.pack.programme
    match field:
        case "roles":
            return tuple((one, one, said(desk, f"thongbao.role.{one}")) for one in known_roles(desk.pack))
        case "entities":
            return tuple((one.id, one.id, one.name) for one in programme.entity_kinds)
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
