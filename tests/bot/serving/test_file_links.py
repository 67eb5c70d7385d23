"""Links to papers: signed, short-lived, and nothing else to be had by them."""

import base64
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.serving.attachments import AttachmentGoneError
from bot.serving.file_links import BRIEF_LIVES, LIVES, MOST_LOOKS, FileLinks, count_look
from bot.serving.player import asked_range
from registry.people.people import meet
from registry.store.rows import installation
from registry.store.store import StoreRefusesError
from tests.handlers.stages.opening import stage_for

KEY = bytes(range(32))
PUBLIC = "https://ocop.example"
ENDED = "Hết hạn"
FILES = {
    "paper:a1:pdf": b"%PDF-1.7 giay",
    "paper:a1:docx": b"PK\x03\x04 giay",
    "file:f1": b"\xff\xd8\xff anh",
    "mydata:p1": b'{"name": "An"}',
    "prompt:cau.place": b"OggS loi doc",
    "recording:r1:e1": b"#!AMR\nloi noi",
}


@dataclass
class Room:
    now: datetime = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
    trouble: Exception | None = None
    looks: Counter[str] = field(default_factory=Counter)

    async def load(self, key: str) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        if key not in FILES:
            raise AttachmentGoneError(key)
        return FILES[key]

    def links(self, public_url: str = PUBLIC, key: bytes = KEY) -> FileLinks:
        return FileLinks(key, public_url, self.load, lambda: self.now, look=self.look, ended=ENDED)

    async def look(self, link: str, _now: datetime) -> int:
        self.looks[link] += 1
        return self.looks[link]


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


@pytest.mark.parametrize(
    ("file", "lives"), [("paper:a1:pdf", LIVES), ("mydata:p1", BRIEF_LIVES)], ids=["a paper", "all of somebody"]
)
async def test_a_link_ends_and_says_so(
    room: Room, page: TestClient[web.Request, web.Application], file: str, lives: timedelta
) -> None:
    path = path_of(room.links().link_for(file))

    room.now += lives - timedelta(seconds=1)
    async with page.get(path) as answer:
        assert answer.status == 200
    room.now += timedelta(seconds=2)
    async with page.get(path) as answer:
        assert (answer.status, await answer.text()) == (410, ENDED)
        assert answer.headers["Cache-Control"] == "private, no-store"


async def test_a_copy_of_ones_data_is_handed_out_a_few_times_and_a_paper_as_often_as_wanted(
    room: Room, page: TestClient[web.Request, web.Application]
) -> None:
    links = room.links()

    async def statuses(file: str) -> list[int]:
        path, found = path_of(links.link_for(file)), []
        for _ in range(MOST_LOOKS + 2):
            async with page.get(path) as answer:
                found.append(answer.status)
        return found

    assert await statuses("mydata:p1") == [200] * MOST_LOOKS + [410] * 2
    assert await statuses("paper:a1:pdf") == [200] * (MOST_LOOKS + 2)


async def test_looks_are_counted_in_the_database_and_forgotten_with_the_link(tmp_path: Path) -> None:
    start = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
    async with (
        stage_for("zalo_bot", tmp_path, pack="quang-tri-2026", start=start) as stage,
        stage.opened() as bot,
        TestClient(TestServer(bot.web_application())) as client,
    ):
        me, _ = bot.store.write_now(meet, channel="zalo_bot", account="a" * 20, now=start)
        path = path_of(bot.channels["zalo_bot"].link_for(f"mydata:{me.id}"))
        seen = []
        for _ in range(MOST_LOOKS + 1):
            async with client.get(path) as answer:
                seen.append(answer.status)
        assert seen == [200] * MOST_LOOKS + [410]

        kept = select(installation.c.key).where(installation.c.key.like("link:%"))
        assert len(bot.store.read_now(lambda db: db.execute(kept).all())) == 1
        later = datetime.now(UTC) + timedelta(days=1)
        assert bot.store.write_now(count_look, "link:99999999999:x", later) == 1
        assert [row.key for row in bot.store.read_now(lambda db: db.execute(kept).all())] == ["link:99999999999:x"]


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
        path = path_of(bot.channels["zalo_bot"].link_for("calendar:nobody"))
        async with client.get(path) as answer:
            assert answer.status == 200
            assert (await answer.text()).startswith("BEGIN:VCALENDAR")


async def test_a_voice_is_played_on_a_page_that_names_nobody(
    room: Room, page: TestClient[web.Request, web.Application]
) -> None:
    link = room.links().link_for("recording:r1:e1")
    assert link is not None and link.startswith(f"{PUBLIC}/nghe/")
    async with page.get(link.removeprefix(PUBLIC)) as answer:
        shown = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert "e1" not in shown.replace(link.rpartition("/")[2], "")
        assert answer.headers["Cache-Control"] == "private, no-store"
    sound = link.removeprefix(PUBLIC).replace("/nghe/", "/tep/")
    assert sound in shown
    async with page.get(sound) as answer:
        assert (answer.content_type, await answer.read()) == ("audio/amr", FILES["recording:r1:e1"])
    async with page.get(sound, headers={"Range": "bytes=2-4"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"AMR")
        assert answer.headers["Content-Range"] == f"bytes 2-4/{len(FILES['recording:r1:e1'])}"


async def test_a_link_of_a_stranger_plays_nothing(room: Room, page: TestClient[web.Request, web.Application]) -> None:
    """Made up, signed with another key, of another kind of file, or after its half hour."""
    forged = room.links(key=bytes(32)).link_for("recording:r1:e1")
    paper = path_of(room.links().link_for("paper:a1:pdf")).replace("/tep/", "/nghe/")
    mine = room.links().link_for("recording:r1:e1")
    assert forged is not None and mine is not None
    for path in (forged.removeprefix(PUBLIC), "/nghe/abc", paper):
        async with page.get(path) as answer:
            assert answer.status == 404
    room.now += BRIEF_LIVES
    for path in (mine.removeprefix(PUBLIC), mine.removeprefix(PUBLIC).replace("/nghe/", "/tep/")):
        async with page.get(path) as answer:
            assert answer.status == 410


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-1", (0, 1)),
        ("bytes=5-", (5, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=0-99", (0, 9)),
        ("bytes=99-", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("items=0-1", None),
        ("", None),
    ],
)
def test_a_range_of_bytes(header: str, part: tuple[int, int] | None) -> None:
    assert asked_range(header, 10) == part
