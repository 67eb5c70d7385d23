"""
The memory of a local Zalo Official Account: its people, messages, tokens, templates and money.

`Rules` are the ways in which it can be played.  https://developers.zalo.me/docs/official-account
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from platforms.shared.bell import Bell
from platforms.shared.script import Answer, Script

from .events import Events
from .messages import Request, SentMessage
from .oauth import Tokens
from .quota import FREE_REPLIES, Quota
from .shapes import Shapes, Variants
from .templates import Templates
from .uploads import Media, Uploads

APP_ID = "360846524940903967"
OA_ID = "388613280878808645"
# Both open only this server.
APP_SECRET = "app-secret-of-the-strict-local-zalo"
OA_SECRET_KEY = "oa-secret-key-of-the-strict-local-zalo"
ECHOES = {
    "text": "oa_send_text",
    "image": "oa_send_image",
    "gif": "oa_send_gif",
    "list": "oa_send_list",
    "file": "oa_send_file",
    "sticker": "oa_send_sticker",
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """
    How the platform is played.

    `clock` gives Unix seconds and may be moved: windows, tokens, uploads, nights, minutes and days
    follow it.  Real waiting (`latency`, the 2 seconds of a webhook, repeats times `retry_pace`) does
    not.  Points Zalo's pages leave open can be played both ways.
    """

    clock: Callable[[], float] = time.time
    app_id: str = APP_ID
    oa_id: str = OA_ID
    app_secret: str = APP_SECRET
    oa_secret_key: str = OA_SECRET_KEY
    """May be given the app secret."""
    callback_url: str = "https://ocop.example/zalo/oa/callback"

    # Money and quotas
    free_replies: int | None = FREE_REPLIES
    """8 within 48 hours, or None, unlimited (reported for 2026)."""
    package_quota: int = 0
    purchased_quota: int = 0
    reward_quota: int = 0
    balance: int | None = None
    daily_templates: int = 5000
    broadcasts: int = 4
    app_per_minute: int = 4000
    oa_per_minute: int | None = None
    """The limit of the account's package, next to the app's."""
    uploads_per_month: int = 5000

    # Answers
    late_code: int = -230
    """-230 or -232 for a person silent for more than 7 days."""
    followers_only: bool = False
    """-213 for everybody who does not follow, not only for those who unfollowed."""
    dead_answer: int = -240
    """-240 or 404 from the calls that died on 2026-03-01."""
    variants: Variants = Variants()  # noqa: RUF009  frozen
    """The list and button templates, the number for a long text."""
    csv_files: bool = True
    refresh_removes_access: bool = False
    latency: float = 0.0
    loopback_media: bool = True

    # Events
    signature_term: str = "app_id"
    """The signature begins with `app_id` or `oa_id`."""
    signature_prefix: bool = True
    """The signature begins with `mac=`."""
    timestamp_header: bool = False
    """X-ZEvent-Timestamp comes too."""
    repeats_any: bool = False
    """Events answered otherwise than 200 are repeated, not only unanswered ones."""
    contact_shape: str = "nested"
    """Nested (2026) or flat (2025)."""
    echoes: bool = True
    receipts: bool = True
    retry_pace: float = 1.0
    answer_within: float = 2.0
    loopback_webhooks: bool = True


class Person:
    """One Zalo account, as the platform knows it in its chat with the official account."""

    def __init__(self, user_id: str, name: str, *, phone: str, admin: bool, on_mobile: bool) -> None:
        self.user_id = user_id
        self.user_id_by_app = str(int(hashlib.sha256(f"app {user_id}".encode()).hexdigest()[:14], 16))
        self.name = name
        self.phone = phone
        self.admin = admin
        self.on_mobile = on_mobile
        self.follows_oa = False
        self.turned_away = False  # unfollowed and silent since
        self.gone = False
        self.refuses_templates = False
        self.restricted: set[str] = set()
        self.last_interaction: float | None = None
        self.tags: set[str] = set()
        self.shared_info: dict[str, str] = {}


class World:
    """The memory that the server, its door, the calls and the people share."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.clock = rules.clock
        self.app_id = rules.app_id
        self.oa_id = rules.oa_id
        self.callback_url = rules.callback_url
        self.broadcasts_left = rules.broadcasts
        self.per_minute = min(rules.app_per_minute, rules.oa_per_minute or rules.app_per_minute)
        self.sent: list[SentMessage] = []
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.received: dict[str, dict[str, Any]] = {}
        self.reactions: dict[str, list[str]] = {}
        self.articles: dict[str, str] = {}
        self.tags: set[str] = set()
        self.bell = Bell()
        self.media = Media()
        self.tokens = Tokens(
            rules.clock,
            app_id=rules.app_id,
            app_secret=rules.app_secret,
            refresh_removes_access=rules.refresh_removes_access,
        )
        self.quota = Quota(
            rules.clock,
            rules.oa_id,
            free_replies=rules.free_replies,
            package=rules.package_quota,
            purchased=rules.purchased_quota,
            rewards=rules.reward_quota,
            balance=rules.balance,
            daily_templates=rules.daily_templates,
            late_code=rules.late_code,
        )
        self.templates = Templates(self.faults)
        self.uploads = Uploads(rules.clock, per_month=rules.uploads_per_month, csv=rules.csv_files)
        self.shapes = Shapes(
            self.uploads, self.faults, rules.variants, loopback=rules.loopback_media, known=self.is_message
        )
        self.events = _events(rules, self.bell)
        self._known: dict[str, Person] = {}
        self._sent_ids: set[str] = set()
        self._by_person: defaultdict[str, list[SentMessage]] = defaultdict(list)
        self._script = Script()

    def scripted(self, path: str) -> Answer:
        """The next answer a test has given to a call, by the end of its path."""
        return self._script.take(path)

    def add_person(self, person: Person) -> None:
        """Let the platform know somebody."""
        self._known[person.user_id] = person

    def ms(self) -> str:
        return str(int(self.clock() * 1000))

    def people(self) -> Iterable[Person]:
        return list(self._known.values())

    def known(self, user_id: object) -> Person | None:
        if isinstance(user_id, int):
            self.faults.append("an id went out as a number")
        return self._known.get(user_id) if isinstance(user_id, str) else None

    def with_phone(self, phone: str) -> Person | None:
        return next((person for person in self._known.values() if person.phone == phone), None)

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

    def tell(self, person: Person, event: Mapping[str, Any]) -> dict[str, Any]:
        return self.events.add(event, person.user_id)

    def from_oa(self, person: Person) -> dict[str, Any]:
        return {
            "sender": {"id": self.oa_id},
            "recipient": {"id": person.user_id},
            "user_id_by_app": person.user_id_by_app,
        }

    def echo(self, message: SentMessage) -> None:
        """Tell the webhook what the account sent; an `admin_id` says that a human did."""
        name = ECHOES.get(message.kind)
        if not self.rules.echoes or name is None:
            return
        person = self._known[message.user_id]
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
        person = self._known[message.user_id]
        if not self.rules.receipts or not person.on_mobile:
            return
        ends = self.from_oa(person)
        body: dict[str, Any] = {"msg_id": message.message_id}
        if message.phone:
            ends = {"sender": {"id": self.oa_id}, "recipient": {"id": message.phone}}
            body |= {"tracking_id": message.tracking_id, "delivery_time": self.ms()}
        self.tell(person, {**ends, "event_name": "user_received_message", "message": body})


def _events(rules: Rules, bell: Bell) -> Events:
    return Events(
        rules.clock,
        bell,
        app_id=rules.app_id,
        oa_id=rules.oa_id,
        oa_secret_key=rules.oa_secret_key,
        retry_pace=rules.retry_pace,
        repeats_any=rules.repeats_any,
        first_term=rules.signature_term,
        prefix=rules.signature_prefix,
        timestamp_header=rules.timestamp_header,
        answer_within=rules.answer_within,
    )
