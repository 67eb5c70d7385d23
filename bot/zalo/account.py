"""
The records of the Zalo Official Account; `bot.serving.registered` names this module for the channel.

Tokens, the ways of notices and the alarm are rows, and a channel knows no database.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection

from bot.channels.manifest import Runtime
from bot.channels.zalo_oa.bars import Bars
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.check import Kept
from bot.channels.zalo_oa.manifest import Backing
from bot.channels.zalo_oa.settings import ZaloOA
from bot.channels.zalo_oa.templates import Notice, ParameterKind, Template
from bot.channels.zalo_oa.windows import ZaloOAFacts
from bot.settings.settings import Settings
from bot.zalo import refusals
from bot.zalo import tokens as zalo_tokens
from bot.zalo.callback import callback_routes
from bot.zalo.forecasts import account_forecast
from bot.zalo.routing import ZaloWays
from bot.zalo.tokens import CHANNEL, KeptTokens
from bot.zalo.watch import HeldWhileLost, Watch, trouble_of
from content.programme.notice_templates import NoticeTemplate
from content.programme.pack import Pack
from handlers.conversation.desk import House
from registry.deliveries.reaching import Forecast
from registry.deliveries.routing import Router, WaysEstimate
from registry.store.store import Store


def back(settings: Settings, store: Store, house: House, runtime: Runtime[None]) -> Backing:
    """The rows behind the opened account."""
    given, worded = settings.section(ZaloOA), house.pack.notice_templates

    def watch(channel: ZaloOAChannel) -> Watch:
        return Watch(
            store,
            channel.tokens,
            channel.bars,
            house=house,
            channels=runtime.served,
            now=runtime.now,
            wake=runtime.wake,
            troubles=runtime.troubles,
        )

    def router(channel: ZaloOAChannel) -> tuple[Router, Forecast]:
        held = HeldWhileLost(channel.tokens, ways(settings, worded, channel.bars))
        return held, account_forecast(held)

    async def problems() -> str:
        """The alarm or refusal in the database, also when another process does the work."""
        if alarm := await store.read(zalo_tokens.alarm):
            return trouble_of(alarm)
        return refusals.trouble_of(await store.read(refusals.refused))

    return Backing(
        tokens=KeptTokens(store, now=runtime.platform_now),
        notices=notices(given, worded),
        routes=callback_routes(settings, store, house.phrases.say, now=runtime.now),
        router=router,
        watch=watch,
        problems=problems,
    )


def look(db: Connection, _now: datetime) -> Kept:
    """Read the rows for `ocopbot check`."""
    pair = zalo_tokens.kept(db)
    return Kept(
        pair=None if pair is None else pair.pair,
        renewable_until=None if pair is None else pair.renewable_until,
        account=zalo_tokens.account_of(db),
        alarm=zalo_tokens.alarm(db),
        waiting=zalo_tokens.waiting(db),
        refused="; ".join(one["reason"] for one in refusals.refused(db).values()),
    )


def estimate(settings: Settings, pack: Pack) -> WaysEstimate:
    """Counts the price of a broadcast before it is sent."""
    return ways(settings, pack.notice_templates).estimate


def notices(given: ZaloOA, worded: Mapping[str, NoticeTemplate]) -> dict[str, Notice]:
    """The approved templates by kind of notice: the pack's wording under the office's number."""
    found, numbers = {}, given.templates()
    for kind, wording in worded.items():
        text = given.template_text or wording.takes_text
        if numbers[kind]:
            holds = cast("ParameterKind", wording.parameters[wording.takes_text])
            found[kind] = Notice(Template(numbers[kind], {text: holds}), text)
    return found


def ways(settings: Settings, worded: Mapping[str, NoticeTemplate], bars: Bars | None = None) -> ZaloWays:
    """The ways of a notice on this account; a page that is closed is not another channel for it."""
    given = settings.section(ZaloOA)
    return ZaloWays(
        templates=frozenset(notices(given, worded)),
        yearly_dong=given.yearly_dong,
        reserve_dong=given.reserve_dong,
        elsewhere=settings.elsewhere(CHANNEL),
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
