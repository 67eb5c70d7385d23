"""People who chat: what they press, see and hear; and the samples of what they send."""

import json
from pathlib import Path

import pytest

from platforms.telegram.schema import problems_of

from .conftest import MAI, png

SAMPLES = sorted((Path(__file__).parent / "updates").glob("*.json"))
UNPUBLISHED = ("unknown_", "malformed_")
KEYS = {
    "inline_keyboard": [[{"text": "Đúng", "callback_data": "1:yes"}, {"text": "Xem", "url": "https://ocop.example"}]]
}


@pytest.fixture
def mai(server):
    return server.person(MAI)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_as_published_unless_its_name_says_otherwise(sample):
    try:
        problems = problems_of("Update", json.loads(sample.read_text("utf-8")))
    except ValueError:
        problems = ["no JSON"]

    assert bool(problems) == sample.stem.startswith(UNPUBLISHED)


async def test_a_sample_is_sent_word_for_word(ask, server):
    sample = json.loads((SAMPLES[0].parent / "unknown_update_kind.json").read_text("utf-8"))

    server.update(sample)

    assert (await ask("getUpdates"))[1]["result"] == [sample]


async def test_a_button_is_pressed_by_label_or_data_on_the_newest_message(ask, mai):
    await ask("sendMessage", chat_id=MAI, text="một", reply_markup=KEYS)
    _, second = await ask("sendMessage", chat_id=MAI, text="hai", reply_markup=KEYS)

    presses = [(await mai.presses(word))["callback_query"] for word in ("Đúng", "1:yes", mai.last())]

    assert {press["data"] for press in presses} == {"1:yes"}
    assert {press["message"]["message_id"] for press in presses} == {second["result"]["message_id"]}


async def test_a_button_that_is_not_there_cannot_be_pressed(ask, mai):
    await ask("sendMessage", chat_id=MAI, text="một", reply_markup=KEYS)

    with pytest.raises(AssertionError, match=r"no button 'Sai'; the last ones are \['Đúng', 'Xem'\]"):
        await mai.presses("Sai")
    with pytest.raises(AssertionError, match=r"opens 'https://ocop\.example'"):
        await mai.presses("Xem")


async def test_a_button_that_was_taken_away_can_be_pressed_by_an_old_client(ask, mai):
    await ask("sendMessage", chat_id=MAI, text="một", reply_markup=KEYS)
    await ask("editMessageReplyMarkup", chat_id=MAI, message_id=mai.last().message_id)

    with pytest.raises(AssertionError):
        await mai.presses("Đúng")
    assert (await mai.presses("Đúng", as_first_shown=True))["callback_query"]["data"] == "1:yes"


async def test_a_reply_keyboard_writes_or_shares(ask, mai):
    rows = [[{"text": "Gửi số", "request_contact": True}, {"text": "Gửi vị trí", "request_location": True}], ["Thôi"]]
    await ask("sendMessage", chat_id=MAI, text="một", reply_markup={"keyboard": rows})

    contact, place, text = [(await mai.presses(word))["message"] for word in ("Gửi số", "Gửi vị trí", "Thôi")]

    assert contact["contact"]["user_id"] == MAI
    assert place["location"].keys() == {"latitude", "longitude"}
    assert text["text"] == "Thôi"


async def test_a_number_cannot_be_asked_for_in_a_group(ask, server):
    group = server.group(-555)
    markup = {"keyboard": [[{"text": "Gửi số", "request_contact": True}]]}

    _, body = await ask("sendMessage", chat_id=group.chat_id, text="một", reply_markup=markup)

    assert body["description"] == "Bad Request: phone number can be requested in private chats only"


async def test_each_message_is_heard_once_and_silence_is_told(ask, mai):
    for text in ("một", "hai", "ba"):
        await ask("sendMessage", chat_id=MAI, text=text)

    assert [m.text for m in await mai.hears()] == ["một"]
    assert [m.text for m in await mai.hears(2)] == ["hai", "ba"]
    with pytest.raises(AssertionError, match=r"Mai waited 0.01 s for 1 message\(s\) and heard \[\]"):
        await mai.hears(timeout=0.01)


async def test_an_edit_can_be_waited_for(ask, mai):
    await ask("sendMessage", chat_id=MAI, text="một")
    message = mai.last()

    await ask("editMessageText", chat_id=MAI, message_id=message.message_id, text="hai")

    assert (await mai.sees_edit(message)).text == "hai"


async def test_message_ids_increase_across_chats_and_both_sides(ask, server, mai):
    first = (await mai.writes("một"))["message"]["message_id"]
    second = (await ask("sendMessage", chat_id=MAI, text="hai"))[1]["result"]["message_id"]
    third = (await server.person(7).writes("ba"))["message"]["message_id"]

    assert first < second < third


async def test_a_command_is_marked_in_utf16(mai):
    update = await mai.writes("😀 /start")

    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 3, "length": 6}]


async def test_writing_after_a_block_lifts_it_and_tells_first(server, mai):
    await mai.blocks_bot()

    await mai.writes("Chào")

    kinds = [(u.get("my_chat_member") or {}).get("new_chat_member", {}).get("status") for u in server.updates.history]
    assert kinds == ["kicked", "member", None]


async def test_a_group_is_heard_only_when_it_speaks_to_the_bot(ask, server, mai):
    group = server.group(-555, "HTX rau")
    _, sent = await ask("sendMessage", chat_id=-555, text="Chào cả nhà")

    said = [
        await mai.writes_in_group(group, text)
        for text in ("Chào", "/start", "/start@bot_khac", "/start@ocop_thu_nghiem_bot", "@ocop_thu_nghiem_bot ơi")
    ]
    answered = await mai.writes_in_group(group, "Dạ", reply_to=group.sees()[0])

    assert [update is not None for update in said] == [False, True, False, True, True]
    assert answered["message"]["reply_to_message"]["message_id"] == sent["result"]["message_id"]
    assert answered["message"]["chat"] == {"id": -555, "type": "group", "title": "HTX rau"}


async def test_the_same_photo_twice_has_one_unique_id_and_two_ids(mai):
    first, second = [(await mai.sends_photo(png(800, 600)))["message"]["photo"][-1] for _ in range(2)]

    assert first["file_unique_id"] == second["file_unique_id"]
    assert first["file_id"] != second["file_id"]
    assert (first["width"], first["height"]) == (800, 600)


async def test_a_link_cannot_carry_more_than_64_plain_letters(mai):
    assert (await mai.starts("xa_18853"))["message"]["text"] == "/start xa_18853"
    with pytest.raises(AssertionError):
        await mai.starts("x" * 65)
    with pytest.raises(AssertionError):
        await mai.starts("xã")
