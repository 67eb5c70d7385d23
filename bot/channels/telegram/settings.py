"""The section `telegram` of the configuration."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from bot.settings.faults import variable
from bot.settings.section import Address, ChannelSection

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""The webhook secrets Telegram accepts: https://core.telegram.org/bots/api#setwebhook"""


class Telegram(ChannelSection):
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    base_url: Address = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    secret_token: SecretStr = SecretStr("")
    secret_token_file: Path | None = None
    rate_per_second: Annotated[float, Field(gt=0)] = 28

    @model_validator(mode="after")
    def _is_whole(self) -> "Telegram":
        secret = self.secret_token.get_secret_value()
        if self.enabled and not self.token.get_secret_value():
            raise ValueError(f"It is enabled and has no token; set {variable('telegram.token')}")
        if self.enabled and self.mode == "webhook" and not secret:
            raise ValueError(f"A webhook needs a secret; set {variable('telegram.secret_token')}")
        if secret and not _SECRET.fullmatch(secret):
            raise ValueError("secret_token takes 1 to 256 of the letters A-Z a-z 0-9 _ -")
        return self

    def doubts(self, public_url: str) -> Iterator[str]:
        """A webhook needs an address that Telegram can reach."""
        if self.enabled and not public_url and self.mode == "webhook":
            yield "telegram.mode is webhook without an https server.public_url: no webhook is registered."


SECTION = Telegram
