"""The words of a day as signs a pattern can match: 'mùng 5 tháng Chạp' → 'FIRST_TEN 5 MONTH CHAP'."""

from collections.abc import Sequence
from functools import lru_cache

from content.language.words import Token, Vocabulary, tokens, vocabulary, words
from handlers.reading.numeral import numeral_at

_SIGNS = {"/", "-", "."}
_CALENDAR = ("DAY", "FIRST_TEN", "MONTH", "YEAR", "WEEKDAY")


@lru_cache(maxsize=1)
def _dates() -> Vocabulary:
    spoken = dict(words()["dates"])
    spoken.update({f"FEAST_{day}": names for day, names in words()["feasts"].items()})
    return Vocabulary(spoken)


def _number(said: Sequence[Token], at: int) -> tuple[int, int]:
    """Read a number in words and how many tokens it takes; (0, 0) for none, (-1, n) for "hai ba" days."""
    if at >= len(said) or said[at].is_number:
        return 0, 0
    number = numeral_at(said, at, closes=_never)
    if number is None or number.vague:
        return 0, 0
    value, length = number.values[0], number.end - at
    following = set(_dates().match(said, number.end)[1])
    if len(number.values) > 1 and not following & {"MONTH", "TET"}:
        return -1, length
    if value != value.to_integral_value() or not 0 < value < 3000:
        return 0, 0
    return int(value), length


def _never(_said: Sequence[Token], _at: int) -> bool:
    return False


def _cycle_year(said: Sequence[Token], at: int, before: str, around: int) -> tuple[int, int]:
    """
    Read "Bính Ngọ", or "Ngọ" after năm, as the year of that name nearest to `around`; and how many tokens it takes.

    (-1, 2) for a stem and a branch that never meet; (0, 0) for no name of a year.
    """
    stem_length, stems = vocabulary("year_stems").match(said, at)
    branch_length, branches = vocabulary("year_branches").match(said, at + stem_length)
    if not branch_length or not (stem_length or before == "YEAR"):
        return 0, 0
    cycle = 60 if stem_length else 12
    named = {
        year
        for year in range(around - cycle // 2, around + cycle // 2)
        if str((year - 4) % 12) in branches and (not stem_length or str((year - 4) % 10) in stems)
    }
    if len(named) != 1:
        return -1, stem_length + branch_length
    return named.pop(), stem_length + branch_length


def signs_of(text: str, around: int) -> list[str]:
    """
    Turn a text into signs: numbers, / - . between them, names of meanings, and ? for a stranger.

    A number word counts where a day, a month or a year is expected (after
    tháng, mùng, thứ …) or where such a word follows it.  A year with a lunar name
    is the one nearest to the year `around`, followed by the sign NAMED.
    """
    said = tokens(text)
    signs: list[str] = []
    at = 0
    while at < len(said):
        token = said[at]
        before = signs[-1] if signs else ""
        year, length = _cycle_year(said, at, before, around)
        if length:
            signs += [*([] if before == "YEAR" else ["YEAR"]), "?" if year < 0 else str(year), "NAMED"]
            at += length
            continue
        if token.is_number:
            groups = token.marked.replace(",", ".").split(".")
            signs += " . ".join(groups).split()
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
        next_one = token.marked == "sau" and (  # sau, not sáu
            before in {"MONTH", "YEAR", "WEEK", "DAY"}
            or (before != "FIRST_TEN" and "TET" in _dates().match(said, at + 1)[1])
        )
        value, length = (0, 0) if next_one else _number(said, at)
        if length and (before in _CALENDAR or _opens(said, at + length)) and not _is_year(said, at, before):
            at += length
            cut_short = value >= 1000 and at < len(said) and bool(vocabulary("digits").match(said, at)[0])
            signs.append("SEVERAL" if value < 0 or cut_short else str(value))
            continue
        length, meanings = _dates().match(said, at)
        meaning = meanings[0] if meanings else "?"
        if after_month:
            meaning = "SIXTH_OR_NEXT" if all(t.marked == t.bare for t in said) else "NEXT"
        if meaning == "?" and not token.bare[0].isalnum():
            meaning = "FILLER"
        if meaning in {"GIENG", "CHAP"} and before != "MONTH":  # "23 chạp", "rằm giêng"
            signs.append("MONTH")
        if meaning != "FILLER":
            signs.append(meaning)
        at += max(length, 1)
    return signs


def _opens(said: Sequence[Token], at: int) -> bool:
    """Tell whether a word makes the number before it one of days, weeks or months."""
    return bool(set(_dates().match(said, at)[1]) & {"DAY", "WEEK", "MONTH", "YEAR", "TET"})


def _is_year(said: Sequence[Token], at: int, before: str) -> bool:
    """Tell "năm 2026" and "năm nay", where năm is the year, from "tháng năm", where it is five."""
    if said[at].bare != "nam":
        return False
    if at + 1 >= len(said):
        return before not in _CALENDAR
    if (said[at + 1].is_number and len(said[at + 1].marked) == 4) or _number(said, at + 1)[0] >= 1000:
        return True
    return before not in _CALENDAR and bool(set(_dates().match(said, at + 1)[1]) & {"THIS", "NEXT", "LAST"})
