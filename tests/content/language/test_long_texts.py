"""Texts ten times as long as a platform lets through: each is read in time in proportion to its length."""

import pytest

from content.language.danger import danger_in
from content.language.intents import read_intent
from content.language.legacy import damage
from content.language.typed_keys import typed_keys

LETTERS = 40_000
PIECES = (
    "a",
    "1",
    "a1",
    "ạ",
    "?",
    "a?",
    "x1 ",
    "ho62 ",
    "/a",
    "a@",
    "1.",
    "=",
    "-",
    "Ã¡",
    "a\u00ad",
    "bao ",
    "nộp tiền ",
)


def read_invitation(text: str) -> object:
    return read_intent(text, "invitation")


@pytest.mark.timeout(120)  # with time in proportion to the square one of these takes a minute
@pytest.mark.parametrize("read", [danger_in, damage, typed_keys, read_invitation])
@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_is_read_to_its_end(read, piece: str) -> None:
    read((piece * LETTERS)[:LETTERS])
