"""A commune's office that announces, the office above it, and people who are told or not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from registry.store.rows import broadcasts
from tests.announced import alone
from tests.handlers.desk import COMMUNE, DISTRICT, SIBLING_COMMUNE, Village, open_village, words_of

TEXT = "Sáng thứ Hai họp ở nhà văn hóa, mời bà con."
LINK = "Bà con đăng ký lớp học tại trang ocop.gov.vn nhé."


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("office", "commune_official", COMMUNE, "UBND xã")
        opened.official("above", "district_official", DISTRICT, "Phòng Nông nghiệp huyện")
        opened.person("an", "Bà An", place=COMMUNE)
        opened.person("binh", "Ông Bình", place=COMMUNE)
        opened.person("beside", "Bà Bên", place=SIBLING_COMMUNE)
        yield opened


def written(village: Village, text: str = TEXT) -> str:
    """Everything shown after the text, up to the preview."""
    village.say("office", "/thongbao")
    return "\n".join(map(words_of, village.say("office", text)))


def row(village: Village):
    query = select(broadcasts).order_by(broadcasts.c.confirmed_at.desc()).limit(1)
    return village.do(lambda db: db.execute(query).one())


def got(village: Village, words: str = TEXT) -> set[str]:
    village.wait_out_delay()
    return {account for account in village.heard if words in village.all_words(account)} - {"office", "above"}


def heard(village: Village, account: str, since: int) -> str:
    return "\n".join(map(words_of, village.heard.get(account, [])[since:]))


def more(village: Village, label: str) -> str:
    village.tap("office", "Thêm lựa chọn")
    return "\n".join(map(words_of, village.tap("office", label)))


def few(village: Village, **figures: Any) -> None:
    """Other figures of what one official may announce alone."""
    village.house = replace(village.house, pack=alone(village.pack, **figures))


def asked(village: Village, text: str = LINK) -> str:
    written(village, text)
    village.tap("office", "Gửi người duyệt")
    village.deliver()
    return str(row(village).id)
