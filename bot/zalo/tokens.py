"""The tokens of a Zalo Official Account as rows: sealed, each used once, with the alarm for operators."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.channels.zalo_oa.pair import Pair
from registry.deadlines.occurrences import plan_parked_again
from registry.deliveries.deliveries import cancel
from registry.deliveries.keys import Purpose, Subject
from registry.deliveries.routing import parked_for, release_held
from registry.deliveries.states import Reason
from registry.people.people import account_person
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.installation import count_up, fact, set_fact
from registry.store.sealing import vault_of
from registry.store.sender_lock import SenderLock
from registry.store.store import Store

CHANNEL = "zalo_oa"
PAIR = "zalo_oa:pair"
NEW_PAIR = "zalo_oa:new_pair"
ALARM = "zalo_oa:alarm"
ACCOUNT = "zalo_oa:account"
PENDING = "zalo_oa:consent"
TAKEN = "zalo_oa:consent_taken"
"""The consent whose code is being exchanged: the hash of its state, and since when."""
RIGHT = "zalo_oa.tokens"
"""The lock for renewing or exchanging (`registry.store.sender_lock`)."""
EXCHANGE_LASTS = timedelta(minutes=5)
"""Longer than the slowest exchange with a renewal before it."""
CUT_OFF = "a consent was cut off before its tokens were kept; consent again"
LEFT_ASIDE = "the tokens of a consent are kept aside and do not serve yet"
WAITS = "no valid token; consent again"
"""The reason of a message that is parked until somebody consents."""
RENEWABLE = timedelta(days=90)
"""A refresh token is reported to live three months."""


def where(key: str) -> str:
    """The context a sealed fact is bound to."""
    return f"installation:value:{key}"


WHERE = where(PAIR)


def real_now() -> datetime:
    """The real time; tokens know no demo clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """A pair as stored in the database; `kept_at` is unknown for one stored by an earlier program."""

    pair: Pair
    kept_at: datetime | None

    @property
    def renewable_until(self) -> datetime | None:
        """The last moment to renew the pair; afterwards somebody has to consent again."""
        return None if self.kept_at is None else self.kept_at + RENEWABLE


class KeptTokens:
    """
    `bot.channels.zalo_oa.tokens.TokenStore` on the registry; every call is one committed unit.

    `key` names the pair: the one in use, or a new one that was not checked yet.
    """

    def __init__(self, store: Store, *, key: str = PAIR, now: Callable[[], datetime] = real_now) -> None:
        self._store = store
        self._key = key
        self._now = now

    async def load(self) -> Pair | None:
        found = await self._store.read(kept, key=self._key)
        return None if found is None else found.pair

    async def reserve(self, refresh_token: str) -> bool:
        """False if any process ever used this token before."""
        return await self._store.write(_reserve, refresh_token=refresh_token)

    async def unreserve(self, refresh_token: str) -> None:
        """Withdraw the reservation of a token that was certainly not used."""
        await self._store.write(_unreserve, refresh_token=refresh_token)

    async def right(self) -> SenderLock | None:
        """One lock for all pairs of the account: consents and renewals never run together."""
        lock = SenderLock(self._store.url, RIGHT)
        return lock if await lock.take() else None

    async def keep(self, new: Pair) -> None:
        """Store a pair.  The pair in use ends the alarm."""
        await self._store.write(_keep if self._key == PAIR else _set_aside, new=new, now=self._now())

    async def lost(self, reason: str) -> None:
        await self._store.write(set_fact, ALARM, reason)


def alarm(db: Connection) -> str:
    """The alarm about the tokens, for an operator; empty when all is well."""
    return fact(db, ALARM) or ""


def kept(db: Connection, *, key: str = PAIR) -> Kept | None:
    """The pair that was kept last; None when there never was one."""
    sealed = fact(db, key)
    if not sealed:
        return None
    words = json.loads(vault_of(db).unseal_common(where(key), bytes.fromhex(sealed)))
    at = words.get("kept_at")
    pair = Pair(words["access_token"], words["refresh_token"], datetime.fromisoformat(words["expires_at"]))
    return Kept(pair, None if at is None else datetime.fromisoformat(at))


def account_of(db: Connection) -> str:
    """The account that consented last, by its id; empty before the first consent."""
    return fact(db, ACCOUNT) or ""


def adopt(db: Connection, *, account: str, now: datetime, at: datetime) -> bool:
    """
    Use the pair of a new consent from now on, and record the consent in the audit.

    A running bot reads it from here.  Idempotent: False if there is no new pair.  `now` is the real
    time, `at` the house's.
    """
    found = kept(db, key=NEW_PAIR)
    if found is None:
        return False
    _keep(db, new=found.pair, now=found.kept_at or now)
    set_fact(db, ACCOUNT, account)
    drop_new(db)
    set_fact(db, PENDING, "")
    record(db, now=at, actor=OPERATOR, act="zalo_oa.consent", noun="channel", noun_id=CHANNEL, account=account)
    return True


def has_consented(db: Connection, *, since: datetime) -> bool:
    """True if a consent was completed since then: no link is open, and the pair in use is newer."""
    found = kept(db)
    return not fact(db, PENDING) and found is not None and (found.kept_at or since) > since


def drop_new(db: Connection) -> None:
    """Delete the pair of a consent that may not be used; the exchange is over."""
    set_fact(db, NEW_PAIR, "")
    set_fact(db, TAKEN, "")


def print_of(state: str) -> str:
    """The hash that is stored of a state in use."""
    return hashlib.sha256(state.encode()).hexdigest()[:32]


def take(db: Connection, *, state: str, now: datetime) -> None:
    """Mark that the code of this consent is being exchanged."""
    set_fact(db, TAKEN, f"{print_of(state)} {now.isoformat()}")


def is_taken(db: Connection, *, state: str) -> bool:
    return (fact(db, TAKEN) or "").partition(" ")[0] == print_of(state)


def give_back(db: Connection) -> None:
    """The exchange ended without a pair; the link may be opened again."""
    set_fact(db, TAKEN, "")


def is_cut_off(db: Connection, *, now: datetime) -> bool:
    """True if an exchange began so long ago that its process must have crashed."""
    since = (fact(db, TAKEN) or "").partition(" ")[2]
    return bool(since) and now - datetime.fromisoformat(since) > EXCHANGE_LASTS


def tell_cut_off(db: Connection, *, now: datetime) -> bool:
    """Raise the alarm about such an exchange, and end its link.  Idempotent: False if there is none."""
    if not is_cut_off(db, now=now):
        return False
    aside = kept(db, key=NEW_PAIR) is not None
    set_fact(db, ALARM, LEFT_ASIDE if aside else CUT_OFF)
    set_fact(db, PENDING, "")
    set_fact(db, TAKEN, "")
    return True


def waiting(db: Connection) -> int:
    """The number of messages that wait for a new consent."""
    return sum(parked_for(db, channel=CHANNEL, reason=Reason.CONSENT_NEEDED).values())


def release_waiting(db: Connection, *, now: datetime) -> int:
    """
    Release the messages that waited for a consent, unless they are outdated.  Returns their number.

    Other parked messages of the same people are checked again and stay parked.
    """
    return sum(
        release_held(db, person_id=person_id, channel=CHANNEL, account=account, now=now, remind_again=plan_parked_again)
        for account in parked_for(db, channel=CHANNEL, reason=Reason.CONSENT_NEEDED)
        if (person_id := account_person(db, channel=CHANNEL, account=account)) is not None
    )


def _reserve(db: Connection, *, refresh_token: str) -> bool:
    return count_up(db, _mark(refresh_token)) == 1


def _unreserve(db: Connection, *, refresh_token: str) -> None:
    set_fact(db, _mark(refresh_token), "0")


def _mark(refresh_token: str) -> str:
    return f"zalo_oa:used:{hashlib.sha256(refresh_token.encode()).hexdigest()[:32]}"


def _keep(db: Connection, *, new: Pair, now: datetime) -> None:
    _write(db, PAIR, new, now)
    if alarm(db):
        set_fact(db, ALARM, "")
        cancel(db, subject=Subject.ALARM, subject_id=CHANNEL, purposes=(Purpose.CONSENT,), reason=Reason.CONSENTED)


def _set_aside(db: Connection, *, new: Pair, now: datetime) -> None:
    _write(db, NEW_PAIR, new, now)


def _write(db: Connection, key: str, new: Pair, now: datetime) -> None:
    words = json.dumps(
        {
            "access_token": new.access_token,
            "refresh_token": new.refresh_token,
            "expires_at": new.expires_at.isoformat(),
            "kept_at": now.isoformat(),
        }
    )
    set_fact(db, key, vault_of(db).seal_common(where(key), words).hex())
