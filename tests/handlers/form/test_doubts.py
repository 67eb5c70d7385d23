"""Answers in doubt under a question: tired words, names like commands, guesses; asked, never stored by mistake."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handlers.desk import Village, open_village
from tests.handlers.form.filling import TO_THE_END, TO_THE_PHONE, WHO, answers, begun, said, say_all, to_the_price


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with begun(tmp_path) as there:
        yield there


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


def test_words_that_can_only_ask_for_the_question_before_lead_to_it(village: Village):
    say_all(village, "Mắm ruốc", "quay lại")

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


@pytest.mark.parametrize("words", ["đọc kỹ", "doc ky hon"])
def test_who_doubts_at_the_consent_is_told_more(tmp_path: Path, words: str):
    with open_village(tmp_path) as there:
        (short,) = there.say(WHO, "/dangky")
        there.say(WHO, words)

        assert len(said(there)) > len(short.plain)
        assert there.button(WHO, "Đồng ý") is not None


def test_who_asks_at_the_consent_is_answered_and_asked_again(tmp_path: Path):
    with open_village(tmp_path) as there:
        there.say(WHO, "/dangky")
        answer, again = there.say(WHO, "làm chi mà cần sđt?")

        assert "Thông tin của tôi được giữ thế nào" in answer.plain
        assert "Anh/chị đồng ý không ạ?" in again.plain
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
