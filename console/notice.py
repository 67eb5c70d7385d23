"""A page with one notice, for a browser that another site sent here."""

from console.chat import template


def notice_page(words: str) -> str:
    """Render the page.  Each line is a paragraph; the text is escaped."""
    return template("notice.html").render(lines=words.splitlines())
