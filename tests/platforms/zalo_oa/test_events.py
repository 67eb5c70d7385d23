"""Webhook events of the strict local account: their content, signature and repeats."""

import asyncio
import hashlib
import json

import pytest

from platforms.zalo_oa.events import Events
from platforms.zalo_oa.refusals import no

from .conftest import MAI, PNG, asker, buttons, query, template, to_mai

CS = "/v3.0/oa/message/cs"
SAMPLE = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
    '"event_name":"user_send_text","message":{"text":"Xin chào","msg_id":"96d3cdf3af150460909"},'
    '"timestamp":"1787209817225"}'
)


def events_of(hook):
    return [json.loads(body) for _, body in hook.got]


def names_of(hook):
    return [event["event_name"] for event in events_of(hook)]


async def test_the_known_vector_is_signed_as_known(start):
    server = await start(oa_secret_key="oaSecretKeyExample")

    assert server.events.signature(SAMPLE.encode(), "1787209817225") == (
        "mac=3018fab18f851b9e1957706fafffa91069e20890efc0955b0dc7b6a2c689d5f5"
    )


async def test_an_event_is_signed_over_its_very_bytes(server, hook, mai):
    server.deliver_to(hook.url)
    await mai.writes("Xin chào")
    await server.settled()

    headers, body = hook.got[0]
    event = json.loads(body)
    mac = hashlib.sha256(
        server.app_id.encode() + body + event["timestamp"].encode() + server.events.oa_secret_key.encode()
    )
    assert headers["X-ZEvent-Signature"] == f"mac={mac.hexdigest()}"
    assert (headers["X-ZEvent-Server"], headers["User-Agent"]) == ("OA OpenAPI", "ZaloWebhook")
    assert "X-ZEvent-Timestamp" not in headers
    assert "num_retry" not in headers


async def test_the_disputed_signatures_can_be_played(start, hook):
    server = await start(signature_term="oa_id", signature_prefix=False, timestamp_header=True)
    server.deliver_to(hook.url)
    await server.person(MAI).writes("Chào")
    await server.settled()

    headers, body = hook.got[0]
    timestamp = headers["X-ZEvent-Timestamp"]
    raw = server.oa_id.encode() + body + timestamp.encode() + server.events.oa_secret_key.encode()
    assert headers["X-ZEvent-Signature"] == hashlib.sha256(raw).hexdigest()


async def test_a_text_looks_like_a_live_one(server, hook, mai):
    server.deliver_to(hook.url)
    sent = await mai.writes("Xin chào")
    await server.settled()

    assert events_of(hook) == [sent]
    assert sent["message"].keys() == {"text", "msg_id"}
    assert (sent["sender"], sent["recipient"]) == ({"id": MAI}, {"id": server.oa_id})
    assert sent["timestamp"] == "1622509200000"
    assert isinstance(sent["user_id_by_app"], str)


ACTS = {
    "sends_image": ([PNG, "Ảnh"], "user_send_image"),
    "sends_gif": ([], "user_send_gif"),
    "sends_file": ([b"%PDF"], "user_send_file"),
    "sends_audio": ([], "user_send_audio"),
    "sends_video": ([], "user_send_video"),
    "sends_sticker": ([], "user_send_sticker"),
    "sends_link": (["https://ocop.example"], "user_send_link"),
    "sends_business_card": (["84912345678"], "user_send_business_card"),
    "shares_location": ([], "user_send_location"),
    "follows": ([], "follow"),
    "unfollows": ([], "unfollow"),
    "clicks_chat": ([], "user_click_chatnow"),
    "calls": ([], "user_call_oa"),
    "withdraws": ([], "user_withdraw"),
    "renames": (["Mai Lan"], "update_user_info"),
}


@pytest.mark.parametrize(("act", "given", "name"), [(act, *rest) for act, rest in ACTS.items()], ids=ACTS)
async def test_every_act_of_a_person_is_told(server, hook, mai, act, given, name):
    server.deliver_to(hook.url)
    await getattr(mai, act)(*given)
    await server.settled()

    assert names_of(hook) == [name]


async def test_what_was_sent_can_be_fetched(server, http, mai):
    event = await mai.sends_file(b"%PDF-1.7", "don.pdf")
    payload = event["message"]["attachments"][0]["payload"]
    async with http.get(payload["url"]) as answer:
        content = await answer.read()
    async with http.get(f"{server.base_url}/media/none") as answer:
        missing = answer.status

    assert (content, missing) == (b"%PDF-1.7", 404)
    assert (payload["size"], payload["type"], payload["checksum"]) == ("8", "pdf", hashlib.md5(content).hexdigest())


async def test_the_first_press_on_chat_is_told_once(mai):
    assert (await mai.clicks_chat()) is not None
    assert (await mai.clicks_chat()) is None


async def test_a_press_comes_as_a_text(ask, mai):
    await ask(CS, to_mai(**buttons(query("Có", "#co"))))

    pressed = await mai.presses("Có")

    assert pressed is not None
    assert (pressed["event_name"], pressed["message"]["text"]) == ("user_send_text", "#co")


async def test_there_are_no_buttons_on_a_computer(ask, server):
    loi = server.person(MAI, following=True, on_mobile=False)
    await ask(CS, to_mai(**buttons(query())))

    with pytest.raises(AssertionError, match="sees no buttons"):
        await loi.presses("Có")
    assert [event["event_name"] for event in server.events.history] == ["oa_send_text"]


async def test_a_button_that_is_not_there_cannot_be_pressed(ask, mai):
    await ask(CS, to_mai(**buttons(query())))

    with pytest.raises(AssertionError, match="sees no button 'Không'"):
        await mai.presses("Không")


@pytest.mark.parametrize(("shape", "phone"), [("nested", "84912345678"), ("flat", 84912345678)])
async def test_contact_data_comes_in_both_shapes(start, http, shape, phone):
    server = await start(contact_shape=shape)
    mai = server.person(MAI, "Mai", following=True, phone="84912345678")
    with pytest.raises(AssertionError, match="Nobody asked"):
        await mai.submits_contact()
    card = {"title": "a", "subtitle": "b", "image_url": "https://ocop.example/a.png"}
    await asker(server, http)(CS, to_mai(**template(template_type="request_user_info", elements=[card])))

    event = await mai.submits_contact(ward="Xã Kim Sơn")

    assert event["info"]["phone"] == phone
    assert ("full_address" in event["info"]) == (shape == "nested")


async def test_a_sent_message_is_echoed_received_and_seen(ask, server, hook, mai):
    server.deliver_to(hook.url)
    await ask(CS, to_mai())
    await mai.reads()
    assert await mai.reads() is None
    await server.settled()

    echo, received, seen = events_of(hook)
    message_id = mai.last().message_id
    assert (echo["event_name"], echo["message"]["msg_id"], "admin_id" in echo["sender"]) == (
        "oa_send_text", message_id, False,
    )  # fmt: skip
    assert (received["event_name"], received["recipient"]) == ("user_received_message", {"id": MAI})
    assert seen["message"] == {"msg_ids": [message_id]}


async def test_a_human_in_the_console_leaves_a_name(server, mai):
    server.staff_writes(mai, "Chị gửi lại ảnh giúp em", admin_id="99")

    assert mai.last().admin_id == "99"
    assert server.events.history[0]["sender"] == {"id": server.oa_id, "admin_id": "99"}


async def test_a_template_by_phone_reports_its_delivery(ask, server, hook, mai):
    server.deliver_to(hook.url)
    server.templates.add("han", "Chào <ten>")
    server.quota.balance = 1000
    data = {"template_id": "han", "template_data": {"ten": "Mai"}}
    await ask("/message/template", {"phone": mai.phone, "tracking_id": "giao-1", **data})
    await server.settled()

    (headers, _), (event,) = hook.got[0], events_of(hook)
    assert headers["X-ZEvent-Server"] == "ZNS"
    assert (event["recipient"], event["message"]["tracking_id"]) == ({"id": mai.phone}, "giao-1")


async def test_reactions_and_visitors_are_told(ask, server, mai):
    await ask(CS, to_mai())
    reacted = await mai.reacts(mai.last())
    visited = server.visitor_writes("Chào", "khach-1")

    assert reacted["message"]["react_icon"] == "/-strong"
    assert visited["message"]["conversation_id"] == "khach-1"


async def test_no_two_events_bear_the_same_moment(mai):
    first, second = await mai.follows(), await mai.unfollows()

    assert int(second["timestamp"]) == int(first["timestamp"]) + 1


# The webhook


async def test_saving_the_address_sends_an_empty_object_without_a_signature(server, hook):
    assert await server.save_webhook(hook.url) == 200

    headers, body = hook.got[0]
    assert body == b"{}"
    assert "X-ZEvent-Signature" not in headers


async def test_an_address_that_does_not_answer_200_is_not_saved(server, hook, mai):
    hook.status = 401
    assert await server.save_webhook(hook.url) == 401
    event = await mai.writes("Chào")

    assert server.events.url == ""
    assert server.events.dropped == [event]


@pytest.mark.parametrize("url", ["http://ocop.example/hook", "https://ocop.example:8443/hook", "https://10.0.0.1/hook"])
async def test_the_console_takes_no_other_address(server, url):
    with pytest.raises(ValueError, match="on a domain without a port"):
        await server.save_webhook(url)


async def test_no_connection_is_tried_again_along_the_ladder_and_then_given_up(server, hook, mai):
    server.deliver_to(f"{hook.url.rsplit(':', 1)[0]}:1/hook")
    event = await mai.writes("Chào")
    await server.settled()
    later = await mai.writes("Còn đó không")

    assert server.events.waits == [30, 300, 900, 1800, 3600]
    assert [d.repeat for d in server.events.deliveries] == [0, 1, 2, 3, 4, 5]
    assert (server.events.dropped, server.events.withheld) == ([event], [later])
    server.deliver_to(hook.url)
    await mai.writes("Alo")
    await server.settled()
    assert [e["message"]["text"] for e in events_of(hook)] == ["Alo"]


async def test_a_late_answer_is_none_and_the_repeat_is_numbered(start, hook):
    server = await start(answer_within=0.05)
    server.deliver_to(hook.url)
    hook.seconds = 0.2
    await server.person(MAI).writes("Chào")
    await server.until(lambda: len(server.events.deliveries) == 1)
    hook.seconds = 0
    await server.settled()

    (first, body), (second, again) = hook.got[0], hook.got[-1]
    assert ("num_retry" in first, second["num_retry"], again) == (False, str(len(hook.got) - 1), body)


async def test_an_answer_of_another_kind_loses_the_event(server, hook, mai):
    server.deliver_to(hook.url)
    hook.status = 503
    event = await mai.writes("Chào")
    await server.settled()

    assert (len(hook.got), server.events.dropped) == (1, [event])


async def test_an_answer_of_another_kind_may_be_tried_again(start, hook):
    server = await start(repeats_any=True)
    server.deliver_to(hook.url)
    hook.status = 503
    await server.person(MAI).writes("Chào")
    await server.until(lambda: len(server.events.deliveries) == 2)
    hook.status = 200
    await server.settled()

    assert server.events.deliveries[-1].status == 200


async def test_an_event_can_come_twice_word_for_word(server, hook, mai):
    server.deliver_to(hook.url)
    event = await mai.writes("Chào")
    server.deliver_again(event)
    await server.settled()

    assert hook.got[0][1] == hook.got[1][1]


async def test_an_event_can_be_forged(server, hook):
    server.deliver_to(hook.url)
    server.event({"event_name": "user_send_text", "timestamp": "1"}, signature="mac=00")
    await server.settled()

    assert hook.got[0][0]["X-ZEvent-Signature"] == "mac=00"


async def test_what_is_not_ticked_never_leaves(server, hook, mai):
    server.deliver_to(hook.url)
    server.events.ticked = frozenset({"user_send_text"})
    server.events.syntax_filter = True
    await mai.follows()
    await mai.writes("Chào")
    await mai.writes("#dangky")
    await server.settled()

    assert [e["message"]["text"] for e in events_of(hook)] == ["#dangky"]
    assert len(server.events.withheld) == 2


async def test_events_of_one_person_come_in_order(server, hook, mai):
    server.deliver_to(hook.url)
    hook.seconds = 0.005
    for number in range(10):
        await mai.writes(str(number))
    await server.settled()

    assert [e["message"]["text"] for e in events_of(hook)] == list("0123456789")
    assert hook.most_at_once == 1


async def test_two_people_need_not_wait_for_one_another(server, hook, mai):
    server.deliver_to(hook.url)
    hook.seconds = 0.05
    await mai.writes("Chào")
    await server.person("7", "Loi").writes("Chào")
    await server.settled()

    assert hook.most_at_once == 2


async def test_nothing_is_ever_sent_to_another_machine(server, mai):
    visits = []
    other = await asyncio.start_server(lambda _, writer: (visits.append(1), writer.close()), "127.0.0.2", 0)
    async with other:
        server.deliver_to(f"http://127.0.0.2:{other.sockets[0].getsockname()[1]}/hook")
        await mai.writes("Chào")
        await server.settled()

    assert ({delivery.status for delivery in server.events.deliveries}, visits) == ({0}, [])


async def test_a_scripted_refusal_sends_nothing(ask, server, mai):
    server.script("*", no(-200))

    assert (await ask(CS, to_mai()))["error"] == -200
    with pytest.raises(AssertionError, match="Mai waited"):
        await mai.hears(timeout=0.01)
    assert isinstance(server.events, Events)
