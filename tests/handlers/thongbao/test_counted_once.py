"""The audience is counted when it is chosen, kept with the question, and counted again at the confirmation."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.thongbao.announcing import few, got, more, village, written

__all__ = ["village"]

OTHER = "Chiều thứ Ba họp ở trường học, mời bà con."


@contextmanager
def counting() -> Iterator[list[str]]:
    """Collect the statements that count an audience meanwhile."""
    found: list[str] = []

    def executed(_db, _cursor, statement: str, *_rest) -> None:
        if statement.lstrip().startswith("WITH found"):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", executed)


def test_a_new_text_an_hour_and_the_channels_count_nobody_again(village: Village) -> None:
    with counting() as counted:
        written(village)
    assert len(counted) == 1

    with counting() as counted:
        village.tap("office", "Sửa nội dung")
        shown = words_of(village.say("office", OTHER)[-1])
        more(village, "Xem trên từng kênh")
        village.tap("office", "Quay lại")
    assert counted == []
    assert "2 người" in shown
    assert "Bà An" in shown


def test_another_audience_is_counted(village: Village) -> None:
    written(village)
    more(village, "Lọc người nhận")

    with counting() as counted:
        village.tap("office", "Vai trò")
        village.tap("office", "chủ thể")
        village.tap("office", "Xong")
        village.tap("office", "Xong")

    assert len(counted) == 1


def test_who_came_meanwhile_is_counted_at_the_confirmation_and_shown_first(village: Village) -> None:
    written(village)
    village.person("chi", "Bà Chi", place=COMMUNE)

    with counting() as counted:
        again = "\n".join(map(words_of, village.tap("office", "Gửi cho 2")))
    assert len(counted) == 1
    assert "3 người" in again
    assert got(village) == set()

    village.tap("office", "Gửi cho 3")
    assert got(village) == {"an", "binh", "chi"}


def test_a_typed_number_that_is_no_longer_right_sends_nothing(village: Village) -> None:
    few(village, typed_above=1)
    written(village)
    village.tap("office", "Gửi cho 2")
    village.person("chi", "Bà Chi", place=COMMUNE)

    shown = "\n".join(map(words_of, village.say("office", "2")))

    assert "3 người" in shown
    assert got(village) == set()


def test_a_place_where_nobody_was_is_counted_again(village: Village) -> None:
    for account in ("an", "binh"):
        village.say(account, "/dung")
    nobody = written(village)

    village.person("chi", "Bà Chi", place=COMMUNE)
    shown = "\n".join(map(words_of, village.say("office", "?")))

    assert "1 người" not in nobody
    assert "1 người" in shown
