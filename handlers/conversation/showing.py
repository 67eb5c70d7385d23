"""The limits of a channel that authors of messages have to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """
    The limits of one channel; assembly lists the channels in `House.shows`.

    `most_caption` counts the letters under a picture, 0 where a picture has no text with buttons.
    `most_picture` and `most_paper` are bytes; 0 means that files arrive as a link.
    """

    most_text: int
    most_caption: int
    buttons: bool
    edits: bool
    most_picture: int
    most_paper: int
