"""A decision is shown before it is sent, and its official is told how each producer will learn it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from content.phrases import Phrases
from content.programme.pack import Pack
from content.programme.programme import Transition
from handlers.conversation.telling import Telling
from registry.applications import questions
from registry.applications.applications import Application
from registry.applications.entities import add_member
from registry.deliveries.reaching import Foreseen
from registry.people import consents, people
from registry.store.rows import applications

from .desk import COMMUNE, DISTRICT, Village, open_village, pack_of, words_of

MAKER, OFFICE = "bà Lài", "cán bộ huyện"
WHY = "Cần xem lại vùng nguyên liệu ở xã."
PACKS = ("quang-binh-2021", "quang-tri-2026")
COMMUNE_2026 = "18853"


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


# --- a preview is what is sent ----------------------------------------------------------------------------------------


def remarked(pack: Pack) -> list[Transition]:
    """Every decision of an office that needs words, and so is shown before it is sent."""
    offices = {level.id for level in pack.programme.levels}
    return [row for row in pack.programme.transitions if row.remark != "none" and row.by in offices]


@pytest.mark.parametrize(
    ("name", "act", "start"),
    [(name, row.act, start) for name in PACKS for row in remarked(pack_of(name)) for start in row.start],
)
def test_what_the_official_is_shown_before_sending_is_what_the_producer_gets(
    tmp_path: Path, name: str, act: str, start: str
) -> None:
    row = next(one for one in remarked(pack_of(name)) if one.act == act)
    with open_village(tmp_path, name) as village:
        place = COMMUNE if name.endswith("2021") else COMMUNE_2026
        level = village.pack.programme.level(row.by).id
        top = village.pack.places.ancestors(place)
        at = next(one.code for one in (village.pack.places.get(place), *top) if one is not None and one.level == level)
        village.official(OFFICE, f"{level}_official", at, title="Phòng Nông nghiệp")
        made = village.idea(village.person(MAKER, "Bà Lài", place=place), place)
        village.do(lambda db: db.execute(update(applications).values(status=start)))
        village.do(people.set_preference, person_id=village.person(MAKER), address_form="bà")
        village.deliver()
        before = len(village.heard.get(MAKER, ()))

        village.press(OFFICE, f"/quyet {made.code} {made.version} {act}")
        village.say(OFFICE, "1: ghi rõ **khoai** {thôn} nào\n3: chọn lại" if row.remark == "defects" else WHY)
        shown = "\n".join(words_of(one) for one in village.heard[OFFICE][-1:])
        village.press(OFFICE, village.last(OFFICE).choices[0].action)

        sent = village.heard[MAKER][before:]
        assert len(sent) == 1
        assert sent[0].plain in shown
        assert "Đã ghi" in village.last(OFFICE).plain


@pytest.mark.parametrize("act", sorted({row.act for name in PACKS for row in remarked(pack_of(name))}))
def test_every_act_with_words_has_its_own_question(act: str) -> None:
    phrases = Phrases.load()
    rows = {row.remark for name in PACKS for row in remarked(pack_of(name)) if row.act == act}
    wanted = {"reason": ("duyet.reason", "duyet.reason_needed"), "defects": ("duyet.defects",)}

    assert rows <= set(wanted)
    for remark in rows:
        asked = [phrases.text(f"{key}.{act}") for key in wanted[remark]]
        others = {
            phrases.text(key)
            for key in sorted(phrases.keys())
            if key.startswith(f"{wanted[remark][0]}.") and key != f"{wanted[remark][0]}.{act}"
        }
        assert asked[0] not in others


def test_looking_again_is_asked_for_as_looking_again(village: Village) -> None:
    office(village)
    made = idea(village, "idea_declined")

    village.press(OFFICE, f"/quyet {made.code} {made.version} reopen")

    assert "chưa chọn" not in village.last(OFFICE).plain
    assert "xem lại" in village.last(OFFICE).plain


def test_the_preview_comes_back_after_something_else_was_asked(village: Village) -> None:
    office(village)
    made = idea(village)
    village.press(OFFICE, f"/quyet {made.code} {made.version} decline")
    village.say(OFFICE, WHY)
    village.say(OFFICE, "/trogiup")
    village.say(OFFICE, "/quaylai")
    village.say(OFFICE, WHY)

    assert f"Lý do: {WHY}" in village.last(OFFICE).plain


# --- the official's view of the producer ------------------------------------------------------------------------------


def test_a_message_that_leaves_at_once_is_said_to_leave(village: Village) -> None:
    office(village)
    assert "Em đang gửi tin cho Bà Lài" in decide(village, idea(village), "accept")


@pytest.mark.parametrize("how", [how for how in Foreseen if how is not Foreseen.NOW])
def test_nobody_is_called_informed_whose_message_waits(village: Village, how: Foreseen) -> None:
    office(village)
    made = idea(village)
    village.foresees(how)

    told = decide(village, made, "accept")

    assert "đã báo" not in told
    assert "Em đang gửi tin" not in told
    assert "0912 345 678" in told


def test_a_producer_without_an_account_is_told_by_paper_or_phone(village: Village) -> None:
    office(village)
    alone = village.do(people.new_person, now=village.now)
    village.do(people.set_name, person_id=alone, name="Ông Bốn")
    made = village.idea(alone, phone="+84987654321")

    told = decide(village, made, "accept")

    assert "Ông Bốn không dùng trợ lý" in told
    assert "0987 654 321" in told
    assert "đã báo" not in told


def test_a_producer_who_blocked_the_bot_is_not_called_informed(village: Village) -> None:
    office(village)
    made = idea(village)
    village.do(people.mark_unreachable, channel="test", account=MAKER)

    told = decide(village, made, "accept")

    assert "chặn hoặc xóa" in told
    assert "0912 345 678" in told


def test_of_several_people_each_one_is_told_of(village: Village) -> None:
    office(village)
    alone = village.do(people.new_person, now=village.now)
    village.do(people.set_name, person_id=alone, name="Ông Bốn")
    made = village.idea(alone, phone="+84987654321")
    helper = village.person("con gái", "Chị Năm", phone="+84911111111")
    village.do(add_member, entity_id=made.entity_id, person_id=helper, part="helper", now=village.now)

    told = decide(village, made, "accept")

    assert "Ông Bốn không dùng trợ lý" in told
    assert "Em đang gửi tin cho Chị Năm" in told
    assert "0911" not in told  # a number given for something else


def test_an_answer_that_waits_is_not_called_sent(village: Village) -> None:
    office(village)
    asker = village.person(MAKER, "Bà Lài", place=COMMUNE, phone="+84912345678")
    version = village.pack.consent_texts["registration"].version
    village.do(
        consents.give, person_id=asker, purpose="registration", text_version=version, channel="test", now=village.now
    )
    asked = ask(village, asker)
    village.foresees(Foreseen.WHEN_THEY_WRITE)

    village.press(OFFICE, f"/traloi {asked}")
    told = village.say(OFFICE, "Bà đến phòng nông nghiệp nhé.")[-1].plain

    assert "Đã gửi" not in told
    assert "khi họ nhắn lại" in told
    assert "0912 345 678" in told


def test_an_answer_gives_no_number_of_somebody_who_agreed_to_nothing(village: Village) -> None:
    office(village)
    asked = ask(village, village.person(MAKER, "", place=COMMUNE, phone="+84912345678"))
    village.foresees(Foreseen.WHEN_THEY_WRITE)

    village.press(OFFICE, f"/traloi {asked}")
    told = village.say(OFFICE, "Bà đến phòng nông nghiệp nhé.")[-1].plain

    assert "khi họ nhắn lại" in told
    assert "0912" not in told


def test_defects_typed_on_one_line_are_kept_apart(village: Village) -> None:
    """Once "1: …, 3: …" was one remark on question 1, so that the producer could correct only that."""
    office(village)
    made = idea(village)
    village.press(OFFICE, f"/quyet {made.code} {village.fresh(made).version} return")

    said = "\n".join(words_of(one) for one in village.say(OFFICE, "1: ghi tên cho rõ, 3: chọn nhóm khác; 5: đủ họ tên"))

    assert "1. Tên sản phẩm: ghi tên cho rõ\n" in said
    assert "Nhóm sản phẩm: chọn nhóm khác\n" in said
    assert "Gửi trả 3 mục" in said


def test_numbers_within_a_remark_are_no_questions(village: Village) -> None:
    office(village)
    made = idea(village)
    village.press(OFFICE, f"/quyet {made.code} {village.fresh(made).version} return")

    said = "\n".join(words_of(one) for one in village.say(OFFICE, "1: ghi rõ 3 loại, 2 cỡ, lúc 7:30"))

    assert "Tên sản phẩm: ghi rõ 3 loại, 2 cỡ, lúc 7:30" in said
    assert "Gửi trả 1 mục" in said
