"""An official's announcement cannot leave the official's place, however it is asked for."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.telling import stamp
from registry import roles
from registry.roles import OPERATOR, Role
from registry.rows import broadcasts
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    NOWHERE,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    SIBLING_COMMUNE,
    Village,
    open_village,
    words_of,
)

TEXT = "Sáng thứ Hai họp ở nhà văn hóa, mời bà con."


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        for account, place in (("here", COMMUNE), ("beside", SIBLING_COMMUNE), ("away", OTHER_COMMUNE)):
            opened.person(account, f"Bà {account}", place=place)
        opened.person("placeless", "Bà không xã")
        yield opened


def sent(village: Village) -> list[tuple[str, int]]:
    query = select(broadcasts.c.place, broadcasts.c.people).order_by(broadcasts.c.confirmed_at)
    return [(row.place, row.people) for row in village.do(lambda db: db.execute(query).all())]


def got(village: Village) -> set[str]:
    return {account for account in village.heard if TEXT in village.all_words(account)} - {"office"}


def through(village: Village) -> None:
    """Write it and confirm it, if one is let."""
    village.say("office", TEXT)
    action = village.button("office", "Gửi cho")
    if action is not None:
        village.press("office", action)


def office(village: Village, role: str = "district_official", place: str = DISTRICT) -> Role:
    return village.official("office", role, place, "Cán bộ phụ trách")


def test_the_whole_place_is_reached_and_nobody_beside_it(village: Village) -> None:
    office(village)
    village.say("office", "/thongbao")
    village.tap("office", "Cả")
    through(village)
    assert got(village) == {"here", "beside"}
    assert sent(village) == [(DISTRICT, 2)]


def test_one_commune_of_it_is_reached_alone(village: Village) -> None:
    office(village)
    village.say("office", "/thongbao")
    village.press("office", f"={stamp(village.talk('office').version)}:{COMMUNE}")
    through(village)
    assert got(village) == {"here"}
    assert sent(village) == [(COMMUNE, 1)]


def test_a_commune_may_announce_to_itself_alone(village: Village) -> None:
    office(village, "commune_official", COMMUNE)
    village.say("office", "/thongbao")
    through(village)
    assert got(village) == {"here"}


@pytest.mark.parametrize("words", ["Bố Trạch", "huyện Bố Trạch", "tỉnh Quảng Bình", "Quảng Bình", "Cự Nẫm"])
def test_a_place_outside_that_is_typed_is_not_taken(village: Village, words: str) -> None:
    office(village)
    village.say("office", "/thongbao")
    village.say("office", words)
    assert village.talk("office").step == "place"
    through(village)
    assert sent(village) == []
    assert got(village) == set()


@pytest.mark.parametrize("code", [OTHER_DISTRICT, OTHER_COMMUNE, PROVINCE, NOWHERE, "", "%", "456 OR 1=1", "vi"])
def test_a_place_outside_in_a_made_up_button_is_not_taken(village: Village, code: str) -> None:
    office(village)
    village.say("office", "/thongbao")
    village.press("office", f"={stamp(village.talk('office').version)}:{code}")
    assert village.talk("office").step == "place"
    through(village)
    assert sent(village) == []
    assert got(village) == set()


def test_a_button_kept_from_a_wider_office_is_worth_nothing_in_a_narrower_one(village: Village) -> None:
    wide = office(village, "province_official", PROVINCE)
    village.say("office", "/thongbao")
    action = village.button("office", "Cả")
    assert action is not None
    revoke(village, wide)
    office(village, "commune_official", COMMUNE)
    village.press("office", action)
    through(village)
    village.say("office", "/thongbao")
    village.press("office", f"={stamp(village.talk('office').version)}:{PROVINCE}")
    assert {place for place, _ in sent(village)} <= {COMMUNE}
    assert got(village) <= {"here"}


def revoke(village: Village, role: Role) -> None:
    village.do(
        roles.revoke, role_id=role.id, by=OPERATOR, places=village.pack.places, on=village.now.date(), now=village.now
    )


@pytest.mark.parametrize("step", ["place", "text", "sure"])
def test_a_role_taken_away_while_it_is_written_stops_it_at_once(village: Village, step: str) -> None:
    role = office(village)
    village.say("office", "/thongbao")
    action = village.button("office", "Cả")
    assert action is not None
    if step != "place":
        village.press("office", action)
    if step == "sure":
        village.say("office", TEXT)
        action = village.button("office", "Gửi cho")
    revoke(village, role)
    if step != "text":
        assert action is not None
        village.press("office", action)
    through(village)
    assert sent(village) == []
    assert got(village) == set()


def test_a_role_that_ends_overnight_stops_what_was_written_the_evening_before(village: Village) -> None:
    village.official("office", "district_official", DISTRICT, until=village.now.date())
    village.say("office", "/thongbao")
    village.tap("office", "Cả")
    village.say("office", TEXT)
    village.now += timedelta(days=1)
    village.tap("office", "Gửi cho")
    assert sent(village) == []


def test_the_number_on_the_button_is_the_number_it_goes_to(village: Village) -> None:
    office(village)
    village.say("office", "/thongbao")
    village.tap("office", "Cả")
    village.say("office", TEXT)
    action = village.button("office", "Gửi cho 2")
    assert action is not None
    village.person("new", "Bà mới", place=COMMUNE)
    village.press("office", action)
    assert sent(village) == []
    village.tap("office", "Gửi cho 3")
    assert sent(village) == [(DISTRICT, 3)]


def test_an_announcement_to_nobody_is_not_sent_by_a_made_up_button(village: Village) -> None:
    office(village)
    empty = next(
        one.code for one in village.pack.places.children(DISTRICT) if one.code not in {COMMUNE, SIBLING_COMMUNE}
    )
    village.say("office", "/thongbao")
    version = village.talk("office").version
    village.press("office", f"={stamp(version)}:{empty}")
    village.say("office", TEXT)
    village.press("office", f"={stamp(village.talk('office').version)}:send0")
    assert sent(village) == []


def test_pressed_twice_it_is_one_announcement(village: Village) -> None:
    office(village)
    village.say("office", "/thongbao")
    village.tap("office", "Cả")
    village.say("office", TEXT)
    action = village.button("office", "Gửi cho")
    assert action is not None
    village.press("office", action)
    village.press("office", action)
    assert sent(village) == [(DISTRICT, 2)]
    assert village.all_words("here").count(TEXT) == 1


def test_who_stopped_or_paused_is_neither_counted_nor_told(village: Village) -> None:
    office(village)
    village.say("here", "/dung")
    village.say("beside", "/tamdung 7")
    village.say("office", "/thongbao")
    village.tap("office", "Cả")
    village.say("office", TEXT)
    assert village.button("office", "Gửi cho") is None
    assert got(village) == set()


@pytest.mark.parametrize(("role", "place"), [("helper", COMMUNE), ("admin", PROVINCE)])
def test_a_helper_and_the_administrator_announce_nothing(village: Village, role: str, place: str) -> None:
    office(village, role, place)
    village.say("office", "/thongbao")
    village.press("office", f"={stamp(village.talk('office').version)}:{place}")
    through(village)
    assert sent(village) == []


def test_the_names_shown_to_check_by_eye_are_of_ones_own_place(village: Village) -> None:
    office(village, "commune_official", COMMUNE)
    village.say("office", "/thongbao")
    shown = "".join(map(words_of, village.say("office", TEXT)))
    assert "Bà here" in shown
    assert "Bà beside" not in shown
    assert "Bà away" not in shown
