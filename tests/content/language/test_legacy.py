"""Damaged Vietnamese: found and turned back; right Vietnamese and other languages are left alone."""

import csv
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

import content
from content.language.legacy import Kind, damage, turned
from content.language.syllables import is_syllable
from tests.content.language.legacy_fonts import in_tcvn3, in_vni, misread

CONTENT = Path(content.__file__).parent
DOCS = CONTENT.parent / "docs"
MARKED = re.compile("[à-ỹĐĂÂÊÔƠƯ]")


def every_text() -> list[str]:
    """Every sentence, phrase and name of the packs and the catalogs, and every line of the docs."""
    texts: set[str] = set()
    for path in CONTENT.glob("packs/*/*.csv"):
        with path.open(encoding="utf-8", newline="") as opened:
            texts |= {value for row in csv.reader(opened) for value in row}
    for path in (*CONTENT.glob("packs/*/topics/*.md"), *CONTENT.glob("packs/*/*.tsv"), *DOCS.glob("*.md")):
        texts |= {part for line in path.read_text(encoding="utf-8").splitlines() for part in re.split(r"[\t|]", line)}
    for path in (*CONTENT.glob("locales/*/*.po"), *CONTENT.glob("messages/*.po")):
        texts |= set(re.findall(r'"(.*)"', path.read_text(encoding="utf-8")))
    return sorted(text.strip() for text in texts if text.strip())


TEXTS = every_text()
SENTENCES = [
    text
    for text in TEXTS
    if len(words := re.findall(r"[^\W\d_]+", text)) > 2
    and sum(is_syllable(word) for word in words) > 0.8 * len(words)
    and len(MARKED.findall(text)) > 2
]
WAYS: dict[str, Callable[[str], str]] = {
    "TCVN3": in_tcvn3,
    "VNI": in_vni,
    "cp1252": lambda text: misread(text, "cp1252"),
    "Latin-1": lambda text: misread(text, "latin-1"),
    "cp1258": lambda text: misread(text, "cp1258"),
    "cp1252, twice": lambda text: misread(misread(text, "cp1252"), "cp1252"),
    "cp1252, then plain blanks": lambda text: misread(text, "cp1252").replace("\u00a0", " "),
}


def test_right_vietnamese_is_never_called_damaged():
    assert len(TEXTS) > 9000
    assert [text for text in TEXTS if damage(text) is not None] == []
    assert [text for text in TEXTS if damage(unicodedata.normalize("NFD", text)) is not None] == []


@pytest.mark.parametrize("way", WAYS)
def test_damaged_sentences_are_found_and_turned_back(way):
    damaged = [(text, WAYS[way](text)) for text in SENTENCES[::2]]
    damaged = [(text, as_seen) for text, as_seen in damaged if as_seen != text]
    found = [(text, damage(as_seen)) for text, as_seen in damaged]
    assert len(damaged) > 1500
    assert sum(one is not None for _, one in found) >= 0.98 * len(damaged)
    assert sum(one is not None and one.reading == text for text, one in found) >= 0.98 * len(damaged)


LEFT_ALONE = [
    "Café Müller", "naïve", "Noël", "São Paulo", "François Hollande", "El Niño", "año nuevo", "Zürich", "Köln",
    "crème brûlée", "Tack så mycket", "Björn Ångström", "Beyoncé", "OCOP®", "© 2026", "5 µm", "½ kg", "10×20 cm",
    "3 × 4", "«Khoai deo»", "35.000đ…", "XÃ”", "“HỢP TÁC XÃ”", "XÃ\u00a0HẢI NINH", "không?có", "ok?", "???", "(?)",
    "Giá bao nhiêu?Tôi hỏi", "https://a.vn/x?id=3&t?p=1", "gì ?em hỏi", "Ủa?Sao lại", "a?", "What?Why", "1?2",
    "😀👍🏽 ngon", "👨‍👩‍👧", "§5 Điều 3", "SĐT", "Ðông Hà", "Ðo đạc", "HTX-001", "1234/QĐ-UBND", "a@b.vn?x", "có/không?",
]  # fmt: skip


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_texts_are_left_alone(text):
    assert damage(text) is None
    assert turned(text) == text


READ = {
    "Hîp t¸c x· Khoai deo H¶i Ninh": (Kind.TCVN3, "Hợp tác xã Khoai deo Hải Ninh"),
    "NguyÔn ThÞ MÉu": (Kind.TCVN3, "Nguyễn Thị Mẫu"),
    "N\u00adíc m¾m C¶nh D\u00ad¬ng": (Kind.TCVN3, "Nước mắm Cảnh Dương"),
    "HîP T¸C X· KHOAI DEO": (Kind.TCVN3, "HỢP TÁC XÃ KHOAI DEO"),
    "Gi¸ 35.000®, ®óng kh«ng?": (Kind.TCVN3, "Giá 35.000đ, đúng không?"),
    "Hôïp taùc xaõ Haûi Ninh": (Kind.VNI, "Hợp tác xã Hải Ninh"),
    "ÑAÏI HOÏC": (Kind.VNI, "ĐẠI HỌC"),
    "Há»£p tÃ¡c xÃ£": (Kind.MISREAD, "Hợp tác xã"),
    "Hồ sơ &amp; nước".replace("&amp;", "&"): None,
    "Giá Ä‘Ãºng 😀": (Kind.MISREAD, "Giá đúng 😀"),
}


@pytest.mark.parametrize("text", READ)
def test_a_certain_reading_is_given(text):
    found = damage(text)
    assert (found and (found.kind, found.reading)) == READ[text]


UNREADABLE = [
    "H?p tác xã", "Nguy?n Th? M?u", "?ông H?i", "Nguy\ufffdn", "Quy?t ??nh", "N??c m?m", "Th\ufffd\ufffdy s\ufffdn",
    "H\u00e1\u00bbp t\u00c3\u00a1c x\u00c3\u00a3",  # a byte of its first word is gone
    "chöa",  # "chửa" of the one font, "chưa" of the other
    "Ñoàn Thò Mẫu",  # half of it is right
]  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE)
def test_damage_without_a_certain_reading_has_none(text):
    found = damage(text)
    assert found is not None
    assert found.reading is None
    assert turned(text) == text
