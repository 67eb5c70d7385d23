"""The address of a client: a proxy that is trusted may name it, nobody else."""

import pytest

from bot.web.addresses import Addresses, line_of, networks

HERE = networks("127.0.0.1, ::1, 10.1.0.0/16")

ROWS = {
    "nobody stands between": ("203.0.113.7", "", "203.0.113.7"),
    "a stranger names another address": ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
    "the proxy names its client": ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
    "the client made up what is before": ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
    "two proxies in a row": ("127.0.0.1", "1.2.3.4, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
    "the proxy asks for itself": ("127.0.0.1", "", "127.0.0.1"),
    "the proxy names nonsense": ("127.0.0.1", "1.2.3.4, ' or 1=1", "127.0.0.1"),
    "a line of IPv6": ("::1", "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
    "IPv4 in the clothes of IPv6": ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
    "a Unix socket": ("", "198.51.100.1", ""),
}


@pytest.mark.parametrize("row", ROWS)
def test_only_what_a_trusted_proxy_says_counts(row: str) -> None:
    peer, forwarded, expected = ROWS[row]
    assert Addresses(HERE).behind(peer, forwarded) == expected


def test_one_owner_of_many_addresses_is_one_line() -> None:
    assert line_of("2001:db8:1:2::1") == line_of("2001:db8:1:2:ffff::9") != line_of("2001:db8:1:3::1")


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.300"):
        networks("127.0.0.1, 10.0.0.300")
