"""The filled paper of an idea, from its answers and the pack's form."""

from datetime import date

from content.papers.papers import Paper, PaperField, PaperSection
from content.programme.form_spec import Form
from handlers.conversation.desk import House
from handlers.form.answers import said_answer
from registry.applications.applications import Application

LONG_ANSWERS = frozenset({"text"})


def idea_paper(house: House, application: Application, *, day: date, official: str = "") -> Paper:
    """Print every question in its section, with the official who has it; missing answers become dotted lines."""
    form = house.pack.forms["idea"]
    programme = house.pack.programme
    held = (house.phrases.say("paper.official", official=official),) if official else ()
    return Paper(
        template="idea",
        title=form.paper_title,
        subtitle="",
        code=application.code,
        programme=programme.name,
        place_line=house.pack.places.full_name(application.place),
        sections=tuple(
            PaperSection(section.heading, fields)
            for section in form.sections
            if (fields := _fields(house, form, section.id, application, day))
        ),
        declaration=form.declaration,
        signer=form.signer,
        day=day,
        notes=(*form.paper_notes, *held),
        sample=house.demo,
    )


def _fields(house: House, form: Form, section: str, application: Application, day: date) -> tuple[PaperField, ...]:
    return tuple(
        PaperField(
            field.label,
            said_answer(house, field, application.answers.get(field.id), day),
            lines=2 if field.type in LONG_ANSWERS and not field.required else 1,
        )
        for field in form.shown(application.answers)
        if field.paper == section and field.type not in {"photos", "document", "voice", "location"}
    )
