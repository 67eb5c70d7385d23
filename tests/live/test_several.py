"""Several things are live at once: the newest that fits is answered, and an older one by words that name it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from registry.applications import drafts
from registry.store.rows import invitees
from tests.handlers.desk import COMMUNE, Village, open_village
from tests.handlers.taphuan.test_taphuan import office, plan
from tests.live.scenes import WHO, reminded, scene


@pytest.fixture
def invited(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as village:
        village.person(WHO, "Bà An", place=COMMUNE)
        office(village)
        plan(village)
        yield village


@pytest.fixture
def filling(tmp_path: Path) -> Iterator[Village]:
    """An was reminded, and then began a form."""
    with open_village(tmp_path) as village:
        reminded(village)
        village.say(WHO, "/dangky moi")
        village.tap(WHO, "Đồng ý")
        yield village


def said(village: Village, words: str) -> str:
    return "\n".join(message.plain for message in village.say(WHO, words))


def reply(village: Village) -> str:
    who = village.person(WHO)
    return str(village.do(lambda db: db.scalar(select(invitees.c.state).where(invitees.c.person_id == who))))


def product(village: Village) -> object:
    found = village.do(drafts.open_drafts, person_id=village.person(WHO))
    return next((one.answers["product_name"] for one in found if one.answers.get("product_name")), None)


def test_an_answer_in_words_is_said_back_with_the_button_that_undoes_it(invited: Village) -> None:
    assert "em ghi bà An đi" in said(invited, "dạ em đi được nha").replace("anh/chị", "bà An")
    assert reply(invited) == "yes"

    invited.tap(WHO, "Không đi được")

    assert reply(invited) == "no"


def test_a_half_clear_answer_records_nothing_and_names_what_is_asked(invited: Village) -> None:
    heard = said(invited, "bận rồi nhưng để con gái đi thay")

    assert "chưa ghi gì" in heard
    assert "Tập huấn ghi nhãn" in heard
    assert reply(invited) == "none"

    invited.tap(WHO, "Không đi được")

    assert reply(invited) == "no"


def test_words_for_a_button_that_was_pressed_elsewhere_record_nothing_twice(invited: Village) -> None:
    invited.tap(WHO, "Tôi đi được")

    assert "em ghi" in said(invited, "dạ em đi được nha")
    assert reply(invited) == "yes"


def test_thanks_after_an_answer_press_nothing(invited: Village) -> None:
    invited.tap(WHO, "Không đi được")

    for words in ("ok em", "cảm ơn em nhé", "👍"):
        said(invited, words)

    assert reply(invited) == "no"


def test_an_older_reminder_is_answered_while_the_form_waits_and_its_question_stays(filling: Village) -> None:
    heard = said(filling, "mai nhắc lại giúp chị nhé")

    assert "nhắc lại" in heard
    assert "Câu 1/7" in heard
    assert filling.talk(WHO).step == "product_name"
    assert product(filling) is None


@pytest.mark.parametrize("words", ["Khoai nộp xong", "Mắm ruốc mai nhắc", "Bánh đi được"])
def test_a_plausible_value_is_the_value_although_it_sounds_like_an_answer(filling: Village, words: str) -> None:
    filling.say(WHO, words)
    if filling.button(WHO, "Ghi"):
        filling.tap(WHO, "Ghi")

    assert product(filling) == words


@pytest.mark.parametrize("words", ["ok", "dạ vâng", "cảm ơn em"])
def test_words_that_fit_everything_answer_no_older_notice(filling: Village, words: str) -> None:
    heard = said(filling, words)

    assert "em không nhắc" not in heard
    assert filling.talk(WHO).step == "product_name"


def test_the_newest_notice_that_fits_is_answered(filling: Village) -> None:
    filling.say(WHO, "/huy")
    office(filling)
    plan(filling)
    filling.deliver()

    assert "em ghi" in said(filling, "ok em")
    assert reply(filling) == "yes"
    assert "nhắc lại" in said(filling, "cái hạn nộp thì mai nhắc lại nhé")


def test_a_text_as_long_as_a_platform_lets_through_is_no_answer(invited: Village) -> None:
    said(invited, ("dạ em đi được nha " * 300)[:4096])

    assert reply(invited) == "none"


def test_a_side_command_in_view_of_the_summary_does_not_repeat_it(tmp_path: Path) -> None:
    with scene("summary", tmp_path) as village:
        heard = said(village, "/nhacviec")

        assert "Tên sản phẩm: Mắm ruốc" not in heard
        assert "vẫn chờ" in heard
        assert "Câu 1" not in heard

        village.say(WHO, "1")

        assert village.talk(WHO).step == "product_name"


def test_a_side_command_keeps_a_proposed_correction(tmp_path: Path) -> None:
    with scene("confirmation", tmp_path) as village:
        assert "45.000" in said(village, "/nhacviec")

        said(village, "đúng rồi nha")

        (draft,) = village.do(drafts.open_drafts, person_id=village.person(WHO))
        assert draft.answers["price"] == 45000
