"""An idea entered for somebody else: it waits for that person, and nobody judges what they entered themselves."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from content.message import Message
from handlers.conversation.incoming import IncomingFile
from handlers.conversation.telling import Telling
from handlers.dangky.assisted_entry import marked
from registry.applications import confirming
from registry.applications.applications import Application, events_of, read_application
from registry.applications.assisted import entries
from registry.applications.drafts import open_draft
from registry.applications.entities import part_of
from registry.people import consents, people, roles
from registry.people.roles import Role
from registry.store import audit
from registry.store.rows import applications, drafts
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    OTHER_COMMUNE,
    PROVINCE,
    Village,
    open_village,
    words_of,
)

PHONE = "0912 345 678"
ANSWERS = ("Khoai deo Hải Ninh", "sp moi", "thuc pham", "ho gia dinh", "Hộ bà Lài", PHONE, "vo ninh")
PAPER = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


def commune(village: Village, account: str = "helper", role: str = "commune_official", place: str = COMMUNE) -> Role:
    return village.official(account, role, place, f"Cán bộ {account}")


def through_the_form(village: Village, account: str = "helper") -> Any:
    """All questions, one by one, answered for somebody else."""
    village.say(account, "/lamho moi")
    village.tap(account, "Họ đồng ý")
    for words in ANSWERS:
        village.say(account, words)
    village.tap(account, "Gửi")
    return entry(village)


def enter(village: Village, account: str = "helper", place: str = COMMUNE) -> Any:
    """The same from the end of the form on."""
    person = village.person(account)
    held = village.do(roles.roles_of, person_id=person, on=village.now.date())[0]
    version = village.pack.consent_texts["registration"].version
    answers = {
        "product_name": "Khoai deo Hải Ninh", "product_kind": "new", "product_group": "food",
        "entity_kind": "household", "entity_name": "Hộ bà Lài", "phone": "+84912345678", "place": place,
    }  # fmt: skip
    draft = village.do(
        open_draft, person_id=person, form="idea", now=village.now, answers=answers | marked(held, version)
    )
    village.press(account, f"/gui {draft.key}")
    return entry(village)


def entry(village: Village) -> Any:
    found = village.do(lambda db: db.execute(select(entries).order_by(entries.c.entered_at)).all())
    return found[-1] if found else None


def handed_in(village: Village) -> list[Application]:
    def read(db: Any) -> list[Application]:
        ids = db.execute(select(applications.c.id)).scalars().all()
        return [found for one in ids if (found := read_application(db, one)) is not None]

    return village.do(read)


def code_of(village: Village, account: str = "helper") -> str:
    said = village.all_words(account)
    return said.rsplit("/start moi_", 1)[1].split()[0]


def sweep(village: Village) -> dict[str, int]:
    def whole(db: Connection) -> dict[str, int]:
        tell = Telling(village.house, db, village.now)
        counts = Counter({"confirmed": 0, "reminded": 0, "expired": 0, "papers_lost": 0})
        counts.update(confirming.take_papers(db, pack=village.pack, tell=tell, now=village.now).counts)
        counts.update(confirming.expire(db, now=village.now).counts)
        counts.update(confirming.remind(db, pack=village.pack, tell=tell, now=village.now).counts)
        return dict(counts)

    done = village.do(whole)
    village.deliver()
    return done


def acts(village: Village, noun: str, noun_id: str) -> list[str]:
    return [row.act for row in village.do(audit.entries, noun=noun, noun_id=noun_id)]


# --- entering ---------------------------------------------------------------------------------------------------------


def test_what_is_entered_for_somebody_is_in_no_queue_until_they_confirm(village: Village) -> None:
    commune(village)
    village.official("office", "district_official", DISTRICT, "Cán bộ huyện")
    made = through_the_form(village)
    assert made.state == "waiting"
    assert handed_in(village) == []
    assert "Không có ý tưởng nào" in words_of(village.say("office", "/duyet")[0])
    assert "Khoai" not in village.all_words("office")
    assert acts(village, "entry", made.id) == ["entry.make", "entry.code"]


def test_the_consent_is_read_out_first_and_a_no_keeps_nothing(village: Village) -> None:
    commune(village)
    village.say("helper", "/lamho")
    assert "đọc cho người làm ra sản phẩm nghe" in village.last("helper").plain
    village.tap("helper", "Họ chưa đồng ý")
    assert entry(village) is None
    assert village.do(lambda db: db.execute(select(drafts)).all()) == []


def test_the_helpers_own_name_phone_and_drafts_stay_theirs(village: Village) -> None:
    held = commune(village)
    through_the_form(village)
    helper = village.do(people.person, held.person_id)
    assert helper is not None
    assert (helper.name, helper.phone) == ("Cán bộ helper", None)
    assert "chưa có hồ sơ" in words_of(village.say("helper", "/hoso")[0])


def test_the_same_draft_sent_twice_is_one_entry(village: Village) -> None:
    commune(village)
    made = enter(village)
    again = village.press("helper", f"/gui {made.draft_key}")
    assert "chờ xác nhận" in words_of(again[-1])
    assert len(village.do(lambda db: db.execute(select(entries)).all())) == 1


def test_a_place_outside_is_asked_again_and_the_rest_is_kept(village: Village) -> None:
    commune(village, place=COMMUNE)
    enter(village, place=OTHER_COMMUNE)
    assert entry(village) is None
    assert "ngoài" in village.last("helper").plain
    village.say("helper", "vo ninh")
    village.tap("helper", "Gửi")
    assert entry(village).place == COMMUNE


def test_ones_own_number_is_no_number_of_somebody_else(village: Village) -> None:
    village.person("helper", phone="+84912345678")
    commune(village)
    enter(village)
    assert entry(village) is None
    assert "của chính anh/chị" in village.last("helper").plain


@pytest.mark.parametrize("role", ["admin", None])
def test_who_may_not_enter_for_others_enters_nothing(village: Village, role: str | None) -> None:
    if role:
        village.official("helper", role, PROVINCE)
    village.say("helper", "/lamho moi")
    assert village.talk("helper").topic is None


def test_a_helper_without_an_office_may_enter_in_the_place_of_their_role(village: Village) -> None:
    commune(village, role="helper")
    assert enter(village).state == "waiting"


def test_a_role_that_ended_meanwhile_hands_nothing_in(village: Village) -> None:
    held = commune(village)
    village.say("helper", "/lamho moi")
    village.tap("helper", "Họ đồng ý")
    for words in ANSWERS:
        village.say("helper", words)
    action = village.button("helper", "Gửi")
    assert action is not None
    village.do(
        roles.revoke, role_id=held.id, by="operator", places=village.pack.places, on=village.now.date(), now=village.now
    )
    village.press("helper", action)
    assert entry(village) is None
    assert handed_in(village) == []


# --- a tap ------------------------------------------------------------------------------------------------------------


def test_who_has_an_account_confirms_with_one_tap(village: Village) -> None:
    commune(village)
    village.official("office", "district_official", DISTRICT, "Cán bộ huyện")
    producer = village.person("lai", "Bà Lài", phone="+84912345678")
    made = enter(village)
    assert "Cán bộ helper" in village.last("lai").plain
    village.tap("lai", "Đúng, tôi xác nhận")
    (idea,) = handed_in(village)
    assert idea.person_id == producer
    assert idea.code in village.all_words("lai")
    assert idea.product in village.all_words("office")
    history = [(event.act, event.actor) for event in village.do(events_of, idea)]
    helper = village.person("helper")
    assert history == [("enter", helper), ("confirm_tap", producer), ("submit", producer)]
    assert acts(village, "entry", made.id)[-1] == "entry.confirm"
    assert village.do(consents.has_given, person_id=producer, purpose="registration")
    assert "đã được xác nhận" in village.all_words("helper")
    whole = words_of(village.say("office", f"/duyet {idea.code}")[0])
    assert "nhập hộ (Cán bộ helper)" in whole
    assert "bấm xác nhận (người đăng ký)" in whole


def test_a_second_tap_is_one_idea(village: Village) -> None:
    commune(village)
    village.person("lai", phone="+84912345678")
    made = enter(village)
    village.tap("lai", "Đúng, tôi xác nhận")
    again = village.press("lai", f"/xacnhan {made.id}")
    assert len(handed_in(village)) == 1
    assert handed_in(village)[0].code in words_of(again[-1])


def test_somebody_elses_tap_confirms_shows_and_refuses_nothing(village: Village) -> None:
    commune(village)
    village.person("lai", phone="+84912345678")
    made = enter(village)
    for words in (made.id, f"xem {made.id}", f"khong {made.id}", f"ma {made.id}"):
        for account in ("thief", "helper"):
            told = village.press(account, f"/xacnhan {words}")
            assert "Khoai" not in words_of(told[-1])
    assert entry(village).state == "waiting"
    assert handed_in(village) == []


def test_not_mine_deletes_it_and_the_helper_is_told(village: Village) -> None:
    commune(village)
    village.person("lai", phone="+84912345678")
    enter(village)
    village.tap("lai", "Xem các câu trả lời")
    assert "Hộ bà Lài" in village.last("lai").plain
    village.tap("lai", "Không phải của tôi")
    kept = entry(village)
    assert (kept.state, kept.answers_sealed) == ("refused", None)
    assert "không phải của họ" in village.all_words("helper")
    assert handed_in(village) == []


def test_the_answer_does_not_tell_whether_the_number_is_known(village: Village) -> None:
    commune(village)
    enter(village)
    without = [words_of(one) for one in village.heard["helper"][-2:]]
    village.person("lai", phone="+84912345678")
    enter(village)
    with_account = [words_of(one) for one in village.heard["helper"][-2:]]
    assert without[0] == with_account[0]


# --- a code -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["/start moi_{code}", "/xacnhan {code}", "/xacnhan {low}"])
def test_the_code_that_was_read_out_confirms_from_any_account(village: Village, way: str) -> None:
    commune(village)
    made = enter(village)
    code = code_of(village)
    shadow = made.person_id
    told = village.say("daughter", way.format(code=code, low=f"{code[:5].lower()} {code[5:].lower()}"))
    assert "Hộ bà Lài" in words_of(told[-1])
    assert handed_in(village) == []
    village.tap("daughter", "Đúng, tôi xác nhận")
    (idea,) = handed_in(village)
    daughter = village.person("daughter")
    assert idea.person_id == daughter
    assert village.do(part_of, entity_id=idea.entity_id, person_id=daughter) == "owner"
    assert [event.act for event in village.do(events_of, idea)] == ["enter", "confirm_code", "submit"]
    assert village.do(people.person, shadow) is None


def test_a_code_works_once_and_not_after_a_day_and_an_older_one_not_at_all(village: Village) -> None:
    commune(village)
    made = enter(village)
    old = code_of(village)
    village.say("helper", f"/lamho ma {made.id}")
    fresh = code_of(village)
    assert "chưa đúng" in words_of(village.say("a", f"/xacnhan {old}")[-1])
    village.now += timedelta(hours=25)
    assert "quá 24 giờ" in words_of(village.say("a", f"/xacnhan ma {fresh}")[-1])
    village.say("helper", f"/lamho ma {made.id}")
    latest = code_of(village)
    village.say("a", f"/xacnhan ma {latest}")
    assert "đã dùng" in words_of(village.say("b", f"/xacnhan ma {latest}")[-1])
    assert handed_in(village)[0].person_id == village.person("a")


def test_who_entered_it_cannot_use_the_code(village: Village) -> None:
    commune(village)
    enter(village)
    code = code_of(village)
    for words in (f"/start moi_{code}", f"/xacnhan {code}", f"/xacnhan ma {code}"):
        assert "tự xác nhận" in words_of(village.say("helper", words)[-1])
    assert handed_in(village) == []


@pytest.mark.parametrize("code", ["", "ABCDEFGHJK", "moi_", "%", "0" * 40])
def test_a_wrong_code_gets_a_kind_sentence(village: Village, code: str) -> None:
    commune(village)
    enter(village)
    assert "đọc lại một mã mới" in words_of(village.say("a", f"/xacnhan {code}")[-1])
    assert handed_in(village) == []


# --- a signed paper ---------------------------------------------------------------------------------------------------


def send_paper(village: Village, mime: str = "image/jpeg") -> list[Message]:
    village.say("helper", f"/lamho giay {entry(village).id}")
    return village.send("helper", "photo", IncomingFile("paper", "phieu.jpg", mime, 100))
