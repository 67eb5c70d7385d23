"""Messages to operators in Vietnamese: each has a translation, and none is taken for another one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from content.translating import read_messages, translator

HOUSE = Path(__file__).resolve().parents[2]
HOLE = re.compile(r"\{\d+\}")
WHOLE = (
    *("bot/commands/check.py", "bot/commands/faults.py", "bot/channels/zalo/checking.py"),
    *(f"bot/commands/lists/{name}.py" for name in ("found", "marking", "nature", "package", "reading", "template")),
    *(f"bot/commands/backups/{name}.py" for name in ("backup", "drill", "taken_away")),
    *("bot/serving/archives.py", "bot/commands/poster.py"),
    "bot/channels/where_updates_go.py",
    *(f"bot/channels/{name}/check.py" for name in ("telegram", "zalo_bot", "zalo_oa")),
    *(f"bot/channels/{name}/settings.py" for name in ("telegram", "zalo_bot", "zalo_oa")),
    *("bot/channels/zalo_oa/account.py", "bot/channels/zalo_oa/refusals.py", "bot/zalo/consent.py"),
    *("bot/zalo/refusals.py", "bot/settings/key.py", "bot/settings/database.py", "bot/settings/faults.py"),
    *("bot/settings/section.py", "bot/settings/settings.py", "registry/store/sealing.py", "registry/store/schema.py"),
    *("registry/store/installation.py", "registry/deliveries/channel_pauses.py", "bot/commands/import_list.py"),
    *("bot/commands/lists/taking_in.py", "bot/commands/lists/reporting.py"),
    *("content/faults.py", "content/phrases.py", "content/places/faults.py", "content/places/places.py"),
    *(f"content/programme/checks/{name}.py" for name in ("packs", "phrases", "programmes")),
    *(f"content/programme/{name}.py" for name in ("form_reader", "notice_templates", "pack", "programme_reader")),
    *("content/programme/sheet.py", "content/programme/topics.py"),
)
PARTLY = {
    "bot/commands/installation.py": ("check", "backup", "restore", "resume"),
    "bot/commands/pack.py": ("check", "folder_of", "faults_of"),
    "bot/commands/roles.py": ("place_named",),
    "bot/commands/places.py": ("convert",),
    "bot/commands/claim_code.py": ("print_unclaimed",),
}
"""The files of which only some functions speak in `check`, `import`, `pack check` and `setup`."""
NOT_SHOWN = re.compile(r"SELECT |PRAGMA |key for |disk is full$|unable to open$|Value error, $|ocopbot check$")
"""Statements, prefixes and words that are compared, and no messages."""


def template(node: ast.AST) -> str | None:
    """The text of a literal, with its values as {1}, {2} …"""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            words, number = "", 0
            for part in parts:
                if isinstance(part, ast.Constant):
                    words += str(part.value)
                else:
                    number += 1
                    words += f"{{{number}}}"
            return words
    return None


def literals(root: ast.AST) -> Iterator[str]:
    """Every text of several words, without docstrings and the help of options."""
    left_out: set[int] = set()
    for node in ast.walk(root):
        match node:
            case ast.arguments():
                left_out |= {id(one) for one in ast.walk(node)}
            case ast.Expr(value=value):
                left_out.add(id(value))
            case ast.JoinedStr(values=parts):
                left_out |= {id(part) for part in parts}
    for node in ast.walk(root):
        text = None if id(node) in left_out else template(node)
        if text and re.search(r"[A-Za-z]{2,} [a-z]{2,}", HOLE.sub("", text)) and not NOT_SHOWN.match(text):
            yield text.removeprefix("ocopbot: ")


def messages() -> set[str]:
    found: set[str] = set()
    for path, only in {**dict.fromkeys(WHOLE, ()), **PARTLY}.items():
        tree = ast.parse((HOUSE / path).read_text("utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in only]
        assert len(functions) == len(only), path
        for root in functions or [tree]:
            found |= set(literals(root))
    return found


VIETNAMESE = read_messages("vi")


def test_every_message_of_the_checks_has_a_translation() -> None:
    assert sorted(messages() - set(VIETNAMESE)) == []


def test_every_translation_has_a_message() -> None:
    sources = "\n".join(
        text
        for room in ("bot", "content", "registry")
        for path in (HOUSE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (text := template(node)) is not None
    )
    assert [key for key in VIETNAMESE if key not in sources] == []


@pytest.mark.parametrize("key", VIETNAMESE)
def test_a_translation_keeps_the_values_and_is_found_by_its_message(key: str) -> None:
    assert set(HOLE.findall(key)) >= set(HOLE.findall(VIETNAMESE[key]))
    assert not re.search(r"[A-Za-z]{3,} (?:is|are|the|of|it) ", HOLE.sub("", VIETNAMESE[key]))

    filled = HOLE.sub(lambda hole: f"X{hole[0][1:-1]}", key)
    wanted = HOLE.sub(lambda hole: f"X{hole[0][1:-1]}", VIETNAMESE[key])
    assert translator("vi")(filled) == wanted


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("programme.yaml:12: 'x' is not a date. Write it as 2021-05-17.",
         "programme.yaml:12: 'x' không phải một ngày. Ghi như 2021-05-17."),
        ("Chủ thể!B3: It is empty. Fill it in.", "Chủ thể!B3: Ô này trống. Điền vào."),
        ("20 MB are free at /var. Make room.", "còn trống 20 MB ở /var. Dọn bớt chỗ."),
        ("There are no tokens, so nothing can be sent. Run: ocopbot zalo authorise",
         "Chưa có mã truy cập nên chưa gửi được gì. Chạy: ocopbot zalo authorise"),
        (("Zalo refuses (-14003 bad). Nothing was changed. The code is wrong, was used, or is older than ten minutes: "
         "open the link once more. Run again: ocopbot zalo authorise"),
         ("Zalo từ chối (-14003 bad). Chưa thay đổi gì. Mã sai, đã dùng, hoặc quá mười phút: mở lại đường dẫn. "
         "Chạy lại: ocopbot zalo authorise")),
        ("quang-tri-2026 on 2026-12-01", "quang-tri-2026 ngày 2026-12-01"),
        ("A sentence on something nobody knows.", "A sentence on something nobody knows."),
    ],
)  # fmt: skip
def test_messages_are_translated_with_their_place_and_their_parts(said: str, read: str) -> None:
    assert translator("vi")(said) == read


def test_several_lines_are_translated_one_by_one() -> None:
    said = (
        "The configuration has 1 fault(s). Nothing was started and nothing was changed. Mend them all:\n"
        "  config.yaml:1: There is no setting 'ofice'. The nearest is 'office'."
    )

    assert translator("vi")(said) == (
        "Cấu hình có 1 chỗ sai. Chưa chạy và chưa thay đổi gì. Sửa hết:\n"
        "  config.yaml:1: Không có thiết lập 'ofice'. Gần nhất là 'office'."
    )


def test_english_stays_as_it_is_written() -> None:
    assert read_messages("en") == {}


def test_the_words_of_a_translation_are_those_of_the_field() -> None:
    assert not [text for text in VIETNAMESE.values() if re.search(r"người dùng(?! thử)|hệ thống ghi nhận", text)]
