"""A question that waited through an upgrade is answered afterwards: the untagged state of 1498fd7 is still read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from handlers.conversation.incoming import IncomingFile
from registry.applications import drafts
from registry.applications.assisted import entries
from registry.applications.questions import questions
from registry.people.conversations import load_talk, save_talk
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village

WHO = "ba con"
OFFICE = "xa"
ANSWERS = ("Mắm ruốc", "Sản phẩm mới", "Thực phẩm", "Hộ gia đình", "Nguyễn Thị Mẫu", "0912345678", "Hải Ninh")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


def was(village: Village, account: str, **data: Any) -> None:
    """Store the state as the previous release did; the question and its buttons stay."""
    person = village.person(account)

    def before(db: Connection) -> None:
        save_talk(db, replace(load_talk(db, person), data=data), village.now)

    village.do(before)


def draft(village: Village, account: str = WHO) -> drafts.Draft:
    (found,) = village.do(drafts.open_drafts, person_id=village.person(account))
    return found


def answers(village: Village) -> dict[str, Any]:
    return dict(draft(village).answers)


@pytest.fixture
def filling(village: Village) -> Village:
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    return village


def to_the_price(village: Village) -> None:
    for words in (*ANSWERS, "Quảng Ninh", "Bổ sung thêm"):
        village.say(WHO, words)
    while village.talk(WHO).step != "price":
        village.say(WHO, "/boqua")


# --- the form ---------------------------------------------------------------------------------------------------------


def test_the_question_of_a_form_takes_its_answer(filling: Village):
    was(filling, WHO, draft=draft(filling).key, way="first", pending=None, ask=None)

    filling.say(WHO, "Mắm ruốc")

    assert answers(filling)["product_name"] == "Mắm ruốc"
    assert "Câu 2/7" in filling.last(WHO).plain


def test_a_value_that_waits_is_confirmed(filling: Village):
    to_the_price(filling)
    filling.say(WHO, "45k/hũ")
    pending = {"dong": 45000, "per": "hũ"}
    was(filling, WHO, draft=draft(filling).key, way="more", pending=pending, ask=None, confirm=True)

    filling.say(WHO, "đúng rồi")

    assert answers(filling)["price"] == pending


def test_one_of_several_values_is_chosen(filling: Village):
    to_the_price(filling)
    filling.say(WHO, "45")
    was(filling, WHO, draft=draft(filling).key, way="more", pending=None, ask=[45000, 45])

    filling.say(WHO, "1")

    assert answers(filling)["price"] == 45000


def test_words_that_a_button_stores_are_stored(filling: Village):
    key = draft(filling).key
    filling.say(WHO, "Mắm ruốc")
    filling.say(WHO, "Sản phẩm mới")
    filling.tap(WHO, "Thực phẩm")
    filling.tap(WHO, "Hộ gia đình")
    filling.say(WHO, "sửa tên sản phẩm thành Mắm tôm")
    written = {"field": "entity_name", "value": "sửa tên sản phẩm thành Mắm tôm"}
    was(filling, WHO, draft=key, way="first", pending="Mắm tôm", ask=None, confirm=True, write=written)

    filling.tap(WHO, "Ghi")

    assert answers(filling)["entity_name"] == written["value"]


def test_the_summary_takes_a_number(filling: Village):
    for words in (*ANSWERS, "Quảng Ninh"):
        filling.say(WHO, words)
    was(filling, WHO, draft=draft(filling).key)

    filling.say(WHO, "1")

    assert filling.talk(WHO).step == "product_name"


# --- the other conversations ------------------------------------------------------------------------------------------


def test_consent_goes_on_as_it_began(village: Village):
    village.say(WHO, "/dangky moi")
    was(village, WHO, words="moi")

    village.tap(WHO, "Đồng ý")

    assert village.talk(WHO).topic == "form"


def test_a_question_for_the_office_is_passed_on(village: Village):
    village.say(WHO, "/lienhe")
    was(village, WHO)
    village.say(WHO, "Hải Ninh")
    was(village, WHO, place=COMMUNE)

    village.say(WHO, "Nộp giấy ở đâu ạ?")

    assert len(village.do(lambda db: db.execute(select(questions.c.id)).all())) == 1


def test_a_complaint_reaches_the_office_above(village: Village):
    village.official("huyen", "district_official", DISTRICT, "Phòng Nông nghiệp")
    village.say(WHO, "/lienhe doi tren commune")
    was(village, WHO, complaint="commune")
    village.say(WHO, "Hải Ninh")
    was(village, WHO, place=COMMUNE, complaint="commune")

    village.say(WHO, "Cán bộ xã đòi 500 nghìn mới nhận giấy")

    asked = village.do(lambda db: db.execute(select(questions.c.holder)).scalars().all())
    assert asked == [DISTRICT]


def test_an_official_answers_the_question_that_was_open(village: Village):
    role = village.official(OFFICE, "commune_official", COMMUNE, "Cán bộ xã")
    village.say(WHO, "/lienhe")
    village.say(WHO, "vo ninh")
    village.say(WHO, "Nộp giấy ở đâu ạ?")
    village.deliver()
    village.tap(OFFICE, "Trả lời")
    question = village.do(lambda db: db.execute(select(questions.c.id)).scalar_one())
    was(village, OFFICE, question=question, role=role.id)

    village.say(OFFICE, "Ở UBND xã ạ")

    answered = village.do(lambda db: db.execute(select(questions.c.answered_at)).scalar_one())
    assert answered is not None


def test_an_entry_for_another_person_goes_on(village: Village):
    role = village.official(OFFICE, "commune_official", COMMUNE, "Cán bộ xã")
    village.say(OFFICE, "/lamho moi")
    was(village, OFFICE, role=role.id)
    village.tap(OFFICE, "Họ đồng ý")
    for words in (*ANSWERS[:-1], "vo ninh"):
        village.say(OFFICE, words)
    village.tap(OFFICE, "Gửi")
    entry = village.do(lambda db: db.execute(select(entries.c.id)).scalar_one())
    village.say(OFFICE, f"/lamho giay {entry}")
    was(village, OFFICE, entry=entry)

    village.send(OFFICE, "document", IncomingFile("file:1", "giay.pdf", "application/pdf", 1000))

    assert "đang tải phiếu đã ký" in village.last(OFFICE).plain
    assert village.talk(OFFICE).topic is None
