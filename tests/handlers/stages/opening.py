"""Makes a stage of a kind for one story."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path

from bot.serving.configuration import Settings
from bot.serving.house import house_for
from bot.settings.database import bring_up
from handlers.conversation.desk import House
from platforms.telegram.server import TOKEN, TelegramServer
from platforms.zalo_bot.server import ZaloBotServer

from . import zalo_bot, zalo_oa
from .stage import Hours, Stage
from .telegram import SECRET, TelegramByPolling, TelegramWebhook
from .webchat import WebchatStage

BUTTONED = ("telegram_webhook", "telegram_polling", "webchat")
"""The kinds on which something is pressed."""
STAGES = (*BUTTONED, "zalo_oa", "zalo_bot")


@cache
def house(pack: str, day: date) -> House:
    """The house of a pack as of a day; loaded once, since nothing in it changes."""
    return house_for(Settings(pack=pack), day)


@cache
def _new_folder() -> tempfile.TemporaryDirectory[str]:
    """A data folder as the bot makes it at its first start, to be copied; it goes with the process."""
    made = tempfile.TemporaryDirectory(prefix="ocopbot-new-", ignore_cleanup_errors=True)
    bring_up(Settings(data_dir=Path(made.name)))
    return made


@asynccontextmanager
async def stage_for(kind: str, folder: Path, *, pack: str, start: datetime, database: str = "") -> AsyncIterator[Stage]:
    """A stage with an empty database in a folder (or the one at an address, which has its key in the folder)."""
    hours = Hours(start)
    shutil.copytree(_new_folder().name, folder, dirs_exist_ok=True)
    settings = Settings(
        pack=pack,
        data_dir=folder,
        database={"url": database},
        limits={"messages_per_minute": 60_000},
        webchat={"enabled": kind == "webchat"},
    )
    if kind == "webchat":
        yield WebchatStage(settings, house(pack, start.date()), hours)
        return
    if kind == "zalo_oa":
        async with zalo_oa.server_for(hours) as account:
            settings = Settings.model_validate({**settings.model_dump(), "zalo_oa": zalo_oa.settings_for(account)})
            yield zalo_oa.ZaloOAStage(settings, house(pack, start.date()), hours, account)
            assert account.faults == []
        return
    if kind == "zalo_bot":
        async with ZaloBotServer(clock=hours.timestamp, retry_pace=0.001) as platform:
            more = {"zalo_bot": zalo_bot.settings_for(platform), "server": {"public_url": zalo_bot.PUBLIC}}
            settings = Settings.model_validate({**settings.model_dump(), **more})
            yield zalo_bot.ZaloBotStage(settings, house(pack, start.date()), hours, platform)
            assert platform.faults == []
        return
    async with TelegramServer(clock=hours.timestamp, rate_per_second=None, per_chat=None, retry_pace=0.001) as server:
        telegram = {
            "enabled": True,
            "token": TOKEN,
            "base_url": server.base_url,
            "mode": kind.removeprefix("telegram_"),
            "secret_token": SECRET,
            "rate_per_second": 1000,
        }
        settings = Settings.model_validate({**settings.model_dump(), "telegram": telegram})
        made = TelegramWebhook if kind == "telegram_webhook" else TelegramByPolling
        yield made(settings, house(pack, start.date()), hours, server)
        assert server.faults == []
