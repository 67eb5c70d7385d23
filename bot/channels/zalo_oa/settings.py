"""The section `zalo_oa` of the configuration: keys, addresses, prices and approved templates."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from bot.settings.faults import variable
from bot.settings.section import Address, ChannelSection, Digits, ExactAddress, NotNegative, or_unlimited

KINDS = {"status": "decisions", "reminder": "reminders", "broadcast": "announcements"}
"""The kinds of notice that a template can carry, and what operators call them."""


class ZaloOA(ChannelSection):
    app_id: Digits = ""
    app_secret: SecretStr = SecretStr("")
    app_secret_file: Path | None = None
    oa_secret_key: SecretStr = SecretStr("")
    oa_secret_key_file: Path | None = None
    access_token: SecretStr = SecretStr("")
    access_token_file: Path | None = None
    refresh_token: SecretStr = SecretStr("")
    refresh_token_file: Path | None = None
    base_url: Address = "https://openapi.zalo.me"
    business_url: Address = "https://business.openapi.zalo.me"
    oauth_url: Address = "https://oauth.zaloapp.com"

    oa_id: Digits = ""
    """The account's own id: a consent for another account is refused.  Empty: the first account that consents."""
    callback_url: ExactAddress = ""
    """The callback saved in Zalo's console.  Empty: /zalo/oa/callback below server.public_url."""
    compatible_oa_id: Digits = ""
    """Set only when genuine events are refused: some describe signatures that begin with the account's id."""
    image_url: Address = ""
    """The picture above the question for a phone number; without it the question is plain text."""
    by_hand_minutes: NotNegative = 30
    """Minutes for which the bot is silent towards a person an official wrote to in the account's console; 0: never."""
    free_hours: Annotated[int, Field(ge=1)] = 48
    """Hours for which messages are free after a person's message; as documented."""
    free_replies: Annotated[NotNegative | None, BeforeValidator(or_unlimited)] = 8
    """Free messages after each message of a person; reported as unlimited since 2026 and not confirmed."""
    window_days: Annotated[int, Field(ge=1)] = 7
    """Days after a person's message in which more than a template may be sent; as documented."""
    paid_dong: NotNegative = 55
    """A message beyond the free ones; the price of 2025, VAT included."""
    template_dong: NotNegative = 216
    """A message by template: 200 đ and VAT, reported early in 2026; 120 đ without VAT for public services."""
    other_channel_first: bool = True
    """Notices other than decisions and deadlines go to the person's other channel before they cost money."""
    yearly_dong: NotNegative = 0
    """The most that messages to one follower may cost in a year; 0 never pays."""
    reserve_dong: NotNegative = 0
    """Part of it that only decisions and deadlines may use."""
    template_text: str = ""
    """The parameter of the templates that takes the text; empty: as the pack words them."""
    template_status: Digits = ""
    template_reminder: Digits = ""
    template_broadcast: Digits = ""
    """Numbers of approved templates, by kind of notice; empty while there is none."""

    @model_validator(mode="after")
    def _is_whole(self) -> "ZaloOA":
        if self.enabled:
            for name in ("app_id", "app_secret", "oa_secret_key"):
                value = getattr(self, name)
                if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                    raise ValueError(f"It is enabled and has no {name}; set {variable(f'zalo_oa.{name}')}")
        if self.reserve_dong > self.yearly_dong:
            raise ValueError("reserve_dong is a part of yearly_dong and cannot be more")
        if self.free_hours > 24 * self.window_days:
            raise ValueError("free_hours lie within window_days and cannot be more")
        return self

    def templates(self) -> dict[str, str]:
        """The number of the approved template for each kind of notice; empty where there is none."""
        return {kind: str(getattr(self, f"template_{kind}")) for kind in KINDS}


SECTION = ZaloOA
