"""
Taking a webhook event of a Zalo Official Account apart.

Ids are text (they are larger than most languages' whole numbers), moments are milliseconds.
https://developers.zalo.me/docs/official-account/webhook/
"""

import json
import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.channel import UnreadableError, is_storable
from content.fold import clean
from handlers.conversation.incoming import Incoming, IncomingFile, Kind

NO_LANE = "-"
"""The lane of genuine events that belong to no person: templates, quotas, receipts by phone number."""
AHEAD = timedelta(minutes=10)
"""How much faster than ours the platform's clock may be."""
MOST_ID = 64
MOST_NAME = 120

OURS = re.compile(r"#(=[0-9a-z]{1,16}:[\x20-\x7e]{0,60}|/[a-z0-9_]{1,32}(?: [\x20-\x7e]{1,60})?)")
"""
The text our buttons send back, as if the person had typed it.

Anybody can type it too: it is input like any other, and gives no right.
"""

TEMPLATE_CHANGE = "change_template_status"
BY_HAND = "admin_id"
_SENT = "user_send_"
_SENT_BY_US = "oa_send_"
_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "link": "text",
    "image": "photo",
    "file": "document",
    "audio": "voice",
    "sticker": "sticker",
    "gif": "sticker",
    "location": "location",
    "business_card": "contact",
}
_STANDING: Mapping[str, Kind] = {
    "follow": "opened",
    "user_click_chatnow": "opened",
    "unfollow": "blocked",
    # The person withdraws their consent: nothing more is sent, and the operator is notified.
    "user_withdraw": "blocked",
}
_COUNTED = {
    "user_received_message": "zalo_oa_delivered",
    "user_seen_message": "zalo_oa_seen",
    "user_withdraw": "zalo_oa_withdrawn",
}
_MIMES = {"amr": "audio/amr", "aac": "audio/aac", "m4a": "audio/mp4"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the events of one account; `count` counts receipts, by reason."""

    count: Callable[[str], None] = lambda _reason: None

    def address(self, raw: bytes) -> tuple[str, str]:
        event = parsed(raw)
        return _event_id(event), lane_of(event)

    def read(self, raw: bytes, *, now: datetime, real: datetime | None = None) -> Incoming | None:
        """
        The act of a person; None for receipts, echoes of our messages and events of the console.

        `real` is the platform's time, where that of the house is a demo clock.
        """
        event = parsed(raw)
        name, lane = str(event["event_name"]), lane_of(event)
        if name in _COUNTED:
            self.count(_COUNTED[name])
        elif name.startswith(_SENT_BY_US) and BY_HAND in _part(event, "sender"):
            self.count("zalo_oa_answered_by_hand")
        if lane == NO_LANE:
            return None
        at = _happened_at(event, now=now, real=real or now)
        if name in _STANDING:
            return _said(event, _STANDING[name], at)
        if name == "user_submit_info":
            return _contact(event, at)
        if not name.startswith(_SENT):
            return None
        return _message(event, _KINDS.get(name.removeprefix(_SENT), "other"), at)  # a kind of tomorrow is answered


def parsed(raw: bytes) -> dict[str, Any]:
    """The event as JSON; raises `UnreadableError` for what Zalo never sends."""
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableError("The body is no JSON") from None
    if not isinstance(event, dict):
        raise UnreadableError("The body is no event: it is no object")
    name = event.get("event_name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
        raise UnreadableError("The body is no event: it has no event_name")
    if moment_of(event) is None:
        raise UnreadableError("The body is no event: it has no timestamp")
    if name.startswith(_SENT) and not (_word(_part(event, "message").get("msg_id")) and _word(_sender(event))):
        raise UnreadableError("A message without an id or a sender")
    found: dict[str, Any] = event
    return found


def template_change(raw: bytes) -> tuple[str, str] | None:
    """The number of a template whose review came to something, and its new state; None for every other event."""
    event = parsed(raw) if TEMPLATE_CHANGE.encode() in raw else {}
    number, state = _word(event.get("template_id")), _word(_part(event, "status").get("new_status"))
    return (number, state) if event.get("event_name") == TEMPLATE_CHANGE and number and state else None


def answered_by_hand(raw: bytes) -> str:
    """The person an official has just written to in the account's console; empty for every other event."""
    event = parsed(raw) if BY_HAND.encode() in raw else {}
    name = str(event.get("event_name"))
    # a list is what they send to all followers at once
    is_theirs = name.startswith(_SENT_BY_US) and name != "oa_send_list" and BY_HAND in _part(event, "sender")
    account = lane_of(event) if is_theirs else NO_LANE
    return "" if account == NO_LANE else account


def moment_of(event: Mapping[str, Any]) -> datetime | None:
    """When the platform made the event; None when it does not say."""
    stamp = event.get("timestamp")
    text = str(stamp) if isinstance(stamp, str | int) and not isinstance(stamp, bool) else ""
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        return None
    try:
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def lane_of(event: Mapping[str, Any]) -> str:
    """The person an event is about; `NO_LANE` for what is about none, or names them by phone number only."""
    name = str(event.get("event_name"))
    if name.startswith(("oa_", "user_received_message", "user_seen_message")):
        if "tracking_id" in _part(event, "message"):
            return NO_LANE
        found = _part(event, "recipient").get("id") or event.get("user_id")
    else:
        found = _part(event, "follower").get("id") or _sender(event) or event.get("user_id")
    return _word(found) or NO_LANE


def _event_id(event: Mapping[str, Any]) -> str:
    """An id that is equal for duplicates.  Receipts carry the ids of our messages, so those are not used."""
    name = str(event["event_name"])
    if name.startswith(_SENT):
        return _word(_part(event, "message").get("msg_id"))
    about = lane_of(event)
    message = _part(event, "message")
    ids = message.get("msg_ids")
    told = _word(message.get("msg_id")) or (_word(ids[0]) if isinstance(ids, list) and ids else "")
    return ":".join(part for part in (name, str(event["timestamp"]), about, told) if part)


def _message(event: Mapping[str, Any], kind: Kind, at: datetime) -> Incoming:
    message = _part(event, "message")
    text = message.get("text", "")
    words = clean(text) if isinstance(text, str) else ""
    attachments = _attachments(message)
    if kind == "text":
        if OURS.fullmatch(words):
            return _said(event, "press", at, payload=words[1:])
        words = words or _link(attachments)
        return _said(event, "text" if words else "other", at, text=words)
    if kind in {"photo", "document", "voice"}:
        files = tuple(file for one in attachments if (file := _file(kind, one)) is not None)
        if not files:
            return _said(event, "other", at, text=words)
        # A picture sent "as a file", uncompressed, is still a picture.
        if kind == "document" and all(file.mime.startswith("image/") for file in files):
            kind = "photo"
        return _said(event, kind, at, text=words, files=files)
    if kind == "location":
        place = _place(attachments)
        return _said(event, "location" if place is not None else "other", at, place=place)
    return _said(event, kind, at)


def _contact(event: Mapping[str, Any], at: datetime) -> Incoming:
    """
    The answer to our question for the number.

    The platform takes it from the person's own form; two shapes of the event exist; in one of them
    the number is an integer.
    """
    info = _part(event, "info")
    number, name = info.get("phone", ""), info.get("name", "")
    digits = re.sub(r"\D", "", str(number)) if isinstance(number, str | int) and not isinstance(number, bool) else ""
    phone = f"+{digits}" if digits and not digits.startswith("0") else digits
    return _said(
        event,
        "contact",
        at,
        phone=phone if len(phone) <= 16 else "",
        name=clean(name)[:MOST_NAME] if isinstance(name, str) else "",
    )


def _happened_at(event: Mapping[str, Any], *, now: datetime, real: datetime) -> datetime:
    """When it happened by the clock of the house: repeated for hours, an event opens the window it opened first."""
    moment = moment_of(event) or now
    late = min((clock - moment for clock in (now, real) if moment <= clock + AHEAD), default=timedelta())
    return now - max(late, timedelta())


def _said(event: Mapping[str, Any], kind: Kind, at: datetime, **values: Any) -> Incoming:
    return Incoming(channel="zalo_oa", account=lane_of(event), event=_event_id(event), kind=kind, at=at, **values)


def _attachments(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found = message.get("attachments")
    listed = found if isinstance(found, list) else []
    return [one["payload"] for one in listed if isinstance(one, dict) and isinstance(one.get("payload"), dict)]


def _file(kind: Kind, payload: Mapping[str, Any]) -> IncomingFile | None:
    ref = payload.get("url")
    if not isinstance(ref, str) or not ref or not is_storable(ref):
        return None
    given = payload.get("name")
    name = clean(given)[:MOST_NAME] if isinstance(given, str) else ""
    size = str(payload.get("size", ""))
    ending = str(payload.get("type") or name.rpartition(".")[2]).casefold()
    mime = _MIMES.get(ending) or mimetypes.guess_type(f"x.{ending}")[0] or ""
    if kind == "photo":
        name, mime = name or "photo.jpg", mime if mime.startswith("image/") else "image/jpeg"
    if kind == "voice":
        name, mime = name or "voice.amr", mime if mime.startswith("audio/") else "audio/amr"
    return IncomingFile(ref, name, mime, int(size) if size.isascii() and size.isdecimal() and len(size) < 12 else 0)


def _place(attachments: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    where = _part(attachments[0], "coordinates") if attachments else {}
    try:
        place = float(where["latitude"]), float(where["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    return place if abs(place[0]) <= 90 and abs(place[1]) <= 180 else None


def _link(attachments: Sequence[Mapping[str, Any]]) -> str:
    """A shared link as the words it stands for; it is never fetched."""
    url = attachments[0].get("url") if attachments else None
    return clean(url) if isinstance(url, str) else ""


def _sender(event: Mapping[str, Any]) -> Any:
    return _part(event, "sender").get("id")


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def _word(value: object) -> str:
    """An id as text; empty for what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and 0 < len(value) <= MOST_ID and value.isprintable() else ""
