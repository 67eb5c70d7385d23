"""An announcement that goes: paused, resumed, stopped, told once more to those it missed, corrected, understood."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from content.message import Message
from registry.broadcasts.audiences import Wanted, tags
from registry.broadcasts.broadcasts import Draft, MovedOnError, one
from registry.broadcasts.handing_in import hand_in, hand_in_again
from registry.broadcasts.reports import finished, pace, report, tag_understood
from registry.broadcasts.running import again, cancel_broadcast, drop_orphaned, pause, resume
from registry.broadcasts.wording import alike, ours, understood
from registry.deliveries.of_broadcasts import hold_back
from registry.people.people import set_preference
from registry.people.roles import NotAllowedError, revoke
from registry.store.rows import accounts, deliveries, new_id
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, PROVINCE, TODAY, Town, days

HOLD = timedelta(minutes=5)
"""An amount by which a broadcast is handed in earlier, so that it is sent now."""
TEXT = "Sáng thứ Hai họp ở nhà văn hóa"


def sent(town: Town, role, text: str = TEXT, place: str = COMMUNE, now=NOW, at=None, **wanted):
    draft = Draft(text, lambda number: Message(f"Thông báo {number}: {text}"), at)
    return town.do(
        hand_in, pack=town.pack, role=role, wanted=Wanted(place, **wanted), draft=draft, now=now - HOLD, tell=town.told
    )


def rows(town: Town, made) -> dict[str, str]:
    query = select(deliveries.c.person_id, deliveries.c.state).where(deliveries.c.broadcast_id == made.id)
    return {row.person_id: row.state for row in town.do(lambda db: db.execute(query).all())}


def mark(town: Town, made, person_id: str, **values) -> None:
    town.do(
        lambda db: (
            db.execute(
                update(deliveries)
                .where(deliveries.c.broadcast_id == made.id, deliveries.c.person_id == person_id)
                .values(**values)
            ).rowcount
        )
    )


def second_account(town: Town, person_id: str, channel: str = "webchat") -> None:
    row = {"id": new_id(), "person_id": person_id, "channel": channel, "account": new_id(), "state": "open"}
    town.do(lambda db: db.execute(insert(accounts).values(**row, last_spoke_at=NOW - days(1))).rowcount)


def test_paused_nothing_more_leaves_and_resumed_it_goes_on_without_those_who_stopped(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    got, waits, stops, away = (town.person() for _ in range(4))
    made = sent(town, commune)
    mark(town, made, got, state="sent")
    mark(town, made, away, state="held")

    assert town.do(pause, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 3
    assert rows(town, made) == {got: "sent", waits: "paused", stops: "paused", away: "paused"}
    assert town.do(finished, places=town.pack.places, now=NOW) == ()
    town.do(set_preference, person_id=stops, stopped_at=NOW)
    town.do(set_preference, person_id=away, place=OTHER_COMMUNE)
    assert town.do(resume, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 1

    assert rows(town, made) == {got: "sent", waits: "owed", stops: "cancelled", away: "cancelled"}
    assert town.do(resume, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 0


def test_stopped_while_paused_spares_everybody(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    waits = town.person()
    made = sent(town, commune)
    town.do(pause, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW)

    assert town.do(cancel_broadcast, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 1
    assert rows(town, made) == {waits: "cancelled"}
    assert town.do(resume, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 0


@pytest.mark.parametrize(("act", "state"), [(cancel_broadcast, "cancelled"), (pause, "paused")])
def test_what_was_on_its_way_when_it_was_stopped_and_did_not_arrive_is_not_queued_again(town: Town, act, state) -> None:
    commune = town.official("commune_official", COMMUNE)
    flies, waits, got = (town.person() for _ in range(3))
    made = sent(town, commune)
    mark(town, made, flies, state="claimed")
    mark(town, made, got, state="sent")
    assert town.do(act, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 1
    mark(town, made, flies, state="owed")

    assert [town.do(hold_back).counts for _ in range(2)] == [{"held_back": 1}, {}]
    assert rows(town, made) == {flies: state, waits: state, got: "sent"}


def test_with_nobody_left_to_wait_a_pause_changes_nothing_and_it_comes_to_its_end(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    got = town.person()
    made = sent(town, commune)
    mark(town, made, got, state="sent")

    assert town.do(pause, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 0
    assert [one.broadcast.state for one in town.do(finished, places=town.pack.places, now=NOW)] == ["done"]


def test_what_some_may_have_got_is_not_written_again_when_it_is_queued_again_for_the_morning(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    maybe, night = town.person(), NOW + timedelta(hours=14)
    made = sent(town, commune)
    mark(town, made, maybe, state="doubtful", doubtful=True)
    assert town.do(again, pack=town.pack, broadcast_id=made.id, role=commune, which="doubtful", now=night) == 1

    with pytest.raises(MovedOnError):
        town.do(
            hand_in_again, pack=town.pack, role=commune, broadcast_id=made.id, version=1,
            draft=Draft("Một tin khác hẳn", Message), wanted=Wanted(COMMUNE), now=night, tell=town.told,
        )  # fmt: skip


def test_paused_at_night_it_goes_on_in_the_morning(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    town.person()
    made = sent(town, commune)
    town.do(pause, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW)
    town.do(resume, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW + timedelta(hours=14))

    due = town.do(lambda db: db.execute(select(deliveries.c.due_at)).scalar_one())
    assert due == NOW + timedelta(hours=23)


def test_a_colleague_neither_pauses_nor_repeats_it(town: Town) -> None:
    commune, colleague = town.official("commune_official", COMMUNE), town.official("commune_official", COMMUNE)
    above = town.official("district_official", DISTRICT)
    town.person()
    made = sent(town, commune)

    for act in (pause, resume):
        with pytest.raises(NotAllowedError):
            town.do(act, broadcast_id=made.id, role=colleague, pack=town.pack, now=NOW)
    with pytest.raises(NotAllowedError):
        town.do(again, pack=town.pack, broadcast_id=made.id, role=colleague, which="failed", now=NOW)
    assert town.do(pause, broadcast_id=made.id, role=above, pack=town.pack, now=NOW) == 1


def test_a_pause_from_above_is_ended_above_and_not_by_the_author(town: Town) -> None:
    commune, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    made = sent(town, commune)
    town.do(pause, broadcast_id=made.id, role=above, pack=town.pack, now=NOW)

    with pytest.raises(NotAllowedError):
        town.do(resume, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW)
    assert town.do(resume, broadcast_id=made.id, role=above, pack=town.pack, now=NOW) == 1

    town.do(pause, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW)
    assert town.do(resume, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW) == 1


def test_only_those_it_missed_are_told_again_once(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    got, refused, blocked, doubtful, stopped, moved = (town.person() for _ in range(6))
    made = sent(town, commune)
    states = ((got, "sent"), (refused, "given_up"), (blocked, "unreachable"), (doubtful, "doubtful"))
    for person_id, state in (*states, (stopped, "refused"), (moved, "refused")):
        mark(town, made, person_id, state=state)
    town.do(
        lambda db: (
            db.execute(update(accounts).where(accounts.c.person_id == blocked).values(state="unreachable")).rowcount
        )
    )
    town.do(set_preference, person_id=stopped, stopped_at=NOW)
    town.do(set_preference, person_id=moved, place=OTHER_COMMUNE)
    assert len(town.do(finished, places=town.pack.places, now=NOW)) == 1

    def once(which: str) -> int:
        return town.do(again, pack=town.pack, broadcast_id=made.id, role=commune, which=which, now=NOW)

    assert [once("failed"), once("failed")] == [1, 0]
    assert rows(town, made) == dict(states) | {refused: "owed", stopped: "refused", moved: "refused"}
    assert [once("doubtful"), once("doubtful")] == [1, 0]
    for person_id in (refused, doubtful):
        mark(town, made, person_id, state="sent")
    assert len(town.do(finished, places=town.pack.places, now=NOW)) == 1


def test_the_rest_is_reached_by_the_other_channel(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    held, refused, lone = (town.person() for _ in range(3))
    for person_id in (held, refused):
        second_account(town, person_id)
    made = sent(town, commune)
    mark(town, made, held, state="held")
    mark(town, made, refused, state="refused")
    mark(town, made, lone, state="refused")

    pending = town.do(again, pack=town.pack, broadcast_id=made.id, role=commune, which="elsewhere", now=NOW)

    query = select(deliveries.c.person_id, deliveries.c.channel).where(deliveries.c.state == "owed")
    assert pending == 2
    assert {tuple(row) for row in town.do(lambda db: db.execute(query).all())} == {
        (held, "webchat"),
        (refused, "webchat"),
    }


def test_a_correction_goes_to_exactly_those_who_got_the_wrong_one(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    got, maybe, failed, cancelled, stopped = (town.person() for _ in range(5))
    wrong = sent(town, commune)
    states = ((got, "sent"), (maybe, "doubtful"), (failed, "refused"), (cancelled, "cancelled"), (stopped, "sent"))
    for person_id, state in states:
        mark(town, wrong, person_id, state=state)
    town.do(set_preference, person_id=stopped, stopped_at=NOW)
    town.person()  # came later

    right = sent(town, commune, "Họp chiều thứ Hai chứ không phải sáng", corrects=wrong.id)

    assert set(rows(town, right)) == {got, maybe}
    assert right.corrects == wrong.id


def test_what_waits_for_its_hour_goes_with_the_role_of_its_author(town: Town) -> None:
    commune, stays = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    later, kept = sent(town, commune, at=NOW + days(1)), sent(town, stays, at=NOW + days(1))
    town.do(revoke, role_id=commune.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)

    assert [town.do(drop_orphaned, on=TODAY, now=NOW) for _ in range(2)] == [1, 0]
    assert set(rows(town, later).values()) == {"cancelled"}
    assert set(rows(town, kept).values()) == {"owed"}


def test_it_is_told_how_far_it_is_and_how_long_the_rest_takes(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    people = [town.person() for _ in range(6)]
    made = sent(town, commune)
    for number, person_id in enumerate(people[:2]):
        mark(town, made, person_id, state="sent", sent_at=NOW + timedelta(seconds=10 * number + 1))

    found = town.do(pace, made, now=NOW + timedelta(seconds=20))

    assert (found.done, found.people, found.seconds_left) == (2, 6, 40)
    assert town.do(pace, made, now=NOW + timedelta(hours=1)).seconds_left is None


def test_taps_are_counted_once_a_person_and_by_commune(town: Town) -> None:
    district = town.official("district_official", DISTRICT)
    here, beside, maker, away = (
        town.person(),
        town.person(place="19210"),
        town.person(place=None),
        town.person(place=None),
    )
    town.idea(maker)
    made = sent(town, district, place=DISTRICT)

    def tap(person_id: str) -> bool:
        return town.do(understood, number=made.number, person_id=person_id, now=NOW)

    assert [tap(here), tap(here), tap(beside), tap(maker), tap(away)] == [True, True, True, True, False]
    found = town.do(report, broadcast_id=made.id, role=district, places=town.pack.places, on=TODAY)
    assert found is not None
    assert found.understood == {COMMUNE: 1, "19210": 1, DISTRICT: 1}


def test_those_who_understood_can_be_labelled_by_ones_own_office(town: Town) -> None:
    commune, other = town.official("commune_official", COMMUNE), town.official("commune_official", OTHER_COMMUNE)
    taps = town.person()
    town.person()
    made = sent(town, commune)
    town.do(understood, number=made.number, person_id=taps, now=NOW)

    def label(role) -> int:
        return town.do(tag_understood, pack=town.pack, broadcast_id=made.id, role=role, tag="  lớp   bao bì ", now=NOW)

    assert [label(commune), label(commune)] == [1, 1]
    with pytest.raises(NotAllowedError):
        label(other)
    kept = town.do(lambda db: [tuple(row)[:3] for row in db.execute(select(tags))])
    assert kept == [(taps, COMMUNE, "lớp bao bì")]


def test_nearly_the_same_within_two_hours_is_noticed(town: Town) -> None:
    commune, province = town.official("commune_official", COMMUNE), town.official("province_official", PROVINCE)
    town.person()
    made = sent(town, commune)

    def twin(text: str, place: str = COMMUNE, hours: float = 1):
        now = NOW + timedelta(hours=hours)
        found = town.do(alike, places=town.pack.places, place=place, text=text, now=now)
        return None if found is None else found.id

    assert twin("SANG thu Hai, hop o nha van hoa!") == made.id
    assert twin(TEXT, PROVINCE) == made.id
    assert twin(TEXT, OTHER_COMMUNE) is None
    assert twin("Chiều thứ Sáu phát tem cho các hộ") is None
    assert twin(TEXT, hours=2.1) is None
    later = sent(town, province, text="Tuần sau tập huấn cho các xã", place=PROVINCE, at=NOW + days(3))
    assert twin("Tuần sau tập huấn cho các xã", hours=30) == later.id


def test_a_number_stands_for_what_went_out_and_for_nothing_before(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lai, away = town.person(), town.person(place=OTHER_COMMUNE)
    waits = sent(town, commune, "Vào trang ocop.vn để xem")
    made = sent(town, commune)

    assert town.do(ours, number=waits.number, person_id=lai, now=NOW) is None
    theirs, others = (town.do(ours, number=made.number, person_id=who, now=NOW) for who in (lai, away))
    assert theirs is not None
    assert others is not None
    assert (theirs.theirs, others.theirs, theirs.text) == (True, False, TEXT)
    assert town.do(one, made.id) == made


def test_before_its_hour_nobody_reads_it_by_its_number_or_has_understood_it(town: Town) -> None:
    commune, lai = town.official("commune_official", COMMUNE), town.person()
    made = sent(town, commune, at=NOW + days(1))

    def asked(now) -> tuple[bool, bool]:
        found = town.do(ours, number=made.number, person_id=lai, now=now)
        return found is not None, town.do(understood, number=made.number, person_id=lai, now=now)

    assert asked(NOW) == (False, False)
    assert asked(NOW + days(1)) == (True, True)
