"""A press that comes twice: an impatient thumb on a slow line gets one answer."""

from datetime import timedelta

from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Say, Turn

SAME_BUTTON = timedelta(seconds=15)
"""For this long a press of the same button is the same press: so long a platform waits for the answer to one."""
SAME_COMMAND = timedelta(seconds=3)
"""Where the platform does not say which message was pressed; "Bỏ qua" below the next question is spelled alike."""


def repeats_press(desk: Desk) -> bool:
    """True for the press that was answered a moment ago, with nothing after it."""
    last, said = desk.talk.pressed, desk.said
    if said.kind != "press" or last is None or (last.action, last.message) != (said.payload, said.pressed):
        return False
    sure = bool(said.pressed) or said.payload.startswith("=")
    return desk.now - last.at <= (SAME_BUTTON if sure else SAME_COMMAND)


def repeated(desk: Desk) -> Turn | None:
    """
    Answer a repeated press by the notice of the press alone; None for any other press.

    Where the platform has no such notice, nothing is said: the first press was answered.
    """
    if not repeats_press(desk):
        return None
    return Turn((), KEEP, toast=Say("front.pressed_already") if desk.said.toast else None)
