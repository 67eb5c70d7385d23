"""The house that every conversation is in, and its clock: from the configuration, before anything is opened."""

from datetime import UTC, date, datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.serving.registered import enabled
from bot.settings.clock import Clock, parse_start
from bot.settings.settings import MEGABYTE, Settings
from content.finder.search import answers_of
from content.phrases import Phrases
from content.programme.pack import Pack, load_pack
from handlers.conversation.desk import House
from registry.applications.files import Quota
from registry.store.installation import fact, set_fact
from registry.store.store import Store
from registry.telling import local_day
from scheduler.disk import Disk

log = structlog.get_logger(__name__)

CLOCK_FACT = "clock_offset"


def house_for(settings: Settings, day: date, *, demo: bool = False) -> House:
    """The texts and rules of the configured pack, as of a day.  Raises with all faults of the pack at once."""
    pack = load_pack(settings.pack, day)
    channels = enabled(settings)
    given = settings.channels()
    estimates = [found for one in channels if (found := one.estimate(settings, pack)) is not None]
    return House(
        pack=pack,
        phrases=Phrases.load(),
        answers=answers_of(pack),
        office=settings.office or pack.programme.office,
        contact=settings.contact,
        public_url=settings.server.public_url,
        demo=demo,
        ways=estimates[0] if estimates else None,
        shows={one.name: one.manifest.facts(given[one.name]).shown for one in channels},
        exports_per_day=settings.limits.exports_per_day,
        quota=Quota(*settings.limits.quota),
    )


def disk_of(settings: Settings) -> Disk:
    """The disk of the data folder with its configured reserve."""
    return Disk(settings.data_dir, settings.limits.disk_reserve * MEGABYTE)


def clock_for(settings: Settings, store: Store) -> Clock:
    """The real time; with a configured start a demo clock whose offset is stored, so a restart never goes back."""
    if not settings.clock.start:
        return Clock()
    kept = store.read_now(fact, CLOCK_FACT)
    if kept is not None:
        return Clock(timedelta(seconds=float(kept)))
    clock = Clock(parse_start(settings.clock.start) - datetime.now(UTC))
    store.write_now(keep_offset, clock=clock)
    return clock


def keep_offset(db: Connection, *, clock: Clock) -> None:
    """Store the offset of a demo clock."""
    set_fact(db, CLOCK_FACT, str(clock.offset.total_seconds()))


def warn_of_ended_law(pack: Pack, now: datetime) -> None:
    """Log a warning when the law of the whole pack is not in force: every answer says so until the pack is changed."""
    law, on = pack.programme.law, local_day(pack, now)
    if not law.in_force(on):
        log.warning(
            "THE LAW OF THE PACK IS NOT IN FORCE: every answer says so; bring in a pack that follows the law of today",
            pack=pack.id,
            law=law.short,
            standing=law.standing(on).value,
            on=on.isoformat(),
        )
