"""The end of a form that was filled in for somebody else: it is laid aside until that person confirms."""

from typing import Any

from content.language.saying import date_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.form import corrections as form_mending
from handlers.form import navigation as form_ways
from registry.applications import assisted
from registry.applications.assisted import Entry
from registry.applications.drafts import Draft
from registry.people.roles import NotAllowedError, Role, may


def marked(role: Role, consent_version: str) -> dict[str, Any]:
    """How a draft begins that is filled in for somebody."""
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
    """Lay the finished draft aside and say how it is confirmed; None for a draft of the person's own."""
    done = assisted.entry_of_draft(desk.db, draft_key=draft.key, helper_id=desk.person.id)
    if done is not None:
        return Turn((card(desk, done),) if done.state in assisted.OPEN else (Say("lamho.closed", buttons=_list()),))
    mark = draft.answers.get(assisted.FOR_OTHERS)
    if not isinstance(mark, dict):
        return None
    spec = desk.pack.forms[draft.form]
    if form_mending.missing_fields(spec, draft.answers):
        return form_ways.summary(desk, draft)
    role = helping(desk, str(mark["role"]))
    if role is None:
        return Turn((Say("lamho.not_allowed"),))
    answers = {name: value for name, value in draft.answers.items() if not name.startswith("_") and value is not None}
    try:
        made = assisted.enter(
            desk.db, pack=desk.pack, role=role, draft_key=draft.key, answers=answers,
            consent_version=str(mark["consent"]), now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except NotAllowedError:
        outside = Say("lamho.outside", {"place": desk.places.full_name(role.place)})
        return form_mending.correct(desk, draft, "place", noted=outside) or form_ways.summary(desk, draft)
    except assisted.OwnNumberError:
        own = Say("lamho.own_number")
        return form_mending.correct(desk, draft, "phone", noted=own) or form_ways.summary(desk, draft)
    return Turn((Say("lamho.entered", {"product": made.product}), code_said(desk, made)))


def code_said(desk: Desk, entry: Entry) -> Say:
    """A fresh code to read out, with the other ways."""
    code = assisted.new_code(desk.db, entry=entry, now=desk.now)
    values = {"code": f"{code[:5]} {code[5:]}", "link": f"/start moi_{code}", "product": entry.product}
    return Say("lamho.code", values, _ways(entry, code=True))


def card(desk: Desk, entry: Entry) -> Say:
    """How an entry stands and what can be done with it."""
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
        Button(f"/lamho ma {entry.id}", "lamho.new_code" if code else "lamho.get_code"),
        Button(f"/lamho in {entry.id}", "lamho.print"),
        Button(f"/lamho giay {entry.id}", "lamho.send_paper"),
        Button(f"/lamho bo {entry.id}", "lamho.drop"),
    )


def _list() -> tuple[Button, ...]:
    return (Button("/lamho", "lamho.list_button"),)


def gone() -> Turn:
    """Not there, not yours and closed are one answer."""
    return Turn((Say("lamho.not_found", buttons=_list()),), KEEP)
