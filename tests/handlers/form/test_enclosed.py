"""A voice, a paper or a place under any question is kept with it, and the person learns what is still needed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.conversation.incoming import IncomingFile
from registry.applications.file_room import upkeep
from registry.applications.files import LARGEST, LOOSE_FOR, Quota, files, files_of
from registry.store.rows import enclosures
from tests.handlers.desk import COMMUNE, PROVINCE, Village, words_of

from .filling import TO_THE_END, TO_THE_PHONE, WHO, answers, begun, said, say_all

VOICE = IncomingFile("v1", "voice.ogg", "audio/ogg", 9_000)
AMR = IncomingFile("https://zalo.example/1", "voice.amr", "audio/amr", 4_000)
PAPER = IncomingFile("d1", "giay.pdf", "application/pdf", 90_000)
SPOT = (17.48341, 106.59972)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with begun(tmp_path) as there:
        yield there


def kept(village: Village) -> list[tuple[str, str, str]]:
    rows = village.do(lambda db: db.execute(select(enclosures).order_by(enclosures.c.sent_at)).all())
    return [(row.field, row.kind, row.state) for row in rows]


def send(village: Village, *what: IncomingFile, kind: str = "voice", **extra: object) -> str:
    return "\n".join(map(words_of, village.send(WHO, kind, *what, **extra)))  # type: ignore[arg-type]


@pytest.mark.parametrize("file", [VOICE, AMR], ids=["ogg", "amr"])
def test_a_voice_is_kept_with_every_question_and_the_question_stays_open(village: Village, file: IncomingFile) -> None:
    village.official("office", "province_official", PROVINCE)
    asked = [one for one in village.pack.forms["idea"].fields if one.show_if is None and one.type != "voice"]
    for number, field in enumerate(asked):
        village.say(WHO, f"/sua {field.id}")
        words = send(village, replace(file, ref=f"v{number}"))
        if field.told_as:
            continue
        assert f'cùng câu "{field.label}"' in words, field.id
        assert village.talk(WHO).step == field.id
        assert answers(village).get(field.id) is None

    assert [field for field, _, _ in kept(village)] == [one.id for one in asked]
    assert {state for _, _, state in kept(village)} == {"waiting"}


def test_a_voice_at_the_story_is_a_full_answer_and_still_waits_to_be_typed(village: Village) -> None:
    say_all(village, *TO_THE_END)
    village.say(WHO, "/sua story")
    words = send(village, VOICE)

    assert "Câu chuyện kể bằng lời: 1 tệp" in words
    assert village.talk(WHO).step != "story"
    assert answers(village)["voice_story"]
    assert kept(village) == [("story", "voice", "waiting")]


@pytest.mark.parametrize("field", ["product_name", "phone", "place", "story", "price", "photos", "voice_story"])
def test_a_paper_is_kept_with_its_question(village: Village, field: str) -> None:
    village.say(WHO, f"/sua {field}")
    words = send(village, PAPER, kind="document")
    if field == "photos":
        assert kept(village) == []
        return
    assert "Em đã giữ tệp này" in words
    assert kept(village) == [(field, "document", "kept")]
    assert village.talk(WHO).step == field


def test_a_place_sent_for_the_commune_is_kept_and_the_commune_still_asked(village: Village) -> None:
    """The pack knows no bounds of communes, so a point names none: guessing one would be silent and wrong."""
    say_all(village, *TO_THE_PHONE, "0912345678")
    words = send(village, kind="location", place=SPOT)

    assert "Em đã giữ vị trí này" in words and "tên xã" in words
    assert village.talk(WHO).step == "place"
    assert answers(village)["location"] == [17.48341, 106.59972]
    assert kept(village) == [("place", "location", "kept")]


def test_a_value_that_waits_for_its_yes_still_waits(village: Village) -> None:
    say_all(village, *TO_THE_END)
    village.say(WHO, "/sua yearly_quantity")
    village.say(WHO, "2 tấn")
    words = send(village, VOICE)

    assert "Em đã giữ đoạn ghi âm" in words and village.button(WHO, "Đúng")
    village.tap(WHO, "Đúng")
    assert answers(village)["yearly_quantity"]
    assert kept(village) == [("yearly_quantity", "voice", "closed")]


def test_a_digit_picks_a_button_below_a_kept_voice(village: Village) -> None:
    send(village, VOICE)
    village.say(WHO, "1")
    assert village.talk(WHO).step == "product_kind"


def test_nothing_is_kept_before_the_consent(village: Village) -> None:
    village.say("other", "/dangky")
    village.send("other", "voice", VOICE)
    assert village.do(lambda db: db.execute(select(files)).all()) == []
    assert kept(village) == []


def test_after_the_consent_is_withdrawn_a_voice_is_refused_and_not_kept(village: Village) -> None:
    from registry.people import consents

    village.do(consents.withdraw, person_id=village.person(WHO), purpose="registration", now=village.now)
    send(village, VOICE)
    assert village.do(lambda db: db.execute(select(files)).all()) == []
    assert kept(village) == []


def test_a_voice_of_twenty_megabytes_is_taken_and_a_larger_one_is_not(village: Village) -> None:
    assert "Em đã giữ" in send(village, replace(VOICE, size=LARGEST))
    assert "MB" in send(village, replace(VOICE, ref="v2", size=LARGEST + 1))
    assert len(kept(village)) == 1
    assert village.talk(WHO).step == "product_name"


def test_beyond_the_quota_nothing_is_kept_and_it_is_said(village: Village) -> None:
    village.house = replace(village.house, quota=Quota(person=10_000))
    send(village, VOICE)
    words = send(village, replace(VOICE, ref="v2"))
    assert "Em đã giữ" not in words
    assert len(kept(village)) == 1


def test_the_same_voice_twice_is_kept_once(village: Village) -> None:
    send(village, VOICE)
    send(village, VOICE)
    assert len(kept(village)) == 1


def test_one_form_keeps_a_bounded_number_of_things(village: Village) -> None:
    for number in range(60):
        village.send(WHO, "voice", replace(VOICE, ref=f"v{number}"))
    assert "không giữ thêm" in send(village, replace(VOICE, ref="last"))
    assert len(kept(village)) == 60


def test_beyond_the_bound_a_voice_at_the_story_is_refused_and_the_story_stays_open(village: Village) -> None:
    for number in range(60):
        village.send(WHO, "voice", replace(VOICE, ref=f"v{number}"))
    say_all(village, *TO_THE_END)
    village.say(WHO, "/sua story")

    assert "không giữ thêm" in send(village, replace(VOICE, ref="last"))
    assert village.talk(WHO).step == "story"
    assert len(kept(village)) == 60


def test_a_kept_voice_outlives_the_sweep_of_what_nothing_names(village: Village) -> None:
    send(village, VOICE)
    village.do(lambda db: db.execute(files.update().values(state="kept")))
    village.do(upkeep.sweep_loose, now=village.now + LOOSE_FOR * 2)
    assert [one.state for one in village.do(files_of, person_id=village.person(WHO))] == ["kept"]


def test_what_was_kept_belongs_to_the_idea_once_it_is_handed_in(village: Village) -> None:
    send(village, VOICE)
    say_all(village, *TO_THE_END)
    village.tap(WHO, "Gửi")
    (file,) = village.do(files_of, person_id=village.person(WHO))
    assert file.application_id is not None


def test_an_answer_ends_the_waiting_of_its_voice(village: Village) -> None:
    send(village, VOICE)
    village.say(WHO, "Mắm ruốc")
    assert kept(village) == [("product_name", "voice", "closed")]


def test_where_nobody_can_type_it_nobody_is_promised(village: Village) -> None:
    words = send(village, VOICE)
    assert "chưa có cán bộ" in words
    assert "nghe và gõ lại" not in words


def test_a_program_is_not_kept(village: Village) -> None:
    send(village, IncomingFile("e1", "game.exe", "application/x-msdownload", 9), kind="document")
    assert kept(village) == []


def test_the_office_of_the_commune_gets_what_was_said_before_the_commune_was_known(village: Village) -> None:
    village.official("province", "province_official", PROVINCE)
    village.official("commune", "commune_official", COMMUNE)
    send(village, VOICE)
    assert "ghi âm chờ gõ lại" in village.all_words("province")
    assert "ghi âm chờ gõ lại" not in village.all_words("commune")

    village.say(WHO, "/sua place")
    village.say(WHO, COMMUNE)
    assert "ghi âm chờ gõ lại" in village.all_words("commune")
    assert said(village)
