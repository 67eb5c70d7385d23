"""
The bot's registration with Telegram at the start: commands, descriptions, webhook.

Conversations do not need it; every refusal is logged and returned as a line for the operator.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from telegram import BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import RetryAfter, TelegramError

from bot.channels.channel import tidy
from bot.channels.manifest import Introduction
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.reading import WANTED
from bot.channels.telegram.webhook import PATH

log = logging.getLogger(__name__)

# https://core.telegram.org/bots/api#setmycommands, #setmydescription, #setmyshortdescription, #setwebhook
MOST_COMMANDS = 100
MOST_COMMAND = 256
MOST_DESCRIPTION = 512
MOST_SHORT = 120
LONGEST_WAIT = 5.0
PORTS = (443, 80, 88, 8443)

T = TypeVar("T")


async def introduce(channel: TelegramChannel, introduction: Introduction) -> tuple[str, ...]:
    """Learn the bot's name and set its public texts.  Idempotent.  Returns the troubles."""
    troubles: list[str] = []
    try:
        me = await _patiently(channel.bot.get_me)
        channel.reader = replace(channel.reader, username=me.username or "")
    except TelegramError as trouble:
        return (_noted("getMe", trouble),)
    for language, commands in _with_default(introduction.commands, introduction.default_language).items():
        listed = [BotCommand(name, tidy(words)[:MOST_COMMAND]) for name, words in commands.items()][:MOST_COMMANDS]
        try:
            await _patiently(
                partial(
                    channel.bot.set_my_commands,
                    listed,
                    scope=BotCommandScopeAllPrivateChats(),
                    language_code=language or None,
                )
            )
        except TelegramError as trouble:
            troubles.append(_noted("setMyCommands", trouble))
    for language, words in _with_default(introduction.description, introduction.default_language).items():
        try:
            said = tidy(words)[:MOST_DESCRIPTION]
            await _patiently(partial(channel.bot.set_my_description, said, language_code=language or None))
        except TelegramError as trouble:
            troubles.append(_noted("setMyDescription", trouble))
    for language, words in _with_default(introduction.short_description, introduction.default_language).items():
        try:
            said = tidy(words)[:MOST_SHORT]
            await _patiently(partial(channel.bot.set_my_short_description, said, language_code=language or None))
        except TelegramError as trouble:
            troubles.append(_noted("setMyShortDescription", trouble))
    return tuple(troubles)


async def receive_by_webhook(channel: TelegramChannel, public_url: str, secret: str) -> tuple[str, ...]:
    """
    Ask Telegram to post updates to the public address.

    Only an https address on a port that Telegram takes is registered, and only with a secret. Anything else returns a
    trouble and changes nothing.
    """
    address = urlsplit(public_url)
    if address.scheme != "https" or not address.hostname:
        return ("The public address is not https; Telegram brings updates nowhere else.",)
    if (address.port or 443) not in PORTS:
        return (f"Telegram brings updates to ports {', '.join(map(str, PORTS))} only.",)
    if not secret:
        return ("There is no secret for the webhook; without one every update is turned away.",)
    try:
        await _patiently(
            partial(
                channel.bot.set_webhook,
                public_url.rstrip("/") + PATH,
                secret_token=secret,
                allowed_updates=list(WANTED),
                max_connections=40,
            )
        )
    except TelegramError as trouble:
        return (_noted("setWebhook", trouble),)
    return ()


async def receive_by_polling(channel: TelegramChannel) -> tuple[str, ...]:
    """Remove a webhook, since the platform has a single receiver for updates; waiting updates are kept."""
    try:
        await _patiently(partial(channel.bot.delete_webhook, drop_pending_updates=False))
    except TelegramError as trouble:
        return (_noted("deleteWebhook", trouble),)
    return ()


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Ask again once after a flood limit; webhooks may be changed once a second only."""
    try:
        return await call()
    except RetryAfter as limit:
        seconds = limit.retry_after if isinstance(limit.retry_after, int) else limit.retry_after.total_seconds()
        if seconds > LONGEST_WAIT:
            raise
        await asyncio.sleep(seconds)
    return await call()


def _with_default(by_language: Mapping[str, T], default: str) -> dict[str, T]:
    found = dict(by_language)
    if default in found:
        found[""] = found[default]
    return found


def _noted(method: str, trouble: TelegramError) -> str:
    # The library puts a token that was not accepted into its words; only the kind of trouble is told.
    log.warning(
        "telegram did not take what the bot says about itself",
        extra={"method": method, "trouble": type(trouble).__name__},
    )
    return f"{method}: {type(trouble).__name__}"
