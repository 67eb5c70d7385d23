"""The messages a person sees, the same on every platform."""

from abc import ABC, abstractmethod
from typing import Any, Generic, Protocol, TypeVar

from platforms.shared.bell import PATIENCE, Bell


class Shown(Protocol):
    """A message that somebody sees."""

    @property
    def text(self) -> str: ...


M = TypeVar("M", bound=Shown)


class Hearing(ABC, Generic[M]):
    """The seeing half of a person; `name` and `_messages` are given by the platform's own class."""

    name: str

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._heard = 0

    def sees(self) -> list[M]:
        """The messages in this chat, oldest first."""
        return list(self._messages())

    def last(self) -> M:
        """The newest message."""
        seen = self._messages()
        if not seen:
            raise AssertionError(f"{self.name} has no message.")
        return seen[-1]

    def unheard(self) -> list[M]:
        """Messages that no `hears` has answered with yet."""
        return self._messages()[self._heard :]

    async def hears(self, count: int = 1, timeout: float = PATIENCE) -> list[M]:
        """Wait until that many further messages are there and answer with them; each is heard once."""
        if not await self._bell.until(lambda: len(self.unheard()) >= count, timeout):
            got: list[Any] = [message.text for message in self.unheard()]
            raise AssertionError(f"{self.name} waited {timeout} s for {count} message(s) and heard {got}.")
        heard = self.unheard()[:count]
        self._heard += count
        return heard

    @abstractmethod
    def _messages(self) -> list[M]:
        """All messages before this person, oldest first."""
