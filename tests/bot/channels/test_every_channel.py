"""One table over every channel: what all of them must be able to show, and to hear."""

import inspect
import unicodedata
from pathlib import Path

import pytest

import bot.channels
from bot.channels.channel import FetchError, UnreadableError
from bot.serving.registered import CHANNELS
from bot.settings.section import ChannelSection
from content.message import BOLD, PLAIN, Attachment, Choice, Message
from registry.deliveries.outcomes import Refused, Sent

from .conftest import JPG, NOW, PDF, STAGES

COMMUNES = tuple(Choice(f"Xã số {number} bờ biển", f"=s1:{number}") for number in range(1, 31))
LONG_WORDS = "\n\n".join(f"Đoạn {number}: " + "nước mắm cá cơm " * 20 for number in range(30))
NFD = unicodedata.normalize("NFD", "Đăng ký ý tưởng sản phẩm")

# the message → the words a person must be able to read, in the texts or on buttons
SHOWING = {
    "a short text": (Message("Chào bà con"), ("Chào bà con",)),
    "a tag that a person typed": (Message("Trà <3 & <b>ngon</b> </i>"), ("Trà <3 & <b>ngon</b> </i>",)),
    "an entity that a person typed": (Message("A &lt; B &amp;amp;"), ("A &lt; B &amp;amp;",)),
    "braces of a template": (Message("{{ office }} {name} {% if %}"), ("{{ office }} {name} {% if %}",)),
    "emoji of several parts": (Message("Nhà em 👨‍👩‍👧‍👦 👍🏽 ❤️"), ("👨‍👩‍👧‍👦 👍🏽 ❤️",)),
    "letters in pieces come whole": (Message(NFD), (unicodedata.normalize("NFC", NFD),)),
    "letters no platform takes": (Message("trước\ud800\0sau"), ("trướcsau",)),
    "bold that is never closed": (Message(f"a {BOLD}b"), ("a b",)),
    "an empty list of buttons": (Message("Xong", choices=()), ("Xong",)),
    "two choices": (Message("Đúng không?", (Choice("Đúng", "=k:y"), Choice("Sửa lại", "=k:n"))), ("Đúng", "Sửa lại")),
    "thirty choices": (Message("Xã nào?", COMMUNES), tuple(choice.label for choice in COMMUNES)),
    "thirty choices that no number picks": (
        Message("Bao nhiêu?", COMMUNES, numbered=False),
        tuple(choice.label for choice in COMMUNES),
    ),
    "a label with a tag": (Message("Chọn", (Choice("<b>Trà & mật</b>", "=k:1"),)), ("<b>Trà & mật</b>",)),
    "a label in pieces": (Message("Chọn", (Choice(NFD, "=k:1"),)), (unicodedata.normalize("NFC", NFD),)),
    "an action no button carries": (Message("Chọn", (Choice("Dài", "=" + "x" * 80),)), ("Dài",)),
    "a choice without words beside one with": (
        Message("Chọn", (Choice("", "=k:1"), Choice("Có chữ", "=k:2"))),
        ("Chọn", "Có chữ"),
    ),
    "a text that replaces nothing we know": (Message("Mới", replaces="999999"), ("Mới",)),
    "a text that replaces a delivery of another channel": (Message("Mới", replaces="reply:ab:1"), ("Mới",)),
    "a question for the number with a way out": (
        Message("Số?", (Choice("Bỏ qua", "/boqua"),), ask="contact"),
        ("Số?", "Bỏ qua"),
    ),
    "a question for the place": (Message("Ở đâu?", ask="location"), ("Ở đâu?",)),
    "a question for a photo": (Message("Gửi ảnh giúp em", ask="photo"), ("Gửi ảnh giúp em",)),
    "a paper that was lost does not silence the words": (
        Message("Phiếu của chị", attachments=(Attachment("document", "gone", "a.pdf"),)),
        ("Phiếu của chị",),
    ),
}


@pytest.mark.parametrize("row", SHOWING)
async def test_it_can_be_read(stage, row):
    message, readable = SHOWING[row]

    outcome = await stage.channel.send(stage.account, message, {})

    seen = await stage.seen()
    everything = "\n".join(part for one in seen for part in (one.text, *one.labels))
    assert isinstance(outcome, Sent)
    assert [words for words in readable if words not in everything] == []


async def test_bold_is_bold_and_nothing_else_is(stage):
    await stage.channel.send(stage.account, Message(f"Chậm nhất {BOLD}thứ Sáu 8/10{PLAIN}, *không* <i>hơn</i>"), {})

    (seen,) = await stage.seen()
    assert seen.text == "Chậm nhất thứ Sáu 8/10, *không* <i>hơn</i>"
    assert seen.bold == (("thứ Sáu 8/10",) if stage.marks_bold else ())


async def test_a_long_text_arrives_whole_within_the_limit_with_the_buttons_last(stage):
    message = Message(LONG_WORDS, (Choice("Tiếp", "/menu"),))

    outcome = await stage.channel.send(stage.account, message, {})

    seen = await stage.seen()
    listed = " 1. Tiếp" if stage.lists_always else ""
    assert isinstance(outcome, Sent)
    assert " ".join(" ".join(one.text for one in seen).split()) == " ".join(LONG_WORDS.split()) + listed
    assert max(len(one.text) for one in seen) <= stage.channel.most_text
    assert [one.labels for one in seen if one.labels] == ([("Tiếp",)] if stage.channel.buttons else [])
    assert seen[-1].labels == (("Tiếp",) if stage.channel.buttons else ())


async def test_a_word_without_end_is_cut_and_not_lost(stage):
    word = "ớ" * 9000

    await stage.channel.send(stage.account, Message(word), {})

    assert "".join(one.text for one in await stage.seen()) == word


async def test_bold_goes_on_across_the_cut(stage):
    words = "đậm đà " * 1500

    await stage.channel.send(stage.account, Message(f"{BOLD}{words}{PLAIN}"), {})

    seen = await stage.seen()
    assert len(seen) > 1 or stage.channel.most_text > len(words)
    assert all(one.bold == ((one.text,) if stage.marks_bold else ()) for one in seen)


async def test_choices_that_buttons_cannot_show_keep_their_order_and_numbers(stage):
    await stage.channel.send(stage.account, Message("Xã nào?", COMMUNES), {})

    seen = (await stage.seen())[-1]
    if len(seen.labels) < len(COMMUNES):
        assert [line for line in seen.text.splitlines() if line[:1].isdigit()] == [
            f"{number}. {choice.label}" for number, choice in enumerate(COMMUNES, 1)
        ]


async def test_a_list_may_go_on_counting_where_another_one_ended(stage):
    await stage.channel.send(stage.account, Message("Xã nào?", COMMUNES, first=5), {})

    seen = (await stage.seen())[-1]
    if len(seen.labels) < len(COMMUNES):
        assert [line for line in seen.text.splitlines() if line[:1].isdigit()] == [
            f"{number}. {choice.label}" for number, choice in enumerate(COMMUNES, 5)
        ]
        assert all(label.startswith(f"{number}. ") for number, label in enumerate(seen.labels, 5))


async def test_numbers_are_not_offered_where_a_number_is_the_answer(stage):
    await stage.channel.send(stage.account, Message("Bao nhiêu?", COMMUNES, numbered=False), {})

    assert not any(
        line.startswith("1. ") for one in await stage.seen() for line in (*one.text.splitlines(), *one.labels)
    )


async def test_a_paper_and_pictures_arrive_before_the_words_end(stage):
    message = Message(
        "Phiếu và ảnh",
        (Choice("Tải lại", "/hoso"),),
        (
            Attachment("photo", "p1", "a.jpg"),
            Attachment("photo", "p2", "b.jpg"),
            Attachment("document", "d", "phiếu.pdf"),
        ),
    )

    outcome = await stage.channel.send(stage.account, message, {"p1": _jpg(), "p2": _jpg(), "d": PDF})

    seen = await stage.seen()
    assert isinstance(outcome, Sent)
    assert sum(len(one.files) for one in seen) == 3
    assert seen[-1].labels == (("Tải lại",) if stage.channel.buttons else ())
    assert "Phiếu và ảnh" in seen[-1].text


async def test_nothing_to_show_is_refused_and_nothing_is_sent(stage):
    outcome = await stage.channel.send(stage.account, Message(f" {BOLD}{PLAIN}\n"), {})

    assert isinstance(outcome, Refused)
    assert await stage.seen() == []


def test_the_same_event_twice_is_one_event_of_one_lane(stage):
    once, again, other = stage.typed("Chào", 1), stage.typed("Chào", 1), stage.typed("Chào", 2)

    assert stage.channel.address(once) == stage.channel.address(again)
    assert stage.channel.address(once)[0] != stage.channel.address(other)[0]
    assert stage.channel.address(once)[1] == stage.channel.address(other)[1] == stage.account


def test_the_address_and_the_reading_agree(stage):
    raw = stage.typed("Chào")
    said = stage.channel.read(raw, now=NOW)

    assert (said.event, said.account) == stage.channel.address(raw)
    assert (said.channel, said.kind, said.text, said.at, said.private) == (
        stage.channel.name,
        "text",
        "Chào",
        NOW,
        True,
    )


HEARING = {
    "letters in pieces": (NFD, unicodedata.normalize("NFC", NFD)),
    "our own markup": (f"{BOLD}to{PLAIN}", "to"),
    "a direction that turns the line around": ("abc\u202edcb", "abcdcb"),
    "a lone half of a letter": ("a\ud83db", "ab"),
    "line breaks of all kinds": ("một\r\nhai\rba", "một\nhai\nba"),
    "a start with a payload": ("/start xa_18853", "/start xa_18853"),
    "braces and tags": ("{{x}} <b>", "{{x}} <b>"),
    "emoji": ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
}


@pytest.mark.parametrize("row", HEARING)
def test_words_enter_clean(stage, row):
    typed, heard = HEARING[row]

    assert stage.channel.read(stage.typed(typed), now=NOW).text == heard


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"{}",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"update_id": true}',
        b'{"id": 7}',
    ],
    ids=lambda raw: raw[:20],
)
def test_what_is_no_event_is_refused(stage, raw):
    with pytest.raises(UnreadableError):
        stage.channel.address(raw)
    with pytest.raises(UnreadableError):
        stage.channel.read(raw, now=NOW)


async def test_a_file_that_is_not_there_is_said_to_be_gone_for_good(stage):
    with pytest.raises(FetchError) as refusal:
        await stage.channel.fetch("file:gone", 1000)

    assert refusal.value.final


def test_every_channel_has_its_stage():
    """A channel is a folder of `bot/channels/` with a manifest; each is registered, and each is in this table."""
    folders = {path.parent.name for path in Path(bot.channels.__path__[0]).glob("*/manifest.py")}

    assert folders == {one.name for one in CHANNELS} == set(STAGES)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda one: one.name)
def test_every_manifest_offers_what_the_program_asks_of_it(channel):
    manifest = channel.manifest
    asked = {"facts": ["given"], "open": ["runtime", "given"], "check": ["looking", "given"]}
    if channel.poster:
        asked["address"] = ["given", "public_url"]

    offered = {
        name: [one.lstrip("_") for one in inspect.signature(getattr(manifest, name)).parameters] for name in asked
    }

    assert offered == asked
    assert manifest.facts(channel.section()).shown.most_text > 0
    assert issubclass(channel.section, ChannelSection)


def _jpg() -> bytes:
    """A picture with the sides that a platform looks for."""
    start = b"\xff\xd8\xff\xc0\x00\x11\x08" + (600).to_bytes(2, "big") + (800).to_bytes(2, "big")
    return start + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01" + JPG[4:]
