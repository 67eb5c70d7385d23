"""The calls that send: consultation, templates, broadcast, reaction; and those that are dead."""

from typing import Any

from .messages import Content, SentMessage
from .quota import Payment, is_night, local
from .refusals import invalid, refused, template_refused
from .templates import LONGEST_TRACKING_ID, Template, phone_of
from .world import Person, World

MOST_REACTIONS = 50
TARGETS = {
    "ages": frozenset("01234567"),
    "gender": frozenset("012"),
    "locations": frozenset("012"),
    "cities": None,
    "platform": None,
}


class Sending:
    """Everything that ends on a telephone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._promoted: set[tuple[str, str]] = set()

    def consultation(self, call: dict[str, Any]) -> dict[str, Any]:
        """`POST /v3.0/oa/message/cs`."""
        _only(call, "recipient", "message")
        person = self._recipient(call)
        content = self._world.shapes.read(call.get("message"))
        self._reachable(person, content.kind)
        payment = self._world.quota.consultation(person.user_id, person.last_interaction)
        self._world.quota.take(payment, person.user_id, person.last_interaction)
        message = self._shown(SentMessage(self._id(), person.user_id, content, self._world.clock(), payment))
        self._world.echo(message)
        self._world.receipt(message)
        shown = {"quota": payment.shown} if payment.shown else {}
        return {**shown, "message_id": message.message_id, "user_id": person.user_id}

    def template_by_uid(self, call: dict[str, Any]) -> dict[str, Any]:
        """`POST /v3.0/oa/message/template`."""
        _only(call, "user_id", "template_id", "template_data", "mode")
        person = self._world.known(call.get("user_id"))
        if person is None:
            raise invalid("user_id")
        template, data = self._world.templates.read(call)
        self._reachable(person, "template")
        if person.refuses_templates:
            raise refused(-244)
        if template.promotional and is_night(self._world.clock()):
            raise refused(-234)
        message = self._template(person, template, data, call, by_phone=False)
        quota = {"quota_type": "charged", "remain": str(self._world.quota.templates_left())}
        return {"message_id": message.message_id, "sent_time": self._world.ms(), "quota": quota}

    def template_by_phone(self, call: dict[str, Any]) -> dict[str, Any]:
        """`POST /message/template` on the business host."""
        for key in call:
            if key not in ("phone", "template_id", "template_data", "tracking_id", "mode", "sending_mode"):
                self._world.faults.append(f"message/template: {key} does not belong there")
        tracking_id = call.get("tracking_id", "")
        if not isinstance(tracking_id, str) or len(tracking_id) > LONGEST_TRACKING_ID:
            raise template_refused(-132)
        phone = phone_of(call.get("phone"))
        template, data = self._world.templates.read(call)
        person = self._world.with_phone(phone)
        if person is None:
            raise template_refused(-118)
        if person.gone:
            raise template_refused(-114)
        if person.refuses_templates:
            raise template_refused(-141)
        if template.promotional and is_night(self._world.clock()):
            raise template_refused(-133)
        message = self._template(person, template, data, call, by_phone=True, phone=phone, tracking_id=tracking_id)
        quota = {
            "dailyQuota": str(self._world.quota.daily_templates),
            "remainingQuota": str(self._world.quota.templates_left()),
        }
        return {"msg_id": message.message_id, "sent_time": self._world.ms(), "quota": quota}

    def second_version(self, call: dict[str, Any]) -> dict[str, Any]:
        """`POST /v2.0/oa/message`: only broadcasts and reactions are alive there."""
        if "sender_action" in call:
            return self._react(call)
        if isinstance(call.get("recipient"), dict) and "target" in call["recipient"]:
            return self._broadcast(call)
        raise refused(-240)

    def dead(self, _: dict[str, Any]) -> dict[str, Any]:
        """The free transaction and promotion messages, gone since 2026-03-01."""
        raise refused(-240)

    def staff(self, person: Person, text: str, admin_id: str) -> SentMessage:
        """A human answers in the console; the bot only hears the echo."""
        message = SentMessage(
            self._id(),
            person.user_id,
            Content("text", text),
            self._world.clock(),
            Payment("nothing"),
            admin_id=admin_id,
        )
        self._shown(message)
        self._world.echo(message)
        self._world.receipt(message)
        return message

    def _react(self, call: dict[str, Any]) -> dict[str, Any]:
        _only(call, "recipient", "sender_action")
        person = self._recipient(call)
        action = call["sender_action"]
        if not isinstance(action, dict):
            raise invalid("sender_action")
        _only(action, "react_icon", "react_message_id")
        icon, message_id = action.get("react_icon"), action.get("react_message_id")
        if not isinstance(icon, str) or not 1 <= len(icon) <= 20:
            raise invalid("react_icon")
        if not isinstance(message_id, str) or not self._world.is_message(message_id):
            raise invalid("react_message_id")
        reactions = self._world.reactions.setdefault(message_id, [])
        if len(reactions) >= MOST_REACTIONS:
            raise refused(-210)
        reactions.append(icon)
        event = {"event_name": "oa_reacted_message", "message": {"msg_id": message_id, "react_icon": icon}}
        self._world.tell(person, {**event, **self._world.from_oa(person)})
        return {"message_id": self._id(), "user_id": person.user_id}

    def _broadcast(self, call: dict[str, Any]) -> dict[str, Any]:
        world = self._world
        _only(call, "recipient", "message")
        _only(call["recipient"], "target")
        self._check_target(call["recipient"]["target"])
        article = self._article(call.get("message"))
        if is_night(world.clock()):
            raise refused(-234)
        if world.broadcasts_left <= 0:
            raise refused(-211)
        world.broadcasts_left -= 1
        day = local(world.clock()).strftime("%Y-%m-%d")
        message_id = self._id()
        for person in world.people():
            if not person.follows_oa or person.gone or (person.user_id, day) in self._promoted:
                continue
            self._promoted.add((person.user_id, day))
            content = Content("article", world.articles[article], url=article)
            self._shown(SentMessage(message_id, person.user_id, content, world.clock(), Payment("nothing")))
        return {"message_id": message_id}

    def _check_target(self, target: object) -> None:
        if not isinstance(target, dict):
            raise invalid("target")
        for key, values in target.items():
            if key not in TARGETS or not isinstance(values, str) or not values:
                raise invalid(key)
            allowed = TARGETS[key]
            if allowed is not None and not set(values.split(",")) <= allowed:
                raise invalid(key)

    def _article(self, message: object) -> str:
        if not isinstance(message, dict) or set(message) != {"attachment"}:
            raise invalid("message")
        match message:
            case {
                "attachment": {
                    "type": "template",
                    "payload": {
                        "template_type": "media",
                        "elements": [{"media_type": "article", "attachment_id": str(article)}],
                    },
                }
            } if article in self._world.articles:
                return article
        raise invalid("attachment")

    def _template(
        self,
        person: Person,
        template: Template,
        data: dict[str, str],
        call: dict[str, Any],
        *,
        by_phone: bool,
        phone: str = "",
        tracking_id: str = "",
    ) -> SentMessage:
        world = self._world
        development = call.get("mode") == "development"
        if call.get("mode") not in (None, "development"):
            raise template_refused(-132)
        if development and not person.admin:
            raise template_refused(-127)
        day = local(world.clock()).strftime("%Y-%m-%d")
        if template.per_day is not None and template.sent[day] >= template.per_day:
            raise template_refused(-147)
        price = template.price_phone if by_phone else template.price_uid
        payment = world.quota.template(price, by_phone=by_phone, paid=not development)
        world.quota.take(payment, person.user_id, person.last_interaction)
        world.quota.count_template()
        template.sent[day] += 1
        message = SentMessage(
            self._id(),
            person.user_id,
            Content("template", template.filled(data)),
            world.clock(),
            payment,
            phone=phone,
            template_id=template.template_id,
            template_data=data,
            tracking_id=tracking_id,
            mode=call.get("mode", ""),
        )
        self._shown(message)
        world.receipt(message)
        return message

    def _recipient(self, call: dict[str, Any]) -> Person:
        recipient = call.get("recipient")
        if not isinstance(recipient, dict):
            raise invalid("recipient")
        _only(recipient, "user_id")
        person = self._world.known(recipient.get("user_id"))
        if person is None:
            raise invalid("user_id")
        return person

    def _reachable(self, person: Person, kind: str) -> None:
        if person.gone:
            raise refused(-227)
        if kind in person.restricted:
            raise refused(-244)
        if person.turned_away or (self._world.rules.followers_only and not person.follows_oa):
            raise refused(-213)

    def _shown(self, message: SentMessage) -> SentMessage:
        return self._world.shown(message)

    def _id(self) -> str:
        return self._world.events.new_message_id()


def _only(given: dict[str, Any], *allowed: str) -> None:
    for key in given:
        if key not in allowed:
            raise invalid(key)
