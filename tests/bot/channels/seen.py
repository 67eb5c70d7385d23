"""A person's view of a message, the same for every channel."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """One message as a person sees it."""

    text: str
    bold: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
