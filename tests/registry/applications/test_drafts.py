"""Drafts: which one is left alone, which one is nudged about, and the states each act may start from."""

import pytest

from registry.applications.drafts import State as Stage
from registry.applications.drafts import (
    Trigger,
    change,
    close_draft,
    draft,
    idle_drafts,
    leave_drafts,
    open_draft,
    open_drafts,
    place_begun,
    reopen_draft,
    save_draft,
    was_left,
)
from tests.registry.town import COMMUNE, NOW, OTHER_COMMUNE, Town, days


def begun(town: Town, person_id: str, at: float = 0, form: str = "idea") -> str:
    return town.do(open_draft, person_id=person_id, form=form, now=NOW + days(at)).key


def kept(town: Town, key: str, person_id: str):
    found = town.do(draft, key=key, person_id=person_id)
    assert found is not None
    return found


@pytest.mark.parametrize("left", [0, 1], ids=["the first", "the second"])
def test_leaving_one_of_two_drafts_leaves_the_other_waiting(town: Town, left: int) -> None:
    lai = town.person()
    both = begun(town, lai), begun(town, lai, 1)

    town.do(leave_drafts, person_id=lai, key=both[left], now=NOW + days(2))

    assert [town.do(was_left, key=key) for key in both] == [left == 0, left == 1]
    assert [one.key for one in town.do(idle_drafts, since=NOW, until=NOW + days(3))] == [both[1 - left]]


def test_leaving_all_leaves_the_drafts_of_others_waiting(town: Town) -> None:
    lai, hoa = town.person(), town.person()
    mine, theirs = [begun(town, lai), begun(town, lai)], begun(town, hoa)

    town.do(leave_drafts, person_id=lai, now=NOW + days(2))

    assert [town.do(was_left, key=key) for key in (*mine, theirs)] == [True, True, False]


def test_a_draft_that_is_continued_is_nudged_about_again(town: Town) -> None:
    lai = town.person()
    key = begun(town, lai)
    town.do(leave_drafts, person_id=lai, key=key, now=NOW)

    town.do(save_draft, draft=kept(town, key, lai), answers={}, waits_for=None, now=NOW + days(1))

    assert not town.do(was_left, key=key)


def test_drafts_of_one_form_are_not_those_of_another(town: Town) -> None:
    lai = town.person()
    idea, plan = begun(town, lai), begun(town, lai, 1, "plan")

    assert [one.key for one in town.do(open_drafts, person_id=lai, form="idea")] == [idea]
    assert [one.key for one in town.do(open_drafts, person_id=lai, form="plan")] == [plan]
    assert [one.key for one in town.do(open_drafts, person_id=lai)] == [plan, idea], "the latest first"


def test_of_two_drafts_the_place_of_the_later_one_is_known(town: Town) -> None:
    lai = town.person()
    for at, place in ((0, COMMUNE), (1, OTHER_COMMUNE)):
        one = kept(town, begun(town, lai, at), lai)
        town.do(save_draft, draft=one, answers={"place": place}, waits_for=None, now=NOW + days(at))
    begun(town, lai, 2)

    assert town.do(place_begun, person_id=lai) == OTHER_COMMUNE


def test_a_draft_is_idle_from_the_very_moment_and_of_two_only_the_later_counts(town: Town) -> None:
    lai, hoa = town.person(), town.person()
    begun(town, lai)
    later, of_hoa = begun(town, lai, 2), begun(town, hoa, 1)

    def idle(since: float, until: float) -> set[str]:
        return {one.key for one in town.do(idle_drafts, since=NOW + days(since), until=NOW + days(until))}

    assert idle(0, 2) == {of_hoa, later}
    assert idle(0, 1.9) == {of_hoa}, "who touched the later one is busy"
    assert idle(2, 3) == {later}
    assert idle(2.1, 3) == set()


def test_a_draft_that_was_reopened_counts_as_touched_then(town: Town) -> None:
    lai = town.person()
    key = begun(town, lai)

    assert town.do(close_draft, key=key, state="dropped", now=NOW + days(1)) is True
    assert (kept(town, key, lai).state, kept(town, key, lai).updated_at) == (Stage.DROPPED, NOW + days(1))
    town.do(reopen_draft, key=key, now=NOW + days(2))
    assert (kept(town, key, lai).state, kept(town, key, lai).updated_at) == (Stage.OPEN, NOW + days(2))


def test_a_submitted_draft_stays_submitted_whatever_is_tapped(town: Town) -> None:
    lai = town.person()
    key, other = begun(town, lai), begun(town, lai)
    assert town.do(close_draft, key=key, state="submitted", now=NOW + days(1)) is True

    for trigger in Trigger:
        assert town.do(change, key=key, trigger=trigger, now=NOW + days(2)) is False

    assert (kept(town, key, lai).state, kept(town, key, lai).updated_at) == (Stage.SUBMITTED, NOW + days(1))
    assert kept(town, other, lai).state is Stage.OPEN
