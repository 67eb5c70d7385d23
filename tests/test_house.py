"""The walls of the house: who names a channel, what may import what, how long a file or a function is."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

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
