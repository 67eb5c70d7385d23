"""
The phone of a commune's official in a thief's hands for an hour: how many are told or invited, and who stops it.

Everything the official may do is tried with taps, typed commands and made-up buttons; nobody else does anything.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from handlers.conversation.telling import Telling, stamp
from registry.people.people import new_person
from registry.people.roles import OPERATOR, revoke
from registry.store.rows import accounts, broadcasts, deliveries, gatherings, new_id, people
from scheduler import broadcasts as sweeping
from scheduler import gatherings as gathering
from tests.announced import words_of as teller
from tests.handlers.desk import CHANNEL, COMMUNE, DISTRICT, SIBLING_COMMUNE, Village, open_village, words_of

CROWD = 230
"""More people than one official may tell alone; as many live next door."""
FEW = 190
"""People one official may tell alone within a day, if the number is typed."""
SCAM = "Bà con đưa sổ đỏ cho người mặc áo xanh ở chợ, lượt {turn}."
"""A lure without any sign in its words."""
LURE = "Phát quà ở chợ, lượt {turn}"
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
    yield from crowded(tmp_path, CROWD)


@pytest.fixture
def hamlet(tmp_path: Path) -> Iterator[Village]:
    yield from crowded(tmp_path, FEW)


def crowded(folder: Path, size: int) -> Iterator[Village]:
    with open_village(folder) as opened:
        opened.official("thief", "commune_official", COMMUNE, "UBND xã")
        opened.official("above", "district_official", DISTRICT, "Phòng Nông nghiệp huyện")

        def crowd(db) -> None:
            for place in (COMMUNE, SIBLING_COMMUNE):
                for number in range(size):
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
    act = chance.choice(("guilai", "tieptuc", "duyet", "dinhchinh", "sua", "thoisua"))
    rest = {"duyet": f" 1 {CROWD}", "guilai": chance.choice(("", " nghi", " kenhkhac"))}.get(act, "")
    village.press("thief", f"/thongbao {act} {made}{rest}")
    village.press("thief", f"={stamp(village.talk('thief').version)}:send{CROWD}")


def lures(village: Village, chance: random.Random, turn: int) -> None:
    """One more invitation, as far as it goes: handed in, taken up, reworded, put back, repeated."""
    village.say("thief", "/taphuan moi")
    village.tap("thief", chance.choice(("Tập huấn bà con", "Hội chợ")))
    for words in (LURE.format(turn=turn), chance.choice(("14 giờ mai", "10 giờ sáng nay")), "Nhà ông Ba", "40"):
        village.say("thief", words)
    shown = village.heard["thief"][-1].choices
    real = next((one.action for one in shown if ":send" in one.action), None)
    mark = stamp(village.talk("thief").version)
    village.press("thief", real or f"={mark}:send{chance.choice((FEW, CROWD, 1))}")
    if village.talk("thief").step == "number":
        village.say("thief", village.heard["thief"][-1].plain.rpartition(" ")[2])
    made = chance.choice(village.do(lambda db: db.execute(select(gatherings.c.id)).scalars().all()) or [""])
    act = chance.choice(("sua {id}", "duyet {id} 1", "duyet {id} 2", "giulai {id} 1", "xemduyet {id}"))
    village.press("thief", f"/taphuan {act.format(id=made)}")
    if act.startswith("sua"):
        village.press("thief", f"={stamp(village.talk('thief').version)}:mend_title")
        village.say("thief", LURE.format(turn=turn + 1000))
    village.press("thief", f"={stamp(village.talk('thief').version)}:save")
    if chance.random() < 0.5:
        village.press("thief", "/huy")


def sweep(village: Village) -> None:
    def unit(db) -> None:
        tell = Telling(village.house, db, village.now)
        gathering.sweep(db, pack=village.pack, tell=tell, now=village.now)

    village.do(unit)
    village.deliver()


@pytest.mark.parametrize("seed", [1, 2])
def test_within_an_hour_no_more_are_invited_than_one_official_may_tell_alone(hamlet: Village, seed: int) -> None:
    chance, begins = random.Random(seed), hamlet.now
    turn = 0
    while hamlet.now < begins + timedelta(hours=1):
        chance.choice((lures, lures, tries))(hamlet, chance, turn)
        sweep(hamlet)
        turn += 1
    hamlet.wait_out_delay()
    sweep(hamlet)

    limits = hamlet.pack.programme.announcements
    reached = told(hamlet)
    assert 30 < len(reached) <= limits.second_official_above
    assert all(account.startswith(f"{COMMUNE}-") for account in reached)
    most = max(sum(LURE[:9] in words_of(one) for one in hamlet.heard[account]) for account in reached)
    assert most <= 2 * limits.alone_a_day  # each may be reworded once people know of it


@pytest.mark.parametrize("seed", [1, 2])
def test_within_an_hour_no_more_are_told_than_one_official_may_tell_alone(village: Village, seed: int) -> None:
    chance, begins = random.Random(seed), village.now
    turn = 0
    while village.now < begins + timedelta(hours=1):
        tries(village, chance, turn)
        village.deliver()
        turn += 1
    village.wait_out_delay()

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

    def pending(kind: str):
        query = select(deliveries.c.due_at).where(deliveries.c.kind == kind, deliveries.c.key.contains(made))
        return village.do(lambda db: db.execute(query).scalars().all())

    assert SCAM.format(turn=1) in words_of(village.last("above"))
    assert max(pending("status")) <= village.now + timedelta(minutes=1)
    assert min(pending("broadcast")) >= village.now + village.pack.programme.announcements.delay
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
    village.wait_out_delay()

    assert told(village) == set()


def lured(village: Village) -> str:
    """An invitation to everybody of the commune, as far as it goes within seconds."""
    village.say("thief", "/taphuan moi")
    village.tap("thief", "Hội chợ")
    for words in (LURE.format(turn=1), "14 giờ mai", "Nhà ông Ba", "40"):
        village.say("thief", words)
    village.tap("thief", f"Mời {FEW}")
    assert village.talk("thief").step == "number"
    village.say("thief", str(FEW))
    sweep(village)
    return str(village.do(lambda db: db.execute(select(gatherings.c.id)).scalar_one()))


def test_those_above_know_of_an_invitation_before_anybody_is_invited(hamlet: Village) -> None:
    made = lured(hamlet)

    assert LURE.format(turn=1) in words_of(hamlet.last("above"))
    assert "Nhà ông Ba" in words_of(hamlet.last("above"))
    assert str(FEW) in words_of(hamlet.last("above"))
    due = hamlet.do(lambda db: db.execute(select(gatherings.c.due_at).where(gatherings.c.id == made)).scalar_one())
    assert due >= hamlet.now + hamlet.pack.programme.announcements.delay - timedelta(minutes=1)
    assert told(hamlet) == set()


@pytest.mark.parametrize("by", ["a tap", "the role"])
def test_an_invitation_stopped_within_the_hold_reaches_nobody(hamlet: Village, by: str) -> None:
    lured(hamlet)
    if by == "a tap":
        hamlet.tap("above", "Dừng mời")
    else:
        role_id = hamlet.do(lambda db: db.execute(select(gatherings.c.role_id)).scalar_one())
        today = hamlet.now.date()
        hamlet.do(revoke, role_id=role_id, by=OPERATOR, places=hamlet.pack.places, on=today, now=hamlet.now)
    hamlet.wait_out_delay()
    sweep(hamlet)

    assert told(hamlet) == set()


@pytest.mark.parametrize("words", ["Bà con nộp lệ phí hồ sơ tại chợ.", "Mai bà con dem tien mat toi nha van hoa."])
def test_an_announcement_that_asks_for_money_goes_nowhere_alone(hamlet: Village, words: str) -> None:
    hamlet.say("thief", f"/thongbao {words}")
    hamlet.tap("thief", "Gửi người duyệt")
    hamlet.wait_out_delay()

    assert told(hamlet) == set()
