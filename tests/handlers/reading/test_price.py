"""A price keeps the unit it was named with, and never one that was not named."""

import pytest

from handlers.reading.money import Price, read_price


@pytest.mark.parametrize(
    ("words", "price"),
    [
        ("35k/chai", Price(35_000, "chai")),
        ("1 chai 35k", Price(35_000, "chai")),
        ("35k 1 hũ", Price(35_000, "hũ")),
        ("120 nghìn một cân", Price(120_000, "kg")),
        ("150k/ký", Price(150_000, "kg")),
        ("20k/bó", Price(20_000, "bó")),
        ("35k/500g", Price(35_000, "500 g")),
        ("gói 200g 35k", Price(35_000, "gói 200 g")),
        ("80k/nửa ký", Price(80_000, "nửa ký")),
        ("500k một thùng 12 chai", Price(500_000, "thùng 12 chai")),
        ("khoảng 35k", Price(35_000)),
        ("1 triệu rưỡi", Price(1_500_000)),
    ],
)
def test_a_price_keeps_the_unit_it_was_named_with(words: str, price: Price) -> None:
    assert read_price(words).understood == price


def test_a_price_of_several_pieces_is_asked_without_a_unit() -> None:
    assert read_price("2 chai 35k").ask == (Price(35_000), Price(17_500))


def test_a_range_stays_a_range_with_its_unit() -> None:
    assert read_price("30-35k/chai").understood == Price(30_000, "chai", 35_000)
