"""
Requests to both Zalo products, and downloads of files.

The type of an error says whether the request had been sent: only then the outcome is doubtful.  No error
holds an address, since those of the Bot Platform contain its token.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.channels.channel import FetchError

CONNECT_SECONDS = 5.0
CONNECTIONS = 64
"""Twice the most messages in flight: a renewed token or a file never waits for a connection."""
READ_SECONDS = 20.0
"""With connecting it stays below 35 s, after which a claim is given up."""
MOST_ANSWER = 1024 * 1024

FILE_HOSTS = ("zdn.vn", "zadn.vn", "dlfl.vn", "dlmd.me", "zalo.me", "zaloapp.com", "zaloplatforms.com", "zapps.me")
"""Where Zalo keeps what people send, seen in live events; Zalo publishes no list, so it is a setting."""


def file_hosts(base_url: str) -> tuple[str, ...]:
    """Where people's files may be: the platform's own hosts, and a platform on this machine."""
    parts = urlsplit(base_url)  # of an address with a path the origin counts: files have other paths
    return (*FILE_HOSTS, *((f"{parts.scheme}://{parts.netloc}",) if base_url.startswith("http://127.0.0.1:") else ()))


class NotReachedError(Exception):
    """No connection was made: the request was certainly not sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CutOffError(Exception):
    """The request was sent and no valid answer came: its outcome is unknown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status below 500."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def object(self) -> dict[str, Any] | None:
        """The answer as a JSON object; None when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


class Transport:
    """
    One pool of connections to one product.

    `hosts` are the only places a file is fetched from. A name allows itself and all below it, over https; a whole
    origin (`http://127.0.0.1:8090`) allows exactly that one.
    """

    def __init__(
        self, *, connections: int = CONNECTIONS, read_seconds: float = READ_SECONDS, hosts: Sequence[str] = FILE_HOSTS
    ) -> None:
        self._connections = connections
        self._hosts = tuple(host.rstrip("/") for host in hosts)
        self._session: aiohttp.ClientSession | None = None
        self.read_seconds = read_seconds

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        """Close the connections.  Requests in flight are cut off and become doubtful."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | aiohttp.FormData | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """One request; raises `NotReachedError` or `CutOffError`, and nothing else."""
        reading = self.read_seconds if seconds is None else seconds
        limits = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=reading)
        try:
            async with (
                asyncio.timeout(CONNECT_SECONDS + reading),
                self._opened().request(
                    method,
                    url,
                    headers=headers,
                    params=params,
                    json=body,
                    data=form,
                    timeout=limits,
                    allow_redirects=False,
                ) as answer,
            ):
                content = await _whole(answer, MOST_ANSWER)
                status, told = answer.status, dict(answer.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotReachedError(type(error).__name__) from None
        except TimeoutError:
            raise CutOffError("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
            raise CutOffError(type(error).__name__) from None
        if status >= 500 or content is None:
            raise CutOffError(f"HTTP {status}")
        return Reply(status, {name.lower(): value for name, value in told.items()}, content)

    async def download(self, url: str, most: int) -> bytes:
        """Fetch a file from one of the known places; raises `FetchError`."""
        if not self._is_known(url):
            raise FetchError("not an address of the platform", final=True)
        limits = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=self.read_seconds)
        try:
            async with self._opened().get(url, timeout=limits, allow_redirects=False) as answer:
                status = answer.status
                content = await _whole(answer, most) if status == 200 else b""
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise FetchError(type(error).__name__, final=isinstance(error, aiohttp.InvalidURL)) from None
        if status != 200:
            raise FetchError(f"HTTP {status}", final=status < 500 and status not in {408, 429})
        if content is None:
            raise FetchError("larger than allowed", final=True)
        return content

    def _is_known(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.username is not None or parts.password is not None:
            return False
        origin = f"{parts.scheme}://{parts.netloc}"
        return any(
            origin == known
            if "://" in known
            else parts.scheme == "https" and port in {None, 443} and (host == known or host.endswith(f".{known}"))
            for known in self._hosts
        )


async def _whole(answer: aiohttp.ClientResponse, most: int) -> bytes | None:
    """The body, or None when it is larger than allowed.  Stops reading at the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)
