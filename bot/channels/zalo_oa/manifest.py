"""The Zalo Official Account as the program opens it (`bot.channels.manifest`)."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from bot.channels.finding import Finding
from bot.channels.manifest import Facts, Looking, Opened, Runtime
from bot.channels.zalo.transport import Transport, file_hosts
from bot.channels.zalo_oa import check as checking
from bot.channels.zalo_oa.account import client_of
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.client import ZaloClient
from bot.channels.zalo_oa.pair import pasted
from bot.channels.zalo_oa.reading import Reader
from bot.channels.zalo_oa.rendering import MOST_FILE, MOST_IMAGE, MOST_TEXT
from bot.channels.zalo_oa.settings import ZaloOA
from bot.channels.zalo_oa.templates import Notice
from bot.channels.zalo_oa.tokens import Tokens, TokenStore
from bot.channels.zalo_oa.webhook import Seal, zalo_oa_routes
from bot.settings.command_error import CommandError
from handlers.conversation.showing import Shown
from registry.deliveries.reaching import Forecast
from registry.deliveries.routing import Router


class Watching(Protocol):
    """Renews the tokens and raises the alarm."""

    async def run(self) -> None:
        """Look after the tokens until cancelled."""


@dataclass(frozen=True, slots=True)
class Backing:
    """
    The rows behind the account.

    `tokens` is where the pair is kept, `notices` are the approved templates by kind, `routes` serve the
    answer of a consent.  `router` (with its forecast) and `watch` are made for the opened channel.
    """

    tokens: TokenStore
    notices: Mapping[str, Notice]
    routes: Sequence[web.AbstractRouteDef]
    router: Callable[[ZaloOAChannel], tuple[Router, Forecast]]
    watch: Callable[[ZaloOAChannel], Watching]
    problems: Callable[[], Awaitable[str]]


def facts(_given: ZaloOA) -> Facts:
    """The limits of a message of the account; a file becomes a link where the platform takes none."""
    shown = Shown(
        most_text=MOST_TEXT,
        most_caption=0,
        buttons=True,
        edits=False,
        most_picture=MOST_IMAGE,
        most_paper=MOST_FILE,
    )
    return Facts(shown, lists=True, links=True)


def open(runtime: Runtime[Backing], given: ZaloOA) -> Opened:  # noqa: A001  the name is that of every manifest
    """Make the account's channel, its two doors and the watch over its tokens."""
    backing = runtime.backing
    client = client_of(given, now=runtime.platform_now, transport=Transport(hosts=file_hosts(given.base_url)))
    channel = ZaloOAChannel(
        client,
        open_tokens(given, backing.tokens, client, now=runtime.platform_now),
        runtime.words,
        Reader(runtime.count),
        image_url=given.image_url,
        link_for=runtime.link_for,
        notices=backing.notices,
        by_hand_lasts=timedelta(minutes=given.by_hand_minutes),
    )
    seal = Seal(given.app_id, given.oa_secret_key.get_secret_value(), given.compatible_oa_id)
    clocks = (client.now, runtime.now)
    webhook = zalo_oa_routes(channel, runtime.accept, seal, clocks=clocks, count=runtime.count)

    async def close() -> None:
        await channel.tokens.close()
        await client.transport.close()

    router, forecast = backing.router(channel)
    return Opened(
        channel,
        facts(given),
        routes=(*webhook, *backing.routes),
        receivers=(backing.watch(channel).run,),
        router=router,
        forecast=forecast,
        problems=backing.problems,
        close=close,
    )


def open_tokens(given: ZaloOA, kept: TokenStore, client: ZaloClient, *, now: Callable[[], datetime]) -> Tokens:
    """The tokens of the account: the kept pair, or the first one from the configuration."""
    access, refresh = given.access_token.get_secret_value(), given.refresh_token.get_secret_value()
    secret = given.app_secret.get_secret_value()
    return Tokens(
        kept,
        lambda form: client.exchange(secret, form),
        app_id=given.app_id,
        now=now,
        seed=pasted(access, refresh, now()) if refresh else None,
    )


def check(looking: Looking[checking.Kept], given: ZaloOA) -> Iterator[Finding]:
    """Look at webhook, tokens, account, templates and money."""
    return checking.check(looking, given)


def address(given: ZaloOA, _public_url: str) -> str:
    """The account's page; a link to Zalo carries nothing with it."""
    if not given.enabled or not given.oa_id:
        raise CommandError(
            "The number of the Official Account is not known. No poster was made. "
            "Set zalo_oa.enabled and zalo_oa.oa_id, which `ocopbot check` tells."
        )
    return f"https://zalo.me/{given.oa_id}"
