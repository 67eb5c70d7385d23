"""The chat page in a real browser: what a person sees, on a phone of 360 pixels."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from content.message import BOLD, PLAIN, Attachment, Choice, Message
from registry.store.store import StoreRefusesError

from .conftest import NOW, _png
from .webchat_house import CHROMIUM, House, chromium, open_house

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"), reason="Chromium is not installed here"
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def house(browser: Browser) -> AsyncIterator[House]:
    async with open_house(browser, (360, 640)) as made:
        yield made


async def begin(house: House) -> None:
    await house.page.get_by_role("button", name="Bắt đầu").click()
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(1)


async def test_a_first_visit_begins_with_one_button_and_what_is_typed_follows(house):
    await begin(house)
    await house.page.get_by_label("Tin nhắn").fill("Đăng ký <b>ý tưởng</b>")
    await house.page.keyboard.press("Enter")
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(2)

    assert house.heard() == [("text", "/start"), ("text", "Đăng ký <b>ý tưởng</b>")]
    await expect(house.page.locator(".mine .bubble").last).to_have_text("Đăng ký <b>ý tưởng</b>")


async def test_words_are_shown_as_words_and_bold_as_bold(house):
    await begin(house)
    await house.says(Message(f"Chậm nhất {BOLD}thứ Sáu{PLAIN} <img src=x onerror=alert(1)>"))

    bubble = house.page.locator(".line:not(.mine) .bubble").last
    await expect(bubble).to_have_text("Chậm nhất thứ Sáu <img src=x onerror=alert(1)>")
    await expect(bubble.locator("strong")).to_have_text("thứ Sáu")
    await expect(bubble.locator("img")).to_have_count(0)


async def test_a_button_is_large_enough_and_its_press_is_heard(house):
    await begin(house)
    await house.says(Message("Đúng không ạ?", (Choice("Đúng", "=k1:yes"), Choice("Sửa lại", "=k1:no"))))
    tap = house.page.get_by_role("button", name="Đúng")
    box = await tap.bounding_box()
    await tap.click()
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(2)

    assert box is not None
    assert (box["height"] >= 44, box["width"] >= 44) == (True, True)
    assert house.heard()[-1] == ("press", "=k1:yes")
    assert house.inbox.said()[-1].pressed == "1"


async def test_nothing_is_wider_than_a_small_phone(house):
    await begin(house)
    choices = tuple(Choice(f"Xã Cảnh Dương, gồm thôn số {n} và các thôn bên cạnh", f"=k:{n}") for n in range(30))
    await house.says(Message("mộttừrấtdài" * 30, choices))
    await expect(house.page.get_by_role("button", name="thôn số 29")).to_have_count(1)

    assert await house.page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_what_was_not_stored_can_be_sent_again_by_hand(house):
    await begin(house)
    house.inbox.refuses = StoreRefusesError("disk full")
    await house.page.get_by_label("Tin nhắn").fill("Nước mắm")
    await house.page.keyboard.press("Enter")
    again = house.page.get_by_role("button", name="Gửi lại")
    await expect(again).to_be_visible()
    house.inbox.refuses = None
    await again.click()
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(2)

    assert house.heard()[-1] == ("text", "Nước mắm")


async def test_after_a_restart_the_page_comes_back_by_itself_and_shows_what_it_missed(house):
    await begin(house)
    port = house.server.port
    await house.stop()
    await house.page.get_by_label("Tin nhắn").fill("Viết khi mất mạng")
    await house.page.keyboard.press("Enter")
    await house.says(Message("Nhắc hạn"))
    await house.start(port)

    await expect(house.page.get_by_text("Nhắc hạn", exact=True)).to_be_visible(timeout=15_000)
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(2, timeout=15_000)
    assert house.heard()[-1] == ("text", "Viết khi mất mạng")


async def test_a_reload_shows_the_conversation_and_says_nothing_twice(house):
    await begin(house)
    await house.says(Message("Chào chị"))
    await expect(house.page.get_by_text("Chào chị")).to_be_visible()
    await house.page.reload()
    await expect(house.page.locator("#chat")).to_have_attribute("data-state", "ready")

    await expect(house.page.get_by_text("Chào chị")).to_have_count(1)
    assert len(house.inbox.raw) == 1


async def test_a_message_changed_in_place_stays_where_it_was(house):
    await begin(house)
    await house.says(Message("Chọn xã", (Choice("Cảnh Dương", "=k:1"),)))
    await house.page.get_by_role("button", name="Cảnh Dương").click()
    await house.says(Message("Đã chọn Cảnh Dương", replaces="1"))

    await expect(house.page.locator(".line:not(.mine) .bubble")).to_have_text(["Đã chọn Cảnh Dương"])
    await expect(house.page.get_by_role("button", name="Cảnh Dương")).to_have_count(0)


async def test_a_photo_is_uploaded_and_sent(house):
    await begin(house)
    picture = {"name": "nhan.png", "mimeType": "image/png", "buffer": _png()}
    await house.page.locator("#file").set_input_files([picture])
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(2)

    assert [file.content for _, file in house.files.kept.values()] == [_png()]
    assert house.inbox.said()[-1].files[0].mime == "image/png"
    await expect(house.page.locator(".mine img")).to_be_visible()


async def test_a_paper_is_offered_for_download(house):
    await begin(house)
    await house.says(Message("Phiếu", attachments=(Attachment("document", "k1", "Phiếu.pdf"),)), {"k1": b"%PDF-1.7"})
    async with house.page.expect_download() as download:
        await house.page.get_by_role("link", name="Phiếu.pdf").click()

    assert (await (await download.value).path()).read_bytes() == b"%PDF-1.7"


async def test_two_people_sit_side_by_side_in_the_demo(house):
    mai, loi = (house.sessions.issue(name) for name in ("mai", "loi"))
    other = await house.page.context.new_page()
    for page, session in ((house.page, mai), (other, loi)):
        await page.goto(str(house.server.make_url(f"/chat?session={session}")))
        await expect(page.locator("#chat")).to_have_attribute("data-state", "ready")
        await page.get_by_role("button", name="Bắt đầu").click()
        await expect(page.get_by_text("✓ đã nhận")).to_have_count(1)

    assert [said.account for said in house.inbox.said()] == [house.sessions.account(mai), house.sessions.account(loi)]
    assert all(said.at == NOW for said in house.inbox.said())


async def test_a_link_with_a_payload_begins_at_once_and_only_once(house):
    await house.page.goto(str(house.server.make_url("/chat?start=xa_18853")))
    await expect(house.page.get_by_text("✓ đã nhận")).to_have_count(1)
    await house.page.reload()
    await expect(house.page.locator("#chat")).to_have_attribute("data-state", "ready")

    assert house.heard() == [("text", "/start xa_18853")]
