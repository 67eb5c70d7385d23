"""What time it is: the machine's, or a demo clock that starts on a day of its own and goes on from there."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock:
    """The real time plus an offset.  The offset is stored, so a restart never goes back."""

    def __init__(self, offset: timedelta = timedelta(), *, real: Callable[[], datetime] | None = None) -> None:
        self._offset = offset
        self._real = real or (lambda: datetime.now(UTC))

    @property
    def offset(self) -> timedelta:
        return self._offset

    def now(self) -> datetime:
        return self._real() + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Go forward; a demo clock never goes back."""
        if by < timedelta():
            raise ValueError("The clock only goes forward.")
        self._offset += by
        return self.now()


def parse_start(text: str) -> datetime:
    """Read OCOPBOT_CLOCK__START: a day (08:00 in Viet Nam) or a moment."""
    moment = datetime.fromisoformat(text)
    if len(text) == 10:
        moment = moment.replace(hour=8)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
