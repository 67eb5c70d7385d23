"""The commands of buttons about papers that were handed in at an office."""

from typing import Literal

from content.actions.action import Action


class SayHandedIn(Action, spelled="/nhacviec giay {occurrence}"):
    """Say that the paper of one reminder's product was handed in."""

    occurrence: str


class SayHandedInAgain(Action, spelled="/nhacviec giaylai {paper}"):
    """Say that a paper the office has not seen was handed in."""

    paper: str


class ListPapers(Action, spelled="/giay"):
    """List the papers that wait for an office's answer."""


class ShowPaperSaid(Action, spelled="/giay {paper}"):
    """Show one paper to an official."""

    paper: str


class AnswerPaper(Action, spelled="/giay {paper} {version} {found}"):
    """Confirm the version of a paper that was shown (nhan), or say that it was not seen (chua)."""

    paper: str
    version: int
    found: Literal["nhan", "chua"]
