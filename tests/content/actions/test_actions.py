"""A button's command and the value it stands for are the same thing written twice."""

import re
from dataclasses import fields
from datetime import date, time
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.actions.action import MOST_BYTES, Action, actions, parse, parse_words
from content.actions.producers import AnswerInvitation, KeepReminderHour, Snooze
from handlers import rooms

IDS = st.from_regex(r"[A-Za-z0-9_-]{1,16}", fullmatch=True)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: IDS,
    int: st.integers(0, 9999),
    date: st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    time: st.builds(time, st.integers(0, 23), st.integers(0, 59)),
}


def value_of(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    return VALUES[hint] if hint in VALUES else VALUES[next(one for one in get_args(hint) if one in VALUES)]


@st.composite
def some_action(draw: st.DrawFn, kind: type[Action]) -> Action:
    hints = get_type_hints(kind)
    return kind(**{one.name: draw(value_of(hints[one.name])) for one in fields(kind)})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(actions()), ids=lambda one: one.pattern)
@given(data=st.data())
def test_every_command_is_read_back_as_what_made_it(kind: type[Action], data: st.DataObject) -> None:
    made = data.draw(some_action(kind))
    assert kind.read(made.command) == made
    assert len(made.command) <= MOST_BYTES


@pytest.mark.parametrize("kind", list(actions()), ids=lambda one: one.pattern)
def test_every_command_belongs_to_a_room(kind: type[Action]) -> None:
    name = kind.pattern[1:].partition(" ")[0]
    assert kind.pattern.startswith("=") or name in rooms.COMMAND_NAMES


def test_no_two_actions_share_a_pattern() -> None:
    shapes = [re.sub(r"\{\w+\}", "{}", one.pattern) for one in actions()]
    assert len(shapes) == len(set(shapes))


def test_what_a_person_types_is_the_same_action() -> None:
    assert parse_words("nhacviec", "gio 7") == KeepReminderHour(7)
    assert parse("/thamdu abc di") == AnswerInvitation("abc", "di")


@pytest.mark.parametrize("words", ["/nhacviec gio bảy", "/thamdu abc", "/thamdu abc co le", "/khongco 1", "", "="])
def test_other_words_are_no_action(words: str) -> None:
    assert parse(words) is None


def test_a_value_with_a_blank_makes_no_command() -> None:
    with pytest.raises(ValueError, match="cannot be read back"):
        _ = Snooze(1, "two words").command


def test_a_command_that_no_button_can_carry_is_not_made() -> None:
    with pytest.raises(ValueError, match="over 60 bytes"):
        _ = Snooze(1, "x" * 60).command
