"""
The rows of the web chat: its history, and the files that one account may open.

`bot.serving.registered` names this module for the channel.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.channels.manifest import Runtime
from bot.channels.webchat.channel import WebChannel, WebFile
from bot.channels.webchat.manifest import Backing
from bot.serving.attachments import AttachmentGoneError
from bot.settings.clock import VIETNAM
from bot.settings.settings import Settings
from console.chat import chat_page
from handlers.conversation.desk import House
from registry.applications import files
from registry.applications.file_kinds import BrokenFileError
from registry.deliveries import web_history
from registry.deliveries.deliveries import Pending
from registry.deliveries.reaching import Forecast, Foreseen
from registry.people import people, trials
from registry.store.rows import new_id
from registry.store.store import Store, StoreRefusesError

MIMES = {"pdf": "application/pdf", "json": "application/json", "ics": "text/calendar"}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def back(settings: Settings, store: Store, house: House, runtime: Runtime[None]) -> Backing:
    """The rows of the web chat, its page, and its key."""
    programme = house.pack.programme
    return Backing(
        History(store, runtime.now),
        Files(store, settings.data_dir, now=runtime.now, attachments=runtime.load),
        lambda: chat_page(programme=programme.short_name, office=house.office, trial=house.trial),
        forecast_of,
        store.vault.derive("web chat"),
    )


def forecast_of(page: WebChannel) -> Forecast:
    """A web page delivers nothing to a person who has closed it; only the process that serves pages knows."""

    def forecast(_db: Connection, pending: Pending, _now: datetime) -> Foreseen:
        return Foreseen.NOW if page.is_open(pending.account) else Foreseen.ON_THE_PAGE

    return forecast


class History:
    """`bot.channels.webchat.channel.WebHistory` on the registry."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def keep(self, account: str, message: Mapping[str, Any]) -> int:
        return await self._store.write(web_history.keep_said, account=account, message=message, now=self._now())

    async def since(self, account: str, seq: int) -> Sequence[tuple[int, Mapping[str, Any]]]:
        return await self._store.read(web_history.said_since, account=account, seq=seq)


class Files:
    """`WebFiles` of the web chat on the registry; uploads are kept at once, sealed under their sender's key."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        now: Callable[[], datetime],
        attachments: Callable[[str], Awaitable[bytes]],
    ) -> None:
        self._store = store
        self._folder = folder
        self._now = now
        self._attachments = attachments

    async def keep_upload(self, account: str, content: bytes, name: str, mime: str) -> str:
        """
        Keep an upload.  One that is too large or broken is refused as the store refuses.

        During a trial the upload of a person who is not invited is dropped; its message gets the answer.
        """
        try:
            return await self._store.write(
                self._keep, file_id=new_id(), account=account, content=content, name=name, mime=mime, now=self._now()
            )
        except (files.NotTakenError, BrokenFileError) as refusal:
            raise StoreRefusesError(str(refusal)) from refusal

    def _keep(
        self, db: Connection, *, file_id: str, account: str, content: bytes, name: str, mime: str, now: datetime
    ) -> str:
        person, _ = people.meet(db, channel=web_history.CHANNEL, account=account, now=now)
        ref = f"file:{new_id()}"
        if self._is_shut_out(db, account=account):
            return ref
        wanted = files.want(
            db,
            person_id=person.id,
            channel=web_history.CHANNEL,
            ref=ref,
            mime=mime,
            size=len(content),
            name=name,
            now=now,
            file_id=file_id,
        )
        files.keep(db, folder=self._folder, file_id=wanted.id, content=content)
        return ref

    async def open_file(self, account: str, key: str) -> WebFile | None:
        """
        A paper or file that was shown to this account, or one's own upload; anything else is not there.

        The upload of a person the trial keeps out was dropped: it is empty, and its message gets the answer.
        """
        found = await self._store.read(self._allowed, account=account, key=key)
        if found is None:
            dropped = await self._store.read(self._is_shut_out, account=account)
            return WebFile(b"", "", "application/octet-stream") if dropped else None
        attachment, name, mime = found
        try:
            return WebFile(await self._attachments(attachment), name, mime)
        except AttachmentGoneError:
            return None

    def _is_shut_out(self, db: Connection, *, account: str) -> bool:
        person_id = people.account_person(db, channel=web_history.CHANNEL, account=account)
        on = self._now().astimezone(VIETNAM).date()
        return person_id is not None and trials.shuts_out(db, person_id=person_id, on=on)

    def _allowed(self, db: Connection, *, account: str, key: str) -> tuple[str, str, str] | None:
        for _seq, message in reversed(web_history.said_since(db, account=account, seq=0)):
            for attachment in message.get("attachments", ()):
                if attachment.get("file") == key:
                    name = str(attachment.get("name") or key)
                    return key, name, _mime(db, key, name)
        owner = people.account_person(db, channel=web_history.CHANNEL, account=account)
        if owner is None:
            return None
        own = files.file_by_ref(db, person_id=owner, channel=web_history.CHANNEL, ref=f"file:{key}")
        return None if own is None else (f"file:{own.id}", own.name or own.id, own.mime)

    async def load(self, key: str) -> bytes | None:
        """The bytes of an upload, which were stored when it arrived."""
        found = await self._store.read(_upload, key=key)
        return None if found is None else await self._attachments(f"file:{found}")


def _upload(db: Connection, *, key: str) -> str | None:
    return files.id_of_ref(db, channel=web_history.CHANNEL, ref=f"file:{key}")


def _mime(db: Connection, key: str, name: str) -> str:
    if key.startswith("file:"):
        file = files.file_by_id(db, key.removeprefix("file:"))
        return "application/octet-stream" if file is None else file.mime
    ending = name.rpartition(".")[2]
    return WORD if ending == "docx" else MIMES.get(ending, "application/octet-stream")
