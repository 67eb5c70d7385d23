"""Links to papers: signed, short-lived, and nothing else to be had by them."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.attachments import AttachmentGoneError
from bot.file_links import LIVES, FileLinks
from registry.store import StoreRefusesError
from tests.handlers.stages.opening import stage_for

KEY = bytes(range(32))
PUBLIC = "https://ocop.example"
FILES = {
    "paper:a1:pdf": b"%PDF-1.7 giay",
    "paper:a1:docx": b"PK\x03\x04 giay",
    "file:f1": b"\xff\xd8\xff anh",
    "mydata:p1": b'{"name": "An"}',
}


@dataclass
class Room:
    now: datetime = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
    trouble: Exception | None = None

    async def load(self, key: str) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        if key not in FILES:
            raise AttachmentGoneError(key)
        return FILES[key]

    def links(self, public_url: str = PUBLIC, key: bytes = KEY) -> FileLinks:
        return FileLinks(key, public_url, self.load, lambda: self.now)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
async def page(room: Room) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    app.router.add_routes(room.links().routes())
    async with TestClient(TestServer(app)) as client:
        yield client


def path_of(link: str | None) -> str:
    assert link is not None
    assert link.startswith(f"{PUBLIC}/tep/")
    return link.removeprefix(PUBLIC)


@pytest.mark.parametrize(
    ("file", "mime", "disposition"),
    [
        ("paper:a1:pdf", "application/pdf", 'inline; filename="ocop-paper.pdf"'),
        ("file:f1", "image/jpeg", 'inline; filename="ocop-file.jpg"'),
        ("mydata:p1", "application/octet-stream", 'attachment; filename="ocop-mydata.json"'),
    ],
)
async def test_a_link_opens_its_file(
    room: Room, page: TestClient[web.Request, web.Application], file: str, mime: str, disposition: str
) -> None:
    async with page.get(path_of(room.links().link_for(file))) as answer:
        assert answer.status == 200
        assert await answer.read() == FILES[file]
        assert answer.content_type == mime
        assert answer.headers["Content-Disposition"] == disposition
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_link_ends(room: Room, page: TestClient[web.Request, web.Application]) -> None:
    path = path_of(room.links().link_for("paper:a1:pdf"))

    room.now += LIVES - timedelta(seconds=1)
    async with page.get(path) as answer:
        assert answer.status == 200
    room.now += timedelta(seconds=2)
    async with page.get(path) as answer:
        assert answer.status == 404


async def test_a_changed_link_opens_nothing(room: Room, page: TestClient[web.Request, web.Application]) -> None:
    path = path_of(room.links().link_for("paper:a1:pdf"))
    token = path.rpartition("/")[2]
    whole = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    whole[-1:] = b"x"
    other = base64.urlsafe_b64encode(bytes(whole)).decode().rstrip("=")

    for wrong in (other, token[:-4], token[4:], "a", "=" * 40, "%00", token + "A" * 600):
        async with page.get(f"/tep/{wrong}") as answer:
            assert answer.status == 404, wrong


async def test_a_link_of_another_installation_opens_nothing(
    room: Room, page: TestClient[web.Request, web.Application]
) -> None:
    async with page.get(path_of(room.links(key=bytes(32)).link_for("paper:a1:pdf"))) as answer:
        assert answer.status == 404


async def test_a_file_that_is_gone_is_not_found(room: Room, page: TestClient[web.Request, web.Application]) -> None:
    async with page.get(path_of(room.links().link_for("paper:erased:pdf"))) as answer:
        assert answer.status == 404


async def test_a_database_that_refuses_is_no_reason_to_give_up(
    room: Room, page: TestClient[web.Request, web.Application]
) -> None:
    room.trouble = StoreRefusesError("busy")

    async with page.get(path_of(room.links().link_for("paper:a1:pdf"))) as answer:
        assert answer.status == 503


@pytest.mark.parametrize("public_url", ["", "http://ocop.example"])
def test_without_a_public_https_address_there_are_no_links(room: Room, public_url: str) -> None:
    assert room.links(public_url).link_for("paper:a1:pdf") is None


async def test_on_the_bot_platform_a_link_leads_to_the_bots_own_server(tmp_path: Path) -> None:
    start = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
    async with (
        stage_for("zalo_bot", tmp_path, pack="quang-tri-2026", start=start) as stage,
        stage.opened() as bot,
        TestClient(TestServer(bot.web_application())) as client,
    ):
        assert bot.zalo_bot is not None
        path = path_of(bot.zalo_bot.link_for("calendar:nobody"))
        async with client.get(path) as answer:
            assert answer.status == 200
            assert (await answer.text()).startswith("BEGIN:VCALENDAR")
