"""Syllables typed with the keys of VNI or Telex: turned back, or not understood, never taken for something else."""

import re
import unicodedata
from collections.abc import Callable

import pytest

from content.fold import fold
from content.language.legacy import Kind, damage, turned
from content.language.typed_keys import typed_keys
from tests.content.language.keyboards import in_telex_keys, in_vni_keys
from tests.content.language.test_legacy import SENTENCES, TEXTS

_MARKUP = re.compile(r"[`\[/_{-]|[A-Z]{2}")
MEANT = {
    "cos sao chuwa": "có sao chưa",
    "ho62 so7 go62m nhu7ng4 gi2": "hồ sơ gồm những gì",
    "hoof sow goomf nhuwngx gif": "hồ sơ gồm những gì",
    "hoof sow goomf nhuwngx gif?": "hồ sơ gồm những gì?",
    "hoof sow OCOP goomf nhuwngx gif": "hồ sơ OCOP gồm những gì",
    "Nguye64n Va8n A": "Nguyễn Văn A",
    "Nguyeenx Vawn A": "Nguyễn Văn A",
    "NU7O7C1 MA81M": "NƯỚC MẮM",
    "ru7o75u": "rượu",
    "ruwowuj gaoj": "rượu gạo",
    "ddawng kys owr ddaau": "đăng ký ở đâu",
    "dang9 ky1 o73 d9a6u": "đang ký ở đâu",
    "nuowcs mawms Leej Thuyr": "nước mắm Lệ Thủy",
    "tui muoons hoir": "tui muốn hỏi",
}
MEANS_ITSELF = [
    "thon2 xa3",
    "to2 xom3",
    "khu1 to2 nha3",
    "hop6 chai2 500ml",
    "chai500ml goi200g",
    "QT26A1 K7M2",
    "Queen Bees",
    "how is it if you",
    "Homestay Phong Nha",
    "beer and door",
    "toi muon hoi",
    "mam1",
    "/hoso --list rows",
    "0912345678",
    "ten@example.vn",
    "https://hoof.vn/sow/goomf",
]


@pytest.mark.parametrize(("typed", "meant"), MEANT.items())
def test_keys_are_turned_back(typed: str, meant: str) -> None:
    found = damage(typed)
    assert found is not None
    assert found.kind is Kind.KEYS
    assert turned(typed) == meant


@pytest.mark.parametrize("text", MEANS_ITSELF)
def test_a_text_that_may_mean_itself_is_left_alone(text: str) -> None:
    assert damage(text) is None


@pytest.mark.parametrize("text", ["nhu7ng4 xyze7 go62m ho62 so7", "hoof sow goomf websiter nhuwngx gif"])
def test_a_word_with_keys_that_is_no_syllable_makes_it_uncertain(text: str) -> None:
    found = damage(text)
    assert found is not None
    assert found.reading is None


def test_nothing_written_in_packs_and_pages_shows_keys() -> None:
    assert [text for text in TEXTS if typed_keys(text) is not None] == []
    assert [text for text in TEXTS if typed_keys(fold(text)) is not None] == []


@pytest.mark.parametrize("keys", [in_vni_keys, in_telex_keys])
@pytest.mark.parametrize("tone_last", [True, False])
def test_every_sentence_typed_with_keys_is_turned_back_or_left(keys: Callable[..., str], tone_last: bool) -> None:
    """Never another sentence; nine of ten are turned back."""
    asked = [text for text in SENTENCES if keys(text).isascii() and not _MARKUP.search(text)][::5]
    assert len(asked) > 200
    read = [(text, damage(keys(text, tone_last=tone_last))) for text in asked]
    wrong = [
        (text, found.reading)
        for text, found in read
        if found is not None and found.reading is not None and _heard(found.reading) != _heard(text)
    ]
    assert wrong == []
    right = sum(found is not None and found.reading is not None for _, found in read)
    assert right >= 0.9 * len(asked)


def _heard(text: str) -> list[str]:
    """The words without the place of their tone: 'hòa' and 'hoà' are one."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    words = unicodedata.normalize("NFD", text).lower().split()
    return ["".join(sorted(word, key=lambda letter: (letter in tones, 0))) for word in words]
