"""A declined idea: its reason stays in sight, and it is registered again from its own answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from registry.applications.applications import Application
from registry.applications.drafts import Draft, open_drafts
from registry.applications.entities import NewEntity
from registry.store.rows import applications
from registry.store.sealing import seal_for
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village

MAKER, OFFICE = "bà Lài", "cán bộ"
WHY = "Sản phẩm trùng với ý tưởng đã có ở thôn Tân Hải."


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.official(OFFICE, "district_official", DISTRICT, title="Phòng Nông nghiệp")
        there.say(MAKER, "/dangky")
        there.tap(MAKER, "Đồng ý")
        there.say(MAKER, "/huy")
        yield there


def declined(village: Village, **answers: object) -> Application:
    name = str(answers.get("entity_name", "Nguyễn Thị Lài"))
    made = village.idea(
        village.person(MAKER), entity=NewEntity("household", COMMUNE, name), **{"entity_name": name, **answers}
    )
    village.press(OFFICE, f"/quyet {made.code} {made.version} decline")
    village.say(OFFICE, WHY)
    village.tap(OFFICE, "Gửi")
    village.deliver()
    return village.fresh(made)


def change_answers(village: Village, made: Application, **answers: object) -> None:
    """Change what was stored long ago, when other answers were taken."""

    def write(db: Connection) -> None:
        sealed = seal_for(db, made.person_id, f"applications:answers:{made.id}", {**made.answers, **answers})
        db.execute(update(applications).where(applications.c.id == made.id).values(answers_sealed=sealed))

    village.do(write)


def begun(village: Village) -> list[Draft]:
    """The open drafts that were filled from a former idea."""
    left = village.do(open_drafts, person_id=village.person(MAKER))
    return [one for one in left if one.answers.get("_again")]


def test_the_reason_stays_in_the_status_with_the_way_to_register_again(village: Village) -> None:
    made = declined(village)

    (shown,) = village.say(MAKER, f"/trangthai {made.code}")

    assert f"Lý do: {WHY}" in shown.plain
    assert [choice.action for choice in shown.choices if choice.label == "Đăng ký lại từ phiếu này"] == [
        f"/dangky lai {made.code}"
    ]


def test_the_news_of_the_decline_has_the_way_too(village: Village) -> None:
    declined(village)

    assert village.button(MAKER, "Đăng ký lại từ phiếu này") is not None


def test_the_new_draft_has_the_answers_and_says_which_were_kept(village: Village) -> None:
    made = declined(village)
    village.say(MAKER, "/trangthai")

    (shown,) = village.tap(MAKER, "Đăng ký lại từ phiếu này")

    assert f"Em điền sẵn các câu của phiếu {made.code}: Tên sản phẩm; Sản phẩm mới hay đã có;" in shown.plain
    assert "1. Tên sản phẩm: Khoai deo" in shown.plain
    assert "Gửi" in [choice.label for choice in shown.choices]
    village.say(MAKER, "1")
    village.say(MAKER, "Khoai deo Tân Hải")
    (sent, *_) = village.tap(MAKER, "Gửi")
    assert "Khoai deo Tân Hải" in sent.plain
    assert village.fresh(made).status == "idea_declined"


def test_an_answer_that_the_form_takes_no_longer_is_asked_again(village: Village) -> None:
    made = declined(village)
    change_answers(village, made, product_name="chị không hiểu câu này", place="99999", product_group="toys")

    (shown,) = village.press(MAKER, f"/dangky lai {made.code}")

    assert "trả lời lại giúp em: Tên sản phẩm; Nhóm sản phẩm; Nơi sản xuất." in shown.plain
    assert "Câu 1/7." in shown.plain
    (draft,) = begun(village)
    assert draft.answers.keys() & {"product_name", "place", "product_group"} == set()


def test_files_stay_with_the_former_form_and_are_asked_for_again(village: Village) -> None:
    made = declined(village, photos=["a-file"])

    (shown,) = village.press(MAKER, f"/dangky lai {made.code}")

    assert "trả lời lại giúp em: Ảnh" in shown.plain


def test_a_second_tap_goes_on_with_the_draft_of_the_first(village: Village) -> None:
    made = declined(village)
    village.press(MAKER, f"/dangky lai {made.code}")

    village.press(MAKER, f"/dangky lai {made.code}")

    assert len(begun(village)) == 1


@pytest.mark.parametrize("who", ["người lạ", OFFICE])
def test_nobody_else_registers_from_it(village: Village, who: str) -> None:
    made = declined(village)
    village.say(who, "/dangky")
    village.tap(who, "Đồng ý")
    village.say(who, "/huy")
    before = len(village.do(open_drafts, person_id=village.person(who)))

    told = village.press(who, f"/dangky lai {made.code}")

    assert "Khoai deo" not in told[-1].plain
    assert len(village.do(open_drafts, person_id=village.person(who))) == before


def test_an_idea_that_is_under_way_is_not_registered_again(village: Village) -> None:
    made = village.idea(village.person(MAKER))

    assert "không thấy hồ sơ này" in village.press(MAKER, f"/dangky lai {made.code}")[-1].plain
