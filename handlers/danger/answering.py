"""The answers that come before all others: to a reported swindle, and to a demand for a bribe."""

from content.language.danger import asked_about, danger_in
from handlers import kiemtra
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Say
from handlers.danger import higher_office

WAYS = (Button("/kiemtra", "hoi.check_message"), Button("/lienhe", "hoi.ask_official"))


def danger_answered(desk: Desk, text: str) -> tuple[Say, ...]:
    """Answer a reported danger, or a question about one; empty for other words.  Stores and passes on nothing."""
    match danger_in(text):
        case "bribe":
            return (higher_office.bribe_said(desk, text),)
        case "swindle":
            return swindle_said(desk, text)
        case None:
            about = asked_about(text)
            return () if about is None else (Say(f"danger.about.{about}", buttons=WAYS),)


def swindle_said(desk: Desk, text: str) -> tuple[Say, ...]:
    """Warn, and check at once whether the words are one of our messages."""
    verdict = kiemtra.verdict(desk, text)
    if verdict:
        return (Say("danger.swindle"), *verdict)
    return (Say("danger.swindle_not_ours", buttons=WAYS),)
