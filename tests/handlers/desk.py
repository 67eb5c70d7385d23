"""A house without platforms: people write, turns run on a real database, and queued messages are read at once."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, func, select

from content.finder.search import answers_of
from content.fold import clean, fold
from content.message import Message
from content.phrases import Phrases
from content.programme.pack import Pack, load_pack
from handlers.conversation.desk import House
from handlers.conversation.incoming import Incoming, IncomingFile, Kind
from handlers.conversation.telling import Telling
from handlers.rooms import front_desk
from handlers.taking import take_turn
from registry.applications.applications import Application, read_application
from registry.applications.drafts import open_draft
from registry.applications.entities import NewEntity
from registry.applications.submitting import submit_idea
from registry.deadlines import deadlines
from registry.deliveries import deliveries
from registry.deliveries.claims import claim_ready
from registry.deliveries.deliveries import Pending
from registry.deliveries.outcomes import Sent
from registry.deliveries.reaching import Foreseen
from registry.people import people, roles
from registry.people.conversations import Talk, load_talk
from registry.people.roles import Role
from registry.store import inbox
from registry.store.rows import applications
from registry.store.schema import every_table, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store

P = ParamSpec("P")
R = TypeVar("R")

NOW = datetime(2021, 6, 1, 1, 0, tzinfo=UTC)
"""Tuesday 01/06/2021, 08:00 in Viet Nam: the first day of the older programme."""
PROVINCE, DISTRICT, COMMUNE = "44", "456", "19213"
SIBLING_COMMUNE = "19210"
OTHER_DISTRICT, OTHER_COMMUNE = "455", "19138"
NOWHERE = "99999"
CHANNEL = "test"

_FRONT = front_desk()


@cache
def pack_of(name: str) -> Pack:
    return load_pack(name, date(2021, 6, 1) if name.endswith("2021") else date(2026, 9, 15))


@cache
def house_of(name: str) -> House:
    pack = pack_of(name)
    return House(pack, Phrases.load(), answers_of(pack), office="")


@cache
def _template() -> Path:
    file = Path(mkdtemp(prefix="ocopbot-tests-")) / "template.db"
    upgrade(f"sqlite:///{file}", Vault(bytes(range(32))))
    return file


@dataclass
class Village:
    """Everybody who speaks, and everything that was said to them."""

    store: Store
    house: House
    file: Path
    now: datetime = NOW
    heard: dict[str, list[Message]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def pack(self) -> Pack:
        return self.house.pack

    def do(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self.store.write_now(unit, *args, **kwargs)

    # --- speaking -----------------------------------------------------------------------------------------------------

    def say(self, account: str, text: str = "", **extra: Any) -> list[Message]:
        """Type words; return the replies to the same account."""
        return self._turn(account, extra.pop("kind", "text"), text=clean(text), **extra)

    def press(self, account: str, action: str, **extra: Any) -> list[Message]:
        """Press a button, real or made up: a changed client can send anything."""
        return self._turn(account, "press", payload=clean(action), **extra)

    def send(self, account: str, kind: Kind, *files: IncomingFile, text: str = "", **extra: Any) -> list[Message]:
        return self._turn(account, kind, text=clean(text), files=files, **extra)

    def tap(self, account: str, label: str) -> list[Message]:
        """Press the last shown button whose label holds these words."""
        action = self.button(account, label)
        assert action is not None, f"no button {label!r} in {[c.label for c in self.last(account).choices]}"
        return self.press(account, action)

    def button(self, account: str, label: str) -> str | None:
        for message in reversed(self.heard.get(account, [])):
            if message.choices:
                return next((c.action for c in message.choices if fold(label) in fold(c.label)), None)
        return None

    def last(self, account: str) -> Message:
        return self.heard[account][-1]

    def _turn(self, account: str, kind: Kind, **what: Any) -> list[Message]:
        self.now += timedelta(seconds=20)
        number = next(self._numbers)
        event = f"{number}"
        said = Incoming(CHANNEL, account, event, kind, self.now, **what)
        before = len(self.heard.setdefault(account, []))

        def whole(db: Connection) -> list[tuple[str, Message]]:
            event_id = inbox.receive(db, channel=CHANNEL, event=event, account=account, raw=b"{}", now=self.now)
            assert event_id is not None
            take_turn(db, house=self.house, front=_FRONT, event_id=event_id, said=said, now=self.now)
            return _delivered(db, self.now)

        self._keep(self.do(whole))
        return self.heard[account][before:]

    def foresees(self, how: Foreseen) -> None:
        """Let the channel be one that knows how its messages will go."""

        def always(_db: Connection, _pending: Pending, _now: datetime) -> Foreseen:
            return how

        self.house = replace(self.house, forecasts={CHANNEL: always})

    def wait_out_delay(self) -> None:
        """Let the delay of a message sent alone pass, and deliver it."""
        self.now += self.pack.programme.announcements.delay
        self.deliver()

    def deliver(self) -> None:
        """Deliver everything queued, as a platform that accepts everything would."""
        self._keep(self.do(_delivered, self.now))

    def _keep(self, delivered: list[tuple[str, Message]]) -> None:
        for account, message in delivered:
            self.heard.setdefault(account, []).append(message)

    def all_words(self, account: str) -> str:
        return "\n".join(words_of(message) for message in self.heard.get(account, ()))

    # --- who is there -------------------------------------------------------------------------------------------------

    def person(self, account: str, name: str = "", place: str | None = None, phone: str = "") -> str:
        person, _ = self.do(people.meet, channel=CHANNEL, account=account, now=self.now)
        if name:
            self.do(people.set_name, person_id=person.id, name=name)
        if phone:
            self.do(people.set_phone, person_id=person.id, phone=phone)
        if place:
            self.do(people.set_preference, person_id=person.id, place=place)
        return person.id

    def official(self, account: str, role: str, place: str, title: str = "Cán bộ", until: date | None = None) -> Role:
        person_id = self.person(account, title)
        return self.do(
            roles.grant, person_id=person_id, role=role, place=place, granted_by="operator", now=self.now,
            title=title, until=until,
        )  # fmt: skip

    def idea(
        self, person_id: str, place: str = COMMUNE, entity: str | NewEntity | None = None, **answers: Any
    ) -> Application:
        """An idea that was handed in, with what was answered; made where the form's end would make it."""
        draft = self.do(open_draft, person_id=person_id, form="idea", now=self.now)
        name = str(answers.get("entity_name", "Hộ Mẫu"))
        given = {
            "product_name": "Khoai deo", "product_kind": "new", "product_group": "food",
            "entity_kind": "household", "entity_name": name, "phone": "+84912345678", "place": place,
        }  # fmt: skip

        def hand_in(db: Connection) -> Application:
            return submit_idea(
                db, pack=self.pack, draft_key=draft.key, person_id=person_id,
                entity=entity or NewEntity("household", place, name), place=place, kind="new", product_group="food",
                answers=given | answers, now=self.now, tell=Telling(self.house, db, self.now),
            )  # fmt: skip

        return self.do(hand_in)

    def fresh(self, application: Application) -> Application:
        found = self.do(read_application, application.id)
        assert found is not None
        return found

    def talk(self, account: str) -> Talk:
        return self.do(load_talk, self.person(account))

    def register(self, account: str, *answers: str) -> Application:
        """Go through the idea form to its end, by words and taps, and hand in."""
        self.say(account, "/dangky")
        self.tap(account, "Đồng ý")
        for words in answers:
            self.say(account, words)
            if self.button(account, "Ghi vậy"):  # an odd answer is read back
                self.tap(account, "Ghi vậy")
        self.tap(account, "Gửi")
        code = self.do(lambda db: db.execute(select(func.max(applications.c.code))).scalar_one())
        found = self.do(
            lambda db: db.execute(select(applications.c.id).where(applications.c.code == code)).scalar_one()
        )
        return self.do(read_application, found) or self.fail()

    @staticmethod
    def fail() -> Application:
        raise AssertionError("nothing was handed in")

    def rows_with(self, ids: set[str]) -> dict[str, list[tuple[Any, ...]]]:
        """Every row that names one of these ids, but for what only says who spoke when and what was told to whom."""

        def read(db: Connection) -> dict[str, list[tuple[Any, ...]]]:
            found: dict[str, list[tuple[Any, ...]]] = {}
            for table in every_table().sorted_tables:
                if table.name in {"inbox", "audit", "deliveries", "tallies", "accounts"}:
                    continue
                for row in db.execute(select(table)):
                    if any(isinstance(value, str) and value in ids for value in row):
                        found.setdefault(table.name, []).append(tuple(row))
            return {name: sorted(rows, key=repr) for name, rows in found.items()}

        return self.do(read)


def _delivered(db: Connection, now: datetime) -> list[tuple[str, Message]]:
    later, lease = now + timedelta(seconds=2), timedelta(seconds=60)
    arrived = []
    while pending := claim_ready(db, channel=CHANNEL, now=later, limit=50, bulk=50, lease=lease):
        for one in pending:
            deliveries.record(db, delivery_id=one.id, outcome=Sent("1"), now=now)
            arrived.append((one.account, one.message))
    return arrived


def words_of(message: Message) -> str:
    """All that can be read of a message: its words, the labels, the names of its files."""
    return "\n".join([message.plain, *(c.label for c in message.choices), *(a.name for a in message.attachments)])


@contextmanager
def open_village(folder: Path, pack: str = "quang-binh-2021") -> Iterator[Village]:
    """A village with an empty database in a folder."""
    file = folder / "village.db"
    shutil.copyfile(_template(), file)
    store = Store(f"sqlite:///{file}", Vault(bytes(range(32))))
    village = Village(store, house_of(pack), file)
    if pack.endswith("2026"):
        village.now = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
    village.do(deadlines.seed, pack=village.pack)
    try:
        yield village
    finally:
        store.close()
