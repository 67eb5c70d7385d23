"""Uploads of the web chat: after a begun conversation and a consent, within the room there is, and never an orphan."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.webchat.channel import UploadRefusedError
from bot.serving.web_rooms import Files
from registry.applications.file_room.upkeep import sweep_loose
from registry.applications.files import Quota, bytes_here, files
from registry.people import consents, people, roles
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store

NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
PAPER = b"%PDF-1.7\n" + bytes(64) + b"\n%%EOF\n"
MAI = "w" + "0" * 32


@dataclass
class Scene:
    store: Store
    folder: Path
    low: bool = False
    quota: Quota = field(default_factory=Quota)

    @property
    def room(self) -> Files:
        return Files(
            self.store,
            self.folder,
            now=lambda: NOW,
            attachments=lambda _key: asyncio.sleep(0, b""),
            quota=self.quota,
            is_low=lambda: self.low,
        )

    def meet(self, account: str = MAI, channel: str = "webchat") -> str:
        return self.store.write_now(people.meet, channel=channel, account=account, now=NOW)[0].id

    def agree(self, person_id: str) -> None:
        self.store.write_now(
            consents.give, person_id=person_id, purpose="registration", text_version="1", channel="webchat", now=NOW
        )

    async def upload(self, account: str = MAI) -> str:
        await self.room.check_upload(account)
        return await self.room.keep_upload(account, PAPER, "a.pdf", "application/pdf")

    @property
    def stored(self) -> int:
        rows = self.store.read_now(lambda db: db.execute(select(files.c.id).where(files.c.state == "kept")).all())
        on_disk = list((self.folder / "files").iterdir()) if (self.folder / "files").exists() else []
        assert {row.id for row in rows} == {file.name for file in on_disk}
        return len(rows)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    vault = Vault(bytes(range(32)))
    url = f"sqlite:///{tmp_path / 'ocopbot.db'}"
    upgrade(url, vault)
    store = Store(url, vault)
    yield Scene(store, tmp_path)
    store.close()


async def refused(scene: Scene) -> str:
    with pytest.raises(UploadRefusedError) as refusal:
        await scene.upload()
    assert scene.stored == 0
    return refusal.value.why


async def test_a_session_that_never_wrote_uploads_nothing_and_becomes_nobody(scene: Scene) -> None:
    assert await refused(scene) == "not_begun"
    assert scene.store.read_now(people.account_person, channel="webchat", account=MAI) is None


async def test_without_a_consent_the_bytes_are_dropped_and_the_message_gets_its_answer(scene: Scene) -> None:
    scene.meet()
    ref = await scene.upload()
    shown = await scene.room.open_file(MAI, ref.removeprefix("file:"))

    assert scene.stored == 0
    assert shown is not None
    assert shown.content == b""


async def test_after_a_consent_it_is_kept_until_it_is_withdrawn(scene: Scene) -> None:
    mai = scene.meet()
    scene.agree(mai)
    await scene.upload()
    assert scene.stored == 1

    scene.store.write_now(consents.withdraw, person_id=mai, purpose="registration", now=NOW)
    await scene.upload()
    assert scene.stored == 1


async def test_an_official_may_send_files_by_their_role(scene: Scene) -> None:
    mai = scene.meet()
    scene.store.write_now(
        roles.grant, person_id=mai, role="commune_official", place="19225", granted_by="operator", now=NOW
    )
    await scene.upload()
    assert scene.stored == 1


async def test_below_the_reserve_a_stranger_is_refused_and_known_people_are_served(scene: Scene) -> None:
    mai = scene.meet()
    scene.agree(mai)
    scene.low = True
    assert await refused(scene) == "no_room"

    scene.store.write_now(
        roles.grant, person_id=mai, role="commune_official", place="19225", granted_by="operator", now=NOW
    )
    await scene.upload()
    assert scene.stored == 1


async def test_the_quota_of_all_refuses_with_its_reason(scene: Scene) -> None:
    scene.agree(scene.meet())
    scene.quota = Quota(together=len(PAPER))
    await scene.upload()
    with pytest.raises(UploadRefusedError) as refusal:
        await scene.upload()
    assert refusal.value.why == "no_room"
    assert scene.stored == 1
    assert scene.store.read_now(bytes_here) == len(PAPER)


async def test_an_upload_that_no_message_names_is_gone_after_a_day(scene: Scene) -> None:
    scene.agree(scene.meet())
    await scene.upload()

    assert scene.store.write_now(sweep_loose, now=NOW + timedelta(hours=23))["unattached"] == 0
    assert scene.store.write_now(sweep_loose, now=NOW + timedelta(hours=25))["unattached"] == 1
