"""
The values a channel's folder and the program exchange.

The folder of a channel has a `settings.py` and a `manifest.py`.  `SECTION` of the settings is the class of the
channel's section in the configuration.  The manifest has these functions:

- `facts(given) -> Facts`: the limits, known before the channel is opened.
- `open(runtime, given) -> Opened`: the channel and everything it adds to the program.
- `check(looking, given) -> Iterator[Finding]`: its part of `ocopbot check`.
- `address(given, public_url) -> str`: only where a poster can lead to the channel.

`given` is the channel's own section.  `check` is separate from `open`, because it must run
where nothing can be opened: without a key, a database or a valid token.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from aiohttp import web

from bot.channels.channel import Accept, Channel, Count, LinkFor, Words
from handlers.conversation.showing import Shown
from registry.deliveries.reaching import Forecast
from registry.deliveries.routing import Router

B = TypeVar("B")

Receiver = Callable[[], Coroutine[Any, Any, None]]
"""A task that runs for as long as the process works on messages, until it is cancelled."""

LineOf = Callable[[str], str]
"""Names the line an account writes from; "" where it has none."""

Again = Literal["by_itself", "asked", "shown"]
"""
The way an event comes again that could not be saved.

The platform brings it by itself; the person is asked to send it; or the channel's page shows it as not sent.
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    The properties of a channel that the program relies on.

    `rate_per_second` is the most messages a second; None for the pump's own rate.  `lists` is true where
    choices are always written into the text.  `links` is true where files arrive as a link to this program.
    `again` is "by_itself" only where the platform promises that it repeats what was not acknowledged.
    """

    shown: Shown
    rate_per_second: float | None = None
    lists: bool = False
    links: bool = False
    again: Again = "asked"


@dataclass(frozen=True, slots=True)
class Introduction:
    """
    The texts people see of the bot before they write.

    `commands` by language ("vi", "en") and name. Every other language gets the Vietnamese list, since shops set many
    phones in the countryside to English.
    """

    commands: Mapping[str, Mapping[str, str]]
    description: Mapping[str, str] = field(default_factory=dict)
    short_description: Mapping[str, str] = field(default_factory=dict)
    default_language: str = "vi"


@dataclass(frozen=True, slots=True)
class Runtime(Generic[B]):
    """
    Everything a channel is given when it is opened.

    `now` is the house's clock, `platform_now` the platform's: the real one, and in the demo the house's.
    `accept` commits a raw event.  `load` reads the bytes of a file that a message carries.  `served` are the
    names of all channels.  `sends` is false in a process that only serves pages.  /readyz shows `troubles`, by
    channel; a receiver notes its own there and removes it.  `backing` comes from the channel's records;
    each manifest names the type it needs.
    """

    words: Words
    introduction: Introduction
    now: Callable[[], datetime]
    platform_now: Callable[[], datetime]
    public_url: str
    accept: Accept
    count: Count
    wake: Callable[[], None]
    link_for: LinkFor
    load: Callable[[str], Awaitable[bytes]]
    served: frozenset[str]
    demo: bool
    sends: bool
    troubles: dict[str, str]
    backing: B

    def note(self, channel: str, trouble: str) -> None:
        """Record what keeps a channel's platform out of reach; an empty text removes it.  Idempotent."""
        self.troubles.pop(channel, None)
        if trouble:
            self.troubles[channel] = trouble


async def no_problem() -> str:
    """For a channel without a problem of its kind."""
    return ""


def of_no_line(_account: str) -> str:
    """For a channel whose platform vouches for its accounts."""
    return ""


async def nothing_to_close() -> None:
    """For a channel that keeps no connection open."""


@dataclass(frozen=True, slots=True)
class Opened:
    """
    One channel of a running program.

    `routes` are served in every process, `receivers` run where messages are worked on.  `router` chooses the way of a
    notice, where there is more than one. `forecast` tells an official how a person will learn a message that does not
    simply leave now.  /readyz calls `problems` on every request: one line
    with a remedy, empty when all is well.  It overrides the trouble a receiver noted.
    `line_of` names the line an account writes from, where accounts are free to make up: those on one share its turns.
    """

    channel: Channel
    facts: Facts
    routes: Sequence[web.AbstractRouteDef] = ()
    receivers: Sequence[Receiver] = ()
    router: Router | None = None
    forecast: Forecast | None = None
    problems: Callable[[], Awaitable[str]] = no_problem
    close: Callable[[], Awaitable[None]] = nothing_to_close
    line_of: LineOf = of_no_line


@dataclass(frozen=True, slots=True)
class Looking(Generic[B]):
    """
    Everything a check may look at.

    `kept` reads the channel's records from the database, read-only.  None while there is no database of this
    version.
    """

    public_url: str
    now: datetime
    kept: Callable[[], B | None]
