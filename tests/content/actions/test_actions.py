"""A button's command and the value it stands for are the same thing written twice."""

import re
from dataclasses import fields
from datetime import date, time
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import actions as actions_package
from content.actions.action import MOST_BYTES, Action, actions, parse, parse_answer, parse_words
from content.actions.officials import (
    ApproveBroadcast,
    Choose,
    ChooseDay,
    CopyBroadcast,
    LeaveAt,
    MarkAttendance,
    RetryBroadcast,
    SendBack,
    SendTo,
    ShowMore,
    StopBroadcast,
    TakeAttendance,
    TakeIdeasAlong,
)
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
    if hint in VALUES:
        return VALUES[hint]
    return st.one_of([st.none() if one is NoneType else value_of(one) for one in get_args(hint)])


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


def test_every_file_of_actions_is_listed_by_the_rooms() -> None:
    """`parse` knows what is imported: a file that is not listed would depend on who imports it first."""
    folder = Path(actions_package.__file__ or "").parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "action"}
    assert {one.__name__.rpartition(".")[2] for one in rooms.ACTIONS} == files
    assert {kind.__module__ for kind in actions()} == {one.__name__ for one in rooms.ACTIONS}


AS_STORED = {
    "/thongbao dung Ab_-9 2": StopBroadcast("Ab_-9", 2),
    "/thongbao dung Ab_-9": StopBroadcast("Ab_-9", 1),
    "/thongbao chep Ab_-9": CopyBroadcast("Ab_-9"),
    "/thongbao guilai Ab_-9": RetryBroadcast("Ab_-9"),
    "/thongbao guilai Ab_-9 kenhkhac": RetryBroadcast("Ab_-9", "kenhkhac"),
    "/thongbao duyet Ab_-9 1 204": ApproveBroadcast("Ab_-9", 1, 204),
    "/taphuan diemdanh g1 2": TakeAttendance("g1", 2),
    "/taphuan diemdanh g1 2 tat": TakeAttendance("g1", 2, "tat"),
    "/taphuan co g1 p1 2 tat": MarkAttendance("co", "g1", "p1", 2, "tat"),
    "/duyet tai": TakeIdeasAlong(),
}
"""Commands as the releases before this one wrote them: they are stored in messages that were sent."""


@pytest.mark.parametrize("text", AS_STORED)
def test_a_button_that_was_sent_long_ago_is_still_read(text: str) -> None:
    assert parse(text) == AS_STORED[text]


def test_blanks_between_typed_words_do_not_count() -> None:
    assert parse_words("thongbao", "dung  Ab_-9\n2 ") == StopBroadcast("Ab_-9", 2)


def test_of_two_answers_that_fit_the_one_with_more_fixed_words_is_meant() -> None:
    assert parse_answer("more") == ShowMore()
    assert parse_answer("send") == SendBack()
    assert parse_answer("send12") == SendTo(12)
    assert parse_answer("19333") == Choose("19333")
    assert parse_answer("day_2026-02-01") == ChooseDay(date(2026, 2, 1))
    assert parse_answer("2026-02-01T07:30") == LeaveAt(date(2026, 2, 1), time(7, 30))
