"""Messages as shown on the Zalo Official Account: buttons, lists, files, the question for a number."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Words
from bot.channels.zalo_oa.reading import OURS
from bot.channels.zalo_oa.rendering import MOST_BUTTONS, MOST_FILE, MOST_IMAGE, parts_of
from content.message import Attachment, Choice, Message
from platforms.zalo_oa.refusals import no
from registry.deliveries.outcomes import Refused, Sent

from .conftest import JPG, NOW, PDF
from .test_every_channel import COMMUNES
from .zalo import HELLO, LAN, PICTURE

TEMPLATE_WORDS = Words("Gửi số", "Gửi vị trí")


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
