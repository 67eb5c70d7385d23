"""
Tokens of the Official Account: consent, exchange, refresh.

An access token lives 25 hours. A refresh token lives 3 months and works once: it dies when its successor is made,
whether or not the answer arrives.  https://developers.zalo.me/docs/official-account/bat-dau
"""

import base64
import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .refusals import oauth_refused, refused

ACCESS_SECONDS = 90_000
REFRESH_SECONDS = 90 * 24 * 3600
CODE_SECONDS = 600
VERIFIER_LETTERS = 43


@dataclass(frozen=True, slots=True)
class Pair:
    access_token: str
    refresh_token: str
    made_at: float


@dataclass(frozen=True, slots=True)
class Consent:
    code: str
    challenge: str
    given_at: float


class Tokens:
    """
    All tokens of one app and account.

    With `refresh_removes_access` the old access token dies at a refresh too; Zalo does not say.
    """

    def __init__(
        self, clock: Callable[[], float], *, app_id: str, app_secret: str, refresh_removes_access: bool = False
    ) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.history: list[Pair] = []
        self.refreshes = 0
        self._clock = clock
        self._refresh_removes_access = refresh_removes_access
        self._numbers = itertools.count(1)
        self._access: dict[str, float] = {}
        self._removed: set[str] = set()
        self._refresh: dict[str, float] = {}
        self._consents: dict[str, Consent] = {}
        self.new_pair()

    @property
    def access_token(self) -> str:
        """The newest access token."""
        return self.history[-1].access_token

    @property
    def refresh_token(self) -> str:
        """The newest refresh token."""
        return self.history[-1].refresh_token

    def new_pair(self) -> Pair:
        """A pair as the console's API Explorer hands it out; the older refresh token dies."""
        number, now = next(self._numbers), self._clock()
        pair = Pair(f"access-{number}-of-the-strict-local-zalo", f"refresh-{number}-of-the-strict-local-zalo", now)
        self._access[pair.access_token] = now + ACCESS_SECONDS
        self._refresh.clear()
        self._refresh[pair.refresh_token] = now + REFRESH_SECONDS
        self.history.append(pair)
        return pair

    def remove_access(self) -> None:
        """Let every access token die before its time; refreshing still works."""
        self._removed |= set(self._access)
        self._access.clear()

    def revoke(self) -> None:
        """Withdraw the grant: only a new consent helps."""
        self.remove_access()
        self._refresh.clear()

    def check(self, token: str) -> None:
        """Refuse a token that is unknown (-216) or no longer good (-220)."""
        if token in self._removed or self._access.get(token, float("inf")) <= self._clock():
            raise refused(-220)
        if token not in self._access:
            raise refused(-216)

    def consent(self, challenge: str) -> str:
        """An admin agrees in the browser; answers with the code of the redirect."""
        code = f"code-{next(self._numbers)}-of-the-strict-local-zalo"
        self._consents[code] = Consent(code, challenge, self._clock())
        return code

    def exchange(self, form: Mapping[str, str], secret_key: str) -> dict[str, str]:
        """Answer the token endpoint."""
        if form.get("app_id") != self.app_id:
            raise oauth_refused(-14002)
        if secret_key != self.app_secret:
            raise oauth_refused(-14004)
        match form.get("grant_type"):
            case "authorization_code":
                self._use_code(form.get("code", ""), form.get("code_verifier", ""))
            case "refresh_token":
                self._use_refresh(form.get("refresh_token", ""))
            case _:
                raise oauth_refused(-14005)
        pair = self.new_pair()
        return {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "expires_in": str(ACCESS_SECONDS),
        }

    def _use_code(self, code: str, verifier: str) -> None:
        consent = self._consents.pop(code, None)
        if consent is None or self._clock() > consent.given_at + CODE_SECONDS:
            raise oauth_refused(-14012)
        if len(verifier) != VERIFIER_LETTERS or challenge_of(verifier) != consent.challenge:
            raise oauth_refused(-14009)

    def _use_refresh(self, token: str) -> None:
        if self._refresh.get(token, float("-inf")) <= self._clock():
            raise oauth_refused(-14014)
        self.refreshes += 1
        if self._refresh_removes_access:
            self.remove_access()


def challenge_of(verifier: str) -> str:
    """The challenge that belongs to a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
