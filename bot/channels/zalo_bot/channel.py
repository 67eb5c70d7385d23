"""
The Zalo Bot Platform channel: texts and pictures, no buttons, a plan that counts every message.

https://bot.zaloplatforms.com/docs/
"""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.channel import LinkFor, Words, pieces, tidy, unmarked, with_list
from bot.channels.zalo.transport import CutOffError, NotReachedError, Transport
from bot.channels.zalo_bot.reading import Reader
from content.message import Choice, Message
from handlers.conversation.incoming import Incoming
from registry.deliveries.outcomes import Cause, Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable, Whom

log = logging.getLogger(__name__)

MOST_TEXT = 2_000
A_MOMENT = timedelta(seconds=5)
A_MINUTE = timedelta(minutes=1)
A_LONG_WHILE = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=6)
PHOTO_SECONDS = 28.0
"""The platform fetches the picture before it answers; with connecting it stays below 35 s."""
ASKING_SECONDS = 5.0
"""How long `getMe` may take, which is asked between a refusal and its outcome."""
MANY = 3
"""Accounts refused alike, with nothing taken between, after which the platform and not the person is the cause."""
MOST_HALFWAY = 1_000
WARN_AT = 0.8
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

# Words of a refusal about the person and not about the request, in small letters.  None is documented.
_NOBODY = ("chat not found", "user not found", "chat_id", "blocked", "user is not")


class BotRefusalError(Exception):
    """The platform answered and did not do it; without `worded` it was a page, perhaps of a proxy."""

    def __init__(self, code: int, description: str, *, worded: bool = True) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.worded = worded


@dataclass(slots=True)
class Plan:
    """
    The limits of the bot's plan, counted here since the platform does not report them.

    `sent` is the number of messages sent this month before this process began.  Without a limit, `monthly`
    is None.  The basic plan is reported to give 3 000 messages a month; that and the 50 people are settings.
    """

    monthly: int | None = 3_000
    sent: int = 0
    month: tuple[int, int] | None = None
    _warned: bool = False

    def left(self, now: datetime) -> int | None:
        """Messages left this month; None without a limit."""
        self._turn(now)
        return None if self.monthly is None else max(0, self.monthly - self.sent)

    def count(self, now: datetime) -> None:
        """Count one sent message."""
        self._turn(now)
        self.sent += 1
        if self.monthly is not None and not self._warned and self.sent >= self.monthly * WARN_AT:
            self._warned = True
            log.warning("the month's messages are running out", extra={"sent": self.sent, "monthly": self.monthly})

    def _turn(self, now: datetime) -> None:
        local = now.astimezone(VIETNAM)
        month = (local.year, local.month)
        if self.month is not None and self.month != month:
            self.sent, self._warned = 0, False
        self.month = month


@dataclass(frozen=True, slots=True)
class Part:
    """One request: a text, or a picture by its address with the words under it."""

    text: str
    photo: str = ""


@dataclass(slots=True)
class _Halfway:
    done: int = 0
    last: str = ""


@dataclass(slots=True)
class ZaloBotChannel:
    """
    One bot; made by `open_zalo_bot`, closed with `close`.

    Pictures go by a public address only: `link_for` gives it for a file's key, or None where the file
    may not have one.  Parts of a long message that have left are remembered in memory.
    """

    transport: Transport = field(repr=False)
    reader: Reader
    now: Callable[[], datetime]
    plan: Plan
    link_for: LinkFor
    words: Words
    _root: str = field(repr=False)  # holds the token
    _refusals: int = 0
    _turned_away: set[str] = field(default_factory=set)  # accounts refused since a message was last taken
    _halfway: "OrderedDict[tuple[str, Message], _Halfway]" = field(default_factory=OrderedDict)

    name = "zalo_bot"
    buttons = False
    most_text = MOST_TEXT

    def address(self, raw: bytes) -> tuple[str, str]:
        return self.reader.address(raw)

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        return self.reader.read(raw, now=now)

    async def noticed(self, said: Incoming, words: str = "") -> None:  # noqa: ARG002  presses have no notice here
        """Show that an answer is being prepared.  A failure is ignored."""
        if said.kind in {"photo", "voice"}:
            try:
                await self.call("sendChatAction", {"chat_id": said.account, "action": "typing"})
            except (BotRefusalError, NotReachedError, CutOffError) as trouble:
                log.debug("no sign of work was shown", extra={"reason": type(trouble).__name__})

    async def fetch(self, ref: str, most: int) -> bytes:
        return await self.transport.download(ref, most)

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        parts = parts_of(message, files, self.link_for, self.words)
        if not parts:
            return Refused("Nothing to show")
        halfway = self._halfway.pop((account, message), None) or _Halfway()
        done = halfway.done
        outcome = await self._outcome(account, parts, halfway)
        # the one without an answer may have been sent too, and the plan counted it
        outcome = replace(outcome, parts=halfway.done - done + isinstance(outcome, Doubtful))
        if isinstance(outcome, TryAgain | Doubtful) and halfway.done:
            self._halfway[(account, message)] = halfway
            while len(self._halfway) > MOST_HALFWAY:
                self._halfway.popitem(last=False)
        return outcome

    async def call(self, method: str, values: Mapping[str, Any], *, seconds: float | None = None) -> Any:
        """One call; answers `result`.  Raises `BotRefusalError` or one of the transport, never with an address."""
        reply = await self.transport.request("POST", f"{self._root}/{method}", body=dict(values), seconds=seconds)
        answer = reply.object()
        if answer is None or "ok" not in answer:
            if reply.status >= 400:
                raise BotRefusalError(reply.status, "a page and no answer", worded=False)
            raise CutOffError("an answer that is no answer")
        if answer["ok"] is not True:
            code = str(answer.get("error_code"))
            told = " ".join(str(answer.get("description", "")).replace(self._root, "").split())[:200]
            raise BotRefusalError(int(code) if re.fullmatch(r"\d{3}", code) else reply.status, self._hidden(told))
        return answer.get("result")

    async def close(self) -> None:
        await self.transport.close()

    async def _outcome(self, account: str, parts: Sequence[Part], halfway: _Halfway) -> Outcome:
        try:
            for part in parts[halfway.done :]:
                if self.plan.left(self.now()) == 0:
                    wait = to_next_month(self.now())
                    return TryAgain(wait, "the month's messages are used up", cause=Cause.QUOTA, counted=False)
                halfway.last = await self._say(account, part)
                halfway.done += 1
        except BotRefusalError as refusal:
            return await self._refused(account, refusal)
        except NotReachedError as trouble:
            return TryAgain(A_MOMENT, trouble.reason)
        except CutOffError as silence:  # the request was sent: its outcome is unknown, and the plan may have counted it
            self.plan.count(self.now())
            return Doubtful(silence.reason)
        self._refusals = 0
        self._turned_away.clear()
        return Sent(halfway.last)

    async def _say(self, account: str, part: Part) -> str:
        if part.photo:
            values = {"chat_id": account, "photo": part.photo, **({"caption": part.text} if part.text else {})}
            result = await self.call("sendPhoto", values, seconds=PHOTO_SECONDS)
        else:
            result = await self.call("sendMessage", {"chat_id": account, "text": part.text})
        self.plan.count(self.now())
        return str(result.get("message_id", "")) if isinstance(result, dict) else ""

    async def _refused(self, account: str, refusal: BotRefusalError) -> Outcome:
        """
        Decide whom a refusal concerns: this person, or everybody.

        The platform documents a number for each refusal and no words. An unknown person and an unknown bot have the
        same number (https://bot.zaloplatforms.com/docs/error-code/: 400, 401, 403, 404, 408, 429).
        `getMe` decides: only when the platform refuses that, too, everybody has to wait.
        """
        said = refusal.description
        if refusal.code in {400, 403, 404} and any(words in said.casefold() for words in _NOBODY):
            return Unreachable(said)
        if refusal.code in {400, 413}:
            log.warning("the zalo bot platform refused a message", extra={"reason": f"{refusal.code} {said}"})
            return Refused(f"{refusal.code} {said}")
        if refusal.code not in {401, 403, 404, 408, 429}:
            log.error("zalo bot refused with a number nobody knows", extra={"reason": f"{refusal.code} {said}"})
            return TryAgain(A_MINUTE, f"{refusal.code} {said}", whom=Whom.ONE)
        try:
            await self.call("getMe", {}, seconds=ASKING_SECONDS)
        except (BotRefusalError, NotReachedError, CutOffError) as trouble:
            return self._everybody_waits(refusal, trouble)
        return self._one_is_refused(account, refusal)

    def _everybody_waits(
        self, refusal: BotRefusalError, trouble: BotRefusalError | NotReachedError | CutOffError
    ) -> Outcome:
        """`getMe` failed, too: pause the channel, for a bounded time, and no attempt counts."""
        if isinstance(trouble, BotRefusalError) and trouble.code in {401, 404}:
            log.critical("the zalo bot platform does not accept the bot's token; set a valid one and restart")
            return TryAgain(A_LONG_WHILE, "token not accepted", cause=Cause.ACCESS, counted=False)
        reason = f"{refusal}; getMe: {trouble}"
        if refusal.code in {403, 408}:  # "internal server error" and "request timeout": it may have been taken
            return Doubtful(reason, whom=Whom.ALL)
        cause = Cause.QUOTA if refusal.code == 429 else Cause.AWAY
        return TryAgain(self._longer(), reason, cause=cause, counted=False)

    def _one_is_refused(self, account: str, refusal: BotRefusalError) -> Outcome:
        """
        `getMe` was answered: the refusal concerns this person, and all others go on.

        Once `MANY` accounts in a row were refused, the cause is common after all. Then no account is closed, and a
        used-up quota makes the channel wait.
        """
        self._turned_away.add(account)
        many = len(self._turned_away) >= MANY
        reason = str(refusal)
        match refusal.code:
            case 404 if refusal.worded and not many:
                return Unreachable(reason)
            case 403 | 408:
                return Doubtful(reason, whom=Whom.ALL if many else Whom.ONE)
            case 429 if many:
                return TryAgain(self._longer(), f"quota: {refusal.description}", cause=Cause.QUOTA, counted=False)
            case 429:
                return TryAgain(A_MINUTE, f"quota: {refusal.description}", whom=Whom.ONE, cause=Cause.QUOTA)
        return TryAgain(A_LONG_WHILE, reason, whom=Whom.ONE)

    def _longer(self) -> timedelta:
        """Longer each time: the platform names no wait."""
        self._refusals += 1
        return min(timedelta(minutes=1 << min(self._refusals - 1, 10)), LONGEST_WAIT)

    def _hidden(self, told: str) -> str:
        return told.replace(self._root.rpartition("/bot")[2], "[redacted]")


def open_zalo_bot(
    token: str,
    *,
    now: Callable[[], datetime],
    words: Words,
    link_for: LinkFor = lambda _key: None,
    plan: Plan | None = None,
    base_url: str = "https://bot-api.zaloplatforms.com",
    transport: Transport | None = None,
) -> ZaloBotChannel:
    """Make the channel of one bot; asks nothing of the platform yet."""
    root = f"{base_url.rstrip('/')}/bot{token}"
    reader = Reader(token.partition(":")[0])
    return ZaloBotChannel(transport or Transport(), reader, now, plan or Plan(), link_for, words, root)


def parts_of(message: Message, files: Mapping[str, bytes], link_for: LinkFor, words: Words) -> list[Part]:
    """
    Plan the requests for one message: pictures first, then the text with its choices as a list.

    A paper becomes a line with its address; without one, a line that says how to get it.  A missing
    file is named in the log.
    """
    choices = tuple(Choice(" ".join(unmarked(tidy(one.label)).split()), one.action) for one in message.choices)
    photos: list[str] = []
    lines = [unmarked(tidy(message.text))]
    for attachment in message.attachments:
        if not files.get(attachment.file):
            log.error("an attachment was not handed over", extra={"channel": "zalo_bot", "file": attachment.file})
            continue
        link, name = link_for(attachment.file), " ".join(tidy(attachment.name).split())
        if link is None:
            lines.append(words.instead_of(name))
        elif attachment.kind == "photo":
            photos.append(link)
        else:
            lines.append(words.linked(name, attachment.file, link))
    text = "\n".join(line for line in lines if line)
    if choices:
        text = with_list(Message(text, choices, numbered=message.numbered, first=message.first))
    if len(photos) == 1 and len(text) <= MOST_TEXT:
        return [Part(text, photos[0])]
    return [*(Part("", photo) for photo in photos), *(Part(piece) for piece in pieces(text, MOST_TEXT))]


def to_next_month(now: datetime) -> timedelta:
    """The wait until the count restarts, capped so that a larger plan is noticed earlier."""
    local = now.astimezone(VIETNAM)
    first = (local.replace(day=1, hour=0, minute=5, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
    return min(first - local, LONGEST_WAIT)
