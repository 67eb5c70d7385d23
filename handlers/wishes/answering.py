"""The order in which free words are read before the search: what just happened, an official's act, then a wish."""

from content.language.wishes import wish_in
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Turn
from handlers.wishes import just_happened, officials
from handlers.wishes.services import SERVICES


def intended(desk: Desk, text: str) -> Turn | None:
    """Answer the code of an application, or a wish; None for everything the search should answer."""
    named = just_happened.application_named(desk, text)
    if named is not None:
        return named
    act = officials.prepared(desk, text)
    if act is not None:
        return act
    wish = wish_in(text)
    return SERVICES[wish](desk) if wish else None
