"""
The guide of the demo: plays the sample people, through the same door as everybody.

What it types and taps goes through intake like any other event, and it reads the
answers from the rows; nothing is shown that did not happen.
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot import demo_rows
from bot.assembly import Assembly
from bot.demo_people import Player
from content.decent_hours import next_decent
from content.fold import fold
from content.pack import Demo as Script
from content.places import inline
from registry import people
from registry.applications import Application
from registry.conversations import Talk, load_talk
from registry.web_history import CHANNEL

ANSWER_SECONDS = 20.0
LOOK_SECONDS = 0.03
MOST_STEPS = 60
"""Things done for one button; more means that the conversation goes in a circle."""
MOST_LEAPS = 6


WANTS_REMINDERS = "/nhacviec bat"


class GuideStuckError(Exception):
    """The conversation did not go where the script expects it; everything said so far is kept."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What the page says under the buttons, by key."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class Guide:
    """Plays the script on one assembly."""

    def __init__(
        self,
        assembly: Assembly,
        players: Mapping[str, Player],
        script: Script,
        *,
        accept: Callable[[str, bytes], Awaitable[None]],
        showing: Callable[[str, Caption | None], None],
        pace: float,
    ) -> None:
        """`showing` hears who acts now, and what is said about it; `pace` is the pause before each line."""
        self._assembly = assembly
        self._players = players
        self._script = script
        self._accept = accept
        self._showing = showing
        self._pace = pace
        self.producer = next(one for one in players.values() if not one.official)

    # The five buttons

    async def ask(self) -> Caption:
        """A greeting for somebody new, then the sample question.  Asked twice it is answered twice."""
        self._showing(self.producer.about.id, Caption("demo.doing.ask"))
        if not await self._lines(self.producer):
            await self._types(self.producer, "/start")
        await self._types(self.producer, self._script.question)
        return Caption("demo.done.ask")

    async def register(self) -> Caption:
        """From wherever the producer is to a submitted idea; one that is handed in already is left alone."""
        known = await self.product()
        if known is not None:
            return Caption("demo.done.registered_before", {"code": known.code})
        self._showing(self.producer.about.id, Caption("demo.doing.register"))
        for _ in range(MOST_STEPS):
            product = await self.product()
            if product is not None:
                await self._taps_if(self.producer, lambda action: action == WANTS_REMINDERS)
                return Caption("demo.done.register", {"code": product.code})
            await self._one_step_of_registering()
        raise GuideStuckError

    async def review(self) -> Caption:
        """The official who holds the idea reads it whole and accepts it; a returned one is handed in again first."""
        product = await self._registered()
        if product.status == "idea_needs_changes":
            self._showing(self.producer.about.id, Caption("demo.doing.resubmit"))
            await self._types(self.producer, f"/sua {product.code}")
            await self._taps(self.producer, lambda action: action.startswith("/gui "))
            product = await self._registered()
        if product.status != "idea_submitted":
            return Caption("demo.done.reviewed_before", {"code": product.code})
        official = next(
            (one for one in self._players.values() if one.official and one.about.place == product.holder), None
        )
        if official is None:
            return Caption("demo.done.other_office", {"place": self._place(product.holder)})
        self._showing(official.about.id, Caption("demo.doing.review"))
        await self._types(official, "/duyet")
        if not await self._taps_if(official, lambda action: action == f"/duyet {product.code}"):
            await self._types(official, f"/duyet {product.code}")
        await self._pause(2)
        act = f"/quyet {product.code} {product.version} accept"
        await self._taps(official, lambda action: action == act)
        after = await self.product()
        if after is None or after.status == product.status:
            raise GuideStuckError
        return Caption("demo.done.review", {"code": product.code})

    async def leap(self) -> Caption:
        """The days of the script pass: what has come due is said, at a decent hour."""
        await self._agreed_to_reminders()
        product = await self._registered()
        if product.status in {"idea_submitted", "idea_needs_changes"}:
            await self.review()
        self._showing(self.producer.about.id, Caption("demo.doing.leap", {"days": self._script.days_ahead}))
        before = await self._assembly.store.read(demo_rows.reminders_sent)
        await self._advance_to(self._assembly.clock.now() + timedelta(days=self._script.days_ahead))
        came = await self._assembly.store.read(demo_rows.reminders_sent) - before
        days = {"days": self._script.days_ahead, "day": self._day()}
        if came:
            return Caption("demo.done.leap", {**days, "count": came})
        return Caption("demo.done.leap_quiet", days)

    async def announce(self) -> Caption:
        """The official announces to one place; the caption counts whom it reached, from the rows."""
        await self._registered()
        official = next(one for one in self._players.values() if one.official)
        self._showing(official.about.id, Caption("demo.doing.announce"))
        await self._advance_to(self._assembly.clock.now())
        code = self._script.announce_to
        await self._types(official, "/thongbao")
        if (await self._talk(official)).step == "place" and not await self._taps_if(
            official, lambda action: action.endswith(f":{code}")
        ):
            place = self._assembly.house.pack.places.get(code)
            await self._types(official, place.name if place is not None else code)
            await self._taps_if(official, lambda action: action.endswith(f":{code}"))
        await self._types(official, self._script.announcement)
        await self._pause(2)
        await self._taps(official, lambda action: ":send" in action)
        await self.settled()
        self._showing(self.producer.about.id, None)
        return await self._announced()

    async def to_next(self) -> Caption:
        """To the next moment at which something comes by itself."""
        now = self._assembly.clock.now()
        await self._assembly.ticks.run_all(now)
        accounts = [one.account for one in self._players.values()]
        before = await self._assembly.store.read(demo_rows.arrivals, accounts, 1000)
        for _ in range(MOST_LEAPS):
            moment = await self._assembly.store.read(demo_rows.next_moment, self._assembly.clock.now())
            if moment is None:
                return Caption("demo.done.nothing_next")
            await self._advance_to(moment + timedelta(seconds=1))
            after = await self._assembly.store.read(demo_rows.arrivals, accounts, 1000)
            if len(after) > len(before):
                return Caption("demo.done.next", {"day": self._day()})
        return Caption("demo.done.next_quiet", {"day": self._day()})

    # Steps of the conversations

    async def _registered(self) -> Application:
        """The product, registered first when nobody has."""
        product = await self.product()
        if product is None:
            await self.register()
            product = await self.product()
        if product is None:
            raise GuideStuckError
        return product

    async def _agreed_to_reminders(self) -> None:
        """Only who asked for reminders gets any: a visitor who registered by hand may not have said yes."""
        if not await self._assembly.store.read(demo_rows.wants_reminders, self.producer.account):
            await self._types(self.producer, WANTS_REMINDERS)

    async def _one_step_of_registering(self) -> None:
        talk = await self._talk(self.producer)
        if talk.topic == "dangky":
            await self._taps(self.producer, lambda action: action.endswith(":agree"))
        elif talk.topic == "form" and talk.step == "summary":
            await self._pause(2)
            if not await self._taps_if(self.producer, lambda action: action.startswith("/gui ")):
                await self._types(self.producer, "/tieptuc")
                if not await self._taps_if(self.producer, lambda action: action.startswith("/gui ")):
                    await self._taps(self.producer, lambda action: action.endswith(":_fill"))
        elif talk.topic == "form":
            await self._answer(talk)
        elif await self._assembly.store.read(demo_rows.has_begun, self.producer.account):
            await self._types(self.producer, "/tieptuc")
            if (await self._talk(self.producer)).topic is None:
                await self._taps(self.producer, lambda action: action.startswith("/tieptuc "))
        else:
            await self._types(self.producer, "/dangky")

    async def _answer(self, talk: Talk) -> None:
        """The script's answer to the question that waits; a doubt about it is settled by its first button."""
        answer = self._script.answers.get(talk.step)
        if talk.data.get("ask") is not None or talk.data.get("confirm"):
            await self._taps(self.producer, lambda action: action.startswith("="))
        elif answer is None:
            await self._types(self.producer, "/boqua")
        else:
            offered = {choice.action for choice in talk.offered if fold(choice.label) == fold(answer)}
            if not await self._taps_if(self.producer, lambda action: action in offered):
                await self._types(self.producer, answer)

    async def _announced(self) -> Caption:
        """Where it arrived and where not, among the sample people."""
        latest = await self._assembly.store.read(demo_rows.announced)
        producers = [one for one in self._players.values() if not one.official]
        if latest is None or not latest.reached:
            return Caption("demo.done.announce_nobody")
        places = self._assembly.house.pack.places
        missed = [one for one in producers if one.account not in latest.reached]
        outside = dict.fromkeys(
            self._place(one.about.place) for one in missed if not places.within(one.about.place, latest.place)
        )
        return Caption(
            "demo.done.announce",
            {"count": len(latest.reached), "place": self._place(latest.place), "others": ", ".join(outside) or "–"},
        )

    # Doing

    async def product(self) -> Application | None:
        return await self._assembly.store.read(demo_rows.product_of, self.producer.account)

    async def settled(self) -> None:
        """Wait until all has been answered and has left."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._assembly.intake.settled()
                while await self._is_owing():  # noqa: ASYNC110  the pump tells nobody when it is done
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise GuideStuckError from None

    async def _is_owing(self) -> bool:
        return bool(await self._assembly.store.read(demo_rows.owed_by, self._assembly.clock.now()))

    async def _types(self, who: Player, text: str) -> None:
        await self._does(who, {"kind": "text", "text": text})

    async def _taps(self, who: Player, fits: Callable[[str], bool]) -> None:
        if not await self._taps_if(who, fits):
            raise GuideStuckError

    async def _taps_if(self, who: Player, fits: Callable[[str], bool]) -> bool:
        """Tap the first fitting button of the latest answer; False when it offers none."""
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
        raw = json.dumps({"id": str(uuid.uuid4()), "account": who.account, **event}).encode()
        await self._accept(CHANNEL, raw)
        await self.settled()

    async def _advance_to(self, moment: datetime) -> None:
        """Move the clock on to a moment, or to the first decent hour after it; never back."""
        programme = self._assembly.house.pack.programme
        decent = next_decent(moment, quiet=programme.quiet, zone=self._assembly.house.zone)
        await self._pause()
        await self._assembly.advance(max(decent - self._assembly.clock.now(), timedelta()))
        await self.settled()

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
