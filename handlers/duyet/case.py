"""One application as an official sees it: every answer, its history, its files, and the possible acts."""

from collections.abc import Sequence
from functools import partial

from content.actions.officials import (
    Decide,
)
from content.actions.producers import ShowPaper
from content.message import Attachment
from handlers.conversation.desk import Desk
from handlers.conversation.officials import official_said
from handlers.conversation.telling import day_to, said
from handlers.conversation.turn import Button, Say
from handlers.dangky.idea import status_said
from handlers.form.answers import answered, said_answer, short
from handlers.giay import paper_buttons
from handlers.handed_papers import paper_lines
from handlers.nhan.handing_over import resembling_said
from registry.applications import applications, checklists, files, review
from registry.applications.applications import Application
from registry.applications.own_cases import others_who_decide, own_cases
from registry.deadlines import deadlines
from registry.people.official_names import official_name
from registry.people.people import person
from registry.people.roles import Role


def whole(desk: Desk, one: Application) -> tuple[Say, ...]:
    """Every answer, the changes since it was returned, the requested help, the files, and the possible acts."""
    form = desk.pack.forms["idea"]
    changed = applications.changed_since_return(desk.db, one)
    lines = []
    for number, field in enumerate(answered(form, one.answers), 1):
        words = short(said_answer(desk.house, field, one.answers[field.id], desk.today))
        mark = " ✎" if field.id in changed else ""
        lines.append(f"{number}. {field.label}: {words}{mark}")
    help_wanted = [
        ticked.item.label
        for ticked in checklists.checklist(desk.db, pack=desk.pack, application=one)
        if ticked.state == "need_help"
    ]
    values = {
        "product": one.product,
        "code": one.code,
        "status": status_said(desk, one.status),
        "place": desk.places.full_name(one.place),
        "lines": "\n".join(lines),
        "changed": (said(desk, "duyet.changed") if changed else "") + resembling_said(desk, one),
        "help": said(desk, "duyet.help", items="; ".join(help_wanted)) if help_wanted else "",
        "history": "\n".join(
            (*_history(desk, one), *_late(desk, one), *(f"• {line}" for line in paper_lines(desk, one)))
        ),
    }
    possible = review.possible_acts(desk.pack, one, desk.roles, on=desk.today)
    own = bool(possible) and one.id in own_cases(desk.db, desk.person.id)
    buttons = [
        Button(Decide(one.code, one.version, row.act), f"duyet.act.{row.act}")
        for row in possible
        if not own and desk.house.phrases.has(f"duyet.act.{row.act}")
    ]
    buttons += paper_buttons(desk, one)
    buttons.append(Button(ShowPaper(one.code), "dangky.paper"))
    kept = [one for one in files.files_of(desk.db, application_id=one.id) if one.state == "kept"]
    attachments = tuple(
        Attachment("photo" if file.mime.startswith("image/") else "document", f"file:{file.id}", f"{file.id}")
        for file in kept[:10]
    )
    shown = Say("duyet.whole", values, tuple(buttons), attachments=attachments)
    return (shown, own_case(desk, one)) if own else (shown,)


def own_case(desk: Desk, one: Application, others: Sequence[Role] | None = None) -> Say:
    """Explain that another official has to decide, and name those who can."""
    if others is None:
        others = others_who_decide(desk.db, pack=desk.pack, application=one, excluding=desk.person.id, on=desk.today)
    if not others:
        return Say("duyet.own_case_nobody", {"product": one.product})
    who = "; ".join(f"{official_said(desk, role)} ({desk.places.full_name(role.place)})" for role in others)
    return Say("duyet.own_case", {"product": one.product, "who": who})


def _history(desk: Desk, one: Application) -> list[str]:
    say = partial(said, desk)
    told = []
    for event in applications.events_of(desk.db, one):
        who = say("duyet.by_producer")
        if event.actor == "system":
            who = say("duyet.by_system")
        elif event.actor != one.person_id and (actor := person(desk.db, event.actor)) is not None:
            who = official_name(desk.db, event.actor).name or actor.name or say("duyet.by_official")
        day = event.at.astimezone(desk.house.zone)
        told.append(f"• {day:%d/%m %H:%M} {say(f'duyet.event.{event.act}', who=who)}")
    return told


def _late(desk: Desk, one: Application) -> tuple[str, ...]:
    """The note that an idea was handed in after the last day for ideas."""
    late = None
    if one.status.startswith("idea_"):
        late = deadlines.late_idea(desk.db, pack=desk.pack, place=one.place, at=one.submitted_at)
    if late is None:
        return ()
    key = "duyet.late_idea.sample" if late.sample else "duyet.late_idea"
    return (f"• {said(desk, key, day=day_to(desk, deadlines.last_day(desk.pack, late)))}",)
