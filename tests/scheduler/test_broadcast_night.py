"""An announcement does not arrive at night, but for one that two officials let through."""

import asyncio
import contextlib
from datetime import timedelta

from sqlalchemy import update

from registry.store.rows import deliveries
from tests.scheduler.platform import Platform, pump
from tests.scheduler.virtual import START, played


def test_only_what_may_arrive_by_night_does(store, ledger):
    platform = Platform()
    morning = START + timedelta(minutes=9)
    ledger.enqueue("1", "họp", "broadcast")
    ledger.enqueue("2", "bão", "broadcast")
    store.write_now(
        lambda db: db.execute(update(deliveries).where(deliveries.c.account == "2").values(by_night=True)).rowcount
    )

    async def play():
        sending = asyncio.create_task(pump(store, platform, decent=lambda moment: max(moment, morning)).run())
        await asyncio.sleep(8 * 60)
        assert platform.texts == ["bão"]
        await asyncio.sleep(70)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending

    played(play())
    assert platform.texts == ["bão", "họp"]
