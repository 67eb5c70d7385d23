"""Questions that are asked back: a press is kept for the editor; without one the officials see the question."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from registry.answers.asked_back import asked_back_lately
from registry.answers.unanswered import unanswered_in
from registry.people.roles import Role
from tests.handlers.desk import Village, open_village

WHO, OFFICE = "ba con", "can bo"
QUESTION = "ocop dịch ra tiếng việt là sao"


@pytest.fixture
def village(tmp_path: object) -> Iterator[Village]:
    with open_village(tmp_path, "quang-tri-2026") as there:  # type: ignore[arg-type]
        yield there


def place(village: Village) -> str:
    return village.pack.places.all("commune")[0].code


def listed(village: Village, role: Role) -> list[str]:
    return [one.text for one in village.do(unanswered_in, role=role, places=village.pack.places, on=village.now.date())]


def kept(village: Village):
    return village.do(asked_back_lately, since=village.now - timedelta(days=1))


def test_unpressed_it_counts_as_unanswered_and_a_press_takes_it_off(village: Village) -> None:
    home = place(village)
    role = village.official(OFFICE, "commune_official", home)
    village.person(WHO, "Nguyễn Thị Mẫu", home)
    village.say(WHO, QUESTION)
    assert village.last(WHO).choices[0].action.startswith("/yla ")
    assert listed(village, role) == [QUESTION]
    assert kept(village)[0].pressed is None

    first = village.last(WHO).choices[0]
    village.press(WHO, first.action)

    assert first.label in village.last(WHO).plain
    assert listed(village, role) == []
    (one,) = kept(village)
    assert (one.text, one.place, one.pressed) == (QUESTION, home, one.shown[0])
    assert "Nguyễn" not in repr(one)


def test_pressing_again_keeps_the_last_and_a_made_up_press_changes_nothing(village: Village) -> None:
    village.say(WHO, QUESTION)
    choices = village.last(WHO).choices
    for choice in choices[:2]:
        village.press(WHO, choice.action)
    (one,) = kept(village)
    assert one.pressed == one.shown[1]
    for made_up in ("/yla x 0", choices[0].action[:-1] + "9", "/yla"):
        village.press(WHO, made_up)
        assert "Nút này của câu trước" in village.last(WHO).plain
    assert kept(village)[0].pressed == one.shown[1]


def test_erasing_the_person_leaves_the_question_without_a_name(village: Village) -> None:
    village.say(WHO, QUESTION)
    village.press(WHO, "/dulieu xoa chac")
    assert [one.text for one in kept(village)] == [QUESTION]
