"""News of the installation for its administrators."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from content.decent_hours import out_of_the_night
from content.programme.pack import Pack
from registry.deliveries import deliveries
from registry.deliveries.keys import ToEach
from registry.people.people import accounts_of, admins, person
from registry.telling import Teller, local_day


def tell_admins(
    db: Connection, *, pack: Pack, tell: Teller, key: ToEach, phrase: str, values: Mapping[str, object],
    channels: Collection[str], now: datetime, last: str = "",
) -> int:  # fmt: skip
    """
    Enqueue a message to every administrator with an open account on one of the channels; return how many.

    It goes to the account that spoke last, and to one on the channel `last` only without another.
    Sent in decent hours.  Idempotent per key.
    """
    told = 0
    for person_id in admins(db, on=local_day(pack, now)):
        admin = person(db, person_id)
        open_ = [one for one in accounts_of(db, person_id) if one.state == "open" and one.channel in channels]
        account = min(open_, key=lambda one: one.channel == last, default=None)
        if admin is None or account is None or not admin.wants_unasked(now):
            continue
        pending = deliveries.enqueue(
            db,
            key=key(person_id),
            person_id=person_id,
            kind="status",
            message=tell(person_id, phrase, values, ()),
            now=now,
            due_at=out_of_the_night(now, pack.programme),
            account=account,
        )
        told += pending is not None
    return told
