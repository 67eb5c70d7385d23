"""A paper that was handed in: said by the producer, confirmed by the office, never lost and never doubled."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from handlers.conversation.telling import Telling
from registry.applications.applications import Application, applications_of
from registry.applications.entities import add_member
from registry.applications.review import decide
from registry.deadlines.handed_papers import HandedPaper, State, handed_papers, read
from registry.deliveries.reaching import Foreseen
from registry.identity import erasing
from registry.people import people, roles
from registry.people.roles import OPERATOR, Role
from registry.store.rows import applications
from scheduler import escalation, reminders

from .desk import COMMUNE, DISTRICT, PROVINCE, Village, open_village

MAKER, OFFICIAL = "maker", "official"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


@pytest.fixture
def official(village: Village) -> Role:
    return village.official(OFFICIAL, "district_official", DISTRICT, "Chị Hoa")


def accepted(village: Village, official: Role | None, product: str = "Khoai deo") -> Application:
    """An accepted idea of the maker, whose plan is due; its producer is reminded."""
    by = official or village.official("once", "district_official", DISTRICT, "Anh Cũ")
    person = village.person(MAKER, "Lài", COMMUNE)
    village.do(people.set_preference, person_id=person, reminders=True)
    mine = [one.entity_id for one in village.do(applications_of, person_id=person)]
    idea = village.idea(person, entity=mine[0] if mine else None, product_name=product)
    done = village.do(
        lambda db: decide(
            db, pack=village.pack, application_id=idea.id, version=idea.version, act="accept", role=by,
            now=village.now, tell=Telling(village.house, db, village.now),
        )
    )  # fmt: skip
    if official is None:
        village.do(
            roles.revoke, role_id=by.id, by=OPERATOR, places=village.pack.places, on=village.now.date(),
            now=village.now,
        )  # fmt: skip
    village.deliver()
    return done


def run(village: Village, days: float = 0) -> None:
    """Let time pass, with the jobs that run then."""
    village.now += timedelta(days=days)

    def both(db: Connection) -> None:
        tell = Telling(village.house, db, village.now)
        reminders.sweep(db, pack=village.pack, tell=tell, now=village.now)
        escalation.sweep(db, pack=village.pack, tell=tell, now=village.now)

    village.do(both)
    village.deliver()


def reminded(village: Village) -> str:
    """Go to the first reminder of the plan's last day, and return the words of it."""
    run(village)
    run(village, 7)
    assert village.button(MAKER, "Tôi đã nộp giấy")
    return village.last(MAKER).plain


def paper(village: Village) -> HandedPaper:
    found = village.do(read, handed_papers.c.id.is_not(None))
    assert len(found) == 1
    return found[0]


def test_the_official_at_the_holder_is_asked_with_person_product_place_and_phone(
    village: Village, official: Role
) -> None:
    idea = accepted(village, official)
    reminded(village)
    heard = village.tap(MAKER, "Tôi đã nộp giấy")[-1].plain

    assert "em đã báo Huyện Quảng Ninh" in heard
    asked = village.last(OFFICIAL)
    assert idea.code in asked.plain
    for words in ("Hộ Mẫu", "0912 345 678", "Khoai deo", "Xã Võ Ninh", "Hạn nộp kế hoạch kinh doanh"):
        assert words in asked.plain
    assert [choice.label for choice in asked.choices] == ["Đã nhận giấy", "Chưa thấy"]


def test_a_received_paper_is_told_shown_and_reminded_no_more(village: Village, official: Role) -> None:
    idea = accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    assert "chưa xác nhận" in village.say(MAKER, f"/trangthai {idea.code}")[-1].plain
    assert "Giấy chờ xác nhận: 1" in [c.label for c in village.say(OFFICIAL, "/duyet")[-1].choices]
    assert "chưa xác nhận" in village.say(OFFICIAL, f"/duyet {idea.code}")[-1].plain

    confirmed = village.tap(OFFICIAL, "Đã nhận giấy")[-1].plain
    village.deliver()

    assert "đã nhận giấy" in confirmed
    assert "Em đang gửi tin cho" in confirmed
    assert village.last(MAKER).plain.startswith('Chị Hoa đã nhận giấy của "Khoai deo"')
    assert "đã nhận" in village.say(MAKER, f"/trangthai {idea.code}")[-1].plain
    assert "đã nhận" in village.say(OFFICIAL, f"/duyet {idea.code}")[-1].plain
    before = len(village.heard[MAKER])
    run(village, 17)
    run(village, 7)
    assert len(village.heard[MAKER]) == before
    assert village.fresh(idea).status == "idea_accepted"


def test_a_paper_not_seen_is_told_and_the_reminders_go_on(village: Village, official: Role) -> None:
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    run(village, 1)
    village.tap(OFFICIAL, "Chưa thấy")
    village.deliver()

    assert "chưa thấy giấy" in village.last(MAKER).plain
    assert "hạn thứ Tư 07/07" in village.last(MAKER).plain
    run(village, 14)
    assert village.last(MAKER).plain.startswith("Còn 14 ngày")


def test_it_is_said_again_from_the_answer_and_asked_again(village: Village, official: Role) -> None:
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    village.tap(OFFICIAL, "Chưa thấy")
    village.deliver()
    asked = len(village.heard[OFFICIAL])
    village.tap(MAKER, "Tôi đã nộp giấy")

    assert paper(village).state is State.WAITING
    assert len(village.heard[OFFICIAL]) == asked + 1
    assert village.button(OFFICIAL, "Đã nhận giấy")


def test_pressed_twice_it_is_one_paper_and_one_question(village: Village, official: Role) -> None:
    accepted(village, official)
    reminded(village)
    press = village.button(MAKER, "Tôi đã nộp giấy")
    assert press
    village.press(MAKER, press)
    asked = len(village.heard[OFFICIAL])
    again = village.press(MAKER, press)[-1].plain

    assert "Cán bộ chưa trả lời" in again
    assert len(village.heard[OFFICIAL]) == asked
    paper(village)


def test_of_two_officials_the_second_learns_the_first_answer_and_changes_nothing(
    village: Village, official: Role
) -> None:
    village.official("colleague", "district_official", DISTRICT, "Anh Ba")
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    late = village.button("colleague", "Chưa thấy")
    assert late
    village.tap(OFFICIAL, "Đã nhận giấy")
    village.deliver()
    told = len(village.heard[MAKER])
    heard = village.press("colleague", late)[-1].plain

    assert "vừa có trả lời" in heard
    assert paper(village).state is State.RECEIVED
    assert len(village.heard[MAKER]) == told


def test_an_answer_after_the_application_moved_on_is_not_sent(village: Village, official: Role) -> None:
    idea = accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    press = village.button(OFFICIAL, "Chưa thấy")
    assert press
    _set_status(village, idea, "withdrawn")
    told = len(village.heard[MAKER])
    heard = village.press(OFFICIAL, press)[-1].plain
    village.deliver()

    assert "em chưa ghi gì" in heard
    assert len(village.heard[MAKER]) == told


def test_a_wrong_tap_is_corrected_and_told(village: Village, official: Role) -> None:
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    village.tap(OFFICIAL, "Chưa thấy")
    village.tap(OFFICIAL, "Đã nhận giấy")
    village.deliver()

    assert paper(village).state is State.RECEIVED
    assert "đã nhận giấy" in village.last(MAKER).plain


def test_of_several_products_it_asks_which_one_and_the_others_are_reminded(village: Village, official: Role) -> None:
    accepted(village, official, "Khoai deo")
    other = accepted(village, official, "Nước mắm")
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    assert {c.label for c in village.last(MAKER).choices} == {"Khoai deo", "Nước mắm"}
    village.tap(MAKER, "Nước mắm")

    assert paper(village).application_id == other.id
    run(village, 16)
    assert '"Khoai deo"' in village.last(MAKER).plain
    assert "Nước mắm" not in village.last(MAKER).plain


def test_without_an_official_it_is_kept_and_told_to_the_first_one(village: Village) -> None:
    idea = accepted(village, None)
    reminded(village)
    heard = village.tap(MAKER, "Tôi đã nộp giấy")[-1].plain
    assert "có cán bộ em chuyển ngay" in heard
    assert "có cán bộ em chuyển ngay" in village.say(MAKER, f"/trangthai {idea.code}")[-1].plain

    village.official("new", "district_official", DISTRICT, "Cô Tư")
    run(village, 1)
    run(village)
    asked = [one for one in village.heard["new"] if "nói đã nộp giấy" in one.plain]
    assert len(asked) == 1


def test_an_unanswered_paper_goes_up_level_by_level(village: Village, official: Role) -> None:
    village.official("above", "province_official", PROVINCE, "Ông Tỉnh")
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    assert "above" not in village.heard or "nộp giấy" not in village.all_words("above")
    run(village, 6)
    run(village, 1)

    assert village.all_words("above").count("nói đã nộp giấy") == 1
    assert paper(village).holder == PROVINCE


def test_an_own_paper_is_confirmed_by_another_official(village: Village, official: Role) -> None:
    idea = accepted(village, official)
    village.do(
        add_member, entity_id=idea.entity_id, person_id=official.person_id, part="helper", now=village.now
    )  # fmt: skip
    village.official("above", "province_official", PROVINCE, "Ông Tỉnh")
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")

    assert "nói đã nộp giấy" not in village.all_words(OFFICIAL)
    assert "nói đã nộp giấy" in village.all_words("above")
    one = paper(village)
    assert "cán bộ khác xác nhận" in village.say(OFFICIAL, f"/giay {one.id} {one.version} nhan")[-1].plain
    assert paper(village).state is State.WAITING


def test_after_a_return_a_new_paper_is_due_and_may_be_said(village: Village, official: Role) -> None:
    idea = accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    village.tap(OFFICIAL, "Đã nhận giấy")
    village.deliver()
    _set_status(village, idea, "plan_needs_changes")
    run(village, 16)

    village.tap(MAKER, "Tôi đã nộp giấy")
    assert paper(village).state is State.WAITING


def _set_status(village: Village, idea: Application, status: str) -> None:
    changed = update(applications).where(applications.c.id == idea.id).values(status=status)
    village.do(lambda db: db.execute(changed).rowcount)


def test_the_paper_of_an_unsent_form_reaches_the_office_of_its_place(village: Village, official: Role) -> None:
    person = village.person(MAKER, "Lài", COMMUNE)
    village.do(people.set_preference, person_id=person, reminders=True)
    village.say(MAKER, "/dangky")
    village.tap(MAKER, "Đồng ý")
    village.say(MAKER, "khoai deo")
    run(village)
    run(village, 4)
    village.tap(MAKER, "Tôi đã nộp giấy")

    assert "khoai deo" in village.last(OFFICIAL).plain
    assert "chưa gửi" in village.last(OFFICIAL).plain
    village.tap(OFFICIAL, "Đã nhận giấy")
    village.deliver()
    assert "đã nhận giấy" in village.last(MAKER).plain


def test_where_no_place_is_known_nobody_is_said_to_be_told(village: Village, official: Role) -> None:
    person = village.person(MAKER, "Lài")
    village.do(people.set_preference, person_id=person, reminders=True)
    village.say(MAKER, "/dangky")
    village.tap(MAKER, "Đồng ý")
    village.say(MAKER, "khoai deo")
    run(village)
    run(village, 4)
    village.tap(MAKER, "Tôi đã nộp giấy")

    assert "chưa báo cán bộ" in village.all_words(MAKER)
    assert OFFICIAL not in village.heard or "nộp giấy" not in village.all_words(OFFICIAL)


def test_the_confirmation_says_whom_to_call(village: Village, official: Role) -> None:
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    village.foresees(Foreseen.WHEN_THEY_WRITE)
    heard = village.tap(OFFICIAL, "Chưa thấy")[-1].plain

    assert "Zalo chỉ cho em gửi khi họ nhắn lại" in heard
    assert "0912 345 678" in heard


def test_an_erased_person_leaves_no_paper_behind(village: Village, official: Role) -> None:
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")
    press = village.button(OFFICIAL, "Đã nhận giấy")
    assert press
    person = village.person(MAKER)
    village.do(
        lambda db: erasing.erase(
            db, pack=village.pack, person_id=person, now=village.now,
            tell=Telling(village.house, db, village.now),
        )
    )  # fmt: skip

    assert village.do(read, handed_papers.c.id.is_not(None)) == ()
    village.press(OFFICIAL, press)
    assert "không thấy giấy này" in village.all_words(OFFICIAL)


def test_no_next_reminder_is_named_while_reminders_are_off(village: Village, official: Role) -> None:
    accepted(village, official)
    run(village)
    assert "Em nhắc lần tới" in village.say(MAKER, "/nhacviec")[-1].plain
    village.say(MAKER, "/nhacviec tat")

    assert "Em nhắc lần tới" not in village.say(MAKER, "/nhacviec")[-1].plain


def test_no_next_reminder_is_named_while_a_paper_waits(village: Village, official: Role) -> None:
    accepted(village, official)
    reminded(village)
    village.tap(MAKER, "Tôi đã nộp giấy")

    assert "Em nhắc lần tới" not in village.say(MAKER, "/nhacviec")[-1].plain
