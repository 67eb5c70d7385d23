"""Vietnamese as it arrives with the input method off: the keys of VNI and Telex."""

import re
import unicodedata

TONES = {"\u0301": "s1", "\u0300": "f2", "\u0309": "r3", "\u0303": "x4", "\u0323": "j5"}
MARKS = {"\u0302": ("", "6"), "\u031b": ("w", "7"), "\u0306": ("w", "8")}


def _word(word: str, *, vni: bool, tone_last: bool) -> str:
    said, tone = "", ""
    for letter in word:
        base, *signs = list(unicodedata.normalize("NFD", letter))
        said += base if base not in "đĐ" else ("d" if base == "đ" else "D") + ("9" if vni else "d")
        for mark in filter(MARKS.__contains__, signs):
            telex, key = MARKS[mark]
            said += key if vni else telex or base.lower()
        for sign in filter(TONES.__contains__, signs):
            tone = TONES[sign][vni]
            said += "" if tone_last else tone
    return said + tone if tone_last else said


def in_vni_keys(text: str, *, tone_last: bool = True) -> str:
    return re.sub(
        r"[^\W\d_]+", lambda found: _word(found[0], vni=True, tone_last=tone_last), unicodedata.normalize("NFC", text)
    )


def in_telex_keys(text: str, *, tone_last: bool = True) -> str:
    return re.sub(
        r"[^\W\d_]+", lambda found: _word(found[0], vni=False, tone_last=tone_last), unicodedata.normalize("NFC", text)
    )
