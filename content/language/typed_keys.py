"""
Syllables typed with the keys of VNI or Telex while the input method was off: 'ho62 so7', 'hoof sow'.

The keys are those of the two methods as UniKey and OpenKey take them; a mark may follow its vowel or end the syllable.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import yaml

from content.language.syllables import LONGEST_SYLLABLE, is_syllable

_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_CIRCUMFLEX, _HORN, _BREVE, _BAR = "6789"
_TELEX_TONES = {"s": "1", "f": "2", "r": "3", "x": "4", "j": "5"}
_VOWELS = "aăâeêioôơuưy"
_OPEN = frozenset("aeiouy")
_MOST_KEYS = 3  # of one syllable: 'ruwowuj', 'd9u7o7c5' has one more
_LONGEST = LONGEST_SYLLABLE + _MOST_KEYS + 1
_SEVERAL = 2
"""Words with keys that make a reading certain; a single word needs as many keys as `_MOST_KEYS`."""
_PIECE = re.compile(r"(?<![A-Za-z0-9_{])[A-Za-z][A-Za-z0-9]*(?![A-Za-z0-9_}])")
_CHUNK = re.compile(r"\S+")
_ADDRESS = re.compile(r"://|@|[A-Za-z0-9][.=_][A-Za-z0-9]")
_COMMAND = re.compile(r"[`\"'(]*[/-]\S")
"""A chunk of a text that is an address, or a command as people type it: '/hoso', '--list'."""
_VNI_WORD = re.compile(r"[a-z]+[1-9]")
_TELEX_WORD = re.compile(r"aa|ee|oo|^dd|w|[aeiouy][a-z]*[sfrxj]|[a-z][1-9]")


@dataclass(frozen=True, slots=True)
class _Read:
    """
    A word read with its keys.

    It shows nothing if it is foreign; `clear` is true if such keys hardly occur by themselves.
    """

    said: str
    keys: int
    clear: bool
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """A text typed with keys.  `reading` is the text meant; None where a word with keys makes no syllable."""

    reading: str | None


def typed_keys(text: str) -> Typed | None:
    """
    Return what a text typed with keys means; None for any text that may mean itself.

    Units, house numbers and English are left alone: 'to2 xom3' and 'beer' show no key for sure.
    """
    if not text.isascii():
        return None
    return _typed(text, _VNI_WORD, _from_vni) or _typed(text, _TELEX_WORD, _from_telex)


def _typed(text: str, keyed: re.Pattern[str], read: Callable[[str], _Read | None]) -> Typed | None:
    words = list(_said(text))
    found: list[_Read] = []
    pieces, end, failed, left = [], 0, 0, 0
    for word in words:
        meant = _meant(word[0], keyed, read)
        if meant is not None:
            found.append(meant)
            pieces += [text[end : word.start()], meant.said]
            end = word.end()
        elif len(word[0]) > _LONGEST or is_syllable(word[0]) or not keyed.search(word[0].lower()):
            left += 1
        else:
            failed += 1
    shown = [one for one in found if not one.foreign]
    clear = sum(one.clear for one in shown)
    alone = len(words) == 1 and len(shown) == 1 and shown[0].keys >= _MOST_KEYS
    if not alone and (len(shown) < _SEVERAL or not clear or len(shown) <= failed):
        return None
    if failed:
        return Typed(None) if clear >= _SEVERAL and len(shown) > failed + left else None
    return Typed("".join([*pieces, text[end:]]))


def _said(text: str) -> Iterator[re.Match[str]]:
    """The words of a text, without those of addresses and commands."""
    for chunk in _CHUNK.finditer(text):
        if _ADDRESS.search(chunk[0]) is None and _COMMAND.match(chunk[0]) is None:
            yield from _PIECE.finditer(text, chunk.start(), chunk.end())


def _meant(word: str, keyed: re.Pattern[str], read: Callable[[str], _Read | None]) -> _Read | None:
    """The syllable that a word with keys means; None for a word that is one itself, or means none."""
    small = word.lower()
    if len(word) > _LONGEST or is_syllable(word) or not keyed.search(small):
        return None
    meant = read(small)
    if meant is None or not is_syllable(meant.said):
        return None
    letters = "".join(filter(str.isalpha, word))
    said = meant.said
    if word[0].isupper():
        said = said.upper() if len(letters) > 1 and letters.isupper() else said.title()
    return replace(meant, said=said, foreign=bool({small, small.removesuffix("s")} & _foreign()))


def _from_telex(word: str) -> _Read | None:
    """Write the keys of Telex as those of VNI, and read these."""
    out, seen = "", ""
    for at, letter in enumerate(word):
        before = seen[-1:]
        if letter == before and (letter in "aeo" or (letter == "d" and seen == "d")):
            out += _BAR if letter == "d" else _CIRCUMFLEX
            seen += "."
        elif letter in _TELEX_TONES and not _OPEN.isdisjoint(seen) and "e" not in word[at:]:
            out += _TELEX_TONES[letter]
        elif letter == "w":
            vowels = [vowel for vowel in seen.removeprefix("qu") if vowel in "aou"]
            out += _BREVE if vowels and vowels[-1] == "a" else _HORN if vowels else f"u{_HORN}"
            seen += "" if vowels else "u"
        else:
            out += letter
            seen += letter
    read = None if out == word or any(map(str.isdigit, word)) else _from_vni(out)
    return None if read is None else replace(read, clear=read.keys > 1 or "uw" in word or word[:2] == "dd")


def _from_vni(word: str) -> _Read | None:
    """Apply the digits of a word to its letters; None where one has no letter to mark, or two are tones."""
    letters: list[str] = []
    tone, marks, inside = "", 0, False
    for at, sign in enumerate(word):
        if not sign.isdigit():
            letters.append(sign)
            continue
        inside = inside or word[at + 1 :].isalpha()
        if sign in _TONES and not tone and any(letter in _VOWELS for letter in letters):
            tone = _TONES[sign]
        elif sign in _TONES or not _mark(letters, sign, last=not any(map(str.isalpha, word[at:]))):
            return None
        else:
            marks += 1
    plain = "".join(letters)
    keys = marks + bool(tone)
    clear = keys > 1 or (inside and bool(marks or tone))
    said = next(_with_tone(plain, tone), None)
    return None if said is None else _Read(said, keys, clear)


def _mark(letters: list[str], key: str, *, last: bool) -> bool:
    """Put a hat, a horn, a breve or a bar on the letter it belongs to; false without such a letter."""
    if key == _BAR:
        return _replace(letters, 0, "d", "đ") if letters else False
    marked = {_CIRCUMFLEX: ("aeo", "âêô"), _HORN: ("uo", "ươ"), _BREVE: ("a", "ă")}.get(key)
    if marked is None:
        return False
    plain, with_mark = marked
    for at in reversed(range(len(letters))):
        if letters[at] not in plain:
            continue
        after_u = letters[at] == "o" and letters[at - 1 : at] == ["u"] and letters[:1] != ["q"]
        if key == _HORN and after_u and (at + 1 < len(letters) or not last):  # not so in 'thuo73': thuở
            letters[at - 1] = "ư"
        letters[at] = with_mark[plain.index(letters[at])]
        return True
    return False


def _replace(letters: list[str], at: int, old: str, new: str) -> bool:
    if letters[at] != old:
        return False
    letters[at] = new
    return True


def _with_tone(plain: str, tone: str) -> Iterator[str]:
    """The word with its tone, on the usual vowel first: 'hòa', 'thoại', 'toàn'."""
    if not tone:
        yield plain
        return
    at_vowels = [at for at, letter in enumerate(plain) if letter in _VOWELS]
    if len(at_vowels) > 1 and plain[: at_vowels[0] + 1] in {"qu", "gi"}:
        del at_vowels[0]
    marked = [at for at in at_vowels if not plain[at].isascii()]
    usual = marked[-1:] or at_vowels[-1 if plain[-1] not in _VOWELS else len(at_vowels) // 3 :][:1]
    for at in (*usual, *at_vowels):
        said = unicodedata.normalize("NFC", plain[: at + 1] + tone + plain[at + 1 :])
        if is_syllable(said):
            yield said


@lru_cache(maxsize=1)
def _foreign() -> frozenset[str]:
    """English words that Telex would read as Vietnamese."""
    told = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return frozenset(told["foreign"].split())
