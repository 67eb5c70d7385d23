"""
A message as a Zalo Official Account shows it: pieces, a numbered list, up to five buttons, one file each.

Buttons are visible on phones only, so their labels are always in the text too.
https://developers.zalo.me/docs/official-account/phu-luc/cau-truc-cua-tham-so-buttons
"""

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.channels.channel import LinkFor, Words, pieces, tidy, unmarked, with_list
from bot.channels.zalo_oa.reading import OURS
from content.message import Attachment, Choice, Message

log = logging.getLogger(__name__)

MOST_TEXT = 2_000
MOST_BUTTONS = 5
MOST_TITLE = 100
MOST_SUBTITLE = 500
MOST_IMAGE = 1_000_000  # the page says 1 MB; the smaller of its two meanings is safe
MOST_FILE = 5_000_000

_NAME = re.compile(r'[\s"\\/\x00-\x1f\x7f]+')
_PICTURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
_PAPERS = {b"%PDF": "pdf", b"\xd0\xcf\x11\xe0": "doc", b"PK\x03\x04": "docx"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has to be handed over before the message that shows it."""

    kind: Literal["image", "file"]
    name: str
    content: bytes = field(repr=False)

    @property
    def mark(self) -> str:
        """The same for the same bytes, so that they are handed over once."""
        return f"{self.kind}:{self.name}:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Part:
    """One request: a text with buttons, one file, or the question for the number."""

    text: str = ""
    buttons: tuple[Choice, ...] = ()
    upload: Upload | None = None
    form: tuple[str, str] | None = None  # title and subtitle of the question for the number

    def body(self, *, token: str = "", image: str = "") -> dict[str, Any]:
        """The `message` of the request; `token` stands for the upload, `image` decorates the question."""
        if self.form is not None:
            element = {"title": self.form[0], "subtitle": self.form[1], "image_url": image}
            return _template({"template_type": "request_user_info", "elements": [element]})
        if self.upload is not None and self.upload.kind == "file":
            return {"attachment": {"type": "file", "payload": {"token": token}}}
        if self.upload is not None:
            element = {"media_type": "image", "attachment_id": token}
            told = _template({"template_type": "media", "elements": [element]})
            return {"text": self.text, **told} if self.text else told
        if self.buttons:
            buttons = [
                {"title": choice.label, "type": "oa.query.hide", "payload": f"#{choice.action}"}
                for choice in self.buttons
            ]
            return {"text": self.text, **_template({"buttons": buttons})}
        return {"text": self.text}


def parts_of(
    message: Message, files: Mapping[str, bytes], words: Words, *, asks: bool, link_for: LinkFor | None = None
) -> list[Part]:
    """
    Plan the requests for one message, in the order in which they are read.

    Files come first, one per request, then the text with its list; the buttons are under its last piece. `asks` is
    true where the question for the number can be a form.  A file the platform does not accept
    becomes a line with its address, or one that says how to get it.
    """
    choices = tuple(Choice(_one_line(choice.label), choice.action) for choice in message.choices)
    text = unmarked(tidy(message.text))
    uploads, lines = _uploads(message.attachments, files, link_for, words)
    text = "\n".join(part for part in (text, *lines) if part)
    asked = message.ask == "contact" and asks
    if asked and not choices and 0 < len(text) <= MOST_SUBTITLE:
        return [*(Part(upload=one) for one in uploads), Part(form=(words.share_phone[:MOST_TITLE], text))]
    if len(uploads) == 1 and uploads[0].kind == "image" and not choices and len(text) <= MOST_TEXT:
        planned = [Part(text, upload=uploads[0])]
    else:
        planned = [Part(upload=one) for one in uploads]
        said = pieces(_with_choices(replace(message, text=text, choices=choices)), MOST_TEXT)
        planned += [Part(piece) for piece in said[:-1]]
        if said:
            planned.append(Part(said[-1], _buttons(choices, numbered=message.numbered, first=message.first)))
    if asked and planned:
        planned.append(Part(form=(words.share_phone[:MOST_TITLE], words.share_phone[:MOST_SUBTITLE])))
    return planned


def _with_choices(message: Message) -> str:
    """The text with the list of choices; a choice without words keeps its number and shows none."""
    return with_list(message) if message.choices else message.text


def _buttons(choices: Sequence[Choice], *, numbered: bool, first: int) -> tuple[Choice, ...]:
    """The first five that can be buttons; where a list is longer they carry its numbers."""
    found = []
    for number, choice in enumerate(choices, first):
        if not choice.label or not OURS.fullmatch(f"#{choice.action}"):
            log.warning("a choice cannot be a button", extra={"channel": "zalo_oa", "bytes": len(choice.action)})
            continue
        label = f"{number}. {choice.label}" if numbered and len(choices) > MOST_BUTTONS else choice.label
        found.append(Choice(label[:MOST_TITLE], choice.action))
    return tuple(found[:MOST_BUTTONS])


def _uploads(
    attachments: Sequence[Attachment], files: Mapping[str, bytes], link_for: LinkFor | None, words: Words
) -> tuple[list[Upload], list[str]]:
    """The files that travel, and a line for each that does not: its address, or how to get it."""
    uploads: list[Upload] = []
    lines: list[str] = []
    for attachment in attachments:
        content = files.get(attachment.file)
        if not content:
            log.error("an attachment was not handed over", extra={"channel": "zalo_oa", "file": attachment.file})
            continue
        name = _NAME.sub(" ", tidy(attachment.name)).strip() or "file"
        upload = _upload(name, content)
        if upload is not None:
            uploads.append(upload)
            continue
        link = link_for(attachment.file) if link_for is not None else None
        lines.append(words.instead_of(name) if link is None else words.linked(name, attachment.file, link))
        log.info(
            "a file the platform does not take",
            extra={"channel": "zalo_oa", "file": attachment.file, "bytes": len(content), "linked": link is not None},
        )
    return sorted(uploads, key=lambda one: one.kind != "image"), lines


def _upload(name: str, content: bytes) -> Upload | None:
    """How a file travels, by what it is and not by what it is called; None when it cannot."""
    for kind, shapes, most in (("image", _PICTURES, MOST_IMAGE), ("file", _PAPERS, MOST_FILE)):
        for start, ending in shapes.items():
            if not content.startswith(start) or len(content) > most:
                continue
            if ending == "docx" and not name.casefold().endswith(".docx"):
                return None  # a workbook or an archive begins like a letter
            stem, _, given = name.rpartition(".")
            named = name if given.casefold() in {ending, "jpeg"} and stem else f"{name}.{ending}"
            return Upload("image" if kind == "image" else "file", named, content)
    return None


def _template(payload: dict[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _one_line(label: str) -> str:
    return " ".join(unmarked(tidy(label)).split())
