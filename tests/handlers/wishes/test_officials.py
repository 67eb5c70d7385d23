"""Wishes of officials prepare the act where it is done: its preview is shown, and nothing leaves before the usual yes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.broadcasts.broadcasts import broadcasts
from registry.gatherings.gatherings import gatherings
from registry.people.leaves import leaves
from tests.handlers.desk import COMMUNE, DISTRICT, SIBLING_COMMUNE, Village, open_village, words_of

OFFICE, COLLEAGUE, NEIGHBOUR, WHO = "can bo xa", "can bo huyen", "xa ben", "ba con"


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    with open_village(tmp_path_factory.mktemp("officials")) as there:
        there.official(OFFICE, "commune_official", COMMUNE, "Chị Lan")
        there.official(COLLEAGUE, "district_official", DISTRICT, "Anh Bình")
        there.official(NEIGHBOUR, "commune_official", SIBLING_COMMUNE, "Anh Tuấn")
        mau = there.person(WHO, "Nguyễn Thị Mẫu", COMMUNE, "+84912345678")
        there.idea(mau, entity_name="Nguyễn Thị Mẫu")
        there.deliver()
        yield there


@pytest.fixture(autouse=True)
def nothing_left(village: Village) -> Iterator[None]:
    yield
    for table in (broadcasts, gatherings, leaves):
        assert village.do(lambda db, of=table: db.execute(select(func.count()).select_from(of)).scalar_one()) == 0
    for account in (OFFICE, COLLEAGUE, NEIGHBOUR):
        village.say(account, "/huy")


def said(village: Village, account: str, text: str) -> str:
    return "\n".join(map(words_of, village.say(account, text)))


def commune(village: Village) -> str:
    place = village.pack.places.get(COMMUNE)
    assert place is not None
    return place.short


# --- messages to many -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "gửi tin cho bà con xã {place} mai họp",
        "nhan ba con xa {place} mai hop",
        "thông báo cho các hộ ở {place} là mai họp",
        "em ơi báo tin cho mọi người xã {place}: mai họp",
        "gui thong bao cho ba con {place} rang mai hop",
        "nhắn tin tới bà con xã {place} biết mai họp",
        "nhờ em gửi tin cho bà con mình ở xã {place}, mai họp",
        "loan tin cho bà con {place} mai họp",
    ],
)
def test_a_message_to_many_is_prepared_and_previewed(village: Village, words: str) -> None:
    told = said(village, COLLEAGUE, words.format(place=commune(village)))
    assert "Mai họp" in told or "Mai hop" in told
    assert commune(village) in told
    assert village.talk(COLLEAGUE).topic == "thongbao"
    assert village.button(COLLEAGUE, "Gửi") is not None


def test_without_a_place_the_place_is_asked(village: Village) -> None:
    told = said(village, COLLEAGUE, "gửi tin cho bà con mai nghỉ họp")
    assert village.talk(COLLEAGUE).step == "place"
    assert "Huyện" in told


def test_a_place_that_is_not_theirs_prepares_nothing(village: Village) -> None:
    told = said(village, NEIGHBOUR, f"gửi tin cho bà con xã {commune(village)} mai họp")
    assert "ngoài phạm vi" in told
    assert village.talk(NEIGHBOUR).topic is None


@pytest.mark.parametrize(
    "words", ["gửi hồ sơ ở đâu", "báo cáo tự đánh giá gồm những gì", "mời ai chấm điểm", "tìm hiểu về nhãn"]
)
def test_a_question_of_an_official_stays_a_question(village: Village, words: str) -> None:
    village.say(OFFICE, words)
    assert village.talk(OFFICE).topic is None
    assert "chưa thấy hồ sơ" not in village.last(OFFICE).plain


def test_a_producer_prepares_nothing(village: Village) -> None:
    for words in ("gửi tin cho bà con mai họp", "ai chưa nộp", "tìm Nguyễn Thị Mẫu", "mời tập huấn 8h thứ Sáu"):
        told = said(village, WHO, words)
        assert "hồ sơ trong nơi" not in told
        assert village.talk(WHO).topic is None


# --- gatherings -------------------------------------------------------------------------------------------------------

INVITED = [
    "mời tập huấn ghi nhãn 8h30 thứ Sáu ở Tân Định, 40 người",
    "moi ba con tap huan ghi nhan 8h30 thu sau o Tan Dinh 40 nguoi",
    "tổ chức tập huấn ghi nhãn tại Tân Định lúc 8h30 thứ Sáu, 40 người",
    "mời dự tập huấn ghi nhãn, 40 người, ở Tân Định, 8h30 thứ Sáu",
    "mở lớp tập huấn ghi nhãn 8h30 sáng thứ Sáu ở Tân Định 40 chỗ",
    "cho tôi mời bà con tập huấn ghi nhãn thứ Sáu 8h30 ở Tân Định 40 suất",
    "em mời tập huấn ghi nhãn vào 8 giờ 30 thứ Sáu tại Tân Định, 40 người",
    "lên lịch tập huấn ghi nhãn 8h30 thứ sáu ở Tân Định 40 hộ",
]


@pytest.mark.parametrize("words", INVITED)
def test_an_invitation_is_prepared_with_all_it_says(village: Village, words: str) -> None:
    told = said(village, OFFICE, words)
    assert village.talk(OFFICE).topic == "taphuan"
    for part in ("ghi nh", "08:30", "04/06", "40"):
        assert part in told
    assert "Tân Định" in told or "Tan Dinh" in told
    assert village.button(OFFICE, "Mời 1 người") is not None


def test_what_an_invitation_does_not_say_is_asked(village: Village) -> None:
    said(village, OFFICE, "mời tập huấn ghi nhãn ở nhà văn hóa")
    assert village.talk(OFFICE).step == "when"
    said(village, OFFICE, "8h30 thứ Sáu")
    assert village.talk(OFFICE).step == "seats"


def test_a_moment_that_has_passed_is_asked_again(village: Village) -> None:
    said(village, OFFICE, "mời tập huấn ghi nhãn 7h hôm nay ở nhà văn hóa, 40 người")
    assert village.talk(OFFICE).step == "when"


# --- leave ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("tôi nghỉ phép tuần sau", "07/06", "13/06"),
        ("tui nghi phep tuan toi", "07/06", "13/06"),
        ("em xin nghỉ phép từ 10/6 đến 14/6", "10/06", "14/06"),
        ("anh đi công tác 10/6 đến 14/6", "10/06", "14/06"),
        ("mình nghỉ ngày mai", "02/06", "02/06"),
        ("chị nghỉ ốm 3/6", "03/06", "03/06"),
        ("cho tôi nghỉ phép thứ Sáu", "04/06", "04/06"),
        ("toi nghi phep 10/6 toi 14/6", "10/06", "14/06"),
    ],
)
def test_a_leave_is_prepared_with_its_days(village: Village, words: str, first: str, last: str) -> None:
    said(village, OFFICE, words)
    assert village.talk(OFFICE).step == "who"
    told = "\n".join(map(words_of, village.tap(OFFICE, "Bình")))
    assert first in told
    assert last in told


# --- the office's own work --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["ai chưa nộp ở {place}", "ai chua nop", "nhà mô chưa nộp", "còn ai chưa nộp tại xã {place}", "hộ nào chưa nộp", "ai làm dở", "nhung ai chua nop o {place}", "có ai chưa nộp ở {place}"],
)  # fmt: skip
def test_who_has_not_handed_in_is_listed(village: Village, words: str) -> None:
    begin_a_form(village)
    told = said(village, OFFICE, words.format(place=commune(village)))
    assert "Bánh lọc Dở" in told
    assert "ngoài phạm vi" in said(village, NEIGHBOUR, f"ai chưa nộp ở {commune(village)}")
    assert "Bánh lọc Dở" not in said(village, NEIGHBOUR, "ai chưa nộp")


def begin_a_form(village: Village) -> None:
    if "do dang" in village.heard:
        return
    village.person("do dang", "Trần Thị Dở", COMMUNE, "+84912345679")
    village.say("do dang", "/dangky")
    village.tap("do dang", "Đồng ý")
    village.say("do dang", "Bánh lọc Dở")
    village.now += timedelta(days=4)


@pytest.mark.parametrize(
    "words",
    ["tình hình tuần này", "tinh hinh", "tuần ni ra răng", "tuần này có gì", "số liệu tuần này", "bao cao tuan", "có gì mới", "tình hình tuần này ở {place}"],
)  # fmt: skip
def test_the_week_so_far_is_told(village: Village, words: str) -> None:
    told = said(village, OFFICE, words.format(place=commune(village)))
    assert "từ đầu tuần" in told


@pytest.mark.parametrize(
    "words",
    ["tìm Nguyễn Thị Mẫu", "Nguyễn Thị Mẫu", "nguyen thi mau", "0912345678", "0912 345 678", "tra số 0912345678", "hồ sơ của Nguyễn Thị Mẫu", "tìm chị Mẫu", "tim mau o {place}"],
)  # fmt: skip
def test_somebody_is_found_by_name_and_by_number(village: Village, words: str) -> None:
    told = said(village, OFFICE, words.format(place=commune(village)))
    assert "Khoai deo" in told
    assert (village.button(OFFICE, "Khoai deo") or "").startswith("/duyet YT-")
    assert "Khoai deo" not in said(village, NEIGHBOUR, words.format(place=commune(village)))


def test_where_there_are_too_many_files_the_commune_is_asked(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.wishes.officials.MOST_LOOKED_AT", 0)

    assert "Gõ thêm tên xã, ví dụ: tìm Nguyễn Thị Mẫu ở xã" in said(village, OFFICE, "Nguyễn Thị Mẫu")


def test_a_search_for_nobody_says_so(village: Village) -> None:
    assert "chưa thấy hồ sơ nào" in said(village, OFFICE, "tìm Trần Văn Không")


@pytest.mark.parametrize("words", ["hồ sơ chờ duyệt", "có gì chờ duyệt", "ho so moi", "duyet giup"])
def test_the_queue_is_shown(village: Village, words: str) -> None:
    assert "Khoai deo" in said(village, COLLEAGUE, words)
