"""
The guided demo: one page on which a visitor sees a whole registration within a minute.

It serves one house at a time, with its own data and clock. The port stays the same while the house is exchanged (for
another pack, or to start again).
"""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from bot.channels.channel import UnreadableError
from bot.channels.webchat.channel import WebChannel
from bot.channels.webchat.routes import WebChat
from bot.demo.guide import Guide
from bot.demo.hands import Caption, GuideStuckError
from bot.demo.people import Player, invite_players, players_of
from bot.demo.platforms import HALF, MEMORY, Platforms
from bot.serving import web_rooms
from bot.serving.assembly import Assembly
from bot.settings.command_error import CommandError
from bot.settings.settings import ClockStart, Limits, Settings
from content.phrases import Phrases
from content.programme.pack import PACKS, Pack, read_pack
from handlers.conversation.incoming import Incoming
from registry import demonstration as demo_rows
from registry.store.store import StoreRefusesError

log = structlog.get_logger()

MARK = "demo.txt"
MARKED = "Data of the demonstration. Everything in this folder is made up and may be deleted.\n"
OURS = ("ocopbot.db", "ocopbot.db-wal", "ocopbot.db-shm", "secret.key", "files", MEMORY, HALF)
"""The files of a demo in its folder; a restart of the demo removes these and no others."""
PACE = 0.35
EVENTS_REMEMBERED = 500
STAGE_SECONDS = 15.0
QUICK = 600
"""Messages per minute: the guide types faster than people."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A pack the demo can show."""

    id: str
    name: str


@dataclass
class Stage:
    """The current house, and its people."""

    assembly: Assembly
    players: dict[str, Player]
    chat: WebChat
    guide: Guide
    pack: Pack
    platforms: Platforms


class Demo:
    """Holds the stage, lets the guide play on it, and exchanges it."""

    def __init__(self, settings: Settings, *, pace: float = PACE) -> None:
        self._settings = settings
        self._pace = pace
        self.phrases = Phrases.load()
        self.packs = {pack.id: pack for pack in _packs_with_a_demo(settings)}
        self.stage: Stage | None = None
        self.actor = ""
        self.caption = Caption("demo.welcome")
        self.running = 0
        self._leaving = AsyncExitStack()
        self._work: asyncio.Task[None] | None = None
        self._playing: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._set = asyncio.Event()
        self._seen: dict[str, None] = {}
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def offers(self) -> tuple[Offer, ...]:
        return tuple(Offer(pack.id, pack.programme.short_name) for pack in self.packs.values())

    # The stage

    async def enter(self, pack_id: str) -> None:
        """Open the house of a pack in its last state."""
        pack = self.packs[pack_id]
        settings = self.settings_for(pack)
        _own(settings.data_dir)
        platforms = await self._leaving.enter_async_context(Platforms.open(settings.data_dir / MEMORY))
        settings = settings.model_copy(update=platforms.settings())
        assembly = await self._leaving.enter_async_context(Assembly.open(settings, demo=True))
        script = assembly.house.pack.demo
        webchat = assembly.channel(WebChannel)
        if script is None or webchat is None:
            raise CommandError("The demo needs the web chat and the pack's demo.yaml. Nothing was changed.")
        players = players_of(script, webchat.sessions)
        await assembly.store.write(invite_players, players=players, now=assembly.clock.now())
        rooms = web_rooms.back(settings, assembly.store, assembly.house, assembly.runtime)
        chat = WebChat(
            webchat,
            self.accept,
            rooms.files,
            rooms.page,
            public_url=settings.server.public_url,
            demo=True,
        )
        producer = next(one for one in players.values() if not one.official)
        await self._leaving.enter_async_context(platforms.serving(assembly, producer))
        guide = Guide(
            assembly,
            players,
            script,
            accept=self.accept,
            showing=self._show,
            pace=self._pace,
            phones=platforms.phones,
            passing=lambda: platforms.pass_time(assembly),
        )
        self.stage = Stage(assembly, players, chat, guide, assembly.house.pack, platforms)
        self._set.set()
        self._leaving.push_async_callback(self._stop_work, assembly)
        self._work = asyncio.create_task(assembly.run("pump"), name="demo")
        self._work.add_done_callback(self._work_ended)
        begun = await assembly.store.read(demo_rows.heard, [guide.producer.account])
        self.actor, self.running = "", 0
        self.caption = Caption("demo.welcome_back" if begun else "demo.welcome")

    async def on_stage(self) -> Stage | None:
        """Return the stage, waiting a moment while it opens; None when that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STAGE_SECONDS):
                await self._set.wait()
        return self.stage

    async def leave(self) -> None:
        """Close the house and keep its data."""
        playing, self._playing, self.stage = self._playing, None, None
        self._set.clear()
        if playing is not None and not playing.done():
            playing.cancel()
            await asyncio.wait([playing])
        self._seen.clear()
        leaving, self._leaving = self._leaving, AsyncExitStack()
        await leaving.aclose()

    async def switch(self, pack_id: str) -> None:
        """Change to another pack; the data of the last one is kept."""
        async with self._changing:
            if self.stage is None or self.stage.pack.id != pack_id:
                await self.leave()
                await self.enter(pack_id)

    async def reset(self) -> None:
        """Start again: only the files of a demo are removed from the folder."""
        async with self._changing:
            stage = self.stage
            if stage is None:
                return
            folder = stage.assembly.settings.data_dir
            await self.leave()
            await asyncio.to_thread(_clear, folder)
            await self.enter(stage.pack.id)

    def settings_for(self, pack: Pack) -> Settings:
        """
        Each pack has its own folder and clock, and no real office signs sample messages.

        Configured platforms are never called.
        """
        mine, folder = self._settings, self._settings.data_dir
        update: dict[str, Any] = {
            "limits": Limits(messages_per_minute=QUICK),
            "office": "",
            **mine.without_channels(),
        }
        if Path(mine.pack).name != pack.id:
            update |= {
                "pack": pack.id,
                "data_dir": folder.parent / pack.id if folder.name == Path(mine.pack).name else folder / pack.id,
                "clock": ClockStart(start=pack.programme.demo_start.isoformat()),
            }
        elif not mine.clock.start:
            update |= {"clock": ClockStart(start=pack.programme.demo_start.isoformat())}
        return mine.model_copy(update=update)

    async def _stop_work(self, assembly: Assembly) -> None:
        assembly.ticks.stop()
        work, self._work = self._work, None
        if work is not None and not work.done():
            work.cancel()
            await asyncio.wait([work])

    def _work_ended(self, work: asyncio.Task[None]) -> None:
        """End the demo with its house, which was stopped by the system or failed."""
        if work.cancelled() or self.ended.done():
            return
        trouble = work.exception()
        if trouble is not None:
            self.ended.set_exception(trouble)
        else:
            self.ended.set_result(None)

    # The messages of people

    async def accept(self, channel: str, raw: bytes) -> None:
        """
        Take an event in, like intake, and show it on every open page of the same person.

        A reloaded page, or another page of the person, then shows both sides.
        """
        stage = self.stage
        if stage is None:
            raise StoreRefusesError("The demo is being prepared.")
        webchat = stage.assembly.channel(WebChannel)
        said = None
        with suppress(UnreadableError):  # intake says the same, and counts it
            said = webchat.read(raw, now=stage.assembly.clock.now()) if webchat is not None else None
        if webchat is not None and said is not None and said.event not in self._seen:
            self._seen[said.event] = None
            while len(self._seen) > EVENTS_REMEMBERED:
                del self._seen[next(iter(self._seen))]
            await webchat.show(said.account, await _as_shown(stage.assembly, said))
        await stage.assembly.intake.accept(channel, raw)

    # The guide

    def _show(self, actor: str, caption: Caption | None) -> None:
        self.actor = actor
        if caption is not None:
            self.caption = caption

    async def play(self, number: int) -> bool:
        """
        Press one of the buttons (0: to the next thing) and wait until it is done.

        False when another one runs; it continues.
        """
        stage = self.stage
        if stage is None or self._changing.locked() or (self._playing is not None and not self._playing.done()):
            return False
        guide = stage.guide
        acts = (
            guide.to_next,
            guide.ask,
            guide.register,
            guide.review,
            guide.leap,
            guide.announce,
            guide.climb,
            guide.finish,
            guide.announce_wide,
        )
        self.running = number or -1

        async def perform() -> None:
            try:
                self.caption = await acts[number]()
            except GuideStuckError:
                log.warning("the guide is stuck", button=number)
                self.caption = Caption("demo.stuck")
            except StoreRefusesError:
                self.caption = Caption("demo.stuck")
            finally:
                self.running = 0

        self._playing = asyncio.create_task(perform(), name="guide")
        await asyncio.wait([self._playing])
        return True

    def said(self, caption: Caption) -> dict[str, str]:
        """A caption in both languages."""
        return {language: self.phrases.say(caption.key, language, **caption.values) for language in ("vi", "en")}


async def _as_shown(assembly: Assembly, said: Incoming) -> Mapping[str, Any]:
    """Return a message of a person as the pages show it: a press by its label, a file by its name."""
    text = said.text
    if said.kind == "press":
        lines = await assembly.store.read(demo_rows.conversation, said.account)
        labels = (
            label
            for line in lines
            if str(line.seq) == said.pressed
            for label, action in line.choices
            if action == said.payload
        )
        text = next(labels, said.payload)
    elif said.files:
        text = said.files[0].name
    elif said.place is not None:
        text = f"{said.place[0]:.5f}, {said.place[1]:.5f}"
    event = said.event.partition(":")[2]
    return {"mine": event, "text": text, "kind": said.kind, "press": said.payload, "of": said.pressed}


def _packs_with_a_demo(settings: Settings) -> list[Pack]:
    """Return the configured pack and the others with a script, the earlier days first."""
    chosen = PACKS / settings.pack
    folders = [chosen, *(path.parent for path in PACKS.glob("*/demo.yaml") if path.parent.name != chosen.name)]
    packs = {folder.name: pack for folder in folders if (pack := _with_a_script(folder)) is not None}
    if chosen.name not in packs:
        raise CommandError(f"{chosen.name} has no script for a demo (demo.yaml). Nothing was started.")
    return sorted(packs.values(), key=lambda pack: pack.programme.demo_start)


@cache
def _with_a_script(folder: Path) -> Pack | None:
    read, faults = read_pack(folder)
    return read if read is not None and read.demo is not None and not faults else None


def _own(folder: Path) -> None:
    """Refuse a folder with data of a real installation: sample people must not be mixed with real ones."""
    mark = folder / MARK
    if (folder / "ocopbot.db").exists() and not mark.exists():
        raise CommandError(
            f"{folder} holds data that is not of a demonstration. Nothing was changed. "
            "Choose another folder: ocopbot demo --data-dir FOLDER"
        )
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    mark.write_text(MARKED, "utf-8")


def _clear(folder: Path) -> None:
    if not (folder / MARK).exists():
        return
    for path in (*(folder / name for name in OURS), *folder.glob("ocopbot.db.*.sender")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
