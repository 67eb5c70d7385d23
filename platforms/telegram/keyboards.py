"""Keyboards under messages: what the platform refuses, and what a person can press."""

from dataclasses import dataclass
from typing import Any

from .refusals import bad

BUTTONS = 100
BUTTONS_IN_A_ROW = 8
CALLBACK_BYTES = 64
PLACEHOLDER = 64
STYLES = ("danger", "success", "primary")
_ACTIONS = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


@dataclass(frozen=True, slots=True)
class Button:
    """A button as a person sees it; one of `data`, `url` and `asks` may be filled."""

    label: str
    data: str = ""
    url: str = ""
    asks: str = ""
    inline: bool = True


def check_markup(markup: dict[str, Any] | None, *, private: bool) -> list[str]:
    """Refuse a keyboard that the platform refuses; answers with what it takes and should not be sent."""
    if markup is None:
        return []
    faults: list[str] = []
    if "inline_keyboard" in markup:
        rows = markup["inline_keyboard"]
        _check_size(rows)
        for button in (button for row in rows for button in row):
            faults += _check_inline(button)
        faults += ["inline keyboard: an empty row"] if any(not row for row in rows) else []
    elif "keyboard" in markup:
        rows = markup["keyboard"]
        if not any(rows):
            raise bad("object expected as reply markup: keyboard must have buttons")
        for button in (button for row in rows for button in row):
            _check_reply(button, private=private)
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= len(placeholder) <= PLACEHOLDER:
        raise bad("input field placeholder must have 1-64 characters")  # our wording
    return faults


def buttons_of(markup: dict[str, Any] | None) -> list[list[Button]]:
    """The rows of buttons that a person sees."""
    if not markup:
        return []
    if "inline_keyboard" in markup:
        return [
            [Button(b["text"], b.get("callback_data", ""), b.get("url", "")) for b in row]
            for row in markup["inline_keyboard"]
        ]
    return [
        [Button(b, inline=False) if isinstance(b, str) else Button(b["text"], asks=_asks(b), inline=False) for b in row]
        for row in markup.get("keyboard", [])
    ]


def _asks(button: dict[str, Any]) -> str:
    return next((word for word in ("contact", "location") if button.get(f"request_{word}")), "")


def _check_size(rows: list[list[Any]]) -> None:
    if sum(map(len, rows)) > BUTTONS or any(len(row) > BUTTONS_IN_A_ROW for row in rows):
        raise bad("reply markup is too long")


def _check_inline(button: dict[str, Any]) -> list[str]:
    if not button["text"].strip():
        raise bad("BUTTON_TEXT_INVALID")  # our wording
    actions = [key for key in _ACTIONS if key in button]
    if not actions:
        raise bad("Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= CALLBACK_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not url.startswith(("http://", "https://", "tg://")):
        raise bad("BUTTON_URL_INVALID")
    if "style" in button and button["style"] not in STYLES:
        raise bad("invalid button style specified")  # our wording
    return [f"inline keyboard: a button with {' and '.join(actions)}"] if len(actions) > 1 else []


def _check_reply(button: Any, *, private: bool) -> None:
    label = button if isinstance(button, str) else button["text"]
    if not label.strip():
        raise bad("keyboard button text must be non-empty")  # our wording
    if isinstance(button, str) or private:
        return
    if button.get("request_contact"):
        raise bad("phone number can be requested in private chats only")
    if button.get("request_location"):
        raise bad("location can be requested in private chats only")
