"""One house with Telegram and both Zalo channels before their strict local servers, on one clock moved by hand."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import SecretStr
from sqlalchemy import Connection, select

from bot.channels.telegram.settings import Telegram
from bot.channels.webchat.settings import Webchat
from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_oa.settings import ZaloOA
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from bot.serving.house import house_for
from bot.settings.settings import Limits
from bot.zalo import account as zalo
from content.message import Message
from handlers.conversation.desk import House
from handlers.conversation.telling import Telling
from platforms.telegram.server import TelegramServer
from platforms.zalo_bot.server import ZaloBotServer
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_SECRET_KEY, ZaloOAServer
from platforms.zalo_oa.templates import Param
from registry.applications.applications import Application, read_application
from registry.applications.review import decide
from registry.deliveries.states import explained
from registry.people import people, roles
from registry.people.roles import Role
from registry.store.rows import applications, deliveries
from tests.announced import announced
from tests.bot.shell import install

P = ParamSpec("P")
R = TypeVar("R")

PACK = "quang-binh-2021"
DISTRICT = "456"
START = datetime(2021, 6, 1, 1, 0, 5, tzinfo=UTC)
"""Tuesday 01/06/2021, 08:00 in Viet Nam."""
MAI, OFFICIAL = 5012345678, 5099999999
LAN = "246845883529197922"
AN = "6ede9afa66b88fe6d6a9"
PHONE = "84912345678"
ANSWERS = ("Khoai deo Hai Ninh", "moi", "thuc pham", "ho gia dinh", "Nguyễn Thị Mẫu", "0912345678", "hai ninh")
TEMPLATE = "900001"


@cache
def _house() -> House:
    return house_for(Settings(pack=PACK, data_dir=Path()), date(2021, 6, 1))


@dataclass
class Time:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()


@dataclass
class Street:
    """Everybody before their phones, and the house that answers."""

    time: Time
    telegram: TelegramServer
    oa: ZaloOAServer
    bot: ZaloBotServer
    settings: Settings
    house: Assembly = field(init=False)

    def __post_init__(self) -> None:
        self.mai = self.telegram.person(MAI, "Mai", started=True)
        self.lan = self.oa.person(LAN, "Lan", phone=PHONE, following=True)
        self.an = self.bot.person(AN, "An", started=True)

    # speaking and hearing

    async def says(self, person: Any, text: str) -> str:
        """Write as a person; return the last text they see then."""
        return await self.did(person, await person.writes(text))

    async def presses(self, person: Any, label: str) -> str:
        return await self.did(person, await person.presses(label))

    async def did(self, person: Any, event: Mapping[str, Any] | None) -> str:
        """Something somebody did reaches the house, and what is due leaves it."""
        assert event is not None
        await self.house.intake.accept(self._channel(person), json.dumps(event).encode())
        await self.house.intake.settled()
        self.passes(seconds=2)
        await self.delivers()
        seen = person.sees()
        return seen[-1].text if seen else ""

    def _channel(self, person: Any) -> str:
        return "telegram" if person is self.mai else "zalo_oa" if person is self.lan else "zalo_bot"

    def texts(self, person: Any) -> list[str]:
        return [message.text for message in person.sees()]

    def count(self, person: Any, words: str) -> int:
        """How many messages before somebody hold these words."""
        return sum(words in text for text in self.texts(person))

    # time

    def passes(self, **time: float) -> None:
        self.time.at += timedelta(**time)

    async def works(self) -> None:
        """Every job looks once, and what is due leaves."""
        await self.house.ticks.run_all(self.time.now())
        await self.delivers()

    async def delivers(self) -> None:
        """Send everything due, then everything that moved to another channel meanwhile."""
        await self.house.pump.drain()
        await self.house.pump.drain()

    # the office

    def do(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self.house.store.write_now(unit, *args, **kwargs)

    async def registers(self, person: Any) -> Application:
        """Register an idea from the first question to the last."""
        await self.says(person, "/dangky")
        await self.says(person, "Đồng ý")
        for words in ANSWERS:
            await self.says(person, words)
        await self.says(person, "Gửi")
        return self.idea()

    def idea(self) -> Application:
        """The one idea there is."""
        found = self.do(lambda db: db.execute(select(applications.c.id)).scalar_one())
        application = self.do(read_application, found)
        assert application is not None
        return application

    def official(self) -> Role:
        """An official of the district, with an account on Telegram."""
        person, _ = self.do(people.meet, channel="telegram", account=str(OFFICIAL), now=self.time.now())
        self.telegram.person(OFFICIAL, "Cán bộ", started=True)
        return self.do(
            roles.grant, person_id=person.id, role="district_official", place=DISTRICT, granted_by="operator",
            now=self.time.now(), title="Phòng Nông nghiệp",
        )  # fmt: skip

    async def decides(self, role: Role, act: str = "accept", **more: Any) -> None:
        """An official decides on the idea; the producer is told."""
        idea = self.idea()

        def unit(db: Connection) -> None:
            decide(
                db, pack=self.house.house.pack, application_id=idea.id, version=idea.version, act=act, role=role,
                now=self.time.now(), tell=Telling(self.house.house, db, self.time.now()), **more,
            )  # fmt: skip

        self.do(unit)
        await self.delivers()

    async def announces(self, role: Role, text: str = "Mời bà con họp lúc 8 giờ thứ Sáu.") -> str:
        """An official announces to the district; the broadcast's id."""
        sent = self.do(
            announced, pack=self.house.house.pack, role=role, place=DISTRICT,
            say=lambda number: Message(f"Thông báo {number}\n{text}"), now=self.time.now(),
        )  # fmt: skip
        await self.delivers()
        return sent.id

    def person_of(self, channel: str, account: str) -> str:
        found = self.do(people.account_person, channel=channel, account=account)
        assert found is not None
        return found

    def ledger(self, kind: str) -> list[tuple[str, str, str | None]]:
        """The results of the messages of a kind: (channel, state, reason)."""

        def read(db: Connection) -> list[tuple[str, str, str | None]]:
            rows = db.execute(
                select(deliveries.c.channel, deliveries.c.state, deliveries.c.reason, deliveries.c.detail)
                .where(deliveries.c.kind == kind)
                .order_by(deliveries.c.created_at, deliveries.c.key)
            )
            return [(row.channel, row.state, explained(row.reason, row.detail) or None) for row in rows]

        return self.do(read)


@asynccontextmanager
async def open_street(folder: Path, *, platform: Mapping[str, Any] | None = None, **oa: Any) -> AsyncIterator[Street]:
    """A street; `platform` is said to Zalo's server, the rest to the house's configuration of it."""
    time = Time()
    async with AsyncExitStack() as leaving:
        telegram = await leaving.enter_async_context(
            TelegramServer(clock=time.seconds, per_chat=None, rate_per_second=None, retry_pace=0.01)
        )
        platform_oa = await leaving.enter_async_context(
            ZaloOAServer(clock=time.seconds, retry_pace=0.01, balance=1_000_000, **(platform or {}))
        )
        bot = await leaving.enter_async_context(ZaloBotServer(clock=time.seconds, retry_pace=0.01))
        platform_oa.templates.add(TEMPLATE, "OCOP: <noi_dung>", {"noi_dung": Param("address")}, price_uid=216)
        settings = Settings(
            pack=PACK,
            data_dir=folder / "data",
            telegram=Telegram(enabled=True, token=SecretStr(telegram.token), base_url=telegram.base_url),
            webchat=Webchat(enabled=False),
            limits=Limits(messages_per_minute=60_000),
            zalo_bot=ZaloBot(enabled=True, token=SecretStr(bot.token), base_url=bot.base_url),
            zalo_oa=ZaloOA(
                enabled=True,
                app_id=APP_ID,
                app_secret=SecretStr(APP_SECRET),
                oa_secret_key=SecretStr(OA_SECRET_KEY),
                access_token=SecretStr(platform_oa.tokens.access_token),
                refresh_token=SecretStr(platform_oa.tokens.refresh_token),
                base_url=platform_oa.openapi_url,
                business_url=platform_oa.business_url,
                oauth_url=platform_oa.oauth_url,
                image_url="https://ocop.example/zalo.png",
                **oa,
            ),
        )
        install(settings.data_dir)
        street = Street(time, telegram, platform_oa, bot, settings)
        async with opened(street):
            yield street
        for server in (telegram, platform_oa, bot):
            assert server.left_over() == {}
            assert server.faults == []


@asynccontextmanager
async def opened(street: Street) -> AsyncIterator[Assembly]:
    """The house of a street, opened, or opened again after it was closed."""
    house = _house()
    house = replace(house, ways=zalo.ways(street.settings, house.pack.notice_templates).estimate)
    async with Assembly.open(street.settings, real=street.time.now, house=house) as built:
        street.house = built
        yield built
