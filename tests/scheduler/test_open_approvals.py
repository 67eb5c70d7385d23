"""
Messages that wait for a second official reach officials whose role or leave began after they were handed in.

Once only those were asked who held a role at that minute; when they left, nobody was told.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.offices import appointing
from registry.people import roles
from registry.people.roles import OPERATOR, Role
from scheduler import escalation
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village
from tests.scheduler.village import tell

AUTHOR, GONE, NEW = "xa", "cũ", "mới"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official(AUTHOR, "commune_official", COMMUNE, "Chị Lan")
        opened.person("ba", "Bà Lài", place=COMMUNE)
        yield opened


def broadcast(village: Village) -> None:
    village.say(AUTHOR, "/thongbao")
    village.say(AUTHOR, "Bà con xem mẫu phiếu ở https://abc.vn, hạn 30/6")
    village.tap(AUTHOR, "Gửi người duyệt")


def gathering(village: Village) -> None:
    village.say(AUTHOR, "/taphuan")
    village.tap(AUTHOR, "Tập huấn bà con")
    for words in ("Tập huấn, nộp phí 50.000 đồng vào tài khoản", "14:00 24/6", "hội trường xã", "30"):
        village.say(AUTHOR, words)
    village.tap(AUTHOR, "Gửi người duyệt")


def office_answer(village: Village) -> None:
    village.say("ba", "làm sân bóng chuyền ở thôn thì xin ai")
    village.say(AUTHOR, "/soandap")
    village.tap(AUTHOR, "Soạn")
    for words in ("Bà con hỏi trưởng thôn.", "Quy chế 3/QC-UBND ngày 05/5/2021 của UBND xã", "30/6"):
        village.say(AUTHOR, words)
    village.tap(AUTHOR, "Võ Ninh")
    village.tap(AUTHOR, "Gửi")


def sweep(village: Village) -> dict[str, int]:
    counts = village.do(escalation.sweep, pack=village.pack, tell=tell, now=village.now)
    village.deliver()
    return counts


def succeed(village: Village, gone: Role) -> None:
    """End the only second official's role, and give the place to somebody else."""
    village.do(
        roles.revoke, role_id=gone.id, by=OPERATOR, places=village.pack.places, on=village.now.date(), now=village.now
    )
    village.do(
        appointing.appoint, pack=village.pack, person_id=village.person(NEW, "Anh Bình"), role="district_official",
        place=DISTRICT, by=OPERATOR, tell=tell, now=village.now,
    )  # fmt: skip
    village.deliver()


@pytest.mark.parametrize(
    ("hand_in", "asked"),
    [
        (broadcast, "thongbao.approval_asked"),
        (gathering, "taphuan.approval_asked"),
        (office_answer, "soandap.to_approve"),
    ],
)
def test_a_successor_is_asked_once_for_what_waits_for_a_second_official(
    village: Village, hand_in: Callable[[Village], None], asked: str
) -> None:
    gone = village.official(GONE, "district_official", DISTRICT, "Chị Hoa")
    hand_in(village)
    village.deliver()
    before = len(village.heard[GONE])
    assert sweep(village)["approvals_asked"] == 0
    succeed(village, gone)

    assert sweep(village)["approvals_asked"] == 1
    assert asked in village.all_words(NEW)
    assert sweep(village)["approvals_asked"] == 0
    assert len(village.heard[GONE]) == before
