"""Texts ten times as long as a platform lets through: each is read in time in proportion to its length."""

import pytest

from content.language.danger import danger_in
from content.language.intents import read_intent
from content.language.legacy import damage
from content.language.names import sounds_like_a_name, without_names
from content.language.official_wishes import led, occasion_in
from content.language.sentences import sentences
from content.language.typed_keys import typed_keys
from content.language.wishes import wish_in

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


def invited(text: str) -> None:
    """Read an invitation: the lead, then its parts."""
    text = f"mời tập huấn {text}"
    found = led(text)
    assert found is not None
    occasion_in(text, found.rest)


def read_invitation(text: str) -> object:
    return read_intent(text, "invitation")


READERS = (
    danger_in, damage, typed_keys, wish_in, sounds_like_a_name, without_names, invited, read_invitation, sentences,
)  # fmt: skip


@pytest.mark.timeout(120)  # with time in proportion to the square one of these takes a minute
@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_is_read_to_its_end(read, piece: str) -> None:
    read((piece * LETTERS)[:LETTERS])
