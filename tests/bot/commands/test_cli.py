# ruff: noqa: F811  the fixture is imported by its name
import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bot.shell import Shell, installed, opened, shell  # noqa: F401  a fixture

REPOSITORY = Path(__file__).resolve().parents[3]
AUTUMN_2026 = {"CLOCK__START": "2026-09-15", "PACK": "quang-tri-2026"}


def asked(shell: Shell, *args: str) -> dict[str, Any]:
    ran = shell(*args, "--json")
    assert (ran.code, ran.err, len(ran.lines)) == (0, "", 1)
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_ask_says_that_a_danger_goes_before_the_topic(shell: Shell) -> None:
    assert "swindle: answered before any topic" in shell("ask", "trúng thưởng OCOP 50 triệu bấm link").out
    assert "danger" not in shell("ask", "hồ sơ gồm những gì").out


def test_ask_answers_with_a_topic_and_suggestions_beside_it(shell: Shell) -> None:
    shell.set(**AUTUMN_2026)

    found = asked(shell, "ask", "hồ sơ gồm những gì")

    assert list(found) == ["question", "sure", "answer", "suggestions"]
    assert (found["question"], found["answer"]) == ("hồ sơ gồm những gì", "ho-so-gom-gi")
    assert found["answer"] not in found["suggestions"]
    assert len(found["suggestions"]) <= 3


TYPED = list(
    csv.DictReader(
        (Path(__file__).with_name("questions.tsv").read_text(encoding="utf-8").splitlines()[1:]), delimiter="\t"
    )
)


@pytest.mark.parametrize("case", TYPED, ids=[case["kind"] for case in TYPED])
def test_ask_reads_damaged_questions_or_takes_nothing(shell: Shell, case: dict[str, str]) -> None:
    shell.set(**AUTUMN_2026)

    found = asked(shell, "ask", case["question"])

    assert found["sure"]
    assert found["answer"] == case["right"].split()[0]


def test_ask_takes_nothing_from_keys_that_are_not_certain(shell: Shell) -> None:
    found = asked(shell, "ask", "hoof sow goomf websiter nhuwngx gif")

    assert (found["sure"], found["answer"], found["suggestions"]) == (False, None, [])


def test_what_is_out_of_scope_has_no_answer_and_no_suggestion(shell: Shell) -> None:
    found = asked(shell, "ask", "kết quả bóng đá tối qua")

    assert (found["sure"], found["answer"], found["suggestions"]) == (False, None, [])


@pytest.mark.parametrize(
    ("kind", "text", "understood"),
    [
        ("place", "hai ninh", "19225"),
        ("money", "3 triệu rưỡi", 3_500_000),
        ("quantity", "2 tạ rưỡi", {"amount": 2.5, "unit": "tạ"}),
        ("quantity", "30 kg", {"amount": 30, "unit": "kg"}),
        ("date", "mai", "2026-09-16"),
        ("phone", "0912 345 678", "+84912345678"),
        ("yesno", "dạ có", True),
        ("yesno", "không", False),
    ],
)
def test_read_gives_the_value_as_it_is_kept(shell: Shell, kind: str, text: str, understood: object) -> None:
    shell.set(**AUTUMN_2026)

    found = asked(shell, "read", kind, text)

    assert list(found) == ["text", "understood", "ask", "said"]
    assert (found["text"], found["understood"], found["ask"]) == (text, understood, [])
    assert type(found["understood"]) is type(understood)


def test_read_choice_takes_its_labels(shell: Shell) -> None:
    assert (
        asked(shell, "read", "choice", "cái đầu", "--choices", "Hộ gia đình|Hợp tác xã")["understood"] == "Hộ gia đình"
    )
    assert shell("read", "choice", "x").code == 1
    assert shell("read", "money", "3k", "--choices", "a|b").code == 1


def test_what_may_be_several_is_asked_and_nothing_is_understood(shell: Shell) -> None:
    shell.set(**AUTUMN_2026)

    found = asked(shell, "read", "place", "thanh pho")

    assert found["understood"] is None
    assert len(found["ask"]) > 1


def test_an_old_code_is_forced_by_its_prefix_and_else_gives_its_successor(shell: Shell) -> None:
    shell.set(**AUTUMN_2026)

    assert asked(shell, "read", "place", "old:18853")["understood"] == "old:18853"
    assert asked(shell, "read", "place", "18853")["understood"] == "18880"


def test_the_sentence_holds_no_marks_and_no_open_value(shell: Shell) -> None:
    shell.set(**AUTUMN_2026)
    texts = {"place": "hai ninh", "money": "???", "quantity": "nhiều", "date": "32/13", "phone": "12", "yesno": "hmm"}

    for kind, text in texts.items():
        said = asked(shell, "read", kind, text)["said"]

        assert said
        assert not any(mark in said for mark in ("{", "}", "**", "\x01", "\x02"))


def test_without_an_argument_every_line_of_the_input_has_its_answer(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "35k\r\n\nmười nghìn\nabc".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines), encoding="ascii"))

    ran = shell("read", "money", "--json")

    found = [json.loads(line) for line in ran.lines]
    assert [one["text"] for one in found] == ["35k", "", "mười nghìn", "abc"]
    assert [one["understood"] for one in found] == [35_000, None, 10_000, None]


def test_decomposed_letters_are_read_like_composed_ones(shell: Shell) -> None:
    import unicodedata

    typed = unicodedata.normalize("NFD", "mười nghìn")

    found = asked(shell, "read", "money", typed)

    assert (found["text"], found["understood"]) == (typed, 10_000)


def test_ask_and_read_make_no_database_and_import_none(tmp_path: Path) -> None:
    code = (
        "import sys; from bot.cli import main\n"
        "try: main(['read', 'place', 'hai ninh', '--json'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sqlalchemy', 'telegram', 'aiohttp', 'cryptography') if name in sys.modules])"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True, env=_clean()
    )

    assert ran.stdout.splitlines()[-1] == "[]"
    assert list(tmp_path.iterdir()) == []


def _clean() -> dict[str, str]:
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith("OCOPBOT_")}
    return kept | {"PYTHONPATH": str(REPOSITORY)}


def test_the_configuration_is_chosen_before_the_command(shell: Shell) -> None:
    (shell.folder / "other.yaml").write_text("pack: quang-binh-2021\nclock:\n  start: 2021-06-01\n")

    assert asked(shell, "--config", "other.yaml", "read", "place", "xã Hải Ninh")["understood"] == "19216"


@pytest.mark.parametrize(
    ("variables", "args", "words"),
    [
        ({"TELEGRAM__TOKN": "x"}, ("check",), "OCOPBOT_TELEGRAM__TOKEN"),
        ({"ZALO_OA__ENABLED": "true"}, ("run",), "OCOPBOT_ZALO_OA__APP_ID"),
        ({"PACK": "nowhere"}, ("pack", "check"), "There is no pack 'nowhere'"),
        ({"DATABASE__URL": "postgresql://u:canary-pw@127.0.0.1:1/x"}, ("migrate",), "saved nothing"),
        ({"DATABASE__URL": "mysql3://x"}, ("migrate",), "Nothing was changed"),
        ({"DATABASE__URL": "sqlite:////proc/none/x.db"}, ("migrate",), "Nothing was saved"),
    ],
)
def test_a_foreseen_fault_is_told_in_words_and_ends_with_1(
    shell: Shell, variables: dict[str, str], args: tuple[str, ...], words: str
) -> None:
    shell.set(**variables)

    ran = shell(*args)

    assert ran.code == 1
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert "canary-pw" not in ran.err + ran.out


def test_a_wrong_call_ends_with_2(shell: Shell) -> None:
    assert shell("read", "weather", "x").code == 2
    assert shell("nothing").code == 2


def test_an_unforeseen_fault_shows_its_lines_without_secrets(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.set(TELEGRAM__TOKEN="123:canary-token")

    def fail(*_: object) -> None:
        raise RuntimeError("it held 123:canary-token")

    monkeypatch.setattr("bot.settings.database.bring_up", fail)

    ran = shell("migrate")

    assert ran.code == 70
    assert "RuntimeError: it held [redacted]" in ran.err


def test_migrate_makes_the_database_and_its_key_once(shell: Shell) -> None:
    first = shell("migrate")
    key = (shell.folder / "var/secret.key").read_bytes()
    second = shell("migrate")

    assert (first.code, second.code) == (0, 0)
    assert "was created" in first.out
    assert "nothing was changed" in second.out
    assert (shell.folder / "var/secret.key").read_bytes() == key
    for path in (shell.folder / "var/secret.key", shell.folder / "var/ocopbot.db"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_database_without_its_key_gets_no_new_one(shell: Shell) -> None:
    shell("migrate")
    (shell.folder / "var/secret.key").unlink()

    for command in (("migrate",), ("run",), ("invite", "--role", "admin")):
        ran = shell(*command)

        assert ran.code == 1
        assert "Put the saved copy of the key there" in ran.err
    assert not (shell.folder / "var/secret.key").exists()


@pytest.mark.usefixtures("installed")
def test_the_key_of_another_installation_is_refused(shell: Shell) -> None:
    shell("grant", "--channel", "webchat", "--account", "a", "--role", "admin")
    (shell.folder / "var/secret.key").write_text("ab" * 32)

    ran = shell("invite", "--role", "admin")

    assert ran.code == 1
    assert "does not open this database" in ran.err


def test_a_newer_database_is_refused_and_kept(shell: Shell) -> None:
    import sqlite3
    from contextlib import closing

    shell("migrate")
    with closing(sqlite3.connect(shell.folder / "var/ocopbot.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()

    for command in (("migrate",), ("run",), ("invite", "--role", "admin"), ("check",)):
        ran = shell(*command)

        assert ran.code == 1
        assert "version 9999" in ran.err + ran.out


def test_a_locked_database_is_told_as_such(shell: Shell) -> None:
    from bot.commands.faults import told
    from registry.store.store import StoreRefusesError

    assert "in use by another program" in (told(StoreRefusesError("database is locked")) or "")
