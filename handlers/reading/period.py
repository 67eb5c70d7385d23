"""The period an amount is of: 20 kg/ngày, 50 hộp một tháng, mỗi vụ 2 tấn."""

from collections.abc import Callable, Sequence

from content.language.words import Token, vocabulary

UNCLEAR = "unclear"
"""More than one period was named, or one that has no length (a batch)."""


def period_of(said: Sequence[Token], counts: Callable[[int], bool]) -> str:
    """
    Return the period of the amounts of a text: day, week, month, season or year; "" without one.

    `counts` tells whether an amount with its unit begins at a place: "tháng 50 hộp" is 50 boxes a month, while
    "tháng 10" is October.  `UNCLEAR` for two periods, as in "ngày 20 kg, một năm làm 3 tháng".
    """
    found: set[str] = set()
    at = 0
    while at < len(said):
        length, period = vocabulary("periods").one(said, at)
        if not length or said[at].is_number or counts(at):
            at += 1
            continue
        after = at + length
        if _named_by_each(said, at) or (counts(after) and not _counted(said, at)):
            if not vocabulary("which_period").match(said, after)[0] and not _is_year(said, after):
                found.add(period)
        elif _counted(said, at):
            found.add(UNCLEAR)
        at = after
    return found.pop() if len(found) == 1 else UNCLEAR if found else ""


def _named_by_each(said: Sequence[Token], at: int) -> bool:
    """Tell "mỗi tháng", "/tháng", "1 tháng" and "cả năm" from a period that is only next to the amount."""
    return at > 0 and bool(vocabulary("each").match(said, at - 1)[0])


def _counted(said: Sequence[Token], at: int) -> bool:
    """Tell the 3 of "làm 3 tháng" from the one of "1 tháng"."""
    return at > 0 and said[at - 1].is_number and said[at - 1].marked != "1"


def _is_year(said: Sequence[Token], at: int) -> bool:
    return at < len(said) and said[at].is_whole and len(said[at].marked) == 4 and said[at].marked.startswith("20")
