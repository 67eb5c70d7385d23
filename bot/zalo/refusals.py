"""
Refusals of Zalo that last until an operator acts, stored for /readyz, `check`, `status` and messages to people.

A new process knows no refusal (`bot.channels.zalo_oa.bars`), and another process than the sender may be asked.
So the first refusal is stored, and the first success deletes it.
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
"""A refusal that recurs is stored again after this time."""


class Refusal(TypedDict):
    """The platform's text, with its first and last time."""

    reason: str
    since: str
    heard_at: str


def refused(db: Connection) -> dict[str, Refusal]:
    """The refusals in force, by account, paid or template (`Bars`); empty when all is well."""
    found: dict[str, Refusal] = json.loads(fact(db, REFUSED) or "{}")
    return found


def trouble_of(known: Mapping[str, Refusal]) -> str:
    """All refusals on one line, with the remedy."""
    words = "; ".join(f"{of}: {one['reason']}" for of, one in sorted(known.items()))
    return f"Zalo refuses: {words}. What cannot be sent waits. Run: {COMMAND}" if words else ""


def is_news(db: Connection, *, bars: Bars) -> bool:
    """True if the sender knows more than the database."""
    return _together(refused(db), bars) != refused(db)


def note(db: Connection, *, bars: Bars) -> None:
    """Store the sender's refusals, and cancel the messages about those that ended."""
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
    """The phrase about a refusal, for the people who can act."""
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
