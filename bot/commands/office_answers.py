"""The office's answers for `ocopbot ask`: read from the database of the installation, where there is one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from bot.settings.settings import Settings
from content.finder.search import MOST_SUGGESTIONS, Answer
from content.programme.pack import Pack

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from registry.answers.search import Found


class AskingTheOffice:
    """
    Joins the answers of the office to what the finder found, as the bot does in a chat.

    Without a database of this version and of this pack there are none; nothing is created.
    """

    def __init__(self, settings: Settings, pack: Pack, place: str) -> None:
        self._settings = settings
        self._pack = pack
        self._place = place
        self._titles: dict[str, str] = {}

    def with_office(self, question: str, found: Answer) -> Answer:
        """The finder's answer, or the office's where the bot would say that one."""
        office = self._office(question, self._pack.places.on)
        if office is None:
            return found
        self._titles |= {one.code: one.question for one in (*office.near, *([office.sure] if office.sure else []))}
        near = tuple(one.code for one in office.near)
        if office.sure is not None and (found.topic is None or office.exact):
            others = (*near, *([found.topic] if found.topic else []), *found.suggestions)
            return Answer(office.sure.code, others[:MOST_SUGGESTIONS])
        return Answer(found.topic, (*near, *found.suggestions)[:MOST_SUGGESTIONS], found.document)

    def title(self, code: str) -> str:
        """The title of a topic, or the question of an office's answer."""
        return self._titles.get(code) or self._pack.topics[code].title

    def _office(self, question: str, on: date) -> "Found | None":
        if not self._settings.data_dir.exists() and self._settings.database_url.startswith("sqlite"):
            return None
        from registry.answers.search import EVERYWHERE, find

        with self._opened() as db:
            place = self._place or EVERYWHERE
            return None if db is None else find(db, question, place=place, places=self._pack.places, on=on)

    @contextmanager
    def _opened(self) -> "Iterator[Connection | None]":
        from bot.settings.database import version_of
        from bot.settings.key import NoDatabaseYetError, vault_for
        from registry.store.engines import open_engine
        from registry.store.installation import fact
        from registry.store.schema import NEWEST

        try:
            vault = vault_for(self._settings, make=False)
        except NoDatabaseYetError:
            yield None
            return
        if version_of(self._settings, vault) != NEWEST:
            yield None
            return
        engine = open_engine(self._settings.database_url, vault, reading=True)
        try:
            with engine.connect() as db:
                yield db if fact(db, "pack") in {None, self._settings.pack} else None
        finally:
            engine.dispose()
