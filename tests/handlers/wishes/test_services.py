"""Wishes in everyday words open the place that serves them; nothing is changed by the words alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from content.language.wishes import wishes
from handlers.wishes.services import SERVICES
from registry.answers.unanswered import unanswered
from registry.applications.applications import Application
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village, words_of

WHO, NEW, OFFICER = "ba con", "nguoi moi", "can bo"


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    with open_village(tmp_path_factory.mktemp("wishes")) as there:
        there.official(OFFICER, "commune_official", COMMUNE, "Chị Lan")
        there.idea(there.person(WHO, "Nguyễn Thị Mẫu", COMMUNE, "+84912345678"))
        yield there


def said(village: Village, account: str, text: str) -> str:
    return "\n".join(map(words_of, village.say(account, text)))


def test_every_wish_has_its_service() -> None:
    assert set(SERVICES) == set(wishes())


OPENED = {
    "huy dang ky giup toi": 'Rút "Khoai deo"',
    "tui nỏ muốn mần nữa": "Em chưa bỏ gì",
    "đổi số điện thoại": "Sửa trong: Khoai deo",
    "tui chuyển nhà rồi": "Sửa trong: Khoai deo",
    "ghi sai tên rồi": "Tên sản phẩm",
    "sua phieu": "Khoai deo",
    "tui mất điện thoại rồi": "/lienket",
    "nói tiếng anh được không": "English",
    "gọi chị là cô": "Bác",
    "đổi giờ nhắc": "giờ",
    "nhac toi truoc han nop": "nhắc",
    "bot lưu gì về tôi": "Xóa",
    "xóa tài khoản": "chắc",
    "phiếu tới chưa": "Khoai deo",
    "khi mô có kết quả rứa": "Khoai deo",
    "chừ mần chi tiếp": "Khoai deo",
    "in phiếu": ".pdf",
    "quên mã hồ sơ": "YT-2021-",
    "thêm người nhà vào": "/start moi_",
    "dang ky them sp nua": "Để đăng ký",
    "gửi thêm ảnh": "Bổ sung: Khoai deo",
    "cho gap nguoi that": "Chị Lan",
    "tin này có thật không": "tin",
    "cho vào lịch điện thoại": "lich-ocop.ics",
    "tui muốn học": "Mỗi tuần một bài",
    "không học nữa": "bài",
    "hôm nay ngày mấy": "thứ Ba 01/06",
    "hom nay thu may": "âm lịch",
    "em là robot hả": "Trợ lý OCOP",
    "làm giấy mời họp": "Em không soạn giấy tờ",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), OPENED.items(), ids=OPENED.keys())
def test_a_wish_opens_what_serves_it(village: Village, text: str, expected: str) -> None:
    told = said(village, WHO, text)
    village.say(WHO, "/huy")
    assert expected.casefold() in told.casefold()
    assert left_for_the_office(village) == 0


def left_for_the_office(village: Village) -> int:
    return village.do(lambda db: db.execute(select(func.count()).select_from(unanswered)).scalar_one())


def test_words_alone_withdraw_and_stop_nothing(village: Village) -> None:
    for text in ("hủy đăng ký", "không muốn làm nữa", "đừng nhắc nữa", "xóa tài khoản"):
        village.say(WHO, text)
    assert "Khoai deo" in said(village, WHO, "/trangthai")
    assert "Rút lại" not in said(village, WHO, "/trangthai")


def test_somebody_without_an_idea_is_answered_too(village: Village) -> None:
    assert "không có gì phải hủy" in said(village, NEW, "huy dang ky")
    assert "chưa gửi ý tưởng nào" in said(village, NEW, "đổi số điện thoại")
    assert "Hạn" not in said(village, NEW, "làm gì tiếp theo")
    assert left_for_the_office(village) == 0


def test_an_official_who_wants_a_letter_is_shown_the_invitations(village: Village) -> None:
    said(village, OFFICER, "soạn công văn")
    assert village.button(OFFICER, "Mời buổi mới") == "/taphuan moi"
    village.say(OFFICER, "làm giấy mời họp")
    assert village.talk(OFFICER).topic == "taphuan"
    village.say(OFFICER, "/huy")


# --- what just happened -----------------------------------------------------------------------------------------------


def decline(village: Village, idea: Application, reason: str) -> None:
    village.press(OFFICER, f"/quyet {idea.code} {village.fresh(idea).version} decline")
    village.say(OFFICER, reason)
    village.tap(OFFICER, "Gửi")


@pytest.fixture
def declined(tmp_path: Path) -> Iterator[tuple[Village, Application]]:
    with open_village(tmp_path) as there:
        there.official(OFFICER, "district_official", DISTRICT, "Chị Lan")
        idea = there.idea(there.person(WHO, "Nguyễn Thị Mẫu", COMMUNE, "+84912345678"))
        decline(there, idea, "Khoai không trồng ở xã mình")
        assert there.fresh(idea).status == "idea_declined"
        yield there, idea


@pytest.mark.parametrize(
    "text", ["vì sao", "vi sao khong duoc", "răng mà bị loại rứa", "sao hồ sơ bị trả lại", "làm lại được không", "không đạt thì sao"]
)  # fmt: skip
def test_declined_a_minute_ago_the_reason_is_the_answer(declined: tuple[Village, Application], text: str) -> None:
    village, idea = declined
    assert "Khoai không trồng ở xã mình" in said(village, WHO, text)
    assert village.button(WHO, "Đăng ký lại") == f"/dangky giong {idea.code}"


def test_somebody_who_was_not_declined_gets_the_card(declined: tuple[Village, Application]) -> None:
    village, _ = declined
    assert "Khoai" not in said(village, NEW, "vi sao khong duoc")


def test_a_code_in_a_sentence_opens_its_idea_and_only_for_those_it_belongs_to(village: Village) -> None:
    code = said(village, WHO, "quên mã hồ sơ").rsplit("YT-", 1)[1].split()[0]
    for text in (f"YT-{code}", f"em ơi xem giúp hồ sơ yt {code.lower()} tới đâu rồi nhé"):
        assert "Khoai deo" in said(village, WHO, text)
        assert "Khoai deo" not in said(village, NEW, text)
    assert "Khoai deo" in said(village, OFFICER, f"YT-{code}")


@pytest.mark.parametrize("text", ["mai hết hạn hả", "con kip khong em", "khi mô hết hạn", "nộp còn kịp không"])
def test_somebody_with_a_form_learns_their_own_last_day(tmp_path: Path, text: str) -> None:
    with open_village(tmp_path) as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        there.say(WHO, "Khoai deo Hải Ninh")
        there.say(WHO, "/menu")
        told = said(there, WHO, text)
        assert "hạn chót" in told
        assert "Khoai deo Hải Ninh" in told
