"""Unanswered becomes answered: written by one official, approved by another, said to people of its place."""

from datetime import date

import pytest
from sqlalchemy import Connection, select

from registry.answers import answers, telling, unanswered
from registry.answers.answers import OwnAnswerError, State, UnfitAnswerError, Written, hand_in
from registry.answers.search import find
from registry.answers.unanswered import MOST_A_DAY, note_unanswered, unanswered_in
from registry.deliveries.claims import claim_ready
from registry.deliveries.deliveries import put_off, record
from registry.deliveries.keys import office_answer
from registry.deliveries.outcomes import Sent
from registry.identity import erasing
from registry.people import people
from registry.people.roles import NotAllowedError, Role, grant, revoke
from registry.store.audit import audit
from registry.store.rows import deliveries
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, PROVINCE, TODAY, Town, days

QUESTION = "Làm OCOP có được vay vốn ngân hàng chính sách không"
TEXT = "Dạ được. Bà con tới tổ tiết kiệm của thôn làm đơn."


def lost(town: Town, role: Role) -> list[str]:
    return [one.text for one in town.do(unanswered_in, role=role, places=town.pack.places, on=TODAY)]


def asked(town: Town, person_id: str, text: str = QUESTION, place: str | None = COMMUNE, now=NOW) -> None:
    town.do(note_unanswered, text=text, place=place, now=now, person_id=person_id)


def written(town: Town, role: Role, place: str = COMMUNE, until: date = date(2021, 12, 31), **more: str):
    listed = town.do(unanswered_in, role=role, places=town.pack.places, on=TODAY)
    parts = {"question": QUESTION, "text": TEXT, "source": "Công văn 780/UBND-KT"} | more
    return town.do(
        hand_in, pack=town.pack, role=role, unanswered_id=listed[0].id,
        written=Written(until=until, place=place, **parts), now=NOW,
    )  # fmt: skip


def published(town: Town, known, role: Role):
    return town.do(telling.publish, pack=town.pack, role=role, answer_id=known.id, tell=town.told, now=NOW)


def found(town: Town, text: str = QUESTION, place: str | None = COMMUNE, on: date = TODAY):
    return town.do(find, text, place=place, places=town.pack.places, on=on).sure


@pytest.fixture
def author(town: Town) -> Role:
    return town.official("commune_official", COMMUNE)


@pytest.fixture
def second(town: Town) -> Role:
    return town.official("district_official", DISTRICT)


def test_an_approved_answer_is_found_at_once_and_everybody_who_asked_is_notified(
    town: Town, author: Role, second: Role
) -> None:
    mai, ba = town.person("Mai"), town.person("Bà")
    asked(town, mai)
    asked(town, ba, "lam ocop co duoc vay von ngan hang chinh sach ko a")
    known = written(town, author)
    assert found(town) is None
    assert lost(town, author) == []

    done = published(town, known, second)

    assert done is not None
    assert done[1] == 2
    answer = found(town, "ocop vay von ngan hang chinh sach duoc khong")
    assert answer is not None
    assert answer.code == f"dap:{known.id}"
    assert {who for who, key in town.told if key == "answer.arrived"} == {mai, ba}
    assert (author.person_id, "soandap.approved") in town.told
    acts = town.do(lambda db: set(db.execute(select(audit.c.act)).scalars()))
    assert {"answer.write", "answer.approve"} <= acts


def test_nobody_is_notified_twice(town: Town, author: Role, second: Role) -> None:
    asked(town, town.person("Mai"))
    known = written(town, author)
    published(town, known, second)

    assert town.do(telling.tell_askers, pack=town.pack, known=known, tell=town.told, now=NOW) == 0
    assert published(town, known, second) is None


def test_the_author_and_their_appointee_are_not_the_second_official(town: Town, author: Role) -> None:
    asked(town, town.person("Mai"))
    known = written(town, author)
    helper = town.person("Người được giao", place=None)
    appointed = town.do(
        grant, person_id=helper, role="district_official", place=DISTRICT, granted_by=author.person_id, now=NOW
    )

    with pytest.raises(OwnAnswerError):
        published(town, known, author)
    with pytest.raises(NotAllowedError):
        published(town, known, appointed)
    assert town.do(answers.answer, known.id).state is State.WAITING
    assert town.do(telling.ask_second, pack=town.pack, known=known, tell=town.told, now=NOW) == ()


def test_an_answer_is_said_until_its_last_day(town: Town, author: Role, second: Role) -> None:
    asked(town, town.person("Mai"))
    published(town, written(town, author, until=date(2021, 6, 30)), second)

    assert found(town, on=date(2021, 6, 30)) is not None
    assert found(town, on=date(2021, 7, 1)) is None


def test_an_answer_whose_last_day_passed_while_it_waited_is_not_published(
    town: Town, author: Role, second: Role
) -> None:
    asked(town, town.person("Mai"))
    known = written(town, author, until=date(2021, 6, 2))
    late = {"pack": town.pack, "role": second, "answer_id": known.id, "tell": town.told, "now": NOW + days(3)}

    assert town.do(telling.publish, **late) is None


def test_an_answer_of_a_commune_is_said_only_there(town: Town, author: Role, second: Role) -> None:
    here, elsewhere, nowhere = (
        town.person("Ở đây"),
        town.person("Nơi khác", OTHER_COMMUNE),
        town.person("Chưa rõ", None),
    )
    for person_id, place in ((here, COMMUNE), (elsewhere, OTHER_COMMUNE), (nowhere, None)):
        asked(town, person_id, place=place)
    published(town, written(town, author), second)

    assert found(town, place=COMMUNE) is not None
    assert found(town, place=OTHER_COMMUNE) is None
    assert found(town, place=None) is None
    assert {who for who, key in town.told if key == "answer.arrived"} == {here}


def test_one_who_moved_away_since_is_not_told(town: Town, author: Role, second: Role) -> None:
    mai = town.person("Mai")
    asked(town, mai)
    known = written(town, author)
    town.do(people.set_preference, person_id=mai, place=OTHER_COMMUNE)

    assert published(town, known, second)[1] == 0


def test_an_answer_of_the_province_is_said_to_everybody(town: Town) -> None:
    author, second = town.official("province_official", PROVINCE), town.official("province_official", PROVINCE)
    asked(town, town.person("Chưa rõ", None), place=None)
    published(town, written(town, author, place=PROVINCE), second)

    assert found(town, place=None) is not None
    assert found(town, place=OTHER_COMMUNE) is not None


def test_a_withdrawn_answer_is_not_said_and_its_question_is_open_again(town: Town, author: Role, second: Role) -> None:
    asked(town, town.person("Mai"))
    known = written(town, author)
    published(town, known, second)

    back = {"pack": town.pack, "role": author, "answer_id": known.id, "tell": town.told, "now": NOW}
    assert town.do(telling.take_back, **back) is not None

    assert found(town) is None
    assert lost(town, author) == [QUESTION]
    assert town.do(telling.take_back, **back) is None


def test_what_was_not_sent_is_stopped_and_only_those_who_got_it_are_notified(
    town: Town, author: Role, second: Role
) -> None:
    got, waits = town.person("Đã nhận"), town.person("Chưa nhận")
    asked(town, got)
    asked(town, waits)
    known = written(town, author)
    published(town, known, second)

    def send(db: Connection) -> None:
        ready = claim_ready(db, channel="telegram", now=NOW + days(0.01), limit=9, bulk=9, lease=days(0.01))
        for one in ready:
            if one.key == office_answer(known.id, got).text:
                record(db, delivery_id=one.id, outcome=Sent("1"), now=NOW)
            else:
                put_off(db, delivery_id=one.id, until=NOW + days(1), detail="", now=NOW)

    town.do(send)

    town.do(telling.take_back, pack=town.pack, role=author, answer_id=known.id, tell=town.told, now=NOW)

    assert {who for who, key in town.told if key == "answer.no_longer"} == {got}
    left = town.do(
        lambda db: db.execute(
            select(deliveries.c.state).where(deliveries.c.key == office_answer(known.id, waits).text)
        ).scalar_one()
    )
    assert left == "cancelled"


def test_a_refused_answer_returns_its_question_with_the_reason_for_the_author(
    town: Town, author: Role, second: Role
) -> None:
    asked(town, town.person("Mai"))
    known = written(town, author)

    town.do(
        telling.turn_down, pack=town.pack, role=second, answer_id=known.id, reason="Thiếu giờ làm việc",
        tell=town.told, now=NOW,
    )  # fmt: skip

    assert town.told.values[author.person_id, "soandap.refused"]["note"] == "Thiếu giờ làm việc"
    assert lost(town, author) == [QUESTION]
    assert found(town) is None


def test_an_official_of_another_place_neither_sees_nor_writes_nor_approves(town: Town, author: Role) -> None:
    other = town.official("commune_official", OTHER_COMMUNE)
    asked(town, town.person("Mai"))
    question = town.do(unanswered_in, role=author, places=town.pack.places, on=TODAY)[0]
    given = Written(QUESTION, TEXT, "Công văn 780", date(2021, 12, 31), OTHER_COMMUNE)

    with pytest.raises(NotAllowedError):
        town.do(hand_in, pack=town.pack, role=other, unanswered_id=question.id, written=given, now=NOW)
    wider = Written(QUESTION, TEXT, "Công văn 780", date(2021, 12, 31), DISTRICT)
    with pytest.raises(NotAllowedError):
        town.do(hand_in, pack=town.pack, role=author, unanswered_id=question.id, written=wider, now=NOW)
    known = written(town, author)
    assert town.do(answers.answer_for, answer_id=known.id, role=other, pack=town.pack, on=TODAY) is None
    with pytest.raises(NotAllowedError):
        published(town, known, other)


@pytest.mark.parametrize(
    "unfit", [{"until": date(2021, 5, 31)}, {"until": date(2023, 1, 1)}, {"text": " "}, {"source": ""}]
)
def test_an_answer_without_text_source_or_fit_day_is_not_stored(town: Town, author: Role, unfit: dict) -> None:
    asked(town, town.person("Mai"))

    with pytest.raises(UnfitAnswerError):
        written(town, author, **unfit)
    assert lost(town, author) == [QUESTION]


def test_another_question_is_not_answered_with_it(town: Town, author: Role, second: Role) -> None:
    asked(town, town.person("Mai"))
    published(town, written(town, author), second)

    for other in ("vay vốn làm nhà ở đâu", "hồ sơ gồm những gì", "ngân hàng mấy giờ mở cửa", "làm OCOP mất bao lâu"):
        assert found(town, other) is None, other


def test_the_nearest_place_wins_over_a_wider_one(town: Town, author: Role, second: Role) -> None:
    asked(town, town.person("Mai"))
    asked(town, town.person("Xa", OTHER_COMMUNE), place=None)
    province, other = town.official("province_official", PROVINCE), town.official("province_official", PROVINCE)
    near = written(town, author)
    published(town, near, second)
    wide = written(town, province, place=PROVINCE, text="Cả tỉnh làm như nhau.")
    published(town, wide, other)

    assert found(town, place=COMMUNE).id == near.id
    assert found(town, place=OTHER_COMMUNE).id == wide.id


def test_the_same_words_are_listed_once_with_their_number(town: Town, author: Role) -> None:
    for name in ("Mai", "Ba", "Tư"):
        asked(town, town.person(name))
    asked(town, town.person("Năm"), "Trồng sâm ở đâu bán giống")

    listed = town.do(unanswered_in, role=author, places=town.pack.places, on=TODAY)

    assert sorted((one.text, one.asked) for one in listed) == [(QUESTION, 3), ("Trồng sâm ở đâu bán giống", 1)]


def test_one_person_neither_asks_twice_nor_floods_the_list(town: Town, author: Role) -> None:
    mai = town.person("Mai")
    asked(town, mai)
    asked(town, mai, QUESTION.lower())
    assert len(lost(town, author)) == 1

    for number in range(MOST_A_DAY + 5):
        asked(town, mai, f"câu hỏi thứ {number} về việc khác", now=NOW)
    assert len(lost(town, author)) == MOST_A_DAY


def test_a_dismissed_question_leaves_the_list(town: Town, author: Role) -> None:
    asked(town, town.person("Mai"))
    asked(town, town.person("Ba"))
    question = town.do(unanswered_in, role=author, places=town.pack.places, on=TODAY)[0]
    other = town.official("commune_official", OTHER_COMMUNE)
    dismissing = {"unanswered_id": question.id, "places": town.pack.places, "on": TODAY, "now": NOW}

    with pytest.raises(NotAllowedError):
        town.do(unanswered.dismiss, role=other, **dismissing)
    assert town.do(unanswered.dismiss, role=author, **dismissing) == 2
    assert lost(town, author) == []


def test_unanswered_questions_are_seen_in_ones_place_without_a_name(town: Town) -> None:
    commune, other = town.official("commune_official", COMMUNE), town.official("commune_official", OTHER_COMMUNE)
    province = town.official("province_official", PROVINCE)
    town.do(note_unanswered, text="Làm mã vạch ở đâu", place=COMMUNE, now=NOW)
    town.do(note_unanswered, text="Trời hôm nay sao, gọi 0912345678", place=None, now=NOW + days(1))

    assert lost(town, commune) == ["Làm mã vạch ở đâu"]
    assert lost(town, other) == []
    assert lost(town, province) == ["Trời hôm nay sao, gọi …", "Làm mã vạch ở đâu"]
    assert "person_id" not in unanswered.unanswered.c


def test_an_erased_person_is_no_asker_and_hears_nothing(town: Town, author: Role, second: Role) -> None:
    mai = town.person("Mai")
    asked(town, mai)
    known = written(town, author)
    town.do(erasing.erase, pack=town.pack, person_id=mai, now=NOW, tell=town.told)

    assert published(town, known, second)[1] == 0
    assert town.do(lambda db: db.execute(select(unanswered.askers)).all()) == []


def test_one_who_asked_while_the_answer_waited_is_notified_too(town: Town, author: Role, second: Role) -> None:
    asked(town, town.person("Mai"))
    known = written(town, author)
    late = town.person("Hỏi sau")
    asked(town, late, QUESTION.lower())

    assert published(town, known, second)[1] == 2
    assert (late, "answer.arrived") in town.told
    assert lost(town, author) == []


def test_an_answer_of_a_revoked_role_is_not_published(town: Town, author: Role, second: Role) -> None:
    asked(town, town.person("Mai"))
    known = written(town, author)
    town.do(revoke, role_id=author.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)

    with pytest.raises(NotAllowedError):
        published(town, known, second)
    assert found(town) is None


def test_a_message_about_an_answer_ends_with_its_last_day(town: Town, author: Role, second: Role) -> None:
    mai = town.person("Mai")
    asked(town, mai)
    known = written(town, author, until=date(2021, 6, 30))
    published(town, known, second)

    key = office_answer(known.id, mai).text
    ends = town.do(lambda db: db.execute(select(deliveries.c.not_after).where(deliveries.c.key == key)).scalar_one())
    assert ends is not None
    assert ends.date() == date(2021, 6, 30)


@pytest.mark.parametrize(
    "number",
    ["0912345678", "0912 345 678", "(0912) 345678", "0912 - 345 - 678", "0912  345  678", "+84 (0)912.345.678",
     "044 099 001234"],
)  # fmt: skip
def test_no_number_of_a_person_is_stored_with_a_question(town: Town, author: Role, number: str) -> None:
    asked(town, town.person("Mai"), f"Gọi em số {number} nhé")

    assert lost(town, author) == ["Gọi em số … nhé"]


def test_the_years_of_a_programme_are_no_number_of_a_person(town: Town, author: Role) -> None:
    asked(town, town.person("Mai"), "Giai đoạn 2021-2025 có gì mới")

    assert lost(town, author) == ["Giai đoạn 2021-2025 có gì mới"]
