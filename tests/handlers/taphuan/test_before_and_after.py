# ruff: noqa: F811  the fixture is imported by its name
"""The evening before a gathering, its second official, and who came."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, update

from handlers.conversation.telling import Telling
from registry.deliveries.states import Reason
from registry.people import people
from registry.store import audit
from registry.store.rows import deliveries, invitees
from tests.announced import alone
from tests.handlers.desk import (
    COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    SIBLING_COMMUNE,
    Village,
    words_of,
)
from tests.handlers.taphuan.test_taphuan import (  # noqa: F401  helpers and fixtures
    TITLE,
    forward,
    leave,
    move_day,
    office,
    only,
    plan,
    rows,
    sweep,
    village,
)


def test_the_evening_before_is_said_once_and_only_to_who_said_yes(village: Village) -> None:
    office(village)
    plan(village)
    village.tap("here", "Tôi đi được")
    village.now = datetime.fromisoformat("2021-06-10T17:59+07:00")
    assert sweep(village)["reminded"] == 0
    village.now = datetime.fromisoformat("2021-06-10T18:01+07:00")
    assert sweep(village)["reminded"] == 1
    assert sweep(village)["reminded"] == 0
    assert village.all_words("here").count("Ngày mai") == 1
    assert "Ngày mai" not in village.all_words("beside")


def test_held_up_into_the_night_it_says_today_in_the_morning(village: Village) -> None:
    office(village)
    plan(village)
    village.tap("here", "Tôi đi được")
    village.now = datetime.fromisoformat("2021-06-10T23:30+07:00")
    sweep(village)
    assert "có hẹn" not in village.all_words("here")
    village.now = datetime.fromisoformat("2021-06-11T07:00+07:00")
    village.deliver()
    assert "Hôm nay" in village.last("here").plain


def test_after_the_beginning_nothing_is_said(village: Village) -> None:
    office(village)
    plan(village)
    village.tap("here", "Tôi đi được")
    village.now = datetime.fromisoformat("2021-06-11T14:01+07:00")
    assert sweep(village)["reminded"] == 0
    assert "có hẹn" not in village.all_words("here")


def test_a_day_that_was_moved_is_reminded_on_its_own_evening(village: Village) -> None:
    office(village)
    made = plan(village)
    village.tap("here", "Tôi đi được")
    village.now = datetime.fromisoformat("2021-06-10T18:01+07:00")
    sweep(village)
    move_day(village, made)
    sweep(village)
    village.now = datetime.fromisoformat("2021-06-14T18:01+07:00")
    assert sweep(village)["reminded"] == 1
    assert village.all_words("here").count("Ngày mai") == 2


# --- a second official ------------------------------------------------------------------------------------------------


def few(village: Village, most: int) -> None:
    pack = village.pack
    changed = alone(pack, second_official_above=most)
    village.house = replace(village.house, pack=changed)


def test_a_paused_commune_is_invited_after_its_pause(village: Village) -> None:
    office(village)
    village.press("office", f"/tamdung {COMMUNE} 2021-06-04 chac")
    plan(village)
    sweep(village)
    meanwhile = TITLE in village.all_words("here")
    forward(village, days=4)
    sweep(village)

    assert TITLE in village.all_words("beside")
    assert (meanwhile, TITLE in village.all_words("here")) == (False, True)


def test_who_paused_after_they_were_counted_is_invited_when_they_take_messages_again(village: Village) -> None:
    office(village)
    plan(village, when="14 giờ thứ Sáu 11/6")
    village.do(lambda db: db.execute(update(invitees).values(told_at=None)).rowcount)
    village.do(lambda db: db.execute(delete(deliveries)).rowcount)
    village.heard.pop("here")
    village.press("here", "/tamdung 7")
    sweep(village)
    meanwhile = TITLE in village.all_words("here")
    village.press("here", "/nhantin")
    sweep(village)

    assert (meanwhile, TITLE in village.all_words("here")) == (False, True)


def test_in_a_paused_commune_the_evening_before_is_said_after_the_pause_or_not_at_all(village: Village) -> None:
    office(village)
    plan(village)
    for account in ("here", "beside"):
        village.tap(account, "Tôi đi được")
    village.now = datetime.fromisoformat("2021-06-10T17:00+07:00")
    village.press("office", f"/tamdung {COMMUNE} 2021-06-10 chac")
    village.press("office", f"/tamdung {SIBLING_COMMUNE} 2021-06-12 chac")
    forward(village, hours=2)
    sweep(village)
    evening_words = village.all_words("here") + village.all_words("beside")
    village.now = datetime.fromisoformat("2021-06-11T07:01+07:00")
    sweep(village)

    assert "có hẹn" not in evening_words
    assert "Hôm nay anh/chị có hẹn" in village.all_words("here")
    assert "có hẹn" not in village.all_words("beside")


def test_many_people_are_invited_once_a_second_official_has_looked(village: Village) -> None:
    few(village, 1)
    office(village)
    above = office(village, "province_official", PROVINCE, "above")
    made = plan(village, button="Gửi người duyệt")
    assert "gửi quá 1 người trong một ngày" in village.last("office").plain
    assert "Cán bộ above" in village.last("office").plain
    assert "chờ một cán bộ khác duyệt" in words_of(village.say("office", f"/taphuan xem {made.id}")[-1])
    sweep(village)
    assert TITLE not in village.all_words("here")
    village.deliver()
    village.tap("above", "Xem để duyệt")
    assert "Nhà văn hóa thôn Tân Định" in village.all_words("above")
    village.tap("above", "Duyệt, mời 2")
    assert (only(village).state, only(village).approved_by) == ("open", above.person_id)
    assert village.all_words("here").count(TITLE) == 1
    assert "đã duyệt" in village.all_words("office")
    assert "nay đã khác: đã duyệt" in words_of(village.say("above", f"/taphuan duyet {made.id} 1")[-1])


@pytest.mark.parametrize("act", ["xemduyet {id}", "duyet {id} 1", "tuchoi {id} 1"])
def test_its_author_and_offices_beside_and_below_let_nothing_go(village: Village, act: str) -> None:
    few(village, 1)
    office(village)
    made = plan(village, button="Gửi người duyệt")
    office(village, "district_official", OTHER_DISTRICT, "stranger")
    office(village, "commune_official", COMMUNE, "below")
    for account in ("office", "stranger", "below", "here"):
        village.say(account, f"/taphuan {act.format(id=made.id)}")
        assert account == "office" or TITLE not in village.all_words(account)
    assert only(village).state == "waiting"


def test_sent_back_its_author_mends_it_and_it_is_asked_again(village: Village) -> None:
    few(village, 1)
    office(village)
    office(village, "province_official", PROVINCE, "above")
    made = plan(village, button="Gửi người duyệt")
    village.deliver()
    village.tap("above", "Xem để duyệt")
    village.tap("above", "Chưa duyệt")
    village.deliver()
    assert "chưa duyệt" in village.all_words("office")
    village.say("office", f"/taphuan sua {made.id}")
    village.tap("office", "Sửa địa điểm")
    village.say("office", "Hội trường xã")
    village.tap("office", "Gửi người duyệt")
    assert "chờ một cán bộ khác duyệt" in village.last("office").plain
    village.deliver()
    village.tap("above", "Xem để duyệt")
    assert "Hội trường xã" in village.all_words("above")
    assert TITLE not in village.all_words("here")


def test_what_many_know_of_keeps_its_words(village: Village) -> None:
    office(village)
    made = plan(village)
    few(village, 1)
    village.say("office", f"/taphuan sua {made.id}")
    village.tap("office", "Sửa tên")
    village.say("office", "Nhận quà miễn phí")
    assert "hủy buổi này rồi mời lại" in words_of(village.tap("office", "Lưu")[-1])
    sweep(village)
    assert "quà" not in village.all_words("here")


# --- who came ---------------------------------------------------------------------------------------------------------


def test_an_official_ticks_who_came_page_by_page(village: Village) -> None:
    for number in range(10):
        village.person(f"p{number}", f"Ông {number}", place=COMMUNE)
    office(village)
    made = plan(village)
    for number in range(10):
        village.press(f"p{number}", f"/thamdu {made.id} di")
    assert "mới bắt đầu" in words_of(village.say("office", f"/taphuan co {made.id} {village.person('p1')} 1")[-1])
    forward(village, days=10, hours=6)
    village.say("office", f"/taphuan xem {made.id}")
    village.tap("office", "Điểm danh")
    assert "Trang 1/2" in village.last("office").plain
    village.tap("office", "Ông 3")
    assert "✓ Ông 3" in [c.label for c in village.last("office").choices]
    village.tap("office", "Trang sau")
    village.tap("office", "Ông 9")
    assert "Đã có mặt: 2" in village.last("office").plain
    village.tap("office", "✓ Ông 9")
    assert "Đã có mặt: 1" in village.last("office").plain
    assert sum(row.came is True for row in rows(village, invitees)) == 1


def test_the_list_to_take_along_is_written_down_and_named_for_the_one_who_asked(village: Village) -> None:
    held = office(village)
    made = plan(village)
    told = village.say("office", f"/taphuan tai {made.id}")
    person = village.person("office")
    assert told[-1].attachments[0].file == f"attendance:{person}:{held.id}:{made.id}"
    assert [row.act for row in village.do(audit.entries, noun="gathering", noun_id=made.id)][-1] == "export.run"


def test_enough_lists_a_day_is_told_kindly(village: Village) -> None:
    village.house = replace(village.house, exports_per_day=1)
    office(village)
    made = plan(village)
    village.say("office", f"/taphuan tai {made.id}")
    told = village.say("office", f"/taphuan tai {made.id}")
    assert "Mai anh/chị tải tiếp" in words_of(told[-1])
    assert not told[-1].attachments


def test_two_people_of_one_name_are_told_apart_by_their_place(village: Village) -> None:
    village.person("third", "Bà here", place=SIBLING_COMMUNE)
    office(village)
    made = plan(village)
    forward(village, days=10, hours=6)
    listed = words_of(village.say("office", f"/taphuan diemdanh {made.id} 1 tat")[-1])
    assert listed.count("Bà here, Xã") == 2
    assert "Bà beside, " not in listed


def test_who_asked_to_be_forgotten_is_on_no_list_any_more(village: Village) -> None:
    from registry.identity.erasing import erase

    office(village)
    plan(village)
    village.tap("here", "Tôi đi được")

    def forget(db: Any) -> None:
        tell = Telling(village.house, db, village.now)
        erase(db, pack=village.pack, person_id=here, now=village.now, tell=tell)

    here = village.person("here")
    village.do(forget)
    assert here not in {row.person_id for row in rows(village, invitees)}
    assert village.do(people.person, here) is None


def test_an_invitation_is_not_delivered_once_it_has_begun(village: Village) -> None:
    office(village)
    plan(village)
    leave(village)
    parked = update(deliveries).where(deliveries.c.kind == "broadcast").values(state="held")
    village.do(lambda db: db.execute(parked).rowcount)
    forward(village, days=30)
    for account in ("here", "beside", "away", "third"):
        village.say(account, "xin chào")

    assert {(row.state, row.reason) for row in rows(village, deliveries) if row.kind == "broadcast"} == {
        ("expired", Reason.PAST_ITS_END.value)
    }


def test_invitations_have_the_urgency_of_an_announcement(village: Village) -> None:
    office(village)
    plan(village)
    kinds = {row.kind for row in rows(village, deliveries) if row.key.startswith("event:")}
    assert kinds == {"broadcast"}
