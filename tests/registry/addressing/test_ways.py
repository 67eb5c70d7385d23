"""The register of what officials say to many, against the code: no message is enqueued by a place that is in no row."""

import ast
from collections.abc import Iterator
from pathlib import Path

from registry.addressing.ways import NOT_TO_MANY, WAYS, Alone
from registry.people.roles import ACTS

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("registry", "handlers", "scheduler", "console", "bot")
ENQUEUES = {"enqueue", "enqueue_claimed"}


def places_that_enqueue() -> set[str]:
    return {
        f"{'.'.join(file.relative_to(ROOT).with_suffix('').parts)}:{function}"
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for function in _calls(ast.parse(file.read_text("utf-8")), "")
    }


def _calls(node: ast.AST, function: str) -> Iterator[str]:
    """The outermost function of each call that enqueues."""
    for child in ast.iter_child_nodes(node):
        inside = function or (child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else "")
        if isinstance(child, ast.Call):
            called = child.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ENQUEUES:
                yield inside
        yield from _calls(child, inside)


def test_every_place_that_enqueues_is_in_one_part_of_the_register() -> None:
    to_many = {place for way in WAYS for place in way.enqueued_by}

    assert to_many & NOT_TO_MANY.keys() == set()
    assert places_that_enqueue() == to_many | NOT_TO_MANY.keys()


def test_every_way_takes_an_act_of_officials_and_names_its_place() -> None:
    assert len({way.id for way in WAYS}) == len(WAYS)
    for way in WAYS:
        assert way.act in ACTS, way.id
        assert way.enqueued_by, way.id
        assert way.recipients, way.id


def test_words_of_an_official_are_always_delayed_read_above_and_can_be_stopped() -> None:
    for way in WAYS:
        own_words = Alone.FIXED not in {way.many, way.risky} and not way.never_alone
        assert (way.delayed, way.read_above, way.stopped) == (own_words,) * 3, way.id


def test_what_is_never_said_alone_waits_for_a_second_official_whatever_its_words() -> None:
    for way in WAYS:
        if way.never_alone:
            assert {way.many, way.risky} == {Alone.SECOND}, way.id
