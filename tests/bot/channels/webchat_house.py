"""The web chat with an inbox behind it, for the tests that look at its page in a real browser."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.channels.webchat.channel import Sessions, WebChannel, WebFile
from bot.channels.webchat.routes import WebChat
from console.chat import chat_page
from content.message import Message

from .conftest import FileRoom, History, Inbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STATIC = Path(__file__).parents[3] / "console" / "static"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class House:
    """The web chat with an inbox behind it, and one open page."""

    def __init__(self) -> None:
        self.history, self.files, self.sessions = History(), FileRoom(), Sessions(b"a key of thirty-two bytes or more")
        self.channel = WebChannel(self.history, self.sessions, self.files.load)
        self.inbox = Inbox(self.channel)
        self.page: Page
        self.server: TestServer

    def app(self) -> web.Application:
        chat = WebChat(
            self.channel,
            self.inbox.accept,
            self.files,
            lambda: chat_page(programme="Mỗi xã một sản phẩm", office="", trial=True),
            demo=True,
        )
        app = web.Application()
        app.add_routes([*chat.routes(), web.static("/static", STATIC)])
        return app

    async def start(self, port: int = 0) -> None:
        self.server = TestServer(self.app(), port=port)
        await self.server.start_server()

    async def stop(self) -> None:
        await self.channel.close()
        await self.server.close()

    async def says(self, message: Message, files: dict[str, bytes] | None = None) -> None:
        (account,) = {self.channel.address(raw)[1] for raw in self.inbox.raw.values()}
        for key, content in (files or {}).items():
            self.files.kept[key] = (account, _web_file(key, content))
        await self.channel.send(account, message, files or {})

    def heard(self) -> list[Any]:
        return [(said.kind, said.text or said.payload) for said in self.inbox.said()]


def _web_file(name: str, content: bytes) -> Any:
    return WebFile(content, name, "image/png" if content.startswith(b"\x89PNG") else "application/pdf")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser, closed afterwards."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


@asynccontextmanager
async def open_house(browser: Browser, size: tuple[int, int], *, calm: bool = False) -> AsyncIterator[House]:
    """A house with its page open; an error in the page's script fails the test.  `calm`: prefers-reduced-motion."""
    made = House()
    await made.start()
    context = await browser.new_context(
        locale="vi-VN",
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce" if calm else "no-preference",
    )
    made.page = await context.new_page()
    troubles: list[str] = []
    made.page.on("pageerror", lambda error: troubles.append(str(error)))
    made.page.on("console", lambda line: troubles.append(line.text) if "Content Security" in line.text else None)
    await made.page.goto(str(made.server.make_url("/chat")))
    await expect(made.page.locator("#chat")).to_have_attribute("data-state", "ready")
    yield made
    await context.close()
    await made.stop()
    assert troubles == []
