"""
Events the database does not take now: who was told so, what is kept in memory, and which repetition is the same event.

A person who reads "chưa lưu được" may send the same words again, and the platform may bring the first ones, too.
Whichever comes first is the answer; the other one would answer the next question.

All of it is in memory, since the database is what is missing; a restart forgets it
(docs/decisions/0031-not-saved-and-sent-again.md).
"""

import asyncio
import contextlib
import math
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from bot.channels.channel import Channel, UnreadableError
from bot.channels.manifest import Again
from content.message import Message
from content.phrases import Phrases
from handlers.conversation.incoming import Incoming
from registry.deliveries.outcomes import Doubtful, Sent

log = structlog.get_logger()

Lane = tuple[str, str]
K = TypeVar("K")
V = TypeVar("V")

ONCE_IN = 60.0
"""Seconds between two notices to one account."""
RIGHT_BEHIND = 3.0
"""Seconds after the first was kept in which equal words are the same event: nobody reads a question that fast."""
REMEMBERED = 2 * 60 * 60.0
"""Seconds for which an unsaved text is remembered: the last repetition of Zalo comes after almost two hours."""
MOST_REMEMBERED = 2000
MOST_HELD = 1000
MOST_HELD_BYTES = 8 * 1024 * 1024
AT_ONCE = 20
"""Notices that are sent at the same time."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A raw event with its id and its account; `came` is the second it arrived, of the loop's clock."""

    channel: Channel
    event: str
    account: str
    came: float
    raw: bytes = field(repr=False)
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set while no commit of it is under way."""

    @property
    def lane(self) -> Lane:
        return self.channel.name, self.account


@dataclass(frozen=True, slots=True)
class First:
    """The kept event a letter repeats; `surely` when nothing has to be looked up in the inbox."""

    row: int
    surely: bool


@dataclass(slots=True)
class _Text:
    """Words of one account that it was told are not saved."""

    since: float
    refused: set[str] = field(default_factory=set)
    """The first event with these words, and those that came after the notice."""
    apart: set[str] = field(default_factory=set)
    """Events with the same words that came before the notice: separate answers."""
    told_at: float = math.inf
    row: int = 0
    kept: str = ""
    kept_at: float = 0.0
    under_way: list[Letter] = field(default_factory=list)
    """Letters whose person was told while their commit hung: they may be kept yet."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Equal words are kept one after the other, so that the second knows of the first."""

    def may_repeat(self, letter: Letter) -> bool:
        """True for an event that was refused, and for one that came after the notice."""
        return letter.event in self.refused or (letter.event not in self.apart and letter.came > self.told_at)


class Unsaved:
    """Owns what is known about unsaved events; `again` says of each channel whether it brings them again."""

    def __init__(
        self,
        phrases: Phrases,
        again: Mapping[str, Again],
        *,
        now: Callable[[], datetime],
        time: Callable[[], float],
    ) -> None:
        self._phrases = phrases
        self._again = again
        self._now = now
        self._time = time
        self._told: OrderedDict[Lane, float] = OrderedDict()
        self._told_events: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._texts: OrderedDict[Lane, dict[tuple[str, ...], _Text]] = OrderedDict()
        self._held: dict[Lane, OrderedDict[str, Letter]] = {}
        self._held_bytes = 0
        self._bringing: dict[Lane, asyncio.Lock] = {}
        self._sending = asyncio.Semaphore(AT_ONCE)

    # Telling

    async def tell(self, letter: Letter) -> None:
        """
        Tell a person that their message is not saved; at most once a minute, and once per event.

        A page that shows so itself is told by its channel at the same moment; its words are remembered here.
        """
        said = self._read(letter)
        again = self._again.get(letter.channel.name, "asked")
        if said is None or not said.private or said.kind in {"blocked", "opened"}:
            return
        text = self._text_of(letter, said, begin=True)
        if text is not None and letter.event not in text.refused:
            one = text.refused if not text.refused or letter.came > text.told_at else text.apart
            one.add(letter.event)
        if text is not None and not letter.ended.is_set():
            text.under_way = [one for one in text.under_way if not one.ended.is_set()] + [letter]
        if (letter.channel.name, letter.event) in self._told_events:
            return
        if said.kind == "press":
            key = "intake.not_saved_press"  # a press that comes late is of no use, and Telegram drops it soon
        else:
            key = "intake.not_saved_yet" if again == "by_itself" else "intake.not_saved"
        if again != "shown" and not await self._say(letter.channel, letter.account, key):
            return
        _remember(self._told_events, (letter.channel.name, letter.event), None)
        for told in self._texts.get(letter.lane, {}).values():  # the notice is about all that were refused by now
            told.told_at = min(told.told_at, self._time())

    async def tell_waits(self, channel: Channel, account: str) -> None:
        """Tell a person whose message is kept that its answer waits for the database."""
        if self._again.get(channel.name, "asked") != "shown":
            await self._say(channel, account, "intake.waits")

    async def _say(self, channel: Channel, account: str, key: str) -> bool:
        """
        Say one of the only words that are not a record: the record itself is what cannot be made.

        True where the person was told, now or within the last minute.
        """
        lane = channel.name, account
        before = self._told.get(lane)
        if before is not None and self._time() - before < ONCE_IN:
            return True
        _remember(self._told, lane, self._time())
        async with self._sending:
            outcome = await channel.send(account, Message(self._phrases.say(key)), {})
        if isinstance(outcome, Sent | Doubtful):
            return True
        self._told.pop(lane, None)  # the next refusal may reach the person
        return False

    # The same words again

    @asynccontextmanager
    async def turn_of(self, letter: Letter) -> AsyncIterator[First | None]:
        """Take the turn among equal words of an account that was told, and give the kept event the letter repeats."""
        text = self._text_of(letter, self._read(letter)) if letter.lane in self._texts else None
        if (
            text is None
            or letter.event in text.apart
            or (letter.event not in text.refused and letter.came <= text.told_at)
        ):
            yield None
        else:
            async with text.turn:
                for one in text.under_way:
                    await one.ended.wait()
                yield self._first(text, letter)

    def _first(self, text: _Text, letter: Letter) -> First | None:
        if not text.kept or text.kept == letter.event:
            return None
        surely = letter.event in text.refused or self._time() - text.kept_at <= RIGHT_BEHIND
        return First(text.row, surely)

    def kept(self, letter: Letter, row: int | None) -> None:
        """Note that an event was kept after all; `row` is None where it had been kept before."""
        self._let_go(letter)
        if row is None or letter.lane not in self._texts:
            return
        text = self._text_of(letter, self._read(letter))
        if text is not None and not text.kept:
            text.kept, text.row, text.kept_at = letter.event, row, self._time()

    def _text_of(self, letter: Letter, said: Incoming | None, *, begin: bool = False) -> _Text | None:
        """The record of the words of a letter. Only typed words and presses can be compared."""
        if said is None or said.kind not in {"text", "press"}:
            return None
        texts = self._texts.get(letter.lane, {})
        words = (said.kind, " ".join(said.text.split()), said.payload, said.pressed)
        text = texts.get(words)
        if text is not None and self._time() - text.since > REMEMBERED:
            del texts[words]
            text = None
        if text is None and begin:
            text = texts[words] = _Text(self._time())
            _remember(self._texts, letter.lane, texts)
        return text

    def _read(self, letter: Letter) -> Incoming | None:
        try:
            return letter.channel.read(letter.raw, now=self._now())
        except UnreadableError:
            return None

    # Events that only this program brings again

    def hold(self, letter: Letter) -> bool:
        """Hold an event that its platform does not bring again, within a limit; it is lost with the process."""
        if letter.event in self._held.get(letter.lane, ()):
            return True
        if self._again.get(letter.channel.name, "asked") != "asked":
            return False
        count = sum(len(held) for held in self._held.values())
        if count >= MOST_HELD or self._held_bytes + len(letter.raw) > MOST_HELD_BYTES:
            log.warning("an unsaved event is not held: there are too many", channel=letter.channel.name)
            return False
        self._held.setdefault(letter.lane, OrderedDict())[letter.event] = letter
        self._held_bytes += len(letter.raw)
        return True

    def holds(self, lane: Lane) -> bool:
        """True while earlier events of an account wait here; a later one must not overtake them."""
        return lane in self._held

    async def bring(self, lane: Lane, commit: Callable[[Letter], Awaitable[None]]) -> None:
        """Commit what is held of an account, in order.  Raises `StoreRefusesError` at the first that is refused."""
        async with self._bringing.setdefault(lane, asyncio.Lock()):
            while held := self._held.get(lane):
                letter = next(iter(held.values()))
                with contextlib.suppress(UnreadableError):
                    await commit(letter)
                self._let_go(letter)
        if lane not in self._held:
            self._bringing.pop(lane, None)

    async def bring_all(self, commit: Callable[[Letter], Awaitable[None]]) -> None:
        """Commit what is held of all accounts.  Raises `StoreRefusesError` while the database takes nothing."""
        for lane in tuple(self._held):
            await self.bring(lane, commit)

    def forget_held(self) -> int:
        """Let go of everything at the end of the process, and return the number of events."""
        count = sum(len(held) for held in self._held.values())
        self._held.clear()
        return count

    def _let_go(self, letter: Letter) -> None:
        held = self._held.get(letter.lane)
        if held is not None and held.pop(letter.event, None) is not None:
            self._held_bytes -= len(letter.raw)
            if not held:
                del self._held[letter.lane]


def _remember(among: OrderedDict[K, V], key: K, value: V) -> None:
    """Add a value and forget the oldest beyond the limit."""
    among[key] = value
    among.move_to_end(key)
    if len(among) > MOST_REMEMBERED:
        among.popitem(last=False)
