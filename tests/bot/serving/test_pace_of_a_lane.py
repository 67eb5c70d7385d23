"""How fast one account has its turns: a bucket of ten, refilled at the limit, on a clock that passes at once."""

import asyncio
import json
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.webchat.channel import WebChannel
from bot.serving.intake import BURST, SLOW_NOTICE_FROM, Intake
from handlers.rooms import front_desk
from handlers.taking import take_turn
from registry.store.inbox import inbox
from registry.store.rows import deliveries
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from scheduler.pump.delivery import Pump
from tests.handlers.desk import house_of
from tests.scheduler.virtual import StoreAtHand, clock, played

ACCOUNT, PER_MINUTE = "w" + "a" * 32, 20
HOUR = 3600.0


class Slow(StoreAtHand):
    """A store whose turns take a while on demand; notes whose turns are under way at the same time."""

    takes = 0.0

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.now: list[str] = []
        self.most: Counter[str] = Counter()
        self.order: list[str] = []

    async def write(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if unit is not take_turn or not self.takes:
            return await super().write(unit, *args, **kwargs)
        account = kwargs["said"].account
        self.now.append(account)
        line = line_of(account)
        self.most[line] = max(self.most[line], sum(line_of(one) == line for one in self.now))
        await asyncio.sleep(self.takes)
        self.now.remove(account)
        self.order.append(account)
        return await super().write(unit, *args, **kwargs)


def line_of(account: str) -> str:
    """The address of an account: the letter it begins with after the channel's own."""
    return "" if account[1] == "0" else account[1]


class Lane:
    """One account that writes; its turns are counted as they are committed."""

    def __init__(self, store: Slow) -> None:
        self.store = store
        channel = WebChannel(None, None, None)
        pump = Pump(store, {"webchat": channel}, now=clock, rate_per_second={"webchat": 50.0}, files=None)
        house = house_of("quang-binh-2021")
        self.intake = Intake(
            store, {"webchat": channel}, house=house, front=front_desk(), now=clock, pump=pump, per_minute=PER_MINUTE,
            line_of={"webchat": line_of},
        )  # fmt: skip

    async def writes(self, times: int, account: str = ACCOUNT) -> None:
        for _ in range(times):
            event = {"id": str(uuid.uuid4()), "account": account, "kind": "text", "text": "/menu"}
            await self.intake.accept("webchat", json.dumps(event).encode())

    def turns(self) -> int:
        done = select(func.count()).select_from(inbox).where(inbox.c.state == "done")
        return self.store.read_now(lambda db: db.execute(done).scalar_one())

    def notices(self) -> int:
        told = select(func.count()).select_from(deliveries).where(deliveries.c.key.like("reply:intake.slow_down:%"))
        return self.store.read_now(lambda db: db.execute(told).scalar_one())


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    upgrade(f"sqlite:///{file}", Vault(bytes(range(32))))
    return file


@pytest.fixture
def lane(empty: Path, tmp_path: Path) -> Iterator[Callable[[Callable[[Lane], Coroutine[Any, Any, None]]], None]]:
    shutil.copyfile(empty, tmp_path / "bot.db")
    store = Slow(f"sqlite:///{tmp_path / 'bot.db'}", Vault(bytes(range(32))))

    async def play(work: Callable[[Lane], Coroutine[Any, Any, None]]) -> None:
        on = Lane(store)
        await asyncio.sleep(1)
        await work(on)
        await on.intake.settled()

    yield lambda work: played(play(work))
    store.close()


def test_a_burst_has_its_turns_at_once_and_the_rest_at_the_limit(lane) -> None:
    async def work(on: Lane) -> None:
        await on.writes(BURST + 2)
        await asyncio.sleep(0.1)
        assert on.turns() == BURST
        await asyncio.sleep(60 / PER_MINUTE)
        assert on.turns() == BURST + 1
        await asyncio.sleep(60 / PER_MINUTE)
        assert on.turns() == BURST + 2

    lane(work)


def test_an_idle_hour_saves_up_no_more_than_one_burst(lane) -> None:
    async def work(on: Lane) -> None:
        await on.writes(1)
        await asyncio.sleep(HOUR)
        await on.writes(BURST + 20)
        await asyncio.sleep(0.1)
        assert on.turns() == 1 + BURST

    lane(work)


def test_messages_that_wait_are_said_to_be_kept_from_the_fifth_on_and_once_a_minute(lane) -> None:
    async def work(on: Lane) -> None:
        await on.writes(BURST + SLOW_NOTICE_FROM - 1)
        await asyncio.sleep(0.1)
        assert on.notices() == 0
        await on.writes(2)
        await asyncio.sleep(0.1)
        assert on.notices() == 1
        await on.writes(40)
        await asyncio.sleep(50)
        assert on.notices() == 1
        await asyncio.sleep(15)
        assert on.notices() == 2

    lane(work)


def test_another_account_has_its_turn_at_once(lane) -> None:
    async def work(on: Lane) -> None:
        await on.writes(BURST + 20)
        await asyncio.sleep(0.1)
        before = on.turns()
        await on.writes(1, "w" + "b" * 32)
        await asyncio.sleep(0.1)
        assert on.turns() == before + 1

    lane(work)


def test_accounts_made_up_at_one_address_have_one_turn_at_a_time_and_an_account_elsewhere_does_not_wait(lane) -> None:
    made_up = [f"wa{number:031x}" for number in range(20)]
    elsewhere = "wb" + "0" * 31

    async def work(on: Lane) -> None:
        on.store.takes = 0.5
        for account in made_up:
            await on.writes(1, account)
        await on.writes(1, elsewhere)
        await asyncio.sleep(0.6)
        assert sorted(on.store.order) == [made_up[0], elsewhere]
        await asyncio.sleep(20 * 0.5)
        assert [account for account in on.store.order if account != elsewhere] == made_up
        assert on.store.most["a"] == 1

    lane(work)


def test_accounts_of_no_known_address_have_their_turns_together(lane) -> None:
    async def work(on: Lane) -> None:
        on.store.takes = 0.5
        for number in range(5):
            await on.writes(1, f"w0{number:031x}")
        await asyncio.sleep(0.6)
        assert len(on.store.order) == 5

    lane(work)


def test_a_program_that_stops_leaves_the_turns_of_a_shared_line_in_the_inbox(lane) -> None:
    async def work(on: Lane) -> None:
        on.store.takes = 0.5
        for number in range(5):
            await on.writes(1, f"wa{number:031x}")
        await asyncio.sleep(0.1)
        await on.intake.stop()
        assert (len(on.store.order), on.turns()) == (1, 1)

    lane(work)
