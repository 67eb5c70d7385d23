"""Every channel on its own stage, with the same words for a person's acts and view."""

import asyncio
import json
import struct
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.channel import Channel, Words, spans
from bot.channels.telegram.channel import TelegramChannel, close_telegram, open_telegram
from bot.channels.webchat.channel import Sessions, UploadRefusedError, WebChannel, WebFile
from bot.channels.webchat.routes import SESSION_HEADER, WebChat
from content.phrases import Phrases
from platforms.telegram.server import TelegramServer

from .seen import Seen
from .token_scene import scene  # noqa: F401  a fixture
from .zalo import time, zalo_bot, zalo_oa  # noqa: F401  fixtures

NOW = datetime(2021, 6, 1, 1, 0, tzinfo=UTC)
MAI = 5012345678
JPG = b"\xff\xd8\xff\xe0" + b"tam" * 50
PDF = b"%PDF-1.7 giay to"


def _png() -> bytes:
    """A whole picture of one grey point, as a browser can show it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


class Stage(Protocol):
    """A channel with one person in front of it."""

    channel: Channel
    account: str
    marks_bold: bool
    """Whether the platform shows bold; where it does not, the words stand plain."""
    lists_always: bool
    """True when choices are in the text, with their buttons or instead of them."""

    async def seen(self) -> list[Seen]: ...

    def typed(self, text: str, number: int = 1) -> bytes:
        """The raw event of somebody typing; the same number is the same event."""


@dataclass
class TelegramStage:
    server: TelegramServer
    channel: TelegramChannel
    account: str = str(MAI)

    marks_bold = True
    lists_always = False

    async def seen(self) -> list[Seen]:
        def bold(message: Any) -> tuple[str, ...]:
            units = message.text.encode("utf-16-le")
            return tuple(
                units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
                for e in message.entities
                if e["type"] == "bold"
            )

        return [
            Seen(m.text, bold(m), tuple(m.labels), (m.document_name,) if m.document else ("photo",) if m.photo else ())
            for m in self.server.person(MAI).sees()
        ]

    def typed(self, text: str, number: int = 1) -> bytes:
        person = {"id": MAI, "is_bot": False, "first_name": "Mai"}
        message = {
            "message_id": number,
            "from": person,
            "chat": {"id": MAI, "type": "private", "first_name": "Mai"},
            "date": 1_622_509_200,
            "text": text,
        }
        return json.dumps({"update_id": 800_000_000 + number, "message": message}).encode()


@dataclass
class History:
    """Messages in the order in which they were kept, as the deliveries table would give them."""

    rows: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    refuses: type[Exception] | None = None

    async def keep(self, account: str, message: Mapping[str, Any]) -> int:
        if self.refuses is not None:
            raise self.refuses
        self.rows.append((account, len(self.rows) + 1, json.loads(json.dumps(message))))
        return len(self.rows)

    async def since(self, account: str, seq: int) -> Sequence[tuple[int, Mapping[str, Any]]]:
        return [(number, word) for owner, number, word in self.rows if owner == account and number > seq]


@dataclass
class FileRoom:
    """Uploads and sent files by key, with the account they belong to."""

    kept: dict[str, tuple[str, WebFile]] = field(default_factory=dict)
    refuses: type[Exception] | None = None

    async def check_upload(self, account: str) -> None:
        if self.refuses is UploadRefusedError:
            raise UploadRefusedError("no_room")

    async def keep_upload(self, account: str, content: bytes, name: str, mime: str) -> str:
        if self.refuses is not None:
            raise self.refuses
        key = uuid.uuid4().hex
        self.kept[key] = (account, WebFile(content, name, mime))
        return f"file:{key}"

    async def open_file(self, account: str, key: str) -> WebFile | None:
        owner, file = self.kept.get(key, ("", None))
        return file if owner == account else None

    async def load(self, key: str) -> bytes | None:
        return self.kept[key][1].content if key in self.kept else None


@dataclass
class Inbox:
    """The accepted events, each once; refuses, or hangs until it is `free`, on demand."""

    channel: Channel
    raw: dict[str, bytes] = field(default_factory=dict)
    refuses: Exception | None = None
    free: asyncio.Event | None = None

    async def accept(self, name: str, raw: bytes) -> None:
        event, _ = self.channel.address(raw)
        if self.free is not None:
            await self.free.wait()
        if self.refuses is not None:
            raise self.refuses
        assert name == self.channel.name
        self.raw.setdefault(event, raw)

    def said(self) -> list[Any]:
        return [self.channel.read(raw, now=NOW) for raw in self.raw.values()]


@dataclass
class WebStage:
    channel: WebChannel
    history: History
    files: FileRoom
    inbox: Inbox
    client: TestClient[web.Request, web.Application]
    session: str
    account: str
    counts: list[str]
    chat: WebChat
    sockets: list[ClientWebSocketResponse] = field(default_factory=list)

    marks_bold = True
    lists_always = False

    @property
    def origin(self) -> str:
        return f"http://{self.client.host}:{self.client.port}"

    async def open(
        self, session: str | None = None, since: int = 0
    ) -> tuple[ClientWebSocketResponse, list[dict[str, Any]]]:
        """Open a page; answers with its socket and what it was shown before it was ready."""
        socket = await self.client.ws_connect("/chat/ws", origin=self.origin)
        self.sockets.append(socket)
        await socket.send_json({"hello": self.session if session is None else session, "since": since})
        missed: list[dict[str, Any]] = []
        while True:
            frame = await socket.receive(timeout=30)
            assert frame.type is WSMsgType.TEXT, frame
            word = json.loads(frame.data)
            if word.get("ready"):
                return socket, missed
            missed.append(word)

    async def seen(self) -> list[Seen]:
        socket, missed = await self.open()
        await socket.close()
        return [_seen(word["say"]) for word in missed if "say" in word]

    def typed(self, text: str, number: int = 1) -> bytes:
        event = {"id": str(uuid.UUID(int=number)), "account": self.account, "kind": "text", "text": text}
        return json.dumps(event).encode()

    def headers(self, session: str | None = None) -> dict[str, str]:
        return {"Origin": self.origin, SESSION_HEADER: self.session if session is None else session}


def _seen(word: Mapping[str, Any]) -> Seen:
    pieces = list(spans(word["text"]))
    return Seen(
        "".join(words for _, words in pieces),
        tuple(words for bold, words in pieces if bold),
        tuple(choice["label"] for choice in word["choices"]),
        tuple(attached["name"] for attached in word["attachments"]),
    )


@pytest.fixture(scope="session")
def words() -> Words:
    phrases = Phrases.load()
    return Words(
        phrases.say("channels.share_phone"),
        phrases.say("channels.share_place"),
        phrases.say("channels.no_file", name="{name}"),
        phrases.say("channels.brief_link", minutes=30),
    )


@pytest.fixture
async def telegram(words: Words) -> AsyncIterator[TelegramStage]:
    async with TelegramServer(per_chat=None, rate_per_second=None, retry_pace=0.01) as server:
        server.person(MAI, "Mai", started=True)
        channel = open_telegram(server.token, words, base_url=server.base_url)
        yield TelegramStage(server, channel)
        await close_telegram(channel)
        assert server.left_over() == {}
        assert server.faults == []


@pytest.fixture
def demo() -> bool:
    return False


@pytest.fixture
async def webchat(demo: bool) -> AsyncIterator[WebStage]:
    history, files, sessions, counts = History(), FileRoom(), Sessions(b"a key of thirty-two bytes or more"), []
    channel = WebChannel(history, sessions, files.load)
    inbox = Inbox(channel)
    chat = WebChat(
        channel, inbox.accept, files, lambda: "<!doctype html><title>chat</title>", demo=demo, count=counts.append
    )
    app = web.Application()
    app.add_routes(chat.routes())
    async with TestClient(TestServer(app)) as client:
        session = sessions.issue()
        account = sessions.account(session)
        assert account is not None
        stage = WebStage(channel, history, files, inbox, client, session, account, counts, chat)
        yield stage
        for socket in stage.sockets:
            await socket.close()


STAGES: Mapping[str, str] = {name: name for name in ("telegram", "webchat", "zalo_bot", "zalo_oa")}
"""Every channel by name, with the fixture of its stage; a channel that is not here fails the suite."""


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest) -> Stage:
    """Each channel in turn."""
    made: Stage = request.getfixturevalue(STAGES[request.param])
    return made


@pytest.fixture
def event_id() -> Callable[[], str]:
    return lambda: str(uuid.uuid4())
