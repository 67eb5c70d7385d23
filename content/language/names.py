"""Names of people inside typed words: told from other words by a family name of Viet Nam."""

from functools import lru_cache

from content.language.words import Vocabulary, tokens, words

MOST_LETTERS = 1000
_LONGEST, _SHORTEST = 5, 2


def sounds_like_a_name(text: str) -> bool:
    """True for two to five words of which the first is a family name: "Nguyễn Thị Mẫu"."""
    said = tokens(text[:MOST_LETTERS])
    letters = all(token.marked.isalpha() for token in said)
    return _SHORTEST <= len(said) <= _LONGEST and letters and bool(_listed("family").one(said, 0)[0])


def without_names(text: str) -> str:
    """
    Leave out full names with Thị or Văn, whose last word may mean something else: Mẫu is a sample, Đơn a letter.

    Only names typed with marks and a capital count; later letters of a long text are left out too.
    """
    read = text[:MOST_LETTERS]
    said = tokens(read)
    kept: list[str] = []
    at, start = 0, 0
    family, middle = (frozenset(words()["person_name"][kind]) for kind in ("family", "middle"))
    while at < len(said):
        full = at + 2 < len(said) and said[at].marked in family and said[at + 1].marked in middle
        if full and read[said[at + 2].start].isupper():
            kept.append(read[start : said[at].start])
            start = said[at + 2].end
            at += 2
        at += 1
    return "".join((*kept, read[start:]))


@lru_cache(maxsize=2)
def _listed(kind: str) -> Vocabulary:
    return Vocabulary({kind: words()["person_name"][kind]})
