"""/soandap: answers of the office to the questions the bot could not answer."""

from content.actions.action import parse_words
from content.actions.office_answers import (
    ApproveAnswer,
    AskWithdrawal,
    ComposeAnswer,
    DismissQuestion,
    LookAtAnswer,
    RefuseAnswer,
    WithdrawAnswer,
)
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Heard, Turn
from handlers.soandap import composing, deciding
from handlers.soandap.state import TOPIC, Composing


def office_answers(desk: Desk, words: str) -> Turn:
    """List the answers, or do what a button asks."""
    if not words.strip():
        return deciding.listed(desk)
    match parse_words("soandap", words):
        case ComposeAnswer(question):
            return composing.begin(desk, question)
        case DismissQuestion(question):
            return deciding.dismiss(desk, question)
        case LookAtAnswer(answer):
            return deciding.look(desk, answer)
        case ApproveAnswer(answer):
            return deciding.approve(desk, answer)
        case RefuseAnswer(answer):
            return deciding.ask_reason(desk, answer)
        case AskWithdrawal(answer):
            return deciding.ask_withdrawal(desk, answer)
        case WithdrawAnswer(answer):
            return deciding.withdraw(desk, answer)
    return composing.gone()


def hear(desk: Desk, heard: Heard) -> Turn:
    state = desk.remembered(Composing)
    return (
        deciding.hear_reason(desk, heard, state) if desk.talk.step == "reason" else composing.hear(desk, heard, state)
    )


def repeat(desk: Desk) -> Turn:
    state = desk.remembered(Composing)
    return deciding.ask_reason(desk, state.refuses) if desk.talk.step == "reason" else composing.repeat(desk)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("soandap", office_answers, ("soạn câu trả lời",), official=True),)
