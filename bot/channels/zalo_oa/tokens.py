"""
The tokens of a Zalo Official Account: a pair that is renewed ahead of time and never lost silently.

An access token lives 25 hours.  Its refresh token lives 3 months and works once.  If the answer to a renewal is
lost, a person has to consent again in a browser.  So each step is committed before the next:

- reserve (this token is being used);
- ask the platform;
- keep (the new pair), then use it.

After a crash before the first step the old pair is still valid; after the last one the new pair is there.
After a crash in between the reservation remains, and the next start raises the alarm instead of asking twice.
Only one process renews at a time, under a lock that ends with the process; others wait for it.
https://developers.zalo.me/docs/official-account/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new
"""

import asyncio
import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from bot.channels.zalo.transport import CutOffError, NotReachedError
from bot.channels.zalo_oa.client import ZaloRefusalError
from bot.channels.zalo_oa.pair import AHEAD, Pair, pair_of
from registry.store.store import StoreRefusesError

log = logging.getLogger(__name__)

SERVES_AT_LEAST = 0.8
"""The share of its lifetime after which a token is renewed: 20 of 25 hours."""
GRACE = timedelta(minutes=2)
"""A reserved token that no live process renews counts as lost after this time."""
CONSENT_WAITS = 40
"""Seconds a consent waits for a renewal in flight; longer than a renewal takes."""
FEW = 3
"""The number of refused tokens that are renewed within `LOOP`; one more would be a loop."""
LOOP = timedelta(minutes=15)
SOON = timedelta(seconds=10)
LATER = timedelta(minutes=1)
_PATIENCE = (0.2, 1.0, 3.0)
_BUSY = -32
_NO_APP = -14002
_OF_THE_APP = re.compile(r"secret|app.?id", re.IGNORECASE)


class Right(Protocol):
    """The right to renew, of one process at a time."""

    async def release(self) -> None:
        """Let another process renew."""


class TokenStore(Protocol):
    """Where the pair is kept; every call is one committed unit and may raise `StoreRefusesError`."""

    async def right(self) -> Right | None:
        """The right to renew, which ends with this process at the latest; None while another one has it."""

    async def load(self) -> Pair | None:
        """The newest pair; None when there never was one."""

    async def reserve(self, refresh_token: str) -> bool:
        """
        Mark that this refresh token is being used now; False when it ever was marked before.

        The mark outlives the process and the pair: never are there two refreshes of one token.
        """

    async def unreserve(self, refresh_token: str) -> None:
        """Take the mark back: the token was certainly not used."""

    async def keep(self, new: Pair) -> None:
        """Keep a new pair in the place of the old one, and end the alarm."""

    async def lost(self, reason: str) -> None:
        """Record the alarm for the operator; the same reason again changes nothing."""


class TokensLostError(Exception):
    """No token is valid and none can be had; a person has to consent again."""


class TokensWaitError(Exception):
    """No token is valid at this moment; one is on its way."""


class TokensBusyError(Exception):
    """Another process renews the tokens and does not come to an end; nothing was done."""


Exchange = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]
"""Asks the token server; raises the errors of the client."""


class Tokens:
    """
    The tokens of one account in one process; give every process its own on the same store.

    `seed` is a pair given by hand.  It serves when there is no other, and again when the kept one was
    lost and the seed was never used.  `alarm` is one line for the operator, empty when all is well.
    """

    def __init__(
        self,
        store: TokenStore,
        exchange: Exchange,
        *,
        app_id: str,
        now: Callable[[], datetime],
        seed: Pair | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._app_id = app_id
        self._now = now
        self._seed = seed
        self._pause = pause
        self._pair: Pair | None = None
        self._unkept: Pair | None = None
        self._right: Right | None = None
        self._unsent = ""  # reserved by us, and certainly not used
        self._lost = ""  # a refresh token that is no longer valid
        self._refused = ""  # an access token the platform does not take
        self._given_up = ""  # one that was new when it was refused: renewing it would be a loop
        self._untold = ""
        self._taken_since: datetime | None = None
        self._renewed_at: list[datetime] = []  # for a refusal, of late
        self._serves_until: datetime | None = None  # until then its age does not matter
        self._next_try: datetime | None = None
        self._work: asyncio.Task[None] | None = None
        self.alarm = ""

    async def current(self) -> str:
        """
        The access token to use now.

        While it is valid no caller waits for a new one.  Raises `TokensLostError` or `TokensWaitError`.
        """
        if self._pair is None or not self._is_usable(self._pair):
            await self._renewed()
        elif self._is_due(self._pair) and self._may_try():
            self._start()
        return self._usable()

    async def renew(self, refused: str) -> str:
        """Another token than the one the platform just refused; asks for one at most once."""
        if self._pair is not None and self._pair.access_token == refused:
            if refused != self._refused:
                now = self._now()
                self._renewed_at = [*(at for at in self._renewed_at if now - at < LOOP), now]
                self._next_try = None
            self._refused = refused
            if len(self._renewed_at) > FEW:
                await self.refused_again(refused)
            else:
                await self._renewed()
        return self._usable()

    async def refused_again(self, refused: str) -> None:
        """The token that `renew` gave is refused as well: raise the alarm, without a third attempt."""
        self._refused = self._given_up = refused
        await self._raise_alarm("a token that was just made is refused; look at the app and its consent")

    async def tick(self) -> None:
        """Renew ahead of time; call it every few minutes, also while nothing is sent."""
        if self._untold:
            await self._tell(self._untold)
        # with an alarm the store is looked into: somebody may have consented meanwhile
        if self._pair is None or self._is_due(self._pair) or self._unkept is not None or self.alarm:
            await self._renewed()

    @property
    def lost(self) -> str:
        """Why nothing can be sent until a person consents again; empty while a token serves or is on its way."""
        return "" if self._pair is not None and self._is_usable(self._pair) else self.alarm

    async def consented(self, code: str, verifier: str) -> None:
        """
        Exchange the code of a fresh consent for a pair and keep it; no renewal runs at the same time.

        Raises the errors of the client, and `TokensBusyError`.
        """
        waited = 0
        while not await self._is_alone():
            if waited == CONSENT_WAITS:
                raise TokensBusyError
            waited += 1
            await self._pause(1.0)
        try:
            asked_at = self._now()
            answer = await self._exchange(
                {"app_id": self._app_id, "grant_type": "authorization_code", "code": code, "code_verifier": verifier}
            )
            pair = pair_of(answer, asked_at)
            if pair is None:
                raise CutOffError("an answer without tokens")
            self._unkept = pair
            await self._keep_new()
        finally:
            await self._let_go()

    async def close(self) -> None:
        """Let a renewal under way come to its end: a pair cut off here would be lost."""
        if self._work is not None:
            await asyncio.gather(self._work, return_exceptions=True)
        await self._let_go()

    # The known state

    def _usable(self) -> str:
        if self._pair is not None and self._is_usable(self._pair):
            return self._pair.access_token
        if self.alarm:
            raise TokensLostError(self.alarm)
        raise TokensWaitError("no valid token yet")

    def _is_usable(self, pair: Pair) -> bool:
        return bool(pair.access_token) and pair.access_token != self._refused and self._now() < pair.expires_at

    def _is_due(self, pair: Pair) -> bool:
        refused = pair.access_token == self._refused != self._given_up
        return refused or self._now() >= max(pair.expires_at - AHEAD, self._serves_until or pair.expires_at - AHEAD)

    def _may_try(self) -> bool:
        return self._next_try is None or self._now() >= self._next_try

    def _adopt(self, pair: Pair) -> None:
        if self._pair is None or pair != self._pair:
            self._taken_since = self._serves_until = None
            if pair.refresh_token != self._lost:
                self.alarm = self._untold = ""
        self._pair = pair

    # Renewing

    async def _renewed(self) -> None:
        if self._may_try() or self._work is not None:
            await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        """Run one renewal at a time, in its own task: a caller that is cancelled does not cancel it."""
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._one_turn(), name="zalo tokens")
            self._work.add_done_callback(self._ended)
        return self._work

    def _ended(self, work: asyncio.Task[None]) -> None:
        self._work = None
        if not work.cancelled() and (fault := work.exception()) is not None:
            log.error("renewing the tokens failed", extra={"reason": type(fault).__name__})

    async def _one_turn(self) -> None:
        self._next_try = self._now() + SOON
        try:
            pair = await self._loaded()
            if pair is not None and self._is_due(pair) and await self._is_alone():
                await self._turn()
        except StoreRefusesError:
            log.warning("the store refuses; the tokens are not renewed now")
        finally:
            if self._unkept is None and not self._unsent:
                await self._let_go()

    async def _is_alone(self) -> bool:
        """Whether no other process renews; from here to `_let_go` none does."""
        if self._right is None:
            self._right = await self._store.right()
        return self._right is not None

    async def _let_go(self) -> None:
        right, self._right = self._right, None
        if right is not None:
            await right.release()

    async def _loaded(self) -> Pair | None:
        """The newest pair, taken up; None when there is none, or ours still has to be kept."""
        if self._unkept is not None:
            await self._keep_new()
            return None
        pair = await self._store.load()
        if pair is None:
            if self._seed is None:
                await self._raise_alarm("there is no pair of tokens; consent once")
                return None
            await self._store.keep(self._seed)
            pair = self._seed
        self._adopt(pair)
        return pair

    async def _turn(self) -> None:
        """Renew what is due; it is read again, since somebody may have done so a moment ago."""
        pair = await self._loaded()
        if pair is None or not self._is_due(pair):
            return
        if pair.refresh_token == self._lost:
            self._next_try = self._now() + LATER
            await self._try_seed(pair)
        elif pair.refresh_token == self._unsent or await self._store.reserve(pair.refresh_token):
            await self._ask(pair)
        else:
            await self._somebody_has_it(pair)

    async def _somebody_has_it(self, pair: Pair) -> None:
        """The token is reserved, and no live process has the lock: its process crashed, or lost its database."""
        since = self._taken_since
        if since is None:
            self._taken_since = self._now()
        elif self._now() - since >= GRACE:
            await self._lose(pair, "it was being renewed and the answer was never kept")

    async def _ask(self, pair: Pair) -> None:
        self._unsent, asked_at = "", self._now()
        try:
            answer = await self._exchange(
                {"app_id": self._app_id, "grant_type": "refresh_token", "refresh_token": pair.refresh_token}
            )
        except NotReachedError as trouble:
            await self._not_sent(pair, trouble.reason)
            return
        except CutOffError as silence:
            await self._lose(pair, f"it was used and no answer came ({silence.reason})")
            return
        except ZaloRefusalError as refusal:
            if refusal.code == _BUSY:
                await self._not_sent(pair, str(refusal))
            elif _is_of_the_app(refusal):
                await self._no_app(pair, refusal)
            else:
                await self._lose(pair, f"the platform refuses it ({refusal})")
            return
        self._unkept = pair_of(answer, asked_at)
        if self._unkept is None:
            await self._lose(pair, "the answer held no tokens")
            return
        await self._keep_new()

    async def _not_sent(self, pair: Pair, reason: str) -> None:
        """The token was not used and stays valid.  Until the reservation is withdrawn, only this process retries."""
        self._unsent = pair.refresh_token
        self._next_try = self._now() + LATER
        log.warning("the tokens could not be renewed; tried again soon", extra={"reason": reason})
        await self._store.unreserve(pair.refresh_token)
        self._unsent = ""

    async def _no_app(self, pair: Pair, refusal: ZaloRefusalError) -> None:
        """Zalo rejected our app id or secret, not the tokens.  Keep them and raise an alarm."""
        await self._not_sent(pair, str(refusal))
        await self._raise_alarm(
            f"the platform does not know the app ({refusal}), and the pair of tokens is kept: compare zalo_oa.app_id "
            "and zalo_oa.app_secret with the console and start again; only if this stays, consent again"
        )

    async def _keep_new(self) -> None:
        """Commit the new pair; until then it is not used."""
        new = self._unkept
        if new is None:
            return
        for seconds in (*_PATIENCE, None):
            try:
                await self._store.keep(new)
                break
            except StoreRefusesError:
                if seconds is None:
                    self.alarm = "a new pair of tokens cannot be kept; do not stop the program, make room for the store"
                    log.critical(self.alarm)
                    return
                await self._pause(seconds)
        self._unkept = None
        self._next_try = None
        self.alarm = ""
        self._adopt(new)
        now = self._now()
        self._serves_until = now + SERVES_AT_LEAST * (new.expires_at - now)
        log.info("the tokens were renewed")

    async def _lose(self, pair: Pair, reason: str) -> None:
        self._lost = pair.refresh_token
        self._next_try = self._now() + LATER
        # the alarm comes first, so that no later failure can hide it
        await self._raise_alarm(f"the pair of tokens is lost, consent again: {reason}")
        await self._try_seed(pair)

    async def _try_seed(self, pair: Pair) -> None:
        """Take the pair given by hand, when it is another and was never used."""
        seed = self._seed
        if seed is None or seed.refresh_token == pair.refresh_token:
            return
        if await self._store.reserve(seed.refresh_token):
            log.warning("the kept pair of tokens was lost; the configured one is taken")
            await self._ask(seed)

    async def _raise_alarm(self, reason: str) -> None:
        if reason != self.alarm:
            log.critical("zalo: %s", reason)
        self.alarm = reason
        await self._tell(reason)

    async def _tell(self, reason: str) -> None:
        self._untold = reason
        try:
            await self._store.lost(reason)
        except StoreRefusesError:
            return  # told again at the next tick
        self._untold = ""


def _is_of_the_app(refusal: ZaloRefusalError) -> bool:
    """True if the app id or secret was refused.  Zalo publishes one of its numbers for that, so the text counts too."""
    return refusal.code == _NO_APP or bool(_OF_THE_APP.search(refusal.message) and "token" not in refusal.message)


def new_verifier() -> str:
    """A fresh secret of exactly 43 letters for one consent."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def consent_link(oauth: str, *, app_id: str, callback: str, verifier: str, state: str) -> str:
    """Where an administrator of the account consents; the platform comes back to `callback` with a code."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {"app_id": app_id, "redirect_uri": callback, "code_challenge": challenge, "state": state}
    return f"{oauth.rstrip('/')}/v4/oa/permission?{urlencode(query)}"
