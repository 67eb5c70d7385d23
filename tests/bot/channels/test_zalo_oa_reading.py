"""The content of every event of the Zalo Official Account."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import FetchError, UnreadableError
from bot.channels.zalo.transport import Transport
from bot.channels.zalo_oa.reading import NO_LANE, Reader
from handlers.conversation.incoming import IncomingFile
from platforms.zalo_oa.server import APP_ID, OA_ID

from .conftest import JPG, NOW
from .zalo import LAN, event


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
