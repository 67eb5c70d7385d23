"""
"Chưa lưu được" never makes a double: whose event comes again is told so, and the same words again are the same event.

The clock passes at once; the database refuses or hangs on demand.
"""

import asyncio
import json
import shutil
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.channel import UnreadableError
from bot.serving.intake import TOLD_AFTER, Intake
from bot.serving.unsaved import ONCE_IN, RIGHT_BEHIND
from content.message import Message
from handlers.conversation.desk import Desk
from handlers.conversation.incoming import Incoming
from handlers.conversation.turn import Keep, Turn
from registry.deliveries.outcomes import Outcome, Sent, TryAgain
from registry.people import trials
from registry.store import inbox as events
from registry.store.inbox import inbox
from registry.store.rows import deliveries
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import StoreRefusesError
from scheduler.pump.delivery import Pump
from tests.handlers.desk import house_of
from tests.scheduler.virtual import StoreAtHand, clock, played

LAN, MAI = "lan", "mai"
REPEATED, ASKED, SHOWN = "repeats", "asks", "shows"
SEND_AGAIN, COMES_AGAIN, TAP_AGAIN, ANSWER_WAITS = "Xin gửi lại", "chưa cần gửi lại: ", "Xin bấm lại", "trả lời chậm"


class Away(StoreAtHand):
    """A store that refuses on demand, or takes its time for a write."""

    refuses = False
    hangs = 0.0

    async def write(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.hangs:
            await asyncio.sleep(self.hangs)
        if self.refuses:
            raise StoreRefusesError("locked")
        return await super().write(unit, *args, **kwargs)


@dataclass
class Mouth:
    """A channel of plain words that notes what it says at once."""

    name: str
    said: list[tuple[str, str]] = field(default_factory=list)
    reaches: bool = True
    buttons: bool = True
    most_text: int = 4000

    def address(self, raw: bytes) -> tuple[str, str]:
        event = json.loads(raw)
        return event["id"], event["account"]

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        event = json.loads(raw)
        if event["kind"] == "seen":
            return None
        if event["kind"] == "torn":
            raise UnreadableError("torn")
        if event["kind"] == "fault":
            raise ValueError("a fault of the program")
        return Incoming(
            channel=self.name, account=event["account"], event=event["id"], kind=event["kind"], at=now,
            text=event["text"], payload=event.get("payload", ""), private=event.get("private", True),
        )  # fmt: skip

    async def send(self, account: str, message: Message, _files: Mapping[str, bytes]) -> Outcome:
        if not self.reaches:
            return TryAgain(timedelta(seconds=1), "network")
        self.said.append((account, message.text))
        return Sent("1")

    async def noticed(self, _said: Incoming, _words: str = "") -> None: ...

    async def fetch(self, _ref: str, _most: int) -> bytes:
        return b""


@dataclass
class Ears:
    """A front desk that notes the words of every turn and answers none."""

    heard: list[str] = field(default_factory=list)

    def take(self, desk: Desk) -> Turn:
        self.heard.append(desk.said.text or desk.said.payload)
        return Turn((), Keep())


class House:
    """An intake with one channel that repeats what was not taken, and one that does not."""

    def __init__(self, store: Away) -> None:
        self.store, self.ears = store, Ears()
        self.mouths = {name: Mouth(name) for name in (REPEATED, ASKED, SHOWN)}
        pump = Pump(store, self.mouths, now=clock, files=None)
        self.intake = Intake(
            store, self.mouths, house=house_of("quang-binh-2021"), front=self.ears, now=clock, pump=pump,
            per_minute=60_000, again={REPEATED: "by_itself", ASKED: "asked", SHOWN: "shown"},
        )  # fmt: skip
        self._ids = iter(range(1, 10_000))

    def event(self, text: str, account: str = LAN, kind: str = "text", **more: Any) -> bytes:
        number = next(self._ids)
        return json.dumps({"id": f"e{number}", "account": account, "kind": kind, "text": text, **more}).encode()

    async def comes(self, raw: bytes, channel: str = REPEATED) -> bool:
        """The platform brings an event; True when it is acknowledged."""
        try:
            await self.intake.accept(channel, raw)
        except StoreRefusesError:
            return False
        finally:
            await asyncio.sleep(0.01)
        return True

    def told(self, account: str = LAN, channel: str = REPEATED) -> list[str]:
        return [text for name, text in self.mouths[channel].said if name == account]

    def queued(self, key: str) -> int:
        found = select(func.count()).select_from(deliveries).where(deliveries.c.key.like(f"reply:{key}%"))
        return self.store.read_now(lambda db: db.execute(found).scalar_one())


Play = Callable[[Callable[[House], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    upgrade(f"sqlite:///{file}", Vault(bytes(range(32))))
    return file


@pytest.fixture
def play(empty: Path, tmp_path: Path) -> Iterator[Play]:
    shutil.copyfile(empty, tmp_path / "bot.db")
    store = Away(f"sqlite:///{tmp_path / 'bot.db'}", Vault(bytes(range(32))))

    async def run(scene: Callable[[House], Coroutine[Any, Any, None]]) -> None:
        house = House(store)
        await asyncio.sleep(1)
        await scene(house)
        await house.intake.settled()

    yield lambda scene: played(run(scene))
    store.close()


def test_words_sent_again_after_the_notice_are_the_same_event(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        first = house.event("Dẻo, ngọt tự nhiên")
        assert not await house.comes(first)
        assert [COMES_AGAIN in text for text in house.told()] == [True]
        await asyncio.sleep(30)
        assert not await house.comes(first)
        house.store.refuses = False

        assert await house.comes(first)
        assert await house.comes(again := house.event("Dẻo,  ngọt tự nhiên "))
        assert await house.comes(again)
        assert await house.comes(house.event("Dẻo, ngọt tự nhiên"))
        assert await house.comes(house.event("Khoai"))

        assert house.ears.heard == ["Dẻo, ngọt tự nhiên", "Khoai"]
        assert house.queued("intake.same") == 1
        assert len(house.told()) == 1

    play(scene)


def test_the_first_words_may_come_after_their_repetition(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        first = house.event("Có")
        assert not await house.comes(first)
        await asyncio.sleep(20)
        house.store.refuses = False
        assert await house.comes(house.event("Có"))
        await asyncio.sleep(1800)
        assert await house.comes(first)

        assert house.ears.heard == ["Có"]

    play(scene)


def test_two_honest_equal_answers_both_count(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        first = house.event("Không")
        assert not await house.comes(first)
        await asyncio.sleep(20)
        house.store.refuses = False
        assert await house.comes(first)
        await asyncio.sleep(RIGHT_BEHIND + 1)
        assert await house.comes(house.event("Không"))
        assert await house.comes(house.event("Không", MAI))

        assert house.ears.heard == ["Không"] * 3
        assert house.queued("intake.same") == 0

    play(scene)


def test_equal_words_from_before_the_notice_and_after_one_that_did_not_arrive_both_count(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        house.mouths[REPEATED].reaches = False
        first, second = house.event("Không"), house.event("Không")
        assert not await house.comes(first)
        assert not await house.comes(second)
        house.store.refuses = False
        assert await house.comes(first)
        assert await house.comes(second)

        assert house.ears.heard == ["Không"] * 2

    play(scene)


def test_a_commit_that_hangs_is_told_and_its_words_count_once(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.hangs = 10 * TOLD_AFTER
        coming = asyncio.create_task(house.comes(house.event("Có")))
        await asyncio.sleep(TOLD_AFTER + 0.5)
        assert [COMES_AGAIN in text for text in house.told()] == [True]
        again = asyncio.create_task(house.comes(house.event("Có")))
        await asyncio.sleep(1)
        house.store.hangs = 0.0
        assert await coming
        assert await again
        await house.intake.settled()

        assert house.ears.heard == ["Có"]

    play(scene)


def test_a_page_shows_a_hanging_commit_itself_and_its_words_count_once_too(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.hangs = 10 * TOLD_AFTER
        coming = asyncio.create_task(house.comes(house.event("Có"), SHOWN))
        await asyncio.sleep(TOLD_AFTER + 0.5)
        again = asyncio.create_task(house.comes(house.event("Có"), SHOWN))
        await asyncio.sleep(1)
        house.store.hangs = 0.0
        assert await coming
        assert await again
        await house.intake.settled()

        assert house.ears.heard == ["Có"]
        assert house.told(channel=SHOWN) == []
        assert house.queued("intake.same") == 1

    play(scene)


def test_what_no_platform_brings_again_is_held_asked_for_and_taken_once_in_order(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        assert not await house.comes(house.event("một"), ASKED)
        await asyncio.sleep(10)
        for text in ("hai", "một"):
            assert not await house.comes(house.event(text), ASKED)
        await house.intake.bring_held()
        assert [SEND_AGAIN in text for text in house.told(channel=ASKED)] == [True]
        house.store.refuses = False

        assert await house.comes(house.event("ba"), ASKED)
        await house.intake.bring_held()
        await house.intake.settled()

        assert house.ears.heard == ["một", "hai", "ba"]

    play(scene)


def test_held_events_come_by_themselves(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        for account in (LAN, MAI):
            assert not await house.comes(house.event(f"của {account}", account), ASKED)
        house.store.refuses = False
        await house.intake.bring_held()
        await house.intake.settled()

        assert sorted(house.ears.heard) == ["của lan", "của mai"]

    play(scene)


def test_everybody_is_told_once_an_event_and_at_most_once_a_minute(play: Play) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        mine, other = house.event("một"), house.event("hai", MAI)
        for _ in range(3):
            assert not await house.comes(mine)
            assert not await house.comes(other)
            await asyncio.sleep(ONCE_IN + 1)
        assert not await house.comes(house.event("ba"))
        assert not await house.comes(house.event("bốn"))

        assert (len(house.told()), len(house.told(MAI))) == (2, 1)

    play(scene)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"kind": "press", "payload": "=k:y"}, TAP_AGAIN),
        ({"kind": "photo"}, COMES_AGAIN),
        ({"kind": "seen"}, ""),
        ({"kind": "torn"}, ""),
        ({"kind": "blocked"}, ""),
        ({"kind": "opened"}, ""),
        ({"kind": "text", "private": False}, ""),
    ],
)
def test_only_a_person_who_said_something_in_private_is_told(play: Play, event: dict[str, Any], words: str) -> None:
    async def scene(house: House) -> None:
        house.store.refuses = True
        assert not await house.comes(house.event("", **event))

        told = house.told()
        assert len(told) == bool(words)
        assert all(words in text for text in told)

    play(scene)


def test_a_person_whose_message_is_kept_is_told_that_the_answer_waits(play: Play) -> None:
    async def scene(house: House) -> None:
        raw = house.event("Có")
        await house.store.write(_keep, house, raw, clock())
        await house.intake.recover()
        house.store.refuses = True
        await asyncio.sleep(10)
        assert [ANSWER_WAITS in text for text in house.told()] == [True]
        house.store.refuses = False
        await house.intake.settled()

        assert house.ears.heard == ["Có"]

    play(scene)


def test_a_stranger_in_a_trial_reads_nothing_of_a_fault(play: Play) -> None:
    async def scene(house: House) -> None:
        assert await house.comes(house.event("", kind="fault"))
        await house.intake.settled()
        assert house.queued("%:trouble") == 1

        await house.store.write(trials.follow, wanted=True, now=clock())
        assert await house.comes(house.event("", MAI, kind="fault"))
        await house.intake.settled()
        state = select(inbox.c.state).where(inbox.c.account == MAI)
        assert house.store.read_now(lambda db: db.execute(state).scalars().all()) == ["set_aside"]
        assert house.queued("%:trouble") == 1

    play(scene)


def _keep(db: Any, house: House, raw: bytes, now: datetime) -> None:
    """Keep an event as another process does."""
    event, account = house.mouths[REPEATED].address(raw)
    events.receive(db, channel=REPEATED, event=event, account=account, raw=raw, now=now)
