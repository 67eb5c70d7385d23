"""A swindle and a bribe are answered before anything else, and a report about an office never reaches that office."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from content.programme.protection import Protection
from handlers.conversation.incoming import IncomingFile
from registry.answers.unanswered import unanswered
from registry.applications import drafts
from registry.applications.files import files
from registry.applications.questions import questions
from tests.handlers.desk import COMMUNE, DISTRICT, PROVINCE, Village, open_village, words_of

WHO = "ba con"
SWINDLES = (
    "trúng thưởng OCOP 50 triệu bấm link nhận quà",
    "trung thuong ocop 50 trieu bam link nhan qua",
    "có người gọi bảo nộp 2 triệu để được cấp sao",
    "co nguoi goi bao nop 2 trieu de duoc cap sao",
)
BRIBES = ("cán bộ xã đòi tiền bồi dưỡng", "can bo xa doi tien boi duong")
NO_FEE = "OCOP không thu tiền để được xét hay được cấp sao"
NOT_AMONG_OURS = "không có tin nào đúng như vậy"
SUBSIDY = "Có được hỗ trợ tiền không"
ANSWERS = (
    "Mắm ruốc",
    "Sản phẩm mới",
    "Thực phẩm",
    "Hộ gia đình",
    "Nguyễn Thị Mẫu",
    "0912345678",
    "Hải Ninh, Quảng Ninh",
)
UP = "Báo cấp trên"
NAMELESS = "Không ghi tên"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


@pytest.fixture
def offices(village: Village) -> Village:
    """A producer whose commune, district and province all have an official."""
    village.person(WHO, "Lài", COMMUNE)
    village.official("xa", "commune_official", COMMUNE, "Cán bộ xã")
    village.official("huyen", "district_official", DISTRICT, "Cán bộ huyện")
    village.official("tinh", "province_official", PROVINCE, "Cán bộ tỉnh")
    return village


def count(village: Village, table) -> int:
    return village.do(lambda db: db.execute(select(func.count()).select_from(table)).scalar_one())


def answers(village: Village) -> dict[str, object]:
    (draft,) = village.do(drafts.open_drafts, person_id=village.person(WHO))
    return dict(draft.answers)


def told(village: Village, account: str) -> str:
    village.deliver()
    return village.all_words(account)


# --- a swindle --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", ["quang-binh-2021", "quang-tri-2026"])
@pytest.mark.parametrize("words", SWINDLES)
def test_a_swindle_gets_the_warning_and_the_verdict_at_once(tmp_path: Path, pack: str, words: str):
    with open_village(tmp_path, pack) as village:
        said = village.say(WHO, words)

        assert NO_FEE in said[0].plain
        assert NOT_AMONG_OURS in words_of(said[-1])
        assert SUBSIDY not in village.all_words(WHO)
        assert village.button(WHO, "Xem tin đáng ngờ") == "/kiemtra"
        assert village.button(WHO, "Hỏi cán bộ") == "/lienhe"
        assert count(village, unanswered) == 0


def test_the_command_for_questions_warns_too(village: Village):
    assert NO_FEE in village.say(WHO, f"/hoi {SWINDLES[0]}")[0].plain


def test_a_real_announcement_that_warns_of_swindlers_is_known_again(offices: Village):
    offices.say("huyen", "/thongbao")
    offices.tap("huyen", "Cả Huyện Quảng Ninh")
    offices.say("huyen", "Có kẻ mạo danh cán bộ OCOP gọi báo trúng thưởng để lừa đảo. Bà con đừng nghe.")
    offices.tap("huyen", "Gửi cho")
    offices.wait_out_delay()

    said = offices.say(WHO, offices.last(WHO).plain)

    assert "Đúng là Thông báo 1/2021" in said[-1].plain
    assert NOT_AMONG_OURS not in "".join(map(words_of, said))


@pytest.mark.parametrize("words", [SWINDLES[0], SWINDLES[3], BRIBES[0]])
@pytest.mark.parametrize("given", range(len(ANSWERS) + 1))
def test_in_mid_form_it_is_answered_and_the_form_stays_where_it_is(village: Village, given: int, words: str):
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    for answer in ANSWERS[:given]:
        village.say(WHO, answer)
    before, asked, talk = answers(village), village.last(WHO).plain, village.talk(WHO)

    said = village.say(WHO, words)

    assert NO_FEE in said[0].plain
    assert answers(village) == before
    assert (village.talk(WHO).topic, village.talk(WHO).step) == (talk.topic, talk.step)
    assert asked.split("\n")[-1] in village.last(WHO).plain
    if given < len(ANSWERS):
        village.say(WHO, ANSWERS[given])
        assert len(answers(village)) > len(before)


def test_it_is_answered_while_consent_is_asked(village: Village):
    village.say(WHO, "/dangky")
    said = village.say(WHO, SWINDLES[2])

    assert NO_FEE in said[0].plain
    assert village.button(WHO, "Đồng ý")


def test_it_is_answered_while_a_value_waits_for_its_confirmation(village: Village):
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    for answer in ANSWERS:
        village.say(WHO, answer)
    for words in ("Bổ sung thêm", *["/boqua"] * 8, "45k"):
        village.say(WHO, words)
    assert "45.000" in village.last(WHO).plain

    said = village.say(WHO, SWINDLES[2])

    assert NO_FEE in said[0].plain
    assert "45.000" in village.last(WHO).plain
    village.tap(WHO, "Đúng")
    assert answers(village)["price"]


def test_it_is_answered_while_places_are_offered_to_choose_from(village: Village):
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    for answer in (*ANSWERS[:-1], "Tân Thành"):
        village.say(WHO, answer)
    offered = [choice.label for choice in village.last(WHO).choices]

    village.say(WHO, SWINDLES[2])

    assert [choice.label for choice in village.last(WHO).choices] == offered
    village.tap(WHO, offered[0])
    assert answers(village)["place"]


def test_a_story_with_such_words_can_be_kept_by_a_press(village: Village):
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    for answer in ANSWERS:
        village.say(WHO, answer)
    village.say(WHO, "Bổ sung thêm")
    story = next(
        field.id for field in village.pack.forms["idea"].optional if field.type == "text" and not 0 < field.most <= 200
    )
    while village.talk(WHO).step != story:
        village.say(WHO, "/boqua")
    words = "Ngày trước bị lừa mua giống kém, nhà em tự để giống, mắm từ đó thơm hơn."

    village.say(WHO, words)
    assert story not in answers(village)

    village.tap(WHO, "Ghi làm câu trả lời")
    assert answers(village)[story] == words


def test_a_picture_of_such_a_message_is_no_picture_of_the_product(village: Village):
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    photo = IncomingFile("f1", "tin.jpg", "image/jpeg", 1000)

    said = village.send(WHO, "photo", photo, text="tin này bảo nộp 2 triệu để được cấp sao, có phải lừa đảo không")

    assert NO_FEE in said[0].plain
    assert answers(village).get("photos") is None
    assert count(village, files) == 0


@pytest.mark.parametrize("words", ["giá tiền 35 nghìn", "lệ phí kiểm nghiệm bao nhiêu", "nộp hồ sơ ở đâu"])
def test_harmless_words_with_money_are_answered_as_ever(village: Village, words: str):
    village.say(WHO, words)

    assert NO_FEE not in village.all_words(WHO)


# --- officials who write about it -------------------------------------------------------------------------------------


def test_an_official_can_announce_a_warning(offices: Village):
    offices.say("huyen", "/thongbao")
    offices.tap("huyen", "Cả Huyện Quảng Ninh")
    offices.say("huyen", "Có kẻ mạo danh cán bộ đòi 2 triệu. Bà con đừng chuyển tiền.")

    assert NO_FEE not in offices.all_words("huyen")
    assert offices.button("huyen", "Gửi người duyệt"), "money is named, so a second official reads it first"


def test_an_official_can_answer_with_a_warning(offices: Village):
    offices.say(WHO, "/lienhe")
    offices.say(WHO, "Nộp giấy ở đâu ạ?")
    offices.deliver()
    offices.tap("xa", "Trả lời")
    offices.say("xa", "Ở UBND xã. Có kẻ mạo danh cán bộ đòi tiền, bà con đừng đưa.")

    assert "mạo danh" in told(offices, WHO)


# --- a bribe ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", BRIBES)
def test_a_bribe_is_offered_one_level_up_and_not_to_that_office(offices: Village, words: str):
    said = offices.say(WHO, words)

    assert NO_FEE in said[0].plain
    assert "lên huyện Quảng Ninh" in said[0].plain
    assert offices.button(WHO, "Hỏi cán bộ") is None
    offices.tap(WHO, UP)
    assert "Cán bộ huyện" in offices.last(WHO).plain
    assert "Cán bộ xã" not in offices.last(WHO).plain


def test_the_report_reaches_the_level_above_and_is_hidden_from_the_office(offices: Village):
    offices.say(WHO, BRIBES[0])
    offices.tap(WHO, UP)
    offices.say(WHO, "Ông A ở xã đòi 2 triệu hôm 20/5")
    offices.tap(WHO, NAMELESS)

    assert "đã chuyển" in offices.last(WHO).plain
    assert "đòi 2 triệu" in told(offices, "huyen")
    assert "đòi 2 triệu" not in told(offices, "xa")
    assert "đòi 2 triệu" not in told(offices, "tinh")
    assert "Không có câu hỏi" in words_of(offices.say("xa", "/cauhoi")[0])
    question = offices.do(lambda db: db.execute(select(questions.c.id)).scalar_one())
    assert "không thuộc nơi" in words_of(offices.say("xa", f"/traloi {question}")[0])

    offices.say("huyen", f"/traloi {question}")
    offices.say("huyen", "Huyện đã nhận, sẽ làm rõ.")
    assert "sẽ làm rõ" in told(offices, WHO)


def test_the_same_report_twice_is_one(offices: Village):
    for _ in range(2):
        offices.say(WHO, BRIBES[0])
        offices.tap(WHO, UP)
        offices.say(WHO, "Ông A ở xã đòi 2 triệu hôm 20/5")
        offices.tap(WHO, NAMELESS)

    assert count(offices, questions) == 1


def test_a_bribe_told_to_the_desk_of_that_office_is_not_passed_on(offices: Village):
    offices.say(WHO, "/lienhe")
    assert "Cán bộ xã" in offices.last(WHO).plain

    said = offices.say(WHO, BRIBES[0])

    assert NO_FEE in said[0].plain
    assert count(offices, questions) == 0
    assert BRIBES[0] not in told(offices, "xa")
    assert offices.button(WHO, UP)


def test_a_swindle_told_to_an_office_is_warned_of_and_passed_on(offices: Village):
    offices.say(WHO, "/lienhe")
    said = offices.say(WHO, SWINDLES[2])

    assert NO_FEE in said[0].plain
    assert SWINDLES[2] in told(offices, "xa")


def test_what_is_told_instead_of_a_place_is_answered_and_the_place_asked_again(village: Village):
    village.say(WHO, "/lienhe")
    said = village.say(WHO, BRIBES[0])

    assert NO_FEE in said[0].plain
    assert "xã, phường nào?" in village.last(WHO).plain


def test_a_complaint_about_the_district_goes_to_the_province(offices: Village):
    offices.say(WHO, "cán bộ huyện đòi phong bì")
    offices.tap(WHO, UP)

    assert "Cán bộ tỉnh" in offices.last(WHO).plain
    offices.say(WHO, "Chị B đòi phong bì")
    offices.tap(WHO, NAMELESS)
    assert "đòi phong bì" in told(offices, "tinh")
    assert "đòi phong bì" not in told(offices, "huyen")


@pytest.mark.parametrize("words", ["cán bộ tỉnh đòi 3 triệu", "hội đồng đòi phong bì"])
@pytest.mark.parametrize("contact", ["", "0232 123 456"])
def test_above_the_top_there_is_only_the_contact_of_the_house(offices: Village, words: str, contact: str):
    offices.house = replace(offices.house, contact=contact)

    said = offices.say(WHO, words)

    assert "không còn ai" in said[0].plain
    assert contact in said[0].plain
    assert offices.button(WHO, UP) is None
    assert "Cán bộ" not in said[0].plain


def test_where_nobody_is_above_it_is_said_plainly_and_nothing_is_kept(village: Village):
    village.person(WHO, "Lài", COMMUNE)
    village.official("xa", "commune_official", COMMUNE, "Cán bộ xã")

    said = village.say(WHO, BRIBES[0])

    assert "không còn ai" in said[0].plain
    assert village.button(WHO, UP) is None
    village.press(WHO, "/lienhe tren commune")  # an old button, from when there was somebody
    assert "không còn ai" in village.all_words(WHO)
    assert village.talk(WHO).topic is None
    assert count(village, questions) == 0


def test_who_has_a_role_at_both_offices_is_passed_over(village: Village):
    village.person(WHO, "Lài", COMMUNE)
    village.official("ca hai", "commune_official", COMMUNE, "Cán bộ xã")
    village.official("ca hai", "district_official", DISTRICT, "Cán bộ huyện")
    village.official("tinh", "province_official", PROVINCE, "Cán bộ tỉnh")

    village.say(WHO, BRIBES[0])
    village.tap(WHO, UP)

    assert "Cán bộ tỉnh" in village.last(WHO).plain


def test_where_the_person_is_unknown_the_place_is_asked_first(village: Village):
    village.official("huyen", "district_official", DISTRICT, "Cán bộ huyện")
    village.say(WHO, BRIBES[0])
    village.tap(WHO, UP)
    assert "xã, phường nào?" in village.last(WHO).plain

    village.say(WHO, "Hải Ninh, Quảng Ninh")

    assert "Cán bộ huyện" in village.last(WHO).plain
    village.say(WHO, "Ông A đòi 2 triệu")
    assert "Ông A đòi 2 triệu" in told(village, "huyen")


def test_the_level_above_that_left_meanwhile_is_said(offices: Village):
    offices.say(WHO, BRIBES[0])
    offices.tap(WHO, UP)
    offices.do(lambda db: db.execute(questions.delete()).rowcount)
    from registry.store.rows import roles

    offices.do(lambda db: db.execute(roles.update().values(revoked_at=offices.now)).rowcount)

    offices.say(WHO, "Ông A đòi 2 triệu")

    assert "không còn ai" in offices.all_words(WHO)
    assert count(offices, questions) == 0


def test_where_there_is_no_district_any_more_the_province_is_above(tmp_path: Path):
    with open_village(tmp_path, "quang-tri-2026") as village:
        village.person(WHO, "Lài", "19225")
        village.official("xa", "commune_official", "19225", "Cán bộ xã")
        village.official("tinh", "province_official", "44", "Cán bộ tỉnh")

        for words in ("cán bộ xã đòi tiền bồi dưỡng", "cán bộ đòi phong bì"):
            village.say(WHO, words)
            village.tap(WHO, UP)
            assert "Cán bộ tỉnh" in village.last(WHO).plain
            village.press(WHO, "/huy")


def test_english_readers_are_warned_in_english(village: Village):
    village.say(WHO, "/ngonngu en")

    assert "OCOP takes no money" in village.say(WHO, SWINDLES[0])[0].plain
    assert "OCOP takes no money" in village.say(WHO, BRIBES[0])[0].plain


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("mã OTP là gì", "OTP là mã bí mật"),
        ("phòng chống lừa đảo thì làm sao", "Ai bảo chuyển tiền trước"),
        ("hoi lo la gi", "đều là trái quy định"),
    ],
)
def test_a_question_about_a_danger_is_answered_as_a_question(village: Village, words: str, answer: str) -> None:
    village.say(WHO, words)

    assert answer in village.last(WHO).plain
    assert count(village, unanswered) == 0


def test_fertiliser_is_a_question_for_the_finder(village: Village) -> None:
    village.say(WHO, "phân bón lót tay cho lạc")

    assert "OCOP không thu tiền" not in village.last(WHO).plain


# --- complaints, despair and danger to life ---------------------------------------------------------------------------


@pytest.mark.parametrize("pack", ["quang-binh-2021", "quang-tri-2026"])
@pytest.mark.parametrize("words", ["tôi chán sống rồi", "toi muon tu tu"])
def test_despair_gets_people_and_the_number_of_the_pack_and_no_card(tmp_path: Path, pack: str, words: str):
    with open_village(tmp_path, pack) as village:
        said = village.say(WHO, words)

        assert len(said) == 1
        assert "người nhà" in said[0].plain
        assert "115" in said[0].plain
        assert said[0].choices == ()
        assert count(village, unanswered) == 0


def test_danger_to_life_names_only_numbers_the_pack_holds(village: Village):
    programme = replace(village.pack.programme, protection=Protection())
    assert "113" in village.say(WHO, "có người dọa giết tôi")[0].plain

    village.house = replace(village.house, pack=replace(village.pack, programme=programme))

    assert not any(sign.isdigit() for sign in village.say(WHO, "có người dọa giết tôi")[0].plain)


@pytest.mark.parametrize(
    "words", ["tôi chán sống rồi", "chu tich xa voi tien", "muốn tố cáo cán bộ xã", "cháy nhà rồi"]
)
def test_in_mid_form_every_danger_is_answered_and_nothing_is_stored(village: Village, words: str):
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    village.say(WHO, ANSWERS[0])
    before, asked = answers(village), village.last(WHO).plain

    village.say(WHO, words)

    assert answers(village) == before
    assert asked.split("\n")[-1] in village.last(WHO).plain
    assert count(village, questions) == 0


@pytest.mark.parametrize("words", ["muốn phản ánh cán bộ xã", "cán bộ xã làm khó dân"])
def test_a_complaint_goes_up_without_a_name_and_a_chat_is_no_formal_one(offices: Village, words: str):
    said = offices.say(WHO, words)

    assert NO_FEE not in said[0].plain
    assert "chưa phải đơn" in said[0].plain
    assert "nơi tiếp công dân" in said[1].plain
    assert "Luật Khiếu nại" in said[1].plain
    offices.tap(WHO, UP)
    offices.say(WHO, "Cán bộ A đuổi tôi về")
    offices.tap(WHO, NAMELESS)
    assert "đuổi tôi về" in told(offices, "huyen")
    assert "Lài" not in told(offices, "huyen")
    assert "đuổi tôi về" not in told(offices, "xa")


def test_the_author_of_a_complaint_is_not_named_after_the_answer_either(offices: Village):
    offices.say(WHO, "/dangky")
    offices.tap(WHO, "Đồng ý")
    for answer in ANSWERS:
        offices.say(WHO, answer)
    offices.press(WHO, "/lienhe tren commune")
    offices.say(WHO, "Cán bộ A đuổi tôi về")
    offices.tap(WHO, NAMELESS)
    question = offices.do(lambda db: db.execute(select(questions.c.id)).scalar_one())
    offices.say("huyen", f"/traloi {question}")
    offices.say("huyen", "Huyện sẽ làm rõ.")

    assert "Nguyễn Thị Mẫu" not in offices.all_words("huyen")
    assert "0912" not in offices.all_words("huyen")


def test_the_commune_a_complaint_names_is_the_one_complained_of(offices: Village):
    other = next(one.code for one in offices.house.pack.places.all("commune") if one.short == "Cảnh Dương")
    offices.person("xa la", "Mận", other)

    said = offices.say("xa la", "cán bộ Hải Ninh đòi 5 triệu mới cho sao")

    assert "xã Hải Ninh, huyện Quảng Ninh không xem được" in said[0].plain
    offices.tap("xa la", UP)
    offices.say("xa la", "Ông A đòi 5 triệu")
    offices.tap("xa la", NAMELESS)
    assert "đòi 5 triệu" in told(offices, "huyen")
    assert "đòi 5 triệu" not in told(offices, "xa")


def test_an_official_does_not_get_their_own_complaint(offices: Village):
    said = offices.say("huyen", "cán bộ Hải Ninh đòi 5 triệu mới cho sao")

    assert "tỉnh Quảng Bình" in said[0].plain
    offices.tap("huyen", UP)
    offices.say("huyen", "Ông A đòi 5 triệu")
    offices.tap("huyen", NAMELESS)
    assert "Ông A đòi 5 triệu" in told(offices, "tinh")
    assert "Bà con phản ánh" not in told(offices, "huyen")


@pytest.mark.parametrize("words", ["đồ ngu", "hfjdksla", "cháy nhà rồi", "tôi chán sống rồi"])
def test_curses_noise_and_danger_to_life_are_no_question_to_an_office(offices: Village, words: str):
    offices.say(WHO, "/lienhe")
    offices.say(WHO, words)

    assert count(offices, questions) == 0
    assert words not in told(offices, "xa")
    offices.say(WHO, "Nộp giấy ở đâu ạ?")
    assert count(offices, questions) == 1
