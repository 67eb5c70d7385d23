"""
One-time codes: for a role, an entity, another account of a person, or a trial; the code itself is not stored.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Column, Connection, Date, ForeignKey, LargeBinary, Row, Table, Text, insert, select, update

from registry.people.one_time_codes import code_print, one_time_code
from registry.store import tombstones
from registry.store.rows import UTCDateTime, metadata, partial

invitations = Table(
    "invitations",
    metadata,
    Column("code_print", Text, primary_key=True),  # keyed hash of the code
    Column("kind", Text, nullable=False),  # role, entity, link, same, claim, trial
    Column("role", Text),
    Column("place", Text),
    Column("entity_id", Text, ForeignKey("entities.id")),
    Column("by", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
    Column("redeemed_at", UTCDateTime),
    Column("redeemed_by", Text),
    Column("card_sealed", LargeBinary),  # name, title and number of the invited official, until it is used or expires
    Column("until", Date),  # the last day of the role; NULL for the longest
    partial("ix_invitations_cards", "code_print", where="card_sealed is not null"),
)


InvitationKind = Literal["role", "entity", "link", "same", "claim", "trial"]
"""The kinds of one-time code: a role, an entity to help, an account to link (same: by a number), an entity, a trial."""
INVITATION_LASTS = timedelta(hours=24)


def new_invitation(
    db: Connection,
    *,
    kind: InvitationKind,
    by: str,
    now: datetime,
    role: str | None = None,
    place: str | None = None,
    entity_id: str | None = None,
    lasts: timedelta = INVITATION_LASTS,
) -> str:
    """Make a one-time code for a role, an entity, another channel or a trial; kept as a keyed hash."""
    code = one_time_code()
    db.execute(
        insert(invitations).values(
            code_print=code_print(db, code),
            kind=kind,
            role=role,
            place=place,
            entity_id=entity_id,
            by=by,
            created_at=now,
            expires_at=now + lasts,
        )
    )
    return code


def kind_of_code(db: Connection, code: str) -> InvitationKind | None:
    """The kind of a code in any state, or None; it tells nothing about what the code is for."""
    found: InvitationKind | None = db.execute(
        select(invitations.c.kind).where(invitations.c.code_print == code_print(db, code))
    ).scalar_one_or_none()
    return found


def look_at_invitation(db: Connection, *, kind: InvitationKind, code: str, now: datetime) -> str | None:
    """Return the maker of a code that can still be used; looking does not use it up."""
    found: str | None = db.execute(
        select(invitations.c.by).where(
            invitations.c.code_print == code_print(db, code),
            invitations.c.kind == kind,
            invitations.c.redeemed_at.is_(None),
            invitations.c.expires_at > now,
        )
    ).scalar_one_or_none()
    return found


def take_invitation(
    db: Connection, *, kind: InvitationKind, code: str, person_id: str, now: datetime
) -> Row[Any] | None:
    """Use a code up; of two at once only one gets it."""
    used = db.execute(
        update(invitations)
        .where(
            invitations.c.code_print == code_print(db, code),
            invitations.c.kind == kind,
            invitations.c.redeemed_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(redeemed_at=now, redeemed_by=person_id)
        .returning(invitations)
    ).one_or_none()
    if used is not None:
        tombstones.note(db, tombstones.Kind.CODE, used.code_print, now=now)
    return used
