"""
The callback to which an administrator's browser returns after a consent for a Zalo Official Account.

The address holds the code of the consent and the state of a link made by `ocopbot zalo authorise`.  Anybody
can call it, so only the state of the one open link has an effect.  `bot.zalo.consent` exchanges the code.  https://developers.zalo.me/docs/official-account/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import web

from bot.channels.zalo_oa.account import CALLBACK_PATH
from bot.settings.settings import Settings
from bot.web.application import count_refusal
from bot.zalo.consent import Answer, ConsentError, complete
from console.notice import notice_page
from registry.store.store import Store, StoreRefusesError

log = structlog.get_logger()

COMMAND = "ocopbot zalo authorise"
STATUS = {
    "done": 200,
    "declined": 200,
    "over": 403,
    "other": 409,
    "later": 503,
    "unclear": 502,
    "refused": 502,
    "unkept": 503,
    "unfinished": 502,
}
_STATE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_CODE = re.compile(r"[\x21-\x7e]{1,2000}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""The address holds a code: browsers must not pass it on or keep it."""


def callback_routes(
    settings: Settings, store: Store, say: Callable[..., str], *, now: Callable[[], datetime]
) -> list[web.RouteDef]:
    """Serve the answer of a consent; `now` is the house's clock.  Idempotent: a second call changes nothing."""
    working: set[asyncio.Task[str]] = set()

    async def come_back(request: web.Request) -> web.Response:
        code, state = request.query.get("code", ""), request.query.get("state", "")
        name = ""
        if not code:
            became = "declined"
        elif not _STATE.fullmatch(state) or not _CODE.fullmatch(code):
            became = "over"
        else:
            work = asyncio.create_task(
                _completed(settings, store, Answer(code, state, request.query.get("oa_id", "")), now())
            )
            working.add(work)  # a browser that disconnects does not cancel it
            work.add_done_callback(working.discard)
            became, _, name = (await asyncio.shield(work)).partition(" ")
        if became == "over":
            count_refusal("zalo_oa_consent_forged")
        words = say(f"zalo_consent.{became}", name=name, command=COMMAND)
        return web.Response(text=notice_page(words), status=STATUS[became], content_type="text/html", headers=_HEADERS)

    return [web.get(CALLBACK_PATH, come_back, allow_head=False)]


async def _completed(settings: Settings, store: Store, answer: Answer, at: datetime) -> str:
    """The result of a consent, with the account; never with a secret."""
    try:
        account = await complete(settings, store, answer, at=at)
    except ConsentError as trouble:
        if trouble.kind != "over":
            log.warning("a consent for zalo_oa did not come to its end", reason=str(trouble))
        return trouble.kind
    except StoreRefusesError:
        log.warning("a consent for zalo_oa waits for the database")
        return "later"
    log.info("zalo_oa was consented to", account=account.id)
    return f"done {account.name}"
