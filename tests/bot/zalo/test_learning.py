"""The confirmation of each act says how its message then goes, in every state of the producer's channel."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select

from handlers.conversation.telling import Telling
from registry.applications import questions
from registry.deadlines import deadlines, papers
from registry.people import consents, people
from registry.store.rows import accounts, deliveries
from tests.bot.street import LAN, OFFICIAL, Street, open_street

PHONE = "0912 345 678"


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with open_street(tmp_path) as street:
        yield street


# --- the acts: what the official types and presses --------------------------------------------------------------------


def quyet(act: str) -> Callable[[Street], str]:
    return lambda street: f"/quyet {street.idea().code} {street.idea().version} {act}"


def asked(street: Street) -> str:
    lan, place = street.person_of("zalo_oa", LAN), street.idea().place

    def ask(db: Connection) -> str:
        question, _ = questions.ask(
            db, pack=street.house.house.pack, person_id=lan, place=place,
            text="Nộp ở đâu ạ?", now=street.time.now(), tell=Telling(street.house.house, db, street.time.now()),
        )  # fmt: skip
        return question.id

    return f"/traloi {street.do(ask)}"


def paper(found: str) -> Callable[[Street], str]:
    def said(street: Street) -> str:
        lan, idea = street.person_of("zalo_oa", LAN), street.idea()

        def say(db: Connection) -> str:
            pack, now = street.house.house.pack, street.time.now()
            ahead = deadlines.open_deadlines(db, places=pack.places, place=idea.place, now=now)
            noted = papers.say_handed_in(
                db, pack=pack, person_id=lan, deadline=ahead[-1],
                application_id=idea.id, now=now, tell=Telling(street.house.house, db, now),
            )  # fmt: skip
            assert noted is not None
            return noted[0].id

        return f"/giay {street.do(say)} 1 {found}"

    return said


ACTS: dict[str, Sequence[str | Callable[[Street], str]]] = {
    "accept": (quyet("accept"),),
    "return": (quyet("return"), "1: ghi rõ hơn", "[Gửi trả 1 mục"),
    "answer": (asked, "Bà đến phòng nông nghiệp nhé."),
    "paper": (paper("chua"),),
}


# --- the states of the producer's channel -----------------------------------------------------------------------------


def blocked(street: Street) -> None:
    street.do(people.mark_unreachable, channel="zalo_oa", account=LAN)


def without_account(street: Street) -> None:
    street.do(lambda db: db.execute(delete(accounts).where(accounts.c.account == LAN)).rowcount)


STATES: dict[str, tuple[Callable[[Street], object], str, set[str]]] = {
    "open": (lambda _: None, "Em đang gửi tin cho", {"sent"}),
    "the window is closed": (lambda street: street.passes(days=8), "chỉ cho em gửi khi họ nhắn lại", {"held"}),
    "blocked": (blocked, "đã chặn hoặc xóa trợ lý", set()),
    "no account": (without_account, "không dùng trợ lý", set()),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
async def test_the_sentence_says_how_the_message_goes(street: Street, act: str, state: str) -> None:
    await street.registers(street.lan)
    lan = street.person_of("zalo_oa", LAN)
    version = street.house.house.pack.consent_texts["registration"].version
    street.do(
        consents.give, person_id=lan, purpose="registration", text_version=version, channel="zalo_oa",
        now=street.time.now(),
    )  # fmt: skip
    street.do(people.set_phone, person_id=lan, phone="+84912345678")
    street.official()
    officer = street.telegram.person(OFFICIAL)
    first, *others = ACTS[act]
    opening = first(street) if callable(first) else first
    known = ledger_of(street, lan)
    change, sentence, states = STATES[state]
    change(street)

    seen = len(officer.sees())
    for step in (opening, *others):
        assert isinstance(step, str)
        event = await (officer.presses(step[1:]) if step.startswith("[") else officer.writes(step))
        assert event is not None
        await street.house.intake.accept("telegram", json.dumps(event).encode())
        await street.house.intake.settled()
        await street.delivers()
    told = "\n".join(message.text for message in officer.sees()[seen:])

    gone = {key: how for key, how in ledger_of(street, lan).items() if key not in known}
    assert sentence in told
    confirmed = next(message.text for message in reversed(officer.sees()[seen:]) if sentence in message.text)
    assert (PHONE in confirmed) == (state != "open")
    assert set(gone.values()) <= (states or {"unreachable", "held", "cancelled"})
    assert len(gone) == 1 or not states


def ledger_of(street: Street, person_id: str) -> dict[str, str]:
    """The messages about decisions and answers to one person, by key, with their states."""
    rows = select(deliveries.c.key, deliveries.c.state).where(
        deliveries.c.person_id == person_id, deliveries.c.kind == "status"
    )
    return {row.key: row.state for row in street.do(lambda db: db.execute(rows).all())}
