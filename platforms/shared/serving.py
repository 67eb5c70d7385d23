"""How a local platform begins and ends: it listens on loopback, delivers to its webhooks, and stops."""

from abc import ABC, abstractmethod
from typing import Protocol, Self

from aiohttp import web


class Delivering(Protocol):
    """The part of a running platform that delivers the acts of people."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class LocalServer(ABC):
    """A platform's HTTP server on loopback, for the length of an `async with`."""

    largest_request: int
    """The largest body the platform takes, in bytes."""
    _runner: web.AppRunner | None = None
    _port = 0

    @abstractmethod
    def _routes(self) -> list[web.AbstractRouteDef]:
        """Every address the platform answers; the first that fits counts."""

    @abstractmethod
    def _delivering(self) -> Delivering:
        """The part that delivers its events."""

    async def start(self, port: int = 0) -> None:
        """Listen on loopback and deliver; port 0 takes any free one."""
        app = web.Application(client_max_size=self.largest_request)
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._port = self._runner.addresses[0][1]
        await self._delivering().start()

    async def stop(self) -> None:
        """Stop delivering and listening; open polls are answered first."""
        await self._delivering().stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def base_url(self) -> str:
        """The root of every address of the platform."""
        return f"http://127.0.0.1:{self._port}"
