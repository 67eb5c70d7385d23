"""
The Zalo Official Account channel: how a message is sent, and which outcome each answer of the platform is.

https://developers.zalo.me/docs/official-account/
"""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.channels.channel import LinkFor, Words, tidy
from bot.channels.zalo.transport import CutOffError, NotReachedError
from bot.channels.zalo_oa.bars import ACCOUNT, PAID, TEMPLATE, Bars
from bot.channels.zalo_oa.client import HeldBackError, ZaloClient, ZaloRefusalError
from bot.channels.zalo_oa.reading import Reader, answered_by_hand, template_change
from bot.channels.zalo_oa.refusals import (
    A_MOMENT,
    EXPIRED_ATTACHMENT,
    NOT_APPROVED,
    OUTSIDE,
    TOKEN_CODES,
    barred_by,
    outcome_of,
)
from bot.channels.zalo_oa.rendering import MOST_TEXT, Part, Upload, parts_of
from bot.channels.zalo_oa.templates import Notice, Template, faults_of
from bot.channels.zalo_oa.tokens import Tokens, TokensLostError, TokensWaitError
from content.message import Message
from handlers.conversation.incoming import Incoming
from registry.deliveries.outcomes import Cause, Doubtful, Outcome, Refused, Sent, TryAgain, Whom

log = logging.getLogger(__name__)
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

MESSAGE = "/v3.0/oa/message/cs"
TEMPLATE_BY_ID = "/v3.0/oa/message/template"
UPLOAD_LIVES = timedelta(days=6, hours=23)
"""An hour less than the platform's seven days."""
APPROVED = frozenset({"ENABLE", "APPROVED"})
"""How the pages and live events call a template that may be sent; every other state is none."""
MOST_KEPT = 1_000


@dataclass(slots=True)
class _Halfway:
    done: int = 0
    charged: int = 0
    last: str = ""


@dataclass(slots=True)
class ZaloOAChannel:
    """
    One Official Account.

    It keeps in memory the sent parts of long messages and the uploaded files, and to whom an official
    has just written in the console.  `image_url` is the picture above the question for the number; without
    it the question is plain text.
    """

    client: ZaloClient = field(repr=False)
    tokens: Tokens = field(repr=False)
    words: Words
    reader: Reader
    image_url: str = ""
    link_for: LinkFor | None = None
    notices: Mapping[str, Notice] = field(default_factory=dict)
    """The template of each kind of notice: status, reminder, broadcast."""
    by_hand_lasts: timedelta = timedelta(minutes=30)
    """After an official wrote in the console, the bot leaves that person's messages to them for this long."""
    bars: Bars = field(init=False)
    """The refusals that wait for an operator, not for the person."""
    _halfway: "OrderedDict[tuple[str, Message], _Halfway]" = field(default_factory=OrderedDict)
    _uploads: "OrderedDict[str, tuple[str, datetime]]" = field(default_factory=OrderedDict)
    _by_hand: "OrderedDict[str, datetime]" = field(default_factory=OrderedDict)

    name = "zalo_oa"
    buttons = True
    most_text = MOST_TEXT

    def __post_init__(self) -> None:
        self.bars = Bars(self.client.now)

    def address(self, raw: bytes) -> tuple[str, str]:
        return self.reader.address(raw)

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        changed = template_change(raw)
        if changed is not None:
            self._review(*changed)
        by_hand = answered_by_hand(raw)
        if by_hand:
            self._kept(self._by_hand, by_hand, now)
        said = self.reader.read(raw, now=now, real=self.client.now())
        if said is None or not self._is_for_an_official(said, now):
            return said
        return replace(said, kind="opened", text="", files=())

    async def noticed(self, said: Incoming, words: str = "") -> None:
        """Nothing: the platform shows by itself that a message arrived, and a reaction would cost a call."""

    async def fetch(self, ref: str, most: int) -> bytes:
        return await self.client.transport.download(ref, most)

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        parts = parts_of(message, files, self.words, asks=bool(self.image_url), link_for=self.link_for)
        if not parts:
            return Refused("Nothing to show")
        halfway = self._halfway.pop((account, message), None) or _Halfway()
        done, charged = halfway.done, halfway.charged
        outcome = await self._outcome(lambda: self._show(account, parts, halfway))
        left = halfway.done - done + isinstance(outcome, Doubtful)  # the one without an answer may have been sent too
        outcome = replace(outcome, parts=left, charged=halfway.charged - charged)
        if isinstance(outcome, TryAgain | Doubtful) and halfway.done:
            self._kept(self._halfway, (account, message), halfway)
        return outcome

    async def send_as_template(self, account: str, kind: str, message: Message) -> Outcome:
        """
        Say a notice by the approved template of its kind; costs money.

        Without one it is refused.  Buttons and files have no place in it.
        """
        notice = self.notices.get(kind)
        if notice is None:
            return Refused(f"{OUTSIDE}: no approved template for {kind}")
        return await self.send_template(account, notice.template, notice.values(message), of=kind)

    async def send_template(
        self, account: str, template: Template, values: Mapping[str, str], *, of: str = ""
    ) -> Outcome:
        """
        Send an approved template to a follower; costs money.

        The platform accepts no idempotency key: only a person may send a doubtful one again.
        """
        fault = "; ".join(faults_of(template, values))
        if fault:
            return Refused(fault)
        body = {"user_id": account, **self._template(template, values)}
        return await self._outcome(lambda: self._post_template(body), template=of)

    async def about(self) -> Mapping[str, Any]:
        """Ask the platform for the account itself, to check that all is well."""
        return await self._with_token(lambda token: self.client.get("/v2.0/oa/getoa", token))

    def _is_for_an_official(self, said: Incoming, now: datetime) -> bool:
        """True while an official answers this person from the console, and the bot is silent."""
        since = self._by_hand.get(said.account)
        ours = said.kind in {"press", "opened", "blocked"} or said.text.startswith("/")
        return not ours and since is not None and now - since < self.by_hand_lasts

    @staticmethod
    def _kept(room: "OrderedDict[K, V]", key: K, value: V) -> None:
        """Remember one more, and drop the oldest beyond the limit."""
        room[key] = value
        room.move_to_end(key)
        while len(room) > MOST_KEPT:
            room.popitem(last=False)

    def _review(self, number: str, state: str) -> None:
        """Close or open the way of a template when its review is reported, before a message is refused."""
        for kind, notice in self.notices.items():
            if notice.template.id != number:
                continue
            if state in APPROVED:
                self.bars.open(TEMPLATE + kind)
            else:
                self.bars.shut(TEMPLATE + kind, f"{NOT_APPROVED} the template {number} is {state}")

    # One request after the other

    async def _outcome(self, act: Callable[[], Awaitable[str]], *, template: str | None = None) -> Outcome:
        """Every refusal and silence the platform is known for, told apart by its future; `template` is for a kind."""
        try:
            sent = Sent(await act())
        except ZaloRefusalError as refusal:
            barred = barred_by(refusal, template)
            if barred is not None:
                self.bars.shut(barred, str(refusal))
            return outcome_of(refusal, self.client.now(), template=template is not None)
        except HeldBackError as held:
            return TryAgain(held.after, "no calls left in this minute", cause=Cause.LIMIT)
        except NotReachedError as trouble:
            return TryAgain(A_MOMENT, trouble.reason)
        except CutOffError as silence:  # the request was sent: its outcome is unknown
            return Doubtful(silence.reason)
        except TokensWaitError:
            return TryAgain(A_MOMENT, "no valid token yet", cause=Cause.ACCESS)
        except TokensLostError:
            return TryAgain(A_MOMENT, "no valid token; consent again", whom=Whom.ONE, counted=False)
        self.bars.open(ACCOUNT, *([] if template is None else [PAID, TEMPLATE + template]))
        return sent

    async def _show(self, account: str, parts: list[Part], halfway: _Halfway) -> str:
        for part in parts[halfway.done :]:
            halfway.last, charged = await self._say(account, part)
            halfway.charged += charged
            halfway.done += 1
        return halfway.last

    async def _say(self, account: str, part: Part) -> tuple[str, bool]:
        """One message; a file the platform forgot is handed over once more."""
        if part.upload is None:
            return await self._post(account, part.body(image=self.image_url))
        try:
            return await self._post(account, part.body(token=await self._handed_over(part.upload)))
        except ZaloRefusalError as refusal:
            if refusal.code != EXPIRED_ATTACHMENT:
                raise
        self._uploads.pop(part.upload.mark, None)
        return await self._post(account, part.body(token=await self._handed_over(part.upload)))

    async def _post(self, account: str, message: Mapping[str, Any]) -> tuple[str, bool]:
        body = {"recipient": {"user_id": account}, "message": message}
        data = await self._with_token(lambda token: self.client.post(MESSAGE, token, body))
        return self._taken(data)

    async def _post_template(self, body: Mapping[str, Any]) -> str:
        data = await self._with_token(lambda token: self.client.post(TEMPLATE_BY_ID, token, body))
        return self._taken(data)[0]

    def _taken(self, data: Mapping[str, Any]) -> tuple[str, bool]:
        """Return the id of an accepted message, and whether it cost money because no quota paid for it."""
        message_id = str(data.get("message_id") or data.get("msg_id") or "")
        quota = data.get("quota")
        paid_by = str(quota.get("quota_type", "charged")) if isinstance(quota, dict) else "charged"
        if paid_by != "reply":
            self.bars.open(PAID)
        return message_id, paid_by == "charged"

    async def _handed_over(self, upload: Upload) -> str:
        """The platform's id for these bytes; uploaded once during its lifetime."""
        known = self._uploads.get(upload.mark)
        if known is not None and self.client.now() < known[1]:
            return known[0]
        found = await self._with_token(
            lambda token: self.client.upload(upload.kind, token, upload.name, upload.content)
        )
        self._kept(self._uploads, upload.mark, (found, self.client.now() + UPLOAD_LIVES))
        return found

    async def _with_token(self, call: Callable[[str], Awaitable[T]]) -> T:
        """A call with the present token; one that is refused for its token is repeated once with another."""
        token = await self.tokens.current()
        try:
            return await call(token)
        except ZaloRefusalError as refusal:
            if refusal.code not in TOKEN_CODES:
                raise
        token = await self.tokens.renew(token)
        try:
            return await call(token)
        except ZaloRefusalError as refusal:
            if refusal.code in TOKEN_CODES:
                await self.tokens.refused_again(token)
            raise

    @staticmethod
    def _template(template: Template, values: Mapping[str, str]) -> dict[str, Any]:
        return {"template_id": template.id, "template_data": {name: tidy(value) for name, value in values.items()}}
