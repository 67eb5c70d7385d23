"""A one-time code typed as it was read out opens what it is for; once the finder of answers took it as a question."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.answers.unanswered import unanswered
from registry.people import roles
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village, words_of


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("xa", "commune_official", COMMUNE, "Chị Lan")
        yield opened


def entered_for_lai(village: Village) -> str:
    """The code of an entry made for somebody else, as it is read out."""
    village.say("xa", "/lamho")
    village.tap("xa", "Họ đồng ý")
    for words in ("Bún", "mới", "thực phẩm", "hộ gia đình", "Trần Thị Lài", "0911222333", COMMUNE):
        village.say("xa", words)
    village.tap("xa", "Gửi")
    return village.all_words("xa").rsplit("/start moi_", 1)[1].split()[0]


def all_said(village: Village, account: str, text: str) -> str:
    return "\n".join(map(words_of, village.say(account, text)))


def aloud(code: str) -> str:
    return f"{code[:5]} {code[5:]}".lower()


def test_the_code_of_an_entry_opens_it(village: Village) -> None:
    code = entered_for_lai(village)
    assert "Chị Lan" in all_said(village, "lai", f"mã là {aloud(code)}")
    village.tap("lai", "Đúng, tôi xác nhận")
    assert "Bún" in all_said(village, "lai", "/trangthai")


def test_the_code_of_an_entry_at_the_question_of_a_claim_leads_to_the_entry(village: Village) -> None:
    code = entered_for_lai(village)
    village.say("lai", "/nhan")
    village.tap("lai", "Đồng ý")

    said = all_said(village, "lai", aloud(code))

    assert "không đúng" not in said
    village.tap("lai", "Mở ra xem")
    assert "Đúng, tôi xác nhận" in village.all_words("lai")


def test_the_code_of_a_role_gives_the_role(village: Village) -> None:
    village.official("huyen", "district_official", DISTRICT, "Anh Bình")
    village.say("huyen", "/capquyen")
    village.tap("huyen", "Mời người mới")
    village.tap("huyen", "cấp xã")
    code = village.say("huyen", "Võ Ninh")[-1].plain.removeprefix("/start cb_")

    village.say("moi", code)

    held = village.do(roles.roles_of, person_id=village.person("moi"), on=village.now.date())
    assert [one.place for one in held] == [COMMUNE]


def test_no_code_reaches_the_officials_list(village: Village) -> None:
    code = entered_for_lai(village)
    village.now = village.now.replace(month=7)
    village.say("lai", aloud(code))
    assert village.do(lambda db: db.execute(select(func.count()).select_from(unanswered)).scalar_one()) == 0
