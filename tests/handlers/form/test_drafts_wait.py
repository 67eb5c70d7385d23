"""A draft waits as long as it takes, and any answer is corrected without typing the others again."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.handlers.replay import PRODUCER
from tests.handlers.stages.opening import BUTTONED, stage_for
from tests.handlers.stages.stage import Act, Heard, Stage

START = datetime(2021, 6, 1, 2, tzinfo=UTC)
ANSWERS = (
    ("Khoai deo", "Tên sản phẩm"),
    ("mới", "Sản phẩm mới hay đã có"),
    ("thực phẩm", "Nhóm sản phẩm"),
    ("hộ", "Loại hình chủ thể"),
    ("Nguyễn Thị Mẫu", "Tên chủ thể"),
    ("0912 345 678", "Điện thoại"),
    ("Hải Ninh", "Nơi sản xuất"),
)
OTHERS = ("Khoai gieo", "đang hoàn thiện", "đồ uống", "htx", "HTX Mẫu", "0905 111 222", "Quảng Tân")
SAID = (
    "Khoai gieo",
    "Đang hoàn thiện",
    "Đồ uống",
    "Hợp tác xã",
    "HTX Mẫu",
    "0905 111 222",
    "Xã Quảng Tân, thị xã Ba Đồn",
)
QUESTIONS = (
    "Câu 1/7. Sản phẩm của anh/chị tên là gì?",
    "Câu 2/7. Sản phẩm này đang ở mức nào?",
    "Câu 3/7. Sản phẩm thuộc nhóm nào?",
    "Câu 4/7. Ai làm ra sản phẩm?",
    "Câu 5/7. Tên người đứng ra đăng ký",
    "Câu 6/7. Cán bộ gọi lại cho anh/chị theo số nào?",
    "Câu 7/7. Sản phẩm làm ở xã, phường, thị trấn nào?",
)


@pytest.fixture(params=BUTTONED)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_for(request.param, tmp_path, pack="quang-binh-2021", start=START) as made:
        yield made


@pytest.fixture
async def by_webhook(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_for("telegram_webhook", tmp_path, pack="quang-binh-2021", start=START) as made:
        yield made


def whole(told: dict[str, list[Heard]], who: str = PRODUCER) -> str:
    return "\n".join(one.text for one in told[who])


async def types(stage: Stage, *words: str) -> str:
    """Type several lines one after the other; return the reply to the last one."""
    said = ""
    for word in words:
        said = whole(await stage.line(PRODUCER, Act("text", word)))
    return said


async def begins(stage: Stage, answers: Sequence[str]) -> str:
    return await types(stage, "/dangky", "đồng ý", *answers)


async def test_a_draft_left_for_ninety_days_goes_on_at_the_exact_question(stage: Stage) -> None:
    await begins(stage, [answer for answer, _ in ANSWERS[:4]])
    await stage.wait(timedelta(days=90))

    said = await types(stage, "/tieptuc")

    assert 'đang đăng ký "Khoai deo", đã xong 4/7 câu, lần cuối 01/06/2021' in said
    assert QUESTIONS[4] in said


@pytest.mark.parametrize("done", range(7))
async def test_whichever_question_waits_a_restart_asks_it_again_and_takes_its_answer(
    by_webhook: Stage, done: int
) -> None:
    await begins(by_webhook, [answer for answer, _ in ANSWERS[:done]])
    await types(by_webhook, "/huy")

    assert QUESTIONS[done] in await types(by_webhook, "/tieptuc")
    assert f"Đã lưu. {ANSWERS[done][1]}:" in await types(by_webhook, ANSWERS[done][0])


async def test_what_was_answered_ninety_days_ago_is_handed_in_whole(by_webhook: Stage) -> None:
    await begins(by_webhook, [answer for answer, _ in ANSWERS[:6]])
    await by_webhook.wait(timedelta(days=90))

    said = await types(by_webhook, "/tieptuc", ANSWERS[6][0])
    for number, (_, label) in enumerate(ANSWERS, 1):
        assert f"{number}. {label}: " in said
    assert "Mã: YT-2021-000001-W" in await types(by_webhook, "gửi")


@pytest.mark.parametrize("number", range(1, 8))
async def test_any_answer_is_corrected_from_the_summary_and_the_others_stay(by_webhook: Stage, number: int) -> None:
    before = await begins(by_webhook, [answer for answer, _ in ANSWERS])
    kept = [line for line in before.splitlines() if line[:2] in {f"{n}." for n in range(1, 8) if n != number}]

    said = await types(by_webhook, str(number), OTHERS[number - 1])

    assert len(kept) == 6
    assert f"{number}. {ANSWERS[number - 1][1]}: {SAID[number - 1]}" in said
    assert [line for line in kept if line not in said] == []


async def test_a_correction_that_is_thought_better_of_leaves_the_answer_as_it_was(stage: Stage) -> None:
    await begins(stage, [answer for answer, _ in ANSWERS])
    await types(stage, "1")

    said = whole(await stage.line(PRODUCER, Act("press", "Giữ như cũ")))

    assert "1. Tên sản phẩm: Khoai deo" in said


@pytest.mark.parametrize(
    ("done", "wrong", "expected"),
    [
        (0, "?", "ví dụ: Khoai deo Hải Ninh"),
        (0, "khoai " * 30, "phiếu chỉ ghi được 120"),
        (1, "chưa biết nữa", "Mới: chưa từng tham gia OCOP"),
        (1, "9", "Em chỉ có mục từ 1 đến 3"),
        (2, "linh tinh", "gõ số hoặc tên, ví dụ: Thực phẩm"),
        (5, "0912 345 67", "còn thiếu. Ví dụ: 0912 345 678"),
        (5, "091234567890123", "em thấy dư. Ví dụ: 0912 345 678"),
        (6, "trên rú", "Em chưa rõ"),
    ],
)
async def test_a_wrong_answer_is_told_what_is_expected_and_nothing_is_lost(
    by_webhook: Stage, done: int, wrong: str, expected: str
) -> None:
    await begins(by_webhook, [answer for answer, _ in ANSWERS[:done]])

    assert expected in await types(by_webhook, wrong)

    said = await types(by_webhook, *(answer for answer, _ in ANSWERS[done:]))
    for number, (_, label) in enumerate(ANSWERS, 1):
        assert f"{number}. {label}: " in said
