"""The Zalo Official Account: the outcome of every message, and the meaning of the platform's error numbers."""

import logging
from datetime import timedelta
from typing import get_args

import pytest

from bot.channels.zalo_oa.bars import ASKED_AGAIN
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.client import ZaloRefusalError
from bot.channels.zalo_oa.reading import Reader
from bot.channels.zalo_oa.refusals import A_MOMENT, A_WHILE, OUTSIDE, REFUSALS, TOKEN_CODES, outcome_of
from content.message import Message
from platforms.shared.script import Answer, broken_page, lost_answer, slow, taken
from platforms.zalo_oa.refusals import MESSAGES, TEMPLATE_MESSAGES, no
from platforms.zalo_oa.server import APP_SECRET, OA_ID
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable, Whom

from .conftest import NOW
from .zalo import HELLO, LAN, client_for, tokens_for

HELLO_REQUEST = {
    "recipient": {"user_id": LAN},
    "message": {
        "text": "Chào chị <3\n\n1. Đúng\n2. Sửa lại",
        "attachment": {
            "type": "template",
            "payload": {
                "buttons": [
                    {"title": "Đúng", "type": "oa.query.hide", "payload": "#=k:y"},
                    {"title": "Sửa lại", "type": "oa.query.hide", "payload": "#/sua"},
                ]
            },
        },
    },
}
TO_MORNING = timedelta(hours=21, minutes=4, seconds=55)  # from 9:00:05 to 6:05 of the next day
SENDING = {
    "plain text is sent": (HELLO, taken(), Sent("")),
    "nobody who follows": (HELLO, no(-213), Unreachable("-213 User has not followed OA")),
    "an account that was left for weeks": (
        HELLO,
        no(-227),
        Unreachable("-227 User is banned or has been inactive for more than 45 days"),
    ),
    "a person who is not there": (HELLO, no(-201, "user_id is invalid!"), Unreachable("-201 user_id is invalid!")),
    "a text the platform cannot take": (HELLO, no(-201, "text is invalid!"), Refused("-201 text is invalid!")),
    "a person silent for seven days": (
        HELLO,
        no(-230),
        Refused("outside the window: -230 User has not interacted with the OA in the past 7 days"),
    ),
    "a person who never wrote": (HELLO, no(-232), Refused(f"{OUTSIDE}: -232 {MESSAGES[-232]}")),
    "a minute that is used up": (HELLO, no(-32), TryAgain(timedelta(seconds=56), f"-32 {MESSAGES[-32]}")),
    "a quota that is used up": (HELLO, no(-211), TryAgain(TO_MORNING, "-211 Out of quota")),
    "the night": (HELLO, no(-234), TryAgain(TO_MORNING, f"-234 {MESSAGES[-234]}")),
    "a failure nobody explains": (HELLO, no(-200), TryAgain(A_WHILE, "-200 Send message failed")),
    "an account without money": (HELLO, no(-321), TryAgain(ASKED_AGAIN, f"-321 {MESSAGES[-321]}")),
    "a number nobody knows": (HELLO, no(-9999, "?"), TryAgain(A_WHILE, "-9999 ?")),
    "a broken server": (HELLO, broken_page(500), Doubtful("HTTP 500")),
    "a proxy that lost its server": (HELLO, broken_page(502), Doubtful("HTTP 502")),
    "a page instead of an answer": (HELLO, Answer(page=(200, "<html>")), Doubtful("HTTP 200 without an envelope")),
    "an address that is not there": (HELLO, broken_page(404), TryAgain(A_WHILE, "HTTP 404")),
    "a page that says what was sent is wrong": (HELLO, broken_page(400), Refused("HTTP 400")),
    "a connection that broke before the answer": (HELLO, lost_answer(), Doubtful("ServerDisconnectedError")),
}


@pytest.mark.parametrize("row", SENDING)
async def test_sending(zalo_oa, row, caplog):
    message, answer, expected = SENDING[row]
    zalo_oa.server.script("message/cs", answer)

    with caplog.at_level(logging.DEBUG):
        outcome = await zalo_oa.channel.send(zalo_oa.account, message, {})

    if isinstance(expected, Sent):
        expected = Sent(zalo_oa.server.sent[0].message_id)
    (request,) = zalo_oa.server.requests
    assert outcome == expected
    if answer.page is None:
        assert (request.path, request.given) == ("/v3.0/oa/message/cs", HELLO_REQUEST)
    told = repr(outcome) + caplog.text + repr(zalo_oa.channel)
    for secret in (zalo_oa.server.tokens.access_token, zalo_oa.server.tokens.refresh_token, APP_SECRET):
        assert secret not in told


def test_every_outcome_has_a_row():
    assert {type(outcome) for *_, outcome in SENDING.values()} == set(get_args(Outcome))


def test_every_number_of_the_platform_has_its_meaning():
    assert set(MESSAGES) | set(TEMPLATE_MESSAGES) <= set(REFUSALS)
    assert {code for code, row in REFUSALS.items() if row.means == "token"} == TOKEN_CODES
    for code in REFUSALS:
        outcome = outcome_of(ZaloRefusalError(code, "x"), NOW)
        assert isinstance(outcome, TryAgain | Unreachable | Refused)
        if isinstance(outcome, TryAgain):
            assert timedelta() < outcome.after <= timedelta(days=1)
            assert outcome.counted == (REFUSALS[code].means not in {"token", "operator", "billing", "template"})
            assert outcome.whom is (Whom.ALL if REFUSALS[code].means == "minute" else Whom.ONE)


def test_a_number_means_something_else_on_the_template_server():
    unknown = ZaloRefusalError(-100, "Unknown error")

    assert isinstance(outcome_of(unknown, NOW), Refused)
    assert isinstance(outcome_of(unknown, NOW, template=True), TryAgain)


async def test_a_server_that_is_not_there_got_nothing(zalo_oa, words, time, caplog):
    client = client_for(zalo_oa.server, time)
    client._roots = {"api": "http://127.0.0.1:9", "business": "http://127.0.0.1:9"}
    channel = ZaloOAChannel(client, zalo_oa.channel.tokens, words, Reader())

    with caplog.at_level(logging.DEBUG):
        outcome = await channel.send(LAN, HELLO, {})
    await client.transport.close()

    assert outcome == TryAgain(A_MOMENT, "ClientConnectorError")
    assert zalo_oa.server.tokens.access_token not in caplog.text


async def test_a_silence_after_the_request_left_is_doubtful_and_not_repeated(zalo_oa):
    await zalo_oa.channel.send(LAN, HELLO, {})
    zalo_oa.channel.client.transport.read_seconds = 0.2
    zalo_oa.server.script("message/cs", slow(1.0))

    outcome = await zalo_oa.channel.send(LAN, HELLO, {})

    assert isinstance(outcome, Doubtful)
    assert len(zalo_oa.server.calls("message/cs")) == 2


async def test_a_token_the_platform_repeats_is_not_repeated(zalo_oa):
    token = zalo_oa.server.tokens.access_token
    zalo_oa.server.script("message/cs", no(-210, f"too long for {token}"))

    outcome = await zalo_oa.channel.send(LAN, HELLO, {})

    assert outcome == Refused("-210 too long for [redacted]")


async def test_no_call_is_made_in_a_minute_that_is_used_up(zalo_oa):
    zalo_oa.server.per_minute = 2
    outcomes = [await zalo_oa.channel.send(LAN, HELLO, {}) for _ in range(3)]

    assert [type(outcome) for outcome in outcomes] == [Sent, Sent, TryAgain]
    assert outcomes[-1] == TryAgain(timedelta(seconds=56), "no calls left in this minute")
    assert len(zalo_oa.server.requests) == 2
    zalo_oa.time.passes(seconds=56)
    assert isinstance(await zalo_oa.channel.send(LAN, HELLO, {}), Sent)


@pytest.mark.parametrize("code", [-216, -220])
async def test_a_refused_token_is_renewed_once_and_the_message_goes_once(zalo_oa, code):
    old = zalo_oa.server.tokens.access_token
    zalo_oa.server.script("message/cs", no(code))

    outcome = await zalo_oa.channel.send(LAN, HELLO, {})

    used = [request.token for request in zalo_oa.server.calls("message/cs")]
    assert isinstance(outcome, Sent)
    assert (used, len(zalo_oa.server.sent)) == ([old, zalo_oa.server.tokens.access_token], 1)
    assert zalo_oa.server.tokens.refreshes == 1


async def test_a_token_that_is_refused_again_ends_in_an_alarm_and_not_in_a_loop(zalo_oa):
    zalo_oa.server.script("message/cs", *[no(-216)] * 2)

    outcomes = [await zalo_oa.channel.send(LAN, HELLO, {}) for _ in range(5)]

    assert {type(outcome) for outcome in outcomes} == {TryAgain}
    assert {(outcome.whom, outcome.counted) for outcome in outcomes} == {(Whom.ONE, False)}
    assert (len(zalo_oa.server.calls("message/cs")), zalo_oa.server.tokens.refreshes) == (2, 1)
    assert len(zalo_oa.room.alarms) == 1


async def test_without_a_token_everything_waits_for_a_consent(zalo_oa, words, time):
    client = client_for(zalo_oa.server, time)
    zalo_oa.room.pair = None
    channel = ZaloOAChannel(client, tokens_for(client, zalo_oa.room, time), words, Reader())

    assert await channel.send(LAN, HELLO, {}) == TryAgain(A_MOMENT, "no valid token; consent again")
    assert zalo_oa.server.requests == []
    await client.transport.close()


async def test_a_retry_goes_on_behind_what_has_left(zalo_oa):
    message = Message("một hai ba\n" * 400)
    zalo_oa.server.script("message/cs", taken(), no(-32))

    first = await zalo_oa.channel.send(LAN, message, {})
    second = await zalo_oa.channel.send(LAN, message, {})

    assert (type(first), type(second)) == (TryAgain, Sent)
    texts = [one.text for one in zalo_oa.server.person(LAN).sees()]
    assert " ".join(" ".join(texts).split()) == " ".join(message.text.split())


async def test_only_a_message_that_no_quota_pays_for_is_charged(zalo_oa):
    quota = zalo_oa.server.quota
    quota.free_replies, quota.package_left, quota.purchased_left, quota.balance = 1, 1, 1, 55

    outcomes = [await zalo_oa.channel.send(LAN, Message("Chào"), {}) for _ in range(4)]

    assert [outcome.charged for outcome in outcomes] == [0, 0, 0, 1]


async def test_the_account_says_which_one_it_is(zalo_oa):
    assert (await zalo_oa.channel.about())["oaid"] == OA_ID
