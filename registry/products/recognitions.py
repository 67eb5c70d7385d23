"""
Recognitions of products: stars, the number of the certificate, its days, the office that issued it, and a state.

A recognition stands until a new decision replaces it.  That it has ended is computed from its last day and the clock.
The end printed on the certificate wins over the term of the rules.
"""

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    select,
    text,
    update,
)

from content.programme.programme import Programme
from registry.store.audit import record
from registry.store.prepared import Prepared, inserting
from registry.store.rows import UTCDateTime, id_column, metadata, new_id, partial

AHEAD = "state = 'standing' and followed_on is null"
UNFOLLOWED = "(state = 'standing' and followed_on <> ends_on) or (state <> 'standing' and followed_on is not null)"
"""Conditions of the indexes by which `registry.deadlines.certificates` finds what it has not followed."""

recognitions = Table(
    "recognitions",
    metadata,
    id_column(),
    Column("product_id", Text, ForeignKey("products.id"), nullable=False, index=True),
    Column("application_id", Text, ForeignKey("applications.id"), nullable=False, index=True),  # its course
    Column("stars", Integer, nullable=False),
    Column("certificate", Text, nullable=False),  # the number on the paper
    Column("issued_on", Date, nullable=False),
    Column("ends_on", Date),  # NULL where no end is printed and the programme sets no term
    Column("end_printed", Boolean, nullable=False),
    Column("issued_by", Text, nullable=False),  # a level: district, province, central; "" where no rule tells
    Column("state", Text, nullable=False),  # `State`; only `change` writes it
    Column("entered_at", UTCDateTime, nullable=False),
    Column("followed_on", Date),  # the end its deadline was made for; NULL without one (`registry/deadlines/`)
    Index(
        "ix_recognitions_standing",
        "product_id",
        unique=True,
        sqlite_where=text("state = 'standing'"),
        postgresql_where=text("state = 'standing'"),
    ),
    partial("ix_recognitions_ahead", "ends_on", where=AHEAD),
    partial("ix_recognitions_unfollowed", "id", where=UNFOLLOWED),
)


_ADD = inserting(
    recognitions, "id", "product_id", "application_id", "stars", "certificate", "issued_on", "ends_on", "end_printed",
    "issued_by", "state", "entered_at",
)  # fmt: skip
_STANDING = Prepared(
    select(recognitions).where(
        recognitions.c.product_id == bindparam("of_product"), recognitions.c.state == text("'standing'")
    )
)


class State(StrEnum):
    """The state of a recognition."""

    REPORTED = "reported"  # by its producer; no office has confirmed it
    STANDING = "standing"
    REPLACED = "replaced"
    REFUSED = "refused"


class Trigger(StrEnum):
    """The changes of a recognition."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    REPLACE = "replace"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.CONFIRM: (frozenset({State.REPORTED}), State.STANDING),
    Trigger.REFUSE: (frozenset({State.REPORTED}), State.REFUSED),
    Trigger.REPLACE: (frozenset({State.STANDING}), State.REPLACED),
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of a certificate as they are on the paper; `ends_on` is None where no end is printed."""

    stars: int
    number: str
    issued_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """One recognition of a product."""

    id: str
    product_id: str
    application_id: str
    stars: int
    certificate: str
    issued_on: date
    ends_on: date | None
    end_printed: bool
    issued_by: str
    state: State

    def ended(self, on: date) -> bool:
        """True after its last day."""
        return self.ends_on is not None and self.ends_on < on


def months_later(day: date, months: int) -> date:
    """Return the same day N months later, or the last day of that month: 29/02 and 36 months make 28/02."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(programme: Programme, certificate: Certificate) -> date | None:
    """The printed end; without one the term of the rules from the day of issue; None where there is no term."""
    if certificate.ends_on is not None:
        return certificate.ends_on
    rule = programme.evaluation.certificates
    return None if rule is None else months_later(certificate.issued_on, rule.months)


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger) -> int:
    """Change the state of the matching recognitions and return their number.  Idempotent."""
    sources, target = TRANSITIONS[trigger]
    rows = update(recognitions).where(which, recognitions.c.state.in_(sources)).values(state=target)
    return db.execute(rows).rowcount


def enter(
    db: Connection,
    *,
    programme: Programme,
    product_id: str,
    application_id: str,
    certificate: Certificate,
    actor: str,
    now: datetime,
) -> Literal["added", "changed", "unchanged"]:
    """
    Enter a certificate an office vouches for: "added", "changed" or "unchanged".

    A later decision replaces the standing recognition; other differences correct it.  Idempotent.
    """
    known = standing(db, product_id)
    values = _values(programme, certificate)
    done = effect(programme, known, certificate)
    if known is not None and done == "unchanged":
        return done
    if known is not None and done == "changed":
        _correct(db, known.id, values)
        _note(db, now, actor, "correct", known.id, certificate)
        return done
    if known is not None:
        change(db, recognitions.c.id == known.id, Trigger.REPLACE)
    made = _add(db, product_id, application_id, values, State.STANDING, now)
    _note(db, now, actor, "enter", made, certificate)
    return done


def effect(
    programme: Programme, known: Recognition | None, certificate: Certificate
) -> Literal["added", "changed", "unchanged"]:
    """The effect `enter` would have on a product where this recognition stands, or none."""
    if known is None or _is_new_decision(programme, known, certificate):
        return "added"
    values = _values(programme, certificate)
    return "unchanged" if values == {name: getattr(known, name) for name in values} else "changed"


def report(
    db: Connection,
    *,
    programme: Programme,
    product_id: str,
    application_id: str,
    certificate: Certificate,
    actor: str,
    now: datetime,
) -> None:
    """Keep a certificate its producer reports; a corrected report replaces the facts.  Idempotent."""
    values = _values(programme, certificate)
    open_report = (recognitions.c.application_id == application_id, recognitions.c.state == State.REPORTED)
    known = db.execute(select(recognitions.c.id).where(*open_report)).scalar_one_or_none()
    if known is not None:
        _correct(db, known, values)
    else:
        known = _add(db, product_id, application_id, values, State.REPORTED, now)
    _note(db, now, actor, "report", known, certificate)


def confirm(db: Connection, *, application_id: str, actor: str, now: datetime) -> bool:
    """Let the reported certificate of an application stand; an earlier one of the product is replaced.  Idempotent."""
    found = _reported(db, application_id)
    if found is None:
        return False
    change(db, recognitions.c.product_id == found.product_id, Trigger.REPLACE)
    change(db, recognitions.c.id == found.id, Trigger.CONFIRM)
    record(db, now=now, actor=actor, act="recognition.confirm", noun="recognition", noun_id=found.id)
    return True


def refuse(db: Connection, *, application_id: str, actor: str, now: datetime) -> bool:
    """Refuse the reported certificate of an application, or take it back.  Idempotent."""
    found = _reported(db, application_id)
    if found is None:
        return False
    change(db, recognitions.c.id == found.id, Trigger.REFUSE)
    record(db, now=now, actor=actor, act="recognition.refuse", noun="recognition", noun_id=found.id)
    return True


def standing(db: Connection, product_id: str) -> Recognition | None:
    """The recognition of a product that stands, whether or not it has ended."""
    row = _STANDING.row(db, of_product=product_id)
    return None if row is None else _recognition(row)


def standing_of(db: Connection, product_ids: Collection[str]) -> Mapping[str, Recognition]:
    """The standing recognitions of some products, by product."""
    rows = db.execute(
        select(recognitions).where(recognitions.c.product_id.in_(product_ids), recognitions.c.state == State.STANDING)
    )
    return {row.product_id: _recognition(row) for row in rows}


def latest_of(db: Connection, product_ids: Collection[str]) -> Mapping[str, Recognition]:
    """The newest recognition of some products in any state, by product; a standing one first."""
    rows = db.execute(
        select(recognitions)
        .where(recognitions.c.product_id.in_(product_ids))
        .order_by(recognitions.c.entered_at, recognitions.c.id)
    )
    found: dict[str, Recognition] = {}
    for row in rows:
        known = found.get(row.product_id)
        if known is None or known.state is not State.STANDING or row.state == State.STANDING:
            found[row.product_id] = _recognition(row)
    return found


def _reported(db: Connection, application_id: str) -> Recognition | None:
    row = db.execute(
        select(recognitions).where(
            recognitions.c.application_id == application_id, recognitions.c.state == State.REPORTED
        )
    ).one_or_none()
    return None if row is None else _recognition(row)


def _is_new_decision(programme: Programme, known: Recognition, certificate: Certificate) -> bool:
    """
    True for a certificate of a later decision, not a correction of the one that stands.

    Its day is later, and its number is another one or more than half a term lies between the two days.
    """
    if certificate.issued_on <= known.issued_on:
        return False
    rule = programme.evaluation.certificates
    if rule is not None and certificate.issued_on > months_later(known.issued_on, rule.months // 2):
        return True
    return certificate.number != known.certificate


def _values(programme: Programme, certificate: Certificate) -> dict[str, object]:
    return {
        "stars": certificate.stars,
        "certificate": certificate.number,
        "issued_on": certificate.issued_on,
        "ends_on": last_day(programme, certificate),
        "end_printed": certificate.ends_on is not None,
        "issued_by": programme.evaluation.issuer(certificate.stars, certificate.issued_on),
    }


def _correct(db: Connection, recognition_id: str, facts: Mapping[str, object]) -> None:
    db.execute(
        update(recognitions)
        .where(recognitions.c.id == recognition_id)
        .values(
            stars=facts["stars"], certificate=facts["certificate"], issued_on=facts["issued_on"],
            ends_on=facts["ends_on"], end_printed=facts["end_printed"], issued_by=facts["issued_by"],
        )
    )  # fmt: skip


def _add(
    db: Connection, product_id: str, application_id: str, values: Mapping[str, object], state: State, now: datetime
) -> str:
    made = new_id()
    _ADD.count(db, id=made, product_id=product_id, application_id=application_id, state=state, entered_at=now, **values)
    return made


def _note(db: Connection, now: datetime, actor: str, act: str, recognition_id: str, certificate: Certificate) -> None:
    record(
        db, now=now, actor=actor, act=f"recognition.{act}", noun="recognition", noun_id=recognition_id,
        stars=certificate.stars, issued_on=certificate.issued_on.isoformat(),
    )  # fmt: skip


def _recognition(row: Row[tuple[object, ...]]) -> Recognition:
    kept = {name: getattr(row, name) for name in Recognition.__slots__}
    return Recognition(**(kept | {"state": State(row.state)}))
