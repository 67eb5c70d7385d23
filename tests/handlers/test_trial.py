"""A trial: only invited people are answered or written to, the same on every channel."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from content.phrases import Phrases
from registry.deliveries.states import Reason, State
from registry.identity.linking import link_code
from registry.people import trials
from registry.people.people import account_person
from registry.people.roles import OPERATOR
from registry.store.rows import deliveries
from registry.store.schema import every_table

from .desk import COMMUNE, DISTRICT, NOW, Village, open_village
from .stages.opening import STAGES, stage_for
from .stages.stage import Act

LAI, HOA, CAN_BO = "chi Lai", "chi Hoa", "can bo"
SENTENCE = "đang chạy thử"


@pytest.fixture
def village(tmp_path: Path) -> Any:
    with open_village(tmp_path) as there:
        there.do(trials.follow, wanted=True, now=NOW)
        yield there


def test_somebody_without_an_invitation_reads_one_kind_sentence_a_day(village: Village) -> None:
    said = [*village.say(LAI, "/start"), *village.say(LAI, "cho hoi thu tuc"), *village.press(LAI, "/dangky")]

    assert len(said) == 1
    assert SENTENCE in said[0].plain
    assert said[0].choices == ()

    village.now += timedelta(days=1)
    assert SENTENCE in village.say(LAI, "alo")[-1].plain


def test_nothing_of_their_words_is_stored(village: Village) -> None:
    village.say(LAI, "toi lam khoai deo o Hai Ninh")
    who = village.do(account_person, channel="test", account=LAI)

    assert who is not None
    assert set(village.rows_with({who})) <= {"people", "trial_people"}
    inbox = next(table for table in every_table().sorted_tables if table.name == "inbox")
    assert village.do(lambda db: [row.raw_sealed for row in db.execute(select(inbox))]) == [None]


def test_the_sentence_names_the_number_to_call(village: Village) -> None:
    from dataclasses import replace

    village.house = replace(village.house, office="UBND xã Mẫu", contact="0232 3000 000")

    assert "UBND xã Mẫu" in village.say(LAI, "alo")[-1].plain
    assert "0232 3000 000" in village.last(LAI).plain


def test_a_tester_comes_in_by_code_and_is_answered_like_everybody_later(village: Village) -> None:
    code = village.do(trials.invite_tester, by=OPERATOR, now=village.now)
    village.say(LAI, "/start")
    village.say(LAI, f"/start thu_{code.lower()}")

    assert "dùng thử" in village.all_words(LAI)
    assert "Câu 1/7" in village.all_words(LAI) or village.say(LAI, "/dangky")
    assert SENTENCE not in village.last(LAI).plain
    assert SENTENCE in village.say(HOA, f"/start thu_{code}")[-1].plain


def test_a_tester_s_code_ends_after_a_week(village: Village) -> None:
    code = village.do(trials.invite_tester, by=OPERATOR, now=village.now)
    village.now += timedelta(days=7, minutes=1)

    assert SENTENCE in village.say(LAI, f"/start thu_{code}")[-1].plain


def test_a_person_with_a_role_is_answered_until_the_role_ends(village: Village) -> None:
    village.official(CAN_BO, "commune_official", COMMUNE)
    assert SENTENCE not in village.say(CAN_BO, "/start")[-1].plain

    village.now += timedelta(days=400)
    assert SENTENCE in village.say(CAN_BO, "/start")[-1].plain


def test_a_code_for_a_role_lets_an_official_in(village: Village) -> None:
    from registry.people.inviting import invite

    code = village.do(
        invite, pack=village.pack, role="commune_official", place=COMMUNE, by=OPERATOR, on=village.pack.places.on,
        now=village.now,
    )  # fmt: skip

    assert SENTENCE in village.say(LAI, "/start cb_AAAAAAAAAA")[-1].plain
    village.say(CAN_BO, f"/start cb_{code}")
    assert "Em đã ghi" in village.all_words(CAN_BO)
    assert SENTENCE not in village.say(CAN_BO, "/duyet")[-1].plain


def test_the_second_account_of_a_tester_comes_in_by_the_code_of_the_first(village: Village) -> None:
    village.do(trials.admit, person_id=village.person(LAI), now=village.now)
    code = village.do(link_code, person_id=village.person(LAI), now=village.now)
    village.say("may khac", f"/lienket {code} nhé")

    assert SENTENCE not in village.all_words("may khac")
    assert village.button("may khac", "") is not None


def test_a_code_of_somebody_who_is_not_invited_opens_nothing(village: Village) -> None:
    code = village.do(link_code, person_id=village.person(LAI), now=village.now)

    assert SENTENCE in village.say("may khac", f"/lienket {code}")[-1].plain


def test_somebody_from_before_the_trial_can_still_take_their_data_along_or_erase_it(tmp_path: Path) -> None:
    with open_village(tmp_path) as there:
        there.person(LAI, "Lài")
        there.do(trials.follow, wanted=True, now=there.now + timedelta(days=1))
        there.now += timedelta(days=1)

        assert SENTENCE not in there.say(LAI, "/dulieu")[-1].plain
        assert SENTENCE not in there.say(LAI, "/dung")[-1].plain
        assert SENTENCE in there.say(LAI, "/dangky")[-1].plain
        assert SENTENCE in there.say(HOA, "/dulieu")[-1].plain


def test_what_is_sent_unasked_goes_to_the_invited_alone(village: Village) -> None:
    from content.message import Message
    from registry.deliveries.deliveries import enqueue

    village.do(trials.admit, person_id=village.person(LAI, place=COMMUNE), now=village.now)
    for who in (LAI, HOA):
        person_id = village.person(who, place=COMMUNE)
        for kind in ("reminder", "status", "broadcast"):
            village.do(
                enqueue, key=f"{kind}:{who}", person_id=person_id, kind=kind, message=Message(kind), now=village.now
            )
    village.now += timedelta(seconds=5)
    village.deliver()
    village.deliver()
    village.deliver()

    assert sorted(message.plain for message in village.heard[LAI]) == ["broadcast", "reminder", "status"]
    assert village.heard.get(HOA, []) == []
    parked = village.do(lambda db: db.execute(select(deliveries.c.state, deliveries.c.reason).where(
        deliveries.c.state == State.PARKED.value)).all())  # fmt: skip
    assert [tuple(row) for row in parked] == [(State.PARKED, Reason.TRIAL)] * 3


def test_an_audience_counts_the_invited_alone(village: Village) -> None:
    from registry.broadcasts.audiences import Wanted, count

    role = village.official(CAN_BO, "district_official", DISTRICT)
    village.do(trials.admit, person_id=village.person(LAI, place=COMMUNE), now=village.now)
    village.person(HOA, place=COMMUNE)

    counted = village.do(count, pack=village.pack, role=role, wanted=Wanted(DISTRICT), now=village.now)
    assert counted.count == 1


def test_without_a_trial_a_tester_s_code_only_greets(tmp_path: Path) -> None:
    with open_village(tmp_path) as there:
        assert "Em là Trợ lý OCOP" in there.say(LAI, "/start thu_ABCDEFGHJK")[-1].plain


@pytest.mark.parametrize("kind", STAGES)
async def test_a_trial_is_the_same_on_every_channel(kind: str, tmp_path: Path) -> None:
    start = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
    async with stage_for(kind, tmp_path, pack="quang-tri-2026", start=start) as stage:
        stage.settings = stage.settings.model_copy(update={"trial": True})
        code = await stage.unit(trials.invite_tester, by=OPERATOR, now=stage.hours.now)

        told = await stage.line(LAI, Act("text", "xin chao"))
        assert [SENTENCE in heard.text for heard in told[LAI]] == [True]
        told = await stage.line(LAI, Act("photos", "1", "anh khoai"), Act("text", "dang ky"), cut=True)
        assert told.get(LAI, []) == []
        assert await stage.unit(_files) == 0

        told = await stage.line(LAI, Act("text", f"/start thu_{code}"))
        assert "dùng thử" in told[LAI][0].text
        told = await stage.line(LAI, Act("text", "/menu"))
        assert SENTENCE not in told[LAI][0].text
        told = await stage.line(HOA, Act("text", "/menu"))
        assert [SENTENCE in heard.text for heard in told[HOA]] == [True]


def _files(db: Any) -> int:
    from registry.applications.files import files

    return len(db.execute(select(files)).all())


def test_the_sentence_is_in_both_languages() -> None:
    for language in ("vi", "en"):
        assert Phrases.load().text("trial.closed", language)
        assert Phrases.load().text("trial.closed_call", language)
