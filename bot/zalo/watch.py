"""
The watch over the tokens of the Zalo Official Account while the bot runs.

They are renewed ahead of time.  If they expired, only a person can help.  Messages that can go another way
go there, and the others wait.  Operators are notified in the log, in /readyz, in /metrics and by message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from prometheus_client import Gauge
from sqlalchemy import Connection

from bot.channels.zalo_oa.bars import Bars
from bot.channels.zalo_oa.tokens import Tokens
from bot.zalo import refusals as zalo_refusals
from bot.zalo import tokens as zalo_tokens
from bot.zalo.routing import ZaloWays
from handlers.conversation.desk import House
from handlers.conversation.telling import Telling
from registry.addressing.administrators import tell_admins as tell_all
from registry.deliveries.deliveries import Pending
from registry.deliveries.keys import ToEach, consent_alarm
from registry.deliveries.routing import Elsewhere, Park, Way, other_account
from registry.deliveries.states import Reason
from registry.store.store import Store, StoreRefusesError

log = structlog.get_logger()

TICK_SECONDS = 60.0
COMMAND = "ocopbot zalo authorise"
PAGE = "webchat"
PHRASE = "installation.zalo_consent"
CONSENT_NEEDED = Gauge(
    "ocopbot_zalo_oa_consent_needed", "1 while the Zalo Official Account has to be consented to again, else 0."
)

REFUSED = Gauge(
    "ocopbot_zalo_oa_refused", "1 while Zalo refuses what an operator has to mend (account, money, template), else 0."
)


def trouble_of(alarm: str) -> str:
    """An alarm as /readyz shows it, with the remedy."""
    return f"{alarm}. Run: {COMMAND}"


@dataclass(frozen=True, slots=True)
class HeldWhileLost:
    """
    The ways of the account (`registry.deliveries.routing.Router`); all are closed while its tokens are expired.

    A notice goes to the person's other account.  A reply, or a notice to a person without one, is parked until
    somebody consents, without attempts and without giving up.
    """

    tokens: Tokens
    inner: ZaloWays

    def __call__(self, db: Connection, pending: Pending, now: datetime, /) -> Way:
        return self._closed(db, pending) if self.tokens.lost else self.inner(db, pending, now)

    def look(self, db: Connection, pending: Pending, now: datetime, /) -> Way:
        """The way of a message that is not claimed; nothing is reserved for it."""
        return self._closed(db, pending) if self.tokens.lost else self.inner.look(db, pending, now)

    def _closed(self, db: Connection, pending: Pending) -> Way:
        other = None if pending.kind == "reply" else other_account(db, pending, on=self.inner.elsewhere)
        return Park(zalo_tokens.WAITS, Reason.CONSENT_NEEDED) if other is None else Elsewhere(other, zalo_tokens.WAITS)


def tell_admins(db: Connection, *, house: House, channels: Collection[str], now: datetime) -> int:
    """
    Enqueue a message to every administrator with an account on another channel, while an operator has to act.

    `channels` are those that are served; a page that may be closed is the last choice.  Sent in decent hours.
    Idempotent: a missing consent is reported once a day per person, a refusal once.
    """
    news: list[tuple[ToEach, str, dict[str, object]]] = []
    if zalo_tokens.alarm(db):
        today = now.astimezone(house.zone).date()
        news.append((partial(consent_alarm, zalo_tokens.CHANNEL, today), PHRASE, {"command": COMMAND}))
    for of, one in zalo_refusals.refused(db).items():
        code = one["reason"].partition(" ")[0]
        values: dict[str, object] = {"code": code, "command": zalo_refusals.COMMAND}
        news.append((partial(zalo_refusals.key_of, of, one), zalo_refusals.phrase_of(of), values))
    others = set(channels) - {zalo_tokens.CHANNEL}
    say = partial(tell_all, db, pack=house.pack, tell=Telling(house, db, now), channels=others, now=now, last=PAGE)
    return sum(say(key=key, phrase=phrase, values=values) for key, phrase, values in news)


class Watch:
    """
    Renews the tokens and raises the alarm; one in every process that sends.

    /readyz shows `troubles`.  A failure here stops nothing else.
    """

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        bars: Bars,
        *,
        house: House,
        channels: Collection[str],
        now: Callable[[], datetime],
        wake: Callable[[], None],
        troubles: dict[str, str],
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._bars = bars
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
        """Look once: renew tokens that are due, and report everything an operator has to do."""
        await self._tokens.tick()
        real = zalo_tokens.real_now()
        if await self._store.read(zalo_tokens.is_cut_off, now=real):
            await self._store.write(zalo_tokens.tell_cut_off, now=real)
        alarm = self._tokens.alarm or await self._store.read(zalo_tokens.alarm)
        held = await self._store.read(zalo_tokens.waiting)
        if held and not self._tokens.lost:
            released = await self._store.write(zalo_tokens.release_waiting, now=self._now())
            log.info("what waited for a consent goes out", messages=released)
            self._wake()
        if await self._store.read(zalo_refusals.is_news, bars=self._bars):
            await self._store.write(zalo_refusals.note, bars=self._bars)
        refused = zalo_refusals.trouble_of(await self._store.read(zalo_refusals.refused))
        CONSENT_NEEDED.set(1 if alarm else 0)
        REFUSED.set(1 if refused else 0)
        if not alarm and self._logged:
            self._logged = ""
            log.info("the zalo tokens are well again")
        if not alarm and not refused:
            self._troubles.pop(zalo_tokens.CHANNEL, None)
            return
        self._troubles[zalo_tokens.CHANNEL] = trouble_of(alarm) if alarm else refused
        if alarm:
            self._log(alarm)
        if await self._store.write(tell_admins, house=self._house, channels=self._channels, now=self._now()):
            self._wake()

    def _log(self, alarm: str) -> None:
        """Log at once, and again every day."""
        now = self._now()
        if alarm == self._logged and self._logged_at is not None and (now - self._logged_at).days < 1:
            return
        self._logged, self._logged_at = alarm, now
        log.error("zalo_oa needs a new consent; all else goes on", reason=alarm, run=COMMAND)
