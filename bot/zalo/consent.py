"""
Consent: an administrator of the Official Account lets this program act for it, once, in a browser.

The new pair of tokens is committed before anything else is done with it.  It is used only after the
platform has said whose account it opens.
https://developers.zalo.me/docs/official-account/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection

from bot.channels.zalo.transport import CutOffError, NotReachedError
from bot.channels.zalo_oa.account import Account, account_in, callback_of, client_of
from bot.channels.zalo_oa.client import HeldBackError, ZaloRefusalError
from bot.channels.zalo_oa.refusals import TOKEN_CODES
from bot.channels.zalo_oa.settings import ZaloOA
from bot.channels.zalo_oa.tokens import Tokens, TokensBusyError, consent_link, new_verifier
from bot.settings.faults import variable
from bot.settings.settings import Settings
from bot.zalo import tokens as zalo_tokens
from bot.zalo.tokens import KeptTokens, real_now
from registry.store.installation import fact, set_fact
from registry.store.sealing import vault_of
from registry.store.store import Store

LASTS = timedelta(days=1)
"""One link is offered again for this long: another person may have to agree, and later."""
AGAIN = "Run again: ocopbot zalo authorise"


Kind = Literal["over", "declined", "other", "later", "unclear", "refused", "unkept", "unfinished"]


class ConsentError(Exception):
    """
    The consent gave no usable pair.  The text says what happened, what was kept and what to do.

    `kind` names the case for a page in the browser.
    """

    def __init__(self, kind: Kind, words: str) -> None:
        super().__init__(words)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Consent:
    """One request to an administrator; `challenge` may have to be saved in the console."""

    link: str
    challenge: str
    callback: str
    state: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer in the browser's address; a bare code has no state and no account."""

    code: str = field(repr=False)
    state: str = ""
    account: str = ""


def missing(settings: Settings) -> str:
    """The missing setting without which nobody can consent; empty when all are there."""
    given = settings.section(ZaloOA)
    if not given.app_id:
        return f"There is no zalo_oa.app_id. Nothing was changed. Set {variable('zalo_oa.app_id')}."
    if not given.app_secret.get_secret_value():
        return f"There is no zalo_oa.app_secret. Nothing was changed. Set {variable('zalo_oa.app_secret')}."
    if not callback_of(given, settings.server.public_url):
        return (
            "There is no address to come back to. Nothing was changed. Set zalo_oa.callback_url to the "
            "Official Account Callback Url of the console, or server.public_url."
        )
    return ""


def begin(db: Connection, *, settings: Settings, now: datetime) -> Consent:
    """The request to show.  Idempotent for a day, so that a link that was passed on stays valid."""
    given = settings.section(ZaloOA)
    callback, app = callback_of(given, settings.server.public_url), given.app_id
    zalo_tokens.tell_cut_off(db, now=now)
    open_ = _pending(db)
    if open_ is None or open_["callback"] != callback or open_["app_id"] != app or not _is_open(db, open_, now):
        open_ = {
            "verifier": new_verifier(),
            "state": secrets.token_urlsafe(16),
            "callback": callback,
            "app_id": app,
            "begun_at": now.isoformat(),
        }
        sealed = vault_of(db).seal_common(zalo_tokens.where(zalo_tokens.PENDING), json.dumps(open_))
        set_fact(db, zalo_tokens.PENDING, sealed.hex())
    return _consent(given, open_)


def begun(db: Connection, *, settings: Settings, now: datetime) -> Consent | None:
    """The open request; None if there is none, its code is being exchanged, or its day is over."""
    open_ = _pending(db)
    return _consent(settings.section(ZaloOA), open_) if open_ is not None and _is_open(db, open_, now) else None


def asked_by(db: Connection, *, settings: Settings, answer: Answer, now: datetime) -> Consent:
    """
    The request that an answer belongs to; a bare code answers the open one.

    Raises `ConsentError` for an answer that is forged, too old, or a duplicate.
    """
    consent = begun(db, settings=settings, now=now)
    if consent is None or not secrets.compare_digest((answer.state or consent.state).encode(), consent.state.encode()):
        raise ConsentError(
            "over",
            "This address belongs to another consent than the one that is open. Nothing was changed. "
            f"Open the newest link. {AGAIN}",
        )
    return consent


def take(db: Connection, *, settings: Settings, answer: Answer, now: datetime) -> Consent:
    """Claim the same request: from now on only this call may exchange its code."""
    consent = asked_by(db, settings=settings, answer=answer, now=now)
    zalo_tokens.take(db, state=consent.state, now=now)
    return consent


def read_answer(pasted: str) -> Answer:
    """
    A code, or the whole address the browser ended at.

    Raises `ConsentError` for an address without a code.
    """
    words = pasted.strip().strip("'\"<>")
    query = urlsplit(words).query if "://" in words else words.lstrip("?") if "code=" in words else ""
    if query:
        found = parse_qs(query)
        code = found.get("code", [""])[0]
        if code:
            return Answer(code, found.get("state", [""])[0], found.get("oa_id", [""])[0])
    elif words and not re.search(r"\s|://", words):
        return Answer(words)
    raise ConsentError(
        "declined",
        "There is no code in that. Nothing was changed. Give the whole address at which the browser ended "
        f"after agreeing; it holds code=…. {AGAIN}",
    )


async def complete(settings: Settings, store: Store, answer: Answer, *, at: datetime) -> Account:
    """Turn the browser's answer into a pair that is used; `at` is the house's time.  Raises `ConsentError`."""
    await exchange(settings, store, answer)
    account = await finish(settings, store, at=at)
    if account is None:
        raise ConsentError(
            "refused",
            "Zalo refuses the tokens it has just given. They were dropped; what was kept before is as it was. "
            f"See in the console that the app is active and linked to the account. {AGAIN}",
        )
    return account


async def exchange(settings: Settings, store: Store, answer: Answer) -> None:
    """
    Turn the code into a pair and store it apart, committed.

    Raises `ConsentError`; the code is used at most once.  Its use is committed before, so that a crash
    leaves an alarm (`zalo_tokens.tell_cut_off`).  If the code was not used, the link stays valid.
    """
    given = settings.section(ZaloOA)
    # read before anything is written: a thousand calls a second of a made-up address stop nobody
    await store.read(asked_by, settings=settings, answer=answer, now=real_now())
    expected = given.oa_id or await store.read(zalo_tokens.account_of)
    if answer.account and expected and answer.account != expected:
        raise _other_account(answer.account, expected)
    consent = await store.write(take, settings=settings, answer=answer, now=real_now())
    client = client_of(given, now=real_now)
    secret = given.app_secret.get_secret_value()
    room = KeptTokens(store, key=zalo_tokens.NEW_PAIR)
    tokens = Tokens(room, lambda form: client.exchange(secret, form), app_id=given.app_id, now=real_now)
    try:
        await tokens.consented(answer.code, consent.verifier)
    except TokensBusyError:
        await store.write(zalo_tokens.give_back)
        raise ConsentError(
            "later",
            "A renewal of the tokens is under way and does not end. Nothing was changed and the code was not used. "
            "Within ten minutes do the same again.",
        ) from None
    except NotReachedError as trouble:
        await store.write(zalo_tokens.give_back)
        raise ConsentError(
            "later",
            f"{given.oauth_url} cannot be reached ({trouble.reason}). Nothing was changed and the code was "
            "not used. Look at the network, then within ten minutes do the same again.",
        ) from None
    except CutOffError as silence:
        await store.write(zalo_tokens.give_back)
        await room.lost(zalo_tokens.CUT_OFF)
        raise ConsentError(
            "unclear",
            f"{given.oauth_url} gave no proper answer ({silence.reason}). Nothing was kept; the code may be "
            f"used up, and with it the tokens kept before. Open the link once more for a new one. {AGAIN}",
        ) from None
    except ZaloRefusalError as refusal:
        await store.write(zalo_tokens.give_back)
        raise ConsentError("refused", _of_the_token_server(refusal)) from None
    finally:
        await client.transport.close()
    if tokens.alarm:
        raise ConsentError(
            "unkept",
            "The new tokens could not be kept in the database, and are lost. What was kept before is as it was, "
            f"and may not be renewed any more. Make room for the database, then open a new link. {AGAIN}",
        )


async def finish(settings: Settings, store: Store, *, at: datetime) -> Account | None:
    """
    Ask whose account the new pair opens, and start to use it.

    None when there is no new pair, or the platform rejects it.  `at` is the house's time.
    Raises `ConsentError`; unless it opens another account, the pair stays and can be finished later.
    """
    new = await store.read(zalo_tokens.kept, key=zalo_tokens.NEW_PAIR)
    if new is None:
        return None
    given = settings.section(ZaloOA)
    client = client_of(given, now=real_now)
    try:
        about = await client.get("/v2.0/oa/getoa", new.pair.access_token)
    except ZaloRefusalError as refusal:
        if refusal.code in TOKEN_CODES:
            await store.write(zalo_tokens.drop_new)
            return None
        raise _unfinished(f"Zalo refuses to say whose account it is ({refusal})") from None
    except (NotReachedError, CutOffError, HeldBackError) as trouble:
        raise _unfinished(f"{given.base_url} does not say whose account it is ({trouble})") from None
    finally:
        await client.transport.close()
    account = account_in(about)
    expected = given.oa_id or await store.read(zalo_tokens.account_of)
    if expected and account.id != expected:
        await store.write(zalo_tokens.drop_new)
        raise _other_account(account.id, expected)
    await store.write(zalo_tokens.adopt, account=account.id, now=real_now(), at=at)
    return account


def _pending(db: Connection) -> dict[str, str] | None:
    sealed = fact(db, zalo_tokens.PENDING)
    if not sealed:
        return None
    words = vault_of(db).unseal_common(zalo_tokens.where(zalo_tokens.PENDING), bytes.fromhex(sealed))
    found: dict[str, str] = json.loads(words)
    return found


def _is_open(db: Connection, pending: Mapping[str, str], now: datetime) -> bool:
    """True while its answer may still be exchanged."""
    old = now - datetime.fromisoformat(pending["begun_at"]) > LASTS
    return not old and not zalo_tokens.is_taken(db, state=pending["state"])


def _consent(given: ZaloOA, pending: Mapping[str, str]) -> Consent:
    verifier, state, callback = pending["verifier"], pending["state"], pending["callback"]
    link = consent_link(given.oauth_url, app_id=given.app_id, callback=callback, verifier=verifier, state=state)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return Consent(link, challenge, callback, state, verifier)


def _other_account(found: str, expected: str) -> ConsentError:
    return ConsentError(
        "other",
        f"The consent is for the account {found or 'without a number'}, and this bot speaks for {expected}. "
        "What was kept before is as it was. Let an administrator of the right account agree; if the office has moved "
        f"to the other account, set {variable('zalo_oa.oa_id')} to it. {AGAIN}",
    )


def _unfinished(why: str) -> ConsentError:
    return ConsentError(
        "unfinished",
        f"{why}. The new tokens are kept aside and do not serve yet; those kept before are as they were. "
        f"Mend that, then finish within a day. {AGAIN}",
    )


def _of_the_token_server(refusal: ZaloRefusalError) -> str:
    """
    The fault behind a refusal of the token server.

    Zalo publishes only two of its error numbers, so the text is searched as well.
    """
    told, said = f"Zalo refuses ({refusal}). Nothing was changed. ", refusal.message.casefold()
    if refusal.code == -14003 or "redirect" in said:
        return (
            f"{told}Save the callback url above in the console, letter for letter, as in zalo_oa.callback_url. {AGAIN}"
        )
    if "secret" in said:
        return f"{told}Compare zalo_oa.app_secret with the app's secret key in the console. {AGAIN}"
    if "verifier" in said or "challenge" in said:
        return (
            f"{told}The code was made for another link, or the console holds another Code Challenge: "
            f"open the newest link, and save the challenge above. {AGAIN}"
        )
    if refusal.code == -14002 or "app" in said:
        return f"{told}Compare zalo_oa.app_id with the console, and see that the app is active. {AGAIN}"
    if "code" in said:
        return f"{told}The code is wrong, was used, or is older than ten minutes: open the link once more. {AGAIN}"
    return (
        f"{told}Open the link once more for a new code; if it is refused again, compare zalo_oa.app_id and "
        f"zalo_oa.app_secret with the console. {AGAIN}"
    )
