"""An idea for everybody who speaks about one: its form, its state in words, and the right to see it."""

from content.places.places import inline
from handlers.conversation.desk import Desk
from handlers.conversation.telling import day_to, said
from registry.applications import applications
from registry.applications.applications import Application
from registry.applications.drafts import Answer, Answers
from registry.people.official_names import first_known
from registry.people.roles import roles_at

FORM = "idea"


def status_said(desk: Desk, status: str) -> str:
    return said(desk, f"status.name.{status}")


def due_said(desk: Desk, application: Application) -> str:
    """The day until which it is answered, marked as a sample if no document sets the term; empty without a term."""
    if application.due_on is None:
        return ""
    day = day_to(desk, application.due_on)
    decision = desk.pack.programme.decision(application.status.partition("_")[0])
    return said(desk, "dangky.sample_day", day=day) if decision.term_sample else day


def office_said(desk: Desk, application: Application) -> str:
    """The office that holds it: the official's name and title if the office gave one, else the place."""
    known = first_known(desk.db, roles_at(desk.db, place=application.holder, on=desk.today))
    return known or said(desk, "house.office_of", place=inline(desk.places.full_name(application.holder)))


def own_application(desk: Desk, *, code: str | None = None, application_id: str | None = None) -> Application | None:
    """An application of one of the person's own entities, by its code or its id."""
    return applications.application_for(
        desk.db,
        person_id=desk.person.id,
        roles=(),
        places=desk.places,
        on=desk.today,
        code=code,
        application_id=application_id,
    )


def only_answers(answers: Answers) -> dict[str, Answer]:
    """The answers of a draft, without its notes."""
    return {name: value for name, value in answers.items() if not name.startswith("_") and value is not None}
