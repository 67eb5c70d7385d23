"""Whom an announcement is for: every filter narrows, none reaches beyond the place."""

from itertools import product

import pytest
from sqlalchemy import insert, select, update

from content.message import Message
from registry.applications.applications import Application
from registry.broadcasts.audiences import Wanted, count, reached, tags, tags_for
from registry.people.roles import NotAllowedError
from registry.products.recognitions import Certificate, enter
from registry.store.rows import accounts, applications
from tests.announced import announced
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, PROVINCE, TODAY, Town, days


def who(town: Town, role, wanted: Wanted) -> set[str]:
    query = reached(town.pack, role=role, wanted=wanted, now=NOW).subquery()
    return set(town.do(lambda db: db.execute(select(query.c.person_id)).scalars().all()))


def changed(town: Town, application, **values) -> None:
    town.do(
        lambda db: db.execute(update(applications).where(applications.c.id == application.id).values(**values)).rowcount
    )


def recognised(town: Town, person_id: str, stars: int, *, place: str) -> Application:
    made = town.idea(person_id, place=place)
    town.do(
        enter, programme=town.pack.programme, product_id=made.product_id, application_id=made.id,
        certificate=Certificate(stars, "1/GCN", TODAY), actor="operator", now=NOW,
    )  # fmt: skip
    return made


def test_a_product_has_to_fit_every_filter_by_itself(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    one, two, both = (town.person() for _ in range(3))
    changed(town, town.idea(one), kind="recognised", product_group="food")
    changed(town, town.idea(two), kind="new", product_group="craft")
    changed(town, town.idea(both), kind="recognised", product_group="craft")
    changed(town, town.idea(one), kind="new", product_group="craft")  # each filter fits one of their products

    assert who(town, commune, Wanted(COMMUNE, kinds=("recognised",), groups=("craft",))) == {both}
    assert who(town, commune, Wanted(COMMUNE, groups=("craft",))) == {one, two, both}


def test_steps_statuses_and_stars_narrow(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    begins, starred, plain = (town.person() for _ in range(3))
    town.idea(begins)
    changed(town, recognised(town, starred, 4, place=COMMUNE), status="recognised")
    step = town.pack.programme.status_step("idea_submitted")

    assert who(town, commune, Wanted(COMMUNE, steps=(step,))) == {begins}
    assert who(town, commune, Wanted(COMMUNE, statuses=("recognised",))) == {starred}
    assert who(town, commune, Wanted(COMMUNE, stars=3)) == {starred}
    assert who(town, commune, Wanted(COMMUNE, stars=5)) == set()
    assert who(town, commune, Wanted(COMMUNE)) == {begins, starred, plain}


def test_a_product_made_elsewhere_tells_nothing_of_somebody_who_lives_here(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lives_here = town.person()
    changed(town, recognised(town, lives_here, 5, place=OTHER_COMMUNE), kind="recognised")

    assert who(town, commune, Wanted(COMMUNE, stars=5)) == set()
    assert who(town, commune, Wanted(COMMUNE)) == {lives_here}


def test_an_open_draft_counts_as_the_first_step(town: Town) -> None:
    from registry.applications.drafts import open_draft

    commune = town.official("commune_official", COMMUNE)
    draws, _idle = town.person(), town.person()
    town.do(open_draft, person_id=draws, form="idea", now=NOW)

    assert who(town, commune, Wanted(COMMUNE, statuses=("idea_draft",))) == {draws}


def test_officials_of_the_place_are_reached_when_they_are_wished_for(town: Town) -> None:
    district = town.official("district_official", DISTRICT)
    here = town.official("commune_official", COMMUNE)
    away = town.official("commune_official", OTHER_COMMUNE)
    maker = town.person()
    town.idea(maker)

    assert who(town, district, Wanted(DISTRICT, roles=("commune_official",))) == {here.person_id}
    assert who(town, district, Wanted(DISTRICT, roles=("producer",))) == {maker}
    assert who(town, district, Wanted(DISTRICT, roles=("producer", "commune_official"))) == {here.person_id, maker}
    assert who(town, district, Wanted(DISTRICT)) == {maker}
    assert away.person_id


def test_who_wrote_lately_is_asked_of_any_account(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    fresh, silent = town.person(), town.person()
    town.do(
        lambda db: (
            db.execute(
                update(accounts).where(accounts.c.person_id == silent).values(last_spoke_at=NOW - days(8))
            ).rowcount
        )
    )

    assert who(town, commune, Wanted(COMMUNE, spoke_days=7)) == {fresh}
    assert who(town, commune, Wanted(COMMUNE, spoke_days=30)) == {fresh, silent}


def test_a_label_belongs_to_the_offices_of_the_place(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    other = town.official("commune_official", OTHER_COMMUNE)
    district = town.official("district_official", DISTRICT)
    lai, hoa = town.person(), town.person()
    rows = [(lai, COMMUNE, "bao bì"), (hoa, OTHER_COMMUNE, "bao bì"), (hoa, OTHER_COMMUNE, "kín")]
    town.do(
        lambda db: (
            db.execute(
                insert(tags), [{"person_id": who, "place": at, "tag": tag, "at": NOW} for who, at, tag in rows]
            ).rowcount
        )
    )

    assert who(town, commune, Wanted(COMMUNE, tag="bao bì")) == {lai}
    assert who(town, commune, Wanted(COMMUNE, tag="kín")) == set()
    assert town.do(tags_for, role=commune, places=town.pack.places, on=TODAY) == ("bao bì",)
    assert town.do(tags_for, role=other, places=town.pack.places, on=TODAY) == ("bao bì", "kín")
    assert town.do(tags_for, role=district, places=town.pack.places, on=TODAY) == ("bao bì",)


FILTERS = {
    "roles": [("producer",), ("commune_official",), ("helper", "district_official"), ("province_official",)],
    "kinds": [("new",), ("recognised",)],
    "groups": [("food",)],
    "steps": [(1, 2, 3, 4, 5, 6)],
    "statuses": [("idea_draft", "idea_submitted")],
    "stars": [0, 1],
    "spoke_days": [0, 9999],
    "tag": ["", "bao bì"],
    "corrects": ["", "wide"],
}


def test_no_filter_and_no_two_of_them_reach_anybody_outside(town: Town) -> None:
    """Everybody outside fits every filter there is; none of them is ever reached."""
    from registry.applications.drafts import open_draft

    commune = town.official("commune_official", COMMUNE)
    province = town.official("province_official", PROVINCE)
    outside = {town.person(place=place) for place in (OTHER_COMMUNE, None, "19210")}
    officials = [town.official("commune_official", OTHER_COMMUNE), town.official("district_official", DISTRICT)]
    for person_id in outside:
        recognised(town, person_id, 5, place=OTHER_COMMUNE)
        town.do(open_draft, person_id=person_id, form="idea", now=NOW)
        for place in (COMMUNE, OTHER_COMMUNE):
            row = {"person_id": person_id, "place": place, "tag": "bao bì", "at": NOW}
            town.do(lambda db, row=row: db.execute(insert(tags).values(**row)).rowcount)
    wide = town.do(
        announced, pack=town.pack, role=province, place=PROVINCE, say=Message,
        now=NOW,
    )  # fmt: skip
    inside = town.person()
    town.idea(inside)
    outside |= {one.person_id for one in officials} | {province.person_id}
    tried = 0
    for first, second in product(FILTERS, repeat=2):
        for one, other in product(FILTERS[first], FILTERS[second]):
            values = {first: one} | {second: other}
            if values.get("corrects"):
                values["corrects"] = wide.id
            assert not who(town, commune, Wanted(COMMUNE, **values)) & outside, values
            tried += 1
    assert tried > 200


@pytest.mark.parametrize("place", [OTHER_COMMUNE, DISTRICT, PROVINCE, "99999", "", "%", "vi"])
def test_a_place_beyond_ones_own_is_refused_whatever_else_is_wished(town: Town, place: str) -> None:
    commune = town.official("commune_official", COMMUNE)
    for wanted in (Wanted(place), Wanted(place, kinds=("new",)), Wanted(place, corrects="x"), Wanted(place, tag="y")):
        with pytest.raises(NotAllowedError):
            town.do(count, pack=town.pack, role=commune, wanted=wanted, now=NOW)


def test_a_wish_is_the_same_after_it_was_stored() -> None:
    wish = Wanted(COMMUNE, roles=("producer",), steps=(1, 2), stars=3, tag="bao bì")

    assert Wanted.from_json(wish.to_json()) == wish
    assert Wanted(COMMUNE).to_json() == {"place": COMMUNE}
