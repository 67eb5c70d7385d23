# ruff: noqa: F811  the fixture is imported by its name
"""The poster of a commune, made on the command line and opened again."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.telegram.server import TOKEN, TelegramServer
from tests.bot.shell import Shell, shell  # noqa: F401  a fixture
from tests.content.papers.printed import pdf_pages, png_dots

PUBLIC = "https://ocop.example.vn"


@pytest.fixture
def bot_api() -> Iterator[str]:
    """A local Telegram in a separate thread, because the command has its own event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = TelegramServer()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    yield server.base_url
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_it_names_the_place_the_office_and_a_link_that_begins_with_the_place(shell: Shell, tmp_path: Path) -> None:
    shell.set(SERVER__PUBLIC_URL=PUBLIC, OFFICE="UBND xã Ninh Châu")

    ran = shell("poster", "--place", "Ninh Châu", "--out", str(tmp_path / "poster.pdf"))

    assert (ran.code, ran.err) == (0, "")
    (page,) = pdf_pages((tmp_path / "poster.pdf").read_bytes())
    for words in ("Xã Ninh Châu", "UBND xã Ninh Châu", "/chat?start=xa_19225", "Quét mã này"):
        assert words in page.replace("\u200b", "")
    assert "sample" in ran.out, "nobody has approved the pack's texts"


def test_there_is_one_for_each_commune_and_none_takes_the_place_of_a_file(shell: Shell, tmp_path: Path) -> None:
    shell.set(SERVER__PUBLIC_URL=PUBLIC, PACK="quang-binh-2021", CLOCK__START="2021-06-01")
    posters = tmp_path / "posters"
    call = ("poster", "--place", "452", "--each", "--out", str(posters))

    without_folder = shell(*call)
    posters.mkdir()
    mine = posters / "18901.pdf"
    mine.write_text("mine")
    beside_mine = shell(*call)
    kept = mine.read_text()
    mine.unlink()
    ran = shell(*call)

    assert (without_folder.code, beside_mine.code, kept) == (1, 1, "mine")
    assert "was not changed" in beside_mine.err
    assert ran.code == 0
    assert len(list(posters.iterdir())) == 15
    assert "Nothing is below" in shell("poster", "--place", "18901", "--each", "--out", str(posters)).err


def test_the_telegram_poster_leads_to_the_bot_telegram_knows(shell: Shell, tmp_path: Path, bot_api: str) -> None:
    shell.set(TELEGRAM__ENABLED="true", TELEGRAM__TOKEN=TOKEN, TELEGRAM__BASE_URL=bot_api)

    ran = shell("poster", "--place", "19225", "--on", "telegram", "--out", str(tmp_path / "poster.png"))

    assert ran.code == 0
    assert "https://t.me/" in ran.out
    assert "?start=xa_19225" in ran.out
    assert png_dots((tmp_path / "poster.png").read_bytes())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--place", "19225", "--out", "poster.pdf"), "server.public_url"),
        (("--place", "19225", "--on", "telegram", "--out", "poster.pdf"), "telegram is not enabled"),
        (("--place", "19225", "--on", "zalo", "--out", "poster.pdf"), "zalo_oa.oa_id"),
        (("--place", "Không Đâu", "--out", "poster.pdf"), "No place is called that"),
    ],
)
def test_what_cannot_be_printed_is_told_with_the_remedy(shell: Shell, args: tuple[str, ...], words: str) -> None:
    ran = shell("poster", *args)

    assert ran.code == 1
    assert words in ran.err
    assert not Path("poster.pdf").exists()


def test_a_name_that_is_neither_paper_nor_picture_is_refused(shell: Shell, tmp_path: Path) -> None:
    shell.set(SERVER__PUBLIC_URL=PUBLIC)

    ran = shell("poster", "--place", "19225", "--out", str(tmp_path / "poster.docx"))

    assert ran.code == 1
    assert ".pdf nor .png" in ran.err
