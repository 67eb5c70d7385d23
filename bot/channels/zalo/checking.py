"""Findings of `ocopbot check` that both Zalo products share."""

import re
from urllib.parse import urlsplit

from bot.channels.finding import Finding
from bot.settings.faults import variable


def webhook(of: str, public_url: str, path: str, *, saved: str = "") -> Finding:
    """Check that the platform can reach the webhook; `saved` says where its address is saved by hand."""
    parts = urlsplit(public_url)
    domain = parts.hostname is not None and re.search(r"[a-z]", parts.hostname) is not None and "." in parts.hostname
    if parts.scheme != "https" or not domain or parts.port not in {None, 443}:
        return Finding(
            of,
            "fault",
            f"Zalo brings messages only to an https address on a domain, without a port, and server.public_url is "
            f"{public_url or 'empty'}: nobody would be heard. Set {variable('server.public_url')}.",
        )
    return Finding(of, "ok", f"messages come to {public_url}{path}.{saved}")


def unreached(of: str, address: str, why: str) -> Finding:
    """A platform that gives no answer."""
    return Finding(
        of,
        "fault",
        f"{address} cannot be reached ({why}). Nobody was written to. Look at the network, or at {of}.base_url.",
    )
