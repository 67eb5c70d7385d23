"""Telegram as the program opens it (`bot.channels.manifest`)."""

import asyncio
from collections.abc import Iterator
from functools import partial

from telegram.error import TelegramError

from bot.channels.channel import Words
from bot.channels.finding import Finding
from bot.channels.manifest import Facts, Looking, Opened, Runtime
from bot.channels.telegram import check as checking
from bot.channels.telegram.channel import close_telegram, open_telegram
from bot.channels.telegram.polling import TelegramPolling
from bot.channels.telegram.receiving import Receiving
from bot.channels.telegram.rendering import MOST_CAPTION, MOST_PHOTO, MOST_TEXT
from bot.channels.telegram.settings import Telegram
from bot.channels.telegram.webhook import telegram_routes
from bot.settings.command_error import CommandError
from handlers.conversation.showing import Shown
from registry.applications.files import LARGEST


def facts(given: Telegram) -> Facts:
    """The limits of one chat, and the rate of this installation; an unacknowledged update comes again for a day."""
    shown = Shown(
        most_text=MOST_TEXT,
        most_caption=MOST_CAPTION,
        buttons=True,
        edits=True,
        most_picture=MOST_PHOTO,
        most_paper=LARGEST,
    )
    return Facts(shown, rate_per_second=given.rate_per_second, again="by_itself")


def open(runtime: Runtime[None], given: Telegram) -> Opened:  # noqa: A001  the name is that of every manifest
    """Make the bot's channel; the webhook is served whether the platform knows it or not."""
    channel = open_telegram(given.token.get_secret_value(), runtime.words, base_url=given.base_url)
    polling = TelegramPolling(channel, runtime.accept) if runtime.sends and given.mode == "polling" else None
    note = partial(runtime.note, channel.name)
    receiving = Receiving(channel, given, runtime.public_url, runtime.introduction, polling, note)
    secret = given.secret_token.get_secret_value()
    return Opened(
        channel,
        facts(given),
        routes=telegram_routes(channel, runtime.accept, secret, count=runtime.count),
        receivers=(receiving.run,),
        problems=receiving.problems,
        close=partial(close_telegram, channel),
    )


def check(looking: Looking[None], given: Telegram) -> Iterator[Finding]:
    """Look at the token and at where updates go."""
    return checking.check(given, looking.public_url)


def address(given: Telegram, _public_url: str) -> str:
    """The link that opens the bot; Telegram is asked for the bot's name."""
    if not given.enabled:
        raise CommandError("telegram is not enabled. No poster was made. Enable it, or choose another with --on.")
    return f"https://t.me/{asyncio.run(_name(given))}?start={{payload}}"


async def _name(given: Telegram) -> str:
    channel = open_telegram(given.token.get_secret_value(), Words("", "", "", ""), base_url=given.base_url)
    try:
        return str((await channel.bot.get_me()).username)
    except TelegramError as trouble:
        raise CommandError(
            f"Telegram does not tell the bot's name ({type(trouble).__name__}). No poster was made. Run: ocopbot check"
        ) from None
    finally:
        await close_telegram(channel)
