"""A typed number means what the person last saw with it, also where notices come between the questions."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection

from content.message import Choice, Message
from registry.deliveries import deliveries
from registry.deliveries.claims import claim_ready
from registry.deliveries.numbering import number_notice
from registry.deliveries.outcomes import Sent, TryAgain
from registry.people import people
from registry.people.inviting import invite

from .desk import CHANNEL, DISTRICT, NOW, Village, open_village
from .replay import OFFICIAL, PRODUCER
from .stages.opening import stage_for
from .stages.stage import Act, Heard

MAI = "mai"
ANSWERS = ("Khoai deo", "mới", "thực phẩm", "hộ", "Nguyễn Thị Mẫu", "0912 345 678", "Hải Ninh")
LANGUAGE = Choice("Đổi ngôn ngữ", "/ngonngu")
PAUSE = Choice("Tạm dừng", "/tamdung")
_KEYS = count(1)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as made:
        yield made


def show(village: Village, *choices: Choice, tries: int = 1) -> Message:
    """Send a notice on a channel that writes lists, as the pump does, at the last of several attempts."""
    village.now += timedelta(seconds=30)
    message = Message("Tin mới", choices)
    person_id = village.do(people.account_person, channel=CHANNEL, account=MAI)
    assert person_id is not None

    def leave(db: Connection) -> Message:
        pending = claim_ready(db, channel=CHANNEL, now=village.now, limit=1, bulk=1, lease=timedelta(minutes=5))
        (one,) = pending
        shown = number_notice(db, pending=one, now=village.now)
        again = TryAgain(timedelta(), "busy")
        deliveries.record(db, delivery_id=one.id, outcome=Sent("1") if last else again, now=village.now)
        return shown

    village.do(
        deliveries.enqueue,
        key=f"status:{next(_KEYS)}",
        person_id=person_id,
        kind="status",
        message=message,
        now=village.now,
    )
    for number in range(tries):
        last = number == tries - 1
        shown = village.do(leave)
        village.now += timedelta(seconds=30)
    return shown


def heard(village: Village, words: str) -> str:
    return "\n".join(message.plain for message in village.say(MAI, words))


def asks_language(text: str) -> bool:
    return "ngôn ngữ" in text.lower() or "language" in text.lower()


def until_the_second_question(village: Village) -> Message:
    village.say(MAI, "/dangky")
    village.tap(MAI, "Đồng ý")
    (question,) = village.say(MAI, "Khoai deo")
    assert question.numbered
    assert "Câu 2/7." in question.plain
    return question


def test_the_lists_of_one_turn_are_numbered_through(village: Village) -> None:
    village.register(MAI, *ANSWERS)

    receipt, offer = village.heard[MAI][-2:]

    assert (receipt.first, offer.first) == (1, len(receipt.choices) + 1)
    wish = [choice.label for choice in offer.choices].index("Không cần") + offer.first
    assert "nhắc" in heard(village, str(wish))


def test_a_number_of_the_first_of_two_lists_is_not_taken_for_the_second(village: Village) -> None:
    village.register(MAI, *ANSWERS)
    receipt = village.heard[MAI][-2]
    more = [choice.label for choice in receipt.choices].index("Bổ sung thêm") + 1

    assert "Bổ sung 1/" in heard(village, str(more))


def test_a_notice_below_a_list_that_waits_goes_on_counting(village: Village) -> None:
    question = until_the_second_question(village)

    shown = show(village, LANGUAGE, PAUSE)

    assert shown.numbered
    assert shown.first == len(question.choices) + 1
    assert asks_language(heard(village, str(shown.first)))


def test_the_list_that_waits_keeps_its_numbers_below_a_notice(village: Village) -> None:
    question = until_the_second_question(village)
    show(village, LANGUAGE, PAUSE)

    said = heard(village, "1")

    assert f"Sản phẩm mới hay đã có: {question.choices[0].label}" in said


def test_a_notice_below_a_question_that_takes_a_number_has_none(village: Village) -> None:
    village.say(MAI, "/dangky")
    village.tap(MAI, "Đồng ý")

    shown = show(village, LANGUAGE)

    assert not shown.numbered
    assert "Em cần rõ hơn một chút" in heard(village, "1"), "the number was the answer, if a poor one"


def test_a_notice_below_a_question_without_a_list_has_none(village: Village) -> None:
    (question,) = village.say(MAI, "/lienhe")
    assert not question.numbered

    assert not show(village, LANGUAGE).numbered


def test_a_notice_without_numbers_is_answered_by_its_words(village: Village) -> None:
    village.say(MAI, "/dangky")
    village.tap(MAI, "Đồng ý")
    show(village, LANGUAGE)

    assert asks_language(heard(village, "doi ngon ngu"))


def test_where_nothing_waits_a_notice_counts_from_one_and_has_the_number(village: Village) -> None:
    (menu,) = village.say(MAI, "/start")
    assert menu.choices[0].action != LANGUAGE.action

    shown = show(village, LANGUAGE)

    assert shown.first == 1
    assert asks_language(heard(village, "1"))


def test_the_other_numbers_of_an_earlier_list_still_hold(village: Village) -> None:
    (menu,) = village.say(MAI, "/start")
    show(village, LANGUAGE)

    assert [choice.label for choice in menu.choices][1] == "Đăng ký ý tưởng"
    assert "đồng ý không ạ?" in heard(village, "2")


def test_each_of_several_notices_can_be_answered_in_turn(village: Village) -> None:
    village.say(MAI, "/start")
    first, second, third = show(village, Choice("Một", "/menu")), show(village, PAUSE), show(village, LANGUAGE)

    assert [one.first for one in (first, second, third)] == [1, 2, 3]
    assert asks_language(heard(village, "3"))


def test_a_notice_keeps_its_number_when_another_one_was_answered(village: Village) -> None:
    village.say(MAI, "/start")
    show(village, Choice("Một", "/menu")), show(village, Choice("Hai", "/menu")), show(village, LANGUAGE)
    (answer,) = village.say(MAI, "/nhantin")
    assert len(answer.choices) < 3

    assert asks_language(heard(village, "3"))


def test_a_list_shown_after_a_notice_takes_its_number(village: Village) -> None:
    village.say(MAI, "/start")
    show(village, LANGUAGE)
    village.say(MAI, "/xungho")

    assert not asks_language(heard(village, "1"))


def test_a_notice_from_before_the_question_that_waits_is_not_answered_below_it(village: Village) -> None:
    village.say(MAI, "/start")
    for _ in range(9):
        shown = show(village, LANGUAGE)
    until_the_second_question(village)

    assert not asks_language(heard(village, str(shown.first)))


def test_another_try_keeps_its_number(village: Village) -> None:
    question = until_the_second_question(village)

    assert show(village, LANGUAGE, tries=3).first == len(question.choices) + 1


def test_numbers_have_two_figures_at_most(village: Village) -> None:
    village.say(MAI, "/start")
    many = tuple(Choice(f"Việc {number}", f"/menu {number}") for number in range(1, 61))
    show(village, *many)

    shown = show(village, *many)

    assert not shown.numbered
    assert show(village, LANGUAGE).first == 61


def test_words_of_a_button_typed_a_second_time_say_the_same(village: Village) -> None:
    application = village.register(MAI, *ANSWERS)

    assert application.code in heard(village, "Gửi")


def test_a_command_of_an_earlier_list_keeps_a_number_nobody_showed_since(village: Village) -> None:
    (menu,) = village.say(MAI, "/start")
    (fewer,) = village.say(MAI, "/ngonngu")
    assert len(fewer.choices) < len(menu.choices)

    said = heard(village, str(len(menu.choices)))

    assert menu.choices[-1].action == "/lienhe"
    assert "xã" in said


def test_an_answer_without_a_list_takes_no_numbers_away(village: Village) -> None:
    village.official(MAI, "district_official", DISTRICT)
    (menu,) = village.say(MAI, "/start")
    (answer,) = village.press(MAI, "/traloi gone")
    assert answer.choices == ()

    place = [choice.action for choice in menu.choices].index("/dangky") + 1
    assert "đồng ý không ạ?" in heard(village, str(place))


def test_an_answer_of_an_earlier_question_has_no_number_any_more(village: Village) -> None:
    question = until_the_second_question(village)
    village.say(MAI, "/huy")

    said = heard(village, str(len(question.choices)))

    assert "Đã lưu" not in said


async def test_on_zalo_a_notice_is_shown_and_answered_by_its_number(tmp_path: Path) -> None:
    async with stage_for("zalo_bot", tmp_path, pack="quang-binh-2021", start=NOW) as stage:

        async def types(who: str, *words: str) -> dict[str, list[Heard]]:
            told: dict[str, list[Heard]] = {}
            for word in words:
                told = await stage.line(who, Act("text", word))
            return told

        code = await stage.unit(
            invite, pack=stage.house.pack, role="district_official", place="456", by="operator", on=NOW.date(), now=NOW
        )
        await types(OFFICIAL, f"/start cb_{code}", "/dangky", "1", "Trà")
        told = await types(PRODUCER, "/dangky", "1", *ANSWERS, "Gửi")
        (told_of,) = told[OFFICIAL]
        assert re.search(r"^5\. Xem và quyết định$", told_of.text, re.MULTILINE)

        answer = (await types(OFFICIAL, "5"))[OFFICIAL]

        assert "Khoai deo (YT-2021-000001-W)" in answer[0].text
        assert "Chấp nhận" in answer[0].buttons


@pytest.mark.parametrize(("number", "kept"), [("1", True), ("2", False)])
def test_what_was_understood_is_confirmed_by_a_number(tmp_path: Path, number: str, kept: bool) -> None:
    with open_village(tmp_path, "quang-tri-2026") as village:
        village.say(MAI, "/dangky")
        village.tap(MAI, "Đồng ý")
        for answer in ANSWERS:
            village.say(MAI, answer)
        asked = village.last(MAI)
        village.say(MAI, number)
        then = village.last(MAI).text

    assert (asked.numbered, [one.label for one in asked.choices]) == (True, ["Đúng", "Sửa lại"])
    assert ("Nơi sản xuất: Xã Ninh Châu" in then) == kept
