"""
Papers and pictures by a link, for a platform that takes no file from us.

A link is signed by the installation and expires; it opens one file and shows
nothing else.  Anyone who has it may open it, as a file in the chat could be passed
on.  So it is short-lived, never listed and never cached.  A link to a person's whole
data, or to a list of people, expires within the hour.  It opens a few times only,
counted in the database.
"""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.channel import is_brief
from bot.serving.attachments import AttachmentGoneError
from bot.serving.player import HEADERS, PlayerWords, asked_range, is_played
from bot.serving.player import page as player
from content.fold import fold
from registry.store.installation import count_up, forget_facts
from registry.store.sealing import SealError
from registry.store.store import StoreRefusesError

PATH = "/tep"
LISTEN = "/nghe"
LIVES = timedelta(hours=48)
"""Zalo fetches a picture within minutes; a person reads in the evening, and may ask for the paper again."""
BRIEF_LIVES = timedelta(minutes=30)
MOST_LOOKS = 5
"""For a brief link: a preview, the chat's reader and the browser each fetch it once, and one may fail."""
MOST_PLAYS = 40
"""For a brief link to a voice: a player asks for the same sound in several parts."""
MOST_LINK = 512
_COUNTED = "link:"
_MARK = 16
_STARTS = {
    b"%PDF": ("application/pdf", "pdf"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"PK\x03\x04": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    b"BEGIN:VCALENDAR": ("text/calendar", "ics"),
    b"OggS": ("audio/ogg", "ogg"),
    b"#!AMR": ("audio/amr", "amr"),
    b"ID3": ("audio/mpeg", "mp3"),
    b"\xff\xf1": ("audio/aac", "aac"),
    b"\xff\xf9": ("audio/aac", "aac"),
    b"\xff\xfb": ("audio/mpeg", "mp3"),
}
_SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""Types a browser shows; everything else is a download."""
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

    `key` has this purpose only.  Without a public https address there are no links.  `look` counts the opening
    of a brief link (`count_look`); `ended` is the text of an expired one.
    """

    def __init__(
        self,
        key: bytes,
        public_url: str,
        load: Callable[[str], Awaitable[bytes]],
        now: Callable[[], datetime],
        *,
        look: Callable[[str, datetime], Awaitable[int]],
        ended: str,
        listening: PlayerWords | None = None,
    ) -> None:
        self._key = key
        self._root = public_url.rstrip("/") if public_url.startswith("https://") else ""
        self._load = load
        self._now = now
        self._look = look
        self._ended = ended
        self._listening = listening or PlayerWords()

    def link_for(self, file: str) -> str | None:
        """The address of a file, valid for a limited time; None where nobody could open it."""
        if not self._root:
            return None
        lives = BRIEF_LIVES if is_brief(file) else LIVES
        words = f"{int((self._now() + lives).timestamp())}:{file}".encode()
        token = base64.urlsafe_b64encode(self._mark(words) + words).decode().rstrip("=")
        return f"{self._root}{LISTEN if is_played(file) else PATH}/{token}"

    def routes(self) -> list[web.RouteDef]:
        """The route of the links; served in every process, since another one may have made the link."""
        return [web.get(f"{PATH}/{{token}}", self._open), web.get(f"{LISTEN}/{{token}}", self._play)]

    async def _play(self, request: web.Request) -> web.Response:
        """The page that plays a voice.  A forged link, or one to anything else, is not found."""
        token = request.match_info["token"]
        found = self._found(token)
        if found is None or not is_played(found[2]):
            raise web.HTTPNotFound
        if self._now() >= found[1]:
            raise self._over()
        return web.Response(text=player(self._listening, f"{PATH}/{token}"), content_type="text/html", headers=HEADERS)

    async def _open(self, request: web.Request) -> web.Response:
        """The file.  A forged link, or one to a deleted file, is not found; an expired one says so."""
        found = self._found(request.match_info["token"])
        if found is None:
            raise web.HTTPNotFound
        mark, until, file = found
        now = self._now()
        if now >= until:
            raise self._over()
        try:
            content = await self._load(file)
            most = MOST_PLAYS if is_played(file) else MOST_LOOKS
            if is_brief(file) and request.method == "GET" and await self._look(f"{_key(until)}{mark}", now) > most:
                raise self._over()
        except (AttachmentGoneError, SealError):
            raise web.HTTPNotFound from None
        except (OSError, StoreRefusesError):
            raise web.HTTPServiceUnavailable from None
        return _answer(request, file, content)

    def _over(self) -> web.HTTPGone:
        return web.HTTPGone(text=self._ended, headers=_HEADERS)

    def _found(self, token: str) -> tuple[str, datetime, str] | None:
        """The signature of a link, its end and its file; None for a forged one."""
        try:
            whole = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError, ValueError):
            return None
        mark, words = whole[:_MARK], whole[_MARK:]
        if len(token) > MOST_LINK or not hmac.compare_digest(mark, self._mark(words)):
            return None
        until, _, file = words.decode().partition(":")
        return mark.hex(), datetime.fromtimestamp(int(until), UTC), file

    def _mark(self, words: bytes) -> bytes:
        return hmac.digest(self._key, words, "sha256")[:_MARK]


def _answer(request: web.Request, file: str, content: bytes) -> web.Response:
    """The bytes with their true type; of a sound only the asked part, since some players ask for parts."""
    mime, ending = next(
        (known for start, known in _STARTS.items() if content.startswith(start)),
        ("application/octet-stream", "json" if file.startswith("mydata:") else "bin"),
    )
    if content[4:11] == b"ftypM4A":
        mime, ending = "audio/mp4", "m4a"
    shown = "inline" if mime in _SHOWN or mime.startswith("audio/") else "attachment"
    name = fold(file.partition(":")[0])
    headers = {**_HEADERS, "Content-Disposition": f'{shown}; filename="ocop-{name}.{ending}"'}
    part = asked_range(request.headers.get("Range", ""), len(content)) if is_played(file) else None
    if part is None:
        return web.Response(body=content, content_type=mime, headers=headers)
    first, last = part
    headers |= {"Content-Range": f"bytes {first}-{last}/{len(content)}", "Accept-Ranges": "bytes"}
    return web.Response(status=206, body=content[first : last + 1], content_type=mime, headers=headers)


def count_look(db: Connection, link: str, now: datetime) -> int:
    """The number of times a link was opened, this time included.  Counts of expired links are deleted."""
    forget_facts(db, _COUNTED, before=_key(now))
    return count_up(db, link)


def _key(until: datetime) -> str:
    """The prefix of the counters of links with this end, in the order of their ends."""
    return f"{_COUNTED}{int(until.timestamp()):011d}:"
