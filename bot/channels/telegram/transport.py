"""
The client library's transport to Telegram, on aiohttp.

The type of an error says whether the request had been sent: only then the outcome is
doubtful.  No error holds an address, since addresses hold the token.
"""

import asyncio
import io
import json
import logging
from collections.abc import Mapping
from typing import Any, cast

import aiohttp
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
CONNECTIONS = 64
"""Twice the most messages in flight: a sign of work or a file never takes the connection of a message."""
READ_SECONDS = 20.0
"""A weak line takes its time with a photo; with connecting it stays below 35 s, after which a claim is given up."""
NAMED = frozenset({400, 401, 403, 404, 409})
"""The numbers below 500 for which the library has an error."""
MOST_ANSWER = 25 * 1024 * 1024
"""Telegram gives out files of at most 20 MB.  https://core.telegram.org/bots/api#getfile"""


class NotReachedError(NetworkError):
    """No connection was made: the request was certainly not sent."""


class CutOffError(NetworkError):
    """The request was sent and no valid answer came: its outcome is unknown."""


class NotThePlatformError(NetworkError):
    """A page refused the request, of a proxy or of a wrong address: the platform did not see it."""


class OtherRefusalError(NetworkError):
    """The platform refused with a number the library has no error for."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code


class AiohttpRequest(BaseRequest):
    """One pool of connections; give two, one of them for the long waits of `getUpdates`."""

    def __init__(self, *, connections: int = CONNECTIONS, read_seconds: float = READ_SECONDS) -> None:
        self._connections = connections
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_seconds

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002  the whole has one limit
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        await self.initialize()
        session = cast("aiohttp.ClientSession", self._session)
        reading = self._read_seconds if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        limits = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=reading)
        try:
            async with (
                asyncio.timeout(None if reading is None else CONNECT_SECONDS + reading),
                session.request(
                    method,
                    url,
                    data=_body(request_data),
                    headers=_headers(request_data),
                    timeout=limits,
                    allow_redirects=False,
                ) as answer,
            ):
                payload = await _whole(answer)
                code = answer.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotReachedError(type(error).__name__) from None
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as error:
            raise CutOffError(type(error).__name__) from None
        if code >= 500:
            # the platform's advice: it may have been done.  A proxy's page is not JSON anyway.
            raise CutOffError(f"HTTP {code}")
        if code == 413:
            raise BadRequest("Request entity too large")
        if code >= 400:
            self._told_apart(code, payload)
        return code, payload

    def _told_apart(self, code: int, payload: bytes) -> None:
        """Raise for a refusal that the library would take for another; it looks at few numbers, and at no page."""
        try:
            answer = self.parse_json_payload(payload)
        except TelegramError:
            raise NotThePlatformError(f"HTTP {code}") from None
        parameters = answer.get("parameters")
        waits = isinstance(parameters, dict) and parameters.get("retry_after")
        if code not in NAMED and not waits:
            raise OtherRefusalError(code, str(answer.get("description") or f"HTTP {code}"))

    async def ask(self, address: str, said: Mapping[str, str]) -> Any:
        """
        Ask as the library does, with its errors, and hand on the answer as it came.

        The objects it makes of a question and of an answer cost more than all else about a reply.
        """
        return await self.post(address, RequestData([RequestParameter(*one, None) for one in said.items()]))

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library does it, but without the payload in the log: it holds what people wrote."""
        try:
            answer: Any = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TelegramError("The answer was no JSON") from None
        if not isinstance(answer, dict):
            raise TelegramError("The answer was no object")
        return answer


def _headers(data: RequestData | None) -> Mapping[str, str] | None:
    return None if data is None or data.contains_files else {"Content-Type": "application/json"}


def _body(data: RequestData | None) -> aiohttp.FormData | bytes | None:
    if data is None:
        return None
    if not data.contains_files:
        return json.dumps(data.json_parameters).encode()
    # The platform takes names as they are and shows percent signs as percent signs.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(
            name,
            io.BytesIO(content) if isinstance(content, bytes) else content,
            filename=filename,
            content_type=mime,
        )
    return form


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """The body, up to a limit that no honest answer reaches."""
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > MOST_ANSWER:
            raise BadRequest("File is too big")
        parts.append(part)
    return b"".join(parts)
