"""A name that resembles a known product, who is shown what, and products of an older database."""

from datetime import date

import pytest
from sqlalchemy import update

from registry.applications.known_products import alike, recognised_like, resembling
from registry.applications.review import withdraw
from registry.products.products import products
from registry.products.recognitions import Certificate, enter
from registry.store.store import open_engine
from tests.crowd import cost_of, crowd
from tests.registry.town import COMMUNE, NOW, OTHER_COMMUNE, TODAY, Town

ALIKE = [
    ("Khoai deo Mẫu", "khoai deo mau"),
    ("Khoai deo Hải Ninh", "Khoai gieo Hải Ninh"),
    ("Nước mắm Cảnh Dương", "Sản phẩm nước mắm Cảnh Dương"),
    ("Khoai deo Hải Ninh", "khoai deo"),
    ("Tinh dầu tràm", "Tinh dầu tràm OCOP"),
]
OTHERS = [
    ("Khoai deo", "Khoai lang tím"),
    ("Nước mắm", "Mắm ruốc"),
    ("Mật ong rừng", "Rượu gạo"),
    ("Khoai", "Khoai deo Hải Ninh"),
    ("OCOP", "Sản phẩm"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_of_one_product_are_alike_both_ways(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_names_of_two_products_are_not(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)


def recognised(town: Town, place: str = COMMUNE, name: str = "Khoai deo Mẫu") -> str:
    made = town.idea(town.person(), place=place, product_name=name)
    town.do(
        enter, programme=town.pack.programme, product_id=made.product_id, application_id=made.id,
        certificate=Certificate(4, "1/GCN", date(2020, 12, 15)), actor="operator", now=NOW,
    )  # fmt: skip
    return made.product_id


def test_a_producer_is_asked_about_recognised_products_of_the_commune_only(town: Town) -> None:
    known = recognised(town)
    recognised(town, OTHER_COMMUNE)
    town.idea(town.person(), product_name="Khoai deo Mẫu")  # an idea of somebody

    found = town.do(recognised_like, name="khoai deo mau", place=COMMUNE)

    assert [one.product_id for one in found] == [known]
    assert town.do(recognised_like, name="Mắm ruốc", place=COMMUNE) == ()


def test_an_official_sees_every_resembling_product_of_their_places_and_no_other(town: Town) -> None:
    known = recognised(town)
    recognised(town, OTHER_COMMUNE)
    idea = town.idea(town.person(), product_name="Khoai deo Mẫu")
    gone = town.idea(town.person(), product_name="Khoai deo Mẫu")
    town.do(withdraw, pack=town.pack, application_id=gone.id, person_id=gone.person_id, now=NOW, tell=town.told)
    new = town.idea(town.person(), product_name="khoai deo mẫu")

    def seen(role: str, place: str) -> list[str]:
        held = town.official(role, place)
        found = town.do(resembling, pack=town.pack, application=new, roles=(held,), on=TODAY)
        return [one.product_id for one in found]

    assert seen("commune_official", COMMUNE) == [known, idea.product_id]
    assert seen("commune_official", OTHER_COMMUNE) == []
    assert len(seen("province_official", "44")) == 3


def test_a_product_of_an_older_database_is_named_by_its_newest_application(town: Town) -> None:
    known = recognised(town)
    town.do(lambda db: db.execute(update(products).values(name_sealed=None)).rowcount)

    found = town.do(recognised_like, name="Khoai deo Mẫu", place=COMMUNE)

    assert [(one.product_id, one.name) for one in found] == [(known, "Khoai deo Mẫu")]


def test_products_without_stars_are_not_opened(sqlite_template, tmp_path, vault, pack) -> None:
    statements = []
    for number in (10, 100):
        file = tmp_path / f"{number}.db"
        file.write_bytes(sqlite_template.read_bytes())
        engine = open_engine(f"sqlite:///{file}", vault, folder=tmp_path)
        place = min(one.code for one in pack.places.all("commune"))
        with engine.begin() as db:
            crowd(db, pack=pack, now=NOW, number=number, communes=1)
            found, meter = cost_of(db, lambda db, at=place: recognised_like(db, name="Mật ong rừng", place=at))
            statements.append(meter.statements)
        engine.dispose()
        assert found == ()

    assert statements[0] == statements[1]
