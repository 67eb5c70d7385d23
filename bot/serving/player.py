"""
The page that plays a voice, for a platform that takes none from us.

It names nobody: its words are the same for every voice, and the address of the sound is the signed link itself.
"""

import html
from dataclasses import dataclass

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; base-uri 'none'; form-action 'none'",
}
PLAYED = frozenset({"prompt", "recording"})
"""The kinds of files whose link opens the page."""


@dataclass(frozen=True, slots=True)
class PlayerWords:
    """The words of the page."""

    title: str = ""
    download: str = ""
    unplayable: str = ""
    """How to hear a sound that the browser cannot play."""


def is_played(file: str) -> bool:
    """True for the key of a voice."""
    return file.partition(":")[0] in PLAYED


def page(words: PlayerWords, sound: str) -> str:
    """The page; `sound` is the path of the file on this server."""
    title, address = html.escape(words.title), html.escape(sound)
    return (
        f'<!doctype html><html lang="vi"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><h1>{title}</h1>'
        f'<audio controls autoplay src="{address}"></audio>'
        f'<p>{html.escape(words.unplayable)}</p><p><a href="{address}" download>{html.escape(words.download)}</a></p>'
        "</html>"
    )


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """
    The first and last byte of a single range (RFC 9110, section 14); None for none, several, or an impossible one.

    Some browsers play a sound only from a server that answers ranges.
    """
    unit, _, spans = header.partition("=")
    first, dash, last = spans.strip().partition("-")
    if unit.strip() != "bytes" or not dash or "," in spans or not (first + last).isdecimal():
        return None
    if not first:
        return max(0, size - int(last)), size - 1
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    return (begin, end) if begin <= end else None
