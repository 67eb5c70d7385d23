"""
Papers and pictures by a link, for a platform that takes no file from us.

A link is signed by the installation and ends by itself; it opens one file and
says nothing else.  Whoever has it may open it, as a file in the chat could be
passed on, so it is short-lived, never listed and never cached.
"""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from aiohttp import web

from bot.attachments import AttachmentGoneError
from content.fold import fold
from registry.sealing import SealError
from registry.store import StoreRefusesError

PATH = "/tep"
LIVES = timedelta(hours=48)
"""Zalo fetches a picture within minutes; a person reads in the evening, and may ask for the paper again."""
MOST_LINK = 512
_MARK = 16
_STARTS = {
    b"%PDF": ("application/pdf", "pdf"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"PK\x03\x04": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    b"BEGIN:VCALENDAR": ("text/calendar", "ics"),
}
_SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""What a browser shows; everything else is handed over as a download."""
_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class FileLinks:
    """
    Makes links to the files that messages carry, and opens them.

    `key` is of this purpose alone.  Without a public https address there are no links.
    """

    def __init__(
        self, key: bytes, public_url: str, load: Callable[[str], Awaitable[bytes]], now: Callable[[], datetime]
    ) -> None:
        self._key = key
        self._root = public_url.rstrip("/") if public_url.startswith("https://") else ""
        self._load = load
        self._now = now

    def link_for(self, file: str) -> str | None:
        """The address of a file from now on for a while; None where nobody could open it."""
        if not self._root:
            return None
        words = f"{int((self._now() + LIVES).timestamp())}:{file}".encode()
        token = base64.urlsafe_b64encode(self._mark(words) + words).decode().rstrip("=")
        return f"{self._root}{PATH}/{token}"

    def routes(self) -> list[web.RouteDef]:
        """Where links lead; served whether this process makes any or not, since another one may."""
        return [web.get(f"{PATH}/{{token}}", self._open)]

    async def _open(self, request: web.Request) -> web.Response:
        """The file; a link that ended, was changed, or leads to what is gone finds nothing."""
        file = self._file(request.match_info["token"])
        if file is None:
            raise web.HTTPNotFound
        try:
            content = await self._load(file)
        except (AttachmentGoneError, SealError):
            raise web.HTTPNotFound from None
        except (OSError, StoreRefusesError):
            raise web.HTTPServiceUnavailable from None
        mime, ending = next(
            (known for start, known in _STARTS.items() if content.startswith(start)),
            ("application/octet-stream", "json" if file.startswith("mydata:") else "bin"),
        )
        shown = "inline" if mime in _SHOWN else "attachment"
        name = fold(file.partition(":")[0])
        headers = {**_HEADERS, "Content-Disposition": f'{shown}; filename="ocop-{name}.{ending}"'}
        return web.Response(body=content, content_type=mime, headers=headers)

    def _file(self, token: str) -> str | None:
        """What a link leads to; None for one of another maker, a changed one and one that has ended."""
        try:
            whole = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError, ValueError):
            return None
        mark, words = whole[:_MARK], whole[_MARK:]
        if len(token) > MOST_LINK or not hmac.compare_digest(mark, self._mark(words)):
            return None
        until, _, file = words.decode().partition(":")
        return file if self._now().timestamp() < int(until) else None

    def _mark(self, words: bytes) -> bytes:
        return hmac.digest(self._key, words, "sha256")[:_MARK]
