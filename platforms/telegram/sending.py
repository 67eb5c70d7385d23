"""The calls of the Bot API that write into chats: what each takes, refuses and leaves behind."""

from collections.abc import Callable
from typing import Any

from .entities import Entity, MarkupError, Parsed, parse_html, plain
from .keyboards import check_markup
from .messages import Chat, SentMessage
from .refusals import Refusal, bad
from .schema import Upload
from .world import World

TEXT = 4096
RAW_BYTES = 32_768
CAPTION = 1024
ANSWER = 200
ALBUM = range(2, 11)
CALLBACK_SECONDS = 150.0
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


class Sending:
    """The writing half of the server; the server gives it its memory."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendDocument": self.send_document,
            "sendVoice": self.send_voice,
            "sendMediaGroup": self.send_media_group,
            "sendChatAction": self.send_chat_action,
            "editMessageText": self.edit_text,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete,
            "answerCallbackQuery": self.answer_callback,
        }

    def send_message(self, values: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(values)
        parsed = self._text(values)
        self._prepare(values, chat)
        return self._keep(chat, "sendMessage", values, parsed, raw=values["text"])

    def send_photo(self, values: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(values)
        parsed = self._caption(values)
        sizes, content = self._photo(values["photo"], {})
        self._prepare(values, chat)
        return self._keep(
            chat, "sendPhoto", values, parsed, raw=values.get("caption", ""), photo=tuple(sizes), photo_content=content
        )

    def send_document(self, values: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(values)
        parsed = self._caption(values)
        document = self._document(values["document"], {})
        self._prepare(values, chat)
        return self._keep(chat, "sendDocument", values, parsed, raw=values.get("caption", ""), document=document)

    def send_voice(self, values: dict[str, Any]) -> dict[str, Any]:
        """Keep a voice message; anything but Ogg would be shown as a file, which is a fault of the caller here."""
        chat = self._chat(values)
        parsed = self._caption(values)
        voice = self._document(values["voice"], {})
        if not voice.content.startswith(b"OggS"):
            self._world.faults.append("sendVoice: only OGG with OPUS is shown as a voice message")
            raise bad("wrong type of the file")
        self._prepare(values, chat)
        return self._keep(chat, "sendVoice", values, parsed, raw=values.get("caption", ""), document=voice)

    def send_media_group(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        chat = self._chat(values)
        media = values["media"]
        if len(media) not in ALBUM:
            raise bad(
                "Too many messages to send as an album" if len(media) > 10 else "there are too few media in the album"
            )
        kinds = {item["type"] for item in media}
        if not kinds <= {"photo", "video", "live_photo"} and len(kinds) > 1:
            raise bad("Can't use the media of the specified type in the album")
        if not kinds <= {"photo", "document"}:
            self._world.faults.append("sendMediaGroup: this server keeps photos and documents only")
            raise bad("Can't use the media of the specified type in the album")
        files = self._world.files_of_this_call
        items: list[tuple[Parsed, dict[str, Any], str]] = []
        for item in media:
            caption = self._caption(item)
            if item["type"] == "photo":
                sizes, content = self._photo(item["media"], files)
                items.append((caption, {"photo": tuple(sizes), "photo_content": content}, item.get("caption", "")))
            else:
                document = self._document(item["media"], files)
                items.append((caption, {"document": document}, item.get("caption", "")))
        self._prepare(values, chat, count=len(items))
        group = self._world.new_media_group()
        return [
            self._keep(chat, "sendMediaGroup", values, parsed, raw=raw, media_group_id=group, **content)
            for parsed, content, raw in items
        ]

    def send_chat_action(self, values: dict[str, Any]) -> bool:
        chat = self._chat(values)
        if values["action"] not in ACTIONS:
            raise bad("wrong parameter action in request")
        self._world.actions.append((chat.chat_id, values["action"]))
        return True

    def edit_text(self, values: dict[str, Any]) -> Any:
        chat = self._editable_chat(values)
        if "text" not in values:
            raise bad("message text is empty")
        parsed = self._text(values)
        message = self._editable(chat, values)
        if message.method != "sendMessage":
            raise bad("there is no text in the message to edit")
        markup = self._markup(values, chat)
        entities = _as_json(parsed.entities)
        if (parsed.text, entities, markup) == (message.text, message.entities, _shown(message.reply_markup)):
            raise bad(NOT_MODIFIED)
        self._world.traffic.pass_or_refuse(chat.chat_id)
        message.edit(
            self._world.now(), text=parsed.text, raw=values["text"], entities=entities, reply_markup=markup,
            parse_mode=values.get("parse_mode", ""),
        )  # fmt: skip
        return self._world.changed(message)

    def edit_markup(self, values: dict[str, Any]) -> Any:
        chat = self._editable_chat(values)
        message = self._editable(chat, values)
        markup = self._markup(values, chat)
        if markup == _shown(message.reply_markup):
            raise bad(NOT_MODIFIED)
        self._world.traffic.pass_or_refuse(chat.chat_id)
        message.edit(self._world.now(), reply_markup=markup)
        return self._world.changed(message)

    def delete(self, values: dict[str, Any]) -> bool:
        chat = self._chat(values)
        message = self._world.message(chat.chat_id, values["message_id"])
        if message is None:
            theirs = (chat.chat_id, values["message_id"]) in self._world.received
            if theirs and chat.private:
                self._world.received.pop((chat.chat_id, values["message_id"]))
                return True
            raise bad("message can't be deleted" if theirs else "message to delete not found")
        message.deleted = True
        self._world.bell.ring()
        return True

    def answer_callback(self, values: dict[str, Any]) -> bool:
        press = self._world.presses.get(values["callback_query_id"])
        if press is None or self._world.clock() > press.at + CALLBACK_SECONDS:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(values.get("text", "")) > ANSWER:
            raise bad("MESSAGE_TOO_LONG")
        press.answers.append(values)
        self._world.bell.ring()
        return True

    # Shared by the calls

    def _chat(self, values: dict[str, Any]) -> Chat:
        given = values["chat_id"]
        chat = self._world.chats.get(int(given)) if given.lstrip("-").isdigit() else None
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        if chat.closed is not None:
            raise Refusal(*chat.closed)
        return chat

    def _editable_chat(self, values: dict[str, Any]) -> Chat:
        if "inline_message_id" in values:
            raise bad("MESSAGE_ID_INVALID")  # this bot has no inline mode
        for name, words in (("chat_id", "chat_id is empty"), ("message_id", "message identifier is not specified")):
            if name not in values:
                raise bad(words)
        return self._chat(values)

    def _editable(self, chat: Chat, values: dict[str, Any]) -> SentMessage:
        message = self._world.message(chat.chat_id, values["message_id"])
        if message is None:
            theirs = (chat.chat_id, values["message_id"]) in self._world.received
            raise bad("message can't be edited" if theirs else "message to edit not found")
        if message.reply_markup is not None and "inline_keyboard" not in message.reply_markup:
            raise bad("message can't be edited")
        return message

    def _parsed(self, raw: str, values: dict[str, Any], marks: str) -> Parsed:
        if len(raw.encode()) > RAW_BYTES:
            raise bad("text is too long")
        mode = values.get("parse_mode", "").lower()
        if mode not in ("", "none", "html"):
            self._world.faults.append(f"parse_mode {values['parse_mode']} is not spoken here")
            raise bad("unsupported parse_mode")
        if mode != "html":
            given = tuple(
                Entity(
                    mark["type"],
                    mark["offset"],
                    mark["length"],
                    tuple((k, v) for k, v in mark.items() if k not in ("type", "offset", "length")),
                )
                for mark in values.get(marks, [])
            )
            shown = plain(raw)
            return Parsed(shown.text, given) if given else shown
        try:
            parsed = parse_html(raw)
        except MarkupError as wrong:
            raise bad(f"can't parse entities: {wrong}") from wrong
        self._world.faults += [f"formatting is lost: {lost}" for lost in parsed.lost]
        return parsed

    def _text(self, values: dict[str, Any]) -> Parsed:
        parsed = self._parsed(values["text"], values, "entities")
        if not parsed.text:
            raise bad("message text is empty")
        if len(parsed.text) > TEXT:
            raise bad("message is too long")
        return parsed

    def _caption(self, values: dict[str, Any]) -> Parsed:
        parsed = self._parsed(values.get("caption", ""), values, "caption_entities")
        if len(parsed.text) > CAPTION:
            raise bad("message caption is too long")
        return parsed

    def _markup(self, values: dict[str, Any], chat: Chat) -> dict[str, Any] | None:
        markup: dict[str, Any] | None = values.get("reply_markup")
        self._world.faults += check_markup(markup, private=chat.private)
        return _shown(markup)

    def _prepare(self, values: dict[str, Any], chat: Chat, count: int = 1) -> None:
        """The last checks, in the order of the platform: keyboard, answered message, flood."""
        self._markup(values, chat)
        reply = values.get("reply_parameters")
        if reply and not reply.get("allow_sending_without_reply"):
            place = (chat.chat_id, reply["message_id"])
            if place not in self._world.received and self._world.message(*place) is None:
                raise bad("message to be replied not found")
        self._world.traffic.pass_or_refuse(chat.chat_id, count)

    def _keep(self, chat: Chat, method: str, values: dict[str, Any], parsed: Parsed, **content: Any) -> dict[str, Any]:
        message = SentMessage(
            chat_id=chat.chat_id,
            message_id=self._world.new_message_id(),
            method=method,
            date=self._world.now(),
            text=parsed.text,
            parse_mode=values.get("parse_mode", ""),
            entities=_as_json(parsed.entities),
            reply_markup=_shown(values.get("reply_markup")),
            reply_to=(values.get("reply_parameters") or {}).get("message_id"),
            **content,
        )
        return self._world.changed(message)

    def _upload(self, given: Any, files: dict[str, Upload]) -> Upload | str:
        if isinstance(given, str) and given.startswith("attach://"):
            given = (files or self._world.files_of_this_call).get(given.removeprefix("attach://"))
            if given is None:
                raise bad("attached file not found")  # our wording
        if isinstance(given, Upload) and not given.content:
            raise bad("file must be non-empty")
        return given  # type: ignore[no-any-return]

    def _photo(self, given: Any, files: dict[str, Upload]) -> tuple[list[dict[str, Any]], bytes]:
        upload = self._upload(given, files)
        if isinstance(upload, Upload):
            return self._world.files.keep_photo(upload.content, strict=True), upload.content
        stored = self._world.files.known(upload)
        if stored.folder != "photos":
            raise bad("can't use file of type Document as Photo")
        return self._world.files.keep_photo(stored.content, strict=False), stored.content

    def _document(self, given: Any, files: dict[str, Upload]) -> Any:
        upload = self._upload(given, files)
        if not isinstance(upload, Upload):
            return self._world.files.known(upload)
        if len(upload.content) > self._world.files.document_bytes:
            raise Refusal(413, "Request Entity Too Large")
        return self._world.files.keep(upload.content, folder="documents", name=upload.name, kind=upload.kind)


def _as_json(entities: tuple[Entity, ...]) -> tuple[dict[str, Any], ...]:
    return tuple(entity.as_json() for entity in entities)


def _shown(markup: dict[str, Any] | None) -> dict[str, Any] | None:
    """An inline keyboard without buttons is none."""
    if markup and "inline_keyboard" in markup and not any(markup["inline_keyboard"]):
        return None
    return markup
