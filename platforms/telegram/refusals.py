"""Refusals of the platform, its own and scripted ones."""

from dataclasses import dataclass
from typing import Any

PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

OF_ONE_CHAT: dict[str, tuple[int, str]] = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "not started": (403, "Forbidden: bot can't initiate conversation with a user"),
    "kicked": (403, "Forbidden: bot was kicked from the group chat"),
    "kicked from the supergroup": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "group deleted": (403, "Forbidden: the group chat was deleted"),
    "a bot": (403, "Forbidden: bot can't send messages to bots"),
    "not found": (400, "Bad Request: chat not found"),
    "invalid id": (400, "Bad Request: PEER_ID_INVALID"),
    "no rights": (400, "Bad Request: have no rights to send a message"),
}
"""The refusals that name one chat, in the platform's words; its server keeps their beginnings stable."""


class Refusal(Exception):  # noqa: N818  the platform's word; most of them are no errors of the server
    """A request that the platform does not take; the HTTP status is the error code."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON that goes with the status."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(what: str) -> Refusal:
    """A 400, with the prefix that the platform puts before every one."""
    return Refusal(400, f"Bad Request: {what}")


def flood(seconds: int) -> Refusal:
    """A 429 that names the wait both as text and as a number."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One scripted answer.

    `seconds` pass first; then either `refusal` is given and nothing is taken, or the request is
    treated as ever.  `lost` breaks the connection instead of answering, after the request was taken.
    `page` is a body other than JSON, as a proxy in between would send it.
    """

    refusal: Refusal | None = None
    seconds: float = 0.0
    lost: bool = False
    page: tuple[int, str] | None = None


def taken() -> Answer:
    """The ordinary answer, to fill a place in a script."""
    return Answer()


def no(code: int, description: str = "", **parameters: int) -> Answer:
    """A refusal: `no(429, "Too Many Requests: retry after 12", retry_after=12)`."""
    return Answer(refusal=Refusal(code, description or PREFIXES[code], **parameters))


def lost_answer() -> Answer:
    """The message is taken and shown to the person, but the connection breaks before the answer."""
    return Answer(lost=True)


def slow(seconds: float) -> Answer:
    """The ordinary answer, after a number of real seconds."""
    return Answer(seconds=seconds)


def broken_page(code: int = 502) -> Answer:
    """A proxy's HTML page instead of the platform's JSON; nothing is taken."""
    return Answer(page=(code, f"<html><head><title>{code} {PREFIXES[code]}</title></head></html>"))
