"""/bosung, /sua, /phieu: complete and correct a submitted idea, and send its paper."""

from content.actions.action import parse_words
from content.actions.producers import CorrectAnswer
from content.message import Attachment
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.dangky.idea import FORM, own_application, status_said
from handlers.form import corrections as form_corrections
from handlers.form import navigation as form_navigation
from handlers.form.remarks import Words, corrected
from registry.applications import applications, drafts
from registry.applications.drafts import Draft
from registry.store.codes import tidy_code


def add_to(desk: Desk, words: str) -> Turn:
    """/bosung CODE: ask the optional questions of a submitted idea."""
    draft, refused = _draft_of(desk, words)
    if draft is None:
        return refused
    return form_navigation.go_on(desk, form_corrections.asked_again(draft), "more")


def correct_idea(desk: Desk, words: str) -> Turn:
    """/sua: the summary of a form or one answer of it; with a code, the answers of a submitted idea."""
    match parse_words("sua", words):
        case CorrectAnswer(code, field) if tidy_code(code) is not None:
            pass
        case _:
            return form_navigation.correct_form(desk, words)
    draft, refused = _draft_of(desk, code)
    if draft is None:
        return refused
    noted = _remark(desk, draft, field) if field else None
    asked = form_corrections.correct(desk, draft, Words(field), noted=noted) if field else None
    return asked or form_navigation.summary(desk, draft)


def correct_named_idea(desk: Desk, words: Words) -> Turn | None:
    """Take "sửa giá 45k" while no question waits: correct the unfinished form, else the submitted idea."""
    named = corrected(desk.pack.forms[FORM], {}, words)
    if named is None:
        return None
    left = drafts.open_drafts(desk.db, person_id=desk.person.id, form=FORM)
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    if not left and len(mine) > 1:
        buttons = tuple(Button(CorrectAnswer(one.code, named.field.id), label=one.product[:60]) for one in mine[:8])
        return Turn((Say("dangky.which_to_mend", {"label": named.field.label}, buttons),), KEEP)
    if left or not mine:
        return form_corrections.correct_named(desk, left[0], words) if left else None
    draft, refused = _draft_of(desk, mine[0].code)
    return refused if draft is None else form_corrections.correct_named(desk, draft, words)


def _remark(desk: Desk, draft: Draft, field: str) -> Say | None:
    """The official's remark about this answer."""
    application = own_application(desk, application_id=draft.application_id)
    if application is None:
        return None
    remark = next(
        (one.remark for one in applications.defects_of(desk.db, application) if one.field == field and not one.mended),
        None,
    )
    return None if remark is None else Say("dangky.remark", {"remark": remark})


def _draft_of(desk: Desk, words: str) -> tuple[Draft | None, Turn]:
    """The open draft of an idea, or a new one with its present answers; else the reply that refuses."""
    code = tidy_code(words)
    application = own_application(desk, code=code) if code else None
    if application is None:
        return None, Turn((Say("trangthai.not_found", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    programme = desk.pack.programme
    if not programme.transition("resubmit", application.status) and not programme.transition(
        "complete", application.status
    ):
        values = {"code": application.code, "status": status_said(desk, application.status)}
        return None, Turn((Say("dangky.too_late", values, (Button("/lienhe", "hoi.ask_official"),)),), KEEP)
    known = next(
        (
            one
            for one in drafts.open_drafts(desk.db, person_id=desk.person.id, form=FORM)
            if one.application_id == application.id
        ),
        None,
    )
    draft = known or drafts.open_draft(
        desk.db,
        person_id=desk.person.id,
        form=FORM,
        now=desk.now,
        answers=application.answers,
        application_id=application.id,
    )
    return draft, Turn()


def paper(desk: Desk, words: str) -> Turn:
    """/phieu CODE: the filled paper, as DOCX and PDF, for those entitled to the application."""
    code = tidy_code(words)
    application = (
        applications.application_for(
            desk.db, person_id=desk.person.id, roles=desk.roles, places=desk.places, on=desk.today, code=code
        )
        if code
        else None
    )
    if application is None:
        return Turn((Say("trangthai.not_found", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    attachments = tuple(
        Attachment("document", f"paper:{application.id}:{kind}", f"{application.code}.{kind}")
        for kind in ("pdf", "docx")
    )
    return Turn((Say("dangky.paper_here", {"code": application.code}, attachments=attachments),), KEEP)
