"""
Small mishaps on Telegram, on the strict platform, with a new bot between every two lines.

An answer edited later, three taps on a slow line, the card of a family member, a file that is refused.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .replay import PRODUCER
from .stages.opening import stage_for
from .stages.stage import Act
from .stages.telegram import TelegramStage

START = datetime(2021, 6, 1, 2, tzinfo=UTC)
EXPLAINED = "sửa tin cũ thì câu trả lời trước vẫn giữ nguyên"
ANSWERS = ("Khoai deo", "mới", "thực phẩm", "hộ", "Nguyễn Thị Mẫu", "0912 345 678", "Hải Ninh")


@pytest.fixture(params=("telegram_webhook", "telegram_polling"))
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TelegramStage]:
    async with stage_for(request.param, tmp_path, pack="quang-binh-2021", start=START) as made:
        assert isinstance(made, TelegramStage)
        yield made


async def does(stage: TelegramStage, kind: str, words: str) -> str:
    """Do one thing; the texts that came, with their buttons, one message a line."""
    told = (await stage.line(PRODUCER, Act(kind, words)))[PRODUCER]
    return "\n".join(f"{one.text} {''.join(f'[{label}]' for label in one.buttons)}".replace("\n", " ") for one in told)


async def types(stage: TelegramStage, *words: str) -> str:
    said = ""
    for one in words:
        said = await does(stage, "text", one)
    return said


def notices(stage: TelegramStage) -> list[str]:
    return [one.get("text", "") for one in stage.person(PRODUCER).notices()]


# --- an edited answer -------------------------------------------------------------------------------------------------


async def test_an_edit_of_the_answer_is_offered_as_its_correction_and_counts_after_the_yes(
    stage: TelegramStage,
) -> None:
    await types(stage, "/dangky", "Đồng ý", "Khoai deo")

    offered = await does(stage, "edit", "Khoai deo | Khoai gieo")

    assert "Đổi tên sản phẩm thành Khoai gieo, đúng không ạ? [Đúng][Sửa lại]" in offered
    assert "Câu 2/7." in await does(stage, "press", "Đúng")
    assert "1. Tên sản phẩm: Khoai gieo" in await types(stage, *ANSWERS[1:])


async def test_nothing_changes_before_the_yes(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", "Khoai deo")
    await does(stage, "edit", "Khoai deo | Khoai gieo")

    assert "Khoai deo" in await types(stage, "/hoso")


async def test_an_edit_after_a_week_is_still_offered(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", "Khoai deo", "/huy")
    await stage.wait(timedelta(days=7))

    assert "Đổi tên sản phẩm thành Khoai gieo" in await does(stage, "edit", "Khoai deo | Khoai gieo")
    await does(stage, "press", "Đúng")
    assert "Khoai gieo" in await types(stage, "/hoso")


async def test_an_edit_of_words_that_wait_for_their_yes_replaces_them(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý")
    assert "Ghi vậy" in await types(stage, "san pham cua toi la khoai deo")

    offered = await does(stage, "edit", "san pham cua toi la khoai deo | Khoai dẻo")

    assert "Em ghi Khoai dẻo, đúng không ạ?" in offered
    assert "Đã lưu. Tên sản phẩm: Khoai dẻo" in await does(stage, "press", "Đúng")


async def test_an_edit_of_an_answer_that_was_confirmed_is_offered(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", "san pham cua toi la khoai deo")
    await does(stage, "press", "Ghi vậy")

    offered = await does(stage, "edit", "san pham cua toi la khoai deo | Khoai gieo")

    assert "Đổi tên sản phẩm thành Khoai gieo" in offered


async def test_an_answer_that_was_not_understood_may_be_edited_into_one(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", *ANSWERS[:5], "0912 xxx")

    assert "0912 345 678" in await does(stage, "edit", "0912 xxx | 0912345678")
    assert "Câu 7/7." in await does(stage, "press", "Đúng")


async def test_of_several_answers_in_one_message_the_changed_one_is_offered(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", "khoai deo, 0912 345 678")

    offered = await does(stage, "edit", "khoai deo, 0912 345 678 | khoai deo, 0912 345 679")

    assert "Đổi điện thoại thành 0912 345 679, đúng không ạ?" in offered


async def test_an_edit_that_cannot_be_read_says_so_and_changes_nothing(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", *ANSWERS[:6])

    said = await does(stage, "edit", "0912 345 678 | số cũ ấy")

    assert "nên điện thoại vẫn như cũ. Muốn đổi, anh/chị gõ /sua." in said
    assert "0912 345 678" in await types(stage, "Hải Ninh")


async def test_a_value_that_waits_is_answered_before_an_edit_of_another(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", "Khoai deo", *ANSWERS[1:], "sửa số 6", "091234567x")
    await types(stage, "0912 345 670, sửa giùm")
    waits = await types(stage, "sửa tên thành Khoai Lý Hòa")
    assert "đúng không" in waits

    said = await does(stage, "edit", "Nguyễn Thị Mẫu | Trần Thị Mẫu")

    assert "Xong câu này, anh/chị nhắn lại phần ấy" in said
    assert "Khoai Lý Hòa" in said


async def test_edits_elsewhere_are_explained_in_one_sentence_and_not_every_time(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", *ANSWERS)
    await does(stage, "press", "Gửi")
    await types(stage, "ocop la gi")

    first = await does(stage, "edit", "Khoai deo | Khoai gieo")
    again = [await does(stage, "edit", "ocop la gi | ocop la j"), await does(stage, "edit", "Khoai deo | Khoai")]

    assert EXPLAINED in first
    assert "/sua" in first
    assert again == ["", ""]
    await stage.wait(timedelta(minutes=30))
    assert EXPLAINED in await does(stage, "edit", "ocop la gi | ocop")


async def test_an_edited_command_runs_nothing(stage: TelegramStage) -> None:
    await types(stage, "/menu")

    assert EXPLAINED in await does(stage, "edit", "/menu | /dangky")
    assert "đồng ý không ạ?" in await types(stage, "/dangky")


async def test_an_edit_during_another_conversation_leaves_its_question(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", "Khoai deo", "/lienhe")

    assert EXPLAINED in await does(stage, "edit", "Khoai deo | Khoai gieo")


# --- taps -------------------------------------------------------------------------------------------------------------


async def test_three_taps_on_a_slow_line_give_one_message_and_a_notice(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", "Khoai deo")

    told = (await stage.line(PRODUCER, Act("press_thrice", "Sản phẩm mới")))[PRODUCER]

    assert len(told) == 1
    assert "Câu 3/7." in told[0].text
    assert notices(stage)[-3:] == ["", "Nút này em nhận rồi ạ.", "Nút này em nhận rồi ạ."]


@pytest.mark.parametrize("label", ["Để sau", "Gửi"])
async def test_three_taps_on_a_command_do_it_once(stage: TelegramStage, label: str) -> None:
    await types(stage, "/dangky", "Đồng ý", *(ANSWERS if label == "Gửi" else ()))

    told = (await stage.line(PRODUCER, Act("press_thrice", label)))[PRODUCER]

    assert sum("YT-2021-000001-W" in one.text or "Câu 2/7." in one.text for one in told) == 1
    assert notices(stage)[-2:] == ["Nút này em nhận rồi ạ."] * 2


async def test_the_same_label_below_the_next_question_is_another_press(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý")
    await does(stage, "press", "Để sau")

    assert "Câu 3/7." in await does(stage, "press", "Để sau")


# --- cards and files --------------------------------------------------------------------------------------------------


async def test_the_card_of_a_family_member_is_offered_at_the_phone_question(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", *ANSWERS[:5])

    offered = await does(stage, "card", "84987654321 | Chồng")

    assert "Số 0987 654 321 của Chồng, ghi số này chứ ạ? [Đúng][Sửa lại]" in offered
    assert "Đã lưu. Điện thoại: 0987 654 321" in await does(stage, "press", "Đúng")


async def test_a_card_whose_number_is_none_is_asked_for_in_words(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", *ANSWERS[:5])

    assert "Em chưa đọc được số trong danh thiếp này." in await does(stage, "card", "113 | Công an")


async def test_a_refused_file_names_the_button_that_is_there(stage: TelegramStage) -> None:
    await types(stage, "/dangky", "Đồng ý", *ANSWERS)
    said = await types(stage, "/bosung")
    await does(stage, "press", "Bổ sung thêm")
    for _ in range(20):
        if "ảnh" in said:
            break
        said = await does(stage, "press", "Bỏ qua")
    assert "Chưa có thì bấm Bỏ qua." in await does(stage, "wrong_file", "game.exe")
    await does(stage, "photos", "1")

    refused = await does(stage, "wrong_file", "game.exe")

    assert "Câu này cần ảnh chụp (JPG, PNG hoặc WebP). Đủ rồi thì bấm Xong. [Xong]" in refused
