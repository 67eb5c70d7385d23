"""A nudge about an unfinished idea names the day until which ideas are taken."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from content.message import Message
from handlers.conversation.telling import Telling
from registry.people import people
from scheduler import nudges, reminders

from .desk import COMMUNE, Village, open_village

WHO = "maker"
BUTTON = "Nhắc giúp tôi"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """Somebody began a form on 01/06/2021 and stopped at its second question; ideas close on 11/06."""
    with open_village(tmp_path) as there:
        there.person(WHO, "Lài", COMMUNE)
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        there.say(WHO, "khoai deo")
        yield there


def after(village: Village, days: float) -> Message:
    village.now += timedelta(days=days)

    def both(db: Connection) -> None:
        tell = Telling(village.house, db, village.now)
        nudges.sweep(db, pack=village.pack, tell=tell, now=village.now)
        reminders.sweep(db, pack=village.pack, tell=tell, now=village.now)

    village.do(both)
    village.deliver()
    return village.last(WHO)


def test_the_first_nudge_names_the_last_day_and_its_button_brings_the_reminder(village: Village) -> None:
    nudge = after(village, 2)

    assert "Hạn đăng ký ý tưởng: thứ Sáu 11/06 (còn 8 ngày, hạn mẫu)." in nudge.plain
    assert "Em nhắn trước khi đến hạn của hồ sơ nhé?" in nudge.plain
    village.tap(WHO, BUTTON)
    assert after(village, 1.1).plain.startswith("Còn 7 ngày")


def test_a_reminder_says_what_is_missing(village: Village) -> None:
    village.say(WHO, "sp moi")
    village.say(WHO, "/nhacviec bat")
    reminded = after(village, 3.1).plain

    assert "Còn thiếu: Nhóm sản phẩm, Loại hình chủ thể, Tên chủ thể, Điện thoại." in reminded
    assert "Tên sản phẩm" not in reminded


def test_a_form_without_a_name_is_not_called_by_its_title(tmp_path: Path) -> None:
    with open_village(tmp_path) as there:
        there.person(WHO, "Lài", COMMUNE)
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        there.say(WHO, "/huy")
        there.say(WHO, "/tieptuc")
        resumed = there.all_words(WHO)
        nudge = after(there, 2).plain

    assert "sản phẩm chưa có tên" in resumed
    assert '"Đăng ký ý tưởng sản phẩm"' not in resumed
    assert '"Đăng ký ý tưởng sản phẩm"' not in nudge


def test_later_nudges_name_the_day_and_do_not_offer_again(village: Village) -> None:
    after(village, 2)
    nudge = after(village, 5)

    assert "thứ Sáu 11/06" in nudge.plain
    assert village.button(WHO, BUTTON) is None


def test_somebody_who_was_asked_before_is_not_asked_again(village: Village) -> None:
    village.say(WHO, "/nhacviec bat")
    village.do(people.set_preference, person_id=village.person(WHO), reminders=True)
    nudge = after(village, 2)

    assert "thứ Sáu 11/06" in nudge.plain
    assert village.button(WHO, BUTTON) is None


def test_after_the_last_day_a_nudge_says_that_it_has_passed(village: Village) -> None:
    after(village, 2)
    after(village, 5)

    assert "Hạn đăng ký ý tưởng thứ Sáu 11/06 (hạn mẫu) đã qua" in after(village, 15).plain
