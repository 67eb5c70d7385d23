"""
Two who change one announcement at the same moment: the second finds it as the first left it.

The first is held before its commit, the second begins.  SQLite lets in one writer
at a time; PostgreSQL shows the second what was there before the first.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from content.message import Message
from registry.broadcasts.audiences import Wanted
from registry.broadcasts.broadcasts import Draft, MovedOnError, one
from registry.broadcasts.edits import put_back, take_up
from registry.broadcasts.handing_in import approve, hand_in, hand_in_again, refuse
from registry.broadcasts.running import cancel_broadcast, drop_orphaned, pause, resume
from registry.people.roles import Role, revoke
from registry.store.rows import deliveries
from registry.store.store import Store
from tests.announced import alone
from tests.registry.town import COMMUNE, DISTRICT, NOW, TODAY, Town, days

PATIENCE = 20
LINK = "Bà con đăng ký tại ocop.gov.vn nhé"
Act = Callable[[Connection], Any]


class Desks:
    """One announcement that waits, its author, two who may be the second official, and two stores."""

    def __init__(self, town: Town, other: Store) -> None:
        self.town, self.other = town, other
        self.author = town.official("commune_official", COMMUNE)
        self.seconds = [town.official("district_official", DISTRICT) for _ in range(2)]
        town.person()
        self.made = town.do(
            hand_in,
            pack=town.pack,
            role=self.author,
            wanted=Wanted(COMMUNE),
            draft=self.draft(),
            now=NOW,
            tell=town.told,
        )

    @staticmethod
    def draft() -> Draft:
        return Draft(LINK, lambda number: Message(f"{number} {LINK}"), NOW + days(1))

    def approves(self, role: Role) -> Act:
        return lambda db: approve(
            db,
            pack=self.town.pack,
            broadcast_id=self.made.id,
            version=1,
            people=1,
            role=role,
            now=NOW,
            tell=self.town.told,
        )

    def refuses(self, db: Connection) -> Any:
        role = self.seconds[1]
        return refuse(db, pack=self.town.pack, broadcast_id=self.made.id, version=1, reason="Sai", role=role, now=NOW)

    def edits(self, db: Connection) -> Any:
        return hand_in_again(
            db, pack=self.town.pack, role=self.author, broadcast_id=self.made.id, version=1, draft=self.draft(),
            wanted=Wanted(COMMUNE), now=NOW, tell=self.town.told,
        )  # fmt: skip

    def takes_up(self, db: Connection) -> Any:
        return take_up(db, role=self.author, broadcast_id=self.made.id, version=1, now=NOW)

    def puts_back(self, db: Connection) -> Any:
        return put_back(
            db,
            pack=self.town.pack,
            role=self.author,
            broadcast_id=self.made.id,
            version=1,
            now=NOW,
            tell=self.town.told,
        )

    def runs(self, act: Callable[..., int]) -> Act:
        return lambda db: act(db, broadcast_id=self.made.id, role=self.author, pack=self.town.pack, now=NOW)

    def crossed(self, first: Act, second: Act) -> list[Any]:
        """The results of both: their return values or their failures."""
        reached, go_on = threading.Event(), threading.Event()

        def held(db: Connection) -> Any:
            done = first(db)
            reached.set()
            assert go_on.wait(PATIENCE)
            return done

        with ThreadPoolExecutor(2) as threads:
            ahead = threads.submit(self.town.store.write_now, held)
            assert reached.wait(PATIENCE), ahead.exception(PATIENCE)
            behind = threads.submit(self.other.write_now, second)
            threading.Event().wait(0.15)  # it waits for the first, or is through: both show within this
            go_on.set()
            return [one.exception(PATIENCE) or one.result(PATIENCE) for one in (ahead, behind)]

    def now(self) -> tuple[str, int, list[str]]:
        """Its state, its people, and the states of their deliveries."""
        known = self.town.do(one, self.made.id)
        assert known is not None
        query = select(deliveries.c.state).where(deliveries.c.broadcast_id == self.made.id)
        return known.state, known.people, self.town.do(lambda db: list(db.execute(query).scalars()))


@pytest.fixture
def desks(town: Town, database_url: str, tmp_path: Path) -> Iterator[Desks]:
    other = Store(database_url, town.store.vault, tmp_path)
    yield Desks(town, other)
    other.close()


def test_two_who_approve_at_once_let_it_go_once(desks: Desks) -> None:
    first, second = desks.crossed(*(desks.approves(role) for role in desks.seconds))

    assert first.state == "going"
    assert isinstance(second, MovedOnError)
    assert desks.now() == ("going", 1, ["owed"])


@pytest.mark.parametrize("what", ["refuses", "edits"])
def test_what_is_decided_or_edited_at_the_same_moment_is_not_let_go(desks: Desks, what: str) -> None:
    first, second = desks.crossed(getattr(desks, what), desks.approves(desks.seconds[0]))

    assert first.state == {"refuses": "refused", "edits": "waiting"}[what]
    assert isinstance(second, MovedOnError)
    assert desks.now() == (first.state, 0, [])


def test_what_is_withdrawn_at_the_same_moment_is_not_let_go(desks: Desks) -> None:
    _, second = desks.crossed(desks.runs(cancel_broadcast), desks.approves(desks.seconds[0]))

    assert isinstance(second, MovedOnError)
    assert desks.now() == ("cancelled", 0, [])


def test_stopped_while_it_is_being_let_go_it_spares_everybody(desks: Desks) -> None:
    _, spared = desks.crossed(desks.approves(desks.seconds[0]), desks.runs(cancel_broadcast))

    assert spared == 1
    assert desks.now() == ("cancelled", 1, ["cancelled"])


def test_paused_while_it_is_being_let_go_it_holds_everybody_back(desks: Desks) -> None:
    _, waiting = desks.crossed(desks.approves(desks.seconds[0]), desks.runs(pause))

    assert waiting == 1
    assert desks.now() == ("paused", 1, ["paused"])


def test_stopped_while_it_is_gone_on_with_it_stays_stopped(desks: Desks) -> None:
    desks.town.do(desks.approves(desks.seconds[0]))
    desks.town.do(desks.runs(pause))

    desks.crossed(desks.runs(cancel_broadcast), desks.runs(resume))

    assert desks.now() == ("cancelled", 1, ["cancelled"])


def test_an_edit_that_comes_while_it_is_let_go_takes_it_back(desks: Desks) -> None:
    first, second = desks.crossed(desks.approves(desks.seconds[0]), desks.edits)

    # it waits for its turn, and what was let go for tomorrow has to be looked at again
    assert first.state == "going"
    assert (second.state, second.version) == ("waiting", 2)
    assert desks.now() == ("waiting", 0, [])


def test_taken_up_at_the_same_moment_it_is_not_let_go(desks: Desks) -> None:
    first, second = desks.crossed(desks.takes_up, desks.approves(desks.seconds[0]))

    assert first.state == "editing"
    assert isinstance(second, MovedOnError)
    assert desks.now() == ("editing", 0, [])


def test_taken_up_while_it_is_let_go_for_tomorrow_it_does_not_leave(desks: Desks) -> None:
    first, second = desks.crossed(desks.approves(desks.seconds[0]), desks.takes_up)

    assert (first.state, second.state) == ("going", "editing")
    assert desks.now() == ("editing", 1, ["paused"])


@pytest.mark.parametrize("stopped_first", [True, False])
def test_stopped_while_an_edit_is_given_up_it_stays_stopped(desks: Desks, stopped_first: bool) -> None:
    desks.town.do(desks.approves(desks.seconds[0]))
    desks.town.do(desks.takes_up)
    both = [desks.runs(cancel_broadcast), desks.puts_back]

    found = desks.crossed(*(both if stopped_first else reversed(both)))

    assert isinstance(found[1], MovedOnError) == stopped_first
    assert desks.now() == ("cancelled", 1, ["cancelled"])


def test_stopped_while_an_edit_is_handed_in_the_new_text_does_not_leave(desks: Desks) -> None:
    desks.town.do(desks.takes_up)

    _, second = desks.crossed(desks.runs(cancel_broadcast), desks.edits)

    assert isinstance(second, MovedOnError)
    assert desks.now() == ("cancelled", 0, [])


def test_let_go_while_the_role_of_its_author_ends_it_is_not_left_behind(desks: Desks) -> None:
    town = desks.town

    def ends(db: Connection) -> int:
        revoke(db, role_id=desks.author.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)
        return drop_orphaned(db, on=TODAY, now=NOW)

    dropped, second = desks.crossed(ends, desks.approves(desks.seconds[0]))

    assert dropped == 1
    assert isinstance(second, MovedOnError)
    assert desks.now() == ("cancelled", 0, [])


def test_two_announcements_of_one_author_at_once_are_counted_together(
    town: Town, database_url: str, tmp_path: Path
) -> None:
    town.pack = alone(town.pack, second_official_above=1)
    desks = Desks(town, Store(database_url, town.store.vault, tmp_path))
    town.person(place="19210")
    author = town.official("district_official", DISTRICT)

    waits = town.do(
        hand_in, pack=town.pack, role=author, wanted=Wanted("19210"), draft=Desks.draft(), now=NOW, tell=town.told
    )
    plain = Draft("Sáng mai họp nhé bà con", Message)

    def edits(db: Connection) -> Any:
        return hand_in_again(
            db,
            pack=town.pack,
            role=author,
            broadcast_id=waits.id,
            version=1,
            draft=plain,
            wanted=Wanted("19210"),
            now=NOW,
            tell=town.told,
        )

    def hands_in(db: Connection) -> Any:
        return hand_in(db, pack=town.pack, role=author, wanted=Wanted(COMMUNE), draft=plain, now=NOW, tell=town.told)

    first, second = desks.crossed(edits, hands_in)
    desks.other.close()

    assert (first.state, second.state) == ("going", "waiting")
    pending = select(func.count()).select_from(deliveries).where(deliveries.c.kind == "broadcast")
    assert town.do(lambda db: db.execute(pending).scalar_one()) == 1
