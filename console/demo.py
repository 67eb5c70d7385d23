"""The page of the guided demo: a producer's phone beside an official's screen, with captions in two languages."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

TEMPLATES = Path(__file__).parent / "templates"

NAMES = {
    "telegram": "demo.phone.name.telegram",
    "zalo_oa": "demo.phone.name.zalo_oa",
    "webchat": "demo.phone.name.webchat",
}
KINDS = {"telegram": "demo.phone.kind.telegram", "zalo_oa": "demo.phone.kind.zalo_oa"}
WELCOMES = {"telegram": "demo.phone.welcome.telegram", "zalo_oa": "demo.phone.welcome.zalo_oa"}
"""The names, kinds and welcomes of the producer's phones, by key, so that a missing one is found."""


@cache
def _template(name: str) -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(TEMPLATES))
    return environment.get_template(name)


def demo_page(*, say: Callable[..., str], offers: Sequence[tuple[str, str]], static: str = "/static") -> str:
    """
    Render the page.  Its changing parts are loaded from `/demo/state`.

    `say(key, language)` gives a phrase; `offers` are the packs to choose from, (id, name).
    """
    vi, en = partial(say, language="vi"), partial(say, language="en")
    return _template("demo.html").render(say=vi, en=en, offers=offers, names=NAMES, static=static)


def phone_page(*, say: Callable[..., str], phone: str, static: str = "/static") -> str:
    """
    Render the page of a chat on Telegram or Zalo, in that platform's look.

    `phone` is telegram or zalo_oa.  The lines are loaded from `/demo/phone/<phone>/lines`.
    """
    vi = partial(say, language="vi")
    words = {"name": vi(NAMES[phone]), "kind": vi(KINDS[phone]), "welcome": vi(WELCOMES[phone])}
    return _template("phone.html").render(say=vi, phone=phone, words=words, static=static)
