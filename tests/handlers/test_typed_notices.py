"""A notice is answered by typing: its label or its number, on every channel, also while a question waits."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from content.message import Choice, Message
from handlers.conversation.telling import Telling
from registry.applications import drafts, review
from registry.applications.applications import Defect
from registry.deliveries import deliveries
from registry.deliveries.claims import claim_ready
from registry.deliveries.outcomes import Doubtful
from registry.people import people
from registry.store.rows import accounts, invitees

from .desk import CHANNEL, COMMUNE, DISTRICT, NOW, Village, open_village
from .replay import PRODUCER
from .stages.opening import STAGES, stage_for
from .stages.stage import Act
from .taphuan.test_taphuan import office, plan, sweep

MAI = "mai"
LANGUAGE = Choice("Đổi ngôn ngữ", "/ngonngu")
PAUSE = Choice("Tạm dừng", "/tamdung")
_KEYS = count(1)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as made:
        made.person("here", "Bà Lan", place=COMMUNE)
        made.person(MAI, "Mai")
        yield made


def enqueue(village: Village, account: str, *choices: Choice) -> str:
    village.now += timedelta(seconds=30)
    person_id = village.do(people.account_person, channel=CHANNEL, account=account)
    assert person_id is not None
    pending = village.do(
        deliveries.enqueue,
        key=f"status:typed:{next(_KEYS)}",
        person_id=person_id,
        kind="status",
        message=Message("Tin mới", choices),
        now=village.now,
    )
    assert pending is not None
    return pending


def show(village: Village, *choices: Choice, account: str = MAI) -> None:
    """Let a notice arrive where choices are buttons and nothing has a number."""
    enqueue(village, account, *choices)
    village.deliver()
    village.now += timedelta(seconds=30)


def said(village: Village, words: str, account: str = MAI) -> str:
    return "\n".join(message.plain for message in village.say(account, words))


def labels(village: Village, account: str = MAI) -> list[str]:
    return [choice.label for choice in village.last(account).choices]


def asks_language(text: str) -> bool:
    return "ngôn ngữ" in text.lower()


def invited(village: Village) -> None:
    office(village)
    plan(village)
    village.now += timedelta(minutes=10)
    sweep(village)
    assert labels(village, "here")[:2] == ["Tôi đi được", "Không đi được"]


def reply_of(village: Village, account: str) -> str:
    person_id = village.person(account)
    return str(
        village.do(
            lambda db: db.execute(select(invitees.c.state).where(invitees.c.person_id == person_id)).scalar_one()
        )
    )


def begin(village: Village) -> None:
    """Up to the first question, which takes a name."""
    village.say(MAI, "/dangky")
    village.tap(MAI, "Đồng ý")


def product_name(village: Village) -> object:
    (draft,) = village.do(drafts.open_drafts, person_id=village.person(MAI))
    return draft.answers.get("product_name")


# --- the label and the number ----------------------------------------------------------------------------------------


YES = (
    "Tôi đi được", "toi di duoc", "TÔI ĐI ĐƯỢC", "Tôi đi được.", "tôi đi được ạ", "dạ tôi đi được nha", "Dạ, tôi đi được ạ!",
    "vâng tôi đi được nhé em", "ok tôi đi được", "em ơi tôi đi được nghe", "tôi đi được, cảm ơn em", "1", "số 1", "1.", "dạ số 1 ạ",
    "chọn 1", "đi", "dạ đi ạ", "đi được", "di duoc nhe", "em đi được ạ", "tui đi nhé", "tham gia", "có đi em",
)  # fmt: skip


@pytest.mark.parametrize("words", YES)
def test_an_invitation_is_accepted_by_its_label_or_its_number(village: Village, words: str) -> None:
    invited(village)

    village.say("here", words)

    assert reply_of(village, "here") == "yes"


@pytest.mark.parametrize(
    "words",
    [
        "Không đi được", "khong di duoc", "dạ không đi được ạ", "2", "số 2", "ko đi dc", "ko di dc", "không đi đâu em",
        "chắc tôi không đi được đâu", "tôi bận không đi được ạ", "không tham gia",
    ],
)  # fmt: skip
def test_an_invitation_is_declined_by_its_label_or_its_number(village: Village, words: str) -> None:
    invited(village)

    village.say("here", words)

    assert reply_of(village, "here") == "no"


def test_an_answer_can_be_changed_by_the_label_of_the_reply(village: Village) -> None:
    invited(village)

    village.say("here", "tôi đi được")
    village.say("here", "không đi được")

    assert reply_of(village, "here") == "no"


@pytest.mark.parametrize("kind", STAGES)
@pytest.mark.parametrize("words", ["Bảng giờ tàu", "bang gio tau", "dạ bảng giờ tàu nhé", "2"])
async def test_on_every_channel_a_notice_is_answered_by_typing(kind: str, words: str, tmp_path: Path) -> None:
    async with stage_for(kind, tmp_path, pack="quang-binh-2021", start=NOW) as stage:

        def notify(db: Connection) -> None:
            person_id = db.execute(select(accounts.c.person_id)).scalar_one()
            message = Message("Tin mới", (PAUSE, Choice("Bảng giờ tàu", "/ngonngu")))
            deliveries.enqueue(
                db, key="status:x", person_id=person_id, kind="status", message=message, now=stage.hours()
            )

        await stage.line(PRODUCER, Act("text", "/nhantin"))
        await stage.unit(notify)
        (told,) = (await stage.wait(timedelta(seconds=5)))[PRODUCER]
        assert told.buttons == ("Tạm dừng", "Bảng giờ tàu")

        answer = (await stage.line(PRODUCER, Act("text", words)))[PRODUCER]

    assert asks_language(answer[0].text)


def test_the_newest_of_two_notices_has_the_label_and_the_number(village: Village) -> None:
    for words in ("Xem", "1"):
        show(village, Choice("Xem", "/tamdung"))
        show(village, Choice("Xem", "/ngonngu"))

        assert asks_language(said(village, words))


def test_a_notice_has_a_label_before_an_older_answer_that_shows_the_same(village: Village) -> None:
    village.say(MAI, "/start")
    (menu,) = (choice.label for choice in village.last(MAI).choices if choice.action == "/dangky")
    show(village, Choice(menu, "/ngonngu"))

    assert asks_language(said(village, menu))


def test_the_other_choices_of_an_older_list_keep_their_numbers(village: Village) -> None:
    village.say(MAI, "/start")
    place = [choice.action for choice in village.last(MAI).choices].index("/dangky") + 1
    assert place > 1
    show(village, LANGUAGE)

    assert "đồng ý không ạ?" in said(village, str(place))


def test_a_notice_that_may_have_arrived_is_answered_too(village: Village) -> None:
    enqueue(village, MAI, LANGUAGE)

    def leave(db: Connection) -> None:
        pending = claim_ready(db, channel=CHANNEL, now=village.now, limit=1, bulk=1, lease=timedelta(minutes=5))
        (one,) = pending
        deliveries.record(db, delivery_id=one.id, outcome=Doubtful("timeout"), now=village.now)

    village.do(leave)

    assert asks_language(said(village, "đổi ngôn ngữ"))


def test_a_notice_that_has_not_left_is_not_answered(village: Village) -> None:
    person_id = village.person(MAI)
    village.do(
        deliveries.enqueue,
        key="status:later",
        person_id=person_id,
        kind="status",
        message=Message("Tin mới", (LANGUAGE,)),
        now=village.now,
        due_at=village.now + timedelta(hours=1),
    )

    assert not asks_language(said(village, "1"))


def test_a_notice_of_two_months_ago_has_no_number_any_more(village: Village) -> None:
    show(village, LANGUAGE)
    village.now += timedelta(days=60)

    assert not asks_language(said(village, "1"))


@pytest.mark.parametrize("words", ["dừng", "đừng", "Dừng ạ"])
def test_a_word_for_no_presses_no_button_that_says_yes(village: Village, words: str) -> None:
    show(village, Choice("Đúng", "/ngonngu"))

    assert not asks_language(said(village, words))


# --- labels that occur twice -----------------------------------------------------------------------------------------


@pytest.fixture
def returned(village: Village) -> Village:
    """An idea that was returned with two defects."""
    idea = village.idea(village.person(MAI), materials="khoai", story="chuyện nhà")
    official = village.official("office", "district_official", DISTRICT)

    def decide(db: Connection) -> None:
        review.decide(
            db, pack=village.pack, application_id=idea.id, version=idea.version, act="return", role=official,
            now=village.now, tell=Telling(village.house, db, village.now),
            defects=[Defect("materials", "ghi rõ nơi trồng"), Defect("story", "ai truyền nghề")],
        )  # fmt: skip

    village.do(decide)
    village.deliver()
    village.now += timedelta(seconds=30)
    return village


def test_each_thing_to_mend_has_a_label_of_its_own(returned: Village) -> None:
    assert labels(returned) == ["Sửa mục 1", "Sửa mục 2", "Hỏi cán bộ"]


@pytest.mark.parametrize(
    ("words", "asked"),
    [("Sửa mục 1", "Nguyên liệu"), ("sua muc 1", "Nguyên liệu"), ("Sửa mục 2", "Câu chuyện"), ("2", "Câu chuyện")],
)
def test_each_thing_to_mend_is_opened_by_its_own_label_or_number(returned: Village, words: str, asked: str) -> None:
    assert asked in said(returned, words)


def test_a_label_without_its_number_is_asked_about(returned: Village) -> None:
    returned.say(MAI, "sửa mục")
    assert labels(returned) == ["Sửa mục 1", "Sửa mục 2"]

    assert "Câu chuyện" in said(returned, "2")


def test_labels_that_are_the_same_are_told_apart(village: Village) -> None:
    begin(village)
    village.say(MAI, "Khoai deo")
    village.say(MAI, "/dangky moi")
    village.say(MAI, "Khoai deo")
    village.say(MAI, "/huy")

    village.say(MAI, "/tieptuc")
    assert labels(village) == ["Khoai deo (1)", "Khoai deo (2)"]

    assert "Khoai deo" in said(village, "khoai deo (2)")
    assert village.talk(MAI).topic == "form"


# --- while a question waits ------------------------------------------------------------------------------------------


def test_under_a_question_for_words_a_notice_is_answered_by_its_label(village: Village) -> None:
    begin(village)
    show(village, LANGUAGE)

    assert asks_language(said(village, "đổi ngôn ngữ ạ"))
    assert product_name(village) is None


def test_under_a_question_for_words_a_notice_has_no_number(village: Village) -> None:
    begin(village)
    show(village, LANGUAGE)

    assert not asks_language(said(village, "1"))


@pytest.mark.parametrize("words", ["Tôi đi được", "dạ tôi đi được ạ", "đã hiểu"])
def test_a_notice_from_before_a_question_for_a_name_is_answered_and_no_name(village: Village, words: str) -> None:
    show(village, Choice("Tôi đi được", "/ngonngu"), Choice("Đã hiểu", "/ngonngu"))
    begin(village)

    assert asks_language(said(village, words))
    assert product_name(village) is None


@pytest.mark.parametrize("words", ["Để sau", "để sau"])
def test_words_that_belong_to_every_question_stay_with_the_one_that_waits(village: Village, words: str) -> None:
    show(village, Choice("Để sau", "/ngonngu"))
    begin(village)
    village.say(MAI, "Khoai deo")

    assert not asks_language(said(village, words))


def test_a_name_that_an_older_button_of_one_word_had_is_a_name(village: Village) -> None:
    show(village, Choice("Bưởi", "/ngonngu"))
    begin(village)
    village.say(MAI, "Bưởi")

    assert product_name(village) == "Bưởi"


def test_a_number_that_may_be_of_the_question_or_of_a_later_notice_is_asked_about(village: Village) -> None:
    begin(village)
    (question,) = village.say(MAI, "Khoai deo")
    show(village, LANGUAGE, PAUSE)

    village.say(MAI, "1")

    assert labels(village) == [question.choices[0].label, "Đổi ngôn ngữ"]
    assert "Đã lưu" not in village.last(MAI).plain


@pytest.mark.parametrize(("choice", "expected"), [("1", "Đã lưu. Sản phẩm mới hay đã có"), ("2", "ngôn ngữ")])
def test_what_was_asked_about_is_chosen_by_number(village: Village, choice: str, expected: str) -> None:
    begin(village)
    village.say(MAI, "Khoai deo")
    show(village, LANGUAGE, PAUSE)
    village.say(MAI, "1")

    assert expected in said(village, choice)


def test_a_number_only_the_notice_has_is_of_the_notice(village: Village) -> None:
    begin(village)
    (question,) = village.say(MAI, "Khoai deo")
    show(village, *[Choice(f"Việc {place}", "/menu") for place in range(len(question.choices))], LANGUAGE)

    assert asks_language(said(village, str(len(question.choices) + 1)))
