"""
An answer that was told as not saved is sent again, while another process holds the write lock.

Two optional questions follow each other, and either takes any text.
The repeated answer must end in the first of them only.
"""

import asyncio
import contextlib
import time
from pathlib import Path

from platforms.telegram.server import TelegramServer
from registry.applications.drafts import open_drafts
from registry.people.people import account_person
from tests.hard.crash import registration
from tests.hard.machine import SECRET, Machine
from tests.hard.pressure.outages import NOT_SAVED, PATIENCE, locked
from tests.hard.pressure.report import Line

PERSON = 7
ANSWER = "Dẻo, ngọt tự nhiên"
FIRST, SECOND = "description", "materials"


async def run_sending_again(folder: Path, *, away: float) -> Line:
    """Play it once, with the answer sent again as soon as the notice is read."""
    async with (
        TelegramServer(rate_per_second=None, per_chat=None, latency=0.02, retry_pace=0.05) as platform,
        Machine(folder, platform) as machine,
    ):
        platform.deliver_to(machine.webhook, SECRET)
        person = platform.person(PERSON, "Mẫu", started=True)
        await machine.start()

        async def hears(words: str) -> None:
            await platform.until(lambda: any(words in one.text for one in platform.messages_in(PERSON)), PATIENCE)

        for words, answer in registration(PERSON)[:10]:
            await person.writes(words)
            await hears(answer)
        await person.presses("Bổ sung thêm")
        await hears("Vì sao người mua thích")
        async with locked(machine):
            begun = time.monotonic()
            seen = len(platform.messages_in(PERSON))
            await person.writes(ANSWER)
            with contextlib.suppress(AssertionError):
                await platform.until(
                    lambda: any(NOT_SAVED in one.text for one in platform.messages_in(PERSON)[seen:]), away
                )
            told = time.monotonic() - begun
            await person.writes(ANSWER)
            await asyncio.sleep(max(0.0, away - (time.monotonic() - begun)))
        await platform.settled(PATIENCE)
        with contextlib.suppress(AssertionError):
            await hears("Nguyên liệu")
        await asyncio.sleep(1.0)
        await machine.stop()
        with contextlib.closing(machine.store()) as store:
            found = store.read_now(account_person, channel="telegram", account=str(PERSON))
            assert found is not None
            (draft,) = store.read_now(open_drafts, person_id=found)
        kept = draft.answers.get(FIRST) == ANSWER and SECOND not in draft.answers
        counted = (
            f"told after {told:.1f} s; {FIRST}: {draft.answers.get(FIRST)!r}, {SECOND}: {draft.answers.get(SECOND)!r}"
        )
        return Line("an answer sent again after the notice", kept, counted)
