"""Words for sending, labels and numbers on screen are never stored as an answer of a form."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from content.programme.form_spec import Field
from registry.applications import drafts
from tests.handlers.desk import NOW, Village, open_village, pack_of
from tests.handlers.replay import PRODUCER
from tests.handlers.stages.opening import STAGES, stage_for
from tests.handlers.stages.stage import Act, Heard

WHO = "ba con"
PACKS = ("quang-binh-2021", "quang-tri-2026")
ANSWERS = ("Mắm ruốc", "Sản phẩm mới", "Thực phẩm", "Hộ gia đình", "Nguyễn Thị Mẫu", "0912345678", "Hải Ninh")
SEND = (
    "gửi", "Gửi", "gui", "gửi đi", "gui di", "Gửi đi em", "gửi luôn", "dạ gửi đi ạ", "gửi giúp em với ạ", "nộp", "nộp đi", "nộp hồ sơ",
    "gửi cho cán bộ", "gửi rồi", "chưa gửi", "không gửi nữa",
)  # fmt: skip
AGREE = (
    "ok gửi",
    "đúng rồi gửi đi",
    "dung roi gui di",
    "ừ gửi đi",
    "vâng, gửi giúp em",
    "đúng, nộp đi",
    "xong rồi gửi đi",
)
DONE = ("xong", "xong rồi", "Xong ạ", "hoàn tất")
LABELS = (
    "Sửa",
    "sua",
    "Sửa lại",
    "sua lai",
    "Bổ sung thêm",
    "bo sung them",
    "Để sau",
    "de sau",
    "Giữ như cũ",
    "Xong",
    "Dừng ở đây",
)
NUMBERS = ("1", "2", "4", "12", "số 2", "câu 2", "2.", "dạ số 3 ạ")
NAMED = {"text", "person_name"}


@pytest.fixture(params=PACKS)
def village(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path, request.param) as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        yield there


def to_the_summary(village: Village) -> None:
    for words in ANSWERS:
        village.say(WHO, words)
    if village.talk(WHO).step != "summary":  # a name of before 2025 is said back
        village.tap(WHO, "Đúng")
    assert village.button(WHO, "Gửi") is not None


def answers(village: Village) -> dict[str, Any]:
    (draft,) = village.do(drafts.open_drafts, person_id=village.person(WHO))
    return {name: value for name, value in draft.answers.items() if not name.startswith("_")}


def said(village: Village) -> str:
    return village.last(WHO).plain


def fields_of(pack: str) -> list[Field]:
    """The questions a household and a company are asked; each type is among them."""
    return list(pack_of(pack).forms["idea"].fields)


# --- while an answer is corrected, with the summary above it ----------------------------------------------------------


MENDED = [(pack, field.id) for pack in PACKS for field in fields_of(pack)]


def as_asked(village: Village, field: Field) -> None:
    """Answer so that the question is one of this form."""
    wanted = field.show_if.get("entity_kind") if field.show_if else None
    if wanted and "household" not in wanted:
        village.say(WHO, "/sua entity_kind")
        village.say(WHO, "Hợp tác xã")
    if field.show_if and "product_kind" in field.show_if:
        village.say(WHO, "/sua product_kind")
        village.say(WHO, "Đã có sao")


@pytest.mark.parametrize(("pack", "name"), MENDED)
def test_nothing_of_it_is_the_answer_that_is_mended(tmp_path: Path, pack: str, name: str) -> None:
    with open_village(tmp_path, pack) as village:
        village.say(WHO, "/dangky")
        village.tap(WHO, "Đồng ý")
        to_the_summary(village)
        field = village.pack.forms["idea"].field(name)
        as_asked(village, field)
        before = answers(village)
        numbers = NUMBERS if field.type in NAMED else ()
        for words in (*SEND, *AGREE, *DONE, *LABELS, *numbers):
            village.say(WHO, f"/sua {name}")
            assert village.talk(WHO).step == name
            village.say(WHO, words)
            assert answers(village) == before, words
            assert not village.talk(WHO).data.get("pending"), words


@pytest.mark.parametrize("words", [*SEND, *AGREE, *DONE])
def test_sending_while_an_answer_is_mended_shows_the_summary_as_it_was(village: Village, words: str) -> None:
    to_the_summary(village)
    village.say(WHO, "1")

    village.say(WHO, words)

    assert "1. Tên sản phẩm: Mắm ruốc" in said(village)
    assert village.button(WHO, "Gửi") is not None
    village.say(WHO, "Gửi")
    assert "Mắm ruốc" in said(village) or "Mã:" in village.all_words(WHO)
    assert "Mã:" in village.all_words(WHO)


def test_a_number_under_a_name_that_is_mended_opens_that_answer(village: Village) -> None:
    to_the_summary(village)
    village.say(WHO, "1")

    village.say(WHO, "số 5")

    assert "Tên chủ thể, đang ghi: Nguyễn Thị Mẫu" in said(village)


@pytest.mark.parametrize("name", ["Huy", "Tiếp", "Gửi Hương", "Nộp Thuế Quán", "Sửa Thị Mẫu", "Bia 333", "Xong Lan"])
def test_a_name_that_only_holds_such_a_word_is_a_name(village: Village, name: str) -> None:
    to_the_summary(village)
    village.say(WHO, "5")

    village.say(WHO, name)

    assert answers(village)["entity_name"] == name


def test_a_missing_answer_is_asked_again_and_not_sent(village: Village) -> None:
    village.say(WHO, "gửi đi")

    assert answers(village) == {}
    assert "chưa gửi được" in said(village)
    assert "Câu 1/7" in said(village)


def test_sending_among_the_further_questions_shows_the_summary(village: Village) -> None:
    to_the_summary(village)
    before = answers(village)
    village.tap(WHO, "Bổ sung thêm")

    village.say(WHO, "gửi đi")

    assert answers(village) == before
    assert village.button(WHO, "Gửi") is not None


# --- while a value waits for its yes ------------------------------------------------------------------------------------


CORRECTIONS = {
    "product_name": "tên sản phẩm là Khoai dẻo",
    "entity_name": "tên chủ thể là Trần Thị Mẫu",
    "product_group": "nhóm sản phẩm là Đồ uống",
    "phone": "sửa số điện thoại 0987654321",
    "place": "sửa xã thành {place}",
    "description": "giá trị mục tiêu, phần cốt lõi của sản phẩm là dẻo thơm",
    "yearly_quantity": "số lượng 2 tấn",
    "price": "giá 45k",
    "started_on": "sửa bắt đầu làm từ năm 2019",
    "has_registration": "đã có đăng ký hộ kinh doanh là có",
}
WAITING = [(pack, field) for pack in PACKS for field in CORRECTIONS]


def waiting_for(village: Village, field: str) -> Any:
    """Let a correction wait for its yes; return the value it would store."""
    village.say(WHO, "/sua")
    place = "Thanh Trạch" if village.pack.id == PACKS[0] else "Ninh Châu"
    village.say(WHO, CORRECTIONS[field].format(place=place))
    talk = village.talk(WHO)
    assert talk.data.get("confirm"), said(village)
    assert talk.step == field
    return talk.data["pending"]


@pytest.fixture
def ready(tmp_path: Path, pack: str) -> Iterator[Village]:
    with open_village(tmp_path, pack) as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        to_the_summary(there)
        yield there


@pytest.mark.parametrize(("pack", "field"), WAITING)
def test_words_for_sending_leave_what_waits_waiting(ready: Village, field: str) -> None:
    before = answers(ready)
    waits = waiting_for(ready, field)
    for words in SEND:
        ready.say(WHO, words)
        assert answers(ready) == before, words
        assert ready.talk(WHO).data["pending"] == waits, words
        assert "chưa gửi" in said(ready)
        assert said(ready).endswith("đúng không ạ?")


@pytest.mark.parametrize(("pack", "field"), WAITING)
def test_a_yes_with_words_for_sending_stores_what_waited_and_shows_the_summary(ready: Village, field: str) -> None:
    for words in (*AGREE, *DONE):
        waits = waiting_for(ready, field)
        ready.say(WHO, words)
        assert answers(ready)[field] == waits, words
        assert ready.talk(WHO).step == "summary", words
        assert ready.button(WHO, "Gửi") is not None


@pytest.mark.parametrize(("pack", "field"), WAITING)
def test_labels_and_numbers_are_not_stored_while_a_value_waits(ready: Village, field: str) -> None:
    before = answers(ready)
    numbers = ("3", "12", "câu 2", "số 3") if field in {"product_name", "product_group", "has_registration"} else ()
    for words in (*LABELS, "2", "số 2", *numbers):
        if words == "Xong":
            continue  # a yes
        waiting_for(ready, field)
        ready.say(WHO, words)
        assert answers(ready) == before, words
        waits = ready.talk(WHO).data.get("pending")
        assert waits is None or waits == before.get(field) or ready.talk(WHO).data.get("confirm"), words


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("words", ["1", "2", "số 1"])
def test_a_number_does_not_replace_a_quantity_that_waits(ready: Village, words: str) -> None:
    waits = waiting_for(ready, "yearly_quantity")

    ready.say(WHO, words)

    assert ready.talk(WHO).data["pending"] == waits


@pytest.mark.parametrize("words", [*SEND, *LABELS, "12", "câu 3"])
def test_a_long_name_that_waits_in_the_middle_of_the_form_is_replaced_by_none_of_it(
    village: Village, words: str
) -> None:
    village.say(WHO, "tui tên Hoa làm nước mắm ở Cảnh Dương bán ba lăm nghìn một lít")

    village.say(WHO, words)

    assert answers(village).get("product_name") is None or words == "Xong"


@pytest.mark.parametrize("pack", PACKS)
def test_places_to_choose_from_stay_on_offer(ready: Village) -> None:
    before = answers(ready)
    ready.say(WHO, f"sửa xã thành {'ly hoa' if ready.pack.id == PACKS[0] else 'Đồng Hới'}")
    offers = [choice.label for choice in ready.last(WHO).choices]
    assert len(offers) > 2
    for words in (*SEND, *AGREE, "Bổ sung thêm", "Sửa lại", "12", "số 9"):
        ready.say(WHO, words)
        assert answers(ready) == before, words
        assert [choice.label for choice in ready.last(WHO).choices] == offers, words


# --- on the summary ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "gửi", "Gửi", "gửi đi", "gui di em", "dạ gửi đi ạ", "ok gửi", "đúng rồi gửi đi", "dung roi gui di",
        "nộp", "nộp đi", "gửi cho cán bộ",
    ],
)  # fmt: skip
def test_words_for_sending_send_also_with_a_yes_before_them(village: Village, words: str) -> None:
    to_the_summary(village)

    village.say(WHO, words)

    assert "Mã:" in village.all_words(WHO)


@pytest.mark.parametrize("words", ["xong", "xong rồi", "hoàn tất"])
def test_other_words_for_it_are_told_which_button_sends(village: Village, words: str) -> None:
    to_the_summary(village)
    before = answers(village)

    village.say(WHO, words)

    assert "bấm Gửi" in said(village)
    assert answers(village) == before


@pytest.mark.parametrize("words", ["chưa gửi", "không gửi nữa", "đừng gửi"])
def test_a_no_to_sending_sends_nothing(village: Village, words: str) -> None:
    to_the_summary(village)

    village.say(WHO, words)

    assert "Mã:" not in village.all_words(WHO)


def test_with_an_answer_missing_the_summary_says_which(village: Village) -> None:
    village.say(WHO, "Mắm ruốc")
    village.say(WHO, "/sua")

    village.say(WHO, "gửi đi")

    assert "Còn thiếu:" in said(village)


# --- on every channel ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STAGES)
@pytest.mark.parametrize("before", ["1", "tên sản phẩm là Khoai dẻo"])
@pytest.mark.parametrize("words", ["Gửi", "gui di"])
async def test_on_every_channel_send_is_no_name(kind: str, before: str, words: str, tmp_path: Path) -> None:
    async with stage_for(kind, tmp_path, pack="quang-binh-2021", start=NOW) as stage:

        async def types(*texts: str) -> list[Heard]:
            told: list[Heard] = []
            for text in texts:
                told = (await stage.line(PRODUCER, Act("text", text)))[PRODUCER]
            return told

        await types("/dangky", "đồng ý", *ANSWERS, before)
        told = await types(words)
        said = "\n".join(one.text for one in told)
        assert "Tên sản phẩm: gửi" not in said.lower().replace("ử", "u")
        assert "tên sản phẩm: gui" not in said.lower().replace("ử", "u")

        (receipt, *_) = await types("đúng", "Gửi") if "đúng không ạ?" in said else await types("Gửi")

    name = "Mắm ruốc" if before == "1" else "Khoai dẻo"
    assert f'Em đã nhận ý tưởng "{name}"' in receipt.text


@pytest.mark.parametrize(
    "words",
    ["Hỏi cán bộ", "hoi can bo", "Trả lời nốt", "Xem lại", "Tải phiếu", "Đã hiểu", "ghi vậy", "Ghi làm câu trả lời"],
)
def test_a_label_from_elsewhere_under_a_question_for_a_name_is_not_stored_unasked(village: Village, words: str) -> None:
    village.say(WHO, words)

    assert "product_name" not in answers(village)
    assert village.talk(WHO).step == "product_name"
