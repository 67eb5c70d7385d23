"""A unit of work may run twice; the file it writes is then written twice, and stays one file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from bot.serving.web_rooms import Files
from registry.applications.files import files
from registry.people import consents, people
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store

NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
PAPER = b"%PDF-1.7\n" + bytes(64) + b"\n%%EOF\n"


async def test_a_unit_that_is_run_again_leaves_no_file_without_a_row(tmp_path: Path) -> None:
    vault = Vault(bytes(range(32)))
    url = f"sqlite:///{tmp_path / 'ocopbot.db'}"
    upgrade(url, vault)
    store = Store(url, vault)
    runs = 0
    room = Files(store, tmp_path, now=lambda: NOW, attachments=lambda _key: asyncio.sleep(0, b""))

    def counted(db: Connection, **said: object) -> str:
        nonlocal runs
        runs += 1
        return Files._keep(room, db, **said)

    def fails(_db: Connection) -> None:
        raise LookupError

    for number in range(4):
        person, _ = store.write_now(people.meet, channel="webchat", account=f"w{number}", now=NOW)
        store.write_now(
            consents.give, person_id=person.id, purpose="registration", text_version="1", channel="webchat", now=NOW
        )
    room._keep = counted
    try:
        uploads = [room.keep_upload(f"w{number}", PAPER, "to-khai.pdf", "application/pdf") for number in range(4)]
        done = await asyncio.gather(*uploads, store.write(fails), return_exceptions=True)
        kept = store.read_now(lambda db: set(db.execute(select(files.c.id).where(files.c.state == "kept")).scalars()))
    finally:
        store.close()

    assert isinstance(done[-1], LookupError)
    assert runs > len(uploads)  # the group failed, and each ran again alone
    assert {file.name for file in (tmp_path / "files").iterdir()} == kept
    assert len(kept) == len(uploads)
