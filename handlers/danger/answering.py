"""What goes before every other answer: somebody reports a swindle, or a bribe they are asked for."""

from content.language.danger import danger_in
from handlers import kiemtra
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Say
from handlers.danger import higher_office

WAYS = (Button("/kiemtra", "hoi.check_message"), Button("/lienhe", "hoi.ask_official"))


def danger_answered(desk: Desk, text: str) -> tuple[Say, ...]:
    """The answer to a danger that is reported, empty where there is none.  Nothing is kept and nothing passed on."""
    match danger_in(text):
        case "bribe":
            return (higher_office.bribe_said(desk, text),)
        case "swindle":
            return swindle_said(desk, text)
        case None:
            return ()


def swindle_said(desk: Desk, text: str) -> tuple[Say, ...]:
    """The warning, and at once whether the words are a message of ours."""
    verdict = kiemtra.verdict(desk, text)
    if verdict:
        return (Say("danger.swindle"), *verdict)
    return (Say("danger.swindle_not_ours", buttons=WAYS),)
