"""The web chat as a page speaks it: a session, a socket, uploads."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from bot.channels.webchat.routes import SESSION_HEADER
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from content.message import BOLD, PLAIN
from handlers.conversation.desk import House

from .stage import PAPER, Act, Heard, Hours, Stage, picture


@dataclass
class Page:
    """One browser: its session, what it has seen, and what it sent last."""

    session: str
    seen: int = 0
    shown: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    last: list[dict[str, Any]] = field(default_factory=list)


class WebchatStage(Stage):
    name = "web chat"
    cannot = frozenset({"sticker"})

    def __init__(self, settings: Settings, house: House, hours: Hours) -> None:
        super().__init__(settings, house, hours)
        self.pages: dict[str, Page] = {}
        self._client: TestClient[Any, Any] | None = None
        self._pictures = 0

    @asynccontextmanager
    async def listening(self, bot: Assembly) -> AsyncIterator[None]:
        async with TestClient(TestServer(bot.web_application())) as client:
            self._client = client
            yield
        self._client = None

    @property
    def client(self) -> TestClient[Any, Any]:
        assert self._client is not None
        return self._client

    @property
    def headers(self) -> dict[str, str]:
        return {"Origin": str(self.client.make_url("/")).rstrip("/")}

    async def page(self, who: str) -> Page:
        if who not in self.pages:
            async with self.client.post("/chat/session", headers=self.headers) as answer:
                self.pages[who] = Page((await answer.json())["session"])
            self.client.session.cookie_jar.clear()  # everybody has a separate browser
        return self.pages[who]

    async def do(self, bot: Assembly, who: str, act: Act) -> None:
        page = await self.page(who)
        if act.kind != "again":
            page.last = await self._events(page, act)
        async with self.client.ws_connect("/chat/ws", headers=self.headers) as socket:
            await socket.send_json({"hello": page.session, "since": page.seen})
            for event in page.last:
                await socket.send_json(event)
                while (frame := await socket.receive_json(timeout=30)).get("saved") != event["id"]:
                    assert "unsaved" not in frame, frame

    async def _events(self, page: Page, act: Act) -> list[dict[str, Any]]:
        def event(kind: str, **more: Any) -> dict[str, Any]:
            return {"id": str(uuid.uuid4()), "kind": kind, **more}

        match act.kind:
            case "text":
                return [event("text", text=act.words)]
            case "phone":  # a page has no address book
                return [event("text", text=act.words)]
            case "press" | "press_twice" | "old_press":
                seq, action = _button(page, act.words, oldest=act.kind == "old_press")
                times = 2 if act.kind == "press_twice" else 1
                return [event("press", press=action, of=str(seq)) for _ in range(times)]
            case "photos":
                count = int(act.words)
                album = f"a{self._pictures}" if count > 1 else ""
                events = []
                for number in range(count):
                    self._pictures += 1
                    ref = await self._upload(page, picture(self._pictures))
                    said = act.caption if number == 0 else ""
                    events.append(event("photo", ref=ref, text=said, album=album))
                return events
            case "document":
                ref = await self._upload(page, PAPER)
                return [event("document", ref=ref, name=act.words, text=act.caption)]
            case "location":
                return [event("location", place=[17.4834, 106.5997])]
        raise AssertionError(f"Nobody can do {act.kind!r} on the web chat.")

    async def _upload(self, page: Page, content: bytes) -> str:
        headers = {**self.headers, SESSION_HEADER: page.session}
        async with self.client.post("/chat/upload", data=content, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["ref"])

    async def hear(self, bot: Assembly) -> dict[str, list[Heard]]:
        """The messages each browser gets when it comes back."""
        told: dict[str, list[Heard]] = {}
        for who, page in self.pages.items():
            told[who] = []
            async with self.client.ws_connect("/chat/ws", headers=self.headers) as socket:
                await socket.send_json({"hello": page.session, "since": page.seen})
                while "ready" not in (frame := await socket.receive_json(timeout=30)):
                    page.seen = frame["seq"]
                    page.shown.append((frame["seq"], frame["say"]))
                    told[who].append(_heard(frame["say"]))
        return told


def _heard(word: dict[str, Any]) -> Heard:
    text = word["text"].replace(BOLD, "").replace(PLAIN, "")
    buttons = tuple(choice["label"] for choice in word["choices"])
    return Heard(text, buttons, tuple(one["name"] for one in word["attachments"]))


def _button(page: Page, label: str, *, oldest: bool) -> tuple[int, str]:
    """The action of a button and its message: the newest of that label, or the oldest."""
    for seq, word in page.shown if oldest else reversed(page.shown):
        for choice in word["choices"]:
            if label in {choice["label"], choice["action"]}:
                return seq, choice["action"]
    labels = [choice["label"] for _, word in page.shown[-2:] for choice in word["choices"]]
    raise AssertionError(f"The page shows no button {label!r}; the last ones are {labels}.")
