# ruff: noqa: F811  the fixture is imported by its name
import io
import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from content.programme.pack import load_pack
from registry.answers.answers import Written, approve, hand_in
from registry.answers.unanswered import note_unanswered, unanswered_in
from registry.people.people import meet
from registry.people.roles import grant
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

    assert list(found) == ["question", "answer", "suggestions"]
    assert (found["question"], found["answer"]) == ("hồ sơ gồm những gì", "ho-so-gom-gi")
    assert found["answer"] not in found["suggestions"]
    assert len(found["suggestions"]) <= 3


def test_what_is_out_of_scope_has_no_answer_and_no_suggestion(shell: Shell) -> None:
    found = asked(shell, "ask", "kết quả bóng đá tối qua")

    assert (found["answer"], found["suggestions"]) == (None, [])


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


@pytest.mark.usefixtures("installed")
def test_an_invitation_is_shown_once_and_good_for_the_first_administrator(shell: Shell) -> None:
    from bot.settings.clock import Clock
    from registry.people.inviting import redeem
    from registry.people.people import meet
    from tests.bot.shell import opened

    ran = shell("invite", "--role", "admin")

    code = ran.lines[0].removeprefix("/start cb_")
    now = Clock().now()
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=now)
        there = {"places": load_pack(shell.settings.pack, now.date()).places, "on": now.date()}
        role = store.write_now(redeem, code=code, person_id=person.id, now=now, **there)
        again = store.write_now(redeem, code=code, person_id=person.id, now=now, **there)
    assert (role and (role.role, role.place), again) == (("admin", "44"), None)


@pytest.mark.usefixtures("installed")
def test_a_grant_reaches_the_account_and_says_the_successor_of_an_old_place(shell: Shell) -> None:
    from registry.people.people import meet
    from registry.people.roles import roles_of
    from tests.bot.shell import opened

    shell.set(**AUTUMN_2026)
    args = ("--channel", "telegram", "--account", "12345", "--role", "commune_official", "--place", "19216")
    ran = shell("grant", *args, "--until", "2026-12-31")

    assert ran.code == 0
    assert "is now" in ran.err
    from bot.settings.clock import parse_start

    now = parse_start("2026-09-16")
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="12345", now=now)
        roles = store.read_now(roles_of, person_id=person.id, on=now.date())
    assert [(role.role, role.place, role.until.isoformat()) for role in roles] == [
        ("commune_official", "19225", "2026-12-31")
    ]


def test_a_grant_and_an_invitation_take_name_title_and_number(shell: Shell) -> None:
    from bot.settings.clock import Clock
    from registry.people.inviting import redeem
    from registry.people.official_names import known_as, official_name
    from registry.people.people import meet
    from registry.people.roles import roles_of
    from tests.bot.shell import opened

    card = ("--name", "Nguyễn Thị Lan", "--title", "Công chức kinh tế", "--phone", "0912 000 111")
    account = ("--channel", "telegram", "--account", "1")
    granted = shell("grant", *account, "--role", "province_official", "--place", "44", *card)
    code = shell("invite", "--role", "admin", *card).lines[0].removeprefix("/start cb_")

    assert granted.code == 0
    now = Clock().now()
    places = load_pack(shell.settings.pack, now.date()).places
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=now)
        other, _ = store.write_now(meet, channel="telegram", account="2", now=now)
        store.write_now(redeem, code=code, person_id=other.id, now=now, places=places, on=now.date())
        for one in (person, other):
            role = store.read_now(roles_of, person_id=one.id, on=now.date())[0]
            assert store.read_now(known_as, role) == "Nguyễn Thị Lan, Công chức kinh tế"
            assert store.read_now(official_name, one.id).phone == "+84912000111"


@pytest.mark.parametrize("wrong", [("--phone", "12"), ("--name", "123"), ("--title", "x" * 200)])
def test_an_unreadable_name_or_number_of_an_official_is_refused_before_anything_is_done(
    shell: Shell, wrong: tuple[str, str]
) -> None:
    ran = shell("invite", "--role", "admin", *wrong)

    assert ran.code == 1
    assert "Nothing was done" in ran.err
    assert "/start" not in ran.out


@pytest.mark.parametrize("channel", ["telegram", "zalo_oa", "zalo_bot", "webchat"])
@pytest.mark.usefixtures("installed")
def test_a_role_given_on_any_channel_can_be_ended_at_once(shell: Shell, channel: str) -> None:
    shell.set(**AUTUMN_2026)
    account = ("--channel", channel, "--account", "246845883529197922")
    shell("grant", *account, "--role", "commune_official", "--place", "19225")
    shell("grant", *account, "--role", "helper", "--place", "19225")

    one = shell("revoke", *account, "--role", "helper")
    rest = shell("revoke", *account)
    again = shell("revoke", *account)

    assert (one.code, one.lines) == (0, [f"{channel} 246845883529197922 is helper of Xã Ninh Châu (19225) no longer."])
    assert (rest.code, len(rest.lines)) == (0, 1)
    assert (again.code, "has no role now" in again.err) == (1, True)


@pytest.mark.usefixtures("installed")
def test_who_was_never_met_has_no_role_to_end(shell: Shell) -> None:
    ran = shell("revoke", "--channel", "telegram", "--account", "1")

    assert (ran.code, ran.out) == (1, "")
    assert "Nothing was changed" in ran.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--channel", "telegram", "--role", "king", "--place", "19225"), "no role king"),
        (("--channel", "telegram", "--role", "commune_official"), "--place"),
        (("--channel", "telegram", "--role", "commune_official", "--place", "44"), "level commune"),
        (("--channel", "telegram", "--role", "commune_official", "--place", "Paris"), "Paris"),
        (("--channel", "fax", "--role", "admin"), "no channel 'fax'"),
        (("--channel", "telegram", "--role", "admin", "--until", "morgen"), "morgen"),
        (("--channel", "telegram", "--role", "admin", "--until", "2020-01-01"), "has passed"),
    ],
)
@pytest.mark.usefixtures("installed")
def test_a_role_that_cannot_be_granted_is_told_with_the_reason(shell: Shell, args: tuple[str, ...], words: str) -> None:
    ran = shell("grant", "--account", "1", *args)

    assert ran.code == 1
    assert words in ran.err


def test_the_packs_that_come_along_are_in_order(shell: Shell) -> None:
    for pack in ("quang-tri-2026", "quang-binh-2021"):
        ran = shell("pack", "check", pack)

        assert (ran.lines, ran.code) == ([f"Pack {pack} is in order."], 0)


def test_a_new_pack_is_a_copy_of_its_own_id_that_nobody_has_approved(shell: Shell) -> None:
    model = shell.folder / "models" / "quang-tri-2026"
    shutil.copytree(REPOSITORY / "content/packs/quang-tri-2026", model)
    programme = model / "programme.yaml"
    programme.write_text(programme.read_text("utf-8").replace("# approved_", "approved_"), "utf-8")

    ran = shell("pack", "new", "ha-tinh-2027", "--like", str(model), "--into", str(shell.folder))
    again = shell("pack", "new", "ha-tinh-2027", "--like", str(model), "--into", str(shell.folder))

    assert ran.code == 0
    assert shell("pack", "check", str(shell.folder / "ha-tinh-2027")).out == "Pack ha-tinh-2027 is in order.\n"
    made = load_pack(shell.folder / "ha-tinh-2027", date(2026, 11, 29))
    assert (made.id, made.programme.approved_by, made.programme.approved_on) == ("ha-tinh-2027", "", None)
    assert load_pack(model, date(2026, 11, 29)).programme.approved_on is not None
    assert (again.code, "was not changed" in again.err) == (1, True)
    assert shell("pack", "new", "../away").code == 1


def test_a_pack_that_names_a_command_the_bot_lacks_is_refused(shell: Shell) -> None:

    folder = shell.folder / "quang-tri-2026"
    shutil.copytree(REPOSITORY / "content/packs/quang-tri-2026", folder)
    topic = folder / "topics/ocop-la-gi.md"
    topic.write_text(topic.read_text("utf-8") + "\nGõ /khongco để xem.\n", "utf-8")

    ran = shell("pack", "check", str(folder))

    assert ran.code == 1
    assert any("topics/ocop-la-gi.md" in line and "/khongco" in line for line in ran.lines)


@pytest.mark.usefixtures("installed")
def test_the_audit_of_a_sound_database_holds_and_one_of_an_altered_does_not(shell: Shell) -> None:
    from datetime import timedelta

    from sqlalchemy import update

    from bot.settings.clock import Clock
    from registry.store.audit import audit, close_chain
    from tests.bot.shell import opened

    shell("grant", "--channel", "webchat", "--account", "a", "--role", "admin")
    with opened(shell.settings) as store:
        store.write_now(close_chain, now=Clock().now() + timedelta(minutes=2))
    sound = shell("audit", "verify")
    with opened(shell.settings) as store:
        store.write_now(lambda db: db.execute(update(audit).values(actor="nobody")))
    altered = shell("audit", "verify")

    assert (sound.code, altered.code) == (0, 1)
    assert "is broken at entry 1" in altered.err


def test_the_demo_keeps_apart_from_the_real_installation(shell: Shell) -> None:
    from bot.commands.serving import demo_settings

    shell.set(TELEGRAM__ENABLED="true", TELEGRAM__TOKEN="123:abc", DATABASE__URL="postgresql://real/db")

    demo = demo_settings(shell.settings, "quang-binh-2021", 8099, None)

    assert demo.database_url == f"sqlite:///{shell.folder}/var/demo/quang-binh-2021/ocopbot.db"
    assert demo.key_file == Path("var/demo/quang-binh-2021/secret.key")
    assert (demo.telegram.enabled, demo.clock.start, demo.server.port) == (False, "2021-06-01", 8099)


def test_the_bench_measures_what_is_named_and_says_so_when_it_cannot() -> None:
    """In a separate process: the tool prints while it runs."""
    call = [sys.executable, "-m", "bot.cli", "bench"]
    there: dict[str, Any] = {"cwd": REPOSITORY, "capture_output": True, "text": True}

    ran, unknown = (subprocess.run([*call, part], check=False, **there) for part in ("answers", "everything"))

    assert (ran.returncode, "A question answered" in ran.stdout) == (0, True)
    assert unknown.returncode == 1
    assert "the figures printed above are valid" in unknown.stderr


def test_a_pack_is_checked_for_a_day(shell: Shell) -> None:
    later = shell("pack", "check", "quang-binh-2021", "--on", "2024-06-01")

    assert later.code == 1
    assert "rests on Quyết định số 1048/QĐ-TTg" in later.out
    assert "not in force on 01/06/2024" in later.out
    assert shell("pack", "check", "quang-binh-2021", "--on", "2021-06-01").code == 0
    assert "is not a day" in shell("pack", "check", "--on", "mai").err


def test_ask_finds_a_document_and_says_that_it_ended(shell: Shell) -> None:
    shell.set(**AUTUMN_2026)

    assert asked(shell, "ask", "nghi quyet 09/2026 con hieu luc khong")["answer"] == "van-ban"
    ran = shell("ask", "nghi quyet 09/2026 con hieu luc khong")
    assert "Nghị quyết 09/2026/NQ-CP ngày 04/02/2026: ended on 2026-09-15" in ran.out


def test_ask_says_that_small_talk_is_answered_by_the_greeting(shell: Shell) -> None:
    assert "small talk   who: the greeting, which says that a machine answers" in shell("ask", "em là robot hả").out


def test_ask_returns_the_answer_of_the_office(shell: Shell) -> None:
    shell.set(CLOCK__START="2021-06-01", PACK="quang-binh-2021")
    question = "ngân hàng chính sách có cho vay làm lò sấy không"
    assert asked(shell, "ask", question)["answer"] is None
    answer_id = published_answer(shell, question)

    found = asked(shell, "ask", "ngan hang chinh sach co cho vay lam lo say ko")

    assert found["answer"] == f"dap:{answer_id}"
    assert asked(shell, "ask", question, "--place", "19213")["answer"] == f"dap:{answer_id}"
    assert asked(shell, "ask", question, "--place", "19138")["answer"] is None
    assert f"dap:{answer_id}: {question}" in shell("ask", question).out
    assert "is not a place" in shell("ask", question, "--place", "99999").err
    shell.set(CLOCK__START="2022-03-01")
    assert asked(shell, "ask", question)["answer"] is None


def published_answer(shell: Shell, question: str) -> str:
    """An answer of a commune, approved by the district, in the database of the installation."""
    now = datetime(2021, 6, 1, 1, 0, tzinfo=UTC)

    def publish(db: Connection) -> str:
        pack = load_pack("quang-binh-2021", date(2021, 6, 1))
        held = []
        for account, role, place in (("1", "commune_official", "19213"), ("2", "district_official", "456")):
            person, _ = meet(db, channel="telegram", account=account, now=now)
            held.append(grant(db, person_id=person.id, role=role, place=place, granted_by="operator", now=now))
        note_unanswered(db, text=question, place="19213", now=now)
        lost = unanswered_in(db, role=held[0], places=pack.places, on=date(2021, 6, 1))[0]
        written = Written(question, "Dạ được.", "Thông báo 12/TB-UBND", date(2021, 12, 31), "19213")
        known = hand_in(db, pack=pack, role=held[0], unanswered_id=lost.id, written=written, now=now)
        assert approve(db, pack=pack, role=held[1], answer_id=known.id, now=now) is not None
        return known.id

    with opened(shell.settings) as store:
        return store.write_now(publish)


def test_ask_with_a_pack_whose_law_has_ended_says_so(shell: Shell) -> None:
    shell.set(CLOCK__START="2024-06-01", PACK="quang-binh-2021")

    assert "Quyết định 1048/QĐ-TTg ngày 21/8/2019: ended on 2024-06-01" in shell("ask", "hồ sơ gồm những gì").out
