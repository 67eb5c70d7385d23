"""The way a notice takes on a Zalo account: never dearer than allowed, never blocked without a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_oa.windows import Budget, Choice, Quota, ZaloOAFacts, choose

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
RICH = Budget(yearly_dong=2_000, spent_dong=0, reserve_dong=500)
FACTS = ZaloOAFacts()


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


WAYS = {
    # last word, quota, budget, template, other channel, critical → the way
    "within two days": (ago(hours=47), Quota(), RICH, True, True, False, "free"),
    "within two days, one reply left": (ago(hours=1), Quota(replies_left=1), RICH, True, True, False, "free"),
    "within two days, all replies used": (ago(hours=1), Quota(replies_left=0), RICH, True, False, False, "paid"),
    "on the edge of the two days": (ago(hours=47, minutes=56), Quota(), RICH, True, False, False, "paid"),
    "within the week": (ago(days=3), Quota(), RICH, True, False, False, "paid"),
    "within the week, the package pays": (ago(days=3), Quota(package_left=4), RICH, True, True, False, "free"),
    "within the week, another channel is free": (ago(days=3), Quota(), RICH, True, True, False, "other"),
    "within the week, critical goes where they spoke": (ago(days=3), Quota(), RICH, True, True, True, "paid"),
    "on the edge of the week": (ago(days=6, hours=23, minutes=56), Quota(), RICH, True, False, False, "template"),
    "after the week": (ago(days=8), Quota(package_left=9), RICH, True, False, False, "template"),
    "after the week, without a template": (ago(days=8), Quota(), RICH, False, False, False, "hold"),
    "after the week, without a template, elsewhere": (ago(days=8), Quota(), RICH, False, True, True, "other"),
    "never a word": (None, Quota(), RICH, True, False, False, "template"),
    "a word of tomorrow": (ago(hours=-3), Quota(), RICH, True, False, False, "free"),
    "the reserve is not for this": (ago(days=8), Quota(), replace(RICH, spent_dong=1_400), True, False, False, "hold"),
    "the reserve is for this": (ago(days=8), Quota(), replace(RICH, spent_dong=1_400), True, False, True, "template"),
    "nothing is left": (ago(days=8), Quota(), replace(RICH, spent_dong=1_900), True, False, True, "hold"),
    "too little for a template, enough for a message": (
        ago(days=3),
        Quota(),
        replace(RICH, spent_dong=1_400),
        True,
        False,
        False,
        "paid",
    ),
}


@pytest.mark.parametrize("row", WAYS)
def test_ways(row):
    last, quota, budget, template, other, critical, kind = WAYS[row]

    chosen = choose(
        now=NOW,
        last_interaction_at=last,
        quota=quota,
        budget=budget,
        template_available=template,
        other_channel=other,
        critical=critical,
    )

    assert chosen.kind == kind
    assert chosen.reason != ""


def test_every_way_has_a_row():
    assert {row[-1] for row in WAYS.values()} == {"free", "paid", "template", "other", "hold"}


def test_unlimited_replies_are_free_whatever_the_count_says():
    facts = ZaloOAFacts(free_replies=None)

    assert (
        choice_of({"quota": Quota(replies_left=0), "last_interaction_at": ago(hours=5), "facts": facts}).kind == "free"
    )


def test_an_office_may_pay_before_it_goes_elsewhere():
    facts = ZaloOAFacts(other_channel_before_paying=False)

    assert choice_of({"last_interaction_at": ago(days=3), "other_channel": True, "facts": facts}).kind == "paid"


def choice_of(given_values: dict) -> Choice:
    usual = {
        "now": NOW,
        "last_interaction_at": None,
        "quota": Quota(),
        "budget": RICH,
        "template_available": True,
        "other_channel": False,
        "critical": False,
    }
    return choose(**usual | given_values)


situations = st.fixed_dictionaries(
    {
        "last_interaction_at": st.none() | st.integers(-3, 24 * 20).map(lambda hours: NOW - timedelta(hours=hours)),
        "quota": st.builds(Quota, st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)),
        "budget": st.builds(Budget, st.integers(0, 3000), st.integers(0, 4000), st.integers(0, 1000)),
        "template_available": st.booleans(),
        "other_channel": st.booleans(),
        "critical": st.booleans(),
        "facts": st.builds(
            ZaloOAFacts,
            free_replies=st.sampled_from([None, 0, 8]),
            paid_dong=st.integers(0, 300),
            template_dong=st.integers(0, 500),
            other_channel_before_paying=st.booleans(),
        ),
    }
)


def age(situation: dict) -> timedelta | None:
    last = situation["last_interaction_at"]
    return None if last is None else max(NOW - last, timedelta()) + FACTS.margin


@given(situations)
def test_nothing_is_spent_beyond_the_budget_and_the_reserve_is_for_the_critical(situation):
    cost, budget = choice_of(situation).cost_dong, situation["budget"]
    limit = budget.yearly_dong - (0 if situation["critical"] else budget.reserve_dong)

    assert cost >= 0
    assert cost == 0 or budget.spent_dong + cost <= limit


@given(situations)
def test_only_paid_ways_cost_and_they_cost_their_price(situation):
    chosen, facts = choice_of(situation), situation["facts"]

    prices = {"paid": facts.paid_dong, "template": facts.template_dong}
    assert chosen.cost_dong == prices.get(chosen.kind, 0)


@given(situations)
def test_a_message_goes_inside_the_week_only_and_a_template_outside_only(situation):
    chosen, old = choice_of(situation), age(situation)
    inside = old is not None and old <= FACTS.window

    assert chosen.kind not in {"free", "paid"} or inside
    assert chosen.kind != "template" or (not inside and situation["template_available"])
    assert chosen.kind != "other" or situation["other_channel"]


@given(situations)
def test_a_notice_is_held_only_where_no_way_is_open(situation):
    if choice_of(situation).kind != "hold":
        return
    budget, facts, critical = situation["budget"], situation["facts"], situation["critical"]
    old = age(situation)
    inside = old is not None and old <= FACTS.window
    assert not situation["other_channel"]
    if inside:
        assert not budget.allows(facts.paid_dong, critical=critical)
        assert not situation["quota"].package_left
    else:
        assert not (situation["template_available"] and budget.allows(facts.template_dong, critical=critical))


@given(situations)
def test_more_money_never_closes_a_way(situation):
    budget = situation["budget"]
    richer = choice_of(situation | {"budget": replace(budget, yearly_dong=budget.yearly_dong + 10_000)})

    assert choice_of(situation).kind == "hold" or richer.kind != "hold"


@given(situations)
def test_what_is_critical_is_never_held_where_the_ordinary_goes(situation):
    ordinary, critical = (choice_of(situation | {"critical": it}) for it in (False, True))

    assert ordinary.kind == "hold" or critical.kind != "hold"


@given(situations)
def test_a_word_just_now_is_answered_free_of_charge(situation):
    fresh = situation | {"last_interaction_at": NOW, "quota": Quota()}

    assert situation["facts"].free_replies == 0 or choice_of(fresh).kind == "free"
