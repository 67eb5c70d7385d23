"""Telephone numbers: 0912.345.678, +84…, letters o for noughts, spoken digits, prefixes of before 2018."""

from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from content.language.saying import phone_said
from content.language.words import Token, tokens, vocabulary, words
from handlers.reading.heard import LONGEST_READ, figures, taken, unclear, which
from handlers.reading.understood import Reading

_REACHES_A_PERSON = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
}
_FEWEST_DIGITS = 6  # fewer are a house number or an age
_JOINS = {".", "-", "–", "(", ")", " "}
_MOST_ASKED = 4
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class _Digits:
    number: str
    parts: int


def _spelled(said: Sequence[Token], at: int) -> tuple[str, int]:
    """Read "không chín một hai…": three or more digits in words, with digits between them."""
    digits, here = "", at
    while here < len(said) and len(digits) < 30:
        length, digit = vocabulary("digits").one(said, here)
        if length == 1:
            digits += digit[0]
        elif digits and said[here].is_whole and len(said[here].marked) <= 4:
            digits += said[here].marked
        elif not (digits and said[here].marked in _JOINS | {","}):
            break
        here += 1
    spoken = here - at >= 3 and sum(not token.is_number for token in said[at:here]) >= 3
    return (digits, here) if spoken else ("", at)


def _groups(text: str) -> list[tuple[str, bool]]:
    """List the groups of digits of a text, each with whether it may go on the one before."""
    said = tokens(text)
    groups: list[tuple[str, bool]] = []
    at, joined = 0, False
    while at < len(said):
        token = said[at]
        spelled, after = _spelled(said, at) if not token.is_number else ("", at)
        if spelled:
            groups.append((spelled, joined))
            at, joined = after, True
            continue
        if token.is_number:
            plus = at > 0 and said[at - 1].marked == "+"
            for number in token.marked.replace(",", ".").split("."):
                groups.append((("+" if plus else "") + number, joined and not plus))
                joined, plus = True, False
        elif token.marked not in _JOINS and token.marked != "+":
            joined = False
        at += 1
    return groups


def _noughts(text: str) -> str:
    """Make the letters o beside digits noughts: o912, 09o1."""
    letters = list(text)
    for at, letter in enumerate(letters):
        if letter not in "oO":
            continue
        before = letters[at - 1] if at else " "
        after = next((later for later in letters[at + 1 : at + 3] if later not in " .-oO"), "")
        following = letters[at + 1] if at + 1 < len(letters) else " "
        in_front = not before.isalpha() and after and after in _DIGITS
        behind = before in _DIGITS and (not following.isalpha() or following in "oO")
        if in_front or behind:
            letters[at] = "0"
    return "".join(letters)


def _numbers(text: str) -> list[str]:
    """Put groups of digits together into numbers; a group with 0 or + begins a new one after nine digits."""
    found: list[str] = []
    for group, joined in _groups(_noughts(text)):
        fresh = group.startswith(("0", "+", "84")) and bool(found) and len(found[-1].lstrip("+")) >= 9
        if joined and found and not fresh and not group.startswith("+") and len(found[-1]) + len(group) <= 16:
            found[-1] += group
        else:
            found.append(group)
    return found


def _local(number: str) -> str:
    """Write a number of Viet Nam with its leading nought; others stay."""
    for head in ("+84", "0084"):
        if number.startswith(head):
            return "0" + number.removeprefix(head).removeprefix("0")
    if number.startswith("84") and len(number) in {11, 12} and not number.startswith("840"):
        return "0" + number.removeprefix("84")
    return "0" + number.removeprefix("840") if number.startswith("840") and len(number) in {12, 13} else number


def _valid(number: str) -> str | None:
    """Give the E.164 form of a number that reaches a person."""
    try:
        parsed = phonenumbers.parse(number, "VN")
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) not in _REACHES_A_PERSON:
        return None
    written: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return written


def _meanings(number: str) -> list[str]:
    """List what a number may be today."""
    prefixes = words()["phone"]
    local = _local(number)
    if len(local) == 11 and local[:4] in prefixes["old_mobile"]:
        now = _valid(prefixes["old_mobile"][local[:4]] + local[4:])
        return [now] if now else []
    found = _valid(local)
    meant = [found] if found else []
    if len(local) == 10 and local[:3] in prefixes["old_landline"]:
        landline = _valid(prefixes["old_landline"][local[:3]] + local[3:])
        meant += [landline] if landline else []
        return meant
    return meant


def read_phone(text: str) -> Reading[str]:
    """
    Read a telephone number into E.164.

    Eleven-digit mobile numbers of before 2018 get their prefix of today.  Two
    numbers, and ten digits that begin with 052 (once the landlines of Quảng
    Bình, now also a mobile prefix), are asked.
    """
    key = "reading.phone"
    words_heard = figures(text)
    if len(words_heard) > LONGEST_READ:
        return unclear(text, f"{key}.unknown")
    numbers = [number for number in _numbers(words_heard) if len(number) >= _FEWEST_DIGITS]
    meant: list[str] = []
    confirm = False
    for number in numbers[:_MOST_ASKED]:
        found = _meanings(number)
        meant += found
        confirm = confirm or (not found and len(number) >= 8)
    meant = list(dict.fromkeys(meant))[:_MOST_ASKED]
    if len(meant) > 1 or (meant and confirm):
        return which(text, meant, key, phone_said)
    if meant:
        said_so = any(meant[0].removeprefix("+84") in number for number in numbers)
        return taken(text, meant[0], f"{key}.{'taken' if said_so else 'renumbered'}", phone=phone_said(meant[0]))
    if not numbers:
        return unclear(text, f"{key}.unknown")
    digits = len(_local(numbers[0]).lstrip("+"))
    if digits in {10, 11}:
        return unclear(text, f"{key}.wrong")
    return unclear(text, f"{key}.{'short' if digits < 10 else 'long'}", digits=digits)
