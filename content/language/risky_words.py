"""
Risky parts of a broadcast: a link, a phone or account number, a request for money.

They send people somewhere else or cost them money.  The usual disguises are removed first.
A doubtful case counts as risky: the only consequence is approval by a second official.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

from content.language.risky_money import asks_money

Risk = Literal["link", "elsewhere", "phone", "account", "money"]
"""A link is "elsewhere" when its address does not belong to an office."""

_ENDINGS = (
    "vn|com|net|org|info|biz|io|me|ly|co|cc|tk|gq|ml|cf|top|xyz|shop|site|online|app|link|club|vip|live|pro|win|asia|"
    "gov|edu|tv|us|ru|cn|sbs|cfd|icu|click|page|dev|store|fun|buzz|gl|gd|id|eu|uk|de|fr|jp|kr|la|kh|th|sg|hk|tw"
)
_LINK = re.compile(
    rf"https?\s*:|www\s?\.|[^\W_]\.(?:{_ENDINGS})(?![a-z0-9])"
    rf"|[a-z0-9-]+\.[a-z]{{2,}}/\S|(?<!\w)@\w{{4,}}|\S@\S+\.[a-z]"
    rf"|\b(?:cham|dot)\s(?:{_ENDINGS})\b"
)
_MONEY = re.compile(r"(?<![\d.])[1-9]\d{0,2}(?:[.,]\d{3})+(?![\d.]*\d)")
_DATE = re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d(?!\d)")
_PHONE = re.compile(
    r"(?<![\d.,])(?:\(?\+?84\)?|0|\(0\d{1,3}\))(?:[\s.\-()]{0,2}\d){8,10}(?!\d)|(?<!\d)1[89]00(?:[\s.\-]?\d){4,6}(?!\d)"
)
_ACCOUNT = re.compile(r"(?<!\d)\d(?:[\s.\-]?\d){6,18}(?!\d)|\b(?:stk|so tai khoan|so tk)\b")
_UNSEEN = {"Mn", "Me", "Cf"}
"""Marks above, below and around a letter (a digit on a key is one), and invisible control characters."""
_LETTER_O = re.compile(r"(?<=\d)[oO](?=[\d\s.\-oO])|(?<![^\W\d_])[oO](?=[\s.\-]?\d{2})")


def risks_of(*texts: str, offices: Collection[str] = ()) -> tuple[Risk, ...]:
    """
    The risks found in any of these texts, each kind once, in a fixed order.

    `offices` are the endings of the addresses of offices ("gov.vn"); with them, a link that leads elsewhere is marked.
    """
    found: set[Risk] = set()
    for text in texts:
        found |= _risks(text, offices)
    if "elsewhere" in found:
        found.discard("link")
    order: tuple[Risk, ...] = ("link", "elsewhere", "phone", "account", "money")
    return tuple(risk for risk in order if risk in found)


def _risks(text: str, offices: Collection[str]) -> set[Risk]:
    words = _plain(text)
    found: set[Risk] = set()
    if _LINK.search(words):
        found.add("elsewhere" if offices and _LINK.search(_without(words, offices)) else "link")
    words = _LETTER_O.sub("0", words)
    without = _DATE.sub(" ; ", words)
    if _PHONE.search(without):
        found.add("phone")
    without = _MONEY.sub(" ; ", _PHONE.sub(" ; ", without))
    if _ACCOUNT.search(without):
        found.add("account")
    if asks_money(text, _plain):
        found.add("money")
    return found


def _plain(text: str) -> str:
    """The letters and digits of a text without disguises, diacritics and capitals."""
    # compatibility forms first: wide digits, small capitals and look-alike stops become the plain ones
    plain = unicodedata.normalize("NFKD", text).replace("。", ".").replace("․", ".")
    letters = "".join(one for one in plain if unicodedata.category(one) not in _UNSEEN)
    letters = "".join("-" if unicodedata.category(one) == "Pd" else one for one in letters)
    return "".join(_digit(one) for one in letters.replace("đ", "d").replace("Đ", "D").casefold())


def _without(words: str, offices: Collection[str]) -> str:
    """
    Remove the addresses of offices, and keep the rest: a path may redirect to another site.

    The ending is that of the whole host: neither "gov.vn.example.com" nor "gov.vn@example.com" matches.
    """
    ends = "|".join(re.escape(end.casefold()) for end in offices)
    own = rf"(?:https?://)?(?<![\w.@-])(?:[a-z0-9-]+\.)*(?:{ends})(?![\w@:-]|\.\w)"
    return re.sub(own, " ", words)


def _digit(letter: str) -> str:
    """A digit of any script as 0 to 9."""
    value = unicodedata.digit(letter, None)
    return letter if value is None else str(value)
