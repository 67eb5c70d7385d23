"""One thing `ocopbot check` looked at."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and how it stands.  A warning leaves the installation usable, a fault does not."""

    of: str
    state: Literal["ok", "warning", "fault"]
    words: str
