# ruff: noqa: F811  the fixture is imported by its name
"""Commands of an installation: roles, packs, the audit, the office's answers."""

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
from tests.bot.commands.test_cli import AUTUMN_2026, REPOSITORY, asked
from tests.bot.shell import Shell, installed, opened, shell  # noqa: F401  a fixture


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


@pytest.mark.usefixtures("installed")
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
