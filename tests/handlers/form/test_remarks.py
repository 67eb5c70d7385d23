"""Remarks with an answer under a question: they are understood and repeated, and none is stored by mistake."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from handlers.reading.since import read_since
from tests.handlers.desk import Village, open_village
from tests.handlers.form.filling import TO_THE_END, TO_THE_PHONE, WHO, answers, begun, said, say_all, to_the_price


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with begun(tmp_path) as there:
        yield there


@pytest.mark.parametrize("words", ["ko biết", "khong biet", "em chưa biết ạ", "không nhớ nữa"])
def test_what_is_not_known_is_helped_with_and_not_written_down(village: Village, words: str):
    village.say(WHO, words)

    assert "Tên thường gọi là được" in said(village)
    assert "Câu 1/7" in said(village)
    assert answers(village).get("product_name") is None


@pytest.mark.parametrize("words", ["để sau nhé", "bỏ qua", "bỏ qua câu này đi"])
def test_what_is_put_off_in_plain_words_is_asked_before_handing_in(village: Village, words: str):
    say_all(village, "Mắm ruốc", words)

    assert "để sau cũng được" in said(village)
    assert "Câu 3/7" in said(village)


def test_a_further_question_that_nobody_can_answer_is_skipped(village: Village):
    to_the_price(village)

    village.say(WHO, "không biết")

    assert "Sản phẩm có câu chuyện gì?" in said(village)


def test_help_at_a_question_tells_what_the_pack_says_about_it(village: Village):
    told = village.say(WHO, "/trogiup")

    assert any("Tên thường gọi là được" in one.plain for one in told)


@pytest.mark.parametrize("words", ["thoi", "thôi nhé em", "mai làm tiếp", "bận rồi"])
def test_enough_for_now_is_offered_to_stop_and_keeps_what_was_answered(village: Village, words: str):
    say_all(village, *TO_THE_PHONE, words)
    assert "Các câu đã trả lời em vẫn giữ" in said(village)
    assert "Câu 6/7" in said(village)

    village.tap(WHO, "Dừng ở đây")

    assert village.button(WHO, "Làm tiếp") is not None
    assert answers(village)["entity_name"] == "Nguyễn Thị Mẫu"


def test_enough_among_the_further_questions_shows_the_summary_where_it_is_sent(village: Village):
    to_the_price(village)

    village.say(WHO, "đủ rồi")
    village.tap(WHO, "Thôi, vậy đủ rồi")

    assert village.button(WHO, "Gửi") is not None


@pytest.mark.parametrize(
    "words", ["không, 45 ngàn", "ko, 45k", "à nhầm, 45k", "sửa lại 45 nghìn", "sua gia 45k", "ý em là giá 45k"]
)
def test_another_price_while_the_first_is_confirmed_keeps_its_unit(village: Village, words: str):
    to_the_price(village)

    say_all(village, "35k/chai", words, "đúng")

    assert answers(village)["price"] == {"dong": 45000, "per": "chai"}


@pytest.mark.parametrize("words", ["ko, 45 ngàn", "à nhầm 45k", "sua gia 45k", "đổi giá bán thành 45.000đ nhé"])
def test_a_price_just_kept_is_corrected_under_the_next_question(village: Village, words: str):
    to_the_price(village)
    say_all(village, "35k/chai", "đúng")

    village.say(WHO, words)
    assert '"Giá bán dự kiến" thành 45.000 đồng/chai, đúng không ạ?' in said(village)
    village.say(WHO, "đúng")

    assert answers(village)["price"] == {"dong": 45000, "per": "chai"}
    assert answers(village).get("story") is None
    assert "Sản phẩm có câu chuyện gì?" in said(village)


@pytest.mark.parametrize(
    "words",
    ["Không ai biết nghề này từ khi nào", "sữa chua nhà làm", "Đổi mới từ 2 chum thành 20 chum", "Giá trị của nghề"],
)
def test_an_answer_that_only_begins_like_a_correction_is_an_answer(village: Village, words: str):
    to_the_price(village)

    say_all(village, "35k/chai", "đúng", words)

    assert answers(village)["story"] == words


def test_a_correction_that_is_refused_asks_that_question_and_keeps_what_was_there(village: Village):
    say_all(village, *TO_THE_PHONE, "0912345678", "sửa số điện thoại 0987654321")

    village.tap(WHO, "Sửa lại")
    village.tap(WHO, "Giữ như cũ")

    assert answers(village)["phone"] == "+84912345678"
    assert "Câu 7/7" in said(village)


def test_a_correction_can_name_its_question_alone(village: Village):
    say_all(village, *TO_THE_PHONE, "em muốn sửa tên sản phẩm")

    assert "Đã lưu. Tên sản phẩm: Mắm ruốc" in said(village)
    assert "Câu 1/7" in said(village)


def test_on_the_summary_an_answer_is_named_without_a_word_for_mending(village: Village):
    say_all(village, *TO_THE_END, "giá 45k", "đúng")

    assert answers(village)["price"] == 45000


def test_on_the_summary_a_yes_is_told_how_to_send_and_sends_nothing(village: Village):
    say_all(village, *TO_THE_END, "đúng rồi")

    assert "bấm Gửi" in said(village)
    assert answers(village)["place"]


def test_a_label_is_heard_with_the_small_words_of_politeness(village: Village):
    say_all(village, *TO_THE_END, "gửi đi em")

    assert "Mã:" in village.all_words(WHO)


def test_what_cannot_be_read_does_not_lose_what_waits_to_be_confirmed(village: Village):
    to_the_price(village)

    say_all(village, "35k/chai", "cái này tùy mùa", "dung")

    assert answers(village)["price"] == {"dong": 35000, "per": "chai"}


def test_several_answers_in_one_message_are_taken_apart_and_said_back(village: Village):
    village.say(WHO, "khoai deo hai ninh, ho gia dinh, sdt 0912345678")

    kept = answers(village)
    assert (kept["product_name"], kept["entity_kind"], kept["phone"]) == (
        "khoai deo hai ninh", "household", "+84912345678",
    )  # fmt: skip
    assert "Hộ gia đình" in said(village)
    assert "0912 345 678" in said(village)


def test_a_name_with_commas_stays_whole(village: Village):
    village.say(WHO, "Rượu, trà, thực phẩm khô")
    village.tap(WHO, "Ghi chung một tên")

    assert answers(village)["product_name"] == "Rượu, trà, thực phẩm khô"


def test_a_question_in_the_middle_is_answered_and_the_own_one_put_again(village: Village):
    village.say(WHO, "Đăng ký có mất tiền không?")

    assert answers(village).get("product_name") is None
    assert "Câu 1/7" in said(village)


def test_after_handing_in_a_price_is_corrected_by_saying_so(village: Village):
    say_all(village, *TO_THE_END, "Gửi", "sửa giá 45k", "đúng")

    assert "Giá bán dự kiến: 45.000 đồng" in said(village)
    assert village.button(WHO, "Gửi") is not None


def test_who_has_several_products_is_asked_which_one(village: Village):
    say_all(village, *TO_THE_END, "Gửi", "/dangky giong", "Khoai deo", "Sản phẩm mới", "Thực phẩm", "Gửi")

    village.say(WHO, "sửa giá 45k")

    assert "sản phẩm nào" in said(village)
    assert village.button(WHO, "Khoai deo") is not None


def test_a_button_for_skipping_leaves_an_answer_that_was_there(village: Village):
    to_the_price(village)
    say_all(village, "35k/chai", "đúng", "/quaylai", "/boqua")

    assert answers(village)["price"] == {"dong": 35000, "per": "chai"}
    assert "Đã bỏ qua" not in said(village)


@pytest.mark.parametrize("words", ["không", "ok", "dạ"])
def test_nothing_is_named_yes_or_no(village: Village, words: str):
    village.say(WHO, words)

    assert answers(village).get("product_name") is None
    assert "ví dụ: Khoai deo Hải Ninh" in said(village)


def test_who_wants_to_go_on_on_another_phone_gets_the_question_again(village: Village):
    say_all(village, *TO_THE_PHONE, "tiep tuc")

    assert "Câu 6/7" in said(village)
    assert "Em chưa thấy số điện thoại" not in said(village)


SINCE = {
    "năm 2019": "2019", "2019": "2019", "tu nam 2019": "2019", "khoảng năm 2015": "2015", "từ đầu năm 2019": "2019",
    "năm ngoái": "2020", "tháng 3/2019": "2019-03", "thang 3 nam 2019": "2019-03", "3/2019": "2019-03",
    "20/11/2019": "2019-11-20", "12 năm rồi": "2009-06-01", "20/11": "2020-11-20",
    "13/2019": None, "lâu lắm rồi": None, "tháng 5": None, "năm 2019-2020": None,
}  # fmt: skip


@pytest.mark.parametrize(("words", "since"), SINCE.items())
def test_a_year_or_a_month_is_enough_to_tell_since_when(words: str, since: str | None):
    assert read_since(words, date(2021, 6, 1)).understood == since


def test_since_when_is_said_back_as_it_is_known(village: Village):
    say_all(village, *TO_THE_END, "sửa bắt đầu làm từ năm 2019", "đúng")

    assert answers(village)["started_on"] == "2019"
    assert "Bắt đầu làm từ: năm 2019" in said(village)


# --- no answer, and not written down as one ----------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["chào em", "alo", "em ơi"])
def test_a_greeting_in_the_middle_is_answered_and_is_no_name(village: Village, words: str):
    village.say(WHO, words)

    assert "Dạ, em đây ạ" in said(village)
    assert "Câu 1/7" in said(village)
    assert answers(village).get("product_name") is None


@pytest.mark.parametrize("words", ["Rượu vãi", "Nước mắm Dm"])
def test_what_sounds_like_a_curse_behind_a_name_is_part_of_it(village: Village, words: str):
    village.say(WHO, words)

    assert answers(village)["product_name"] == words


@pytest.mark.parametrize("words", ["đm hỏi lắm rứa", "đồ ngu", "vcl"])
def test_who_swears_is_told_sorry_and_nothing_of_it_is_written_down(village: Village, words: str):
    village.say(WHO, words)

    assert "Em xin lỗi" in said(village)
    assert answers(village).get("product_name") is None


@pytest.mark.parametrize("name", ["cháo canh", "chao", "khoai deo", "bot ngu coc", "nước mắm nguyên chất", "Mứt gừng"])
def test_a_product_that_only_sounds_like_small_talk_is_taken(village: Village, name: str):
    village.say(WHO, name)

    assert answers(village)["product_name"] == name


def test_a_question_no_card_answers_gets_the_help_of_the_question(village: Village):
    say_all(village, "Mắm ruốc", "Sản phẩm mới", "hộ là sao rứa")

    assert "khoai deo, nước mắm là thực phẩm" in said(village)
    assert "Câu 3/7" in said(village)


@pytest.mark.parametrize("words", ["có mất tiền không", "co mat tien ko a"])
def test_a_question_without_its_mark_is_heard_as_one(village: Village, words: str):
    told = [one.plain for one in (village.say(WHO, "Mắm ruốc"), village.say(WHO, words))[1]]

    assert "Huyện hỗ trợ những gì?" in told[0]
    assert "Câu 2/7" in told[-1]


def test_a_question_at_the_consent_is_answered_and_the_consent_asked_again(tmp_path: Path):
    with open_village(tmp_path) as there:
        there.say(WHO, "/dangky")
        told = there.say(WHO, "có mất tiền không")

    assert "Huyện hỗ trợ những gì?" in told[0].plain
    assert "đồng ý không ạ?" in told[-1].plain
