# ruff: noqa: F811  the fixture is imported by its name
"""`ocopbot trial`: who takes part, and the one act by which it is left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.serving.assembly import Assembly
from content.message import Message
from registry.deliveries.deliveries import enqueue
from registry.people import trials
from registry.people.people import meet, person
from registry.people.roles import OPERATOR, grant
from registry.store.audit import entries
from registry.store.rows import deliveries
from tests.bot.shell import Shell, opened, shell  # noqa: F401  a fixture

NOW = datetime.now(UTC)


def trial(shell: Shell) -> dict[str, str]:
    """An official, a tester, somebody from before, and a visitor, with a message parked for each but the official."""
    shell.config("trial: true\n")
    with opened(shell.settings) as store:
        known: dict[str, str] = {}

        def fill(db: Any) -> None:
            known["before"] = meet(db, channel="telegram", account="0", now=NOW - timedelta(days=1))[0].id
            trials.follow(db, wanted=True, now=NOW)
            for name in ("official", "tester", "visitor"):
                known[name] = meet(db, channel="telegram", account=name, now=datetime.now(UTC))[0].id
            grant(db, person_id=known["official"], role="admin", place="44", granted_by=OPERATOR, now=NOW)
            trials.admit(db, person_id=known["tester"], now=NOW)
            for name in ("visitor", "before"):
                trials.note_visitor(db, person_id=known[name], now=NOW)
            for kind in ("reminder", "status"):
                enqueue(db, key=kind, person_id=known["before"], kind=kind, message=Message(kind), now=NOW)
            from registry.deliveries.states import Reason, Trigger, change

            change(db, deliveries.c.person_id == known["before"], Trigger.PARK, reason=Reason.TRIAL)

        store.write_now(fill)
    return known


def states(shell: Shell) -> dict[str, str]:
    with opened(shell.settings) as store:
        return dict(store.read_now(lambda db: db.execute(select(deliveries.c.key, deliveries.c.state)).all()))


def test_the_status_counts_the_people_and_what_waits(shell: Shell) -> None:
    trial(shell)

    said = shell("trial", "status").out
    assert "The trial is on" in said
    assert "1 people with a role" in said
    assert "1 testers" in said
    assert "1 people who wrote without an invitation" in said
    assert "1 reminders and announcements" in said
    assert "1 other messages" in said


def test_ending_asks_and_without_a_yes_nothing_changes(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    trial(shell)
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("n\n"))

    ran = shell("trial", "end")
    assert ran.code == 1
    assert "stays on" in ran.err
    with opened(shell.settings) as store:
        assert store.read_now(trials.is_on)


def test_ending_keeps_people_and_testers_and_sends_decisions(shell: Shell) -> None:
    known = trial(shell)

    ran = shell("trial", "end", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "trial: false" in (shell.folder / "config.yaml").read_text("utf-8")
    assert states(shell) == {"reminder": "cancelled", "status": "owed"}
    with opened(shell.settings) as store:
        gone = [name for name, one in known.items() if store.read_now(person, one) is None]
        assert gone == ["visitor"]
        assert not store.read_now(trials.is_on)
        (entry,) = [
            one for one in store.read_now(entries, noun="installation", noun_id="trial") if one.act == "trial.end"
        ]
        assert entry.facts["visitors"] == 1
        assert entry.facts["testers_erased"] is False
        assert store.read_now(trials.standing, of=trials.TESTER) == ()
    assert shell("trial", "end", "--yes").code == 1


def test_testers_without_a_role_are_erased_when_asked_for(shell: Shell) -> None:
    known = trial(shell)
    with opened(shell.settings) as store:
        store.write_now(trials.admit, person_id=known["official"], now=NOW)

    assert shell("trial", "end", "--yes", "--erase-testers").code == 0
    with opened(shell.settings) as store:
        left = {name for name, one in known.items() if store.read_now(person, one) is not None}
    assert left == {"official", "before"}


def test_a_changed_setting_alone_does_not_end_a_trial(shell: Shell) -> None:
    trial(shell)
    shell.config("trial: false\n")

    assert "does not end it" in shell("check").out
    with opened(shell.settings) as store:
        assert store.write_now(trials.follow, wanted=False, now=NOW) is trials.Mode.ON


def test_after_its_end_the_old_setting_begins_no_new_trial_and_a_new_one_does(shell: Shell) -> None:
    trial(shell)
    shell.set(TRIAL="true")
    assert shell("trial", "end", "--yes").code == 0

    with opened(shell.settings) as store:
        assert store.write_now(trials.follow, wanted=True, now=NOW) is trials.Mode.ENDED
        assert store.write_now(trials.follow, wanted=False, now=NOW) is trials.Mode.OFF
        assert store.write_now(trials.follow, wanted=True, now=NOW) is trials.Mode.ON


def test_codes_are_printed_once_each_and_only_in_a_trial(shell: Shell) -> None:
    assert shell("migrate").code == 0
    assert shell("trial", "invite").code == 1
    shell.config("trial: true\n")

    codes = [line for line in shell("trial", "invite", "--count", "3").lines if line.startswith("/start thu_")]
    assert len(set(codes)) == 3


async def test_readyz_and_check_say_that_the_trial_is_on(shell: Shell) -> None:
    trial(shell)
    assert "The trial is on" in shell("check").out

    async with Assembly.open(shell.settings) as bot:
        assert (await bot.readiness())["trial"] is True


def test_the_words_are_vietnamese_where_asked_for(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    trial(shell)
    assert "Đang chạy thử" in shell("--lang", "vi", "trial", "status").out

    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    assert "Đang chạy thử" in shell("trial", "status").out
    shell.set(LANGUAGE="en")
    assert "The trial is on" in shell("trial", "status").out


def test_codes_that_were_not_used_end_with_the_trial(shell: Shell) -> None:
    trial(shell)
    code = next(line for line in shell("trial", "invite").lines if line.startswith("/start thu_"))
    assert shell("trial", "end", "--yes").code == 0
    shell.config("trial: false\n")
    with opened(shell.settings) as store:
        store.write_now(trials.follow, wanted=False, now=NOW)
        store.write_now(trials.follow, wanted=True, now=NOW)
        late = store.write_now(meet, channel="telegram", account="late", now=NOW)[0].id
        assert not store.write_now(trials.join, code=code.removeprefix("/start thu_"), person_id=late, now=NOW)


def test_check_says_that_a_configured_trial_begins_with_the_first_run(shell: Shell) -> None:
    shell.config("trial: true\n")

    assert "The trial begins with the next" in shell("check").out
