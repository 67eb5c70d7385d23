"""The producer's Telegram and Zalo in the demo: their pages, their content, and their input."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from bot.demo.phones import FREE, OPEN, Entry, Phone, ZaloPhone
from bot.demo.stage import Demo, Stage
from console.demo import phone_page
from content.fold import clean
from registry.demonstration import Line

MOST_LINES = 200
MOST_WORDS = 4000
MOST_PICTURE = 10 * 1024 * 1024
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class PhoneRoutes:
    """The routes of the phones; `check` refuses requests of foreign pages."""

    def __init__(self, demo: Demo, check: Callable[[web.Request], None]) -> None:
        self._demo = demo
        self._check = check

    def routes(self) -> list[web.AbstractRouteDef]:
        at = "/demo/phone/{phone:telegram|zalo_oa}"
        return [
            web.get(at, self.show_page),
            web.get(f"{at}/lines", self.tell_lines),
            web.get(f"{at}/file/{{number:[0-9]+}}", self.open_file),
            web.post(f"{at}/say", self.say),
            web.post(f"{at}/press", self.press),
            web.post(f"{at}/picture", self.send_picture),
        ]

    async def show_page(self, request: web.Request) -> web.Response:
        headers = {**_SAFE, "Content-Security-Policy": POLICY}
        text = phone_page(say=self._demo.phrases.say, phone=request.match_info["phone"])
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)

    async def tell_lines(self, request: web.Request) -> web.Response:
        stage, phone = await self._phone(request)
        return web.json_response(self._lines(stage, phone), headers=_SAFE)

    async def open_file(self, request: web.Request) -> web.Response:
        """Return a file of an entry: the bot's, as the platform took it, or the person's picture."""
        _, phone = await self._phone(request)
        entries, number = phone.entries(), int(request.match_info["number"])
        if number >= len(entries):
            raise web.HTTPNotFound
        entry = entries[number]
        sheet = phone.sheet(entry.message) if entry.message is not None else None
        content = entry.picture if sheet is None else sheet.content
        if not content:
            raise web.HTTPNotFound
        mime = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg" if sheet is None else sheet.mime
        headers = dict(_SAFE)
        if sheet is not None and sheet.name:
            headers[hdrs.CONTENT_DISPOSITION] = "attachment"
        return web.Response(body=content, content_type=mime, headers=headers)

    async def say(self, request: web.Request) -> web.Response:
        self._check(request)
        stage, phone = await self._phone(request)
        text = clean(str((await _object(request)).get("text", "")))[:MOST_WORDS]
        if not text:
            raise web.HTTPBadRequest
        stage.guide.watch(phone.channel)
        await phone.types(text)
        return web.json_response(self._lines(stage, phone), headers=_SAFE)

    async def press(self, request: web.Request) -> web.Response:
        """Press a button of an entry; 404 when it no longer exists."""
        self._check(request)
        stage, phone = await self._phone(request)
        given = await _object(request)
        at = [given.get(name) for name in ("entry", "row", "column")]
        if not all(isinstance(one, int) for one in at):
            raise web.HTTPBadRequest
        stage.guide.watch(phone.channel)
        if not await phone.presses(*(int(str(one)) for one in at)):
            raise web.HTTPNotFound
        return web.json_response(self._lines(stage, phone), headers=_SAFE)

    async def send_picture(self, request: web.Request) -> web.Response:
        self._check(request)
        stage, phone = await self._phone(request)
        content = await request.read()
        if len(content) > MOST_PICTURE or not content.startswith(PICTURES):
            raise web.HTTPUnsupportedMediaType
        stage.guide.watch(phone.channel)
        await phone.sends_picture(content)
        return web.json_response(self._lines(stage, phone), headers=_SAFE)

    async def _phone(self, request: web.Request) -> tuple[Stage, Phone[Any]]:
        stage = await self._demo.on_stage()
        if stage is None:
            raise web.HTTPServiceUnavailable
        return stage, stage.platforms.phones[request.match_info["phone"]]

    # The content of a phone

    def _lines(self, stage: Stage, phone: Phone[Any]) -> dict[str, Any]:
        """Return the latest entries; a press is shown by its button."""
        entries = phone.entries()
        pressed: dict[int, list[str]] = {}
        for one in entries:
            if one.label:
                pressed.setdefault(one.of, []).append(one.label)
        shown = [(number, one) for number, one in enumerate(entries) if not one.label][-MOST_LINES:]
        zone = stage.assembly.house.zone
        lines = []
        for number, one in shown:
            at = datetime.fromtimestamp(one.at, zone)
            line = {"entry": number, "day": f"{at:%d/%m/%Y}", "at": f"{at:%H:%M}", "mine": one.message is None}
            lines.append({**line, **self._content(phone, one, pressed.get(number, []))})
        return {"round": stage.guide.producer.session, "lines": lines}

    def _content(self, phone: Phone[Any], entry: Entry[Any], pressed: list[str]) -> dict[str, Any]:
        if entry.message is None:
            return {"words": [[entry.text, False]] if entry.text else [], "picture": bool(entry.picture)}
        sheet = phone.sheet(entry.message)
        rows = [
            [
                {"label": tap.label, "keyboard": tap.keyboard, "opens": tap.opens, "pressed": tap.label in pressed}
                for tap in row
            ]
            for row in phone.rows(entry.message)
        ]
        return {
            "words": phone.words(entry.message),
            "picture": sheet is not None and not sheet.name,
            "file": sheet.name if sheet is not None else "",
            "rows": rows,
            "note": self._paid(entry.message) if isinstance(phone, ZaloPhone) else None,
        }

    def _paid(self, message: Any) -> Mapping[str, str] | None:
        """Return the cost of a message and its reason, which shows Zalo's windows."""
        say = self._demo.phrases.say
        if message.template_id:
            key = "demo.zalo.by_template"
        elif message.price:
            key = "demo.zalo.paid"
        else:
            return None
        return {language: say(key, language, dong=message.price) for language in ("vi", "en")}


def phones_of(demo: Demo, stage: Stage, rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the producer's phones for the page: their counts and states, and whether a draft is open."""
    say = demo.phrases.say
    told = []
    for channel, account in stage.guide.producer.accounts.items():
        key, values = _standing(stage, channel, rows["held"])
        told.append(
            {
                "id": channel,
                "heard": rows["heard"].get(account, 0),
                "vi": say(key, "vi", **values),
                "en": say(key, "en", **values),
                "draft": bool(rows["begun"]) and rows["speaks_on"] != channel,
            }
        )
    return told


def _standing(stage: Stage, channel: str, held: int) -> tuple[str, dict[str, object]]:
    """Return the sentence under the phone's name; for Zalo the window that is open now."""
    phone = stage.platforms.phones.get(channel)
    if not isinstance(phone, ZaloPhone):
        return ("demo.phone.web" if phone is None else "demo.phone.telegram"), {}
    silent = phone.silent_for
    if held:
        return "demo.zalo.held", {"count": held}
    if silent <= FREE:
        return "demo.zalo.free", {"hours": max(1, int((FREE - silent).total_seconds() // 3600))}
    return ("demo.zalo.after_48" if silent <= OPEN else "demo.zalo.after_week"), {"days": silent.days}


def transcript_lines(phone: Phone[Any], zone: ZoneInfo) -> list[Line]:
    """The chat on a phone as lines of a transcript."""
    lines = []
    for number, one in enumerate(phone.entries()):
        at = datetime.fromtimestamp(one.at, zone)
        if one.message is None:
            files = ("photo.jpg",) if one.picture else ()
            lines.append(
                Line(
                    number, at, mine=True, text=one.label or one.text, choices=(), files=files, pressed=bool(one.label)
                )
            )
            continue
        sheet = phone.sheet(one.message)
        text = "".join(words for words, _ in phone.words(one.message))
        choices = tuple((tap.label, "") for row in phone.rows(one.message) for tap in row)
        files = () if sheet is None else (sheet.name or "photo.jpg",)
        lines.append(Line(number, at, mine=False, text=text, choices=choices, files=files))
    return lines


async def _object(request: web.Request) -> Mapping[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(given, dict):
        raise web.HTTPBadRequest
    return given
