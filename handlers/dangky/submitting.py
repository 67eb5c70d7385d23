"""/gui: submit a finished draft once, or hand in a corrected idea again."""

from dataclasses import replace

from content.actions.action import parse_words
from content.actions.claims import ClaimProduct
from content.actions.producers import AddToIdea, HandInAsOther, RegisterLike, ShowChecklist, ShowPaper
from content.places.places import inline
from handlers import nhacviec
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, day_to
from handlers.conversation.turn import Button, Say, Turn
from handlers.dangky import assisted_entry
from handlers.dangky.idea import FORM, due_said, office_said, only_answers, own_application, status_said
from handlers.dangky.resuming import resume
from handlers.form import corrections as form_corrections
from handlers.form import navigation as form_navigation
from handlers.form.series import ask_next
from registry.applications import drafts, entities, files, review, submitting
from registry.applications.applications import Application
from registry.applications.certificates import SUBMITTED
from registry.applications.drafts import Answers, Draft
from registry.applications.entities import NewEntity
from registry.applications.known_products import recognised_like
from registry.applications.own_cases import pass_on
from registry.deadlines import deadlines
from registry.listening import enclosures
from registry.people import people
from registry.people.roles import roles_at
from registry.people.tallies import tally


def hand_in(desk: Desk, words: str) -> Turn:
    """Submit a finished draft.  Idempotent per draft: a second tap gets the same code."""
    if not words:
        return resume(desk, "")
    asked = parse_words("gui", words)
    key = asked.draft if isinstance(asked, HandInAsOther) else words.strip()
    draft = drafts.draft(desk.db, key=key, person_id=desk.person.id)
    if draft is None:
        return Turn((Say("form.gone", buttons=(Button("/menu", "front.menu"),)),))
    if draft.state == "dropped":
        return Turn((Say("form.gone", buttons=(Button("/hoso", "front.files"),)),))
    if (assisted := assisted_entry.hand_in(desk, draft)) is not None:
        return assisted
    spec = desk.pack.forms[draft.form]
    if form_corrections.missing_fields(spec, draft.answers):
        return form_navigation.summary(desk, draft)
    if draft.application_id is not None:
        return _hand_in_again(desk, draft)
    if draft.state == "open" and not isinstance(asked, HandInAsOther) and (known := _like_known(desk, draft)):
        return Turn((known,))
    application = _submit(desk, draft)
    says = (*receipt(desk, application), *_late(desk, application), *nhacviec.offer(desk))
    following = ask_next(desk, draft) if draft.state == "open" else None
    return Turn(says) if following is None else replace(following, says=(*says, *following.says))


def _late(desk: Desk, application: Application) -> tuple[Say, ...]:
    """Say that the last day for ideas has passed; the office was told too."""
    late = deadlines.late_idea(desk.db, pack=desk.pack, place=application.place, at=application.submitted_at)
    if late is None:
        return ()
    values = {"day": day_to(desk, deadlines.last_day(desk.pack, late))}
    return (Say("dangky.late_idea.sample" if late.sample else "dangky.late_idea", values),)


def _like_known(desk: Desk, draft: Draft) -> Say | None:
    """
    Ask whether it is the recognised product of this commune with a like name; None without one.

    Only what is public is named: the product, its stars, the commune; never an entity, a person or an idea.
    """
    own = [one.id for one in entities.entities_of(desk.db, person_id=desk.person.id)]
    place = str(draft.answers["place"])
    found = recognised_like(desk.db, name=str(draft.answers["product_name"]), place=place, excluding=own)
    if not found:
        return None
    one = found[0]
    values = {
        "product": one.name,
        "stars": "" if one.recognition is None else str(one.recognition.stars),
        "place": desk.places.full_name(place),  # it begins the sentence
    }
    buttons = (
        Button(ClaimProduct(draft.key, one.product_id), "dangky.like_mine"),
        Button(HandInAsOther(draft.key), "dangky.like_other"),
    )
    return Say("dangky.like_known", values, buttons)


def _submit(desk: Desk, draft: Draft) -> Application:
    answers = only_answers(draft.answers)
    if draft.state == "open":
        _remember_person(desk, answers)
    known = next(
        (
            one
            for one in entities.entities_of(desk.db, person_id=desk.person.id)
            if one.name == answers["entity_name"] and one.kind == answers["entity_kind"]
        ),
        None,
    )
    new = NewEntity(
        kind=str(answers["entity_kind"]),
        place=str(answers["place"]),
        name=str(answers["entity_name"]),
        tax_code=answers.get("tax_code"),
    )
    late = deadlines.late_idea(desk.db, pack=desk.pack, place=str(answers["place"]), at=desk.now)
    application = submitting.submit_idea(
        desk.db,
        pack=desk.pack,
        draft_key=draft.key,
        person_id=desk.person.id,
        entity=known.id if known is not None else new,
        place=str(answers["place"]),
        kind=str(answers["product_kind"]),
        product_group=str(answers["product_group"]),
        answers=answers,
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
        after=None if late is None else (deadlines.last_day(desk.pack, late), late.sample),
    )
    if draft.state == "open":
        attach_files(desk, application, answers, draft.key)
        tally(desk.db, day=desk.today, what="submitted", place=application.place)
    tell = Telling(desk.house, desk.db, desk.now)
    return pass_on(desk.db, pack=desk.pack, application=application, now=desk.now, tell=tell)


def _remember_person(desk: Desk, answers: Answers) -> None:
    """Store the phone number, name and commune the person agreed to have stored."""
    people.set_phone(desk.db, person_id=desk.person.id, phone=str(answers["phone"]))
    name = answers.get("contact_person") or answers["entity_name"]
    people.set_name(desk.db, person_id=desk.person.id, name=str(name))
    people.set_preference(desk.db, person_id=desk.person.id, place=str(answers["place"]))


def _follow_correction(desk: Desk, application: Application, answers: Answers) -> None:
    """
    Let a corrected phone, name or place reach the record of the person who entered the idea, and the entity.

    A helper corrects the answers alone: their own record is not that person's, and the entity is its owner's.
    """
    if people.current(desk.db, application.person_id) == desk.person.id:
        _remember_person(desk, answers)
    entities.correct_entity(
        desk.db,
        entity_id=application.entity_id,
        person_id=desk.person.id,
        name=str(answers["entity_name"]),
        kind=str(answers["entity_kind"]),
        place=str(answers["place"]),
        tax_code=answers.get("tax_code"),
    )


def attach_files(desk: Desk, application: Application, answers: Answers, draft_key: str) -> None:
    """Attach the files of the answers, and everything kept with the questions."""
    enclosed = [one.file_id for one in enclosures.of_draft(desk.db, draft_key=draft_key) if one.file_id]
    files.attach(desk.db, file_ids=enclosed, person_id=desk.person.id, application_id=application.id)
    spec = desk.pack.forms[FORM]
    for field in spec.fields:
        if field.type in {"photos", "document", "voice"} and answers.get(field.id):
            kept = answers[field.id] if isinstance(answers[field.id], list) else [answers[field.id]]
            files.attach(desk.db, file_ids=kept, person_id=desk.person.id, application_id=application.id)


def receipt(desk: Desk, application: Application) -> tuple[Say, ...]:
    """The receipt: the code, the office and its term, the paper, and the limits of an idea."""
    values = {
        "product": application.product,
        "code": application.code,
        "office_name": office_said(desk, application),
        "due": due_said(desk, application),
    }
    buttons = (
        Button(ShowPaper(application.code), "dangky.paper"),
        Button(AddToIdea(application.code), "form.add_more"),
        Button(ShowChecklist(application.code), "dangky.checklist"),
        Button(RegisterLike(application.code), "dangky.another_product"),
    )
    unheld = not roles_at(desk.db, place=application.holder, on=desk.today)
    if application.status == SUBMITTED:
        key = "status.certificate_submitted.unheld" if unheld else "status.certificate_submitted"
        return (Say(key, values, buttons[1:]),)  # the paper is that of an idea
    if unheld:
        return (Say("status.idea_submitted.unheld", values, buttons),)
    return (Say("status.idea_submitted.due" if application.due_on else "status.idea_submitted", values, buttons),)


def _hand_in_again(desk: Desk, draft: Draft) -> Turn:
    """Return a corrected idea to its reviewer; an idea that was only completed needs no new decision."""
    application = own_application(desk, application_id=draft.application_id)
    if application is None:
        return Turn((Say("trangthai.not_found", buttons=(Button("/hoso", "front.files"),)),))
    act = "resubmit" if desk.pack.programme.transition("resubmit", application.status) else "complete"
    answers = only_answers(draft.answers)
    gone = {field: None for field in application.answers if field not in answers}
    try:
        moved = review.hand_in(
            desk.db,
            pack=desk.pack,
            application_id=application.id,
            version=None,
            act=act,
            person_id=desk.person.id,
            now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
            answers=answers | gone,
            draft_key=draft.key,
            place=str(answers["place"]),
            kind=str(answers["product_kind"]),
            product_group=str(answers["product_group"]),
        )
    except review.ImpossibleActError:
        values = {"code": application.code, "status": status_said(desk, application.status)}
        return Turn((Say("dangky.too_late", values, (Button("/lienhe", "hoi.ask_official"),)),))
    attach_files(desk, moved, answers, draft.key)
    _follow_correction(desk, moved, answers)
    key = "dangky.sent_again" if act == "resubmit" else "dangky.completed"
    if not roles_at(desk.db, place=moved.holder, on=desk.today):
        key = "dangky.kept_again" if act == "resubmit" else "dangky.kept_addition"
    values = {"product": moved.product, "code": moved.code, "holder": inline(desk.places.full_name(moved.holder))}
    return Turn((Say(key, values, (Button(ShowPaper(moved.code), "dangky.paper"),)),))
