"""Updates of the Zalo Bot Platform: reading, passing over, fetching."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import FetchError, UnreadableError, Words
from bot.channels.zalo_bot.reading import NO_LANE, Reader
from handlers.conversation.incoming import IncomingFile
from platforms.shared.script import taken
from platforms.zalo_bot.refusals import no

from .conftest import JPG, NOW
from .zalo import AN, update

WORDS = Words("Gửi số", "Gửi vị trí", "(Chưa gửi được tệp {name}, gõ /lienhe)")


READING = {
    "a text": (update(text=" Chào "), ("text", "Chào", ())),
    "a link": (update("message.link.received", text="https://x.vn"), ("text", "https://x.vn", ())),
    "a picture as it comes live": (
        update("message.image.received", photo_url="https://f.zdn.vn/a.jpg", caption="nhà em"),
        ("photo", "nhà em", (IncomingFile("https://f.zdn.vn/a.jpg", "photo.jpg", "image/jpeg", 0),)),
    ),
    "a picture as the pages have it": (
        update("message.image.received", photo="https://f.zdn.vn/a.jpg"),
        ("photo", "", (IncomingFile("https://f.zdn.vn/a.jpg", "photo.jpg", "image/jpeg", 0),)),
    ),
    "a voice": (
        update("message.voice.received", voice_url="https://f.zdn.vn/a.aac"),
        ("voice", "", (IncomingFile("https://f.zdn.vn/a.aac", "voice.aac", "audio/aac", 0),)),
    ),
    "a picture without an address": (update("message.image.received"), ("other", "", ())),
    "a sticker": (update("message.sticker.received", sticker="s"), ("sticker", "", ())),
    "a kind of tomorrow": (update("message.video.received", video_url="https://f.zdn.vn/a.mp4"), ("other", "", ())),
    "what the bot may not read": (update("message.unsupported.received"), ("other", "", ())),
}


@pytest.mark.parametrize("row", READING)
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
def test_reading(row, wrapped):
    raw, expected = READING[row]
    if wrapped:
        raw = json.dumps({"ok": True, "result": json.loads(raw)}).encode()
    reader = Reader("1459")

    said = reader.read(raw, now=NOW)

    assert (said.kind, said.text, said.files) == expected
    assert (said.account, said.event, said.name, said.at, said.private) == (AN, "1459:m1", "An", NOW, True)
    assert reader.address(raw) == ("1459:m1", AN)


PASSED = {
    "what names nobody": b'{"event_name":"message.unsupported.received"}',
    "another bot": update(text="x", **{"from": {"id": AN, "is_bot": True}}),
    "a reaction": update("message.reaction.received"),
    "no message at all": update("Bot-2.joined"),
}


@pytest.mark.parametrize("row", PASSED)
def test_genuine_updates_without_use_are_passed_over(row):
    reader = Reader("1459")

    assert reader.read(PASSED[row], now=NOW) is None
    assert reader.address(PASSED[row]) == reader.address(PASSED[row])


def test_what_names_nobody_has_the_lane_of_nobody():
    assert Reader("1").address(PASSED["what names nobody"])[1] == NO_LANE


def test_a_group_is_not_private():
    assert Reader("1").read(update(text="x", chat="GROUP"), now=NOW).private is False


@given(st.dictionaries(st.sampled_from(["event_name", "message", "result", "ok"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["from", "chat", "id", "text", "photo_url", "message_id", "event_name"]), inner, max_size=4
    ), max_leaves=8,
)))  # fmt: skip
def test_whatever_comes_is_read_or_refused(body):
    raw = json.dumps(body).encode()
    reader = Reader("1")
    try:
        reader.address(raw)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            reader.read(raw, now=NOW)
    else:
        reader.read(raw, now=NOW)


async def test_a_picture_is_brought_over_from_the_platform_alone(zalo_bot):
    await zalo_bot.server.person(AN).sends_photo(JPG)
    said = zalo_bot.channel.read(json.dumps(zalo_bot.server.updates.history[-1]).encode(), now=NOW)
    (file,) = said.files

    assert await zalo_bot.channel.fetch(file.ref, 1000) == JPG
    for ref, most in ((file.ref, 5), ("https://evil.example/a.jpg", 1000), ("http://127.0.0.1:1/a", 1000)):
        with pytest.raises(FetchError) as refusal:
            await zalo_bot.channel.fetch(ref, most)
        assert refusal.value.final


async def test_a_sign_of_work_is_shown_for_what_takes_a_while(zalo_bot):
    photo = zalo_bot.channel.read(READING["a picture as it comes live"][0], now=NOW)
    zalo_bot.server.script("sendChatAction", taken(), no(403))

    await zalo_bot.channel.noticed(photo)
    await zalo_bot.channel.noticed(photo)

    assert zalo_bot.server.actions == [(AN, "typing")]
