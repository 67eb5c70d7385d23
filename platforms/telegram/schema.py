"""
Every request checked against the published Bot API: methods, parameters, types.

Parameters come as text from forms and as JSON from JSON bodies. The official server turns the latter into text too,
so numbers, words and objects may be written either way.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .refusals import Refusal, bad

# How the official server says that something needed is not there; elsewhere the name is given.
_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "voice": "there is no voice in the request",
    "message_id": "message identifier is not specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
    "action": "wrong parameter action in request",
    "file_id": "file_id not specified",
}
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    content: bytes
    kind: str = "application/octet-stream"


@dataclass(slots=True)
class Call:
    """A request that passed: its method as published, its values read, and what the platform ignores."""

    method: str
    values: dict[str, Any]
    unknown: list[str] = field(default_factory=list)


class Mismatch(Exception):  # noqa: N818
    """A value that is not of its published type."""


@cache
def api() -> dict[str, Any]:
    """The published methods and types; see `bot_api.LICENSE`."""
    document: dict[str, Any] = json.loads((Path(__file__).parent / "bot_api.json").read_text("utf-8"))
    return document


@cache
def _method_names() -> dict[str, str]:
    return {name.lower(): name for name in api()["methods"]}


def known_method(name: str) -> str:
    """The method's published name, whatever the case it was written in."""
    try:
        return _method_names()[name.lower()]
    except KeyError:
        raise Refusal(404, "Not Found: method not found") from None


def update_kinds() -> frozenset[str]:
    """Everything that `allowed_updates` may name."""
    return frozenset(f["name"] for f in api()["types"]["Update"]["fields"] if f["name"] != "update_id")


def read_call(name: str, given: Mapping[str, Any], files: Mapping[str, Upload]) -> Call:
    """Read a request's parameters; refuses what is missing or of a wrong type."""
    method = known_method(name)
    call = Call(method, {})
    fields = {f["name"]: f for f in api()["methods"][method]["fields"]}
    attached = _attached(given)
    call.unknown += [f"{method}: unknown parameter {key}" for key in given if key not in fields]
    call.unknown += [
        f"{method}: file {key} belongs to nothing" for key in files if key not in fields and key not in attached
    ]
    for key, published in fields.items():
        value: Any = files.get(key, given.get(key))
        if value is None or value == "":
            if published.get("required") and not (value == "" and key == "url"):
                raise bad(_MISSING.get(key, f'parameter "{key}" is required'))
            if value == "" and key in ("url", "text", "description", "short_description", "name", "caption"):
                call.values[key] = ""
            continue
        try:
            call.values[key] = _read_parameter(published["types"], value, f"{method}: {key}", call.unknown)
        except Mismatch as wrong:
            raise bad(f'can\'t parse parameter "{key}": {wrong}') from wrong
    return call


def _attached(given: Mapping[str, Any]) -> frozenset[str]:
    text = json.dumps(dict(given), default=str)
    return frozenset(part.split('"')[0].split("\\")[0] for part in text.split("attach://")[1:])


def _read_parameter(types: list[str], value: Any, where: str, unknown: list[str]) -> Any:
    if isinstance(value, Upload):
        if "InputFile" not in types:
            raise Mismatch("a file is not expected here")
        return value
    simple = [t for t in types if t in ("Integer", "Boolean", "String", "Float", "InputFile")]
    if len(simple) == len(types):
        for kind in ("Boolean", "Float", "Integer"):
            if kind in types and "String" not in types:
                return _read_simple(kind, value)
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise Mismatch("a string is expected")
        return str(value)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as wrong:
            raise Mismatch("it is not valid JSON") from wrong
    problems = list(_problems(types, value, where, unknown))
    if problems:
        raise Mismatch(problems[0])
    return value


def _read_simple(kind: str, value: Any) -> Any:
    word = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    try:
        match kind:
            case "Boolean" if word.lower() in _TRUE | _FALSE:
                return word.lower() in _TRUE
            case "Integer" if not isinstance(value, bool | float | dict | list):
                return int(word)
            case "Float" if not isinstance(value, bool):
                return float(word)
    except ValueError:
        pass
    raise Mismatch(f"{kind} expected, got {word[:60]!r}")


def problems_of(kind: str, value: Any) -> list[str]:
    """Everything in which a JSON value differs from a published type, unknown fields included."""
    unknown: list[str] = []
    return [*_problems([kind], value, kind, unknown), *unknown]


def _problems(types: list[str], value: Any, where: str, unknown: list[str]) -> Iterator[str]:
    arrays = [t.removeprefix("Array of ") for t in types if t.startswith("Array of ")]
    if arrays:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _problems(arrays, item, f"{where}[{index}]", unknown)
            return
        if len(arrays) == len(types):
            yield f"{where}: an array is expected"
            return
    choices = [leaf for t in types for leaf in _leaves(t)]
    simple = [t for t in choices if t not in api()["types"]]
    if not isinstance(value, dict):
        if "KeyboardButton" in choices and isinstance(value, str):  # documented: a plain text button
            return
        if not any(_is_simple(kind, value) for kind in simple):
            yield f"{where}: {' or '.join(types)} expected, got {type(value).__name__}"
        return
    chosen = _choose([t for t in choices if t in api()["types"]], value)
    if chosen is None:
        yield f"{where}: {' or '.join(types)} expected"
        return
    fields = {f["name"]: f for f in api()["types"][chosen]["fields"]}
    for key, inner in value.items():
        if key not in fields:
            unknown.append(f"{where}: unknown field {key} of {chosen}")
            continue
        if "const" in fields[key] and inner != fields[key]["const"]:
            yield f"{where}.{key}: {fields[key]['const']} expected"
        yield from _problems(fields[key]["types"], inner, f"{where}.{key}", unknown)
    for key, published in fields.items():
        if published.get("required") and key not in value:
            yield f"{where}: field {key} of {chosen} is missing"


def _is_simple(kind: str, value: Any) -> bool:
    match kind:
        case "Integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "Boolean":
            return isinstance(value, bool)
        case _:
            return isinstance(value, str)


@cache
def _leaves(kind: str) -> tuple[str, ...]:
    published = api()["types"].get(kind, {})
    if "subtypes" not in published:
        return (kind,)
    return tuple(leaf for subtype in published["subtypes"] for leaf in _leaves(subtype))


def _choose(kinds: list[str], value: dict[str, Any]) -> str | None:
    """The published type that an object means: by its fixed word, else by the fields it must have."""
    if len(kinds) == 1:
        return kinds[0]
    if kinds == ["Message", "InaccessibleMessage"]:
        return "InaccessibleMessage" if value.get("date") == 0 else "Message"
    for kind in kinds:
        fields = api()["types"][kind]["fields"]
        words = [f for f in fields if "const" in f]
        if words:
            if all(value.get(f["name"]) == f["const"] for f in words):
                return kind
        elif all(f["name"] in value for f in fields if f.get("required")):
            return kind
    return None
