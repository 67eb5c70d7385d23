"""Bytes for the keys that messages carry: papers are filled when they leave, files opened, copies of data made."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from content.papers import Paper, paper_docx, paper_pdf
from handlers.desk import House
from handlers.idea_paper import idea_paper
from registry import consents, deadlines, drafts, files, people
from registry.applications import applications_of, events_of, read_application
from registry.store import Store


class AttachmentGoneError(LookupError):
    """What a message was to carry is not here any more (its person was erased, or the file lost)."""


class Attachments:
    """
    Opens `paper:<application>:<pdf|docx>`, `file:<id>`, `mydata:<person>` and `calendar:<person>`.

    Who may have it was decided when the message was made; keys come from sealed messages only.
    """

    def __init__(self, store: Store, house: House, folder: Path, now: Callable[[], datetime]) -> None:
        self._store = store
        self._house = house
        self._folder = folder
        self._now = now

    async def __call__(self, key: str) -> bytes:
        kind, _, rest = key.partition(":")
        match kind:
            case "paper":
                application_id, _, form = rest.partition(":")
                paper = await self._store.read(self._paper, application_id)
                make = paper_docx if form == "docx" else paper_pdf
                return await asyncio.to_thread(make, paper, self._house.pack.papers)
            case "file":
                return await self._store.read(self._file, rest)
            case "mydata":
                return await self._store.read(self._my_data, rest)
            case "calendar":
                return await self._store.read(self._calendar, rest)
        raise AttachmentGoneError(f"No attachment is called {kind}.")

    def _paper(self, db: Connection, application_id: str) -> Paper:
        application = read_application(db, application_id)
        if application is None or not application.answers:
            raise AttachmentGoneError(f"Application {application_id} has no words any more.")
        return idea_paper(self._house, application, day=self._now().astimezone(self._house.zone).date())

    def _file(self, db: Connection, file_id: str) -> bytes:
        file = files.file_by_id(db, file_id)
        content = None if file is None else files.content_of(db, folder=self._folder, file=file)
        if content is None:
            raise AttachmentGoneError(f"File {file_id} is not here.")
        return content

    def _my_data(self, db: Connection, person_id: str) -> bytes:
        person = people.person(db, person_id)
        if person is None:
            raise AttachmentGoneError("The person was erased.")
        kept: dict[str, Any] = {
            "name": person.name,
            "phone": person.phone,
            "place": person.place,
            "language": person.language,
            "address_form": person.address_form,
            "accounts": [account.channel for account in people.accounts_of(db, person_id)],
            "consents": [
                {"purpose": one.purpose, "given_at": one.given_at, "withdrawn_at": one.withdrawn_at}
                for one in consents.consents_of(db, person_id=person_id)
            ],
            "drafts": [dict(one.answers) for one in drafts.open_drafts(db, person_id=person_id)],
            "applications": [
                {
                    "code": one.code,
                    "status": one.status,
                    "answers": dict(one.answers),
                    "history": [{"at": event.at, "act": event.act, "note": event.note} for event in events_of(db, one)],
                }
                for one in applications_of(db, person_id=person_id)
            ],
        }
        return json.dumps(kept, ensure_ascii=False, indent=2, default=str).encode()

    def _calendar(self, db: Connection, person_id: str) -> bytes:
        from bot.calendar_file import calendar_of

        places: set[str | None] = {one.place for one in applications_of(db, person_id=person_id)}
        if not places:
            person = people.person(db, person_id)
            places = {person.place if person else None}
        ahead = {
            one.id: one
            for place in places
            for one in deadlines.open_deadlines(db, places=self._house.pack.places, place=place, now=self._now())
        }
        return calendar_of(self._house.pack, tuple(ahead.values()), now=self._now())
