"""Refusals of the Bot Platform."""

from platforms.shared.script import Answer, Refusal

WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Internal server error",
    404: "Not Found",
    408: "Request timeout",
    429: "Quota exceeded",
}


def refused(code: int, what: str = "") -> Refusal:
    """A refusal; a cause is put behind the platform's word."""
    return Refusal(code, f"{WORDS[code]}: {what}" if what else WORDS[code])


def bad(what: str) -> Refusal:
    return refused(400, what)


def no(code: int, description: str = "") -> Answer:
    """A scripted refusal: `no(429)`; no wait is ever named."""
    return Answer(refusal=Refusal(code, description or WORDS[code]))
