"""How a channel shows a message, as far as those who write for it have to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """
    The limits of one channel; assembly tells the house which channels there are (`House.shows`).

    `most_caption` letters stand under a picture, 0 where a picture never has a text with buttons.
    `most_picture` and `most_paper` are bytes; 0 tells that files arrive as a link.
    """

    most_text: int
    most_caption: int
    buttons: bool
    edits: bool
    most_picture: int
    most_paper: int
