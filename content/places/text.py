"""Reading the text typed for a place: its words, their type word, and the words around the name."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from content.fold import clean, fold

LONGEST = 14  # words of an answer that are read as one address; longer texts are only searched for "xã …"
PARTED = range(5, 17)  # letters of two words that ran together

VILLAGE, LOW, _MIDDLE, _TOP = "village", "low", "middle", "top"
FAMILY = {
    "lang": VILLAGE, "thon": VILLAGE, "ban": VILLAGE, "xom": VILLAGE,
    "xa": LOW, "phuong": LOW, "thi tran": LOW, "dac khu": LOW,
    "huyen": _MIDDLE, "thi xa": _MIDDLE, "thanh pho": _MIDDLE, "quan": _MIDDLE, "tinh": _TOP,
}  # fmt: skip
LOW_KINDS = {kind for kind, family in FAMILY.items() if family == LOW}
_SHORT_TYPES = {
    "x": "xa", "p": "phuong", "f": "phuong", "tt": "thi tran", "ttr": "thi tran", "h": "huyen",
    "tx": "thi xa", "tp": "thanh pho", "t": "tinh",
}  # fmt: skip
_FARM = ("nong", "truong")  # "Thị trấn Nông trường Việt Trung" is called Việt Trung
_HOUSE = {"thon", "xom", "lang", "ban", "to", "khu", "so", "duong", "doi", "cum", "ngo", "nha", "ho"}
_BEFORE = re.compile(
    r"^(?:(?:da|vang|a) )?(?:(?:nha|que)? ?(?:em|toi|tui|minh|con|chau|bac|co|chu|anh|chi|me|chung toi|chung tui) ?)?"
    r"(?:(?:hien|dang) )?(?:(?:song|lam|san xuat) )?(?:o|tai|thuoc|la|que|den tu|duoi|ben|tren|trong) (?=\S)"
    r"|^(?:da|vang|a) (?=\S)",
)
_AFTER = {"a", "ah", "nhe", "nha", "nghe", "hen", "oi", "day", "em", "vn"}
_NAMES = {"la"}  # "Bắc Là Đồng Hới" is Bắc Lý with a wrong letter and no "bác là …"
_COUNTRY = ("viet", "nam")
_TEEN = (("w", "qu"), ("f", "ph"), ("j", "gi"), ("z", "d"))
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed, without marks, and with its tone apart from its letters (hoà = hòa)."""

    typed: str
    bare: str
    toned: str


def words(text: str) -> tuple[Word, ...]:
    """Split the typed text into words."""
    return tuple(read_word(found) for found in re.findall(r"[^\W\d_]+|\d+", clean(text).lower()))


@lru_cache(maxsize=4096)
def read_word(typed: str) -> Word:
    decomposed = unicodedata.normalize("NFD", typed)
    letters = "".join(letter for letter in decomposed if letter not in _TONES)
    tones = "".join(letter for letter in decomposed if letter in _TONES)
    return Word(typed, fold(typed), unicodedata.normalize("NFC", letters) + tones)


def squeeze(said: Iterable[Word]) -> str:
    return "".join(word.bare for word in said)


def typed_together(said: Iterable[Word]) -> str:
    return "".join(word.typed for word in said)


def toned_together(said: Iterable[Word]) -> str:
    return "".join(word.toned for word in said)


def type_and_name(said: Sequence[Word]) -> tuple[str, tuple[Word, ...]]:
    """Remove the type word: ('phuong', rest), or ('', all) without one in front."""
    for length in (2, 1):
        front = " ".join(word.bare for word in said[:length])
        front = _SHORT_TYPES.get(front, front)
        if len(said) > length and front in FAMILY:
            return front, tuple(said[length:])
    return "", tuple(said)


def ways_to_read(said: Sequence[Word]) -> tuple[tuple[str, tuple[Word, ...]], ...]:
    """Read a name with its first word as its type and, since 'Quán Hàu' is not a quận, also without."""
    kind, short = type_and_name(said)
    return ((kind, short), ("", tuple(said))) if kind else (("", short),)


def from_the_commune_on(said: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Give the text from "xã …" on: 'thôn Tân Định, xã Hải Ninh, huyện Quảng Ninh', 'số 5 đường …'."""
    if said[0].bare not in _HOUSE and not said[0].bare.isdigit():
        return
    for start in range(1, len(said) - 1):
        kind, _ = type_and_name(said[start:])
        if FAMILY.get(kind) == LOW and said[start - 1].bare != "thi" and len(said) - start <= LONGEST:
            yield tuple(said[start:])


def parted(said: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Split words that ran together where a blank was left out or became a letter: 'Yên HóaMinh Hóa'."""
    for at, word in enumerate(said):
        if len(word.typed) in PARTED:
            for cut in range(2, len(word.typed) - 1):
                for skipped in (0, 1):
                    front, back = word.typed[:cut], word.typed[cut + skipped :]
                    if back:
                        yield (*said[:at], read_word(front), read_word(back), *said[at + 1 :])


def called_shortly(short: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    yield short
    if tuple(word.bare for word in short[:2]) == _FARM and len(short) > 2:
        yield short[2:]
        yield (read_word("nt"), *short[2:])


def name_and_rest(said: Sequence[Word]) -> Iterator[tuple[Sequence[Word], Sequence[Word]]]:
    """Split an address into the name and the rest, which may be before or after it."""
    yield said, ()
    for cut in range(len(said) - 1, 0, -1):
        yield said[:cut], said[cut:]
        yield said[cut:], said[:cut]


def without_era(said: tuple[Word, ...]) -> tuple[tuple[Word, ...], bool | None]:
    """Remove 'cũ' and 'mới', which say whether the place is still valid."""
    for mark, standing in (("cũ", False), ("mới", True)):
        kept = tuple(word for at, word in enumerate(said) if word.typed != mark or at == 0)
        if len(kept) < len(said):
            return kept, standing
    if len(said) > 2 and said[-1].typed in {"cu", "moi"}:
        return said[:-1], said[-1].typed == "moi"
    return said, None


def says_where(said: tuple[Word, ...], plain: tuple[Word, ...]) -> bool:
    """True when the words left out around a name are surely not part of it: "ở …", "dạ …", "… ạ"."""
    start = next((at for at in range(len(said)) if said[at : at + len(plain)] == plain), 0)
    return plain != said and (start == 0 or said[start - 1].bare not in _NAMES)


def without_courtesy(said: tuple[Word, ...]) -> tuple[Word, ...]:
    """Remove 'dạ, em ở …' in front, 'ạ' at the end, and the country."""
    line = " ".join(word.bare for word in said)
    front = _BEFORE.match(line)
    kept = said[len(line[: front.end()].split()) :] if front else said
    while len(kept) > 1 and kept[-1].bare in _AFTER:
        kept = kept[:-1]
    return kept[:-2] if len(kept) > 2 and tuple(word.bare for word in kept[-2:]) == _COUNTRY else kept


def teen_read(said: Sequence[Word]) -> tuple[Word, ...]:
    """Read w, f, j, z the way young people write them: 'wảng', 'fong'."""
    spelt = []
    for word in said:
        typed = word.typed
        for letter, meant in _TEEN:
            typed = typed.replace(letter, meant)
        spelt.append(read_word(typed))
    return tuple(spelt)
