"""A village for each live thing, in which An was just shown it; and one message of An, taken back afterwards."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from content.fold import clean
from content.message import BOLD, PLAIN, Message
from content.phrases import PLACEHOLDER
from handlers.conversation.incoming import Incoming
from handlers.conversation.telling import Telling
from handlers.rooms import front_desk
from handlers.taking import take_turn
from registry.applications import drafts as own_drafts
from registry.applications.assisted import entries
from registry.applications.drafts import open_draft
from registry.deadlines import deadlines, rounds
from registry.deliveries.deliveries import message_of
from registry.people import people
from registry.people.consents import consents
from registry.people.conversations import load_talk
from registry.store import inbox
from registry.store.rows import applications, deliveries, drafts, invitees
from scheduler import reminders
from tests.handlers.dangky.test_lamho import commune, enter
from tests.handlers.desk import CHANNEL, COMMUNE, Village, open_village
from tests.handlers.taphuan.test_taphuan import office, plan

WHO = "an"
AMOUNT = "question_number amount"
"""The question for an amount a year; a row of question_number is asked there if it notes "amount"."""
FRONT = front_desk()
SEVEN_DAYS_BEFORE = datetime(2021, 6, 4, 1, 0, tzinfo=UTC)
"""08:00 seven days before ideas close."""
TO_THE_PHONE = ("Mắm ruốc", "Sản phẩm mới", "Thực phẩm", "Hộ gia đình", "Nguyễn Thị Mẫu")
TO_THE_END = (*TO_THE_PHONE, "0912345678", "Hải Ninh, Quảng Ninh")


def _invitation(village: Village) -> None:
    village.person(WHO, "Bà An", place=COMMUNE)
    office(village)
    plan(village)


def _remind(village: Village, now: datetime) -> None:
    village.now = now
    village.do(lambda db: reminders.sweep(db, pack=village.pack, tell=Telling(village.house, db, now), now=now))
    village.deliver()


def reminded(village: Village) -> None:
    person = village.person(WHO, "Bà An", place=COMMUNE)
    village.do(people.set_preference, person_id=person, reminders=True)
    village.do(open_draft, person_id=person, form="idea", now=village.now)
    _remind(village, SEVEN_DAYS_BEFORE)


def _moved(village: Village) -> None:
    reminded(village)
    role = village.official("province", "province_official", "44")
    found = village.do(deadlines.open_deadlines, places=village.pack.places, place=COMMUNE, now=village.now)
    ideas = next(one for one in found if one.spec == "idea_closes")
    village.do(
        rounds.move_deadline, pack=village.pack, deadline_id=ideas.id, last=date(2021, 6, 25), role=role,
        on=village.now.date(), now=village.now,
    )  # fmt: skip
    _remind(village, village.now + timedelta(minutes=30))


def _announcement(village: Village) -> None:
    village.person(WHO, "Bà An", place=COMMUNE)
    village.official("office", "commune_official", COMMUNE, "UBND xã")
    village.say("office", "/thongbao")
    village.say("office", "Sáng thứ Hai họp ở nhà văn hóa, mời bà con.")
    village.tap("office", "Gửi cho 1")
    village.wait_out_delay()


def _entry(village: Village) -> None:
    commune(village)
    village.person(WHO, "Bà An", phone="+84912345678")
    enter(village)
    village.deliver()


def _begun(village: Village, *texts: str) -> None:
    village.say(WHO, "/dangky")
    village.tap(WHO, "Đồng ý")
    for text in texts:
        village.say(WHO, text)


def _opt_in(village: Village) -> None:
    _begun(village, *TO_THE_END)
    village.tap(WHO, "Gửi")


def _price(village: Village, *texts: str) -> None:
    _amount(village, "/boqua", *texts)


def _amount(village: Village, *texts: str) -> None:
    _begun(village, *TO_THE_END, "Bổ sung thêm", *["/boqua"] * 7, *texts)


SCENES: Mapping[str, Callable[[Village], None]] = {
    "invitation": _invitation,
    "reminder": reminded,
    "announcement": _announcement,
    "opt_in": _opt_in,
    "entry": _entry,
    "deadline": _moved,
    "question_text": _begun,
    "question_choice": lambda village: _begun(village, "Mắm ruốc"),
    "question_number": _price,
    AMOUNT: _amount,
    "confirmation": lambda village: _price(village, "45k"),
    "summary": lambda village: _begun(village, *TO_THE_END),
    "consent": lambda village: village.say(WHO, "/dangky"),
}


@contextmanager
def scene(live: str, folder: Path) -> Iterator[Village]:
    folder.mkdir(parents=True, exist_ok=True)
    with open_village(folder) as village:
        SCENES[live](village)
        village.now += timedelta(minutes=1)
        yield village


@dataclass(frozen=True)
class Stored:
    """All that An's words may have changed."""

    invited: tuple[str, ...]
    consents: tuple[tuple[str, str], ...]
    reminders: bool
    entries: tuple[str, ...]
    ideas: int
    drafts: tuple[tuple[str, Any], ...]
    """The state and answers of each draft."""
    topic: str | None
    step: str
    waits: Mapping[str, Any]


@dataclass(frozen=True)
class Played:
    """One message of An: what was said to it, and what is stored before and after it."""

    texts: tuple[str, ...]
    actions: tuple[str, ...]
    before: Stored
    after: Stored

    @property
    def said(self) -> str:
        return "\n".join(self.texts)


class _PutBackError(Exception):
    def __init__(self, played: Played) -> None:
        self.played = played


def play(village: Village, text: str) -> Played:
    """Take one message as the program does, and roll everything back."""
    now = village.now + timedelta(seconds=20)
    said = Incoming(CHANNEL, WHO, "row", "text", now, text=clean(text))

    def whole(db: Connection) -> None:
        before = _stored(db)
        event = inbox.receive(db, channel=CHANNEL, event="row", account=WHO, raw=b"{}", now=now)
        assert event is not None
        take_turn(db, house=village.house, front=FRONT, event_id=event, said=said, now=now)
        heard = _replies(db, event)
        actions = tuple(choice.action for message in heard for choice in message.choices)
        raise _PutBackError(Played(tuple(one.plain for one in heard), actions, before, _stored(db)))

    try:
        village.do(whole)
    except _PutBackError as back:
        return back.played
    raise AssertionError


def _replies(db: Connection, event: int) -> list[Message]:
    query = select(deliveries).where(deliveries.c.key.like(f"reply:{event}:%"))
    found = [message_of(db, row) for row in db.execute(query.order_by(deliveries.c.key))]
    return [one for one in found if one is not None]


def _stored(db: Connection) -> Stored:
    who = people.account_person(db, channel=CHANNEL, account=WHO)
    assert who is not None
    person = people.person(db, who)
    assert person is not None
    talk = load_talk(db, who)
    keys = db.execute(select(drafts.c.key).where(drafts.c.person_id == who).order_by(drafts.c.key)).scalars().all()
    of_drafts = [one for key in keys if (one := own_drafts.draft(db, key=key, person_id=who)) is not None]
    given = db.execute(select(consents.c.purpose, consents.c.withdrawn_at).where(consents.c.person_id == who)).all()
    return Stored(
        tuple(db.execute(select(invitees.c.state).where(invitees.c.person_id == who)).scalars()),
        tuple(sorted((purpose, str(ended)) for purpose, ended in given)),
        person.reminders,
        tuple(db.execute(select(entries.c.state)).scalars()),
        len(db.execute(select(applications.c.id)).all()),
        tuple((one.state, dict(one.answers)) for one in of_drafts),
        talk.topic,
        talk.step,
        dict(talk.data),
    )


def says(village: Village, key: str, played: Played) -> bool:
    """True if a phrase was said, with any values; a value alone does not count."""
    plain = village.house.phrases.text(key).replace(BOLD, "").replace(PLAIN, "")
    words = "(?:.*?)".join(re.escape(part) for part in PLACEHOLDER.split(plain)[::2])
    return re.search(words, played.said, re.DOTALL) is not None
