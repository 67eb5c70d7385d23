"""Where an application stands, in the words of the person who asks."""

from pathlib import Path

from tests.handlers.desk import COMMUNE, DISTRICT, open_village, words_of


def test_who_chose_english_is_told_in_english_since_when_and_until_when(tmp_path: Path) -> None:
    with open_village(tmp_path) as village:
        village.official("office", "district_official", DISTRICT)
        village.idea(village.person("maker", "Lài", place=COMMUNE))
        village.say("maker", "/ngonngu en")
        heard = "\n".join(words_of(message) for message in village.say("maker", "/trangthai"))

    assert "since Tuesday 1 June" in heard
    assert "due by Tuesday 15 June" in heard
