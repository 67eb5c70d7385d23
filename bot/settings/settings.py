"""
The configuration: config.yaml, overridden by OCOPBOT_<SECTION>__<KEY>.

A secret is given as a variable, in a separate file, or in a config.yaml that nobody else may read.
The key `x_file`, or the variable with _FILE at its end, names that file.
Relative paths count from the folder in which the program is started.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError, create_model, model_validator
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
from bot.settings.section import Address, ChannelSection, Networks, NotNegative, Section
from bot.web.addresses import Network, networks

MEGABYTE = 1024 * 1024
USUAL_FILE = Path("config.yaml")
S = TypeVar("S", bound=ChannelSection)


class Database(Section):
    """`url` may hold a password, so it is a secret.  Empty: SQLite in the data folder."""

    url: SecretStr = SecretStr("")
    url_file: Path | None = None


class Server(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: Address = ""
    status_token: SecretStr = SecretStr("")
    status_token_file: Path | None = None
    status_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    trusted_proxies: Networks = "127.0.0.1, ::1"

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The networks whose word about a client's address is believed."""
        return networks(self.trusted_proxies)


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
    """Counts per person or address; sizes in megabytes."""

    messages_per_minute: Annotated[int, Field(ge=1)] = 20
    exports_per_day: Annotated[int, Field(ge=1)] = 20
    connections_per_address: Annotated[int, Field(ge=10)] = 2000
    pages_per_address: Annotated[int, Field(ge=1)] = 600
    sessions_per_hour: Annotated[int, Field(ge=1)] = 600
    files_per_person: Annotated[int, Field(ge=1)] = 200
    files_together: Annotated[int, Field(ge=1)] = 10_000
    disk_reserve: NotNegative = 1000

    @property
    def quota(self) -> tuple[int, int]:
        """Bytes of files of one person, and of all together."""
        return self.files_per_person * MEGABYTE, self.files_together * MEGABYTE


class Backup(Section):
    """Backups of the program itself: every N minutes (0: none), kept for `keep` days in the folder `to`."""

    every: Annotated[int, Field(ge=0, le=24 * 60)] = 15
    keep: Annotated[int, Field(ge=1, le=3650)] = 30
    to: Path | None = None


class Log(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["json", "text"] = "json"


class Settings(BaseSettings):
    """
    All that can be configured, except the channels.  The environment overrides what a file gives.

    `settings_with` makes the class that is used: this one and a section for every channel.
    """

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
    trial: bool = False
    language: Literal["", "en", "vi"] = ""
    database: Database = Database()
    server: Server = Server()
    security: Security = Security()
    clock: ClockStart = ClockStart()
    limits: Limits = Limits()
    backup: Backup = Backup()
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
        """The environment overrides the file; there is no other source."""
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """The database's address as it was written, or the SQLite file in the data folder."""
        return self.database.url.get_secret_value() or f"sqlite:///{(self.data_dir / 'ocopbot.db').absolute()}"

    @property
    def key_file(self) -> Path:
        """The file of the installation's key."""
        return self.security.key_file or self.data_dir / "secret.key"

    @property
    def backup_folder(self) -> Path:
        """The folder of the backups."""
        return self.backup.to or self.data_dir / "backups"

    def channels(self) -> dict[str, ChannelSection]:
        """The section of every channel, by the channel's name."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: section for name, section in given.items() if isinstance(section, ChannelSection)}

    def section(self, kind: type[S]) -> S:
        """The section of one channel, by its class."""
        return next(section for section in self.channels().values() if isinstance(section, kind))

    def enabled(self) -> tuple[str, ...]:
        """The names of the channels that are served."""
        return tuple(name for name, section in self.channels().items() if section.enabled)

    def elsewhere(self, name: str) -> frozenset[str]:
        """The other channels that are served and reach a person who is away."""
        return frozenset(other for other in self.enabled() if other != name and self.channels()[other].pushes)

    def without_channels(self) -> dict[str, ChannelSection]:
        """The usual values of every channel, as an update for `model_copy`: no platform is configured in them."""
        return {name: type(section)() for name, section in self.channels().items()}

    def secrets(self) -> tuple[str, ...]:
        """Every configured secret, and the key.  None of them may appear in a log."""
        found = set(_secrets_of(self))
        url = found & {self.database.url.get_secret_value()}
        found -= url  # the address itself is not a secret, its password is
        password = urlsplit(self.database_url).password
        if password:
            found |= {password, unquote(password)}
        # no key yet, or not readable: then it cannot get into a log either
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


def settings_with(channels: Mapping[str, type[ChannelSection]]) -> type[Settings]:
    """`Settings` with a section for each of these channels, by name."""
    fields: dict[str, Any] = {name: (section, section()) for name, section in channels.items()}
    made: type[Settings] = create_model("Settings", __base__=Settings, **fields)
    return made


def known_keys(kind: type[Settings]) -> frozenset[str]:
    """Every key there is, with its section, such as "pack" or "server.port"."""
    found: set[str] = set()
    for name, field in kind.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            found |= {f"{name}.{key}" for key in section.model_fields}
        else:
            found.add(name)
    return frozenset(found)


def load(kind: type[Settings], path: Path | None = None) -> Settings:
    """
    Read the configuration.  Raises `SettingsFaultsError` with all of its faults.

    Without a path, `config.yaml` of this folder is read if it exists.
    """
    known = known_keys(kind)
    given: dict[str, Any] = {}
    faults: list[str] = []
    file = path if path is not None else USUAL_FILE
    if path is not None or file.exists():
        given, faults = read_keys(file, known)
        faults += _open_secrets(kind, file, given)
    faults += unknown_variables(os.environ, known)
    if faults:
        raise SettingsFaultsError(faults)
    try:
        return kind(**given)
    except ValidationError as trouble:
        raise SettingsFaultsError(value_faults(trouble, known)) from None


def _open_secrets(kind: type[Settings], file: Path, given: Mapping[str, Any]) -> list[str]:
    """A fault for a configuration that holds secrets and may be read by anybody."""
    if os.name != "posix" or not file.exists() or not file.stat().st_mode & 0o007:
        return []
    held = [
        f"{name}.{key}"
        for name, field in kind.model_fields.items()
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
