"""
The values a channel's folder and the program exchange.

Every folder under `bot/channels/` that is a channel has a `settings.py`, whose `SECTION` is the class of its
section in the configuration, and a `manifest.py` with these functions:

    facts(given) -> Facts                     the limits, known before the channel is opened
    open(runtime, given) -> Opened            the channel and everything it adds to the program
    check(looking, given) -> Iterator[Finding]    its part of `ocopbot check`
    address(given, public_url) -> str         only where a poster can lead to the channel

`given` is the channel's own section.  `check` is apart from `open`, because it has to run where nothing can
be opened: without a key, a database or a token that is accepted.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from aiohttp import web

from bot.channels.channel import Accept, Channel, Count, LinkFor, Words
from handlers.conversation.showing import Shown
from registry.deliveries.routing import Router

B = TypeVar("B")

Receiver = Callable[[], Coroutine[Any, Any, None]]
"""A task that runs for as long as the process works on messages, until it is cancelled."""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What the program has to know about a channel.

    `rate_per_second` is the most messages a second; None for the pump's own rate.  `lists` is true where
    choices are always written into the text.  `links` is true where files arrive as a link to this program.
    """

    shown: Shown
    rate_per_second: float | None = None
    lists: bool = False
    links: bool = False


@dataclass(frozen=True, slots=True)
class Introduction:
    """
    The texts people see of the bot before they write.

    `commands` by language ("vi", "en") and name; the Vietnamese list is also the one for every
    other language, since many phones in the countryside are set to English by the shop.
    """

    commands: Mapping[str, Mapping[str, str]]
    description: Mapping[str, str] = field(default_factory=dict)
    short_description: Mapping[str, str] = field(default_factory=dict)
    default_language: str = "vi"


@dataclass(frozen=True, slots=True)
class Runtime(Generic[B]):
    """
    What a channel is given when it is opened.

    `now` is the house's clock, `platform_now` the platform's: the real one, and in the demo the house's.
    `accept` commits a raw event.  `load` reads the bytes of a file that a message carries.  `served` are the
    names of all channels.  `sends` is false in a process that only serves pages.  `troubles` is what
    /readyz shows, by channel; a receiver notes its own there and removes it.  `backing` is what the
    channel's records hand it; each manifest names the type it needs.
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


async def no_problem() -> str:
    """A channel that has nothing to report."""
    return ""


async def nothing_to_close() -> None:
    """A channel that holds no connection."""


@dataclass(frozen=True, slots=True)
class Opened:
    """
    One channel of a running program.

    `routes` are served in every process, `receivers` run where messages are worked on.  `router` chooses the
    way of a notice, where there is more than one.  `problems` is asked whenever /readyz is read: one line
    with what to do, empty when all is well; it counts more than what a receiver noted.
    """

    channel: Channel
    facts: Facts
    routes: Sequence[web.AbstractRouteDef] = ()
    receivers: Sequence[Receiver] = ()
    router: Router | None = None
    problems: Callable[[], Awaitable[str]] = no_problem
    close: Callable[[], Awaitable[None]] = nothing_to_close


@dataclass(frozen=True, slots=True)
class Looking(Generic[B]):
    """
    What a check may look at.

    `kept` reads what the channel's records say of the database, for reading only; None while there is no
    database of this version.
    """

    public_url: str
    now: datetime
    kept: Callable[[], B | None]
