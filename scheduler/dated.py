"""
The day above what was said to many and arrives on a later one: "chiều nay" means the day it was sent.

Applied by the pump just before a message leaves, whatever held it up: a closed window, a pause, an outage.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from content.phrases import Phrases
from content.programme.pack import Pack
from registry.deliveries.deliveries import Pending

Dated = Callable[[Pending, datetime], Pending]
"""Makes the message that leaves at a moment."""


def with_its_day(pack: Pack, phrases: Phrases, decent: Callable[[datetime], datetime]) -> Dated:
    """Return the rule of a programme; `decent` is the first moment out of the night, by which nobody counts."""
    zone = ZoneInfo(pack.programme.timezone)

    def dated(pending: Pending, now: datetime) -> Pending:
        if pending.dated_at is None:
            return pending
        first, day = (decent(pending.dated_at).astimezone(zone).date(), now.astimezone(zone).date())
        if day <= first:
            return pending
        said = f"{first:%d/%m}" if first.year == day.year else f"{first:%d/%m/%Y}"
        line = phrases.say("thongbao.dated", pending.language, day=said)
        return replace(pending, message=replace(pending.message, text=f"{line}\n{pending.message.text}"))

    return dated
