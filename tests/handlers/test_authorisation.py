"""
The authorisation table (authorisation.tsv): role × scope × act, tried on a real database.

`own` is the place of a role, or the producer's own entity.  `sibling` is next to it, `parent` above it, `child`
below it.  `elsewhere` is in another district, or in no place of the programme.
`producer` owns an entity, `helper` helps in it and holds the role of a helper in its commune.
A cell `-` does not exist for that role.
"""

import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.rooms import COMMANDS
from registry.applications import entities
from registry.applications.entities import NewEntity
from registry.people import roles
from registry.people.roles import ACTS, ROLE_IDS, Role, may, may_own
from registry.store.rows import roles as role_rows
from tests.handlers.actors import HOME, PLACES, Thing, actor_of
from tests.handlers.acts import TRIED
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    NOWHERE,
    PROVINCE,
    Village,
    open_village,
    pack_of,
)

TABLE = Path(__file__).with_name("authorisation.tsv")
SCOPES = ("own", "sibling", "parent", "child", "elsewhere")
ROLES = (
    "guest", "producer", "helper", "commune_official", "district_official", "province_official", "admin", "revoked",
    "expired",
)  # fmt: skip
DECIDED_BY_THE_DISTRICT = {"review.accept", "review.return", "review.decline"}
"""In the older programme ideas are decided by the district or above it, whatever else a commune may."""


def rows() -> Iterator[tuple[str, str, dict[str, str]]]:
    lines = TABLE.read_text("utf-8").splitlines()
    assert lines[0].split("\t") == ["act", "role", *SCOPES]
    for line in lines[1:]:
        act, role, *cells = line.split("\t")
        yield act, role, dict(zip(SCOPES, cells, strict=True))


CELLS = {(act, role, scope): cell for act, role, cells in rows() for scope, cell in cells.items()}
ACTS_OF_TABLE = {act for act, _, _ in CELLS}


def test_every_act_has_a_row_for_every_role_and_no_row_is_left_over() -> None:
    assert {(act, role, scope) for act in ACTS for role in ROLES for scope in SCOPES} == set(CELLS)
    assert set(CELLS.values()) == {"allowed", "refused", "-"}


def test_every_role_of_the_house_stands_in_the_table() -> None:
    assert set(ROLE_IDS) <= set(ROLES)


def test_a_cell_is_left_out_only_where_there_is_no_such_place() -> None:
    for (_, role, scope), cell in CELLS.items():
        assert (cell == "-") == (scope not in PLACES[HOME[role]]), (role, scope)


# --- the rule itself --------------------------------------------------------------------------------------------------


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("role", ROLES)
def test_the_rule_says_what_the_table_says(village: Village, role: str) -> None:
    actor = actor_of(village, role)
    places, today = village.pack.places, village.now.date()
    somebodys = village.do(
        entities.add_entity,
        keeper_id=village.person("somebody"),
        new=NewEntity("household", COMMUNE, "Hộ khác"),
        now=village.now,
    )
    wrong = []
    for act, scope in itertools.product(sorted(ACTS_OF_TABLE), SCOPES):
        cell = CELLS[act, role, scope]
        if cell == "-":
            continue
        at = {actor.place(scope)} | ({NOWHERE, ""} if scope == "elsewhere" else set())
        entity = actor.entity_id if scope == "own" and actor.entity_id else somebodys.id
        part = village.do(entities.part_of, entity_id=entity, person_id=actor.person_id)
        allowed = {
            may_own(part, act) or any(may(held, act, place, places, on=today) for held in actor.held) for place in at
        }
        if allowed != {cell == "allowed"}:
            wrong.append((act, role, scope, cell))
    assert not wrong


@pytest.mark.parametrize("role", ["revoked", "expired"])
def test_a_role_kept_in_memory_past_its_end_is_worth_nothing(village: Village, role: str) -> None:
    actor = actor_of(village, role)
    row = village.do(lambda db: db.execute(select(role_rows.c.id)).scalar_one())
    held = village.do(roles.role_by_id, row)
    assert held is not None
    assert not any(may(held, act, DISTRICT, village.pack.places, on=village.now.date()) for act in ACTS)
    assert actor.held == ()


def test_an_act_that_is_not_in_the_table_is_nobodys() -> None:
    role = Role("r", "p", "admin", PROVINCE, None, date(2022, 1, 1))
    assert not may(role, "application.delete", PROVINCE, pack_of("quang-binh-2021").places, on=date(2021, 6, 1))
    assert not may_own("owner", "application.delete")


# --- the acts, tried in the chat --------------------------------------------------------------------------------------


BY_ITS_OWN_TESTS = {
    "review.record", "figures.see", "import.run", "leave.plan", "poster.make", "audit.see", "health.see", "entity.edit_own",
}  # fmt: skip
"""Acts no command of the chat does, or only for oneself: their own tests try what their functions refuse."""


def test_every_act_of_the_table_is_tried_or_named_as_no_act_of_the_chat() -> None:
    assert set(TRIED) | BY_ITS_OWN_TESTS == ACTS_OF_TABLE
    assert not set(TRIED) & BY_ITS_OWN_TESTS


def test_no_command_of_the_chat_does_an_act_of_which_it_is_said_that_none_does() -> None:
    names = {command.name for command in COMMANDS}
    assert not names & {"baocao", "nhatky"}


def expected(act: str, role: str, scope: str) -> bool:
    cell = CELLS[act, role, scope]
    if act == "application.see_own":
        cell = "allowed" if "allowed" in {cell, CELLS["review.see", role, scope]} else cell
    if act in DECIDED_BY_THE_DISTRICT and role == "commune_official":
        return False
    return cell == "allowed"


@pytest.mark.parametrize("act", sorted(TRIED))
@pytest.mark.parametrize("role", ROLES)
def test_who_tries_an_act_gets_what_the_table_says(village: Village, role: str, act: str) -> None:
    actor = actor_of(village, role)
    got = {}
    wanted = {}
    for scope in SCOPES:
        if CELLS[act, role, scope] == "-":
            continue
        canary = f"Canary{next(actor.numbers)}{scope}"
        got[scope] = TRIED[act](Thing(actor, scope, canary))
        wanted[scope] = expected(act, role, scope)
    assert got == wanted
