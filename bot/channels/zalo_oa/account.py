"""The account on Zalo's servers: how a client for it is made, whose it is, where a consent comes back to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.zalo.transport import Transport
from bot.channels.zalo_oa.client import ZaloClient
from bot.channels.zalo_oa.settings import ZaloOA

CALLBACK_PATH = "/zalo/oa/callback"
AUTHORISE = "Run: ocopbot zalo authorise"
"""The remedy for tokens that are missing or expired."""
_ID = re.compile(r"[0-9]{1,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """The account a pair of tokens opens."""

    id: str
    name: str


def client_of(given: ZaloOA, *, now: Callable[[], datetime], transport: Transport | None = None) -> ZaloClient:
    """A client of the account's servers; without a transport one for a single command, with one connection."""
    return ZaloClient(
        transport or Transport(connections=1),
        now=now,
        api=given.base_url,
        business=given.business_url,
        oauth=given.oauth_url,
    )


def callback_of(given: ZaloOA, public_url: str) -> str:
    """The address the browser is sent back to; it has to be the one saved in the console, letter for letter."""
    return given.callback_url or (f"{public_url}{CALLBACK_PATH}" if public_url else "")


def account_in(about: Mapping[str, Any]) -> Account:
    """The account in an answer of the platform."""
    number, name = str(about.get("oaid", "")), str(about.get("name", ""))
    return Account(
        number if _ID.fullmatch(number) else "",
        " ".join("".join(one if one.isprintable() else " " for one in name).split())[:100],
    )
