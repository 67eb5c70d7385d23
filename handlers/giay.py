"""/giay: the papers producers say they handed in: an official confirms each, or says that it was not seen."""

from content.actions.action import parse_words
from content.actions.officials import ShowQueue
from content.actions.papers import AnswerPaper, ListPapers, ShowPaperSaid
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import learning_said
from handlers.conversation.telling import Telling, day_to, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.handed_papers import paper_said
from registry.applications.applications import Application
from registry.deadlines import papers
from registry.deadlines.handed_papers import HandedPaper, State
from registry.people.roles import NotAllowedError, Role

MOST_LISTED = 8
_LIST = Button(ListPapers(), "paper.button.list")


def handed_papers(desk: Desk, words: str) -> Turn:
    """The papers that wait for one's office; one of them; or an answer to one."""
    match parse_words("giay", words):
        case AnswerPaper(paper_id, version, found):
            return _answer(desk, paper_id, version, received=found == "nhan")
        case ShowPaperSaid(paper_id):
            known = _known(desk, paper_id)
            return _not_found() if known is None else Turn((_card(desk, known[0], "paper.card"),), KEEP)
    waiting = waiting_here(desk)
    if not waiting:
        return Turn((Say("paper.none", buttons=(Button(ShowQueue(), "duyet.queue"),)),), KEEP)
    buttons = tuple(Button(ShowPaperSaid(one.id), label=_product(desk, one)[:40]) for one in waiting[:MOST_LISTED])
    lines = "\n".join(_line(desk, one) for one in waiting[:MOST_LISTED])
    return Turn((Say("paper.list", {"count": str(len(waiting)), "lines": lines}, buttons),), KEEP)


def waiting_here(desk: Desk) -> list[HandedPaper]:
    """The papers that wait for this official, once each."""
    found = {
        one.id: one
        for role in desk.roles
        for one in papers.waiting_for(desk.db, pack=desk.pack, role=role, now=desk.now)
    }
    return list(found.values())


def _known(desk: Desk, paper_id: str) -> tuple[HandedPaper, Role] | None:
    for role in desk.roles:
        paper = papers.paper_for(desk.db, paper_id=paper_id, role=role, places=desk.places, on=desk.today)
        if paper is not None:
            return paper, role
    return None


def _not_found() -> Turn:
    return Turn((Say("paper.not_found", buttons=(_LIST,)),), KEEP)


def _product(desk: Desk, paper: HandedPaper) -> str:
    return str(papers.values_of(desk.db, desk.pack, paper, desk.now)["product"])


def _line(desk: Desk, paper: HandedPaper) -> str:
    values = papers.values_of(desk.db, desk.pack, paper, desk.now)
    day = day_to(desk, paper.said_at.astimezone(desk.house.zone).date())
    return said(desk, "paper.list_line", product=values["product"], place=values["place"], day=day)


def _card(desk: Desk, paper: HandedPaper, key: str) -> Say:
    values = papers.values_of(desk.db, desk.pack, paper, desk.now)
    values |= {"state": paper_said(desk, paper), "phone": values["phone"] or "–"}
    return Say(key, values, (*answers_to(paper), _LIST))


def answers_to(paper: HandedPaper) -> tuple[Button, ...]:
    """The answers that change the present state; both while it waits."""
    received = Button(AnswerPaper(paper.id, paper.version, "nhan"), "paper.button.received")
    not_seen = Button(AnswerPaper(paper.id, paper.version, "chua"), "paper.button.not_seen")
    match paper.state:
        case State.RECEIVED:
            return (not_seen,)
        case State.NOT_SEEN:
            return (received,)
    return (received, not_seen)


def papers_button(desk: Desk) -> tuple[Button, ...]:
    """The way to the waiting papers, where there are some."""
    count = len(waiting_here(desk))
    return (Button(ListPapers(), "paper.button.waiting", values={"count": str(count)}),) if count else ()


def paper_buttons(desk: Desk, application: Application) -> list[Button]:
    """The answers to the papers of one application that wait."""
    waiting = [one for one in papers.papers_of(desk.db, application) if one.state is State.WAITING]
    return [button for one in waiting if _known(desk, one.id) for button in answers_to(one)]


def _answer(desk: Desk, paper_id: str, version: int, *, received: bool) -> Turn:
    known = _known(desk, paper_id)
    if known is None:
        return _not_found()
    paper, role = known
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        messages = papers.would_tell(
            desk.db, pack=desk.pack, paper=paper, received=received, role=role, now=desk.now, tell=tell
        )
        answered = papers.answer(
            desk.db, pack=desk.pack, paper_id=paper.id, version=version, received=received, role=role, now=desk.now,
            tell=tell,
        )  # fmt: skip
    except papers.MovedOnError as moved:
        return Turn((_card(desk, moved.paper, "paper.moved_on"),), KEEP)
    except NotAllowedError:
        return Turn((Say("paper.own"),), KEEP)
    values = papers.values_of(desk.db, desk.pack, answered, desk.now)
    phone = str(values["phone"]) or None
    learning = learning_said(desk, messages, {paper.person_id: phone})
    key = "paper.answered" if received else "paper.answered_not_seen"
    buttons = (*answers_to(answered), _LIST)
    return Turn((Say(key, {"product": values["product"], "learning": learning}, buttons),), KEEP)


COMMANDS = (Command("giay", handed_papers, official=True, listed=False),)
