"""Checks of the catalogs, of the phrases the source names, and of any text a channel must carry."""

import ast
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
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
    for root in source_roots:
        for path in sorted(root.rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            for key, _ in _literals(tree):
                used |= {one for one in known if re.fullmatch(key, one)}
            for key, line in _said(tree):
                if not any(re.fullmatch(key, one) for one in known):
                    shown = re.sub(r"\\(.)", r"\1", key.replace(".+", "…"))
                    faults.append(Fault(str(path), line, f"No phrase is called {shown!r}.", "Add it, or fix the key."))
        for path in sorted(root.rglob("*.html")):
            used |= set(_QUOTED.findall(path.read_text("utf-8")))
    return tuple(sorted(known - used)), tuple(sorted(faults))


def text_faults(text: str, commands: Collection[str], longest: int) -> Iterator[tuple[str, str]]:
    if not unicodedata.is_normalized("NFC", text):
        yield "It holds letters in decomposed form.", "Save the file in NFC."
    if len(text) > longest:
        yield f"It has {len(text)} letters.", f"At most {longest} can be shown; shorten or split it."
    for command in _COMMAND.findall(text):
        if command not in commands:
            yield f"The bot has no command /{command}.", "Name one that it has."


def _literals(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every literal that could be a phrase key, as a pattern."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            key = _pattern(node)
            if key:
                yield key, node.lineno


def _said(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The keys that are certainly phrases: first arguments of Say and say, `key=` of buttons."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in _SAYING:
            continue
        values = [word.value for word in node.keywords if word.arg == "key"]
        if called != "Button":
            values += node.args[:1]
        for value in values:
            key = _pattern(value) if isinstance(value, ast.Constant | ast.JoinedStr) else ""
            if key:
                yield key, value.lineno


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
