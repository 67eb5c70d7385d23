"""`demo` and `run`: serve until told to stop."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_settings import settings_of

if TYPE_CHECKING:
    from bot.config import Settings

DEMO_PACK = "quang-binh-2021"


class Part(StrEnum):
    """Which part of the program a process serves."""

    ALL = "all"
    WEB = "web"
    PUMP = "pump"


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command("demo")(demo)
    app.command("run")(run)


def run(
    ctx: typer.Context,
    only: Annotated[
        Part, typer.Option("--only", help="web: store, acknowledge, pages.  pump: polling, turns, sweeps, sending.")
    ] = Part.ALL,
) -> None:
    """Serve the bot.  An empty or older database is brought up; a newer one is refused."""
    settings = settings_of(ctx)
    _start_logs(settings)
    asyncio.run(_serve(settings, only, demo=False, open_browser=False))


def demo(
    ctx: typer.Context,
    pack: Annotated[str, typer.Option("--pack", help="quang-binh-2021 (from 2021-06-01) or quang-tri-2026.")] = DEMO_PACK,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535)] = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Kept apart from the real data.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Serve the demonstration: sample data and a clock of its own; no token, no account, nobody is written to."""
    settings = demo_settings(settings_of(ctx), pack, port, data_dir)
    _start_logs(settings)
    print(f"http://{settings.server.host}:{settings.server.port}  (Ctrl-C)", flush=True)
    asyncio.run(_serve(settings, Part.ALL, demo=True, open_browser=open_browser))


def demo_settings(settings: "Settings", pack: str, port: int | None, data_dir: Path | None) -> "Settings":
    """
    The settings of a demonstration: its own data folder, database and key, and no platform.

    The clock starts on the pack's demo day, whatever is configured for the real one.
    """
    from bot.cli_pack import folder_of
    from bot.config import ClockStart, Database, Security, Telegram
    from content.faults import PackFaultsError
    from content.pack import read_pack

    read, faults = read_pack(folder_of(pack))
    if read is None or faults:
        raise PackFaultsError(pack, tuple(str(fault) for fault in faults))
    folder = data_dir or settings.data_dir / "demo" / read.id
    start = settings.clock.start or read.programme.demo_start.isoformat()
    return settings.model_copy(
        update={
            "pack": pack,
            "data_dir": folder,
            "database": Database(),
            "telegram": Telegram(),
            "security": Security(),
            "clock": ClockStart(start=start),
            "server": settings.server if port is None else settings.server.model_copy(update={"port": port}),
        }
    )


def _start_logs(settings: "Settings") -> None:
    from bot.logs import start_logging

    start_logging(secrets=settings.secrets(), level=settings.log.level, shape=settings.log.format)


async def _serve(settings: "Settings", only: Part, *, demo: bool, open_browser: bool) -> None:
    from bot.assembly import Assembly

    async with Assembly.open(settings, demo=demo) as assembly:
        opening = asyncio.create_task(_open_page(settings)) if open_browser else None
        try:
            await assembly.run(only.value)
        finally:
            if opening is not None:
                opening.cancel()


async def _open_page(settings: "Settings") -> None:
    """Open the browser once the page answers; given up after ten seconds."""
    import contextlib
    import webbrowser

    for _ in range(50):
        await asyncio.sleep(0.2)
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(settings.server.host, settings.server.port)
            writer.close()
            await asyncio.to_thread(webbrowser.open, f"http://{settings.server.host}:{settings.server.port}/")
            return
