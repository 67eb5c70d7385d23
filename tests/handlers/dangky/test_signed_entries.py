# ruff: noqa: F811  the fixture is imported by its name
"""Entries for somebody else that are signed on paper, never confirmed, or decided by who made them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from content.message import Message
from handlers.conversation.telling import Telling
from registry.applications import files
from registry.applications.applications import Application, events_of
from registry.applications.entities import part_of
from registry.applications.file_room import upkeep
from registry.deadlines import digests
from registry.identity.erasing import erase
from registry.people import people
from tests.handlers.dangky.test_lamho import (  # noqa: F401  helpers and fixtures
    ANSWERS,
    PAPER,
    acts,
    code_of,
    commune,
    enter,
    entry,
    handed_in,
    send_paper,
    sweep,
    village,
)
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    Village,
    words_of,
)


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
    village.do(upkeep.remove_leaving, folder=tmp_path)
    assert not paper.exists()


def test_the_photo_of_a_paper_goes_with_the_one_who_signed_it(village: Village, tmp_path: Path) -> None:
    commune(village)
    made = enter(village)
    paper = kept_paper(village, tmp_path)
    sweep(village)
    village.do(upkeep.remove_leaving, folder=tmp_path)
    assert paper.exists()
    village.do(erase, pack=village.pack, person_id=made.person_id, now=village.now, tell=lambda *_: Message("?"))
    village.do(upkeep.remove_leaving, folder=tmp_path)
    assert not paper.exists()


def test_a_paper_that_never_arrives_confirms_nothing_and_may_be_sent_again(village: Village) -> None:
    commune(village)
    enter(village)
    send_paper(village)
    village.now += timedelta(hours=25)
    village.do(lambda db: upkeep.lose_overdue(db, now=village.now, tell=Telling(village.house, db, village.now)))
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
