"""Numbers in other glyphs, letters of old keyboards, and years with lunar names: read as meant, or not at all."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from content.places.places import Places
from content.programme.pack import load_pack
from handlers.reading.date import read_date
from handlers.reading.money import read_money
from handlers.reading.phone import read_phone
from handlers.reading.place import read_place
from handlers.reading.quantity import Quantity, read_quantity
from handlers.reading.understood import Reading
from handlers.reading.yesno import read_yesno

TODAY = date(2026, 12, 1)
NOTHING: tuple[Any, ...] = ()

READ: dict[tuple[str, str], Any] = {
    ("quantity", ".5 kg"): {"amount": 0.5, "unit": "kg"},
    ("quantity", ",5 kg"): {"amount": 0.5, "unit": "kg"},
    ("quantity", "1e3 kg"): {"amount": 1000, "unit": "kg"},
    ("quantity", "1,5e2 lít"): {"amount": 150, "unit": "lít"},
    ("quantity", "100 m²"): {"amount": 100, "unit": "m²"},
    ("quantity", "2 m³"): {"amount": 2, "unit": "m³"},
    ("quantity", "½ kg"): {"amount": 0.5, "unit": "kg"},
    ("quantity", "1½ tạ"): {"amount": 1.5, "unit": "tạ"},
    ("quantity", "2 ¼ tấn"): {"amount": 2.25, "unit": "tấn"},
    ("money", ".5 triệu"): 500_000,
    ("money", ",5 triệu"): 500_000,
    ("money", "½ triệu"): 500_000,
    ("money", "３５.000 đ"): 35_000,
    ("money", "35.000 ðồng"): 35_000,
    ("date", "１５/３/２０２１"): date(2021, 3, 15),
    ("date", "rằm tháng 7 năm Ất Tỵ"): date(2025, 9, 6),
    ("date", "mùng 1 tết Đinh Mùi"): date(2027, 2, 6),
    ("date", "mung 1 tet dinh mui"): date(2027, 2, 6),
    ("date", "5/5 âm năm Bính Ngọ"): date(2026, 6, 19),
    ("date", "15/6 nhuận 2025"): date(2025, 8, 8),
    ("date", "ngày cuối cùng của tháng 2"): date(2027, 2, 28),
    ("yesno", "ðúng"): True,
    ("yesno", "Ðồng ý"): True,
    ("phone", "844666531"): "+84844666531",
    ("phone", "0123 456 7890"): "+84834567890",
    ("phone", "（０９１２）３４５６７８"): "+84912345678",
    ("phone", "+84.912.345.678"): "+84912345678",
    ("phone", "0912.345.678"): "+84912345678",
    ("phone", "84.912.345.678"): "+84912345678",
    ("phone", "0.912.345.678"): "+84912345678",
    ("place", "P1 Đông Hà"): "19333",
    ("place", "xã 19225"): "19225",
    ("place", "mã 19225"): "19225",
}
ASKED: dict[tuple[str, str], tuple[Any, ...]] = {
    ("date", "ngày 5 tháng 5 năm Bính Ngọ"): (date(2026, 5, 5), date(2026, 6, 19)),
    ("date", "5/5 năm Ngọ"): (date(2026, 5, 5), date(2026, 6, 19)),
    ("date", "tết Bính Ngọ"): (date(2026, 2, 17),),
    ("date", "ðầu tháng sau"): (date(2027, 1, 1),),
    ("date", "trước tết"): NOTHING,
    ("date", "5/5 năm Bính Mùi"): NOTHING,
    ("date", "5/5 năm ty"): NOTHING,
}


@pytest.fixture(scope="module")
def places() -> Places:
    return load_pack("quang-tri-2026", TODAY).places


def reader(kind: str, places: Places) -> Callable[[str], Reading[Any]]:
    return {
        "quantity": read_quantity,
        "money": read_money,
        "date": lambda text: read_date(text, TODAY),
        "yesno": read_yesno,
        "phone": read_phone,
        "place": lambda text: read_place(text, places),
    }[kind]


def plain(value: object) -> object:
    return value.to_json() if isinstance(value, Quantity) else value


@pytest.mark.parametrize(("kind", "text"), READ)
def test_it_is_read_as_meant(places: Places, kind: str, text: str) -> None:
    reading = reader(kind, places)(text)
    assert (plain(reading.understood), reading.ask) == (READ[kind, text], ())


@pytest.mark.parametrize(("kind", "text"), ASKED)
def test_it_is_asked_or_not_understood(places: Places, kind: str, text: str) -> None:
    reading = reader(kind, places)(text)
    assert (reading.understood, reading.ask) == (None, ASKED[kind, text])


def test_a_commune_beside_its_district_is_offered_first(places: Places) -> None:
    reading = read_place("xóm 5 Trường Xuân huyện Quảng Ninh", places)
    assert reading.understood is None
    assert reading.ask[0] == "19204"
