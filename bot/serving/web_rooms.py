"""
The rows of the web chat: its history, and the files that one account may open.

`bot.serving.registered` names this module for the channel.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.channels.manifest import Runtime
from bot.channels.webchat.channel import UploadRefusedError, WebChannel, WebFile
from bot.channels.webchat.guarding import Guard
from bot.channels.webchat.manifest import Backing
from bot.serving.attachments import AttachmentGoneError
from bot.serving.house import disk_of
from bot.settings.clock import VIETNAM
from bot.settings.settings import Settings
from bot.web.addresses import Addresses
from console.chat import chat_page
from handlers.conversation.desk import House
from registry.applications import files
from registry.applications.entities import entities_of
from registry.applications.file_room.kinds import BrokenFileError
from registry.deliveries import web_history
from registry.deliveries.deliveries import Pending
from registry.deliveries.reaching import Forecast, Foreseen
from registry.people import consents, people, trials
from registry.people.roles import roles_of
from registry.store.rows import new_id
from registry.store.store import Store

MIMES = {"pdf": "application/pdf", "json": "application/json", "ics": "text/calendar"}
UNNAMED_FOR = timedelta(days=1)
"""How long an upload is kept that no message names."""
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def back(settings: Settings, store: Store, house: House, runtime: Runtime[None]) -> Backing:
    """The rows of the web chat, its page, and its key."""
    programme = house.pack.programme
    disk, limits = disk_of(settings), settings.limits
    guard = Guard(
        Addresses(settings.server.proxies).of,
        lambda: not disk.is_low,
        pages=limits.pages_per_address,
        sessions_per_hour=limits.sessions_per_hour,
        per_minute=limits.messages_per_minute,
    )
    room = Files(
        store,
        settings.data_dir,
        now=runtime.now,
        attachments=runtime.load,
        quota=house.quota,
        is_low=lambda: disk.is_low,
    )
    return Backing(
        History(store, runtime.now),
        room,
        lambda: chat_page(programme=programme.short_name, office=house.office, trial=house.trial),
        forecast_of,
        store.vault.derive("web chat"),
        guard,
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
        quota: files.Quota = files.QUOTA,
        is_low: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._folder = folder
        self._now = now
        self._attachments = attachments
        self._quota = quota
        self._is_low = is_low

    async def check_upload(self, account: str) -> None:
        """Refuse an account that never wrote, and a stranger while the disk is nearly full."""
        why = await self._store.read(self._why_not, account=account, is_low=self._is_low())
        if why:
            raise UploadRefusedError(why)

    def _why_not(self, db: Connection, *, account: str, is_low: bool) -> str:
        person_id = people.account_person(db, channel=web_history.CHANNEL, account=account)
        if person_id is None:
            return "not_begun"
        return "no_room" if is_low and not self._is_known(db, person_id) else ""

    def _is_known(self, db: Connection, person_id: str) -> bool:
        """True for somebody with a role, an entity, or an account on a platform that knows them."""
        others = (one for one in people.accounts_of(db, person_id) if one.channel != web_history.CHANNEL)
        return bool(
            roles_of(db, person_id=person_id, on=self._today()) or entities_of(db, person_id=person_id) or any(others)
        )

    def _today(self) -> date:
        return self._now().astimezone(VIETNAM).date()

    async def keep_upload(self, account: str, content: bytes, name: str, mime: str) -> str:
        """
        Keep an upload, for a day until a message names it.

        Without a consent, or of a person the trial keeps out, it is dropped; its message gets the answer.
        """
        try:
            return await self._store.write(
                self._keep, file_id=new_id(), account=account, content=content, name=name, mime=mime, now=self._now()
            )
        except files.NotTakenError as refusal:
            raise UploadRefusedError({"full": "no_room"}.get(refusal.why, refusal.why)) from refusal
        except BrokenFileError as refusal:
            raise UploadRefusedError("broken") from refusal

    def _keep(
        self, db: Connection, *, file_id: str, account: str, content: bytes, name: str, mime: str, now: datetime
    ) -> str:
        ref = f"file:{new_id()}"
        person_id = people.account_person(db, channel=web_history.CHANNEL, account=account)
        if person_id is None or self._is_dropped(db, person_id):
            return ref
        wanted = files.want(
            db,
            person_id=person_id,
            channel=web_history.CHANNEL,
            ref=ref,
            mime=mime,
            size=len(content),
            name=name,
            now=now,
            file_id=file_id,
            quota=self._quota,
            loose_for=UNNAMED_FOR,
        )
        files.keep(db, folder=self._folder, file_id=wanted.id, content=content, quota=self._quota)
        return ref

    async def open_file(self, account: str, key: str) -> WebFile | None:
        """
        A paper or file that was shown to this account, or one's own upload; anything else is not there.

        An upload that was dropped is empty, and its message gets the answer.
        """
        found = await self._store.read(self._allowed, account=account, key=key)
        if found is None:
            dropped = await self._store.read(self._drops_for, account=account)
            return WebFile(b"", "", "application/octet-stream") if dropped else None
        attachment, name, mime = found
        try:
            return WebFile(await self._attachments(attachment), name, mime)
        except AttachmentGoneError:
            return None

    def _drops_for(self, db: Connection, *, account: str) -> bool:
        person_id = people.account_person(db, channel=web_history.CHANNEL, account=account)
        return person_id is not None and self._is_dropped(db, person_id)

    def _is_dropped(self, db: Connection, person_id: str) -> bool:
        """True while nothing of this person may be stored: no consent, or a trial without them."""
        on = self._today()
        return trials.shuts_out(db, person_id=person_id, on=on) or not consents.may_send_files(
            db, person_id=person_id, on=on
        )

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
