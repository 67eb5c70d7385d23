"""Somebody before the page of the demo, for the tests that drive it through its own addresses."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from bot.demo.serving import open_demo
from bot.demo.stage import Demo, Stage
from bot.serving.configuration import Settings
from bot.settings.settings import ClockStart, Server
from registry import demonstration as demo_rows
from registry.demonstration import Line

PACK = "quang-binh-2021"


def settings(folder: Path, port: int = 0) -> Settings:
    return Settings(
        pack=PACK,
        data_dir=folder / PACK,
        server=Server(port=port),
        clock=ClockStart(start="2021-06-01"),
    )


class Visitor:
    """Somebody before the page."""

    def __init__(self, demo: Demo, address: str, http: ClientSession) -> None:
        self.demo, self.address, self.http = demo, address, http

    async def state(self) -> dict[str, Any]:
        async with self.http.get(f"{self.address}/demo/state") as answer:
            return await answer.json()

    @property
    def stage(self) -> Stage:
        stage = self.demo.stage
        assert stage is not None
        return stage

    async def press(self, path: str, origin: str | None = None, body: Any = None) -> tuple[int, dict[str, Any]]:
        headers = {"Origin": origin or self.address}
        async with self.http.post(f"{self.address}{path}", headers=headers, json=body) as answer:
            return answer.status, (await answer.json() if answer.status in {200, 409} else {})

    async def guide(self, number: int) -> dict[str, Any]:
        status, state = await self.press(f"/demo/guide/{number}")
        assert status == 200
        return state

    async def lines(self, person: str = "producer") -> list[Line]:
        stage = self.stage
        return await stage.assembly.store.read(demo_rows.conversation, stage.players[person].account)

    async def says(self, text: str, person: str = "producer") -> None:
        stage = self.stage
        event = {"id": str(uuid.uuid4()), "account": stage.players[person].account, "kind": "text", "text": text}
        await self.demo.accept("webchat", json.dumps(event).encode())
        await stage.guide.settled()


@asynccontextmanager
async def visiting(folder: Path) -> AsyncIterator[Visitor]:
    async with open_demo(settings(folder), pace=0) as (demo, address), ClientSession() as http:
        yield Visitor(demo, address, http)
