"""An official's announcement cannot leave the official's place, however it is asked for."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select

from content.message import Message
from handlers.conversation.telling import stamp
from registry.broadcasts import broadcasts as broadcasts_of
from registry.broadcasts.audiences import tags
from registry.people import roles
from registry.people.roles import OPERATOR, Role
from registry.products.recognitions import Certificate, enter
from registry.store.rows import broadcasts, deliveries
from tests.announced import announced
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
    village.wait_out_delay()
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
    village.wait_out_delay()
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


# --- every further action, crafted ------------------------------------------------------------------------------------

ACTIONS = (
    "so", "dung", "tamdung", "tieptuc", "guilai", "dinhchinh", "chep", "nhan", "sua", "thoisua", "xemduyet",
)  # fmt: skip
PRESSES = (
    "more", "filter", "hour", "file", "self", "channels", "back", "done", "none", "nofilter", "nofile", "now", "other",
    "roles", "kinds", "groups", "steps", "statuses", "stars", "spoke_days", "tag", "producer", "commune_official", "recognised",
    "new", "food", "1", "2", "3", "t0", "night", "nightnow", "night2021-06-01T22:00", "2021-06-02T08:00", "edit", "again",
    "replace", "keep", "idea_submitted",
    *(f"{word}{count}" for word in ("send", "ask") for count in range(6)), PROVINCE, DISTRICT, OTHER_COMMUNE, COMMUNE, "",
)  # fmt: skip
FILTERED = (
    ("roles", "producer"), ("roles", "commune_official"), ("kinds", "new"), ("groups", "food"), ("steps", "2"), ("statuses", "idea_submitted"),
    ("stars", "3"), ("spoke_days", "90"), ("tag", "t0"),
)  # fmt: skip
WORDS = (
    "Bà con vào trang ocop.vn xem nhé mọi người",
    TEXT,
    "Quảng Bình",
    "huyện Bố Trạch",
    "7 giờ sáng mai",
    "1",
    "nhãn",
)


def test_whatever_an_official_does_in_whatever_order_nobody_outside_is_reached(village: Village) -> None:
    """A long random walk through every step, filter, edit, hour and button, its own ids and those of others."""
    chance = random.Random(1)
    office(village, "commune_official", COMMUNE)
    province = village.official("wide", "province_official", PROVINCE, "Cán bộ tỉnh")
    village.official("second", "district_official", DISTRICT, "Cán bộ huyện")
    for account in ("here", "beside", "away", "placeless"):
        person = village.person(account)
        idea = village.idea(person, COMMUNE if account == "here" else OTHER_COMMUNE)
        village.do(
            lambda db, idea=idea: enter(
                db,
                programme=village.pack.programme,
                product_id=idea.product_id,
                application_id=idea.id,
                certificate=Certificate(4, "1/GCN", village.now.date()),
                actor="operator",
                now=village.now,
            )
        )
        village.do(
            lambda db, person=person: db.execute(
                insert(tags).values(person_id=person, place=COMMUNE, tag="bao bì", at=village.now)
            )
        )
    wide = village.do(
        announced, pack=village.pack, role=province, place=PROVINCE, now=village.now,
        say=lambda number: Message(f"{number} tin của tỉnh"), due_at=village.now + timedelta(days=30),
    )  # fmt: skip
    before = of_broadcast(village, wide.id)
    ids = [wide.id]
    for _ in range(40):
        kind = chance.random()
        if kind < 0.6:
            composed(village, chance)
        elif kind < 0.75:
            village.press("office", f"={stamp(village.talk('office').version)}:{chance.choice(PRESSES)}")
            village.say("office", chance.choice(WORDS))
        else:
            one, more = chance.choice(ids), chance.choice(("", " kenhkhac", " nghi", " 1", " 1 1"))
            village.press("office", f"/thongbao {chance.choice(ACTIONS)} {one}{more}"[:60])
            village.say("office", chance.choice(WORDS[:2]))
            confirm(village)
        village.press("second", f"/thongbao duyet {ids[-1]} 1 1")
        ids = [wide.id, *village.do(lambda db: db.execute(OWN, {"wide": wide.id}).scalars().all())]
    reached = {account for made in ids[1:] for account, _state in of_broadcast(village, made)}
    assert len(ids) > 3
    assert reached == {"here"}
    assert of_broadcast(village, wide.id) == before


def composed(village: Village, chance: random.Random) -> None:
    """One announcement with any filter and any hour, as far as taps and made-up presses bring it."""
    village.say("office", f"/thongbao {chance.choice(WORDS[:2])}")
    field, value = chance.choice(FILTERED)
    ways = [("more", "filter", field, value, "done", "done"), ("more", "hour", chance.choice(PRESSES)), ()]
    for press in chance.choice(ways):
        village.press("office", f"={stamp(village.talk('office').version)}:{press}")
    confirm(village)


def confirm(village: Village) -> None:
    """Press what is there to send it or to have it seen; else make a button up."""
    version = stamp(village.talk("office").version)
    shown = village.heard["office"][-1].choices
    real = next((one.action for one in shown if ":send" in one.action or ":ask" in one.action), None)
    village.press("office", real or f"={version}:send1")


OWN = select(broadcasts.c.id).where(broadcasts.c.id != bindparam("wide"))


def of_broadcast(village: Village, broadcast_id: str) -> list[tuple[str, str]]:
    query = (
        select(deliveries.c.account, deliveries.c.state)
        .where(deliveries.c.broadcast_id == broadcast_id)
        .order_by(deliveries.c.account)
    )
    return [(row.account, row.state) for row in village.do(lambda db: db.execute(query).all())]


@pytest.mark.parametrize("action", [*ACTIONS, "duyet", "tuchoi"])
def test_an_announcement_of_others_is_as_if_it_were_not_there(village: Village, action: str) -> None:
    office(village, "commune_official", COMMUNE)
    province = village.official("wide", "province_official", PROVINCE, "Cán bộ tỉnh")
    wide = village.do(
        announced, pack=village.pack, role=province, place=PROVINCE, now=village.now,
        say=lambda number: Message(f"{number} tin riêng của tỉnh, xem ocop.vn"),
    )  # fmt: skip
    rest = {"duyet": " 1 4", "tuchoi": " 1"}.get(action, "")
    real = "".join(map(words_of, village.press("office", f"/thongbao {action} {wide.id}{rest}")))
    village.say("office", "/huy")
    none = "".join(map(words_of, village.press("office", f"/thongbao {action} khongcothongbao{rest}")))

    assert "tin riêng của tỉnh" not in real
    assert real == none
    assert village.do(broadcasts_of.one, wide.id) == wide
