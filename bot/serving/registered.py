"""
The channels of this program.  A new channel is a folder in `bot/channels/` and one line here.

Modules are loaded by name when they are first needed: a command that only reads the configuration
loads no platform's library.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.channels.finding import Finding
    from bot.channels.manifest import Facts, Looking, Opened, Runtime
    from bot.settings.section import ChannelSection
    from bot.settings.settings import Settings
    from content.programme.pack import Pack
    from handlers.conversation.desk import House
    from registry.deliveries.routing import WaysEstimate
    from registry.store.store import Store


class Manifest(Protocol):
    """The functions of `bot/channels/<name>/manifest.py`.  `given` is the channel's own section."""

    def facts(self, given: Any) -> "Facts":
        """The limits of the channel, known before it is opened."""

    def open(self, runtime: "Runtime[Any]", given: Any) -> "Opened":
        """Make the channel with its routes, receivers and router.  Sends nothing to the platform yet."""

    def check(self, looking: "Looking[Any]", given: Any) -> "Iterator[Finding]":
        """Look at the channel for `ocopbot check`, without changing anything."""


class Invites(Protocol):
    """A manifest of a channel whose address can be printed on a wall."""

    def address(self, given: Any, public_url: str) -> str:
        """The address with `{payload}` where the commune goes.  Raises `CommandError` while there is none."""


class Records(Protocol):
    """A module that keeps rows for a channel; the channel itself knows no database."""

    def back(self, settings: "Settings", store: "Store", house: "House", runtime: "Runtime[None]") -> Any:
        """Make `Runtime.backing` for this channel."""


@dataclass(frozen=True, slots=True)
class Registration:
    """
    One channel: the name of its folder.

    `records` is the module that keeps its rows.  It has `back` (`Records`).  It may have `look(db, now)`, which
    reads the rows for `check`, and `estimate(settings, pack)`, which counts the price of a broadcast.
    `poster` is its name in `ocopbot poster --on`; empty where no address leads to a conversation.
    """

    name: str
    records: str = ""
    poster: str = ""

    @property
    def section(self) -> "type[ChannelSection]":
        found: type[ChannelSection] = import_module(f"bot.channels.{self.name}.settings").SECTION
        return found

    @property
    def manifest(self) -> Manifest:
        return cast("Manifest", import_module(f"bot.channels.{self.name}.manifest"))

    @property
    def invites(self) -> Invites:
        return cast("Invites", self.manifest)

    def back(self, settings: "Settings", store: "Store", house: "House", runtime: "Runtime[None]") -> Any:
        """The channel's backing by the database; None for one that needs none."""
        if not self.records:
            return None
        return cast("Records", import_module(self.records)).back(settings, store, house, runtime)

    def look(self) -> "Callable[[Connection, datetime], Any] | None":
        return getattr(import_module(self.records), "look", None) if self.records else None

    def estimate(self, settings: "Settings", pack: "Pack") -> "WaysEstimate | None":
        """Counts the price of a broadcast on this channel; None where nothing costs money."""
        counting = getattr(import_module(self.records), "estimate", None) if self.records else None
        return counting(settings, pack) if counting is not None else None


CHANNELS = (
    Registration("telegram", poster="telegram"),
    Registration("zalo_oa", records="bot.zalo.account", poster="zalo"),
    Registration("zalo_bot", records="bot.zalo.plan"),
    Registration("webchat", records="bot.serving.web_rooms", poster="web"),
)


def enabled(settings: "Settings") -> tuple[Registration, ...]:
    """The channels that are served, in the order of their registration."""
    names = settings.enabled()
    return tuple(one for one in CHANNELS if one.name in names)
