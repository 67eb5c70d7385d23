"""A photo that the web chat confirmed is there after a power cut, however much of its name had reached the disk."""

import struct
import zlib
from datetime import date
from pathlib import Path

import pytest

from bot.serving.assembly import Assembly, house_for
from bot.serving.configuration import Settings
from bot.serving.web_rooms import Files
from handlers.conversation.desk import House
from registry.people import consents, people
from tests.bot.shell import install

PACK = "quang-binh-2021"
ACCOUNT = "w" + "a" * 32


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


PHOTO = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"0" * 13) + chunk(b"IDAT", b"picture") + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def house() -> House:
    return house_for(Settings(pack=PACK), date(2021, 6, 1))


def files_of(bot: Assembly) -> Files:
    return Files(bot.store, bot.settings.data_dir, now=bot.clock.now, attachments=bot.attachments)


async def test_a_confirmed_photo_is_there_after_a_power_cut(tmp_path: Path, house: House) -> None:
    install(tmp_path)
    settings = Settings(pack=PACK, data_dir=tmp_path)
    async with Assembly.open(settings, house=house) as bot:
        person, _ = await bot.store.write(people.meet, channel="webchat", account=ACCOUNT, now=bot.clock.now())
        await bot.store.write(
            consents.give,
            person_id=person.id,
            purpose="registration",
            text_version="1",
            channel="webchat",
            now=bot.clock.now(),
        )
        ref = await files_of(bot).keep_upload(ACCOUNT, PHOTO, "anh.png", "image/png")
    (kept,) = (tmp_path / "files").iterdir()
    kept.rename(kept.with_name(f"{kept.name}.part"))  # as the disk may be found when a rename was not on it

    async with Assembly.open(settings, house=house) as bot:
        assert await files_of(bot).load(ref.removeprefix("file:")) == PHOTO
