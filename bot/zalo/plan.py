"""
The records of the bot on the Zalo Bot Platform; `bot.serving.registered` names this module for the channel.

While the month's messages last, a notice goes by the bot; then by another channel, or later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.channels.manifest import Runtime
from bot.channels.zalo_bot.channel import Plan, ZaloBotChannel, to_next_month
from bot.channels.zalo_bot.check import Used
from bot.channels.zalo_bot.manifest import Backing
from bot.settings.clock import month_begins
from bot.settings.settings import Settings
from bot.zalo import tokens as zalo_tokens
from bot.zalo.forecasts import by_router
from handlers.conversation.desk import House
from registry.deliveries.deliveries import Pending, sent_on
from registry.deliveries.routing import Elsewhere, Go, Later, Way, other_account
from registry.people.people import count_accounts
from registry.store.store import Store

CHANNEL = "zalo_bot"
USED_UP = "the month's messages are used up"


@dataclass(frozen=True, slots=True)
class PlanWays:
    """
    The router of the pump for the bot (`registry.deliveries.routing.Router`).

    `elsewhere` names the channels that reach somebody who is away.  A delayed notice is looked at again
    within hours, since somebody may have bought a larger plan.
    """

    plan: Plan
    now: Callable[[], datetime]
    elsewhere: frozenset[str]

    def __call__(self, db: Connection, pending: Pending, now: datetime, /) -> Way:
        if self.plan.left(self.now()) != 0:
            return Go("the plan has messages left")
        other = None if pending.kind == "reply" else other_account(db, pending, on=self.elsewhere)
        return Later(now + to_next_month(self.now()), USED_UP) if other is None else Elsewhere(other, USED_UP)


def back(settings: Settings, store: Store, _house: House, runtime: Runtime[None]) -> Backing:
    """
    The rows behind the opened bot.

    A notice never goes to the Official Account: that one passes on to the bot, and the two would pass it
    back and forth.
    """
    elsewhere = settings.elsewhere(CHANNEL) - {zalo_tokens.CHANNEL}

    def router(channel: ZaloBotChannel) -> PlanWays:
        return PlanWays(channel.plan, channel.now, elsewhere)

    return Backing(store.read_now(sent_on, channel=CHANNEL, since=month_begins(runtime.now())), router, by_router)


def look(db: Connection, now: datetime) -> Used:
    """Read the rows for `ocopbot check`."""
    return Used(sent_on(db, channel=CHANNEL, since=month_begins(now)), count_accounts(db, channel=CHANNEL))
