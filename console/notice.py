"""A page that says one thing, to somebody whose browser was sent here by another site."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from console.chat import TEMPLATES


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(TEMPLATES))
    return environment.get_template("notice.html")


def notice_page(words: str) -> str:
    """Write the page; each line of the words is a paragraph, and whatever is in them stays letters."""
    return _template().render(lines=words.splitlines())
