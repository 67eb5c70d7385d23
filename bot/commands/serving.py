"""`demo` and `run`: serve until told to stop."""

import asyncio
import gc
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import settings_of

if TYPE_CHECKING:
    from bot.settings.settings import Settings

DEMO_PACK = "quang-binh-2021"


class Part(StrEnum):
    """The part of the program a process runs."""

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
    """Run the bot.  An empty or older database is upgraded; a newer one is refused."""
    gc.disable()
    settings = settings_of(ctx)
    _start_logs(settings)
    asyncio.run(_serve(settings, only))


def demo(
    ctx: typer.Context,
    pack: Annotated[
        str, typer.Option("--pack", help="quang-binh-2021 (from 2021-06-01) or quang-tri-2026.")
    ] = DEMO_PACK,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535)] = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Kept apart from the real data.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Run the demonstration with sample data and its own clock; no token, no account, and no message leaves it."""
    settings = demo_settings(settings_of(ctx), pack, port, data_dir)
    _start_logs(settings, only_troubles=True)
    asyncio.run(_serve_demo(settings, started=partial(_show, in_browser=open_browser)))


def demo_settings(settings: "Settings", pack: str, port: int | None, data_dir: Path | None) -> "Settings":
    """
    Return the settings of a demonstration: its own data folder, database and key, and no platform.

    The clock starts on the pack's demo day, whatever is configured for the real one.
    """
    from bot.commands.pack import folder_of
    from bot.settings.settings import ClockStart, Database, Security
    from content.faults import PackFaultsError
    from content.programme.pack import read_pack

    read, faults = read_pack(folder_of(pack))
    if read is None or faults:
        raise PackFaultsError(pack, tuple(str(fault) for fault in faults))
    folder = data_dir or settings.data_dir / "demo" / read.id
    start = settings.clock.start or read.programme.demo_start.isoformat()
    return settings.model_copy(
        update={
            "pack": pack,
            "trial": False,
            "data_dir": folder,
            "database": Database(),
            **settings.without_channels(),
            "security": Security(),
            "clock": ClockStart(start=start),
            "server": settings.server if port is None else settings.server.model_copy(update={"port": port}),
        }
    )


def _start_logs(settings: "Settings", *, only_troubles: bool = False) -> None:
    from bot.settings.database import folder_for
    from bot.settings.key import vault_for
    from bot.settings.logs import start_logging

    level = "WARNING" if only_troubles and settings.log.level == "INFO" else settings.log.level
    folder_for(settings)
    vault_for(settings)  # made before the first line is logged, so that it is among the secrets
    start_logging(secrets=settings.secrets(), level=level, shape=settings.log.format)


async def _serve(settings: "Settings", part: Part) -> None:
    if part is Part.ALL:
        from bot.serving.one_program import only_one

        async with only_one(settings):
            await _assembled(settings, part)
        return
    await _assembled(settings, part)


async def _assembled(settings: "Settings", part: Part) -> None:
    from bot.serving.assembly import Assembly

    async with Assembly.open(settings, part=part.value) as assembly:
        await assembly.run(part.value, started=lambda _: _built())


def _built() -> None:
    """
    Collect garbage from now on, and never again look through what was built before.

    Looking through it while it is built is a tenth of the start, and each time later a pause for everybody.
    """
    gc.freeze()
    gc.enable()


async def _serve_demo(settings: "Settings", *, started: Callable[[str], None]) -> None:
    from bot.demo.serving import serve_demo

    await serve_demo(settings, started=started)


def _show(address: str, *, in_browser: bool) -> None:
    """Say where the page is, once it answers; a browser that is slow to start keeps nobody waiting."""
    print(f"{address}  (Ctrl-C)", flush=True)
    if in_browser:
        import threading
        import webbrowser

        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
