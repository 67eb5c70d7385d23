"""A program that holds the write lock while people write: each answer is kept once, whatever is sent again."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from platforms.telegram.server import TOKEN, TelegramServer
from registry.applications.drafts import open_drafts
from registry.store.rows import accounts
from tests.hard.crash import registration
from tests.hard.machine import PACK, SECRET, START, WEBHOOK

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("full_disk")]

PERSON = 501
PATIENCE = 120.0
NOT_SAVED, COMES_AGAIN, COUNTED_ONCE = "chưa lưu được", "chưa cần gửi lại", "chỉ tính một lần"
WORDS = "Mật ong rừng Minh Hóa"


@contextlib.asynccontextmanager
async def serving(folder: Path, platform: TelegramServer, mode: str):
    """The whole program in this process, by webhook or by polling."""
    telegram: dict[str, Any] = {
        "enabled": True, "token": TOKEN, "base_url": platform.base_url, "mode": mode, "secret_token": SECRET,
        "rate_per_second": 5000,
    }  # fmt: skip
    settings = Settings(pack=PACK, data_dir=folder, clock={"start": START}, server={"port": 0}, telegram=telegram)
    started = asyncio.Event()
    async with Assembly.open(settings) as assembly:
        running = asyncio.create_task(assembly.run(started=lambda _: started.set()))
        await asyncio.wait_for(started.wait(), PATIENCE)
        if mode == "webhook":
            platform.deliver_to(assembly.address + WEBHOOK, SECRET)
        yield assembly
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def answers(assembly: Assembly) -> dict[str, Any]:
    """The answers in the open draft of the person."""

    def read(db: Any) -> dict[str, Any]:
        known = db.execute(accounts.select().where(accounts.c.account == str(PERSON))).one()
        return dict(open_drafts(db, person_id=known.person_id)[0].answers)

    return assembly.store.read_now(read)


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_words_sent_again_after_the_notice_answer_one_question(tmp_path: Path, mode: str) -> None:
    async with (
        TelegramServer(rate_per_second=None, per_chat=None, retry_pace=0.05) as platform,
        serving(tmp_path, platform, mode) as house,
    ):
        lan = platform.person(PERSON, "Lan", started=True)

        def said(words: str) -> int:
            return sum(words in message.text for message in platform.messages_in(PERSON))

        for words, answer in registration(1)[:3]:
            await lan.writes(words)
            await platform.until(lambda answer=answer: said(answer) > 0, PATIENCE)

        with contextlib.closing(sqlite3.connect(make_url(house.store.url).database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await lan.writes(WORDS)
            await platform.until(lambda: said(NOT_SAVED) > 0, PATIENCE)
            await lan.writes(f" {WORDS} ")
        await platform.until(lambda: said("Câu 2/7") > 0 and said(COUNTED_ONCE) > 0, PATIENCE)
        await platform.settled(PATIENCE)

        assert said(COMES_AGAIN) == 1
        assert said("Câu 3/7") == 0
        assert list(answers(house).values()).count(WORDS) == 1
