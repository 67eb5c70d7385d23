"""The tokens of a Zalo Official Account in the registry: sealed, refreshed once each, the alarm for operators."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import Connection

from bot.channels.zalo_oa_tokens import Pair
from registry.installation import count_up, fact, set_fact
from registry.sealing import vault_of
from registry.store import Store

PAIR = "zalo_oa:pair"
ALARM = "zalo_oa:alarm"
WHERE = "installation:value:zalo_oa:pair"


class KeptTokens:
    """`bot.channels.zalo_oa_tokens.TokenStore` on the registry; every call is one committed unit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self) -> Pair | None:
        return await self._store.read(_load)

    async def reserve(self, refresh_token: str) -> bool:
        """False when this token was ever used before, by whichever process."""
        return await self._store.write(_reserve, refresh_token=refresh_token)

    async def keep(self, new: Pair) -> None:
        await self._store.write(_keep, new=new)

    async def lost(self, reason: str) -> None:
        await self._store.write(set_fact, ALARM, reason)


def alarm(db: Connection) -> str:
    """What an operator has to do about the tokens; empty when all is well."""
    return fact(db, ALARM) or ""


def _load(db: Connection) -> Pair | None:
    kept = fact(db, PAIR)
    if kept is None:
        return None
    words = json.loads(vault_of(db).unseal_common(WHERE, bytes.fromhex(kept)))
    return Pair(words["access_token"], words["refresh_token"], datetime.fromisoformat(words["expires_at"]))


def _reserve(db: Connection, *, refresh_token: str) -> bool:
    mark = f"zalo_oa:used:{hashlib.sha256(refresh_token.encode()).hexdigest()[:32]}"
    return count_up(db, mark) == 1


def _keep(db: Connection, *, new: Pair) -> None:
    words = json.dumps(
        {
            "access_token": new.access_token,
            "refresh_token": new.refresh_token,
            "expires_at": new.expires_at.isoformat(),
        }
    )
    set_fact(db, PAIR, vault_of(db).seal_common(WHERE, words).hex())
    set_fact(db, ALARM, "")
