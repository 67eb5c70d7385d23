"""An idea entered for somebody else: it waits for that person, and nobody judges what they entered themselves."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from content.message import Message
from handlers.conversation.incoming import IncomingFile
from handlers.conversation.telling import Telling
from handlers.dangky.assisted_entry import marked
from registry.applications import confirming, files
from registry.applications.applications import Application, events_of, read_application
from registry.applications.assisted import entries
from registry.applications.drafts import open_draft
from registry.applications.entities import part_of
from registry.deadlines import digests
from registry.identity.erasing import erase
from registry.people import consents, people, roles
from registry.people.roles import Role
from registry.store import audit
from registry.store.rows import applications, drafts
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
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
    def unit(db: Any) -> dict[str, int]:
        tell = Telling(village.house, db, village.now)
        return confirming.sweep(db, pack=village.pack, tell=tell, now=village.now)

    done = village.do(unit)
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


def test_a_photo_of_the_signed_paper_confirms_once_it_is_really_here(village: Village, tmp_path: Path) -> None:
    commune(village)
    village.official("office", "district_official", DISTRICT, "Cán bộ huyện")
    made = enter(village)
    told = village.say("helper", f"/lamho in {made.id}")
    assert [one.file.split(":")[0] for one in told[-1].attachments] == ["entry", "entry"]
    send_paper(village)
    sweep(village)
    assert handed_in(village) == []
    (wanted,) = village.do(files.wanted, now=village.now)
    village.do(files.keep, folder=tmp_path, file_id=wanted.id, content=PAPER)
    assert sweep(village)["confirmed"] == 1
    assert sweep(village)["confirmed"] == 0
    (idea,) = handed_in(village)
    helper = village.person("helper")
    assert idea.person_id == made.person_id
    assert [(e.act, e.actor) for e in village.do(events_of, idea)][1] == ("confirm_paper", helper)
    assert village.do(files.files_of, application_id=idea.id)[0].id == wanted.id
    assert village.do(part_of, entity_id=idea.entity_id, person_id=helper) == "helper"
    assert "phiếu đã ký" in words_of(village.say("office", f"/duyet {idea.code}")[0])


def kept_paper(village: Village, folder: Path) -> Path:
    send_paper(village)
    (wanted,) = village.do(files.wanted, now=village.now)
    village.do(files.keep, folder=folder, file_id=wanted.id, content=PAPER)
    return folder / "files" / wanted.id


def signed(village: Village, folder: Path) -> Any:
    """An idea whose producer signed on paper and has no phone."""
    commune(village)
    made = enter(village)
    kept_paper(village, folder)
    sweep(village)
    return made


def handover_line(village: Village) -> str:
    said = words_of(village.last("helper"))
    return next(line for line in said.splitlines() if line.startswith("/lienket "))


def test_who_signed_on_paper_writes_later_from_an_account_of_their_own_and_it_is_theirs(
    village: Village, tmp_path: Path
) -> None:
    made = signed(village, tmp_path)
    village.tap("helper", "Giao hồ sơ cho họ")
    line = handover_line(village)
    village.say("new", line)
    village.tap("new", "Đúng là tôi")
    (idea,) = handed_in(village)

    assert village.do(part_of, entity_id=idea.entity_id, person_id=village.person("new")) == "owner"
    assert "Khoai deo" in words_of(village.say("new", "/trangthai")[-1])
    assert "Khoai deo" in words_of(village.say("helper", "/trangthai")[-1])
    assert "entry.hand_over" in acts(village, "entry", made.id)
    village.say("helper", f"/lamho giao {made.id}")
    assert "Không thấy phiếu này" in words_of(village.last("helper"))


def test_who_entered_it_does_not_become_the_one_who_signed(village: Village, tmp_path: Path) -> None:
    made = signed(village, tmp_path)
    village.say("helper", "/lamho")
    village.tap("helper", "Giao")
    line = handover_line(village)
    for words in (line, f"{line} chac", f"/start lk_{line.split()[1]}"):
        village.say("helper", words)
    (idea,) = handed_in(village)

    assert village.do(part_of, entity_id=idea.entity_id, person_id=village.person("helper")) == "helper"
    assert village.do(part_of, entity_id=idea.entity_id, person_id=made.person_id) == "owner"


def test_nobody_but_who_entered_it_hands_it_over(village: Village, tmp_path: Path) -> None:
    made = signed(village, tmp_path)
    commune(village, "colleague")
    village.say("colleague", f"/lamho giao {made.id}")

    assert "/lienket" not in village.all_words("colleague")


def test_the_photo_of_a_paper_goes_with_the_entry_that_is_taken_back(village: Village, tmp_path: Path) -> None:
    commune(village)
    made = enter(village)
    paper = kept_paper(village, tmp_path)
    village.say("helper", f"/lamho bo {made.id} chac")
    village.do(files.remove_leaving, folder=tmp_path)
    assert not paper.exists()


def test_the_photo_of_a_paper_goes_with_the_one_who_signed_it(village: Village, tmp_path: Path) -> None:
    commune(village)
    made = enter(village)
    paper = kept_paper(village, tmp_path)
    sweep(village)
    village.do(files.remove_leaving, folder=tmp_path)
    assert paper.exists()
    village.do(erase, pack=village.pack, person_id=made.person_id, now=village.now, tell=lambda *_: Message("?"))
    village.do(files.remove_leaving, folder=tmp_path)
    assert not paper.exists()


def test_a_paper_that_never_arrives_confirms_nothing_and_may_be_sent_again(village: Village) -> None:
    commune(village)
    enter(village)
    send_paper(village)
    village.now += timedelta(hours=25)
    village.do(lambda db: files.lose_overdue(db, now=village.now, tell=Telling(village.house, db, village.now)))
    sweep(village)
    assert entry(village).state == "waiting"
    assert "chưa tải được ảnh" in village.all_words("helper")
    assert handed_in(village) == []


@pytest.mark.parametrize("mime", ["image/svg+xml", "application/zip", "audio/ogg"])
def test_what_is_no_photo_of_a_paper_is_asked_for_again(village: Village, mime: str) -> None:
    commune(village)
    enter(village)
    assert "ảnh hoặc bản PDF" in words_of(send_paper(village, mime)[-1])
    assert entry(village).state == "waiting"


# --- what nobody confirms ---------------------------------------------------------------------------------------------


def test_the_helper_is_reminded_once_and_the_words_are_wiped_after_a_month(village: Village) -> None:
    commune(village)
    made = enter(village)
    assert sweep(village) == {"confirmed": 0, "reminded": 0, "expired": 0, "papers_lost": 0}
    village.now += timedelta(days=3)
    assert sweep(village)["reminded"] == 1
    village.now += timedelta(days=3)
    assert sweep(village)["reminded"] == 0
    assert village.all_words("helper").count("vẫn chờ xác nhận") == 1
    village.now += timedelta(days=25)
    assert sweep(village)["expired"] == 1
    assert (entry(village).state, entry(village).answers_sealed) == ("expired", None)
    assert village.do(people.person, made.person_id) is None


def test_the_helper_may_drop_an_entry_asked_twice(village: Village) -> None:
    commune(village)
    made = enter(village)
    village.say("helper", f"/lamho bo {made.id}")
    assert entry(village).state == "waiting"
    village.tap("helper", "Bỏ hẳn")
    assert entry(village).state == "dropped"
    assert "Không thấy phiếu" in words_of(village.say("helper", f"/lamho xem {made.id}")[-1])


@pytest.mark.parametrize("act", ["xem", "ma", "in", "giay", "bo", "bo {id} chac"])
def test_another_official_does_nothing_with_an_entry(village: Village, act: str) -> None:
    commune(village)
    made = enter(village)
    commune(village, "colleague")
    what = act.format(id=made.id) if "{" in act else f"{act} {made.id}"
    told = village.say("colleague", f"/lamho {what}")
    assert "Không thấy phiếu" in words_of(told[-1])
    assert entry(village).state == "waiting"
    assert entry(village).code_print == made.code_print


# --- four eyes --------------------------------------------------------------------------------------------------------


def confirmed(village: Village) -> Application:
    village.person("lai", phone="+84912345678")
    enter(village, "office")
    village.tap("lai", "Đúng, tôi xác nhận")
    return handed_in(village)[0]


@pytest.mark.parametrize("act", ["accept", "return", "decline"])
def test_who_entered_it_decides_nothing_and_hears_who_can(village: Village, act: str) -> None:
    village.official("office", "district_official", DISTRICT, "Bà Hoa")
    village.official("colleague", "district_official", DISTRICT, "Ông Minh")
    idea = confirmed(village)
    told = village.say("office", f"/quyet {idea.code} {idea.version} {act}")
    assert "Ông Minh" in words_of(told[-1])
    assert village.fresh(idea).status == "idea_submitted"
    whole = village.say("office", f"/duyet {idea.code}")
    assert not [c for message in whole for c in message.choices if c.action.startswith("/quyet")]
    assert idea.product not in words_of(village.say("office", "/duyet")[0])
    village.say("colleague", f"/quyet {idea.code} {idea.version} accept")
    assert village.fresh(idea).status == "idea_accepted"


def test_the_guarded_place_itself_refuses_who_entered_it(village: Village) -> None:
    from registry.applications.own_cases import OwnCaseError
    from registry.applications.review import decide

    held = village.official("office", "district_official", DISTRICT, "Bà Hoa")
    village.official("colleague", "district_official", DISTRICT, "Ông Minh")
    idea = confirmed(village)
    with pytest.raises(OwnCaseError) as refused:
        village.do(
            decide, pack=village.pack, application_id=idea.id, version=idea.version, act="accept", role=held,
            now=village.now, tell=lambda *_: Message("?"),
        )  # fmt: skip
    assert [role.title for role in refused.value.others] == ["Ông Minh"]


def test_where_nobody_else_is_it_goes_one_level_up_at_once(village: Village) -> None:
    village.official("office", "district_official", DISTRICT, "Bà Hoa")
    village.official("province", "province_official", PROVINCE, "Ông Tỉnh")
    idea = confirmed(village)
    assert village.fresh(idea).holder == PROVINCE
    assert "đã nhập hộ" in village.all_words("province")
    assert "Ông Tỉnh" in village.all_words("lai")
    assert idea.product in words_of(village.say("province", "/duyet")[0])


def test_an_official_decides_no_idea_of_an_entity_of_their_own(village: Village) -> None:
    village.official("office", "district_official", DISTRICT, "Bà Hoa")
    idea = village.idea(village.person("office"), COMMUNE)
    village.deliver()
    told = village.say("office", f"/quyet {idea.code} {idea.version} accept")
    assert "chưa có cán bộ nào khác" in words_of(told[-1])
    assert village.fresh(idea).status == "idea_submitted"


def test_an_official_who_registers_their_own_idea_hands_it_to_the_level_above(village: Village) -> None:
    village.official("office", "district_official", DISTRICT, "Bà Hoa")
    village.official("province", "province_official", PROVINCE, "Ông Tỉnh")
    idea = village.register("office", *ANSWERS)
    assert village.fresh(idea).holder == PROVINCE


def test_an_official_elsewhere_still_finds_nothing_of_it(village: Village) -> None:
    idea = confirmed_by_commune(village)
    village.official("stranger", "district_official", OTHER_DISTRICT)
    assert "Không thấy" in words_of(village.say("stranger", f"/quyet {idea.code} 1 accept")[-1])
    assert idea.place != OTHER_COMMUNE


def confirmed_by_commune(village: Village) -> Application:
    commune(village, "office")
    return confirmed(village)


def test_on_monday_an_idea_that_was_entered_for_somebody_is_one_that_came_in(village: Village) -> None:
    commune(village)
    office = village.official("office", "district_official", DISTRICT, "Cán bộ huyện")
    enter(village)
    village.say("maker", f"/xacnhan ma {code_of(village)}")
    changed = village.do(
        digests.changes, role=office, places=village.pack.places, on=village.now.date(),
        since=village.now - timedelta(days=7),
    )  # fmt: skip

    assert (changed.handed_in, changed.mended, changed.decided) == (1, 0, 0)
