"""The section `webchat` of the configuration."""

from typing import ClassVar

from bot.settings.section import ChannelSection


class Webchat(ChannelSection):
    enabled: bool = True
    pushes: ClassVar[bool] = False


SECTION = Webchat
