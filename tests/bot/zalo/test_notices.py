"""Decisions, reminders and announcements on Zalo: free, for money, by template, elsewhere, or when they write."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.channel import Words
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.rendering import parts_of
from bot.zalo.routing import most_parts
from content.message import Attachment, Choice, Message
from platforms.shared.script import lost_answer
from platforms.zalo_oa.refusals import no
from registry.deliveries import deliveries
from registry.deliveries import routing as ways
from registry.deliveries.claims import claim_ready
from registry.deliveries.keys import Key, Subject, application_status
from registry.deliveries.numbering import shown_notices
from registry.deliveries.reaching import Foreseen, foresee
from registry.deliveries.routing import WaysCount
from registry.deliveries.states import Reason
from registry.identity.linking import merge
from registry.people import people
from tests.bot.street import AN, LAN, MAI, OFFICIAL, TEMPLATE, Street, open_street, opened

WORDS = "Mời bà con họp lúc 8 giờ thứ Sáu."
DECIDED = "chấp nhận"


@pytest.fixture
def oa(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """The configuration of the account, and under `platform` how its server plays."""
    given: Mapping[str, Any] = getattr(request, "param", {})
    return given


@pytest.fixture
async def street(tmp_path: Path, oa: Mapping[str, Any]) -> AsyncIterator[Street]:
    async with open_street(tmp_path, **oa) as street:
        yield street


def configured(**oa: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("oa", [oa], indirect=True)


def spent(street: Street) -> int:
    account, _ = street.do(ways.last_word, channel="zalo_oa", account=LAN) or ("", None)
    return street.do(ways.spent, account_id=account, year=street.time.now().year)


def enqueue(street: Street, key: Key | str, text: str, kind: str = "status") -> None:
    person_id = street.person_of("zalo_oa", LAN)
    street.do(deliveries.enqueue, key=key, person_id=person_id, kind=kind, message=Message(text), now=street.time.now())


async def also_on_telegram(street: Street) -> None:
    """The person on Zalo has an account on Telegram too, but spoke on Zalo last."""
    gone, _ = street.do(people.meet, channel="telegram", account=str(MAI), now=street.time.now())
    street.do(merge, keep=street.person_of("zalo_oa", LAN), gone=gone.id, now=street.time.now())
    await street.says(street.lan, "/menu")


async def test_a_decision_within_two_days_of_their_word_is_free(street: Street):
    await street.registers(street.lan)
    street.passes(days=1)

    await street.decides(street.official())

    assert DECIDED in street.lan.last().text
    assert street.lan.last().paid_by == "reply"
    assert (spent(street), street.oa.quota.spent) == (0, 0)


@configured(yearly_dong=1000)
async def test_a_decision_within_the_week_is_paid_and_what_it_cost_is_written_down(street: Street):
    await street.registers(street.lan)
    street.passes(days=3)

    await street.decides(street.official())

    assert DECIDED in street.lan.last().text
    assert (spent(street), street.oa.quota.spent) == (55, 55)


@configured(yearly_dong=1000, platform={"package_quota": 5})
async def test_what_the_package_pays_is_not_counted_as_spent(street: Street):
    await street.registers(street.lan)
    street.passes(days=3)

    await street.decides(street.official())

    assert street.lan.last().paid_by == "sub_quota"
    assert (spent(street), street.oa.quota.spent) == (0, 0)


@configured(yearly_dong=1000, template_status=TEMPLATE)
async def test_a_decision_after_a_week_takes_the_approved_template(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)

    await street.decides(street.official())

    assert street.lan.last().kind == "template"
    assert DECIDED in street.lan.last().text
    assert (spent(street), street.oa.quota.spent) == (216, 216)


@configured(yearly_dong=1000, template_status=TEMPLATE)
async def test_what_a_template_said_is_answered_by_its_label_and_by_no_number(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)
    await street.decides(street.official())
    decided = street.time.now()

    notices = street.do(shown_notices, person_id=street.person_of("zalo_oa", LAN), since=decided - timedelta(minutes=5))
    assert [(one.first, one.choices[0].label) for one in notices] == [(0, "Xem hồ sơ")]
    await street.says(street.lan, "dạ xem hồ sơ ạ")

    assert "YT-2021-000001-W" in street.lan.last().text


async def test_without_money_a_decision_goes_to_the_other_account(street: Street):
    await street.registers(street.lan)
    await also_on_telegram(street)
    street.passes(days=8)

    await street.decides(street.official())

    assert street.count(street.mai, DECIDED) == 1
    assert street.ledger("status")[-1] == ("telegram", "sent", None)


async def test_what_has_no_way_is_held_with_its_reason_and_said_once_when_they_write(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)
    await street.decides(street.official())
    assert street.ledger("status")[-1] == (
        "zalo_oa", "held", "outside the window, and there is no approved template",
    )  # fmt: skip

    await street.says(street.lan, "/menu")
    await street.says(street.lan, "/menu")

    assert street.count(street.lan, DECIDED) == 1
    assert street.ledger("status")[-1][1] == "sent"


def foreseen(street: Street, channel: str, account: str) -> Foreseen:
    """How a decision would reach this person now, as an official is told."""
    person_id = street.person_of(channel, account)
    forecasts = street.house.house.forecasts
    found = street.do(
        foresee, person_id=person_id, message=Message(DECIDED), forecasts=forecasts, now=street.time.now()
    )
    return found.how


async def test_what_an_official_is_told_of_a_decision_is_how_it_then_goes(street: Street):
    await street.registers(street.lan)
    assert foreseen(street, "zalo_oa", LAN) is Foreseen.NOW
    street.passes(days=8)
    assert foreseen(street, "zalo_oa", LAN) is Foreseen.WHEN_THEY_WRITE

    await street.decides(street.official())

    assert street.ledger("status")[-1][:2] == ("zalo_oa", "held")
    assert spent(street) == 0


@configured(yearly_dong=1000, template_status=TEMPLATE)
async def test_an_approved_wording_is_foreseen_as_a_short_message_and_reserves_nothing(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)

    assert foreseen(street, "zalo_oa", LAN) is Foreseen.SHORTENED
    assert spent(street) == 0


async def test_what_goes_to_the_other_account_is_foreseen_there(street: Street):
    await street.registers(street.lan)
    await also_on_telegram(street)
    street.passes(days=8)

    assert foreseen(street, "zalo_oa", LAN) is Foreseen.NOW


async def test_a_used_up_plan_and_a_lost_consent_are_foreseen_as_later(street: Street):
    await street.says(street.an, "/menu")
    await street.registers(street.lan)
    assert foreseen(street, "zalo_bot", AN) is Foreseen.NOW
    bot, oa = street.house.channel(ZaloBotChannel), street.house.channel(ZaloOAChannel)
    assert bot is not None
    assert oa is not None

    bot.plan.monthly = bot.plan.sent
    oa.bars.shut("account", "-216")

    assert foreseen(street, "zalo_bot", AN) is Foreseen.LATER
    assert foreseen(street, "zalo_oa", LAN) is Foreseen.LATER


async def test_the_official_is_told_to_call_whom_zalo_lets_nobody_write_to(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)
    street.official()
    officer = street.telegram.person(OFFICIAL)

    await street.house.intake.accept(
        "telegram", json.dumps(await officer.writes(f"/quyet {street.idea().code} 1 accept")).encode()
    )
    await street.house.intake.settled()
    await street.delivers()

    told = officer.sees()[-1].text
    assert "chỉ cho em gửi khi họ nhắn lại" in told
    assert "0912 345 678" in told
    assert street.ledger("status")[-1][:2] == ("zalo_oa", "held")


async def test_what_is_held_comes_on_whichever_account_they_write_from(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)
    await street.decides(street.official())
    gone, _ = street.do(people.meet, channel="telegram", account=str(MAI), now=street.time.now())
    street.do(merge, keep=street.person_of("zalo_oa", LAN), gone=gone.id, now=street.time.now())

    await street.says(street.mai, "/menu")

    assert street.count(street.mai, DECIDED) == 1


async def test_the_platform_closing_its_window_before_our_clock_does_is_no_error(street: Street):
    await street.registers(street.lan)
    assert street.lan.last_interaction is not None
    street.lan.last_interaction -= 8 * 24 * 3600

    await street.decides(street.official())

    channel, state, reason = street.ledger("status")[-1]
    assert (channel, state) == ("zalo_oa", "held")
    assert reason is not None and "-230" in reason


async def test_a_held_announcement_is_no_news_after_a_month_and_is_never_said(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)
    await street.announces(street.official(), WORDS)
    assert street.ledger("broadcast")[0][1] == "held"
    street.passes(days=31)

    await street.says(street.lan, "/menu")

    assert street.count(street.lan, WORDS) == 0
    assert street.ledger("broadcast")[0][1:] == ("expired", "the end of what was said to many has passed")


async def test_what_nobody_came_for_in_time_is_closed_by_the_housekeeping(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)
    await street.announces(street.official(), WORDS)
    street.passes(days=31)

    await street.works()

    assert street.ledger("broadcast")[0][1] == "expired"


@pytest.mark.parametrize("words", ["/dung", "/tamdung 7", "/dulieu rut chac", "/dulieu xoa chac"])
async def test_what_they_want_no_more_is_not_said_though_it_was_held(street: Street, words: str):
    await street.registers(street.lan)
    street.passes(days=8)
    await street.announces(street.official(), WORDS)

    await street.says(street.lan, words)
    await street.says(street.lan, "/menu")

    assert street.count(street.lan, WORDS) == 0
    assert street.ledger("broadcast")[0][1] == "cancelled"


async def test_of_decisions_that_were_held_only_the_newest_is_said(street: Street):
    await street.registers(street.lan)
    street.passes(days=8)
    enqueue(street, application_status("x", 1, "y"), "Tin cũ")
    await street.delivers()
    assert street.do(deliveries.cancel, subject=Subject.APPLICATION, subject_id="x", reason=Reason.SUPERSEDED) == 1

    await street.says(street.lan, "/menu")

    assert street.count(street.lan, "Tin cũ") == 0


@configured(yearly_dong=1000)
async def test_a_paid_message_whose_answer_was_lost_is_not_repeated(street: Street):
    await street.registers(street.lan)
    street.passes(days=3)
    street.oa.script("message/cs", lost_answer())

    await street.decides(street.official())
    street.passes(hours=7)
    await street.works()

    assert street.count(street.lan, DECIDED) == 1
    assert street.ledger("status")[-1][1] == "doubtful"
    assert (spent(street), street.oa.quota.spent) == (55, 55)


async def test_a_free_message_whose_answer_was_lost_is_said_again(street: Street):
    await street.registers(street.lan)
    street.oa.script("message/cs", lost_answer())

    await street.decides(street.official())
    street.passes(hours=1)
    await street.works()

    assert street.count(street.lan, DECIDED) == 2


@configured(yearly_dong=1000)
async def test_a_paid_message_under_way_when_the_program_was_killed_is_left_to_a_person(street: Street):
    await street.registers(street.lan)
    street.passes(days=3)
    enqueue(street, "status:x:1:y", "Tin trả tiền")
    street.do(_claimed_and_reserved, street=street)

    async with opened(street):
        await street.delivers()

        assert street.count(street.lan, "Tin trả tiền") == 0
        assert street.ledger("status")[-1][1] == "doubtful"
        assert spent(street) == 55


def _claimed_and_reserved(db: Any, *, street: Street) -> None:
    """Write the rows a sender writes before a paid message, then die."""
    now = street.time.now()
    (pending,) = claim_ready(db, channel="zalo_oa", now=now, limit=1, bulk=1, lease=timedelta(minutes=5))
    account, _ = ways.last_word(db, channel="zalo_oa", account=LAN) or ("", None)
    ways.reserve(db, delivery_id=pending.id, account_id=account, year=now.year, dong=55, now=now)


@configured(yearly_dong=1000)
async def test_a_paid_message_that_was_refused_before_costs_once(street: Street):
    await street.registers(street.lan)
    street.passes(days=3)
    street.oa.script("message/cs", no(-32))

    await street.decides(street.official())
    assert spent(street) == 0
    street.passes(minutes=2)
    async with opened(street):
        await street.delivers()

        assert street.count(street.lan, DECIDED) == 1
        assert (spent(street), street.oa.quota.spent) == (55, 55)


@configured(yearly_dong=1000, free_replies=4, platform={"free_replies": 4})
async def test_a_long_message_is_as_many_free_replies_as_the_platform_makes_of_it(street: Street):
    await street.says(street.lan, "/menu")  # its answer is the first of four
    long = "Một dòng dài. " * 300  # three pieces
    enqueue(street, "status:x:1:y", long)
    await street.delivers()
    assert spent(street) == 0

    enqueue(street, "status:x:2:y", "Tin thứ năm")
    await street.delivers()

    assert street.lan.last().paid_by == "charged"
    assert (spent(street), street.oa.quota.spent) == (55, 55)


@configured(yearly_dong=1000, free_replies=2, platform={"free_replies": 2})
async def test_of_a_long_message_only_what_is_beyond_the_free_replies_is_paid(street: Street):
    await street.says(street.lan, "/menu")
    enqueue(street, "status:x:1:y", "Một dòng dài. " * 300)
    await street.delivers()

    assert (spent(street), street.oa.quota.spent) == (110, 110)


@configured(yearly_dong=100, reserve_dong=55)
async def test_announcements_leave_the_reserve_to_decisions_and_nothing_is_spent_beyond_the_year(street: Street):
    await street.registers(street.lan)
    street.passes(days=3)
    role = street.official()

    await street.announces(role, WORDS)
    assert street.ledger("broadcast")[0][1:] == ("held", "the free hours are over, and the budget is used up")
    await street.decides(role)
    enqueue(street, "status:~:1:y", "Một tin nữa")  # listed behind every id
    await street.delivers()

    assert (spent(street), street.oa.quota.spent) == (55, 55)
    assert street.ledger("status")[-1][1] == "held"


@configured(yearly_dong=1000, template_broadcast=TEMPLATE)
@pytest.mark.parametrize("days", [1, 3, 8])
async def test_the_estimate_before_an_announcement_is_what_it_then_costs(street: Street, days: int):
    await street.registers(street.lan)
    known, _ = street.do(people.meet, channel="telegram", account=str(MAI), now=street.time.now())
    street.do(people.set_preference, person_id=known.id, place="19213")
    role = street.official()
    street.passes(days=days)
    audience = (street.person_of("zalo_oa", LAN), known.id)
    estimate = street.house.house.ways
    assert estimate is not None

    told = street.do(lambda db: estimate(db, audience, street.time.now()))
    sent = await street.announces(role, WORDS)

    expected = {1: WaysCount(free=2), 3: WaysCount(free=1, paid=1, dong=55), 8: WaysCount(free=1, template=1, dong=216)}
    assert told == expected[days]
    assert street.do(ways.spent_on, broadcast_id=sent) == street.oa.quota.spent == told.dong


@pytest.mark.parametrize("accounts", [1, 2])
async def test_the_estimate_counts_who_gets_it_elsewhere_and_who_when_they_write(street: Street, accounts: int):
    await street.says(street.lan, "/menu")
    if accounts == 2:
        await also_on_telegram(street)
        await street.says(street.lan, "/menu")
    estimate = street.house.house.ways
    assert estimate is not None
    street.passes(days=8)

    audience = (street.person_of("zalo_oa", LAN),)
    told = street.do(lambda db: estimate(db, audience, street.time.now()))

    assert told == (WaysCount(held=1) if accounts == 1 else WaysCount(other_channel=1))


@pytest.mark.parametrize(
    "message",
    [
        Message("Ngắn"),
        Message("Một dòng dài. " * 300, (Choice("Có", "/co"),)),
        Message("", attachments=(Attachment("document", "a", "a.pdf"),)),
        Message("Ảnh", attachments=(Attachment("photo", "b", "b.jpg"),)),
        Message(
            "Ảnh", (Choice("Có", "/co"),), (Attachment("photo", "b", "b.jpg"), Attachment("document", "a", "a.pdf"))
        ),
        Message("Số nào?", ask="contact"),
        Message("Số nào?", (Choice("Để sau", "/boqua"),), ask="contact"),
    ],
)
def test_no_message_is_more_than_was_reckoned_with(message: Message):
    files = {"a": b"%PDF-1.7 giay to", "b": b"\xff\xd8\xff\xe0" + b"tam" * 50}
    planned = parts_of(message, files, Words("Gửi số", "Gửi vị trí", "{name}"), asks=True)

    assert 0 < len(planned) <= most_parts(message)


async def test_while_an_official_answers_by_hand_the_bot_leaves_the_words_to_them(street: Street):
    await street.says(street.lan, "/dangky")
    await street.says(street.lan, "1")
    asked = len(street.lan.sees())
    street.oa.staff_writes(street.lan, "Chị gửi giúp em giá bán nhé.")
    echo = next(one for one in reversed(street.oa.events.history) if one["event_name"] == "oa_send_text")
    await street.did(street.lan, echo)

    await street.says(street.lan, "35 nghìn một hũ")
    silent = len(street.lan.sees()) == asked + 1
    await street.says(street.lan, "/tieptuc")
    commanded = street.lan.last().text
    street.passes(minutes=31)
    await street.says(street.lan, "Khoai deo")

    assert silent
    assert "Câu 1/7" in commanded
    assert "Câu 2/7" in street.lan.last().text


@pytest.mark.parametrize("days", [1, 9])
async def test_a_reminder_arrives_within_the_window_and_is_said_again_when_they_write_after_it(
    street: Street, days: int
):
    await street.registers(street.lan)
    street.passes(days=days)
    enqueue(street, "reminder:x", "Còn 3 ngày là hết hạn.", kind="reminder")
    await street.delivers()
    if days > 7:
        assert street.ledger("reminder")[0][1] == "held"
        await street.says(street.lan, "/menu")

    assert street.count(street.lan, "Còn 3 ngày") == 1
