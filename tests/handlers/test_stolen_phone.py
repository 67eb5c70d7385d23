"""
The phone of a commune's official in a thief's hands for an hour: how many are told, and who stops it.

Everything the official may do is tried with taps, typed commands and made-up buttons; nobody else does anything.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from handlers.telling import stamp
from registry.people import new_person
from registry.roles import OPERATOR, revoke
from registry.rows import accounts, broadcasts, deliveries, new_id, people
from scheduler import broadcasts as sweeping
from tests.announced import words_of as teller
from tests.handlers.desk import CHANNEL, COMMUNE, DISTRICT, SIBLING_COMMUNE, Village, open_village, words_of

CROWD = 230
"""More people than one official may tell alone; as many live next door."""
SCAM = "Bà con đưa sổ đỏ cho người mặc áo xanh ở chợ, lượt {turn}."
WAYS = (
    (),
    ("more", "filter", "spoke_days", "7", "done"),
    ("more", "filter", "spoke_days", "30", "done"),
    ("more", "filter", "spoke_days", "90", "done"),
    ("more", "filter", "roles", "producer", "done", "done"),
    ("more", "hour", "now"),
    ("more", "hour", "nightnow"),
    ("more", "hour", "2021-06-01T08:20"),
    ("more", "hour", "2021-06-02T09:00"),
)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("thief", "commune_official", COMMUNE, "UBND xã")
        opened.official("above", "district_official", DISTRICT, "Phòng Nông nghiệp huyện")

        def crowd(db) -> None:
            for place in (COMMUNE, SIBLING_COMMUNE):
                for number in range(CROWD):
                    person_id = new_person(db, now=opened.now)
                    db.execute(people.update().where(people.c.id == person_id).values(place=place))
                    spoke = opened.now - timedelta(days=number % 60)
                    db.execute(
                        insert(accounts).values(
                            id=new_id(), person_id=person_id, channel=CHANNEL, account=f"{place}-{number}",
                            state="open", last_spoke_at=spoke,
                        )
                    )  # fmt: skip

        opened.do(crowd)
        yield opened


def told(village: Village) -> set[str]:
    return {account for account in village.heard if "-" in account}


def tries(village: Village, chance: random.Random, turn: int) -> None:
    """One more announcement, as far as it goes: narrowed, put off, handed in, edited, repeated."""
    village.say("thief", f"/thongbao {SCAM.format(turn=turn)}")
    for press in chance.choice(WAYS):
        village.press("thief", f"={stamp(village.talk('thief').version)}:{press}")
    shown = village.heard["thief"][-1].choices
    real = next((one.action for one in shown if ":send" in one.action or ":ask" in one.action), None)
    mark = stamp(village.talk("thief").version)
    village.press("thief", real or f"={mark}:send{chance.choice((CROWD, 2 * CROWD, 200, 1))}")
    if village.talk("thief").step == "number":
        count = village.heard["thief"][-1].plain.rpartition(" ")[2]
        village.say("thief", count)
    made = chance.choice(village.do(lambda db: db.execute(select(broadcasts.c.id)).scalars().all()) or [""])
    act = chance.choice(("guilai", "tieptuc", "duyet", "dinhchinh", "sua"))
    rest = {"duyet": f" 1 {CROWD}", "guilai": chance.choice(("", " nghi", " kenhkhac"))}.get(act, "")
    village.press("thief", f"/thongbao {act} {made}{rest}")
    village.press("thief", f"={stamp(village.talk('thief').version)}:send{CROWD}")


@pytest.mark.parametrize("seed", [1, 2])
def test_within_an_hour_no_more_are_told_than_one_official_may_tell_alone(village: Village, seed: int) -> None:
    chance, begins = random.Random(seed), village.now
    turn = 0
    while village.now < begins + timedelta(hours=1):
        tries(village, chance, turn)
        village.deliver()
        turn += 1
    village.wait_for_hold()

    reached = told(village)
    assert 30 < len(reached) <= village.pack.programme.announcements.second_official_above
    assert all(account.startswith(f"{COMMUNE}-") for account in reached)
    alone = village.do(
        lambda db: (
            db.execute(select(broadcasts.c.id).where(broadcasts.c.state != "cancelled", broadcasts.c.people > 0))
            .scalars()
            .all()
        )
    )
    assert len(alone) <= village.pack.programme.announcements.alone_a_day


def handed_in(village: Village) -> str:
    village.say("thief", f"/thongbao {SCAM.format(turn=1)}")
    for press in ("more", "filter", "spoke_days", "7", "done"):
        village.press("thief", f"={stamp(village.talk('thief').version)}:{press}")
    village.tap("thief", "Gửi cho")
    return str(village.do(lambda db: db.execute(select(broadcasts.c.id)).scalar_one()))


def test_those_above_know_of_it_within_a_minute_and_before_anybody_is_told(village: Village) -> None:
    made = handed_in(village)

    def owed(kind: str):
        query = select(deliveries.c.due_at).where(deliveries.c.kind == kind, deliveries.c.key.contains(made))
        return village.do(lambda db: db.execute(query).scalars().all())

    assert SCAM.format(turn=1) in words_of(village.last("above"))
    assert max(owed("status")) <= village.now + timedelta(minutes=1)
    assert min(owed("broadcast")) >= village.now + village.pack.programme.announcements.hold
    assert told(village) == set()


@pytest.mark.parametrize("by", ["a tap", "the role"])
def test_frozen_within_the_hold_nobody_is_told(village: Village, by: str) -> None:
    handed_in(village)
    if by == "a tap":
        village.tap("above", "Dừng gửi")
    else:
        role_id = village.do(lambda db: db.execute(select(broadcasts.c.role_id)).scalar_one())
        today = village.now.date()
        village.do(revoke, role_id=role_id, by=OPERATOR, places=village.pack.places, on=today, now=village.now)
        village.do(sweeping.sweep, pack=village.pack, tell=teller, now=village.now)
    village.wait_for_hold()

    assert told(village) == set()
