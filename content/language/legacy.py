"""
Damaged Vietnamese: typed in a legacy font (TCVN3, VNI), read in a wrong encoding, or with lost letters.

Text typed with the keys of an input method that was off is damaged too (`content/language/typed_keys.py`).

Give it the raw text: in TCVN3 ư is U+00AD, which `content.fold.clean` drops elsewhere.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from content.fold import fold
from content.language.syllables import LONGEST_SYLLABLE, is_syllable, may_be_syllable
from content.language.typed_keys import typed_keys

LOST = "?\ufffd"
"""The signs that stand for a letter which an encoding could not write."""
_DEEPEST = 3  # times that UTF-8 was read wrongly, one after another
_SURE, _LIKELY = 0.8, 0.5
"""Least share of the turned words that are syllables: to be certain of the reading, and to call it damaged."""
_SEVERAL, _SOME = 3, 0.25  # so many words that show the font may be part of a longer text in another language
_FEW = 4  # turned words; of so few each one is a syllable where the reading is certain
_WORD = re.compile("[0-9A-Za-z\u00a1-\u1fff]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_BEYOND = re.compile("[\u0102-\u01b0\u1ea0-\u1ef9]")  # letters of Vietnamese that no legacy text has
_NEAR = 8  # letters before a word in which the end of a sentence is looked for
_SENTENCE = re.compile(r"(?:[.!?]\s|\n)[\s\"'“‘(*]*\Z")
_ALONE = frozenset("·×©§£¥½¼¾÷»¡¢")  # signs that also occur by themselves
_WITH_LOST = re.compile(f"[^\\W\\d_{re.escape(LOST)}]*(?:[{re.escape(LOST)}]+[^\\W\\d_{re.escape(LOST)}]*)+")
_OF_ADDRESS = re.compile(r"[/=&@.\\\d_]")


class Kind(StrEnum):
    """The ways in which a text was damaged."""

    TCVN3 = "tcvn3"
    VNI = "vni"
    MISREAD = "misread"
    LOST = "lost"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Damage:
    """The damage of a text.  `reading` is the text in Unicode; None where that is not certain."""

    kind: Kind
    reading: str | None


def damage(text: str) -> Damage | None:
    """Return the damage of a text; None for right Vietnamese and for everything in another language."""
    if text.isascii():
        keys = typed_keys(text)
        if keys is not None:
            return Damage(Kind.KEYS, keys.reading)
        return Damage(Kind.LOST, None) if "?" in text and _has_lost(text) else None
    text = unicodedata.normalize("NFC", text)
    misread = _misread(text)
    if misread is not None:
        return misread
    fonts = [one for one in (_typed(text, Kind.TCVN3, _from_tcvn3), _typed(text, Kind.VNI, _from_vni)) if one]
    if fonts:
        (shown, likeliest), *others = sorted(fonts, key=lambda one: (one[0], one[1].reading is not None), reverse=True)
        as_likely = any(other == shown and second.reading for other, second in others)
        return Damage(likeliest.kind, None) if as_likely else likeliest
    return Damage(Kind.LOST, None) if _has_lost(text) else None


def turned(text: str) -> str:
    """Return the text in Unicode where it is damaged and its reading is certain; any other text as it is."""
    found = damage(text)
    return text if found is None or found.reading is None else found.reading


# --- legacy fonts -----------------------------------------------------------------------------------------------------


def _typed(text: str, kind: Kind, turn: Callable[[str], str]) -> tuple[int, Damage] | None:
    """
    Read a text as one of a legacy font: the number of words that show it, and the damage.

    A word shows it that cannot be Vietnamese as it is, and is a syllable when turned.
    """
    mixed = bool(_BEYOND.search(text))
    shown = right = changed = unsure = 0
    pieces: list[str] = []
    end = 0
    for found in _WORD.finditer(text):
        word = found[0]
        read = word if _BEYOND.search(word) else turn(word)
        if read != word and word.lower() not in _tables().foreign and _is_word(word) and not _is_short(read):
            before, after = is_syllable(word), is_syllable(read)
            shown += after and not before
            right += after
            changed += 1
            unsure += mixed and before
            if mixed and before:
                read = word
        elif not (read.isascii() or is_syllable(read) or _is_short(read)):
            changed += 1
        pieces += [text[end : found.start()], read]
        end = found.end()
    share = right / changed if changed else 0.0
    if not shown or share < _LIKELY or (changed > 1 and shown == 1 and share < _SURE):
        return None
    pieces.append(text[end:])
    said = _capitals(text, pieces) if kind is Kind.TCVN3 else "".join(pieces)
    if not _is_vietnamese(said, _LIKELY if shown < _SEVERAL else _SOME):
        return None
    certain = not unsure and (right == changed if changed <= _FEW else share >= _SURE)
    return shown, Damage(kind, said if certain else None)


def _is_vietnamese(text: str, least: float) -> bool:
    words = _LETTERS.findall(text)
    return sum(map(is_syllable, words)) >= least * len(words)


def _capitals(text: str, pieces: list[str]) -> str:
    """Give capitals back that TCVN3 has no sign for: in a text of capitals, and at the beginning of a sentence."""
    letters = "".join(re.findall("[A-Za-z]", text))
    loud = len(letters) > 1 and letters.isupper()
    said = ""
    for at, piece in enumerate(pieces):
        first = piece[:1].upper()
        if not at % 2:
            said += piece
        elif loud:
            said += piece.upper()
        elif first > "\x7f" and first not in _tables().capitals and _SENTENCE.search(f"\n{said}"[-_NEAR:]):
            said += first + piece[1:]
        else:
            said += piece
    return said


def _is_short(word: str) -> bool:
    """True for a short form without a vowel, of which nothing can be seen: 'QĐ', 'đc'."""
    return not re.search("[aeiouy]", fold(word))


def _is_word(word: str) -> bool:
    return len(word) > 1 and not re.search("[0-9]", word)


def _from_tcvn3(word: str) -> str:
    if not re.search("[A-Za-z]", word) and (word in _ALONE or re.search("[0-9]", word)):
        return re.sub("(?<=[0-9])®$", "đ", word)
    read = word.translate(_tables().tcvn3)
    plain = re.findall("[A-Za-z]", word)
    return read.upper() if len(plain) > 1 and "".join(plain).isupper() else read


def _from_vni(word: str) -> str:
    tables = _tables()
    return tables.vni_pattern.sub(lambda found: tables.vni[found[0]], word)


@dataclass(frozen=True, slots=True)
class _Tables:
    tcvn3: Mapping[int, str]
    vni: Mapping[str, str]
    vni_pattern: re.Pattern[str]
    foreign: frozenset[str]
    capitals: frozenset[str]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    told: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    tcvn3 = dict(zip(map(ord, told["tcvn3"]["signs"]), told["tcvn3"]["letters"], strict=True))
    vni = dict(_vni_signs(told["vni"]))
    longest_first = sorted(vni, key=len, reverse=True)
    capitals = frozenset(filter(str.isupper, tcvn3.values()))
    return _Tables(tcvn3, vni, re.compile("|".join(longest_first)), frozenset(told["foreign"]), capitals)


def _vni_signs(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for vowel, signs in told["pairs"].items():
        for sign, letter in signs.items():
            yield vowel + sign, letter
            yield vowel + sign.upper(), letter
            yield vowel.upper() + sign, letter.upper()
            yield vowel.upper() + sign.upper(), letter.upper()
    for sign, letter in told["singles"].items():
        yield sign, letter
        yield sign.upper(), letter.upper()


# --- UTF-8 that was read as another encoding --------------------------------------------------------------------------


def _misread(text: str) -> Damage | None:
    """Read a text whose UTF-8 was taken for Latin-1, cp1252 or cp1258, perhaps several times."""
    said = text
    for _ in range(_DEEPEST):
        if not _bytes().strong.search(said):
            break
        said = _bytes().any.sub(_from_bytes, _bytes().blank.sub(_with_blank, said))
    if said == text:
        return None
    spoilt = _bytes().left.search(said) or "\ufffd" in said
    return Damage(Kind.MISREAD, None if spoilt else said)


def _from_bytes(found: re.Match[str]) -> str:
    raw = bytes(_bytes().of[letter] for letter in found[0])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def _with_blank(found: re.Match[str]) -> str:
    """Read a plain blank as the last byte of a letter (à, ạ …) where the word then is a syllable."""
    before, lead, after = found["before"], found["lead"], found["after"]
    whole = _bytes().any.sub(_from_bytes, f"{before}{lead}\u00a0{after}")
    if is_syllable(whole):
        return f"{before}{lead}\u00a0{after}"
    return f"{before}{lead}\u00a0 {after}"


@dataclass(frozen=True, slots=True)
class _Bytes:
    of: Mapping[str, int]
    any: re.Pattern[str]
    strong: re.Pattern[str]
    blank: re.Pattern[str]
    left: re.Pattern[str]


@lru_cache(maxsize=1)
def _bytes() -> _Bytes:
    of = {chr(byte): byte for byte in range(0x80, 0x100)}
    for encoding in ("cp1258", "cp1252"):
        for byte in range(0x80, 0x100):
            letter = bytes([byte]).decode(encoding, errors="ignore")
            if letter and not unicodedata.combining(letter):
                of[letter] = byte

    def letters(*ranges: tuple[int, int]) -> str:
        chosen = [one for one, byte in of.items() if any(low <= byte <= high for low, high in ranges)]
        return f"[{''.join(map(re.escape, chosen))}]"

    more = letters((0x80, 0xBF))
    never_after = "[" + "".join(map(re.escape, "¡¢£¨©ª¬\u00ad²³´µ¹º½¯°€‚ƒ„†‡ˆ‰ŠŒš")) + "\u0080-\u009f]"
    two, three, four = letters((0xC2, 0xDF)), letters((0xE0, 0xEF)), letters((0xF0, 0xF4))
    return _Bytes(
        of=of,
        any=re.compile(f"{two}{more}|{three}{more}{{2}}|{four}{more}{{3}}"),
        strong=re.compile(
            f"á[º»](?:{more}| )|â€(?:{more}|\\W)|[ðđ]Ÿ{more}{{2}}|[ÄÅ]{more}|Æ[\u00a0¡¯° ]|[ÃĂ]{never_after}|[ÃĂ]…Â"
        ),
        blank=re.compile(r"(?P<before>[^\W\d_]*)(?P<lead>[ÃĂÆ]|áº) (?P<after>[^\W\d_]*)"),
        left=re.compile("[ÃÄÅ]|á[º»]|â€|[\u0080-\u009f]"),
    )


# --- lost letters -----------------------------------------------------------------------------------------------------


def _has_lost(text: str) -> bool:
    """True where a word has a sign for a lost letter; a question mark counts inside a word or before its rest only."""
    for piece in text.split():
        if "\ufffd" in piece and any(map(str.isalpha, piece)):
            return True
        if "?" in piece and not _OF_ADDRESS.search(piece):
            words = (found[0] for found in _WITH_LOST.finditer(piece))
            if any(_lost_inside(word) for word in words):
                return True
    return False


def _lost_inside(word: str) -> bool:
    inner = word.rstrip(LOST)
    if len(inner) > LONGEST_SYLLABLE * 2:
        return False
    if inner.startswith("?"):
        rest = inner.lstrip(LOST)
        return len(rest) > 1 and not is_syllable(rest) and may_be_syllable(inner, LOST)
    return "?" in inner and may_be_syllable(inner, LOST)
