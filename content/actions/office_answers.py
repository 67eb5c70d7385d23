"""The buttons about questions the bot could not answer, and the office's answers to them."""

from content.actions.action import Action


class ListAnswers(Action, spelled="/soandap"):
    """List the answers of one's office, and those that wait for a second official."""


class ComposeAnswer(Action, spelled="/soandap {question}"):
    """Write an answer to a question the bot could not answer."""

    question: str


class DismissQuestion(Action, spelled="/soandap bo {question}"):
    """Take a question off the list: no answer is needed."""

    question: str


class LookAtAnswer(Action, spelled="/soandap xem {answer}"):
    """Show an answer to an official, with what may be done with it."""

    answer: str


class ApproveAnswer(Action, spelled="/soandap duyet {answer}"):
    """Publish an answer as the second official."""

    answer: str


class RefuseAnswer(Action, spelled="/soandap tuchoi {answer}"):
    """Ask for the reason of a refusal."""

    answer: str


class AskWithdrawal(Action, spelled="/soandap thuhoi {answer}"):
    """Ask whether an answer is to be withdrawn."""

    answer: str


class WithdrawAnswer(Action, spelled="/soandap thuhoi {answer} chac"):
    """Withdraw an answer, at once."""

    answer: str


class ShowOfficeAnswer(Action, spelled="/giaidap {answer}"):
    """Show the office's answer to a question."""

    answer: str


class KeepUntil(Action, spelled="=until{days}"):
    """The answer holds for this many days."""

    days: int


class HandInAnswer(Action, spelled="=handin"):
    """Hand an answer in for the second official."""


class ChangeText(Action, spelled="=retext"):
    """Write the answer again."""


class RewordQuestion(Action, spelled="=reask"):
    """Write the question as people will read it."""


class ChangeSource(Action, spelled="=resource"):
    """Write the source again."""
