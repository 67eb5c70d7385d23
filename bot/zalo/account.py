"""The two Zalo channels as this installation configures them."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

import structlog
from aiohttp import web

from bot.channels.channel import Accept, LinkFor, Words
from bot.channels.zalo.transport import FILE_HOSTS, Transport
from bot.channels.zalo_bot.channel import Plan, ZaloBotChannel, open_zalo_bot
from bot.channels.zalo_bot.polling import ZaloBotPolling
from bot.channels.zalo_bot.webhook import receive_zalo_bot_by_polling, receive_zalo_bot_by_webhook, zalo_bot_routes
from bot.channels.zalo_oa.bars import Bars
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.client import ZaloClient
from bot.channels.zalo_oa.pair import pasted
from bot.channels.zalo_oa.reading import Reader
from bot.channels.zalo_oa.templates import Notice, ParameterKind, Template
from bot.channels.zalo_oa.tokens import Tokens
from bot.channels.zalo_oa.webhook import Seal, zalo_oa_routes
from bot.channels.zalo_oa.windows import ZaloOAFacts
from bot.settings.clock import VIETNAM
from bot.settings.settings import Settings, ZaloOA
from bot.web import count_refusal
from bot.zalo.plan import PlanWays
from bot.zalo.routing import ZaloWays
from bot.zalo.tokens import KeptTokens
from content.programme.notice_templates import NoticeTemplate
from registry.store.store import Store

log = structlog.get_logger()

LISTING = frozenset({"zalo_oa", "zalo_bot"})
"""The channels that always write choices into the text, so that what they number has to be kept."""


def real_now() -> datetime:
    """The platform's minutes, tokens and signatures know no demo clock."""
    return datetime.now(UTC)


def open_oa(
    settings: Settings,
    store: Store,
    words: Words,
    *,
    worded: Mapping[str, NoticeTemplate],
    link_for: LinkFor,
    now: Callable[[], datetime] = real_now,
) -> ZaloOAChannel:
    """Make the channel of the Official Account; asks nothing of the platform yet."""
    given = settings.zalo_oa
    client = ZaloClient(
        Transport(hosts=_file_hosts(given.base_url)),
        now=now,
        api=given.base_url,
        business=given.business_url,
        oauth=given.oauth_url,
    )
    tokens = open_tokens(settings, store, client, now=now)
    return ZaloOAChannel(
        client,
        tokens,
        words,
        Reader(count_refusal),
        image_url=given.image_url,
        link_for=link_for,
        notices=notices(given, worded),
        by_hand_lasts=timedelta(minutes=given.by_hand_minutes),
    )


def open_tokens(
    settings: Settings, store: Store, client: ZaloClient, *, now: Callable[[], datetime] = real_now
) -> Tokens:
    """The tokens of the account: the kept pair, or the first one from the configuration."""
    given = settings.zalo_oa
    access, refresh = given.access_token.get_secret_value(), given.refresh_token.get_secret_value()
    secret = given.app_secret.get_secret_value()
    return Tokens(
        KeptTokens(store, now=now),
        lambda form: client.exchange(secret, form),
        app_id=given.app_id,
        now=now,
        seed=pasted(access, refresh, now()) if refresh else None,
    )


def notices(given: ZaloOA, worded: Mapping[str, NoticeTemplate]) -> dict[str, Notice]:
    """The approved templates by kind of notice: the pack's wording under the office's number."""
    found = {}
    for kind, wording in worded.items():
        number, text = str(getattr(given, f"template_{kind}")), given.template_text or wording.takes_text
        if number:
            holds = cast("ParameterKind", wording.parameters[wording.takes_text])
            found[kind] = Notice(Template(number, {text: holds}), text)
    return found


def ways(settings: Settings, worded: Mapping[str, NoticeTemplate], bars: Bars | None = None) -> ZaloWays:
    """How notices go on this account; a page nobody looks at is no other channel for them."""
    given = settings.zalo_oa
    others = {"telegram": settings.telegram.enabled, "zalo_bot": settings.zalo_bot.enabled}
    return ZaloWays(
        templates=frozenset(notices(given, worded)),
        yearly_dong=given.yearly_dong,
        reserve_dong=given.reserve_dong,
        elsewhere=frozenset(name for name, enabled in others.items() if enabled),
        bars=bars,
        facts=ZaloOAFacts(
            free_window=timedelta(hours=given.free_hours),
            window=timedelta(days=given.window_days),
            free_replies=given.free_replies,
            paid_dong=given.paid_dong,
            template_dong=given.template_dong,
            other_channel_before_paying=given.other_channel_first,
        ),
    )


def oa_routes(
    settings: Settings, channel: ZaloOAChannel, accept: Accept, *, now: Callable[[], datetime]
) -> list[web.RouteDef]:
    """The door of the account; `now` is the time of the house."""
    given = settings.zalo_oa
    seal = Seal(given.app_id, given.oa_secret_key.get_secret_value(), given.compatible_oa_id)
    return zalo_oa_routes(channel, accept, seal, clocks=(channel.client.now, now), count=count_refusal)


def open_bot(
    settings: Settings, words: Words, now: Callable[[], datetime], sent_this_month: int, *, link_for: LinkFor
) -> ZaloBotChannel:
    """Make the channel of the bot; what left this month before counts against the plan."""
    given = settings.zalo_bot
    today = now().astimezone(VIETNAM)
    return open_zalo_bot(
        given.token.get_secret_value(),
        now=lambda: now().astimezone(VIETNAM),  # the plan's months are those of Viet Nam
        plan=Plan(given.monthly_messages, sent_this_month, (today.year, today.month)),
        base_url=given.base_url,
        link_for=link_for,
        words=words,
        transport=Transport(hosts=_file_hosts(given.base_url)),
    )


def plan_ways(settings: Settings, channel: ZaloBotChannel) -> PlanWays:
    """
    How notices go on this bot once its month is used up.

    Never to the account: that one hands over to the bot, and the two would pass a notice back and forth.
    """
    return PlanWays(channel.plan, channel.now, frozenset({"telegram"} if settings.telegram.enabled else ()))


def _file_hosts(base_url: str) -> tuple[str, ...]:
    """Where people's files may lie: the platform's own hosts, and a platform on this machine."""
    return (*FILE_HOSTS, *(url for url in (base_url,) if url.startswith("http://127.0.0.1")))


async def receive_bot(channel: ZaloBotChannel, settings: Settings, polling: ZaloBotPolling | None) -> None:
    """Receive by the way that is configured; a platform out of reach is tried again."""
    given = settings.zalo_bot
    while True:
        if polling is not None:
            troubles = await receive_zalo_bot_by_polling(channel)
        elif settings.server.public_url.startswith("https://"):
            secret = given.secret_token.get_secret_value()
            troubles = await receive_zalo_bot_by_webhook(channel, settings.server.public_url, secret)
        else:
            troubles = ()
        if not troubles:
            break
        log.warning("zalo_bot is not ready", troubles=troubles)
        await asyncio.sleep(30)
    if polling is not None:
        await polling.run()
    await asyncio.Event().wait()


def bot_routes(settings: Settings, channel: ZaloBotChannel, accept: Accept) -> list[web.RouteDef]:
    return zalo_bot_routes(channel, accept, settings.zalo_bot.secret_token.get_secret_value(), count=count_refusal)
