"""Checks of the catalogs, of the phrases the source names, and of any text a channel must carry."""

import ast
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

from content.faults import Fault
from content.message import BOLD, PLAIN
from content.phrases import BASE, LOCALES, Phrases, read_catalogs
from content.programme.programme import VARIANTS

LONGEST_MESSAGE = 2000
"""Letters of one message on the narrowest channel (Zalo OA; Telegram takes 4096)."""

_COMMAND = re.compile(r"(?<![\w/.:<])/([a-z]+)\b")
_PHRASE_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_QUOTED = re.compile(r"""["']([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)["']""")
_SAYING = {"Say", "Button", "say", "text", "has", "placeholders"}


def check_phrases(*, commands: Collection[str], folder: Path = LOCALES) -> list[Fault]:
    """Find the faults of the catalogs: those of the reader, and texts that no channel can carry."""
    catalogs, faults = read_catalogs(folder)
    for language, phrases in catalogs.items():
        for key, text in phrases.items():
            plain = text.replace(BOLD, "").replace(PLAIN, "")
            for what, remedy in text_faults(plain, commands, LONGEST_MESSAGE):
                faults.append(Fault(f"locales/{language}", 0, f"Phrase {key!r}: {what}", remedy))
    return sorted(set(faults))


def unused_and_unknown_keys(
    source_roots: Iterable[Path], phrases: Phrases, also_used: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """
    The unused phrases, and the places in the source that name an unknown phrase.

    Reads string literals of Python files and quoted keys of HTML templates.
    `f"status.name.{status}"` uses every key it can become.  `also_used` are keys named by data (packs).
    """
    known = phrases.keys(BASE)
    used = set(also_used) | {f"{key}.{variant}" for key in also_used for variant in VARIANTS}
    faults: list[Fault] = []
    fitting = _fitting(known)
    for root in source_roots:
        for path in sorted(root.rglob("*.py")):
            literals, said = _keys_in(path, path.stat().st_mtime_ns)
            for key in literals:
                used |= fitting(key)
            for key, line in said:
                if not fitting(key):
                    shown = re.sub(r"\\(.)", r"\1", key.replace(".+", "…"))
                    faults.append(Fault(str(path), line, f"No phrase is called {shown!r}.", "Add it, or fix the key."))
        for path in sorted(root.rglob("*.html")):
            used |= set(_QUOTED.findall(path.read_text("utf-8")))
    return tuple(sorted(known - used)), tuple(sorted(faults))


def _fitting(known: Collection[str]) -> Callable[[str], frozenset[str]]:
    """Return how to find the keys that a pattern can become; a pattern without a gap is looked up, not compared."""
    keys = frozenset(known)

    @cache
    def fits(pattern: str) -> frozenset[str]:
        if ".+" not in pattern:
            return keys & {re.sub(r"\\(.)", r"\1", pattern)}
        whole = re.compile(pattern)
        return frozenset(one for one in keys if whole.fullmatch(one))

    return fits


def text_faults(text: str, commands: Collection[str], longest: int) -> Iterator[tuple[str, str]]:
    if not unicodedata.is_normalized("NFC", text):
        yield "It holds letters in decomposed form.", "Save the file in NFC."
    if len(text) > longest:
        yield f"It has {len(text)} letters.", f"At most {longest} can be shown; shorten or split it."
    for command in _COMMAND.findall(text):
        if command not in commands:
            yield f"The bot has no command /{command}.", "Name one that it has."


@cache
def _keys_in(path: Path, _changed: int) -> tuple[frozenset[str], tuple[tuple[str, int], ...]]:
    """
    The literals of a file that could be phrase keys, and the keys that are certainly phrases with their lines.

    Both are patterns.  Certain are first arguments of Say and say, and `key=` of buttons.  A file that did not
    change is read once.
    """
    literals: set[str] = set()
    said: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            literals.add(_pattern(node))
        elif isinstance(node, ast.Call):
            said += [(key, value.lineno) for value in _said_by(node) if (key := _pattern(value))]
    return frozenset(literals - {""}), tuple(said)


def _said_by(node: ast.Call) -> list[ast.Constant | ast.JoinedStr]:
    """The arguments of a call that name a phrase."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called not in _SAYING:
        return []
    values = [word.value for word in node.keywords if word.arg == "key"]
    if called != "Button":
        values += node.args[:1]
    return [value for value in values if isinstance(value, ast.Constant | ast.JoinedStr)]


def _pattern(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        value = node.value
        return re.escape(value) if isinstance(value, str) and _PHRASE_KEY.fullmatch(value) else ""
    parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
    first = parts[0] if parts else None
    if not isinstance(first, str) or not re.match(r"[a-z][a-z0-9_]*\.", first):
        return ""
    shape = "".join("x" if part is None else str(part) for part in parts)
    if not _PHRASE_KEY.fullmatch(shape):
        return ""
    return "".join(".+" if part is None else re.escape(str(part)) for part in parts)
