"""
`ocopbot check` for the two Zalo channels: nothing is sent to anybody, nothing is renewed or changed.

The platforms are only asked who the account and the bot are, with the tokens that are kept.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.channels.channel import Words
from bot.channels.finding import Finding
from bot.channels.zalo.transport import CutOffError, NotReachedError, Transport
from bot.channels.zalo_bot.channel import WARN_AT, BotRefusalError, open_zalo_bot
from bot.channels.zalo_bot.webhook import PATH as BOT_PATH
from bot.channels.zalo_oa.client import HeldBackError, ZaloRefusalError
from bot.channels.zalo_oa.refusals import REFUSALS, TOKEN_CODES
from bot.channels.zalo_oa.webhook import PATH as OA_PATH
from bot.settings.clock import VIETNAM
from bot.settings.faults import variable
from bot.settings.settings import Settings
from bot.zalo.consent import CALLBACK_PATH, account_in, callback_of, client_of
from bot.zalo.refusals import refused
from bot.zalo.status import AUTHORISE, KINDS, moment, month_begins, spoken_with, templates
from bot.zalo.tokens import Kept, account_of, alarm, kept, waiting
from registry.deliveries.deliveries import sent_on
from registry.store.schema import NEWEST

OA = "zalo_oa"
BOT = "zalo_bot"
SOON = timedelta(days=14)
"""How long before its end a package is warned of."""


def zalo_oa(settings: Settings) -> Iterator[Finding]:
    """The Official Account: webhook, tokens, the account itself, templates and money."""
    given = settings.zalo_oa
    if not given.enabled:
        yield Finding(OA, "ok", "not enabled")
        return
    yield _webhook(OA, settings.server.public_url, OA_PATH)
    yield from _callback(settings)
    held = _Held.of(settings, datetime.now(UTC))
    yield from _tokens(held, settings)
    if held.refused:
        yield Finding(
            OA,
            "fault",
            f"Zalo refused ({held.refused}). What could not be sent waits, and goes out once that is mended.",
        )
    token = held.kept.pair.access_token if held.kept else given.access_token.get_secret_value()
    if token:
        yield from asyncio.run(_account(settings, token, given.oa_id or held.account))
    lacking = [KINDS[kind] for kind, number in templates(given).items() if not number]
    if lacking:
        yield Finding(
            OA,
            "warning",
            f"No template for {', '.join(lacking)}: {given.window_days} days after a person's last word these wait "
            f"until they write again. Have templates approved and set {variable('zalo_oa.template_status')} …",
        )
    if not given.yearly_dong and len(lacking) < len(KINDS):
        yield Finding(
            OA,
            "warning",
            f"yearly_dong is 0: no template is ever sent, since each costs {given.template_dong} đ. "
            f"Set {variable('zalo_oa.yearly_dong')}, or leave the templates out.",
        )


def zalo_bot(settings: Settings) -> Iterator[Finding]:
    """The Bot Platform: who the bot is, how updates come, what is left of the plan."""
    given = settings.zalo_bot
    if not given.enabled:
        yield Finding(BOT, "ok", "not enabled")
        return
    if given.mode == "webhook":
        yield _webhook(BOT, settings.server.public_url, BOT_PATH)
    elif not settings.server.public_url.startswith("https://"):
        yield Finding(
            BOT,
            "warning",
            f"server.public_url is {settings.server.public_url or 'empty'}: Zalo fetches pictures and papers from an "
            "https address, so people get none here and are told to ask an official. "
            f"Set {variable('server.public_url')}.",
        )
    yield from asyncio.run(_bot(settings))
    now = datetime.now(UTC)
    sent, people = _used(settings, now)
    for count, most, what in (
        (sent, given.monthly_messages, "messages this month"),
        (people, given.most_people, "people"),
    ):
        if most is not None and count >= most * WARN_AT:
            yield Finding(BOT, "warning", f"{count} of {most} {what} of the plan are used. Take a larger plan in time.")
    if sent or people:
        yield Finding(BOT, "ok", f"{sent} messages left this month, {people} people have written")


# What is kept


class _Held:
    """What the database knows of the account; nothing while there is none of this version."""

    def __init__(
        self, kept_: Kept | None, account: str, trouble: str, held: int, now: datetime, refused_: str = ""
    ) -> None:
        self.kept, self.account, self.alarm, self.held, self.now = kept_, account, trouble, held, now
        self.refused = refused_

    @classmethod
    def of(cls, settings: Settings, now: datetime) -> "_Held":
        from sqlalchemy import Connection

        def look(db: Connection) -> "_Held":
            found = "; ".join(one["reason"] for one in refused(db).values())
            return cls(kept(db), account_of(db), alarm(db), waiting(db), now, found)

        return _looked(settings, look) or cls(None, "", "", 0, now)


def _looked(settings: Settings, look: Any) -> Any:
    """What a database of this version says; None while there is none.  It is opened for reading only."""
    from bot.settings.database import version_of
    from bot.settings.key import NoDatabaseYetError, vault_for
    from registry.store.store import open_engine

    try:
        vault = vault_for(settings, make=False)
    except NoDatabaseYetError:
        return None
    if version_of(settings, vault) != NEWEST:
        return None
    engine = open_engine(settings.database_url, vault, reading=True)
    try:
        with engine.connect() as db:
            return look(db)
    finally:
        engine.dispose()


def _used(settings: Settings, now: datetime) -> tuple[int, int]:
    found = _looked(settings, lambda db: (sent_on(db, channel=BOT, since=month_begins(now)), spoken_with(db, BOT)))
    return found or (0, 0)


def _tokens(held: _Held, settings: Settings) -> Iterator[Finding]:
    if held.alarm:
        yield Finding(OA, "fault", f"{held.alarm}. {held.held} message(s) wait for it. {AUTHORISE}")
    if held.kept is None:
        if settings.zalo_oa.refresh_token.get_secret_value():
            yield Finding(OA, "ok", "no tokens are kept yet; the first start keeps and renews the configured ones")
        elif not held.alarm:
            yield Finding(OA, "fault", f"There are no tokens, so nothing can be sent. {AUTHORISE}")
        return
    ends, last = held.kept.pair.expires_at, held.kept.renewable_until
    if ends > held.now:
        yield Finding(OA, "ok", f"the access token ends {moment(ends)}; the running bot renews it before")
    elif last is not None and last <= held.now:
        yield Finding(OA, "fault", f"The tokens were not renewed for three months and are dead. {AUTHORISE}")
    elif not held.alarm:
        yield Finding(OA, "warning", f"The access token ended {moment(ends)}. The running bot renews it: ocopbot run")


# What the platforms say


async def _account(settings: Settings, token: str, expected: str) -> list[Finding]:
    """Ask for the account itself (https://developers.zalo.me/docs/official-account/quan-ly/quan-ly-thong-tin-oa)."""
    given = settings.zalo_oa
    client = client_of(given)
    try:
        about = await client.get("/v2.0/oa/getoa", token)
    except ZaloRefusalError as refusal:
        return [_refused(refusal)]
    except (NotReachedError, CutOffError, HeldBackError) as trouble:
        return [_unreached(OA, given.base_url, str(trouble))]
    finally:
        await client.transport.close()
    account = account_in(about)
    found = []
    if not account.id:
        found.append(Finding(OA, "fault", f"What answers at {given.base_url} is not Zalo. Look at zalo_oa.base_url."))
    elif expected and account.id != expected:
        found.append(
            Finding(
                OA,
                "fault",
                f"The tokens are those of the account {account.id} ({account.name}), and this bot speaks for "
                f"{expected}. Mend {variable('zalo_oa.oa_id')}, or let the right account consent. {AUTHORISE}",
            )
        )
    else:
        found.append(Finding(OA, "ok", f"the account is {account.name} ({account.id})"))
        if not given.oa_id:
            found.append(
                Finding(
                    OA,
                    "warning",
                    f"oa_id is empty, so the tokens of another account would be taken too. "
                    f"Set {variable('zalo_oa.oa_id')}={account.id}",
                )
            )
    return [*found, *_standing(about, pays=bool(given.yearly_dong))]


def _standing(about: Mapping[str, Any], *, pays: bool) -> Iterator[Finding]:
    """What the account may do: verified, its package, who pays."""
    if about.get("is_verified") is False:
        yield Finding(OA, "fault", "The account is not verified, and may not use the API. Have Zalo verify it.")
    name = " ".join(str(about.get("package_name", "")).split())[:60]
    until = _day(str(about.get("package_valid_through_date", "")))
    today = datetime.now(VIETNAM).date()
    if until is not None and until < today:
        yield Finding(OA, "fault", f"The package {name} ended on {until.isoformat()}. Renew it at oa.zalo.me.")
    elif until is not None and until < today + SOON:
        yield Finding(OA, "warning", f"The package {name} ends on {until.isoformat()}. Renew it at oa.zalo.me.")
    elif name:
        yield Finding(OA, "ok", f"package {name}" + ("" if until is None else f" until {until.isoformat()}"))
    if pays and not about.get("linked_ZCA"):
        yield Finding(
            OA,
            "warning",
            "No billing account (ZCA) is linked, so what costs money is refused. Link one, or set yearly_dong to 0.",
        )


def _refused(refusal: ZaloRefusalError) -> Finding:
    if refusal.code in TOKEN_CODES:
        return Finding(
            OA,
            "fault",
            f"Zalo does not take the access token ({refusal}). The running bot renews it once by itself; "
            f"if this stays, consent again. {AUTHORISE}",
        )
    known = REFUSALS.get(refusal.code)
    means = f": {known.says}" if known is not None else ""
    return Finding(
        OA,
        "fault",
        f"Zalo refuses to speak of the account ({refusal}){means}. Mend it in the console of app and account.",
    )


async def _bot(settings: Settings) -> list[Finding]:
    """Ask the Bot Platform who the bot is and where updates go (https://bot.zaloplatforms.com/docs/)."""
    given = settings.zalo_bot
    bot = open_zalo_bot(
        given.token.get_secret_value(),
        now=lambda: datetime.now(UTC),
        words=Words("", ""),  # nothing is shown to anybody
        base_url=given.base_url,
        transport=Transport(connections=1, read_seconds=10.0),
    )
    try:
        me = await bot.call("getMe", {})
        url = await _webhook_of(bot.call)
    except BotRefusalError as refusal:
        if refusal.code in {401, 404}:
            words = "The Zalo Bot Platform does not know this token. Get it again where the bot was made."
        else:
            words = f"The Zalo Bot Platform refuses ({refusal}). Try again later."
        return [Finding(BOT, "fault", words)]
    except (NotReachedError, CutOffError) as trouble:
        return [_unreached(BOT, given.base_url, trouble.reason)]
    finally:
        await bot.close()
    if not isinstance(me, dict) or "id" not in me:
        return [Finding(BOT, "fault", f"What answers at {given.base_url} is not the Zalo Bot Platform.")]
    name = " ".join(str(me.get("display_name") or me.get("account_name") or me["id"]).split())[:100]
    return [Finding(BOT, "ok", f"the bot is {name}"), *_updates(settings, url)]


async def _webhook_of(call: Any) -> str:
    """Where updates go; empty without a webhook, which the platform answers with 404."""
    try:
        info = await call("getWebhookInfo", {})
    except BotRefusalError as refusal:
        if refusal.code == 404:
            return ""
        raise
    return str(info.get("url", "")) if isinstance(info, dict) else ""


def _updates(settings: Settings, url: str) -> Iterator[Finding]:
    ours = f"{settings.server.public_url}{BOT_PATH}"
    if settings.zalo_bot.mode == "polling" and url:
        yield Finding(
            BOT,
            "warning",
            f"Updates go to {_where(url)}, and polling gets none. `ocopbot run` takes that webhook away; "
            "if another program needs it, give this bot a token of its own.",
        )
    if settings.zalo_bot.mode == "webhook" and url != ours and settings.server.public_url:
        yield Finding(BOT, "warning", f"Updates go to {_where(url) or 'nobody'}. `ocopbot run` sets {ours}.")


def _webhook(of: str, public_url: str, path: str) -> Finding:
    parts = urlsplit(public_url)
    domain = parts.hostname is not None and re.search(r"[a-z]", parts.hostname) is not None and "." in parts.hostname
    if parts.scheme != "https" or not domain or parts.port not in {None, 443}:
        return Finding(
            of,
            "fault",
            f"Zalo brings messages only to an https address on a domain, without a port, and server.public_url is "
            f"{public_url or 'empty'}: nobody would be heard. Set {variable('server.public_url')}.",
        )
    saved = " Save it in the app's console under Webhook." if of == OA else ""
    return Finding(of, "ok", f"messages come to {public_url}{path}.{saved}")


def _callback(settings: Settings) -> Iterator[Finding]:
    """Whether the browser of whoever consents comes back to this program."""
    ours, saved = f"{settings.server.public_url}{CALLBACK_PATH}", callback_of(settings)
    if not settings.server.public_url:
        return
    if saved == ours:
        yield Finding(OA, "ok", f"a consent comes back to {ours}. Save it in the app's console as callback.")
    else:
        yield Finding(
            OA,
            "warning",
            f"callback_url is {saved}, and this program answers at {ours}: a consent has to be pasted. "
            f"Or leave {variable('zalo_oa.callback_url')} empty, and save that address in the app's console.",
        )


def _unreached(of: str, address: str, why: str) -> Finding:
    return Finding(
        of,
        "fault",
        f"{address} cannot be reached ({why}). Nobody was written to. Look at the network, or at {of}.base_url.",
    )


def _where(url: str) -> str:
    """An address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _day(given: str) -> date | None:
    try:
        return datetime.strptime(given, "%d/%m/%Y").replace(tzinfo=VIETNAM).date()
    except ValueError:
        return None
