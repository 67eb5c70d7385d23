"""One result of `ocopbot check`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """The thing that was looked at, and its state.  A warning leaves the installation usable, a fault does not."""

    of: str
    state: Literal["ok", "warning", "fault"]
    words: str
