"""The intents of an answer, and the live things that ask for one."""

from typing import Literal, get_args

Intent = Literal[
    "yes", "no", "later", "done", "stop", "understood", "send", "correct", "wait", "back", "repeat", "whom"
]  # fmt: skip
INTENTS: tuple[Intent, ...] = get_args(Intent)
Thing = Literal[
    "invitation", "reminder", "announcement", "opt_in", "entry", "deadline",
    "question", "confirmation", "summary", "consent",
]  # fmt: skip
THINGS: tuple[Thing, ...] = get_args(Thing)
OF_FORMS: frozenset[Thing] = frozenset({"question", "confirmation", "summary", "consent"})
"""Questions that wait in a conversation; all others are notices and offers."""
