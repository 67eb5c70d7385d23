"""The input of a conversation step: the person, the waiting question, the time, and the house around it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.finder.search import Answers
from content.phrases import Phrases
from content.places.places import Places
from content.programme.pack import Pack
from handlers.conversation.incoming import Incoming
from handlers.conversation.showing import Shown
from handlers.conversation.state import State
from registry.applications.drafts import Draft
from registry.applications.files import QUOTA, Quota
from registry.deliveries.reaching import Forecast
from registry.deliveries.routing import WaysEstimate
from registry.people.conversations import Talk
from registry.people.people import Account, Person
from registry.people.roles import NotAllowedError, Role, may

S = TypeVar("S", bound=State)
T = TypeVar("T")


@dataclass(frozen=True)
class House:
    """The values that are the same for everybody while the program runs."""

    pack: Pack
    phrases: Phrases
    answers: Answers
    office: str  # the office that runs this bot; empty during a trial
    contact: str = ""  # a number to call when the bot cannot help
    public_url: str = ""
    demo: bool = False
    ways: WaysEstimate | None = None  # the cost of a broadcast, where a channel charges
    shows: Mapping[str, Shown] = field(default_factory=dict)  # the limits of each channel
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)  # how a message would arrive, by channel
    exports_per_day: int = 20  # lists of people that one official may export
    quota: Quota = QUOTA  # the bytes of files one person may have here, and all together

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.pack.programme.timezone)

    @property
    def trial(self) -> bool:
        """True while no office runs the bot, or the texts of the pack are not approved."""
        return not self.office or self.pack.programme.approved_on is None


@dataclass
class Desk:
    """One turn of one person."""

    db: Connection
    house: House
    now: datetime
    person: Person
    account: Account
    talk: Talk
    said: Incoming
    roles: tuple[Role, ...] = ()

    @property
    def pack(self) -> Pack:
        return self.house.pack

    @property
    def places(self) -> Places:
        return self.house.pack.places

    @property
    def local(self) -> datetime:
        return self.now.astimezone(self.house.zone)

    @property
    def today(self) -> date:
        return self.local.date()

    def refresh(self, person: Person) -> None:
        """Continue with the person as this turn changed them."""
        self.person = person

    def remembered(self, kind: type[S]) -> S:
        """The memory of the waiting conversation, written by this or the previous release."""
        return kind.from_json(self.talk.data)

    def role_for(self, act: str, place: str | None = None, role_id: str = "") -> Role | None:
        """
        The role under which this person may do an act there today; without a place, where the role is held.

        Ask at every step: a role revoked in mid-conversation stops it.  `role_id` asks for one certain role.
        """
        return next(
            (
                role
                for role in self.roles
                if role_id in {"", role.id} and may(role, act, place or role.place, self.places, on=self.today)
            ),
            None,
        )

    def under_a_role(self, act: Callable[[Role], T]) -> tuple[Role, T] | None:
        """Do an act under the first role that allows it (no `NotAllowedError`); None where none does."""
        for role in self.roles:
            with suppress(NotAllowedError):
                return role, act(role)
        return None


def title_of(desk: Desk, draft: Draft) -> str:
    """The name of an unfinished draft: its product, or its form."""
    return str(draft.answers.get("product_name") or desk.pack.forms[draft.form].title)
