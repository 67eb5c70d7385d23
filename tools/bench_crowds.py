"""The cost of a large broadcast in the database, and the rate at which it is sent."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from content.message import Message
from content.programme.pack import Pack, load_pack
from registry.broadcasts import audiences, broadcasts, handing_in
from registry.deliveries.claims import claim_ready
from registry.people import people, roles
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.announced import words_of
from tests.hard.announcing import ALLOWED, run_announcement
from tests.hard.machine import PACK

ROUNDS = 3
DAY = date(2021, 6, 1)
NOW = datetime(2021, 6, 1, 1, tzinfo=UTC)
PLACE = "18871"
"""A commune of the province that gets the broadcast."""


def say(words: str = "") -> None:
    print(words, flush=True)  # noqa: T201  a tool prints its results


def fan_out(folder: Path, crowd: int) -> None:
    """P10: a broadcast to the whole province against the bare INSERT … SELECT of the same columns."""
    folder.mkdir(parents=True)
    vault = Vault(bytes(range(32)))
    url = f"sqlite:///{folder / 'fan.db'}"
    upgrade(url, vault)
    pack = load_pack(PACK, DAY)
    store = Store(url, vault)
    try:
        role = store.write_now(populate, crowd, PLACE)
        bare, ours, claims = [], [], []
        for _ in range(ROUNDS):
            bare.append(timed(lambda: store.write_now(_bare)))
            store.write_now(lambda db: db.execute(text("DROP TABLE bare")))
            approve = store.write_now(_waiting_for_approval, pack, role)
            ours.append(timed(lambda: store.write_now(approve)))  # noqa: B023  run before the next is made
            store.write_now(_cancel_all)
        store.write_now(store.write_now(_waiting_for_approval, pack, role))
        claims = [timed(lambda: store.write_now(_claim)) for _ in range(50)]
    finally:
        store.close()
    base, whole = statistics.median(bare), statistics.median(ours)
    say(f"\nAn announcement to {crowd:,} people, medians of {ROUNDS} (P10)")
    say(f"  bare INSERT ... SELECT, same columns and unique key {base * 1000:7.0f} ms")
    say(f"  ours, with audience, places, audit and indexes      {whole * 1000:7.0f} ms  {whole / base:.2f} x")
    say(f"  a claim of 8 among them, committed                  {statistics.median(claims) * 1000:7.1f} ms")


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def populate(db: Connection, crowd: int, place: str) -> roles.Role:
    official, _ = people.meet(db, channel="telegram", account="1", now=NOW)
    role = roles.grant(db, person_id=official.id, role="province_official", place="44", granted_by="operator", now=NOW)
    moment = db.execute(text("SELECT created_at FROM people LIMIT 1")).scalar_one()
    db.execute(
        text(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= :crowd) "
            "INSERT INTO people (id, data_key, language, place, reminders, sample, created_at) "
            "SELECT 'p' || i, x'00', 'vi', :place, 1, 0, :moment FROM n"
        ),
        {"crowd": crowd, "place": place, "moment": moment},
    )
    db.execute(
        text(
            "INSERT INTO accounts (id, person_id, channel, account, state, last_spoke_at) "
            "SELECT 'a' || id, id, 'telegram', substr(id, 2), 'open', created_at FROM people WHERE id LIKE 'p%' "
            "AND place IS NOT NULL"
        )
    )
    return role


def _cancel_all(db: Connection) -> None:
    db.execute(text("UPDATE deliveries SET state = 'cancelled' WHERE state = 'owed'"))


def _bare(db: Connection) -> None:
    db.execute(
        text(
            "CREATE TABLE bare (id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, person_id TEXT, channel TEXT, "
            "account TEXT, kind TEXT, priority INTEGER, message_sealed BLOB, broadcast_id TEXT, state TEXT, "
            "created_at TEXT, due_at TEXT, attempts INTEGER, doubtful INTEGER)"
        )
    )
    db.execute(
        text(
            "INSERT INTO bare SELECT lower(hex(randomblob(12))), 'broadcast:b:' || person_id, person_id, channel, "
            "account, 'broadcast', 3, NULL, 'b', 'owed', last_spoke_at, last_spoke_at, 0, 0 FROM accounts"
        )
    )


def _waiting_for_approval(db: Connection, pack: Pack, role: roles.Role) -> Callable[[Connection], int]:
    """Prepare all steps before the approval, which freezes the audience and starts sending."""

    def words(number: str) -> Message:
        return Message(f"Thông báo {number}")

    wanted = audiences.Wanted("44")
    made = handing_in.hand_in(
        db, pack=pack, role=role, wanted=wanted, draft=broadcasts.Draft("Thông báo", words), now=NOW, tell=words_of
    )
    second, _ = people.meet(db, channel="bench", account="second official", now=NOW)
    other = roles.grant(db, person_id=second.id, role="province_official", place="44", granted_by="operator", now=NOW)
    reached = audiences.count(db, pack=pack, role=role, wanted=wanted, now=NOW).count
    return lambda db: (
        handing_in.approve(
            db, pack=pack, broadcast_id=made.id, version=1, people=reached, role=other, now=NOW, tell=words_of
        ).people
    )


def _claim(db: Connection) -> None:
    later, lease = NOW + timedelta(hours=1), timedelta(minutes=5)
    if not claim_ready(db, channel="telegram", now=later, limit=8, bulk=7, lease=lease):
        raise AssertionError("Nothing was there to be claimed; the figure would mean nothing.")


async def announcement(folder: Path, crowd: int) -> None:
    """P7, and the time to a reply meanwhile: at the platform's rate limit, with 150 ms per call."""
    report = await run_announcement(folder, crowd=crowd, ask=True)
    say("\nAn announcement at the limit of the platform, 150 ms round trip (P7)")
    say(f"  {report.rate / ALLOWED:.1%} of the allowed rate, {report.refused} refused, {report.untold} not told")
    say(f"  somebody who wrote meanwhile was answered within {report.p95 * 1000:.0f} ms (p95)")
