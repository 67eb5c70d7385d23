"""Many events of one account: the others have their turns, nothing is lost, the order stays, and it is said once."""

import asyncio
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.serving.assembly import Assembly, Part, house_for
from bot.serving.configuration import Settings
from bot.serving.intake import LANE_HOLDS, LOOKED_AT
from handlers.conversation.desk import House
from registry.deliveries import web_history
from registry.store import inbox
from registry.store.inbox import inbox as rows
from registry.store.rows import deliveries
from tests.bot.shell import install

PACK = "quang-binh-2021"
LOUD, QUIET = "w" + "a" * 32, "w" + "f" * 32
KEPT = "reply:intake.kept:%"

Opening = Callable[[Part], AbstractAsyncContextManager[Assembly]]


@pytest.fixture(scope="module")
def house() -> House:
    return house_for(Settings(pack=PACK), date(2021, 6, 1))


def moments() -> Iterator[datetime]:
    """A clock that advances by a hundredth of a second whenever it is read."""
    at = datetime(2021, 6, 1, 2, 0, tzinfo=UTC)
    while True:
        at += timedelta(milliseconds=10)
        yield at


@pytest.fixture
def opening(tmp_path: Path, house: House) -> Opening:
    install(tmp_path)
    settings = Settings(pack=PACK, data_dir=tmp_path, limits={"messages_per_minute": 60_000})
    clock = moments()
    return lambda part: Assembly.open(settings, part=part, real=lambda: next(clock), house=house)


def event(account: str, text: str = "/menu") -> bytes:
    return json.dumps({"id": str(uuid.uuid4()), "account": account, "kind": "text", "text": text}).encode()


def flood(assembly: Assembly, account: str, count: int) -> None:
    """Updates an account sent to another process, faster than its turns come."""

    def unit(db: Connection) -> None:
        for _ in range(count):
            raw = event(account)
            name, lane = assembly.channels["webchat"].address(raw)
            inbox.receive(db, channel="webchat", event=name, account=lane, raw=raw, now=assembly.clock.now())

    assembly.store.write_now(unit)


def heard(assembly: Assembly, account: str) -> int:
    return len(assembly.store.read_now(web_history.said_since, account=account, seq=0))


def told_that_it_is_kept(assembly: Assembly) -> int:
    return len(
        assembly.store.read_now(lambda db: db.execute(select(deliveries.c.id).where(deliveries.c.key.like(KEPT))).all())
    )


def handled(assembly: Assembly) -> list[int]:
    """The events that had their turn, in the order of their turns; all of them, or the test fails."""
    found = assembly.store.read_now(
        lambda db: db.execute(select(rows.c.id, rows.c.state, rows.c.done_at).order_by(rows.c.done_at)).all()
    )
    assert {one.state for one in found} == {"done"}
    return [one.id for one in found]


async def test_a_page_that_floods_the_inbox_of_another_process_keeps_nobody_waiting(opening: Opening) -> None:
    async with opening("web") as web, opening("pump") as pump:
        flood(web, LOUD, LOOKED_AT + 50)
        await web.intake.accept("webchat", event(QUIET))

        await pump.intake.recover()
        turn = pump.intake._lanes["webchat", QUIET].task
        assert turn is not None
        await turn
        await pump.intake.stop()
        await pump.pump.drain()

        assert heard(pump, QUIET) > 0


async def test_more_than_a_lane_holds_is_kept_handled_in_order_and_told_once(opening: Opening) -> None:
    async with opening("all") as bot:
        await asyncio.gather(*(bot.intake.accept("webchat", event(LOUD)) for _ in range(2 * LANE_HOLDS)))
        held = max(len(lane.events) for lane in bot.intake._lanes.values())
        await bot.intake.settled()
        await bot.pump.drain()

        assert held <= LANE_HOLDS
        assert (order := handled(bot)) == sorted(order)
        assert len(order) == 2 * LANE_HOLDS
        assert told_that_it_is_kept(bot) <= 1


async def test_a_backlog_found_at_the_start_is_handled_whole_and_the_account_told_once(opening: Opening) -> None:
    async with opening("web") as web:
        flood(web, LOUD, 3 * LANE_HOLDS + 1)
    for _ in range(2):
        async with opening("all") as bot:
            await bot.intake.recover()
            await bot.intake.accept("webchat", event(LOUD))  # it waits behind all that came before
            await bot.intake.settled()

            assert (order := handled(bot)) == sorted(order)
            assert told_that_it_is_kept(bot) == 1
    assert len(order) == 3 * LANE_HOLDS + 3


async def test_what_a_stopped_process_left_is_there_for_the_next(opening: Opening) -> None:
    async with opening("all") as bot:
        flood(bot, LOUD, 2 * LANE_HOLDS)
        await bot.intake.recover()
        await bot.intake.stop()
    async with opening("all") as bot:
        await bot.intake.recover()
        await bot.intake.settled()

        assert len(handled(bot)) == 2 * LANE_HOLDS
