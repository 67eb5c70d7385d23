"""A button's command and the value it stands for are the same thing written twice."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, time
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import actions as actions_package
from content.actions import answers, producers
from content.actions.action import MOST_BYTES, Action, actions, parse, parse_words
from content.actions.answers import Chosen, ReadMore, parse_press
from content.actions.officials import (
    ApproveBroadcast,
    ChooseDay,
    CopyBroadcast,
    LeaveAt,
    MarkAttendance,
    RetryBroadcast,
    SendBack,
    SendTo,
    StopBroadcast,
    TakeAttendance,
    TakeIdeasAlong,
)
from content.actions.producers import AnswerInvitation
from content.actions.reminding import KeepReminderHour, Snooze
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


OLD_BUTTONS: dict[str, Action] = {
    "/dangky moi": producers.BeginAnother(),
    "/dangky giong YT-2026-000123-L": producers.RegisterLike("YT-2026-000123-L"),
    "/dangky lai YT-2026-000123-L": producers.RegisterAgain("YT-2026-000123-L"),
    "/tieptuc a1B2": producers.ContinueDraft("a1B2"),
    "/bophieu a1B2": producers.DropDraft("a1B2"),
    "/bophieu lai a1B2": producers.ReopenDraft("a1B2"),
    "/gui a1B2": producers.HandIn("a1B2"),
    "/bosung YT-2026-000123-L": producers.AddToIdea("YT-2026-000123-L"),
    "/sua YT-2026-000123-L price": producers.CorrectAnswer("YT-2026-000123-L", "price"),
    "/sua 5": producers.CorrectAnswer("5"),
    "/phieu YT-2026-000123-L": producers.ShowPaper("YT-2026-000123-L"),
    "/xem YT-2026-000123-L": producers.ShowAnswers("YT-2026-000123-L"),
    "/trangthai YT-2026-000123-L": producers.ShowStatus("YT-2026-000123-L"),
    "/ruthoso YT-2026-000123-L": producers.AskWithdrawal("YT-2026-000123-L"),
    "/ruthoso YT-2026-000123-L chac": producers.Withdraw("YT-2026-000123-L"),
    "/moinguoi a1B2": producers.InviteMember("a1B2"),
    "/vieccanlam YT-2026-000123-L": producers.ShowChecklist("YT-2026-000123-L"),
    "/vieccanlam YT-2026-000123-L label": producers.ShowTask("YT-2026-000123-L", "label"),
    "/vieccanlam YT-2026-000123-L label giup": producers.AnswerTask("YT-2026-000123-L", "label", "giup"),
    "/lamho moi": producers.BeginEntry(),
    "/lamho xem a1B2": producers.ShowEntry("a1B2"),
    "/lamho ma a1B2": producers.GetEntryCode("a1B2"),
    "/lamho in a1B2": producers.PrintEntry("a1B2"),
    "/lamho giay a1B2": producers.SendSignedPaper("a1B2"),
    "/lamho giao a1B2": producers.HandOverEntry("a1B2"),
    "/lamho bo a1B2": producers.AskDropEntry("a1B2"),
    "/lamho bo a1B2 chac": producers.DropEntry("a1B2"),
    "/xacnhan a1B2": producers.ConfirmEntry("a1B2"),
    "/xacnhan xem a1B2": producers.LookAtEntry("a1B2"),
    "/xacnhan khong a1B2": producers.RefuseEntry("a1B2"),
    "/xacnhan ma K7M2P4Q9X3": producers.ConfirmByCode("K7M2P4Q9X3"),
    "/gioithieu la-gi": producers.ShowTopic("la-gi"),
    "/gioithieu la-gi 1": producers.ShowTopic("la-gi", 1),
    "/gioithieu hoc new": producers.Learn("new"),
    "/gioithieu thoihoc": producers.StopLearning(),
    "/lienhe doi": producers.AskElsewhere(),
    "/lienhe tren": producers.Complain(),
    "/lienhe tren commune": producers.Complain("commune"),
    "/lienhe doi tren": producers.ComplainElsewhere(),
    "/lienhe doi tren commune": producers.ComplainElsewhere("commune"),
    "/traloi a1B2": producers.AnswerQuestion("a1B2"),
    "/start xa_19213": producers.StartFromPoster("19213"),
    "/start cb_K7M2P4Q9X3": producers.StartAsOfficial("K7M2P4Q9X3"),
    "/start lk_K7M2P4Q9X3": producers.StartLinked("K7M2P4Q9X3"),
    "/start moi_K7M2P4Q9X3": producers.StartInvited("K7M2P4Q9X3"),
    "/lienket so": producers.LinkByNumber(),
    "/lienket K7M2P4Q9X3": producers.Link("K7M2P4Q9X3"),
    "/lienket K7M2P4Q9X3 chac": producers.LinkForSure("K7M2P4Q9X3"),
    "/lienket K7M2P4Q9X3 khong": producers.DeclineLink("K7M2P4Q9X3"),
    "/bolienket chac": producers.Unlink(),
    "/ngonngu vi": producers.ChooseLanguage("vi"),
    "/xungho chi": producers.ChooseAddress("chi"),
    "/tamdung 7": producers.PauseWeek(),
    "/tamdung 30": producers.PauseMonth(),
    "/dulieu banghi": producers.CopyMyData(),
    "/dulieu rut": producers.AskWithdrawConsent(),
    "/dulieu rut chac": producers.WithdrawConsent(),
    "/dulieu xoa": producers.AskErasure(),
    "/dulieu xoa chac": producers.Erase(),
    "=agree": answers.Agree(),
    "=more": answers.ReadMore(),
    "=yes": answers.SayYes(),
    "=no": answers.SayNo(),
    "=_pick2": answers.Pick(2),
    "=_same": answers.FormAnswer("same"),
    "=food": answers.Chosen("food"),
}


@pytest.mark.parametrize("command", OLD_BUTTONS)
def test_the_buttons_of_messages_that_were_sent_still_mean_the_same(command: str) -> None:
    assert parse(command) == OLD_BUTTONS[command]
    assert OLD_BUTTONS[command].command == command


def test_what_a_person_types_is_the_same_action() -> None:
    assert parse_words("nhacviec", "gio 7") == KeepReminderHour(7)
    assert parse_words("dulieu", "xoa  chac") == producers.Erase()
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
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "action", "intents"}
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
    assert parse_press("more") == ReadMore()
    assert parse_press("send") == SendBack()
    assert parse_press("send12") == SendTo(12)
    assert parse_press("19333") == Chosen("19333")
    assert parse_press("day_2026-02-01") == ChooseDay(date(2026, 2, 1))
    assert parse_press("2026-02-01T07:30") == LeaveAt(date(2026, 2, 1), time(7, 30))


STAMPS = {"handlers/conversation/telling.py", "handlers/front_desk/front_desk.py"}
"""They put the stamp of a question into an answer, and take it off; they spell no command."""


def spelled_commands(path: Path) -> Iterator[str]:
    """The f-strings of a file that begin like a command or an answer."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            begin = str(node.values[0].value)
            if re.match(r"/[a-z]+ |=", begin):
                yield f"{path}:{node.lineno} {begin}"


def test_no_other_file_puts_a_command_together() -> None:
    root = Path(__file__).resolve().parents[3]
    files = [
        path for room in ("bot", "console", "handlers", "registry", "scheduler") for path in (root / room).rglob("*.py")
    ]
    assert len(files) > 100
    others = [path for path in files if path.relative_to(root).as_posix() not in STAMPS]
    assert [found for path in others for found in spelled_commands(path)] == []
