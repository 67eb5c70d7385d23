"""
No promise without its act: a walk over every phrase and every text of a pack.

Sentences with a word that promises need a line in content/locales/promises.yaml, which leads to a test of the act.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from content.message import BOLD, PLAIN
from content.phrases import BASE, LOCALES, read_catalogs
from content.programme.pack import PACKS

from .handlers.desk import COMMUNE, DISTRICT, Village, open_village

HOUSE = Path(__file__).parent.parent
REGISTER = LOCALES / "promises.yaml"
ONLY_ASKS = "asks_person"

_ADVERBS = r"(?:(?:đã|vẫn|còn|cũng|sẽ|tự|mới|không|thôi|đang|lại) )*"
_BOT_ACTS = rf"\bem {_ADVERBS}(?:chuyển|báo|nhắc|giữ|gửi|mời|xóa|nhắn|dời|trả lời|ghi ở)\b"
_PROMISES = re.compile(
    rf"\bsẽ\b|\bngay\b(?! cả)|{_BOT_ACTS}|(?:đã|được) báo|báo lại|đã ghi lại|ghi ở /|và (?:báo|nhắc|chuyển) (?:cho|anh|lại|bà con)|có cán bộ em chuyển|nhắc lại|là thấy|hiện ở /",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\bI(?:'ll| will) (?!type|use)|let you know|right away|\bat once\b|\bI remind you\b", re.IGNORECASE
)
_BOT_PROMISES = re.compile(rf"\bsẽ\b|{_BOT_ACTS}", re.IGNORECASE)


def promises(text: str) -> bool:
    return _PROMISES.search(" ".join(text.replace(BOLD, "").replace(PLAIN, "").split())) is not None


# --- every sentence ---------------------------------------------------------------------------------------------------


def strings(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every string of a YAML file with its place; an entry of a list is named by its id."""
    if isinstance(node, str):
        yield ".".join(path), node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from strings(value, (*path, str(key)))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            named = value.get("id", number) if isinstance(value, dict) else number
            yield from strings(value, (*path, str(named)))


def of_packs() -> Iterator[tuple[str, str]]:
    for file in sorted(PACKS.rglob("*.yaml")):
        inside = file.relative_to(PACKS).with_suffix("").as_posix()
        for place, text in strings(yaml.safe_load(file.read_text("utf-8"))):
            yield f"{inside}.{place}", text
    for file in sorted(PACKS.glob("*/topics/*.md")):
        yield file.relative_to(PACKS).with_suffix("").as_posix(), file.read_text("utf-8").split("\n---\n", 1)[1]


@cache
def texts() -> dict[str, str]:
    catalogs, faults = read_catalogs(LOCALES)
    assert not faults
    return dict(chain(catalogs[BASE].items(), of_packs()))


@cache
def register() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    kept = yaml.safe_load(REGISTER.read_text("utf-8"))
    return kept["acts"], kept["phrases"]


@cache
def names_in(file: str) -> frozenset[str]:
    path = HOUSE / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(one.name for one in functions if one.name.startswith("test_"))


def test_every_sentence_that_promises_names_the_act_that_keeps_it() -> None:
    _, marks = register()
    liars = [f"{key}: {text}" for key, text in texts().items() if promises(text) and key not in marks]
    assert not liars, "\n".join(liars)


def test_no_translation_promises_what_vietnamese_does_not() -> None:
    _, marks = register()
    english = read_catalogs(LOCALES)[0]["en"]
    assert [f"{key}: {text}" for key, text in english.items() if _ENGLISH.search(text) and key not in marks] == []


def test_no_line_stays_after_its_sentence_has_gone_or_promises_no_more() -> None:
    _, marks = register()
    stale = [key for key in marks if key not in texts() or not promises(texts()[key])]
    assert not stale, stale


def test_every_line_leads_to_an_act_and_every_act_is_needed() -> None:
    acts, marks = register()
    assert set(marks.values()) == set(acts)


@pytest.mark.parametrize("name", register()[0])
def test_every_act_names_a_test_that_exists(name: str) -> None:
    act = register()[0][name]
    file, _, test = act["test"].partition("::")
    assert act["act"]
    assert test in names_in(file), act["test"]


def test_the_register_holds_every_line_once() -> None:
    keys = re.findall(r"^  ([\w./-]+):", REGISTER.read_text("utf-8"), re.MULTILINE)
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "text",
    [
        "Có kết quả em báo ngay.",
        "Cán bộ sẽ xem lại.",
        "Em đã chuyển câu hỏi tới xã.",
        "Dạ, mai em nhắc lại.",
        "Các câu trước em vẫn giữ.",
        "Em không nhắc hạn này nữa.",
        f"Em {BOLD}đã báo{PLAIN} cho bà con.",
        "Ngày hết hạn ghi ở /hoso.",
        "Em đã\nghi lại để cán bộ bổ sung.",
    ],
)
def test_a_promise_is_heard(text: str) -> None:
    assert promises(text)


@pytest.mark.parametrize("text", ["Hạn cuối: thứ Sáu 11/06.", "Em chưa rõ câu này.", "Ngày nào tiện?"])
def test_other_sentences_promise_nothing(text: str) -> None:
    assert not promises(text)


def test_what_only_asks_the_person_promises_no_act_of_the_bot() -> None:
    _, marks = register()
    asking = {key: texts()[key] for key, act in marks.items() if act == ONLY_ASKS}
    assert {key for key, text in asking.items() if _BOT_PROMISES.search(text)} == set()


# --- acts without a test elsewhere ------------------------------------------------------------------------------------


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


def test_a_decision_reaches_who_stopped_unasked_messages(village: Village) -> None:
    village.official("official", "district_official", DISTRICT)
    village.idea(village.person("maker", "Lài", COMMUNE))
    village.say("maker", "/dung")
    village.say("official", "/duyet")
    village.tap("official", "Khoai deo")
    village.tap("official", "Chấp nhận")
    village.deliver()

    assert "đã được Cán bộ chấp nhận" in village.last("maker").plain


def test_withdrawing_consent_withdraws_what_is_not_decided(village: Village) -> None:
    idea = village.idea(village.person("maker", "Lài", COMMUNE))
    village.say("maker", "/dulieu rut")
    assert village.fresh(idea).status == "idea_submitted"
    village.say("maker", "/dulieu rut chac")

    assert village.fresh(idea).status == "withdrawn"
