"""The wiring: from a configuration to a running house.  Everybody is made here and handed what they need."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import structlog
from aiohttp import web
from sqlalchemy import Connection, select

from bot.channels.channel import Channel, Words
from bot.channels.telegram.channel import TelegramChannel, close_telegram, open_telegram
from bot.channels.telegram.polling import TelegramPolling
from bot.channels.telegram.setup import Introduction, introduce, receive_by_polling, receive_by_webhook
from bot.channels.telegram.webhook import telegram_routes
from bot.channels.webchat.channel import Sessions, WebChannel
from bot.channels.webchat.routes import WebChat
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.polling import ZaloBotPolling
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.serving.attachments import Attachments
from bot.serving.file_links import BRIEF_LIVES, FileLinks, count_look
from bot.serving.intake import Intake
from bot.serving.showing import shows_for
from bot.serving.web_rooms import Files, History
from bot.settings.clock import VIETNAM, Clock, parse_start
from bot.settings.database import folder_for
from bot.settings.key import vault_for
from bot.settings.settings import Settings
from bot.web import application, count_refusal
from bot.zalo import opening as zalo
from bot.zalo import refusals as zalo_refusals
from bot.zalo import tokens as zalo_tokens
from bot.zalo.callback import callback_routes
from bot.zalo.forecasts import account_forecast, by_router, page_forecast
from bot.zalo.watch import HeldWhileLost, Watch, trouble_of
from console.chat import chat_page
from content.decent_hours import out_of_the_night
from content.finder.search import Answers
from content.phrases import Phrases
from content.programme.pack import load_pack
from handlers.conversation.desk import House
from handlers.conversation.telling import Telling
from handlers.rooms import COMMANDS, front_desk
from registry.applications import files
from registry.deadlines import deadlines, rounds
from registry.deliveries import deliveries
from registry.deliveries.channel_pauses import channel_pauses
from registry.deliveries.claims import paused_for
from registry.deliveries.reaching import Forecast
from registry.deliveries.routing import Router
from registry.store.inbox import inbox
from registry.store.installation import fact, serve_pack, set_fact
from registry.store.schema import upgrade
from registry.store.store import Store, StoreRefusesError
from scheduler.delivery import Pump
from scheduler.fetching import Fetching
from scheduler.ticks import Ticks

log = structlog.get_logger()

Part = Literal["all", "web", "pump"]
CLOCK_FACT = "clock_offset"
LOOK_SECONDS = 0.2
"""How often a process that only pumps looks into the inbox another one fills."""
STOP_SECONDS = 10.0
WEB_RATE = 500.0
"""Our own pages have no limit of a platform; this one keeps announcements from crowding out replies."""


def house_for(settings: Settings, day: date, *, demo: bool = False) -> House:
    """The texts and rules of the configured pack, as of a day.  Raises with all faults of the pack at once."""
    pack = load_pack(settings.pack, day)
    return House(
        pack=pack,
        phrases=Phrases.load(),
        answers=Answers(pack.topics, pack.learned),
        office=settings.office or pack.programme.office,
        contact=settings.contact,
        public_url=settings.server.public_url,
        demo=demo,
        ways=zalo.ways(settings, pack.notice_templates).estimate if settings.zalo_oa.enabled else None,
        shows=shows_for(settings),
        exports_per_day=settings.limits.exports_per_day,
    )


def clock_for(settings: Settings, store: Store) -> Clock:
    """The real time; with a configured start a demo clock whose offset is stored, so a restart never goes back."""
    if not settings.clock.start:
        return Clock()
    kept = store.read_now(fact, CLOCK_FACT)
    if kept is not None:
        return Clock(timedelta(seconds=float(kept)))
    clock = Clock(parse_start(settings.clock.start) - datetime.now(UTC))
    store.write_now(set_fact, CLOCK_FACT, str(clock.offset.total_seconds()))
    return clock


@dataclass
class Assembly:
    """A house with everybody in it.  `open` builds it; `run` serves until it is told to stop."""

    settings: Settings
    store: Store
    clock: Clock
    house: House
    channels: dict[str, Channel]
    attachments: Attachments
    intake: Intake
    pump: Pump
    ticks: Ticks
    telegram: TelegramChannel | None = None
    polling: TelegramPolling | None = None
    webchat: WebChannel | None = None
    web_files: Files | None = None
    zalo_oa: ZaloOAChannel | None = None
    zalo_bot: ZaloBotChannel | None = None
    zalo_polling: ZaloBotPolling | None = None
    more_routes: list[web.AbstractRouteDef] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)

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

        An empty or older database is brought up, a newer one or one of another pack refused.
        A `house` that was loaded before is taken as it is; nothing in it ever changes.
        """
        folder_for(settings)
        vault = vault_for(settings)
        upgrade(settings.database_url, vault)
        store = Store(settings.database_url, vault)
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
            built = cls._build(settings, store, clock, house, part, real or zalo.real_now)
            if built.telegram is not None:
                leaving.push_async_callback(close_telegram, built.telegram)
            if built.webchat is not None:
                leaving.push_async_callback(built.webchat.close)
            if built.zalo_oa is not None:
                leaving.push_async_callback(built.zalo_oa.client.transport.close)
                leaving.push_async_callback(built.zalo_oa.tokens.close)
            if built.zalo_bot is not None:
                leaving.push_async_callback(built.zalo_bot.close)
            leaving.push_async_callback(built.intake.stop)
            yield built

    @classmethod
    def _build(
        cls,
        settings: Settings,
        store: Store,
        clock: Clock,
        house: House,
        part: Part,
        real: Callable[[], datetime],
    ) -> "Assembly":
        say = house.phrases.say
        words = Words(
            say("channels.share_phone"),
            say("channels.share_place"),
            say("channels.no_file", name="{name}"),
            say("channels.brief_link", minutes=int(BRIEF_LIVES.total_seconds() // 60)),
        )
        folder = settings.data_dir
        attachments = Attachments(store, house, folder, clock.now)
        links = FileLinks(
            store.vault.derive("file links"),
            settings.server.public_url,
            attachments,
            real,
            look=lambda link, now: store.write(count_look, link, now),
            ended=say("channels.link_ended"),
        )
        channels: dict[str, Channel] = {}
        telegram = webchat = web_files = None
        if settings.telegram.enabled:
            telegram = open_telegram(
                settings.telegram.token.get_secret_value(), words, base_url=settings.telegram.base_url
            )
            channels["telegram"] = telegram
        if settings.webchat.enabled:
            web_files = Files(store, folder, now=clock.now, attachments=attachments)
            webchat = WebChannel(History(store, clock.now), Sessions(store.vault.derive("web chat")), web_files.load)
            channels["webchat"] = webchat
        zalo_oa = None
        if settings.zalo_oa.enabled:
            zalo_oa = zalo.open_oa(
                settings,
                store,
                words,
                worded=house.pack.notice_templates,
                link_for=links.link_for,
                now=clock.now if house.demo else real,  # the demo's platform keeps the demo's time
            )
            channels["zalo_oa"] = zalo_oa
        zalo_bot = None
        if settings.zalo_bot.enabled:
            since = clock.now().astimezone(VIETNAM).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            sent = store.read_now(deliveries.sent_on, channel="zalo_bot", since=since)
            zalo_bot = zalo.open_bot(settings, words, clock.now, sent, link_for=links.link_for)
            channels["zalo_bot"] = zalo_bot
        routers: dict[str, Router] = {}
        forecasts: dict[str, Forecast] = {} if webchat is None else {"webchat": page_forecast(webchat)}
        if zalo_oa is not None:
            held = HeldWhileLost(zalo_oa.tokens, zalo.ways(settings, house.pack.notice_templates, zalo_oa.bars))
            routers["zalo_oa"], forecasts["zalo_oa"] = held, account_forecast(held)
        if zalo_bot is not None:
            planned = zalo.plan_ways(settings, zalo_bot)
            routers["zalo_bot"], forecasts["zalo_bot"] = planned, by_router(planned)
        house = replace(house, forecasts=forecasts)
        pump = Pump(
            store,
            channels,
            now=clock.now,
            files=attachments,
            rate_per_second={"telegram": settings.telegram.rate_per_second, "webchat": WEB_RATE},
            decent=lambda moment: out_of_the_night(moment, house.pack.programme),
            routers=routers,
            lists=zalo.LISTING,
        )
        intake = Intake(
            store,
            channels,
            house=house,
            front=front_desk(),
            now=clock.now,
            pump=pump,
            per_minute=settings.limits.messages_per_minute,
            turns=part != "web",
        )
        teller = _teller(house)
        ticks = Ticks(
            store,
            pack=house.pack,
            now=clock.now,
            teller=teller,
            wake=pump.wake,
            fetching=Fetching(store, channels, folder=folder, teller=teller),
            edits=frozenset(name for name, shown in house.shows.items() if shown.edits),
        )
        built = cls(settings, store, clock, house, channels, attachments, intake, pump, ticks)
        built.telegram, built.webchat, built.web_files = telegram, webchat, web_files
        built.zalo_oa, built.zalo_bot = zalo_oa, zalo_bot
        if channels.keys() & zalo.LISTING:
            built.more_routes += links.routes()
        receives = part != "web"  # elsewhere a loop that never runs would be shown as trouble
        if receives and zalo_bot is not None and settings.zalo_bot.mode == "polling":
            built.zalo_polling = ZaloBotPolling(zalo_bot, intake.accept)
        if receives and telegram is not None and settings.telegram.mode == "polling":
            built.polling = TelegramPolling(telegram, intake.accept)
        return built

    # Serving

    def web_application(self, part: Part = "all") -> web.Application:
        """Every route of this configuration; webhooks are served whether the platform knows them or not."""
        routes: list[web.AbstractRouteDef] = [*self.more_routes]
        if self.telegram is not None:
            secret = self.settings.telegram.secret_token.get_secret_value()
            routes += telegram_routes(self.telegram, self.intake.accept, secret, count=count_refusal)
        if self.zalo_oa is not None:
            routes += zalo.oa_routes(self.settings, self.zalo_oa, self.intake.accept, now=self.clock.now)
            routes += callback_routes(self.settings, self.store, self.house.phrases.say, now=self.clock.now)
        if self.zalo_bot is not None:
            routes += zalo.bot_routes(self.settings, self.zalo_bot, self.intake.accept)
        if self.webchat is not None and self.web_files is not None:
            programme = self.house.pack.programme
            chat = WebChat(
                self.webchat,
                self.intake.accept,
                self.web_files,
                lambda: chat_page(programme=programme.short_name, office=self.house.office, trial=self.house.trial),
                public_url=self.settings.server.public_url,
                demo=self.house.demo,
                look_seconds=1.0 if part == "web" else None,
                count=count_refusal,
            )
            routes += chat.routes()
        return application(routes, ready=self.readiness, public=bool(self.settings.server.public_url))

    async def run(self, part: Part = "all", *, started: Callable[[str], None] | None = None) -> None:
        """Serve until cancelled or told to stop by the system; what was accepted is finished or stays in the inbox."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, stopping.set)
        async with AsyncExitStack() as leaving:
            if part != "web":
                await self.intake.recover()  # before the door opens: what somebody wrote earlier has its turn earlier
            if part != "pump":
                leaving.push_async_callback((await self._listen(part)).cleanup)
            tasks = [asyncio.create_task(stopping.wait(), name="stop")]
            if part != "web":
                tasks += self._work()
            leaving.push_async_callback(_cancel, tasks)
            leaving.callback(self.ticks.stop)
            if started is not None:
                started(self.address)
            if self.house.pack.programme.approved_on is None and not self.house.demo:
                log.warning("the pack's texts are not approved: the bot calls itself a trial", pack=self.house.pack.id)
            address = {} if part == "pump" else {"address": self.address}
            log.info("serving", part=part, channels=sorted(self.channels), **address)
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    @property
    def address(self) -> str:
        return self.settings.server.public_url or f"http://{self.settings.server.host}:{self._port}"

    _port: int = 0

    async def _listen(self, part: Part) -> web.AppRunner:
        runner = web.AppRunner(self.web_application(part), access_log=None, shutdown_timeout=3.0)
        await runner.setup()
        site = web.TCPSite(runner, self.settings.server.host, self.settings.server.port)
        try:
            await site.start()
        except OSError as trouble:
            await runner.cleanup()
            raise PortTakenError(self.settings.server.host, self.settings.server.port) from trouble
        self._port = runner.addresses[0][1]
        return runner

    def _work(self) -> list[asyncio.Task[Any]]:
        tasks = [
            asyncio.create_task(self.pump.run(), name="pump"),
            asyncio.create_task(self._look_for_more(), name="inbox"),
        ]
        if self.telegram is not None:
            tasks.append(asyncio.create_task(self._receive_telegram(self.telegram), name="telegram"))
        if self.zalo_oa is not None:
            watch = Watch(
                self.store,
                self.zalo_oa.tokens,
                self.zalo_oa.bars,
                house=self.house,
                channels=self.channels,
                now=self.clock.now,
                wake=self.pump.wake,
                troubles=self.troubles,
            )
            tasks.append(asyncio.create_task(watch.run(), name="zalo_oa"))
        if self.zalo_bot is not None:
            receiving = zalo.receive_bot(self.zalo_bot, self.settings, self.zalo_polling, self.troubles)
            tasks.append(asyncio.create_task(receiving, name="zalo_bot"))
        self.ticks.start()
        return tasks

    async def _look_for_more(self) -> None:
        """Take up what another process keeps in the inbox, and what this one could not hold in memory."""
        while True:
            await asyncio.sleep(LOOK_SECONDS if self.settings.database.url.get_secret_value() else 5.0)
            with contextlib.suppress(StoreRefusesError):
                await self.intake.recover()

    async def _receive_telegram(self, telegram: TelegramChannel) -> None:
        """Introduce the bot, then receive; a platform out of reach is tried again and told in /readyz."""
        while True:
            troubles = await introduce(telegram, self.introduction())
            if self.polling is None:
                url = self.settings.server.public_url
                secret = self.settings.telegram.secret_token.get_secret_value()
                if url.startswith("https://"):
                    troubles += await receive_by_webhook(telegram, url, secret)
            else:
                troubles += await receive_by_polling(telegram)
            if not troubles:
                self.troubles.pop("telegram", None)
                break
            self.troubles["telegram"] = "; ".join(troubles)
            log.warning("telegram is not ready", troubles=troubles)
            if self.polling is not None:
                break
            await asyncio.sleep(30)
        if self.polling is not None:
            await self.polling.run()
        await asyncio.Event().wait()

    def introduction(self) -> Introduction:
        """The command lists and descriptions, from the catalog."""
        say = self.house.phrases
        listed = [command for command in COMMANDS if command.listed and not command.official]
        return Introduction(
            commands={
                language: {
                    command.name: say.say(f"command.{command.name}", language)
                    for command in listed
                    if say.has(f"command.{command.name}")
                }
                for language in ("vi", "en")
            },
            description={"vi": say.say("bot.description", office=self.house.office or say.say("house.trial_office"))},
            short_description={"vi": say.say("bot.short_description")},
        )

    async def readiness(self) -> dict[str, Any]:
        """Whether the database takes writes, the channels work, and how far the work lags."""
        facts: dict[str, Any] = {"ready": True, "channels": sorted(self.channels), "troubles": dict(self.troubles)}
        try:
            await self.store.write(_touch, now=self.clock.now())
            facts["deliveries"] = await self.store.read(deliveries.backlog, now=self.clock.now())
            paused = await self.store.read(paused_for)
            if paused:
                facts["troubles"]["pump"] = f"paused: {paused}. Run: ocopbot resume"
            facts["inbox_waiting"] = await self.store.read(_inbox_waiting)
            if self.zalo_oa is not None and (alarm := await self.store.read(zalo_tokens.alarm)):
                facts["troubles"]["zalo_oa"] = trouble_of(alarm)  # also where another process does the work
            elif self.zalo_oa is not None and (refused := await self.store.read(zalo_refusals.refused)):
                facts["troubles"]["zalo_oa"] = zalo_refusals.trouble_of(refused)
            for pause in await self.store.read(channel_pauses, now=self.clock.now()):
                _also(facts["troubles"], pause.channel, pause.words)
        except StoreRefusesError as trouble:
            facts |= {"ready": False, "database": str(trouble)}
        if self.polling is not None and self.polling.trouble:
            _also(facts["troubles"], "telegram", self.polling.trouble)
        if self.zalo_polling is not None and self.zalo_polling.trouble:
            _also(facts["troubles"], "zalo_bot", self.zalo_polling.trouble)
        return facts

    async def advance(self, by: timedelta) -> datetime:
        """Move the demo clock forward, keep its offset, and do all that has come due meanwhile."""
        now = self.clock.advance(by)
        await self.store.write(set_fact, CLOCK_FACT, str(self.clock.offset.total_seconds()))
        await self.ticks.run_all(now)
        self.pump.wake()
        return now


class PortTakenError(Exception):
    """Somebody else listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken. Nothing was started. "
            "Stop the other program, or choose another: OCOPBOT_SERVER__PORT=8081"
        )


def _teller(house: House) -> Callable[[Connection, datetime], Telling]:
    return lambda db, now: Telling(house, db, now)


def _repair_files(store: Store, settings: Settings) -> None:
    """After a power cut: whole files get their names.  A folder that cannot be read stops nothing else."""
    try:
        done = store.write_now(files.repair, folder=settings.data_dir, now=datetime.now(UTC))
    except (OSError, StoreRefusesError) as trouble:
        log.warning("the file room was not looked through", reason=type(trouble).__name__)
        return
    if done:
        log.warning("files that a power cut left half-named were put right", **done)


def _also(troubles: dict[str, str], of: str, words: str) -> None:
    """Add a trouble to what is told of the same channel already."""
    troubles[of] = f"{troubles[of]}; {words}" if of in troubles else words


def _touch(db: Connection, *, now: datetime) -> None:
    """A write that says whether the database still takes any."""
    set_fact(db, "touched_at", now.isoformat())


def _inbox_waiting(db: Connection) -> int:
    return len(db.execute(select(inbox.c.id).where(inbox.c.state == "new").limit(10_000)).all())


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_SECONDS)
