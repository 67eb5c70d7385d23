"""
A broadcast under random acts, against a model: it moves only as its table of transitions says.

Two officials, three people, and a sender whose messages arrive, fail or are still claimed when the next act comes.
"""

import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, select

from content.message import Message
from content.programme.pack import Pack
from registry.broadcasts.audiences import Wanted
from registry.broadcasts.broadcasts import PUT_BACK, TRANSITIONS, Draft, MovedOnError, State, Trigger, one
from registry.broadcasts.edits import put_back, take_up
from registry.broadcasts.handing_in import approve, hand_in, hand_in_again, refuse
from registry.broadcasts.reports import finished
from registry.broadcasts.running import again, cancel_broadcast, pause, resume
from registry.deliveries.claims import claim_ready
from registry.deliveries.deliveries import record
from registry.deliveries.outcomes import Refused, Sent
from registry.store.rows import deliveries
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.town import COMMUNE, DISTRICT, NOW, Town

SEEN_BY_A_SECOND = "Bà con xem tại ocop.gov.vn nhé"
ALONE = "Sáng mai họp nhé bà con"
PEOPLE = 3
TO_COME = {"owed", "claimed", "held", "paused"}


class Desk(RuleBasedStateMachine):
    """One broadcast at a time; the model keeps the state it must have."""

    empty: Path
    vault: Vault
    pack: Pack

    def __init__(self) -> None:
        super().__init__()
        file = self.empty.with_name("played.db")
        for old in self.empty.parent.glob("played.db*"):
            old.unlink()
        shutil.copyfile(self.empty, file)
        self.town = Town(Store(f"sqlite:///{file}", self.vault), self.pack)
        self.author = self.town.official("commune_official", COMMUNE)
        self.second = self.town.official("district_official", DISTRICT)
        for _ in range(PEOPLE):
            self.town.person()
        self.now = NOW
        self.broadcast: str | None = None
        self.state: State | None = None
        self.before: State | None = None

    def teardown(self) -> None:
        self.town.store.close()

    # the model

    def moves(self, trigger: Trigger) -> None:
        sources, target = TRANSITIONS[trigger]
        assert self.state in sources
        self.state = target

    @invariant()
    def it_is_where_the_model_is(self) -> None:
        if self.broadcast is not None:
            known = self.town.do(one, self.broadcast)
            assert known is not None
            assert known.state == self.state

    @invariant()
    def nothing_leaves_that_may_not(self) -> None:
        found = self.deliveries()
        assert all(count == 1 for count in Counter(person for person, _ in found).values())
        states = {state for _, state in found}
        match self.state:
            case State.WAITING | State.REFUSED | State.EDITING | State.PAUSED:
                assert not states & {"owed", "held"}
            case State.CANCELLED:
                assert not states & (TO_COME - {"claimed"})
            case State.GOING:
                assert "paused" not in states
            case State.DONE:
                assert not states & (TO_COME - {"held"})

    def deliveries(self) -> list[tuple[str, str]]:
        def read(db: Connection) -> list[tuple[str, str]]:
            query = select(deliveries.c.person_id, deliveries.c.state)
            return [tuple(row) for row in db.execute(query.where(deliveries.c.broadcast_id == self.broadcast))]

        return self.town.do(read)

    def version(self) -> int:
        known = self.town.do(one, self.broadcast)
        assert known is not None
        return known.version

    def tried(self, unit: Any, trigger: Trigger, **given: Any) -> bool:
        """Do an act; the model moves when it was done, and stays when it was refused."""
        try:
            self.town.do(unit, pack=self.pack, broadcast_id=self.broadcast, now=self.now, **given)
        except MovedOnError:
            return False
        self.moves(trigger)
        return True

    # the acts

    @precondition(lambda self: self.state in {None, State.CANCELLED, State.DONE})
    @rule(text=st.sampled_from([ALONE, SEEN_BY_A_SECOND]))
    def hands_in(self, text: str) -> None:
        made = self.town.do(
            hand_in, pack=self.pack, role=self.author, wanted=Wanted(COMMUNE), draft=self.draft(text), now=self.now,
            tell=self.town.told,
        )  # fmt: skip
        self.broadcast = made.id
        self.state, self.before = (State.WAITING if made.reasons else State.GOING), None

    @precondition(lambda self: self.broadcast)
    @rule(text=st.sampled_from([ALONE, SEEN_BY_A_SECOND]))
    def hands_in_again(self, text: str) -> None:
        done = self.tried(
            hand_in_again, Trigger.HAND_IN_AGAIN, role=self.author, version=self.version(), wanted=Wanted(COMMUNE),
            draft=self.draft(text), tell=self.town.told,
        )  # fmt: skip
        known = self.town.do(one, self.broadcast)
        if done and known is not None and not known.reasons:
            self.moves(Trigger.GO)

    @precondition(lambda self: self.broadcast)
    @rule()
    def approves(self) -> None:
        people = PEOPLE if self.state is State.WAITING else 0
        values = {"role": self.second, "version": self.version(), "people": people, "tell": self.town.told}
        self.tried(approve, Trigger.GO, **values)

    @precondition(lambda self: self.broadcast)
    @rule()
    def refuses(self) -> None:
        self.tried(refuse, Trigger.REFUSE, role=self.second, version=self.version(), reason="Sai")

    @precondition(lambda self: self.broadcast and self.state is not State.EDITING)
    @rule()
    def takes_up(self) -> None:
        before, version = self.state, self.version()

        def unit(db: Connection, *, pack: Pack, **given: Any) -> Any:
            return take_up(db, role=self.author, version=version, **given)

        if self.tried(unit, Trigger.TAKE_UP):
            self.before = before

    @precondition(lambda self: self.state is State.EDITING)
    @rule()
    def puts_back(self) -> None:
        made = self.town.do(
            put_back, pack=self.pack, role=self.author, broadcast_id=self.broadcast, version=self.version(),
            now=self.now, tell=self.town.told,
        )  # fmt: skip
        assert self.before is not None
        if made.state is not State.EDITING:  # it would need a second official by now: it stays with its author
            self.moves(PUT_BACK[self.before])

    @precondition(lambda self: self.broadcast)
    @rule()
    def pauses(self) -> None:
        if self.counted(pause):
            self.moves(Trigger.PAUSE)

    @precondition(lambda self: self.broadcast)
    @rule()
    def resumes(self) -> None:
        was_paused = self.state is State.PAUSED
        self.counted(resume)
        if was_paused:
            self.moves(Trigger.RESUME)

    @precondition(lambda self: self.broadcast)
    @rule(who=st.sampled_from(["author", "second"]))
    def stops(self, who: str) -> None:
        was_over = self.state in {State.DONE, State.CANCELLED}
        spared = self.counted(cancel_broadcast, role=getattr(self, who))
        if spared or not was_over:
            self.moves(Trigger.CANCEL)

    @precondition(lambda self: self.broadcast)
    @rule()
    def sends_again(self) -> None:
        if self.counted(again, which="failed"):
            self.moves(Trigger.SEND_AGAIN)

    def counted(self, unit: Any, **given: Any) -> int:
        values = {"pack": self.pack, "broadcast_id": self.broadcast, "role": self.author, "now": self.now} | given
        return int(self.town.do(unit, **values))

    # the sender and the clock

    @rule(arrives=st.lists(st.sampled_from(["arrives", "fails", "is lost"]), min_size=PEOPLE, max_size=PEOPLE))
    def the_sender_works(self, arrives: list[str]) -> None:
        claimed = self.town.do(
            claim_ready, channel="telegram", now=self.now, limit=PEOPLE, bulk=PEOPLE, lease=timedelta(minutes=1)
        )
        for delivery, how in zip(claimed, arrives, strict=False):
            if how != "is lost":
                outcome = Sent("1") if how == "arrives" else Refused("no")
                self.town.do(record, delivery_id=delivery.id, outcome=outcome, now=self.now)

    @rule(minutes=st.sampled_from([1, 6, 90]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def the_sweep_closes_what_is_over(self) -> None:
        to_come = {"owed", "claimed"} & {state for _, state in self.deliveries()}
        self.town.do(finished, places=self.pack.places, now=self.now)
        if self.state is State.GOING and not to_come:
            self.moves(Trigger.FINISH)

    @staticmethod
    def draft(text: str, at: datetime | None = None) -> Draft:
        return Draft(text, lambda number: Message(f"{number} {text}"), at)


@pytest.mark.timeout(300)
def test_a_broadcast_moves_as_its_table_says_whatever_happens(
    sqlite_template: Path, tmp_path: Path, vault: Vault, pack: Pack
) -> None:
    class Played(Desk):
        pass

    Played.empty, Played.vault, Played.pack = tmp_path / "empty.db", vault, pack
    shutil.copyfile(sqlite_template, Played.empty)

    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
