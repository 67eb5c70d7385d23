"""
The Telegram channel: how a message is sent, and which outcome each answer of the platform is.

https://core.telegram.org/bots/api
"""

import contextlib
import json
import logging
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telegram import Bot, InputFile, InputMediaDocument, InputMediaPhoto, LinkPreviewOptions
from telegram import Message as Posted
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.channels.channel import FetchError, Words, unmarked
from bot.channels.telegram.reading import Reader
from bot.channels.telegram.refusals import outcome_of
from bot.channels.telegram.rendering import INLINE, MOST_TEXT, Markup, Part, as_html, parts_of
from bot.channels.telegram.transport import AiohttpRequest
from content.message import Message
from handlers.conversation.incoming import Incoming
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain

log = logging.getLogger(__name__)

# The library's coming default; with its present one, reading how long to wait is itself a warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

NO_PREVIEW = LinkPreviewOptions(is_disabled=True).to_json()
MOST_HALFWAY = 1_000
MOST_PRESSES = 5_000
MOST_TOAST = 200
"""Letters of a notice above the chat (https://core.telegram.org/bots/api#answercallbackquery)."""

# Descriptions of a 400, in small letters; the platform keeps their beginnings stable.
_UNPARSED = ("can't parse entities",)
_UNCHANGED = ("message is not modified",)
_NOT_EDITABLE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message to edit",
)
_NO_VOICE = ("voice_messages_forbidden", "user restricted receiving of voice")
_NO_PICTURE = ("photo_invalid_dimensions", "image_process_failed", "photo_save_file_invalid", "wrong type of the web")


@dataclass(slots=True)
class Halfway:
    """The parts of a message that were sent, so that a retry does not repeat them."""

    done: int = 0
    last: str = ""


@dataclass(slots=True)
class TelegramChannel:
    """
    One bot on Telegram.

    `bot` and the ids are made by `open_telegram`; nothing here knows the token.  The parts of a long
    message that were sent are kept in memory.  A retry in this process continues after them; after a
    restart it sends all parts again (duplicated rather than lost).
    """

    bot: Bot = field(repr=False)  # the library writes the token into its own repr
    words: Words
    reader: Reader = field(repr=False)
    transports: tuple[AiohttpRequest, ...]
    _halfway: "OrderedDict[tuple[str, Message], Halfway]" = field(default_factory=OrderedDict)
    _presses: "OrderedDict[str, str]" = field(default_factory=OrderedDict)

    name = "telegram"
    buttons = True
    most_text = MOST_TEXT

    def address(self, raw: bytes) -> tuple[str, str]:
        return self.reader.address(raw)

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        said, press = self.reader.read(raw, now=now)
        if said is not None and press:
            # The query is answered by its id, which other channels do not have.
            self._presses[said.event] = press
            while len(self._presses) > MOST_PRESSES:
                self._presses.popitem(last=False)
        return said

    async def noticed(self, said: Incoming, words: str = "") -> None:
        press = self._presses.pop(said.event, "")
        with contextlib.suppress(TelegramError):
            if press:
                # Without it the button keeps spinning under the person's thumb.
                await self.bot.answer_callback_query(press, words[:MOST_TOAST] or None)
            elif said.kind in {"photo", "document", "voice"}:
                await self.bot.send_chat_action(_chat(said.account), ChatAction.TYPING)

    async def fetch(self, ref: str, most: int) -> bytes:
        try:
            file = await self.bot.get_file(ref)
            if (file.file_size or 0) > most:
                raise FetchError("larger than allowed", final=True)
            content = bytes(await file.download_as_bytearray())
        except BadRequest as refusal:
            raise FetchError(refusal.message, final=True) from None
        except TelegramError as trouble:
            raise FetchError(type(trouble).__name__, final=False) from None
        except (RuntimeError, ValueError):  # the answer named no place to get it from
            raise FetchError("no address given", final=True) from None
        if len(content) > most:
            raise FetchError("larger than allowed", final=True)
        return content

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        parts = parts_of(message, files, self.words)
        if not parts:
            return Refused("Nothing to show")
        halfway = self._halfway.pop((account, message), None) or Halfway()
        outcome = await self._outcome(account, message, parts, halfway)
        if isinstance(outcome, TryAgain | Doubtful) and halfway.done:
            self._halfway[(account, message)] = halfway
            while len(self._halfway) > MOST_HALFWAY:
                self._halfway.popitem(last=False)
        return outcome

    async def _outcome(self, account: str, message: Message, parts: list[Part], halfway: Halfway) -> Outcome:
        """Every refusal and silence the platform is known for, told apart by its future."""
        try:
            await self._show(account, message, parts, halfway)
        except TelegramError as error:
            return outcome_of(error)
        return Sent(halfway.last)

    async def _show(self, account: str, message: Message, parts: list[Part], halfway: Halfway) -> None:
        if message.replaces and len(parts) == 1 and not parts[0].uploads and not message.ask:
            shown = await self._edit(account, message.replaces, parts[0])
            if shown:
                halfway.last = shown
                return
        for part in parts[halfway.done :]:
            halfway.last = str(await self._say(account, part))
            halfway.done += 1

    async def _edit(self, account: str, replaces: str, part: Part) -> str:
        """Edit a message in place.  An empty answer means that it has to be sent as a new message."""
        if not replaces.isascii() or not replaces.isdigit():
            return ""
        markup = part.markup if part.markup is not None and INLINE in part.markup else None
        try:
            await self._marked(
                part.text,
                lambda text, mode: self._ask("editMessageText", account, text, mode, markup, {"message_id": replaces}),
            )
        except BadRequest as refusal:
            if _says(refusal, _UNCHANGED):
                return replaces
            if _says(refusal, _NOT_EDITABLE):
                return ""
            raise
        return replaces

    async def _say(self, account: str, part: Part) -> int:
        """One request; answers the id of the (last) message."""
        if len(part.uploads) > 1:
            return await self._album(_chat(account), part)
        if part.uploads:
            return await self._file(_chat(account), part)
        posted = await self._marked(
            part.text, lambda text, mode: self._ask("sendMessage", account, text, mode, part.markup, {})
        )
        # taken, so a further attempt would double it, whatever the answer lacks
        return int(posted["message_id"]) if isinstance(posted, dict) and "message_id" in posted else 0

    async def _ask(
        self, method: str, account: str, text: str, mode: str | None, markup: Markup | None, more: Mapping[str, str]
    ) -> Any:
        said = {"chat_id": account, "text": text, "link_preview_options": NO_PREVIEW, **more}
        if mode is not None:
            said["parse_mode"] = mode
        if markup is not None:
            said["reply_markup"] = json.dumps(markup)
        return await self.transports[0].ask(f"{self.bot.base_url}/{method}", said)

    async def _file(self, chat: int | str, part: Part) -> int:
        upload = part.uploads[0]
        more = None if part.markup is None else {"reply_markup": part.markup}
        if upload.photo:
            try:
                picture: Posted = await self._marked(
                    part.text,
                    lambda text, mode: self.bot.send_photo(
                        chat,
                        InputFile(upload.content, filename=upload.name),
                        caption=text or None,
                        parse_mode=mode,
                        api_kwargs=more,
                    ),
                )
                return picture.message_id
            except BadRequest as refusal:
                if not _says(refusal, _NO_PICTURE):
                    raise
                log.info("a picture goes as a document", extra={"channel": self.name, "reason": refusal.message})
        if upload.voice:
            try:
                voice: Posted = await self._marked(
                    part.text,
                    lambda text, mode: self.bot.send_voice(
                        chat,
                        InputFile(upload.content, filename=upload.name),
                        caption=text or None,
                        parse_mode=mode,
                        api_kwargs=more,
                    ),
                )
                return voice.message_id
            except BadRequest as refusal:
                if not _says(refusal, _NO_VOICE):
                    raise
                log.info("a voice goes as a document", extra={"channel": self.name, "reason": refusal.message})
        paper: Posted = await self._marked(
            part.text,
            lambda text, mode: self.bot.send_document(
                chat,
                InputFile(upload.content, filename=upload.name),
                caption=text or None,
                parse_mode=mode,
                api_kwargs=more,
                disable_content_type_detection=True,
            ),
        )
        return paper.message_id

    async def _album(self, chat: int | str, part: Part) -> int:
        media = [
            InputMediaPhoto(upload.content, filename=upload.name)
            if upload.photo
            else InputMediaDocument(upload.content, filename=upload.name)
            for upload in part.uploads
        ]
        try:
            posted = await self.bot.send_media_group(chat, media)
        except BadRequest as refusal:
            if not (part.uploads[0].photo and _says(refusal, _NO_PICTURE)):
                raise
            log.info("an album goes as documents", extra={"channel": self.name, "reason": refusal.message})
            papers = [InputMediaDocument(upload.content, filename=upload.name) for upload in part.uploads]
            posted = await self.bot.send_media_group(chat, papers)
        return posted[-1].message_id

    @staticmethod
    async def _marked(text: str, ask: Any) -> Any:
        """Send marked text.  If the platform cannot parse it, send it again as plain text."""
        try:
            return await ask(as_html(text), ParseMode.HTML)
        except BadRequest as refusal:
            if not _says(refusal, _UNPARSED):
                raise
            log.warning("telegram could not parse our markup", extra={"reason": refusal.message})
            return await ask(unmarked(text), None)


def open_telegram(
    token: str, words: Words, *, base_url: str = "https://api.telegram.org", username: str = ""
) -> TelegramChannel:
    """
    Make the channel of one bot; asks nothing of the platform yet.

    Close it with `close_telegram`.  `base_url` is the root of the server.
    """
    root = base_url.rstrip("/")
    calls, waits = AiohttpRequest(), AiohttpRequest(connections=1)
    bot = Bot(token, base_url=f"{root}/bot", base_file_url=f"{root}/file/bot", request=calls, get_updates_request=waits)
    reader = Reader(bot_id=token.partition(":")[0], username=username)
    return TelegramChannel(bot, words, reader, (calls, waits))


async def close_telegram(channel: TelegramChannel) -> None:
    """Close the connections.  Requests in flight are cut off and become doubtful."""
    for transport in channel.transports:
        await transport.shutdown()


def _chat(account: str) -> int | str:
    return int(account) if account.removeprefix("-").isdecimal() else account


def _says(refusal: BadRequest, beginnings: tuple[str, ...]) -> bool:
    said = refusal.message.casefold()
    return any(words in said for words in beginnings)
