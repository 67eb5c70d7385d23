"""Telegram by polling, and the bot's introduction of itself."""

import asyncio
import json
import logging

import pytest

from bot.channels.channel import UnreadableError
from bot.channels.polling import STORE_PAUSE, TOKEN_PAUSE
from bot.channels.telegram.polling import CONFLICT_PAUSE, TelegramPolling
from bot.channels.telegram.reading import WANTED
from bot.channels.telegram.setup import Introduction, introduce, receive_by_polling, receive_by_webhook
from platforms.telegram.refusals import broken_page, lost_answer, no, taken
from registry.store.store import StoreRefusesError

from .conftest import MAI, NOW, Inbox
from .test_every_channel import _jpg


@pytest.fixture
def inbox(telegram):
    return Inbox(telegram.channel)


@pytest.fixture
def polling(telegram, inbox):
    return TelegramPolling(telegram.channel, inbox.accept, wait_seconds=0)


async def test_updates_are_committed_and_then_confirmed(telegram, inbox, polling):
    await telegram.server.person(MAI).writes("một")
    await telegram.server.person(MAI).writes("hai")

    assert await polling.step() == 0
    assert len(telegram.server.updates.pending()) == 2
    await polling.step()

    assert [said.text for said in inbox.said()] == ["một", "hai"]
    assert telegram.server.updates.pending() == []
    assert ["offset" in call.given for call in telegram.server.calls("getUpdates")] == [False, True]
    assert json.loads(telegram.server.calls("getUpdates")[0].given["allowed_updates"]) == list(WANTED)


async def test_a_store_that_refuses_leaves_the_update_with_the_platform(telegram, inbox, polling):
    await telegram.server.person(MAI).writes("một")
    inbox.refuses = StoreRefusesError("disk full")
    assert await polling.step() == STORE_PAUSE
    assert "store" in polling.trouble

    inbox.refuses = None
    await polling.step()

    assert [said.text for said in inbox.said()] == ["một"]
    assert polling.trouble == ""


async def test_an_update_that_cannot_be_kept_does_not_stop_the_next(telegram, inbox, polling):
    person = telegram.server.person(MAI)
    poison = await person.writes("một")
    await person.writes("hai")

    async def accept(name, raw):
        if json.loads(raw)["update_id"] == poison["update_id"]:
            raise UnreadableError("of a shape nobody knows")
        await inbox.accept(name, raw)

    polling._accept = accept
    await polling.step()
    await polling.step()

    assert [said.text for said in inbox.said()] == ["hai"]
    assert (polling.unreadable, telegram.server.updates.pending()) == (1, [])


TROUBLES = {
    "a webhook that takes the updates": (
        no(409, "Conflict: can't use getUpdates method while webhook is active"),
        CONFLICT_PAUSE,
    ),
    "a second copy": (no(409, "Conflict: terminated by other getUpdates request"), CONFLICT_PAUSE),
    "a flood limit": (no(429, "Too Many Requests: retry after 7", retry_after=7), 7),
    "a token that was taken back": (no(401, "Unauthorized"), TOKEN_PAUSE),
}


@pytest.mark.parametrize("row", TROUBLES)
async def test_polling_waits_as_long_as_the_trouble_needs(telegram, polling, row, caplog):
    answer, seconds = TROUBLES[row]
    telegram.server.script("getUpdates", answer)

    assert await polling.step() == seconds
    assert polling.trouble != ""
    assert telegram.server.token not in caplog.text


async def test_polling_waits_longer_each_time_and_begins_again_after_a_success(telegram, polling):
    telegram.server.script("getUpdates", *[no(502)] * 4, taken(), no(502))

    pauses = [await polling.step() for _ in range(6)]

    assert pauses[0] < pauses[1] < pauses[2] < pauses[3]
    assert (pauses[4], pauses[5] < 1.3) == (0, True)


async def test_the_loop_goes_on_until_it_is_cancelled(telegram, inbox):
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    telegram.server.script("getUpdates", no(500), no(409))
    loop = asyncio.create_task(TelegramPolling(telegram.channel, inbox.accept, wait_seconds=1, pause=pause).run())
    await telegram.server.person(MAI).writes("vẫn nghe")
    await telegram.server.settled()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop

    assert ([said.text for said in inbox.said()], len(pauses)) == (["vẫn nghe"], 2)


# The bot's own description

SECRET = "mot-bi-mat-cua-kiem-thu"
ABOUT = Introduction(
    commands={"vi": {"menu": "Các việc em giúp được"}, "en": {"menu": "What I can do"}},
    description={"vi": "Trợ lý OCOP"},
    short_description={"vi": "OCOP"},
)


@pytest.mark.parametrize(
    ("language", "seen"), [("vi", "Các việc em giúp được"), ("en", "What I can do"), ("fr", "Các việc em giúp được")]
)
async def test_commands_are_shown_in_every_language(telegram, language, seen):
    assert await introduce(telegram.channel, ABOUT) == ()

    assert [c["description"] for c in telegram.server.card.commands_for(MAI, language)] == [seen]


async def test_a_refusal_of_the_introduction_is_told_and_the_rest_is_said(telegram):
    telegram.server.script("setMyDescription", no(400, "Bad Request: nope"))

    troubles = await introduce(telegram.channel, ABOUT)

    assert troubles == ("setMyDescription: BadRequest",)
    assert telegram.server.calls("setMyShortDescription") != []


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://ocop.example", SECRET),
        ("", SECRET),
        ("https://ocop.example:8080", SECRET),
        ("https://ocop.example", ""),
    ],
    ids=["not https", "no address", "a port they do not take", "no secret"],
)
async def test_a_webhook_that_cannot_work_is_not_registered(telegram, url, secret):
    assert len(await receive_by_webhook(telegram.channel, url, secret)) == 1
    assert telegram.server.requests == []


async def test_a_webhook_is_registered_with_its_secret(telegram):
    assert await receive_by_webhook(telegram.channel, "https://ocop.example/", SECRET) == ()

    (call,) = telegram.server.calls("setWebhook")
    assert (call.given["url"], call.given["secret_token"]) == ("https://ocop.example/telegram/webhook", SECRET)


async def test_polling_takes_a_webhook_away_and_drops_nothing(telegram, inbox, polling):
    await receive_by_webhook(telegram.channel, "https://ocop.example/", SECRET)
    await telegram.server.person(MAI).writes("còn đây")

    assert await receive_by_polling(telegram.channel) == ()
    await polling.step()

    assert [said.text for said in inbox.said()] == ["còn đây"]


async def test_the_token_is_in_no_line_of_the_log(telegram, inbox, caplog):
    with caplog.at_level(logging.DEBUG):
        await introduce(telegram.channel, ABOUT)
        update = await telegram.server.person(MAI).sends_photo(_jpg())
        (file,) = telegram.channel.read(json.dumps(update).encode(), now=NOW).files
        await telegram.channel.fetch(file.ref, 10_000)
        for answer in (taken(), no(401), no(404), no(409), no(500), broken_page(502), lost_answer()):
            telegram.server.script("getUpdates", answer)
            await TelegramPolling(telegram.channel, inbox.accept, wait_seconds=0).step()
        await telegram.server.stop()
        await TelegramPolling(telegram.channel, inbox.accept, wait_seconds=0).step()
        await introduce(telegram.channel, ABOUT)

    assert telegram.server.token not in caplog.text
    assert caplog.text != ""
