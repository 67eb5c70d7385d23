"""Trainings and fairs: planned by an official, answered by those invited, never beyond the official's place."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from content.message import Message
from handlers.conversation.telling import Telling, stamp
from handlers.taphuan.state import Planning
from registry.deliveries.reaching import Foreseen
from registry.people import roles
from registry.people.roles import OPERATOR
from registry.store import audit
from registry.store.rows import gatherings, invitees
from scheduler import gatherings as evening
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

TITLE = "Tập huấn ghi nhãn"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        for account, place in (("here", COMMUNE), ("beside", SIBLING_COMMUNE), ("away", OTHER_COMMUNE)):
            opened.person(account, f"Bà {account}", place=place)
        yield opened


def sweep(village: Village) -> dict[str, int]:
    def unit(db: Any) -> dict[str, int]:
        return evening.sweep(db, pack=village.pack, tell=Telling(village.house, db, village.now), now=village.now)

    done = village.do(unit)
    village.deliver()
    return done


def rows(village: Village, table: Any) -> list[Any]:
    return village.do(lambda db: db.execute(select(table)).all())


def only(village: Village) -> Any:
    found = rows(village, gatherings)
    assert len(found) == 1
    return found[0]


def office(
    village: Village, role: str = "district_official", place: str = DISTRICT, account: str = "office"
) -> roles.Role:
    return village.official(account, role, place, f"Cán bộ {account}")


def plan(
    village: Village, *, seats: str = "40", when: str = "14 giờ thứ Sáu 11/6", place: str = "Cả", account: str = "office",
    kind: str = "Tập huấn bà con", button: str = "Mời",
) -> Any:  # fmt: skip
    """Through the whole conversation, to the row that was made."""
    village.say(account, "/taphuan moi")
    village.tap(account, kind)
    if village.talk(account).step == "place":
        village.tap(account, place)
    for words in (TITLE, when, "Nhà văn hóa thôn Tân Định", seats):
        village.say(account, words)
    village.tap(account, button)
    leave(village)
    return only(village)


def leave(village: Village) -> None:
    """The delay of what one official sends alone is over."""
    village.now += village.pack.programme.announcements.delay
    sweep(village)


def planned(village: Village, account: str = "office") -> Planning:
    """The memory of the conversation."""
    return Planning.from_json(village.talk(account).data)


def answers(village: Village) -> dict[str, str]:
    found = rows(village, invitees)
    return {account: row.state for account in ("here", "beside", "away", "office", "third")
            for row in found if row.person_id == village.person(account)}  # fmt: skip


def forward(village: Village, **ahead: float) -> None:
    village.now += timedelta(**ahead)


# --- planning ---------------------------------------------------------------------------------------------------------


def test_an_invitation_reaches_the_people_of_the_place_and_nobody_beside_it(village: Village) -> None:
    office(village)
    made = plan(village)
    assert made.place == DISTRICT
    assert made.invited == 2
    assert made.starts_at == datetime.fromisoformat("2021-06-11T14:00+07:00")
    assert TITLE in village.all_words("here")
    assert "14:00 thứ Sáu 11/06" in village.all_words("here")
    assert "Có 40 chỗ" in village.all_words("here")
    assert TITLE in village.all_words("beside")
    assert TITLE not in village.all_words("away")
    assert [c.label for c in village.last("here").choices] == ["Tôi đi được", "Không đi được", "Để sau"]


def test_the_title_and_the_venue_lie_sealed(village: Village) -> None:
    office(village)
    made = plan(village)
    assert TITLE.encode() not in made.words_sealed
    assert "Tân Định".encode() not in village.file.read_bytes() + village.file.with_name("village.db-wal").read_bytes()


def test_a_training_of_councils_invites_officials_and_no_producers(village: Village) -> None:
    office(village)
    village.official("here", "commune_official", COMMUNE, "Cán bộ xã")
    village.official("away", "commune_official", OTHER_COMMUNE, "Cán bộ xã khác")
    made = plan(village, kind="Hội đồng")
    assert made.invited == 1
    assert TITLE in village.all_words("here")
    assert TITLE not in village.all_words("beside") + village.all_words("away")


def test_who_stopped_is_not_invited(village: Village) -> None:
    office(village)
    village.say("here", "/dung")
    assert plan(village).invited == 1
    assert TITLE not in village.all_words("here")


@pytest.mark.parametrize(
    ("words", "asked"),
    [("hôm nay 7 giờ sáng", "đã qua"), ("hôm qua 14h", "đã qua"), ("xyz", "chưa đọc được"), ("1/1/2021 14h", "đã qua")],
)
def test_a_past_or_unclear_moment_is_refused_with_an_example(village: Village, words: str, asked: str) -> None:
    office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    village.tap("office", "Cả")
    village.say("office", TITLE)
    told = words_of(village.say("office", words)[-1])
    assert asked in told
    assert "14 giờ thứ Sáu" in told
    assert village.talk("office").step == "when"
    village.say("office", "2 giờ chiều mai")
    assert planned(village).hour == time(14)
    assert village.talk("office").step == "venue"


def test_a_day_without_an_hour_asks_the_hour_and_morning_or_evening(village: Village) -> None:
    office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", "Hội chợ")
    village.tap("office", "Cả")
    village.say("office", TITLE)
    village.say("office", "thứ sáu 11/6")
    assert village.talk("office").step == "when"
    village.say("office", "7 giờ")
    village.tap("office", "19:00")
    assert planned(village).hour == time(19)
    assert planned(village).day == date(2021, 6, 11)


@pytest.mark.parametrize("words", ["Vào https://ocop-qb.top nhận quà", "Gọi 0912 345 678 giữ chỗ", "ocop.vn"])
def test_a_link_or_a_number_is_not_taken_into_an_invitation(village: Village, words: str) -> None:
    office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    village.tap("office", "Cả")
    assert "đường dẫn" in words_of(village.say("office", words)[-1])
    assert village.talk("office").step == "title"


def test_pressed_twice_it_is_one_gathering_and_one_invitation(village: Village) -> None:
    office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    village.tap("office", "Cả")
    for words in (TITLE, "14 giờ 11/6", "Nhà văn hóa", "40"):
        village.say("office", words)
    action = village.button("office", "Mời 2")
    assert action is not None
    village.press("office", action)
    village.press("office", action)
    leave(village)
    assert only(village).invited == 2
    assert village.all_words("here").count(TITLE) == 1


def test_at_night_the_invitation_waits_for_the_morning(village: Village) -> None:
    office(village)
    forward(village, hours=14)
    plan(village)
    assert TITLE not in village.all_words("here")
    forward(village, hours=9)
    sweep(village)
    assert TITLE in village.all_words("here")


# --- scope ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [OTHER_DISTRICT, OTHER_COMMUNE, PROVINCE, NOWHERE, "", "%", "456 OR 1=1"])
def test_a_place_outside_in_a_made_up_button_is_not_taken(village: Village, code: str) -> None:
    office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    village.press("office", f"={stamp(village.talk('office').version)}:{code}")
    assert village.talk("office").step == "place"
    village.say("office", "huyện Bố Trạch")
    assert village.talk("office").step == "place"
    assert rows(village, gatherings) == []


def test_a_commune_invites_its_own_people_alone_whatever_its_buttons_say(village: Village) -> None:
    office(village, "commune_official", COMMUNE)
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    for words in (TITLE, "14 giờ 11/6", "Nhà văn hóa", "40"):
        village.say("office", words)
    for forged in ("mend_place", "mend_kind", "send9999", f"place_{DISTRICT}", DISTRICT):
        village.press("office", f"={stamp(village.talk('office').version)}:{forged}")
        if village.talk("office").step == "place":
            village.press("office", f"={stamp(village.talk('office').version)}:{DISTRICT}")
            assert village.talk("office").step == "place"
            village.press("office", f"={stamp(village.talk('office').version)}:{COMMUNE}")
        if village.talk("office").step == "kind":
            village.tap("office", "Tập huấn bà con")
    village.tap("office", "Mời 1")
    assert only(village).place == COMMUNE
    assert TITLE not in village.all_words("beside") + village.all_words("away")


def test_a_role_taken_away_while_it_is_planned_stops_it(village: Village) -> None:
    held = office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    village.tap("office", "Cả")
    for words in (TITLE, "14 giờ 11/6", "Nhà văn hóa", "40"):
        village.say("office", words)
    action = village.button("office", "Mời 2")
    assert action is not None
    village.do(
        roles.revoke, role_id=held.id, by=OPERATOR, places=village.pack.places, on=village.now.date(), now=village.now
    )
    village.press("office", action)
    assert rows(village, gatherings) == []


@pytest.mark.parametrize(("role", "place"), [("helper", COMMUNE), ("admin", PROVINCE)])
def test_a_helper_and_the_administrator_invite_nobody(village: Village, role: str, place: str) -> None:
    office(village, role, place)
    assert "ngoài phạm vi" in words_of(village.say("office", "/taphuan moi")[-1])


@pytest.mark.parametrize("act", ["xem", "sua", "huy", "diemdanh {id} 1", "co {id} {person} 1", "tai"])
def test_an_official_of_another_place_does_not_find_it(village: Village, act: str) -> None:
    office(village)
    made = plan(village)
    office(village, "district_official", OTHER_DISTRICT, "stranger")
    kept = rows(village, gatherings), rows(village, invitees)
    what = act if "{" in act else f"{act} {{id}}"
    told = village.say("stranger", f"/taphuan {what.format(id=made.id, person=village.person('here'))}")
    assert "Không thấy buổi này" in words_of(told[-1])
    assert TITLE not in village.all_words("stranger")
    assert (rows(village, gatherings), rows(village, invitees)) == kept


def test_an_office_below_sees_only_what_it_was_invited_for_and_changes_nothing_of_it(village: Village) -> None:
    office(village)
    made = plan(village)
    office(village, "commune_official", COMMUNE, "below")
    assert "Không thấy" in words_of(village.say("below", f"/taphuan xem {made.id}")[-1])
    village.say("below", f"/taphuan huy {made.id} 1 chac")
    assert only(village).state == "open"


def test_a_commune_cannot_call_off_what_the_district_holds_in_it(village: Village) -> None:
    office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    village.press("office", f"={stamp(village.talk('office').version)}:{COMMUNE}")
    for words in (TITLE, "14 giờ 11/6", "Nhà văn hóa", "40"):
        village.say("office", words)
    village.tap("office", "Mời 1")
    leave(village)
    made = only(village)
    office(village, "commune_official", COMMUNE, "below")
    assert TITLE in words_of(village.say("below", f"/taphuan xem {made.id}")[-1])
    village.say("below", f"/taphuan huy {made.id} 1 chac")
    village.say("below", f"/taphuan sua {made.id}")
    assert village.talk("below").topic is None
    assert only(village).state == "open"


# --- answers and seats ------------------------------------------------------------------------------------------------


def test_a_yes_is_kept_and_the_same_yes_again_changes_nothing(village: Village) -> None:
    office(village)
    plan(village)
    told = village.tap("here", "Tôi đi được")
    assert "em ghi" in words_of(told[-1])
    action = f"/thamdu {only(village).id} di"
    village.press("here", action)
    assert answers(village) == {"here": "yes", "beside": "none"}
    acts = [row.act for row in village.do(audit.entries, noun="gathering", noun_id=only(village).id)]
    assert acts == ["event.invite", "event.answer"]


def test_who_says_yes_after_the_evening_is_promised_no_reminder(village: Village) -> None:
    office(village)
    plan(village)
    village.now = datetime.fromisoformat("2021-06-10T20:00+07:00")
    told = words_of(village.tap("here", "Tôi đi được")[-1])
    assert "em ghi" in told
    assert "nhắc" not in told


def test_a_full_house_has_a_line_and_a_free_seat_goes_to_its_first(village: Village) -> None:
    village.person("third", "Bà ba", place=COMMUNE)
    office(village)
    made = plan(village, seats="1 chỗ")
    village.tap("here", "Tôi đi được")
    assert "thứ 1 trong danh sách chờ" in words_of(village.tap("beside", "Tôi đi được")[-1])
    assert "thứ 2 trong danh sách chờ" in words_of(village.tap("third", "Tôi đi được")[-1])
    village.press("here", f"/thamdu {made.id} khong")
    assert answers(village) == {"here": "no", "beside": "yes", "third": "waiting"}
    assert "Có chỗ rồi" in village.all_words("beside")
    assert "Có chỗ rồi" not in village.all_words("third")


def test_later_takes_no_promised_seat_away(village: Village) -> None:
    office(village)
    made = plan(village)
    village.tap("here", "Tôi đi được")
    village.press("here", f"/thamdu {made.id} sau")
    assert answers(village)["here"] == "yes"


def test_somebody_who_was_not_invited_answers_nothing(village: Village) -> None:
    office(village)
    made = plan(village)
    for given in ("di", "khong", "sau", "chac", ""):
        told = village.press("away", f"/thamdu {made.id} {given}")
        assert "không thấy lời mời" in words_of(told[-1])
        assert TITLE not in words_of(told[-1])
    assert set(answers(village).values()) == {"none"}


def test_an_answer_after_the_beginning_is_told_so(village: Village) -> None:
    office(village)
    made = plan(village)
    forward(village, days=11)
    assert "đã diễn ra" in words_of(village.press("here", f"/thamdu {made.id} di")[-1])
    assert answers(village)["here"] == "none"


# --- changes ----------------------------------------------------------------------------------------------------------


def move_day(village: Village, made: Any, words: str = "8 giờ sáng 15/6", button: str = "Lưu") -> list[Message]:
    village.say("office", f"/taphuan sua {made.id}")
    village.tap("office", "Sửa ngày giờ")
    village.say("office", words)
    return village.tap("office", button)


def test_a_moved_day_is_told_to_those_who_come_and_to_nobody_else(village: Village) -> None:
    office(village)
    made = plan(village)
    village.tap("here", "Tôi đi được")
    move_day(village, made)
    assert "nay là 08:00 thứ Ba 15/06" in village.all_words("here")
    assert "thay đổi" not in village.all_words("beside")
    assert answers(village)["here"] == "yes"
    assert "08:00 thứ Ba 15/06" in words_of(village.press("beside", f"/thamdu {made.id} di")[-1])


def test_an_invitation_that_has_not_left_says_the_new_day(village: Village) -> None:
    office(village)
    forward(village, hours=14)
    made = plan(village)
    move_day(village, made, button="Mời 2")
    sweep(village)
    forward(village, hours=10)
    sweep(village)
    assert "08:00 thứ Ba 15/06" in village.all_words("here")
    assert "11/06" not in village.all_words("here")
    assert village.all_words("here").count(TITLE) == 1


def test_fewer_seats_than_were_promised_are_refused_with_the_number(village: Village) -> None:
    office(village)
    made = plan(village)
    village.tap("here", "Tôi đi được")
    village.tap("beside", "Tôi đi được")
    village.say("office", f"/taphuan sua {made.id}")
    village.tap("office", "Sửa số chỗ")
    village.say("office", "1")
    assert "ít nhất là 2" in words_of(village.tap("office", "Lưu")[-1])
    assert only(village).seats == 40


def test_of_two_who_change_it_at_once_the_second_is_told(village: Village) -> None:
    office(village)
    made = plan(village)
    office(village, account="colleague")
    village.say("colleague", f"/taphuan sua {made.id}")
    move_day(village, made)
    assert "vừa có người sửa" in words_of(village.tap("colleague", "Lưu")[-1])
    assert only(village).version == 2


def test_called_off_it_is_told_to_those_who_come_and_no_reminder_follows(village: Village) -> None:
    office(village)
    made = plan(village)
    village.tap("here", "Tôi đi được")
    village.say("office", f"/taphuan huy {made.id}")
    action = village.button("office", "Hủy và báo")
    assert action is not None
    village.press("office", action)
    village.press("office", action)
    assert village.all_words("here").count("đã hủy") == 1
    assert "đã hủy" not in village.all_words("beside")
    forward(village, days=9, hours=11)
    assert sweep(village)["reminded"] == 0
    assert "đã hủy" in words_of(village.press("beside", f"/thamdu {made.id} di")[-1])
    acts = [row.act for row in village.do(audit.entries, noun="gathering", noun_id=made.id)]
    assert acts == ["event.invite", "event.answer", "event.cancel"]


def test_who_comes_reads_what_was_shown_before_it_was_called_off(village: Village) -> None:
    office(village)
    made = plan(village)
    village.tap("here", "Tôi đi được")
    shown = words_of(village.say("office", f"/taphuan huy {made.id}")[-1])
    village.tap("office", "Hủy và báo")
    village.deliver()

    assert village.last("here").plain in shown


def test_where_nobody_comes_no_message_is_promised(village: Village) -> None:
    office(village)
    made = plan(village)
    before = len(village.heard["here"])
    shown = words_of(village.say("office", f"/taphuan huy {made.id}")[-1])
    village.press("office", village.last("office").choices[0].action)
    village.deliver()

    assert "không gửi tin" in shown
    assert len(village.heard["here"]) == before


def test_who_will_not_read_at_once_that_it_is_called_off_is_to_be_called(village: Village) -> None:
    office(village)
    made = plan(village)
    village.tap("here", "Tôi đi được")
    village.say("office", f"/taphuan huy {made.id}")
    village.foresees(Foreseen.WHEN_THEY_WRITE)

    village.tap("office", "Hủy và báo")

    told = words_of(village.last("office"))
    assert "1 người chưa nhận được ngay" in told
    assert village.button("office", "Tải danh sách") == f"/taphuan tai {made.id}"


# --- the evening before -----------------------------------------------------------------------------------------------
