"""
The table of Telegram's refusals, with the outcome of each.

A refusal is a number and a description.  The Bot API documents the form and asks to wait `retry_after` seconds
(https://core.telegram.org/bots/api#making-requests).  The descriptions are in the source of its server
(https://github.com/tdlib/telegram-bot-api), which keeps their beginnings stable.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.telegram.transport import CutOffError, NotThePlatformError, OtherRefusalError
from registry.deliveries.outcomes import Cause, Doubtful, Outcome, Refused, TryAgain, Unreachable, Whom

log = logging.getLogger(__name__)

A_MOMENT = timedelta(seconds=5)
A_WHILE = timedelta(minutes=1)
A_LONG_WHILE = timedelta(minutes=15)
"""A rejected token needs an operator; a quick retry does not help."""
LIMITED = "flood limit"

Means = Literal["person", "message", "limit", "us", "unknown"]
"""Permanent for this recipient, permanent for this message, an everyday limit, for us to fix, or not in the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """The number of a refusal, the words in it (any words if empty), and what it means."""

    code: int
    words: str
    means: Means


REFUSALS: tuple[Row, ...] = (
    Row(400, "chat not found", "person"),
    Row(400, "user not found", "person"),
    Row(400, "peer_id_invalid", "person"),
    Row(400, "chat_id is empty", "person"),
    Row(400, "chat_id_invalid", "person"),
    Row(400, "user_is_blocked", "person"),
    Row(400, "user_is_bot", "person"),
    Row(400, "input_user_deactivated", "person"),
    Row(400, "group chat was deactivated", "person"),
    Row(400, "chat_write_forbidden", "person"),
    Row(400, "have no rights to send a message", "person"),
    Row(400, "not enough rights to send", "person"),
    Row(400, "topic_closed", "person"),
    Row(400, "", "message"),
    Row(401, "", "us"),
    Row(403, "", "person"),  # blocked, deactivated, never started, kicked: each names a chat
    Row(404, "", "us"),
    Row(413, "", "message"),
    Row(429, "", "limit"),
)
"""The first row that fits counts."""


def meaning(code: int, description: str) -> Means:
    """The meaning of a refusal; "unknown" where no row fits."""
    said = description.casefold()
    return next((row.means for row in REFUSALS if row.code == code and row.words in said), "unknown")


def outcome_of(error: TelegramError) -> Outcome:
    """The outcome that an error of the library is for one message.  Every error has one."""
    match error:
        case RetryAfter():
            return _limited(wait_of(error))
        case ChatMigrated():
            return Unreachable(f"The group moved to {error.new_chat_id}")
        case TimedOut():
            return Doubtful(type(error).__name__)
        case CutOffError():
            return Doubtful(error.message)
        case NotThePlatformError():
            log.error("what answers is not telegram; look at the addresses and the network", extra=_reason(error))
            return TryAgain(A_WHILE, error.message, counted=False)
    code = code_of(error)
    if code is None:
        return _without_number(error)
    match meaning(code, error.message):
        case "person":
            return Unreachable(error.message)
        case "message":
            log.warning("telegram refused a message", extra=_reason(error))
            return Refused(error.message)
        case "limit":
            return _limited(A_MOMENT)
        case "us":
            log.critical("telegram does not accept the bot's token; set a valid one and restart")
            return TryAgain(A_LONG_WHILE, "token not accepted", cause=Cause.ACCESS)
        case "unknown":
            log.error("telegram refused with a number nobody knows", extra=_reason(error))
            return TryAgain(A_WHILE, error.message, whom=Whom.ONE)


def code_of(error: TelegramError) -> int | None:
    """The number of a refusal, which the library keeps in the type alone; None for anything else."""
    match error:
        case BadRequest():
            return 400
        case Forbidden():
            return 403
        case InvalidToken():
            return 401
        case Conflict():
            return 409
        case OtherRefusalError():
            return error.code
    return None


def wait_of(limit: RetryAfter) -> timedelta:
    """The time the platform asks to wait."""
    asked = limit.retry_after
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


def _reason(error: TelegramError) -> dict[str, str]:
    return {"reason": error.message}


def _limited(after: timedelta) -> Outcome:
    """
    A 429: of this chat (about one message a second) or of the bot (about thirty), and no word says which.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """
    return TryAgain(after, LIMITED, whom=Whom.UNSAID, cause=Cause.LIMIT)


def _without_number(error: TelegramError) -> Outcome:
    if isinstance(error, NetworkError):  # no connection was made
        return TryAgain(A_MOMENT, type(error).__name__)
    return Doubtful(type(error).__name__)  # not an answer of the API: the message may have been accepted
