"""Free questions that no topic should answer by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.answers.unanswered import unanswered

from .desk import Village, open_village

WHO = "ba con"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


@pytest.mark.parametrize(
    "words",
    ["toi bi lua, co nguoi doi 5 trieu de dc sao", "có người đòi tiền mới cho lên sao", "ai đó mạo danh cán bộ OCOP"],
)
def test_who_fears_to_be_cheated_is_warned_and_shown_the_two_ways(village: Village, words: str):
    village.say(WHO, words)

    assert "đừng vội chuyển tiền" in village.last(WHO).plain
    assert village.button(WHO, "Xem tin đáng ngờ") == "/kiemtra"
    assert village.button(WHO, "Hỏi cán bộ") == "/lienhe"


@pytest.mark.parametrize("words", ["lúa có làm OCOP được không", "được hỗ trợ bao nhiêu tiền", "đổi tiền ở đâu"])
def test_other_questions_are_not_taken_for_fraud(village: Village, words: str):
    village.say(WHO, words)

    assert "đừng vội chuyển tiền" not in village.last(WHO).plain


def test_a_card_that_names_a_command_has_it_as_a_button_too(village: Village):
    village.say(WHO, "tôi muốn gặp cán bộ thì gặp ai")

    assert village.button(WHO, "Hỏi cán bộ") == "/lienhe"


@pytest.mark.parametrize("words", ["bạn là ai", "mi la ai rua", "mày là người hay máy?", "em la nguoi that a"])
def test_who_is_asked_who_it_is_says_so(village: Village, words: str):
    village.say(WHO, words)

    assert "Em là Trợ lý OCOP" in village.last(WHO).plain


def left_for_the_office(village: Village) -> int:
    return village.do(lambda db: db.execute(select(func.count()).select_from(unanswered)).scalar_one())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("dm", "Em xin lỗi"),
        ("ko", "cần gì cứ gõ"),
        ("chưa đúng", "cần gì cứ gõ"),
        ("cảm ơn em nhiều nhé", "cần gì cứ gõ"),
        ("???", "muốn hỏi gì?"),
        ("12", "muốn hỏi gì?"),
        ("0912 345 678", "Em chưa cần số điện thoại"),
    ],
)
def test_what_asks_nothing_is_answered_and_not_left_for_the_office(village: Village, words: str, answer: str):
    village.say(WHO, words)

    assert answer in village.last(WHO).plain
    assert left_for_the_office(village) == 0


@pytest.mark.parametrize("words", ["tui lam nuoc mam", "nhà em có nghề đan nón", "tôi muốn bán khoai deo"])
def test_who_tells_of_a_product_is_shown_the_way_to_register(village: Village, words: str):
    village.say(WHO, words)

    assert village.button(WHO, "Đăng ký ý tưởng") == "/dangky"
    assert left_for_the_office(village) == 0


def test_what_no_card_answers_is_left_for_the_office(village: Village):
    village.say(WHO, "giá vàng hôm nay bao nhiêu")

    assert left_for_the_office(village) == 1


def test_a_bare_dung_is_asked_before_anything_is_stopped(village: Village):
    village.say(WHO, "dung")

    assert "dừng hay đúng" in village.last(WHO).plain
    assert village.button(WHO, "Dừng nhắn tin") == "/dung"

    village.tap(WHO, "Dừng nhắn tin")

    assert "Em thôi nhắn tin nhắc" in village.last(WHO).plain


@pytest.mark.parametrize("words", ["dừng", "/dung", "dung nhan tin nua"])
def test_a_clear_stop_stops(village: Village, words: str):
    village.say(WHO, words)

    assert "Em thôi nhắn tin nhắc" in village.last(WHO).plain
