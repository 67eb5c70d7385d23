"""
The platforms of the demo: a local Telegram and a local Zalo on loopback, and the real channels before them.

They use the demo's clock, so that the rules of a platform about days can be seen.
No request leaves this machine, and the tokens are valid for these servers only.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import Connection

from bot.channels.telegram.settings import Telegram
from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.pair import Pair
from bot.channels.zalo_oa.settings import ZaloOA
from bot.demo.people import Player
from bot.demo.phones import Phone, TelegramPhone, ZaloPhone
from bot.serving.assembly import Assembly
from bot.zalo.tokens import KeptTokens
from platforms.telegram.server import TelegramServer
from platforms.zalo_oa.oauth import ACCESS_SECONDS
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_SECRET_KEY, ZaloOAServer
from platforms.zalo_oa.templates import Param
from registry.store.installation import forget_facts

log = structlog.get_logger()

MEMORY, HALF = "phones.json", "phones.half"
LOOPBACK = "127.0.0.1"
TEMPLATES = {"status": "900001", "reminder": "900002"}
"""The approved templates; broadcasts have none, as on a new account."""
HOLE = "noi_dung"
TEMPLATE_DONG = 216
YEARLY_DONG, RESERVE_DONG = 3_000, 2_000
BALANCE_DONG = 1_000_000
TAKES_SECONDS = 5.0
KEPT_SECONDS = 0.5


class Platforms:
    """Both platforms of one house with the producer's phones, while it is open."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._now: Callable[[], datetime] = lambda: datetime.now(UTC)
        # A server without memory must not repeat the numbers of an earlier start: the bot knows them already.
        first = int(time.time() * 1000)
        self.telegram = TelegramServer(
            clock=self._seconds, per_chat=None, first_message_id=first, first_update_id=first
        )
        self.zalo = ZaloOAServer(clock=self._seconds, oa_id=str(first), balance=BALANCE_DONG)
        for number in TEMPLATES.values():
            self.zalo.templates.add(number, f"<{HOLE}>", {HOLE: Param("address")}, price_uid=TEMPLATE_DONG)
        self.phones: dict[str, Phone[Any]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, memory: Path) -> AsyncIterator["Platforms"]:
        """Start both; the content of the phones is saved at the end."""
        platforms = cls(memory)
        async with platforms.telegram, platforms.zalo:
            try:
                yield platforms
            finally:
                platforms.keep()

    def settings(self) -> dict[str, Any]:
        """Return the sections of a configuration that name these servers, and no other platform."""
        return {
            "telegram": Telegram(
                enabled=True, token=SecretStr(self.telegram.token), base_url=self.telegram.base_url, mode="polling"
            ),
            "zalo_oa": ZaloOA(
                enabled=True,
                app_id=APP_ID,
                app_secret=SecretStr(APP_SECRET),
                oa_secret_key=SecretStr(OA_SECRET_KEY),
                base_url=self.zalo.base_url,
                business_url=self.zalo.base_url,
                oauth_url=self.zalo.base_url,
                yearly_dong=YEARLY_DONG,
                reserve_dong=RESERVE_DONG,
                template_text=HOLE,
                template_status=TEMPLATES["status"],
                template_reminder=TEMPLATES["reminder"],
            ),
            "zalo_bot": ZaloBot(),
        }

    @asynccontextmanager
    async def serving(self, assembly: Assembly, player: Player) -> AsyncIterator[None]:
        """Follow the clock of a house, give it tokens and events, and give the producer two phones."""
        self._now = assembly.clock.now
        await self._consent(assembly)
        self._hand_out(player)
        runner = await self._door(assembly)
        keeping = asyncio.create_task(self._keep_along(), name="demo phones")
        try:
            yield
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await runner.cleanup()

    async def pass_time(self, assembly: Assembly) -> None:
        """Wait until the bot took every event, and let it renew its tokens."""
        await self.telegram.bell.until(self.telegram.updates.settled, TAKES_SECONDS)
        await self.zalo.bell.until(self.zalo.events.settled, TAKES_SECONDS)
        account = assembly.channel(ZaloOAChannel)
        if account is not None:
            await account.tokens.tick()

    def keep(self) -> None:
        """Save the content of the phones."""
        if not self.phones:
            return
        zalo_phone = self.phones["zalo_oa"]
        spoke_at = zalo_phone.spoke_at if isinstance(zalo_phone, ZaloPhone) else 0.0
        kept = {"spoke_at": spoke_at, **{name: phone.kept() for name, phone in self.phones.items()}}
        half = self._memory.with_name(HALF)
        with contextlib.suppress(OSError):  # on a full disk only the old entries are lost
            half.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
            half.replace(self._memory)

    async def _keep_along(self) -> None:
        """Save new content all the time, for a start after a power cut."""
        known = self._shown()
        while True:
            await asyncio.sleep(KEPT_SECONDS)
            if known != (known := self._shown()):
                self.keep()

    def _shown(self) -> list[int]:
        return [len(phone.entries()) for phone in self.phones.values()]

    # Setting up

    async def _consent(self, assembly: Assembly) -> None:
        """Forget the facts of the earlier platform: each start has a new one."""
        await assembly.store.write(_forget)
        pair = self.zalo.tokens.new_pair()
        ends = assembly.clock.now() + timedelta(seconds=ACCESS_SECONDS)
        await KeptTokens(assembly.store, now=assembly.clock.now).keep(Pair(pair.access_token, pair.refresh_token, ends))

    def _hand_out(self, player: Player) -> None:
        name, number = player.about.name, "84" + player.about.phone.removeprefix("0")
        telegram = TelegramPhone(self.telegram, int(player.accounts["telegram"]), name, number)
        oa = ZaloPhone(self.zalo, player.accounts["zalo_oa"], name, number)
        self.phones = {"telegram": telegram, "zalo_oa": oa}
        kept = self._kept()
        for channel, phone in self.phones.items():
            phone.restore(kept.get(channel, ()))
        if kept.get("spoke_at"):
            oa.spoke_at = kept["spoke_at"]

    def _kept(self) -> Mapping[str, Any]:
        try:
            found = json.loads(self._memory.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as trouble:
            log.warning("the saved phones cannot be read", reason=type(trouble).__name__)
            return {}
        return found if isinstance(found, dict) else {}

    async def _door(self, assembly: Assembly) -> web.AppRunner:
        """The webhook, for this machine only."""
        app = web.Application()
        account = assembly.opened.get("zalo_oa")
        if account is not None:
            app.add_routes(account.routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, 0).start()
        self.zalo.deliver_to(f"http://{LOOPBACK}:{runner.addresses[0][1]}/zalo/oa/webhook")
        return runner

    def _seconds(self) -> float:
        return self._now().timestamp()


def _forget(db: Connection) -> None:
    forget_facts(db, "zalo_oa:")
