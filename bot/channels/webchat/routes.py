"""
The pages and the socket of the web chat.

The socket speaks JSON.  The page says `{"hello": session, "since": n}` and then events with ids of its
own making; it hears `{"ready": true}`, `{"saved": id}` after the commit, `{"unsaved": id, "why": …}`,
`{"say": message, "seq": n}` and `{"typing": true}`.  A duplicate after a broken line has the
same id, which the inbox knows.  A commit that takes long is told as unsaved, and as saved when it succeeds after all.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from bot.channels.channel import TOLD_AFTER, Accept, Count, UnreadableError, is_storable
from bot.channels.webchat.channel import UploadRefusedError, WebChannel, WebFiles, WebHistory, is_event_id
from bot.channels.webchat.guarding import Guard
from bot.web.application import more_time
from content.fold import clean
from registry.store.store import StoreRefusesError

log = logging.getLogger(__name__)

COOKIE = "ocop_chat"
SESSION_HEADER = "X-Chat-Session"
MOST_UPLOAD = 10 * 1024 * 1024
MOST_FRAME = 64 * 1024
MOST_WRITTEN = 4000
MOST_SESSION = 200
MOST_NAME = 120
HELLO_SECONDS = 15.0
HEARTBEAT_SECONDS = 25.0
SEND_SECONDS = 10.0
READ_AHEAD = 8
"""Messages of one page that are read while an earlier one waits for its commit."""
KNOWN = ("id", "kind", "text", "press", "of", "ref", "name", "mime", "size", "album", "place")
"""The parts of an event that are kept."""
REFUSALS = {"not_begun": 403, "too_large": 413, "busy": 429, "broken": 415}
"""The status of a refused upload, by its reason; 503 for any other."""
A_YEAR = 365 * 24 * 3600

# Self-contained; the frame is for a page of the same origin that shows two of them side by side.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_MAGIC: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (
    ("image/jpeg", ".jpg", lambda head: head.startswith(b"\xff\xd8\xff")),
    ("image/png", ".png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/webp", ".webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    ("application/pdf", ".pdf", lambda head: head.startswith(b"%PDF-")),
)
_PICTURES = ("image/jpeg", "image/png", "image/webp")


class _Line:
    """One socket.  A page that accepts nothing within the timeout is closed."""

    def __init__(self, socket: web.WebSocketResponse, since: int) -> None:
        self._socket = socket
        self._told = since
        self._turn = asyncio.Lock()

    async def catch_up(self, account: str, history: WebHistory) -> None:
        """Show the stored messages that were not shown yet; newer ones wait until then."""
        async with self._turn:
            for seq, word in await history.since(account, self._told):
                await self._show(seq, word)

    async def say(self, seq: int, word: Mapping[str, Any]) -> None:
        async with self._turn:
            await self._show(seq, word)

    async def _show(self, seq: int, word: Mapping[str, Any]) -> None:
        if seq > self._told:
            self._told = seq
            await self.tell({"say": word, "seq": seq})

    async def tell(self, word: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send_str(json.dumps(word, ensure_ascii=False))
        except (TimeoutError, ConnectionError, RuntimeError):
            await self.close()

    async def close(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError, TimeoutError):
            async with asyncio.timeout(2):
                await self._socket.close(code=WSCloseCode.GOING_AWAY)


class WebChat:
    """
    The routes of one web chat.

    `page` gives the HTML of the chat page.  `public_url` is the address people use, "" when only the
    request itself tells.  With `demo`, and only then, a page may name its session in its address.
    `look_seconds` is set when another process does the sending: the pages then look into the history.
    """

    def __init__(
        self,
        channel: WebChannel,
        accept: Accept,
        files: WebFiles,
        page: Callable[[], str],
        *,
        public_url: str = "",
        demo: bool = False,
        look_seconds: float | None = None,
        count: Count = lambda _reason: None,
        guard: Guard | None = None,
        told_after: float = TOLD_AFTER,
    ) -> None:
        self._channel = channel
        self._accept = accept
        self._files = files
        self._page = page
        self._origin = _origin(public_url)
        self._demo = demo
        self._look_seconds = look_seconds
        self._count = count
        self._guard = Guard() if guard is None else guard
        self._told_after = told_after

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/chat", self.show_page),
            web.post("/chat/session", self.open_session),
            web.get("/chat/ws", self.talk),
            web.post("/chat/upload", self.upload),
            web.get("/chat/file/{key}", self.download),
        ]

    async def show_page(self, _request: web.Request) -> web.Response:
        headers = {**_SAFE, "Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return web.Response(text=self._page(), content_type="text/html", charset="utf-8", headers=headers)

    async def open_session(self, request: web.Request) -> web.Response:
        """
        Give the page its session: the one it has, if it is ours, else a new one.

        Twice gives the same.  In the demo a session named by the page wins and leaves the cookie alone,
        since two people sit in one browser there.
        """
        if not self._same_origin(request):
            return self._turned_away("foreign_origin", 403)
        named = request.headers.get(SESSION_HEADER, "")[:MOST_SESSION]
        if self._demo and self._channel.sessions.account(named):
            return web.json_response({"session": named, "demo": True}, headers=_SAFE)
        kept = request.cookies.get(COOKIE, "")[:MOST_SESSION]
        session = next((one for one in (kept, named) if self._channel.sessions.account(one)), "")
        if not session and (why := await self._guard.why_no_session(request)):
            return self._turned_away(why, 503 if why == "no_room" else 429)
        session = session or self._channel.sessions.issue()
        answer = web.json_response({"session": session, "demo": False}, headers=_SAFE)
        answer.set_cookie(
            COOKIE,
            session,
            max_age=A_YEAR,
            path="/chat",
            httponly=True,
            samesite="Lax",
            secure=request.secure or self._origin.startswith("https:"),
        )
        return answer

    async def talk(self, request: web.Request) -> web.StreamResponse:
        """The socket of one page."""
        if not self._same_origin(request):
            return self._turned_away("foreign_origin", 403)
        address = self._guard.enter(request)
        if address is None:
            return self._turned_away("busy", 429)
        try:
            return await self._talk(request, address)
        finally:
            self._guard.leave(address)

    async def _talk(self, request: web.Request, address: str) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MOST_FRAME)
        await socket.prepare(request)
        account, since = await self._greeted(socket)
        if account is None:
            self._count("webchat_no_session")
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"session")
            return socket
        line = _Line(socket, since)
        # Joined first, read afterwards, so that nothing falls between.
        await self._channel.join(account, line)
        looking: asyncio.Task[None] | None = None
        try:
            await line.catch_up(account, self._channel.history)
            await line.tell({"ready": True})
            if self._look_seconds is not None:
                looking = asyncio.create_task(self._look(account, line, self._look_seconds))
            await self._listen(socket, account, address, line)
        finally:
            self._channel.leave(account, line)
            if looking is not None:
                looking.cancel()
        return socket

    async def _listen(self, socket: web.WebSocketResponse, account: str, address: str, line: _Line) -> None:
        """Keep what the page says, in order.  Messages behind one that waits are read, too, so that each is told."""
        turn, ahead = asyncio.Lock(), asyncio.Semaphore(READ_AHEAD)

        async def hear(data: str) -> None:
            try:
                await self._hear(account, data, line, turn)
            finally:
                ahead.release()

        async with asyncio.TaskGroup() as hearing:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._guard.pace(account, address)
                    await ahead.acquire()
                    hearing.create_task(hear(frame.data))

    async def _look(self, account: str, line: _Line, seconds: float) -> None:
        """Look for what another process has kept."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await line.catch_up(account, self._channel.history)
            except Exception:
                # The next look may find it again; the page stays open meanwhile.
                log.exception("the history of the web chat could not be read")

    async def upload(self, request: web.Request) -> web.Response:
        """Accept one picture or PDF as the whole body.  Its first bytes, not its name, decide its type."""
        if not self._same_origin(request):
            return self._turned_away("foreign_origin", 403)
        account = self._account(request)
        if account is None:
            return self._turned_away("no_session", 401)
        if not self._guard.may_upload(account):
            return self._turned_away("busy", 429)
        try:
            await self._files.check_upload(account)
            content = await self._body(request)
            return await self._keep(account, content)
        except UploadRefusedError as refusal:
            return self._turned_away(refusal.why, REFUSALS.get(refusal.why, 503))
        except StoreRefusesError:
            return self._turned_away("not_stored", 503)

    async def _keep(self, account: str, content: bytes) -> web.Response:
        kind = next(((mime, end) for mime, end, fits in _MAGIC if fits(content[:16])), None)
        if kind is None:
            return self._turned_away("not_a_picture", 415)
        mime, ending = kind
        ref = await self._files.keep_upload(account, content, "upload" + ending, mime)
        return web.json_response({"ref": ref, "mime": mime, "size": len(content)}, headers=_SAFE)

    async def download(self, request: web.Request) -> web.Response:
        """A file that belongs to this session; nobody learns whether another's exists."""
        account = self._account(request)
        file = await self._files.open_file(account, request.match_info["key"]) if account else None
        if file is None:
            return self._turned_away("no_such_file", 404)
        picture = file.mime in _PICTURES
        disposition = "inline" if picture else "attachment"
        headers = {
            **_SAFE,
            hdrs.CONTENT_DISPOSITION: f"{disposition}; filename*=UTF-8''{quote(file.name, safe='')}",
            hdrs.CONTENT_TYPE: file.mime if picture or file.mime == "application/pdf" else "application/octet-stream",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return web.Response(body=file.content, headers=headers)

    async def _body(self, request: web.Request) -> bytes:
        """The whole body; one that is too large is read no further than that."""
        if (request.content_length or 0) > MOST_UPLOAD:
            raise UploadRefusedError("too_large")
        parts: list[bytes] = []
        size = 0
        try:
            async for part in request.content.iter_chunked(64 * 1024):
                size += len(part)
                if not self._guard.arriving(len(part)):
                    raise UploadRefusedError("busy")
                if size > MOST_UPLOAD:
                    raise UploadRefusedError("too_large")
                parts.append(part)
                more_time(request, size)
            return b"".join(parts)
        finally:
            self._guard.arriving(-size)

    # One event

    async def _hear(self, account: str, frame: str, line: _Line, turn: asyncio.Lock) -> None:
        try:
            event = json.loads(frame)
        except (ValueError, RecursionError):
            event = None
        number = event.get("id") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not is_event_id(number):
            self._count("webchat_unreadable")
            await line.tell(
                {"unsaved": number if isinstance(number, str) and is_storable(number) else "", "why": "unreadable"}
            )
            return
        kept = asyncio.create_task(self._keep_in_turn(account, event, turn))
        try:
            await asyncio.wait([kept], timeout=self._told_after)
            if not kept.done():
                await line.tell({"unsaved": number, "why": "not_stored"})
            why = await kept
        finally:
            kept.cancel()
        if why:
            self._count(f"webchat_{why}")
            await line.tell({"unsaved": number, "why": why})
        else:
            await line.tell({"saved": number})

    async def _keep_in_turn(self, account: str, event: dict[str, Any], turn: asyncio.Lock) -> str:
        async with turn:
            return await self._commit(account, event)

    async def _commit(self, account: str, event: dict[str, Any]) -> str:
        """Hand one event to intake; answers why it was not kept, "" when it was."""
        if len(str(event.get("text", ""))) > MOST_WRITTEN:
            return "too_long"
        try:
            if "ref" in event:
                # The file room decides the owner and type of the file, not the page.
                ref = str(event["ref"])
                file = await self._files.open_file(account, ref.removeprefix("file:")) if is_storable(ref) else None
                if file is None:
                    return "unreadable"
                event |= {"mime": file.mime, "size": len(file.content)}
                event["name"] = clean(str(event.get("name", "")))[:MOST_NAME] or file.name
            raw = json.dumps({**{key: event[key] for key in KNOWN if key in event}, "account": account}).encode()
            await self._accept(self._channel.name, raw)
        except UnreadableError:
            return "unreadable"
        except StoreRefusesError:
            return "not_stored"
        except Exception:
            log.exception("an event of the web chat was not kept")
            return "not_stored"
        return ""

    async def _greeted(self, socket: web.WebSocketResponse) -> tuple[str | None, int]:
        """The account of the first frame, and the last number its page has seen."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                frame = await socket.receive()
            hello = json.loads(frame.data) if frame.type is WSMsgType.TEXT else None
        except (TimeoutError, ValueError, RecursionError):
            return None, 0
        if not isinstance(hello, dict) or not isinstance(hello.get("hello"), str):
            return None, 0
        since = hello.get("since", 0)
        seen = since if isinstance(since, int) and not isinstance(since, bool) and 0 <= since < 2**62 else 0
        return self._channel.sessions.account(hello["hello"][:MOST_SESSION]), seen

    # The session behind a request

    def _account(self, request: web.Request) -> str | None:
        """The session named by the page, else the browser's own."""
        named = request.headers.get(SESSION_HEADER, "") or request.cookies.get(COOKIE, "")
        return self._channel.sessions.account(named[:MOST_SESSION])

    def _same_origin(self, request: web.Request) -> bool:
        """True if one of our pages asks; browsers name the origin of every such request."""
        origin = request.headers.get(hdrs.ORIGIN, "")
        here = {f"{request.scheme}://{request.host}", self._origin} - {""}
        return origin in here

    def _turned_away(self, why: str, status: int) -> web.Response:
        self._count(f"webchat_{why}")
        return web.json_response({"why": why}, status=status, headers=_SAFE)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
