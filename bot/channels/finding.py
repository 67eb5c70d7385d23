"""One result of `ocopbot check`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """The subject of a check and its state.  An installation with a warning is usable, one with a fault is not."""

    of: str
    state: Literal["ok", "warning", "fault"]
    words: str
