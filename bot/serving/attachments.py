"""Bytes for the keys that messages carry: papers are filled when they leave, files opened, copies of data made."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from content.papers.papers import Paper, paper_docx, paper_pdf
from content.papers.workbook import ListSheet, list_workbook
from handlers.conversation.desk import House
from handlers.dangky.paper import idea_paper
from handlers.office_sheets import attendance_sheet, ideas_sheet
from registry.answers import unanswered
from registry.applications import assisted, claims, drafts, files
from registry.applications.applications import applications_of, events_of, read_application
from registry.applications.office_list import office_list
from registry.broadcasts import audiences
from registry.deadlines import certificates, deadlines
from registry.gatherings import attendance
from registry.gatherings import gatherings as events
from registry.identity.own_copy import own_copy
from registry.listening import enclosures, prompts
from registry.people import consents, people
from registry.people.official_names import first_known, official_name
from registry.people.roles import NotAllowedError, Role, role_by_id, roles_at
from registry.products.products import products_of
from registry.products.recognitions import latest_of
from registry.store.store import Store


class AttachmentGoneError(LookupError):
    """The file of a message is gone: its person was erased, or the file was lost."""


class Attachments:
    """
    Opens `paper:<application>:<pdf|docx>`, `file:<id>`, `mydata:<person>` and `calendar:<person>`;
    for offices `ideas:<person>:<role>`, `attendance:<person>:<role>:<gathering>` and
    `entry:<person>:<entry>:<pdf|docx>`; the voices `prompt:<key>` and `recording:<role>:<enclosure>`.

    The access was decided when the message was made; keys come from sealed messages only.
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
            case "ideas":
                return await asyncio.to_thread(list_workbook, await self._store.read(self._ideas, rest))
            case "attendance":
                return await asyncio.to_thread(list_workbook, await self._store.read(self._attendance, rest))
            case "entry":
                _, entry_id, form = rest.split(":")
                paper = await self._store.read(self._entry, entry_id)
                make = paper_docx if form == "docx" else paper_pdf
                return await asyncio.to_thread(make, paper, self._house.pack.papers)
            case "prompt":
                return await self._store.read(self._prompt, rest)
            case "recording":
                return await self._store.read(self._recording, rest)
        raise AttachmentGoneError(f"No attachment is called {kind}.")

    def _paper(self, db: Connection, application_id: str) -> Paper:
        application = read_application(db, application_id)
        if application is None or not application.answers:
            raise AttachmentGoneError(f"Application {application_id} has no words any more.")
        day = self._now().astimezone(self._house.zone).date()
        officials = roles_at(db, place=application.holder, on=day)
        return idea_paper(self._house, application, day=day, official=first_known(db, officials))

    def _entry(self, db: Connection, entry_id: str) -> Paper:
        entry = assisted.entry(db, entry_id)
        if entry is None or not entry.answers:
            raise AttachmentGoneError(f"Entry {entry_id} has no words any more.")
        day = self._now().astimezone(self._house.zone).date()
        role = role_by_id(db, entry.role_id)
        official = first_known(db, () if role is None else (role,))
        return idea_paper(self._house, assisted.as_application(entry), day=day, official=official)

    def _ideas(self, db: Connection, key: str) -> ListSheet:
        role = self._role(db, key.split(":")[1])
        try:
            listed = office_list(
                db, pack=self._house.pack, place=role.place, by=role, on=self._now().astimezone(self._house.zone).date()
            )
        except NotAllowedError:
            raise AttachmentGoneError("The role it was made for has ended.") from None
        return ideas_sheet(self._house, listed, place=role.place, now=self._now())

    def _attendance(self, db: Connection, key: str) -> ListSheet:
        _, role_id, gathering_id = key.split(":")
        role, on = self._role(db, role_id), self._now().astimezone(self._house.zone).date()
        known = events.gathering(db, gathering_id)
        try:
            listed = attendance.attendants(
                db, pack=self._house.pack, role=role, gathering_id=gathering_id, on=on, everybody=True
            )
        except NotAllowedError:
            known = None
        if known is None:
            raise AttachmentGoneError("The role it was made for has ended.")
        host = role_by_id(db, known.role_id)
        official = first_known(db, () if host is None else (host,))
        return attendance_sheet(self._house, known, listed, now=self._now(), official=official)

    @staticmethod
    def _role(db: Connection, role_id: str) -> Role:
        role = role_by_id(db, role_id)
        if role is None:
            raise AttachmentGoneError(f"There is no role {role_id}.")
        return role

    def _file(self, db: Connection, file_id: str) -> bytes:
        file = files.file_by_id(db, file_id)
        content = None if file is None else files.content_of(db, folder=self._folder, file=file)
        if content is None:
            raise AttachmentGoneError(f"File {file_id} is not here.")
        return content

    def _prompt(self, db: Connection, key: str) -> bytes:
        found = prompts.playable(db, pack=self._house.pack, key=key)
        if found is None:
            raise AttachmentGoneError(f"Nobody has spoken {key}.")
        return self._file(db, found.file.id)

    def _recording(self, db: Connection, key: str) -> bytes:
        """A producer's voice, while the role it was opened for still reaches over its place."""
        role_id, _, enclosure_id = key.partition(":")
        role, pack = self._role(db, role_id), self._house.pack
        found = enclosures.for_official(
            db, enclosure_id=enclosure_id, role=role, places=pack.places, now=self._now(), pack=pack
        )
        if found is None or found.file_id is None:
            raise AttachmentGoneError("The role it was opened for has ended.")
        return self._file(db, found.file_id)

    def _my_data(self, db: Connection, person_id: str) -> bytes:
        person = people.person(db, person_id)
        if person is None:
            raise AttachmentGoneError("The person was erased.")
        shown = official_name(db, person_id)
        mine = products_of(db, person_id=person_id)
        stands = {of: asdict(one) for of, one in latest_of(db, [one.id for one in mine]).items()}
        kept: dict[str, Any] = {
            "name": person.name,
            "phone": person.phone,
            "as_official": {"name": shown.name, "phone": shown.phone},
            "place": person.place,
            "language": person.language,
            "address_form": person.address_form,
            "hears_every_question": person.heard_aloud > 1,
            "labels": list(audiences.tags_of(db, person_id=person_id)),
            "accounts": [account.channel for account in people.accounts_of(db, person_id)],
            "consents": [
                {"purpose": one.purpose, "given_at": one.given_at, "withdrawn_at": one.withdrawn_at}
                for one in consents.consents_of(db, person_id=person_id)
            ],
            "invitations": [
                {"title": one.title, "starts_at": one.starts_at, "answer": answer}
                for one, answer in events.invitations_of(db, person_id=person_id)
            ],
            "asked_without_an_answer": list(unanswered.texts_asked_by(db, person_id=person_id)),
            "entered_for_me": [dict(one.answers) for one in assisted.entries_for(db, person_id=person_id)],
            "drafts": [dict(one.answers) for one in drafts.open_drafts(db, person_id=person_id)],
            "claims": [
                {"entity": one.entity_id, "state": one.state, "asked_at": one.asked_at}
                for one in claims.claims_of(db, person_id=person_id)
            ],
            "products": [{"name": one.name, "place": one.place, "recognition": stands.get(one.id)} for one in mine],
            "applications": [
                {
                    "code": one.code,
                    "status": one.status,
                    "answers": dict(one.answers),
                    "history": [{"at": event.at, "act": event.act, "note": event.note} for event in events_of(db, one)],
                }
                for one in applications_of(db, person_id=person_id)
            ],
            "records": own_copy(db, person_id=person_id),
        }
        return json.dumps(kept, ensure_ascii=False, indent=2, default=str).encode()

    def _calendar(self, db: Connection, person_id: str) -> bytes:
        from bot.serving.calendar_file import calendar_of

        told = people.person(db, person_id)

        def title(way: str, one: deadlines.Deadline) -> str:
            application = read_application(db, one.application_id) if one.application_id else None
            values = {
                "product": "" if application is None else application.product,
                "title": deadlines.title_of(self._house.pack, one),
            }
            return self._house.phrases.say(f"nhacviec.calendar_{way}", told.language if told else "vi", **values)

        now, pack = self._now(), self._house.pack
        ahead = certificates.ahead_for(db, pack=pack, person_id=person_id, now=now)
        return calendar_of(pack, ahead, now=now, title=title)
