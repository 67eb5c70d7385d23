"""Telegram's updates: reading every kind, passing over the unused, refusing the broken."""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.channel import UnreadableError, Words
from bot.channels.telegram.channel import open_telegram
from bot.channels.telegram.setup import Introduction, introduce
from handlers.conversation.incoming import Card, IncomingFile
from platforms.telegram.server import TOKEN

from .conftest import NOW

UPDATES = Path(__file__).parents[2] / "platforms" / "telegram" / "updates"


@dataclass(frozen=True)
class Nothing:
    """A genuine update that is passed over."""


NO_USE, UNREADABLE = Nothing(), UnreadableError
READING: dict[str, Any] = {
    "text_message": {"kind": "text", "text": "Nhà tôi làm nước mắm ở xã Bảo Ninh", "name": "Mai Hoàng Thị"},
    "text_message_in_decomposed_letters": {"kind": "text", "text": "Đăng ký ý tưởng"},
    "start_with_payload": {"kind": "text", "text": "/start xa_18853"},
    "command_with_the_name_of_the_bot": {"kind": "text", "text": "/trangthai"},
    "forwarded_message": {"kind": "text"},
    "photo_with_caption": {"kind": "photo", "album": ""},
    "photo_sent_as_file": {
        "kind": "photo",
        "files": (IncomingFile("BQACAgUAAxkBAAIq7Hf", "IMG_20210601_081530.jpg", "image/jpeg", 3145728),),
    },
    "album_first_photo": {"kind": "photo", "album": "13500000000000042"},
    "album_second_photo": {"kind": "photo", "album": "13500000000000042", "text": ""},
    "document_pdf": {"kind": "document"},
    "document_too_big_to_fetch": {"kind": "document"},
    "voice_note": {"kind": "voice", "files": (IncomingFile("AwACAgUAAxkBAAIr1Vn", "voice.ogg", "audio/ogg", 28112),)},
    "sticker": {"kind": "sticker", "text": ""},
    "contact_of_own": {"kind": "contact"},
    "contact_of_somebody_else": {"kind": "contact", "phone": "", "card": Card("+84905550999", "Bác Lợi")},
    "contact_without_an_account": {"kind": "contact", "phone": "", "card": Card("0905550777", "Cô Sáu")},
    "location": {"kind": "location", "place": (17.466721, 106.622514)},
    "button_press": {"kind": "press", "pressed": "991", "text": ""},
    "press_on_an_old_inaccessible_message": {"kind": "press", "payload": "1:place:yes", "pressed": "17"},
    "press_under_an_inline_message": {"kind": "press", "payload": "1:place:yes", "pressed": ""},
    "blocked": {"kind": "blocked", "private": True},
    "unblocked": {"kind": "opened", "private": True},
    "group_message": {"kind": "text", "text": "/gioithieu", "private": False, "account": "-1001987654321"},
    "edited_message": {"kind": "edited", "text": "Nhà tôi làm nước mắm ở phường Đồng Hới", "message": "1001"},
    "group_became_a_supergroup": NO_USE,
    "message_of_a_channel_in_a_group": NO_USE,
    "unknown_message_content": NO_USE,
    "unknown_update_kind": NO_USE,
    "malformed_chat_is_a_number": UNREADABLE,
    "malformed_date_is_a_word": UNREADABLE,
    "malformed_list_instead_of_an_object": UNREADABLE,
    "malformed_message_without_chat": UNREADABLE,
    "malformed_not_json": UNREADABLE,
    "malformed_update_id_is_a_word": UNREADABLE,
    "malformed_without_update_id": UNREADABLE,
}


@pytest.mark.parametrize("sample", sorted(path.stem for path in UPDATES.glob("*.json")))
async def test_reading(telegram, sample):
    raw, expected = (UPDATES / f"{sample}.json").read_bytes(), READING[sample]
    if expected is UNREADABLE:
        with pytest.raises(UnreadableError):
            telegram.channel.read(raw, now=NOW)
        return
    said = telegram.channel.read(raw, now=NOW)

    if expected is NO_USE:
        assert said is None
        assert telegram.channel.address(raw)[1] != ""
        return
    assert said is not None
    assert {key: getattr(said, key) for key in expected} == expected
    assert (said.event, said.account) == telegram.channel.address(raw)
    assert said.event.startswith("123456:")


async def test_the_largest_size_of_a_photo_is_taken(telegram):
    said = telegram.channel.read((UPDATES / "photo_with_caption.json").read_bytes(), now=NOW)

    sizes = json.loads((UPDATES / "photo_with_caption.json").read_text())["message"]["photo"]
    assert said.files[0].ref == max(sizes, key=lambda size: size["width"])["file_id"]
    assert said.text != ""


async def test_only_the_own_number_is_taken_from_a_card(telegram):
    said = telegram.channel.read((UPDATES / "contact_of_own.json").read_bytes(), now=NOW)

    assert said.phone.startswith("+84")


async def test_a_command_to_another_bot_in_a_group_is_passed_over(telegram):
    await introduce(telegram.channel, Introduction({}))
    update = json.loads((UPDATES / "group_message.json").read_text())
    update["message"]["text"] = "/gioithieu@some_other_bot"

    assert telegram.channel.read(json.dumps(update).encode(), now=NOW) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
READER = open_telegram(TOKEN, Words("", "")).reader
SAMPLES = [json.loads(p.read_text()) for p in UPDATES.glob("*.json") if not p.stem.startswith("malformed")]


def _places(value, path=()):
    """Every place in an update, as the way to it."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_an_update_with_anything_anywhere_is_read_passed_over_or_refused(data):
    update = copy.deepcopy(data.draw(st.sampled_from(SAMPLES)))
    *way, last = data.draw(st.sampled_from([path for path in _places(update) if path]))
    holder = update
    for key in way:
        holder = holder[key]
    holder[last] = data.draw(JSON)
    raw = json.dumps(update).encode()

    try:
        event, account = READER.address(raw)
        said, _ = READER.read(raw, now=NOW)
    except UnreadableError:
        return
    assert said is None or (said.event, said.account) == (event, account)
    assert said is None or all(isinstance(file.size, int) and isinstance(file.ref, str) for file in said.files)
    assert said is None or all(
        isinstance(words, str) for words in (said.text, said.payload, said.name, said.phone, said.album)
    )
