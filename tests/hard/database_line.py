"""The line between the program and its database, which can be cut, frozen and restored: a proxy on loopback."""

import asyncio
import contextlib
from typing import Self

from sqlalchemy.engine import make_url


class DatabaseLine:
    """
    Stands before a PostgreSQL server; `url` is what the program is told.

    While it is cut nobody can connect, and who was connected is thrown out in mid-sentence. While it is frozen it
    accepts everybody and holds every byte in either direction, as a stopped server does.
    """

    def __init__(self, url: str) -> None:
        self._to = make_url(url)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    @property
    def url(self) -> str:
        away = self._to.difference_update_query(("host", "port")).set(host="127.0.0.1", port=self._port)
        return away.render_as_string(hide_password=False)

    async def mend(self) -> None:
        """Let connections through, on the same port as before."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def freeze(self) -> None:
        """Hold every byte from now on."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let the held bytes through, and all that follow."""
        self._flows.set()

    async def cut(self) -> None:
        self.thaw()
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        host = str(self._to.query.get("host") or self._to.host or "127.0.0.1")
        port = int(str(self._to.query.get("port") or self._to.port or 5432))
        if host.startswith("/"):
            there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there = await asyncio.open_connection(host, port)
        self._open |= {writer, there[1]}
        try:
            await asyncio.gather(self._pump(reader, there[1]), self._pump(there[0], writer))
        finally:
            self._open -= {writer, there[1]}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(ConnectionError, RuntimeError):
            writer.close()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
