"""The end of a form filled in for another person: the entry waits until that person confirms it."""

from content.actions.producers import AskDropEntry, GetEntryCode, PrintEntry, SendSignedPaper, StartInvited
from content.language.saying import date_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.dangky.idea import only_answers
from handlers.form import corrections as form_corrections
from handlers.form import navigation as form_navigation
from handlers.form.remarks import Words
from registry.applications import assisted
from registry.applications.assisted import Entry
from registry.applications.drafts import Answers, Draft
from registry.people.roles import NotAllowedError, Role, may


def marked(role: Role, consent_version: str) -> Answers:
    """The note with which a draft for another person begins."""
    return {assisted.FOR_OTHERS: {"role": role.id, "consent": consent_version}}


def helping(desk: Desk, role_id: str | None = None) -> Role | None:
    """A role that may enter for others today."""
    return next(
        (
            role
            for role in desk.roles
            if (role_id is None or role.id == role_id)
            and may(role, "entry.for_others", role.place, desk.places, on=desk.today)
        ),
        None,
    )


def hand_in(desk: Desk, draft: Draft) -> Turn | None:
    """Store the finished draft as an entry and say how it is confirmed; None for the person's own idea."""
    done = assisted.entry_of_draft(desk.db, draft_key=draft.key, helper_id=desk.person.id)
    if done is not None:
        return Turn((card(desk, done),) if done.state in assisted.OPEN else (Say("lamho.closed", buttons=_list()),))
    mark = draft.answers.get(assisted.FOR_OTHERS)
    if not isinstance(mark, dict):
        return None
    spec = desk.pack.forms[draft.form]
    if form_corrections.missing_fields(spec, draft.answers):
        return form_navigation.summary(desk, draft)
    role = helping(desk, str(mark["role"]))
    if role is None:
        return Turn((Say("lamho.not_allowed"),))
    try:
        made = assisted.enter(
            desk.db, pack=desk.pack, role=role, draft_key=draft.key, answers=only_answers(draft.answers),
            consent_version=str(mark["consent"]), now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except NotAllowedError:
        outside = Say("lamho.outside", {"place": desk.places.full_name(role.place)})
        return _correct(desk, draft, "place", outside)
    except assisted.OwnNumberError:
        own = Say("lamho.own_number")
        return _correct(desk, draft, "phone", own)
    return Turn((Say("lamho.entered", {"product": made.product}), code_said(desk, made)))


def _correct(desk: Desk, draft: Draft, field: str, noted: Say) -> Turn:
    asked = form_corrections.correct(desk, draft, Words(field), noted=noted)
    return asked or form_navigation.summary(desk, draft)


def code_said(desk: Desk, entry: Entry) -> Say:
    """A fresh code to read out, with the other ways."""
    code = assisted.new_code(desk.db, entry=entry, now=desk.now)
    values = {"code": f"{code[:5]} {code[5:]}", "link": StartInvited(code).command, "product": entry.product}
    return Say("lamho.code", values, _ways(entry, code=True))


def card(desk: Desk, entry: Entry) -> Say:
    """The state of an entry, and what can be done with it."""
    last = (entry.entered_at + assisted.ENDS_AFTER).astimezone(desk.house.zone).date()
    values = {
        "product": entry.product,
        "entity": str(entry.answers.get("entity_name", "")),
        "state": said(desk, f"lamho.state.{entry.state}"),
        "day": date_said(last, desk.today),
    }
    return Say("lamho.card", values, _ways(entry, code=False))


def _ways(entry: Entry, *, code: bool) -> tuple[Button, ...]:
    return (
        Button(GetEntryCode(entry.id), "lamho.new_code" if code else "lamho.get_code"),
        Button(PrintEntry(entry.id), "lamho.print"),
        Button(SendSignedPaper(entry.id), "lamho.send_paper"),
        Button(AskDropEntry(entry.id), "lamho.drop"),
    )


def _list() -> tuple[Button, ...]:
    return (Button("/lamho", "lamho.list_button"),)


def gone() -> Turn:
    """Answer alike for an entry that does not exist, is not yours, or is closed."""
    return Turn((Say("lamho.not_found", buttons=_list()),), KEEP)
