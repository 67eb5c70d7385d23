"""The memory of the conversation about a gathering: the answers so far, and the version that is changed."""

from datetime import date, time

from msgspec import UNSET, UnsetType

from handlers.conversation.desk import Desk
from handlers.conversation.state import Plain, State

TOPIC = "taphuan"
STEPS = ("kind", "place", "title", "when", "venue", "seats")


class Planning(State, frozen=True, tag="taphuan.1"):
    """A gathering being planned, or changed: then `gathering` is its id, and `version` the one that was shown."""

    role: str
    gathering: str = ""
    version: int = 0
    kind: str = ""
    place: str = ""
    title: str = ""
    day: date | None = None
    hour: time | None = None
    venue: str = ""
    seats: int | UnsetType | None = UNSET  # None: as many as people
    lesson: str = ""  # the id of a topic to read before; none is needed

    @classmethod
    def upgrade(cls, old: Plain) -> Plain:
        """Untagged values named the gathering `event`, and wrote its hour without seconds."""
        values = {"gathering" if name == "event" else name: value for name, value in old.items()}
        if len(str(values.get("hour", ""))) == len("07:30"):
            values["hour"] = f"{values['hour']}:00"
        return values

    @property
    def limit(self) -> int | None:
        """The number of seats; None for as many as people."""
        return None if isinstance(self.seats, UnsetType) else self.seats

    @property
    def hour_said(self) -> str:
        return "" if self.hour is None else f"{self.hour:%H:%M}"

    def has(self, step: str) -> bool:
        """True where a step is answered."""
        match step:
            case "when":
                return self.day is not None and self.hour is not None
            case "seats":
                return self.seats is not UNSET
        return bool(getattr(self, step))

    def without(self, step: str) -> "Planning":
        """The same without the answer to one step."""
        match step:
            case "when":
                return self.replace(day=None, hour=None)
            case "seats":
                return self.replace(seats=UNSET)
        return self.replace(**{step: ""})


def change_at(desk: Desk) -> Planning | None:
    """The change of a gathering that waits at this desk; None where none does."""
    if desk.talk.topic != TOPIC:
        return None
    found = desk.remembered(Planning)
    return found if found.gathering else None
