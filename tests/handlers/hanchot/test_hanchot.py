"""Last days in the hands of officials, and the quiet of a place, through the chat."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from registry.applications.drafts import open_draft
from registry.deadlines import deadlines, occurrences, pauses, rounds
from registry.deadlines.deadlines import Deadline, last_day
from registry.people import people
from registry.people.people import set_preference
from registry.store.audit import audit
from tests.handlers.desk import COMMUNE, DISTRICT, OTHER_COMMUNE, PROVINCE, Village, open_village, words_of


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("province", "province_official", PROVINCE, "Văn phòng điều phối")
        opened.official("district", "district_official", DISTRICT, "Phòng Nông nghiệp")
        opened.official("commune", "commune_official", COMMUNE, "Cán bộ xã")
        yield opened


def ideas(village: Village, place: str = COMMUNE) -> Deadline:
    found = village.do(deadlines.open_deadlines, places=village.pack.places, place=place, now=village.now)
    return next(one for one in found if one.spec == "idea_closes")


def day(village: Village, place: str = COMMUNE) -> date:
    return last_day(village.pack, ideas(village, place))


def says(village: Village, account: str, text: str) -> str:
    return "\n".join(words_of(message) for message in village.say(account, text))


def test_the_list_says_each_day_with_weekday_lunar_day_and_days_left(village: Village) -> None:
    heard = says(village, "commune", "/hanchot")

    assert "Hạn đăng ký ý tưởng: thứ Sáu 11/06 (2 tháng Năm âm lịch), còn 10 ngày" in heard
    assert "Hạn mẫu" in heard


def test_a_day_is_moved_after_a_preview_that_says_whom_it_touches(village: Village) -> None:
    person = village.person("maker", "Lài", place=COMMUNE)
    village.do(set_preference, person_id=person, reminders=True)
    village.do(open_draft, person_id=person, form="idea", now=village.now)
    village.say("province", f"/hanchot doi {ideas(village).id}")
    preview = says(village, "province", "25/6")
    untouched = day(village)
    village.tap("province", "Đúng, ghi lại")

    assert "từ thứ Sáu 11/06" in preview
    assert "sang thứ Sáu 25/06 (16 tháng Năm âm lịch), còn 24 ngày" in preview.replace("\ue000", "").replace(
        "\ue001", ""
    )
    assert "Lịch nhắc của 1 người" in preview
    assert (untouched, day(village)) == (date(2021, 6, 11), date(2021, 6, 25))


def test_undo_goes_back_and_a_second_press_changes_nothing(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.say("province", "25/6")
    village.tap("province", "Đúng, ghi lại")
    back = village.button("province", "Trả lại ngày cũ")
    assert back is not None
    village.press("province", back)
    first = day(village)
    village.press("province", back)

    assert (first, day(village)) == (date(2021, 6, 11), date(2021, 6, 11))
    assert ideas(village).sample  # as the pack orders it again


REFUSED = {
    "ngày 20/5/2021": "ngày ấy đã qua",
    "20/07/2021": "muộn hơn hạn của bước sau",
    "11/06/2021": "Hạn đang là",
}


@pytest.mark.parametrize("typed", REFUSED)
def test_a_day_that_cannot_be_is_refused_with_a_way_out(village: Village, typed: str) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    heard = says(village, "province", typed)

    assert REFUSED[typed] in heard
    assert village.button("province", "Thôi, giữ nguyên") is not None
    assert day(village) == date(2021, 6, 11)
    village.say("province", "18/6")  # the question still waits
    village.tap("province", "Đúng, ghi lại")
    assert day(village) == date(2021, 6, 18)


def test_a_day_before_the_step_before_it_is_refused(village: Village) -> None:
    plan = next(
        one
        for one in village.do(deadlines.open_deadlines, places=village.pack.places, place=COMMUNE, now=village.now)
        if one.spec == "plan_due"
    )
    village.say("province", f"/hanchot doi {plan.id}")

    assert "sớm hơn hạn của bước trước: Hạn đăng ký ý tưởng" in says(village, "province", "5/6")


def test_a_day_that_may_be_two_is_asked(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.say("province", "mùng 5 tháng 5")

    assert village.button("province", "14/06") is not None


def test_a_day_off_is_said_to_be_one(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")

    assert "ngày nghỉ" in says(village, "province", "20/6")


def test_a_commune_cannot_move_the_provinces_day_but_sets_one_apart(village: Village) -> None:
    shared = ideas(village)
    refused = says(village, "commune", f"/hanchot doi {shared.id}")
    village.tap("commune", "Đặt riêng cho nơi mình")
    village.say("commune", "9/6")
    village.tap("commune", "Đúng, ghi lại")

    assert "do cấp ấy dời" in refused
    assert (day(village, COMMUNE), day(village, OTHER_COMMUNE)) == (date(2021, 6, 9), date(2021, 6, 11))
    village.tap("commune", "Bỏ hạn này")
    assert day(village, COMMUNE) == date(2021, 6, 11)


def test_a_day_of_ones_own_is_not_later_than_an_official_one_above(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.say("province", "18/6")  # set by the province: no longer a sample
    village.tap("province", "Đúng, ghi lại")
    village.say("commune", f"/hanchot rieng {ideas(village).id}")

    assert "muộn hơn hạn của cấp trên" in says(village, "commune", "22/6")


def test_a_day_of_ones_own_is_not_moved_past_the_official_one_above_either(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.say("province", "18/6")
    village.tap("province", "Đúng, ghi lại")
    village.say("commune", f"/hanchot rieng {ideas(village).id}")
    village.say("commune", "9/6")
    village.tap("commune", "Đúng, ghi lại")
    village.say("commune", f"/hanchot doi {ideas(village).id}")

    assert "muộn hơn hạn của cấp trên" in says(village, "commune", "22/6")


def test_a_further_round_is_moved_as_freely_as_it_was_set(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.say("province", "18/6")
    village.tap("province", "Đúng, ghi lại")
    village.say("commune", f"/hanchot them {ideas(village).id}")
    village.say("commune", "Đợt bổ sung")
    village.say("commune", "25/6")
    village.tap("commune", "Đúng, ghi lại")
    village.tap("commune", "Xem các hạn")
    village.tap("commune", "Hạn số 2")
    village.tap("commune", "Dời ngày")
    heard = says(village, "commune", "28/6")

    assert "sang thứ Hai 28/06" in heard.replace("\ue000", "").replace("\ue001", "")


def test_more_days_than_fit_one_message_are_all_reached(village: Village) -> None:
    for number in range(1, 14):
        village.say("province", f"/hanchot them {ideas(village).id}")
        village.say("province", f"Đợt {number:02}")
        village.say("province", "25/6")
        village.tap("province", "Đúng, ghi lại")
    seen = says(village, "province", "/hanchot")
    village.tap("province", "Xem tiếp")
    seen += words_of(village.last("province"))

    assert [number for number in range(1, 14) if f"Đợt {number:02}" not in seen] == []


def test_a_day_that_was_taken_back_and_set_again_stands_in_the_audit(village: Village) -> None:
    for _ in range(2):
        village.say("commune", f"/hanchot rieng {ideas(village).id}")
        village.say("commune", "9/6")
        village.tap("commune", "Đúng, ghi lại")
        village.tap("commune", "Bỏ hạn này")
    acts = village.do(
        lambda db: list(
            db.execute(select(audit.c.act).where(audit.c.noun == "deadline").order_by(audit.c.id)).scalars()
        )
    )

    assert sorted(acts) == ["deadline.add", "deadline.add", "deadline.drop", "deadline.drop"]


def test_a_day_that_has_passed_is_still_seen_and_opened_again(village: Village) -> None:
    known = ideas(village)
    village.now += timedelta(days=14)
    heard = says(village, "province", "/hanchot")
    village.tap("province", "Hạn số 1")
    shown = words_of(village.last("province"))
    village.tap("province", "Dời ngày")
    village.say("province", "25/6")
    village.tap("province", "Đúng, ghi lại")

    assert "Hạn đăng ký ý tưởng: đã hết, thứ Sáu 11/06" in heard
    assert "Mở lại thì dời ngày" in shown
    assert ideas(village).id == known.id
    assert day(village) == date(2021, 6, 25)


def test_a_further_round_may_be_opened_after_every_day_of_its_step(village: Village) -> None:
    village.now += timedelta(days=14)
    village.say("commune", "/hanchot")
    village.tap("commune", "Hạn số 1")
    village.tap("commune", "Thêm đợt")
    village.say("commune", "Đợt bổ sung")
    village.say("commune", "30/6")
    village.tap("commune", "Đúng, ghi lại")

    assert "Hạn đăng ký ý tưởng (Đợt bổ sung): thứ Tư 30/06" in says(village, "commune", "/hanchot")


def test_a_day_of_ones_own_does_not_open_again_what_the_office_above_has_closed(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.say("province", "10/6")
    village.tap("province", "Đúng, ghi lại")
    village.now += timedelta(days=14)
    village.say("commune", "/hanchot")
    village.tap("commune", "Hạn số 1")
    village.tap("commune", "Đặt riêng cho nơi mình")

    assert "muộn hơn hạn của cấp trên" in says(village, "commune", "20/6")


def test_a_day_moved_before_a_commune_s_own_names_that_commune(village: Village) -> None:
    village.say("commune", f"/hanchot rieng {ideas(village).id}")
    village.say("commune", "14/6")
    village.tap("commune", "Đúng, ghi lại")
    village.say("province", f"/hanchot doi {ideas(village, OTHER_COMMUNE).id}")
    heard = says(village, "province", "9/6")

    assert f"không dời theo: {village.pack.places.full_name(COMMUNE)}" in heard


def test_a_district_reaches_no_other_district_by_any_name(village: Village) -> None:
    village.say("province", f"/hanchot rieng {ideas(village).id}")
    village.say("district", f"/hanchot rieng {ideas(village).id}")  # its own place at once: nothing to choose
    village.say("district", "9/6")
    village.tap("district", "Đúng, ghi lại")

    assert (day(village, COMMUNE), day(village, OTHER_COMMUNE)) == (date(2021, 6, 9), date(2021, 6, 11))


def test_a_further_round_stands_beside_the_ordered_one(village: Village) -> None:
    village.say("province", f"/hanchot them {ideas(village).id}")
    village.say("province", "Đợt bổ sung")
    village.say("province", "25/6")
    village.tap("province", "Đúng, ghi lại")
    heard = says(village, "commune", "/hanchot")

    assert "Hạn đăng ký ý tưởng (Đợt bổ sung): thứ Sáu 25/06" in heard
    assert "Hạn đăng ký ý tưởng: thứ Sáu 11/06" in heard


# --- a paused place ---------------------------------------------------------------------------------------------------


def paused(village: Village) -> set[str]:
    return {one.place for one in village.do(pauses.pauses_now, now=village.now)}


def test_an_official_pauses_a_commune_and_lets_it_go_on(village: Village) -> None:
    village.person("maker", "Lài", place=COMMUNE)
    name = village.pack.places.full_name(COMMUNE)
    heard = says(village, "district", f"/tamdung {name} đến 10/6")
    asked = paused(village)
    village.tap("district", "Đúng, tạm dừng")
    held = paused(village)
    village.tap("district", "Nhắc lại ở")

    assert "đến hết thứ Năm 10/06" in heard
    assert "1 người" in heard
    assert (asked, held, paused(village)) == (set(), {COMMUNE}, set())


@pytest.mark.parametrize("words", [f"{OTHER_COMMUNE} 2021-06-05 chac", "bo 455", "455 2021-06-05 chac"])
def test_nobody_pauses_a_place_that_is_not_theirs(village: Village, words: str) -> None:
    assert "không thuộc nơi" in says(village, "commune", f"/tamdung {words}")
    assert paused(village) == set()


def test_what_is_not_a_place_is_said_back_as_it_was_typed(village: Village) -> None:
    assert '"Hải Phòong"' in says(village, "district", "/tamdung xã Hải Phòong đến 10/6")
    assert paused(village) == set()


def test_an_official_who_types_a_number_of_days_is_asked_for_how_long(village: Village) -> None:
    assert "trong bao lâu" in says(village, "district", "/tamdung 5")


def test_the_example_of_a_pause_can_be_typed_on_any_day(village: Village) -> None:
    name = village.pack.places.full_name(COMMUNE)

    assert "Đúng chưa ạ?" in says(village, "district", f"/tamdung {name} đến thứ Sáu")


@pytest.mark.parametrize("day", ["2021-05-30", "2021-12-31"])
def test_a_pause_ends_and_not_in_the_past(village: Village, day: str) -> None:
    assert "lâu nhất đến hết" in says(village, "commune", f"/tamdung {COMMUNE} {day} chac")
    assert paused(village) == set()


def test_a_producer_pauses_for_themselves_whatever_they_type(village: Village) -> None:
    assert "trong bao lâu" in says(village, "maker", f"/tamdung {COMMUNE} 2021-06-05 chac")
    assert paused(village) == set()


# --- one's own reminders, and lessons ---------------------------------------------------------------------------------


def reminded(village: Village) -> str:
    """A person with one reminder to come; its id."""
    person = village.person("maker", "Lài", place=COMMUNE)
    village.say("maker", "/nhacviec bat")
    village.do(open_draft, person_id=person, form="idea", now=village.now)
    rows = [occurrences.Planned("d3", f"p:{person}", person, village.now + timedelta(days=7))]
    village.do(occurrences.plan_rows, deadline_id=ideas(village).id, planned=rows)
    return village.do(occurrences.reminders_of, person_id=person)[0].id


@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_reminder_is_put_off_by_one_three_or_seven_days(village: Village, days: int) -> None:
    one = reminded(village)
    village.say("maker", "/nhacviec")
    village.tap("maker", "Lần nhắc")
    village.press("maker", f"/nhacviec hoan {days} {one}")
    (kept,) = village.do(occurrences.reminders_of, person_id=village.person("maker"))

    assert kept.due_at.date() == (village.now + timedelta(days=days)).date()


def test_an_hour_in_the_quiet_time_is_not_taken_and_another_moves_what_is_planned(village: Village) -> None:
    reminded(village)
    refused = says(village, "maker", "/nhacviec gio 23")
    village.say("maker", "/nhacviec gio 17")
    (kept,) = village.do(occurrences.reminders_of, person_id=village.person("maker"))

    assert "không nhắn vào giờ ấy" in refused
    assert kept.due_at.astimezone(village.house.zone).hour == 17


def test_lessons_are_chosen_and_stopped_from_the_introduction(village: Village) -> None:
    village.say("maker", "/gioithieu new")
    village.tap("maker", "Mỗi tuần một bài")
    chosen = learns(village)
    village.tap("maker", "Thôi nhận bài")

    assert (chosen, learns(village)) == ("new", None)


def learns(village: Village) -> str | None:
    found = village.do(people.person, village.person("maker"))
    return None if found is None else found.lessons


def test_a_fresh_change_that_is_taken_up_again_is_told_to_nobody_meanwhile(village: Village) -> None:
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.say("province", "18/6")
    village.tap("province", "Đúng, ghi lại")
    village.now += timedelta(minutes=9)
    village.say("province", f"/hanchot doi {ideas(village).id}")
    village.now += timedelta(minutes=9)
    fresh = village.do(rounds.changed_lately, since=village.now - rounds.GRACE, now=village.now)
    assert ("idea_closes", "") in fresh

    village.now += timedelta(minutes=2)
    assert not village.do(rounds.changed_lately, since=village.now - rounds.GRACE, now=village.now)


def test_a_button_to_drop_a_round_drops_only_the_day_it_was_shown_for(village: Village) -> None:
    village.say("commune", f"/hanchot rieng {ideas(village).id}")
    village.say("commune", "9/6")
    village.tap("commune", "Đúng, ghi lại")
    old = village.button("commune", "Bỏ hạn này")
    village.say("commune", f"/hanchot doi {ideas(village).id}")
    village.say("commune", "8/6")
    village.tap("commune", "Đúng, ghi lại")
    assert old is not None
    village.press("commune", old)

    assert day(village) == date(2021, 6, 8)
