"""/loinoi: the producer says whether the words typed from their voice are right; only then they count."""

from dataclasses import replace

from content.actions.action import parse_words
from content.actions.listening import AnswerTyped
from content.actions.producers import ContinueDraft, HandIn, ReopenDraft, ShowStatus
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.dangky.idea import own_application, status_said
from handlers.form import navigation
from handlers.form.answers import said_answer, short
from handlers.form.asking import SKIPPED
from handlers.form.at_question import SUMMARY, waiting_draft, waiting_question
from handlers.form.corrections import missing_fields
from registry.applications import drafts, review
from registry.applications.applications import application_of_draft
from registry.applications.drafts import Draft
from registry.listening import enclosures
from registry.listening.enclosures import Enclosure


def confirm(desk: Desk, words: str) -> Turn:
    """Count the typed words after a yes, and continue the form; after a no the office hears the voice again."""
    match parse_words("loinoi", words):
        case AnswerTyped(enclosure_id, "dung"):
            return _count(desk, enclosure_id)
        case AnswerTyped(enclosure_id, "sai"):
            return _refuse(desk, enclosure_id)
    return Turn((Say("loinoi.gone"),), KEEP)


def _refuse(desk: Desk, enclosure_id: str) -> Turn:
    done = enclosures.refuse(
        desk.db, pack=desk.pack, enclosure_id=enclosure_id, person_id=desk.person.id, now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )  # fmt: skip
    found = enclosures.enclosure(desk.db, enclosure_id) if done else None
    if found is None:
        return Turn((Say("loinoi.gone"),), KEEP)
    label = desk.pack.forms[found.form].field(found.field).label
    return Turn((Say("loinoi.refused", {"label": label}),), KEEP)


def _count(desk: Desk, enclosure_id: str) -> Turn:
    found = enclosures.count(desk.db, enclosure_id=enclosure_id, person_id=desk.person.id, now=desk.now)
    if found is None:
        return Turn((Say("loinoi.gone"),), KEEP)
    draft = drafts.draft(desk.db, key=found.draft_key, person_id=desk.person.id)
    if draft is not None and draft.state != "submitted":
        return _into_draft(desk, draft, found)
    return _into_application(desk, draft, found)


def _said(desk: Desk, found: Enclosure) -> Say:
    field = desk.pack.forms[found.form].field(found.field)
    value = short(said_answer(desk.house, field, found.value, desk.today, desk.person.language))
    return Say("loinoi.counted", {"label": field.label, "value": value})


def _into_draft(desk: Desk, draft: Draft, found: Enclosure) -> Turn:
    """Store the answer.  A form that waits at this question or its summary continues; any other waits as before."""
    answers = {name: one for name, one in draft.answers.items() if name != found.field} | {found.field: found.value}
    answers[SKIPPED] = [one for one in answers.get(SKIPPED, ()) if one != found.field]
    field = desk.pack.forms[draft.form].field(found.field)
    for dependent in desk.pack.forms[draft.form].dependents(field.id):
        if not dependent.shown(answers):
            answers.pop(dependent.id, None)
    draft = drafts.save_draft(desk.db, draft=draft, answers=answers, waits_for=draft.field, now=desk.now)
    enclosures.answered(desk.db, draft_key=draft.key, fields=[found.field])
    if field.type == "place":
        enclosures.place_known(
            desk.db, pack=desk.pack, draft_key=draft.key, place=str(found.value), now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    counted = _said(desk, found)
    waits = waiting_draft(desk)
    if waits is None or waits.key != draft.key:
        again = Button(ContinueDraft(draft.key), "form.go_on")
        if draft.state == "dropped":
            again = Button(ReopenDraft(draft.key), "dangky.take_back")
        return Turn((replace(counted, buttons=() if desk.talk.topic else (again,)),), KEEP)
    if not missing_fields(desk.pack.forms[draft.form], draft.answers):
        # the summary takes a number for the answer to correct; here a digit hands in
        buttons = (Button(HandIn(draft.key), "form.hand_in"), Button(ContinueDraft(draft.key), "loinoi.look_again"))
        return Turn((Say("loinoi.complete", counted.values, buttons),))
    if desk.talk.step == SUMMARY:
        return navigation.summary(desk, draft, noted=counted)
    at = waiting_question(desk)
    if at is not None and at.field.id == found.field:
        return navigation.go_on(desk, draft, at.way if at.way != "mend" else "first", noted=counted)
    return Turn((counted,), KEEP)


def _into_application(desk: Desk, draft: Draft | None, found: Enclosure) -> Turn:
    """
    Add the answer to an idea that was handed in, as a change its reviewer sees.

    An unfinished correction of the idea gets it instead: handed in later, it would take the answer out again.
    """
    known = draft.application_id if draft is not None and draft.application_id else None
    known = known or application_of_draft(desk.db, draft_key=found.draft_key)
    mine = None if known is None else own_application(desk, application_id=known)
    if mine is None:
        return Turn((Say("loinoi.gone"),), KEEP)
    left = drafts.open_drafts(desk.db, person_id=desk.person.id)
    correcting = next((one for one in left if one.application_id == mine.id), None)
    if correcting is not None:
        return _into_draft(desk, correcting, found)
    if desk.pack.programme.transition("complete", mine.status):
        review.hand_in(
            desk.db, pack=desk.pack, application_id=mine.id, version=None, act="complete", person_id=desk.person.id,
            now=desk.now, tell=Telling(desk.house, desk.db, desk.now), answers={found.field: found.value},
        )  # fmt: skip
        return Turn((replace(_said(desk, found), buttons=(Button(ShowStatus(mine.code), "button.status"),)),), KEEP)
    if desk.pack.programme.transition("resubmit", mine.status):
        begun = drafts.open_draft(
            desk.db, person_id=desk.person.id, form=found.form, now=desk.now, answers=mine.answers,
            application_id=mine.id,
        )  # fmt: skip
        return _into_draft(desk, begun, found)
    values = {"code": mine.code, "status": status_said(desk, mine.status)}
    return Turn((Say("loinoi.too_late", values),), KEEP)


COMMANDS = (Command("loinoi", confirm, listed=False),)
