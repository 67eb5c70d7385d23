"""The answers that come before all others: to danger and despair, swindles, bribes, and complaints about an office."""

from typing import Literal

from content.language.danger import Danger, asked_about, danger_in
from handlers import kiemtra
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Say
from handlers.danger import higher_office
from registry.people.tallies import DANGER, tally

WAYS = (Button("/kiemtra", "hoi.check_message"), Button("/lienhe", "hoi.ask_official"))


def danger_answered(desk: Desk, text: str) -> tuple[Say, ...]:
    """Answer a reported danger, or a question about one; empty for other words.  Passes on nothing."""
    heard = danger_in(text)
    if heard is not None:
        count_danger(desk, heard)
    match heard:
        case "emergency" | "despair" as danger:
            return (life_said(desk, danger),)
        case "bribe" | "complaint" as about:
            return higher_office.complaint_said(desk, text, about)
        case "swindle":
            return swindle_said(desk, text)
        case None:
            asked = asked_about(text)
            return () if asked is None else (Say(f"danger.about.{asked}", buttons=WAYS),)


def count_danger(desk: Desk, danger: Danger) -> None:
    """Count a reported danger for the month of its place; neither the words nor the person are stored."""
    tally(desk.db, day=desk.today, what=DANGER[danger], place=higher_office.own_place(desk) or "")


def life_said(desk: Desk, danger: Literal["emergency", "despair"]) -> Say:
    """Name the people to call: the pack's numbers, and without one only those nearby.  No button, no card."""
    lines = desk.pack.programme.protection.lines_for(danger)
    if not lines:
        return Say(f"danger.{danger}")
    return Say(f"danger.{danger}_call", {"lines": ", ".join(f"{line.number} ({line.name})" for line in lines)})


def swindle_said(desk: Desk, text: str) -> tuple[Say, ...]:
    """Warn, and check at once whether the words are one of our messages."""
    verdict = kiemtra.verdict(desk, text)
    if verdict:
        return (Say("danger.swindle"), *verdict)
    return (Say("danger.swindle_not_ours", buttons=WAYS),)
