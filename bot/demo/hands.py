"""
The hands of the demo's guide: they type and press for the sample people, read the answers, and move the clock.

Their events take the same way as those of real people.
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.demo.people import Player
from bot.demo.phones import Phone
from bot.serving.assembly import Assembly
from content.decent_hours import next_decent
from content.places.places import inline
from content.programme.pack import Demo as Script
from registry import demonstration as demo_rows
from registry.applications.applications import Application
from registry.deliveries.web_history import CHANNEL
from registry.people import people
from registry.people.conversations import Talk, load_talk

ANSWER_SECONDS = 20.0
LOOK_SECONDS = 0.03
ONE_STRIDE = timedelta(days=30)
"""The longest step of the clock: shorter than the life of a platform's tokens."""


class GuideStuckError(Exception):
    """The conversation left the script; all messages so far are kept."""


@dataclass(frozen=True, slots=True)
class Caption:
    """The caption under the buttons, by key."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class Hands:
    """The acts of the guide on one assembly."""

    def __init__(
        self,
        assembly: Assembly,
        players: Mapping[str, Player],
        script: Script,
        *,
        accept: Callable[[str, bytes], Awaitable[None]],
        showing: Callable[[str, Caption | None], None],
        pace: float,
        phones: Mapping[str, Phone[Any]],
        passing: Callable[[], Awaitable[None]],
    ) -> None:
        """
        `showing` is called with the acting person and a caption; `pace` is the pause before each line.

        `phones` are those of the producer on other channels; `passing` runs while days go by.
        """
        self._assembly = assembly
        self._players = players
        self._script = script
        self._accept = accept
        self._showing = showing
        self._pace = pace
        self._phones = phones
        self._passing = passing
        self.producer = next(one for one in players.values() if not one.official)
        self.phone = CHANNEL
        """The channel on which the page shows the producer."""
        self.turns = 0
        """Rises when the shown channel changes; a visitor who chose another one since keeps it."""

    async def product(self) -> Application | None:
        return await self._assembly.store.read(demo_rows.product_of, self.producer.account)

    async def settled(self) -> None:
        """Wait until every message is answered and sent."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._passing()
                await self._assembly.intake.settled()
                while await self._is_owing():  # noqa: ASYNC110  the pump announces no end
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise GuideStuckError from None

    async def _is_owing(self) -> bool:
        return bool(await self._assembly.store.read(demo_rows.pending_by, self._assembly.clock.now()))

    async def _types(self, who: Player, text: str) -> None:
        await self._does(who, {"kind": "text", "text": text})

    async def _types_on(self, channel: str, text: str) -> None:
        """Type on one of the producer's phones."""
        phone = self._phones.get(channel)
        if phone is None:
            await self._types(self.producer, text)
            return
        self.watch(channel)
        await self._pause()
        await phone.types(text)
        await self.settled()

    async def _presses(self, key: str) -> bool:
        """Press a button by its label on the shown phone; False when its latest message has none."""
        phone = self._phones.get(self.phone)
        entries = phone.entries() if phone is not None else ()
        if phone is None or not entries or entries[-1].message is None:
            return False
        label = self._assembly.house.phrases.say(key)
        for row, taps in enumerate(phone.rows(entries[-1].message)):
            for column, tap in enumerate(taps):
                if tap.label == label:
                    await self._pause()
                    await phone.presses(len(entries) - 1, row, column)
                    await self.settled()
                    return True
        return False

    async def _taps(self, who: Player, fits: Callable[[str], bool]) -> None:
        if not await self._taps_if(who, fits):
            raise GuideStuckError

    async def _taps_if(self, who: Player, fits: Callable[[str], bool]) -> bool:
        """Press the first matching button of the latest answer; False when there is none."""
        for line in reversed(await self._lines(who)):
            if line.mine:
                return False
            action = next((action for _label, action in line.choices if fits(action)), None)
            if action is not None:
                await self._does(who, {"kind": "press", "press": action, "of": str(line.seq)})
                return True
        return False

    async def _does(self, who: Player, event: dict[str, Any]) -> None:
        await self._pause()
        if who is self.producer:
            self.watch(CHANNEL)
        raw = json.dumps({"id": str(uuid.uuid4()), "account": who.account, **event}).encode()
        await self._accept(CHANNEL, raw)
        await self.settled()

    async def _advance_to(self, moment: datetime) -> None:
        """Move the clock on to a moment, or to the first decent hour after it; never back."""
        programme = self._assembly.house.pack.programme
        decent = next_decent(moment, quiet=programme.quiet, zone=self._assembly.house.zone)
        await self._pause()
        while (left := decent - self._assembly.clock.now()) > ONE_STRIDE:
            await self._assembly.advance(ONE_STRIDE)
            await self.settled()
        await self._assembly.advance(max(left, timedelta()))
        await self.settled()

    def watch(self, phone: str) -> None:
        """Show one of the producer's phones from now on."""
        if phone != self.phone:
            self.turns += 1
        self.phone = phone

    async def _watch_arrivals(self) -> None:
        """Show the phone on which the producer's newest notice arrived."""
        arrived = await self._assembly.store.read(demo_rows.arrivals, tuple(self.producer.accounts.values()), 1)
        if arrived:
            self.watch(arrived[0].channel)

    def _all_accounts(self) -> list[str]:
        return [account for one in self._players.values() for account in one.accounts.values()]

    async def _reminders(self) -> int:
        return await self._assembly.store.read(demo_rows.reminders_sent, tuple(self.producer.accounts.values()))

    async def _ladder(self) -> demo_rows.Ladder | None:
        return await self._assembly.store.read(demo_rows.ladder, self.producer.account)

    async def _pause(self, times: int = 1) -> None:
        await asyncio.sleep(self._pace * times)

    async def _lines(self, who: Player) -> list[demo_rows.Line]:
        return await self._assembly.store.read(demo_rows.conversation, who.account)

    async def _talk(self, who: Player) -> Talk:
        def read(db: Any) -> Talk:
            person_id = people.account_person(db, channel=CHANNEL, account=who.account)
            return load_talk(db, person_id or "")

        return await self._assembly.store.read(read)

    def _place(self, code: str) -> str:
        place = self._assembly.house.pack.places.get(code)
        return inline(place.name) if place is not None else code

    def _day(self) -> str:
        return f"{self._assembly.clock.now().astimezone(self._assembly.house.zone):%d/%m/%Y}"
