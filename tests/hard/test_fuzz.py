"""Hostile updates: nobody is left without an answer, nothing unforeseen is logged, words are shown as they were written."""

import pytest

from content.fold import clean
from platforms.telegram.server import TelegramServer
from registry.applications.drafts import open_drafts
from registry.people.people import meet
from tests.hard.fuzz import FIRST_PERSON, run_fuzz, serving
from tests.hard.hostile import WORDS, Hostile

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("fuzz")]

MOST_NAME = 120
"""Letters that the name of a product takes: the pack's idea form."""


async def test_2000_fuzzed_updates_leave_everybody_answered(tmp_path, record_property):
    report = await run_fuzz(tmp_path, updates=2_000, seed=20261123)
    record_property("fuzz", str(report))

    assert not report.unhandled, report.unhandled[:3]
    assert not report.unanswered
    assert report.not_done == 0
    assert not report.platform_faults
    assert not [told for told in report.refused_by_platform if not told.startswith(("answerCallbackQuery", "getFile"))]
    assert report.turned_away > 50, "the mix holds too little garbage to prove anything"
    assert report.set_aside > 50, "the mix holds too few broken updates to prove anything"


async def test_stored_words_are_shown_as_they_were_written(tmp_path):
    names = [words for words in WORDS if not words.startswith(("/", "=")) and 2 <= len(clean(words)) <= MOST_NAME]
    names = [name for name in names if any(letter.isalpha() for letter in clean(name))]
    people = [FIRST_PERSON + number for number in range(len(names))]
    make = Hostile(1, people, ["start"])
    async with TelegramServer(rate_per_second=None, per_chat=None) as platform, serving(tmp_path, platform) as house:
        for person, name in zip(people, names, strict=True):
            platform.person(person, started=True)
            for line in ("/dangky", "đồng ý", name):
                await house.intake.accept("telegram", make.text(person, line))
        await house.intake.settled()
        await platform.until(lambda: all(len(platform.messages_in(person)) >= 3 for person in people), 60)
        kept = {}
        for person in people:
            row, _ = await house.store.write(meet, channel="telegram", account=str(person), now=house.clock.now())
            drafts = await house.store.read(open_drafts, person_id=row.id)
            kept[person] = drafts[0].answers.get("product_name")

    assert len(names) > 15
    for person, name in zip(people, names, strict=True):
        shown = platform.messages_in(person)[2].text
        if kept[person] is None:  # not understood: said back in the person's own words or asked again, nothing kept
            assert "Đã lưu" not in shown, (name, shown)
            continue
        assert kept[person] == clean(name), name
        assert f"Tên sản phẩm: {kept[person]}\n" in shown
