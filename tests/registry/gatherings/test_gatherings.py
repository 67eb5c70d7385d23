"""Trainings and fairs on a real database: reach, seats, the line, and people who become one."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select

from registry.applications import exports, office_list
from registry.broadcasts.approvals import OwnApprovalError
from registry.gatherings import approvals as gathering_approvals
from registry.gatherings import attendance, invitees, seats
from registry.gatherings import gatherings as events
from registry.gatherings import planning as holding
from registry.gatherings.gatherings import Gathering, Planned
from registry.identity import linking
from registry.people import consents, people
from registry.people.roles import NotAllowedError, Role
from registry.store import audit
from registry.store.rows import deliveries, gatherings
from registry.store.rows import invitees as invitee_rows
from registry.store.slices import Room
from tests.announced import alone, gathered
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, OTHER_DISTRICT, PROVINCE, TODAY, Town, days


def planned(place: str = DISTRICT, **changed: Any) -> Planned:
    values: dict[str, Any] = {
        "kind": "producers", "place": place, "title": "Tập huấn", "venue": "Nhà văn hóa", "starts_at": NOW + days(9),
        "seats": 2,
    }  # fmt: skip
    return Planned(**values | changed)


def hold(town: Town, role: Role, **changed: Any) -> Gathering:
    return town.do(gathered, pack=town.pack, role=role, planned=planned(**changed), now=NOW)


def answer(town: Town, made: Gathering, person_id: str, given: seats.Answer, after: int = 0) -> seats.Reply | None:
    return town.do(
        seats.answer, pack=town.pack, gathering_id=made.id, person_id=person_id, given=given,
        now=NOW + timedelta(minutes=after), tell=town.told,
    )  # fmt: skip


def state(town: Town, made: Gathering) -> dict[str, str]:
    rows = town.do(lambda db: db.execute(select(invitee_rows).where(invitee_rows.c.gathering_id == made.id)).all())
    return {row.person_id: row.state for row in rows}


def test_it_reaches_those_who_live_or_make_something_in_the_place(town: Town) -> None:
    lives, makes, away = town.person("Lài"), town.person("Mai", place=None), town.person("Xa", place=OTHER_COMMUNE)
    town.idea(makes)
    made = hold(town, town.official("district_official", DISTRICT))
    assert set(state(town, made)) == {lives, makes}
    assert away not in state(town, made)


@pytest.mark.parametrize("place", [PROVINCE, OTHER_DISTRICT, OTHER_COMMUNE, DISTRICT, "99999", ""])
def test_the_one_guarded_place_refuses_what_lies_outside(town: Town, place: str) -> None:
    role = town.official("commune_official", COMMUNE)
    with pytest.raises(NotAllowedError):
        hold(town, role, place=place)
    assert town.do(lambda db: db.execute(select(gatherings)).all()) == []


def test_the_past_is_refused(town: Town) -> None:
    with pytest.raises(events.PastError):
        hold(town, town.official("district_official", DISTRICT), starts_at=NOW - days(1))


def test_invitations_are_queued_once_some_at_a_time(town: Town) -> None:
    for _ in range(3):
        town.person("Bà")
    hold(town, town.official("district_official", DISTRICT))
    sent = [
        town.do(lambda db: invitees.send_invitations(db, pack=town.pack, tell=town.told, now=NOW, room=Room(rows=2)))
        for _ in range(3)
    ]
    assert [one.counts.get("invited", 0) for one in sent] == [2, 1, 0]
    assert [one.after for one in sent] == [(), None, None]
    assert [key for _, key in town.told].count("event.invited_seats") == 3


def test_the_line_moves_in_the_order_of_the_answers(town: Town) -> None:
    first, second, third, fourth = (town.person(name) for name in "abcd")
    made = hold(town, town.official("district_official", DISTRICT))
    for number, person_id in enumerate((first, second, fourth, third)):
        answer(town, made, person_id, "yes", after=number)
    assert state(town, made) == {first: "yes", second: "yes", fourth: "waiting", third: "waiting"}
    answer(town, made, first, "no", after=9)
    assert state(town, made)[fourth] == "yes"
    assert (fourth, "event.seat_free") in town.told
    reply = answer(town, made, third, "yes", after=10)
    assert reply is not None
    assert (reply.became, reply.number) == ("waiting", 1)


def test_more_seats_let_the_line_in(town: Town) -> None:
    who = [town.person(name) for name in "abc"]
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)
    for number, person_id in enumerate(who):
        answer(town, made, person_id, "yes", after=number)
    town.do(
        holding.change, pack=town.pack, role=role, gathering_id=made.id, version=1, planned=planned(seats=None),
        now=NOW, tell=town.told,
    )  # fmt: skip
    assert set(state(town, made).values()) == {"yes"}
    assert "event.changed" not in {key for _, key in town.told}


def test_two_people_who_become_one_are_invited_once_with_the_answer_they_gave(town: Town) -> None:
    keep, gone = town.person("Lài"), town.person("Lài", channel="webchat")
    made = hold(town, town.official("district_official", DISTRICT))
    answer(town, made, gone, "yes")
    town.do(linking.merge, keep=keep, gone=gone, now=NOW)
    assert state(town, made) == {keep: "yes"}


@pytest.mark.parametrize("kept", [0, 1], ids=["the first is kept", "the second is kept"])
@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        ("yes", "no", "no"),
        ("no", "yes", "yes"),
        ("yes", "yes", "yes"),
        ("yes", "waiting", "yes"),
        ("waiting", "no", "no"),
        ("no", "waiting", "waiting"),
        ("later", "waiting", "waiting"),
        ("no", "later", "no"),
    ],
)
def test_two_people_who_become_one_have_the_seat_of_either_else_their_newest_answer(
    town: Town, kept: int, first: str, second: str, left: str
) -> None:
    two, other = (town.person("Lài"), town.person("Lài", channel="webchat")), town.person("Mai")
    made = hold(town, town.official("district_official", DISTRICT), seats=1 + ("waiting" not in (first, second)))
    full = "waiting" in (first, second) and "yes" not in (first, second)
    if full:
        answer(town, made, other, "yes")
    for minute, (person_id, given) in enumerate(zip(two, (first, second), strict=True), start=1):
        answer(town, made, person_id, "yes" if given == "waiting" else given, after=minute)  # type: ignore[arg-type]
    assert [state(town, made)[one] for one in two] == [first, second]

    town.do(linking.merge, keep=two[kept], gone=two[1 - kept], now=NOW)

    assert state(town, made) == {two[kept]: left, other: "yes" if full else "none"}


def test_two_people_in_one_line_who_become_one_keep_the_earlier_place(town: Town) -> None:
    seated, gone, between, keep = (town.person(name) for name in ("Mai", "Lài", "An", "Lài"))
    made = hold(town, town.official("district_official", DISTRICT), seats=1)
    for minute, person_id in enumerate((seated, gone, between, keep)):
        answer(town, made, person_id, "yes", after=minute)
    town.do(linking.merge, keep=keep, gone=gone, now=NOW)

    answer(town, made, seated, "no", after=9)

    assert state(town, made) == {seated: "no", keep: "yes", between: "waiting"}


def test_who_was_invited_on_one_account_is_not_invited_again_after_joining_the_other(town: Town) -> None:
    gone = town.person("Lài", channel="webchat")
    keep = town.person("Lài")
    made = hold(town, town.official("district_official", DISTRICT))
    town.do(invitees.set_invitee, made.id, keep, told_at=NOW)  # the sweep has not come to them yet
    assert invite(town) == 1
    town.do(invitees.set_invitee, made.id, keep, told_at=None)
    town.do(linking.merge, keep=keep, gone=gone, now=NOW)

    assert invite(town) == 0


def test_a_newer_no_takes_back_what_the_other_account_was_still_to_be_told(town: Town) -> None:
    seated, keep, gone = town.person("Mai"), town.person("Lài"), town.person("Lài", channel="webchat")
    made = hold(town, town.official("district_official", DISTRICT), seats=1)
    answer(town, made, seated, "yes")
    answer(town, made, keep, "yes", after=1)
    answer(town, made, seated, "no", after=2)  # a seat for who waited, and a notice of it
    answer(town, made, gone, "no", after=3)
    town.do(linking.merge, keep=keep, gone=gone, now=NOW)

    pending = town.do(
        lambda db: db.execute(select(deliveries.c.state).where(deliveries.c.key.like("%:seat:%"))).scalars()
    )
    assert (state(town, made)[keep], set(pending)) == ("no", {"cancelled"})


def test_a_phone_number_is_shown_only_near_and_after_consent(town: Town) -> None:
    agreed, silent, moved = town.person("Lài"), town.person("Mai"), town.person("Xa")
    for number, person_id in enumerate((agreed, silent, moved)):
        town.do(people.set_phone, person_id=person_id, phone=f"+8491234567{number}")
    for person_id in (agreed, moved):
        town.do(
            consents.give, person_id=person_id, purpose="registration", text_version="v", channel="telegram", now=NOW
        )
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)
    for person_id in (agreed, silent, moved):
        answer(town, made, person_id, "yes")
    town.do(people.set_preference, person_id=moved, place=OTHER_COMMUNE)
    listed = town.do(attendance.attendants, pack=town.pack, role=role, gathering_id=made.id, on=TODAY)
    assert {one.person_id: one.phone for one in listed} == {agreed: "+84912345670", silent: None, moved: None}


def test_only_somebody_invited_can_be_ticked(town: Town) -> None:
    guest, stranger = town.person("Lài"), town.person("Xa", place=OTHER_COMMUNE)
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)
    day = NOW + days(9)
    tick: dict[str, Any] = {"pack": town.pack, "role": role, "gathering_id": made.id, "came": True}
    town.do(attendance.mark, person_id=guest, now=day, **tick)
    town.do(attendance.mark, person_id=guest, now=day, **tick)
    with pytest.raises(NotAllowedError):
        town.do(attendance.mark, person_id=stranger, now=day, **tick)
    with pytest.raises(attendance.TooEarlyError):
        town.do(attendance.mark, person_id=guest, now=NOW, **tick)
    acts = [row.act for row in town.do(audit.entries, noun="gathering", noun_id=made.id)]
    assert acts.count("event.attend") == 1


def test_an_office_finds_what_is_in_its_place_alone(town: Town) -> None:
    made = hold(town, town.official("district_official", DISTRICT))
    seen = {
        place: bool(
            town.do(
                events.gatherings_seen_by, role=town.official(role, place), places=town.pack.places, on=TODAY, since=NOW
            )
        )
        for role, place in (
            ("province_official", PROVINCE), ("district_official", OTHER_DISTRICT), ("commune_official", COMMUNE),
        )
    }  # fmt: skip
    assert made.place == DISTRICT
    assert seen == {PROVINCE: True, OTHER_DISTRICT: False, COMMUNE: False}


# --- two at once ------------------------------------------------------------------------------------------------------


def leave(town: Town, made: Gathering, person_id: str) -> None:
    """Somebody who had a seat is forgotten: their row goes, and nobody is told."""
    theirs = (invitee_rows.c.gathering_id == made.id) & (invitee_rows.c.person_id == person_id)
    town.do(lambda db: db.execute(delete(invitee_rows).where(theirs)))


def beside(town: Town, unit: Callable[[Connection], Any], other: Callable[[], Any]) -> None:
    """Do `other` while a unit of work is done and not yet committed; a blocked one waits."""
    done = threading.Event()

    def go() -> None:
        other()
        done.set()

    thread = threading.Thread(target=go)

    def first(db: Connection) -> None:
        unit(db)
        thread.start()
        done.wait(0.3)

    town.do(first)
    thread.join()


def a_free_seat(town: Town) -> tuple[Gathering, str, str]:
    """One seat that became free without a word, somebody who waits for it, and somebody who has not answered."""
    first, second, third = (town.person(name) for name in "abc")
    made = hold(town, town.official("district_official", DISTRICT), seats=1)
    answer(town, made, first, "yes")
    answer(town, made, second, "yes", after=1)
    leave(town, made, first)
    return made, second, third


def test_nobody_passes_the_line_to_a_seat_that_became_free(town: Town) -> None:
    made, second, third = a_free_seat(town)
    reply = answer(town, made, third, "yes", after=2)
    assert reply is not None
    assert (reply.became, reply.number) == ("waiting", 1)
    assert state(town, made) == {second: "yes", third: "waiting"}
    assert (second, "event.seat_free") in town.told


def test_the_last_seat_is_given_once_to_two_who_say_yes_at_the_same_moment(town: Town) -> None:
    first, second = town.person("a"), town.person("b")
    made = hold(town, town.official("district_official", DISTRICT), seats=1)

    def say_yes(db: Connection) -> None:
        seats.answer(db, pack=town.pack, gathering_id=made.id, person_id=first, given="yes", now=NOW, tell=town.told)

    beside(town, say_yes, lambda: answer(town, made, second, "yes"))
    assert state(town, made) == {first: "yes", second: "waiting"}


def test_what_is_called_off_while_invitations_are_written_invites_nobody(town: Town) -> None:
    town.person("Bà")
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)

    def invite(db: Connection) -> None:
        invitees.send_invitations(db, pack=town.pack, tell=town.told, now=NOW)

    def call_off() -> None:
        town.do(holding.cancel, pack=town.pack, role=role, gathering_id=made.id, version=1, now=NOW, tell=town.told)

    beside(town, invite, call_off)
    states = town.do(lambda db: db.execute(select(deliveries.c.state)).scalars().all())
    assert states == ["cancelled"]


def test_an_evening_read_before_the_day_was_moved_is_not_said(town: Town) -> None:
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)
    town.do(
        holding.change, pack=town.pack, role=role, gathering_id=made.id, version=1,
        planned=planned(starts_at=NOW + days(20)), now=NOW, tell=town.told,
    )  # fmt: skip
    assert not town.do(seats.take_evening, known=made, now=NOW)


def test_who_says_no_hears_no_more_of_a_seat(town: Town) -> None:
    first, second = town.person("a"), town.person("b")
    made = hold(town, town.official("district_official", DISTRICT), seats=1)
    answer(town, made, first, "yes")
    answer(town, made, second, "yes", after=1)
    answer(town, made, first, "no", after=2)
    answer(town, made, second, "no", after=3)
    assert town.pending(second) == []
    assert state(town, made) == {first: "no", second: "no"}
    answer(town, made, first, "yes", after=4)
    assert state(town, made) == {first: "yes", second: "no"}


# --- a second official ------------------------------------------------------------------------------------------------


def few(town: Town, most: int = 2) -> None:
    town.pack = alone(town.pack, second_official_above=most)


def invite(town: Town) -> int:
    return town.do(invitees.send_invitations, pack=town.pack, tell=town.told, now=NOW).counts.get("invited", 0)


def decide(town: Town, act: Any, role: Role, made: Gathering, version: int = 1) -> Gathering:
    decided: Gathering = town.do(
        act, pack=town.pack, role=role, gathering_id=made.id, version=version, tell=town.told, now=NOW
    )
    return decided


def change(town: Town, role: Role, made: Gathering, version: int = 1, **changed: Any) -> Gathering:
    return town.do(
        holding.change, pack=town.pack, role=role, gathering_id=made.id, version=version, planned=planned(**changed),
        now=NOW, tell=town.told,
    )  # fmt: skip


def test_more_people_than_one_official_may_tell_alone_wait_for_a_second(town: Town) -> None:
    few(town)
    guests = [town.person(name) for name in "abc"]
    author, above = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    made = hold(town, author)
    assert (made.state, made.reasons, made.invited) == ("waiting", ("many",), 3)
    assert invite(town) == 0
    assert answer(town, made, guests[0], "yes") is None
    assert town.do(events.invitations_of, person_id=guests[0]) == ()
    assert [
        one.id for one in town.do(gathering_approvals.ask, pack=town.pack, known=made, tell=town.told, now=NOW)
    ] == [above.id]
    with pytest.raises(OwnApprovalError):
        decide(town, gathering_approvals.approve, author, made)
    assert decide(town, gathering_approvals.approve, above, made).state == "open"
    with pytest.raises(events.MovedOnError):
        decide(town, gathering_approvals.approve, above, made)
    assert invite(town) == 3
    acts = [row.act for row in town.do(audit.entries, noun="gathering", noun_id=made.id)]
    assert acts == ["event.invite", "event.approve"]


def test_few_people_at_a_time_are_as_many_in_a_day(town: Town) -> None:
    few(town)
    author = town.official("district_official", DISTRICT)
    for name in "ab":
        town.person(name)
    assert hold(town, author, place=COMMUNE).state == "open"
    town.person("c", place="19216")
    assert hold(town, author, place="19216").state == "waiting"
    assert hold(town, author, place=COMMUNE).state == "open"


def test_an_account_joined_meanwhile_is_the_same_official(town: Town) -> None:
    few(town)
    author, other = town.official("district_official", DISTRICT), town.official("district_official", DISTRICT)
    for name in "ab":
        town.person(name)
    made = hold(town, author, place=COMMUNE)
    town.do(attendance.note_taken, pack=town.pack, role=author, gathering_id=made.id, now=NOW, most=1)
    town.person("c", place="19216")
    town.do(linking.merge, keep=other.person_id, gone=author.person_id, now=NOW)
    assert hold(town, other, place="19216").state == "waiting"
    with pytest.raises(exports.EnoughTakenError):
        town.do(attendance.note_taken, pack=town.pack, role=other, gathering_id=made.id, now=NOW, most=1)


@pytest.mark.parametrize(
    ("role", "place"), [("district_official", OTHER_DISTRICT), ("commune_official", COMMUNE), ("admin", PROVINCE)]
)
def test_nobody_beside_or_below_is_the_second(town: Town, role: str, place: str) -> None:
    few(town, 0)
    town.person("a")
    made = hold(town, town.official("district_official", DISTRICT))
    other = town.official(role, place)
    with pytest.raises(NotAllowedError):
        decide(town, gathering_approvals.approve, other, made)
    assert town.do(gathering_approvals.for_approval, pack=town.pack, role=other, gathering_id=made.id, now=NOW) is None
    assert invite(town) == 0


def test_who_wrote_its_words_again_is_not_the_second_either(town: Town) -> None:
    few(town, 0)
    town.person("a")
    author, colleague = town.official("district_official", DISTRICT), town.official("district_official", DISTRICT)
    made = hold(town, author)
    changed = change(town, colleague, made, title="Tên khác")
    assert (changed.state, changed.version) == ("waiting", 2)
    for one in (author, colleague):
        with pytest.raises(OwnApprovalError):
            decide(town, gathering_approvals.approve, one, made, version=2)
    third = town.official("district_official", DISTRICT)
    with pytest.raises(events.MovedOnError):
        decide(town, gathering_approvals.approve, third, made, version=1)
    assert decide(town, gathering_approvals.approve, third, made, version=2).state == "open"


def test_two_accounts_that_became_one_are_no_two_officials(town: Town) -> None:
    few(town, 0)
    town.person("a")
    author, other = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    made = hold(town, author)
    town.do(linking.merge, keep=other.person_id, gone=author.person_id, now=NOW)
    with pytest.raises(OwnApprovalError):
        decide(town, gathering_approvals.approve, other, made)


def test_sent_back_it_may_be_mended_and_is_asked_again(town: Town) -> None:
    few(town, 0)
    town.person("a")
    author, above = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    made = hold(town, author)
    assert decide(town, gathering_approvals.refuse, above, made).state == "refused"
    assert (author.person_id, "taphuan.refused_told") in town.told
    assert change(town, author, made, title="Tên khác").state == "waiting"
    assert invite(town) == 0


def test_what_was_approved_keeps_its_words_and_may_be_moved(town: Town) -> None:
    few(town, 0)
    town.person("a")
    author, above = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    made = hold(town, author)
    decide(town, gathering_approvals.approve, above, made)
    with pytest.raises(holding.WordsStayError):
        change(town, author, made, venue="Nơi khác")
    moved = change(town, author, made, starts_at=NOW + days(12))
    assert (moved.state, moved.venue) == ("open", made.venue)
    assert invite(town) == 1


def test_words_that_lead_elsewhere_wait_for_a_second_official_whoever_is_invited(town: Town) -> None:
    town.person("a")
    made = hold(town, town.official("district_official", DISTRICT), venue="Gọi 0912 345 678")
    assert (made.state, made.reasons) == ("waiting", ("phone",))


# --- lists taken along ------------------------------------------------------------------------------------------------


def test_an_official_takes_so_many_lists_a_day_over_all_their_lists(town: Town) -> None:
    role, other = town.official("district_official", DISTRICT), town.official("district_official", DISTRICT)
    made = hold(town, role)

    def take(by: Role, after: float = 0) -> None:
        town.do(attendance.note_taken, pack=town.pack, role=by, gathering_id=made.id, now=NOW + days(after), most=2)

    def take_ideas(by: Role) -> None:
        town.do(office_list.note_taken, pack=town.pack, place=DISTRICT, by=by, now=NOW, most=2)

    take(role)
    take_ideas(role)
    for again in (take, take_ideas):
        with pytest.raises(exports.EnoughTakenError):
            again(role)
    take(other)
    take(role, after=1)
