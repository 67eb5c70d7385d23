"""An announcement taken up by its author: withdrawn, kept, put back as it was."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from content.message import Message
from registry.broadcasts.audiences import Wanted
from registry.broadcasts.broadcasts import Broadcast, Draft, MovedOnError, one
from registry.broadcasts.edits import edit_of, keep_edit, left_edits, put_back, take_up, turn_away
from registry.broadcasts.handing_in import approve, hand_in, hand_in_again
from registry.broadcasts.running import again, cancel_broadcast, pause, resume
from registry.people.roles import NotAllowedError, Role
from registry.store.rows import broadcasts, deliveries
from tests.announced import alone
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, Town, days

HOLD = timedelta(minutes=5)
HOUR = timedelta(hours=1)
PLAIN, LINK = "Sáng thứ Hai họp ở nhà văn hóa", "Bà con đăng ký tại ocop.gov.vn nhé"


def handed(town: Town, role: Role, text: str = PLAIN, at=None, now=NOW) -> Broadcast:
    draft = Draft(text, lambda number: Message(f"{number} {text}"), at)
    return town.do(hand_in, pack=town.pack, role=role, wanted=Wanted(COMMUNE), draft=draft, now=now, tell=town.told)


def taken(town: Town, role: Role, made: Broadcast, now=NOW, version: int = 1) -> Broadcast:
    return town.do(take_up, role=role, broadcast_id=made.id, version=version, now=now)


def back(town: Town, role: Role, made: Broadcast, now=NOW, version: int = 1) -> Broadcast:
    return town.do(put_back, pack=town.pack, role=role, broadcast_id=made.id, version=version, now=now, tell=town.told)


def pending(town: Town, made: Broadcast) -> list[tuple[str, object]]:
    query = select(deliveries.c.state, deliveries.c.due_at).where(deliveries.c.broadcast_id == made.id)
    return [tuple(row) for row in town.do(lambda db: db.execute(query).all())]


@pytest.fixture
def author(town: Town) -> Role:
    town.person()
    return town.official("commune_official", COMMUNE)


def test_taken_up_and_put_back_it_is_exactly_what_it_was(town: Town, author: Role) -> None:
    made = handed(town, author, at=NOW + HOUR)
    before = pending(town, made)

    assert taken(town, author, made).state == "editing"
    assert taken(town, author, made).state == "editing"
    assert [state for state, _ in pending(town, made)] == ["paused"]

    assert back(town, author, made, NOW + HOLD) == made
    assert pending(town, made) == before


def test_an_approved_one_put_back_before_its_hour_keeps_its_approval(town: Town, author: Role) -> None:
    second = town.official("district_official", DISTRICT)
    made = handed(town, author, LINK, at=NOW + HOUR)
    going = town.do(
        approve, pack=town.pack, broadcast_id=made.id, version=1, people=1, role=second, now=NOW, tell=town.told
    )
    taken(town, author, made)

    assert back(town, author, made) == going


def test_an_approved_one_put_back_after_the_morning_it_was_put_off_to_can_still_be_stopped(
    town: Town, author: Role
) -> None:
    second = town.official("district_official", DISTRICT)
    evening = NOW + timedelta(hours=14)
    made = handed(town, author, LINK, now=evening)
    town.do(
        approve, pack=town.pack, broadcast_id=made.id, version=1, people=1, role=second, now=evening, tell=town.told
    )
    taken(town, author, made, evening)

    again_at = NOW + days(1)
    assert back(town, author, made, again_at).due_at == again_at + HOLD


@pytest.mark.parametrize("who", ["colleague", "above"])
def test_only_its_author_takes_it_up_or_puts_it_back(town: Town, author: Role, who: str) -> None:
    place = {"colleague": ("commune_official", COMMUNE), "above": ("district_official", DISTRICT)}[who]
    other = town.official(*place)
    made = handed(town, author, at=NOW + HOUR)
    with pytest.raises(NotAllowedError):
        taken(town, other, made)
    taken(town, author, made)
    with pytest.raises(NotAllowedError):
        back(town, other, made)


def test_what_left_or_was_stopped_is_not_taken_up(town: Town, author: Role) -> None:
    made = handed(town, author)
    with pytest.raises(MovedOnError):
        taken(town, author, made, NOW + HOLD)
    with pytest.raises(MovedOnError):
        taken(town, author, made, version=2)
    town.do(cancel_broadcast, broadcast_id=made.id, role=author, pack=town.pack, now=NOW)
    with pytest.raises(MovedOnError):
        taken(town, author, made)


def test_a_message_that_is_being_sent_right_now_is_not_taken_up(town: Town, author: Role) -> None:
    made = handed(town, author)
    town.do(lambda db: db.execute(deliveries.update().values(state="claimed")))

    with pytest.raises(MovedOnError):
        taken(town, author, made)


def test_while_it_is_edited_it_is_neither_paused_nor_resumed_nor_sent_again(town: Town, author: Role) -> None:
    made = handed(town, author)
    taken(town, author, made)
    for act in (pause, resume):
        assert town.do(act, broadcast_id=made.id, role=author, pack=town.pack, now=NOW) == 0
    assert town.do(again, pack=town.pack, broadcast_id=made.id, role=author, which="failed", now=NOW) == 0

    assert [state for state, _ in pending(town, made)] == ["paused"]


def test_put_back_late_it_does_not_pass_the_limit_of_one_official(town: Town, author: Role) -> None:
    town.pack = alone(town.pack, alone_a_day=1)
    made = handed(town, author)
    taken(town, author, made)
    later = NOW + days(2)  # it no longer counts as one of today
    other = handed(town, author, "Chiều nay họp ở trường học", now=later)
    assert other.state == "going"

    assert back(town, author, made, later + HOLD).state == "editing"
    assert [state for state, _ in pending(town, made)] == ["paused"]


def test_the_text_typed_so_far_is_sealed_and_gone_with_the_edit(town: Town, author: Role) -> None:
    made = handed(town, author)
    taken(town, author, made)
    town.do(turn_away, broadcast_id=made.id, person_id="somebody")
    town.do(keep_edit, broadcast_id=made.id, version=1, data={"text": "Nội dung mới"}, now=NOW)
    sealed = town.do(lambda db: db.execute(select(broadcasts.c.edit_sealed)).scalar_one())
    assert "Nội dung mới".encode() not in sealed
    edit = town.do(edit_of, made.id)
    assert (edit.data, edit.turned_away) == ({"text": "Nội dung mới"}, ("somebody",))

    back(town, author, made)
    town.do(keep_edit, broadcast_id=made.id, version=1, data={"text": "Quá muộn"}, now=NOW)

    assert town.do(lambda db: db.execute(select(broadcasts.c.edit_sealed)).scalar_one()) is None


@pytest.mark.parametrize("ends", ["handed in", "stopped"])
def test_an_edit_that_ended_leaves_nothing_behind(town: Town, author: Role, ends: str) -> None:
    made = handed(town, author)
    taken(town, author, made)
    town.do(keep_edit, broadcast_id=made.id, version=1, data={"text": "Nội dung mới"}, now=NOW)
    if ends == "stopped":
        town.do(cancel_broadcast, broadcast_id=made.id, role=author, pack=town.pack, now=NOW)
    else:
        town.do(
            hand_in_again, pack=town.pack, role=author, broadcast_id=made.id, version=1,
            draft=Draft("Nội dung mới", Message), wanted=Wanted(COMMUNE), now=NOW, tell=town.told,
        )  # fmt: skip
    kept = select(broadcasts.c.taken_from, broadcasts.c.edited_at, broadcasts.c.edit_sealed)

    assert tuple(town.do(lambda db: db.execute(kept).one())) == (None, None, None)
    assert town.do(left_edits, now=NOW + days(3)) == ()


def test_the_author_is_recalled_after_half_an_hour_at_the_hour_it_had_and_after_a_day(town: Town, author: Role) -> None:
    made = handed(town, author, at=NOW + 2 * HOUR)
    taken(town, author, made)

    def moments(after: timedelta) -> list[timedelta]:
        return [left.moment - NOW for left in town.do(left_edits, now=NOW + after)]

    assert moments(timedelta(minutes=29)) == []
    assert moments(timedelta(minutes=30)) == [timedelta(minutes=30)]
    assert moments(2 * HOUR) == [2 * HOUR]
    assert moments(days(1)) == [days(1)]
    assert moments(days(30)) == [days(1)]


def test_an_edit_beyond_ones_place_is_refused_when_it_is_handed_in(town: Town, author: Role) -> None:
    made = handed(town, author, at=NOW + HOUR)
    taken(town, author, made)
    with pytest.raises(NotAllowedError):
        town.do(
            hand_in_again, pack=town.pack, role=author, broadcast_id=made.id, version=1,
            draft=Draft(PLAIN, Message), wanted=Wanted(OTHER_COMMUNE), now=NOW, tell=town.told,
        )  # fmt: skip

    known = town.do(one, made.id)
    assert known is not None
    assert known.state == "editing"
