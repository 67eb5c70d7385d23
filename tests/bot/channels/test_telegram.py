"""Telegram: the outcome of every message, the content of every update, and the two ways in."""

import asyncio
import io
import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.channel import FetchError
from bot.channels.telegram.channel import close_telegram, open_telegram
from bot.channels.telegram.refusals import A_LONG_WHILE, A_MOMENT, A_WHILE, REFUSALS, meaning
from bot.channels.telegram.webhook import MOST_BODY, PATH, SECRET_HEADER, telegram_routes
from content.message import BOLD, PLAIN, Attachment, Choice, Message
from platforms.telegram.refusals import OF_ONE_CHAT, Answer, broken_page, lost_answer, no, slow, taken
from registry.deliveries.outcomes import Cause, Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable, Whom
from registry.store.store import StoreRefusesError

from .conftest import JPG, MAI, NOW, PDF, Inbox
from .test_every_channel import COMMUNES, _jpg

UPDATES = Path(__file__).parents[2] / "platforms" / "telegram" / "updates"
HELLO = Message(f"Chào {BOLD}chị{PLAIN} <3")
HELLO_REQUEST = {
    "chat_id": str(MAI),
    "text": "Chào <b>chị</b> &lt;3",
    "parse_mode": "HTML",
    "link_preview_options": {"is_disabled": True},
    "reply_markup": {"remove_keyboard": True},
}
SENDING = {
    "plain text is sent": (HELLO, taken(), Sent("1")),
    "a flood limit is obeyed to the second": (
        HELLO,
        no(429, "Too Many Requests: retry after 12", retry_after=12),
        TryAgain(timedelta(seconds=12), "flood limit"),
    ),
    "a flood limit that names no time": (HELLO, no(429, "Too Many Requests"), TryAgain(A_MOMENT, "flood limit")),
    "an account that blocked the bot": (
        HELLO,
        no(403, "Forbidden: bot was blocked by the user"),
        Unreachable("Forbidden: bot was blocked by the user"),
    ),
    "an account that was deleted": (
        HELLO,
        no(403, "Forbidden: user is deactivated"),
        Unreachable("Forbidden: user is deactivated"),
    ),
    "a chat that is not there": (HELLO, no(400, "Bad Request: chat not found"), Unreachable("Chat not found")),
    "a chat with a wrong id": (HELLO, no(400, "Bad Request: PEER_ID_INVALID"), Unreachable("Peer_id_invalid")),
    "a person who never started the bot": (
        HELLO,
        no(403, "Forbidden: bot can't initiate conversation with a user"),
        Unreachable("Forbidden: bot can't initiate conversation with a user"),
    ),
    "a number nobody knows": (HELLO, no(418, "I am a teapot"), TryAgain(A_WHILE, "I am a teapot")),
    "a second program with the token": (
        HELLO,
        no(409, "Conflict: terminated"),
        TryAgain(A_WHILE, "Conflict: terminated"),
    ),
    "a text the platform cannot take": (
        HELLO,
        no(400, "Bad Request: message is too long"),
        Refused("Message is too long"),
    ),
    "a body the platform cannot take": (
        HELLO,
        no(413, "Request Entity Too Large"),
        Refused("Request entity too large"),
    ),
    "a broken server": (HELLO, no(500, "Internal Server Error"), Doubtful("HTTP 500")),
    "a proxy that lost its server": (HELLO, broken_page(502), Doubtful("HTTP 502")),
    "a proxy that lets nobody through": (HELLO, broken_page(403), TryAgain(A_WHILE, "HTTP 403")),
    "an answer that is no answer": (HELLO, Answer(page=(200, "<html>")), Doubtful("TelegramError")),
    "a connection that broke before the answer": (HELLO, lost_answer(), Doubtful("ServerDisconnectedError")),
    "a token that was taken back": (HELLO, no(401, "Unauthorized"), TryAgain(A_LONG_WHILE, "token not accepted")),
    "a group that moved": (
        HELLO,
        no(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001),
        Unreachable("The group moved to -1001"),
    ),
}


@pytest.mark.parametrize("row", SENDING)
async def test_sending(telegram, row, caplog):
    message, answer, expected = SENDING[row]
    telegram.server.script("sendMessage", answer)

    with caplog.at_level(logging.DEBUG):
        outcome = await telegram.channel.send(telegram.account, message, {})

    (request,) = telegram.server.requests
    values = {key: json.loads(value) if value[0] == "{" else value for key, value in request.given.items()}
    assert outcome == expected
    assert (request.method, values) == ("sendMessage", HELLO_REQUEST)
    assert telegram.server.left_over() == {}
    assert telegram.server.token not in repr(outcome) + caplog.text


def test_every_outcome_has_a_row():
    assert {type(outcome) for *_, outcome in SENDING.values()} == set(get_args(Outcome))


WHOM = {
    "a flood limit": (no(429, "Too Many Requests: retry after 12", retry_after=12), Whom.UNSAID, Cause.LIMIT),
    "a token that was taken back": (no(401, "Unauthorized"), Whom.ALL, Cause.ACCESS),
    "an address that is not the platform's": (no(404, "Not Found"), Whom.ALL, Cause.ACCESS),
    "a number nobody knows": (no(418, "I am a teapot"), Whom.ONE, Cause.AWAY),
}


@pytest.mark.parametrize("row", WHOM)
async def test_a_refusal_says_whom_it_concerns(telegram, row):
    answer, whom, cause = WHOM[row]
    telegram.server.script("sendMessage", answer)

    outcome = await telegram.channel.send(telegram.account, HELLO, {})

    assert (outcome.whom, outcome.cause) == (whom, cause)


@pytest.mark.parametrize("answer", [no(500), broken_page(502), lost_answer()])
async def test_a_silence_says_nothing_of_others(telegram, answer):
    telegram.server.script("sendMessage", answer)

    outcome = await telegram.channel.send(telegram.account, HELLO, {})

    assert (type(outcome), outcome.whom) == (Doubtful, Whom.UNSAID)


@pytest.mark.parametrize("refusal", OF_ONE_CHAT)
async def test_every_refusal_that_names_a_chat_concerns_that_chat(telegram, refusal):
    telegram.server.person(MAI).refuses_as(refusal)
    other = telegram.server.person(MAI + 1, started=True)

    assert isinstance(await telegram.channel.send(telegram.account, HELLO, {}), Unreachable)
    assert isinstance(await telegram.channel.send(str(other.user_id), HELLO, {}), Sent)


@pytest.mark.parametrize("code", range(400, 500))
def test_every_number_has_a_meaning_and_no_number_is_an_exception(code):
    known = {row.code for row in REFUSALS}

    assert (meaning(code, "whatever it says") == "unknown") == (code not in known)


async def test_an_answer_without_an_id_is_taken_all_the_same(telegram):
    telegram.server.script("sendMessage", Answer(page=(200, '{"ok": true, "result": {}}')))

    assert await telegram.channel.send(telegram.account, HELLO, {}) == Sent("0")


async def test_a_server_that_is_not_there_got_nothing(words, caplog):
    channel = open_telegram("123456:" + "t" * 35, words, base_url="http://127.0.0.1:9")
    with caplog.at_level(logging.DEBUG):
        outcome = await channel.send("1", HELLO, {})
    await close_telegram(channel)

    assert outcome == TryAgain(A_MOMENT, "NotReachedError")
    assert "t" * 35 not in caplog.text + repr(outcome)


async def test_a_silence_after_the_request_left_is_doubtful(telegram):
    telegram.channel.transports[0]._read_seconds = 0.2
    telegram.server.script("sendMessage", slow(1.0))

    assert await telegram.channel.send(telegram.account, HELLO, {}) == Doubtful("TimedOut")


async def test_markup_the_platform_cannot_parse_goes_as_plain_words(telegram):
    telegram.server.script("sendMessage", no(400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"'))

    outcome = await telegram.channel.send(telegram.account, HELLO, {})

    assert isinstance(outcome, Sent)
    assert telegram.server.person(MAI).last().text == "Chào chị <3"
    assert "parse_mode" not in telegram.server.requests[-1].given


async def test_a_retry_goes_on_behind_what_has_left(telegram):
    message = Message("một hai ba\n" * 900)
    telegram.server.script("sendMessage", taken(), no(429, "Too Many Requests: retry after 3", retry_after=3))

    first = await telegram.channel.send(telegram.account, message, {})
    second = await telegram.channel.send(telegram.account, message, {})

    assert (first, type(second)) == (TryAgain(timedelta(seconds=3), "flood limit"), Sent)
    assert "\n".join(m.text for m in telegram.server.person(MAI).sees()) == message.text.strip()


async def test_a_retry_after_a_silence_goes_on_behind_what_has_left(telegram):
    message = Message("một hai ba\n" * 900)
    telegram.server.script("sendMessage", taken(), no(500, "Internal Server Error"))

    first = await telegram.channel.send(telegram.account, message, {})
    second = await telegram.channel.send(telegram.account, message, {})

    assert (first, type(second)) == (Doubtful("HTTP 500"), Sent)
    assert "\n".join(m.text for m in telegram.server.person(MAI).sees()) == message.text.strip()


async def test_the_same_words_later_are_said_again(telegram):
    await telegram.channel.send(telegram.account, HELLO, {})
    await telegram.channel.send(telegram.account, HELLO, {})

    assert len(telegram.server.person(MAI).sees()) == 2


async def test_short_labels_share_a_row_and_long_ones_do_not(telegram):
    choices = (Choice("Đúng", "=k:1"), Choice("Sửa lại", "=k:2"), Choice("Em chưa có giấy tờ nào cả", "=k:3"))

    await telegram.channel.send(telegram.account, Message("?", choices), {})

    rows = telegram.server.person(MAI).last().rows
    assert [[button.label for button in row] for row in rows] == [["Đúng", "Sửa lại"], ["Em chưa có giấy tờ nào cả"]]
    assert [button.data for row in rows for button in row] == ["=k:1", "=k:2", "=k:3"]


async def test_thirty_choices_fill_eight_rows_with_their_numbers(telegram):
    await telegram.channel.send(telegram.account, Message("Xã nào?", COMMUNES), {})

    last = telegram.server.person(MAI).last()
    assert (len(last.rows), {len(row) for row in last.rows}) == (8, {2})
    assert last.labels[:2] == ["1. Xã số 1 bờ biển", "2. Xã số 2 bờ biển"]


@pytest.mark.parametrize(("ask", "asks"), [("contact", "contact"), ("location", "location")])
async def test_a_question_for_number_or_place_has_a_keyboard_that_shares_it(telegram, ask, asks):
    await telegram.channel.send(telegram.account, Message("?", (Choice("Bỏ qua", "/boqua"),), ask=ask), {})

    last = telegram.server.person(MAI).last()
    assert [(button.asks, button.inline) for button in last.buttons] == [(asks, False), ("", False)]
    assert last.reply_markup["one_time_keyboard"] is True


async def test_a_message_without_buttons_takes_the_sharing_keyboard_away(telegram):
    await telegram.channel.send(telegram.account, Message("?", ask="contact"), {})
    await telegram.channel.send(telegram.account, Message("Cảm ơn chị"), {})

    assert telegram.server.person(MAI).last().reply_markup == {"remove_keyboard": True}


async def test_a_large_paper_is_sent(telegram):
    message = Message("Hồ sơ", attachments=(Attachment("document", "k", "a.pdf"),))

    assert isinstance(await telegram.channel.send(telegram.account, message, {"k": PDF + bytes(3_000_000)}), Sent)


async def test_the_token_is_in_no_words_about_the_channel(telegram):
    assert telegram.server.token not in repr(telegram.channel) + repr(telegram.channel.reader)


async def test_one_paper_carries_the_words_and_the_buttons(telegram):
    message = Message(f"{BOLD}Phiếu{PLAIN}", (Choice("Xem", "/hoso"),), (Attachment("document", "k", 'phi"ếu\n.pdf'),))

    outcome = await telegram.channel.send(telegram.account, message, {"k": PDF})

    last = telegram.server.person(MAI).last()
    assert isinstance(outcome, Sent)
    assert (last.text, last.document_name, last.document_content, last.labels) == ("Phiếu", "phi ếu .pdf", PDF, ["Xem"])


async def test_a_voice_goes_as_a_voice_message_with_the_words_and_the_buttons(telegram):
    message = Message("Nghe", (Choice("Xem", "/hoso"),), (Attachment("voice", "k", "Tên sản phẩm"),))

    assert isinstance(await telegram.channel.send(telegram.account, message, {"k": b"OggS" + bytes(9)}), Sent)

    last = telegram.server.person(MAI).last()
    assert (last.method, last.text, last.labels) == ("sendVoice", "Nghe", ["Xem"])


@pytest.mark.parametrize(
    ("content", "ending"), [(b"#!AMR\nx", "amr"), (b"\xff\xf1xx", "aac"), (b"\0\0\0 ftypM4A x", "m4a")]
)
async def test_a_sound_of_another_kind_goes_as_a_file_that_a_phone_can_open(telegram, content, ending):
    message = Message("Nghe", attachments=(Attachment("voice", "k", "Tên"),))

    assert isinstance(await telegram.channel.send(telegram.account, message, {"k": content}), Sent)

    assert telegram.server.person(MAI).last().document_name == f"Tên.{ending}"


async def test_words_too_long_for_a_caption_follow_the_paper(telegram):
    message = Message("chữ " * 400, attachments=(Attachment("document", "k", "a.pdf"),))

    await telegram.channel.send(telegram.account, message, {"k": PDF})

    assert [m.method for m in telegram.server.sent] == ["sendDocument", "sendMessage"]


async def test_several_photos_are_one_album_and_the_words_follow(telegram):
    photos = tuple(Attachment("photo", f"p{number}", f"{number}.jpg") for number in range(3))

    await telegram.channel.send(
        telegram.account, Message("Ba ảnh", attachments=photos), {f"p{n}": _jpg() for n in range(3)}
    )

    assert [m.method for m in telegram.server.sent] == ["sendMediaGroup"] * 3 + ["sendMessage"]
    assert len({m.media_group_id for m in telegram.server.sent[:3]}) == 1


async def test_a_picture_that_is_none_goes_as_a_document(telegram):
    telegram.server.script("sendPhoto", no(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))
    message = Message("Tranh", attachments=(Attachment("photo", "k", "t.jpg"),))

    outcome = await telegram.channel.send(telegram.account, message, {"k": JPG})

    assert isinstance(outcome, Sent)
    assert telegram.server.person(MAI).last().document_name == "t.jpg"


async def test_a_message_is_changed_in_place(telegram):
    first = await telegram.channel.send(telegram.account, Message("Đúng không?", (Choice("Đúng", "=k:1"),)), {})

    again = await telegram.channel.send(telegram.account, Message("Đã ghi.", replaces=first.platform_id), {})

    (seen,) = telegram.server.person(MAI).sees()
    assert (again, seen.text, seen.labels) == (first, "Đã ghi.", [])


EDITS = {
    "nothing to change is as good as changed": ("message is not modified: specified new message content …", 1),
    "what is gone is said anew": ("message to edit not found", 2),
    "what cannot be changed is said anew": ("message can't be edited", 2),
    "a picture's words are said anew": ("there is no text in the message to edit", 2),
}


@pytest.mark.parametrize("row", EDITS)
async def test_editing(telegram, row):
    words, messages = EDITS[row]
    first = await telegram.channel.send(telegram.account, Message("A", (Choice("Đúng", "=k:1"),)), {})
    telegram.server.script("editMessageText", no(400, f"Bad Request: {words}"))

    outcome = await telegram.channel.send(telegram.account, Message("B", replaces=first.platform_id), {})

    assert isinstance(outcome, Sent)
    assert len(telegram.server.person(MAI).sees()) == messages


async def test_a_press_is_answered_and_a_repeat_of_it_is_no_trouble(telegram):
    await telegram.channel.send(telegram.account, Message("?", (Choice("Đúng", "=k:1"),)), {})
    update = await telegram.server.person(MAI).presses("Đúng")
    said = telegram.channel.read(json.dumps(update).encode(), now=NOW)

    await telegram.channel.noticed(said)
    await telegram.channel.noticed(said)

    assert (said.kind, said.payload, said.pressed) == ("press", "=k:1", "1")
    assert len(telegram.server.person(MAI).notices()) == 1


async def test_failing_to_notice_is_of_no_consequence(telegram):
    telegram.server.script("*", no(400, "Bad Request: query is too old and response timeout expired"))
    said = telegram.channel.read((UPDATES / "button_press.json").read_bytes(), now=NOW)

    await telegram.channel.noticed(said)

    assert telegram.server.calls("answerCallbackQuery")[0].status == 400


async def test_a_photo_is_brought_over(telegram):
    update = await telegram.server.person(MAI).sends_photo(_jpg())
    (file,) = telegram.channel.read(json.dumps(update).encode(), now=NOW).files

    assert await telegram.channel.fetch(file.ref, 10_000) == _jpg()


async def test_a_file_larger_than_wanted_is_given_up_for_good(telegram):
    update = await telegram.server.person(MAI).sends_document(b"%PDF" + b"x" * 5000)
    (file,) = telegram.channel.read(json.dumps(update).encode(), now=NOW).files

    with pytest.raises(FetchError) as refusal:
        await telegram.channel.fetch(file.ref, 1000)

    assert refusal.value.final


async def test_a_file_is_asked_for_again_when_the_platform_is_out_of_order(telegram):
    telegram.server.script("getFile", no(500))

    with pytest.raises(FetchError) as refusal:
        await telegram.channel.fetch("AgAC", 1000)

    assert not refusal.value.final


# By webhook

SECRET = "mot-bi-mat-cua-kiem-thu"


@pytest.fixture
async def door(telegram):
    inbox, counts = Inbox(telegram.channel), []
    app = web.Application()
    app.add_routes(telegram_routes(telegram.channel, inbox.accept, SECRET, count=counts.append))
    async with TestClient(TestServer(app)) as client:
        yield client, inbox, counts


TEXT = (UPDATES / "text_message.json").read_bytes()
FORGED = {
    "no secret": None,
    "an empty one": "",
    "a wrong one": "x" * len(SECRET),
    "a short one": SECRET[:-1],
    "a long one": SECRET + "x",
    "another case": SECRET.upper(),
}


@pytest.mark.parametrize("row", FORGED)
async def test_a_forged_update_is_turned_away_and_counted(door, row):
    client, inbox, counts = door
    headers = {} if FORGED[row] is None else {SECRET_HEADER: FORGED[row]}

    answer = await client.post(PATH, data=TEXT, headers=headers)

    assert (answer.status, inbox.raw, counts) == (403, {}, ["telegram_forged"])


async def test_a_secret_in_other_letters_is_turned_away(door):
    client, inbox, _ = door
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" % PATH.encode())
    writer.write(f"{SECRET_HEADER}: mật-khẩu-ớ\r\n\r\n".encode() + b"{}")
    line = await asyncio.wait_for(reader.readline(), 30)
    writer.close()

    assert b" 403 " in line or b" 400 " in line
    assert inbox.raw == {}


async def test_a_forged_update_is_turned_away_before_its_body_is_there(door):
    client, _, counts = door
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" % PATH.encode())
    line = await asyncio.wait_for(reader.readline(), 30)
    writer.close()

    assert (b" 403 " in line, counts) == (True, ["telegram_forged"])


async def test_without_a_secret_of_ours_everything_is_turned_away(telegram):
    inbox = Inbox(telegram.channel)
    app = web.Application()
    app.add_routes(telegram_routes(telegram.channel, inbox.accept, ""))
    async with TestClient(TestServer(app)) as client:
        for headers in ({}, {SECRET_HEADER: ""}):
            assert (await client.post(PATH, data=TEXT, headers=headers)).status == 403
    assert inbox.raw == {}


async def test_a_genuine_update_is_kept_word_for_word_before_it_is_acknowledged(door):
    client, inbox, counts = door

    answer = await client.post(PATH, data=TEXT, headers={SECRET_HEADER: SECRET})

    assert (answer.status, list(inbox.raw.values()), counts) == (200, [TEXT], [])


@pytest.mark.parametrize(
    ("body", "status", "counted"),
    [
        (b'{"update_id": 1', 400, "telegram_unreadable"),
        (b"[]", 400, "telegram_unreadable"),
        (b'{"update_id": "1"}', 400, "telegram_unreadable"),
        (b" " * (MOST_BODY + 1), 413, "telegram_too_large"),
    ],
    ids=["half a body", "a list", "an id that is a word", "a body too large"],
)
async def test_what_is_no_update_is_counted_and_not_kept(door, body, status, counted):
    client, inbox, counts = door

    answer = await client.post(PATH, data=io.BytesIO(body), headers={SECRET_HEADER: SECRET})

    assert (answer.status, inbox.raw, counts) == (status, {}, [counted])


async def test_a_store_that_refuses_makes_the_platform_repeat(door):
    client, inbox, _ = door
    inbox.refuses = StoreRefusesError("disk full")

    answer = await client.post(PATH, data=TEXT, headers={SECRET_HEADER: SECRET})

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
