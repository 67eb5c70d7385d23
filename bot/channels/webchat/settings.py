"""What is configured about the web chat."""

from typing import ClassVar

from bot.settings.section import ChannelSection


class Webchat(ChannelSection):
    enabled: bool = True
    pushes: ClassVar[bool] = False


SECTION = Webchat
