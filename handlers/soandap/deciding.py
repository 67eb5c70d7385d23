"""The list of answers, the second official's decision, and the withdrawal."""

from content.actions.office_answers import (
    ApproveAnswer,
    AskWithdrawal,
    ComposeAnswer,
    ListAnswers,
    LookAtAnswer,
    RefuseAnswer,
    WithdrawAnswer,
)
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.soandap.composing import LEAST_LETTERS, LEAVE, gone, risks_said
from handlers.soandap.state import TOPIC, Composing
from registry.answers import answers, telling, unanswered
from registry.answers.answers import OfficeAnswer, OwnAnswerError
from registry.people.roles import NotAllowedError, Role, role_by_id

LIST = Button(ListAnswers(), "soandap.button.list")
MOST_LISTED = 5
MOST_LETTERS = 300


def listed(desk: Desk) -> Turn:
    """The answers that wait or are said, and the open questions."""
    says: list[Say] = []
    seen: set[str] = set()
    for role in desk.roles:
        for one in answers.answers_seen_by(desk.db, role=role, pack=desk.pack, on=desk.today):
            if one.id not in seen and len(says) < MOST_LISTED:
                seen.add(one.id)
                values = telling.values_of(desk.pack, one) | {"state": said(desk, f"soandap.state.{one.state}")}
                says.append(Say("soandap.listed", values, (Button(LookAtAnswer(one.id), "soandap.button.look"),)))
        for lost in unanswered.unanswered_in(desk.db, role=role, places=desk.places, on=desk.today, limit=MOST_LISTED):
            if lost.id not in seen and len(says) < 2 * MOST_LISTED:
                seen.add(lost.id)
                button = Button(ComposeAnswer(lost.id), "soandap.button.compose")
                says.append(Say("soandap.open_question", {"text": lost.text, "count": str(lost.asked)}, (button,)))
    return Turn(tuple(says) or (Say("soandap.nothing"),), KEEP)


def look(desk: Desk, answer_id: str) -> Turn:
    """An answer as people read it, and what this official may do with it."""
    found = _seen(desk, answer_id)
    if found is None:
        return gone()
    role, known = found
    approver = _approver(desk, known)
    buttons: list[Button] = []
    key = "soandap.look"
    if known.state is answers.State.WAITING and approver is not None:
        key = "soandap.look_to_decide"
        buttons += [Button(ApproveAnswer(known.id), "soandap.button.approve")]
        buttons += [Button(RefuseAnswer(known.id), "soandap.button.refuse")]
    if desk.role_for("answer.write", known.place) and known.state in {answers.State.WAITING, answers.State.PUBLISHED}:
        buttons.append(Button(AskWithdrawal(known.id), "soandap.button.withdraw"))
    buttons.append(LIST)
    author = role_by_id(desk.db, known.role_id) or role
    values = {
        "state": said(desk, f"soandap.state.{known.state}"),
        "author": author.title or desk.places.full_name(author.place),
        "risks": risks_said(desk, answers.risks(desk.pack, known)) or said(desk, "soandap.no_risks"),
    }
    shown = Say("answer.shown", telling.values_of(desk.pack, known))
    return Turn((shown, Say(key, values, tuple(buttons))), KEEP)


def approve(desk: Desk, answer_id: str) -> Turn:
    """Publish it: it is in the search at once, and everybody who asked is notified."""
    found = _seen(desk, answer_id)
    role = None if found is None else _approver(desk, found[1])
    if found is None or role is None:
        return gone()
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        done = telling.publish(desk.db, pack=desk.pack, role=role, answer_id=answer_id, tell=tell, now=desk.now)
    except (NotAllowedError, OwnAnswerError):
        return gone()
    if done is None:
        return _decided(desk, found[1])
    return Turn(
        (Say("soandap.published", {"count": str(done[1])}, (Button(ListAnswers(), "soandap.button.list"),)),), KEEP
    )


def ask_reason(desk: Desk, answer_id: str) -> Turn:
    found = _seen(desk, answer_id)
    role = None if found is None else _approver(desk, found[1])
    if found is None or role is None:
        return gone()
    if found[1].state is not answers.State.WAITING:
        return _decided(desk, found[1])
    state = Composing(role=role.id, refuses=answer_id)
    say = Say("soandap.ask.reason", {"question": found[1].question}, (LEAVE,), numbered=False)
    return Turn((say,), Waiting(TOPIC, "reason", state))


def hear_reason(desk: Desk, heard: Heard, state: Composing) -> Turn:
    """Refuse the answer with the typed reason; the author reads it."""
    role = next((one for one in desk.roles if one.id == state.role), None)
    reason = " ".join(heard.text.split())[:MOST_LETTERS]
    if role is None:
        return gone()
    if heard.said.kind != "text" or len(reason) < LEAST_LETTERS:
        return Turn((Say("soandap.words_please", buttons=(LEAVE,), numbered=False),), Waiting(TOPIC, "reason", state))
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        done = telling.turn_down(
            desk.db, pack=desk.pack, role=role, answer_id=state.refuses, reason=reason, tell=tell, now=desk.now
        )
    except (NotAllowedError, OwnAnswerError):
        return gone()
    return gone() if done is None else Turn((Say("soandap.turned_down"),))


def ask_withdrawal(desk: Desk, answer_id: str) -> Turn:
    found = _seen(desk, answer_id)
    if found is None or not desk.role_for("answer.write", found[1].place):
        return gone()
    buttons = (
        Button(WithdrawAnswer(answer_id), "soandap.button.withdraw_now"),
        Button(LookAtAnswer(answer_id), "soandap.button.keep"),
    )
    return Turn((Say("soandap.ask.withdraw", {"question": found[1].question}, buttons),), KEEP)


def withdraw(desk: Desk, answer_id: str) -> Turn:
    """Withdraw it at once; everybody who got it is notified."""
    tell = Telling(desk.house, desk.db, desk.now)
    found = _seen(desk, answer_id)
    role = None if found is None else desk.role_for("answer.write", found[1].place)
    if found is None or role is None:
        return gone()
    done = telling.take_back(desk.db, pack=desk.pack, role=role, answer_id=answer_id, tell=tell, now=desk.now)
    if done is None:
        return _decided(desk, found[1])
    return Turn(
        (Say("soandap.withdrawn", {"count": str(done[1])}, (Button(ListAnswers(), "soandap.button.list"),)),), KEEP
    )


def dismiss(desk: Desk, unanswered_id: str) -> Turn:
    """Take a question off the list."""
    done = desk.under_a_role(
        lambda role: unanswered.dismiss(
            desk.db, unanswered_id=unanswered_id, role=role, places=desk.places, on=desk.today, now=desk.now
        )
    )
    return gone() if done is None else Turn((Say("soandap.dismissed"),), KEEP)


def _seen(desk: Desk, answer_id: str) -> tuple[Role, OfficeAnswer] | None:
    for role in desk.roles:
        known = answers.answer_for(desk.db, answer_id=answer_id, role=role, pack=desk.pack, on=desk.today)
        if known is not None:
            return role, known
    return None


def _approver(desk: Desk, known: OfficeAnswer) -> Role | None:
    """The role under which this person may be the second official."""
    may_approve = answers.may_approve
    able = (one for one in desk.roles if may_approve(desk.db, pack=desk.pack, role=one, known=known, on=desk.today))
    return next(able, None)


def _decided(desk: Desk, known: OfficeAnswer) -> Turn:
    values = {"state": said(desk, f"soandap.state.{known.state}")}
    return Turn((Say("soandap.decided", values, (LIST,)),), KEEP)
