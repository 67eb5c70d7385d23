"""The producer's Telegram and Zalo in the demo: the real channels before local platforms, one person, the demo's time."""

import ast
import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

import platforms
from bot.channels.telegram.settings import Telegram
from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_oa.settings import ZaloOA
from bot.demo.platforms import MEMORY
from bot.demo.stage import Demo
from tests.bot.visitor import PACK, Visitor, settings, visiting

PHONES = ("telegram", "zalo_oa")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


async def lines(visitor: Visitor, phone: str) -> list[dict[str, Any]]:
    """The lines on a phone once everything has been answered."""
    await visitor.stage.guide.settled()
    async with visitor.http.get(f"{visitor.address}/demo/phone/{phone}/lines") as answer:
        return (await answer.json())["lines"]


def words(line: dict[str, Any]) -> str:
    return "".join(piece for piece, _bold in line["words"])


def taps(line: dict[str, Any]) -> list[dict[str, Any]]:
    return [tap for row in line.get("rows", ()) for tap in row]


async def says(visitor: Visitor, phone: str, text: str) -> dict[str, Any]:
    """Type on a phone; the bot's latest answer."""
    status, _ = await visitor.press(f"/demo/phone/{phone}/say", body={"text": text})
    assert status == 200
    return (await lines(visitor, phone))[-1]


async def presses(visitor: Visitor, phone: str, label: str) -> dict[str, Any]:
    """Press the newest button that reads so; the bot's latest answer."""
    found = [
        {"entry": line["entry"], "row": row, "column": column}
        for line in await lines(visitor, phone)
        for row, keys in enumerate(line.get("rows", ()))
        for column, tap in enumerate(keys)
        if tap["label"] == label
    ]
    status, _ = await visitor.press(f"/demo/phone/{phone}/press", body=found[-1])
    assert status == 200
    return (await lines(visitor, phone))[-1]


async def begun_on_telegram(visitor: Visitor) -> dict[str, Any]:
    await says(visitor, "telegram", "/dangky")
    await presses(visitor, "telegram", "Đồng ý")
    return await says(visitor, "telegram", "Mắm ruốc Hải Ninh")


def phone_of(state: dict[str, Any], phone: str) -> dict[str, Any]:
    return next(one for one in state["phones"] if one["id"] == phone)


@dataclass
class Journey:
    """One visit from the first word to a provincial announcement, with what was seen on the way."""

    visitor: Visitor
    seen: dict[str, Any] = field(default_factory=dict)

    async def begins(self) -> None:
        visitor, seen = self.visitor, self.seen
        seen["asked on telegram"] = await begun_on_telegram(visitor)
        seen["state on telegram"] = await visitor.state()
        seen["resumed"] = await visitor.press("/demo/resume/zalo_oa")
        seen["asked on zalo"] = (await lines(visitor, "zalo_oa"))[-1]
        seen["next on zalo"] = await presses(visitor, "zalo_oa", "Sản phẩm mới")
        seen["registered"] = await visitor.guide(2)

    async def goes_on(self) -> None:
        visitor, seen = self.visitor, self.seen
        await visitor.guide(3)
        await says(visitor, "zalo_oa", "/nhacviec bat")
        seen["window open"] = phone_of(await visitor.state(), "zalo_oa")
        seen["a week later"] = await visitor.guide(4)
        seen["reminded on zalo"] = await lines(visitor, "zalo_oa")
        seen["announced"] = await visitor.guide(5)
        seen["zalo after it"] = await lines(visitor, "zalo_oa")
        seen["climbed"] = await visitor.guide(6)
        seen["finished"] = await visitor.guide(7)
        seen["wide"] = await visitor.guide(8)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def journey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with visiting(tmp_path_factory.mktemp("journey")) as visitor:
        one = Journey(visitor)
        await one.begins()
        await one.goes_on()
        yield one


@pytest.mark.xdist_group("one_visit")
@pytest.mark.asyncio(loop_scope="module")
class TestOnOneVisit:
    async def test_a_registration_begun_on_telegram_goes_on_at_the_same_question_on_zalo(self, journey: Journey):
        status, state = journey.seen["resumed"]

        assert "Câu 2/7" in words(journey.seen["asked on telegram"])
        assert not phone_of(journey.seen["state on telegram"], "telegram")["draft"]
        assert phone_of(journey.seen["state on telegram"], "zalo_oa")["draft"]
        assert (status, state["phone"]) == (200, "zalo_oa")
        assert "Mắm ruốc Hải Ninh" in words(journey.seen["asked on zalo"])
        assert "Câu 2/7" in words(journey.seen["asked on zalo"])
        assert "Câu 3/7" in words(journey.seen["next on zalo"])

    async def test_telegram_shows_bold_words_and_zalo_five_keys_with_the_whole_list_in_the_text(self, journey: Journey):
        telegram, zalo = journey.seen["asked on telegram"], journey.seen["next on zalo"]

        assert any(bold for _words, bold in telegram["words"])
        assert "1. Sản phẩm mới" not in words(telegram)
        assert [bold for _words, bold in zalo["words"]] == [False]
        assert len(taps(zalo)) == 5
        assert "7. " in words(zalo)

    async def test_the_guide_takes_up_on_the_web_what_was_begun_elsewhere(self, journey: Journey):
        product = await journey.visitor.stage.guide.product()

        assert product is not None
        assert product.product == "Mắm ruốc Hải Ninh"
        assert journey.seen["registered"]["phone"] == "webchat"

    async def test_a_week_of_silence_on_zalo_is_told_and_the_reminder_comes_by_template(self, journey: Journey):
        state, last = journey.seen["a week later"], journey.seen["reminded on zalo"][-1]

        assert journey.seen["window open"]["vi"].startswith("Còn 47 giờ nhắn miễn phí")
        assert state["phone"] == "zalo_oa"
        assert phone_of(state, "zalo_oa")["vi"].startswith("7 ngày bà con chưa nhắn")
        assert words(last).startswith("Còn 29 ngày")
        assert last["note"]["vi"] == "Mẫu đã duyệt · 216 đ"
        assert (last["day"], last["rows"]) == ("08/06/2021", [])

    async def test_what_is_not_urgent_takes_another_phone_while_zalo_is_closed(self, journey: Journey):
        assert "Đã tới 2 người" in journey.seen["announced"]["caption"]["vi"]
        assert journey.seen["zalo after it"] == journey.seen["reminded on zalo"]

    async def test_reminders_end_with_the_word_that_the_step_is_done(self, journey: Journey):
        climbed, finished = journey.seen["climbed"], journey.seen["finished"]

        assert "lời nhắc thứ 2, còn 3 lời nữa" in climbed["caption"]["vi"]
        assert climbed["date"] == "23/06/2021"
        assert "3 lời nhắc còn lại được bỏ; số lời nhắc đã tới máy: 0." in finished["caption"]["vi"]
        assert finished["date"] == "08/07/2021"

    async def test_a_provincial_announcement_leaves_with_the_word_of_a_second_official(self, journey: Journey):
        second = [line.text for line in await journey.visitor.lines("province_second") if line.mine]

        assert "tin tới 6 người trong toàn tỉnh Quảng Bình" in journey.seen["wide"]["caption"]["vi"]
        assert len(second) == 2
        assert journey.seen["wide"]["done"] == [*[True] * 8, False]

    async def test_a_provincial_announcement_ends_in_its_report_on_the_screen_of_its_author(self, journey: Journey):
        author = [line.text for line in await journey.visitor.lines("province")]

        assert "đã gửi xong: 6/6 người nhận" in author[-3]
        assert author[-2] == "Xem kết quả"
        assert "Đã nhận: 6/6" in author[-1]

    async def test_a_key_that_was_pressed_is_marked_and_one_that_is_not_there_presses_nothing(self, journey: Journey):
        shown = await lines(journey.visitor, "telegram")
        path = "/demo/phone/telegram/press"
        refused = [
            await journey.visitor.press(path, body={"entry": entry, "row": row, "column": 0})
            for entry, row in ((1, 9), (0, 0), (10_000, 0), (-1, 0))
        ]

        assert [tap["label"] for line in shown for tap in taps(line) if tap["pressed"]] == ["Đồng ý"]
        assert [status for status, _ in refused] == [404] * 4
        assert (await journey.visitor.press(path, body={"entry": "1"}))[0] == 400
        assert await lines(journey.visitor, "telegram") == shown

    async def test_a_paper_of_the_bot_can_be_opened_on_each_phone(self, journey: Journey):
        product = await journey.visitor.stage.guide.product()
        for phone in PHONES:
            await says(journey.visitor, phone, f"/phieu {product.code}")
            papers = [line for line in await lines(journey.visitor, phone) if line.get("file", "").endswith(".pdf")]
            address = f"{journey.visitor.address}/demo/phone/{phone}/file/{papers[-1]['entry']}"
            async with journey.visitor.http.get(address) as answer:
                assert (await answer.read()).startswith(b"%PDF")

    async def test_a_photo_is_shown_as_sent_and_anything_else_is_turned_away(self, journey: Journey):
        visitor = journey.visitor

        async def send(content: bytes) -> int:
            address = f"{visitor.address}/demo/phone/zalo_oa/picture"
            async with visitor.http.post(address, headers={"Origin": visitor.address}, data=content) as answer:
                return answer.status

        assert await send(PNG) == 200
        mine = [line for line in await lines(visitor, "zalo_oa") if line["mine"]][-1]
        async with visitor.http.get(f"{visitor.address}/demo/phone/zalo_oa/file/{mine['entry']}") as answer:
            assert (mine["picture"], await answer.read()) == (True, PNG)
        assert await send(b"MZ no picture") == 415

    @pytest.mark.parametrize("body", [{"text": "  "}, {}, ["x"]])
    async def test_an_empty_word_says_nothing(self, journey: Journey, body: Any):
        before = await lines(journey.visitor, "telegram")
        status, _ = await journey.visitor.press("/demo/phone/telegram/say", body=body)

        assert status == 400
        assert await lines(journey.visitor, "telegram") == before

    async def test_a_page_of_another_site_types_nothing(self, journey: Journey):
        before = await lines(journey.visitor, "telegram")
        for path in ("phone/telegram/say", "phone/telegram/press", "phone/telegram/picture", "resume/telegram"):
            status, _ = await journey.visitor.press(f"/demo/{path}", "http://evil.example", {"text": "chào"})
            assert status == 403

        assert await lines(journey.visitor, "telegram") == before

    async def test_the_chat_of_a_phone_is_saved_as_text(self, journey: Journey):
        visitor = journey.visitor
        async with visitor.http.get(f"{visitor.address}/demo/transcript?person=producer&phone=telegram") as answer:
            text = await answer.text()

        for line in ("người dùng: /dangky", "người dùng: [Đồng ý]", "người dùng: Mắm ruốc Hải Ninh"):
            assert line in text

    async def test_the_pages_of_the_phones_load_nothing_from_elsewhere(self, journey: Journey):
        for phone in PHONES:
            async with journey.visitor.http.get(f"{journey.visitor.address}/demo/phone/{phone}") as answer:
                page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
            assert "//" not in page.replace("<!doctype", "")
            assert "default-src 'none'" in policy

    async def test_both_platforms_are_on_this_machine_and_had_nothing_to_object_to(self, journey: Journey):
        platforms, given = journey.visitor.stage.platforms, journey.visitor.stage.assembly.settings
        oa = given.zalo_oa

        for url in (given.telegram.base_url, oa.base_url, oa.oauth_url, oa.business_url):
            assert url.startswith("http://127.0.0.1:")
        assert (platforms.telegram.faults, platforms.zalo.faults) == ([], [])


async def test_the_reminders_climb_to_the_deadline_one_press_a_rung_on_the_phone_that_spoke_last(tmp_path: Path):
    async with visiting(tmp_path) as visitor:
        await says(visitor, "telegram", "/dangky")
        await visitor.guide(3)  # the consent that was asked on Telegram is given on the web
        await says(visitor, "telegram", "/hoso")
        states = [await visitor.guide(6) for _ in range(5)]
        end = await visitor.guide(6)
        shown = await lines(visitor, "telegram")
        await visitor.guide(7)
        pressed = [tap["label"] for line in await lines(visitor, "telegram") for tap in taps(line) if tap["pressed"]]

    assert [state["date"] for state in states][:3] == ["07/06/2021", "23/06/2021", "30/06/2021"]
    assert states[-1]["date"] == "06/07/2021"
    assert "cũng là lời cuối trước hạn" in states[-1]["caption"]["vi"]
    assert end["caption"]["vi"] == "Không còn lời nhắc nào phía trước."
    assert {state["phone"] for state in states} == {"telegram"}
    assert pressed == ["Tôi đã nộp giấy"]
    assert sum(words(line).startswith(("Còn ", "Hôm nay", "Ngày mai")) for line in shown) >= 4


async def test_both_phones_are_as_they_were_after_a_restart_and_their_keys_still_work(tmp_path: Path):
    async with visiting(tmp_path) as first:
        await begun_on_telegram(first)
        await says(first, "zalo_oa", "/tieptuc")
        before = [await lines(first, phone) for phone in PHONES]
    async with visiting(tmp_path) as second:
        assert [await lines(second, phone) for phone in PHONES] == before
        assert "Câu 3/7" in words(await presses(second, "zalo_oa", "Sản phẩm mới"))
        assert "Câu 4/7" in words(await says(second, "telegram", "Thực phẩm"))
        (tmp_path / PACK / MEMORY).write_text("{half", "utf-8")
        assert (await second.press("/demo/pack/quang-tri-2026"))[0] == 200
        assert await lines(second, "telegram") == []
        await second.press("/demo/reset")
        assert not (tmp_path / "quang-tri-2026" / MEMORY).exists()


async def test_what_the_phones_show_is_there_after_a_power_cut(tmp_path: Path):
    kept = tmp_path / PACK / MEMORY
    async with visiting(tmp_path) as visitor:
        await begun_on_telegram(visitor)
        async with asyncio.timeout(60):
            while not kept.exists() or "Câu 2/7" not in kept.read_text("utf-8"):
                await asyncio.sleep(0.05)


def test_the_local_platforms_need_nothing_that_the_program_itself_does_not():
    known = {*sys.stdlib_module_names, "aiohttp", "platforms"}
    asked = {
        name.partition(".")[0]
        for path in Path(platforms.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }

    assert asked
    assert asked <= known


def test_no_platform_that_is_configured_is_spoken_to(tmp_path: Path):
    real = {
        "telegram": Telegram(enabled=True, token=SecretStr("1:x")),
        "zalo_oa": ZaloOA(enabled=True, app_id="1", app_secret=SecretStr("x"), oa_secret_key=SecretStr("x")),
        "zalo_bot": ZaloBot(enabled=True, token=SecretStr("x")),
    }

    async def given() -> Any:
        demo = Demo(settings(tmp_path).model_copy(update=real))
        return demo.settings_for(demo.packs[PACK])

    found = asyncio.run(given())
    assert not (found.telegram.enabled or found.zalo_oa.enabled or found.zalo_bot.enabled)
