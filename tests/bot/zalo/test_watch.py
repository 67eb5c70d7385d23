"""Dead tokens of the Official Account: the rest continues, the operators are notified, and no message is lost."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.channels.channel import Words
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.pair import Pair
from bot.channels.zalo_oa.reading import Reader
from bot.channels.zalo_oa.tokens import TokensLostError
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from bot.serving.house import house_for
from bot.settings.key import vault_for
from bot.zalo import tokens as zalo_tokens
from bot.zalo.account import ways
from bot.zalo.tokens import KeptTokens
from bot.zalo.watch import HeldWhileLost, Watch
from content.message import Message
from handlers.conversation.desk import House
from platforms.zalo_oa.server import APP_ID, APP_SECRET, ZaloOAServer
from registry.deliveries import deliveries
from registry.deliveries.outcomes import Outcome, Sent
from registry.identity import linking
from registry.people import people, roles
from registry.store.rows import deliveries as pending_rows
from registry.store.store import Store
from scheduler.pump.delivery import Pump
from tests.bot.channels.zalo import LAN, Time, client_for, tokens_for
from tests.bot.shell import new_installation

MORNING = datetime(2026, 11, 2, 2, 0, 5, tzinfo=UTC)  # 9:00 in Viet Nam
TELEGRAM = "5012345678"


@dataclass
class Recorder:
    """The other channel: takes everything."""

    said: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        self.said.append((account, message.text))
        return Sent("1")


async def no_files(key: str) -> bytes:
    raise LookupError(key)


class Scene:
    """One running bot with both channels, before the strict local platform."""

    def __init__(self, server: ZaloOAServer, store: Store, house: House, time: Time, settings: Settings) -> None:
        self.server, self.store, self.house, self.time, self.settings = server, store, house, time, settings
        self.client = client_for(server, time)
        self.room = KeptTokens(store, now=time.now)
        self.telegram = Recorder()
        self.troubles: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        """A process begins, on whatever the database holds."""
        self.tokens = tokens_for(self.client, self.room, self.time)
        self.channel = ZaloOAChannel(self.client, self.tokens, Words("số", "nơi"), Reader())
        self.pump = Pump(
            self.store,
            {"zalo_oa": self.channel, "telegram": self.telegram},
            now=self.time.now,
            files=no_files,
            routers={"zalo_oa": HeldWhileLost(self.tokens, ways(self.settings, {}, self.channel.bars))},
        )
        self.watch = Watch(
            self.store,
            self.tokens,
            self.channel.bars,
            house=self.house,
            channels=("telegram", "webchat", "zalo_oa"),
            now=self.time.now,
            wake=self.pump.wake,
            troubles=self.troubles,
        )

    async def live(self, minutes: int = 3) -> None:
        for _ in range(minutes):
            await self.watch.step()
            self.time.passes(minutes=1)

    async def die(self) -> None:
        """The grant is withdrawn, and the bot finds out."""
        await self.live(1)
        self.server.tokens.revoke()
        self.time.passes(hours=26)
        await self.live()
        assert self.tokens.lost

    async def consent(self) -> None:
        """Do the last step of `ocopbot zalo authorise`, in another process."""
        made = self.server.tokens.new_pair()
        pair = Pair(made.access_token, made.refresh_token, self.time.now() + timedelta(hours=25))
        await KeptTokens(self.store, key=zalo_tokens.NEW_PAIR, now=self.time.now).keep(pair)
        now = self.time.now()
        await self.store.write(zalo_tokens.adopt, account=self.server.oa_id, now=now, at=now)

    def meet(self, channel: str, account: str) -> str:
        return self.store.write_now(people.meet, channel=channel, account=account, now=self.time.now())[0].id

    def enqueue(self, person_id: str, key: str, kind: str = "status") -> None:
        made = self.store.write_now(
            deliveries.enqueue, key=key, person_id=person_id, kind=kind, message=Message(key), now=self.time.now()
        )
        assert made is not None

    def admin(self, channel: str, account: str) -> str:
        person_id = self.meet(channel, account)
        self.store.write_now(
            roles.grant,
            person_id=person_id,
            role="admin",
            place=self.house.pack.places.root.code,
            granted_by=roles.OPERATOR,
            now=self.time.now(),
        )
        return person_id

    def rows(self, key: str = "%") -> list[Any]:
        query = select(pending_rows).where(pending_rows.c.key.like(key)).order_by(pending_rows.c.created_at)
        return self.store.read_now(lambda db: list(db.execute(query)))

    def seen(self) -> list[str]:
        return [message.text for message in self.server.person(LAN).sees()]


@pytest.fixture(scope="module")
def house() -> House:
    return house_for(Settings(pack="quang-tri-2026"), date(2026, 11, 2))


@pytest.fixture
async def scene(tmp_path: Path, house: House) -> AsyncIterator[Scene]:
    time = Time(MORNING)
    shutil.copytree(new_installation(), tmp_path, dirs_exist_ok=True)
    settings = Settings.model_validate({"data_dir": tmp_path, "telegram": {"enabled": True, "token": "1:a"}})
    store = Store(settings.database_url, vault_for(settings))
    async with ZaloOAServer(clock=time.seconds) as server:
        server.person(LAN, "Lan", following=True)
        scene = Scene(server, store, house, time, settings)
        await scene.room.keep(
            Pair(server.tokens.access_token, server.tokens.refresh_token, time.now() + timedelta(hours=25))
        )
        yield scene
        await scene.tokens.close()
        await scene.client.transport.close()
    store.close()


async def test_what_is_queued_waits_without_being_given_up_and_goes_out_after_a_consent(scene: Scene) -> None:
    await scene.die()
    await scene.server.person(LAN).writes("Chào")  # their message opens the window, and an answer is queued
    lan = scene.meet("zalo_oa", LAN)
    scene.enqueue(lan, "reply:1", "reply")
    scene.enqueue(lan, "status:1")
    for _ in range(12):
        await scene.pump.drain()
        scene.time.passes(hours=1)
        await scene.live(1)
    assert [(row.state, row.detail, row.attempts) for row in scene.rows("%:1")] == [("held", zalo_tokens.WAITS, 0)] * 2
    assert scene.store.read_now(zalo_tokens.waiting) == 2

    await scene.consent()
    await scene.live(2)
    await scene.pump.drain()

    assert scene.seen() == ["reply:1", "status:1"]
    assert scene.troubles == {}


async def test_everything_else_goes_on(scene: Scene) -> None:
    await scene.die()
    scene.enqueue(scene.meet("telegram", TELEGRAM), "status:2")

    await scene.pump.drain()

    assert scene.telegram.said == [(TELEGRAM, "status:2")]


async def test_a_notice_goes_to_the_other_account_of_the_person(scene: Scene) -> None:
    await scene.die()
    keep = scene.meet("telegram", TELEGRAM)
    scene.time.passes(minutes=1)
    gone = scene.meet("zalo_oa", LAN)
    scene.store.write_now(linking.merge, keep=keep, gone=gone, now=scene.time.now())
    scene.enqueue(keep, "status:3")
    assert scene.rows("status:3")[0].channel == "zalo_oa"

    await scene.pump.drain()
    await scene.pump.drain()

    assert scene.telegram.said == [(TELEGRAM, "status:3")]


async def test_while_the_access_token_still_lives_nothing_is_held(scene: Scene) -> None:
    await scene.live(1)
    scene.server.tokens._refresh.clear()
    scene.time.passes(hours=21)  # the renewal fails, four hours are left
    await scene.server.person(LAN).writes("Chào")
    await scene.live()
    assert scene.tokens.alarm
    scene.enqueue(scene.meet("zalo_oa", LAN), "status:4")

    await scene.pump.drain()

    assert scene.seen() == ["status:4"]


async def test_the_operator_finds_the_command_in_the_log_in_readyz_and_in_the_metrics(scene: Scene) -> None:
    with capture_logs() as logged:
        await scene.die()
        await scene.live(5)

    told = [record for record in logged if record["log_level"] == "error"]
    assert [record["run"] for record in told] == ["ocopbot zalo authorise"]  # once, not every minute
    assert "-14014" in told[0]["reason"]
    assert scene.troubles["zalo_oa"].endswith("Run: ocopbot zalo authorise")
    assert REGISTRY.get_sample_value("ocopbot_zalo_oa_consent_needed") == 1

    await scene.consent()
    await scene.live(2)

    assert scene.troubles == {}
    assert REGISTRY.get_sample_value("ocopbot_zalo_oa_consent_needed") == 0


async def test_an_administrator_on_another_channel_is_told_once_a_day(scene: Scene) -> None:
    scene.admin("telegram", TELEGRAM)
    await scene.die()

    await scene.live(30)
    assert len(scene.rows("alarm:%")) == 1
    scene.time.passes(hours=24)
    await scene.live(30)
    await scene.pump.drain()

    assert [account for account, _ in scene.telegram.said] == [TELEGRAM] * 2
    assert "ocopbot zalo authorise" in scene.telegram.said[0][1]
    assert scene.seen() == []


async def test_an_administrator_is_told_on_a_channel_that_is_served_and_not_on_a_page_if_there_is_another(
    scene: Scene,
) -> None:
    keep = scene.admin("telegram", TELEGRAM)
    for channel in ("webchat", "zalo_bot"):  # they spoke there later
        scene.time.passes(minutes=1)
        scene.store.write_now(linking.merge, keep=keep, gone=scene.meet(channel, "b" * 20), now=scene.time.now())
    await scene.die()

    assert [row.channel for row in scene.rows("alarm:%")] == ["telegram"]


async def test_an_alarm_at_night_waits_for_the_morning(scene: Scene) -> None:
    scene.admin("telegram", TELEGRAM)
    scene.time.passes(hours=13)  # 22:00; the alarm comes 26 hours later, at midnight
    await scene.die()

    (row,) = scene.rows("alarm:%")

    assert row.due_at - scene.time.now() > timedelta(hours=4)


async def test_an_alarm_that_was_not_told_yet_is_taken_back_by_a_consent(scene: Scene) -> None:
    scene.admin("telegram", TELEGRAM)
    scene.time.passes(hours=13)
    await scene.die()

    await scene.consent()

    assert [row.state for row in scene.rows("alarm:%")] == ["cancelled"]


async def test_who_can_only_be_reached_there_or_wants_nothing_is_not_told(scene: Scene) -> None:
    scene.admin("zalo_oa", LAN)
    silent = scene.admin("telegram", TELEGRAM)
    scene.store.write_now(people.set_preference, person_id=silent, stopped_at=scene.time.now())
    former = scene.admin("telegram", "5")
    (role,) = scene.store.read_now(roles.roles_of, person_id=former, on=date(2026, 11, 2))
    scene.store.write_now(lambda db: db.execute(roles.roles.delete().where(roles.roles.c.id == role.id)).rowcount)

    await scene.die()

    assert scene.rows("alarm:%") == []


async def test_a_consent_that_was_cut_off_is_told_and_the_next_one_mends_it(scene: Scene) -> None:
    scene.admin("telegram", TELEGRAM)
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    scene.store.write_now(zalo_tokens.take, state="s", now=long_ago)

    await scene.live(3)

    assert zalo_tokens.CUT_OFF in scene.troubles["zalo_oa"]
    assert len(scene.rows("alarm:%")) == 1
    assert await scene.tokens.current()  # the stored pair is used as long as it is accepted

    await scene.consent()
    await scene.live(2)

    assert scene.troubles == {}


async def test_a_bot_started_with_dead_tokens_says_so_and_takes_a_consent_up(scene: Scene) -> None:
    await scene.die()
    scene.start()
    await scene.live(5)
    with pytest.raises(TokensLostError):
        await scene.tokens.current()

    await scene.consent()
    await scene.live(2)

    assert await scene.tokens.current() == scene.server.tokens.access_token


async def test_a_consent_is_taken_up_although_the_refused_token_was_just_made(scene: Scene) -> None:
    await scene.live(1)
    await scene.tokens.renew(await scene.tokens.current())
    await scene.tokens.refused_again(await scene.tokens.current())
    await scene.live(1)
    assert scene.tokens.lost

    await scene.consent()
    await scene.live(2)

    assert (scene.tokens.alarm, scene.tokens.lost) == ("", "")  # before anybody asks for a token
    assert await scene.tokens.current() == scene.server.tokens.access_token


async def test_a_process_that_only_serves_pages_shows_the_alarm_too(scene: Scene, house: House) -> None:
    await scene.die()
    await scene.tokens.close()
    given = {"enabled": True, "app_id": APP_ID, "app_secret": APP_SECRET, "oa_secret_key": "k" * 20}
    settings = Settings.model_validate(
        {"data_dir": scene.settings.data_dir, "zalo_oa": given | {"base_url": scene.server.openapi_url}}
    )

    async with Assembly.open(settings, part="web", house=house) as assembly:
        facts = await assembly.readiness()

    assert facts["ready"] is True
    assert "ocopbot zalo authorise" in facts["troubles"]["zalo_oa"]
    assert APP_SECRET not in json.dumps(facts)


async def test_the_running_bot_keeps_watch(tmp_path: Path, house: House) -> None:
    shutil.copytree(new_installation(), tmp_path, dirs_exist_ok=True)
    given = {"enabled": True, "app_id": APP_ID, "app_secret": APP_SECRET, "oa_secret_key": "k" * 20}
    settings = Settings.model_validate({"data_dir": tmp_path, "zalo_oa": given | {"base_url": "http://127.0.0.1:9"}})

    async with Assembly.open(settings, part="pump", house=house) as assembly:
        running = asyncio.create_task(assembly.run("pump"))
        async with asyncio.timeout(60):
            while "zalo_oa" not in assembly.troubles:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert assembly.troubles["zalo_oa"].endswith("consent once. Run: ocopbot zalo authorise")
