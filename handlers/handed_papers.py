"""The phrases about a paper that was said to be handed in, for its producer and for officials."""

from collections.abc import Sequence

from content.actions.papers import SayHandedIn
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, day_to, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from registry.applications.applications import Application, read_application
from registry.deadlines import papers
from registry.deadlines.deadlines import Deadline
from registry.deadlines.handed_papers import HandedPaper, State
from registry.deadlines.occurrences import Occurrence
from registry.people.roles import NotAllowedError, roles_at

_ASK = Button("/lienhe", "hoi.ask_official")
_STATUS = Button("/trangthai", "menu.status")


def which_paper(desk: Desk, of: Sequence[Occurrence]) -> Turn:
    """Ask for which product the paper is; each button stands for one reminder."""
    buttons = []
    for one in of:
        application = read_application(desk.db, one.subject.split(":")[1])
        if application is not None:
            buttons.append(Button(SayHandedIn(one.id), label=application.product[:40]))
    return Turn((Say("paper.which", {"count": str(len(buttons))}, tuple(buttons)),), KEEP)


def say_handed_in(desk: Desk, deadline: Deadline, application_id: str | None) -> Turn | None:
    """Pass it on to the office; None where no place, and so no office, is known."""
    try:
        noted = papers.say_handed_in(
            desk.db, pack=desk.pack, person_id=desk.person.id, deadline=deadline, application_id=application_id,
            now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except NotAllowedError:
        return Turn((Say("paper.gone", buttons=(_STATUS,)),), KEEP)
    return None if noted is None else _noted(desk, noted)


def silenced(desk: Desk, one: Occurrence, deadline: Deadline) -> bool:
    """True while a reminder is not said because its paper waits or was confirmed."""
    kind, application_id = one.subject.split(":")[:2]
    of = application_id if kind == "a" else None
    paper = papers.paper_of(desk.db, deadline=deadline, application_id=of, person_id=desk.person.id)
    application = None if of is None else read_application(desk.db, of)
    status = "" if application is None else application.status
    return paper is not None and paper.state is not State.NOT_SEEN and paper.status == status


def say_again(desk: Desk, paper_id: str) -> Turn:
    """Pass a paper on once more that the office had not seen."""
    noted = papers.say_again(
        desk.db, pack=desk.pack, paper_id=paper_id, person_id=desk.person.id, now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )  # fmt: skip
    if noted is None:
        return Turn((Say("paper.gone", buttons=(_STATUS, _ASK)),), KEEP)
    return _noted(desk, noted)


def _noted(desk: Desk, noted: tuple[HandedPaper, bool]) -> Turn:
    """Confirm to the producer: who was notified, or that the paper waits or was confirmed before."""
    paper, new = noted
    first = "paper.told" if _staffed(desk, paper) else "paper.kept"
    key = first if new else f"paper.noted.{paper.state.value}"
    values = {**_values(desk, paper), "product": papers.values_of(desk.db, desk.pack, paper, desk.now)["product"]}
    return Turn((Say(key, values, (_STATUS, _ASK)),), KEEP)


def paper_lines(desk: Desk, application: Application) -> list[str]:
    """One line per paper of an application in its present state."""
    return [paper_said(desk, paper) for paper in papers.papers_of(desk.db, application)]


def paper_said(desk: Desk, paper: HandedPaper) -> str:
    """The state of one paper, with its day and its office."""
    state = paper.state.value
    if paper.state is State.WAITING and not _staffed(desk, paper):
        state = "kept"
    return said(desk, f"paper.line.{state}", **_values(desk, paper))


def _values(desk: Desk, paper: HandedPaper) -> dict[str, object]:
    zone = desk.house.zone
    moment = paper.answered_at if paper.state is not State.WAITING and paper.answered_at else paper.said_at
    return {
        "title": papers.title_of(desk.pack, paper),
        "holder": desk.places.full_name(paper.holder),
        "day": day_to(desk, moment.astimezone(zone).date()),
    }


def _staffed(desk: Desk, paper: HandedPaper) -> bool:
    return bool(roles_at(desk.db, place=paper.holder, on=desk.today))
