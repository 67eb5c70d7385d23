"""
A year of a Zalo Official Account on a moved clock: followers who write or do not, reminders, broadcasts, money.

The whole program runs against the strict platform, over HTTP.  Days without an act or a due message are skipped.
The cost and the people reached are counted at the platform.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, Row, event, func, select, update

from bot.channels.zalo_oa.webhook import PATH
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from bot.serving.house import house_for
from bot.settings.clock import VIETNAM
from content.message import Message
from platforms.telegram.server import TOKEN, TelegramServer
from platforms.zalo_oa.clients import ZaloPerson
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_SECRET_KEY, ZaloOAServer
from platforms.zalo_oa.templates import Param
from registry.applications.drafts import open_draft
from registry.applications.entities import NewEntity
from registry.applications.submitting import submit_idea
from registry.broadcasts import audiences, handing_in
from registry.deadlines.occurrences import occurrences
from registry.deliveries.deliveries import enqueue
from registry.identity.linking import link_by_code, link_code
from registry.people import people, roles
from registry.store.rows import accounts, applications, deliveries, spendings
from scheduler.pump.pace import ChatPace, Pace
from tests.announced import announced, words_of
from tests.hard.zalo_bill import CRITICAL, RESERVE, TEMPLATE, YEARLY, Report

PACK = "quang-tri-2026"
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
"""One budget year, so that announcements have nine months to eat into what the deadlines of autumn need."""
PROVINCE = "44"
TEMPLATES = {"status": "101", "reminder": "102", "broadcast": "103"}
OFFICIALS = ("1", "2")
HABITS = {"weekly": 0.12, "monthly": 0.38, "silent": 0.24, "leaves": 0.08, "returns": 0.08, "both": 0.10}
"""The part of the followers of each habit; the rest talk a lot at a time, once in a quarter."""
JOBS = ("draft", "idea_accepted", "implementing", "none")
LINES = ("hạn nộp khi nào", "ocop là gì?", "hồ sơ gồm những gì", "cảm ơn", "#/nhacviec", "3 sao cần gì")


@dataclass(slots=True)
class Moved:
    """The one clock of the program and of both platforms; it only goes forward."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def to(self, moment: datetime) -> None:
        self.at = max(self.at, moment)


@dataclass(slots=True)
class Follower:
    """One follower: what they are like, and who they are to the program."""

    zalo: ZaloPerson
    habit: str
    job: str
    person_id: str = ""


class Year:
    """The house, its platforms and its followers for one year."""

    def __init__(self, house: Assembly, zalo: ZaloOAServer, telegram: TelegramServer, clock: Moved, seed: int) -> None:
        self.house, self.zalo, self.telegram, self.clock = house, zalo, telegram, clock
        self.chance = random.Random(seed)
        self.followers: list[Follower] = []
        self.report = Report()
        self.say: Callable[[str], None] = lambda _: None
        self.by_telegram: set[str] = set()
        self._decisions = 0

    # Beginning

    async def gather(self, count: int) -> None:
        """Everybody follows on the first morning; their applications are entered for them."""
        for begin in range(0, count, 50):
            for number in range(begin, min(begin + 50, count)):
                person = self.zalo.person(str(246_845_000_000_000_000 + number), f"Người {number}")
                self.followers.append(Follower(person, self._habit(number, count), JOBS[number % len(JOBS)]))
                await person.follows()
            await self.settled()
        communes = sorted(self.house.house.pack.places.subtree(PROVINCE) - {PROVINCE})
        await self.house.store.write(lambda db: self._enter(db, communes))
        self.report.followers = count

    def _habit(self, number: int, count: int) -> str:
        place = (number + 0.5) / count
        for habit, part in HABITS.items():
            if place < part:
                return habit
            place -= part
        return "bursts"

    def _enter(self, db: Connection, communes: Sequence[str]) -> None:
        now, pack = self.clock.now(), self.house.house.pack
        for account in OFFICIALS:
            official, _ = people.meet(db, channel="telegram", account=account, now=now)
            roles.grant(
                db, person_id=official.id, role="province_official", place=PROVINCE, granted_by="operator", now=now
            )
        known = dict(db.execute(select(accounts.c.account, accounts.c.person_id)).all())
        for number, one in enumerate(self.followers):
            one.person_id = known[one.zalo.user_id]
            commune = communes[number % len(communes)]
            people.set_preference(db, person_id=one.person_id, place=commune, reminders=True)
            if one.habit == "both":
                self._join_telegram(db, one, number, now)
            if one.job == "none":
                continue
            draft = open_draft(db, person_id=one.person_id, form="idea", now=now)
            if one.job == "draft":
                continue
            idea = submit_idea(
                db,
                pack=pack,
                draft_key=draft.key,
                person_id=one.person_id,
                entity=NewEntity(kind="household", place=commune, name=f"Hộ {number}"),
                place=commune,
                kind="new",
                product_group=None,
                answers={"product_name": f"Mật ong {number}"},
                now=now,
                tell=lambda _person, key, _values, _actions: Message(key),
            )
            db.execute(update(applications).where(applications.c.id == idea.id).values(status=one.job))

    def _join_telegram(self, db: Connection, one: Follower, number: int, now: datetime) -> None:
        account = str(7_000_000 + number)
        self.telegram.person(int(account), started=True)
        self.by_telegram.add(one.person_id)
        other, _ = people.meet(db, channel="telegram", account=account, now=now - timedelta(days=1))
        assert link_by_code(db, code=link_code(db, person_id=one.person_id, now=now), person_id=other.id, now=now)

    # Days

    async def live(self, parts: Sequence[tuple[date, date]] = ((FIRST, LAST),)) -> Report:
        """The year, day after day; of a year in `parts` the days between are skipped, as if nobody had lived them."""
        began = time.monotonic()
        decisions = self._decision_days()
        day = FIRST
        while day <= LAST:
            if not any(begin <= day <= end for begin, end in parts):
                if day.day == 1:  # the program continues to run: tokens that are not renewed die after three months
                    self.clock.to(moment(day, 8))
                    await self.house.channels["zalo_oa"].tokens.tick()
                day += timedelta(days=1)
                continue
            does = [(hour, act) for hour, act in self._acts(day, decisions)]
            if day.day == 1:
                self.say(f"        year: {day:%d/%m/%Y}, {self.zalo.quota.spent:,} đồng so far")
            if does or await self._something_due(day):
                self.report.days += 1
                await self._live_day(day, does)
            day += timedelta(days=1)
        await self._count()
        self.report.seconds = time.monotonic() - began
        return self.report

    async def _live_day(self, day: date, does: Sequence[tuple[int, Callable[[], Any]]]) -> None:
        self.clock.to(moment(day, 8, 10))
        await self.house.ticks.run("reminders", self.clock.now())
        if day.weekday() == 0:
            await self.house.ticks.run("housekeeping", self.clock.now())
        await self.settled()
        for hour in sorted({hour for hour, _ in does}):
            self.clock.to(moment(day, hour))
            for _, act in (one for one in does if one[0] == hour):
                await act()
            await self.settled()
        await self._look_for_held()

    def _acts(self, day: date, decisions: Mapping[date, list[Follower]]) -> Iterable[tuple[int, Callable[[], Any]]]:
        if day.weekday() == 0 and day > FIRST:
            yield 9, self._announce
        for one in decisions.get(day, ()):
            yield 10, lambda one=one: self._decide(one)
        nth = (day - FIRST).days
        for number, one in enumerate(self.followers):
            yield from self._habits(one, number, nth)

    def _habits(self, one: Follower, number: int, nth: int) -> Iterable[tuple[int, Callable[[], Any]]]:
        """The acts of a follower on the nth day; several write at the same hours, as people do."""
        hour = (11, 19, 23)[number % 3]
        says = lambda: one.zalo.writes(self.chance.choice(LINES))  # noqa: E731
        match one.habit:
            case "weekly" if nth % 7 == number % 3:
                yield hour, says
            case "monthly" | "both" if nth % 30 == (number % 10) * 3:
                yield hour, says
            case "bursts" if nth % 91 == 7 * (number % 13):
                yield from ((hour, says) for _ in range(12))
            case "leaves" if nth == 20 + 30 * (number % 10):
                yield hour, one.zalo.unfollows
            case "returns" if nth >= 200 and nth % 20 == number % 20:
                yield hour, says

    def _decision_days(self) -> Mapping[date, list[Follower]]:
        """Three decisions a year for everybody who has handed something in."""
        found: dict[date, list[Follower]] = {}
        for one in self.followers:
            if one.job in {"idea_accepted", "implementing"}:
                for nth in self.chance.sample(range(30, 360), 3):
                    found.setdefault(FIRST + timedelta(days=nth), []).append(one)
        return found

    async def _announce(self) -> None:
        """One announcement to the whole province; a second official approves it where one is needed."""
        week = self.report.announcements = self.report.announcements + 1

        def unit(db: Connection) -> None:
            now, pack = self.clock.now(), self.house.house.pack
            authors, second = (
                roles.roles_of(db, person_id=people.meet(db, channel="telegram", account=one, now=now)[0].id, on=LAST)[
                    0
                ]
                for one in OFFICIALS
            )
            made = announced(
                db,
                pack=pack,
                role=authors,
                place=PROVINCE,
                say=lambda number: Message(f"Thông báo {number}: tuần {week} có lớp tập huấn tại xã."),
                now=now,
            )
            if made.state == "waiting":
                reached = audiences.count(db, pack=pack, role=authors, wanted=made.wanted, now=now).count
                handing_in.approve(
                    db,
                    pack=pack,
                    broadcast_id=made.id,
                    version=made.version,
                    people=reached,
                    role=second,
                    now=now,
                    tell=words_of,
                )

        await self.house.store.write(unit)

    async def _decide(self, one: Follower) -> None:
        self._decisions += 1
        await self.house.store.write(
            enqueue,
            key=f"status:year:{self._decisions}",
            person_id=one.person_id,
            kind="status",
            message=Message("Hồ sơ của mình đã được xã xem xét, mời xem kết quả bằng lệnh /trangthai."),
            now=self.clock.now(),
        )

    async def _something_due(self, day: date) -> bool:
        """Whether the program has anything to do on a day on which nobody does anything."""
        until = moment(day, 21)

        def unit(db: Connection) -> bool:
            pending = select(func.count()).select_from(deliveries)
            pending = pending.where(deliveries.c.state == "owed", deliveries.c.due_at <= until)
            planned = select(func.count()).select_from(occurrences)
            planned = planned.where(occurrences.c.state == "planned", occurrences.c.due_at <= until)
            return bool(db.execute(pending).scalar_one() or db.execute(planned).scalar_one())

        return await self.house.store.read(unit) or day.weekday() == 0

    async def settled(self) -> None:
        """Every event delivered, every turn ended, everything sent that may leave now."""
        await self.zalo.settled(60)
        await self.house.intake.settled()
        await self.house.pump.drain()

    # Looking

    async def _look_for_held(self) -> None:
        """Decisions and deadlines that wait although there is money for them."""

        def unit(db: Connection) -> list[str]:
            rows = db.execute(
                select(deliveries.c.id, deliveries.c.kind, deliveries.c.detail, accounts.c.id.label("account_id"))
                .join(accounts, accounts.c.account == deliveries.c.account)
                .where(
                    deliveries.c.state == "held",
                    deliveries.c.kind.in_(CRITICAL),
                    deliveries.c.created_at >= self.clock.now() - timedelta(days=1),
                )
            ).all()
            spent = _booked(db, by="account_id")
            return [f"{row.kind}: {row.detail}" for row in rows if spent[row.account_id] + TEMPLATE <= YEARLY]

        self.report.held_with_money += await self.house.store.read(unit)

    async def _count(self) -> None:
        """The year as the platforms saw it, beside the program's own books."""
        report = self.report
        rows = await self.house.store.read(lambda db: db.execute(select(deliveries)).all())
        booked = await self.house.store.read(lambda db: _booked(db, by="account"))
        report.booked_by_person = +booked
        kinds = {row.platform_id: row.kind for row in rows if row.channel == "zalo_oa" and row.state == "sent"}
        for message in self.zalo.sent:
            kind = kinds.get(message.message_id, "part")
            report.ways[kind][_way(message.template_id, message.price)] += 1
            report.dong_by_kind[kind] += message.price
            report.dong_by_person[message.user_id] += message.price
            if kind not in CRITICAL:
                report.ordinary_dong[message.user_id] += message.price
            local = datetime.fromtimestamp(message.at, VIETNAM)
            report.at_night += kind in {"reminder", "broadcast"} and not 7 <= local.hour < 21
        self._count_the_others(rows)
        report.dong_by_person = +report.dong_by_person
        report.refusals = Counter(request.error for request in self.zalo.requests if request.error)
        report.faults = (*self.zalo.faults, *self.telegram.faults)

    def _count_the_others(self, rows: Sequence[Row[Any]]) -> None:
        for row in rows:
            if row.state != "sent":
                self.report.ways[row.kind][row.state] += 1
            elif row.channel == "telegram" and row.person_id in self.by_telegram:
                self.report.ways[row.kind]["telegram"] += 1


def _booked(db: Connection, *, by: str) -> Counter[str]:
    """The program's records, by account or by its id."""
    column = accounts.c.account if by == "account" else spendings.c.account_id
    rows = db.execute(
        select(column, func.sum(spendings.c.dong + spendings.c.reserved))
        .join(accounts, accounts.c.id == spendings.c.account_id)
        .group_by(column)
    )
    return Counter({row[0]: int(row[1]) for row in rows})


def _way(template: str, price: int) -> str:
    return "template" if template else "paid" if price else "free"


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a day in Viet Nam."""
    return datetime.combine(day, clock_time(hour, minute), VIETNAM).astimezone(UTC)


@asynccontextmanager
async def opened(folder: Path, seed: int) -> AsyncIterator[Year]:
    """The house with both channels, before its first day."""
    clock = Moved(moment(FIRST, 8))
    async with (
        ZaloOAServer(
            clock=clock.seconds, balance=1_000_000_000, echoes=False, receipts=False, answer_within=60.0
        ) as zalo,
        TelegramServer(clock=clock.seconds, rate_per_second=None, per_chat=None) as telegram,
    ):
        for kind, number in TEMPLATES.items():
            zalo.templates.add(
                number,
                "<noi_dung>",
                {"noi_dung": Param("address")},
                price_uid=TEMPLATE,
                promotional=kind == "broadcast",
            )
        for account in OFFICIALS:
            telegram.person(int(account), started=True)
        settings = Settings(
            pack=PACK,
            data_dir=folder,
            webchat={"enabled": False},
            limits={"messages_per_minute": 600_000},
            telegram={"enabled": True, "token": TOKEN, "base_url": telegram.base_url, "mode": "polling"},
            zalo_oa={
                "enabled": True,
                "app_id": APP_ID,
                "app_secret": APP_SECRET,
                "oa_secret_key": OA_SECRET_KEY,
                "access_token": zalo.tokens.access_token,
                "refresh_token": zalo.tokens.refresh_token,
                "base_url": zalo.base_url,
                "business_url": zalo.base_url,
                "oauth_url": zalo.base_url,
                "yearly_dong": YEARLY,
                "reserve_dong": RESERVE,
                **{f"template_{kind}": number for kind, number in TEMPLATES.items()},
            },
        )
        house = house_for(settings, date(2026, 9, 15))  # the rules that hold when the deadlines come
        async with Assembly.open(settings, real=clock.now, house=house) as assembly:
            # a year of power cuts is not what is looked at here, and waiting for the disk is most of it
            event.listen(assembly.store._engine, "connect", _without_waiting)
            for sender in assembly.pump._senders.values():
                # the platform's minutes stand still while the clock does; ours must not make anybody wait
                sender._pace, sender._chats = Pace(100_000), ChatPace(burst=1_000, per_second=1_000)
            runner = web.AppRunner(assembly.web_application(), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            zalo.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}")
            pumping = asyncio.create_task(assembly.pump.run())
            try:
                yield Year(assembly, zalo, telegram, clock, seed)
            finally:
                pumping.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await pumping
                await runner.cleanup()


def _without_waiting(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


async def run_year(
    folder: Path,
    *,
    followers: int,
    seed: int,
    parts: Sequence[tuple[date, date]] = ((FIRST, LAST),),
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """So many followers through the whole year, or through parts of it."""
    async with opened(folder, seed) as year:
        year.say = say
        await year.gather(followers)
        return await year.live(parts)
