"""How a notice reaches somebody on the Zalo Bot Platform: while the month's messages last, then elsewhere or later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.channels.zalo_bot.channel import Plan, to_next_month
from registry.deliveries.deliveries import Owed
from registry.deliveries.routing import Elsewhere, Go, Later, Way, other_account

USED_UP = "the month's messages are used up"


@dataclass(frozen=True, slots=True)
class PlanWays:
    """
    The router of the pump for the bot (`registry.deliveries.routing.Router`).

    `elsewhere` names the channels that reach somebody who is away.  What waits is looked at again within
    hours, since somebody may have bought a larger plan.
    """

    plan: Plan
    now: Callable[[], datetime]
    elsewhere: frozenset[str]

    def __call__(self, db: Connection, owed: Owed, now: datetime, /) -> Way:
        if self.plan.left(self.now()) != 0:
            return Go("the plan has messages left")
        other = None if owed.kind == "reply" else other_account(db, owed, on=self.elsewhere)
        return Later(now + to_next_month(self.now()), USED_UP) if other is None else Elsewhere(other, USED_UP)
