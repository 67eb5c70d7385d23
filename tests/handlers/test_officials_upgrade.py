"""Conversations and edits stored by the release before typed values go on where they were left."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from handlers.conversation.state import State
from handlers.duyet.duyet import Deciding
from handlers.hanchot.state import Moving
from handlers.taphuan.state import Planning
from handlers.thongbao.state import Composing, Labelling, Refusing
from registry.applications import applications
from registry.broadcasts import edits
from registry.broadcasts.audiences import tags
from registry.deadlines.deadlines import last_day
from registry.people.conversations import save_talk
from registry.store.rows import broadcasts, gatherings
from tests.handlers.desk import COMMUNE, DISTRICT, PROVINCE, Village, open_village, words_of
from tests.handlers.hanchot.test_hanchot import ideas

COMPOSING = {
    "role": "CKFsTgZngSpF5A6H", "place": "19213", "text": "Sáng thứ Hai họp ở nhà văn hóa, mời bà con.",
    "at": "2021-06-01T09:00:00+07:00", "night": False, "wanted": {"roles": ["producer"]},
}  # fmt: skip
CHOOSING = {**COMPOSING, "field": "roles"}
EDITING = {
    "role": "CKFsTgZngSpF5A6H", "place": "19213", "text": "Bà con đăng ký lớp học tại trang ocop.gov.vn nhé.",
    "files": [], "wanted": {}, "at": "", "night": False, "edits": "7PQa_g1fQzw42MPO", "version": 1, "old": "",
    "typed": "Bà con đăng ký lớp học tại trang ocop.gov.vn, học sáng thứ Tư.",
}  # fmt: skip
REFUSING = {"refuses": "7PQa_g1fQzw42MPO", "version": 1}
LABELLING = {"tags": "7PQa_g1fQzw42MPO"}
ASKED_WHEN = {
    "role": "n_Px61AHyyk5DS4l", "kind": "producers", "place": "456", "title": "Tập huấn ghi nhãn", "hour": "14:00",
}  # fmt: skip
PLANNING = {**ASKED_WHEN, "day": "2021-06-11", "venue": "Nhà văn hóa", "seats": None}
CHANGING = {**PLANNING, "event": "VMNQb2HA6XBSFBIs", "version": 1}
MOVING = {
    "deadline": "A3BjcMeS-6XQYHkp", "role": "nHUCXDPzbeDPDPiH", "place": "44", "way": "move", "name": "",
    "day": "2021-06-25",
}  # fmt: skip
SETTING_APART = {"deadline": "A3BjcMeS-6XQYHkp", "way": "apart", "name": ""}
DECIDING = {
    "application": "0u0fcrkz1it24XG4", "code": "YT-2021-000001-W", "version": 1, "act": "return",
    "defects": [["product_name", "ghi rõ"]],
}  # fmt: skip
STORED: list[tuple[type[State], dict[str, Any]]] = [
    (Composing, COMPOSING),
    (Composing, CHOOSING),
    (Composing, EDITING),
    (Refusing, REFUSING),
    (Labelling, LABELLING),
    (Planning, {"role": "n_Px61AHyyk5DS4l"}),
    (Planning, ASKED_WHEN),
    (Planning, PLANNING),
    (Planning, CHANGING),
    (Moving, MOVING),
    (Moving, SETTING_APART),
    (Deciding, DECIDING),
]
"""Values that release stored with a waiting question, copied unchanged."""


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


def waits(village: Village, account: str, topic: str, step: str, data: dict[str, Any]) -> None:
    """A question of the previous release waits for this person."""
    talk = village.talk(account)
    village.do(save_talk, replace(talk, version=talk.version + 1, topic=topic, step=step, data=data), village.now)


def says(village: Village, account: str, text: str) -> str:
    return "\n".join(words_of(one) for one in village.say(account, text))


@pytest.mark.parametrize(("kind", "stored"), STORED, ids=lambda one: getattr(one, "__name__", ""))
def test_an_untagged_value_is_read_and_written_as_the_typed_one(kind: type[State], stored: dict[str, Any]) -> None:
    read = kind.from_json(stored)
    assert kind.from_json(read.to_json()) == read
    assert kind.from_json(kind.upgrade(kind.upgrade(stored))) == read
    assert read.to_json()["state"] == kind.__struct_config__.tag


def test_a_broadcast_with_an_hour_and_a_filter_is_sent_as_it_was_written(village: Village) -> None:
    role = village.official("office", "commune_official", COMMUNE, "UBND xã")
    village.idea(village.person("an", "Bà An", place=COMMUNE))
    village.person("binh", "Ông Bình", place=COMMUNE)
    waits(village, "office", "thongbao", "sure", {**COMPOSING, "role": role.id})
    village.say("office", "vâng")
    village.tap("office", "Gửi cho 1")
    made = village.do(lambda db: db.execute(select(broadcasts)).one())
    assert (made.people, made.due_at.isoformat()) == (1, "2021-06-01T02:00:00+00:00")


def test_the_chosen_values_of_a_filter_are_still_marked(village: Village) -> None:
    role = village.official("office", "commune_official", COMMUNE, "UBND xã")
    waits(village, "office", "thongbao", "choose", {**CHOOSING, "role": role.id})
    village.say("office", "vâng")
    assert "✓ chủ thể" in [choice.label for choice in village.last("office").choices]


def waiting_broadcast(village: Village) -> str:
    """One that needs a second official."""
    village.official("office", "commune_official", COMMUNE, "UBND xã")
    village.official("above", "district_official", DISTRICT, "Phòng Nông nghiệp huyện")
    village.person("an", "Bà An", place=COMMUNE)
    village.say("office", "/thongbao Bà con đăng ký lớp học tại trang ocop.gov.vn nhé.")
    village.tap("office", "Gửi người duyệt")
    return str(village.do(lambda db: db.execute(select(broadcasts.c.id)).scalar_one()))


def test_the_reason_of_a_refusal_is_still_taken(village: Village) -> None:
    made = waiting_broadcast(village)
    waits(village, "above", "thongbao", "refuse", {**REFUSING, "refuses": made})
    says(village, "above", "Trang này không phải của huyện.")
    assert village.do(lambda db: db.execute(select(broadcasts.c.state)).scalar_one()) == "refused"


def test_an_edit_kept_with_a_broadcast_is_continued_with_the_typed_text(village: Village) -> None:
    made = waiting_broadcast(village)
    village.press("office", f"/thongbao sua {made} 1")
    role = village.talk("office").data["role"]
    village.say("office", "/menu")
    kept = {**EDITING, "role": role, "edits": made}
    village.do(edits.keep_edit, broadcast_id=made, version=1, data=kept, now=village.now)
    shown = "\n".join(words_of(one) for one in village.press("office", f"/thongbao sua {made} 1"))
    assert str(EDITING["typed"]) in shown
    again = "\n".join(words_of(one) for one in village.tap("office", "Thay nội dung"))
    assert str(EDITING["typed"]) in again


def test_an_edit_in_mid_conversation_is_given_up_by_its_way_out(village: Village) -> None:
    made = waiting_broadcast(village)
    village.press("office", f"/thongbao sua {made} 1")
    role = village.talk("office").data["role"]
    waits(village, "office", "thongbao", "sure", {**EDITING, "role": role, "edits": made})
    village.say("office", "/huy")
    assert village.do(lambda db: db.execute(select(broadcasts.c.state)).scalar_one()) == "waiting"


def test_the_label_of_those_who_understood_is_still_taken(village: Village) -> None:
    village.official("office", "commune_official", COMMUNE, "UBND xã")
    village.person("an", "Bà An", place=COMMUNE)
    village.say("office", "/thongbao Sáng thứ Hai họp ở nhà văn hóa, mời bà con.")
    village.tap("office", "Gửi cho 1")
    village.wait_out_delay()
    village.tap("an", "Đã hiểu")
    made = str(village.do(lambda db: db.execute(select(broadcasts.c.id)).scalar_one()))
    waits(village, "office", "thongbao", "tag", {"tags": made})
    village.say("office", "lớp ghi nhãn")
    assert village.do(lambda db: db.execute(select(tags.c.tag)).scalars().all()) == ["lớp ghi nhãn"]


def district_office(village: Village) -> str:
    village.person("here", "Bà Lài", place=COMMUNE)
    return village.official("office", "district_official", DISTRICT, "Cán bộ huyện").id


def test_a_gathering_keeps_its_hour_while_its_day_is_asked(village: Village) -> None:
    role = district_office(village)
    waits(village, "office", "taphuan", "when", {**ASKED_WHEN, "role": role})
    says(village, "office", "thứ Sáu 11/6")
    says(village, "office", "Nhà văn hóa thôn")
    assert "14:00" in says(village, "office", "40")
    village.tap("office", "Mời")
    made = village.do(lambda db: db.execute(select(gatherings)).one())
    assert (made.starts_at.isoformat(), made.seats) == ("2021-06-11T07:00:00+00:00", 40)


def test_a_gathering_without_a_limit_keeps_having_none(village: Village) -> None:
    role = district_office(village)
    waits(village, "office", "taphuan", "sure", {**PLANNING, "role": role})
    village.say("office", "vâng")
    village.tap("office", "Mời")
    assert village.do(lambda db: db.execute(select(gatherings.c.seats)).scalar_one()) is None


def test_a_change_of_a_gathering_that_is_left_restores_the_old_version(village: Village) -> None:
    role = district_office(village)
    waits(village, "office", "taphuan", "sure", {**PLANNING, "role": role})
    village.say("office", "vâng")
    village.tap("office", "Mời")
    made = village.do(lambda db: db.execute(select(gatherings)).one())
    village.press("office", f"/taphuan sua {made.id} {made.version}")
    version = village.do(lambda db: db.execute(select(gatherings.c.version)).scalar_one())
    waits(village, "office", "taphuan", "sure", {**CHANGING, "role": role, "event": made.id, "version": version})
    village.say("office", "/huy")
    assert village.do(lambda db: db.execute(select(gatherings.c.taken_up_by)).scalar_one()) is None


def test_a_last_day_that_was_shown_is_moved(village: Village) -> None:
    role = village.official("province", "province_official", PROVINCE, "Văn phòng điều phối")
    stored = {**MOVING, "role": role.id, "deadline": ideas(village).id}
    waits(village, "province", "hanchot", "sure", stored)
    village.say("province", "/hanchot xem 1")  # something else in between asks it again
    village.tap("province", "Đúng, ghi lại")
    assert last_day(village.pack, ideas(village)).isoformat() == "2021-06-25"


def test_defects_that_were_named_are_sent_back_with_the_next_one(village: Village) -> None:
    village.official("office", "district_official", DISTRICT, "Phòng Nông nghiệp")
    made = village.idea(village.person("maker", "Bà Lài", place=COMMUNE))
    village.deliver()
    stored = {**DECIDING, "application": made.id, "code": made.code, "version": made.version}
    waits(village, "office", "duyet", "defects", stored)
    shown = says(village, "office", "3: chọn lại")
    assert re.search("ghi rõ.*chọn lại", shown, re.DOTALL)
    village.tap("office", "Gửi trả")
    assert len(village.do(applications.defects_of, village.fresh(made))) == 2
