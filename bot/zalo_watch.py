"""
Watching over the tokens of the Zalo Official Account while the bot runs.

They are renewed ahead of time.  Once they are dead only a person can help: what can go another way goes
there, the rest waits, and whoever can mend it is told, in the log, in /readyz, in /metrics and by message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Gauge
from sqlalchemy import Connection, select

from bot import zalo_tokens
from bot.channels.zalo_oa_tokens import Tokens
from bot.zalo_ways import ZaloWays
from content.decent_hours import out_of_the_night
from handlers.desk import House
from handlers.telling import Telling
from registry import deliveries
from registry.deliveries import Owed
from registry.people import accounts_of, person
from registry.rows import people, roles
from registry.store import Store, StoreRefusesError
from registry.ways import Elsewhere, Hold, Way, other_account

log = structlog.get_logger()

TICK_SECONDS = 60.0
COMMAND = "ocopbot zalo authorise"
PAGE = "webchat"
PHRASE = "installation.zalo_consent"
CONSENT_NEEDED = Gauge(
    "ocopbot_zalo_oa_consent_needed", "1 while the Zalo Official Account has to be consented to again, else 0."
)


def trouble_of(alarm: str) -> str:
    """An alarm as /readyz shows it, with what to do."""
    return f"{alarm}. Run: {COMMAND}"


@dataclass(frozen=True, slots=True)
class HeldWhileLost:
    """
    The ways of the account (`registry.ways.Router`), with none of them open while its tokens are dead.

    A notice goes to the person's other account; what has to be said on this one is held, without trying
    and without giving up, until somebody consented.
    """

    tokens: Tokens
    inner: ZaloWays

    def __call__(self, db: Connection, owed: Owed, now: datetime, /) -> Way:
        if not self.tokens.lost:
            return self.inner(db, owed, now)
        other = None if owed.kind == "reply" else other_account(db, owed, on=self.inner.elsewhere)
        return Hold(zalo_tokens.WAITS) if other is None else Elsewhere(other, zalo_tokens.WAITS)


def tell_admins(db: Connection, *, house: House, channels: Collection[str], now: datetime) -> int:
    """
    Owe every administrator with an account on another channel the news that somebody has to consent.

    `channels` are those that are served; a page that may be closed is the last choice.  Once a day each,
    in decent hours, and only while it is true; a second time the same day changes nothing.
    """
    if not zalo_tokens.alarm(db):
        return 0
    today, others = now.astimezone(house.zone).date(), set(channels) - {zalo_tokens.CHANNEL}
    held = (
        select(roles.c.person_id)
        .join(people, people.c.id == roles.c.person_id)
        .where(
            roles.c.role == "admin", roles.c.revoked_at.is_(None), roles.c.until >= today, people.c.erased_at.is_(None)
        )
        .distinct()
    )
    told = 0
    for person_id in db.execute(held).scalars().all():
        admin = person(db, person_id)
        open_ = [one for one in accounts_of(db, person_id) if one.state == "open" and one.channel in others]
        account = min(open_, key=lambda one: one.channel == PAGE, default=None)
        if admin is None or account is None or not admin.wants_unasked(now):
            continue
        owed = deliveries.owe(
            db,
            key=f"{zalo_tokens.TOLD}{today.isoformat()}:{person_id}",
            person_id=person_id,
            kind="status",
            message=Telling(house, db, now)(person_id, PHRASE, {"command": COMMAND}, ()),
            now=now,
            due_at=out_of_the_night(now, house.pack.programme),
            account=account,
        )
        told += owed is not None
    return told


class Watch:
    """
    Renews, and raises the alarm; one in every process that works on what is owed.

    `troubles` is what /readyz shows.  Nothing that goes wrong here stops anything else.
    """

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        *,
        house: House,
        channels: Collection[str],
        now: Callable[[], datetime],
        wake: Callable[[], None],
        troubles: dict[str, str],
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._house = house
        self._channels = channels
        self._now = now
        self._wake = wake
        self._troubles = troubles
        self._logged = ""
        self._logged_at: datetime | None = None

    async def run(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look every minute, until cancelled."""
        while True:
            try:
                await self.step()
            except StoreRefusesError as trouble:
                log.warning("the zalo tokens wait for the database", reason=str(trouble))
            except Exception:  # the edge of a job: recorded, and the next look is made
                log.exception("looking after the zalo tokens failed")
            await pause(TICK_SECONDS)

    async def step(self) -> None:
        """One look: renew what is due, and tell what a person has to mend."""
        await self._tokens.tick()
        alarm = self._tokens.alarm
        held = await self._store.read(zalo_tokens.waiting)
        if held and not self._tokens.lost:
            released = await self._store.write(zalo_tokens.release_waiting, now=self._now())
            log.info("what waited for a consent goes out", messages=released)
            self._wake()
        CONSENT_NEEDED.set(1 if alarm else 0)
        if not alarm:
            self._troubles.pop(zalo_tokens.CHANNEL, None)
            if self._logged:
                self._logged = ""
                log.info("the zalo tokens are well again")
            return
        self._troubles[zalo_tokens.CHANNEL] = trouble_of(alarm)
        self._log(alarm)
        if await self._store.write(tell_admins, house=self._house, channels=self._channels, now=self._now()):
            self._wake()

    def _log(self, alarm: str) -> None:
        """At once, and again every day."""
        now = self._now()
        if alarm == self._logged and self._logged_at is not None and (now - self._logged_at).days < 1:
            return
        self._logged, self._logged_at = alarm, now
        log.error("zalo_oa needs a new consent; all else goes on", reason=alarm, run=COMMAND)
