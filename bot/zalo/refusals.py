"""
What Zalo refuses until somebody mends it, as the database remembers it: for /readyz, `check`, `status`, people.

A process that starts knows of no refusal (`bot.channels.zalo_oa.bars`), and another one than the sender may
be asked, so the first refusal is written down and the first success strikes it out.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import Connection

from bot.channels.zalo_oa.bars import FORGOTTEN, Bars
from registry.deliveries import keys
from registry.deliveries.deliveries import cancel
from registry.deliveries.states import Reason
from registry.store.installation import fact, set_fact

REFUSED = "zalo_oa:refused"
ALARM = "zalo_oa"
"""The name of the alarm in the keys of its messages."""
COMMAND = "ocopbot check"
WRITTEN_AGAIN = timedelta(hours=1)
"""How much later a refusal has to be heard again to be written down again."""


class Refusal(TypedDict):
    """The platform's words, and since and until when they were heard."""

    reason: str
    since: str
    heard_at: str


def refused(db: Connection) -> dict[str, Refusal]:
    """What is refused, by account, paid or template (`zalo_oa_bars`); empty when all is well."""
    found: dict[str, Refusal] = json.loads(fact(db, REFUSED) or "{}")
    return found


def trouble_of(known: Mapping[str, Refusal]) -> str:
    """All of it on one line, with what to do."""
    words = "; ".join(f"{of}: {one['reason']}" for of, one in sorted(known.items()))
    return f"Zalo refuses: {words}. What cannot be sent waits. Run: {COMMAND}" if words else ""


def is_news(db: Connection, *, bars: Bars) -> bool:
    """Whether the sender knows more than the database."""
    return _together(refused(db), bars) != refused(db)


def note(db: Connection, *, bars: Bars) -> None:
    """Write down what the sender met; what it was let do again is not told of any more."""
    before = refused(db)
    after = _together(before, bars)
    set_fact(db, REFUSED, json.dumps(after))
    for of, one in before.items():
        if of not in after:
            cancel(
                db, subject=keys.Subject.ALARM, subject_id=keys.refusal_id(ALARM, of, one["since"]), reason=Reason.FIXED
            )


def key_of(of: str, one: Refusal, person_id: str) -> keys.Key:
    """The key of one refusal for one person: once, however long it lasts."""
    return keys.refusal_alarm(ALARM, of, one["since"], person_id)


def phrase_of(of: str) -> str:
    """What is refused, in words for whoever may mend it."""
    return f"installation.zalo_refused_{of.partition(':')[0]}"


def _together(known: Mapping[str, Refusal], bars: Bars) -> dict[str, Refusal]:
    now = bars.now()
    found = {
        of: one
        for of, one in known.items()
        if of not in bars.opened and now - datetime.fromisoformat(one["heard_at"]) < FORGOTTEN
    }
    for of, bar in bars.standing().items():
        if of not in found or bar.heard_at - datetime.fromisoformat(found[of]["heard_at"]) > WRITTEN_AGAIN:
            since = found[of]["since"] if of in found else bar.heard_at.isoformat()
            found[of] = Refusal(reason=bar.reason, since=since, heard_at=bar.heard_at.isoformat())
    return found
