"""
Every phrase that says an office looks at something, or has it, is said only where somebody holds a role there.

The first test walks the catalog: a new phrase of this kind needs a row.  The others play an empty commune.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from content.phrases import Phrases
from registry.applications.entities import add_member

from .desk import COMMUNE, Village, open_village, words_of

CLAIMS = re.compile(
    r"(?:sẽ|đang) (?:xem|kiểm tra|giữ)|(?:đã|nay) (?:chuyển|gửi|gửi lại|có|do)\b.*\{(?:holder|office_name|titles)\}"
    r"|(?:mở ra|mở hồ sơ) là thấy|\{(?:holder|office_name)\} (?:nhận|xem)"
)
NAMES = ("{holder}", "{office_name}", "{titles}", "Cán bộ mở")
OFFICIALS_ONLY = ("duyet.", "thongbao.", "taphuan.", "hanchot.", "tamdung.", "review.", "event.")

WITHOUT_ANYBODY = {
    "status.idea_submitted": "status.idea_submitted.unheld",
    "status.idea_submitted.due": "status.idea_submitted.unheld",
    "status.idea_resubmitted": "status.idea_resubmitted.unheld",
    "status.idea_resubmitted.due": "status.idea_resubmitted.unheld",
    "status.idea_completed": "status.idea_completed.unheld",
    "status.plan_submitted": "status.plan_submitted.unheld",
    "status.dossier_submitted": "status.dossier_submitted.unheld",
    "status.dossier_submitted.due": "status.dossier_submitted.unheld",
    "dangky.sent_again": "dangky.kept_again",
    "dangky.completed": "dangky.kept_addition",
    "trangthai.held": "trangthai.unheld",
    "trangthai.held_by": "trangthai.unheld",
    "lienhe.asked": "lienhe.asked_nobody",
    "lienhe.in_charge": "lienhe.nobody",
    "lienhe.went_up": "lienhe.nobody",
    "lienhe.went_up_call": "lienhe.nobody",
    "lienhe.above": "danger.bribe_nobody",
    "vieccanlam.help_asked": "vieccanlam.help_noted",
}
"""The phrase that takes its place where nobody holds a role."""
AFTER_AN_ACT = {
    "status.idea_escalated": "said only when an official above has it",
    "status.idea_escalated.unstaffed": "said only when an official above has it",
    "status.idea_reopened": "an official has just reopened it",
    "status.handed_over": "said when an official takes it back",
    "status.handed_over_due": "said when an official takes it back",
    "status.taken_up": "said when an official begins",
    "status.taken_up_due": "said when an official begins",
    "question.taken_up": "said when an official begins",
    "status.forwarded": "an official has just forwarded it",
    "status.scored_local": "an official has just checked it",
    "lienhe.reported": "said only when an office above has officials",
    "danger.bribe_above": "said only when an office above has officials",
}


@pytest.fixture(params=["quang-binh-2021", "quang-tri-2026"])
def village(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Village]:
    with open_village(tmp_path, request.param) as there:
        yield there


def claiming() -> set[str]:
    phrases = Phrases.load()
    return {
        key
        for key in sorted(phrases.keys())
        if not key.startswith(OFFICIALS_ONLY)
        and any(name in phrases.text(key) for name in NAMES)
        and CLAIMS.search(phrases.text(key))
    }


def test_every_phrase_that_names_a_holder_has_one_for_nobody_or_follows_an_act() -> None:
    assert sorted(claiming() - WITHOUT_ANYBODY.keys() - AFTER_AN_ACT.keys()) == []


def test_the_rows_name_phrases_that_are_there_and_the_other_one_claims_nothing() -> None:
    phrases = Phrases.load()
    assert all(phrases.has(key) for key in (*WITHOUT_ANYBODY, *WITHOUT_ANYBODY.values(), *AFTER_AN_ACT))
    for other in set(WITHOUT_ANYBODY.values()):
        text = phrases.text(other)
        assert re.search(r"chưa có|chưa|Khi .* có cán bộ|không", text), other
        assert "sẽ xem" not in text
        assert "đang xem" not in text


def test_an_empty_commune_is_never_said_to_look_at_anything(village: Village) -> None:
    place = COMMUNE if village.pack.id.endswith("2021") else "19225"
    maker = village.person("lài", "Bà Lài", place=place, phone="+84912345678")
    made = village.idea(maker, place)
    helper = village.person("con", "Chị Năm")
    village.do(add_member, entity_id=made.entity_id, person_id=helper, part="helper", now=village.now)

    village.say("lài", "/trangthai")
    village.say("lài", "/hoso")
    village.say("lài", "/lienhe")
    village.say("lài", "Nộp hồ sơ ở đâu ạ?")
    village.press("lài", f"/sua {made.code} product_name")
    village.say("lài", "Khoai deo dẻo")
    if village.button("lài", "Đúng"):
        village.tap("lài", "Đúng")
    village.tap("lài", "Gửi")
    village.press("lài", f"/vieccanlam {made.code}")
    for label in ("1", "Cần giúp"):
        if village.button("lài", label):
            village.tap("lài", label)
    village.say("lài", "/nhacviec")
    village.deliver()

    heard = "\n".join(words_of(one) for account in ("lài", "con") for one in village.heard.get(account, ()))
    for claim in (
        "đang xem",
        "sẽ xem",
        "sẽ kiểm tra",
        "Em đã chuyển",
        "Em đã gửi lại",
        "Cán bộ mở",
        "Trả lời chậm nhất",
    ):
        assert claim not in heard, claim
    assert "chưa có cán bộ" in heard
