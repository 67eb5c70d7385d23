"""What a conversation step has before it: who spoke, what waits, what time it is, and the house around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.finder.search import Answers
from content.phrases import Phrases
from content.places.places import Places
from content.programme.pack import Pack
from handlers.conversation.incoming import Incoming
from handlers.conversation.showing import Shown
from registry.applications.drafts import Draft
from registry.deliveries.reaching import Forecast
from registry.deliveries.routing import WaysEstimate
from registry.people.conversations import Talk
from registry.people.people import Account, Person
from registry.people.roles import Role


@dataclass(frozen=True)
class House:
    """What is the same for everybody while the program runs."""

    pack: Pack
    phrases: Phrases
    answers: Answers
    office: str  # who runs this bot; empty while it is a trial
    contact: str = ""  # whom people may call when the bot cannot help
    public_url: str = ""
    demo: bool = False
    ways: WaysEstimate | None = None  # what an announcement costs, where a channel charges for some
    shows: Mapping[str, Shown] = field(default_factory=dict)  # the channels there are, and their limits
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)  # how a message would go, by channel
    exports_per_day: int = 20  # lists of people one official may take along as files

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.pack.programme.timezone)

    @property
    def trial(self) -> bool:
        """No office has put its name to the bot, or nobody has approved the pack's texts."""
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
        """Go on with what is now known of the person, after this turn changed it."""
        self.person = person


def title_of(desk: Desk, draft: Draft) -> str:
    """How a person would name what they left: by the product, or by the form."""
    return str(draft.answers.get("product_name") or desk.pack.forms[draft.form].title)
