"""People's names, with or without marks, without the words around them."""

from functools import lru_cache

from content.fold import clean
from content.language.words import Vocabulary, tokens, vocabulary, words
from handlers.reading.heard import taken, unclear
from handlers.reading.understood import Reading

_LONGEST_NAME = 60
_MOST_WORDS = 8
_WITHIN = "'’.-"  # H'Mai, Y-Blô, M.


@lru_cache(maxsize=8)
def _section(name: str) -> Vocabulary:
    return Vocabulary({name: words()["person_name"][name]})


def trimmed(text: str) -> str:
    """Cut "tôi tên là" in front, "ạ" behind, and ông or chị before a name of two words."""
    said = tokens(text)
    first, last = 0, len(said)
    while first < last and (length := _section("intro").match(said, first)[0]):
        if first + length >= last and said[first].bare[0].isalpha():
            break
        first += length
    while last > first + 1:
        ends = (at for at in (last - 2, last - 1) if at > first)
        at = next((at for at in ends if _section("tail").match(said, at)[0] == last - at), None)
        if at is None:
            break
        last = at
    named = [token for token in said[first:last] if token.bare[0].isalpha()]
    if len(named) > 2 and _section("title").match(said, first)[0]:
        first += 1
    if first >= last:
        return ""
    return text[said[first].start : said[last - 1].end]


def _in_capitals(name: str) -> str:
    """Begin each word with a capital, after an apostrophe or a hyphen too."""
    letters: list[str] = []
    for letter in name.lower():
        begins = not letters or letters[-1].isspace() or letters[-1] in _WITHIN
        letters.append(letter.upper() if begins else letter)
    return "".join(letters)


def read_person_name(text: str) -> Reading[str]:
    """
    Read a person's name.

    Marks stay as typed.  Capitals are added only to a name in all small or all capital letters.
    Digits, questions and answers to something else are not names.
    """
    key = "reading.person_name"
    heard = " ".join(clean(text).split())
    if not heard or len(heard) > 2 * _LONGEST_NAME or "?" in heard:
        return unclear(text, f"{key}.unknown")
    name = " ".join(trimmed(heard).split()).strip(" ,;:!.-")
    parts = name.split()
    said = tokens(name)
    no_name = (
        not 1 <= len(parts) <= _MOST_WORDS
        or not 2 <= len(name) <= _LONGEST_NAME
        or not all(letter.isalpha() or letter in _WITHIN or letter == " " for letter in name)
        or not any(letter.isalpha() for letter in name)
        or _section("refusal").match(said, 0)[0] == len(said)
        or vocabulary("yesno").match(said, 0)[0] == len(said)
    )
    if no_name:
        return unclear(text, f"{key}.unknown")
    if name in {name.lower(), name.upper()}:
        name = _in_capitals(name)
    return taken(text, name, f"{key}.taken", name=name)
