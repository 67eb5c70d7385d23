"""
Decisions and corrections: the guarded changes of an application after it was handed in.

Each function checks the person, the pack's table of changes and the version that was read. It writes event, state,
audit and messages in one unit of work. Of two at once the second gets a `ConflictError` with the present state.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from content.actions.producers import CorrectAnswer, RegisterAgain, ShowStatus
from content.programme.pack import Pack
from content.programme.programme import APPLICANT, Transition
from registry.applications.applications import Application, Defect, defects, read_application
from registry.applications.certificates import report_certificate
from registry.applications.changes import (
    Change,
    forget_review,
    holder_now,
    move,
    reviewers_for,
    tell_members,
    tell_officials,
    term_end,
    values_of,
)
from registry.applications.drafts import close_draft
from registry.applications.entities import part_of
from registry.applications.own_cases import OwnCaseError, others_who_decide, own_cases, pass_on
from registry.people.official_names import known_as
from registry.people.people import merged_ids
from registry.people.roles import NotAllowedError, Reviewers, Role, may, may_own, roles_at
from registry.store.rows import applications, members, new_id
from registry.store.sealing import seal_for
from registry.telling import Offer, Teller, local_day, place_name

AGAIN = frozenset({"idea_declined", "withdrawn"})
"""The statuses in which an idea may be registered again from its own answers."""


class ConflictError(Exception):
    """The application has moved on since it was read; that change was kept, and this one was not made."""

    def __init__(self, application: Application) -> None:
        super().__init__(
            f"Application {application.code} is already {application.status} (version {application.version}); "
            "that was kept. Read it again, and decide anew if it must change."
        )
        self.application = application


class ImpossibleActError(Exception):
    """The pack's table has no such change from the present status; nothing was changed."""

    def __init__(self, application: Application, act: str) -> None:
        super().__init__(
            f"{act} is not possible while application {application.code} is {application.status}. Nothing was changed."
        )
        self.application = application
        self.act = act


class MissingRemarkError(Exception):
    """A decline needs its reason and a return its defects; nothing was changed."""

    def __init__(self, transition: Transition) -> None:
        super().__init__(f"{transition.act} needs its {transition.remark}. Nothing was changed.")
        self.transition = transition


@dataclass(frozen=True, slots=True)
class News:
    """The message about a decision, for every member of the entity: its phrase, values and buttons."""

    key: str
    values: Mapping[str, object]
    actions: tuple[Offer, ...]


def act_name(act: str) -> str:
    """The row of the authorisation table for an act of the pack's table of changes."""
    if act.endswith("return"):
        return "review.return"
    if act.endswith(("decline", "not_recognise")):
        return "review.decline"
    return "review.accept" if act == "accept" else "review.record"


def may_decide(pack: Pack, role: Role, transition: Transition, place: str, *, on: date) -> bool:
    """True when the table lets an official of this level make the change in this place."""
    own = pack.programme.roles.get(role.role)
    if own is None or transition.by not in {level.id for level in pack.programme.levels}:
        return False
    high_enough = pack.programme.level(own).order <= pack.programme.level(transition.by).order
    return high_enough and may(role, act_name(transition.act), place, pack.places, on=on)


def possible_acts(
    pack: Pack, application: Application, roles_held: Iterable[Role], *, on: date
) -> tuple[Transition, ...]:
    """Return the acts these roles may do with an application now: the buttons that are shown."""
    held = tuple(roles_held)
    return tuple(
        row
        for row in pack.programme.acts(application.status)
        if any(may_decide(pack, role, row, application.place, on=on) for role in held)
    )


def decide(
    db: Connection,
    *,
    pack: Pack,
    application_id: str,
    version: int,
    act: str,
    role: Role,
    now: datetime,
    tell: Teller,
    note: str = "",
    defects: Sequence[Defect] = (),
) -> Application:
    """
    Take an official's decision: accept, return with all defects, decline with a reason, or a later step.

    A second decision, also by a double tap, is a `ConflictError` with the present state; no message is sent again.
    Officials do not decide on their own entities or on their own entries for others: `OwnCaseError`.
    """
    on = local_day(pack, now)
    application = read_application(db, application_id)
    if application is None or not may(role, "review.see", application.place, pack.places, on=on):
        raise NotAllowedError(act_name(act))
    if application.version != version:
        raise ConflictError(application)
    transition = pack.programme.transition(act, application.status)
    if transition is None:
        raise ImpossibleActError(application, act)
    if not may_decide(pack, role, transition, application.place, on=on):
        raise NotAllowedError(act_name(act))
    if application.id in own_cases(db, role.person_id):
        others = others_who_decide(db, pack=pack, application=application, excluding=role.person_id, on=on)
        raise OwnCaseError(act_name(act), others)
    if (transition.remark == "reason" and not note.strip()) or (transition.remark == "defects" and not defects):
        raise MissingRemarkError(transition)
    moved = _move(
        db, pack, application, Change(act, transition.end, role.person_id, note=note.strip()), now=now, tell=tell
    )
    _write_defects(db, moved, defects)
    news = _news(db, pack, moved, transition, role=role, note=note, defects=defects, on=on)
    tell_members(db, application=moved, key=news.key, values=news.values, actions=news.actions, tell=tell, now=now)
    return moved


def would_tell(
    db: Connection,
    *,
    pack: Pack,
    application: Application,
    act: str,
    role: Role,
    now: datetime,
    note: str = "",
    defects: Sequence[Defect] = (),
) -> News:
    """The message that `decide` would queue for the producer now.  Changes nothing and checks no right."""
    transition = pack.programme.transition(act, application.status)
    if transition is None:
        raise ImpossibleActError(application, act)
    on = local_day(pack, now)
    columns, _ = _turned(db, pack, application, Change(act, transition.end, role.person_id), now)
    after = replace(application, status=transition.end, **columns)
    return _news(db, pack, after, transition, role=role, note=note, defects=defects, on=on)


def _news(
    db: Connection,
    pack: Pack,
    after: Application,
    transition: Transition,
    *,
    role: Role,
    note: str,
    defects: Sequence[Defect],
    on: date,
) -> News:
    values = (
        values_of(pack, after)
        | holder_now(db, pack, after, on)
        | {
            "note": note.strip(),
            "official": known_as(db, role),
            "office": place_name(pack, role.place),
            "defects": _listed(pack, after, defects),
        }
    )
    buttons: tuple[Offer, ...] = ((ShowStatus(after.code), "button.status"),)
    if defects:
        buttons = (
            *((CorrectAnswer(after.code, defect.field), "button.mend") for defect in defects),
            ("/lienhe", "button.ask_official"),
        )
    elif transition.remark == "reason":
        again = ((RegisterAgain(after.code), "button.register_again"),) if after.status in AGAIN else ()
        buttons = (*buttons, *again, ("/lienhe", "button.ask_official"))
    return News(transition.tells, values, buttons)


def hand_in(
    db: Connection,
    *,
    pack: Pack,
    application_id: str,
    version: int | None,
    act: str,
    person_id: str,
    now: datetime,
    tell: Teller,
    answers: Mapping[str, Any] | None = None,
    draft_key: str | None = None,
    place: str | None = None,
    kind: str | None = None,
    product_group: str | None = None,
) -> Application:
    """
    Make a change that is the producer's: resubmit, complete, withdraw, or a later step of the pack's table.

    `answers` are the changed ones; earlier values are kept with the event, so that the reviewer sees only the
    changes. Idempotent per draft. `version` None takes the application as it is.
    """
    application = read_application(db, application_id)
    part = None if application is None else part_of(db, entity_id=application.entity_id, person_id=person_id)
    right = "application.withdraw_own" if act == "withdraw" else "application.edit_own"
    if application is None or not may_own(part, right):
        raise NotAllowedError(right)
    if draft_key is not None and not close_draft(db, key=draft_key, state="submitted", now=now):
        again = read_application(db, application_id)
        return application if again is None else again
    if version is not None and application.version != version:
        raise ConflictError(application)
    transition = pack.programme.transition(act, application.status)
    if transition is None or transition.by != APPLICANT:
        raise ImpossibleActError(application, act)
    merged, changed = _merge(application, answers or {})
    columns = {"place": place, "kind": kind, "product_group": product_group}
    change = Change(
        act,
        transition.end,
        person_id,
        answers=merged if changed else None,
        columns={name: value for name, value in columns.items() if value is not None},
        changed=changed,
    )
    moved = _move(db, pack, application, change, now=now, tell=tell)
    _fix_defects(db, moved, changed, now)
    values = values_of(pack, moved) | holder_now(db, pack, moved, local_day(pack, now))
    button = (ShowStatus(moved.code), "button.status")
    tell_members(
        db, application=moved, key=transition.tells, values=values, actions=(button,), tell=tell, now=now,
        excluding=person_id,
    )  # fmt: skip
    return pass_on(db, pack=pack, application=moved, now=now, tell=tell)


def _fix_defects(db: Connection, moved: Application, changed: Collection[str], now: datetime) -> None:
    """Mark the open defects of the changed fields fixed."""
    db.execute(
        update(defects)
        .where(defects.c.application_id == moved.id, defects.c.field.in_(changed), defects.c.mended_at.is_(None))
        .values(mended_at=now)
    )


def withdraw(
    db: Connection, *, pack: Pack, application_id: str, person_id: str, now: datetime, tell: Teller,
    version: int | None = None,
) -> Application:  # fmt: skip
    """Withdraw an application; an owner may, a helper may not. Idempotent."""
    application = read_application(db, application_id)
    if application is not None and application.status == "withdrawn":
        part = part_of(db, entity_id=application.entity_id, person_id=person_id)
        if may_own(part, "application.withdraw_own"):
            return application
    return hand_in(
        db, pack=pack, application_id=application_id, version=version, act="withdraw", person_id=person_id,
        now=now, tell=tell,
    )  # fmt: skip


def withdraw_all(db: Connection, *, pack: Pack, person_id: str, now: datetime, tell: Teller) -> int:
    """
    Withdraw every application of a person that can still be withdrawn, before an erasure.

    Applications with a final decision stay as they are, without texts.
    """
    entered = db.execute(
        select(applications.c.id)
        .join(members, members.c.entity_id == applications.c.entity_id)
        .where(
            applications.c.person_id.in_(merged_ids(db, person_id)),
            members.c.person_id == person_id,
            members.c.part == "owner",
        )
    ).scalars()
    withdrawn = 0
    for application_id in entered.all():
        application = read_application(db, application_id)
        if application is not None and pack.programme.transition("withdraw", application.status) is not None:
            withdraw(db, pack=pack, application_id=application_id, person_id=person_id, now=now, tell=tell)
            withdrawn += 1
    return withdrawn


def _move(
    db: Connection, pack: Pack, application: Application, change: Change, *, now: datetime, tell: Teller
) -> Application:
    """Make a change with its holder and term, and notify the officials whose turn it becomes."""
    on = local_day(pack, now)
    columns, reviewers = _turned(db, pack, application, change, now)
    turns = "due_on" in columns
    moved = move(db, application, replace(change, columns=columns), now)
    if moved is None:
        present = read_application(db, application.id)
        raise ConflictError(application if present is None else present)
    if change.answers is not None:
        report_certificate(db, pack, moved, now)
    if turns:
        forget_review(db, pack, moved)
    if reviewers is not None:
        again = {"resubmit": "review.resubmitted", "reopen": "review.reopened"}.get(change.act, "review.arrived")
        tell_officials(
            db,
            application=moved,
            officials=[role for role in reviewers.roles if role.person_id != change.actor],
            key="review.went_up" if reviewers.went_up else again,
            values=values_of(pack, moved) | {"before": place_name(pack, application.holder)},
            tell=tell,
            now=now,
        )
    elif change.act == "withdraw":
        tell_officials(
            db,
            application=moved,
            officials=roles_at(db, place=moved.holder, on=on),
            key="review.withdrawn",
            values=values_of(pack, moved),
            tell=tell,
            now=now,
        )
    return moved


def _turned(
    db: Connection, pack: Pack, application: Application, change: Change, now: datetime
) -> tuple[dict[str, Any], Reviewers | None]:
    """The columns a change writes, with the term and the holder where the turn changes; and the next reviewers."""
    on = local_day(pack, now)
    columns = dict(change.columns or {})
    place = str(columns.get("place", application.place))
    if change.status == application.status and place == application.place:
        return columns, None
    columns["due_on"] = term_end(pack, change.status, on)
    reviewers = reviewers_for(db, pack, place=place, status=change.status, on=on)
    if reviewers is not None:
        columns |= {"holder": reviewers.holder, "holder_since": now}
    return columns, reviewers


def _merge(application: Application, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answers after a correction, and the earlier values of the changed fields; None removes an answer."""
    changed = {
        field: application.answers.get(field)
        for field, answer in answers.items()
        if application.answers.get(field) != answer
    }
    merged = {field: answer for field, answer in {**application.answers, **answers}.items() if answer is not None}
    return merged, changed


def _write_defects(db: Connection, application: Application, named: Sequence[Defect]) -> None:
    for order, defect in enumerate(named):
        defect_id = new_id()
        db.execute(
            insert(defects).values(
                id=defect_id,
                application_id=application.id,
                version=application.version,
                field=defect.field,
                remark_sealed=seal_for(
                    db,
                    application.person_id,
                    f"defects:remark:{defect_id}",
                    {"remark": defect.remark, "order": order},
                ),
            )
        )


def _listed(pack: Pack, application: Application, named: Sequence[Defect]) -> str:
    """The defects as lines, with the field's label as the form of this stage writes it."""
    form = pack.forms.get(application.status.split("_", maxsplit=1)[0], pack.forms.get("idea"))
    labels = {} if form is None else {field.id: field.label for field in form.fields}
    return "\n".join(
        f"{number}. {labels.get(defect.field, defect.field)}: {defect.remark}"
        for number, defect in enumerate(named, start=1)
    )
