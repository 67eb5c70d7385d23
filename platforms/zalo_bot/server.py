"""
A strict Zalo Bot Platform on loopback: text, photos by address, no buttons, a small free plan.

Method names are case-sensitive, ids are strings, moments are milliseconds.
https://bot.zaloplatforms.com/docs
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from platforms.shared.bell import PATIENCE, Bell
from platforms.shared.script import Answer, Refusal, Script
from platforms.shared.serving import LocalServer

from .clients import ZaloBotPerson
from .messages import Chat, Request
from .refusals import WORDS, bad, refused
from .sending import Sending
from .updates import Updates
from .world import World

TOKEN = "1459232241454765289:token-of-the-strict-local-zalo-bot"  # opens only this server
PEOPLE_OF_THE_FREE_PLAN = 50
GROUPS_OF_THE_FREE_PLAN = 3
MESSAGES_OF_THE_FREE_PLAN = 3000
_PERSON = re.compile(r"[0-9a-f]{20}")


class ZaloBotServer(World, LocalServer):
    """
    One bot's platform.

    `clock` gives Unix seconds and may be moved; the month's quota follows it.  Real waiting (polls,
    `latency`, the 2 seconds of a webhook) does not.  Points the pages leave open can be played
    both ways:

    - `body`: flat (live) or wrapped in `ok` and `result` (documented), to the webhook
    - `photo_field`: photo_url (live) or photo (documented)
    - `unsupported_with_message`: who sent something unreadable is told, or not
    - `no_chat`: the words under which nobody is found; only the number 404 and "Not Found" are documented
    - `error_status`: refusals come under their own HTTP status, or all under 200
    - `ladder`, `repeats_any`: whether a webhook is tried again; no page says that it is
    - `per_month`, `most_people`, `most_groups`: the plan; `None` means unlimited
    """

    largest_request = 2_000_000

    def __init__(
        self,
        token: str = TOKEN,
        *,
        clock: Callable[[], float] = time.time,
        body: str = "flat",
        photo_field: str = "photo_url",
        unsupported_with_message: bool = False,
        no_chat: str = WORDS[404],
        error_status: bool = True,
        ladder: tuple[float, ...] = (),
        repeats_any: bool = False,
        per_month: int | None = MESSAGES_OF_THE_FREE_PLAN,
        most_people: int | None = PEOPLE_OF_THE_FREE_PLAN,
        most_groups: int | None = GROUPS_OF_THE_FREE_PLAN,
        latency: float = 0.0,
        retry_pace: float = 1.0,
        loopback_webhooks: bool = True,
        loopback_media: bool = True,
    ) -> None:
        bell = Bell()
        updates = Updates(clock, bell, body=body, ladder=ladder, retry_pace=retry_pace, repeats_any=repeats_any)
        World.__init__(
            self,
            token,
            clock=clock,
            bell=bell,
            updates=updates,
            photo_field=photo_field,
            unsupported_with_message=unsupported_with_message,
            no_chat=no_chat,
            per_month=per_month,
            most={"PRIVATE": most_people, "GROUP": most_groups},
            loopback_media=loopback_media,
        )
        self.error_status = error_status
        self.latency = latency
        self._loopback_webhooks = loopback_webhooks
        self._people: dict[str, ZaloBotPerson] = {}
        self._script = Script()
        self._sending = Sending(self)

    # Life

    def _routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/media/{path:.+}", self._download),
            web.route("*", "/bot{token}/{method}", self._serve),
            web.route("*", "/{path:.*}", self._nowhere),
        ]

    def _delivering(self) -> Updates:
        return self.updates

    async def start(self, port: int = 0) -> None:
        """Listen on loopback and deliver; addresses of media lead back here."""
        await super().start(port)
        self.media_root = f"{self.base_url}/media"

    # People and scripts

    def person(
        self, user_id: str, name: str = "Người dùng thử", *, started: bool = False, protected: bool = False
    ) -> ZaloBotPerson:
        """
        Somebody with Zalo; the same id twice is the same person.

        Until they write (or with `started`) the bot may not write to them.
        """
        if not _PERSON.fullmatch(user_id):
            raise ValueError(f"Ids of people are 20 hexadecimal digits, not {user_id!r}.")
        if user_id not in self._people:
            chat = Chat(user_id, name, open=started)
            self.chats[user_id] = chat
            self._people[user_id] = ZaloBotPerson(self, chat, protected=protected)
        return self._people[user_id]

    def group(self, chat_id: str, name: str = "Nhóm thử") -> Chat:
        """A group that has taken the bot in, as far as the plan allows."""
        self.chats[chat_id] = Chat(chat_id, name, "GROUP")
        self.admit(self.chats[chat_id])
        return self.chats[chat_id]

    def script(self, method: str, *answers: Answer) -> None:
        """Give the next answers to a method (`*`: to any method without its own script)."""
        self._script.add(method, answers)

    def left_over(self) -> dict[str, int]:
        """Scripted answers that nobody fetched, by method."""
        return self._script.left_over()

    def deliver_to(self, url: str, secret: str = "") -> None:
        """Deliver events to an address that was not registered, without any check."""
        self.updates.deliver_to(url, secret)

    def deliver_again(self, event: Mapping[str, Any]) -> None:
        """Deliver an event a second time, acknowledged or not."""
        self.updates.again(event)

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Send any event word for word."""
        return self.updates.add(event, "raw")

    async def settled(self, timeout: float = PATIENCE) -> None:
        """Wait until the bot has every event."""
        if not await self.bell.until(self.updates.settled, timeout):
            waiting = [event.get("event_name") for event in self.updates.waiting()]
            raise AssertionError(f"Events {waiting} were not fetched within {timeout} s.")

    async def until(self, true: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Wait until something becomes true that the server can see happen."""
        if not await self.bell.until(true, timeout):
            raise AssertionError(f"It did not become true within {timeout} s.")

    def calls(self, method: str) -> list[Request]:
        """The requests to one method, in order."""
        return [request for request in self.requests if request.method == method]

    def last_call(self, method: str) -> Request:
        """The newest request to a method."""
        return self.calls(method)[-1]

    @property
    def sent_this_month(self) -> int:
        """Messages that count against the plan."""
        return self._sending.sent_this_month()

    # Requests

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        if request.match_info["token"] != self.token:
            return self._refuse(refused(401))
        record = Request(request.match_info["method"], {}, self.clock())
        self.requests.append(record)
        answer = self._script.take(record.method)
        if answer.seconds:
            await asyncio.sleep(answer.seconds)
        if answer.page is not None:
            record.status = answer.page[0]
            return web.Response(status=answer.page[0], text=answer.page[1], content_type="text/html")
        try:
            record.given = await _read(request)
            if answer.refusal is not None:
                raise answer.refusal
            result = await self._do(record.method, record.given)
        except Refusal as met:
            record.status, record.description = met.code, met.description
            response = self._refuse(met)
        else:
            record.status = 200
            response = web.json_response({"ok": True} if result is None else {"ok": True, "result": result})
        finally:
            self.bell.ring()
        if answer.lost and request.transport is not None:
            record.status = 0
            request.transport.abort()
        return response

    async def _do(self, method: str, call: dict[str, Any]) -> Any:
        match method:
            case "getMe":
                return self.bot
            case "getUpdates":
                return await self.updates.poll(call.get("timeout", "30"))
            case "setWebhook":
                return self.updates.set_webhook(
                    call.get("url"), call.get("secret_token"), loopback=self._loopback_webhooks
                )
            case "deleteWebhook":
                return self.updates.delete_webhook()
            case "getWebhookInfo":
                return self.updates.info()
        if method not in self._sending.methods:
            self.faults.append(f"unknown method {method}")
            raise bad("unknown API name")
        return await self._sending.methods[method](call)

    def _refuse(self, refusal: Refusal) -> web.Response:
        return web.json_response(refusal.body(), status=refusal.code if self.error_status else 200)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        found = self.media.get(request.match_info["path"])
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found[0], content_type=found[1])

    async def _nowhere(self, _: web.Request) -> web.StreamResponse:
        return self._refuse(bad("unknown path"))


async def _read(request: web.Request) -> dict[str, Any]:
    """Parameters from the address and from a body of any kind that the platform takes."""
    given: dict[str, Any] = dict(request.query)
    try:
        if request.content_type == "application/json":
            body = await request.read()
            document = json.loads(body) if body else {}
            if not isinstance(document, dict):
                raise bad("object expected")
            return given | document
        for key, value in (await request.post()).items():
            if not isinstance(value, str):
                raise bad(f"{key} must be a public URL")
            given[key] = value
    except (ValueError, web.HTTPRequestEntityTooLarge) as wrong:
        raise bad("body cannot be read") from wrong
    return given
