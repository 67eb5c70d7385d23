"""What each channel of this installation can show, for those who write for several at once."""

from collections.abc import Mapping

from bot.channels.telegram import rendering as telegram_rendering
from bot.channels.webchat import channel as webchat
from bot.channels.zalo_bot import channel as zalo_bot
from bot.channels.zalo_oa import rendering as zalo_oa_rendering
from bot.settings.settings import Settings
from handlers.conversation.showing import Shown
from registry.applications.files import LARGEST


def shows_for(settings: Settings) -> Mapping[str, Shown]:
    """The limits of the enabled channels, by name; the figures are those the channels themselves keep."""
    telegram = Shown(
        most_text=telegram_rendering.MOST_TEXT,
        most_caption=telegram_rendering.MOST_CAPTION,
        buttons=True,
        edits=True,
        most_picture=telegram_rendering.MOST_PHOTO,
        most_paper=LARGEST,
    )
    page = Shown(
        most_text=webchat.MOST_TEXT,
        most_caption=webchat.MOST_TEXT,
        buttons=True,
        edits=True,
        most_picture=LARGEST,
        most_paper=LARGEST,
    )
    account = Shown(
        most_text=zalo_oa_rendering.MOST_TEXT,
        most_caption=0,
        buttons=True,
        edits=False,
        most_picture=zalo_oa_rendering.MOST_IMAGE,
        most_paper=zalo_oa_rendering.MOST_FILE,
    )
    robot = Shown(
        most_text=zalo_bot.MOST_TEXT,
        most_caption=zalo_bot.MOST_TEXT,
        buttons=False,
        edits=False,
        most_picture=0,
        most_paper=0,
    )
    enabled = {
        "telegram": (settings.telegram.enabled, telegram),
        "webchat": (settings.webchat.enabled, page),
        "zalo_oa": (settings.zalo_oa.enabled, account),
        "zalo_bot": (settings.zalo_bot.enabled, robot),
    }
    return {name: shown for name, (on, shown) in enabled.items() if on}
