"""The time: the machine's, or a demo clock that starts on another day and runs on from there."""

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


def moment(at: datetime) -> str:
    """A moment as an operator in Viet Nam reads it."""
    return f"{at.astimezone(VIETNAM):%Y-%m-%d %H:%M} (+07)"


def month_begins(now: datetime) -> datetime:
    """The beginning of the month in Viet Nam; a platform's plan counts by it."""
    return now.astimezone(VIETNAM).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def parse_start(text: str) -> datetime:
    """Read OCOPBOT_CLOCK__START: a day (08:00 in Viet Nam) or a moment."""
    given = datetime.fromisoformat(text)
    if len(text) == 10:
        given = given.replace(hour=8)
    return given if given.tzinfo else given.replace(tzinfo=VIETNAM)
