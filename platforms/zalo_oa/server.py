"""
A strict Zalo Official Account on loopback: it refuses what the real one refuses, and remembers everything.

Calls are taken under one root, or under `openapi_url`, `business_url` and `oauth_url`, where each
host knows only its own paths.  Refusals come under HTTP 200, as the real ones do.
https://developers.zalo.me/docs/official-account
"""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from platforms.shared.bell import PATIENCE
from platforms.shared.script import Answer
from platforms.shared.serving import LocalServer

from .clients import ZaloPerson
from .door import Door
from .events import Events
from .messages import Request, SentMessage
from .sending import Sending
from .templates import Template
from .world import APP_ID, APP_SECRET, OA_ID, OA_SECRET_KEY, Rules, World

__all__ = ["APP_ID", "APP_SECRET", "OA_ID", "OA_SECRET_KEY", "ZaloOAServer"]


class ZaloOAServer(World, LocalServer):
    """
    One account's platform and one app's keys.

    The arguments are the fields of `Rules`; `Rules` says what each means.
    """

    largest_request = 8_000_000

    def __init__(self, **rules: Any) -> None:
        super().__init__(Rules(**rules))
        self._people: dict[str, ZaloPerson] = {}
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
            self.add_person(person)
            if following:
                person.follows_oa, person.last_interaction = True, self.clock()
        return self._people[user_id]

    def script(self, path: str, *answers: Answer) -> None:
        """Give the next answers to a call, by the end of its path (`message/cs`), or to any (`*`)."""
        self._script.add(path, answers)

    def left_over(self) -> dict[str, int]:
        """Scripted answers that nobody fetched, by path."""
        return self._script.left_over()

    async def save_webhook(self, url: str) -> int:
        """Save the address in the console: it gets an unsigned `POST {}`.  Answers with the status."""
        return await self.events.save(url, loopback=self.rules.loopback_webhooks)

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
