"""Officials have names: asked once, changed later, and shown wherever an official is spoken of."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.dangky.paper import idea_paper
from handlers.office_sheets import attendance_sheet
from registry.gatherings.gatherings import Planned
from registry.people.inviting import NO_CARD, Card, invite
from registry.people.official_names import official_name, set_official_name
from registry.people.roles import OPERATOR
from tests.announced import gathered
from tests.handlers.desk import COMMUNE, DISTRICT, PROVINCE, Village, open_village, words_of

LAN = Card("Nguyễn Thị Lan", "Phòng Nông nghiệp", "+84912000111")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


def coming(village: Village, role: str = "district_official", place: str = DISTRICT, card: Card = NO_CARD) -> str:
    code = village.do(
        invite,
        pack=village.pack,
        role=role,
        place=place,
        by=OPERATOR,
        on=village.now.date(),
        now=village.now,
        card=card,
    )
    return "\n".join(words_of(one) for one in village.say("lan", f"/start cb_{code}"))


def lan(village: Village, title: str = "Phòng Nông nghiệp") -> None:
    """An official who gave name and number."""
    held = village.official("lan", "district_official", DISTRICT, title=title)
    village.do(
        set_official_name, person_id=held.person_id, name="Nguyễn Thị Lan", phone="+84912000111", now=village.now,
        by=OPERATOR,
    )  # fmt: skip


# --- asking -----------------------------------------------------------------------------------------------------------


def test_who_takes_a_role_is_asked_for_name_title_and_number_once(village: Village) -> None:
    assert "họ và tên" in coming(village)
    village.say("lan", "nguyễn thị lan")
    village.say("lan", "Công chức kinh tế")
    told = village.say("lan", "0912 000 111")[-1].plain

    assert "Nguyễn Thị Lan, Công chức kinh tế" in told
    assert "0912 000 111" in told
    assert "họ và tên" not in coming(village, "commune_official", COMMUNE)


def test_an_invitation_with_everything_on_it_asks_nothing_and_shows_it(village: Village) -> None:
    told = coming(village, card=LAN)

    assert "Nguyễn Thị Lan, Phòng Nông nghiệp" in told
    assert village.talk("lan").topic is None


def test_who_has_no_time_is_not_asked_again_and_finds_it_later(village: Village) -> None:
    coming(village)
    village.tap("lan", "Để sau")
    assert village.talk("lan").topic is None

    village.say("lan", "/tencanbo")
    village.tap("lan", "Sửa tên")
    told = village.say("lan", "Lê Văn Cường")[-1].plain

    assert "Lê Văn Cường" in told


def test_what_is_no_name_is_said_back_and_asked_again(village: Village) -> None:
    coming(village)

    told = [one.plain for one in village.say("lan", "duyet")]

    assert "duyet" in told[0]
    assert "họ và tên" in told[-1]


@pytest.mark.parametrize("words", ["12", "Bỏ qua câu này"])
def test_a_title_may_be_left_out(village: Village, words: str) -> None:
    coming(village)
    village.say("lan", "Nguyễn Thị Lan")
    told = village.say("lan", words)[-1].plain

    assert ("Chức danh" in told) == (words == "12")
    assert ("số nào" in told) == (words != "12")


def test_a_number_may_be_kept_back_and_taken_back(village: Village) -> None:
    coming(village)
    village.say("lan", "Nguyễn Thị Lan")
    village.tap("lan", "Bỏ qua")
    village.say("lan", "0912000111")
    village.tap("lan", "Sửa số")
    told = village.tap("lan", "Không cho số")[-1].plain

    assert "không có số" in told
    assert village.do(official_name, village.person("lan")).phone is None


def test_a_title_of_a_role_that_ended_meanwhile_changes_nothing(village: Village) -> None:
    lan(village)
    village.say("lan", "/tencanbo")
    village.tap("lan", "Sửa chức danh")
    end_roles(village)

    told = village.say("lan", "Chủ tịch")[-1].plain

    assert "không còn vai trò" in told


def end_roles(village: Village) -> None:
    from sqlalchemy import update

    from registry.store.rows import roles

    village.do(lambda db: db.execute(update(roles).values(revoked_at=village.now)))


def test_nobody_without_a_role_has_such_a_name(village: Village) -> None:
    told = village.say("bà Lài", "/tencanbo")[-1].plain

    assert "Bà con thấy" not in told


def test_markup_in_a_name_stays_letters(village: Village) -> None:
    lan(village, title="**Phó** chủ tịch {you}")
    village.person("bà Lài", place=COMMUNE)

    assert "**Phó** chủ tịch {you}" in village.say("bà Lài", "/lienhe")[-1].plain


# --- showing ----------------------------------------------------------------------------------------------------------


def test_a_producer_reads_name_title_and_number_in_lienhe(village: Village) -> None:
    lan(village)
    village.person("bà Lài", place=COMMUNE)

    told = village.say("bà Lài", "/lienhe")[-1].plain

    assert "nên Nguyễn Thị Lan, Phòng Nông nghiệp nhận câu hỏi" in told
    assert "gọi 0912 000 111" in told


def test_the_official_of_ones_own_commune_is_named_with_the_number(village: Village) -> None:
    coming(village, "commune_official", COMMUNE, LAN)
    village.person("bà Lài", place=COMMUNE)

    told = village.say("bà Lài", "/lienhe")[-1].plain

    assert "Nguyễn Thị Lan, Phòng Nông nghiệp, gọi 0912 000 111" in told


def test_the_name_given_as_a_producer_is_not_shown_as_an_officials(village: Village) -> None:
    held = village.official("lan", "district_official", DISTRICT, title="Phòng Nông nghiệp")
    village.person("lan", name="Lan bán mắm", phone="+84987654321")
    village.person("bà Lài", place=COMMUNE)

    told = village.say("bà Lài", "/lienhe")[-1].plain

    assert held.title in told
    assert "mắm" not in told
    assert "987" not in told


def test_a_decision_and_its_history_name_the_official(village: Village) -> None:
    lan(village)
    made = village.idea(village.person("bà Lài", "Bà Lài", place=COMMUNE))
    village.press("lan", f"/quyet {made.code} 1 accept")
    village.deliver()

    assert "Nguyễn Thị Lan, Phòng Nông nghiệp" in village.all_words("bà Lài")
    assert "Nguyễn Thị Lan" in village.say("lan", f"/duyet {made.code}")[-1].plain


def test_the_status_names_who_looks(village: Village) -> None:
    lan(village)
    village.idea(village.person("bà Lài", "Bà Lài", place=COMMUNE))

    assert "Nguyễn Thị Lan" in village.say("bà Lài", "/trangthai")[-1].plain


def test_the_paper_names_the_official(village: Village) -> None:
    made = village.idea(village.person("bà Lài", "Bà Lài", place=COMMUNE))

    paper = idea_paper(village.house, made, day=village.now.date(), official="Nguyễn Thị Lan, Phòng Nông nghiệp")

    assert any("Nguyễn Thị Lan" in note for note in paper.notes)
    assert not any("Cán bộ xem" in note for note in idea_paper(village.house, made, day=village.now.date()).notes)


def test_an_answer_to_a_question_is_signed(village: Village) -> None:
    lan(village)
    village.person("bà Lài", "Bà Lài", place=COMMUNE)
    village.say("bà Lài", "/lienhe")
    village.say("bà Lài", "Nộp ở đâu ạ?")
    village.deliver()
    village.tap("lan", "Trả lời")
    village.say("lan", "Nộp ở phòng một cửa.")
    village.deliver()

    assert "Nguyễn Thị Lan" in village.all_words("bà Lài")


def test_my_data_shows_the_officials_name(village: Village) -> None:
    lan(village)

    told = village.say("lan", "/dulieu")[-1].plain

    assert "Nguyễn Thị Lan" in told


def test_the_attendance_list_names_its_official(village: Village) -> None:
    held = village.official("lan", "district_official", DISTRICT, title="Phòng Nông nghiệp")
    planned = Planned("producers", DISTRICT, "Lớp mẫu", "Nhà văn hóa", village.now + timedelta(days=9), None)
    made = village.do(gathered, pack=village.pack, role=held, planned=planned, now=village.now)

    sheet = attendance_sheet(village.house, made, (), now=village.now, official="Nguyễn Thị Lan, Phòng Nông nghiệp")

    assert "Cán bộ mời: Nguyễn Thị Lan, Phòng Nông nghiệp" in sheet.foot


def test_an_invitation_and_the_question_to_approve_name_the_official(village: Village) -> None:
    lan(village)
    village.official("sở", "province_official", PROVINCE)
    village.person("bà Lài", "Bà Lài", place=COMMUNE)
    village.say("lan", "/thongbao Mời bà con xem https://la-la.example nhé")
    village.tap("lan", "Cả Huyện")
    village.tap("lan", "Gửi người duyệt")
    village.deliver()

    assert "Nguyễn Thị Lan" in village.all_words("sở")


def test_an_entry_for_somebody_else_names_the_helper(village: Village) -> None:
    made = entry_by_lan(village)

    village.say("bà Lài", made)
    assert "Nguyễn Thị Lan" in village.all_words("bà Lài")


def entry_by_lan(village: Village) -> str:
    """An idea entered by an official for somebody without an account; the code to read out."""
    lan(village)
    village.say("lan", "/lamho")
    village.tap("lan", "Họ đồng ý")
    for words in ("Mật ong rừng", "1", "1", "1", "Bà Lài", "0912345678", "Võ Ninh"):
        village.say("lan", words)
    village.tap("lan", "Gửi")
    code = re.search(r"/start moi_\w+", village.all_words("lan"))
    assert code is not None
    return code[0]
