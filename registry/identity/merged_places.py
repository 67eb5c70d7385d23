"""
Rows under the code of a place that the pack abolished: they move to its one successor, or are listed for a decision.

A role is moved only on request, since its official may reach over more than before.  A code that the pack gave to
another place again is valid, and is left alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from content.places.places import Places
from content.programme.pack import Pack
from registry.answers.answers import State, office_answers
from registry.answers.unanswered import unanswered
from registry.applications.applications import read_application
from registry.applications.assisted import entries
from registry.applications.changes import Change, move
from registry.applications.questions import questions
from registry.deadlines.handed_papers import handed_papers
from registry.listening.enclosures import UNDECIDED
from registry.people import leaves
from registry.people.roles import OPERATOR, check_role
from registry.products.products import products
from registry.store.audit import record
from registry.store.rows import applications, enclosures, entities, people, roles
from registry.store.tombstones import Kind, note

SLICE = 200
"""Rows per unit of work, unless its caller measures them."""
MOVED = "move_place"


@dataclass(frozen=True, slots=True)
class Abolished:
    """A code that is no longer valid: the rows per noun, and its one successor if there is one."""

    code: str
    successor: str | None
    rows: Mapping[str, int]


@dataclass(slots=True)
class Moved:
    """Numbers of moved rows per noun, and of roles that fit no place of their level."""

    rows: dict[str, int] = field(default_factory=dict)
    unfit: int = 0
    most: int = field(default_factory=lambda: SLICE)

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def abolished(db: Connection, *, pack: Pack) -> tuple[Abolished, ...]:
    """List the codes of rows that are no longer valid on the pack's day, by code."""
    found: dict[str, dict[str, int]] = {}
    for noun, column, which in _columns():
        counted = select(column, func.count()).where(column.is_not(None), which).group_by(column)
        for code, count in db.execute(counted):
            if not valid(pack.places, code):
                rows = found.setdefault(code, {})
                rows[noun] = rows.get(noun, 0) + count
    return tuple(Abolished(code, successor(pack.places, code), rows) for code, rows in sorted(found.items()))


def valid(places: Places, code: str) -> bool:
    """True for the code of a place that exists on the pack's day."""
    match = places.resolve_code(code)
    return match is not None and match.through is None and match.place.code == code


def successor(places: Places, code: str) -> str | None:
    """The one place that came after a code; None without one or with several."""
    match = places.resolve_code(code)
    return None if match is None or match.place.code == code else match.place.code


def move_slice(db: Connection, *, pack: Pack, with_roles: bool, now: datetime, most: int | None = None) -> Moved:
    """
    Move at most one slice of rows to their successors, with an event or an audit entry each; `most` rows, or `SLICE`.

    Repeat it until nothing is moved.  Idempotent; rows without one successor stay.
    """
    moved = Moved() if most is None else Moved(most=most)
    for one in abolished(db, pack=pack):
        if one.successor is None or moved.total >= moved.most:
            continue
        _move_applications(db, one.code, one.successor, moved, now)
        for noun, column, which in _columns():
            if noun not in {"applications", "roles"}:
                _move_rows(db, noun, column, which, one.code, one.successor, moved, now)
        if with_roles:
            _move_roles(db, pack, one.code, one.successor, moved, now)
    return moved


def _columns() -> Iterator[tuple[str, ColumnElement[str], ColumnElement[bool]]]:
    """Every column that names a place for later work: its noun, and the rows that count."""
    present = people.c.erased_at.is_(None)
    yield "people", people.c.place, present
    yield "roles", roles.c.place, roles.c.revoked_at.is_(None)
    yield "entities", entities.c.place, entities.c.id.is_not(None)
    yield "applications", applications.c.place, applications.c.id.is_not(None)
    yield "applications", applications.c.holder, applications.c.id.is_not(None)
    yield "questions", questions.c.place, questions.c.answered_at.is_(None)
    yield "questions", questions.c.holder, questions.c.answered_at.is_(None)
    yield "products", products.c.place, products.c.id.is_not(None)
    yield "papers", handed_papers.c.place, handed_papers.c.id.is_not(None)
    yield "papers", handed_papers.c.holder, handed_papers.c.id.is_not(None)
    yield "office answers", office_answers.c.place, office_answers.c.state.in_((State.WAITING, State.PUBLISHED))
    yield "unanswered", unanswered.c.place, unanswered.c.dismissed_at.is_(None)
    yield "entries", entries.c.place, entries.c.id.is_not(None)
    yield "voices", enclosures.c.place, enclosures.c.state.in_(UNDECIDED)


def _left(moved: Moved) -> int:
    return max(moved.most - moved.total, 0)


def _count(moved: Moved, noun: str) -> None:
    moved.rows[noun] = moved.rows.get(noun, 0) + 1


def _move_applications(db: Connection, old: str, new: str, moved: Moved, now: datetime) -> None:
    """Move applications by an event of their history; the producer's answer keeps the place as it was given."""
    ids = db.execute(
        select(applications.c.id)
        .where((applications.c.place == old) | (applications.c.holder == old))
        .order_by(applications.c.id)
        .limit(_left(moved))
    ).scalars()
    for application_id in ids.all():
        known = read_application(db, application_id)
        if known is None:
            continue
        columns = {"place": new if known.place == old else known.place}
        columns["holder"] = new if known.holder == old else known.holder
        if move(db, known, Change(MOVED, known.status, "system", columns=columns), now) is not None:
            _count(moved, "applications")


def _move_rows(
    db: Connection,
    noun: str,
    column: ColumnElement[str],
    which: ColumnElement[bool],
    old: str,
    new: str,
    moved: Moved,
    now: datetime,
) -> None:
    table = column.table
    ids = db.execute(select(table.c.id).where(column == old, which).order_by(table.c.id).limit(_left(moved))).scalars()
    for row_id in ids.all():
        db.execute(update(table).where(table.c.id == row_id).values({column: new}))
        record(db, now=now, actor=OPERATOR, act="place.move", noun=noun, noun_id=row_id, before=old, after=new)
        _count(moved, noun)


def _move_roles(db: Connection, pack: Pack, old: str, new: str, moved: Moved, now: datetime) -> None:
    """Move roles to a place of their level; of two the same there, the one that ends later stays."""
    rows = db.execute(
        select(roles).where(roles.c.place == old, roles.c.revoked_at.is_(None)).order_by(roles.c.id).limit(_left(moved))
    ).all()
    for row in rows:
        try:
            check_role(pack, row.role, new)
        except ValueError:
            moved.unfit += 1
            continue
        same = db.execute(
            select(roles.c.id, roles.c.until).where(
                roles.c.person_id == row.person_id, roles.c.role == row.role, roles.c.place == new,
                roles.c.revoked_at.is_(None),
            )
        ).first()  # fmt: skip
        values = {"place": new} if same is None else {"revoked_at": now}
        db.execute(update(roles).where(roles.c.id == row.id).values(values))
        leaves.move(db, role_id=row.id, to=row.id if same is None else same.id, place=new)
        if same is not None:
            note(db, Kind.ROLE, row.id, now=now)
        if same is not None and same.until < row.until:
            db.execute(update(roles).where(roles.c.id == same.id).values(until=row.until))
            note(db, Kind.TERM, same.id, now=now, until=row.until.isoformat())
        record(db, now=now, actor=OPERATOR, act="place.move", noun="role", noun_id=row.id, before=old, after=new)
        _count(moved, "roles")
