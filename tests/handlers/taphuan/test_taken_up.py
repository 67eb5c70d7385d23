# ruff: noqa: F811  the fixture is imported by its name
"""A gathering taken up for a change: withdrawn, put back, overtaken; and how each person learns of it."""

import pytest
from sqlalchemy import select, update

from registry.deliveries.reaching import Foreseen
from registry.gatherings import gatherings as events
from registry.people.consents import give
from registry.store.rows import roles as roles_table
from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.taphuan.test_guards import (  # noqa: F401  helpers and fixtures
    GUESTS,
    OTHER,
    hand_in,
    invited,
    reworded,
    take_up,
    to_many,
    village,
    write,
)
from tests.handlers.taphuan.test_taphuan import forward, leave, office, only, sweep


def test_taken_up_within_the_delay_it_does_not_leave(village: Village) -> None:
    hand_in(village)
    take_up(village)
    leave(village)
    assert invited(village) | invited(village, OTHER) == set()
    village.tap("office", "Mời 2")
    leave(village)
    assert (invited(village), invited(village, OTHER)) == (set(), set(GUESTS))


def test_taken_up_under_approval_the_old_button_lets_nothing_go(village: Village) -> None:
    to_many(village, 1)
    hand_in(village, "Gửi người duyệt")
    village.tap("above", "Xem để duyệt")
    old = village.button("above", "Duyệt, mời 2")
    assert old is not None
    village.say("office", f"/taphuan sua {only(village).id}")
    assert "đang sửa lại" in words_of(village.press("above", old)[-1])
    village.tap("office", "Sửa tên")
    village.say("office", OTHER)
    leave(village)
    assert invited(village) == set()
    village.tap("office", "Gửi người duyệt")
    assert "vừa được sửa" in "\n".join(map(words_of, village.press("above", old)))
    leave(village)
    assert invited(village) | invited(village, OTHER) == set()
    village.press("above", f"/taphuan xemduyet {only(village).id}")
    village.tap("above", "Duyệt, mời 2")
    assert (invited(village), invited(village, OTHER)) == (set(), set(GUESTS))


@pytest.mark.parametrize("by", ["/huy", "Bỏ", "/dangky", "/thongbao", "/taphuan moi"])
def test_given_up_the_old_version_leaves_after_all(village: Village, by: str) -> None:
    hand_in(village)
    take_up(village)
    forward(village, minutes=20)
    if by.startswith("/"):
        village.say("office", by)
    else:
        village.say("office", "14 giờ 12/6")
        village.tap("office", by)
    sweep(village)
    assert invited(village) == set()  # its hour has passed: those above have the delay once more
    leave(village)
    assert (invited(village), invited(village, OTHER)) == (set(GUESTS), set())


def test_other_words_taken_up_again_within_their_delay_are_withheld(village: Village) -> None:
    reworded(village)
    village.say("office", f"/taphuan sua {only(village).id}")
    leave(village)
    assert invited(village, OTHER) == set()
    village.say("office", "/huy")
    leave(village)

    assert invited(village, OTHER) == {"lai"}


def test_withheld_words_leave_after_a_change_of_the_seats_alone(village: Village) -> None:
    reworded(village)
    village.say("office", f"/taphuan sua {only(village).id}")
    village.tap("office", "Sửa số chỗ")
    village.say("office", "30")
    village.tap("office", "Lưu")
    leave(village)
    leave(village)

    assert invited(village, OTHER) == {"lai"}


def test_an_official_turned_away_during_a_change_is_told_once_it_waits_again(village: Village) -> None:
    write(village, title="Tập huấn, nộp lệ phí 200.000 đ")
    village.tap("office", "Gửi người duyệt")
    village.deliver()
    look = village.button("above", "Xem để duyệt")
    village.say("office", f"/taphuan sua {only(village).id}")
    assert "em báo anh/chị" in words_of(village.press("above", look)[0])
    since = len(village.heard["above"])
    village.say("office", "/huy")
    village.deliver()

    told = [words_of(one) for one in village.heard["above"][since:]]
    assert sum("lại chờ duyệt" in one for one in told) == 1


def test_the_author_is_reminded_of_a_change_left_unfinished(village: Village) -> None:
    hand_in(village)
    take_up(village)
    since = len(village.heard["office"])
    for _ in range(3):
        forward(village, minutes=20)
        sweep(village)
    assert "còn sửa dở nên chưa mời ai" in words_of(village.heard["office"][since])
    assert len(village.heard["office"]) == since + 1
    forward(village, days=1)
    sweep(village)
    assert len(village.heard["office"]) == since + 2
    village.tap("office", "Giữ bản cũ")
    leave(village)
    leave(village)
    assert invited(village) == set(GUESTS)


def test_given_up_it_waits_for_its_second_official_again(village: Village) -> None:
    to_many(village, 1)
    hand_in(village, "Gửi người duyệt")
    village.tap("above", "Xem để duyệt")
    village.say("office", f"/taphuan sua {only(village).id}")
    assert "lại chờ" in "\n".join(map(words_of, village.say("office", "/huy")))
    village.tap("above", "Duyệt, mời 2")
    assert invited(village) == set(GUESTS)


def test_looking_at_something_aside_gives_nothing_up(village: Village) -> None:
    made = hand_in(village)
    take_up(village)
    village.say("office", f"/taphuan xem {made.id}")
    village.say("office", "/trogiup")
    assert village.talk("office").topic == "taphuan"
    leave(village)
    assert invited(village) == set()


def test_what_somebody_left_in_the_middle_is_kept_as_it_was_by_a_colleague(village: Village) -> None:
    made = hand_in(village)
    take_up(village)
    office(village, "commune_official", COMMUNE, "colleague")
    forward(village, hours=2)
    assert "đang được sửa" in words_of(village.say("colleague", f"/taphuan xem {made.id}")[-1])
    village.tap("colleague", "Giữ bản cũ")
    leave(village)
    assert invited(village) == set(GUESTS)


def test_the_stop_of_an_older_version_stops_the_newer_one(village: Village) -> None:
    hand_in(village)
    old = village.button("above", "Dừng mời")
    assert old is not None
    take_up(village)
    village.tap("office", "Mời 2")
    village.deliver()
    assert OTHER in village.all_words("above")
    assert OTHER in words_of(village.press("above", old)[-1])
    leave(village)
    assert invited(village) | invited(village, OTHER) == set()


def test_stopped_while_it_is_changed_it_is_not_saved(village: Village) -> None:
    hand_in(village)
    take_up(village)
    save = village.button("office", "Mời 2")
    assert save is not None
    village.tap("above", "Dừng mời")
    told = "\n".join(map(words_of, village.press("office", save)))
    assert "vừa có người sửa hoặc hủy" in told
    leave(village)
    assert invited(village) | invited(village, OTHER) == set()


def test_a_button_to_change_an_older_version_withdraws_nothing(village: Village) -> None:
    made = hand_in(village)
    take_up(village)
    village.tap("office", "Mời 2")
    told = village.press("office", f"/taphuan sua {made.id} 1")
    assert "vừa có người sửa" in "\n".join(map(words_of, told))
    leave(village)
    assert invited(village, OTHER) == set(GUESTS)


def test_what_was_stopped_before_it_left_is_in_nobodys_own_copy(village: Village) -> None:
    hand_in(village)
    village.tap("above", "Dừng mời")
    assert village.do(events.invitations_of, person_id=village.person("lai")) == ()
    write(village, title=OTHER)
    village.tap("office", "Mời 2")
    leave(village)
    assert [known.title for known, _ in village.do(events.invitations_of, person_id=village.person("lai"))] == [OTHER]


# --- a change that a colleague or the clock overtakes ------------------------------------------------------------------


def test_a_colleague_who_changes_an_invitation_sees_the_office_that_people_will_read(village: Village) -> None:
    made = hand_in(village)
    office(village, "commune_official", COMMUNE, "colleague")
    (before,) = {
        row.title for row in village.do(lambda db: db.execute(select(roles_table)).all()) if row.id == made.role_id
    }
    village.do(
        lambda db: db.execute(update(roles_table).where(roles_table.c.id != made.role_id).values(title="Phó xã"))
    )
    shown = "\n".join(map(words_of, village.press("colleague", f"/taphuan sua {made.id} {made.version}")))
    assert f"{before} mời" in shown
    assert "Phó xã mời" not in shown


def test_a_change_whose_invitation_was_stopped_meanwhile_ends_and_says_so(village: Village) -> None:
    made = hand_in(village)
    office(village, "commune_official", COMMUNE, "colleague")
    village.press("colleague", f"/taphuan sua {made.id} {made.version}")
    village.tap("above", "Dừng mời")
    shown = "\n".join(map(words_of, village.say("colleague", "gui di")))
    assert "vừa có người sửa hoặc hủy" in shown
    assert "Lưu" not in shown
    assert village.talk("colleague").topic is None


def test_those_above_learn_the_new_hour_of_an_invitation_that_waited_in_a_change(village: Village) -> None:
    hand_in(village)
    village.tap("office", "Sửa")
    forward(village, seconds=8 * 3600)
    before = len(village.heard["above"])
    village.say("office", "/huy")
    village.deliver()
    told = "\n".join(map(words_of, village.heard["above"][before:]))
    assert "Dừng mời" in told
    assert f"{(village.now + village.pack.programme.announcements.delay).astimezone(village.house.zone):%H:%M}" in told


# --- how each will learn it -------------------------------------------------------------------------------------------


def test_the_inviting_official_is_told_who_reads_it_later_and_whom_to_call(village: Village) -> None:
    lai = village.person("lai", phone="+84912345678")
    village.do(give, person_id=lai, purpose="registration", text_version="1", channel="test", now=village.now)
    village.foresees(Foreseen.WHEN_THEY_WRITE)
    hand_in(village)
    said = words_of(village.last("office"))

    assert "Chỉ nhận khi nhắn lại: 2 người." in said
    assert "anh/chị gọi: Bà lai 0912 345 678." in said
    assert "1 người em không có số" in said


def test_nobody_is_to_be_called_where_everybody_reads_it_at_once(village: Village) -> None:
    hand_in(village)

    assert "Ai cũng nhận được ngay lúc gửi." in words_of(village.last("office"))
