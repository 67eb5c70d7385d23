"""
Writing single settings into a configuration file: every other line, and every comment, stays as it is.

The new file replaces the old one at once, so that a power cut leaves one of the two whole.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

Value = str | bool | int
_MODE = 0o600


class NotWritableError(Exception):
    """The file cannot be written, or is not a configuration; it was left as it was."""


def write_settings(file: Path, values: Mapping[str, Value]) -> None:
    """Set keys such as "office" and "telegram.enabled" in a file; a missing file is made.  Idempotent."""
    try:
        words = file.read_text("utf-8") if file.exists() else ""
        for key, value in values.items():
            words = with_setting(words, key, value)
        write_privately(file, words)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as trouble:
        raise NotWritableError(getattr(trouble, "strerror", None) or type(trouble).__name__) from trouble


def with_setting(words: str, key: str, value: Value) -> str:
    """Return a configuration with one key set, in its old place where it has one."""
    section, _, name = key.rpartition(".")
    root = yaml.compose(words, Loader=yaml.SafeLoader)
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise yaml.YAMLError("not a mapping")
    lines = words.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    top = {one.value: (one, of) for one, of in root.value} if root is not None else {}
    if not section:
        return _replaced(lines, top[name], value) if name in top else "".join([*lines, f"{name}: {_written(value)}\n"])
    if section not in top:
        return "".join([*lines, "\n" * bool(lines), f"{section}:\n", f"  {name}: {_written(value)}\n"])
    head, body = top[section]
    inner = {one.value: (one, of) for one, of in body.value} if isinstance(body, yaml.MappingNode) else {}
    if name in inner:
        return _replaced(lines, inner[name], value)
    indent = " " * (body.value[0][0].start_mark.column if inner else 2)
    at = head.start_mark.line + 1
    return "".join([*lines[:at], f"{indent}{name}: {_written(value)}\n", *lines[at:]])


def write_privately(file: Path, words: str) -> None:
    """Write a file that only its owner may read, at once; an existing file keeps its permissions for the group."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = (file.stat().st_mode & 0o640) | _MODE if file.exists() else _MODE
    handle, made = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            os.fchmod(written.fileno(), mode)
            written.write(words)
            written.flush()
            os.fsync(written.fileno())
        Path(made).replace(file)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _replaced(lines: list[str], pair: tuple[yaml.Node, yaml.Node], value: Value) -> str:
    """Replace the value of one key; a comment behind it stays."""
    key, old = pair
    line = key.start_mark.line
    if old.start_mark.line != line or old.end_mark.line != line:  # a block, or no value
        rest = lines[line][key.end_mark.column :].partition("#")
        tail = f"  #{rest[2]}" if rest[1] else "\n"
        last = old.end_mark.line if old.start_mark.line > line and old.end_mark.column == 0 else line + 1
        head = lines[line][: key.end_mark.column]
        return "".join([*lines[:line], f"{head}: {_written(value)}{tail}", *lines[max(last, line + 1) :]])
    text = lines[line]
    start, stop = old.start_mark.column, old.end_mark.column
    lead = text[:start] if text[:start].endswith(" ") else f"{text[:start]} "
    return "".join([*lines[:line], lead + _written(value) + text[stop:], *lines[line + 1 :]])


def _written(value: Value) -> str:
    """A value as YAML; text is quoted, so that a number stays a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)
