"""Which letters the bundled font files can draw, so that no paper shows an empty box."""

import re
import struct
import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
PAPER = "Tinos"
POSTER = "BeVietnamPro"

_MOST_MARKS = 1  # Vietnamese needs none once composed; a pile of marks would cover the line above
_LONG_WORD = 30  # thirty of the widest letters still fit on a line of A4 at 13 points
_BREAK_HERE = "\u200b"  # draws nothing, allows a new line
_MOST_FOREIGN_MARKS = 3  # Thai and Lao stack a vowel and a tone
_OTHER_SCRIPTS = "\u0370"  # the block of general marks ends before it
_FOREIGN_LETTERS = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No"}
_FOREIGN = _FOREIGN_LETTERS | {"Mn", "Mc", "Po", "Ps", "Pe"}
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f"}  # have a meaning only between parts of an emoji
_BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")


@cache
def letters(font: Path) -> frozenset[int]:
    """
    The code points one font file has a glyph for.

    Reads the subtables 4 and 12 of the `cmap` table only
    (learn.microsoft.com/typography/opentype/spec/cmap): every Unicode font has one of them.
    """
    data = font.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    start = next(
        offset
        for tag, _, offset, _ in (struct.unpack_from(">4sLLL", data, 12 + 16 * n) for n in range(tables))
        if tag == b"cmap"
    )
    (subtables,) = struct.unpack_from(">H", data, start + 2)
    found: set[int] = set()
    for n in range(subtables):
        platform, _, offset = struct.unpack_from(">HHL", data, start + 4 + 8 * n)
        if platform in {0, 3}:
            found |= _subtable(data, start + offset)
    return frozenset(found)


def _subtable(data: bytes, at: int) -> set[int]:
    (form,) = struct.unpack_from(">H", data, at)
    if form == 12:
        (groups,) = struct.unpack_from(">L", data, at + 12)
        spans = [struct.unpack_from(">LLL", data, at + 16 + 12 * n) for n in range(groups)]
        return {code for first, last, glyph in spans for code in range(first, last + 1) if glyph + code - first}
    if form != 4:
        return set()
    segments = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends, starts, deltas, ranges = (
        struct.unpack_from(f">{segments}H", data, at + 14 + 2 * segments * n + (2 if n else 0)) for n in range(4)
    )
    found = set()
    for n in range(segments):
        for code in range(starts[n], min(ends[n], 0xFFFE) + 1):
            glyph = code
            if ranges[n]:
                place = at + 16 + 2 * (3 * segments + n) + ranges[n] + 2 * (code - starts[n])
                (glyph,) = struct.unpack_from(">H", data, place)
                if not glyph:
                    continue
            if (glyph + deltas[n]) % 0x10000:
                found.add(code)
    return found


@cache
def shared_letters(family: str) -> frozenset[int]:
    """The code points that every bundled face of a family can draw: a name is printed bold and plain."""
    faces = sorted(FONTS.glob(f"{family}_*.ttf"))
    return frozenset.intersection(*(letters(face) for face in faces))


def printable(text: str, family: str, *, keep_foreign: bool = False) -> str:
    """
    The part of a text that the typeface can print.

    Fancy letters become plain ones (𝐊 → K).  Pictures and signs without a glyph (emoji) are left out.
    A run of letters in a missing script becomes one "?", so that a reader sees the gap.
    For a program with further typefaces (Word) such letters may be kept.
    """
    known = shared_letters(family)
    printed: list[str] = []
    marks = 0
    foreign = False
    for letter in _BLANKS.sub(" ", text):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if letter in _JOINERS or marks > (_MOST_MARKS if letter < _OTHER_SCRIPTS else _MOST_FOREIGN_MARKS):
            continue
        plain = letter if letter == "\n" or ord(letter) in known else unicodedata.normalize("NFKC", letter)
        if plain == "\n" or all(ord(part) in known for part in plain):
            printed.append(plain)
            foreign = False
        elif unicodedata.category(letter) in (_FOREIGN if keep_foreign else _FOREIGN_LETTERS):
            if keep_foreign:
                printed.append(letter)
            elif not foreign:
                printed.append("?")
            foreign = True
    return re.sub(r" *\n *", "\n", _BLANKS.sub(" ", "".join(printed))).strip()


def breakable(text: str, longest: int = _LONG_WORD) -> str:
    """Let words too long for a line be broken anywhere between two letters."""
    return re.sub(rf"\S{{{longest + 1},}}", _with_breaks, text)


def _with_breaks(word: re.Match[str]) -> str:
    return "".join(
        letter if unicodedata.combining(letter) else _BREAK_HERE + letter for letter in word.group()
    ).removeprefix(_BREAK_HERE)
