"""Twice, late, or from two devices at once: one idea, one decision, and a kind word."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from registry.people.inviting import invite
from registry.store.rows import applications, drafts

from .replay import OFFICIAL, PRODUCER
from .stages.opening import BUTTONED, stage_for
from .stages.stage import Act, Heard, Stage
from .stages.webchat import WebchatStage

START = datetime(2021, 6, 1, 2, tzinfo=UTC)
ANSWERS = ("Khoai deo", "mới", "thực phẩm", "hộ", "Nguyễn Thị Mẫu", "0912 345 678", "Hải Ninh")
QUANG_NINH = "456"


@pytest.fixture(params=BUTTONED)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_for(request.param, tmp_path, pack="quang-binh-2021", start=START) as made:
        yield made


async def types(stage: Stage, *words: str, who: str = PRODUCER) -> list[Heard]:
    told: list[Heard] = []
    for word in words:
        told = (await stage.line(who, Act("text", word)))[who]
    return told


async def ready_to_hand_in(stage: Stage) -> None:
    (said,) = await types(stage, "/dangky", "đồng ý", *ANSWERS)
    assert "Gửi" in said.buttons


def count_of_ideas(db: Connection) -> int:
    return db.execute(select(func.count()).select_from(applications)).scalar_one()


def count_of_drafts(db: Connection) -> int:
    return db.execute(select(func.count()).select_from(drafts)).scalar_one()


async def test_a_double_tap_on_hand_in_is_one_idea_with_one_code(stage: Stage) -> None:
    await ready_to_hand_in(stage)

    told = await stage.line(PRODUCER, Act("press_twice", "Gửi"))

    receipts = [one.text for one in told[PRODUCER] if "Em đã nhận ý tưởng" in one.text]
    assert ["YT-2021-000001-W" in one for one in receipts] == [True]
    assert await stage.unit(count_of_ideas) == 1


async def test_hand_in_pressed_again_a_day_later_is_the_same_idea(stage: Stage) -> None:
    await ready_to_hand_in(stage)
    await stage.line(PRODUCER, Act("press", "Gửi"))
    await types(stage, "ocop la gi")

    told = await stage.line(PRODUCER, Act("old_press", "Gửi"))

    assert "YT-2021-000001-W" in told[PRODUCER][0].text
    assert await stage.unit(count_of_ideas) == 1


async def test_a_repeated_update_changes_nothing_and_is_not_answered(stage: Stage) -> None:
    await ready_to_hand_in(stage)
    await stage.line(PRODUCER, Act("press", "Gửi"))

    told = await stage.line(PRODUCER, Act("again"))

    assert told[PRODUCER] == []
    assert await stage.unit(count_of_ideas) == 1


async def test_an_update_repeated_to_the_bot_that_took_over_changes_nothing(stage: Stage) -> None:
    await ready_to_hand_in(stage)
    first = await stage.line(PRODUCER, Act("press", "Gửi"), cut=True)

    told = await stage.line(PRODUCER, Act("again"))

    assert "YT-2021-000001-W" in first[PRODUCER][0].text
    assert told[PRODUCER] == []
    assert await stage.unit(count_of_ideas) == 1


async def test_a_button_of_an_earlier_question_answers_nothing_and_the_question_is_asked_again(stage: Stage) -> None:
    await types(stage, "/dangky", "đồng ý", "Khoai deo", "mới")

    told = await stage.line(PRODUCER, Act("old_press", "Đã có sao"))

    said = "\n".join(one.text for one in told[PRODUCER])
    assert "Nút này của câu trước, nên em chưa đổi gì cả." in said
    assert "Câu 3/7." in said
    (summary,) = await types(stage, *ANSWERS[2:])
    assert "2. Sản phẩm mới hay đã có: Sản phẩm mới" in summary.text


async def test_an_old_consent_button_gives_no_second_consent_and_no_second_draft(stage: Stage) -> None:
    await types(stage, "/dangky", "đồng ý", "Khoai deo")

    told = await stage.line(PRODUCER, Act("old_press", "Đồng ý"))

    assert "Câu 2/7." in "\n".join(one.text for one in told[PRODUCER])
    assert await stage.unit(count_of_drafts) == 1


async def test_two_devices_at_once_hand_in_one_idea(stage: Stage) -> None:
    """One account on two devices: a tap here and a typed word there, before either is answered."""
    await ready_to_hand_in(stage)

    told = await stage.line(PRODUCER, Act("press", "Gửi"), Act("text", "gửi"), Act("press", "Gửi"))

    receipts = [one.text for one in told[PRODUCER] if "Em đã nhận ý tưởng" in one.text]
    assert len(receipts) >= 2
    assert all("YT-2021-000001-W" in one for one in receipts)
    assert await stage.unit(count_of_ideas) == 1


async def test_two_devices_that_answer_one_question_leave_one_answer_and_lose_no_question(stage: Stage) -> None:
    await types(stage, "/dangky", "đồng ý", "Khoai deo")

    told = await stage.line(PRODUCER, Act("press", "Sản phẩm mới"), Act("press", "Đã có sao"))

    said = "\n".join(one.text for one in told[PRODUCER])
    assert "Sản phẩm mới hay đã có: Sản phẩm mới" in said
    assert "Nút này của câu trước, nên em chưa đổi gì cả." in said
    assert said.count("Câu 3/7.") == 2


async def test_two_officials_at_once_take_one_decision(stage: Stage) -> None:
    colleague = "cán bộ 2"
    for who in (OFFICIAL, colleague):
        code = await stage.unit(
            invite,
            pack=stage.house.pack,
            role="district_official",
            place=QUANG_NINH,
            by="operator",
            on=START.date(),
            now=stage.hours(),
        )
        await types(stage, f"/start cb_{code}", who=who)
    await ready_to_hand_in(stage)
    await stage.line(PRODUCER, Act("press", "Gửi"))
    for who in (OFFICIAL, colleague):
        await stage.line(who, Act("press", "Xem và quyết định"))

    first = await stage.line(OFFICIAL, Act("press", "Chấp nhận"))
    second = await stage.line(colleague, Act("press", "Không chọn"))

    assert "là Ý tưởng được chấp nhận" in first[OFFICIAL][0].text
    assert len(first[PRODUCER]) == 1
    assert "Quyết định của anh/chị chưa được ghi" in second[colleague][0].text
    assert second[PRODUCER] == []


async def test_a_page_left_open_elsewhere_sees_what_was_said_to_the_other_one(tmp_path: Path) -> None:
    async with stage_for("webchat", tmp_path, pack="quang-binh-2021", start=START) as stage:
        assert isinstance(stage, WebchatStage)
        await types(stage, "/start")
        page = stage.pages[PRODUCER]
        async with (
            stage.opened() as bot,
            stage.client.ws_connect("/chat/ws", headers=stage.headers) as other,
        ):
            await other.send_json({"hello": page.session, "since": page.seen})
            assert await other.receive_json(timeout=30) == {"ready": True}
            await stage.do(bot, PRODUCER, Act("text", "/dangky"))
            await bot.intake.settled()
            await bot.pump.drain()
            seen = [json.loads((await other.receive(timeout=30)).data) for _ in range(2)]
    assert any("đồng ý không ạ?" in frame.get("say", {}).get("text", "") for frame in seen)
