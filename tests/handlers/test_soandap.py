"""A question nobody could answer, until an official writes the answer and another one approves it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.answers.unanswered import unanswered

from .desk import COMMUNE, DISTRICT, OTHER_COMMUNE, Village, open_village, words_of

WHO, AUTHOR, SECOND, FAR = "ba con", "can bo xa", "can bo huyen", "nguoi xa khac"
QUESTION = "ngân hàng chính sách có cho vay làm lò sấy không"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.person(WHO, "Mai", place=COMMUNE)
        there.person(FAR, "Xa", place=OTHER_COMMUNE)
        there.official(AUTHOR, "commune_official", COMMUNE, "Cán bộ xã")
        there.official(SECOND, "district_official", DISTRICT, "Cán bộ huyện")
        yield there


def listed(village: Village) -> int:
    return village.do(lambda db: db.execute(select(func.count()).select_from(unanswered)).scalar_one())


def compose(village: Village, text: str = "Dạ được, bà con tới tổ tiết kiệm của thôn làm đơn.") -> None:
    village.say(AUTHOR, "/cauhoi")
    village.tap(AUTHOR, "Soạn câu trả lời")
    village.say(AUTHOR, text)
    village.say(AUTHOR, "Thông báo 12/TB-UBND ngày 05/5/2021 của UBND xã")
    village.tap(AUTHOR, "90 ngày")
    village.tap(AUTHOR, "Võ Ninh, huyện")


def hand_in(village: Village) -> None:
    village.tap(AUTHOR, "Gửi người duyệt")
    village.deliver()


def publish(village: Village) -> None:
    village.tap(SECOND, "Xem câu trả lời")
    village.tap(SECOND, "Duyệt câu trả lời")
    village.deliver()


def test_the_whole_way_from_a_question_to_its_answer(village: Village) -> None:
    village.say(WHO, QUESTION)
    assert "có câu trả lời em nhắn" in village.last(WHO).plain

    compose(village)
    assert f"{QUESTION}\nDạ được" in village.heard[AUTHOR][-2].plain.replace("**", "")
    hand_in(village)
    assert "Cán bộ huyện" in village.heard[AUTHOR][-1].plain
    publish(village)

    # the one who asked reads exactly what the author saw in the preview
    told = village.last(WHO).plain
    assert "nay cán bộ đã trả lời" in told
    assert "Dạ được, bà con tới tổ tiết kiệm" in told
    assert "Thông báo 12/TB-UBND" in told
    assert "đã được duyệt" in village.last(AUTHOR).plain
    assert "1 người" in village.last(AUTHOR).plain

    village.say(WHO, "ngan hang chinh sach co cho vay lam lo say ko ạ")
    assert "Dạ được" in village.last(WHO).plain
    assert "có giá trị đến hết 30/08/2021" in village.last(WHO).plain


def test_it_is_said_only_in_its_place_and_until_its_day(village: Village) -> None:
    village.say(WHO, QUESTION)
    compose(village)
    hand_in(village)
    publish(village)

    village.say(FAR, QUESTION)
    assert "Dạ được" not in village.last(FAR).plain

    village.now += timedelta(days=91)
    village.say(WHO, QUESTION)
    assert "Dạ được" not in village.last(WHO).plain


def test_the_button_of_an_answer_shows_it_only_while_it_holds_and_only_there(village: Village) -> None:
    village.say(WHO, QUESTION)
    compose(village)
    hand_in(village)
    publish(village)
    village.say(WHO, "ngân hàng chính sách cho vay mua máy sấy không")
    button = village.button(WHO, "lò sấy")
    assert button is not None
    assert button.startswith("/yla ")

    village.press(FAR, button)
    assert "không còn dùng nữa" in village.last(FAR).plain
    village.press(WHO, button)
    assert "Dạ được" in village.last(WHO).plain

    village.say(AUTHOR, "/soandap")
    village.tap(AUTHOR, "Xem câu trả lời")
    village.tap(AUTHOR, "Thu hồi")
    village.tap(AUTHOR, "Thu hồi ngay")
    village.deliver()
    assert "không còn đúng nữa" in village.last(WHO).plain
    village.press(WHO, button)
    assert "không còn dùng nữa" in village.last(WHO).plain


def test_the_author_is_not_offered_to_approve_and_a_made_up_press_does_nothing(village: Village) -> None:
    village.say(WHO, QUESTION)
    compose(village)
    hand_in(village)
    village.say(AUTHOR, "/soandap")
    look = village.button(AUTHOR, "Xem câu trả lời")
    assert look is not None
    village.press(AUTHOR, look)

    assert village.button(AUTHOR, "Duyệt câu trả lời") is None
    village.press(AUTHOR, look.replace("xem", "duyet"))
    village.press(WHO, look.replace("xem", "duyet"))
    village.deliver()
    assert "nay cán bộ đã trả lời" not in village.all_words(WHO)


def test_a_refusal_reaches_the_author_with_its_reason(village: Village) -> None:
    village.say(WHO, QUESTION)
    compose(village)
    hand_in(village)
    village.tap(SECOND, "Xem câu trả lời")
    village.tap(SECOND, "Chưa duyệt")
    village.say(SECOND, "Ghi rõ giờ làm việc giúp bà con")
    village.deliver()

    assert "chưa được duyệt: Ghi rõ giờ làm việc" in village.last(AUTHOR).plain
    village.say(AUTHOR, "/cauhoi")
    assert QUESTION in village.last(AUTHOR).plain


def test_risky_words_are_shown_to_the_author_and_to_the_second_official(village: Village) -> None:
    village.say(WHO, QUESTION)
    compose(village, "Bà con gọi 0912 345 678, nộp lệ phí 200.000 đ là xong.")
    assert "số điện thoại, việc nộp tiền" in village.last(AUTHOR).plain
    hand_in(village)
    village.tap(SECOND, "Xem câu trả lời")

    assert "số điện thoại, việc nộp tiền" in village.last(SECOND).plain


def test_a_source_that_has_ended_is_not_taken(tmp_path: Path) -> None:
    with open_village(tmp_path, "quang-tri-2026") as there:
        there.official(AUTHOR, "commune_official", "19213" if there.pack.places.get("19213") else "18880", "Cán bộ xã")
        place = there.do(lambda db: None) or next(iter(there.pack.places.all())).code
        there.person(WHO, "Mai", place=place)
        there.official("tinh", "province_official", "44", "Cán bộ tỉnh")
        there.say(WHO, QUESTION)
        there.say("tinh", "/cauhoi")
        there.tap("tinh", "Soạn câu trả lời")
        there.say("tinh", "Dạ được, bà con làm đơn.")
        there.say("tinh", "Quyết định 148/QĐ-TTg ngày 24/02/2023")

        assert "không còn hiệu lực (đến 21/07/2026)" in there.last("tinh").plain
        assert there.talk("tinh").step == "source"


def test_the_preview_lets_every_part_be_changed(village: Village) -> None:
    village.say(WHO, "nhà Nguyễn Thị Mẫu mất điện gọi ai")
    compose(village)
    village.tap(AUTHOR, "Sửa câu hỏi")
    village.say(AUTHOR, "Vay vốn làm lò sấy ở đâu?")
    village.tap(AUTHOR, "Sửa câu trả lời")
    village.say(AUTHOR, "Tới tổ tiết kiệm của thôn.")
    village.tap(AUTHOR, "Sửa nguồn")
    village.say(AUTHOR, "Thông báo 15/TB-UBND của UBND xã")

    shown = village.heard[AUTHOR][-2].plain
    assert "Vay vốn làm lò sấy ở đâu?\nTới tổ tiết kiệm của thôn." in shown
    assert "Nguyễn Thị Mẫu" not in shown
    assert "Thông báo 15/TB-UBND" in shown


def test_leaving_stores_nothing_and_the_question_stays(village: Village) -> None:
    village.say(WHO, QUESTION)
    compose(village)
    village.say(AUTHOR, "/huy")
    village.say(AUTHOR, "/cauhoi")

    assert QUESTION in village.last(AUTHOR).plain


def test_without_a_second_official_the_author_learns_that_nothing_was_sent(tmp_path: Path) -> None:
    with open_village(tmp_path) as there:
        there.person(WHO, "Mai", place=COMMUNE)
        there.official(AUTHOR, "commune_official", COMMUNE, "Cán bộ xã")
        there.say(WHO, QUESTION)
        compose(there)
        there.tap(AUTHOR, "Gửi người duyệt")

        assert "Chưa có cán bộ nào khác duyệt được" in there.last(AUTHOR).plain
        there.deliver()
        assert "Dạ được" not in there.all_words(WHO)

        there.official(SECOND, "district_official", DISTRICT, "Cán bộ huyện")
        there.say(SECOND, "/soandap")
        publish(there)
        assert "Dạ được" in there.last(WHO).plain


def test_a_question_that_needs_no_answer_leaves_the_list(village: Village) -> None:
    village.say(WHO, QUESTION)
    village.say(AUTHOR, "/cauhoi")
    village.tap(AUTHOR, "Không cần trả lời")
    village.say(AUTHOR, "/cauhoi")

    assert QUESTION not in words_of(village.last(AUTHOR))


NOISE = (
    "asdf", "asdfgh jkl", "hjhjhj kkkk", "haha", "ha ha ha", "🙂🙂", "alo alo", "chào buổi sáng", "xin chào em nhé", "cảm ơn nhiều nhé",
    "đm làm ăn như này à", "đồ ngu", "vcl mấy thằng này nói mãi nghe chán quá trời luôn á", "ok em", "zzz zzz", "qwerty uiop", "test", "...", "bực quá",
)  # fmt: skip


@pytest.mark.parametrize("words", NOISE)
def test_noise_greetings_and_curses_do_not_fill_the_list(village: Village, words: str) -> None:
    village.say(WHO, words)

    assert listed(village) == 0
    assert "ghi vào danh sách" not in village.last(WHO).plain


@pytest.mark.parametrize(
    "words", [QUESTION, "nuôi lươn không bùn có được hỗ trợ giống không", "bảo hiểm cây trồng mua ở mô"]
)
def test_real_questions_are_listed(village: Village, words: str) -> None:
    village.say(WHO, words)

    assert listed(village) in {0, 1}
    assert "ghi vào danh sách" in village.last(WHO).plain or village.last(WHO).choices


def test_one_sees_that_a_question_is_kept_and_an_erasure_takes_it_away(village: Village) -> None:
    village.say(WHO, QUESTION)
    village.say(WHO, "/dulieu")
    assert "1 câu hỏi em chưa trả lời được" in village.last(WHO).plain

    village.press(WHO, "/dulieu xoa chac")
    village.say(AUTHOR, "/cauhoi")
    assert QUESTION in village.last(AUTHOR).plain  # the words stay, without a name


def test_stars_and_braces_of_an_official_stay_letters(village: Village) -> None:
    village.say(WHO, QUESTION)
    compose(village, "Dạ được **ngay** {you} {law} <b>nhé</b>, tới tổ tiết kiệm.")
    hand_in(village)
    publish(village)

    assert "Dạ được **ngay** {you} {law} <b>nhé</b>" in village.last(WHO).plain
