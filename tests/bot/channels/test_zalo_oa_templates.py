"""Approved templates on the Zalo Official Account: who gets them, and what is refused before it costs."""

import pytest

from bot.channels.zalo_oa.templates import Notice, Template, faults_of
from content.message import BOLD, PLAIN, Choice, Message
from platforms.shared.script import lost_answer
from platforms.zalo_oa.templates import Param
from registry.deliveries.outcomes import Doubtful, Refused, Sent

from .zalo import HELLO, LAN

REMINDER = Template("123456", {"name": "name", "deadline": "date", "product": "product"})
VALUES = {"name": "Nguyễn Thị Lan", "deadline": "31/12/2026", "product": "Khoai deo Hải Ninh"}


@pytest.fixture
def reminder(zalo_oa):
    zalo_oa.server.quota.balance = 1_000
    return zalo_oa.server.templates.add(
        REMINDER.id, "<name>, hạn <deadline>: <product>", {"deadline": Param("date"), "product": Param("product")}
    )


async def test_a_template_reaches_a_follower(zalo_oa, reminder):
    outcome = await zalo_oa.channel.send_template(LAN, REMINDER, VALUES)

    (sent,) = zalo_oa.server.sent
    assert outcome == Sent(sent.message_id)
    assert sent.text == "Nguyễn Thị Lan, hạn 31/12/2026: Khoai deo Hải Ninh"


async def test_a_template_whose_answer_was_lost_is_not_sent_again(zalo_oa, reminder):
    zalo_oa.server.script("message/template", lost_answer())

    outcome = await zalo_oa.channel.send_template(LAN, REMINDER, VALUES)

    assert isinstance(outcome, Doubtful)
    assert len(zalo_oa.server.calls("message/template")) == 1


async def test_a_template_with_a_dead_token_is_sent_once(zalo_oa, reminder):
    zalo_oa.server.tokens.remove_access()

    outcome = await zalo_oa.channel.send_template(LAN, REMINDER, VALUES)

    assert isinstance(outcome, Sent)
    assert (len(zalo_oa.server.sent), zalo_oa.server.tokens.refreshes) == (1, 1)


REMINDING = Notice(Template("777", {"loi": "product"}), "loi")
LONG = "Chậm nhất thứ Sáu 8/10 phải nộp hồ sơ. " * 4 + "Còn chỗ này thì dài dòng mà không hết câu " * 5
SPOKEN = {
    "a short notice": (f"Chậm nhất {BOLD}thứ Sáu{PLAIN}\n8/10", "Chậm nhất thứ Sáu 8/10"),
    "a long one ends with a sentence": (LONG, ("Chậm nhất thứ Sáu 8/10 phải nộp hồ sơ. " * 4).strip()),
    "a long one without sentences ends with a word": ("chín chữ " * 60, ("chín chữ " * 22).strip() + "…"),
    "one word without end": ("x" * 300, "x" * 199 + "…"),
}


@pytest.mark.parametrize("row", SPOKEN)
async def test_a_notice_outside_the_window_is_said_by_its_template(zalo_oa, row):
    text, said = SPOKEN[row]
    zalo_oa.server.templates.add("777", "Trợ lý OCOP: <loi>", {"loi": Param("product")})
    zalo_oa.server.quota.balance = 1_000
    zalo_oa.channel.notices = {"reminder": REMINDING}
    zalo_oa.time.passes(days=9)

    outcome = await zalo_oa.channel.send_as_template(LAN, "reminder", Message(text, (Choice("Xem", "/xem"),)))

    assert isinstance(outcome, Sent)
    assert [one.text for one in zalo_oa.server.sent] == [f"Trợ lý OCOP: {said}"]


async def test_a_notice_without_a_template_is_refused_and_nothing_is_sent(zalo_oa):
    assert isinstance(await zalo_oa.channel.send_as_template(LAN, "status", HELLO), Refused)
    assert zalo_oa.server.requests == []


WRONG = {
    "a name too long": VALUES | {"name": "L" * 31},
    "a product too long": VALUES | {"product": "L" * 201},
    "a day that is none": VALUES | {"deadline": "31/02/2026"},
    "a day written otherwise": VALUES | {"deadline": "2026-12-31"},
    "a value that is missing": {"name": "Lan", "deadline": "31/12/2026"},
    "a value without words": VALUES | {"name": "  "},
    "a parameter that is not there": VALUES | {"note": "x"},
}


@pytest.mark.parametrize("row", WRONG)
async def test_wrong_values_are_refused_before_they_cost(zalo_oa, reminder, row):
    assert isinstance(await zalo_oa.channel.send_template(LAN, REMINDER, WRONG[row]), Refused)
    assert zalo_oa.server.requests == []


def test_a_day_may_have_an_hour():
    assert faults_of(REMINDER, VALUES | {"deadline": "08:00 31/12/2026"}) == ()
