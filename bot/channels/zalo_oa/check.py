"""
`ocopbot check` for the Zalo Official Account: nothing is sent to anybody, nothing is renewed or changed.

The platform is only asked who the account is, with the tokens that are kept.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.channels.finding import Finding
from bot.channels.manifest import Looking
from bot.channels.zalo.checking import unreached, webhook
from bot.channels.zalo.transport import CutOffError, NotReachedError
from bot.channels.zalo_oa.account import AUTHORISE, CALLBACK_PATH, account_in, callback_of, client_of
from bot.channels.zalo_oa.client import HeldBackError, ZaloRefusalError
from bot.channels.zalo_oa.pair import Pair
from bot.channels.zalo_oa.refusals import REFUSALS, TOKEN_CODES
from bot.channels.zalo_oa.settings import KINDS, ZaloOA
from bot.channels.zalo_oa.webhook import PATH
from bot.settings.clock import VIETNAM, moment
from bot.settings.faults import variable

OF = "zalo_oa"
SOON = timedelta(days=14)
"""A package is warned about this long before its end."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows about the account; the defaults are those without a database."""

    pair: Pair | None = None
    renewable_until: datetime | None = None
    account: str = ""
    alarm: str = ""
    waiting: int = 0
    refused: str = ""


def check(looking: Looking[Kept], given: ZaloOA) -> Iterator[Finding]:
    """Look at webhook, tokens, the account itself, templates and money."""
    if not given.enabled:
        yield Finding(OF, "ok", "not enabled")
        return
    yield webhook(OF, looking.public_url, PATH, saved=" Save it in the app's console under Webhook.")
    yield from _callback(given, looking.public_url)
    kept = looking.kept() or Kept()
    yield from _tokens(kept, given, looking.now)
    if kept.refused:
        yield Finding(
            OF,
            "fault",
            f"Zalo refused ({kept.refused}). The messages wait, and are sent once that is fixed.",
        )
    token = kept.pair.access_token if kept.pair else given.access_token.get_secret_value()
    if token:
        yield from asyncio.run(_account(given, token, given.oa_id or kept.account))
    yield from _templates(given)


def _templates(given: ZaloOA) -> Iterator[Finding]:
    """Notices without a template, and templates without a budget."""
    lacking = [KINDS[kind] for kind, number in given.templates().items() if not number]
    if lacking:
        yield Finding(
            OF,
            "warning",
            f"No template for {', '.join(lacking)}: {given.window_days} days after a person's last message these wait "
            f"until they write again. Have templates approved and set {variable('zalo_oa.template_status')} …",
        )
    if not given.yearly_dong and len(lacking) < len(KINDS):
        yield Finding(
            OF,
            "warning",
            f"yearly_dong is 0: no template is ever sent, since each costs {given.template_dong} đ. "
            f"Set {variable('zalo_oa.yearly_dong')}, or leave the templates out.",
        )


def _tokens(kept: Kept, given: ZaloOA, now: datetime) -> Iterator[Finding]:
    if kept.alarm:
        yield Finding(OF, "fault", f"{kept.alarm}. {kept.waiting} message(s) wait for it. {AUTHORISE}")
    if kept.pair is None:
        if given.refresh_token.get_secret_value():
            yield Finding(OF, "ok", "no tokens are kept yet; the first start keeps and renews the configured ones")
        elif not kept.alarm:
            yield Finding(OF, "fault", f"There are no tokens, so nothing can be sent. {AUTHORISE}")
        return
    ends, last = kept.pair.expires_at, kept.renewable_until
    if ends > now:
        yield Finding(OF, "ok", f"the access token ends {moment(ends)}; the running bot renews it before")
    elif last is not None and last <= now:
        yield Finding(OF, "fault", f"The tokens were not renewed for three months and are dead. {AUTHORISE}")
    elif not kept.alarm:
        yield Finding(OF, "warning", f"The access token ended {moment(ends)}. The running bot renews it: ocopbot run")


# The answers of the platform


async def _account(given: ZaloOA, token: str, expected: str) -> list[Finding]:
    """Ask for the account itself (https://developers.zalo.me/docs/official-account/quan-ly/quan-ly-thong-tin-oa)."""
    client = client_of(given, now=lambda: datetime.now(UTC))
    try:
        about = await client.get("/v2.0/oa/getoa", token)
    except ZaloRefusalError as refusal:
        return [_refused(refusal)]
    except (NotReachedError, CutOffError, HeldBackError) as trouble:
        return [unreached(OF, given.base_url, str(trouble))]
    finally:
        await client.transport.close()
    account = account_in(about)
    found = []
    if not account.id:
        found.append(Finding(OF, "fault", f"The server at {given.base_url} is not Zalo. Correct zalo_oa.base_url."))
    elif expected and account.id != expected:
        found.append(
            Finding(
                OF,
                "fault",
                f"The tokens are those of the account {account.id} ({account.name}), and this bot speaks for "
                f"{expected}. Correct {variable('zalo_oa.oa_id')}, or let the right account consent. {AUTHORISE}",
            )
        )
    else:
        found.append(Finding(OF, "ok", f"the account is {account.name} ({account.id})"))
        if not given.oa_id:
            found.append(
                Finding(
                    OF,
                    "warning",
                    f"oa_id is empty, so the tokens of another account would be taken too. "
                    f"Set {variable('zalo_oa.oa_id')}={account.id}",
                )
            )
    return [*found, *_standing(about, pays=bool(given.yearly_dong))]


def _standing(about: Mapping[str, Any], *, pays: bool) -> Iterator[Finding]:
    """The rights of the account: verified, its package, its billing."""
    if about.get("is_verified") is False:
        yield Finding(OF, "fault", "The account is not verified, and may not use the API. Have Zalo verify it.")
    name = " ".join(str(about.get("package_name", "")).split())[:60]
    until = _day(str(about.get("package_valid_through_date", "")))
    today = datetime.now(VIETNAM).date()
    if until is not None and until < today:
        yield Finding(OF, "fault", f"The package {name} ended on {until.isoformat()}. Renew it at oa.zalo.me.")
    elif until is not None and until < today + SOON:
        yield Finding(OF, "warning", f"The package {name} ends on {until.isoformat()}. Renew it at oa.zalo.me.")
    elif name:
        yield Finding(OF, "ok", f"package {name}" + ("" if until is None else f" until {until.isoformat()}"))
    if pays and not about.get("linked_ZCA"):
        yield Finding(
            OF,
            "warning",
            "No billing account (ZCA) is linked, so paid messages are refused. Link one, or set yearly_dong to 0.",
        )


def _refused(refusal: ZaloRefusalError) -> Finding:
    if refusal.code in TOKEN_CODES:
        return Finding(
            OF,
            "fault",
            f"Zalo does not take the access token ({refusal}). The running bot renews it once by itself; "
            f"if this stays, consent again. {AUTHORISE}",
        )
    known = REFUSALS.get(refusal.code)
    means = f": {known.says}" if known is not None else ""
    return Finding(
        OF,
        "fault",
        f"Zalo refuses to show the account ({refusal}){means}. Fix it in the console of app and account.",
    )


def _callback(given: ZaloOA, public_url: str) -> Iterator[Finding]:
    """Check that the browser of the consenting administrator returns to this program."""
    ours, saved = f"{public_url}{CALLBACK_PATH}", callback_of(given, public_url)
    if not public_url:
        return
    if saved == ours:
        yield Finding(OF, "ok", f"a consent comes back to {ours}. Save it in the app's console as callback.")
    else:
        yield Finding(
            OF,
            "warning",
            f"callback_url is {saved}, and this program answers at {ours}: a consent has to be pasted. "
            f"Or leave {variable('zalo_oa.callback_url')} empty, and save that address in the app's console.",
        )


def _day(given: str) -> date | None:
    try:
        return datetime.strptime(given, "%d/%m/%Y").replace(tzinfo=VIETNAM).date()
    except ValueError:
        return None
