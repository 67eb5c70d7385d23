"""
The wiring: from a configuration to a running program.

Everything is made here and handed what it needs.  The channels are those of `bot.serving.registered`;
each adds its routes, receivers and router by its manifest, and none is known here by name.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

import structlog
from aiohttp import web
from sqlalchemy import Connection

from bot.channels.channel import Channel
from bot.serving.attachments import Attachments
from bot.serving.backups import Backups, backs_up
from bot.serving.house import clock_for, disk_of, house_for, keep_offset, warn_of_ended_law
from bot.serving.intake import Intake
from bot.serving.opening import Base, links_for, open_channels, real_now, runtime_for
from bot.serving.readiness import InTime, readiness
from bot.settings.clock import VIETNAM, Clock
from bot.settings.database import begin_list, folder_for
from bot.settings.key import vault_for
from bot.settings.settings import Settings
from bot.web.addresses import Addresses
from bot.web.application import OPEN, Status, application
from bot.web.door import listen
from content.decent_hours import out_of_the_night
from handlers.conversation.desk import House
from handlers.conversation.telling import Telling
from handlers.rooms import front_desk
from registry.applications.file_room import upkeep
from registry.deadlines import deadlines, rounds
from registry.people import trials
from registry.store.installation import serve_pack
from registry.store.schema import upgrade
from registry.store.store import Store, StoreRefusesError
from scheduler.dated import with_its_day
from scheduler.fetching import Fetching
from scheduler.pump.delivery import Pump
from scheduler.ticks import Ticks

log = structlog.get_logger()

C = TypeVar("C")
Part = Literal["all", "web", "pump"]
LOOK_SECONDS = 0.2
"""How often a process that only sends looks into the inbox that another process fills."""
BRING_SECONDS = 1.0
"""How often events that are held in memory are tried again while the database is away."""
STOP_SECONDS = 10.0


class Assembly:
    """A whole program.  `open` builds it; `run` serves until it is told to stop."""

    def __init__(self, base: Base, part: Part) -> None:
        """Build everything; nothing is listened to yet."""
        self.settings, self.store, self.clock, self.house = base.settings, base.store, base.clock, base.house
        self.attachments = Attachments(base.store, base.house, base.settings.data_dir, base.clock.now)
        links = links_for(base, self.attachments)
        self.runtime = runtime_for(
            base,
            accept=self.accept,
            wake=self.wake,
            links=links,
            attachments=self.attachments,
            sends=part != "web",
        )
        self.opened = open_channels(base, self.runtime)
        forecasts = {name: one.forecast for name, one in self.opened.items() if one.forecast is not None}
        self.house = replace(base.house, forecasts=forecasts)
        self.channels: dict[str, Channel] = {name: one.channel for name, one in self.opened.items()}
        self.disk = disk_of(base.settings)
        self.pump = self._pump()
        self.intake = Intake(
            base.store,
            self.channels,
            house=self.house,
            front=front_desk(),
            now=base.clock.now,
            pump=self.pump,
            per_minute=base.settings.limits.messages_per_minute,
            turns=part != "web",
            again={name: one.facts.again for name, one in self.opened.items()},
            line_of={name: one.line_of for name, one in self.opened.items()},
        )
        self.ticks = self._ticks()
        self._links = links.routes() if any(one.facts.links for one in self.opened.values()) else []
        self._port = self.status_port = 0
        makes = backs_up(base.settings) and not base.house.demo
        self.backups = Backups(base.settings, base.real) if makes else None
        self._in_time = InTime(self._look)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        *,
        demo: bool = False,
        part: Part = "all",
        real: Callable[[], datetime] | None = None,
        house: House | None = None,
    ) -> AsyncIterator["Assembly"]:
        """
        Build everything and listen to nothing yet.

        An empty or older database is brought up; a newer one, or one of another pack, is refused.
        A `house` that was loaded before is taken as it is; nothing in it ever changes.
        """
        folder_for(settings)
        vault = vault_for(settings)
        begin_list(settings)
        upgrade(settings.database_url, vault)
        store = Store(settings.database_url, vault, settings.data_dir)
        async with AsyncExitStack() as leaving:
            leaving.callback(store.close)
            clock = clock_for(settings, store)
            if real is not None:
                clock = Clock(clock.offset, real=real)
            if house is None:
                house = house_for(settings, clock.now().astimezone(VIETNAM).date(), demo=demo)
            store.write_now(serve_pack, house.pack.id)
            _repair_files(store, settings)
            store.write_now(deadlines.seed, pack=house.pack)
            store.write_now(rounds.follow_pack, pack=house.pack, now=clock.now())
            _follow_trial(store, settings, clock.now().astimezone(UTC))
            built = cls(Base(settings, store, clock, house, real or real_now), part)
            for one in built.opened.values():
                leaving.push_async_callback(one.close)
            leaving.push_async_callback(built.intake.stop)
            yield built

    def _pump(self) -> Pump:
        facts = {name: one.facts for name, one in self.opened.items()}

        def decent(moment: datetime) -> datetime:
            return out_of_the_night(moment, self.house.pack.programme)

        return Pump(
            self.store,
            self.channels,
            now=self.clock.now,
            files=self.attachments,
            rate_per_second={name: of.rate_per_second for name, of in facts.items() if of.rate_per_second is not None},
            decent=decent,
            dated=with_its_day(self.house.pack, self.house.phrases, decent),
            routers={name: one.router for name, one in self.opened.items() if one.router is not None},
            lists=frozenset(name for name, of in facts.items() if of.lists),
        )

    def _ticks(self) -> Ticks:
        def teller(db: Connection, now: datetime) -> Telling:
            return Telling(self.house, db, now)

        return Ticks(
            self.store,
            pack=self.house.pack,
            now=self.clock.now,
            teller=teller,
            wake=self.pump.wake,
            fetching=Fetching(
                self.store, self.channels, folder=self.settings.data_dir, quota=self.house.quota, teller=teller
            ),
            watched=self.disk,
            edits=frozenset(name for name, shown in self.house.shows.items() if shown.edits),
            served=frozenset(self.channels),
        )

    # For the channels

    async def accept(self, channel: str, raw: bytes) -> None:
        """Commit a raw event of a channel."""
        await self.intake.accept(channel, raw)

    def wake(self) -> None:
        """Let the pump look for messages that are due."""
        self.pump.wake()

    def channel(self, kind: type[C]) -> C | None:
        """The channel of a class; None when it is not configured."""
        return next((one for one in self.channels.values() if isinstance(one, kind)), None)

    @property
    def troubles(self) -> dict[str, str]:
        """The troubles that receivers noted, by channel."""
        return self.runtime.troubles

    # Serving

    def web_application(self) -> web.Application:
        """Every route of this configuration; webhooks are served whether the platform knows them or not."""
        routes = [*self._links, *(route for one in self.opened.values() for route in one.routes)]
        return application(routes, ready=self.readiness, status=self._status())

    def _status(self) -> Status:
        """The readers of the facts behind /readyz and of the metrics."""
        server = self.settings.server
        local = not server.public_url and server.status_port is None
        return Status(server.status_token.get_secret_value(), local=local)

    async def readiness(self) -> dict[str, Any]:
        """The answer of /readyz, in time."""
        return await self._in_time.facts(self.troubles)

    async def _look(self) -> dict[str, Any]:
        noted = dict(self.troubles)
        if self.backups is not None and (trouble := await asyncio.to_thread(self.backups.trouble)):
            noted["backup"] = trouble
        if trouble := self.disk.trouble():
            noted["disk"] = trouble
        return await readiness(self.store, self.opened, noted=noted, now=self.clock.now())

    async def run(self, part: Part = "all", *, started: Callable[[str], None] | None = None) -> None:
        """Serve until cancelled or told to stop by the system; accepted events are finished or stay in the inbox."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, stopping.set)
        async with AsyncExitStack() as leaving:
            if part != "web":
                await self.intake.recover()  # before the door opens: an earlier message has its turn earlier
            if part != "pump":
                leaving.push_async_callback((await self._listen()).cleanup)
            if (port := self.settings.server.status_port) is not None:
                leaving.push_async_callback((await self._listen_for_status(port)).cleanup)
            tasks: list[asyncio.Task[Any]] = [asyncio.create_task(stopping.wait(), name="stop")]
            tasks.append(asyncio.create_task(self._bring_held(), name="held"))
            if part != "web":
                tasks += self._work()
            leaving.push_async_callback(_cancel, tasks)
            leaving.callback(self.ticks.stop)
            if started is not None:
                started(self.address)
            if self.house.pack.programme.approved_on is None and not self.house.demo:
                log.warning("the pack's texts are not approved: the bot calls itself a trial", pack=self.house.pack.id)
            warn_of_ended_law(self.house.pack, self.clock.now())
            address = {} if part == "pump" else {"address": self.address}
            log.info("serving", part=part, channels=sorted(self.channels), **address)
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    @property
    def address(self) -> str:
        return self.settings.server.public_url or f"http://{self.settings.server.host}:{self._port}"

    async def _listen(self) -> web.AppRunner:
        server = self.settings.server
        try:
            runner = await listen(
                self.web_application(),
                server.host,
                server.port,
                per_address=self.settings.limits.connections_per_address,
                addresses=Addresses(server.proxies),
            )
        except OSError as trouble:
            raise PortTakenError(server.host, server.port) from trouble
        self._port = runner.addresses[0][1]
        return runner

    async def _listen_for_status(self, port: int) -> web.AppRunner:
        """Serve the facts and the metrics on a port of this machine only."""
        runner = web.AppRunner(application((), ready=self.readiness, status=OPEN), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as trouble:
            await runner.cleanup()
            raise PortTakenError("127.0.0.1", port) from trouble
        self.status_port = runner.addresses[0][1]
        return runner

    def _work(self) -> list[asyncio.Task[Any]]:
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(self.pump.run(), name="pump"),
            asyncio.create_task(self._look_for_more(), name="inbox"),
        ]
        if self.backups is not None:
            tasks.append(asyncio.create_task(self.backups.run(), name="backups"))
        for name, one in self.opened.items():
            tasks += [asyncio.create_task(receive(), name=name) for receive in one.receivers]
        self.ticks.start()
        return tasks

    async def _look_for_more(self) -> None:
        """Take up what another process keeps in the inbox, and what this one could not hold in memory."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)  # a process that only serves the web may fill it
            with contextlib.suppress(StoreRefusesError):
                await self.intake.recover()

    async def _bring_held(self) -> None:
        """Commit what the database refused and no platform brings again."""
        while True:
            await asyncio.sleep(BRING_SECONDS)
            await self.intake.bring_held()

    async def advance(self, by: timedelta) -> datetime:
        """Move the demo clock forward, keep its offset, and do everything that is due by then."""
        now = self.clock.advance(by)
        await self.store.write(keep_offset, clock=self.clock)
        await self.ticks.run_all(now)
        self.pump.wake()
        return now


class PortTakenError(Exception):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken. Nothing was started. "
            "Stop the other program, or choose another: OCOPBOT_SERVER__PORT=8081"
        )


def _follow_trial(store: Store, settings: Settings, now: datetime) -> None:
    """Begin a configured trial; a trial that is on stays on until an operator ends it."""
    match store.write_now(trials.follow, wanted=settings.trial, now=now):
        case trials.Mode.ON:
            log.warning("a trial is on: only invited people are answered", leave="ocopbot trial end")
        case trials.Mode.ENDED:
            log.warning("the trial was ended, and the configuration still says trial: true; it has no effect")


def _repair_files(store: Store, settings: Settings) -> None:
    """Give whole files their names after a power cut.  An unreadable folder is reported and stops nothing else."""
    try:
        done = store.write_now(upkeep.repair, folder=settings.data_dir, now=datetime.now(UTC))
    except (OSError, StoreRefusesError) as trouble:
        log.warning("the file room was not looked through", reason=type(trouble).__name__)
        return
    if done:
        log.warning("files that a power cut left half-named were put right", **done)


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_SECONDS)
