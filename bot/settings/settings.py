"""
The configuration: config.yaml, overridden by OCOPBOT_<SECTION>__<KEY>.

A secret is given as a variable, in a file of its own (`token_file`, or
OCOPBOT_TELEGRAM__TOKEN_FILE), or in a config.yaml that nobody else may read.
Relative paths count from the folder the program is started in.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings.clock import VIETNAM, parse_start
from bot.settings.faults import (
    NESTED,
    PREFIX,
    SettingsFaultsError,
    read_keys,
    unknown_variables,
    value_faults,
    variable,
)

USUAL_FILE = Path("config.yaml")
_FILE = "_file"
_TOKEN_LETTERS = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""What Telegram takes as a webhook's secret: https://core.telegram.org/bots/api#setwebhook"""
_BOT_SECRET = re.compile(r"[\x21-\x7e]{8,256}")
"""What the Zalo Bot Platform takes: https://bot.zaloplatforms.com/docs/apis/setWebhook/"""


def _address(value: str) -> str:
    """A server's root, without the slash at its end."""
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("Give an address that begins with https:// or http://")
    return value.rstrip("/")


def _exact_address(value: str) -> str:
    """An address that is compared letter for letter, so that its last slash stays."""
    _address(value)
    return value


def _or_unlimited(value: Any) -> Any:
    """In a file and in a variable "no limit" has to be a word: an empty value counts as none given."""
    return None if value == "unlimited" else value


def _as_written(value: Any) -> Any:
    """Digits without quotes are a number to YAML."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Address = Annotated[str, AfterValidator(_address)]
ExactAddress = Annotated[str, AfterValidator(_exact_address)]
Digits = Annotated[str, Field(pattern=r"^[0-9]{0,30}$"), BeforeValidator(_as_written)]
"""A number of the platform's; longer than a whole number may safely be, so it is text, quoted or not."""
NotNegative = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    """
    One section.  Of every secret `x` there is an `x_file` that names the file it stands in.

    A file that anybody may read is refused; naming both is a fault, so that
    nobody has to guess which one counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        read = dict(given)
        for name, field in cls.model_fields.items():
            if field.annotation is not SecretStr:
                continue
            path = read.pop(name + _FILE, None)
            if path in (None, ""):
                continue
            if read.get(name):
                raise ValueError(f"Both {name} and {name}{_FILE} are given; keep one")
            read[name] = _secret_in(Path(str(path)))
        return read


def _secret_in(path: Path) -> str:
    try:
        others = stat.S_IMODE(path.stat().st_mode) & 0o007
        words = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as trouble:
        raise ValueError(f"The file {path} cannot be read ({getattr(trouble, 'strerror', 'not UTF-8')})") from None
    if others and os.name == "posix":
        raise ValueError(f"The file {path} may be read by anybody; run: chmod o-rwx {path}")
    if not words:
        raise ValueError(f"The file {path} is empty; put the secret into it")
    return words


class Database(Section):
    """`url` may hold a password, so it is treated as a secret.  Empty: SQLite in the data folder."""

    url: SecretStr = SecretStr("")
    url_file: Path | None = None


class Server(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: Address = ""


class Telegram(Section):
    enabled: bool = False
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
        if secret and not _TOKEN_LETTERS.fullmatch(secret):
            raise ValueError("secret_token takes 1 to 256 of the letters A-Z a-z 0-9 _ -")
        return self


class ZaloOA(Section):
    enabled: bool = False
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
    """The account's own id: a consent for another account is turned away.  Empty: the first that consents."""
    callback_url: ExactAddress = ""
    """The callback saved in Zalo's console.  Empty: /zalo/oa/callback below server.public_url."""
    compatible_oa_id: Digits = ""
    """Set only when genuine events are turned away: some describe signatures that begin with the account's id."""
    image_url: Address = ""
    """The picture above the question for a phone number; without it the question is plain text."""
    by_hand_minutes: NotNegative = 30
    """How long the bot keeps silent towards somebody an official wrote to in the account's console; 0: never."""
    free_hours: Annotated[int, Field(ge=1)] = 48
    """How long after a person's word messages are free; as documented."""
    free_replies: Annotated[NotNegative | None, BeforeValidator(_or_unlimited)] = 8
    """Free messages after each word of a person; reported as unlimited since 2026 and not confirmed."""
    window_days: Annotated[int, Field(ge=1)] = 7
    """How long after their word anything but a template may be sent; as documented."""
    paid_dong: NotNegative = 55
    """A message beyond the free ones; the price of 2025, VAT included."""
    template_dong: NotNegative = 216
    """A message by template: 200 đ and VAT, reported early in 2026; 120 đ without VAT for public services."""
    other_channel_first: bool = True
    """What is neither a decision nor a deadline goes to the person's other channel before it costs money."""
    yearly_dong: NotNegative = 0
    """What messages to one follower may cost in a year; 0 never pays."""
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


class ZaloBot(Section):
    enabled: bool = False
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    base_url: Address = "https://bot-api.zaloplatforms.com"
    mode: Literal["polling", "webhook"] = "polling"
    secret_token: SecretStr = SecretStr("")
    secret_token_file: Path | None = None

    monthly_messages: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_or_unlimited)] = 3000
    """What the plan allows in a month; the free one is reported to give 3,000."""
    most_people: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_or_unlimited)] = 50
    """How many people the plan lets write to the bot; the free one is reported to take 50."""

    @model_validator(mode="after")
    def _is_whole(self) -> "ZaloBot":
        if self.enabled and not self.token.get_secret_value():
            raise ValueError(f"It is enabled and has no token; set {variable('zalo_bot.token')}")
        if self.enabled and self.mode == "webhook" and not self.secret_token.get_secret_value():
            raise ValueError(f"A webhook needs a secret; set {variable('zalo_bot.secret_token')}")
        secret = self.secret_token.get_secret_value()
        if secret and not _BOT_SECRET.fullmatch(secret):
            raise ValueError("secret_token takes 8 to 256 letters without blanks")
        return self


class Webchat(Section):
    enabled: bool = True


class Security(Section):
    key_file: Path | None = None


class ClockStart(Section):
    """`start` is for the demo and for tests: a day (08:00 in Viet Nam) or a moment."""

    start: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and isinstance(given.get("start"), date):
            return {**given, "start": given["start"].isoformat()}
        return given

    @model_validator(mode="after")
    def _is_a_moment(self) -> "ClockStart":
        if self.start:
            try:
                parse_start(self.start)
            except ValueError:
                raise ValueError("Give a day such as 2026-09-15, or a moment such as 2026-09-15T08:00+07:00") from None
        return self


class Limits(Section):
    messages_per_minute: Annotated[int, Field(ge=1)] = 20
    exports_per_day: Annotated[int, Field(ge=1)] = 20


class Log(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["json", "text"] = "json"


class Settings(BaseSettings):
    """All that can be configured.  `Settings(...)` takes what a file would give; the environment overrides it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    pack: str = "quang-tri-2026"
    data_dir: Path = Path("var")
    office: str = ""
    contact: str = ""
    database: Database = Database()
    server: Server = Server()
    telegram: Telegram = Telegram()
    zalo_oa: ZaloOA = ZaloOA()
    zalo_bot: ZaloBot = ZaloBot()
    webchat: Webchat = Webchat()
    security: Security = Security()
    clock: ClockStart = ClockStart()
    limits: Limits = Limits()
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  all of these are the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment counts more than what a file gave; nothing else is looked at."""
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """The database's address as it was written, or the SQLite file in the data folder."""
        return self.database.url.get_secret_value() or f"sqlite:///{(self.data_dir / 'ocopbot.db').absolute()}"

    @property
    def key_file(self) -> Path:
        """Where the installation's key lies."""
        return self.security.key_file or self.data_dir / "secret.key"

    def secrets(self) -> tuple[str, ...]:
        """Every secret that was configured, and the key: what must never be seen in a log."""
        found = set(_secrets_of(self))
        url = found & {self.database.url.get_secret_value()}
        found -= url  # the address itself is no secret, its password is
        password = urlsplit(self.database_url).password
        if password:
            found |= {password, unquote(password)}
        # no key yet, or not ours to read: then it cannot come into a log either
        with contextlib.suppress(OSError, UnicodeDecodeError):
            found.add(self.key_file.read_text("ascii").strip())
        return tuple(sorted(found - {""}, key=len, reverse=True))


def _secrets_of(section: BaseModel) -> Iterator[str]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _secrets_of(value)


def known_keys() -> frozenset[str]:
    """Every key there is, with its section, such as "pack" or "telegram.token"."""
    found: set[str] = set()
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            found |= {f"{name}.{key}" for key in kind.model_fields}
        else:
            found.add(name)
    return frozenset(found)


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """
    Read the configuration; raises `SettingsFaultsError` with all that is wrong with it.

    Without a path, `config.yaml` of this folder is read when it is there.
    `environment` is what the names of variables are checked in; their values
    are always read from the process.
    """
    known = known_keys()
    given: dict[str, Any] = {}
    faults: list[str] = []
    file = path if path is not None else USUAL_FILE
    if path is not None or file.exists():
        given, faults = read_keys(file, known)
        faults += _open_secrets(file, given)
    faults += unknown_variables(os.environ if environment is None else environment, known)
    if faults:
        raise SettingsFaultsError(faults)
    try:
        return Settings(**given)
    except ValidationError as trouble:
        raise SettingsFaultsError(value_faults(trouble, known)) from None


def _open_secrets(file: Path, given: Mapping[str, Any]) -> list[str]:
    """A configuration that holds secrets and may be read by anybody is refused."""
    if os.name != "posix" or not file.exists() or not file.stat().st_mode & 0o007:
        return []
    held = [
        f"{name}.{key}"
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
        for key, inner in field.annotation.model_fields.items()
        if inner.annotation is SecretStr and _holds(f"{name}.{key}", given)
    ]
    if not held:
        return []
    what = f"{file}: It holds a secret ({', '.join(held)}) and may be read by anybody."
    return [f"{what} Run: chmod 600 {file}, or move the secret to {variable(held[0])}."]


def _holds(key: str, given: Mapping[str, Any]) -> bool:
    name, _, inner = key.partition(".")
    section = given.get(name)
    value = section.get(inner) if isinstance(section, Mapping) else None
    if key == "database.url":
        return isinstance(value, str) and urlsplit(value).password is not None
    return bool(value)


def day_of(settings: Settings, real: datetime) -> date:
    """The day a command without a database takes: the configured start of the clock, or the real one in Viet Nam."""
    moment = parse_start(settings.clock.start) if settings.clock.start else real
    return moment.astimezone(VIETNAM).date()
