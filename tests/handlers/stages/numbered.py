"""
People who read a list and type what stands before its lines.

Both Zalo channels write choices into the text: `2. Chế biến` where a number answers, `– Để sau`
where the words themselves do.  Nobody presses anything here, so a transcript's press is typed.
"""

import re
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from handlers.conversation.desk import House

from .stage import Act, Heard, Hours, Stage, picture

_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)
_NAMED = re.compile(r"^– (.+)$", re.MULTILINE)


@dataclass(slots=True)
class Screen:
    """A person's view: all texts in order, and the number of them the story has consumed."""

    texts: list[str] = field(default_factory=list)
    told: int = 0


class NumberedStage(Stage):
    """A stage on which every choice is typed."""

    cannot = frozenset({"old_press"})
    """The newest showing of a list has the numbers; no button of an older one is left."""

    def __init__(self, settings: Settings, house: House, hours: Hours) -> None:
        super().__init__(settings, house, hours)
        self.screens: dict[str, Screen] = {}
        self._pictures = 0

    @abstractmethod
    async def acts(self, who: str, act: Act) -> None:
        """Let somebody do what the platform knows; presses come as texts."""

    @abstractmethod
    def seen(self, who: str) -> list[Heard]:
        """All that somebody has before them, oldest first."""

    @abstractmethod
    async def deliver(self, bot: Assembly) -> None:
        """Bring what happened to the bot, until it has acknowledged it."""

    async def do(self, bot: Assembly, who: str, act: Act) -> None:
        if act.kind in {"press", "press_twice"}:
            typed = Act("text", self.typed(who, act.words))
            await self.acts(who, typed)
            if act.kind == "press_twice":
                await self.acts(who, typed)
        else:
            await self.acts(who, act)
        await self.deliver(bot)

    def typed(self, who: str, label: str) -> str:
        """The text somebody types for a choice: its number in the newest list that has it, else its words."""
        for one in reversed(self.seen(who)):
            for number, named in _NUMBERED.findall(one.text):
                if named == label:
                    return str(number)
            if label in _NAMED.findall(one.text):
                return label
        raise AssertionError(f"{who} reads no {label!r}; the last lists are {self._lists(who)}.")

    def pictures(self, count: int) -> list[bytes]:
        """Pictures that are all different."""
        self._pictures += count
        return [picture(number) for number in range(self._pictures - count, self._pictures)]

    async def hear(self, bot: Assembly) -> dict[str, list[Heard]]:
        told: dict[str, list[Heard]] = {}
        for who, screen in self.screens.items():
            seen = self.seen(who)
            told[who] = seen[screen.told :]
            screen.told = len(seen)
        return told

    def _lists(self, who: str) -> list[str]:
        return [label for one in self.seen(who)[-3:] for label in choices_of(one.text)]


def choices_of(text: str) -> tuple[str, ...]:
    """The labels somebody can read in the lists of a text."""
    return (*(label for _, label in _NUMBERED.findall(text)), *_NAMED.findall(text))


def readable(text: str, files: Iterable[str] = ()) -> Heard:
    """A message of a platform as the story checks it: the choices of its text stand for buttons."""
    return Heard(text, choices_of(text), tuple(files))
