"""
Faults of a configuration: misspelt keys and variables, and values that do not fit.

The settings library ignores a misspelt variable, and a bot that runs without its
token because of one letter is hard to explain.  So names are checked here.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

PREFIX = "OCOPBOT_"
FOR_TESTS = f"{PREFIX}TEST_"
NESTED = "__"


class SettingsFaultsError(Exception):
    """The configuration cannot be used.  Nothing was started.  Reports all faults at once, and no secret."""

    def __init__(self, faults: Collection[str]) -> None:
        listed = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(
            f"The configuration has {len(faults)} fault(s). Nothing was started and nothing was changed. "
            f"Mend them all:\n{listed}"
        )
        self.faults = tuple(faults)


def variable(key: str) -> str:
    """The name of the variable that overrides a key: server.port → OCOPBOT_SERVER__PORT."""
    return PREFIX + key.replace(".", NESTED).upper()


def unknown_variables(environment: Mapping[str, str], known: Collection[str]) -> list[str]:
    """Misspelt variables, each with the nearest known one.  Those for tests are skipped."""
    names = [variable(key) for key in known]
    faults = []
    for name in sorted(environment):
        upper = name.upper()
        if upper.startswith(PREFIX) and not upper.startswith(FOR_TESTS) and upper not in names:
            faults.append(f"{name}: There is no such variable. The nearest is {nearest(upper, names)}.")
    return faults


def nearest(name: str, known: Collection[str]) -> str:
    """The known name most similar to this one; there is always one."""
    return difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)[0]


def read_keys(path: Path, known: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """Read a YAML file, with a fault for every key that is unknown or given twice."""
    try:
        text = path.read_text("utf-8")
    except OSError as trouble:
        return {}, [f"{path}: It cannot be read ({trouble.strerror}). Name another file with --config."]
    except UnicodeDecodeError:
        return {}, [f"{path}: It is not UTF-8. Save it as UTF-8."]
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        read = yaml.safe_load(text)
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        return {}, [f"{path}:{line}: This is not YAML ({getattr(trouble, 'problem', None) or 'unreadable'}). Mend it."]
    if read is None:
        return {}, []
    if not isinstance(read, dict) or not isinstance(root, yaml.MappingNode):
        return {}, [
            f"{path}:1: A configuration is a list of `key: value` lines. Look at the config.yaml that comes along."
        ]
    faults = [f"{path}:{line}: {what}" for line, what in _slips(root, known, "")]
    return _without_empty(read), faults


def _slips(node: yaml.MappingNode, known: Collection[str], above: str) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    sections = {key.partition(".")[0] for key in known if "." in key}
    for name, value in node.value:
        key, line = f"{above}{name.value}", name.start_mark.line + 1
        if key in seen:
            yield line, f"{key!r} is given twice. Keep one of them."
        seen.add(key)
        if not above and key in sections:
            if isinstance(value, yaml.MappingNode):
                yield from _slips(value, known, f"{key}.")
            elif value.tag != "tag:yaml.org,2002:null":
                yield line, f"{key!r} is a section. Put its keys below it, two blanks further in."
        elif key not in known:
            yield line, f"There is no setting {key!r}. The nearest is {nearest(key, known)!r}."


def _without_empty(read: Mapping[str, Any]) -> dict[str, Any]:
    """Treat a key without a value as not given."""
    return {
        str(key): _without_empty(value) if isinstance(value, dict) else value
        for key, value in read.items()
        if value is not None
    }


def value_faults(trouble: ValidationError, known: Collection[str]) -> list[str]:
    """Values that do not fit, by key.  The values are left out, since one may be a secret."""
    faults = []
    for error in trouble.errors(include_input=False, include_url=False, include_context=False):
        key = ".".join(str(part) for part in error["loc"])
        what = error["msg"].removeprefix("Value error, ").rstrip(".")
        faults.append(f"{key or 'settings'}: {what}." + (f" ({variable(key)})" if key in known else ""))
    return faults
