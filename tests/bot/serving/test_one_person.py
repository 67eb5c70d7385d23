"""One person on Telegram and on Zalo, before the strict local servers of both: one draft, one word, one file."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from content.message import Message
from registry.deliveries import deliveries
from registry.people import people
from registry.people.people import person
from tests.bot.street import ANSWERS, LAN, MAI, OFFICIAL, PHONE, Street, open_street

WORDS = "Mời bà con họp lúc 8 giờ thứ Sáu."


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with open_street(tmp_path) as opened:
        yield opened


async def link(street: Street) -> None:
    """The one on Telegram asks for a code, the one on Zalo types it and says it is them."""
    await street.says(street.mai, "/lienket")
    lines = [line for text in street.texts(street.mai) for line in text.splitlines()]
    code = [line for line in lines if line.startswith("/lienket ")][-1]
    await street.says(street.lan, code)
    assert "chung một chỗ" in await street.presses(street.lan, "Đúng là tôi, nối lại")


def one_person(street: Street) -> bool:
    return street.person_of("telegram", str(MAI)) == street.person_of("zalo_oa", LAN)


async def begin(street: Street, who: object, answers: int) -> str:
    await street.says(who, "/dangky")
    last = await street.says(who, "Đồng ý")
    for words in ANSWERS[:answers]:
        last = await street.says(who, words)
    return last


async def test_a_draft_begun_on_telegram_is_finished_on_zalo_at_the_next_question(street: Street):
    assert "Câu 4/7" in await begin(street, street.mai, 3)
    await link(street)

    assert "Câu 4/7" in await street.says(street.lan, "/tieptuc")
    for words in ANSWERS[3:]:
        await street.says(street.lan, words)
    await street.says(street.lan, "Gửi")

    idea = street.idea()
    assert idea.answers["product_name"] == ANSWERS[0]
    assert idea.code in await street.says(street.mai, "/trangthai")


async def test_an_announcement_arrives_once_on_the_account_that_last_spoke(street: Street):
    await street.registers(street.mai)
    await link(street)
    await street.says(street.mai, "/menu")

    await street.announces(street.official(), WORDS)

    assert (street.count(street.mai, WORDS), street.count(street.lan, WORDS)) == (1, 0)


async def test_an_announcement_to_both_before_they_were_linked_is_said_once(street: Street):
    await street.registers(street.mai)
    for channel, account in (("telegram", str(MAI)), ("zalo_oa", LAN)):
        known, _ = street.do(people.meet, channel=channel, account=account, now=street.time.now())
        street.do(people.set_preference, person_id=known.id, place="19213")
    role = street.official()
    street.passes(hours=15)  # 23:00: it waits for the morning

    await street.announces(role, WORDS)
    await link(street)
    street.passes(hours=9)
    await street.works()

    assert street.count(street.mai, WORDS) + street.count(street.lan, WORDS) == 1


@pytest.mark.parametrize("speaks", ["telegram", "zalo"])
async def test_whoever_blocked_the_bot_where_they_last_spoke_is_told_on_the_other_account(street: Street, speaks: str):
    await street.registers(street.mai)
    await link(street)
    await street.says(street.mai if speaks == "telegram" else street.lan, "/menu")
    if speaks == "telegram":
        await street.mai.deletes_account()
    else:
        await street.lan.unfollows()

    await street.announces(street.official(), WORDS)

    seen = street.count(street.mai, WORDS), street.count(street.lan, WORDS)
    assert seen == ((0, 1) if speaks == "telegram" else (1, 0))


async def test_a_decision_made_after_unlinking_goes_to_the_account_that_kept_the_file(street: Street):
    await street.registers(street.mai)
    await link(street)
    await street.says(street.lan, "/bolienket")
    await street.presses(street.lan, "Bỏ liên kết")

    await street.decides(street.official())

    assert street.count(street.mai, "chấp nhận") == 1
    assert street.count(street.lan, "chấp nhận") == 0


async def test_a_notice_that_has_not_left_does_not_stay_with_an_account_that_is_taken_out(street: Street):
    await street.registers(street.mai)
    await link(street)
    role = street.official()
    await street.says(street.lan, "/menu")
    street.passes(hours=15)
    await street.announces(role, WORDS)  # to Zalo, in the morning
    await street.says(street.lan, "/bolienket chac")
    street.passes(hours=9)
    await street.works()

    assert (street.count(street.mai, WORDS), street.count(street.lan, WORDS)) == (1, 0)


async def test_with_the_other_account_closed_a_notice_waits_there_and_not_where_somebody_else_reads(street: Street):
    await street.registers(street.mai)
    await link(street)
    await street.says(street.lan, "/menu")
    street.passes(hours=15)
    street.do(
        deliveries.enqueue, key="status:x", person_id=street.person_of("zalo_oa", LAN), kind="status",
        message=Message("Quyết định"), now=street.time.now(), due_at=street.time.now() + timedelta(hours=9),
    )  # fmt: skip
    street.do(people.mark_unreachable, channel="telegram", account=str(MAI))
    await street.says(street.lan, "/bolienket chac")
    street.passes(hours=10)
    await street.works()
    assert (street.count(street.mai, "Quyết định"), street.count(street.lan, "Quyết định")) == (0, 0)

    await street.says(street.mai, "/menu")

    assert (street.count(street.mai, "Quyết định"), street.count(street.lan, "Quyết định")) == (1, 0)


async def test_roles_and_wishes_of_both_are_those_of_one(street: Street):
    await street.says(street.mai, "/menu")
    await street.says(street.lan, "/xungho")
    await street.presses(street.lan, "Bác")
    await street.says(street.lan, "/tamdung 7")
    await link(street)

    known = street.do(person, street.person_of("telegram", str(MAI)))

    assert known is not None
    assert known.address_form == "bác"
    assert known.paused_until is not None


# --- by a number both platforms vouch for -----------------------------------------------------------------------------


async def to_the_number(street: Street, who: object) -> None:
    await begin(street, who, 5)


async def share_on_both(street: Street) -> str:
    """Share the number on both accounts, as the platforms vouch for it; return the view of Zalo's account."""
    await to_the_number(street, street.mai)
    await street.did(street.mai, await street.mai.shares_contact(PHONE))
    await to_the_number(street, street.lan)
    await street.did(street.lan, await street.lan.submits_contact(phone=PHONE))
    return "\n".join(street.texts(street.lan)[-2:])


async def test_a_number_both_platforms_vouch_for_joins_after_a_yes_on_the_other_account(street: Street):
    seen = await share_on_both(street)
    assert "Số này đã dùng trên Telegram" in seen
    assert "Câu 7/7" in seen

    await street.presses(street.lan, "Cùng một người, hỏi bên kia")
    assert not one_person(street)
    await street.presses(street.mai, "Đúng là tôi, nối lại")

    assert one_person(street)
    assert street.count(street.lan, "vừa được nối với hồ sơ") == 1


async def test_a_no_on_the_other_account_joins_nothing(street: Street):
    await share_on_both(street)
    await street.says(street.lan, "/lienket so")
    await street.presses(street.mai, "Không phải tôi")

    assert not one_person(street)
    await street.says(street.lan, "/lienket so")
    assert street.count(street.lan, "chưa nối được theo số điện thoại") == 1


async def test_the_official_of_the_district_is_told_of_nothing_that_waits(street: Street):
    await street.registers(street.lan)
    role = street.official()
    street.passes(days=8)

    await street.decides(role)

    assert street.ledger("status")[-1][1] == "held"
    assert not any("lỗi" in text for text in (m.text for m in street.telegram.messages_in(OFFICIAL)))
