"""Where calls come in: hosts and paths, tokens, the limit a minute, scripted answers."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from platforms.shared.script import Answer, Refusal

from .messages import Request
from .reading import Reading, read_data
from .refusals import OARefusal, invalid, oauth_refused, refused, template_refused
from .sending import Sending
from .world import World

HOSTS = ("openapi", "business", "oauth")
DEAD_PATHS = ("/v3.0/oa/message/transaction", "/v3.0/oa/message/promotion")
GROUP_PATHS = ("/v3.0/oa/group/message", "/v3.0/oa/group/creategroupwithoa")

Call = Callable[[dict[str, Any]], Any]


class Door:
    """Reads a request, lets it in or not, and writes the answer."""

    def __init__(self, world: World, sending: Sending) -> None:
        self._world = world
        self._minute = (0, 0)
        self._calls = _table(sending, Reading(world))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self._world.rules.latency:
            await asyncio.sleep(self._world.rules.latency)
        host, path = _split(request.path)
        record = Request(path, {}, self._world.clock(), host, request.headers.get("access_token", ""))
        self._world.requests.append(record)
        answer = self._world.scripted(path)
        if answer.seconds:
            await asyncio.sleep(answer.seconds)
        if answer.page is not None:
            record.message = "a page"
            self._world.bell.ring()
            return web.Response(status=answer.page[0], text=answer.page[1], content_type="text/html")
        status = 200
        try:
            if path.startswith("/v4/oa/") and host in ("", "oauth"):
                response = await self._authorise(request, record, answer)
                if isinstance(response, web.StreamResponse):
                    return response
                body = response
            else:
                data = await self._do(request, record, answer)
                body = {"data": data, "error": 0, "message": "Success"}
            record.error = 0
        except Refusal as met:
            record.error, record.message, body = met.code, met.description, met.body()
            if met.code > 0:
                status = met.code
        finally:
            self._world.bell.ring()
        if answer.lost and request.transport is not None:
            record.error = None
            request.transport.abort()
        return web.json_response(body, status=status, headers=self._rate_headers(path))

    async def _do(self, request: web.Request, record: Request, answer: Answer) -> Any:
        path, host = record.path, record.host
        by_phone = path == "/message/template"
        if path.startswith("/v2.0/oa/upload/") and request.method == "POST" and host in ("", "openapi"):
            self._admit(request, record, by_phone=False)
            return await self._upload(request, record, answer)
        if self._world.rules.dead_answer == 404 and path in DEAD_PATHS:
            raise _nowhere()
        at, call = self._calls.get((request.method, path), ("", None))
        if call is None or (host and host != at):
            self._world.faults.append(f"unknown call {request.method} {host}{path}")
            raise _nowhere()
        self._admit(request, record, by_phone=by_phone)
        record.given = await _read(request, by_phone=by_phone)
        if answer.refusal is not None:
            raise answer.refusal
        return call(record.given)

    def _admit(self, request: web.Request, record: Request, *, by_phone: bool) -> None:
        if "Authorization" in request.headers:
            self._world.faults.append(f"{record.path}: the token belongs into the header access_token")
        self._count()
        try:
            self._world.tokens.check(record.token)
        except Refusal:
            if by_phone:
                raise template_refused(-124) from None
            raise

    async def _upload(self, request: web.Request, record: Request, answer: Answer) -> dict[str, str]:
        kind = record.path.rpartition("/")[2]
        if kind not in ("image", "gif", "file"):
            raise _nowhere()
        try:
            form = await request.post() if request.content_type == "multipart/form-data" else {}
        except web.HTTPRequestEntityTooLarge:
            raise refused(-210) from None
        part = form.get("file")
        if not isinstance(part, web.FileField):
            raise invalid("file")
        with part.file as opened:
            content = opened.read()
        record.given = {"file": part.filename, "size": len(content)}
        if answer.refusal is not None:
            raise answer.refusal
        stored = self._world.uploads.add(kind, part.filename, content)
        return {"token" if kind == "file" else "attachment_id": stored.token}

    async def _authorise(
        self, request: web.Request, record: Request, answer: Answer
    ) -> dict[str, Any] | web.StreamResponse:
        if request.method == "GET" and record.path == "/v4/oa/permission":
            record.given = dict(request.query)
            if record.given.get("app_id") != self._world.app_id:
                raise oauth_refused(-14002)
            if record.given.get("redirect_uri") != self._world.callback_url:
                raise oauth_refused(-14003)
            code = self._world.tokens.consent(record.given.get("code_challenge", ""))
            state = {"state": record.given["state"]} if "state" in record.given else {}
            query = urlencode({"code": code, "oa_id": self._world.oa_id, **state})
            record.error = 0
            return web.Response(status=302, headers={"Location": f"{self._world.callback_url}?{query}"})
        if request.method != "POST" or record.path != "/v4/oa/access_token":
            raise _nowhere()
        form = await request.post() if request.content_type == "application/x-www-form-urlencoded" else {}
        record.given = {key: value for key, value in form.items() if isinstance(value, str)}
        if answer.refusal is not None:
            raise answer.refusal
        return dict(self._world.tokens.exchange(record.given, request.headers.get("secret_key", "")))

    def _count(self) -> None:
        minute = int(self._world.clock() // 60)
        used = self._minute[1] if self._minute[0] == minute else 0
        if used >= self._world.per_minute:
            raise refused(-32)
        self._minute = (minute, used + 1)

    def _rate_headers(self, path: str) -> dict[str, str]:
        if path.startswith("/v4/"):
            return {}
        used = self._minute[1] if self._minute[0] == int(self._world.clock() // 60) else 0
        return {
            "X-RateLimit-Limit": str(self._world.per_minute),
            "X-RateLimit-Remain": str(self._world.per_minute - used),
        }

    async def download(self, request: web.Request) -> web.StreamResponse:
        found = self._world.media.get(request.match_info["path"])
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found[0], content_type=found[1])


def _table(sending: Sending, reading: Reading) -> dict[tuple[str, str], tuple[str, Call]]:
    return {
        ("POST", "/v3.0/oa/message/cs"): ("openapi", sending.consultation),
        ("POST", "/v3.0/oa/message/template"): ("openapi", sending.template_by_uid),
        ("POST", "/v2.0/oa/message"): ("openapi", sending.second_version),
        ("POST", "/v3.0/oa/quota/message"): ("openapi", reading.window),
        ("GET", "/v3.0/oa/user/detail"): ("openapi", reading.person),
        ("GET", "/v3.0/oa/user/getlist"): ("openapi", reading.people),
        ("GET", "/v2.0/oa/getoa"): ("openapi", reading.account),
        ("POST", "/v2.0/oa/tag/tagfollower"): ("openapi", reading.tag),
        ("POST", "/v2.0/oa/tag/rmfollowerfromtag"): ("openapi", reading.untag),
        ("GET", "/v2.0/oa/tag/gettagsofoa"): ("openapi", reading.tags),
        ("POST", "/message/template"): ("business", sending.template_by_phone),
        **{("POST", path): ("openapi", sending.dead) for path in DEAD_PATHS},
        **{("POST", path): ("openapi", _no_groups) for path in GROUP_PATHS},
    }


def _nowhere() -> OARefusal:
    return OARefusal(404, "Not Found")


def _no_groups(_: dict[str, Any]) -> None:
    raise refused(-237, "The OA needs to buy a GMF asset to use this feature")


def _split(path: str) -> tuple[str, str]:
    """Host and path; no host under the one root."""
    first, _, rest = path.lstrip("/").partition("/")
    return (first, f"/{rest}") if first in HOSTS else ("", path)


async def _read(request: web.Request, *, by_phone: bool) -> dict[str, Any]:
    if request.method == "GET":
        return read_data(request.query.get("data", ""))
    try:
        body = json.loads(await request.read())
    except (ValueError, web.HTTPRequestEntityTooLarge):
        raise (template_refused(-122) if by_phone else invalid("body")) from None
    if not isinstance(body, dict):
        raise template_refused(-122) if by_phone else invalid("body")
    return body
