"""The webhook code both Zalo products share: a body of bounded size, and an answer in time."""

import asyncio
import logging
from dataclasses import dataclass, field

from aiohttp import web

from bot.channels.channel import Accept, Count, UnreadableError
from registry.store.store import StoreRefusesError

log = logging.getLogger(__name__)

MOST_BODY = 1024 * 1024
WITHIN = 1.5
"""Seconds until the platform is answered; it waits for two."""


@dataclass(slots=True)
class Door:
    """
    Keeps genuine events of one channel.

    200 is answered only after the commit.  A slow commit continues after a 503, and the duplicate
    finds it done.
    """

    channel: str
    accept: Accept
    count: Count
    within: float = WITHIN
    _commits: "set[asyncio.Future[None]]" = field(default_factory=set)

    async def body(self, request: web.Request) -> bytes | None:
        """The body, or None when it is larger than any event.  Stops reading at the limit."""
        parts: list[bytes] = []
        size = request.content_length or 0
        if size <= MOST_BODY:
            size = 0
            async for part in request.content.iter_chunked(64 * 1024):
                size += len(part)
                if size > MOST_BODY:
                    break
                parts.append(part)
        if size > MOST_BODY:
            self.count(f"{self.channel}_too_large")
            return None
        return b"".join(parts)

    async def keep(self, raw: bytes) -> web.Response:
        """Commit an event and answer with the result."""
        commit = asyncio.ensure_future(self.accept(self.channel, raw))
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)
        done, _ = await asyncio.wait({commit}, timeout=self.within)
        if not done:
            self.count(f"{self.channel}_slow")
            commit.add_done_callback(_late)
            return web.Response(status=503, headers={"Retry-After": "30"})
        try:
            commit.result()
        except UnreadableError as fault:
            self.count(f"{self.channel}_unreadable")
            log.warning("an event that cannot be read was turned away", extra={"reason": str(fault)})
            return web.Response(status=400)
        except StoreRefusesError:
            self.count(f"{self.channel}_not_stored")
            return web.Response(status=503, headers={"Retry-After": "30"})
        return web.Response()


def _late(commit: "asyncio.Future[None]") -> None:
    if not commit.cancelled() and (fault := commit.exception()) is not None:
        log.warning("an event was not kept in the end", extra={"reason": type(fault).__name__})
