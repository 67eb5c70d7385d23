"""
The program itself under a clock that is moved: off for days, put forward, two processes on one database.

Messages are counted at the platform.  The real process has no command that moves its clock.
So the run changes the stored offset between two starts, as a machine's clock does.
"""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.serving.house import CLOCK_FACT
from content.programme.pack import load_pack
from platforms.telegram.server import TelegramServer
from registry.applications.drafts import open_draft
from registry.deadlines.deadlines import deadlines
from registry.deadlines.occurrences import occurrences
from registry.people import consents, people
from registry.store.installation import fact, set_fact
from registry.store.rows import deliveries, notices
from registry.store.store import Store
from tests.hard.machine import PACK, Machine

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PEOPLE = 12
FIRST_ACCOUNT = 5000
BEGIN = datetime(2021, 6, 1, 8, tzinfo=ZONE)
SETTLE = 4.0
"""Real seconds a started program gets to do what has come due."""


@dataclass
class ClockReport:
    """The result for every reminder; the lists are broken promises, and empty when all were kept."""

    people: int
    said: int
    skipped: Counter[str] = field(default_factory=Counter)
    twice: list[str] = field(default_factory=list)
    at_night: list[str] = field(default_factory=list)
    too_late: list[str] = field(default_factory=list)
    without_reason: list[str] = field(default_factory=list)
    seen_at_platform: int = 0
    sent_by_record: int = 0

    @property
    def kept(self) -> bool:
        broken = self.twice or self.at_night or self.too_late or self.without_reason
        return not broken and self.said > 0 and self.seen_at_platform == self.sent_by_record


async def run_clock(folder: Path, days: int = 14, seed: int = 0) -> ClockReport:
    """
    Play a number of days of the programme: at random hours the program is started (sometimes twice), and stopped.

    Between two starts it is off for up to three days; now and then its clock is put back by one.
    """
    chance = random.Random(seed)
    async with TelegramServer(rate_per_second=None, per_chat=None) as platform, Machine(folder, platform) as machine:
        for number in range(PEOPLE):
            platform.person(FIRST_ACCOUNT + number, f"Người {number}", started=True)
        await machine.start()
        await machine.stop()
        store = machine.store()
        try:
            _settle_people(store)
            moment = BEGIN
            while moment < BEGIN + timedelta(days=days):
                _put_clock(store, moment)
                await _work(machine, platform if chance.random() < 0.4 else None)
                moment += timedelta(hours=chance.choice((3, 11, 24, 31, 72)))
                if chance.random() < 0.2:
                    moment -= timedelta(days=1)
            return _report(store, len(platform.sent))
        finally:
            store.close()


def _settle_people(store: Store) -> None:
    """People who agreed to be reminded, each with an idea they began and left."""
    for number in range(PEOPLE):
        person, _ = store.write_now(people.meet, channel="telegram", account=str(FIRST_ACCOUNT + number), now=BEGIN)
        store.write_now(people.set_preference, person_id=person.id, reminders=True, lessons="new")
        store.write_now(
            consents.give, person_id=person.id, purpose="registration", text_version="v", channel="telegram", now=BEGIN
        )
        store.write_now(open_draft, person_id=person.id, form="idea", now=BEGIN)


def _put_clock(store: Store, moment: datetime) -> None:
    assert store.read_now(fact, CLOCK_FACT) is not None
    store.write_now(set_fact, CLOCK_FACT, str((moment - datetime.now(UTC)).total_seconds()))


async def _work(machine: Machine, twins_at: TelegramServer | None) -> None:
    """Run for a while; with a platform for twins, a second process works on the same data."""
    await machine.start()
    other = None if twins_at is None else Machine(machine.folder, twins_at)
    if other is not None:
        other.only = "pump"  # a second whole program is refused
        await other.start(ready=False)
    await asyncio.sleep(SETTLE)
    await machine.stop()
    if other is not None:
        await other.stop()


def _report(store: Store, seen: int) -> ClockReport:
    rows = store.read_now(lambda db: list(db.execute(select(occurrences))))
    others = store.read_now(lambda db: list(db.execute(select(notices))))
    sent = store.read_now(lambda db: list(db.execute(select(deliveries).where(deliveries.c.state == "sent"))))
    closes = {row.id: row.closes_at for row in store.read_now(lambda db: list(db.execute(select(deadlines))))}
    report = ClockReport(PEOPLE, sum(row.state == "said" for row in rows), seen_at_platform=seen)
    report.sent_by_record = len(sent)
    report.skipped = Counter(row.reason or "" for row in (*rows, *others) if row.state == "skipped")
    report.without_reason = [row.id for row in (*rows, *others) if row.state == "skipped" and not row.reason]
    report.twice = [key for key, count in Counter(_about(row.key) for row in sent).items() if count > 1]
    quiet = load_pack(PACK, BEGIN.date()).programme.quiet
    for row in sent:
        local = row.sent_at.astimezone(ZONE)
        if row.kind == "reminder" and quiet.covers(local.time()):
            report.at_night.append(f"{row.key} {local:%d/%m %H:%M}")
        if row.not_after is not None and row.sent_at > row.not_after:
            report.too_late.append(row.key)
    for row in rows:
        if row.state == "said" and row.said_at > closes[row.deadline_id]:
            report.too_late.append(row.id)
    return report


def _about(key: str) -> str:
    """The subject of a message: for a reminder its occurrence, without the rest of the key."""
    return ":".join(key.split(":")[:2]) if key.startswith("reminder:") else key
