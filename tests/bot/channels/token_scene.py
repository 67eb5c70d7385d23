"""One platform, one token room, and processes that may die at any step."""

from collections import Counter

import pytest

from bot.channels.zalo_oa.client import ZaloRefusalError
from bot.channels.zalo_oa.tokens import (
    Tokens,
)
from platforms.zalo_oa.server import APP_ID, APP_SECRET, ZaloOAServer

from .zalo import Time, TokenRoom, client_for, pair_of


class KilledError(BaseException):
    """The process ends here."""


class Scene:
    """One platform, one token room, and as many processes as a test starts."""

    def __init__(self, server: ZaloOAServer, time: Time) -> None:
        self.server, self.time = server, time
        self.client = client_for(server, time)
        self.room = TokenRoom(pair_of(server, time))
        self.asked: Counter[str] = Counter()
        self.fault: Exception | None = None
        self.points = 0
        self.kill_at = -1

    def point(self) -> None:
        """A place where a process may die: before and after everything that lasts."""
        self.points += 1
        if self.points == self.kill_at:
            raise KilledError

    def start(self, **more) -> Tokens:
        return Tokens(Mortal(self), self.exchange, app_id=APP_ID, now=self.time.now, pause=_no_pause, **more)

    async def exchange(self, form):
        self.point()
        if form["grant_type"] == "refresh_token":
            self.asked[form["refresh_token"]] += 1
        if self.fault is not None:
            raise self.fault
        answer = await self.client.exchange(APP_SECRET, form)
        self.point()
        return answer

    async def accepted(self, token: str) -> bool:
        try:
            await self.client.get("/v2.0/oa/getoa", token)
        except ZaloRefusalError:
            return False
        return True


class Mortal:
    """The token room as a process that may die at any moment reaches it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __getattr__(self, name):
        async def act(*given):
            self._scene.point()
            done = await getattr(self._scene.room, name)(*given)
            self._scene.point()
            return done

        return act


async def _no_pause(_: float) -> None:
    return


@pytest.fixture
async def scene(time):
    async with ZaloOAServer(clock=time.seconds) as server:
        scene = Scene(server, time)
        yield scene
        await scene.client.transport.close()


async def live(tokens: Tokens, scene: Scene, minutes: int) -> None:
    """A process that lives on, its job coming by every minute."""
    for _ in range(minutes):
        await tokens.tick()
        scene.time.passes(minutes=1)
