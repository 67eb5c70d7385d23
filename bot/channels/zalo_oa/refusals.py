"""
The table of error numbers of a Zalo Official Account, with the outcome of each.

Official list: https://developers.zalo.me/docs/official-account/phu-luc/ma-loi ("official"). The template server's
numbers are in its guide ("templates"). Integrators met the rest ("seen").
"""

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.channels.zalo_oa.bars import ACCOUNT, ASKED_AGAIN, PAID, TEMPLATE
from bot.channels.zalo_oa.client import ZaloRefusalError, to_next_minute
from registry.deliveries.outcomes import Cause, Outcome, Refused, TryAgain, Unreachable, Whom

log = logging.getLogger(__name__)

A_MOMENT = timedelta(seconds=5)
A_WHILE = timedelta(seconds=30)
OUTSIDE = "outside the window"
"""Prefix of a refusal that ends only by a template, or when the person writes again."""
TOKEN_CODES = frozenset({-216, -220, -124})
EXPIRED_ATTACHMENT = -100
NOT_APPROVED = -131
MORNING = time(6, 5)
"""The platform's night ends at six."""
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

Means = Literal[
    "token", "operator", "billing", "template", "unreachable", "outside", "minute", "morning", "payload", "soon"
]


@dataclass(frozen=True, slots=True)
class Row:
    """One error number: what it means for us, in the platform's sense, and where that is from."""

    means: Means
    says: str
    source: str


REFUSALS: dict[int, Row] = {
    -216: Row("token", "the access token is invalid", "official"),
    -220: Row("token", "the access token is expired or removed", "official"),
    -124: Row("token", "the access token is invalid (templates)", "templates"),
    -204: Row("operator", "the account is disabled", "official"),
    -205: Row("operator", "the account does not exist", "seen"),
    -209: Row("operator", "the app is not activated", "official"),
    -212: Row("operator", "the app has not registered this call", "official"),
    -219: Row("operator", "the app is removed or disabled", "official"),
    -221: Row("operator", "the account is not verified", "official"),
    -223: Row("operator", "the account has not authorised this call", "official"),
    -224: Row("operator", "the account needs a larger package", "official"),
    -235: Row("operator", "not for this type of account", "seen"),
    -242: Row("operator", "a proof of the app secret is wanted", "seen"),
    -320: Row("billing", "no billing account is connected", "official"),
    -321: Row("billing", "the billing account has no money", "official"),
    -213: Row("unreachable", "does not follow the account", "official"),
    -217: Row("unreachable", "blocked invitations of the account", "official"),
    -227: Row("unreachable", "banned, or away for more than 45 days", "official"),
    -244: Row("unreachable", "restricted this type of message", "official"),
    -114: Row("unreachable", "cannot receive templates", "templates"),
    -118: Row("unreachable", "no Zalo account has this number", "templates"),
    -119: Row("unreachable", "the account cannot receive templates", "templates"),
    -139: Row("unreachable", "refuses this type of template", "templates"),
    -141: Row("unreachable", "refuses templates of this account", "templates"),
    -230: Row("outside", "no interaction in the past 7 days", "official"),
    -232: Row("outside", "never interacted, or too long ago", "official"),
    -32: Row("minute", "calls of this minute are used up (app or account)", "official"),
    -211: Row("morning", "out of quota", "official"),
    -218: Row("morning", "the person's quota is used up", "official"),
    -144: Row("morning", "the daily quota of templates is used up", "templates"),
    -147: Row("morning", "the quota of this template is used up", "templates"),
    -1441: Row("morning", "the quota of the day is used up", "templates"),
    -1471: Row("morning", "this person had as many of this template as allowed", "templates"),
    -1472: Row("morning", "this person had as many templates as allowed", "templates"),
    -133: Row("morning", "not at night (templates)", "templates"),
    -234: Row("morning", "not at night", "official"),
    -100: Row("payload", "an attachment id expired", "official"),
    -108: Row("payload", "the phone number is invalid", "templates"),
    NOT_APPROVED: Row("template", "the template is not approved", "templates"),
    -1121: Row("template", "a parameter of the template is missing", "templates"),
    -1122: Row("payload", "a parameter of the template is wrong", "templates"),
    -1124: Row("payload", "a parameter of the template is wrongly formed", "templates"),
    -201: Row("payload", "a field is invalid", "official"),
    -210: Row("payload", "a parameter exceeds its limit", "official"),
    -233: Row("payload", "the type of message is not supported", "official"),
    -240: Row("payload", "the old message call was shut down", "official"),
    -248: Row("payload", "against the platform's policy", "seen"),
    -109: Row("template", "the template is not there", "templates"),
    -111: Row("payload", "the template got no data", "templates"),
    -122: Row("payload", "the body is wrongly formed", "templates"),
    -127: Row("payload", "a template under test goes to administrators only", "templates"),
    -132: Row("payload", "a parameter is invalid", "templates"),
    -146: Row("template", "the template was disabled for its low quality", "templates"),
    -136: Row("billing", "no billing account is connected (templates)", "templates"),
    -137: Row("billing", "the billing account cannot be charged (templates)", "templates"),
    -200: Row("soon", "sending failed", "official"),
}
NOT_THE_PLATFORM = frozenset(f"HTTP {status}" for status in (401, 403, 404, 405, 407))
"""Pages of a wrong address or of a proxy: Zalo itself refuses under HTTP 200, so they say nothing of the message."""
OF_TEMPLATES: dict[int, Row] = {-100: Row("soon", "an unknown error", "templates")}
"""Numbers that the template server uses for something else."""


def barred_by(refusal: ZaloRefusalError, template: str | None) -> str | None:
    """The way that stays closed until an operator acts (`Bars`); None for all other refusals."""
    match known(refusal.code, template=template is not None):
        case Row(means="billing"):
            return PAID
        case Row(means="template"):
            return TEMPLATE + (template or "")
        case Row(means="operator"):
            return ACCOUNT if template is None else TEMPLATE + template  # the other calls may go on
    return None


def known(code: int, *, template: bool = False) -> Row | None:
    """The meaning of a number; None for an unknown one."""
    return (OF_TEMPLATES if template else {}).get(code) or REFUSALS.get(code)


def outcome_of(refusal: ZaloRefusalError, now: datetime, *, template: bool = False) -> Outcome:
    """
    The outcome that a refusal is for this message.

    An unknown number concerns this message alone; it is retried for hours, then given up and shown.
    """
    row = known(refusal.code, template=template)
    reason = f"{refusal.code} {refusal.message}".strip() if refusal.code else refusal.message
    if refusal.code == -201 and "user_id" in refusal.message:
        return Unreachable(reason)
    if row is None:
        return _unknown(refusal, reason, now)
    match row.means:
        case "token" | "operator" | "billing" | "template":
            return TryAgain(ASKED_AGAIN, reason, whom=Whom.ONE, counted=False)
        case "unreachable":
            return Unreachable(reason)
        case "outside":
            return Refused(f"{OUTSIDE}: {reason}", until_they_write=True)
        case "minute":
            return TryAgain(to_next_minute(now), reason, cause=Cause.LIMIT)
        case "morning":  # quotas of the day are new by then too, and nobody is woken
            return TryAgain(_to_morning(now), reason, whom=Whom.ONE)
        case "soon":
            return TryAgain(A_WHILE, reason, whom=Whom.ONE)
        case "payload":
            log.warning("zalo refused a message", extra={"reason": reason})
            return Refused(reason)


def _unknown(refusal: ZaloRefusalError, reason: str, now: datetime) -> Outcome:
    if refusal.message in {"HTTP 408", "HTTP 429"}:
        return TryAgain(to_next_minute(now), reason, cause=Cause.LIMIT)
    if refusal.message in NOT_THE_PLATFORM:
        log.error("what answers is not zalo; look at the addresses and the network", extra={"reason": reason})
        return TryAgain(A_WHILE, reason, counted=False)
    log.error("zalo refused with a number nobody knows", extra={"reason": reason})
    # of HTTP alone: the request is wrong.  Of Zalo: perhaps a new one, and nothing was sent
    return Refused(reason) if not refusal.code else TryAgain(A_WHILE, reason, whom=Whom.ONE)


def _to_morning(now: datetime) -> timedelta:
    """How long until notices may go out again in Viet Nam."""
    local = now.astimezone(VIETNAM)
    then = datetime.combine(local.date(), MORNING, VIETNAM)
    return (then if then > local else then + timedelta(days=1)) - local
