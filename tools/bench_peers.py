"""
Programs for comparison, each in its own process: a form without storage, or a plain answer.

    python tools/bench_peers.py aiohttp|telegram|aiogram|aiogram-silent PORT BASE_URL TOKEN

`telegram` is python-telegram-bot over its default transport; `aiogram` needs an
interpreter that has it and is left out otherwise.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from aiohttp import ClientSession, web

STEPS = 11
AT_ONCE = 64
PATH = "/telegram/webhook"


class Form:
    """The current question of each person, in memory."""

    def __init__(self) -> None:
        self._at: dict[int, int] = {}
        self._kept: dict[int, list[str]] = {}

    def answer(self, person: int, words: str) -> str:
        at = self._at.get(person, 0)
        self._kept.setdefault(person, []).append(words)
        self._at[person] = (at + 1) % STEPS
        return f"Đã lưu {words}. Câu {at + 1}/{STEPS}?"


async def serve(routes: list[web.RouteDef], port: int) -> None:
    app = web.Application()
    app.router.add_routes([*routes, web.get("/readyz", _ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def _ready(_: web.Request) -> web.Response:
    return web.Response()


async def plain(port: int, base_url: str, token: str) -> None:
    """A webhook on aiohttp that answers with a call: the minimum of any bot."""
    form = Form()
    async with ClientSession() as session:

        async def receive(request: web.Request) -> web.Response:
            message = (await request.json())["message"]
            words = form.answer(message["chat"]["id"], message["text"])
            body = {"chat_id": message["chat"]["id"], "text": words}
            async with session.post(f"{base_url}/bot{token}/sendMessage", json=body) as answer:
                await answer.read()
            return web.Response()

        await serve([web.post(PATH, receive)], port)


async def library(port: int, base_url: str, token: str) -> None:
    """python-telegram-bot as its users run it: Application, objects, default transport; state in memory."""
    from telegram import Update
    from telegram.ext import Application, MessageHandler, filters

    form = Form()

    async def hear(update: Update, _context: Any) -> None:
        if update.effective_message is not None and update.effective_chat is not None:
            words = form.answer(update.effective_chat.id, update.effective_message.text or "")
            await update.effective_message.reply_text(words)

    app = (
        Application.builder().token(token).base_url(f"{base_url}/bot").concurrent_updates(AT_ONCE).updater(None).build()
    )
    app.add_handler(MessageHandler(filters.ALL, hear))

    async def receive(request: web.Request) -> web.Response:
        await app.process_update(Update.de_json(await request.json(), app.bot))
        return web.Response()

    async with app:
        await serve([web.post(PATH, receive)], port)


async def aiogram(port: int, base_url: str, token: str, *, answers: bool = True) -> None:
    """Aiogram with MemoryStorage, state and data set at every step; perhaps without an answer."""
    from aiogram import Bot, Dispatcher  # type: ignore[import-not-found,unused-ignore]
    from aiogram.client.session.aiohttp import AiohttpSession  # type: ignore[import-not-found,unused-ignore]
    from aiogram.client.telegram import TelegramAPIServer  # type: ignore[import-not-found,unused-ignore]
    from aiogram.types import Update  # type: ignore[import-not-found,unused-ignore]

    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base_url)))
    dispatcher = Dispatcher()

    @dispatcher.message()  # type: ignore[untyped-decorator,unused-ignore]
    async def hear(message: Any, state: Any) -> None:
        kept = await state.get_data()
        at = int(kept.get("at", 0))
        await state.set_state(f"step:{at}")
        await state.update_data(at=(at + 1) % STEPS, **{f"answer{at}": message.text})
        if answers:
            await message.answer(f"Đã lưu {message.text}. Câu {at + 1}/{STEPS}?")

    async def receive(request: web.Request) -> web.Response:
        await dispatcher.feed_update(bot, Update.model_validate(await request.json(), context={"bot": bot}))
        return web.Response()

    await serve([web.post(PATH, receive)], port)


PEERS: dict[str, Callable[[int, str, str], Coroutine[Any, Any, None]]] = {
    "aiohttp": plain,
    "telegram": library,
    "aiogram": aiogram,
    "aiogram-silent": partial(aiogram, answers=False),
}

if __name__ == "__main__":
    asyncio.run(PEERS[sys.argv[1]](int(sys.argv[2]), sys.argv[3], sys.argv[4]))
