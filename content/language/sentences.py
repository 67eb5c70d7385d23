"""A long text in sentences, as people type them: with a full stop, a line break, or "với lại cho hỏi"."""

import re
from functools import lru_cache

from content.language.words import Vocabulary, tokens, words

MOST_LETTERS = 4096
_END = re.compile(r"[.!?…;]+(?=\s|$)|\n")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its sign; takes time in proportion to the text, of which 4,096 letters."""
    read = text[:MOST_LETTERS]
    cuts = [found.end() for found in _END.finditer(read)]
    said = tokens(read)
    at = 0
    while at < len(said):
        length = _turns().one(said, at)[0]
        if at and length:
            cuts.append(said[at].start)
        at += max(length, 1)
    found: list[str] = []
    start = 0
    for cut in [*sorted(cuts), len(read)]:
        piece = read[start:cut].strip(" ,;\n\t")
        if piece:
            found.append(piece)
        start = cut
    return found


@lru_cache(maxsize=1)
def _turns() -> Vocabulary:
    return Vocabulary({"turns": words()["story"]["turns"]})
