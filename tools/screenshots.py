"""
Make the pictures of docs/images from the demo: `make screenshots`.

The demo runs on a free port, with its data in a temporary folder, and this script presses the guide's buttons
like a visitor.  Needs Chromium.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.async_api import Browser, Page, async_playwright  # noqa: E402  the house is below its path

from bot.commands.serving import DEMO_PACK, demo_settings  # noqa: E402
from bot.demo.people import Player  # noqa: E402
from bot.demo.serving import open_demo  # noqa: E402
from bot.demo.stage import Demo  # noqa: E402
from bot.serving.configuration import Settings  # noqa: E402
from content.papers.papers import paper_png  # noqa: E402
from handlers.dangky.paper import idea_paper  # noqa: E402

IMAGES = ROOT / "docs" / "images"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
DESKTOP = (1366, 900)
PHONE = (390, 844)
LONG = (390, 1560)
PACE = 0.02
"""Seconds between two lines of the guide: no person reads along."""
STEP_MILLISECONDS = 60_000
SETTLES_MILLISECONDS = 1_500
"""The page polls the state."""
PAPER_PPI = 96


class NoPictureError(Exception):
    """A picture could not be made; the earlier ones are new, the others unchanged."""


def browser_path() -> str:
    """The system's Chromium."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise NoPictureError("There is no Chromium. No picture was made. Install it: sudo apt-get install chromium")
    return found


async def opened_page(browser: Browser, address: str, size: tuple[int, int], *, sharp: float = 1) -> Page:
    """A page of this size, in Vietnamese, with its fonts there."""
    context = await browser.new_context(
        locale="vi-VN", viewport={"width": size[0], "height": size[1]}, device_scale_factor=sharp
    )
    page = await context.new_page()
    await page.goto(address)
    await page.evaluate("document.fonts.ready")
    return page


async def press(page: Page, number: int) -> None:
    """Press a button of the guide; the request of the page is answered when the act has ended."""
    async with page.expect_response(f"**/demo/guide/{number}", timeout=STEP_MILLISECONDS) as answered:
        await page.locator(f'[data-guide="{number}"]').click()
    answer = await answered.value
    if not answer.ok or not (await answer.json())["done"][number - 1]:
        raise NoPictureError(f"Button {number} of the guide did not do what it is for. Look at the lines above.")
    await page.wait_for_timeout(SETTLES_MILLISECONDS)


def made(name: str) -> None:
    """Print the name of a finished picture."""
    sys.stdout.write(f"{(IMAGES / name).relative_to(ROOT)}\n")


async def picture(page: Page, name: str) -> None:
    """Take a picture of the visible page."""
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=IMAGES / name, animations="disabled")
    made(name)


async def paper(demo: Demo, name: str) -> None:
    """The paper of the idea that was just registered, as the producer gets it."""
    stage = demo.stage
    product = await stage.guide.product() if stage is not None else None
    if stage is None or product is None:
        raise NoPictureError("No idea was registered in the demo, so there is no paper.")
    house = stage.assembly.house
    day = product.submitted_at.astimezone(house.zone).date()
    filled = await asyncio.to_thread(
        paper_png, idea_paper(house, product, day=day), house.pack.papers, page=1, ppi=PAPER_PPI
    )
    await asyncio.to_thread((IMAGES / name).write_bytes, filled)
    made(name)


async def close_up(browser: Browser, address: str, who: Player, name: str, size: tuple[int, int] = PHONE) -> None:
    """The end of one person's conversation, on a phone."""
    page = await opened_page(browser, f"{address}/chat?session={quote(who.session)}", size)
    await page.locator('#chat[data-state="ready"]').wait_for()
    await page.wait_for_timeout(SETTLES_MILLISECONDS)
    await page.locator("#talk").evaluate("talk => { talk.scrollTop = talk.scrollHeight; }")
    await picture(page, name)
    await page.context.close()


async def type_on(page: Page, demo: Demo, phone: str, *texts: str) -> None:
    """Type into the producer's Telegram or Zalo on the page; each is answered before the next."""
    if demo.stage is None:
        raise NoPictureError("The demo has no stage.")
    await page.locator(f'.tab[data-phone="{phone}"]').click()
    chat = page.frame_locator("#frame-phone")
    for text in texts:
        await chat.locator("#words").fill(text)
        await chat.locator("#words").press("Enter")
        await page.wait_for_timeout(SETTLES_MILLISECONDS)
        await demo.stage.guide.settled()
        await chat.locator("#words").blur()
    await page.wait_for_timeout(SETTLES_MILLISECONDS)


async def phone_picture(browser: Browser, address: str, phone: str, name: str) -> None:
    """The end of the producer's chat on Telegram or Zalo."""
    page = await opened_page(browser, f"{address}/demo/phone/{phone}", PHONE)
    await page.locator('body[data-state="ready"]').wait_for()
    await page.wait_for_timeout(SETTLES_MILLISECONDS)
    await picture(page, name)
    await page.context.close()


async def main() -> None:
    """Walk through the guide and take the pictures on the way."""
    path = browser_path()
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        for show in (walk, ladder):
            with tempfile.TemporaryDirectory() as folder:
                settings = demo_settings(Settings(), DEMO_PACK, 0, Path(folder) / DEMO_PACK)
                async with open_demo(settings, pace=PACE) as (demo, address):
                    await show(browser, demo, address)
        await browser.close()


async def walk(browser: Browser, demo: Demo, address: str) -> None:
    """Press one button after the other; after each there is something to be seen."""
    if demo.stage is None:
        raise NoPictureError("The demo has no stage.")
    producer = demo.stage.guide.producer
    official = next(one for one in demo.stage.players.values() if one.official)
    page = await opened_page(browser, address, DESKTOP)
    for number, who, name in (
        (1, producer, "ask.png"),
        (2, producer, "registered.png"),
        (3, official, "review.png"),
        (4, producer, None),
        (5, official, "announcement.png"),
    ):
        await press(page, number)
        if name is not None:
            await close_up(browser, address, who, name)
    await picture(page, "demo-desktop.png")
    small = await opened_page(browser, address, PHONE)
    await small.wait_for_timeout(SETTLES_MILLISECONDS)
    await picture(small, "demo-phone.png")
    await paper(demo, "paper-2021.png")
    await further(browser, page, demo, address)


async def further(browser: Browser, page: Page, demo: Demo, address: str) -> None:
    """Show one draft on two phones, a reminder as a Zalo template, and an approval."""
    await type_on(page, demo, "telegram", "/dangky", "Mắm ruốc Hải Ninh")
    await picture(page, "demo-telegram.png")
    await type_on(page, demo, "zalo_oa", "/tieptuc")
    await picture(page, "demo-zalo.png")
    await press(page, 6)
    await phone_picture(browser, address, "zalo_oa", "zalo-reminder.png")
    await press(page, 7)
    await press(page, 8)
    if demo.stage is not None:
        await close_up(browser, address, demo.stage.players["province_second"], "second-official.png")


async def ladder(browser: Browser, demo: Demo, address: str) -> None:
    """All the reminders of one deadline, and their end once the step is done, on one long screen."""
    if demo.stage is None:
        raise NoPictureError("The demo has no stage.")
    page = await opened_page(browser, address, DESKTOP)
    for number in (1, 2, 3, 4, 6, 6, 7):
        await press(page, number)
    await close_up(browser, address, demo.stage.guide.producer, "ladder.png", LONG)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except NoPictureError as fault:
        sys.exit(str(fault))
