"""The Zalo Official Account: what becomes of every message, what every event says, and the door."""

import asyncio
import hashlib
import io
import json
import logging
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import FetchError, UnreadableError, Words
from bot.channels.zalo_door import MOST_BODY, WITHIN
from bot.channels.zalo_oa import Bill, ZaloOAChannel
from bot.channels.zalo_oa_bars import ASKED_AGAIN
from bot.channels.zalo_oa_client import ZaloRefusalError
from bot.channels.zalo_oa_reading import NO_LANE, OURS, Reader
from bot.channels.zalo_oa_refusals import A_MOMENT, A_WHILE, OUTSIDE, REFUSALS, TOKEN_CODES, outcome_of
from bot.channels.zalo_oa_rendering import MOST_BUTTONS, MOST_FILE, MOST_IMAGE, parts_of
from bot.channels.zalo_oa_templates import Notice, Template, faults_of, international
from bot.channels.zalo_oa_webhook import PATH, SIGNATURE_HEADER, Seal, zalo_oa_routes
from bot.channels.zalo_transport import Transport
from content.message import BOLD, PLAIN, Attachment, Choice, Message
from handlers.incoming import IncomingFile
from platforms.shared_script import Answer, broken_page, lost_answer, slow, taken
from platforms.zalo_oa.refusals import MESSAGES, TEMPLATE_MESSAGES, no
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_ID, OA_SECRET_KEY
from platforms.zalo_oa.templates import Param
from registry.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable
from registry.store import StoreRefusesError

from .conftest import JPG, NOW, PDF, Inbox
from .test_every_channel import COMMUNES
from .zalo import LAN, PICTURE, client_for, event, tokens_for

HELLO = Message(f"Chào {BOLD}chị{PLAIN} <3", (Choice("Đúng", "=k:y"), Choice("Sửa lại", "/sua")))
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
TEMPLATE_WORDS = Words("Gửi số", "Gửi vị trí")
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
    "a number nobody knows": (HELLO, no(-9999, "?"), Refused("-9999 ?")),
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
            assert outcome.alone == (REFUSALS[code].means != "minute")


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
    assert {(outcome.alone, outcome.counted) for outcome in outcomes} == {(True, False)}
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


async def test_every_message_has_its_bill(zalo_oa):
    quota = zalo_oa.server.quota
    quota.free_replies, quota.package_left, quota.purchased_left, quota.balance = 1, 1, 1, 55
    for _ in range(4):
        assert isinstance(await zalo_oa.channel.send(LAN, Message("Chào"), {}), Sent)

    ids = [message.message_id for message in zalo_oa.server.sent]
    paid = [("reply", 0), ("sub_quota", 0), ("purchase_quota", None), ("charged", None)]
    assert zalo_oa.bills == [Bill(LAN, one, by, left) for one, (by, left) in zip(ids, paid, strict=True)]


async def test_the_standing_of_a_person_is_what_the_platform_says(zalo_oa):
    zalo_oa.server.quota.free_replies = 8
    await zalo_oa.channel.send(LAN, Message("Chào"), {})

    standing = await zalo_oa.channel.standing(LAN)

    assert (standing.last_interaction_at, standing.replies_left) == (zalo_oa.time.now(), 7)
    assert (await zalo_oa.channel.about())["oaid"] == OA_ID


# Showing


async def test_a_press_comes_back_as_the_action_it_carries(zalo_oa):
    await zalo_oa.channel.send(LAN, HELLO, {})
    person = zalo_oa.server.person(LAN)

    pressed = [await person.presses(label) for label in ("Đúng", "Sửa lại")]

    said = [zalo_oa.channel.read(json.dumps(one).encode(), now=NOW) for one in pressed]
    assert [(one.kind, one.payload, one.text) for one in said] == [("press", "=k:y", ""), ("press", "/sua", "")]


async def test_more_choices_than_buttons_are_a_list_with_its_first_five_as_buttons(zalo_oa):
    await zalo_oa.channel.send(LAN, Message("Xã nào?", COMMUNES), {})

    (shown,) = zalo_oa.server.sent
    assert shown.labels == [f"{number}. {COMMUNES[number - 1].label}" for number in range(1, MOST_BUTTONS + 1)]
    assert shown.text.splitlines()[-1] == f"30. {COMMUNES[-1].label}"


async def test_a_label_too_long_for_a_button_is_cut_there_and_whole_in_the_text(zalo_oa):
    label = "Xã " * 50 + "cuối"

    outcome = await zalo_oa.channel.send(LAN, Message("Nơi nào?", (Choice(label, "/xa"),)), {})

    (shown,) = zalo_oa.server.sent
    assert (isinstance(outcome, Sent), len(shown.labels[0]), f"1. {label}" in shown.text) == (True, 100, True)


async def test_the_question_for_the_number_is_a_form(zalo_oa):
    await zalo_oa.channel.send(LAN, Message("Anh/chị gửi số điện thoại giúp em", ask="contact"), {})

    (shown,) = zalo_oa.server.sent
    assert (shown.kind, shown.content.elements[0]["image_url"]) == ("request_user_info", PICTURE)
    submitted = await zalo_oa.server.person(LAN).submits_contact(name="Lan", phone="84912345678")
    said = zalo_oa.channel.read(json.dumps(submitted).encode(), now=NOW)
    assert (said.kind, said.phone, said.name, said.account) == ("contact", "+84912345678", "Lan", LAN)


async def test_the_question_for_the_number_with_a_way_out_keeps_both(zalo_oa):
    await zalo_oa.channel.send(LAN, Message("Số?", (Choice("Bỏ qua", "/boqua"),), ask="contact"), {})

    assert [one.kind for one in zalo_oa.server.sent] == ["text", "request_user_info"]
    assert zalo_oa.server.sent[0].labels == ["Bỏ qua"]


async def test_without_a_picture_the_question_for_the_number_is_plain_text(zalo_oa):
    zalo_oa.channel.image_url = ""

    await zalo_oa.channel.send(LAN, Message("Số?", ask="contact"), {})

    assert [(one.kind, one.text) for one in zalo_oa.server.sent] == [("text", "Số?")]


async def test_a_file_is_handed_over_once_while_it_lives(zalo_oa):
    message = Message("Phiếu", attachments=(Attachment("document", "d", "phiếu ý tưởng"),))
    for _ in range(2):
        await zalo_oa.channel.send(LAN, message, {"d": PDF})
    assert len(zalo_oa.server.calls("upload/file")) == 1
    assert zalo_oa.server.sent[0].content.stored.name == "phiếu ý tưởng.pdf"

    zalo_oa.time.passes(days=6, hours=23, minutes=1)
    zalo_oa.server.person(LAN).last_interaction = zalo_oa.time.seconds()
    await zalo_oa.channel.send(LAN, message, {"d": PDF})

    assert len(zalo_oa.server.calls("upload/file")) == 2


async def test_a_file_the_platform_forgot_is_handed_over_once_more(zalo_oa):
    message = Message("Ảnh", attachments=(Attachment("photo", "p", "a.jpg"),))
    zalo_oa.server.script("message/cs", no(-100))

    outcome = await zalo_oa.channel.send(LAN, message, {"p": JPG})

    (shown,) = zalo_oa.server.sent
    assert isinstance(outcome, Sent)
    assert (shown.kind, shown.text, len(zalo_oa.server.calls("upload/image"))) == ("image", "Ảnh", 2)
    zalo_oa.server.script("message/cs", no(-100), no(-100))
    assert isinstance(await zalo_oa.channel.send(LAN, message, {"p": JPG}), Refused)


LARGE = {
    "a picture too large": (Attachment("photo", "f", "a.jpg"), JPG + b"\0" * MOST_IMAGE),
    "a paper too large": (Attachment("document", "f", "a.pdf"), PDF + b"\0" * MOST_FILE),
    "a workbook": (Attachment("document", "f", "a.xlsx"), b"PK\x03\x04 so"),
    "what is neither": (Attachment("document", "f", "a.ics"), b"BEGIN:VCALENDAR"),
}


@pytest.mark.parametrize("row", LARGE)
async def test_what_the_platform_does_not_take_becomes_a_line_with_its_address(zalo_oa, row):
    attachment, content = LARGE[row]
    zalo_oa.channel.link_for = lambda key: f"https://ocop.example/{key}"

    await zalo_oa.channel.send(LAN, Message("Đây ạ", attachments=(attachment,)), {"f": content})

    assert [one.text for one in zalo_oa.server.sent] == [f"Đây ạ\n{attachment.name}: https://ocop.example/f"]
    assert zalo_oa.server.calls("upload/file") + zalo_oa.server.calls("upload/image") == []


async def test_what_has_no_address_either_is_told_of_with_a_way_to_get_it(zalo_oa):
    attachment, content = LARGE["what is neither"]

    await zalo_oa.channel.send(LAN, Message("Đây ạ", attachments=(attachment,)), {"f": content})

    (sent,) = zalo_oa.server.sent
    assert sent.text == f"Đây ạ\n{zalo_oa.channel.words.instead_of(attachment.name)}"
    assert "/lienhe" in sent.text


async def test_the_largest_files_are_taken(zalo_oa):
    files = {"p": JPG + b"\0" * (MOST_IMAGE - len(JPG)), "d": PDF + b"\0" * (MOST_FILE - len(PDF))}
    papers = (Attachment("photo", "p", "a.jpg"), Attachment("document", "d", "a.pdf"))

    assert isinstance(await zalo_oa.channel.send(LAN, Message("Đây", attachments=papers), files), Sent)
    assert [one.kind for one in zalo_oa.server.sent] == ["image", "file", "text"]


@given(
    st.text(max_size=3000),
    st.lists(st.tuples(st.text(max_size=150), st.text(max_size=70)), max_size=12),
    st.booleans(),
    st.sampled_from([None, "contact", "location", "photo"]),
)
def test_no_request_is_larger_than_the_platform_takes(text, choices, numbered, ask):
    message = Message(text, tuple(Choice(*one) for one in choices), numbered=numbered, ask=ask)

    for part in parts_of(message, {}, TEMPLATE_WORDS, asks=True):
        body = part.body(image=PICTURE)
        assert len(body.get("text", "x")) <= 2000
        assert body.get("text", "x").strip()
        buttons = body.get("attachment", {}).get("payload", {}).get("buttons", [])
        assert len(buttons) <= MOST_BUTTONS
        assert all(0 < len(button["title"]) <= 100 and OURS.fullmatch(button["payload"]) for button in buttons)


# Templates

REMINDER = Template("123456", {"name": "name", "deadline": "date", "product": "product"})
VALUES = {"name": "Nguyễn Thị Lan", "deadline": "31/12/2026", "product": "Khoai deo Hải Ninh"}


@pytest.fixture
def reminder(zalo_oa):
    zalo_oa.server.quota.balance = 1_000
    return zalo_oa.server.templates.add(
        REMINDER.id, "<name>, hạn <deadline>: <product>", {"deadline": Param("date"), "product": Param("product")}
    )


async def test_a_template_reaches_a_follower_and_a_phone(zalo_oa, reminder):
    by_id = await zalo_oa.channel.send_template(LAN, REMINDER, VALUES)
    phone = zalo_oa.server.person(LAN).phone
    by_phone = await zalo_oa.channel.send_template_by_phone(f"0{phone[2:]}", REMINDER, VALUES, tracking="reminder:1")

    first, second = zalo_oa.server.sent
    assert (by_id, by_phone) == (Sent(first.message_id), Sent(second.message_id))
    assert first.text == second.text == "Nguyễn Thị Lan, hạn 31/12/2026: Khoai deo Hải Ninh"
    assert (second.phone, second.tracking_id, zalo_oa.server.quota.spent) == (phone, "reminder:1", 220)


async def test_a_template_whose_answer_was_lost_is_not_sent_again(zalo_oa, reminder):
    zalo_oa.server.script("message/template", lost_answer())

    outcome = await zalo_oa.channel.send_template(LAN, REMINDER, VALUES)

    assert isinstance(outcome, Doubtful)
    assert len(zalo_oa.server.calls("message/template")) == 1


async def test_a_template_with_a_dead_token_is_sent_once(zalo_oa, reminder):
    zalo_oa.server.tokens.remove_access()

    outcome = await zalo_oa.channel.send_template_by_phone(
        zalo_oa.server.person(LAN).phone, REMINDER, VALUES, tracking="t1"
    )

    assert isinstance(outcome, Sent)
    assert (len(zalo_oa.server.sent), zalo_oa.server.tokens.refreshes) == (1, 1)


async def test_in_development_a_template_goes_to_administrators(zalo_oa, reminder):
    zalo_oa.channel.development = True
    admin = zalo_oa.server.person("8812", admin=True, phone="84905550001")

    refused = await zalo_oa.channel.send_template_by_phone(
        zalo_oa.server.person(LAN).phone, REMINDER, VALUES, tracking="t1"
    )
    sent = await zalo_oa.channel.send_template_by_phone(admin.phone, REMINDER, VALUES, tracking="t2")

    assert isinstance(refused, Refused)
    assert (isinstance(sent, Sent), zalo_oa.server.quota.spent) == (True, 0)


REMINDING = Notice(Template("777", {"loi": "product"}), "loi")
LONG = "Chậm nhất thứ Sáu 8/10 phải nộp hồ sơ. " * 4 + "Còn chỗ này thì dài dòng mà không hết câu " * 5
SPOKEN = {
    "a short notice": (f"Chậm nhất {BOLD}thứ Sáu{PLAIN}\n8/10", "Chậm nhất thứ Sáu 8/10"),
    "a long one ends with a sentence": (LONG, ("Chậm nhất thứ Sáu 8/10 phải nộp hồ sơ. " * 4).strip()),
    "a long one without sentences ends with a word": ("chín chữ " * 60, ("chín chữ " * 22).strip() + "…"),
    "one word without end": ("x" * 300, "x" * 199 + "…"),
}


@pytest.mark.parametrize("row", SPOKEN)
async def test_a_notice_outside_the_window_is_said_by_its_template(zalo_oa, row):
    text, said = SPOKEN[row]
    zalo_oa.server.templates.add("777", "Trợ lý OCOP: <loi>", {"loi": Param("product")})
    zalo_oa.server.quota.balance = 1_000
    zalo_oa.channel.notices = {"reminder": REMINDING}
    zalo_oa.time.passes(days=9)

    outcome = await zalo_oa.channel.send_as_template(LAN, "reminder", Message(text, (Choice("Xem", "/xem"),)))

    assert isinstance(outcome, Sent)
    assert [one.text for one in zalo_oa.server.sent] == [f"Trợ lý OCOP: {said}"]


async def test_a_notice_without_a_template_is_refused_and_nothing_is_sent(zalo_oa):
    assert isinstance(await zalo_oa.channel.send_as_template(LAN, "status", HELLO), Refused)
    assert zalo_oa.server.requests == []


WRONG = {
    "a name too long": VALUES | {"name": "L" * 31},
    "a product too long": VALUES | {"product": "L" * 201},
    "a day that is none": VALUES | {"deadline": "31/02/2026"},
    "a day written otherwise": VALUES | {"deadline": "2026-12-31"},
    "a value that is missing": {"name": "Lan", "deadline": "31/12/2026"},
    "a value without words": VALUES | {"name": "  "},
    "a parameter that is not there": VALUES | {"note": "x"},
}


@pytest.mark.parametrize("row", WRONG)
async def test_wrong_values_are_refused_before_they_cost(zalo_oa, reminder, row):
    assert isinstance(await zalo_oa.channel.send_template(LAN, REMINDER, WRONG[row]), Refused)
    assert zalo_oa.server.requests == []


@pytest.mark.parametrize(
    ("phone", "tracking"),
    [("0123", "t"), ("+1 202 555 0100", "t"), ("0912345678", ""), ("0912345678", "t" * 49)],
    ids=["a short number", "a foreign number", "no tracking id", "a long tracking id"],
)
async def test_a_wrong_number_or_tracking_id_is_refused_before_it_costs(zalo_oa, reminder, phone, tracking):
    assert isinstance(await zalo_oa.channel.send_template_by_phone(phone, REMINDER, VALUES, tracking=tracking), Refused)
    assert zalo_oa.server.requests == []


def test_numbers_and_hours_as_people_write_them():
    assert international("+84 912-345-678") == international("0912.345.678") == "84912345678"
    assert faults_of(REMINDER, VALUES | {"deadline": "08:00 31/12/2026"}) == ()


# Reading


def attached(name: str, kind: str, payload: dict[str, Any], **more: Any) -> bytes:
    return event(name, attachments=[{"type": kind, "payload": payload}], **more)


READING = {
    "a text": (event(text=" Chào "), {"kind": "text", "text": "Chào"}),
    "an answer of ours": (event(text="#=3f:yes"), {"kind": "press", "payload": "=3f:yes"}),
    "a command of ours": (event(text="#/xem YT-1"), {"kind": "press", "payload": "/xem YT-1"}),
    "a mark that is not ours": (event(text="#ocop"), {"kind": "text", "text": "#ocop"}),
    "an answer too long": (event(text="#=3f:" + "x" * 70), {"kind": "text", "text": "#=3f:" + "x" * 70}),
    "an answer with a second line": (event(text="#=3f:a\nb"), {"kind": "text", "text": "#=3f:a\nb"}),
    "a typed command": (event(text="/menu"), {"kind": "text", "text": "/menu"}),
    "a picture with words": (
        attached("user_send_image", "image", {"url": "https://f.zdn.vn/a.jpg", "thumbnail": "t"}, text="nhà em"),
        {
            "kind": "photo",
            "text": "nhà em",
            "files": (IncomingFile("https://f.zdn.vn/a.jpg", "photo.jpg", "image/jpeg", 0),),
        },
    ),
    "two pictures": (
        event(
            "user_send_image",
            attachments=[{"type": "image", "payload": {"url": f"https://f.zdn.vn/{n}"}} for n in "ab"],
        ),
        {
            "kind": "photo",
            "files": tuple(IncomingFile(f"https://f.zdn.vn/{n}", "photo.jpg", "image/jpeg", 0) for n in "ab"),
        },
    ),
    "a paper": (
        attached(
            "user_send_file", "file", {"url": "https://f.zdn.vn/1", "name": "đơn.pdf", "size": "1024", "type": "pdf"}
        ),
        {"kind": "document", "files": (IncomingFile("https://f.zdn.vn/1", "đơn.pdf", "application/pdf", 1024),)},
    ),
    "a picture sent as a file": (
        attached("user_send_file", "file", {"url": "https://f.zdn.vn/1", "name": "a.PNG", "size": "7"}),
        {"kind": "photo", "files": (IncomingFile("https://f.zdn.vn/1", "a.PNG", "image/png", 7),)},
    ),
    "a voice": (
        attached("user_send_audio", "audio", {"url": "https://f.zdn.vn/1.amr"}),
        {"kind": "voice", "files": (IncomingFile("https://f.zdn.vn/1.amr", "voice.amr", "audio/amr", 0),)},
    ),
    "a picture without an address": (attached("user_send_image", "image", {}), {"kind": "other"}),
    "a sticker": (attached("user_send_sticker", "sticker", {"id": "1"}), {"kind": "sticker"}),
    "a moving picture": (attached("user_send_gif", "gif", {"url": "https://x"}), {"kind": "sticker"}),
    "a film": (attached("user_send_video", "video", {"url": "https://x"}), {"kind": "other"}),
    "a place": (
        attached("user_send_location", "location", {"coordinates": {"latitude": "17.46", "longitude": "106.62"}}),
        {"kind": "location", "place": (17.46, 106.62)},
    ),
    "a place that is none": (
        attached("user_send_location", "location", {"coordinates": {"latitude": "nan", "longitude": "106"}}),
        {"kind": "other"},
    ),
    "a link": (
        attached("user_send_link", "link", {"url": "https://ocop.vn"}),
        {"kind": "text", "text": "https://ocop.vn"},
    ),
    "a kind of tomorrow": (attached("user_send_hologram", "hologram", {}), {"kind": "other", "text": ""}),
    "somebody's card, which is not their own number": (
        attached("user_send_business_card", "link", {"description": '{"phone":"84900000000"}'}),
        {"kind": "contact", "phone": ""},
    ),
}


@pytest.mark.parametrize("row", READING)
def test_reading(row):
    raw, expected = READING[row]
    said = Reader().read(raw, now=NOW)

    assert {name: getattr(said, name) for name in expected} == expected
    assert (said.channel, said.account, said.event, said.at, said.private) == ("zalo_oa", LAN, "m1", NOW, True)
    assert Reader().address(raw) == ("m1", LAN)


def standing(name: str, **more: Any) -> bytes:
    return json.dumps(
        {"app_id": APP_ID, "oa_id": OA_ID, "event_name": name, "timestamp": "1793584805000", **more}
    ).encode()


STANDING = {
    "following": (standing("follow", follower={"id": LAN}, source="oa_profile"), "opened"),
    "the first press on the chat": (standing("user_click_chatnow", user_id=LAN), "opened"),
    "no longer following": (standing("unfollow", follower={"id": LAN}), "blocked"),
    "taking the consent back": (standing("user_withdraw", user_id=LAN), "blocked"),
}


@pytest.mark.parametrize("row", STANDING)
def test_how_somebody_stands_with_the_account(row):
    raw, kind = STANDING[row]
    said = Reader().read(raw, now=NOW)

    assert (said.kind, said.account) == (kind, LAN)
    assert Reader().address(raw) == (said.event, LAN)


@pytest.mark.parametrize("phone", ["84912345678", 84912345678], ids=["as text", "as a number"])
def test_both_shapes_of_a_submitted_contact(phone):
    raw = standing(
        "user_submit_info", sender={"id": LAN}, recipient={"id": OA_ID}, info={"name": "Lan", "phone": phone}
    )

    assert Reader().read(raw, now=NOW).phone == "+84912345678"


RECEIPTS = {
    "delivered": (
        standing("user_received_message", sender={"id": OA_ID}, recipient={"id": LAN}, message={"msg_id": "m1"}),
        ["zalo_oa_delivered"],
        LAN,
    ),
    "seen": (
        standing("user_seen_message", sender={"id": OA_ID}, recipient={"id": LAN}, message={"msg_ids": ["m1"]}),
        ["zalo_oa_seen"],
        LAN,
    ),
    "a receipt by phone number": (
        standing(
            "user_received_message", recipient={"id": "84912345678"}, message={"msg_id": "m1", "tracking_id": "t"}
        ),
        ["zalo_oa_delivered"],
        NO_LANE,
    ),
    "our own words": (
        standing("oa_send_text", sender={"id": OA_ID}, recipient={"id": LAN}, message={"msg_id": "m1"}),
        [],
        LAN,
    ),
    "a colleague's words": (
        standing(
            "oa_send_text", sender={"id": OA_ID, "admin_id": "9"}, recipient={"id": LAN}, message={"msg_id": "m2"}
        ),
        ["zalo_oa_answered_by_hand"],
        LAN,
    ),
    "a reaction": (standing("user_reacted_message", sender={"id": LAN}, message={"msg_id": "m1"}), [], LAN),
    "a quota that changed": (standing("change_oa_daily_quota"), [], NO_LANE),
    "an event of tomorrow": (standing("user_dances", sender={"id": LAN}), [], LAN),
    "a name written in another way": (standing("Group-2.created"), [], NO_LANE),
}


def test_receipts_are_counted_and_passed_over_and_share_no_event_with_a_message():
    events = {"m1"}
    for raw, counted, lane in RECEIPTS.values():
        counts: list[str] = []
        reader = Reader(counts.append)
        name, found = reader.address(raw)
        assert (reader.read(raw, now=NOW), counts, found) == (None, counted, lane)
        events.add(name)

    assert len(events) == len(RECEIPTS) + 1


@given(st.dictionaries(
    st.sampled_from(["event_name", "timestamp", "sender", "recipient", "follower", "message", "info", "user_id"]),
    st.sampled_from(["user_send_text", "user_send_image", "user_submit_info", "follow", "1793584805000"])
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["id", "msg_id", "text", "attachments", "payload", "coordinates", "phone", "url", "size"]),
            inner, max_size=4,
        ), max_leaves=8,
    ),
))  # fmt: skip
def test_whatever_comes_is_read_or_refused(body):
    raw = json.dumps(body).encode()
    try:
        Reader().address(raw)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            Reader().read(raw, now=NOW)
    else:
        Reader().read(raw, now=NOW)


async def test_a_picture_is_brought_over_from_the_platform_alone(zalo_oa):
    sent = await zalo_oa.server.person(LAN).sends_image(JPG)
    (file,) = zalo_oa.channel.read(json.dumps(sent).encode(), now=NOW).files

    assert await zalo_oa.channel.fetch(file.ref, 1000) == JPG
    strangers = (
        "https://evil.example/a.jpg",
        "https://zdn.vn.evil.example/a",
        "https://evilzdn.vn/a",
        "http://f.zdn.vn/a",
        "https://u:p@f.zdn.vn/a",
        "https://f.zdn.vn:8443/a",
        "http://127.0.0.1:1/a",
        "file:///etc/passwd",
        "https://[",
    )
    real = Transport()
    for ref in strangers:
        with pytest.raises(FetchError) as refusal:
            await real.download(ref, 1000)
        assert (refusal.value.final, refusal.value.reason) == (True, "not an address of the platform")
    with pytest.raises(FetchError):
        await zalo_oa.channel.fetch(file.ref, 5)


# The door

SEAL = Seal(APP_ID, OA_SECRET_KEY)
VECTOR = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
    '"event_name":"user_send_text","message":{"text":"Xin chào","msg_id":"96d3cdf3af150460909"},'
    '"timestamp":"1787209817225"}'
).encode()


def signed(raw: bytes, first: str = APP_ID, secret: str = OA_SECRET_KEY) -> dict[str, str]:
    stamp = str(json.loads(raw)["timestamp"])
    mac = hashlib.sha256(first.encode() + raw + stamp.encode() + secret.encode()).hexdigest()
    return {SIGNATURE_HEADER: f"mac={mac}"}


@pytest.fixture
def inbox(zalo_oa):
    return Inbox(zalo_oa.channel)


async def opened(zalo_oa, accept, counts, seal=SEAL):
    app = web.Application()
    app.add_routes(zalo_oa_routes(zalo_oa.channel, accept, seal, clocks=[zalo_oa.time.now], count=counts.append))
    return app


@pytest.fixture
async def door(zalo_oa, inbox):
    counts: list[str] = []
    async with TestClient(TestServer(await opened(zalo_oa, inbox.accept, counts))) as client:
        yield client, inbox, counts


def fresh(zalo_oa, number: int = 1, **ago: float) -> bytes:
    stamp = (zalo_oa.time.now() - timedelta(**ago)).timestamp()
    return event(stamp=str(int(stamp * 1000)), text=f"câu {number}", msg_id=f"m{number}")


def test_the_published_vector_holds():
    mac = "3018fab18f851b9e1957706fafffa91069e20890efc0955b0dc7b6a2c689d5f5"
    seal = Seal("360846524940903967", "oaSecretKeyExample")

    assert seal.matches(VECTOR, json.loads(VECTOR), f"mac={mac}") == "app"
    assert seal.matches(VECTOR, json.loads(VECTOR), mac) == "app"
    assert seal.matches(VECTOR + b" ", json.loads(VECTOR), mac) == ""


async def test_a_genuine_event_is_kept_word_for_word(zalo_oa, door):
    client, inbox, counts = door
    raw = fresh(zalo_oa)

    answer = await client.post(PATH, data=raw, headers=signed(raw))

    assert (answer.status, list(inbox.raw.values()), counts) == (200, [raw], [])


async def test_of_a_thousand_forged_calls_none_is_accepted(zalo_oa, door):
    client, inbox, counts = door
    statuses = set()
    for number in range(1000):
        raw = fresh(zalo_oa, number)
        headers = (
            signed(raw, secret=f"guess {number}"),
            signed(raw, first=OA_ID),
            {SIGNATURE_HEADER: "mac="},
            {},
            {SIGNATURE_HEADER: "mac=" + "é" * 64},
        )[number % 5]
        statuses.add((await client.post(PATH, data=raw, headers=headers)).status)

    assert (statuses, inbox.raw, len(counts)) == ({403}, {}, 1000)


async def test_of_a_thousand_altered_calls_none_is_accepted(zalo_oa, door):
    client, inbox, _ = door
    chance = random.Random(7)
    statuses = set()
    for number in range(1000):
        raw = fresh(zalo_oa, number)
        headers = signed(raw)
        altered = bytearray(raw)
        at = chance.randrange(len(altered))
        altered[at] ^= 1 << chance.randrange(7)
        if number % 10 == 0:
            altered = bytearray(json.dumps(dict(reversed(json.loads(raw).items()))).encode())
        statuses.add((await client.post(PATH, data=bytes(altered), headers=headers)).status)

    assert (statuses, inbox.raw) == ({403}, {})


async def test_of_a_thousand_repeated_calls_one_is_kept(zalo_oa, door):
    client, inbox, counts = door
    raw = fresh(zalo_oa)
    for number in range(1000):
        more = {"num_retry": str(number)} if number else {}
        assert (await client.post(PATH, data=raw, headers={**signed(raw), **more})).status == 200

    assert (list(inbox.raw), counts) == (["m1"], [])


@pytest.mark.parametrize(
    ("ago", "status"),
    [
        ({"hours": 23, "minutes": 59}, 200),
        ({"hours": 24, "seconds": 1}, 403),
        ({"minutes": -9}, 200),
        ({"minutes": -11}, 403),
    ],
    ids=["nearly a day old", "more than a day old", "a clock that is ahead", "from the future"],
)
async def test_an_event_is_taken_for_a_day(zalo_oa, door, ago, status):
    client, inbox, counts = door
    raw = fresh(zalo_oa, **ago)

    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == status
    assert (len(inbox.raw), counts) == ((1, []) if status == 200 else (0, ["zalo_oa_stale"]))


async def test_the_trial_of_the_address_is_answered_and_has_no_effect(door):
    client, inbox, counts = door
    for body in (b"{}", b" { } "):
        assert (await client.post(PATH, data=body)).status == 200

    assert (inbox.raw, counts) == ({}, [])


async def test_a_signature_that_begins_with_the_account_is_taken_only_where_it_is_switched_on(zalo_oa, inbox, door):
    client, _, _ = door
    raw = fresh(zalo_oa)
    headers = signed(raw, first=OA_ID)
    assert (await client.post(PATH, data=raw, headers=headers)).status == 403

    counts: list[str] = []
    seal = Seal(APP_ID, OA_SECRET_KEY, oa_id=OA_ID)
    async with TestClient(TestServer(await opened(zalo_oa, inbox.accept, counts, seal))) as switched:
        assert (await switched.post(PATH, data=raw, headers=headers)).status == 200
        assert (await switched.post(PATH, data=raw, headers=signed(raw))).status == 200
    assert counts == ["zalo_oa_signed_with_account_id"]


async def test_the_event_of_another_app_is_turned_away(zalo_oa, door):
    client, inbox, _ = door
    raw = fresh(zalo_oa).replace(APP_ID.encode(), b"111")

    assert (await client.post(PATH, data=raw, headers=signed(raw, first="111"))).status == 403
    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == 403
    assert inbox.raw == {}


async def test_without_a_secret_of_ours_everything_is_turned_away(zalo_oa, inbox):
    async with TestClient(TestServer(await opened(zalo_oa, inbox.accept, [], Seal(APP_ID, "")))) as client:
        raw = fresh(zalo_oa)
        assert (await client.post(PATH, data=raw, headers=signed(raw, secret=""))).status == 403
    assert inbox.raw == {}


async def test_a_body_too_large_is_not_read(door):
    client, inbox, counts = door

    answer = await client.post(PATH, data=io.BytesIO(b" " * (MOST_BODY + 1)))

    assert (answer.status, inbox.raw, counts) == (413, {}, ["zalo_oa_too_large"])


async def test_a_signed_body_that_is_no_event_is_counted(zalo_oa, door):
    client, inbox, counts = door
    stamp = str(int(zalo_oa.time.seconds() * 1000))
    raw = json.dumps({"app_id": APP_ID, "timestamp": stamp, "event_name": 7}).encode()

    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == 400
    assert (inbox.raw, counts) == ({}, ["zalo_oa_unreadable"])


async def test_a_store_that_refuses_is_no_200(zalo_oa, door):
    client, inbox, counts = door
    inbox.refuses = StoreRefusesError("disk full")
    raw = fresh(zalo_oa)

    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == 503
    assert counts == ["zalo_oa_not_stored"]


async def test_a_slow_commit_is_no_lie_and_is_kept_all_the_same(zalo_oa, inbox):
    counts: list[str] = []

    async def slowly(name, raw):
        await asyncio.sleep(WITHIN + 0.3)
        await inbox.accept(name, raw)

    async with TestClient(TestServer(await opened(zalo_oa, slowly, counts))) as client:
        raw = fresh(zalo_oa)
        before = asyncio.get_running_loop().time()
        answer = await client.post(PATH, data=raw, headers=signed(raw))
        took = asyncio.get_running_loop().time() - before
        await asyncio.sleep(0.6)

    assert (answer.status, counts, took < 2) == (503, ["zalo_oa_slow"], True)
    assert list(inbox.raw) == ["m1"]


async def test_what_people_do_reaches_the_inbox_through_the_saved_door(zalo_oa, inbox):
    counts: list[str] = []
    async with TestServer(await opened(zalo_oa, inbox.accept, counts)) as server:
        assert await zalo_oa.server.save_webhook(str(server.make_url(PATH))) == 200
        person = zalo_oa.server.person(LAN)
        await person.follows()
        await person.clicks_chat()
        await person.writes("một")
        await person.sends_image(JPG)
        await person.sends_file(PDF)
        await person.sends_audio()
        await person.sends_sticker()
        await person.shares_location()
        await person.submits_contact(unasked=True)
        await zalo_oa.channel.send(LAN, HELLO, {})
        await person.presses("Đúng")
        await person.reads()
        await person.reacts(person.last())
        zalo_oa.server.staff_writes(person, "Chào chị, em là Hoa")
        zalo_oa.server.visitor_writes("Ai đó")
        await person.withdraws()
        await person.unfollows()
        await zalo_oa.server.settled()

    assert {delivery.status for delivery in zalo_oa.server.events.deliveries} == {200}
    assert counts == []
    said = sorted((one for one in inbox.said() if one is not None), key=lambda one: list(inbox.raw).index(one.event))
    assert [one.kind for one in said] == [
        "opened", "opened", "text", "photo", "document", "voice", "sticker", "location", "contact", "press",
        "blocked", "blocked",
    ]  # fmt: skip
    assert {one.account for one in said} == {LAN}
    assert len(inbox.raw) == len(zalo_oa.server.events.history)
    assert {"zalo_oa_seen", "zalo_oa_answered_by_hand", "zalo_oa_withdrawn"} <= set(zalo_oa.counts)


@pytest.mark.parametrize("away", [timedelta(days=90), timedelta(days=-1900)], ids=["ahead", "behind"])
def test_on_a_clock_that_was_moved_an_event_is_as_old_as_by_that_of_the_platform(away):
    house, late = NOW + away, timedelta(hours=2)
    for clock in (NOW, house):
        for lag in (late, -timedelta(minutes=1)):  # two hours old, and of a clock that is a minute fast
            raw = event(stamp=str(int((clock - lag).timestamp() * 1000)))
            assert Reader().read(raw, now=house, real=NOW).at == house - max(lag, timedelta())


def test_a_moment_is_of_milliseconds():
    raw = event(stamp="1787209817225")
    assert Reader().read(raw, now=NOW).at == NOW
    with pytest.raises(UnreadableError):
        Reader().address(event(stamp="x"))
    assert re.fullmatch(r"follow:1787209817225:\d+", Reader().address(
        json.dumps({"event_name": "follow", "follower": {"id": LAN}, "timestamp": 1787209817225}).encode()
    )[0])  # fmt: skip
    assert datetime.fromtimestamp(1787209817, UTC).year == 2026
