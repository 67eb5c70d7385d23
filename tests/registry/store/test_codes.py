import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.store.codes import _with_check, next_code, tidy_code
from registry.store.store import Store

CODE = "YT-2026-000123-L"


def test_codes_of_a_year_count_up_from_one(store: Store) -> None:
    codes = [store.write_now(next_code, year) for year in (2026, 2026, 2028)]

    assert [code[:14] for code in codes] == ["YT-2026-000001", "YT-2026-000002", "YT-2028-000001"]
    assert all(tidy_code(code) == code for code in codes)


def test_a_unit_that_is_undone_leaves_no_gap(store: Store) -> None:
    def undone(db) -> None:
        next_code(db, 2026)
        raise KeyError

    with pytest.raises(KeyError):
        store.write_now(undone)

    assert store.write_now(next_code, 2026).startswith("YT-2026-000001-")


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "yt-2026-000123-l",
        "YT2026000123L",
        "yt 2026 000123 l",
        "mã của em là YT-2026-000123-L ạ",
        "YT-2O26-OOO123-L",
        "yt-2o26-ooo123-l",
        "YT–2026–000123–L",
        "YT-2026-123-L",
        "YT.2026.000123.L",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert tidy_code(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    ["YT-2026-000123-K", "YT-2026-000132-L", "YT-2026-000124-L", "", "2026", "XYT-2026-000123-L", "YT-2026-0001234-L"],
)
def test_a_wrong_code_is_no_code(typed: str) -> None:
    assert tidy_code(typed) is None


@example(year=2051, serial=1029, at=12, digit="7")
@given(
    year=st.integers(2020, 2099),
    serial=st.integers(0, 999_999),
    at=st.integers(3, 13),
    digit=st.sampled_from("0123456789"),
)
def test_one_wrong_digit_is_always_noticed(year: int, serial: int, at: int, digit: str) -> None:
    code = _with_check(f"{year}", f"{serial:06d}")
    if tidy_code(code) != code:  # never printed
        return
    wrong = code[:at] + digit + code[at + 1 :]
    if code[at] == "-" or wrong == code:
        return

    assert tidy_code(wrong) is None


def test_no_check_character_can_be_taken_for_a_digit(store: Store) -> None:
    codes = [store.write_now(next_code, year) for year in (2026, 2021) for _ in range(80)]

    assert {"YT-2021-000004", "YT-2021-000006"} <= {code[:14] for code in codes}
    assert "YT-2021-000005" not in {code[:14] for code in codes}, "its check character would be an O"
    assert not {code[-1] for code in codes} & {"I", "O"}
    assert all(tidy_code(code) == code for code in codes)


@given(st.text(alphabet=string.printable + "ướĐ–—YT", max_size=300))
def test_any_text_is_read_without_trouble(text: str) -> None:
    code = tidy_code(text)
    assert code is None or tidy_code(code) == code
