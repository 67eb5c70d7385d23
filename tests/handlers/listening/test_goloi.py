"""An official types what a producer said, and it counts after the producer's yes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.conversation.incoming import IncomingFile
from handlers.conversation.telling import Telling
from registry.applications.applications import applications_of
from registry.applications.files import files
from registry.identity.erasing import erase
from registry.people import roles
from registry.store.audit import audit
from registry.store.rows import enclosures
from tests.handlers.desk import COMMUNE, SIBLING_COMMUNE, Village, words_of
from tests.handlers.form.filling import TO_THE_PHONE, WHO, answers, begun, said, say_all

VOICE = IncomingFile("v1", "voice.ogg", "audio/ogg", 9_000)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with begun(tmp_path) as there:
        there.person(WHO, place=COMMUNE)
        there.official("office", "commune_official", COMMUNE)
        yield there


def speak(village: Village, ref: str = "v1") -> str:
    """Send a voice under the waiting question, let its bytes arrive, and answer with its id."""
    village.send(WHO, "voice", IncomingFile(ref, "voice.ogg", "audio/ogg", 9_000))
    village.do(lambda db: db.execute(files.update().values(state="kept")))
    return village.do(
        lambda db: db.execute(select(enclosures.c.id).order_by(enclosures.c.sent_at.desc())).scalars().first()
    )


def state(village: Village, one: str) -> str:
    return village.do(lambda db: db.execute(select(enclosures.c.state).where(enclosures.c.id == one)).scalar_one())


def acts(village: Village) -> list[str]:
    return village.do(lambda db: list(db.execute(select(audit.c.act).order_by(audit.c.at)).scalars()))


def test_the_whole_way_of_a_voice(village: Village) -> None:
    one = speak(village)
    assert "chờ gõ lại" in village.all_words("office")

    village.tap("office", "Nghe và gõ lại")
    heard = village.last("office")
    assert "tên là gì" in heard.plain
    assert [(file.kind, file.file.partition(":")[0]) for file in heard.attachments] == [("voice", "recording")]
    village.say("office", "khoai deo hai ninh")
    assert answers(village).get("product_name") is None
    assert 'Ghi "khoai deo hai ninh", đúng không ạ?' in village.all_words(WHO)

    village.tap(WHO, "Đúng, ghi vậy")
    assert answers(village)["product_name"] == "khoai deo hai ninh"
    assert village.talk(WHO).step == "product_kind"
    assert state(village, one) == "counted"
    assert {"enclosure.keep", "recording.hear", "recording.type", "recording.right"} <= set(acts(village))


def test_a_no_lets_the_office_hear_it_again_and_nothing_is_stored(village: Village) -> None:
    one = speak(village)
    village.press("office", f"/goloi {one}")
    village.say("office", "khoai lang")
    village.tap(WHO, "Chưa đúng")

    assert answers(village).get("product_name") is None
    assert state(village, one) == "waiting"
    assert "chưa đúng" in village.all_words("office")
    village.press("office", f"/goloi {one}")
    village.say("office", "khoai deo")
    village.tap(WHO, "Đúng, ghi vậy")
    assert answers(village)["product_name"] == "khoai deo"


def test_words_that_are_no_answer_to_the_question_are_asked_again(village: Village) -> None:
    village.say(WHO, "/sua phone")
    one = speak(village)
    village.press("office", f"/goloi {one}")
    village.say("office", "bà không nói số")
    assert village.talk("office").topic == "goloi"
    assert state(village, one) == "waiting"
    village.say("office", "0912 345 678")
    village.tap(WHO, "Đúng, ghi vậy")
    assert answers(village)["phone"] == "+84912345678"


def test_a_yes_to_another_question_leaves_the_waiting_one(village: Village) -> None:
    one = speak(village)
    village.say(WHO, "/boqua")
    village.press("office", f"/goloi {one}")
    village.say("office", "Khoai deo")
    village.press(WHO, f"/loinoi {one} dung")

    assert answers(village)["product_name"] == "Khoai deo"
    assert village.talk(WHO).step == "product_kind"


def test_after_the_idea_was_handed_in_the_words_become_a_change_of_it(village: Village) -> None:
    say_all(village, *TO_THE_PHONE, "0912345678", COMMUNE)
    village.say(WHO, "/sua materials")
    one = speak(village)
    village.say(WHO, "/boqua")
    village.say(WHO, "/sua")
    village.tap(WHO, "Gửi")
    village.press("office", f"/goloi {one}")
    village.say("office", "Ruốc biển Hải Ninh")
    village.press(WHO, f"/loinoi {one} dung")

    (idea,) = village.do(applications_of, person_id=village.person(WHO))
    assert idea.answers["materials"] == "Ruốc biển Hải Ninh"


def test_an_official_of_another_commune_neither_hears_nor_types(village: Village) -> None:
    village.official("next", "commune_official", SIBLING_COMMUNE)
    one = speak(village)
    assert "chờ gõ lại" not in village.all_words("next")
    (reply,) = village.press("next", f"/goloi {one}")
    assert "không thuộc nơi" in reply.plain and not reply.attachments
    assert "Không có đoạn" in words_of(village.press("next", "/goloi")[0])
    assert "recording.hear" not in acts(village)


def test_a_producer_does_not_hear_a_recording(village: Village) -> None:
    one = speak(village)
    replies = village.press("stranger", f"/goloi {one}")
    assert not [file for reply in replies for file in reply.attachments]


def test_nobody_else_says_yes_for_a_producer(village: Village) -> None:
    one = speak(village)
    village.press("office", f"/goloi {one}")
    village.say("office", "Khoai deo")
    for account in ("stranger", "office"):
        assert "đã được trả lời" in village.press(account, f"/loinoi {one} dung")[0].plain
    assert state(village, one) == "typed"


def test_an_official_whose_role_ended_while_listening_types_nothing(village: Village) -> None:
    one = speak(village)
    village.press("office", f"/goloi {one}")
    (role,) = village.do(roles.roles_of, person_id=village.person("office"), on=village.now.date())
    village.do(
        roles.revoke, role_id=role.id, by="operator", places=village.pack.places, on=village.now.date(),
        now=village.now,
    )  # fmt: skip
    village.say("office", "Khoai deo")
    assert state(village, one) == "waiting"


def test_two_officials_at_once_type_it_once(village: Village) -> None:
    village.official("second", "commune_official", COMMUNE)
    one = speak(village)
    village.press("office", f"/goloi {one}")
    village.press("second", f"/goloi {one}")
    village.say("office", "Khoai deo")
    assert "không còn chờ" in words_of(village.say("second", "Khoai lang")[0])


def test_a_second_yes_does_nothing(village: Village) -> None:
    one = speak(village)
    village.press("office", f"/goloi {one}")
    village.say("office", "Khoai deo")
    village.press(WHO, f"/loinoi {one} dung")
    village.say(WHO, "/sua product_name")
    village.say(WHO, "Khoai gieo")
    village.press(WHO, f"/loinoi {one} dung")
    assert answers(village)["product_name"] == "Khoai gieo"


def test_a_voice_that_is_not_here_yet_is_asked_for_later(village: Village) -> None:
    village.send(WHO, "voice", VOICE)
    village.tap("office", "Nghe và gõ lại")
    assert "đang được tải" in village.last("office").plain
    assert not village.last("office").attachments


def test_of_an_erased_person_nothing_waits(village: Village) -> None:
    one = speak(village)
    tell = village.do(lambda db: Telling(village.house, db, village.now))
    village.do(erase, pack=village.pack, person_id=village.person(WHO), now=village.now, tell=tell)
    assert state(village, one) == "closed"
    assert "Không có đoạn" in village.press("office", "/goloi")[0].plain


def test_a_dropped_form_has_no_voice_that_waits(village: Village) -> None:
    speak(village)
    key = village.do(lambda db: db.execute(select(enclosures.c.draft_key)).scalars().first())
    village.press(WHO, f"/bophieu {key}")
    assert "Không có đoạn" in village.press("office", "/goloi")[0].plain
    assert said(village)
