"""An office is named only where it has an official; the cases of an empty office reach its first official."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from handlers.conversation.telling import Telling
from registry.applications import questions, review
from registry.applications.applications import Application
from registry.applications.entities import add_member
from registry.store.rows import applications, roles
from scheduler import digest, escalation

from .desk import COMMUNE, DISTRICT, PROVINCE, Village, open_village

MAKER, OFFICE = "bà Lài", "cán bộ huyện"
WHY = "Cần xem lại vùng nguyên liệu ở xã."


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


def office(village: Village) -> None:
    village.official(OFFICE, "district_official", DISTRICT, title="Phòng Nông nghiệp")


def idea(village: Village, status: str = "idea_submitted") -> Application:
    made = village.idea(village.person(MAKER, "Bà Lài", place=COMMUNE, phone="+84912345678"))
    if status != made.status:
        village.do(lambda db: db.execute(update(applications).values(status=status)))
    village.deliver()
    return village.fresh(made)


def decide(village: Village, made: Application, act: str, *words: str) -> str:
    """An official decides; the last words said to them."""
    village.press(OFFICE, f"/quyet {made.code} {village.fresh(made).version} {act}")
    for one in words:
        village.say(OFFICE, one)
    if words:
        village.press(OFFICE, village.last(OFFICE).choices[0].action)
    return village.last(OFFICE).plain


def ask(village: Village, person_id: str) -> str:
    def asked(db: Connection) -> str:
        question, _ = questions.ask(
            db, pack=village.pack, person_id=person_id, place=COMMUNE, text="Nộp ở đâu ạ?", now=village.now,
            tell=Telling(village.house, db, village.now),
        )  # fmt: skip
        return question.id

    return village.do(asked)


# --- who has it -------------------------------------------------------------------------------------------------------


def end_all_roles(village: Village) -> None:
    village.do(lambda db: db.execute(update(roles).values(revoked_at=village.now)))


def test_where_nobody_holds_a_role_nobody_is_said_to_look_or_to_answer(village: Village) -> None:
    idea(village)

    told = village.say(MAKER, "/trangthai")[-1].plain

    assert "đang xem" not in told
    assert "Trả lời chậm nhất" not in told
    assert "chưa có cán bộ" in told


def test_where_somebody_holds_a_role_the_office_is_said_to_look_at_it(village: Village) -> None:
    office(village)
    idea(village)

    told = village.say(MAKER, "/trangthai")[-1].plain

    assert "Huyện Quảng Ninh đang xem" in told
    assert "Trả lời chậm nhất" in told


def test_an_office_whose_last_role_ended_is_said_to_look_at_nothing(village: Village) -> None:
    office(village)
    idea(village)
    end_all_roles(village)

    told = village.say(MAKER, "/trangthai")[-1].plain

    assert "đang xem" not in told
    assert "chưa có cán bộ" in told


def test_the_receipt_names_no_office_where_nobody_is(village: Village) -> None:
    told = registering(village)

    assert "sẽ xem" not in told
    assert "chưa có cán bộ" in told
    assert "YT-2021-000001-W" in told


def test_the_receipt_names_the_office_where_somebody_is(village: Village) -> None:
    office(village)
    assert "Phòng Nông nghiệp sẽ xem và trả lời chậm nhất" in registering(village)


def registering(village: Village) -> str:
    village.say(MAKER, "/dangky")
    village.tap(MAKER, "Đồng ý")
    for words in ("khoai deo", "1", "1", "1", "Bà Lài", "0912345678", "Hải Ninh", "Đúng"):
        village.say(MAKER, words)
    village.tap(MAKER, "Gửi")
    return next(one.plain for one in reversed(village.heard[MAKER]) if "Em đã nhận ý tưởng" in one.plain)


@pytest.mark.parametrize("act", ["resubmit", "complete"])
def test_a_correction_is_seen_by_nobody_where_nobody_is(village: Village, act: str) -> None:
    made = idea(village, "idea_needs_changes" if act == "resubmit" else "idea_accepted")
    village.press(MAKER, f"/sua {made.code} product_name")
    village.say(MAKER, "Khoai deo dẻo")
    if village.button(MAKER, "Đúng"):
        village.tap(MAKER, "Đúng")
    village.tap(MAKER, "Gửi")

    told = village.last(MAKER).plain
    assert "thấy ngay" not in told
    assert act == "complete" or "chưa có cán bộ" in told


def test_what_the_members_are_told_names_no_office_where_nobody_is(village: Village) -> None:
    """Not only the one who acts: also who else acts for the entity."""
    made = idea(village, "idea_needs_changes")
    helper = village.person("con gái", "Chị Năm")
    village.do(add_member, entity_id=made.entity_id, person_id=helper, part="helper", now=village.now)

    def again(db: Connection) -> None:
        review.hand_in(
            db, pack=village.pack, act="resubmit", application_id=made.id, version=None, person_id=made.person_id,
            answers={"product_name": "Khoai"}, now=village.now, tell=Telling(village.house, db, village.now),
        )  # fmt: skip

    village.do(again)
    village.deliver()

    told = village.last("con gái").plain
    assert "sẽ xem" not in told
    assert "chưa có cán bộ" in told


def test_a_looking_again_by_the_province_is_not_said_to_have_an_office_that_is_not_there(village: Village) -> None:
    village.official(OFFICE, "province_official", PROVINCE, title="Sở Nông nghiệp")
    made = idea(village, "idea_declined")
    decide(village, made, "reopen", WHY)
    assert "Sở Nông nghiệp" in village.all_words(MAKER)
    assert "Tỉnh Quảng Bình đang xem" in village.say(MAKER, "/trangthai")[-1].plain


def test_the_one_who_looks_again_is_told_of_no_new_idea(village: Village) -> None:
    office(village)
    village.official("đồng nghiệp", "district_official", DISTRICT)
    made = idea(village, "idea_declined")
    before = len(village.heard[OFFICE])

    decide(village, made, "reopen", WHY)

    assert not any("Có ý tưởng mới" in one.plain for one in village.heard[OFFICE][before:])
    assert "mở lại" in village.last("đồng nghiệp").plain


def test_an_office_that_lost_its_official_was_not_late(village: Village) -> None:
    office(village)
    idea(village)
    end_all_roles(village)
    village.official("tỉnh", "province_official", PROVINCE)

    sweep(village, escalation.sweep)

    told = village.last(MAKER).plain
    assert "quá ngày hẹn" not in told
    assert "chuyển" in told


def sweep(village: Village, one: object) -> None:
    village.do(
        lambda db: one(  # type: ignore[operator]
            db, pack=village.pack, tell=Telling(village.house, db, village.now), now=village.now
        )
    )
    village.deliver()


def test_the_first_official_of_a_place_hears_at_once_of_all_that_was_kept_for_them(village: Village) -> None:
    """Every sentence "em giữ, có cán bộ em chuyển ngay" rests on this."""
    made = idea(village)
    ask(village, made.person_id)
    village.now += timedelta(minutes=5)
    office(village)
    village.official("xã", "commune_official", COMMUNE)
    sweep(village, escalation.sweep)
    sweep(village, escalation.sweep)

    district, commune = village.all_words(OFFICE), village.all_words("xã")
    assert district.count("1 hồ sơ") == 1
    assert "câu hỏi" in commune
    assert commune.count("1 câu hỏi") == 1


def test_a_new_official_is_not_told_twice_of_what_came_after_them(village: Village) -> None:
    office(village)
    village.now += timedelta(minutes=5)
    idea(village)
    village.deliver()
    before = len(village.heard[OFFICE])

    sweep(village, escalation.sweep)

    assert len(village.heard[OFFICE]) == before


def test_the_digest_counts_nothing_that_its_reader_may_not_decide(village: Village) -> None:
    official = village.official(OFFICE, "district_official", DISTRICT)
    village.idea(official.person_id)
    village.now += timedelta(days=6)
    sweep(village, digest.sweep)

    assert "Đang chờ" not in village.last(OFFICE).plain
