"""Several products in one answer become several ideas on one tap."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from registry.applications.applications import applications_of
from registry.applications.drafts import open_drafts
from tests.handlers.desk import Village, open_village, words_of

MAKER = "maker"
PRODUCTS = ("Khoai deo", "Nước mắm", "Ruốc")
REST = ("mới", "thực phẩm", "hộ gia đình", "Nguyễn Thị Hoa", "0912345678", "hải ninh")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.say(MAKER, "/dangky")
        there.tap(MAKER, "Đồng ý")
        there.say(MAKER, "khoai deo, nước mắm, ruốc")
        yield there


def sent(village: Village) -> list[str]:
    return sorted(one.product for one in village.do(applications_of, person_id=village.person(MAKER)))


def left(village: Village) -> list[str]:
    return sorted(str(one.answers["product_name"]) for one in village.do(open_drafts, person_id=village.person(MAKER)))


def test_one_tap_begins_one_form_for_each_and_says_which_is_asked(village: Village) -> None:
    (told,) = village.tap(MAKER, "Đăng ký cả 3 sản phẩm")

    assert "Em đã mở 3 phiếu: Khoai deo; Nước mắm; Ruốc. Giờ mình làm Khoai deo trước" in told.plain
    assert "Câu 2/7." in told.plain
    assert left(village) == sorted(PRODUCTS)


def test_a_second_tap_begins_nothing_more(village: Village) -> None:
    action = village.button(MAKER, "Đăng ký cả 3 sản phẩm")
    assert action is not None
    for _ in range(3):
        village.press(MAKER, action)

    assert left(village) == sorted(PRODUCTS)


def test_the_producer_answers_once_and_every_product_is_sent(village: Village) -> None:
    village.tap(MAKER, "Đăng ký cả 3 sản phẩm")
    for words in REST:
        village.say(MAKER, words)
    told = village.tap(MAKER, "Gửi")

    assert "Tiếp theo là Nước mắm. Còn 2 sản phẩm chưa gửi" in told[-1].plain
    assert "Câu 2/7." in told[-1].plain
    for _ in range(2):
        village.say(MAKER, "mới")
        (summary,) = village.say(MAKER, "thực phẩm")
        assert "Tên chủ thể: Nguyễn Thị Hoa" in summary.plain
        last = village.tap(MAKER, "Gửi")

    assert sent(village) == sorted(PRODUCTS)
    assert left(village) == []
    assert "Tiếp theo" not in last[-1].plain


def test_after_a_week_nothing_is_lost(village: Village) -> None:
    village.tap(MAKER, "Đăng ký cả 3 sản phẩm")
    for words in REST:
        village.say(MAKER, words)
    village.say(MAKER, "/huy")
    village.now += timedelta(days=7)

    shown = words_of(village.say(MAKER, "/hoso")[-1])
    assert all(product in shown for product in PRODUCTS)
    village.tap(MAKER, "Ruốc")
    village.say(MAKER, "mới")
    assert "Điện thoại: 0912 345 678" in village.say(MAKER, "thực phẩm")[-1].plain


def test_one_may_still_be_picked_alone(village: Village) -> None:
    village.tap(MAKER, "Nước mắm")

    assert left(village) == ["Nước mắm"]


@pytest.mark.parametrize("words", ["cả ba", "ca 3 nha", "tất cả nhé", "dạ làm hết luôn ạ", "cả ba sản phẩm"])
def test_words_for_all_begin_all_and_are_the_name_of_none(village: Village, words: str) -> None:
    (told,) = village.say(MAKER, words)

    assert "Em đã mở 3 phiếu" in told.plain
    assert left(village) == sorted(PRODUCTS)
