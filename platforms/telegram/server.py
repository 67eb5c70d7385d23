"""
A strict Telegram on loopback: it refuses what the real one refuses, and remembers everything.

Requests are read like the official server's (query, form, multipart or JSON; numbers and objects may be text). They
are checked against the published Bot API.  Everything the real server silently
ignores is kept in `faults`, so that a test can assert that there is nothing.  https://core.telegram.org/bots/api
"""

import asyncio
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from platforms.shared.bell import PATIENCE, Bell
from platforms.shared.serving import LocalServer

from .clients import TelegramGroup, TelegramPerson
from .messages import Chat, Request
from .refusals import OF_ONE_CHAT, Answer, Refusal, bad
from .schema import Upload, read_call, update_kinds
from .sending import Sending
from .traffic import Traffic
from .updates import Updates
from .world import World

TOKEN = "123456:TEST-token-of-the-strict-local-server"  # opens only this server
_TOKEN_SHAPE = re.compile(r"\d{3,}:[A-Za-z0-9_-]{30,}")
SENDS = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendVoice", "sendMediaGroup", "editMessageText"})
_QUOTED = re.compile(r"%[0-9A-F]{2}")


class TelegramServer(World, LocalServer):
    """
    One bot's platform.

    `clock` gives Unix seconds and may be moved: dates, flood limits, stale presses and the 24 hours
    follow it.  Real waiting (long polls, `latency`, repeats to a webhook times `retry_pace`) does
    not.  A rate of `None` means unlimited.  With `loopback_webhooks` a webhook may also be plain http
    on this machine, any port; nothing is ever delivered to another machine.
    """

    largest_request = 64_000_000

    def __init__(
        self,
        token: str = TOKEN,
        *,
        clock: Callable[[], float] = time.time,
        rate_per_second: float | None = 30.0,
        burst: int = 30,
        per_chat: float | None = 1.0,
        chat_burst: int = 3,
        group_per_minute: float | None = 20.0,
        latency: float = 0.0,
        retry_pace: float = 1.0,
        loopback_webhooks: bool = True,
        first_message_id: int = 1,
        first_update_id: int = 700_000_001,
        username: str = "ocop_thu_nghiem_bot",
    ) -> None:
        bell = Bell()
        World.__init__(
            self,
            token,
            clock=clock,
            bell=bell,
            traffic=Traffic(
                clock,
                per_second=rate_per_second,
                burst=burst,
                per_chat=per_chat,
                chat_burst=chat_burst,
                group_per_minute=group_per_minute,
            ),
            updates=Updates(clock, bell, first_id=first_update_id, retry_pace=retry_pace),
            first_message_id=first_message_id,
            username=username,
        )
        self.updates.on_answer = self._called_in_answer
        self.latency = latency
        self.under_way = 0
        """Messages that have arrived and are not answered."""
        self._loopback_webhooks = loopback_webhooks
        self._script: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self._people: dict[int, TelegramPerson] = {}
        self._methods = self._known_methods()

    def _known_methods(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        return {
            **Sending(self).methods,
            "getMe": lambda _: self._me(),
            "getFile": lambda values: self.files.link(values["file_id"], self.clock()),
            "getWebhookInfo": lambda _: self.updates.webhook_info(),
            "setMyCommands": self.card.set_commands,
            "deleteMyCommands": self.card.delete_commands,
            "getMyCommands": self.card.get_commands,
            "setMyName": lambda values: self.card.set_text("name", values),
            "setMyDescription": lambda values: self.card.set_text("description", values),
            "setMyShortDescription": lambda values: self.card.set_text("short_description", values),
        }

    # Life

    def _routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self._serve),
            web.get("/file/bot{token}/{path:.+}", self._download),
            web.route("*", "/{path:.*}", self._nowhere),
        ]

    def _delivering(self) -> Updates:
        return self.updates

    # People and scripts

    def person(
        self,
        user_id: int,
        first_name: str = "Người dùng thử",
        language_code: str = "vi",
        *,
        started: bool = False,
        username: str = "",
    ) -> TelegramPerson:
        """
        Somebody with an account; the same id twice is the same person.

        Until they write (or with `started`) the bot may not write to them.
        """
        if user_id not in self._people:
            self.chats[user_id] = Chat(
                user_id, first_name, username, closed=None if started else OF_ONE_CHAT["not started"]
            )
            self._people[user_id] = TelegramPerson(self, user_id, first_name, language_code, username)
        return self._people[user_id]

    def group(self, chat_id: int, title: str = "Nhóm thử") -> TelegramGroup:
        """A group with the bot in it; its id is negative."""
        return TelegramGroup(self, self.new_group(chat_id, title))

    def script(self, method: str, *answers: Answer) -> None:
        """Give the next answers to a method (`*`: to any method without its own script)."""
        self._script[method.lower()].extend(answers)

    def left_over(self) -> dict[str, int]:
        """Scripted answers that nobody fetched, by method."""
        return {method: len(answers) for method, answers in self._script.items() if answers}

    def takes_nothing_for(self, seconds: float) -> None:
        """The bot sent too much: until then every message into any chat is a 429 with the seconds left."""
        self.traffic.limit(None, seconds)

    def deliver_to(self, url: str, secret: str = "") -> None:
        """Deliver updates to an address that was not registered, without any check."""
        self.updates.deliver_to(url, secret)

    def deliver_again(self, update_id: int) -> None:
        """Deliver an update to the webhook a second time, acknowledged or not."""
        self.updates.again(update_id)

    def update(self, update: Mapping[str, Any], *, lane: tuple[str, int] = ("raw", 0)) -> dict[str, Any]:
        """Send any update word for word, as read from a sample."""
        return self.updates.add_raw(dict(update), lane)

    async def settled(self, timeout: float = PATIENCE) -> None:
        """Wait until the bot has acknowledged every update."""
        if not await self.bell.until(self.updates.settled, timeout):
            waiting = [u["update_id"] for u in self.updates.pending()]
            raise AssertionError(f"Updates {waiting} were not acknowledged within {timeout} s.")

    async def until(self, true: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Wait until something becomes true that the server can see happen."""
        if not await self.bell.until(true, timeout):
            raise AssertionError(f"It did not become true within {timeout} s.")

    def calls(self, method: str) -> list[Request]:
        """The requests to one method, in order."""
        return [request for request in self.requests if request.method.lower() == method.lower()]

    def last_call(self, method: str) -> Request:
        """The newest request to a method."""
        return self.calls(method)[-1]

    # Requests

    def _me(self) -> dict[str, Any]:
        return {
            **self.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        sends = request.match_info["method"] in SENDS
        self.under_way += sends
        try:
            return await self._served(request)
        finally:
            self.under_way -= sends

    async def _served(self, request: web.Request) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            self._check_token(request.match_info["token"])
            given, files = await _read(request)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.code)
        except ConnectionResetError:
            return web.Response(status=400)  # the caller was killed while sending: nobody reads this
        record = Request(request.match_info["method"], given, files, self.clock())
        self.requests.append(record)
        # some clients quote file names; people would see "Phi%E1%BA%BFu.pdf"
        self.faults += [f"file name {f.name} is quoted" for f in files.values() if _QUOTED.search(f.name)]
        answer = self._scripted(record.method)
        if answer.seconds:
            await asyncio.sleep(answer.seconds)
        if answer.page is not None:
            record.status, record.description = answer.page[0], "a page"
            self.bell.ring()
            return web.Response(status=answer.page[0], text=answer.page[1], content_type="text/html")
        body = await self._answer(record, answer.refusal)
        if answer.lost:
            record.status = 0
            if request.transport is not None:
                request.transport.abort()
        return web.json_response(body, status=record.status or 200)

    def _scripted(self, method: str) -> Answer:
        for name in (method.lower(), "*"):
            if self._script[name]:
                return self._script[name].popleft()
        return Answer()

    async def _answer(self, record: Request, refusal: Refusal | None) -> dict[str, Any]:
        try:
            call = read_call(record.method, record.given, record.files)
            record.method, record.values = call.method, call.values
            self.faults += call.unknown
            if refusal is not None:
                raise refusal
            result, record.description = await self._do(call.method, call.values, record.files)
        except Refusal as met:
            record.status, record.description = met.code, met.description
            if met.description == "Not Found: method not found":
                self.faults.append(f"unknown method {record.method}")
            return met.body()
        finally:
            self.bell.ring()
        record.status = 200
        told = {"description": record.description} if record.description else {}
        return {"ok": True, "result": result, **told}

    async def _do(self, method: str, values: dict[str, Any], files: dict[str, Upload]) -> tuple[Any, str]:
        self._check_kinds(values.get("allowed_updates", []))
        match method:
            case "getUpdates":
                return await self.updates.poll(values), ""
            case "setWebhook":
                return True, self.updates.set_webhook(values, loopback=self._loopback_webhooks)
            case "deleteWebhook":
                return True, self.updates.set_webhook({**values, "url": ""}, loopback=True)
        self.files_of_this_call = files
        return self._methods[method](values), ""

    def _check_kinds(self, kinds: list[str]) -> None:
        self.faults += [f"allowed_updates: unknown kind {kind}" for kind in kinds if kind not in update_kinds()]

    async def _called_in_answer(self, call: dict[str, Any]) -> None:
        given = {key: value for key, value in call.items() if key != "method"}
        record = Request(call["method"], given, {}, self.clock())
        self.requests.append(record)
        await self._answer(record, None)

    def _check_token(self, token: str) -> None:
        if token == self.token:
            return
        raise Refusal(401, "Unauthorized") if _TOKEN_SHAPE.fullmatch(token) else Refusal(404, "Not Found")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["token"])
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.code)
        stored = self.files.download(request.match_info["path"], self.clock())
        if stored is None:
            return await self._nowhere(request)
        return web.Response(body=stored.content, content_type="application/octet-stream")

    async def _nowhere(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(Refusal(404, "Not Found").body(), status=404)


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters from the address and from a body of any kind that the platform takes."""
    given: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    try:
        if request.content_type == "application/json":
            body = await request.read()
            document = json.loads(body) if body else {}
            if not isinstance(document, dict):
                raise bad("object expected in the request")  # our wording
            given |= {key: value for key, value in document.items() if value is not None}
        else:
            for key, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    kind = value.content_type or "application/octet-stream"
                    with value.file as content:
                        files[key] = Upload(value.filename, content.read(), kind)
                else:
                    given[key] = value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
    except ValueError as wrong:
        raise bad("can't parse JSON object") from wrong
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, "Request Entity Too Large") from None
    return given, files
