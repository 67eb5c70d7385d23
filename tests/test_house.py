"""The walls of the house: who names a channel, what may import what, how long a file or a function is."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

from bot.serving import registered

HOUSE = Path(registered.__file__).parents[2]
ROOMS = ("bot", "console", "content", "handlers", "platforms", "registry", "scheduler")


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the program by its path, parsed."""
    found = sorted(path for room in ROOMS for path in (HOUSE / room).rglob("*.py"))
    return {path.relative_to(HOUSE).as_posix(): ast.parse(path.read_text("utf-8")) for path in found}


# --- a channel is one folder ------------------------------------------------------------------------------------------

REGISTRATION = "bot/serving/registered.py"
NAMES = tuple(one.name for one in registered.CHANNELS)
MAY_NAME = {
    "bot/demo/": "plays people on two phones and a page",
    "bot/zalo/": "keeps the consent and the tokens of the account, and the plan of the bot",
    "bot/commands/broadcast.py": "an example of an account, in the help",
    "bot/commands/setup/steps/": "one step for each platform an operator clicks through",
    "bot/commands/zalo.py": "the commands of that consent",
    "bot/serving/web_rooms.py": "keeps the rows of the web chat, as its registration says",
    "bot/settings/logs.py": "the logger of the library python-telegram-bot",
    "console/demo.py": "the page of the demo",
    "registry/deliveries/web_history.py": "the history of the web chat, which no platform keeps",
}
"""The other files that may name a channel, each with its reason."""


def named_in(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Every channel that a module names, as a word of the code or of a string, with the line; prose does not count."""
    word = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(NAMES)})(?![A-Za-z0-9])", re.IGNORECASE)
    prose = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if id(node) in prose:
            continue
        for written in words_of(node):
            yield from ((name.lower(), node.lineno) for name in word.findall(written))


def words_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
            yield name
        case ast.keyword(arg=str(name)) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Import(names=names):
            yield from (one.name for one in names)
        case ast.ImportFrom(module=str(name), names=names):
            yield name
            yield from (one.name for one in names)


def test_a_channel_is_named_in_its_folder_and_in_one_line_of_registration() -> None:
    lines: dict[str, list[int]] = {name: [] for name in NAMES}
    elsewhere: dict[str, set[str]] = {}
    for path, module in sources().items():
        if path.startswith("platforms/"):  # the other side of the wire
            continue
        for name, line in named_in(module):
            if path == REGISTRATION:
                lines[name].append(line)
            elif not path.startswith(f"bot/channels/{name}/"):
                elsewhere.setdefault(path, set()).add(name)

    assert {name: len(set(found)) for name, found in lines.items()} == dict.fromkeys(NAMES, 1)
    reasoned = {path for path in elsewhere if any(path.startswith(one) for one in MAY_NAME)}
    assert {path: elsewhere[path] for path in elsewhere if path not in reasoned} == {}
    assert [one for one in MAY_NAME if not any(path.startswith(one) for path in reasoned)] == []


def test_the_settings_name_no_channel_and_know_none() -> None:
    settings = {path: module for path, module in sources().items() if path.startswith("bot/settings/")}

    imported = {
        node.module for module in settings.values() for node in ast.walk(module) if isinstance(node, ast.ImportFrom)
    }
    assert not [name for name in imported if str(name).startswith(("bot.channels", "bot.serving"))]


# --- no circle, no private name across files --------------------------------------------------------------------------


@cache
def imports() -> grimp.ImportGraph:
    """The import graph, for the type checker too; built each time, since a cached graph may be an older one."""
    return grimp.build_graph(*ROOMS, "migrations", cache_dir=None)


def circles(graph: grimp.ImportGraph) -> list[set[str]]:
    """
    The groups of modules in which each reaches each other.

    A module without an import, or without an importer, is in no circle and is removed.
    The remaining ones are grouped by the modules they reach.
    """
    down = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    while free := {module for module, below in down.items() if not below} | (set(down) - set().union(*down.values())):
        down = {module: below - free for module, below in down.items() if module not in free}
        if not down:
            break
    reached = {module: reachable(down, module) for module in down}
    found: list[set[str]] = []
    for module in sorted(down):
        around = {other for other in reached[module] if module in reached[other]}
        if around and around not in found:
            found.append(around)
    return found


def reachable(down: dict[str, set[str]], module: str) -> set[str]:
    found: set[str] = set()
    todo = [module]
    while todo:
        todo += (new := down[todo.pop()] - found)
        found |= new
    return found


def test_no_module_is_reached_by_what_it_imports() -> None:
    assert circles(imports()) == []


def test_a_circle_is_found_where_there_is_one() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a"), ("f", "g"), ("g", "f")):
        graph.add_import(importer=importer, imported=imported)

    assert circles(graph) == [{"a", "b", "c"}, {"f", "g"}]


def test_no_private_name_is_imported_from_another_file() -> None:
    found = {
        (path, one.name)
        for path, module in sources().items()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for one in node.names
        if one.name.startswith("_") and not one.name.startswith("__")
    }

    assert found == set()


# --- how large a thing may be -----------------------------------------------------------------------------------------

MOST_MODULES = 22
MOST_LINES = 449
MOST_IN_FUNCTION = 60
LONG_FILES_LEFT: dict[str, int] = {}
"""Files that are longer, with the lines they may have.  This list may only shrink."""
LONG_FUNCTIONS_LEFT: dict[tuple[str, str], int] = {}
"""Functions that are longer, with the lines they may have.  This list may only shrink."""


def test_no_folder_holds_more_modules_than_an_eye_takes_in() -> None:
    held = Counter(path.rpartition("/")[0] for path in sources() if not path.endswith("/__init__.py"))

    assert {folder: count for folder, count in held.items() if count > MOST_MODULES} == {}


def test_no_file_is_longer_than_450_lines() -> None:
    lines = {path: len((HOUSE / path).read_text("utf-8").splitlines()) for path in sources()}
    long = {path: count for path, count in lines.items() if count > MOST_LINES}

    assert {path: count for path, count in long.items() if count > LONG_FILES_LEFT.get(path, 0)} == {}
    assert set(LONG_FILES_LEFT) <= set(long), "what has become short leaves the list"


def test_no_function_is_longer_than_60_lines() -> None:
    lines = {
        (path, node.name): (node.end_lineno or node.lineno) - node.lineno + 1
        for path, module in sources().items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {place: count for place, count in lines.items() if count > MOST_IN_FUNCTION}

    assert {place: count for place, count in long.items() if count > LONG_FUNCTIONS_LEFT.get(place, 0)} == {}
    assert set(LONG_FUNCTIONS_LEFT) <= set(long), "what has become short leaves the list"
