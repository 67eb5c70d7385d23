"""Messages of the account as the person sees them."""

from dataclasses import dataclass, field
from typing import Any

from .quota import Payment
from .uploads import Stored


@dataclass(frozen=True, slots=True)
class Button:
    """One button; `payload` is a text for query buttons and an object for the others."""

    title: str
    type: str
    payload: Any

    @property
    def asks(self) -> bool:
        """Whether a press sends the payload as a message of the person."""
        return self.type.startswith("oa.query.")


@dataclass(frozen=True, slots=True)
class Content:
    """
    A message body that was taken.

    `kind` is text, image, gif, sticker, file, list, request_user_info, article, template.
    """

    kind: str
    text: str = ""
    buttons: tuple[Button, ...] = ()
    url: str = ""
    stored: Stored | None = None
    elements: tuple[dict[str, Any], ...] = ()
    quoted: str = ""


@dataclass(slots=True, eq=False)
class SentMessage:
    """One message on its way to one person; `phone` is set when it went to a number."""

    message_id: str
    user_id: str
    content: Content
    at: float
    paid: Payment
    phone: str = ""
    template_id: str = ""
    template_data: dict[str, str] = field(default_factory=dict)
    tracking_id: str = ""
    mode: str = ""
    admin_id: str = ""
    seen: bool = False
    reactions: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.content.text

    @property
    def kind(self) -> str:
        return self.content.kind

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.content.buttons

    @property
    def labels(self) -> list[str]:
        return [button.title for button in self.buttons]

    @property
    def paid_by(self) -> str:
        return self.paid.by

    @property
    def price(self) -> int:
        """In đồng, only when it was charged."""
        return self.paid.price


@dataclass(slots=True)
class Request:
    """One call as it came in; `error` is the platform's answer, `None` when no answer went out."""

    path: str
    given: dict[str, Any]
    at: float
    host: str = ""
    token: str = ""
    error: int | None = None
    message: str = ""
