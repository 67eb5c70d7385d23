"""Refusals that only an operator can fix: no message is given up, others do not wait, and sending resumes by itself."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from bot.zalo import refusals as zalo_refusals
from bot.zalo.watch import Watch
from content.message import Message
from platforms.shared.script import broken_page
from platforms.zalo_oa.refusals import no
from registry.deliveries import deliveries
from registry.identity.linking import merge
from registry.people import people, roles
from registry.store.rows import deliveries as pending_rows
from tests.bot.street import LAN, MAI, OFFICIAL, TEMPLATE, Street, open_street, opened

QUARTER = timedelta(minutes=15, seconds=1)


@pytest.fixture
def oa(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    given: Mapping[str, Any] = getattr(request, "param", {})
    return given


@pytest.fixture
async def street(tmp_path: Path, oa: Mapping[str, Any]) -> AsyncIterator[Street]:
    async with open_street(tmp_path, **oa) as street:
        await street.says(street.lan, "/menu")
        yield street


def configured(**oa: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("oa", [{"yearly_dong": 3000, "template_status": TEMPLATE, **oa}], indirect=True)


def enqueue(street: Street, key: str, kind: str = "status", account: str = LAN, **more: Any) -> None:
    person_id = street.person_of("zalo_oa", account)
    street.do(
        deliveries.enqueue, key=key, person_id=person_id, kind=kind, message=Message(key), now=street.time.now(), **more
    )


def row(street: Street, key: str) -> Any:
    return street.do(lambda db: db.execute(select(pending_rows).where(pending_rows.c.key == key)).one())


async def quarter(street: Street) -> None:
    street.time.at += QUARTER
    await street.delivers()


def asked(street: Street, call: str = "message/cs") -> int:
    return len(street.oa.calls(call))


def watch(street: Street) -> Watch:
    house = street.house
    return Watch(
        house.store,
        house.channels["zalo_oa"].tokens,
        house.channels["zalo_oa"].bars,
        house=house.house,
        channels=house.channels,
        now=street.time.now,
        wake=house.pump.wake,
        troubles=house.troubles,
    )


@configured()
async def test_a_decision_waits_for_money_for_days_without_being_given_up(street: Street):
    street.oa.quota.balance = 0
    street.passes(days=3)
    enqueue(street, "status:x")
    await street.delivers()
    for _ in range(2):
        street.passes(hours=12)
        await quarter(street)

    found = row(street, "status:x")
    assert (found.state, found.attempts, found.detail[:4]) == ("owed", 0, "-321")
    street.oa.quota.balance = 1000
    await quarter(street)

    assert street.count(street.lan, "status:x") == 1
    assert row(street, "status:x").state == "sent"


@configured()
async def test_while_money_is_missing_what_is_free_goes_on_at_once(street: Street):
    street.oa.quota.balance = 0
    street.passes(days=3)
    enqueue(street, "status:x")
    await street.delivers()

    await street.says(street.lan, "/menu")

    assert len(street.texts(street.lan)) == 2


@configured()
async def test_what_is_known_to_be_refused_is_not_asked_for_again_before_a_quarter_of_an_hour(street: Street):
    others = [street.oa.person(str(7_000 + n), "Hoa", following=True) for n in range(20)]
    for one in others:
        event = await one.writes("/menu")
        street.do(people.meet, channel="zalo_oa", account=one.user_id, now=street.time.now())
        assert event
    street.oa.quota.balance = 0
    street.passes(days=3)
    before = asked(street)
    enqueue(street, "status:x")
    await street.delivers()
    for one in others:
        enqueue(street, f"status:{one.user_id}", account=one.user_id)
    await street.delivers()
    assert asked(street) == before + 1

    street.oa.quota.balance = 100_000
    await quarter(street)

    assert {row(street, f"status:{one.user_id}").state for one in others} == {"sent"}


@configured()
async def test_whoever_has_another_account_is_told_there_meanwhile(street: Street):
    gone, _ = street.do(people.meet, channel="telegram", account=str(MAI), now=street.time.now())
    street.do(merge, keep=street.person_of("zalo_oa", LAN), gone=gone.id, now=street.time.now())
    await street.says(street.lan, "/menu")
    street.oa.quota.balance = 0
    street.passes(days=3)
    enqueue(street, "status:x")
    await street.delivers()
    await quarter(street)
    enqueue(street, "status:y")
    await street.delivers()

    assert street.count(street.mai, "status:y") == 1


@configured()
async def test_a_template_that_is_approved_at_last_is_sent_by_itself(street: Street):
    street.oa.review(TEMPLATE, "pending")
    street.passes(days=9)
    enqueue(street, "status:x")
    await street.delivers()
    await quarter(street)
    assert (row(street, "status:x").state, row(street, "status:x").attempts) == ("owed", 0)

    street.oa.review(TEMPLATE)
    await quarter(street)

    assert (street.lan.last().kind, row(street, "status:x").state) == ("template", "sent")


@configured()
async def test_what_is_no_longer_true_when_it_is_mended_is_never_said(street: Street):
    street.oa.quota.balance = 0
    street.passes(days=3)
    enqueue(street, "reminder:x", "reminder", not_after=street.time.now() + timedelta(hours=1))
    await street.delivers()
    street.passes(hours=2)
    street.oa.quota.balance = 1000
    await quarter(street)

    assert (street.count(street.lan, "reminder:x"), row(street, "reminder:x").state) == (0, "expired")


async def test_an_announcement_that_waits_for_an_operator_is_news_for_a_month_only(street: Street):
    enqueue(street, "broadcast:x", "broadcast")
    street.oa.script("message/cs", no(-221))
    await street.delivers()

    assert row(street, "broadcast:x").not_after - street.time.now() <= deliveries.NEWS_LASTS


async def test_an_account_that_is_disabled_holds_answers_too_and_says_them_later(street: Street):
    street.oa.script("message/cs", *[no(-204)] * 3)
    await street.says(street.lan, "/menu")
    await street.says(street.lan, "/menu")
    assert len(street.texts(street.lan)) == 1

    for _ in range(4):
        await quarter(street)

    assert len(street.texts(street.lan)) == 3


@pytest.mark.parametrize("code", [-218, -211, -234])
async def test_what_is_refused_for_one_person_keeps_nobody_else_waiting(street: Street, code: int):
    street.oa.person("7001", "Hoa", following=True)
    street.do(people.meet, channel="zalo_oa", account="7001", now=street.time.now())
    enqueue(street, "status:x")
    street.oa.script("message/cs", no(code))
    await street.delivers()
    assert row(street, "status:x").due_at - street.time.now() > timedelta(hours=1)

    enqueue(street, "status:y", account="7001")
    await street.delivers()

    assert row(street, "status:y").state == "sent"


@configured()
async def test_the_operator_is_told_once_and_no_more_when_it_is_mended(street: Street):
    admin, _ = street.do(people.meet, channel="telegram", account=str(OFFICIAL), now=street.time.now())
    street.telegram.person(OFFICIAL, "Quản trị", started=True)
    street.do(
        roles.grant,
        person_id=admin.id,
        role="admin",
        place=street.house.house.pack.places.root.code,
        granted_by=roles.OPERATOR,
        now=street.time.now(),
    )
    street.oa.quota.balance = 0
    street.passes(days=3)
    enqueue(street, "status:x")
    await street.delivers()
    looking = watch(street)
    for _ in range(2):
        await looking.step()
        street.passes(hours=18)
        await quarter(street)

    heard = [one.text for one in street.telegram.person(OFFICIAL).sees()]
    assert len(heard) == 1
    assert "-321" in heard[0] and "ocopbot check" in heard[0]
    assert "Run: ocopbot check" in (await street.house.readiness())["troubles"]["zalo_oa"]
    assert REGISTRY.get_sample_value("ocopbot_zalo_oa_refused") == 1

    async with opened(street):  # a program that was stopped and started remembers
        again = watch(street)
        await again.step()
        assert "-321" in street.house.troubles["zalo_oa"]
        street.oa.quota.balance = 1000
        await quarter(street)
        await again.step()

        assert street.house.troubles == {}
        assert street.do(zalo_refusals.refused) == {}


@configured()
async def test_a_template_the_reviewers_reject_is_not_tried_until_they_approve_it(street: Street):
    street.oa.quota.balance = 1000
    street.passes(days=8)
    rejected = street.oa.review(TEMPLATE, "rejected")
    await street.house.intake.accept("zalo_oa", json.dumps(rejected).encode())
    await street.house.intake.settled()
    enqueue(street, "status:x")
    await street.delivers()
    waited = row(street, "status:x")
    await watch(street).step()
    told = street.house.troubles["zalo_oa"]

    approved = street.oa.review(TEMPLATE, "approved")
    await street.house.intake.accept("zalo_oa", json.dumps(approved).encode())
    await street.house.intake.settled()
    await quarter(street)

    assert (waited.state, waited.detail) == ("owed", f"-131 the template {TEMPLATE} is REJECTED")
    assert waited.detail in told
    assert (row(street, "status:x").state, asked(street, "message/template")) == ("sent", 1)


# Refusals for one person alone


async def test_who_was_over_a_quota_and_writes_again_is_answered(street: Street):
    street.oa.script("message/cs", no(-211))
    enqueue(street, "reply:x", "reply")
    await street.delivers()
    street.passes(minutes=1)

    await street.says(street.lan, "/menu")

    found = row(street, "reply:x")
    assert (found.state, found.detail[:4], len(street.texts(street.lan))) == ("owed", "-211", 2)
    street.passes(days=1)
    await street.delivers()
    assert street.count(street.lan, "reply:x") == 1


async def test_a_page_of_a_proxy_refuses_nothing(street: Street):
    street.oa.script("message/cs", broken_page(404))
    enqueue(street, "status:x")
    await street.delivers()

    found = row(street, "status:x")
    assert (found.state, found.attempts, found.detail) == ("owed", 0, "HTTP 404")
