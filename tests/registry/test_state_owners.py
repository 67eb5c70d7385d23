"""Each state has one owner: an enum, a table of transitions, and one function that writes the column."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import registry
from registry.answers import answers
from registry.applications import claims, drafts
from registry.broadcasts import broadcasts
from registry.deadlines import handed_papers, occurrences
from registry.imports import runs
from registry.listening import enclosures
from registry.products import recognitions

HOUSE = Path(registry.__file__).parents[1]
ROOMS = ("bot", "console", "handlers", "registry", "scheduler")
FINAL: dict[ModuleType, frozenset[StrEnum]] = {
    drafts: frozenset({drafts.State.SUBMITTED}),
    broadcasts: frozenset({broadcasts.State.CANCELLED}),
    occurrences: frozenset(),
    claims: frozenset({claims.State.GRANTED, claims.State.REFUSED, claims.State.LAPSED}),
    recognitions: frozenset({recognitions.State.REPLACED, recognitions.State.REFUSED}),
    handed_papers: frozenset(),
    answers: frozenset({answers.State.REFUSED, answers.State.WITHDRAWN}),
    runs: frozenset({runs.State.DONE, runs.State.GIVEN_UP}),
    enclosures: frozenset({enclosures.State.KEPT, enclosures.State.COUNTED, enclosures.State.CLOSED}),
}
FIRST: dict[ModuleType, frozenset[StrEnum]] = {
    drafts: frozenset({drafts.State.OPEN}),
    broadcasts: frozenset({broadcasts.State.WAITING}),
    occurrences: frozenset({occurrences.State.PLANNED, occurrences.State.SKIPPED}),
    claims: frozenset({claims.State.ASKED}),
    recognitions: frozenset({recognitions.State.REPORTED, recognitions.State.STANDING}),
    handed_papers: frozenset({handed_papers.State.WAITING}),
    answers: frozenset({answers.State.WAITING}),
    runs: frozenset({runs.State.STAGING}),
    enclosures: frozenset({enclosures.State.KEPT, enclosures.State.WAITING}),
}
"""The states of a new row."""
OWNERS = {
    ("drafts", "state"): ("registry/applications/drafts.py", "change"),
    ("broadcasts", "state"): ("registry/broadcasts/broadcasts.py", "change"),
    ("occurrences", "state"): ("registry/deadlines/occurrences.py", "change"),
    ("claims", "state"): ("registry/applications/claims.py", "change"),
    ("recognitions", "state"): ("registry/products/recognitions.py", "change"),
    ("handed_papers", "state"): ("registry/deadlines/handed_papers.py", "change"),
    ("office_answers", "state"): ("registry/answers/answers.py", "change"),
    ("import_runs", "state"): ("registry/imports/runs.py", "change"),
    ("enclosures", "state"): ("registry/listening/enclosures.py", "change"),
    ("applications", "status"): ("registry/applications/changes.py", "move"),
}
ALSO = {
    ("broadcasts", "registry/broadcasts/broadcasts.py", "set_values"): "refuses the state",
}
"""Other writers, each with its reason.  This list may only shrink."""


@pytest.mark.parametrize("noun", FINAL, ids=lambda noun: noun.__name__)
def test_every_state_is_reached_and_every_state_but_the_final_ones_has_an_exit(noun: ModuleType) -> None:
    table = noun.TRANSITIONS
    states, triggers = set(noun.State), set(noun.Trigger)

    assert set(table) == triggers
    assert FIRST[noun] | {target for _, target in table.values()} == states
    leaving = {one for sources, target in table.values() for one in sources if one != target}
    assert states - leaving == FINAL[noun]
    for state in FINAL[noun]:
        assert {target for sources, target in table.values() if state in sources} <= {state}


@pytest.mark.parametrize("column", OWNERS, ids=".".join)
def test_one_function_writes_the_state(column: tuple[str, str]) -> None:
    table, name = column
    found = {(path, function) for path, function in writers(table, name) if (table, path, function) not in ALSO}

    assert found == {OWNERS[column]}


def test_the_other_writers_that_are_listed_still_write() -> None:
    for table, path, function in ALSO:
        assert (path, function) in set(writers(table, "state"))


def test_a_writer_is_found_in_each_way_it_may_be_written() -> None:
    source = """
def plain(db): db.execute(update(drafts).where(x).values(state="open"))
def by_name(db): db.execute(update(drafts).values({"state": "open"}))
def spread(db, values): db.execute(update(drafts).values(**values))
def in_two_steps(db, values):
    rows = update(drafts).where(x)
    db.execute(rows.values(state="open"))
def handed_on(db, values): db.execute(update(drafts).values(values))
def another_column(db): db.execute(update(drafts).values(field=None))
"""
    found = [name for name, function in functions(ast.parse(source)) if sets(function, "drafts", "state")]

    assert found == ["plain", "by_name", "spread", "in_two_steps", "handed_on"]


def writers(table: str, column: str) -> Iterator[tuple[str, str]]:
    for path, module in sources().items():
        for name, function in functions(module):
            if sets(function, table, column):
                yield path, name


@cache
def sources() -> dict[str, ast.Module]:
    files = sorted(file for room in ROOMS for file in (HOUSE / room).rglob("*.py"))
    return {file.relative_to(HOUSE).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def functions(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Each function and each statement outside of one."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((inner.name, inner) for inner in node.body if isinstance(inner, ast.FunctionDef))
        else:
            yield f"line {node.lineno}", node


def sets(function: ast.AST, table: str, column: str) -> bool:
    """True when a function updates a table with values that name the column, or whose names are not written there."""
    chains = [node for node in ast.walk(function) if is_update(node, table)]
    names = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(chain in list(ast.walk(node.value)) for chain in chains)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values"):
            continue
        inside = list(ast.walk(node.func))
        of_table = any(chain in inside for chain in chains)
        of_name = any(isinstance(one, ast.Name) and one.id in names for one in inside)
        if (of_table or of_name) and may_name(node, column):
            return True
    return False


def is_update(node: ast.AST, table: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "update"
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id == table
    )


def may_name(call: ast.Call, column: str) -> bool:
    for word in call.keywords:
        if word.arg == column or (word.arg is None and not isinstance(word.value, ast.Dict)):
            return True
        if word.arg is None and any(isinstance(key, ast.Constant) and key.value == column for key in word.value.keys):
            return True
    return any(
        any(isinstance(key, ast.Constant) and key.value == column for key in given.keys)
        if isinstance(given, ast.Dict)
        else isinstance(given, ast.Name)
        for given in call.args
    )
