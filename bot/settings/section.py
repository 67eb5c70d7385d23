"""
The base classes of the configuration's sections, and types of value that several sections use.

A channel's section is in the channel's own folder; `bot.settings.settings` knows none of them.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from bot.web.addresses import networks

_FILE = "_file"


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


def _networks(value: str) -> str:
    """Addresses and networks, separated by commas."""
    try:
        networks(value)
    except ValueError as trouble:
        raise ValueError(f"Give addresses or networks, separated by commas ({trouble})") from None
    return value


def or_unlimited(value: Any) -> Any:
    """In a file and in a variable "no limit" has to be a word: an empty value counts as not given."""
    return None if value == "unlimited" else value


def _as_written(value: Any) -> Any:
    """Digits without quotes are a number to YAML."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Networks = Annotated[str, AfterValidator(_networks)]
Address = Annotated[str, AfterValidator(_address)]
ExactAddress = Annotated[str, AfterValidator(_exact_address)]
Digits = Annotated[str, Field(pattern=r"^[0-9]{0,30}$"), BeforeValidator(_as_written)]
"""A number given by a platform.  It may be longer than an integer safely is, so it is text, quoted or not."""
NotNegative = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    """
    One section.  Every secret `x` has an `x_file`, which names the file that holds the secret.

    A file that anybody may read is refused.  Naming both is a fault, so that it is
    never a guess which one counted.
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


class ChannelSection(Section):
    """The section of one channel.  Its class is in the channel's folder; `bot.serving.registered` hands it in."""

    enabled: bool = False
    pushes: ClassVar[bool] = True
    """Whether its messages reach a person who is away.  A page reaches only those who open it."""

    def doubts(self, public_url: str) -> Iterator[str]:  # noqa: ARG002  for the sections that have a doubt
        """Yield what is valid and probably not meant, for `ocopbot check`."""
        yield from ()


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
