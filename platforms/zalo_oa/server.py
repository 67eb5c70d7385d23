"""
A strict Zalo Official Account on loopback: it refuses what the real one refuses, and remembers everything.

Calls are taken under one root, or under `openapi_url`, `business_url` and `oauth_url`, where each
host knows only its own paths.  Refusals come under HTTP 200, as the real ones do.
https://developers.zalo.me/docs/official-account
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from platforms.shared.bell import PATIENCE, Bell
from platforms.shared.script import Answer, Script
from platforms.shared.serving import LocalServer

from .clients import ZaloPerson
from .door import Door
from .events import Events
from .messages import Request, SentMessage
from .oauth import Tokens
from .quota import FREE_REPLIES, Quota
from .sending import ECHOES, Sending
from .shapes import Shapes, Variants
from .templates import Template, Templates
from .uploads import Media, Uploads

APP_ID = "360846524940903967"
OA_ID = "388613280878808645"
# All three open nothing but this server.
APP_SECRET = "app-secret-of-the-strict-local-zalo"
OA_SECRET_KEY = "oa-secret-key-of-the-strict-local-zalo"


class ZaloOAServer(LocalServer):
    """
    One account's platform and one app's keys.

    `clock` gives Unix seconds and may be moved: windows, tokens, uploads, nights, minutes and days
    follow it.  Real waiting (`latency`, the 2 seconds of a webhook, repeats times `retry_pace`) does
    not.  What Zalo's pages leave open can be played both ways:

    - `free_replies`: 8 within 48 hours, or `None`, unlimited (reported for 2026)
    - `late_code`: -230 or -232 for a person silent for more than 7 days
    - `followers_only`: -213 for everybody who does not follow, not only for those who turned away
    - `dead_answer`: -240 or 404 from the calls that died on 2026-03-01
    - `variants`: the list and button templates, the number for a long text
    - `signature_term`: the signature begins with `app_id` or `oa_id`; `signature_prefix`: `mac=`
    - `timestamp_header`: X-ZEvent-Timestamp comes too
    - `repeats_any`: events answered otherwise than 200 are repeated, not only unanswered ones
    - `contact_shape`: nested (2026) or flat (2025)
    - `oa_secret_key` may be given the app secret; `refresh_removes_access`; `csv_files`
    - `oa_per_minute`: the limit of the account's package, beside the app's 4,000
    """

    largest_request = 8_000_000

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        app_id: str = APP_ID,
        oa_id: str = OA_ID,
        app_secret: str = APP_SECRET,
        oa_secret_key: str = OA_SECRET_KEY,
        callback_url: str = "https://ocop.example/zalo/oa/callback",
        free_replies: int | None = FREE_REPLIES,
        package_quota: int = 0,
        purchased_quota: int = 0,
        reward_quota: int = 0,
        balance: int | None = None,
        daily_templates: int = 5000,
        broadcasts: int = 4,
        late_code: int = -230,
        followers_only: bool = False,
        dead_answer: int = -240,
        variants: Variants = Variants(),  # noqa: B008  frozen
        signature_term: str = "app_id",
        signature_prefix: bool = True,
        timestamp_header: bool = False,
        repeats_any: bool = False,
        contact_shape: str = "nested",
        refresh_removes_access: bool = False,
        csv_files: bool = True,
        app_per_minute: int = 4000,
        oa_per_minute: int | None = None,
        uploads_per_month: int = 5000,
        echoes: bool = True,
        receipts: bool = True,
        latency: float = 0.0,
        retry_pace: float = 1.0,
        answer_within: float = 2.0,
        loopback_webhooks: bool = True,
        loopback_media: bool = True,
    ) -> None:
        self.clock = clock
        self.app_id = app_id
        self.oa_id = oa_id
        self.callback_url = callback_url
        self.followers_only = followers_only
        self.contact_shape = contact_shape
        self.latency = latency
        self.echoes = echoes
        self.receipts = receipts
        self.broadcasts_left = broadcasts
        self.per_minute = min(app_per_minute, oa_per_minute or app_per_minute)
        self.sent: list[SentMessage] = []
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.received: dict[str, dict[str, Any]] = {}
        self.reactions: dict[str, list[str]] = {}
        self.articles: dict[str, str] = {}
        self.tags: set[str] = set()
        self.bell = Bell()
        self.media = Media()
        self.tokens = Tokens(clock, app_id=app_id, app_secret=app_secret, refresh_removes_access=refresh_removes_access)
        self.quota = Quota(
            clock,
            oa_id,
            free_replies=free_replies,
            package=package_quota,
            purchased=purchased_quota,
            rewards=reward_quota,
            balance=balance,
            daily_templates=daily_templates,
            late_code=late_code,
        )
        self.templates = Templates(self.faults)
        self.uploads = Uploads(clock, per_month=uploads_per_month, csv=csv_files)
        self.shapes = Shapes(self.uploads, self.faults, variants, loopback=loopback_media, known=self.is_message)
        self.events = Events(
            clock,
            self.bell,
            app_id=app_id,
            oa_id=oa_id,
            oa_secret_key=oa_secret_key,
            retry_pace=retry_pace,
            repeats_any=repeats_any,
            first_term=signature_term,
            prefix=signature_prefix,
            timestamp_header=timestamp_header,
            answer_within=answer_within,
        )
        self.dead_answer = dead_answer
        self._loopback_webhooks = loopback_webhooks
        self._people: dict[str, ZaloPerson] = {}
        self._sent_ids: set[str] = set()
        self._by_person: defaultdict[str, list[SentMessage]] = defaultdict(list)
        self._script = Script()
        self._sending = Sending(self)

    # Life

    def _routes(self) -> list[web.AbstractRouteDef]:
        door = Door(self, self._sending)
        return [
            web.get("/media/{path:.+}", door.download),
            web.route("*", "/{path:.*}", door.serve),
        ]

    def _delivering(self) -> Events:
        return self.events

    async def start(self, port: int = 0) -> None:
        """Listen on loopback and deliver; links to media lead back here."""
        await super().start(port)
        self.media.base_url = self.base_url

    @property
    def openapi_url(self) -> str:
        """In place of https://openapi.zalo.me."""
        return f"{self.base_url}/openapi"

    @property
    def business_url(self) -> str:
        """In place of https://business.openapi.zalo.me."""
        return f"{self.base_url}/business"

    @property
    def oauth_url(self) -> str:
        """In place of https://oauth.zaloapp.com."""
        return f"{self.base_url}/oauth"

    # People and scripts

    def person(
        self,
        user_id: str,
        name: str = "Người dùng thử",
        *,
        phone: str = "",
        following: bool = False,
        admin: bool = False,
        on_mobile: bool = True,
    ) -> ZaloPerson:
        """
        Somebody with Zalo; the same id twice is the same person.

        With `following` they have followed just now, without an event.
        """
        if not user_id.isdigit():
            raise ValueError(f"Ids of people are digits in a string, not {user_id!r}.")
        if user_id not in self._people:
            number = phone or f"8490{int(user_id) % 10_000_000:07d}"
            person = ZaloPerson(self, user_id, name, phone=number, admin=admin, on_mobile=on_mobile)
            self._people[user_id] = person
            if following:
                person.follows_oa, person.last_interaction = True, self.clock()
        return self._people[user_id]

    def script(self, path: str, *answers: Answer) -> None:
        """Give the next answers to a call, by the end of its path (`message/cs`), or to any (`*`)."""
        self._script.add(path, answers)

    def scripted(self, path: str) -> Answer:
        return self._script.take(path)

    def left_over(self) -> dict[str, int]:
        """Scripted answers that nobody fetched, by path."""
        return self._script.left_over()

    async def save_webhook(self, url: str) -> int:
        """Save the address in the console: it gets an unsigned `POST {}`.  Answers with the status."""
        return await self.events.save(url, loopback=self._loopback_webhooks)

    def deliver_to(self, url: str) -> None:
        """Deliver events to an address without any check; empty for none."""
        self.events.deliver_to(url)

    def deliver_again(self, event: Mapping[str, Any]) -> None:
        """Deliver an event a second time with the same body, acknowledged or not."""
        self.events.again(event)

    def event(self, event: Mapping[str, Any], *, signature: str | None = None) -> dict[str, Any]:
        """Send any event word for word, rightly signed or with another `signature`."""
        return self.events.raw(event, signature)

    def staff_writes(self, person: ZaloPerson, text: str, admin_id: str = "2512523625412515") -> SentMessage:
        """A human answers in the account's console; the echo bears their `admin_id`."""
        return self._sending.staff(person, text, admin_id)

    def visitor_writes(self, text: str, conversation_id: str = "anonymous-1") -> dict[str, Any]:
        """Somebody without an identity writes through the plugin of a web page."""
        message = {"text": text, "msg_id": self.events.new_message_id(), "conversation_id": conversation_id}
        sender = {"sender": {"id": conversation_id}, "recipient": {"id": self.oa_id}}
        return self.events.add({**sender, "event_name": "anonymous_send_text", "message": message}, conversation_id)

    def review(self, template_id: str, status: str = "approved") -> dict[str, Any]:
        """The reviewers decide about a template; the account is told."""
        template: Template = self.templates[template_id]
        before, template.status = template.status, status
        change = {"prev_status": before.upper(), "new_status": status.upper()}
        event = {"event_name": "change_template_status", "oa_id": self.oa_id, "template_id": template_id}
        return self.events.add({**event, "reason": "", "status": change}, "templates")

    def change_daily_quota(self, daily: int) -> dict[str, Any]:
        """People complained, or did not: the number of templates a day changes."""
        before, self.quota.daily_templates = self.quota.daily_templates, daily
        change = {"prev_quota": str(before), "new_quota": str(daily)}
        event = {"event_name": "change_oa_daily_quota", "oa_id": self.oa_id}
        return self.events.add({**event, "quota": change}, "templates")

    async def settled(self, timeout: float = PATIENCE) -> None:
        """Wait until every event was acknowledged or given up."""
        if not await self.bell.until(self.events.settled, timeout):
            waiting = [event.get("event_name") for event in self.events.waiting()]
            raise AssertionError(f"Events {waiting} were not acknowledged within {timeout} s.")

    async def until(self, true: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Wait until something becomes true that the server can see happen."""
        if not await self.bell.until(true, timeout):
            raise AssertionError(f"It did not become true within {timeout} s.")

    def calls(self, path: str) -> list[Request]:
        """The requests whose path ends so, in order."""
        return [request for request in self.requests if request.path.endswith(f"/{path.strip('/')}")]

    def last_call(self, path: str) -> Request:
        """The newest request to a path."""
        return self.calls(path)[-1]

    # Memory, for the rooms beside this one

    def ms(self) -> str:
        return str(int(self.clock() * 1000))

    def people(self) -> Iterable[ZaloPerson]:
        return list(self._people.values())

    def known(self, user_id: object) -> ZaloPerson | None:
        if isinstance(user_id, int):
            self.faults.append("an id went out as a number")
        return self._people.get(user_id) if isinstance(user_id, str) else None

    def with_phone(self, phone: str) -> ZaloPerson | None:
        return next((person for person in self._people.values() if person.phone == phone), None)

    def is_message(self, message_id: str) -> bool:
        return message_id in self.received or message_id in self._sent_ids

    def messages_to(self, user_id: str) -> list[SentMessage]:
        return self._by_person[user_id]

    def shown(self, message: SentMessage) -> SentMessage:
        """Put a message before the person."""
        self.sent.append(message)
        self._sent_ids.add(message.message_id)
        self._by_person[message.user_id].append(message)
        self.bell.ring()
        return message

    def tell(self, person: ZaloPerson, event: Mapping[str, Any]) -> dict[str, Any]:
        return self.events.add(event, person.user_id)

    def from_oa(self, person: ZaloPerson) -> dict[str, Any]:
        return {
            "sender": {"id": self.oa_id},
            "recipient": {"id": person.user_id},
            "user_id_by_app": person.user_id_by_app,
        }

    def echo(self, message: SentMessage) -> None:
        """Tell the webhook what the account sent; an `admin_id` says that a human did."""
        name = ECHOES.get(message.kind)
        if not self.echoes or name is None:
            return
        person = self._people[message.user_id]
        ends = self.from_oa(person)
        if message.admin_id:
            ends["sender"] = {"id": self.oa_id, "admin_id": message.admin_id}
        body: dict[str, Any] = {"msg_id": message.message_id}
        if message.text:
            body["text"] = message.text
        if message.kind != "text":
            body["attachments"] = [{"type": message.kind, "payload": {"url": message.content.url}}]
        self.tell(person, {**ends, "event_name": name, "message": body})

    def receipt(self, message: SentMessage) -> None:
        """Tell the webhook that a phone has it; computers report nothing."""
        person = self._people[message.user_id]
        if not self.receipts or not person.on_mobile:
            return
        ends = self.from_oa(person)
        body: dict[str, Any] = {"msg_id": message.message_id}
        if message.phone:
            ends = {"sender": {"id": self.oa_id}, "recipient": {"id": message.phone}}
            body |= {"tracking_id": message.tracking_id, "delivery_time": self.ms()}
        self.tell(person, {**ends, "event_name": "user_received_message", "message": body})
