"""
The address a request comes from, through the proxies that are trusted.

Anybody can write `X-Forwarded-For`, so only the part that trusted proxies added counts.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

Network = IPv4Network | IPv6Network
FORWARDED = "X-Forwarded-For"
HOUSEHOLD = 64
"""Bits of an IPv6 address that name a line; its owner chooses the others freely (RFC 6177)."""


def networks(written: str) -> tuple[Network, ...]:
    """Read networks and addresses, separated by commas.  Raises `ValueError`."""
    return tuple(ip_network(one.strip()) for one in written.split(",") if one.strip())


class Addresses:
    """Finds the line a client is on: an IPv4 address, or the first half of an IPv6 address."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        """`trusted` are the networks of proxies whose `X-Forwarded-For` is believed."""
        self._trusted = tuple(trusted)

    def trusts(self, peer: str) -> bool:
        """True for the address of a trusted proxy."""
        found = _address(peer)
        return found is not None and any(found in one for one in self._trusted)

    def of(self, request: "web.Request") -> str:
        """Return the line of a request: the nearest address of no trusted proxy."""
        return self.behind(request.remote or "", ",".join(request.headers.getall(FORWARDED, [])))

    def behind(self, peer: str, forwarded: str) -> str:
        """Return the line behind a peer.  An untrusted peer speaks for itself only."""
        found = peer
        for one in reversed(forwarded.split(",")):
            if not self.trusts(found) or _address(one.strip()) is None:
                break
            found = one.strip()
        return line_of(found)


def line_of(peer: str) -> str:
    """The line of an address; an unreadable one, as of a Unix socket, is itself."""
    found = _address(peer)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, HOUSEHOLD), strict=False))
    return peer if found is None else str(found)


def _address(peer: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
