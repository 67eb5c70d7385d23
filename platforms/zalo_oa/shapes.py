"""
The message bodies that are documented; anything else is refused with -201 and the field's name.

https://developers.zalo.me/docs/official-account/tin-nhan/tin-tu-van
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from platforms.shared.webhook import on_this_machine

from .messages import Button, Content
from .refusals import invalid, refused
from .uploads import Uploads

LONGEST_TEXT = 2000
LONGEST_TITLE = 100
LONGEST_SUBTITLE = 500
LONGEST_PAYLOAD = 1000
LONGEST_SMS = 160
MOST_BUTTONS = 5
MOST_ELEMENTS = 5


@dataclass(frozen=True, slots=True)
class Variants:
    """
    Points Zalo's pages leave open.

    `lists`: v3.0 still sends the list template.  `button_template`: it also takes the shape with
    `template_type: button`.  `long_text` is the refusal of a text beyond 2,000 letters, -210 or -201.
    """

    lists: bool = True
    button_template: bool = False
    long_text: int = -210


class Shapes:
    """Reads the `message` of a call."""

    def __init__(
        self, uploads: Uploads, faults: list[str], variants: Variants, *, loopback: bool, known: Callable[[str], bool]
    ) -> None:
        self._uploads = uploads
        self._faults = faults
        self._variants = variants
        self._loopback = loopback
        self._known = known

    def read(self, message: object) -> Content:
        """The content of a consultation message."""
        if not isinstance(message, dict) or not message:
            raise invalid("message")
        attachment = message.get("attachment")
        if attachment is None:
            return self._plain(message)
        self._only(message, "message", "text", "attachment")
        if not isinstance(attachment, dict) or not isinstance(attachment.get("payload"), dict):
            raise invalid("attachment")
        self._only(attachment, "attachment", "type", "payload")
        payload = attachment["payload"]
        if attachment.get("type") == "file":
            self._only(message, "message", "attachment")
            self._only(payload, "payload", "token")
            return Content("file", stored=self._uploads.get(payload.get("token"), "token", "file"))
        if attachment.get("type") != "template":
            raise invalid("attachment.type")
        match payload.get("template_type"):
            case None:
                self._only(payload, "payload", "buttons")
                return Content("text", self.text(message.get("text")), self.buttons(payload.get("buttons")))
            case "button" if self._variants.button_template:
                self._only(message, "message", "attachment")
                self._only(payload, "payload", "template_type", "text", "buttons")
                return Content("text", self.text(payload.get("text")), self.buttons(payload.get("buttons")))
            case "media":
                self._only(payload, "payload", "template_type", "elements")
                return self._media(message, payload)
            case "request_user_info":
                self._only(message, "message", "attachment")
                self._only(payload, "payload", "template_type", "elements")
                return self._request(payload)
            case "list" if self._variants.lists:
                self._only(message, "message", "attachment")
                self._only(payload, "payload", "template_type", "elements", "buttons")
                return self._list(payload)
        raise invalid("template_type")

    def text(self, text: object, field: str = "text") -> str:
        """A text of 1 to 2,000 letters."""
        if not isinstance(text, str) or not text.strip():
            raise invalid(field)
        if len(text) > LONGEST_TEXT:
            raise invalid(field) if self._variants.long_text == -201 else refused(self._variants.long_text)
        if not unicodedata.is_normalized("NFC", text):
            self._faults.append(f"{field} is not in composed letters")
        return text

    def buttons(self, buttons: object) -> tuple[Button, ...]:
        """One to five buttons."""
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST_BUTTONS:
            raise invalid("buttons")
        return tuple(self._button(button) for button in buttons)

    def address(self, url: object, field: str) -> str:
        """An address that the platform could fetch."""
        if not isinstance(url, str):
            raise invalid(field)
        parts = urlsplit(url)
        local = on_this_machine(url)
        if not parts.hostname or parts.scheme not in ("https", *(("http",) if local and self._loopback else ())):
            raise invalid(field)
        if local and not self._loopback:
            raise invalid(field)
        return url

    def _plain(self, message: dict[str, Any]) -> Content:
        self._only(message, "message", "text", "quote_message_id")
        quoted = message.get("quote_message_id", "")
        if "quote_message_id" in message and not (isinstance(quoted, str) and self._known(quoted)):
            raise invalid("quote_message_id")
        return Content("text", self.text(message.get("text")), quoted=quoted)

    def _media(self, message: dict[str, Any], payload: dict[str, Any]) -> Content:
        element = self._elements(payload, most=1)[0]
        kind = element.get("media_type")
        text = self.text(message["text"]) if message.get("text") else ""
        if kind == "sticker":
            self._only(element, "elements", "media_type", "attachment_id")
            if text or not isinstance(element.get("attachment_id"), str) or not element["attachment_id"]:
                raise invalid("attachment_id")
            return Content("sticker", url=element["attachment_id"])
        if kind not in ("image", "gif"):
            raise invalid("media_type")
        size = ("width", "height") if kind == "gif" else ()
        self._only(element, "elements", "media_type", "url", "attachment_id", *size)
        for side in size:
            if not isinstance(element.get(side), int) or element[side] <= 0:
                raise invalid(side)
        if ("url" in element) == ("attachment_id" in element):
            raise invalid("attachment_id")
        if "url" in element:
            return Content(kind, text, url=self.address(element["url"], "url"))
        return Content(kind, text, stored=self._uploads.get(element["attachment_id"], "attachment_id", kind))

    def _request(self, payload: dict[str, Any]) -> Content:
        element = self._elements(payload, most=1)[0]
        self._only(element, "elements", "title", "subtitle", "image_url")
        title = _short(element.get("title"), "title", LONGEST_TITLE)
        subtitle = _short(element.get("subtitle"), "subtitle", LONGEST_SUBTITLE)
        self.address(element.get("image_url"), "image_url")
        return Content("request_user_info", f"{title}\n{subtitle}", elements=(element,))

    def _list(self, payload: dict[str, Any]) -> Content:
        elements = self._elements(payload, most=MOST_ELEMENTS)
        lines = []
        for number, element in enumerate(elements):
            self._only(element, "elements", "title", "subtitle", "image_url", "default_action")
            lines.append(_short(element.get("title"), "title", LONGEST_TITLE))
            if number == 0 or "subtitle" in element:
                lines.append(_short(element.get("subtitle"), "subtitle", LONGEST_SUBTITLE))
            if "image_url" in element:
                self.address(element["image_url"], "image_url")
            if "default_action" in element:
                self._action(element["default_action"])
        buttons = self.buttons(payload["buttons"]) if "buttons" in payload else ()
        return Content("list", "\n".join(lines), buttons, elements=tuple(elements))

    def _elements(self, payload: dict[str, Any], *, most: int) -> list[dict[str, Any]]:
        elements = payload.get("elements")
        if not isinstance(elements, list) or not 1 <= len(elements) <= most:
            raise invalid("elements")
        if not all(isinstance(element, dict) for element in elements):
            raise invalid("elements")
        return elements

    def _action(self, action: object) -> None:
        if not isinstance(action, dict):
            raise invalid("default_action")
        if action.get("type") == "oa.open.url" and "url" in action:
            self._only(action, "default_action", "type", "url")
            self.address(action["url"], "default_action.url")
            return
        self._only(action, "default_action", "type", "payload")
        self._payload(action.get("type"), action.get("payload"))

    def _button(self, button: object) -> Button:
        if not isinstance(button, dict):
            raise invalid("buttons")
        self._only(button, "buttons", "title", "type", "payload")
        title = _short(button.get("title"), "title", LONGEST_TITLE)
        self._payload(button.get("type"), button.get("payload"))
        return Button(title, button["type"], button["payload"])

    def _payload(self, kind: object, payload: object) -> None:
        match kind:
            case "oa.query.show" | "oa.query.hide":
                _short(payload, "payload", LONGEST_PAYLOAD)
                return
            case "oa.open.url" if isinstance(payload, dict):
                self._only(payload, "payload", "url")
                self.address(payload.get("url"), "payload.url")
                return
            case "oa.open.sms" if isinstance(payload, dict):
                self._only(payload, "payload", "content", "phone_code")
                _short(payload.get("content"), "payload.content", LONGEST_SMS)
                _phone(payload.get("phone_code"))
                return
            case "oa.open.phone" if isinstance(payload, dict):
                self._only(payload, "payload", "phone_code")
                _phone(payload.get("phone_code"))
                return
            case "oa.open.url" | "oa.open.sms" | "oa.open.phone":
                raise invalid("payload")
        raise invalid("type")

    def _only(self, given: dict[str, Any], where: str, *allowed: str) -> None:
        for key in given:
            if key not in allowed:
                self._faults.append(f"{where}: {key} does not belong there")
                raise invalid(key)


def _short(text: object, field: str, longest: int) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > longest:
        raise invalid(field)
    return text


def _phone(phone: object) -> None:
    if not isinstance(phone, str) or not phone.isdigit() or not phone.startswith("84"):
        raise invalid("phone_code")
