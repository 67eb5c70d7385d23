"""The web chat as the program opens it (`bot.channels.manifest`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.channels.finding import Finding
from bot.channels.manifest import Facts, Looking, Opened, Runtime
from bot.channels.webchat.channel import MOST_TEXT, Sessions, WebChannel, WebFileRoom, WebHistory
from bot.channels.webchat.guarding import Guard
from bot.channels.webchat.routes import WebChat
from bot.channels.webchat.settings import Webchat
from bot.settings.command_error import CommandError
from handlers.conversation.showing import Shown
from registry.applications.files import LARGEST
from registry.deliveries.reaching import Forecast

RATE = 500.0
"""Our own pages have no platform's rate limit; this one keeps broadcasts from crowding out replies."""
LOOK_SECONDS = 1.0
"""How often a page looks for what another process has sent."""


@dataclass(frozen=True, slots=True)
class Backing:
    """The rows and the page behind the web chat; `key` signs sessions only, `page` is the HTML of the chat."""

    history: WebHistory
    files: WebFileRoom
    page: Callable[[], str]
    forecast: Callable[[WebChannel], Forecast]
    key: bytes = field(repr=False)
    guard: Guard = field(default_factory=Guard)


def facts(_given: Webchat) -> Facts:
    """The limits of a page."""
    shown = Shown(
        most_text=MOST_TEXT,
        most_caption=MOST_TEXT,
        buttons=True,
        edits=True,
        most_picture=LARGEST,
        most_paper=LARGEST,
    )
    return Facts(shown, rate_per_second=RATE, again="shown")


def open(runtime: Runtime[Backing], given: Webchat) -> Opened:  # noqa: A001  the name is that of every manifest
    """Make the channel and its pages."""
    backing = runtime.backing
    channel = WebChannel(backing.history, Sessions(backing.key), backing.files.load)
    chat = WebChat(
        channel,
        runtime.accept,
        backing.files,
        backing.page,
        public_url=runtime.public_url,
        demo=runtime.demo,
        look_seconds=None if runtime.sends else LOOK_SECONDS,
        count=runtime.count,
        guard=backing.guard,
    )
    return Opened(
        channel,
        facts(given),
        routes=chat.routes(),
        forecast=backing.forecast(channel),
        close=channel.close,
        line_of=backing.guard.line_of,
    )


def check(_looking: Looking[None], _given: Webchat) -> Iterator[Finding]:
    """Yield nothing: the configuration and the database show everything that can be wrong."""
    yield from ()


def address(given: Webchat, public_url: str) -> str:
    """The page people open, with the commune they come from."""
    if not given.enabled or not public_url:
        raise CommandError(
            "The web chat has no address people can open. No poster was made. "
            "Set webchat.enabled and server.public_url."
        )
    return f"{public_url}/chat?start={{payload}}"
