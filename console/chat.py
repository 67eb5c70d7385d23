"""The page of the web chat: one phone-shaped conversation, the same for everybody who opens it."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"


@cache
def template(name: str) -> "Template":
    """A template of this room.  Jinja is imported when the first page is opened."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(TEMPLATES))
    return environment.get_template(name)


def chat_page(*, programme: str, office: str, trial: bool, static: str = "/static") -> str:
    """
    Render the page.  It contains nothing about a person, so it may be rendered once and cached.

    Without an office, or on trial, the page says so.  `static` is the address of the folder `console/static`.
    """
    return template("chat.html").render(programme=programme, office=office, trial=trial or not office, static=static)
