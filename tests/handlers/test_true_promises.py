"""Statements of packs and phrases about the rules and the bot's commands are true."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path

import pytest

from content.phrases import LOCALES, Phrases
from content.programme.checks.packs import check_pack
from content.programme.pack import PACKS, load_pack
from handlers.rooms import COMMAND_NAMES
from registry.deadlines.certificates import Window
from scheduler.reminder_words import certificate_key

from .desk import COMMUNE, Village, open_village

SHIPPED = ("quang-binh-2021", "quang-tri-2026")
WHO = "ba con"


@pytest.fixture(params=SHIPPED)
def village(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Village]:
    with open_village(tmp_path, request.param) as there:
        yield there


def every_text() -> Iterator[tuple[str, str]]:
    """Every text that is shipped, with where it stands."""
    files = chain(LOCALES.rglob("*.po"), PACKS.rglob("*.md"), PACKS.rglob("*.yaml"))
    for file in sorted(files):
        yield str(file), " ".join(file.read_text("utf-8").replace('"\n"', "").split())


# --- the rules --------------------------------------------------------------------------------------------------------


def test_the_resolution_that_ended_is_not_cited_as_in_force() -> None:
    sources = load_pack("quang-tri-2026", date(2026, 9, 15)).topics["attp-cong-bo"].sources
    cited = {source.document for source in sources if not source.history}

    assert "nq-15-2026" in cited
    assert "nq-09-2026" not in cited


def test_the_pack_knows_when_the_resolution_on_food_ended() -> None:
    pack = load_pack("quang-tri-2026", date(2026, 9, 15))
    ended, follows = pack.programme.document("nq-09-2026"), pack.programme.document("nq-15-2026")

    assert ended.in_force(date(2026, 4, 15))
    assert not ended.in_force(date(2026, 4, 16))
    assert follows.in_force(date(2026, 9, 15))


@pytest.mark.parametrize("pack", SHIPPED)
def test_every_document_that_is_cited_as_in_force_is_so(pack: str) -> None:
    faults = check_pack(PACKS / pack, commands=COMMAND_NAMES, phrases=Phrases.load())

    assert [fault for fault in faults if "not in force" in fault.what] == []


def test_no_text_takes_the_stars_away_on_the_last_day() -> None:
    """Điều 12 khoản 3 may keep a certificate up to 180 days; no cited article ends the stars by themselves."""
    taken_away = ("không được dùng sao", "không dùng sao", "chưa in sao", "đã hết hạn thì không được", "no OCOP stars")

    assert [(file, words) for file, text in every_text() for words in taken_away if words in text] == []


def test_the_card_on_evaluation_says_what_the_law_may_keep_and_cites_it() -> None:
    topic = load_pack("quang-tri-2026", date(2026, 9, 15)).topics["danh-gia-lai"]

    assert "có thể được giữ tối đa 180 ngày, cán bộ xác nhận" in " ".join(topic.cards)
    assert "Điều 12 khoản 3" in topic.sources[0].detail


def test_the_last_reminder_of_a_certificate_says_how_long_it_may_be_kept() -> None:
    kept = Window(opens=date(2027, 1, 1), closes=date(2027, 3, 2), ends=date(2027, 6, 30), grace_days=180)
    values = {"date": "", "lunar": "", "products": "", "You": "", "grace": 180}

    key = certificate_key(kept, kept.ends)
    assert "tối đa 180 ngày, cán bộ xác nhận" in Phrases.load().say(key, "vi", **values)

    without = certificate_key(replace(kept, grace_days=0), kept.ends)
    assert "tối đa" not in Phrases.load().say(without, "vi", **values)


# --- the bot's own commands -------------------------------------------------------------------------------------------


def test_no_text_sends_people_to_a_place_that_does_not_do_it() -> None:
    """Days of certificates come from the office's list; a plan is begun with an official, not with a command."""
    untrue = ("ghi ngày cấp ở /hoso", "báo em ở /hoso", "Tell me in /hoso", "/hoso rồi chọn", "nhắn /hoso.")

    assert [(file, words) for file, text in every_text() for words in untrue if words in text] == []


def test_the_days_of_certificates_are_where_the_card_says(tmp_path: Path) -> None:
    with open_village(tmp_path, "quang-tri-2026") as village:
        village.say(WHO, "/gioithieu hieu-luc-36-thang")

        assert "/nhacviec" in village.last(WHO).plain
        assert village.button(WHO, "Nhắc việc") == "/nhacviec"


def test_help_with_an_item_is_asked_for_where_the_card_says(village: Village) -> None:
    application = village.idea(village.person(WHO, "Lài", COMMUNE if village.pack.id == SHIPPED[0] else "19225"))

    village.say(WHO, "/hoso")
    village.tap(WHO, application.product)

    assert village.button(WHO, "Việc cần làm")


def test_more_is_added_where_it_is_said(village: Village) -> None:
    application = village.idea(village.person(WHO, "Lài", COMMUNE if village.pack.id == SHIPPED[0] else "19225"))
    village.send(WHO, "photo")
    assert "mở /hoso, chọn sản phẩm rồi bấm Bổ sung thêm" in village.last(WHO).plain

    village.say(WHO, "/hoso")
    village.tap(WHO, application.product)

    assert village.button(WHO, "Bổ sung thêm")


def test_what_is_kept_can_be_changed_from_where_it_is_said(village: Village) -> None:
    village.idea(village.person(WHO, "Lài", COMMUNE if village.pack.id == SHIPPED[0] else "19225"))

    village.say(WHO, "/dulieu")

    assert village.button(WHO, "Sửa") == "/hoso"
