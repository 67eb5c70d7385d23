"""/hoi and free text outside a form: the best topic, or a few to choose from; never an invented answer."""

from content.fold import fold
from content.words import tokens, vocabulary
from handlers.dangky import mend_named
from handlers.desk import Desk
from handlers.front_desk import Command
from handlers.gioithieu import card_said
from handlers.start import greeting
from handlers.turn import KEEP, Button, Say, Turn
from registry.questions import note_unanswered

GREETINGS = frozenset(
    {"chao", "xin chao", "chao em", "chao bot", "hi", "hello", "alo", "a lo", "chao ban", "em oi", "ad oi", "hey"}
    | {"ban la ai", "em la ai", "ai day", "ban la nguoi hay may", "nguoi hay may", "bot a", "ban ten gi", "em ten gi"}
)
THANKS = frozenset(
    {"cam on", "cam on em", "ok", "oke", "ok em", "thanks", "da", "vang", "uh", "u", "cam on nhe", "tks"}
)
SHORT_THANKS = 30
"""Letters of a thank-you; what is longer asks something too."""


def ask(desk: Desk, question: str) -> Turn:
    """Answer a question; what nobody could answer goes to the officials' list, without a name."""
    if not question:
        return Turn((Say("hoi.ask_away"),), KEEP)
    bare = fold(question).strip("!.?, ")
    if bare in GREETINGS:
        return Turn(greeting(desk))
    if bare in THANKS or (bare.startswith("cam on") and len(bare) <= SHORT_THANKS):
        return Turn((Say("hoi.welcome", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    if _fears_fraud(question):
        ways = (Button("/kiemtra", "hoi.check_message"), Button("/lienhe", "hoi.ask_official"))
        return Turn((Say("hoi.fraud", buttons=ways),), KEEP)
    mending = mend_named(desk, question)
    if mending is not None:
        return mending
    found = desk.house.answers.ask(question)
    if found.topic is not None and found.topic in desk.pack.topics:
        return Turn((card_said(desk, desk.pack.topics[found.topic]),), KEEP)
    suggestions = [one for one in found.suggestions if one in desk.pack.topics]
    if suggestions:
        buttons = [Button(f"/gioithieu {one}", label=desk.pack.topics[one].title) for one in suggestions]
        buttons.append(Button("/lienhe", "hoi.ask_official"))
        return Turn((Say("hoi.unsure", buttons=tuple(buttons)),), KEEP)
    note_unanswered(desk.db, text=question, place=desk.person.place, now=desk.now)
    return Turn(
        (Say("hoi.unknown", buttons=(Button("/gioithieu", "menu.learn"), Button("/lienhe", "hoi.ask_official"))),), KEEP
    )


def _fears_fraud(question: str) -> bool:
    """Somebody is cheated, or asked for money, "for a star": that goes before any card."""
    said = tokens(question)
    found = [vocabulary("fraud").one(said, at)[1] for at in range(len(said))]
    return "fraud" in found or ("asks_for" in found and "money" in found[found.index("asks_for") :])


COMMANDS = (Command("hoi", ask, ("hỏi",)),)
