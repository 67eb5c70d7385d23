"""The section `zalo_bot` of the configuration, with the limits of the bot's plan."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from bot.settings.faults import variable
from bot.settings.section import Address, ChannelSection, or_unlimited

_SECRET = re.compile(r"[\x21-\x7e]{8,256}")
"""The webhook secrets the Zalo Bot Platform accepts: https://bot.zaloplatforms.com/docs/apis/setWebhook/"""


class ZaloBot(ChannelSection):
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    base_url: Address = "https://bot-api.zaloplatforms.com"
    mode: Literal["polling", "webhook"] = "polling"
    secret_token: SecretStr = SecretStr("")
    secret_token_file: Path | None = None

    monthly_messages: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(or_unlimited)] = 3000
    """Messages the plan allows in a month; the free plan is reported to give 3,000."""
    most_people: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(or_unlimited)] = 50
    """People the plan lets write to the bot; the free plan is reported to take 50."""

    @model_validator(mode="after")
    def _is_whole(self) -> "ZaloBot":
        if self.enabled and not self.token.get_secret_value():
            raise ValueError(f"It is enabled and has no token; set {variable('zalo_bot.token')}")
        if self.enabled and self.mode == "webhook" and not self.secret_token.get_secret_value():
            raise ValueError(f"A webhook needs a secret; set {variable('zalo_bot.secret_token')}")
        secret = self.secret_token.get_secret_value()
        if secret and not _SECRET.fullmatch(secret):
            raise ValueError("secret_token takes 8 to 256 letters without blanks")
        return self


SECTION = ZaloBot
