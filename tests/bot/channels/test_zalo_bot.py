"""The Zalo Bot Platform: the outcome of every message, the content of every update, and the two ways in."""

import asyncio
import hashlib
import io
import json
import logging
import random
from datetime import timedelta
from typing import get_args

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Words
from bot.channels.polling import STORE_PAUSE, TOKEN_PAUSE
from bot.channels.zalo.door import MOST_BODY
from bot.channels.zalo_bot.channel import (
    A_LONG_WHILE,
    A_MINUTE,
    A_MOMENT,
    LONGEST_WAIT,
    WARN_AT,
    Plan,
    open_zalo_bot,
    parts_of,
)
from bot.channels.zalo_bot.polling import ZaloBotPolling
from bot.channels.zalo_bot.webhook import (
    PATH,
    SECRET_HEADER,
    receive_zalo_bot_by_polling,
    receive_zalo_bot_by_webhook,
    zalo_bot_routes,
)
from content.message import BOLD, PLAIN, Attachment, Choice, Message
from platforms.shared.script import Answer, broken_page, lost_answer, slow, taken
from platforms.zalo_bot.refusals import no
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable, Whom
from registry.store.store import StoreRefusesError

from .conftest import JPG, PDF, Inbox
from .zalo import AN, update

WORDS = Words("Gửi số", "Gửi vị trí", "(Chưa gửi được tệp {name}, gõ /lienhe)")
HELLO = Message(f"Chào {BOLD}chị{PLAIN} <3", (Choice("Đúng", "=k:y"), Choice("Sửa", "=k:n")))
HELLO_REQUEST = {"chat_id": AN, "text": "Chào chị <3\n\n1. Đúng\n2. Sửa"}
SECRET = "mot-bi-mat-du-dai"
SENDING = {
    "plain text is sent, its choices as a list": (HELLO, taken(), Sent("")),
    "a quota of this person": (HELLO, no(429), TryAgain(timedelta(minutes=1), "quota: Quota exceeded")),
    "a quota whose number is written as text": (
        HELLO,
        Answer(page=(200, '{"ok": false, "error_code": "429", "description": "Quota exceeded"}')),
        TryAgain(timedelta(minutes=1), "quota: Quota exceeded"),
    ),
    "a text the platform cannot take": (HELLO, no(400, "Bad Request: text"), Refused("400 Bad Request: text")),
    "a chat that is not there": (
        HELLO,
        no(404, "Not Found: chat not found"),
        Unreachable("Not Found: chat not found"),
    ),
    "a chat that is not there, in the documented words": (HELLO, no(404), Unreachable("404 Not Found")),
    "a chat that is not there, in other words": (
        HELLO,
        no(404, "Not Found: chat"),
        Unreachable("404 Not Found: chat"),
    ),
    "a chat the platform takes for wrong": (HELLO, no(400, "chat_id is invalid"), Unreachable("chat_id is invalid")),
    "a token that is not accepted for one": (HELLO, no(401), TryAgain(A_LONG_WHILE, "401 Unauthorized")),
    "a page of a proxy": (HELLO, broken_page(404), TryAgain(A_LONG_WHILE, "404 a page and no answer")),
    "an error inside the platform": (HELLO, no(403), Doubtful("403 Internal server error")),
    "a silence the platform itself names": (HELLO, no(408), Doubtful("408 Request timeout")),
    "a number nobody knows": (HELLO, no(418, "teapot"), TryAgain(A_MINUTE, "418 teapot")),
    "a proxy that lost its server": (HELLO, broken_page(502), Doubtful("HTTP 502")),
    "an answer that is no answer": (HELLO, Answer(page=(200, "<html>")), Doubtful("an answer that is no answer")),
    "a connection that broke before the answer": (HELLO, lost_answer(), Doubtful("ServerDisconnectedError")),
}


@pytest.mark.parametrize("row", SENDING)
async def test_sending(zalo_bot, row, caplog):
    message, answer, expected = SENDING[row]
    zalo_bot.server.script("sendMessage", answer)

    with caplog.at_level(logging.DEBUG):
        outcome = await zalo_bot.channel.send(zalo_bot.account, message, {})

    if isinstance(expected, Sent):
        expected = Sent(zalo_bot.server.sent[0].message_id)
    request, *more = zalo_bot.server.requests
    assert {one.method for one in more} <= {"getMe"}
    assert outcome == expected
    silent = answer.lost or answer.page in {broken_page(502).page, (200, "<html>")}
    assert getattr(outcome, "whom", Whom.ONE) is (Whom.UNSAID if silent else Whom.ONE)
    if answer.page is None:
        assert (request.method, request.given) == ("sendMessage", HELLO_REQUEST)
    told = repr(outcome) + caplog.text + repr(zalo_bot.channel)
    assert zalo_bot.server.token.partition(":")[2] not in told


def test_every_outcome_has_a_row():
    assert {type(outcome) for *_, outcome in SENDING.values()} == set(get_args(Outcome))


async def test_a_token_the_platform_repeats_is_not_repeated(zalo_bot):
    token = zalo_bot.server.token
    zalo_bot.server.script("sendMessage", no(400, f"bad path /bot{token}/sendMessage"))

    outcome = await zalo_bot.channel.send(AN, HELLO, {})

    assert (isinstance(outcome, Refused), token in repr(outcome)) == (True, False)


async def test_a_server_that_is_not_there_got_nothing(time, caplog):
    channel = open_zalo_bot("1:" + "t" * 35, now=time.now, words=WORDS, base_url="http://127.0.0.1:9")
    with caplog.at_level(logging.DEBUG):
        outcome = await channel.send(AN, HELLO, {})
    await channel.close()

    assert outcome == TryAgain(A_MOMENT, "ClientConnectorError")
    assert "t" * 35 not in caplog.text + repr(outcome)


async def test_a_silence_after_the_request_left_is_doubtful(zalo_bot):
    zalo_bot.channel.transport.read_seconds = 0.2
    zalo_bot.server.script("sendMessage", slow(1.0))

    outcome = await zalo_bot.channel.send(AN, HELLO, {})

    assert isinstance(outcome, Doubtful)


OTHERS = tuple(f"{number:020x}" for number in range(1, 13))
REFUSED_TO_BOTH = {
    "a token that was taken back": (no(401), no(401), TryAgain(A_LONG_WHILE, "token not accepted")),
    "a bot that is not there": (no(404), no(404), TryAgain(A_LONG_WHILE, "token not accepted")),
    "a platform that knows nobody and hangs": (
        no(404),
        broken_page(502),
        TryAgain(A_MINUTE, "404 Not Found; getMe: HTTP 502"),
    ),
    "a quota of the bot": (no(429), no(429), TryAgain(A_MINUTE, "429 Quota exceeded; getMe: 429 Quota exceeded")),
    "an error inside the platform": (
        no(403),
        no(403),
        Doubtful("403 Internal server error; getMe: 403 Internal server error"),
    ),
}


@pytest.mark.parametrize("row", REFUSED_TO_BOTH)
async def test_a_refusal_makes_everybody_wait_only_when_the_platform_refuses_its_own_name_too(zalo_bot, row, caplog):
    refusal, refused_too, expected = REFUSED_TO_BOTH[row]
    zalo_bot.server.script("sendMessage", refusal)
    zalo_bot.server.script("getMe", refused_too)

    outcome = await zalo_bot.channel.send(AN, HELLO, {})

    assert (outcome, outcome.whom) == (expected, Whom.ALL)
    assert getattr(outcome, "counted", False) is False  # an operator has to act, or the platform
    assert zalo_bot.server.token.partition(":")[2] not in repr(outcome) + caplog.text


@pytest.mark.parametrize("code", [401, 403, 404, 408, 429])
async def test_a_refusal_of_one_person_leaves_the_channel_alone(zalo_bot, code):
    zalo_bot.server.script("sendMessage", no(code))

    outcome = await zalo_bot.channel.send(OTHERS[0], HELLO, {})

    assert isinstance(outcome, Unreachable) or outcome.whom is Whom.ONE
    assert isinstance(await zalo_bot.channel.send(AN, HELLO, {}), Sent)


@pytest.mark.parametrize("words", ["Not Found", "chat not found", "Not Found: chat"])
async def test_a_chat_that_is_not_there_is_known_by_its_number_whatever_the_words(zalo_bot, words):
    zalo_bot.server.no_chat = words

    assert isinstance(await zalo_bot.channel.send(OTHERS[0], HELLO, {}), Unreachable)


async def test_many_who_are_not_found_in_a_row_are_not_taken_for_gone(zalo_bot):
    zalo_bot.server.script("sendMessage", *[no(404)] * 4)

    outcomes = [await zalo_bot.channel.send(account, HELLO, {}) for account in OTHERS[:4]]

    assert [type(outcome) for outcome in outcomes] == [Unreachable, Unreachable, TryAgain, TryAgain]
    assert {outcome.whom for outcome in outcomes[2:]} == {Whom.ONE}
    assert isinstance(await zalo_bot.channel.send(AN, HELLO, {}), Sent)
    assert isinstance(await zalo_bot.channel.send(OTHERS[5], HELLO, {}), Unreachable)


async def test_a_quota_that_is_refused_to_many_is_asked_less_and_less_often(zalo_bot):
    zalo_bot.server.script("sendMessage", *[no(429)] * 14)

    outcomes = [await zalo_bot.channel.send(account, HELLO, {}) for account in (*OTHERS, *OTHERS[:2])]
    await zalo_bot.channel.send(AN, HELLO, {})
    zalo_bot.server.script("sendMessage", no(429))

    waits = [outcome.after for outcome in outcomes]
    assert [outcome.whom for outcome in outcomes] == [Whom.ONE] * 2 + [Whom.ALL] * 12
    assert waits[2:5] == [timedelta(minutes=minutes) for minutes in (1, 2, 4)]
    assert waits[-1] == LONGEST_WAIT
    again = await zalo_bot.channel.send(AN, HELLO, {})
    assert (again.after, again.whom) == (timedelta(minutes=1), Whom.ONE)


async def test_a_month_that_is_used_up_sends_nothing_and_begins_again(zalo_bot, caplog):
    zalo_bot.channel.plan = Plan(monthly=5, sent=3)

    with caplog.at_level(logging.WARNING):
        outcomes = [await zalo_bot.channel.send(AN, HELLO, {}) for _ in range(3)]

    assert [type(outcome) for outcome in outcomes] == [Sent, Sent, TryAgain]
    assert outcomes[-1].reason == "the month's messages are used up"
    assert caplog.text.count("running out") == 1
    assert len(zalo_bot.server.requests) == 2
    zalo_bot.time.passes(days=30)
    assert isinstance(await zalo_bot.channel.send(AN, HELLO, {}), Sent)
    assert WARN_AT < 1


async def test_a_retry_goes_on_behind_what_has_left(zalo_bot):
    message = Message("một hai ba\n" * 400)
    zalo_bot.server.script("sendMessage", taken(), no(429))

    first = await zalo_bot.channel.send(AN, message, {})
    second = await zalo_bot.channel.send(AN, message, {})

    assert (type(first), type(second)) == (TryAgain, Sent)
    texts = [one.text for one in zalo_bot.server.person(AN).sees()]
    assert " ".join(" ".join(texts).split()) == " ".join(message.text.split())


async def test_one_picture_carries_the_words_and_is_fetched_by_its_address(zalo_bot):
    message = Message("Ảnh đây ạ", attachments=(Attachment("photo", "p", "a.jpg"),))

    outcome = await zalo_bot.channel.send(AN, message, {"p": JPG})

    (shown,) = zalo_bot.server.sent
    assert outcome == Sent(shown.message_id)
    assert (shown.kind, shown.text, shown.url) == ("photo", "Ảnh đây ạ", zalo_bot.linked["p"])


async def test_a_file_without_an_address_is_told_of_with_a_way_to_get_it(zalo_bot):
    zalo_bot.channel.link_for = lambda _key: None
    zalo_bot.channel.words = WORDS
    message = Message("Phiếu đây ạ", attachments=(Attachment("document", "d", "phiếu {a}.pdf"),))

    await zalo_bot.channel.send(AN, message, {"d": PDF})

    assert [one.text for one in zalo_bot.server.sent] == ["Phiếu đây ạ\n(Chưa gửi được tệp phiếu {a}.pdf, gõ /lienhe)"]


@given(st.text(max_size=3000), st.lists(st.text(max_size=150), max_size=12), st.booleans())
def test_no_part_is_longer_than_the_platform_takes(text, labels, numbered):
    message = Message(text, tuple(Choice(label, "/menu") for label in labels), numbered=numbered)

    for part in parts_of(message, {}, lambda _key: None, WORDS):
        assert 0 < len(part.text) <= 2000
        assert BOLD not in part.text


# By webhook


@pytest.fixture
def inbox(zalo_bot):
    return Inbox(zalo_bot.channel)


@pytest.fixture
async def door(zalo_bot, inbox):
    counts: list[str] = []
    app = web.Application()
    app.add_routes(zalo_bot_routes(zalo_bot.channel, inbox.accept, SECRET, count=counts.append))
    async with TestClient(TestServer(app)) as client:
        yield client, inbox, counts


async def test_of_a_thousand_forged_calls_none_is_accepted(door):
    client, inbox, counts = door
    chance = random.Random(7)
    guesses = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(997)]
    statuses = set()
    for given_secret in (*guesses, "", SECRET[:-1], SECRET + "x"):
        body = update(text=str(chance.random()))
        statuses.add((await client.post(PATH, data=body, headers={SECRET_HEADER: given_secret})).status)

    assert (statuses, inbox.raw, len(counts)) == ({403}, {}, 1000)


async def test_without_a_secret_of_ours_everything_is_turned_away(zalo_bot, inbox):
    app = web.Application()
    app.add_routes(zalo_bot_routes(zalo_bot.channel, inbox.accept, ""))
    async with TestClient(TestServer(app)) as client:
        for headers in ({}, {SECRET_HEADER: ""}):
            assert (await client.post(PATH, data=update(text="x"), headers=headers)).status == 403
    assert inbox.raw == {}


async def test_of_a_thousand_repeated_calls_one_is_kept(door):
    client, inbox, _ = door
    bare = update(text="Chào")
    wrapped = json.dumps({"ok": True, "result": json.loads(bare)}).encode()
    for number in range(1000):
        answer = await client.post(PATH, data=wrapped if number % 2 else bare, headers={SECRET_HEADER: SECRET})
        assert answer.status == 200

    assert list(inbox.raw) == ["1459232241454765289:m1"]


@pytest.mark.parametrize(
    ("body", "status", "counted"),
    [
        (b'{"event_name": 1}', 400, "zalo_bot_unreadable"),
        (b"{}", 400, "zalo_bot_unreadable"),
        (b" " * (MOST_BODY + 1), 413, "zalo_bot_too_large"),
    ],
    ids=["no event", "an empty object", "a body too large"],
)
async def test_what_is_no_update_is_counted_and_not_kept(door, body, status, counted):
    client, inbox, counts = door

    answer = await client.post(PATH, data=io.BytesIO(body), headers={SECRET_HEADER: SECRET})

    assert (answer.status, inbox.raw, counts) == (status, {}, [counted])


async def test_a_store_that_refuses_is_no_200(door):
    client, inbox, counts = door
    inbox.refuses = StoreRefusesError("disk full")

    assert (await client.post(PATH, data=update(text="x"), headers={SECRET_HEADER: SECRET})).status == 503
    assert counts == ["zalo_bot_not_stored"]


async def test_what_people_do_reaches_the_inbox_through_the_registered_door(zalo_bot, inbox):
    app = web.Application()
    app.add_routes(zalo_bot_routes(zalo_bot.channel, inbox.accept, SECRET))
    async with TestServer(app) as server:
        zalo_bot.server.deliver_to(str(server.make_url(PATH)), SECRET)
        person = zalo_bot.server.person(AN)
        await person.writes("một")
        await person.sends_voice()
        await person.sends_file()
        await zalo_bot.server.settled()

    assert {delivery.status for delivery in zalo_bot.server.updates.deliveries} == {200}
    assert [said.kind if said else None for said in inbox.said()] == ["text", "voice", None]


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://ocop.example", SECRET),
        ("", SECRET),
        ("https://ocop.example:8080", SECRET),
        ("https://ocop.example", "short"),
    ],
    ids=["not https", "no address", "a port", "a short secret"],
)
async def test_a_webhook_that_cannot_work_is_not_registered(zalo_bot, url, secret):
    assert len(await receive_zalo_bot_by_webhook(zalo_bot.channel, url, secret)) == 1
    assert zalo_bot.server.requests == []


async def test_a_webhook_is_registered_with_its_secret_and_taken_away_for_polling(zalo_bot):
    assert await receive_zalo_bot_by_webhook(zalo_bot.channel, "https://ocop.example/", SECRET) == ()
    assert (zalo_bot.server.updates.url, zalo_bot.server.updates.secret) == (f"https://ocop.example{PATH}", SECRET)

    assert await receive_zalo_bot_by_polling(zalo_bot.channel) == ()
    assert zalo_bot.server.updates.url == ""


async def test_a_refusal_of_the_webhook_is_told(zalo_bot):
    zalo_bot.server.script("setWebhook", no(401))

    (trouble,) = await receive_zalo_bot_by_webhook(zalo_bot.channel, "https://ocop.example", SECRET)

    assert "401" in trouble
    assert zalo_bot.server.token not in trouble


# By polling


@pytest.fixture
def polling(zalo_bot, inbox):
    return ZaloBotPolling(zalo_bot.channel, inbox.accept, wait_seconds=0)


async def test_updates_come_one_by_one_and_nothing_is_no_trouble(zalo_bot, inbox, polling):
    await zalo_bot.server.person(AN).writes("một")
    await zalo_bot.server.person(AN).writes("hai")

    assert [await polling.step() for _ in range(3)] == [0, 0, 0]

    assert [said.text for said in inbox.said()] == ["một", "hai"]
    assert (polling.trouble, zalo_bot.server.updates.settled()) == ("", True)


async def test_an_update_the_store_refuses_is_held_until_it_is_kept(zalo_bot, inbox, polling):
    await zalo_bot.server.person(AN).writes("một")
    inbox.refuses = StoreRefusesError("disk full")
    assert [await polling.step(), await polling.step()] == [STORE_PAUSE, STORE_PAUSE]
    assert "store" in polling.trouble
    assert len(zalo_bot.server.calls("getUpdates")) == 1

    inbox.refuses = None
    await polling.step()

    assert [said.text for said in inbox.said()] == ["một"]
    assert polling.trouble == ""


async def test_an_update_that_cannot_be_read_does_not_stop_the_next(zalo_bot, inbox, polling):
    zalo_bot.server.event({"event_name": 7})
    await zalo_bot.server.person(AN).writes("hai")

    assert [await polling.step() for _ in range(2)] == [0, 0]

    assert ([said.text for said in inbox.said()], polling.unreadable) == (["hai"], 1)


async def test_polling_waits_as_long_as_the_trouble_needs(zalo_bot, polling, caplog):
    zalo_bot.server.script("getUpdates", no(401), no(400, "webhook is active"), broken_page(502), lost_answer())

    pauses = [await polling.step() for _ in range(4)]

    assert pauses[0] == TOKEN_PAUSE
    assert 0 < pauses[1] < pauses[2] < pauses[3]
    assert zalo_bot.server.token not in caplog.text
    assert polling.trouble != ""


async def test_the_loop_goes_on_until_it_is_cancelled(zalo_bot, inbox):
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    zalo_bot.server.script("getUpdates", no(403), no(429))
    kept = asyncio.Event()

    async def accept(name, raw):
        await inbox.accept(name, raw)
        kept.set()

    loop = asyncio.create_task(ZaloBotPolling(zalo_bot.channel, accept, wait_seconds=1, pause=pause).run())
    await zalo_bot.server.person(AN).writes("vẫn nghe")
    await asyncio.wait_for(kept.wait(), 30)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop

    assert ([said.text for said in inbox.said()], len(pauses)) == (["vẫn nghe"], 2)
