"""The finding that another program may get the updates of a bot: for the channels with polling and webhook."""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from bot.channels.finding import Finding


def where_updates_go(of: str, mode: Literal["polling", "webhook"], *, ours: str, url: str) -> Iterator[Finding]:
    """Compare the webhook a platform knows with the way the configuration names; `ours` is empty without https."""
    if mode == "polling" and url:
        yield Finding(
            of,
            "warning",
            f"Updates go to {_server_of(url)}, and polling gets none. `ocopbot run` takes that webhook away; "
            "if another program needs it, give this bot a token of its own.",
        )
    if mode == "webhook" and ours and url != ours:
        yield Finding(of, "warning", f"Updates go to {_server_of(url) or 'nobody'}. `ocopbot run` sets {ours}.")


def _server_of(url: str) -> str:
    """Return an address without its secret parts."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
