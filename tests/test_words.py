"""The words of docstrings, comments and English pages: plain, the trade's, one subject a sentence."""

import ast
import io
import random
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    "bot",
    "console",
    "content",
    "handlers",
    "migrations",
    "platforms",
    "registry",
    "scheduler",
    "tests",
    "tools",
)
VIETNAMESE_PAGES = {"README.vi.md", "docs/can-bo.md", "docs/nguoi-san-xuat.md", "docs/van-hanh.md"}

DIALECT = {
    r"(?:\A|(?<=[.;!?]) +|^[-*] )[Ww](?:ho|hat) (?![^.?!;]*\?)": "clause as subject",
    r"\bwhoever\b": "anyone who",
    r"\bmend(?:s|ed|ing)?\b|\banew\b": "fix, again",
    r"\b(?:any more|all the same)(?=[.,;:]|$)|\bbesides\b": "no longer; anyway; excluding",
    r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer|more|less|way|need)\w": "is not a",
    r"\bof (?:ours|theirs|(?:its|their|our|one's) own)\b": "our X, its own X",
    r"\bow(?:e[ds]?|ing)\b(?! to)": "queued, due, enqueue",
    r"\bnothing twice\b|(?<=[;.] )[Aa]gain,|\bfinds nothing\b": "idempotent",
    r"\b(?:tells?|told|hears?|heard) of\b": "report, notify",
    r"\b(?:lies?|stands?|stood) (?:in|at|beside|under|on|there)\b(?! for)": "is in",
    r"\bso many\b(?!.* that\b)": "N",
    r"\b(?:another|this|every|last|no|of) try\b|\btries\b(?=[.,;)])": "attempt, retry",
    r"\b(?:their|person's) (?:next|last|first) words?\b|\bword from\b": "message",
    r"\bone (?!that|which|of)\w+ an? (?:person|account|unit)\b|\b(?:nothing|nobody) but\b": "per; only",
    r"\b(?:goes|went) on\b(?! (?:to|the|a)\b)|\bwhat bec(?:ame|omes) of\b": "continues; outcome",
}
"""A pattern (with re.MULTILINE) and what to write instead."""

CEILINGS: dict[str, int] = {}
"""How often a pattern may still occur, by what to write instead; none may."""

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("content/actions/answers.py", "fill, more, mend"): "the word is stored in buttons that were sent",
}
"""(file, sentence part) → why it stays."""


def python_prose(path: Path) -> Iterator[str]:
    """The docstrings and the comments of a file; comments on neighbouring lines are one text."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text:
                yield text
            for first, second in zip(node.body, node.body[1:], strict=False):  # the text under a constant
                if isinstance(first, (ast.Assign, ast.AnnAssign)) and _is_text(second):
                    yield ast.literal_eval(second.value)  # type: ignore[attr-defined]
    lines: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or token.string.startswith(("# noqa", "# type:", "# fmt:")):
            continue
        beside_code = bool(token.line[: token.start[1]].strip())
        if lines and (beside_code or token.start[0] != last + 1):
            yield "\n".join(lines)
            lines = []
        lines.append(token.string.lstrip("# "))
        last = -1 if beside_code else token.start[0]
    if lines:
        yield "\n".join(lines)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def page_prose(path: Path) -> Iterator[str]:
    """A page without code, headings and tables' rules."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    yield re.sub(r"^#.*$", "", text, flags=re.MULTILINE)


@cache
def prose() -> tuple[tuple[str, str], ...]:
    found = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name == "test_words.py" or "versions" in path.parts:
                continue
            found += [(path.relative_to(ROOT).as_posix(), text) for text in python_prose(path)]
    for path in sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))):
        name = path.relative_to(ROOT).as_posix()
        if name not in VIETNAMESE_PAGES:
            found += [(name, text) for text in page_prose(path)]
    return tuple(found)


def occurrences(pattern: str) -> list[str]:
    """`file: part of the sentence` of each occurrence that is not excepted."""
    shape = re.compile(pattern, re.MULTILINE)
    found = []
    for file, text in prose():
        for match in shape.finditer(text):
            part = text[max(match.start() - 30, 0) : match.end() + 50].replace("\n", " ")
            if not any(name == file and words in part for name, words in EXCEPTIONS):
                found.append(f"{file}: …{part}…")
    return found


MOST_WORDS = 25
"""Words of one sentence (a piece of code in backquotes is one word)."""
LONG_SENTENCES = {"code": 0, "pages": 31}
"""How many sentences of docstrings and comments, and of pages, may still be longer; this only goes down."""
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.)\s)|\s\|\s|\s{3,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')*]*\s+(?=[\"'(*`\[]*[^\W\d_a-z])|(?<=[.!?:])\s\s+")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a docstring, a comment or a page; an entry of a list or a table is a paragraph."""
    for paragraph in _PARAGRAPH.split(re.sub(r"`[^`\n]*`", "Code", text)):
        for line in _SENTENCE_END.split(paragraph.strip()):
            if line.strip():
                yield " ".join(line.split())


def long_sentences() -> list[str]:
    """`file: sentence` of every sentence that is too long."""
    return [
        f"{file}: {sentence}"
        for file, text in prose()
        for sentence in sentences(text)
        if len(re.findall(r"[^\W_]+(?:[-'’.,][^\W_]+)*", sentence)) > MOST_WORDS
    ]


@pytest.mark.parametrize("where", LONG_SENTENCES)
def test_no_sentence_is_longer_than_a_breath(where: str) -> None:
    found = [line for line in long_sentences() if (".py: " in line) == (where == "code")]
    assert len(found) <= LONG_SENTENCES[where], "\n".join(found[:40])


def test_a_sentence_ends_at_a_full_stop_and_an_entry_of_a_list_at_its_line() -> None:
    text = (
        'Read `a.b` of x. A second,\nlonger one ("e.g. this"). `code` begins a third.\n\n- an entry\n- another | cell'
    )
    assert list(sentences(text)) == [
        "Read Code of x.",
        'A second, longer one ("e.g. this").',
        "Code begins a third.",
        "- an entry",
        "- another",
        "cell",
    ]


@pytest.mark.parametrize("pattern", DIALECT, ids=list(DIALECT.values()))
def test_no_sentence_is_written_in_dialect(pattern: str) -> None:
    found = occurrences(pattern)
    assert len(found) <= CEILINGS.get(DIALECT[pattern], 0), f"write: {DIALECT[pattern]}\n" + "\n".join(found[:40])


def sample(count: int = 30) -> list[tuple[str, str]]:
    """Docstrings and comments of the program picked with a fixed seed, for a reader to judge."""
    program = [(file, text) for file, text in prose() if file.endswith(".py") and not file.startswith("tests/")]
    return random.Random(30).sample(program, count)


if __name__ == "__main__":  # a list for those who rewrite; --sample prints thirty texts
    counts = Counter({what: len(occurrences(pattern)) for pattern, what in DIALECT.items()})
    print(counts, sum(counts.values()))
    if "--sample" in sys.argv:
        sys.exit("\n\n".join(f"{file}\n{text}" for file, text in sample()))
    for pattern, what in DIALECT.items():
        for line in occurrences(pattern):
            if len(sys.argv) < 2 or line.startswith(tuple(sys.argv[1:])):
                print(f"[{what}] {line}")
    for line in long_sentences():
        if len(sys.argv) < 2 or line.startswith(tuple(sys.argv[1:])):
            print(f"[over {MOST_WORDS} words] {line}")
