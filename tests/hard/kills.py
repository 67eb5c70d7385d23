"""
The messages in flight when the program was killed, and how many of them may be repeated.

The platform counts what it has and has not answered; the database says what the dead process had claimed.  An answered
message whose outcome was not committed is still claimed, so the claims are the bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from platforms.telegram.server import TelegramServer
from registry.store.rows import deliveries
from scheduler.pump.window import MOST
from tests.hard.machine import Machine


@dataclass(frozen=True, slots=True)
class InFlight:
    """The messages the platform had not answered, and those the process had claimed."""

    at_the_platform: int
    claimed: int


async def killed(platform: TelegramServer, machine: Machine) -> InFlight:
    """Kill the program, and count what was in flight."""
    at_the_platform = platform.under_way
    await machine.kill()
    store = machine.store()
    try:
        return InFlight(at_the_platform, store.read_now(_claimed))
    finally:
        store.close()


def too_many(repeats_after_start: Sequence[int], in_flight: Sequence[InFlight]) -> tuple[str, ...]:
    """
    Name every kill after which more was repeated than was in flight.

    What the next start had no time to repeat may be repeated after the kill that ended it.
    """
    faults, carried = [], 0
    for number, (repeats, lost) in enumerate(zip(repeats_after_start[1:], in_flight, strict=True), 1):
        allowed = carried + lost.claimed
        if repeats > allowed or lost.claimed > MOST:
            faults.append(f"after kill {number}: {repeats} repeated, {lost}, {carried} left of earlier ones")
        carried = max(0, allowed - repeats)
    return tuple(faults)


def _claimed(db: Connection) -> int:
    return db.execute(select(func.count()).select_from(deliveries).where(deliveries.c.state == "claimed")).scalar_one()
