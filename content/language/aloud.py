"""
A text prepared for the loud-speaker: short sentences, figures as they are read, no link spelled out.

The reader has nothing to decode: "14h30 11/6" is "mười bốn giờ ba mươi, ngày mười một tháng sáu".
Unknown signs stay as they were written.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

LONGEST_SENTENCE = 16
"""Words that are said in one breath; a longer sentence is cut at its commas."""

_LINK = re.compile(
    r"(?:https?://|www\.)\S*[^\s.,;:!?)]|\S+@\S+\.\w+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:vn|com|net|org|me|ly|gov|info)\b(?:/\S*[^\s.,;:!?)])?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<!\d)(?:\+84|0)(?:[ .\-]?\d){8,10}(?!\d)|(?<!\d)1[89]00(?:[ .\-]?\d){4,6}(?!\d)")
_CODE = re.compile(r"(?<!\d)\d{8,}(?!\d)")
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_MONTH = r"(0?[1-9]|1[0-2])"
_FULL_DATE = re.compile(rf"(?:(ngày)\s+)?(?<!\d){_DAY}[/.-]{_MONTH}[/.-]((?:19|20)\d\d)(?!\d)", re.IGNORECASE)
_DATE = re.compile(rf"(?:(ngày)\s+)?(?<![\d/]){_DAY}/{_MONTH}(?![\d/])", re.IGNORECASE)
_DAYS = re.compile(rf"(?<![\d/]){_DAY}\s*[-–]\s*(?={_DAY}/{_MONTH}(?!\d))")
_MONTH_YEAR = re.compile(rf"(tháng)\s+{_MONTH}/((?:19|20)\d\d)(?!\d)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<!\d)(\d{1,6})/((?:19|20)\d\d)(?!\d)")
_HOURS = re.compile(
    r"(?<!\d)(\d{1,2})(?:[hg:]([0-5]\d)?|\s*giờ(?:\s*([0-5]?\d)(?!\d|[/.,]\d))?)(?!\w)(?:\s*[-–]\s*(?=\d{1,2}\s*(?:[hg:]|giờ)))?",
    re.IGNORECASE,
)
_SPAN = re.compile(r"[-–]\s*$")
_MONEY = re.compile(r"(\d[\d.,]*)\s*(k|tr|triệu|nghìn|ngàn)?\s*(?:đồng|đ|vnđ|vnd|₫)(?!\w)", re.IGNORECASE)
_SHORT_MONEY = re.compile(r"(?<!\w)(\d[\d,]*)\s*(k|tr)(?!\w)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d[\d.,]*)\s*%")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BULLET = re.compile(r"^\s*(?:[-–•*+▪►✓]|\d{1,2}[.)])\s+")
_ENDS = re.compile(r"(?<=[.!?;:…])\s+|\n+")
_WORD_NEXT = re.compile(r"\s+\w")
_BLANKS = re.compile(r"\s+")
_MOST_SAID = 10**12


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return loaded


def number_aloud(number: int) -> str:
    """Say a whole number: 1005 → 'một nghìn không trăm linh năm'."""
    words = _words()
    if number == 0:
        return str(words["digits"][0])
    if number >= _MOST_SAID:
        return digits_aloud(str(number))
    groups: list[str] = []
    names = words["groups"]
    highest = (len(str(number)) - 1) // 3
    for place in range(highest, -1, -1):
        group = number // 1000**place % 1000
        if group:
            groups.append(f"{_group(group, whole=place < highest)} {names[place]}".strip())
    return " ".join(groups)


def digits_aloud(digits: str) -> str:
    """Say a number digit by digit, with a breath after every few: '0912 345 678'."""
    said = [str(_words()["digits"][int(one)]) for one in digits if one.isdecimal()]
    cuts = range(0, len(said), 4) if len(said) == 8 else [0, *range(4, len(said), 3)]
    starts = list(cuts)
    return " – ".join(" ".join(said[at:end]) for at, end in zip(starts, [*starts[1:], len(said)], strict=True))


def aloud(text: str, *, office: str) -> str:
    """The text to read out, one sentence per line, with a greeting and an end."""
    words = _words()
    said = _LINK.sub(f" {words['link']} ", unicodedata.normalize("NFC", text))
    lines = [line for part in said.splitlines() for line in _sentences(_spoken(_BULLET.sub("", part)))]
    head = str(words["hello"]).format(office=_spoken(office))
    return "\n".join([head, *lines, str(words["bye"])])


def _group(group: int, *, whole: bool) -> str:
    """Three digits; `whole` says the hundreds too when there are none."""
    words = _words()
    digits = words["digits"]
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    said: list[str] = []
    if hundreds or whole:
        said += [digits[hundreds], words["hundred"]]
    if tens == 0 and ones and said:
        said += [words["odd"], digits[ones]]
    elif tens == 0 and ones:
        said.append(digits[ones])
    elif tens == 1:
        said.append(words["ten"])
        if ones:
            said.append(words["after_ten"].get(str(ones), digits[ones]))
    elif tens:
        said += [digits[tens], words["tens"]]
        if ones:
            said.append(words["after_tens"].get(str(ones), digits[ones]))
    return " ".join(said)


def _figure(written: str) -> str:
    """A figure as written here: dots between thousands, a decimal comma."""
    written = written.rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", written):
        written = written.replace(".", "")
    whole, sign, broken = written.partition(",")
    if not whole.isdecimal() or (sign and not broken.isdecimal()):
        return " ".join(number_aloud(int(part)) for part in re.findall(r"\d+", written))
    said = digits_aloud(whole) if len(whole) > 1 and whole.startswith("0") else number_aloud(int(whole))
    if not sign:
        return said
    rest = digits_aloud(broken) if broken.startswith("0") or len(broken) > 2 else number_aloud(int(broken))
    return f"{said} {_words()['comma']} {rest}"


def _date(day: str, month: str, year: str = "") -> str:
    words = _words()
    said = f"{words['day']} {number_aloud(int(day))} {words['month']} "
    said += words["months"].get(str(int(month)), number_aloud(int(month)))
    return f"{said} {words['year']} {number_aloud(int(year))}" if year else said


def _hour(found: re.Match[str]) -> str:
    words = _words()
    hour, minutes = found[1], found[2] or found[3]
    if int(hour) > 24:
        return found[0]
    said = f"{number_aloud(int(hour))} {words['hour']}"
    if minutes and int(minutes):
        said += f" {number_aloud(int(minutes))}"
    return f"{said} {words['to']} " if _SPAN.search(found[0]) else said


def _amount(found: re.Match[str]) -> str:
    words = _words()
    unit = (found[2] or "").lower()
    said = _figure(found[1])
    if unit in {"k", "nghìn", "ngàn"}:
        said += f" {words['thousand']}"
    elif unit in {"tr", "triệu"}:
        said += f" {words['million']}"
    return f"{said} {words['dong']}"


def _apart(digits: str, found: re.Match[str]) -> str:
    """With a pause before the next word: "sáu bảy tám giờ" would be an hour."""
    return f"{digits}," if _WORD_NEXT.match(found.string, found.end()) else digits


def _spoken(text: str) -> str:
    """One line with every figure and sign replaced by words."""
    words = _words()
    for short, full in words["short"].items():
        text = re.sub(rf"(?<![\w&]){re.escape(short)}(?![\w&])\.?", str(full), text)
    text = _PHONE.sub(lambda found: _apart(digits_aloud(found[0].replace("+84", "0")), found), text)
    text = _DAYS.sub(lambda found: f"{number_aloud(int(found[1]))} {words['to']} ", text)
    text = _FULL_DATE.sub(lambda found: _date(found[2], found[3], found[4]), text)
    text = _MONTH_YEAR.sub(
        lambda found: f"{found[1]} {number_aloud(int(found[2]))} {words['year']} {number_aloud(int(found[3]))}", text
    )
    text = _NUMBERED.sub(
        lambda found: f"{number_aloud(int(found[1]))} {words['year']} {number_aloud(int(found[2]))}", text
    )
    text = _DATE.sub(lambda found: _date(found[2], found[3]), text)
    text = _HOURS.sub(_hour, text)
    text = _MONEY.sub(_amount, text)
    text = _SHORT_MONEY.sub(_amount, text)
    text = _CODE.sub(lambda found: _apart(digits_aloud(found[0]), found), text)
    text = _PERCENT.sub(lambda found: f"{_figure(found[1])} {words['percent']}", text)
    text = _NUMBER.sub(lambda found: _figure(found[0]), text)
    text = re.sub(r"\s*[()\[\]“”\"]\s*", lambda found: ", " if found[0].strip() in "([" else " ", text)
    text = "".join(one for one in text if unicodedata.category(one) not in {"So", "Sk", "Cs", "Co"})
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    return _BLANKS.sub(" ", re.sub(r"([,;:])\s*(?=[,.;:])", "", text)).strip(" ,-–")


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for sentence in _ENDS.split(text):
        found += _cut(sentence.strip(" ,;:"))
    return [f"{one[0].upper()}{one[1:]}".rstrip(".;:, ") + ("" if one[-1] in "!?" else ".") for one in found if one]


def _cut(sentence: str) -> list[str]:
    """A sentence in breaths: the parts between commas, joined while they are short enough."""
    if len(sentence.split()) <= LONGEST_SENTENCE:
        return [sentence] if sentence else []
    breaths: list[str] = []
    for part in sentence.split(", "):
        if breaths and len(breaths[-1].split()) + len(part.split()) <= LONGEST_SENTENCE:
            breaths[-1] += f", {part}"
        else:
            breaths.append(part)
    return breaths
