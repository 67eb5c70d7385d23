"""The bot on the Zalo Bot Platform as the program opens it (`bot.channels.manifest`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.channels.finding import Finding
from bot.channels.manifest import Facts, Looking, Opened, Runtime
from bot.channels.zalo.transport import Transport, file_hosts
from bot.channels.zalo_bot import check as checking
from bot.channels.zalo_bot.channel import MOST_TEXT, VIETNAM, Plan, ZaloBotChannel, open_zalo_bot
from bot.channels.zalo_bot.polling import ZaloBotPolling
from bot.channels.zalo_bot.receiving import Receiving
from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_bot.webhook import zalo_bot_routes
from handlers.conversation.showing import Shown
from registry.deliveries.reaching import Forecast
from registry.deliveries.routing import Router


@dataclass(frozen=True, slots=True)
class Backing:
    """The rows behind the bot: the messages of this month, and the way of a notice beyond the plan."""

    sent_this_month: int
    router: Callable[[ZaloBotChannel], Router]
    forecast: Callable[[Router], Forecast]


def facts(_given: ZaloBot) -> Facts:
    """The limits of a message of the bot; it has no buttons, and every file is a link."""
    shown = Shown(
        most_text=MOST_TEXT,
        most_caption=MOST_TEXT,
        buttons=False,
        edits=False,
        most_picture=0,
        most_paper=0,
    )
    return Facts(shown, lists=True, links=True)


def open(runtime: Runtime[Backing], given: ZaloBot) -> Opened:  # noqa: A001  the name is that of every manifest
    """Make the bot's channel; messages sent this month before count towards the plan."""

    def now() -> datetime:
        return runtime.now().astimezone(VIETNAM)  # the plan's months are those of Viet Nam

    channel = open_zalo_bot(
        given.token.get_secret_value(),
        now=now,
        plan=Plan(given.monthly_messages, runtime.backing.sent_this_month, (now().year, now().month)),
        base_url=given.base_url,
        link_for=runtime.link_for,
        words=runtime.words,
        transport=Transport(hosts=file_hosts(given.base_url)),
    )
    polling = ZaloBotPolling(channel, runtime.accept) if runtime.sends and given.mode == "polling" else None
    secret = given.secret_token.get_secret_value()
    router = runtime.backing.router(channel)
    receiving = Receiving(channel, given, runtime.public_url, polling, partial(runtime.note, channel.name))
    return Opened(
        channel,
        facts(given),
        routes=zalo_bot_routes(channel, runtime.accept, secret, count=runtime.count),
        receivers=(receiving.run,),
        router=router,
        forecast=runtime.backing.forecast(router),
        problems=receiving.problems,
        close=channel.close,
    )


def check(looking: Looking[checking.Used], given: ZaloBot) -> Iterator[Finding]:
    """Look at the token, the way updates come, and the plan."""
    return checking.check(looking, given)
