"""The page of the demo, its polling, and its buttons."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web
from sqlalchemy import Connection

from bot.channels.webchat.routes import WebChat
from bot.demo.hands import Caption
from bot.demo.people import Player
from bot.demo.phone_routes import PhoneRoutes, phones_of, transcript_lines
from bot.demo.stage import Demo, Stage
from console.demo import demo_page
from content.programme.pack import Pack
from registry import demonstration as demo_rows

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
ARRIVALS = {
    "status": "demo.arrived.status",
    "reminder": "demo.arrived.reminder",
    "broadcast": "demo.arrived.broadcast",
    "digest": "demo.arrived.digest",
    "nudge": "demo.arrived.nudge",
    "lesson": "demo.arrived.lesson",
    "event": "demo.arrived.event",
}


class DemoRoutes:
    """The routes of one demo; those of the chat belong to the current stage."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/", self.show_page),
            web.get("/demo/state", self.tell_state),
            web.post("/demo/guide/{number:[1-9]}", self.play),
            web.post("/demo/next", self.play),
            web.post("/demo/resume/{phone:telegram|zalo_oa|webchat}", self.resume),
            web.post("/demo/pack/{pack}", self.switch),
            web.post("/demo/reset", self.reset),
            web.get("/demo/transcript", self.save_transcript),
            *PhoneRoutes(self._demo, _check_origin).routes(),
            web.get("/chat", self._chat(lambda chat: chat.show_page)),
            web.post("/chat/session", self._chat(lambda chat: chat.open_session)),
            web.get("/chat/ws", self._chat(lambda chat: chat.talk)),
            web.post("/chat/upload", self._chat(lambda chat: chat.upload)),
            web.get("/chat/file/{key}", self._chat(lambda chat: chat.download)),
        ]

    def _chat(
        self, of: Callable[[WebChat], Callable[[web.Request], Awaitable[web.StreamResponse]]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            stage = await self._demo.on_stage()
            if stage is None:
                raise web.HTTPServiceUnavailable
            return await of(stage.chat)(request)

        return handle

    async def show_page(self, _request: web.Request) -> web.Response:
        headers = {**_SAFE, "Content-Security-Policy": POLICY}
        text = demo_page(say=self._demo.phrases.say, offers=[(one.id, one.name) for one in self._demo.offers])
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)

    async def tell_state(self, _request: web.Request) -> web.Response:
        return web.json_response(await self.state(), headers=_SAFE)

    async def play(self, request: web.Request) -> web.Response:
        """Press a button; answers with the state when it is done, 409 while another one runs."""
        _check_origin(request)
        number = int(request.match_info.get("number", "0"))
        played = await asyncio.shield(self._demo.play(number))
        return web.json_response(await self.state(), status=200 if played else 409, headers=_SAFE)

    async def resume(self, request: web.Request) -> web.Response:
        """Continue the draft on the shown phone."""
        _check_origin(request)
        stage = await self._demo.on_stage()
        if stage is None:
            raise web.HTTPServiceUnavailable
        await stage.guide.go_on(request.match_info["phone"])
        return web.json_response(await self.state(), headers=_SAFE)

    async def switch(self, request: web.Request) -> web.Response:
        _check_origin(request)
        pack = request.match_info["pack"]
        if pack not in self._demo.packs:
            raise web.HTTPNotFound
        await asyncio.shield(self._demo.switch(pack))
        return web.json_response(await self.state(), headers=_SAFE)

    async def reset(self, request: web.Request) -> web.Response:
        _check_origin(request)
        await asyncio.shield(self._demo.reset())
        return web.json_response(await self.state(), headers=_SAFE)

    async def save_transcript(self, request: web.Request) -> web.Response:
        """Return the conversation of one sample person as text; `phone` names another phone of the producer."""
        stage = self._demo.stage
        player = stage.players.get(request.query.get("person", "")) if stage is not None else None
        if stage is None or player is None:
            raise web.HTTPNotFound
        house = stage.assembly.house
        phone = stage.platforms.phones.get(request.query.get("phone", ""))
        if phone is not None:
            lines = transcript_lines(phone, house.zone)
        else:
            lines = await stage.assembly.store.read(demo_rows.conversation, player.account)
        head = (player.about.name, stage.pack.id)
        text = transcript(lines, head=head, say=self._demo.phrases.say, zone=house.zone)
        headers = {**_SAFE, hdrs.CONTENT_DISPOSITION: f'attachment; filename="hoi-thoai-{player.about.id}.txt"'}
        return web.Response(text=text, content_type="text/plain", charset="utf-8", headers=headers)

    # The content of the page

    async def state(self) -> dict[str, Any]:
        """Return all changing parts of the page, read from the database."""
        demo, stage = self._demo, self._demo.stage
        if stage is None:
            return {"ready": False, "caption": demo.said(Caption("demo.preparing"))}
        now = stage.assembly.clock.now().astimezone(stage.assembly.house.zone)
        rows = await stage.assembly.store.read(self._rows, stage)
        return {
            "ready": True,
            "pack": stage.pack.id,
            "date": f"{now:%d/%m/%Y}",
            "time": f"{now:%H:%M}",
            "caption": demo.said(demo.caption),
            "running": demo.running,
            "actor": demo.actor,
            "phone": stage.guide.phone,
            "turn": stage.guide.turns,
            "phones": phones_of(demo, stage, rows),
            "people": [self._person(stage.pack, player, rows["heard"]) for player in stage.players.values()],
            **{name: rows[name] for name in ("steps", "status", "done", "arrived")},
        }

    def _rows(self, db: Connection, stage: Stage) -> dict[str, Any]:
        say = self._demo.phrases.say
        programme, zone = stage.pack.programme, stage.assembly.house.zone
        by_account = {account: one for one in stage.players.values() for account in one.accounts.values()}
        producer = stage.guide.producer
        product = demo_rows.product_of(db, producer.account)
        heard = demo_rows.heard(db, tuple(by_account))
        begun = demo_rows.has_begun(db, producer.account)
        at = programme.status_step(product.status) if product is not None else 2 if begun else 1
        status: Mapping[str, str] | None = None
        if product is not None or begun:
            key = f"status.name.{product.status if product is not None else 'idea_draft'}"
            code = product.code if product is not None else ""
            status = {"code": code, "vi": say(key), "en": say(key, "en")}
        decided = product is not None and product.status not in {"idea_submitted", "idea_needs_changes"}
        ladder = demo_rows.ladder(db, producer.account)
        script = stage.pack.demo
        listed = stage.players.get(script.listed.of) if script is not None and script.listed is not None else None
        return {
            "heard": heard,
            "begun": begun,
            "speaks_on": demo_rows.speaks_on(db, producer.accounts),
            "held": demo_rows.held(db, producer.phones["zalo_oa"]),
            "status": status,
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    **self._short(step.id, step.name),
                    "at": "done" if step.number < at else "now" if step.number == at else "later",
                }
                for step in programme.steps
            ],
            "done": [
                bool(heard.get(producer.account)),
                product is not None,
                decided,
                demo_rows.reminders_sent(db, tuple(producer.accounts.values())) > 0,
                demo_rows.announced(db) is not None,
                ladder is not None and ladder.said > 1,
                demo_rows.has_finished(db, producer.account),
                demo_rows.announced_to(db, programme.province),
                listed is not None and demo_rows.product_of(db, listed.account) is not None,
            ],
            "arrived": [
                {
                    "at": f"{one.at.astimezone(zone):%d/%m %H:%M}",
                    "to": by_account[one.account].about.name,
                    "vi": say(ARRIVALS[one.kind]),
                    "en": say(ARRIVALS[one.kind], "en"),
                }
                for one in demo_rows.arrivals(db, tuple(by_account))
                if one.kind in ARRIVALS
            ],
        }

    def _short(self, step: str, name: str) -> dict[str, str]:
        """Return the short name of a step for the bar, or its full name."""
        phrases, key = self._demo.phrases, f"demo.step.{step}"
        return {"vi": phrases.say(key), "en": phrases.say(key, "en")} if phrases.has(key) else {"vi": name, "en": ""}

    def _person(self, pack: Pack, player: Player, heard: Mapping[str, int]) -> dict[str, Any]:
        about = player.about
        place = pack.places.get(about.place)
        return {
            "id": about.id,
            "name": about.name,
            "place": place.name if place is not None else "",
            "title": about.title,
            "official": player.official,
            "session": player.session,
            "heard": sum(heard.get(account, 0) for account in player.accounts.values()),
        }


def _check_origin(request: web.Request) -> None:
    """Refuse a press from another page: a browser names the origin of every such request."""
    origin = urlsplit(request.headers.get(hdrs.ORIGIN, "")).netloc
    if origin != request.host:
        raise web.HTTPForbidden


def transcript(lines: Sequence[demo_rows.Line], *, head: Sequence[str], say: Callable[..., str], zone: ZoneInfo) -> str:
    """
    Format a conversation as lines of "người dùng: …" and "bot: …"; an empty one has only its head.

    Further lines of a message are indented by two spaces; so are its buttons, in square brackets, and its files.
    A pressed button is in square brackets too.  Lines that begin with # are days.
    """
    written = [f"# {' · '.join((say('demo.title'), *head))}"]
    day = ""
    for line in lines:
        today = f"{line.at.astimezone(zone):%d/%m/%Y}"
        if today != day:
            day = today
            written.append(f"# {day}")
        who = say("demo.transcript.person" if line.mine else "demo.transcript.bot")
        text = f"[{line.text}]" if line.pressed else line.text
        first, *rest = text.split("\n")
        written.append(f"{who}: {first}".rstrip())
        written += [f"  {more}".rstrip() for more in rest]
        if line.files:
            written.append(f"  ({say('demo.transcript.files')}: {', '.join(line.files)})")
        if line.choices:
            written.append("  " + " ".join(f"[{label}]" for label, _action in line.choices))
    return "\n".join(written) + "\n"
