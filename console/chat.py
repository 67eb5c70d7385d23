"""The page of the web chat: one phone-shaped conversation, the same for everybody who opens it."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"


@cache
def template(name: str) -> "Template":
    """A template of this room; what reads it is loaded with the first page that somebody opens."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(TEMPLATES))
    return environment.get_template(name)


def chat_page(*, programme: str, office: str, trial: bool, static: str = "/static") -> str:
    """
    Write the page; nothing on it is about a person, so it may be written once and kept.

    Without an office, or on trial, it says so instead of claiming one.  `static` is the address of the
    folder `console/static`.
    """
    return template("chat.html").render(programme=programme, office=office, trial=trial or not office, static=static)
