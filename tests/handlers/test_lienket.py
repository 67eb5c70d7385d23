"""One person on two accounts: a conversation continues on the other account, and each notice is sent once."""

from datetime import timedelta

import pytest

from registry.deliveries.reaching import Foreseen
from registry.people import people
from tests.handlers.desk import DISTRICT, open_village

ANSWERS = ("Khoai deo", "moi", "thuc pham", "ho gia dinh", "Nguyễn Thị Mẫu", "0912345678", "hai ninh")


@pytest.fixture
def village(tmp_path):
    with open_village(tmp_path) as opened:
        yield opened


def code_of(village, account):
    lines = [line for message in village.say(account, "/lienket") for line in message.text.splitlines()]
    return next(line for line in lines if line.startswith("/lienket "))


def link(village, first="may-ban", second="dien-thoai"):
    village.say(second, code_of(village, first))
    return village.tap(second, "Đúng là tôi")[-1].text


def test_a_draft_begun_on_one_account_goes_on_at_the_other(village):
    village.say("may-ban", "/dangky")
    village.tap("may-ban", "Đồng ý")
    village.say("may-ban", "Nước mắm Cảnh Dương")
    assert "chung một chỗ" in link(village)

    again = village.say("dien-thoai", "/tieptuc")[-1].text

    assert "Nước mắm Cảnh Dương" in again
    assert "Câu 2/7" in again


def test_a_draft_begun_on_the_account_that_joins_is_not_lost(village):
    village.say("dien-thoai", "/dangky")
    village.tap("dien-thoai", "Đồng ý")
    village.say("dien-thoai", "Khoai deo Hải Ninh")
    link(village)

    assert "Khoai deo Hải Ninh" in village.say("may-ban", "/tieptuc")[-1].text


def test_an_idea_handed_in_before_is_seen_from_both(village):
    idea = village.register("dien-thoai", *ANSWERS)
    link(village)

    assert idea.code in village.say("may-ban", "/trangthai")[-1].text
    assert idea.code in village.say("dien-thoai", "/trangthai")[-1].text


def test_a_decision_and_an_announcement_arrive_once_on_the_account_that_last_spoke(village):
    idea = village.register("dien-thoai", *ANSWERS)
    link(village)
    village.official("huyen", "district_official", DISTRICT)
    village.say("may-ban", "/menu")
    before = {account: len(village.heard.get(account, ())) for account in ("may-ban", "dien-thoai")}

    village.press("huyen", f"/quyet {idea.code} 1 accept")
    village.say("huyen", "/thongbao")
    village.tap("huyen", "Cả Huyện Quảng Ninh")
    village.say("huyen", "Mời bà con họp lúc 8 giờ thứ Sáu tại nhà văn hoá xã.")
    assert "1 người" in village.last("huyen").text
    village.tap("huyen", "Gửi cho")
    village.wait_out_delay()

    assert len(village.heard["may-ban"]) - before["may-ban"] == 2
    assert len(village.heard["dien-thoai"]) == before["dien-thoai"]


def test_a_code_works_once(village):
    code = code_of(village, "may-ban")
    village.say("dien-thoai", code)
    village.tap("dien-thoai", "Đúng là tôi")

    assert "đã dùng" in village.say("nguoi-la", code)[-1].text


def test_a_code_is_dead_after_ten_minutes(village):
    code = code_of(village, "may-ban")
    village.now += timedelta(minutes=11)

    assert "quá 10 phút" in village.say("dien-thoai", code)[-1].text


def test_joining_is_asked_with_a_name_that_tells_a_stranger_nothing(village):
    village.person("may-ban", "Nguyễn Thị Mẫu")

    asked = village.say("dien-thoai", code_of(village, "may-ban"))[-1].text

    assert "N. T. Mẫu" in asked
    assert "Nguyễn" not in asked


def test_of_somebody_without_a_name_it_is_told_where_they_asked(village):
    asked = village.say("dien-thoai", code_of(village, "may-ban"))[-1].text

    assert "một tài khoản ở một ứng dụng khác" in asked


def test_a_role_is_held_on_both(village):
    village.official("may-ban", "district_official", DISTRICT)
    link(village)

    assert "Em chưa biết lệnh" not in village.say("dien-thoai", "/duyet")[-1].text


def test_unlinked_an_account_sees_nothing_any_more(village):
    idea = village.register("may-ban", *ANSWERS)
    link(village)
    village.say("dien-thoai", "/bolienket")
    village.tap("dien-thoai", "Bỏ liên kết")

    assert idea.code not in village.say("dien-thoai", "/trangthai")[-1].text
    assert idea.code in village.say("may-ban", "/trangthai")[-1].text


def test_unlinking_takes_a_number_for_an_answer_whatever_else_was_asked(village):
    link(village)
    village.say("dien-thoai", "/dangky")
    village.tap("dien-thoai", "Đồng ý")
    joined = village.person("dien-thoai")
    village.say("dien-thoai", "/bolienket")
    village.say("dien-thoai", "1")

    assert village.person("dien-thoai") != joined == village.person("may-ban")


def test_being_forgotten_takes_what_was_joined_along(village):
    village.register("dien-thoai", *ANSWERS)
    link(village)
    village.say("may-ban", "/dulieu xoa chac")

    for account in ("may-ban", "dien-thoai"):
        assert "chưa có hồ sơ" in village.say(account, "/trangthai")[-1].text


# --- by a number both platforms vouch for -----------------------------------------------------------------------------

NUMBER = "+84912345678"
OFFER = "Số này đã dùng"


def to_the_number(village, account):
    """As far as the question for the number, after the consent."""
    village.say(account, "/dangky")
    village.tap(account, "Đồng ý")
    for words in ANSWERS[:5]:
        village.say(account, words)


def share(village, account, phone=NUMBER):
    """Share one's own contact, as the platform vouches for it; return the answer."""
    to_the_number(village, account)
    return "\n".join(message.text for message in village.send(account, "contact", phone=phone))


def same_person(village, first="may-ban", second="dien-thoai"):
    return village.person(first) == village.person(second)


def test_a_number_both_were_vouched_for_is_offered_and_joins_after_a_yes_on_the_other_account(village):
    share(village, "may-ban")
    assert OFFER in share(village, "dien-thoai")

    village.say("dien-thoai", "/lienket so")
    assert not same_person(village)
    village.deliver()
    village.tap("may-ban", "Đúng là tôi")

    assert same_person(village)


def test_an_account_that_the_question_does_not_reach_at_once_is_not_called_asked(village):
    share(village, "may-ban")
    share(village, "dien-thoai")
    village.foresees(Foreseen.WHEN_THEY_WRITE)

    told = "\n".join(message.text for message in village.say("dien-thoai", "/lienket so"))

    assert "Em vừa hỏi" not in told
    assert "nhắn em một tin trong 24 giờ" in told


def test_a_typed_number_is_offered_nothing_and_tells_nothing(village):
    share(village, "may-ban")
    to_the_number(village, "nguoi-la")

    typed = "\n".join(message.text for message in village.say("nguoi-la", "0912345678"))
    village.say("nguoi-la", "hai ninh")
    village.tap("nguoi-la", "Gửi")
    asked = village.say("nguoi-la", "/lienket so")[-1].text
    to_the_number(village, "nguoi-khac")
    unknown = "\n".join(message.text for message in village.say("nguoi-khac", "0987654321"))

    assert OFFER not in typed
    assert typed.replace("0912 345 678", "#") == unknown.replace("0987 654 321", "#")
    assert "chưa nối được" in asked
    assert not same_person(village, "may-ban", "nguoi-la")


def test_a_typed_number_offers_its_owner_nothing_either(village):
    to_the_number(village, "nguoi-la")
    village.say("nguoi-la", "0912345678")
    village.say("nguoi-la", "hai ninh")
    village.tap("nguoi-la", "Gửi")

    assert OFFER not in share(village, "may-ban")


def test_somebody_elses_contact_vouches_for_nothing(village):
    share(village, "may-ban")

    assert OFFER not in share(village, "nguoi-la", phone="")


def test_a_number_vouched_for_before_does_not_vouch_for_the_one_typed_later(village):
    share(village, "nguoi-la", phone="+84987654321")
    village.say("nguoi-la", "hai ninh")
    village.tap("nguoi-la", "Gửi")
    village.say("nguoi-la", "/dangky")
    village.do(people.set_phone, person_id=village.person("nguoi-la"), phone=NUMBER)

    assert OFFER not in share(village, "may-ban")


def test_without_consent_a_shared_number_is_neither_kept_nor_offered(village):
    share(village, "may-ban")

    village.send("nguoi-la", "contact", phone=NUMBER)

    assert village.do(people.person, village.person("nguoi-la")).phone is None
    assert OFFER not in village.all_words("nguoi-la")


def question_to(village, account, other="dien-thoai"):
    """The action of the yes that only `account` was shown."""
    share(village, account)
    share(village, other)
    village.say(other, "/lienket so")
    village.deliver()
    return village.button(account, "Đúng là tôi")


def test_a_stranger_who_learns_of_the_question_cannot_answer_it(village):
    yes = question_to(village, "may-ban")

    assert "đã dùng hoặc quá" in village.press("nguoi-la", yes)[-1].text
    assert "đã dùng hoặc quá" not in village.press("may-ban", yes)[-1].text


def test_the_question_is_dead_after_a_day(village):
    yes = question_to(village, "may-ban")
    village.now += timedelta(hours=25)

    village.press("may-ban", yes)

    assert not same_person(village)


def test_who_asks_cannot_answer_for_the_other(village):
    yes = question_to(village, "may-ban")

    village.press("dien-thoai", yes)

    assert not same_person(village)


def test_the_other_account_is_asked_once_and_a_no_is_kept(village):
    question_to(village, "may-ban")
    village.tap("may-ban", "Không phải tôi")
    before = len(village.heard["may-ban"])
    for _ in range(3):
        village.say("dien-thoai", "/lienket so")
        village.deliver()

    assert len(village.heard["may-ban"]) == before
    assert not same_person(village)


def test_an_earlier_code_is_dead_once_a_later_one_is_asked_for(village):
    first = code_of(village, "may-ban")
    village.say("may-ban", "/lienket")

    assert "đã dùng" in village.say("dien-thoai", first)[-1].text
