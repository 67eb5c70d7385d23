"""Ids in the order of time, for tables that grow without end."""

import secrets
from datetime import datetime


def ordered_id(now: datetime) -> str:
    """
    An id that sorts by its moment (milliseconds), then at random: 80 bits of it cannot be guessed.

    New rows of a large table are next to each other in its index, and not all over it.
    """
    return f"{ordered_since(now)}{secrets.token_hex(10)}"


def ordered_since(moment: datetime) -> str:
    """The beginning of the ids of a moment: earlier ids sort before it; those of older releases sort anywhere."""
    return f"{int(moment.timestamp() * 1000):012x}"
