"""Reading a YAML file key by key, so that every fault has its line, and every key is read."""

import difflib
import unicodedata
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import yaml

from content.faults import Fault

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C reader where PyYAML was built with it: ten times faster, the same result."""

_TEXT = "tag:yaml.org,2002:str"
_NUMBER = "tag:yaml.org,2002:int"
_FLAG = "tag:yaml.org,2002:bool"
_NOTHING = "tag:yaml.org,2002:null"


class Sheet:
    """
    One mapping of a YAML file.

    A wrong or missing value is noted as a fault and replaced by a neutral one, so that one reading finds all faults.
    `done` notes the unread keys.
    """

    def __init__(self, node: yaml.MappingNode, file: str, faults: list[Fault]) -> None:
        self.file = file
        self.at = node.start_mark.line + 1
        self._faults = faults
        self._asked: set[str] = set()
        self._values: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        for name, value in node.value:
            key = str(name.value)
            line = name.start_mark.line + 1
            if key in self._values:
                self._faults.append(Fault(file, line, f"The key {key!r} occurs twice.", "Keep one of them."))
            self._values[key] = value
            self._lines[key] = line

    def line(self, key: str) -> int:
        return self._lines.get(key, self.at)

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._values and self._values[key].tag != _NOTHING

    def keys(self) -> tuple[str, ...]:
        """All keys, for a mapping whose keys are data."""
        self._asked |= set(self._values)
        return tuple(self._values)

    def fault(self, key: str, what: str, remedy: str) -> None:
        self._faults.append(Fault(self.file, self.line(key), what, remedy))

    def done(self) -> None:
        """Note every unread key, with the most similar known one."""
        for key in self._values:
            if key not in self._asked:
                near = difflib.get_close_matches(key, sorted(self._asked), n=1)
                remedy = f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(sorted(self._asked))}."
                self.fault(key, f"The key {key!r} is not known here.", remedy)

    def text(self, key: str, default: str | None = None) -> str:
        node = self._scalar(key, required=default is None)
        return default or "" if node is None else self._as_text(key, node)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; none when the key is missing.  A single text counts as a list of one."""
        if not self.has(key):
            return ()
        node = self._values[key]
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        read = []
        for one in nodes:
            if isinstance(one, yaml.ScalarNode):
                read.append(self._as_text(key, one))
            else:
                self._note(one, f"{key!r} holds something that is not a text.", "Write texts only.")
        return tuple(read)

    def number(self, key: str, default: int | None = None) -> int:
        node = self._scalar(key, required=default is None)
        if node is None:
            return default or 0
        return self._as_number(key, node)

    def numbers(self, key: str) -> tuple[int, ...]:
        if not self.has(key):
            return ()
        node = self._values[key]
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(self._as_number(key, one) for one in nodes if isinstance(one, yaml.ScalarNode))

    def maybe_number(self, key: str) -> int | None:
        return self.number(key) if self.has(key) else None

    def flag(self, key: str, *, default: bool = False) -> bool:
        node = self._scalar(key, required=False)
        if node is None:
            return default
        if node.tag != _FLAG or node.value not in {"true", "false"}:
            self._note(node, f"{key!r} is {node.value!r}, not a yes or no.", "Write true or false.")
            return default
        return bool(node.value == "true")

    def day(self, key: str) -> date:
        return self.maybe_day(key, required=True) or date.min

    def maybe_day(self, key: str, *, required: bool = False) -> date | None:
        node = self._scalar(key, required=required)
        return None if node is None else self._as_day(key, node)

    def days(self, key: str) -> tuple[date, ...]:
        if not self.has(key):
            return ()
        node = self._values[key]
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(self._as_day(key, one) for one in nodes if isinstance(one, yaml.ScalarNode))

    def hour(self, key: str) -> time:
        node = self._scalar(key, required=True)
        if node is None:
            return time.min
        try:
            return time.fromisoformat(node.value)
        except ValueError:
            self._note(node, f"{key!r} is {node.value!r}, not an hour.", 'Write it as "21:00".')
            return time.min

    def sheet(self, key: str) -> "Sheet | None":
        """The mapping under a key, or None where there is none."""
        if not self.has(key):
            return None
        node = self._values[key]
        if isinstance(node, yaml.MappingNode):
            return Sheet(node, self.file, self._faults)
        self._note(node, f"{key!r} is not a group of keys.", "Write keys and values under it.")
        return None

    def sheets(self, key: str, *, required: bool = False) -> Iterator["Sheet"]:
        """The mappings of the list under a key."""
        if not self.has(key):
            if required:
                self.fault(key, f"The key {key!r} is missing.", "Add it.")
            return
        node = self._values[key]
        if not isinstance(node, yaml.SequenceNode):
            self._note(node, f"{key!r} is not a list.", "Begin each entry with a dash.")
            return
        for one in node.value:
            if isinstance(one, yaml.MappingNode):
                yield Sheet(one, self.file, self._faults)
            else:
                self._note(one, f"An entry of {key!r} is not a group of keys.", "Write keys and values.")

    def _note(self, node: yaml.Node, what: str, remedy: str) -> None:
        self._faults.append(Fault(self.file, node.start_mark.line + 1, what, remedy))

    def _scalar(self, key: str, *, required: bool) -> yaml.ScalarNode | None:
        if not self.has(key):
            if required:
                self.fault(key, f"The key {key!r} is missing.", "Add it.")
            return None
        node = self._values[key]
        if isinstance(node, yaml.ScalarNode):
            return node
        self._note(node, f"{key!r} holds a list or a group of keys.", "Write a single value.")
        return None

    def _as_text(self, key: str, node: yaml.ScalarNode) -> str:
        value = str(node.value)
        if node.tag != _TEXT:
            self._note(node, f"{key!r} is {value!r}, which YAML does not take for a text.", "Put it in quotes.")
        if not unicodedata.is_normalized("NFC", value):
            self._note(node, f"{key!r} holds letters in decomposed form.", "Save the file in NFC.")
        return value.strip()

    def _as_number(self, key: str, node: yaml.ScalarNode) -> int:
        if node.tag == _NUMBER and node.value.lstrip("-").isdigit():
            return int(node.value)
        self._note(node, f"{key!r} is {node.value!r}, not a whole number.", "Write digits only, without quotes.")
        return 0

    def _as_day(self, key: str, node: yaml.ScalarNode) -> date:
        try:
            return date.fromisoformat(node.value)
        except ValueError:
            self._note(node, f"{key!r} is {node.value!r}, not a day.", "Write it as 2021-05-17.")
            return date.min


def read_sheet(path: Path, file: str, faults: list[Fault]) -> Sheet | None:
    """The top of a YAML file, or None (with the fault noted) when it cannot be read."""
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=_LOADER)
    except OSError:
        faults.append(Fault(file, 0, "The file does not exist.", "Add it."))
        return None
    except UnicodeDecodeError:
        faults.append(Fault(file, 0, "The file is not UTF-8.", "Save it as UTF-8."))
        return None
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        problem = getattr(trouble, "problem", None) or str(trouble)
        faults.append(Fault(file, line, f"It is not YAML: {problem}.", "Correct the line, or the one above it."))
        return None
    if not isinstance(node, yaml.MappingNode):
        faults.append(Fault(file, 0, "The file holds no keys.", "Begin with `format: 1`."))
        return None
    return Sheet(node, file, faults)


class Lines:
    """The lines of a YAML file, for faults found after it was read."""

    def __init__(self, path: Path) -> None:
        try:
            self._top = yaml.compose(path.read_text("utf-8"), Loader=_LOADER)
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            self._top = None

    def of(self, *way: str | int) -> int:
        """
        The line at the end of a path: keys, positions in a list, or the first value of a list's entry (its id).

        A path that ends early gives the last line found, 0 at the very beginning.
        """
        node, line = self._top, 0
        for word in way:
            found = _follow(node, word)
            if found is None:
                return line
            node, line = found
        return line

    def texts(self) -> Iterator[tuple[tuple[str, ...], str, int]]:
        """Every text of the file with the keys that lead to it and its line."""
        if self._top is not None:
            yield from _texts(self._top, ())


def _follow(node: yaml.Node | None, word: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == word:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for number, one in enumerate(node.value):
            named = isinstance(one, yaml.MappingNode) and any(value.value == word for _, value in one.value[:2])
            if number == word or named:
                return one, one.start_mark.line + 1
    return None


def _texts(node: yaml.Node, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, int]]:
    if isinstance(node, yaml.ScalarNode):
        if node.tag == _TEXT:
            yield way, node.value, node.start_mark.line + 1
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _texts(value, (*way, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _texts(one, way)
