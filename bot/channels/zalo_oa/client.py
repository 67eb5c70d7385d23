"""
The three servers of a Zalo Official Account, called as they want to be called.

The token has its own header; a refusal comes with HTTP 200 and a number in `error`. Every answer tells how many calls
are left in this minute. https://developers.zalo.me/docs/official-account/
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import aiohttp

from bot.channels.zalo.transport import CutOffError, Transport

MOST_REASON = 200
Host = Literal["api", "business"]


class ZaloRefusalError(Exception):
    """The platform answered and did not do it; `code` is its own number, 0 when only HTTP said no."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class HeldBackError(Exception):
    """No calls are left in this minute; nothing was sent."""

    def __init__(self, after: timedelta) -> None:
        super().__init__("no calls left in this minute")
        self.after = after


@dataclass(frozen=True, slots=True)
class Rate:
    """The calls left in this minute, as the last answer said."""

    limit: int
    remain: int
    at: datetime


class ZaloClient:
    """
    The calls of one Official Account.

    `now` is the real time: the platform's minutes and tokens know no other.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        now: Callable[[], datetime],
        api: str = "https://openapi.zalo.me",
        business: str = "https://business.openapi.zalo.me",
        oauth: str = "https://oauth.zaloapp.com",
    ) -> None:
        self.transport = transport
        self.now = now
        self.rate: Rate | None = None
        self._roots = {"api": api.rstrip("/"), "business": business.rstrip("/")}
        self._oauth = oauth.rstrip("/")

    async def post(self, path: str, token: str, body: Mapping[str, Any], *, host: Host = "api") -> dict[str, Any]:
        """Send JSON; answers `data`.  Raises `ZaloRefusalError`, `HeldBackError` or one of the transport."""
        return await self._call("POST", self._roots[host] + path, token, body=body)

    async def get(self, path: str, token: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask; the parameters are one JSON object in the address."""
        params = None if data is None else {"data": json.dumps(data)}
        return await self._call("GET", self._roots["api"] + path, token, params=params)

    async def upload(self, kind: Literal["image", "file"], token: str, name: str, content: bytes) -> str:
        """Hand a file over; answers the id (image) or token (file) that stands for it during seven days."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", io.BytesIO(content), filename=name, content_type="application/octet-stream")
        data = await self._call("POST", f"{self._roots['api']}/v2.0/oa/upload/{kind}", token, form=form)
        found = data.get("attachment_id" if kind == "image" else "token")
        if not isinstance(found, str) or not found:
            raise ZaloRefusalError(0, "an upload without an id")
        return found

    async def exchange(self, secret_key: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Ask the token server; answers its whole object.  Never more than once for one call."""
        reply = await self.transport.request(
            "POST", f"{self._oauth}/v4/oa/access_token", headers={"secret_key": secret_key}, form=form
        )
        answer = reply.object()
        if answer is None:
            raise CutOffError(f"HTTP {reply.status} without JSON")
        if _number(answer.get("error", 0)) != 0:
            told = answer.get("error_description") or answer.get("error_reason") or answer.get("error_name") or ""
            secrets = (secret_key, *(value for name, value in form.items() if name not in {"grant_type", "app_id"}))
            raise ZaloRefusalError(_number(answer["error"]), _without(str(told), secrets))
        return answer

    async def _call(self, method: str, url: str, token: str, **sent: Any) -> dict[str, Any]:
        self._hold_back()
        reply = await self.transport.request(method, url, headers={"access_token": token}, **sent)
        self._observe(reply.headers)
        answer = reply.object()
        if answer is None or "error" not in answer:
            if reply.status >= 400:
                raise ZaloRefusalError(0, f"HTTP {reply.status}")
            raise CutOffError(f"HTTP {reply.status} without an envelope")
        code = _number(answer["error"])
        if code != 0:
            raise ZaloRefusalError(code, _without(str(answer.get("message", "")), (token,)))
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    def _hold_back(self) -> None:
        """Wait out a minute in which nothing is left, rather than be refused and reported."""
        if self.rate is None or self.rate.remain > 0:
            return
        now = self.now()
        if now.replace(second=0, microsecond=0) == self.rate.at.replace(second=0, microsecond=0):
            raise HeldBackError(to_next_minute(now))

    def _observe(self, headers: Mapping[str, str]) -> None:
        limit, remain = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remain", "")
        if limit.isdecimal() and remain.isdecimal():
            self.rate = Rate(int(limit), int(remain), self.now())


def to_next_minute(now: datetime) -> timedelta:
    """The time until the platform restarts its count, plus a second for clocks that differ."""
    return timedelta(seconds=61 - now.second)


def _number(value: object) -> int:
    """The platform's error number, which some pages write as text; anything else counts as a refusal too."""
    try:
        return int(str(value))
    except ValueError:
        return -1


def _without(message: str, secrets: tuple[str, ...]) -> str:
    """The platform's words on one short line, without anything secret it may have repeated."""
    for secret in secrets:
        if secret:
            message = message.replace(secret, "[redacted]")
    return " ".join(message.split())[:MOST_REASON]
