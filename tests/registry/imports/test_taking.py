"""A corrected list corrects the facts that depend on others; facts of a person or an official are left, and told."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, update

from registry.applications.applications import applications_of, events_of
from registry.applications.changes import Change, move
from registry.applications.entities import change_keeper
from registry.imports.outcomes import Act, Fact, Left
from registry.people.people import forget
from registry.products.products import product
from registry.products.recognitions import Certificate, enter
from registry.store.rows import applications
from tests.registry.imports.office import FIRST, NOW, PRODUCT, SECOND, Office


@pytest.fixture
def taken(office: Office) -> Office:
    assert office.take().counts == {("entity", Act.ADDED): 2, ("product", Act.ADDED): 1}
    return office


def test_the_same_list_again_changes_nothing(taken: Office) -> None:
    before = taken.counted()

    assert taken.take().counts == {("entity", Act.UNCHANGED): 2, ("product", Act.UNCHANGED): 1}
    assert taken.counted() == before | {"audit": before["audit"] + 1}


def test_a_corrected_maker_gets_the_product_and_the_earlier_one_sees_it_no_more(taken: Office) -> None:
    first, second = taken.entity("CT-001").keeper_id, taken.entity("CT-002").keeper_id
    taken.correct("SP-001", entity="CT-002")

    report = taken.take()

    assert report.facts["product", Fact.MAKER] == 1
    assert taken.store.read_now(applications_of, person_id=first) == ()
    (seen,) = taken.store.read_now(applications_of, person_id=second)
    assert (seen.product, seen.answers["entity_name"]) == ("Khoai deo Mẫu", "HTX Thứ hai")
    record = taken.store.read_now(product, seen.product_id)
    assert record is not None
    assert (record.entity_id, record.keeper_id, record.name) == (seen.entity_id, second, "Khoai deo Mẫu")
    assert taken.acts() == ["import", "import"]
    assert taken.recognition().certificate == "12/QĐ"


def test_the_history_stays_readable_for_the_new_maker_and_names_the_earlier_one_not(taken: Office) -> None:
    taken.correct("CT-001", name="HTX Cũ")
    taken.correct("SP-001", name="Khoai gieo")
    taken.take()
    taken.correct("SP-001", entity="CT-002")
    taken.take()

    words = [event.changed for event in taken.store.read_now(events_of, taken.course())]

    assert words == [{}, {"product_name": "Khoai deo Mẫu"}, {}]


def test_place_holder_and_keeper_follow_a_moved_entity(taken: Office) -> None:
    taken.correct("CT-001", place="18880")

    taken.take()

    course = taken.course()
    record = taken.store.read_now(product, course.product_id)
    assert record is not None
    assert (course.place, course.holder, record.place, taken.keeper("CT-001")[2]) == ("18880",) * 4
    assert taken.acts() == ["import", "import"]


def test_a_product_that_is_not_in_the_list_follows_its_maker_too(taken: Office) -> None:
    taken.correct("CT-001", place="18880", name="HTX Mới", kind="household")
    taken.products = []

    report = taken.take()

    course = taken.course()
    assert report.counts["product", Act.CHANGED] == 1
    assert (course.place, course.holder, course.answers["entity_name"], course.answers["entity_kind"]) == (
        "18880", "18880", "HTX Mới", "household",
    )  # fmt: skip
    assert taken.take().taken == 0


def test_two_people_with_one_phone_keep_their_own_names(office: Office) -> None:
    office.correct("CT-002", phone=FIRST.phone)
    office.take()

    assert (office.keeper("CT-001")[0], office.keeper("CT-002")[0]) == ("Nguyễn Thị Mẫu", "Trần Văn Mẫu")
    assert office.take().taken == 0


def test_a_person_that_an_older_program_gave_to_two_entities_becomes_two_again(taken: Office) -> None:
    shared = taken.entity("CT-001").keeper_id

    taken.do(change_keeper, entity=taken.entity("CT-002"), keeper_id=shared, now=NOW)
    report = taken.take()

    assert report.facts["entity", Fact.KEEPER] == 1
    assert (taken.keeper("CT-001")[0], taken.keeper("CT-002")[0]) == ("Nguyễn Thị Mẫu", "Trần Văn Mẫu")
    assert taken.entity("CT-002").name == "HTX Thứ hai"
    assert taken.take().taken == 0


def test_the_texts_of_an_entity_set_apart_are_sealed_for_its_own_keeper(taken: Office) -> None:
    shared = taken.entity("CT-002").keeper_id
    taken.correct("SP-001", entity="CT-002")
    taken.take()

    taken.do(change_keeper, entity=taken.entity("CT-001"), keeper_id=shared, now=NOW)
    taken.correct("CT-002", person="Lê Thị Khác")
    taken.take()
    taken.do(forget, person_id=taken.entity("CT-001").keeper_id, now=NOW)

    assert taken.entity("CT-002").name == "HTX Thứ hai"
    assert taken.course().product == "Khoai deo Mẫu"


def test_what_its_person_has_taken_over_is_theirs_and_told(taken: Office) -> None:
    taken.claimed("CT-001")
    taken.correct("CT-001", name="HTX Khác", kind="household", person="Người Lạ", phone="+84900000009")
    taken.correct("SP-001", entity="CT-002")

    report = taken.take()

    assert report.left == {("entity", Left.HAS_SOMEBODY): ["CT-001"], ("product", Left.HAS_SOMEBODY): ["SP-001"]}
    assert (taken.entity("CT-001").name, taken.keeper("CT-001")[0]) == (FIRST.name, FIRST.person)
    assert taken.course().entity_id == taken.entity("CT-001").id


def test_the_office_moves_what_a_person_has_taken_over_and_corrects_its_stars(taken: Office) -> None:
    taken.claimed("CT-001")
    taken.correct("CT-001", name="HTX Khác", place="18880")
    taken.correct("SP-001", stars=3)

    report = taken.take()

    assert (report.kept, report.facts["product", Fact.STARS]) == (["CT-001"], 1)
    assert (taken.course().holder, taken.course().answers["entity_name"]) == ("18880", FIRST.name)
    assert taken.recognition().stars == 3


def test_stars_and_the_day_of_one_certificate_may_be_corrected_downwards(taken: Office) -> None:
    taken.correct("SP-001", stars=3, certified_on=date(2025, 11, 15), expires_on=date(2028, 11, 15))

    report = taken.take()

    assert {fact for _, fact in report.facts} == {Fact.STARS, Fact.CERTIFICATE}
    assert (taken.recognition().stars, taken.recognition().issued_on) == (3, date(2025, 11, 15))
    assert taken.acts() == ["import", "import"]


def test_an_older_list_takes_no_later_certificate_back(taken: Office) -> None:
    taken.correct("SP-001", certificate="7/QĐ", stars=3, certified_on=date(2022, 2, 28), expires_on=date(2025, 2, 28))
    taken.correct("CT-001", place="18880")

    report = taken.take()

    assert report.left == {("product", Left.LATER_DECISION): ["SP-001"]}
    assert (taken.recognition().certificate, taken.course().status) == ("12/QĐ", "recognised")
    assert taken.course().holder == "18880", "its maker moved anyway"
    assert taken.take().counts["entity", Act.UNCHANGED] == 2


def decided(taken: Office, status: str) -> None:
    taken.do(move, taken.course(), Change("revoke", status, "system"), NOW)


@pytest.mark.parametrize(("status", "why"), [("withdrawn", Left.WITHDRAWN), ("revoked", Left.DECIDED)])
def test_what_was_withdrawn_or_decided_otherwise_stays(taken: Office, status: str, why: Left) -> None:
    decided(taken, status)
    taken.correct("SP-001", name="Khoai gieo")

    assert taken.take().left == {("product", why): ["SP-001"]}
    assert (taken.course().status, taken.course().product) == (status, "Khoai deo Mẫu")


def test_a_product_that_was_worked_on_changes_its_maker_by_no_list(taken: Office) -> None:
    taken.do(move, taken.course(), Change("promote", "promoted", "system", note="Quà tặng của tỉnh"), NOW)
    taken.correct("SP-001", entity="CT-002")

    assert taken.take().left == {("product", Left.WORKED_ON): ["SP-001"]}
    assert taken.course().entity_id == taken.entity("CT-001").id


def test_a_certificate_of_another_course_is_corrected_by_its_official_alone(taken: Office) -> None:
    taken.products.append(replace(PRODUCT, number="SP-009", certificate="9/QĐ"))
    taken.take()
    other = taken.course("SP-009")

    def course_of_official(db: Connection) -> None:
        product_id = taken.course().product_id
        db.execute(update(applications).where(applications.c.id == other.id).values(product_id=product_id))
        later = Certificate(5, "14/QĐ", date(2026, 9, 1))
        enter(db, programme=taken.pack.programme, product_id=product_id, application_id=other.id, certificate=later,
              actor="system", now=NOW)  # fmt: skip

    taken.do(course_of_official)
    taken.products = [replace(PRODUCT, certificate="14/QĐ", certified_on=date(2026, 9, 1), stars=3)]

    assert taken.take().left == {("product", Left.DECIDED): ["SP-001"]}
    assert taken.recognition().stars == 5


def test_what_its_person_erased_stays_erased(taken: Office) -> None:
    taken.do(forget, person_id=taken.entity("CT-001").keeper_id, now=NOW)

    report = taken.take()

    assert report.left == {("entity", Left.ERASED): ["CT-001"], ("product", Left.ERASED): ["SP-001"]}
    assert taken.course().answers == {}


def test_a_short_list_in_one_unit_ends_as_a_run_does(office: Office) -> None:
    assert office.take_at_once().counts == {("entity", Act.ADDED): 2, ("product", Act.ADDED): 1}
    assert office.take().taken == 0
    assert SECOND in office.entities
