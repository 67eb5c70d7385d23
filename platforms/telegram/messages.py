"""The values the server remembers: messages as people see them, requests as received, chats."""

from dataclasses import dataclass, field
from typing import Any

from .files import StoredFile
from .keyboards import Button, buttons_of
from .schema import Upload

SUPERGROUPS_BELOW = -1_000_000_000_000


@dataclass(frozen=True, slots=True)
class Version:
    """A message as it stood before an edit."""

    text: str
    raw: str
    entities: tuple[dict[str, Any], ...]
    reply_markup: dict[str, Any] | None

    @property
    def buttons(self) -> list[Button]:
        return [button for row in buttons_of(self.reply_markup) for button in row]


@dataclass(slots=True, eq=False)
class SentMessage:
    """
    A message of the bot that the platform took.

    `text` is what people read (of a file, its caption); `raw` is what was sent; `versions` holds
    the content before each edit, oldest first.
    """

    chat_id: int
    message_id: int
    method: str
    date: int
    text: str = ""
    raw: str = ""
    parse_mode: str = ""
    entities: tuple[dict[str, Any], ...] = ()
    reply_markup: dict[str, Any] | None = None
    document: StoredFile | None = None
    photo: tuple[dict[str, Any], ...] = ()
    photo_content: bytes = b""
    media_group_id: str = ""
    reply_to: int | None = None
    edited_at: int | None = None
    deleted: bool = False
    versions: list[Version] = field(default_factory=list)

    @property
    def rows(self) -> list[list[Button]]:
        """Buttons as they stand, row by row; those of a reply keyboard too."""
        return buttons_of(self.reply_markup)

    @property
    def buttons(self) -> list[Button]:
        return [button for row in self.rows for button in row]

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.buttons]

    @property
    def document_name(self) -> str:
        return self.document.name if self.document else ""

    @property
    def document_content(self) -> bytes:
        return self.document.content if self.document else b""

    def button(self, wanted: str) -> Button | None:
        """The button with this label, or else with this callback data."""
        return next((b for b in self.buttons if b.label == wanted), None) or next(
            (b for b in self.buttons if b.data and b.data == wanted), None
        )

    def edit(self, now: int, **changes: Any) -> None:
        """Change the content and keep the previous version."""
        self.versions.append(Version(self.text, self.raw, self.entities, self.reply_markup))
        for name, value in changes.items():
            setattr(self, name, value)
        self.edited_at = now

    def as_json(self, chat: "Chat", bot: dict[str, Any]) -> dict[str, Any]:
        """The message as the platform reports it; reply keyboards are not reported."""
        message: dict[str, Any] = {
            "message_id": self.message_id,
            "from": bot,
            "chat": chat.as_json(),
            "date": self.date,
        }
        if self.edited_at is not None:
            message["edit_date"] = self.edited_at
        if self.media_group_id:
            message["media_group_id"] = self.media_group_id
        words, marks = ("text", "entities") if self.method == "sendMessage" else ("caption", "caption_entities")
        if self.document:
            message["document"] = self.document.document_json()
        if self.photo:
            message["photo"] = list(self.photo)
        if self.text:
            message[words] = self.text
        if self.entities:
            message[marks] = list(self.entities)
        if self.reply_markup and self.reply_markup.get("inline_keyboard"):
            message["reply_markup"] = self.reply_markup
        return message


@dataclass(slots=True)
class Request:
    """A request as it came, and what was answered; status 0 means that the answer was lost."""

    method: str
    given: dict[str, Any]
    files: dict[str, Upload]
    at: float
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    description: str = ""


@dataclass(slots=True)
class Press:
    """A press on a button that waits for `answerCallbackQuery`."""

    user_id: int
    data: str
    at: float
    answers: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Chat:
    """A chat with a person, or a group; `closed` is the refusal that sending into it meets."""

    chat_id: int
    name: str
    username: str = ""
    closed: tuple[int, str] | None = None
    migrated_to: int | None = None
    members: set[int] = field(default_factory=set)

    @property
    def private(self) -> bool:
        return self.chat_id > 0

    def as_json(self) -> dict[str, Any]:
        if self.private:
            named = {"username": self.username} if self.username else {}
            return {"id": self.chat_id, "type": "private", "first_name": self.name, **named}
        kind = "supergroup" if self.chat_id < SUPERGROUPS_BELOW else "group"
        return {"id": self.chat_id, "type": kind, "title": self.name}
