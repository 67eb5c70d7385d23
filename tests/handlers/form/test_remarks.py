"""Remarks with an answer under a question: they are understood and repeated, and none is stored by mistake."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from handlers.reading.since import read_since
from registry.applications import drafts
from tests.handlers.desk import Village, open_village

WHO = "ba con"
TO_THE_PHONE = ("Mắm ruốc", "Sản phẩm mới", "Thực phẩm", "Hộ gia đình", "Nguyễn Thị Mẫu")
TO_THE_END = (*TO_THE_PHONE, "0912345678", "Hải Ninh, Quảng Ninh")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        yield there


def say_all(village: Village, *texts: str) -> None:
    for text in texts:
        village.say(WHO, text)


def to_the_price(village: Village) -> None:
    say_all(village, *TO_THE_END, "Bổ sung thêm", *["/boqua"] * 8)


def answers(village: Village) -> dict[str, object]:
    (draft,) = village.do(drafts.open_drafts, person_id=village.person(WHO))
    return dict(draft.answers)


def said(village: Village) -> str:
    return village.last(WHO).plain


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

    village.say(WHO, "chưa biết")

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


@pytest.mark.parametrize("words", ["mệt quá", "hỏi nhiều quá em ơi", "thôi mệt quá", "stop"])
def test_who_is_tired_is_offered_to_stop(village: Village, words: str):
    say_all(village, "Mắm ruốc", words)

    assert village.button(WHO, "Dừng ở đây") == "/huy"
    assert answers(village) == {"product_name": "Mắm ruốc", "_skipped": []}


@pytest.mark.parametrize("name", ["Huy", "Nghi", "Nghỉ", "Tiếp", "Tiep", "Dung", "Sửa"])
def test_a_name_that_sounds_like_a_command_is_the_answer(village: Village, name: str):
    say_all(village, *TO_THE_PHONE[:4], name)

    assert answers(village)["entity_name"] == name


@pytest.mark.parametrize(
    "name", ["sua gia dinh Ba Vi", "sữa gia đình Ba Vì", "sua de", "doi gia", "đổi giá", "khong duong", "không đường"]
)
def test_a_product_that_sounds_like_a_correction_is_the_answer(village: Village, name: str):
    village.say(WHO, name)

    assert answers(village)["product_name"] == name


@pytest.mark.parametrize(
    ("words", "way"),
    [("thôi nhé em", "/huy"), ("Anh Thôi", "/huy"), ("quay lại", "/quaylai"), ("sửa câu 1", "/sua 1")],
)
def test_what_may_be_a_name_or_a_wish_is_asked_under_a_name(village: Village, words: str, way: str):
    say_all(village, *TO_THE_PHONE[:4], words)
    written = village.button(WHO, "Ghi")

    assert written is not None
    assert way in [one.action for one in village.last(WHO).choices]
    assert answers(village).get("entity_name") is None

    village.press(WHO, written)

    assert answers(village)["entity_name"] == words


def test_a_correction_under_a_text_can_be_written_as_the_text(village: Village):
    to_the_price(village)
    say_all(village, "35k một chai", "dung", "sua gia 45k")
    assert "45.000 đồng/chai, đúng không ạ?" in said(village)

    village.tap(WHO, "Ghi")

    assert answers(village)["story"] == "sua gia 45k"
    assert answers(village)["price"] == {"dong": 35000, "per": "chai"}


def test_the_question_before_is_offered_to_who_asks_for_it(village: Village):
    say_all(village, "Mắm ruốc", "quay lại")

    village.tap(WHO, "Câu trước")

    assert "Câu 1/7" in said(village)


# --- what belongs elsewhere --------------------------------------------------------------------------------------------


def test_a_phone_number_under_a_name_is_kept_as_the_number_and_the_name_asked_again(village: Village):
    say_all(village, *TO_THE_PHONE[:4], "0905 123 456")

    assert "Điện thoại: 0905 123 456" in said(village)
    assert "Câu 5/7" in said(village)
    assert answers(village).get("entity_name") is None


def test_two_answers_under_a_choice_are_both_kept(village: Village):
    say_all(village, "Mắm ruốc", "hộ gia đình, mới")

    assert answers(village)["product_kind"] == "new"
    assert answers(village)["entity_kind"] == "household"


def test_a_whole_sentence_is_said_back_before_it_counts_as_a_name(village: Village):
    village.say(WHO, "tui tên Hoa làm nước mắm ở Cảnh Dương bán ba lăm nghìn một lít")

    assert said(village).endswith("đúng không ạ?")
    assert answers(village).get("product_name") is None

    village.say(WHO, "dung")

    assert "Cảnh Dương" in str(answers(village)["product_name"])


@pytest.mark.parametrize("words", ["chưa có", "không", "ko có"])
def test_nothing_to_add_skips_a_question_that_may_stay_open(village: Village, words: str):
    say_all(village, *TO_THE_END, "Bổ sung thêm", words)

    assert "Đã bỏ qua" in said(village)
    assert answers(village).get("description") is None


def test_a_name_that_was_wrong_is_mended_under_the_next_question(village: Village):
    say_all(village, *TO_THE_PHONE, "0912345678", "à nhầm, tên là Nguyễn Thị Mai")

    assert '"Tên chủ thể" thành Nguyễn Thị Mai, đúng không ạ?' in said(village)


@pytest.mark.parametrize("words", ["sửa câu 1", "sua so 1 giup em", "1"])
def test_a_question_is_mended_by_its_number_in_words(village: Village, words: str):
    say_all(village, *TO_THE_END, words)

    assert "Tên sản phẩm, đang ghi: Mắm ruốc" in said(village)


def test_what_was_offered_stays_on_offer_below_something_unclear(village: Village):
    say_all(village, *TO_THE_PHONE, "0912345678", "ly hoa")
    first = village.button(WHO, "Lý Hòa")
    assert first is not None

    village.send(WHO, "sticker")

    assert village.button(WHO, "Hải Phú") is not None


@pytest.mark.parametrize("words", ["nhà tui tự làm", "tui làm", "vo chong lam"])
def test_who_makes_it_at_home_is_a_household(village: Village, words: str):
    say_all(village, *TO_THE_PHONE[:3], words)

    assert answers(village)["entity_kind"] == "household"


def test_the_beginning_of_another_word_is_asked_and_not_taken(village: Village):
    say_all(village, "Mắm ruốc", "Sản phẩm mới", "ho")

    assert "đúng không ạ?" in said(village)
    assert answers(village).get("product_group") is None


def test_a_product_names_its_group(village: Village):
    say_all(village, "Mắm ruốc", "Sản phẩm mới", "nuoc mam")

    assert answers(village)["product_group"] == "food"


def test_the_words_of_the_pack_keep_their_language(village: Village):
    village.say(WHO, "/ngonngu en")
    village.say(WHO, "/tieptuc")

    assert "Sản phẩm của anh/chị tên là gì?" in said(village)


@pytest.mark.parametrize("words", ["bo qua", "bỏ qua"])
def test_to_skip_in_plain_words_is_no_guess_at_a_choice(village: Village, words: str):
    say_all(village, "Mắm ruốc", "Sản phẩm mới", words)

    assert "để sau cũng được" in said(village)


def test_a_choice_that_was_offered_alone_does_not_hide_the_others(village: Village):
    say_all(village, "Mắm ruốc", "Sản phẩm mới", "ho", "le a")

    assert village.button(WHO, "Thực phẩm") is not None


def test_send_in_plain_words_goes_on_with_what_was_left(village: Village):
    say_all(village, "Mắm ruốc", "/huy", "gửi")

    assert "đã xong 1/7 câu" in said(village)


def test_send_with_nothing_begun_tells_the_ways(tmp_path: Path):
    with open_village(tmp_path) as there:
        there.say(WHO, "gửi đi em")

        assert "không có phiếu nào làm dở" in said(there)
        assert there.button(WHO, "Đăng ký ý tưởng") == "/dangky"


@pytest.mark.parametrize("words", ["đọc kỹ", "doc ky hon", "làm chi mà cần sđt?"])
def test_who_doubts_at_the_consent_is_told_more(tmp_path: Path, words: str):
    with open_village(tmp_path) as there:
        (short,) = there.say(WHO, "/dangky")
        there.say(WHO, words)

        assert len(said(there)) > len(short.plain)
        assert there.button(WHO, "Đồng ý") is not None


# --- what was typed and what is kept -----------------------------------------------------------------------------------


def test_a_number_of_before_2018_is_said_back_as_what_it_is_today(village: Village):
    say_all(village, *TO_THE_PHONE, "0123 456 7890")

    assert 'Số "0123 456 7890" nay là 0834 567 890, đúng không ạ?' in said(village)
    assert answers(village).get("phone") is None

    village.say(WHO, "dung")

    assert answers(village)["phone"] == "+84834567890"


def test_who_has_no_phone_is_told_what_helps(village: Village):
    say_all(village, *TO_THE_PHONE, "khong co dien thoai")

    assert "ghi số người nhà" in said(village)


@pytest.mark.parametrize("words", ["không", "sai rồi"])
def test_no_to_several_offers_asks_for_other_words(village: Village, words: str):
    say_all(village, *TO_THE_PHONE, "0912345678", "ly hoa", words)

    assert "Vậy anh/chị gõ lại giúp em" in said(village)


def test_a_place_is_mended_by_its_whole_name(village: Village):
    say_all(village, *TO_THE_END, "sửa xã thành Thanh Trạch")

    assert "Xã Thanh Trạch, huyện Bố Trạch, đúng không ạ?" in said(village)


def test_no_papers_at_all_is_an_answer(village: Village):
    say_all(village, *TO_THE_END, "Bổ sung thêm", *["/boqua"] * 11, "không có giấy tờ chi")

    assert "Giấy tờ đã có: chưa có" in said(village)


def test_an_unclear_beginning_is_asked_for_its_year(village: Village):
    say_all(village, *TO_THE_END, "Bổ sung thêm", *["/boqua"] * 12, "làm từ thời ông nội")

    assert "Ghi năm là đủ" in said(village)


def test_what_cannot_be_read_as_a_price_is_no_correction_of_it(village: Village):
    say_all(village, "Mắm ruốc", "sua gia dinh")

    assert "Em chưa rõ" in said(village)
    assert village.button(WHO, "Sản phẩm mới") is not None


def test_enough_under_a_question_that_may_stay_open_skips_nothing(village: Village):
    to_the_price(village)

    village.say(WHO, "Thôi")

    assert "Đã bỏ qua" not in said(village)
    assert village.button(WHO, "Thôi, vậy đủ rồi") is not None


def test_thanks_in_the_middle_are_answered(village: Village):
    say_all(village, "Mắm ruốc", "cảm ơn em nhiều nhé")

    assert "Dạ, em đây ạ" in said(village)
