"""The pauses of channels, told to administrators: once when one lasts, and once when it is over."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.phrases import Phrase
from content.programme.pack import Pack
from registry.addressing.administrators import tell_admins
from registry.deliveries.channel_pauses import (
    ChannelPause,
    channel_pauses,
    forget_pause,
    noted_pauses,
    told_of_pause,
)
from registry.deliveries.deliveries import cancel
from registry.deliveries.keys import Purpose, Subject, pause_alarm, pause_id
from registry.deliveries.outcomes import Cause
from registry.deliveries.states import Reason
from registry.telling import Teller

PAUSED = "installation.channel_paused"
AGAIN = "installation.channel_again"
REMEDIES = {
    Cause.AWAY: "installation.channel_remedy.away",
    Cause.LIMIT: "installation.channel_remedy.limit",
    Cause.QUOTA: "installation.channel_remedy.quota",
    Cause.ACCESS: "installation.channel_remedy.access",
    Cause.SILENCE: "installation.channel_remedy.silence",
}


def sweep(db: Connection, *, pack: Pack, tell: Teller, served: Collection[str], now: datetime) -> dict[str, int]:
    """
    Tell administrators of every channel that pauses for longer than a minute, and of its end.  Idempotent.

    `served` are the channels that are open.  The news of a pause goes by another channel; its end by any, since it
    names the beginning, too.  News that had not left when the pause ended is cancelled.
    """
    paused = channel_pauses(db, now=now)
    others = set(served) - {one.channel for one in paused}
    say = partial(tell_admins, db, pack=pack, tell=tell, now=now)
    told = over = 0
    for pause in paused:
        if not pause.told and pause.lasts(now):
            key = partial(pause_alarm, pause.channel, pause.since)
            values = _values(pack, pause) | {"remedy": Phrase(REMEDIES[pause.cause], {})}
            told += say(key=key, phrase=PAUSED, values=values, channels=others)
            told_of_pause(db, channel=pause.channel)
    for pause in noted_pauses(db):
        if pause.ended is not None:
            about = pause_id(pause.channel, pause.since)
            cancel(db, subject=Subject.ALARM, subject_id=about, reason=Reason.FIXED, purposes=(Purpose.PAUSED,))
            key = partial(pause_alarm, pause.channel, pause.since, over=True)
            over += say(key=key, phrase=AGAIN, values=_values(pack, pause), channels=served)
            forget_pause(db, channel=pause.channel)
    return {"pauses_told": told, "pauses_over": over}


def _values(pack: Pack, pause: ChannelPause) -> dict[str, object]:
    """The channel under the name people know, and the moments on the clock of the programme."""
    zone = ZoneInfo(pack.programme.timezone)

    def moment(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(zone):%H:%M %d/%m}"

    return {
        "channel": Phrase(f"channel.{pause.channel}", {}),
        "since": moment(pause.since),
        "until": moment(pause.until),
        "ended": moment(pause.ended),
    }
