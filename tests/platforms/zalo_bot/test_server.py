"""The strict local Bot Platform: accepted and refused calls, and its answers, asked with a plain HTTP client."""

import json

import aiohttp
import pytest

from platforms.shared.script import broken_page, lost_answer, slow, taken
from platforms.zalo_bot.refusals import no

from .conftest import MAI, PNG, asker

SECRET = "tam-ky-tu-tro-len"
CARD = "https://ocop.example/anh.jpg"

REFUSED = {
    "an unknown method": ("sendCarrierPigeon", {}, 400, "Bad Request: unknown API name"),
    "a method in other letters": ("sendmessage", {"chat_id": MAI, "text": "a"}, 400, "Bad Request: unknown API name"),
    "a button call": ("editMessageText", {}, 400, "Bad Request: unknown API name"),
    "no chat": ("sendMessage", {"text": "a"}, 400, "Bad Request: chat_id is empty"),
    "a chat as a number": ("sendMessage", {"chat_id": 5, "text": "a"}, 400, "Bad Request: chat_id is empty"),
    "an unknown chat": ("sendMessage", {"chat_id": "0" * 20, "text": "a"}, 404, "Not Found"),
    "no text": ("sendMessage", {"chat_id": MAI, "text": " "}, 400, "Bad Request: text is empty"),
    "2001 letters": ("sendMessage", {"chat_id": MAI, "text": "ệ" * 2001}, 400, "Bad Request: text is too long"),
    "an unknown parse mode": (
        "sendMessage", {"chat_id": MAI, "text": "a", "parse_mode": "HTML"}, 400, "Bad Request: parse_mode is invalid",
    ),
    "a photo that is no address": ("sendPhoto", {"chat_id": MAI, "photo": "abc"}, 400, "Bad Request: photo must be a public URL"),
    "a photo on plain http": (
        "sendPhoto", {"chat_id": MAI, "photo": "http://ocop.example/a.jpg"}, 400, "Bad Request: photo must be a public URL",
    ),
    "a long caption": (
        "sendPhoto", {"chat_id": MAI, "photo": CARD, "caption": "a" * 2001}, 400, "Bad Request: caption is too long",
    ),
    "no sticker": ("sendSticker", {"chat_id": MAI}, 400, "Bad Request: sticker is invalid"),
    "another voice": ("sendVoice", {"chat_id": MAI, "voice_url": "https://a.vn/a.mp3"}, 400, "Bad Request: voice_url is invalid"),
    "another action": ("sendChatAction", {"chat_id": MAI, "action": "dancing"}, 400, "Bad Request: action is invalid"),
    "no webhook to speak of": ("getWebhookInfo", {}, 404, "Not Found"),
    "a webhook without an address": ("setWebhook", {"secret_token": SECRET}, 400, "Bad Request: url is empty"),
    "a webhook on plain http": (
        "setWebhook", {"url": "http://ocop.example/", "secret_token": SECRET}, 400, "Bad Request: url must be https",
    ),
    "a webhook without a secret": (
        "setWebhook", {"url": "https://ocop.example/"}, 400, "Bad Request: secret_token must have 8 to 256 characters",
    ),
    "a secret of 7 letters": (
        "setWebhook", {"url": "https://ocop.example/", "secret_token": "a" * 7}, 400,
        "Bad Request: secret_token must have 8 to 256 characters",
    ),
    "a secret of 257 letters": (
        "setWebhook", {"url": "https://ocop.example/", "secret_token": "a" * 257}, 400,
        "Bad Request: secret_token must have 8 to 256 characters",
    ),
    "an empty poll": ("getUpdates", {"timeout": "0"}, 408, "Request timeout"),
    "a poll for a number that is no text": ("getUpdates", {"timeout": 0}, 400, "Bad Request: timeout is invalid"),
    "a poll for a word": ("getUpdates", {"timeout": "mười"}, 400, "Bad Request: timeout is invalid"),
}  # fmt: skip


@pytest.mark.parametrize(("method", "parameters", "status", "words"), REFUSED.values(), ids=REFUSED)
async def test_it_is_refused_as_the_platform_refuses_it(ask, server, mai, method, parameters, status, words):
    answer = await ask(method, **parameters)

    assert answer == (status, {"ok": False, "error_code": status, "description": words})
    assert server.sent == []


async def test_refusals_may_all_come_under_200(start, http):
    server = await start(error_status=False)

    assert (await asker(server, http)("getWebhookInfo"))[0] == 200


async def test_a_wrong_token_opens_nothing(server, http):
    answers = []
    for path in ("bot1:wrong/getMe", "nowhere"):
        async with http.get(f"{server.base_url}/{path}") as answer:
            answers.append((answer.status, (await answer.json())["error_code"]))

    assert answers == [(401, 401), (400, 400)]


@pytest.mark.parametrize("way", ["query", "form", "multipart", "json"])
async def test_parameters_are_read_in_every_form(server, http, mai, way):
    url = f"{server.base_url}/bot{server.token}/sendMessage"
    given = {"chat_id": MAI, "text": "ệ" * 2000}
    match way:
        case "query":
            answer = await http.get(url, params={**given, "text": "Chào"})
        case "form":
            answer = await http.post(url, data=given)
        case "multipart":
            answer = await http.post(url, data=aiohttp.FormData(given, default_to_multipart=True))
        case _:
            answer = await http.post(url, json=given)
    result = (await answer.json())["result"]

    assert result == {"message_id": mai.last().message_id, "date": 1_622_509_200_000}
    assert len((await mai.hears())[0].text) in (4, 2000)
    assert server.faults == []


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_a_body_that_is_no_object_is_refused(server, http, body):
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{server.base_url}/bot{server.token}/getMe", data=body, headers=headers) as answer:
        assert answer.status == 400


async def test_what_the_platform_ignores_is_kept_as_a_fault(ask, server, mai):
    await ask("sendMessage", chat_id=MAI, text="[xem](https://a.vn)", parse_mode="markdown", reply_markup={})

    assert server.faults == ["unknown parameter reply_markup", "sendMessage: fences and links are not shown"]


async def test_everything_else_is_sent(ask, server, mai):
    await ask("sendPhoto", chat_id=MAI, photo=CARD, caption="Ảnh")
    await ask("sendSticker", chat_id=MAI, sticker="bfe4")
    await ask("sendVoice", chat_id=MAI, voice_url="https://ocop.example/a.aac")
    typing = await ask("sendChatAction", chat_id=MAI, action="typing")
    me = await ask("getMe")

    assert [(m.kind, m.text) for m in mai.sees()] == [("photo", "Ảnh"), ("sticker", ""), ("voice", "")]
    assert (typing, server.actions) == ((200, {"ok": True}), [(MAI, "typing")])
    assert me[1]["result"]["account_type"] == "BASIC"


async def test_a_photo_on_this_machine_is_fetched(ask, server, mai):
    good = await ask("sendPhoto", chat_id=MAI, photo=server.keep_media(PNG, "a.png", "image/png"))
    text = await ask("sendPhoto", chat_id=MAI, photo=server.keep_media(b"abc", "a.png", "image/png"))
    none = await ask("sendPhoto", chat_id=MAI, photo=f"{server.base_url}/media/none")

    assert (good[0], mai.last().content) == (200, PNG)
    assert (
        text == none == (400, {"ok": False, "error_code": 400, "description": "Bad Request: photo cannot be fetched"})
    )


async def test_a_photo_on_this_machine_may_be_refused(start, http):
    server = await start(loopback_media=False)
    server.person(MAI, started=True)

    assert (await asker(server, http)("sendPhoto", chat_id=MAI, photo=f"{server.base_url}/a.png"))[0] == 400


async def test_who_never_wrote_cannot_be_written_to(ask, server):
    mai = server.person(MAI)
    before = await ask("sendMessage", chat_id=MAI, text="a")
    await mai.writes("Chào")

    assert (before[0], (await ask("sendMessage", chat_id=MAI, text="a"))[0]) == (404, 200)


async def test_who_blocked_the_bot_is_only_known_by_a_failed_message(ask, server, mai):
    mai.blocks_bot()
    blocked = await ask("sendMessage", chat_id=MAI, text="a")
    mai.unblocks_bot()

    assert (blocked[0], server.updates.history) == (403, [])
    assert (await ask("sendMessage", chat_id=MAI, text="a"))[0] == 200


# The plan


async def test_the_plan_ends_and_begins_with_the_month(start, http, clock):
    server = await start(per_month=2)
    server.person(MAI, started=True)
    ask = asker(server, http)

    statuses = [(await ask("sendMessage", chat_id=MAI, text="a"))[0] for _ in range(3)]
    used = server.sent_this_month
    clock.forward(30 * 24 * 3600)

    assert (statuses, used) == ([200, 200, 429], 2)
    assert ((await ask("sendMessage", chat_id=MAI, text="a"))[0], server.sent_this_month) == (200, 1)


async def test_the_plan_has_room_for_fifty_people(server, ask):
    events = [await server.person(f"{number:020x}").writes("Chào") for number in range(51)]

    assert [event is None for event in events] == [False] * 50 + [True]
    assert len(server.updates.withheld) == 1
    assert (await ask("sendMessage", chat_id=f"{50:020x}", text="a"))[0] == 404


async def test_the_plan_has_room_for_three_groups(server):
    assert [server.group(f"nhom-{number}").open for number in range(4)] == [True, True, True, False]


# Events


@pytest.mark.parametrize(
    ("switches", "act", "given", "name", "keys"),
    [
        ({}, "writes", ["Chào"], "message.text.received", {"text"}),
        ({}, "sends_photo", [PNG, "Ảnh"], "message.image.received", {"photo_url", "message_type", "caption"}),
        ({"photo_field": "photo"}, "sends_photo", [PNG], "message.image.received", {"photo"}),
        ({}, "sends_sticker", [], "message.sticker.received", {"sticker", "url"}),
        ({}, "sends_voice", [], "message.voice.received", {"voice_url", "message_type"}),
        ({}, "sends_link", ["https://a.vn"], "message.link.received", {"text", "url"}),
        ({"unsupported_with_message": True}, "sends_file", [], "message.unsupported.received", set()),
        ({"unsupported_with_message": True}, "shares_location", [], "message.unsupported.received", set()),
        ({"unsupported_with_message": True}, "sends_business_card", [], "message.unsupported.received", set()),
    ],
)
async def test_every_act_of_a_person_looks_like_a_live_one(start, switches, act, given, name, keys):
    server = await start(**switches)
    event = await getattr(server.person(MAI, "Mai"), act)(*given)

    message = event["message"]
    assert event["event_name"] == name
    assert message.keys() - keys == {"message_id", "date", "from", "chat"}
    assert message["from"] == {"id": MAI, "display_name": "Mai", "is_bot": False}
    assert (message["chat"], message["date"]) == ({"id": MAI, "chat_type": "PRIVATE"}, 1_622_509_200_000)


async def test_of_what_cannot_be_read_nothing_is_told(server):
    assert await server.person(MAI).sends_file() == {"event_name": "message.unsupported.received"}
    child = server.person("0" * 20, protected=True)
    assert await child.writes("Chào") == {"event_name": "message.unsupported.received"}


async def test_in_a_group_only_its_name_and_answers_are_heard(ask, server, mai):
    group = server.group("nhom-1", "Cán bộ xã")
    await ask("sendMessage", chat_id="nhom-1", text="Chào cả nhà")
    sent = server.messages_in("nhom-1")[0]

    heard = [
        await mai.writes_in_group(group, "Ai biết không"),
        await mai.writes_in_group(group, "@Bot ơi", mentioning=True),
        await mai.writes_in_group(group, "Vâng", reply_to=sent),
    ]

    assert [event is not None for event in heard] == [False, True, True]
    assert heard[1]["message"]["chat"] == {"id": "nhom-1", "chat_type": "GROUP"}


async def test_a_poll_gives_one_event_and_forgets_it(ask, server, mai):
    first, second = await mai.writes("Một"), await mai.writes("Hai")

    polls = [await ask("getUpdates", timeout="0") for _ in range(3)]

    assert [body.get("result") for _, body in polls] == [first, second, None]
    assert polls[2][0] == 408
    await server.settled()


async def test_a_lost_poll_loses_the_event(ask, server, mai):
    await mai.writes("Một")
    server.script("getUpdates", lost_answer())
    with pytest.raises(aiohttp.ClientError):
        await ask("getUpdates", timeout="0")

    assert (await ask("getUpdates", timeout="0"))[0] == 408


async def test_polling_and_a_webhook_exclude_each_other(ask, server, hook, mai):
    event = await mai.writes("Một")
    set_up = await ask("setWebhook", url=hook.url, secret_token=SECRET)
    refused = await ask("getUpdates", timeout="0")
    await server.settled()
    info = await ask("getWebhookInfo")
    deleted = await ask("deleteWebhook")

    assert set_up == info == (200, {"ok": True, "result": {"url": hook.url, "updated_at": 1_622_509_200_000}})
    assert (refused[0], [json.loads(body) for _, body in hook.got]) == (400, [event])
    assert deleted[1]["result"]["url"] == ""
    assert (await ask("getUpdates", timeout="0"))[0] == 408


@pytest.mark.parametrize("shape", ["flat", "wrapped"])
async def test_the_webhook_gets_both_shapes_with_the_secret(start, hook, shape):
    server = await start(body=shape)
    server.deliver_to(hook.url, SECRET)
    event = await server.person(MAI).writes("Xin chào")
    server.deliver_again(event)
    await server.settled()

    headers, body = hook.got[0]
    assert headers["X-Bot-Api-Secret-Token"] == SECRET
    assert json.loads(body) == (event if shape == "flat" else {"ok": True, "result": event})
    assert hook.got[1][1] == body


async def test_an_event_that_is_not_taken_is_lost(server, hook, mai):
    server.deliver_to(hook.url, SECRET)
    hook.status = 500
    event = await mai.writes("Chào")
    await server.settled()

    assert (len(hook.got), server.updates.dropped) == (1, [event])


async def test_an_event_that_is_not_taken_may_come_again(start, hook):
    server = await start(ladder=(30.0, 60.0), repeats_any=True)
    server.deliver_to(hook.url, SECRET)
    hook.status = 500
    await server.person(MAI).writes("Chào")
    await server.settled()

    assert [delivery.repeat for delivery in server.updates.deliveries] == [0, 1, 2]


async def test_any_event_can_be_sent(server, hook):
    server.deliver_to(hook.url, SECRET)
    server.event({"event_name": "message.dance.received"})
    await server.settled()

    assert json.loads(hook.got[0][1]) == {"event_name": "message.dance.received"}


# Scripts


async def test_answers_can_be_scripted(ask, server, mai):
    server.script("sendMessage", no(429), taken(), slow(0.01))
    server.script("*", no(403))

    statuses = [(await ask("sendMessage", chat_id=MAI, text="a"))[0] for _ in range(5)]

    assert statuses == [429, 200, 200, 403, 200]
    assert server.left_over() == {}
    assert [call.status for call in server.calls("sendMessage")] == statuses


async def test_a_lost_answer_is_still_a_sent_message(ask, server, mai):
    server.script("sendMessage", lost_answer())
    with pytest.raises(aiohttp.ClientError):
        await ask("sendMessage", chat_id=MAI, text="a")

    assert (mai.last().text, server.last_call("sendMessage").status) == ("a", 0)


async def test_a_broken_page_sends_nothing(server, http, mai):
    server.script("*", broken_page(502))
    async with http.get(f"{server.base_url}/bot{server.token}/getMe") as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")
    with pytest.raises(AssertionError, match="Mai has no message"):
        mai.last()


async def test_a_person_has_an_id_of_the_platform(server):
    with pytest.raises(ValueError, match="20 hexadecimal digits"):
        server.person("123")
