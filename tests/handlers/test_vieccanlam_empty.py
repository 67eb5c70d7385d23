"""/vieccanlam of somebody without an application."""

from pathlib import Path

from tests.handlers.desk import open_village, words_of


def test_without_an_application_no_code_is_blamed(tmp_path: Path) -> None:
    """Once it said "Em không thấy hồ sơ này … xem lại mã" to somebody who had typed no code."""
    with open_village(tmp_path) as village:
        said = "".join(map(words_of, village.say("ba", "việc cần làm")))
    assert "chưa có hồ sơ nào" in said
    assert "xem lại mã" not in said
