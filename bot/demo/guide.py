"""
The guide of the demo: it plays the sample people, by the same way as real ones.

Its messages and presses go through intake like any other event, and it reads the answers from the database.
"""

import contextlib
import re
from datetime import timedelta

from bot.demo.hands import Caption, GuideStuckError, Hands
from bot.demo.people import Player
from content.actions.claims import ClaimByCode
from content.actions.officials import Decide, ReviewIdea
from content.actions.producers import CorrectAnswer
from content.actions.reminding import RemindersOn, StopReminding
from content.fold import fold
from registry import demonstration as demo_rows
from registry.applications.applications import Application
from registry.people.conversations import Talk

MOST_STEPS = 60
"""The most acts for one button; more means that the conversation is in a loop."""
MOST_LEAPS = 6

WANTS_REMINDERS = RemindersOn().command
DONE = "reminder.button.done"


class Guide(Hands):
    """Plays the script on one assembly."""

    # The five buttons

    async def ask(self) -> Caption:
        """Greet as a new person, then ask the sample question.  Not idempotent: every press asks again."""
        self._showing(self.producer.about.id, Caption("demo.doing.ask"))
        if not await self._lines(self.producer):
            await self._types(self.producer, "/start")
        await self._types(self.producer, self._script.question)
        return Caption("demo.done.ask")

    async def register(self) -> Caption:
        """Bring the producer from any step to a submitted idea.  Idempotent."""
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
        """Let the official in charge read the whole idea and accept it; a returned one is submitted again first."""
        product = await self._registered()
        if product.status == "idea_needs_changes":
            self._showing(self.producer.about.id, Caption("demo.doing.resubmit"))
            await self._types(self.producer, CorrectAnswer(product.code).command)
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
        if not await self._taps_if(official, lambda action: action == ReviewIdea(product.code).command):
            await self._types(official, ReviewIdea(product.code).command)
        await self._pause(2)
        act = Decide(product.code, product.version, "accept").command
        await self._taps(official, lambda action: action == act)
        after = await self.product()
        if after is None or after.status == product.status:
            raise GuideStuckError
        return Caption("demo.done.review", {"code": product.code})

    async def leap(self) -> Caption:
        """Move the clock by the days of the script, and send the due messages at a decent hour."""
        await self._agreed_to_reminders()
        product = await self._registered()
        if product.status in {"idea_submitted", "idea_needs_changes"}:
            await self.review()
        self._showing(self.producer.about.id, Caption("demo.doing.leap", {"days": self._script.days_ahead}))
        before = await self._reminders()
        await self._advance_to(self._assembly.clock.now() + timedelta(days=self._script.days_ahead))
        came = await self._reminders() - before
        await self._watch_arrivals()
        days = {"days": self._script.days_ahead, "day": self._day()}
        if came:
            return Caption("demo.done.leap", {**days, "count": came})
        return Caption("demo.done.leap_quiet", days)

    async def announce(self) -> Caption:
        """Let the official send a broadcast to one place; the caption shows the count of recipients in the database."""
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
        delay = self._assembly.house.pack.programme.announcements.delay
        self._showing(official.about.id, Caption("demo.doing.hold", {"minutes": delay // timedelta(minutes=1)}))
        await self._pause(2)
        await self._advance_to(self._assembly.clock.now() + delay)
        self._showing(self.producer.about.id, None)
        await self._watch_arrivals()
        await self._advance_to(self._assembly.clock.now())  # the official hears how it ended
        return await self._announced()

    # The later acts

    async def climb(self) -> Caption:
        """Move the clock to the next reminder of the deadline; each press shows the next one."""
        await self._agreed_to_reminders()
        product = await self._registered()
        if product.status in {"idea_submitted", "idea_needs_changes"}:
            await self.review()
        self._showing(self.producer.about.id, Caption("demo.doing.climb"))
        await self._assembly.ticks.run_all(self._assembly.clock.now())
        before = await self._ladder()
        for _ in range(MOST_LEAPS):
            moment = await self._assembly.store.read(demo_rows.next_reminder, self.producer.account)
            if moment is None:
                break
            await self._advance_to(moment + timedelta(seconds=1))
            now = await self._ladder()
            if now is not None and (before is None or now.latest != before.latest):
                await self._watch_arrivals()
                values = {"day": self._day(), "said": now.said, "coming": now.coming}
                return Caption("demo.done.climb" if now.coming else "demo.done.climb_last", values)
        return Caption("demo.done.climb_end")

    async def finish(self) -> Caption:
        """Let the producer mark the step done, and move the clock past the deadline: no reminder comes."""
        if await self._ladder() is None:
            await self.climb()
        ladder = await self._ladder()
        if ladder is None:
            return Caption("demo.done.climb_end")
        self._showing(self.producer.about.id, Caption("demo.doing.finish"))
        spared = ladder.coming
        done = StopReminding("xong", ladder.latest).command
        if not await self._taps_if(self.producer, lambda action: action == done) and not await self._presses(DONE):
            await self._finds_done(done)
        await self._pause(2)
        before = await self._reminders()
        await self._advance_to(max(ladder.closes_at, self._assembly.clock.now()))
        came = await self._reminders() - before
        return Caption("demo.done.finish", {"day": self._day(), "spared": spared, "came": came})

    async def announce_wide(self) -> Caption:
        """Let the province send a broadcast with a phone number, which a second official approves, up to its report."""
        await self._registered()
        province = self._assembly.house.pack.programme.province
        author, second = [one for one in self._players.values() if one.official and one.about.place == province][:2]
        self._showing(author.about.id, Caption("demo.doing.announce_wide"))
        await self._advance_to(self._assembly.clock.now())
        await self._types(author, "/thongbao")
        await self._taps_if(author, lambda action: action.endswith(f":{province}"))
        await self._types(author, self._assembly.house.phrases.say("demo.script.province"))
        await self._pause(2)
        await self._taps(author, lambda action: ":ask" in action)
        self._showing(second.about.id, Caption("demo.doing.second"))
        await self._taps(second, lambda action: action.startswith("/thongbao xemduyet "))
        await self._pause(2)
        await self._taps(second, lambda action: action.startswith("/thongbao duyet "))
        await self.settled()
        await self._advance_to(self._assembly.clock.now())
        self._showing(author.about.id, Caption("demo.doing.report"))
        await self._taps(author, lambda action: action.startswith("/thongbao so "))
        await self._pause(2)
        self._showing(self.producer.about.id, None)
        await self._watch_arrivals()
        return await self._announced("demo.done.announce_wide")

    async def claim(self) -> Caption:
        """Let an official read a code out to the maker of a listed product.  Reminds the maker of its end."""
        listed = self._script.listed
        if listed is None:
            return Caption("demo.done.claim_none")
        maker = self._players[listed.of]
        province = self._assembly.house.pack.programme.province
        official = next(one for one in self._players.values() if one.official and one.about.place == province)
        if await self._assembly.store.read(demo_rows.product_of, maker.account) is None:
            self._showing(official.about.id, Caption("demo.doing.claim"))
            await self._types(official, "/chuanhan")
            await self._taps(official, lambda action: action.startswith("/chuanhan ma "))
            code = await self._code_read_out(official)
            self._showing(maker.about.id, Caption("demo.doing.claim_code"))
            await self._types(maker, ClaimByCode(code).command)
            await self._taps_if(maker, lambda action: action.endswith(":agree"))
            await self._pause(2)
            await self._taps(maker, lambda action: action.endswith(":yes"))
        product = await self._assembly.store.read(demo_rows.product_of, maker.account)
        if product is None:
            raise GuideStuckError
        await self._types(maker, WANTS_REMINDERS)
        await self._assembly.ticks.run_all(self._assembly.clock.now())
        moment = await self._assembly.store.read(demo_rows.next_reminder, maker.account)
        if moment is None:  # a programme that orders no evaluation again
            return Caption("demo.done.claim_plain", {"product": product.product})
        await self._advance_to(moment + timedelta(seconds=1))
        return Caption("demo.done.claim", {"product": product.product, "day": self._day()})

    async def _code_read_out(self, official: Player) -> str:
        """The code in the official's newest answer."""
        found = re.search(r"/start moi_(\w+)", (await self._lines(official))[-1].text)
        if found is None:
            raise GuideStuckError
        return found[1]

    async def to_next(self) -> Caption:
        """Move the clock to the next moment at which a message is due."""
        now = self._assembly.clock.now()
        await self._assembly.ticks.run_all(now)
        accounts = self._all_accounts()
        before = await self._assembly.store.read(demo_rows.arrivals, accounts, 1000)
        for _ in range(MOST_LEAPS):
            moment = await self._assembly.store.read(demo_rows.next_moment, self._assembly.clock.now())
            if moment is None:
                return Caption("demo.done.nothing_next")
            await self._advance_to(moment + timedelta(seconds=1))
            after = await self._assembly.store.read(demo_rows.arrivals, accounts, 1000)
            if len(after) > len(before):
                await self._watch_arrivals()
                return Caption("demo.done.next", {"day": self._day()})
        return Caption("demo.done.next_quiet", {"day": self._day()})

    async def go_on(self, channel: str) -> None:
        """Continue the draft on another phone of the producer."""
        with contextlib.suppress(GuideStuckError):
            await self._types_on(channel, "/tieptuc")

    # Steps of the conversations

    async def _registered(self) -> Application:
        """Return the product; register it first when there is none."""
        product = await self.product()
        if product is None:
            await self.register()
            product = await self.product()
        if product is None:
            raise GuideStuckError
        return product

    async def _finds_done(self, done: str) -> None:
        """Answer a template by the list of reminders, which has the buttons."""
        await self._types(self.producer, "/nhacviec")
        if await self._taps_if(self.producer, lambda action: action.startswith("/nhacviec viec ")):
            await self._taps(self.producer, lambda action: action.startswith("/nhacviec xong "))
        else:
            await self._types(self.producer, done)

    async def _agreed_to_reminders(self) -> None:
        """Turn reminders on: a visitor who registered by hand may have declined them."""
        if await self._assembly.store.read(demo_rows.wants_reminders, self.producer.account):
            return
        await self._types_on(
            await self._assembly.store.read(demo_rows.speaks_on, self.producer.accounts), WANTS_REMINDERS
        )

    async def _one_step_of_registering(self) -> None:
        talk = await self._talk(self.producer)
        if talk.topic == "dangky":
            if not await self._taps_if(self.producer, lambda action: action.endswith(":agree")):
                await self._types(self.producer, "/dangky")  # it was asked on another phone
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
        """Give the script's answer to the open question; press the first button when the bot asks back."""
        answer = self._script.answers.get(talk.step)
        if talk.data.get("ask") is not None or talk.data.get("confirm"):
            if not await self._taps_if(self.producer, lambda action: action.startswith("=")):
                await self._types(self.producer, "/tieptuc")
        elif answer is None:
            await self._types(self.producer, "/boqua")
        else:
            offered = {choice.action for choice in talk.offered if fold(choice.label) == fold(answer)}
            if not await self._taps_if(self.producer, lambda action: action in offered):
                await self._types(self.producer, answer)

    async def _announced(self, key: str = "demo.done.announce") -> Caption:
        """Return where it arrived and where not, among the sample people."""
        latest = await self._assembly.store.read(demo_rows.announced)
        producers = [one for one in self._players.values() if not one.official]
        if latest is None or not latest.reached:
            return Caption("demo.done.announce_nobody")
        places = self._assembly.house.pack.places
        missed = [one for one in producers if not latest.reached & set(one.accounts.values())]
        outside = dict.fromkeys(
            self._place(one.about.place) for one in missed if not places.within(one.about.place, latest.place)
        )
        return Caption(
            key,
            {"count": len(latest.reached), "place": self._place(latest.place), "others": ", ".join(outside) or "–"},
        )
