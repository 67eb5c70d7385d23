"""The two tokens of a Zalo Official Account, as they are given: one that is used, one that renews it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

AHEAD = timedelta(hours=5)
"""How long before its end a token is renewed: a night without a network is bridged."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, the one that renews it, and when the first ends."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime


def pasted(access_token: str, refresh_token: str, now: datetime) -> Pair:
    """A pair given by hand, of unknown age: it is renewed at once, and serves until it is refused."""
    return Pair(access_token, refresh_token, now + (AHEAD if access_token else timedelta()))


def pair_of(answer: Mapping[str, Any], asked_at: datetime) -> Pair | None:
    """The pair in an answer; `expires_in` is text of seconds, counted from the question lest it seem to live longer."""
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    seconds = str(answer.get("expires_in", ""))
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        return None
    # A life that cannot be read is taken for short: the pair itself must not be thrown away for it.
    life = timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 9 else AHEAD
    return Pair(access, refresh, asked_at + life)
