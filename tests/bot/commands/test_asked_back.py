# ruff: noqa: F811  the fixture is imported by its name
"""The pack's editor sees which questions were asked back, and what was pressed."""

from datetime import timedelta

import pytest

from bot.settings.clock import parse_start
from registry.answers.asked_back import Choice, note_asked_back, press
from registry.people.people import meet
from tests.bot.shell import Shell, installed, opened, shell  # noqa: F401  a fixture

SHOWN = (Choice("topic", "nop-o-dau"), Choice("topic", "ho-so-gom-gi"), Choice("answer", "xyz"))


@pytest.mark.usefixtures("installed")
def test_what_was_asked_back_is_listed_with_the_press_and_without_a_name(shell: Shell) -> None:
    shell.set(PACK="quang-tri-2026", CLOCK__START="2026-09-16")
    now = parse_start("2026-09-16")
    with opened(shell.settings) as store:
        lai, _ = store.write_now(meet, channel="telegram", account="1", now=now)
        made = {"place": None, "person_id": lai.id, "shown": SHOWN}
        first = store.write_now(note_asked_back, text="nộp mô rứa", now=now - timedelta(days=2), **made)
        store.write_now(note_asked_back, text="giấy chi", now=now - timedelta(days=40), **made)
        store.write_now(press, asked_id=first, number=0, now=now)

    said = shell("asked-back").out

    assert "1" in said.splitlines()[0]
    assert "1 × nộp mô rứa\t[nop-o-dau] | ho-so-gom-gi | answer:xyz" in said
    assert "giấy chi" not in said
    assert "1 × giấy chi\tnop-o-dau" in shell("asked-back", "--days", "60").out
