"""The demo behind its page: one port, on which the house can be exchanged."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.demo.routes import DemoRoutes
from bot.demo.stage import PACE, Demo
from bot.serving.assembly import PortTakenError
from bot.settings.settings import Settings
from bot.web.application import Status, application


@asynccontextmanager
async def open_demo(settings: Settings, *, pace: float = PACE) -> AsyncIterator[tuple[Demo, str]]:
    """The demo with its page, and the page's address.  Raises `PortTakenError` before anything is opened."""
    demo = Demo(settings, pace=pace)
    app = application(DemoRoutes(demo).routes(), ready=lambda: _readiness(demo), status=Status(local=True))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.server.host, settings.server.port).start()
        except OSError as trouble:
            raise PortTakenError(settings.server.host, settings.server.port) from trouble
        await demo.enter(Path(settings.pack).name)
        yield demo, f"http://{settings.server.host}:{runner.addresses[0][1]}"
    finally:
        await demo.leave()
        await runner.cleanup()


async def serve_demo(settings: Settings, *, started: Callable[[str], None] | None = None) -> None:
    """Run the demo until stopped; `started` is called with the address of its page."""
    async with open_demo(settings) as (demo, address):
        if started is not None:
            started(address)
        await demo.ended


async def _readiness(demo: Demo) -> dict[str, Any]:
    stage = demo.stage
    if stage is None:
        return {"ready": False}
    return await stage.assembly.readiness()
