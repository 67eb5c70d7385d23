"""The memory of the conversations about broadcasts: one that is written or edited, a refusal, a label."""

from datetime import datetime

from handlers.conversation.desk import Desk
from handlers.conversation.state import Plain, State
from registry.broadcasts.audiences import Counted, Wanted

TOPIC = "thongbao"
REFUSE = "refuse"
LABEL = "tag"
"""The steps that belong to no text; at every other step a broadcast is written or edited."""


class Composing(State, frozen=True, tag="thongbao.1"):
    """A broadcast that is being written, or edited: then `edits` is its id, and `version` the one that is edited."""

    role: str = ""
    place: str = ""
    text: str = ""
    typed: str = ""  # words typed under the preview: perhaps the new text
    at: datetime | None = None  # a chosen hour
    night: bool = False
    files: tuple[dict[str, str], ...] = ()  # kind, file, name
    filters: Wanted = Wanted("")  # without the place
    field: str = ""  # the filter whose values are being chosen
    edits: str = ""
    version: int = 0
    old: str = ""  # the number of the broadcast it corrects
    until: datetime | None = None  # a chosen end
    shown_end: datetime | None = None  # the end in the last preview
    counted: Counted | None = None  # its audience, when it was chosen or last confirmed
    counted_for: Wanted | None = None  # the audience that was counted

    @property
    def wanted(self) -> Wanted:
        """The filters chosen so far, in the chosen place."""
        return Wanted.from_json({**self.filters.to_json(), "place": self.place})

    @classmethod
    def upgrade(cls, old: Plain) -> Plain:
        """Untagged values had `wanted` without a place, and an empty `at`."""
        values = {name: value for name, value in old.items() if name != "wanted" and (name != "at" or value)}
        if "wanted" in old:
            values["filters"] = {**old["wanted"], "place": ""}
        return values


class Refusing(State, frozen=True, tag="thongbao.refusing.1"):
    """A second official is asked why they refuse a version."""

    broadcast: str
    version: int

    @classmethod
    def upgrade(cls, old: Plain) -> Plain:
        """Untagged values named the broadcast `refuses`."""
        return {**old, "broadcast": old.get("refuses", old.get("broadcast"))}


class Labelling(State, frozen=True, tag="thongbao.labelling.1"):
    """An official is asked for the label of the people who understood."""

    broadcast: str

    @classmethod
    def upgrade(cls, old: Plain) -> Plain:
        """Untagged values named the broadcast `tags`."""
        return {**old, "broadcast": old.get("tags", old.get("broadcast"))}


def edit_at(desk: Desk) -> Composing | None:
    """The edit that waits at this desk; None where none does."""
    if desk.talk.topic != TOPIC or desk.talk.step in {REFUSE, LABEL}:
        return None
    found = desk.remembered(Composing)
    return found if found.edits else None
