"""People who chat with the account: what they do becomes events, what they see can be asked for."""

import hashlib
import json
from typing import Any

from platforms.shared.hearing import Hearing

from .messages import Button, SentMessage
from .world import Person, World

_ABSENT = 45 * 24 * 3600


class ZaloPerson(Person, Hearing[SentMessage]):
    """
    One Zalo account in its chat with the official account.

    Every act answers with the event it made; it does not wait for the bot.  `hears` does.  With
    `on_mobile` false the buttons are not there, as in Zalo on a computer.
    """

    def __init__(self, world: World, user_id: str, name: str, *, phone: str, admin: bool, on_mobile: bool) -> None:
        Hearing.__init__(self, world.bell)
        Person.__init__(self, user_id, name, phone=phone, admin=admin, on_mobile=on_mobile)
        self._world = world
        self._clicked = False

    # Doing

    async def follows(self, source: str = "oa_profile") -> dict[str, Any]:
        """Press "Quan tâm"; source is oa_profile, message_invite or social_plugin."""
        self.follows_oa = True
        self._touch()
        return self._follower("follow", source)

    async def unfollows(self) -> dict[str, Any]:
        """Press "Bỏ quan tâm": nothing may be sent until they turn to the account again."""
        self.follows_oa = False
        self.turned_away = True
        return self._follower("unfollow", "oa_profile")

    async def clicks_chat(self) -> dict[str, Any] | None:
        """Press "Nhắn tin"; the account is notified the first time only."""
        self._touch()
        if self._clicked:
            return None
        self._clicked = True
        return self._tell({"event_name": "user_click_chatnow", "oa_id": self._world.oa_id, "user_id": self.user_id})

    async def writes(self, text: str, *, quoting: SentMessage | None = None) -> dict[str, Any]:
        """Write a text, perhaps in answer to a message of the account."""
        quote = {"quote_msg_id": quoting.message_id} if quoting else {}
        return self._says("user_send_text", {"text": text, **quote})

    async def presses(self, label: str, *, on: SentMessage | None = None) -> dict[str, Any] | None:
        """
        Press a button by title or payload, on the newest message that has it, or `on` one.

        A query button sends its payload as a text of the person.  The others tell the account
        nothing, but renew the window.
        """
        if not self.on_mobile:
            raise AssertionError(f"{self.name} sits at a computer and sees no buttons.")
        button = self._find(label, on)
        if button.asks:
            return await self.writes(button.payload)
        self._touch()
        return None

    async def sends_image(self, content: bytes, caption: str = "", *, name: str = "anh.jpg") -> dict[str, Any]:
        url = self._world.media.keep(content, name, "image/jpeg")
        return self._attaches("user_send_image", "image", {"thumbnail": url, "url": url}, caption)

    async def sends_gif(self, content: bytes = b"GIF89a") -> dict[str, Any]:
        url = self._world.media.keep(content, "anh.gif", "image/gif")
        return self._attaches("user_send_gif", "gif", {"thumbnail": url, "url": url})

    async def sends_file(
        self, content: bytes, name: str = "don.pdf", *, kind: str = "", size: int | None = None
    ) -> dict[str, Any]:
        """Send a paper; `size` is what the platform says of it."""
        payload = {
            "url": self._world.media.keep(content, name, "application/octet-stream"),
            "name": name,
            "size": str(len(content) if size is None else size),
            "type": kind or name.rpartition(".")[2],
            "checksum": hashlib.md5(content).hexdigest(),
        }
        return self._attaches("user_send_file", "file", payload)

    async def sends_audio(self, content: bytes = b"#!AMR\n") -> dict[str, Any]:
        url = self._world.media.keep(content, "ghi-am.amr", "audio/amr")
        return self._attaches("user_send_audio", "audio", {"url": url})

    async def sends_video(self, content: bytes = b"\0\0\0\x18ftypmp42") -> dict[str, Any]:
        url = self._world.media.keep(content, "phim.mp4", "video/mp4")
        return self._attaches("user_send_video", "video", {"thumbnail": url, "description": "", "url": url})

    async def sends_sticker(self, sticker_id: str = "46983") -> dict[str, Any]:
        url = self._world.media.keep(b"\x89PNG", f"{sticker_id}.png", "image/png")
        return self._attaches("user_send_sticker", "sticker", {"id": sticker_id, "url": url})

    async def sends_link(self, url: str, description: str = "") -> dict[str, Any]:
        payload = {"thumbnail": "", "description": description, "url": url}
        return self._attaches("user_send_link", "link", payload, url)

    async def sends_business_card(self, phone: str, name: str = "Người quen") -> dict[str, Any]:
        """Share somebody's card."""
        description = json.dumps({"phone": phone, "qrCodeUrl": ""}, ensure_ascii=False)
        payload = {"thumbnail": "", "description": description, "url": ""}
        return self._attaches("user_send_business_card", "link", payload, name)

    async def shares_location(self, latitude: float = 17.4834, longitude: float = 106.5997) -> dict[str, Any]:
        coordinates = {"latitude": str(latitude), "longitude": str(longitude)}
        return self._attaches("user_send_location", "location", {"coordinates": coordinates})

    async def submits_contact(
        self,
        name: str = "",
        phone: str = "",
        *,
        ward: str = "",
        city: str = "",
        address: str = "",
        born: str = "",
        gender: str = "",
        unasked: bool = False,
    ) -> dict[str, Any]:
        """Fill in the form that the account sent; without a form only `unasked`."""
        if not unasked and not any(message.kind == "request_user_info" for message in self.sees()):
            raise AssertionError(f"Nobody asked {self.name} for contact data.")
        name, phone = name or self.name, phone or self.phone
        self.shared_info = {"name": name, "phone": phone, "address": address, "city": city, "district": ward}
        if self._world.rules.contact_shape == "flat":
            # the number is a number there, as on the page of 2025
            info: dict[str, Any] = {
                "name": name, "phone": int(phone), "address": address, "ward": ward, "district": "", "city": city,
            }  # fmt: skip
        else:
            place = {"user_city": city, "user_ward": ward, "user_address": address}
            info = {"name": name, "phone": phone, "user_dob": born, "gender": gender, "full_address": place}
        self._touch()
        return self._tell({**self._ends(), "event_name": "user_submit_info", "info": info})

    async def calls(self, seconds: float = 9.0) -> dict[str, Any]:
        """Ring the account and talk; it renews the window."""
        self._touch()
        talked = str(int(seconds * 1000))
        event = {
            "event_name": "user_call_oa",
            "oa_id": self._world.oa_id,
            "user_id": self.user_id,
            "user_id_by_app": self.user_id_by_app,
            "call_id": self._world.events.new_message_id(),
            "call_type": "AUDIO",
            "init_time": self._world.ms(),
            "call_duration": talked,
            "waiting_time": "0",
            "talk_time": talked,
            "status_code": 0,
        }
        return self._tell(event)

    async def reacts(self, message: SentMessage, icon: str = "/-strong") -> dict[str, Any]:
        """Put a sign under a message of the account."""
        message.reactions.append(icon)
        body = {"msg_id": message.message_id, "react_icon": icon}
        return self._tell({**self._ends(), "event_name": "user_reacted_message", "message": body})

    async def reads(self) -> dict[str, Any] | None:
        """Open the chat: what was not seen yet is reported as seen."""
        unseen = [message for message in self._messages() if not message.seen]
        for message in unseen:
            message.seen = True
        if not unseen or not self.on_mobile:
            return None
        body = {"msg_ids": [message.message_id for message in unseen]}
        return self._tell({**self._world.from_oa(self), "event_name": "user_seen_message", "message": body})

    async def withdraws(self) -> dict[str, Any]:
        """Use the right of a data subject: the account must forget them."""
        return self._tell({"event_name": "user_withdraw", "oa_id": self._world.oa_id, "user_id": self.user_id})

    async def renames(self, name: str) -> dict[str, Any]:
        """Change the shown name."""
        self.name = name
        event = {"event_name": "update_user_info", "oa_id": self._world.oa_id, "user_id": self.user_id}
        return self._tell({**event, "info": {"name": name}})

    async def goes_away(self) -> None:
        """Leave Zalo alone for 45 days; the account learns when it writes (-227)."""
        self.gone = True
        if self.last_interaction is not None:
            self.last_interaction = min(self.last_interaction, self._world.clock() - _ABSENT)

    def restricts(self, *kinds: str) -> None:
        """Take no more messages of some kinds from this account (-244); `template` is one."""
        self.restricted |= set(kinds)

    # Inside

    def _messages(self) -> list[SentMessage]:
        return self._world.messages_to(self.user_id)

    def _touch(self) -> None:
        self.last_interaction = self._world.clock()
        self.turned_away = False
        self.gone = False

    def _tell(self, event: dict[str, Any]) -> dict[str, Any]:
        return self._world.tell(self, event)

    def _ends(self) -> dict[str, Any]:
        return {
            "sender": {"id": self.user_id},
            "user_id_by_app": self.user_id_by_app,
            "recipient": {"id": self._world.oa_id},
        }

    def _says(self, event_name: str, message: dict[str, Any]) -> dict[str, Any]:
        self._touch()
        body = {**message, "msg_id": self._world.events.new_message_id()}
        self._world.received[body["msg_id"]] = body
        return self._tell({**self._ends(), "event_name": event_name, "message": body})

    def _attaches(self, event_name: str, kind: str, payload: dict[str, Any], text: str = "") -> dict[str, Any]:
        said = {"text": text} if text or kind == "location" else {}
        return self._says(event_name, {**said, "attachments": [{"type": kind, "payload": payload}]})

    def _follower(self, event_name: str, source: str) -> dict[str, Any]:
        return self._tell(
            {
                "event_name": event_name,
                "oa_id": self._world.oa_id,
                "follower": {"id": self.user_id},
                "user_id_by_app": self.user_id_by_app,
                "source": source,
            }
        )

    def _find(self, wanted: str, on: SentMessage | None) -> Button:
        where = [on] if on is not None else list(reversed(self._messages()))
        for message in where:
            by_title = [button for button in message.buttons if button.title == wanted]
            for button in (*by_title, *(button for button in message.buttons if button.payload == wanted)):
                return button
        labels = [label for message in where[:3] for label in message.labels]
        raise AssertionError(f"{self.name} sees no button {wanted!r}; the last ones are {labels}.")
