"""Updates to a webhook and to a poller: order, repeats, duplicates, conflicts, age."""

import asyncio
import json
from collections import Counter

import pytest
from aiohttp import web

from platforms.telegram.server import TelegramServer

from .conftest import MAI

DAY = 24 * 3600


class Hook:
    """The bot's end: answers each update from a script, 200 when it is empty."""

    def __init__(self):
        self.heard = []
        self.secrets = []
        self.answers = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.url = ""

    async def take(self, request):
        update = await request.json()
        self.heard.append(update["update_id"])
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, dict):
            return web.json_response(answer)
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        return web.Response(status=status, headers=headers)


@pytest.fixture
async def hook():
    bot = Hook()
    app = web.Application()
    app.router.add_post("/telegram/webhook", bot.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bot.url = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram/webhook"
    yield bot
    bot.gate.set()
    await runner.cleanup()


@pytest.fixture
def mai(server):
    return server.person(MAI)


async def test_an_update_arrives_with_the_secret(ask, server, hook, mai):
    status, body = await ask("setWebhook", url=hook.url, secret_token="ba-con_2026")

    update = await mai.writes("Chào")
    await server.settled()

    assert (status, body) == (200, {"ok": True, "result": True, "description": "Webhook was set"})
    assert (hook.heard, hook.secrets) == ([update["update_id"]], ["ba-con_2026"])


async def test_what_waited_is_delivered_once_a_webhook_is_there(server, hook, mai):
    first, second = await mai.writes("một"), await mai.writes("hai")

    server.deliver_to(hook.url, "s")
    await server.settled()

    assert hook.heard == [first["update_id"], second["update_id"]]


async def test_one_chat_keeps_its_order_while_the_first_fails(server, hook, mai):
    server.deliver_to(hook.url)
    hook.answers = [500, 500, 500]

    first, second = await mai.writes("một"), await mai.writes("hai")
    await server.settled()

    assert hook.heard == [first["update_id"]] * 4 + [second["update_id"]]


async def test_chats_and_presses_do_not_wait_for_each_other(server, hook, mai):
    server.deliver_to(hook.url)
    hook.gate.clear()

    first, second = await mai.writes("một"), await mai.writes("hai")
    other = await server.person(7, "Lợi").writes("ba")
    press = mai.press_of(await _message(server), "x")
    await server.until(lambda: len(hook.heard) == 3)

    assert set(hook.heard) == {first["update_id"], other["update_id"], press["update_id"]}
    hook.gate.set()
    await server.until(lambda: second["update_id"] in hook.heard)
    await server.settled()


async def _message(server):
    await server.updates.on_answer({"method": "sendMessage", "chat_id": MAI, "text": "Chào"})
    return server.sent[0]


async def test_a_repeat_comes_at_once_then_after_two_four_and_eight_seconds(server, hook, mai):
    server.deliver_to(hook.url)
    hook.answers = [500] * 5 + [(503, {"Retry-After": "30"})]

    await mai.writes("một")
    await server.settled()

    assert server.updates.waits == [0, 2, 4, 8, 16, 30]


async def test_the_trouble_is_told(ask, server, hook, mai, clock):
    server.deliver_to(hook.url)
    hook.answers = [403]

    await mai.writes("một")
    await server.settled()

    _, body = await ask("getWebhookInfo")
    assert body["result"]["last_error_message"] == "Wrong response from the webhook: 403 Forbidden"
    assert (body["result"]["last_error_date"], body["result"]["pending_update_count"]) == (int(clock.at), 0)


async def test_a_bot_that_is_down_gets_the_update_later(server, hook, mai):
    server.deliver_to("http://127.0.0.1:9/")
    update = await mai.writes("một")
    await server.until(lambda: len(server.updates.deliveries) >= 2)

    server.deliver_to(hook.url)
    await server.settled()

    assert hook.heard == [update["update_id"]]
    assert server.updates.deliveries[0].status == 0


async def test_a_day_old_update_is_dropped(server, hook, mai, clock):
    old = await mai.writes("một")
    clock.forward(DAY + 1)
    new = await mai.writes("hai")

    server.deliver_to(hook.url)
    await server.settled()

    assert (server.updates.dropped, hook.heard) == ([old["update_id"]], [new["update_id"]])


async def test_a_press_is_dropped_after_150_seconds(server, hook, mai, clock):
    press = mai.press_of(await _message(server), "x")
    text = await mai.writes("một")
    clock.forward(151)

    server.deliver_to(hook.url)
    await server.settled()

    assert (server.updates.dropped, hook.heard) == ([press["update_id"]], [text["update_id"]])


async def test_gone_for_23_hours_removes_the_webhook(ask, server, hook, mai, clock):
    server.deliver_to(hook.url)
    hook.gate.clear()
    hook.answers = [410, 410]
    await mai.writes("một")
    await server.until(lambda: len(hook.heard) == 1)
    hook.gate.set()
    await server.until(lambda: len(hook.heard) == 2)
    hook.answers = [410]
    clock.forward(23 * 3600 + 1)

    await mai.writes("hai")
    await server.until(lambda: server.updates.webhook is None)

    assert (await ask("getWebhookInfo"))[1]["result"]["url"] == ""


async def test_an_update_can_be_delivered_twice(server, hook, mai):
    server.deliver_to(hook.url)
    update = await mai.writes("một")
    await server.settled()

    server.deliver_again(update["update_id"])
    await server.settled()

    assert hook.heard == [update["update_id"]] * 2


async def test_the_answer_may_carry_a_call(server, hook, mai):
    server.deliver_to(hook.url)
    hook.answers = [{"method": "sendMessage", "chat_id": MAI, "text": "Chào bà con"}, {"method": "getMe"}]

    await mai.writes("một")
    await mai.writes("hai")

    assert [m.text for m in await mai.hears()] == ["Chào bà con"]
    await server.settled()
    assert [request.method for request in server.requests] == ["sendMessage"]


async def test_nothing_is_delivered_to_another_machine(ask, server, mai):
    await ask("setWebhook", url="https://ocop.example/telegram/webhook")

    await mai.writes("một")
    await server.until(lambda: bool(server.updates.deliveries))

    _, body = await ask("getWebhookInfo")
    assert body["result"]["last_error_message"] == "Failed to resolve host: Name or service not known"
    assert body["result"]["pending_update_count"] == 1


async def test_plain_http_can_be_forbidden_on_loopback_too(http):
    async with TelegramServer(loopback_webhooks=False) as strict:
        call = {"url": "http://127.0.0.1:8080/"}
        async with http.post(f"{strict.base_url}/bot{strict.token}/setWebhook", json=call) as answer:
            body = await answer.json()

    assert body["description"] == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"


async def test_a_webhook_is_set_once_a_second(ask, hook, clock):
    first = await ask("setWebhook", url=hook.url)
    same = await ask("setWebhook", url=hook.url)
    other = await ask("setWebhook", url="https://ocop.example/")
    clock.forward(1)
    later = await ask("deleteWebhook")

    assert same[1]["description"] == "Webhook is already set"
    assert [first[0], other[0], later[0]] == [200, 429, 200]
    assert other[1]["parameters"] == {"retry_after": 1}


async def test_only_kinds_asked_for_leave_and_the_wish_is_remembered(ask, server, mai):
    await ask("getUpdates", allowed_updates=["message"])
    await ask("getUpdates")

    await mai.blocks_bot()
    text = await mai.writes("Chào")

    _, body = await ask("getUpdates")
    assert [u["update_id"] for u in body["result"]] == [text["update_id"]]
    assert Counter(next(k for k in u if k != "update_id") for u in server.updates.withheld) == {"my_chat_member": 2}


async def test_an_unknown_kind_that_is_asked_for_is_a_fault(ask, server):
    await ask("getUpdates", allowed_updates=["message", "harvest"])

    assert server.faults == ["allowed_updates: unknown kind harvest"]


async def test_an_offset_confirms_what_came_before(ask, mai):
    ids = [(await mai.writes(text))["update_id"] for text in ("một", "hai", "ba")]

    async def polled(**parameters):
        return [u["update_id"] for u in (await ask("getUpdates", **parameters))[1]["result"]]

    assert await polled() == ids
    assert await polled(limit=2) == ids[:2]
    assert await polled(offset=ids[1]) == ids[1:]
    assert await polled() == ids[1:]
    assert await polled(offset=-1) == ids[2:]
    assert await polled(offset=ids[2] + 1) == []


async def test_a_long_poll_ends_when_something_comes(ask, server, mai):
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    await server.until(server.updates.polled)

    update = await mai.writes("một")

    assert (await polling)[1]["result"] == [update]


async def test_a_second_poller_ends_the_first(ask, server):
    first = asyncio.create_task(ask("getUpdates", timeout=50))
    await server.until(server.updates.polled)

    second = await ask("getUpdates")

    assert second[0] == 200
    assert (await first)[1] == {
        "ok": False,
        "error_code": 409,
        "description": "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running",
    }


async def test_a_webhook_forbids_polling(ask, hook):
    await ask("setWebhook", url=hook.url)

    status, body = await ask("getUpdates")

    assert (status, body["description"]) == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )


async def test_setting_a_webhook_ends_a_poll(ask, server, hook):
    poll = asyncio.create_task(ask("getUpdates", timeout=50))
    await server.until(server.updates.polled)

    await ask("setWebhook", url=hook.url)

    assert (await poll)[1]["description"] == "Conflict: terminated by setWebhook request"


async def test_what_waits_can_be_thrown_away(ask, mai):
    await mai.writes("một")

    await ask("deleteWebhook", drop_pending_updates=True)

    assert (await ask("getUpdates"))[1]["result"] == []


async def test_stopping_answers_an_open_poll(clock, http):
    server = TelegramServer(clock=clock)
    await server.start()
    poll = asyncio.create_task(http.get(f"{server.base_url}/bot{server.token}/getUpdates", params={"timeout": "50"}))
    await server.until(server.updates.polled)

    await server.stop()

    assert json.loads(await (await poll).read()) == {"ok": True, "result": []}
