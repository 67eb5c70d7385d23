"""An official reads who asks: person, number, product and place, after the person agreed to be contacted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.people import consents
from tests.handlers.desk import CHANNEL, COMMUNE, DISTRICT, Village, open_village, words_of

OFFICE = "cán bộ"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official(OFFICE, "district_official", DISTRICT, title="Phòng Nông nghiệp")
        opened.person("bà Lài", "Bà Lài", place=COMMUNE, phone="+84912345678")
        yield opened


def agree(village: Village) -> None:
    village.do(
        consents.give, person_id=village.person("bà Lài"), purpose="registration", text_version="v", channel=CHANNEL,
        now=village.now,
    )  # fmt: skip


def ask(village: Village) -> None:
    village.say("bà Lài", "/lienhe")
    village.say("bà Lài", "Nộp ở đâu ạ?")
    village.deliver()


def test_a_question_reaches_the_official_with_person_number_product_and_place(village: Village) -> None:
    agree(village)
    made = village.idea(village.person("bà Lài"))
    ask(village)

    told = village.last(OFFICE).plain
    assert f"Bà Lài, 0912 345 678, Khoai deo ({made.code})" in told
    assert "Xã Võ Ninh" in told
    assert "0912 345 678" in words_of(village.say(OFFICE, "/cauhoi")[0])


def test_a_request_for_help_names_the_person_too(village: Village) -> None:
    agree(village)
    made = village.idea(village.person("bà Lài"))
    item = next(one for one in village.pack.programme.kind("new").items if one.help)
    village.press("bà Lài", f"/vieccanlam {made.code} {item.id} giup")
    village.deliver()

    assert "Bà Lài, 0912 345 678" in village.last(OFFICE).plain


def test_without_consent_only_the_place_is_said(village: Village) -> None:
    ask(village)

    told = village.last(OFFICE).plain
    assert "Xã Võ Ninh" in told
    assert "Lài" not in told
    assert "912" not in told


def test_the_author_of_a_complaint_is_not_named_to_the_office_above(village: Village) -> None:
    agree(village)
    village.official("tỉnh", "province_official", "44")
    village.press("bà Lài", "/lienhe tren")
    village.say("bà Lài", "Cán bộ huyện đòi tiền")
    village.tap("bà Lài", "Không ghi tên")
    village.deliver()

    assert "Lài" not in village.all_words("tỉnh")


# --- posters ----------------------------------------------------------------------------------------------------------


def place_of(village: Village) -> str | None:
    from registry.people.people import person

    known = village.do(person, village.person("bà Lài"))
    assert known is not None
    return known.place


def test_a_poster_of_another_commune_asks_before_it_changes_the_known_one(village: Village) -> None:
    told = village.say("bà Lài", "/start xa_19216")[-1].plain
    assert "Võ Ninh" in told
    assert "Hải Ninh" in told
    assert place_of(village) == COMMUNE

    village.tap("bà Lài", "Đổi sang")
    assert place_of(village) == "19216"


def test_a_poster_may_be_declined_and_the_same_commune_asks_nothing(village: Village) -> None:
    village.say("bà Lài", "/start xa_19216")
    village.tap("bà Lài", "Vẫn ở")
    assert place_of(village) == COMMUNE
    assert "Em ghi nhận" in village.say("bà Lài", f"/start xa_{COMMUNE}")[-1].plain
