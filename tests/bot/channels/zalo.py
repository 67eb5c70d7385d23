"""Both Zalo channels on separate stages, before their strict local servers."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.channel import Words
from bot.channels.zalo.transport import Transport
from bot.channels.zalo_bot.channel import ZaloBotChannel, open_zalo_bot
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.client import ZaloClient
from bot.channels.zalo_oa.pair import Pair
from bot.channels.zalo_oa.reading import Reader
from bot.channels.zalo_oa.tokens import Tokens
from content.message import BOLD, PLAIN, Choice, Message
from platforms.zalo_bot.server import ZaloBotServer
from platforms.zalo_oa.messages import SentMessage
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_ID, ZaloOAServer

from .seen import Seen

HELLO = Message(f"Chào {BOLD}chị{PLAIN} <3", (Choice("Đúng", "=k:y"), Choice("Sửa lại", "/sua")))
LAN = "246845883529197922"  # larger than any whole number a float can hold
PICTURE = "https://ocop.example/zalo.png"


@dataclass
class Time:
    """A clock that stands still until it is moved; its seconds are those of the server too."""

    at: datetime = datetime(2026, 11, 2, 2, 0, 5, tzinfo=UTC)  # 9:00 in Viet Nam

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class TokenRoom:
    """The pair and the marks in memory, each call as whole as one committed unit; refuses on demand."""

    pair: Pair | None = None
    marks: set[str] = field(default_factory=set)
    alarms: list[str] = field(default_factory=list)
    refuses: Exception | None = None
    taken: bool = False

    def _open(self) -> None:
        if self.refuses is not None:
            raise self.refuses

    async def load(self) -> Pair | None:
        self._open()
        return self.pair

    async def reserve(self, refresh_token: str) -> bool:
        self._open()
        mark = hashlib.sha256(refresh_token.encode()).hexdigest()
        if mark in self.marks:
            return False
        self.marks.add(mark)
        return True

    async def unreserve(self, refresh_token: str) -> None:
        self._open()
        self.marks.discard(hashlib.sha256(refresh_token.encode()).hexdigest())

    async def right(self) -> "TokenRoom | None":
        if self.taken:
            return None
        self.taken = True
        return self

    async def release(self) -> None:
        self.taken = False

    async def keep(self, new: Pair) -> None:
        self._open()
        self.pair = new
        self.alarms.clear()

    async def lost(self, reason: str) -> None:
        self._open()
        if reason not in self.alarms:
            self.alarms.append(reason)


@dataclass
class ZaloOAStage:
    server: ZaloOAServer
    channel: ZaloOAChannel
    time: Time
    room: TokenRoom
    counts: list[str]
    account: str = LAN

    marks_bold = False
    lists_always = True

    async def seen(self) -> list[Seen]:
        return [Seen(m.text, (), tuple(m.labels), _files(m)) for m in self.server.person(LAN).sees()]

    def typed(self, text: str, number: int = 1) -> bytes:
        return event(text=text, msg_id=f"m{number}")


def _files(message: SentMessage) -> tuple[str, ...]:
    return (message.content.stored.name,) if message.content.stored is not None else ()


def event(name: str = "user_send_text", stamp: str = "1793584805000", **message: Any) -> bytes:
    """An event as it comes in, with whatever its message holds."""
    ends = {"sender": {"id": LAN}, "recipient": {"id": OA_ID}, "user_id_by_app": "552177279717587730"}
    body = {"app_id": APP_ID, **ends, "event_name": name, "message": {"msg_id": "m1", **message}, "timestamp": stamp}
    return json.dumps(body).encode()


def pair_of(server: ZaloOAServer, time: Time) -> Pair:
    return Pair(server.tokens.access_token, server.tokens.refresh_token, time.now() + timedelta(hours=25))


def tokens_for(client: ZaloClient, room: Any, time: Time, **more: Any) -> Tokens:
    async def no_pause(_: float) -> None:
        return

    return Tokens(
        room, lambda form: client.exchange(APP_SECRET, form), app_id=APP_ID, now=time.now, pause=no_pause, **more
    )


def client_for(server: ZaloOAServer, time: Time, *, read_seconds: float = 5.0) -> ZaloClient:
    transport = Transport(read_seconds=read_seconds, hosts=(server.base_url,))
    return ZaloClient(
        transport, now=time.now, api=server.openapi_url, business=server.business_url, oauth=server.oauth_url
    )


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def zalo_oa(words: Words, time: Time) -> AsyncIterator[ZaloOAStage]:
    counts: list[str] = []
    async with ZaloOAServer(clock=time.seconds, free_replies=None, retry_pace=0.01) as server:
        server.person(LAN, "Lan", following=True)
        client = client_for(server, time)
        room = TokenRoom(pair_of(server, time))
        channel = ZaloOAChannel(
            client,
            tokens_for(client, room, time),
            words,
            Reader(counts.append),
            image_url=PICTURE,
        )
        yield ZaloOAStage(server, channel, time, room, counts)
        await channel.tokens.close()
        await client.transport.close()
        assert server.left_over() == {}
        assert server.faults == []


AN = "6ede9afa66b88fe6d6a9"
_LINKED = re.compile(r"^(.+): https?://\S+$", re.MULTILINE)


@dataclass
class ZaloBotStage:
    server: ZaloBotServer
    channel: ZaloBotChannel
    time: Time
    linked: dict[str, str]
    account: str = AN

    marks_bold = False
    lists_always = True

    async def seen(self) -> list[Seen]:
        return [
            Seen(m.text, (), (), ("photo",) if m.kind == "photo" else tuple(_LINKED.findall(m.text)))
            for m in self.server.person(AN).sees()
        ]

    def typed(self, text: str, number: int = 1) -> bytes:
        return update(text=text, message_id=f"m{number}")


def update(name: str = "message.text.received", *, chat: str = "PRIVATE", **message: Any) -> bytes:
    """An update as it comes in, with whatever its message holds."""
    ends = {"from": {"id": AN, "display_name": "An", "is_bot": False}, "chat": {"id": AN, "chat_type": chat}}
    return json.dumps(
        {"event_name": name, "message": {"message_id": "m1", "date": 1_793_584_805_000, **ends, **message}}
    ).encode()


@pytest.fixture
async def zalo_bot(words: Words, time: Time) -> AsyncIterator[ZaloBotStage]:
    async with ZaloBotServer(clock=time.seconds, retry_pace=0.01) as server:
        server.person(AN, "An", started=True)
        linked: dict[str, str] = {}

        def link_for(key: str) -> str | None:
            if key not in linked:
                linked[key] = server.keep_media(b"\xff\xd8\xff tam anh", f"{key}.jpg", "image/jpeg")
            return linked[key]

        channel = open_zalo_bot(
            server.token,
            now=time.now,
            words=words,
            link_for=link_for,
            base_url=server.base_url,
            transport=Transport(read_seconds=5.0, hosts=(server.base_url,)),
        )
        yield ZaloBotStage(server, channel, time, linked)
        await channel.close()
        assert server.left_over() == {}
        assert server.faults == []
