"""Running the pump on virtual time: wait for a condition, stop, cancel, answer once."""

import asyncio
import contextlib
from datetime import timedelta

from registry.deliveries.states import Reason, Trigger, change
from registry.store.rows import deliveries

A_MOMENT = timedelta(seconds=5)
LEASE = timedelta(minutes=5)


async def until(done, *, at_most=3600.0, beside=None):
    """Let the pump run until something is true; the virtual time it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not done():
        if beside is not None and beside.done():
            beside.result()
        assert loop.time() - began < at_most, "it never came"
        await asyncio.sleep(0.1)
    return loop.time() - began


@contextlib.asynccontextmanager
async def running(*pumps):
    tasks = [asyncio.create_task(one.run()) for one in pumps]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def cancel_broadcasts(db):
    return change(db, deliveries.c.kind == "broadcast", Trigger.CANCEL, reason=Reason.BROADCAST_STOPPED)


def once(outcome):
    """This answer the first time a text comes, then it is taken."""
    return lambda _account, _text, times: outcome if times == 1 else None
