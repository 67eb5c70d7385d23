"""The words of a day as signs a pattern can match: 'mùng 5 tháng Chạp' → 'FIRST_TEN 5 MONTH CHAP'."""

from collections.abc import Sequence
from functools import lru_cache

from content.words import Token, Vocabulary, tokens, vocabulary, words
from handlers.reading.numeral import numeral_at

_SIGNS = {"/", "-", "."}
_CALENDAR = ("DAY", "FIRST_TEN", "MONTH", "YEAR", "WEEKDAY")


@lru_cache(maxsize=1)
def _dates() -> Vocabulary:
    spoken = dict(words()["dates"])
    spoken.update({f"FEAST_{day}": names for day, names in words()["feasts"].items()})
    return Vocabulary(spoken)


def _number(said: Sequence[Token], at: int) -> tuple[int, int]:
    """Read a day, a month or a year in words, and how many tokens it takes; (0, 0) for none."""
    number = numeral_at(said, at, closes=lambda _said, _at: False)
    if number is None or len(number.values) != 1 or number.vague or said[at].is_number:
        return 0, 0
    value = number.values[0]
    if value != value.to_integral_value() or not 0 < value < 3000:
        return 0, 0
    return int(value), number.end - at


def _single(said: Sequence[Token], at: int) -> tuple[int, int]:
    """Read one number in words of at most two digits that is followed by a word for a time."""
    if at >= len(said) or said[at].is_number:
        return 0, 0
    digit = vocabulary("digits").one(said, at)[1]
    value, length = _number(said, at)
    if not length and digit and digit != "0":
        value, length = int(digit[0]), 1
    return (value, length) if value < 100 else (0, 0)


def signs_of(text: str) -> list[str]:
    """
    Turn a text into signs: numbers, / - . between them, names of meanings, and ? for a stranger.

    A number word counts where a day, a month or a year is expected (after
    tháng, mùng, thứ …) or where such a word follows it.
    """
    said = tokens(text)
    signs: list[str] = []
    at = 0
    while at < len(said):
        token = said[at]
        before = signs[-1] if signs else ""
        if token.is_number:
            groups = token.marked.replace(",", ".").split(".")
            for number in groups:
                signs += [".", number] if number is not groups[0] else [number]
            at += 1
            continue
        if before == "WEEKDAY":
            weekday = vocabulary("weekdays").one(said, at)[1]
            if weekday:
                signs.append(weekday)
                at += 1
                continue
        after_month = before == "MONTH" and token.marked == "sau"
        if token.marked in _SIGNS:
            signs.append(token.marked)
            at += 1
            continue
        value, length = (0, 0) if after_month else _single(said, at)
        if length and (before in _CALENDAR or _opens(said, at + length, at)) and not _is_year(said, at, before):
            if before == "YEAR":
                value, length = _number(said, at)
            signs.append(str(value))
            at += length
            continue
        if before == "YEAR" and (year := _number(said, at))[1]:
            signs.append(str(year[0]))
            at += year[1]
            continue
        length, meanings = _dates().match(said, at)
        meaning = meanings[0] if meanings else "?"
        if after_month:
            meaning = "SIXTH_OR_NEXT" if all(t.marked == t.bare for t in said) else "NEXT"
        if meaning == "?" and not token.bare[0].isalnum():
            meaning = "FILLER"
        if meaning != "FILLER":
            signs.append(meaning)
        at += max(length, 1)
    return signs


def _opens(said: Sequence[Token], at: int, start: int) -> bool:
    """Tell whether the word after a number makes it one of days, weeks or months."""
    length, meanings = _dates().match(said, at)
    if not length or said[start].bare == "mot" and start + 1 == at and not set(meanings) & {"WEEK", "MONTH", "DAY"}:
        return False
    return bool(set(meanings) & {"DAY", "WEEK", "MONTH", "YEAR", "TET"})


def _is_year(said: Sequence[Token], at: int, before: str) -> bool:
    """Tell "năm 2026" and "năm nay", where năm is the year, from "tháng năm", where it is five."""
    if said[at].bare != "nam":
        return False
    following = said[at + 1] if at + 1 < len(said) else None
    if following is not None and following.is_number and len(following.marked) == 4:
        return True
    if _number(said, at + 1)[0] >= 1000 if following is not None else False:
        return True
    here = _dates().match(said, at + 1)[1] if following is not None else ()
    if before in {"MONTH", "DAY", "FIRST_TEN"}:
        return False
    return bool(set(here) & {"THIS", "NEXT", "LAST", "AHEAD"}) or following is None
