"""
A message as Telegram shows it: pieces, captions, albums, keyboards, and the one place where text is escaped.

Limits: https://core.telegram.org/bots/api#sendmessage, #inlinekeyboardbutton, #sendmediagroup
"""

import html
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.channel import Words, length, pieces, spans, tidy, unmarked, with_list
from content.message import Attachment, Choice, Message

log = logging.getLogger(__name__)

MOST_TEXT = 4096  # code points after parsing
MOST_CAPTION = 1024
MOST_ACTION = 64  # bytes of callback_data
MOST_BOLD = 100  # entities of one message; the platform forgets the others
MOST_ALBUM = 10
MOST_PHOTO = 10 * 1024 * 1024  # a larger picture travels as a document
OGG = b"OggS"  # the only sound that is shown as a voice message: https://core.telegram.org/bots/api#sendvoice
ROWS = 8
COLUMNS = 2  # old phones cut a third one off
SHORT_LABEL = 20  # two such labels stand side by side on a narrow screen

_NAME = re.compile(r'[\s"\\/\x00-\x1f\x7f]+')
"""Characters that would end a file's name early in the request."""

Markup = Mapping[str, Any]
"""A keyboard as the platform takes it: https://core.telegram.org/bots/api#inlinekeyboardmarkup, #replykeyboardmarkup"""
INLINE = "inline_keyboard"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way: its name and bytes, and whether it goes as a picture or as a voice."""

    name: str
    content: bytes
    photo: bool
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One request: a text, one file with a caption, or an album."""

    text: str = ""
    uploads: tuple[Upload, ...] = ()
    markup: Markup | None = None


def as_html(text: str) -> str:
    """Escape the words and turn the light markup into tags; the only place where either happens."""
    rendered: list[str] = []
    bolds = 0
    for bold, words in spans(text):
        safe = html.escape(words, quote=False)
        if bold and words.strip() and bolds < MOST_BOLD:
            bolds += 1
            safe = f"<b>{safe}</b>"
        rendered.append(safe)
    return "".join(rendered)


def parts_of(message: Message, files: Mapping[str, bytes], words: Words) -> list[Part]:
    """
    Plan the requests for one message, in the order in which they are read.

    Pictures and papers come first, the text with the buttons last, as one caption where it fits.
    A text that is too long becomes several messages.  A file that was not handed over is missing from the plan and
    named in the log. A message with nothing to show gives an empty plan.
    """
    text, markup = _text_and_markup(message, words)
    groups = _groups(_uploads(message.attachments, files))
    if len(groups) == 1 and len(groups[0]) == 1 and length(text) <= MOST_CAPTION:
        return [Part(text, groups[0], markup)]
    planned = [Part(uploads=group) for group in groups]
    said = pieces(text, MOST_TEXT)
    planned += [Part(piece) for piece in said[:-1]]
    if said:
        planned.append(Part(said[-1], markup=markup))
    return planned


def _text_and_markup(message: Message, words: Words) -> tuple[str, Markup | None]:
    choices = tuple(Choice(unmarked(tidy(choice.label)), choice.action) for choice in message.choices)
    clean = Message(tidy(message.text), choices, numbered=message.numbered, first=message.first)
    if message.ask in ("contact", "location"):
        return clean.text, _asking(message.ask, choices, words)
    if not choices:
        # Takes away a keyboard that asked for a number or a place and was answered by typing.
        return clean.text, {"remove_keyboard": True}
    tappable = [choice for choice in choices if _fits(choice)]
    rows = _rows(tappable)
    if len(tappable) == len(choices) and len(rows) <= ROWS:
        return clean.text, {INLINE: rows}
    if message.numbered:
        tappable = [
            Choice(f"{number}. {choice.label}", choice.action)
            for number, choice in enumerate(choices, message.first)
            if _fits(choice)
        ]
    rows = _pairs(tappable)[:ROWS]
    return with_list(clean), {INLINE: rows} if rows else None


def _fits(choice: Choice) -> bool:
    if choice.label and 0 < len(choice.action.encode()) <= MOST_ACTION:
        return True
    log.warning("a choice cannot be a button", extra={"channel": "telegram", "bytes": len(choice.action.encode())})
    return False


def _button(choice: Choice) -> Mapping[str, str]:
    return {"text": choice.label, "callback_data": choice.action}


def _rows(choices: Sequence[Choice]) -> list[list[Mapping[str, str]]]:
    """Two short labels that follow each other share a row; a long one has its own."""
    rows: list[list[Mapping[str, str]]] = []
    open_row = False
    for choice in choices:
        short = len(choice.label) <= SHORT_LABEL
        if open_row and short:
            rows[-1].append(_button(choice))
            open_row = False
        else:
            rows.append([_button(choice)])
            open_row = short
    return rows


def _pairs(choices: Sequence[Choice]) -> list[list[Mapping[str, str]]]:
    return [[_button(choice) for choice in choices[at : at + COLUMNS]] for at in range(0, len(choices), COLUMNS)]


def _asking(ask: str, choices: Sequence[Choice], words: Words) -> Markup:
    """
    A keyboard that shares the number or the place; the choices are labels below it.

    One message cannot have both kinds of keyboard; a label pressed here arrives as text.
    """
    if ask == "contact":
        first = {"text": words.share_phone, "request_contact": True}
    else:
        first = {"text": words.share_place, "request_location": True}
    rows = [[first], *([{"text": choice.label}] for choice in choices if choice.label)]
    return {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}


def _sound(content: bytes) -> str:
    """The ending of a sound's name by its first bytes, so that a phone knows how to play it."""
    if content.startswith(OGG):
        return "ogg"
    if content.startswith(b"#!AMR"):
        return "amr"
    return "m4a" if content[4:8] == b"ftyp" else "aac" if content[:2] in {b"\xff\xf1", b"\xff\xf9"} else "mp3"


def _uploads(attachments: Sequence[Attachment], files: Mapping[str, bytes]) -> list[Upload]:
    found = []
    for attachment in attachments:
        content = files.get(attachment.file)
        if not content:
            log.error("an attachment was not handed over", extra={"channel": "telegram", "file": attachment.file})
            continue
        photo = attachment.kind == "photo" and len(content) <= MOST_PHOTO
        name = _NAME.sub(" ", tidy(attachment.name)).strip() or "file"
        voice = attachment.kind == "voice"
        if voice:
            name += f".{_sound(content)}"
        found.append(Upload(name, content, photo, voice and content.startswith(OGG)))
    return found


def _groups(uploads: Sequence[Upload]) -> list[tuple[Upload, ...]]:
    """Albums of one kind, since pictures and papers do not mix; ten at most.  A voice goes alone."""
    groups: list[tuple[Upload, ...]] = [(upload,) for upload in uploads if upload.voice]
    for photo in (True, False):
        kind = [upload for upload in uploads if upload.photo is photo and not upload.voice]
        groups += [tuple(kind[at : at + MOST_ALBUM]) for at in range(0, len(kind), MOST_ALBUM)]
    return groups
