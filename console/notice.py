"""A page that says one thing, to somebody whose browser was sent here by another site."""

from console.chat import template


def notice_page(words: str) -> str:
    """Write the page; each line of the words is a paragraph, and whatever is in them stays letters."""
    return template("notice.html").render(lines=words.splitlines())
