"""The page of the demo in a real browser: what a visitor sees at each of the five buttons."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, async_playwright, expect

from bot.demo.serving import open_demo
from bot.demo.stage import Demo
from bot.serving.configuration import Settings
from bot.settings.settings import ClockStart, Server
from content.message import Message

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PACK = "quang-binh-2021"
PATIENCE = 40_000
NAMES = {"Telegram": "telegram", "Zalo": "zalo_oa"}
IN_VIEW = """(text) => {
  const talk = document.getElementById("talk");
  const found = Array.from(document.querySelectorAll(".bubble")).filter((one) => one.textContent.includes(text)).pop();
  if (!found || !talk.clientHeight) return false;
  const view = talk.getBoundingClientRect();
  const top = found.getBoundingClientRect().top;
  return top >= view.top - 1 && top + 30 <= view.bottom;
}"""
"""Whether the first line of a bubble is in view."""
CUT = (
    "[...document.querySelectorAll('body *')].filter(one => one.offsetParent && !one.children.length"
    " && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')"
    ".map(one => one.textContent)"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"), reason="Chromium is not installed here"
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


@dataclass
class Visit:
    demo: Demo
    page: Page

    @property
    def phone(self) -> FrameLocator:
        return self.page.frame_locator("#frame-producer")

    @property
    def office(self) -> FrameLocator:
        return self.page.frame_locator("#frame-office")

    async def sees_start(self, frame: str, text: str) -> None:
        """Wait until the first line of a bubble in that frame is in view."""
        shown = await (await self.page.locator(frame).element_handle()).content_frame()
        assert shown is not None
        await shown.wait_for_function(IN_VIEW, arg=text, timeout=PATIENCE)

    async def guide(self, number: int) -> None:
        button = self.page.locator(f'[data-guide="{number}"]')
        await expect(button).to_be_enabled(timeout=PATIENCE)
        await button.click()
        await expect(button).to_be_disabled()
        await expect(button).to_be_enabled(timeout=PATIENCE)


async def _visit(browser: Browser, folder: Path, width: int, height: int) -> AsyncIterator[Visit]:
    settings = Settings(pack=PACK, data_dir=folder / PACK, server=Server(port=0), clock=ClockStart(start="2021-06-01"))
    async with open_demo(settings, pace=0.02) as (demo, address):
        context = await browser.new_context(locale="vi-VN", viewport={"width": width, "height": height})
        page = await context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
        await page.goto(f"{address}/")
        await expect(page.locator("body")).to_have_attribute("data-ready", "true")
        await expect(page.frame_locator("#frame-producer").locator("#chat")).to_have_attribute("data-state", "ready")
        yield Visit(demo, page)
        await context.close()
        assert troubles == []


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser, tmp_path: Path) -> AsyncIterator[Visit]:
    async for visit in _visit(browser, tmp_path, 1366, 768):
        yield visit


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser, tmp_path: Path) -> AsyncIterator[Visit]:
    async for visit in _visit(browser, tmp_path, 390, 844):
        yield visit


async def test_the_five_buttons_tell_the_whole_story_on_two_screens(desk: Visit):
    page = desk.page
    await expect(page.locator(".banner")).to_contain_text("Bản trình diễn, dữ liệu mẫu, 01/06/2021")
    await expect(page.locator(".step.now")).to_contain_text("Tuyên truyền")

    await desk.guide(1)
    await expect(desk.phone.locator(".mine .bubble").last).to_have_text(
        "Tui làm khoai deo nhỏ lẻ thì có được tham gia OCOP không?"
    )
    await expect(desk.phone.locator(".line:not(.mine) .bubble").last).to_contain_text("Nguồn:")

    await desk.guide(2)
    await expect(page.locator("#code")).to_contain_text("Mã YT-2021-")
    await expect(page.locator(".step.now")).to_contain_text("Đăng ký ý tưởng")
    await expect(desk.phone.locator(".line:not(.mine) .bubble").last).to_contain_text("Em đã bật nhắc việc")
    await expect(desk.office.locator(".bubble").last).to_contain_text("Có ý tưởng mới: Khoai deo Hải Ninh")

    await desk.guide(3)
    await expect(page.locator(".step.now")).to_contain_text("Kế hoạch kinh doanh")
    await expect(desk.phone.locator(".bubble").last).to_contain_text("Mừng chị!")
    await expect(desk.office.locator(".tap.pressed", has_text="Chấp nhận")).to_have_count(1)

    await desk.guide(4)
    await expect(page.locator(".banner")).to_contain_text("08/06/2021")
    await expect(desk.phone.locator(".bubble").last).to_contain_text("Còn 29 ngày là hết hạn nộp kế hoạch kinh doanh")
    await expect(page.locator("#arrived")).to_contain_text("Nhắc hạn → Nguyễn Thị Mẫu")

    await desk.guide(5)
    await expect(page.locator("#caption-vi")).to_contain_text("Đã tới 2 người ở xã Hải Ninh; không tới")
    await expect(desk.phone.locator(".bubble").last).to_contain_text("Thông báo 1/2021")
    neighbour, stranger = (page.get_by_role("button", name=name) for name in ("Hoàng Văn Biển", "Phạm Văn Mắm"))
    await expect(neighbour.locator(".fresh")).to_have_text("1")
    await expect(stranger.locator(".fresh")).to_have_count(0)

    await neighbour.click()
    await expect(desk.office.locator(".bubble")).to_contain_text(["Thông báo 1/2021"])
    await stranger.click()
    await expect(desk.office.locator("#welcome")).to_be_visible()
    await expect(desk.office.locator(".bubble")).to_have_count(0)


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desk", "phone"])
async def test_the_first_button_shows_the_start_of_the_answer_under_the_question(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
):
    async for visit in _visit(browser, tmp_path, *size):
        await visit.guide(1)

        await visit.sees_start("#frame-producer", "Chủ thể, tức là người làm ra sản phẩm")
        await visit.sees_start("#frame-producer", "Tui làm khoai deo nhỏ lẻ")
        await visit.page.reload()
        await visit.sees_start("#frame-producer", "Chủ thể, tức là người làm ra sản phẩm")


@pytest.mark.parametrize("channel", ["Telegram", "Zalo"])
@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desk", "phone"])
async def test_telegram_and_zalo_show_the_start_of_an_answer_and_leave_a_reader_alone(
    browser: Browser, tmp_path: Path, size: tuple[int, int], channel: str
):
    async for visit in _visit(browser, tmp_path, *size):
        page, shown = visit.page, visit.page.frame_locator("#frame-phone")
        await page.get_by_role("button", name=channel).click()
        await shown.get_by_role("button", name="Bắt đầu").click()
        await expect(shown.locator(".line:not(.mine)")).to_have_count(1, timeout=PATIENCE)
        for number, question in enumerate(("ai được tham gia OCOP", "hồ sơ gồm những giấy gì"), 2):
            await shown.get_by_label("Tin nhắn").fill(question)
            await page.keyboard.press("Enter")
            await expect(shown.locator(".line:not(.mine)")).to_have_count(number, timeout=PATIENCE)
            await visit.sees_start("#frame-phone", question)
        answer = await shown.locator(".line:not(.mine) .bubble").last.inner_text()
        await visit.sees_start("#frame-phone", answer[:20])

        talk = shown.locator("#talk")
        await talk.press("Home")
        await expect(shown.locator(".line").first).to_be_in_viewport()
        stage = visit.demo.stage
        assert stage is not None
        name = NAMES[channel]
        account = stage.guide.producer.accounts[name]
        await stage.assembly.channels[name].send(account, Message("Tin tới sau"), {})
        await expect(shown.locator("#newer")).to_be_visible(timeout=PATIENCE)
        await expect(shown.locator(".line").first).to_be_in_viewport()
        await shown.locator("#newer").press("Enter")
        await visit.sees_start("#frame-phone", "Tin tới sau")
        await expect(shown.locator("#newer")).to_be_hidden()


async def test_a_visitor_chats_freely_and_finds_both_sides_again_after_a_reload(desk: Visit):
    await desk.phone.get_by_role("button", name="Bắt đầu").click()
    await desk.phone.get_by_label("Tin nhắn").fill("nước mắm thì sao")
    await desk.page.keyboard.press("Enter")
    await expect(desk.phone.locator(".line:not(.mine)")).to_have_count(2, timeout=PATIENCE)
    await desk.page.evaluate("localStorage.clear()")
    await desk.page.reload()

    await expect(desk.phone.locator(".mine .bubble")).to_have_text(["/start", "nước mắm thì sao"])
    await expect(desk.phone.locator(".line")).to_have_count(4)


async def test_a_draft_goes_over_from_telegram_to_zalo_by_a_tab_and_a_press(desk: Visit):
    page, shown = desk.page, desk.page.frame_locator("#frame-phone")
    await page.get_by_role("button", name="Telegram").click()
    await shown.get_by_role("button", name="Bắt đầu").click()
    await shown.get_by_role("button", name="Đăng ký ý tưởng").click()
    await shown.get_by_role("button", name="Đồng ý").click()
    await expect(shown.locator(".bubble").last).to_contain_text("Câu 1/7", timeout=PATIENCE)
    await shown.get_by_label("Tin nhắn").fill("Khoai deo Hải Ninh")
    await page.keyboard.press("Enter")
    await expect(shown.locator(".mine .bubble").last).to_contain_text("Khoai deo Hải Ninh")
    await expect(shown.locator(".line:not(.mine) .bubble").last).to_contain_text("Câu 2/7", timeout=PATIENCE)
    await expect(shown.locator(".key.pressed")).to_have_text(["Đăng ký ý tưởng", "Đồng ý"])

    await page.get_by_role("button", name="Zalo").click()
    await expect(page.locator("#standing-vi")).to_contain_text("Còn 47 giờ nhắn miễn phí")
    await page.get_by_role("button", name="Bản nháp đang dở").click()
    await expect(shown.locator(".bubble").last).to_contain_text("Câu 2/7", timeout=PATIENCE)
    await shown.get_by_role("button", name="Sản phẩm mới").click()
    await expect(shown.locator(".bubble").last).to_contain_text("7. Để sau", timeout=PATIENCE)
    await expect(shown.locator(".line").last.locator(".key")).to_have_count(5)

    await page.get_by_role("button", name="Web", exact=True).click()
    await expect(desk.phone.locator("#welcome")).to_be_visible()
    await expect(page.locator("#frame-phone")).to_be_hidden()


async def test_no_name_and_no_word_on_the_page_is_cut_off(desk: Visit):
    await expect(desk.page.get_by_role("button", name="Hoàng Văn Biển")).to_be_visible()

    assert await desk.page.evaluate(CUT) == []


async def test_everything_is_reached_with_the_keyboard(desk: Visit):
    seen: list[str] = []
    await desk.page.locator("body").press("Tab")
    for _ in range(40):
        held = (
            "document.activeElement.id || document.activeElement.dataset.guide || document.activeElement.dataset.pack"
        )
        seen.append(str(await desk.page.evaluate(f"{held} || document.activeElement.dataset.person || ''")))
        if seen[-1] == "2":
            await desk.page.keyboard.press("Enter")
            break
        await desk.page.keyboard.press("Tab")
    await expect(desk.page.locator("#code")).to_contain_text("YT-2021-", timeout=PATIENCE)

    assert {PACK, "quang-tri-2026", "reset", "1", "2"} <= set(seen)


async def test_the_other_pack_and_beginning_again_are_one_press_each(desk: Visit):
    await desk.guide(1)
    await desk.page.get_by_role("button", name="OCOP Quảng Trị 2026").click()
    await expect(desk.page.locator(".banner")).to_contain_text("15/09/2026", timeout=PATIENCE)
    await expect(desk.phone.locator("#welcome")).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Xã Ninh Châu").first).to_be_visible()
    await desk.page.get_by_role("button", name="OCOP Quảng Bình 2021").click()
    await expect(desk.phone.locator(".mine .bubble")).to_have_count(2, timeout=PATIENCE)
    desk.page.on("dialog", lambda asked: asked.accept())
    await desk.page.get_by_role("button", name="Làm lại từ đầu").click()

    await expect(desk.phone.locator("#welcome")).to_be_visible(timeout=PATIENCE)
    await expect(desk.page.locator(".step.now")).to_contain_text("Tuyên truyền")


async def test_on_a_phone_the_screens_take_turns_and_nothing_is_wider_than_it(phone: Visit):
    page = phone.page
    await phone.guide(1)
    await expect(page.locator("#side-producer")).to_be_visible()
    await expect(page.locator("#side-office")).to_be_hidden()
    await phone.guide(3)
    await expect(page.locator("#side-office")).to_be_visible()
    await expect(page.locator("#side-producer")).to_be_hidden()
    await expect(page.locator('.view[data-view="producer"] .fresh')).to_be_visible()
    await page.get_by_role("button", name="Điện thoại của bà con").click()
    await expect(phone.phone.locator(".bubble").last).to_be_in_viewport()
    await page.get_by_role("button", name="Zalo").click()
    await expect(page.frame_locator("#frame-phone").get_by_role("button", name="Bắt đầu")).to_be_in_viewport()

    await page.get_by_role("button", name="Màn hình cán bộ").click()
    await expect(page.get_by_role("button", name="Trần Văn Huyện")).to_be_visible()
    assert await page.evaluate(CUT) == []
    widths = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths == [390, 390]
    small = await page.evaluate(
        "[...document.querySelectorAll('button, a')].filter(one => one.offsetParent && one.offsetHeight < 40)"
        ".map(one => one.textContent)"
    )
    assert small == []


async def test_on_a_phone_what_comes_by_itself_is_shown_when_its_screen_is_looked_at(phone: Visit):
    for number in (1, 3):
        await phone.guide(number)
    await expect(phone.page.locator("#side-producer")).to_be_hidden()
    await phone.page.get_by_role("button", name="Điện thoại của bà con").click()

    await phone.sees_start("#frame-producer", "Mừng chị!")


async def test_on_a_phone_the_further_buttons_are_at_hand_after_the_five(phone: Visit):
    await phone.guide(5)
    await expect(phone.page.locator('[data-guide="6"]')).not_to_be_in_viewport()
    for number in (1, 4):
        await phone.guide(number)
    await phone.page.evaluate("window.scrollTo(0, 400)")

    for number in (6, 7, 8):
        await expect(phone.page.locator(f'[data-guide="{number}"]')).to_be_in_viewport(ratio=1)
    await phone.guide(6)
    await expect(phone.page.locator("#caption-vi")).to_be_in_viewport(ratio=1)
    await phone.sees_start("#frame-producer", "là hết hạn nộp kế hoạch kinh doanh")
