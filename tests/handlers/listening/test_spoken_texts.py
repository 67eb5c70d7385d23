"""An official speaks a text of the pack; people hear it, and after the second press with every question."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from handlers.conversation.incoming import IncomingFile
from handlers.conversation.telling import Telling
from registry.applications.files import LARGEST, files
from registry.identity.erasing import erase
from registry.listening import prompts
from registry.people.people import person
from registry.store.audit import audit
from registry.store.rows import prompts as rows
from tests.handlers.desk import COMMUNE, PROVINCE, Village, words_of
from tests.handlers.form.filling import WHO, begun

VOICE = IncomingFile("p1", "voice.ogg", "audio/ogg", 9_000)
KEY = "cau.product_name"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with begun(tmp_path) as there:
        there.official("office", "province_official", PROVINCE)
        yield there


def speak(village: Village, key: str = KEY, ref: str = "p1") -> None:
    village.say("office", f"/thuam {key}")
    village.send("office", "voice", replace(VOICE, ref=ref))
    village.do(lambda db: db.execute(update(files).where(files.c.state == "wanted").values(state="kept")))
    village.say("office", "/huy")


def ask_again(village: Village) -> None:
    village.say(WHO, "/sua product_name")


def voices(village: Village, account: str) -> list[str]:
    return [one.file for one in village.last(account).attachments if one.kind == "voice"]


def test_without_a_recording_no_button_promises_one(village: Village) -> None:
    ask_again(village)
    assert village.button(WHO, "Nghe") is None
    assert "chưa có người đọc" in village.press(WHO, f"/nghe {KEY}")[0].plain


def test_a_question_is_played_on_a_press_and_from_the_second_press_with_every_question(village: Village) -> None:
    speak(village)
    ask_again(village)
    heard = village.tap(WHO, "Nghe")
    assert [one.file for one in heard[0].attachments] == [f"prompt:{KEY}"]
    assert voices(village, WHO) == []

    heard = village.tap(WHO, "Nghe")
    assert "Từ giờ" in heard[0].plain
    ask_again(village)
    assert voices(village, WHO) == [f"prompt:{KEY}"]
    assert village.button(WHO, "Nghe") is None
    assert "kèm lời đọc" in village.say(WHO, "/tuychon")[0].plain

    village.press(WHO, "/nghe luon tat")
    ask_again(village)
    assert voices(village, WHO) == []
    told = village.do(person, village.person(WHO))
    assert told is not None and told.heard_aloud == 0


def test_a_card_of_a_topic_is_played(village: Village) -> None:
    topic = next(iter(village.pack.topics))
    speak(village, f"muc.{topic}.1")
    village.say("reader", f"/gioithieu {topic}")
    heard = village.tap("reader", "Nghe")
    assert [one.file for one in heard[0].attachments] == [f"prompt:muc.{topic}.1"]


def test_a_recording_is_replaced_and_the_earlier_bytes_go(village: Village) -> None:
    speak(village)
    speak(village, ref="p2")
    states = village.do(lambda db: {row.ref: row.state for row in db.execute(select(files)).all()})
    assert states == {"": "leaving", "p2": "kept"}
    assert "Đã có lời đọc" in words_of(village.say("office", f"/thuam {KEY}")[-1])


def test_a_recording_is_removed(village: Village) -> None:
    speak(village)
    village.press("office", f"/thuam {KEY} xoa")
    ask_again(village)
    assert village.button(WHO, "Nghe") is None
    acts = village.do(lambda db: set(db.execute(select(audit.c.act)).scalars()))
    assert {"prompt.record", "prompt.remove"} <= acts


def test_other_words_of_the_pack_are_not_spoken_by_an_old_recording(village: Village) -> None:
    speak(village)
    village.do(lambda db: db.execute(update(rows).values(words_print="of other words")))
    ask_again(village)
    assert village.button(WHO, "Nghe") is None
    assert "Chữ đã đổi" in words_of(village.say("office", f"/thuam {KEY}")[-1])


@pytest.mark.parametrize("account", ["producer", "commune"])
def test_nobody_below_the_province_records_or_removes(village: Village, account: str) -> None:
    village.official("commune", "commune_official", COMMUNE)
    speak(village)
    before = village.do(prompts.prompt, pack=village.pack, key=KEY)
    village.say(account, f"/thuam {KEY}")
    village.send(account, "voice", replace(VOICE, ref="theirs"))
    village.press(account, f"/thuam {KEY} xoa")
    assert village.do(prompts.prompt, pack=village.pack, key=KEY) == before


def test_a_voice_that_is_too_large_speaks_nothing(village: Village) -> None:
    village.say("office", f"/thuam {KEY}")
    words = words_of(village.send("office", "voice", replace(VOICE, size=LARGEST + 1))[0])
    assert "MB" in words
    assert village.do(prompts.recorded) == frozenset()
    assert village.talk("office").topic == "thuam"


def test_a_recording_goes_with_the_official_whose_voice_it_is(village: Village) -> None:
    speak(village)
    tell = village.do(lambda db: Telling(village.house, db, village.now))
    village.do(erase, pack=village.pack, person_id=village.person("office"), now=village.now, tell=tell)
    assert village.do(prompts.recorded) == frozenset()
    ask_again(village)
    assert village.button(WHO, "Nghe") is None


def test_every_text_of_the_pack_can_be_named_and_found(village: Village) -> None:
    texts = list(prompts.speakable(village.pack))
    assert len({one.key for one in texts}) == len(texts)
    for one in texts:
        assert prompts.spoken(village.pack, one.key) == one
        assert len(f"/thuam {one.key} xoa") <= 60
    assert prompts.spoken(village.pack, "muc.khong-co.1") is None
