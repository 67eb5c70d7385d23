"""A recognition stands until a new decision; the printed end wins, otherwise the term of the rules counts."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.programme.pack import load_pack
from registry.applications.applications import Application, Defect
from registry.applications.drafts import open_draft
from registry.applications.entities import NewEntity
from registry.applications.review import decide, hand_in, withdraw
from registry.applications.submitting import submit_idea
from registry.products.products import product
from registry.products.recognitions import (
    Certificate,
    Recognition,
    State,
    enter,
    last_day,
    latest_of,
    months_later,
    standing,
)
from tests.registry.town import COMMUNE, NOW, Town

PAPER = Certificate(3, "12/GCN", date(2024, 3, 15))
PROGRAMME = load_pack("quang-tri-2026", date(2026, 9, 15)).programme
CERTIFIED = {
    "product_kind": "recognised", "stars": "4", "certificate": "7/GCN", "certified_on": "2020-12-15",
    "certificate_ends": "2023-12-15", "certificate_photo": ["f"],
}  # fmt: skip


def entered(town: Town, product_id: str, application_id: str, paper: Certificate) -> str:
    return town.do(
        enter, programme=PROGRAMME, product_id=product_id, application_id=application_id, certificate=paper,
        actor="operator", now=NOW,
    )  # fmt: skip


def stands(town: Town, product_id: str) -> Recognition:
    found = town.do(standing, product_id)
    assert found is not None
    return found


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_thirty_six_months_end_on_the_same_day_three_years_later(day: date) -> None:
    last = months_later(day, 36)

    assert (last.year, last.month) == (day.year + 3, day.month)
    assert last.day == day.day or (day.month, day.day, last.day) == (2, 29, 28)


def test_the_printed_end_wins_over_the_term() -> None:
    assert last_day(PROGRAMME, PAPER) == date(2027, 3, 15)
    assert last_day(PROGRAMME, replace(PAPER, ends_on=date(2027, 1, 31))) == date(2027, 1, 31)


def test_a_programme_without_a_term_counts_none() -> None:
    old = load_pack("quang-binh-2021", date(2021, 6, 1)).programme

    assert last_day(old, PAPER) is None


def test_the_same_certificate_again_changes_nothing_and_a_correction_keeps_the_recognition(town: Town) -> None:
    made = town.idea(town.person())
    assert entered(town, made.product_id, made.id, PAPER) == "added"
    first = stands(town, made.product_id)
    assert (first.issued_by, first.end_printed, first.ends_on) == ("district", False, date(2027, 3, 15))

    assert entered(town, made.product_id, made.id, PAPER) == "unchanged"
    assert entered(town, made.product_id, made.id, replace(PAPER, number="12/GCN-UBND")) == "changed"
    assert entered(town, made.product_id, made.id, replace(PAPER, issued_on=date(2024, 3, 14), stars=4)) == "changed"

    now = stands(town, made.product_id)
    assert (now.id, now.stars, now.issued_by) == (first.id, 4, "province")


@pytest.mark.parametrize(
    "again",
    [
        replace(PAPER, stars=4, number="9/GCN", issued_on=date(2024, 12, 30)),  # raised to four stars
        replace(PAPER, issued_on=date(2027, 3, 1)),  # evaluated again; the list repeats the number
    ],
)
def test_a_later_decision_replaces_the_one_that_stands(town: Town, again: Certificate) -> None:
    made = town.idea(town.person())
    entered(town, made.product_id, made.id, PAPER)
    first = stands(town, made.product_id)

    assert entered(town, made.product_id, made.id, again) == "added"

    now = stands(town, made.product_id)
    assert now.id != first.id
    assert (now.stars, now.issued_on) == (again.stars, again.issued_on)


def certified(town: Town, person_id: str, **answers: object) -> Application:

    draft = town.do(open_draft, person_id=person_id, form="idea", now=NOW)
    return town.do(
        submit_idea, pack=town.pack, draft_key=draft.key, person_id=person_id,
        entity=NewEntity("household", COMMUNE, "Hộ Mẫu"), place=COMMUNE, kind="recognised", product_group="food",
        answers={"product_name": "Khoai deo"} | CERTIFIED | answers, now=NOW, tell=town.told,
    )  # fmt: skip


def test_a_reported_certificate_stands_once_the_office_confirms_it(town: Town) -> None:
    owner, official = town.person(), town.official("district_official", "456")
    made = certified(town, owner)

    assert made.status == "certificate_submitted"
    assert town.do(standing, made.product_id) is None
    reported = town.do(latest_of, (made.product_id,))[made.product_id]
    assert (reported.state, reported.stars, reported.ends_on, reported.issued_by) == (
        State.REPORTED, 4, date(2023, 12, 15), "province",
    )  # fmt: skip

    town.do(
        decide, pack=town.pack, application_id=made.id, version=1, act="certificate_confirm", role=official, now=NOW,
        tell=town.told,
    )  # fmt: skip

    assert stands(town, made.product_id).id == reported.id
    assert town.fresh(made).status == "recognised"
    assert (owner, "status.certificate_confirmed") in town.told


def test_the_office_hears_of_a_reported_certificate_and_its_person_of_the_decision(town: Town) -> None:
    owner, official = town.person(), town.official("district_official", "456")
    made = certified(town, owner)
    assert (official.person_id, "review.certificate_arrived") in town.told

    town.do(
        decide, pack=town.pack, application_id=made.id, version=1, act="certificate_decline", role=official, now=NOW,
        tell=town.told, note="Trong danh sách của tỉnh không có số giấy này.",
    )  # fmt: skip

    assert (owner, "status.certificate_declined") in town.told


def test_a_corrected_report_replaces_its_facts_and_a_withdrawn_one_never_stands(town: Town) -> None:

    owner, official = town.person(), town.official("district_official", "456")
    made = certified(town, owner)
    town.do(
        decide, pack=town.pack, application_id=made.id, version=1, act="certificate_return", role=official, now=NOW,
        tell=town.told, defects=[Defect("certificate", "Số giấy chưa đúng")],
    )  # fmt: skip
    town.do(
        hand_in, pack=town.pack, application_id=made.id, version=None, act="resubmit", person_id=owner, now=NOW,
        tell=town.told, answers={"certificate": "8/GCN", "product_name": "Khoai gieo"},
    )  # fmt: skip

    found = town.do(latest_of, (made.product_id,))[made.product_id]
    named = town.do(product, made.product_id)
    assert (found.certificate, found.state) == ("8/GCN", State.REPORTED)
    assert named is not None
    assert named.name == "Khoai gieo"

    town.do(withdraw, pack=town.pack, application_id=made.id, person_id=owner, now=NOW, tell=town.told)
    assert town.do(latest_of, (made.product_id,))[made.product_id].state is State.REFUSED
    assert town.do(standing, made.product_id) is None
