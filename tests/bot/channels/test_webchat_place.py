"""Where the chat page is scrolled to in a real browser: the start of what is new, and never away from a reader."""

import asyncio
import os
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from content.message import Attachment, Choice, Message

from .webchat_house import CHROMIUM, House, chromium, open_house

LONG = "\n".join(f"Dòng {number} của câu trả lời dài, có đủ chữ để chiếm một dòng." for number in range(1, 61))
SIZES = [(1366, 768), (390, 844)]
A_WHILE = 6_000
"""Milliseconds after which what is on view counts as read."""

IN_VIEW = """([text, whole]) => {
  const found = Array.from(document.querySelectorAll(".bubble")).filter((one) => one.textContent.startsWith(text)).pop();
  if (!found) return false;
  const view = document.getElementById("talk").getBoundingClientRect();
  const box = found.closest("li").getBoundingClientRect();
  return box.top >= view.top - 1 && (whole ? box.bottom : box.top + 30) <= view.bottom + 1;
}"""
RESTS = """() => new Promise((done) => {
  const talk = document.getElementById("talk");
  let top = -1;
  let calm = 0;
  const look = () => {
    calm = talk.scrollTop === top ? calm + 1 : 0;
    top = talk.scrollTop;
    if (calm === 6) done(top);
    else requestAnimationFrame(look);
  };
  look();
})"""
TOP = "() => document.getElementById('talk').scrollTop"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"), reason="Chromium is not installed here"
    ),
]


def _picture(height: int) -> bytes:
    """A grey picture, 200 pixels wide."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\x80" * 200) * height)
    header = struct.pack(">IIBBBBB", 200, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module", params=SIZES, ids=["desk", "phone"])
async def house(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with open_house(browser, request.param, calm=True) as made:
        yield made


async def writes(house: House, text: str) -> None:
    before = await house.page.get_by_text("✓ đã nhận").count()
    await house.page.get_by_label("Tin nhắn").fill(text)
    await house.page.get_by_label("Tin nhắn").press("Enter")
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(before + 1)


async def sees_start(house: House, text: str) -> None:
    """Wait until the first line of the message is in view."""
    await house.page.wait_for_function(IN_VIEW, arg=[text, False], timeout=10_000)


async def sees_whole(house: House, text: str) -> None:
    await house.page.wait_for_function(IN_VIEW, arg=[text, True], timeout=10_000)


async def is_there(house: House, text: str) -> None:
    """Wait until the message is in the list and nothing moves."""
    await expect(house.page.locator(".line:not(.mine) .bubble", has_text=text).last).to_be_attached()
    await house.page.evaluate(RESTS)


async def scrolls_up(house: House) -> float:
    """Scroll up as a reader does, away from everything new; the place where they are now."""
    await house.page.locator("#talk").hover()
    await house.page.mouse.wheel(0, -5000)
    await house.page.wait_for_function("() => document.getElementById('talk').scrollTop === 0")
    await house.page.mouse.wheel(0, 60)
    await house.page.wait_for_function("() => document.getElementById('talk').scrollTop === 60")
    await house.page.evaluate(RESTS)
    return float(await house.page.evaluate(TOP))


async def test_a_long_answer_is_shown_from_its_first_line_under_the_question(house):
    await writes(house, "Tui làm khoai deo thì có được tham gia không?")
    await house.says(Message(LONG, (Choice("Đăng ký ý tưởng", "/dangky"),)))

    await sees_start(house, "Dòng 1 của")
    await sees_whole(house, "Tui làm khoai deo")


async def test_a_short_answer_is_shown_whole_with_its_buttons(house):
    await writes(house, "Câu hỏi đầu")
    await house.says(Message(LONG))
    await writes(house, "Câu hỏi sau")
    await house.says(Message("Đúng không ạ?", (Choice("Đúng", "=k:1"), Choice("Sửa lại", "=k:2"))))

    await sees_whole(house, "Đúng không ạ?")
    await expect(house.page.get_by_role("button", name="Sửa lại")).to_be_in_viewport(ratio=1)


async def test_an_answer_in_several_messages_is_shown_from_the_first(house):
    await writes(house, "Câu hỏi")
    for start in ("Thứ nhất", "Thứ hai", "Thứ ba"):
        await house.says(Message("\n".join((start, *LONG.split("\n")[:12]))))
    await is_there(house, "Thứ ba")

    await sees_start(house, "Thứ nhất")
    await sees_whole(house, "Câu hỏi")


async def test_a_reload_shows_the_start_of_the_answer_again(house):
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await house.says(Message("Tin sau cùng"))
    await is_there(house, "Tin sau cùng")
    await house.page.reload()
    await is_there(house, "Tin sau cùng")

    await sees_start(house, "Dòng 1 của")
    await sees_whole(house, "Câu hỏi")


async def test_a_browser_that_remembers_nothing_shows_the_start_of_the_newest_message(house):
    await writes(house, "Câu hỏi")
    await house.says(Message("Tin đầu"))
    await house.says(Message("Tin mới nhất\n" + LONG))
    await is_there(house, "Tin mới nhất")
    await house.page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('ocop-chat:'))"
        ".forEach((key) => localStorage.removeItem(key))"
    )
    await house.page.reload()
    await expect(house.page.locator("#chat")).to_have_attribute("data-state", "ready")
    await is_there(house, "Tin mới nhất")

    await sees_start(house, "Tin mới nhất")


async def test_what_came_while_the_page_was_closed_is_shown_from_its_start(house):
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await is_there(house, "Dòng 60")
    address = house.page.url
    await house.page.goto("about:blank")
    await house.says(Message("Nhắc hạn thứ Sáu\n" + LONG))
    await house.says(Message("Thêm một tin"))
    await house.page.goto(address)
    await is_there(house, "Thêm một tin")

    await sees_start(house, "Nhắc hạn thứ Sáu")


async def test_a_late_message_is_shown_from_its_own_start(house):
    await house.page.clock.install()
    await house.page.reload()
    await expect(house.page.locator("#chat")).to_have_attribute("data-state", "ready")
    await writes(house, "Câu hỏi")
    await house.says(Message("Câu trả lời ngắn"))
    await sees_whole(house, "Câu trả lời ngắn")
    await house.page.clock.fast_forward(A_WHILE)
    await house.says(Message("Thông báo 1/2021\n" + LONG))

    await sees_start(house, "Thông báo 1/2021")
    await house.page.clock.fast_forward(A_WHILE)
    await house.page.locator("#talk").press("End")
    await sees_bottom(house)
    await house.page.clock.fast_forward(A_WHILE)
    await house.says(Message("Thông báo 2/2021\n" + LONG))
    await sees_start(house, "Thông báo 2/2021")


async def sees_bottom(house: House) -> None:
    await house.page.wait_for_function(
        "() => { const t = document.getElementById('talk'); return t.scrollHeight - t.scrollTop - t.clientHeight < 2; }"
    )
    await house.page.evaluate(RESTS)


async def test_a_late_message_does_not_tear_the_reader_from_a_long_answer(house):
    await house.page.clock.install()
    await house.page.reload()
    await expect(house.page.locator("#chat")).to_have_attribute("data-state", "ready")
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await sees_start(house, "Dòng 1 của")
    await house.page.clock.fast_forward(A_WHILE)
    await house.says(Message("Nhắc hạn"))
    await is_there(house, "Nhắc hạn")

    await sees_start(house, "Dòng 1 của")
    await house.page.get_by_role("button", name="Tin mới").click()
    await sees_whole(house, "Nhắc hạn")
    await expect(house.page.locator("#newer")).to_be_hidden()


async def test_a_reader_who_scrolled_up_stays_and_a_button_leads_to_what_is_new(house):
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await house.says(Message("Tin cuối"))
    await is_there(house, "Tin cuối")
    await sees_start(house, "Dòng 1 của")
    before = await scrolls_up(house)
    await house.says(Message("Tin mới tới đây\n" + LONG))
    await house.says(Message("Và một tin nữa"))
    await is_there(house, "Và một tin nữa")

    assert await house.page.evaluate(TOP) == before
    newer = house.page.get_by_role("button", name="Tin mới")
    box = await newer.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    await newer.focus()
    await house.page.keyboard.press("Enter")
    await sees_start(house, "Tin cuối")
    await expect(house.page.locator("#talk")).to_be_focused()


async def test_the_sign_that_an_answer_is_being_written_moves_no_reader(house):
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await is_there(house, "Dòng 60")
    before = await scrolls_up(house)
    await house.channel.noticed(house.inbox.said()[-1])
    await house.page.wait_for_function("() => !document.getElementById('typing').hidden")
    await house.page.evaluate(RESTS)

    assert await house.page.evaluate(TOP) == before


async def test_whoever_reads_with_the_keyboard_is_left_there(house):
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await sees_start(house, "Dòng 1 của")
    talk = house.page.locator("#talk")
    await talk.press("PageDown")
    await house.page.wait_for_function("() => document.getElementById('talk').scrollTop > 200")
    await house.page.evaluate(RESTS)
    before = await house.page.evaluate(TOP)
    await house.says(Message("Tin tới sau"))
    await is_there(house, "Tin tới sau")

    assert await house.page.evaluate(TOP) == before
    await house.page.keyboard.press("Tab")
    for _ in range(8):
        if await house.page.evaluate("document.activeElement.id") == "newer":
            break
        await house.page.keyboard.press("Tab")
    await house.page.keyboard.press("Enter")
    await sees_whole(house, "Tin tới sau")


async def test_ones_own_line_leads_to_the_end_from_everywhere(house):
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await is_there(house, "Dòng 60")
    await scrolls_up(house)
    await writes(house, "Câu hỏi khác")

    await sees_whole(house, "Câu hỏi khác")


async def test_a_picture_that_comes_late_does_not_push_the_start_away(house):
    gate = asyncio.Event()

    async def late(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await house.page.route("**/chat/file/*", late)
    await writes(house, "Câu hỏi")
    files = {"k1": _picture(300), "k2": _picture(300), "k3": _picture(300)}
    await house.says(Message("Mẫu nhãn đây ạ\n" + LONG[:300], (), (Attachment("photo", "k1", "a.png"),)), files)
    for key in ("k2", "k3"):
        await house.says(Message("Mẫu khác", (), (Attachment("photo", key, "b.png"),)), files)
    await is_there(house, "Mẫu khác")
    gate.set()
    await house.page.wait_for_function(
        "() => Array.from(document.images).filter((one) => one.complete && one.naturalHeight === 300).length === 3"
    )
    await house.page.evaluate(RESTS)

    await sees_start(house, "Mẫu nhãn đây")
    await sees_whole(house, "Câu hỏi")


async def test_a_picture_that_comes_late_above_moves_no_reader(house):
    gate = asyncio.Event()

    async def late(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await house.page.route("**/chat/file/*", late)
    await writes(house, "Câu hỏi")
    await house.says(Message("Ảnh", (), (Attachment("photo", "k1", "a.png"),)), {"k1": _picture(300)})
    await house.says(Message(LONG))
    await is_there(house, "Dòng 60")
    talk = house.page.locator("#talk")
    await talk.hover()
    await house.page.mouse.wheel(0, 500)
    await house.page.wait_for_function("() => document.getElementById('talk').scrollTop > 400")
    await house.page.evaluate(RESTS)
    where = "() => Array.from(document.querySelectorAll('.bubble')).pop().getBoundingClientRect().top"
    before = await house.page.evaluate(where)
    gate.set()
    await house.page.wait_for_function("() => Array.from(document.images).every((one) => one.naturalHeight === 300)")
    await house.page.evaluate(RESTS)

    assert abs(await house.page.evaluate(where) - before) <= 1


async def test_a_message_changed_by_a_press_is_shown_from_its_start(house):
    await writes(house, "Câu hỏi")
    await house.says(Message("Chọn xã", (Choice("Cảnh Dương", "=k:1"),)))
    await house.page.get_by_role("button", name="Cảnh Dương").click()
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(2)
    await house.says(Message("Xã Cảnh Dương\n" + LONG, replaces="1"))
    await is_there(house, "Xã Cảnh Dương")

    await sees_start(house, "Xã Cảnh Dương")


async def test_a_message_changed_elsewhere_moves_no_reader(house):
    await writes(house, "Câu hỏi")
    await house.says(Message("Đã gửi 10/40"))
    await house.says(Message(LONG))
    await house.says(Message("Tin cuối"))
    await is_there(house, "Tin cuối")
    await scrolls_up(house)
    await house.says(Message("Đã gửi 40/40", replaces="1"))
    await is_there(house, "Đã gửi 40/40")

    assert await house.page.evaluate(TOP) == 60


async def test_the_way_to_a_new_message_is_no_glide_where_motion_is_reduced(house):
    await writes(house, "Câu hỏi")
    await house.says(Message(LONG))
    await sees_start(house, "Dòng 1 của")
    await house.page.evaluate(
        "() => { window.tops = new Set();"
        " const t = document.getElementById('talk');"
        " t.addEventListener('scroll', () => tops.add(t.scrollTop)); }"
    )
    await writes(house, "Câu hỏi khác")
    await house.says(Message("Câu trả lời"))
    await sees_whole(house, "Câu trả lời")
    places = await house.page.evaluate("() => tops.size")

    assert places <= 4  # one's own line, the sign of an answer shown and hidden, the answer


async def test_a_glide_ends_at_the_start_of_the_answer(browser):
    async with open_house(browser, SIZES[1]) as house:
        await writes(house, "Câu hỏi đầu")
        await house.says(Message(LONG[:900]))
        await is_there(house, "Dòng 1 của")
        await writes(house, "Câu hỏi sau")
        await house.says(Message("Trả lời sau\n" + LONG))
        await house.says(Message("Tin kèm"))
        await is_there(house, "Tin kèm")

        await sees_start(house, "Trả lời sau")
        await sees_whole(house, "Câu hỏi sau")
