"""Invitations to a role: a one-time code, with the name, title and number of the person it is for, sealed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from content.places.places import Places
from content.programme.pack import Pack
from registry.people.invitations import invitations, new_invitation, take_invitation
from registry.people.official_names import LONGEST_TITLE, official_name, set_official_name
from registry.people.one_time_codes import code_print
from registry.people.roles import OPERATOR, NotAllowedError, Role, check_role, grant, may_grant, roles_of
from registry.people.subordinates import check_invitations
from registry.store.audit import record
from registry.store.sealing import vault_of
from registry.store.slices import Place, Room, Slice, each


@dataclass(frozen=True, slots=True)
class Card:
    """How an official is presented to producers: name, title, and a number in E.164; empty where unknown."""

    name: str = ""
    title: str = ""
    phone: str = ""


NO_CARD = Card()


def invite(
    db: Connection,
    *,
    pack: Pack,
    role: str,
    place: str,
    by: Role | Literal["operator"],
    on: date,
    now: datetime,
    card: Card = NO_CARD,
    until: date | None = None,
) -> str:
    """
    Make a one-time code for a role; it works once, within 24 hours.

    The code is shown here and nowhere again: only its keyed hash is kept. An official with many unused codes gets a
    `TooManyInvitationsError`.
    """
    check_role(pack, role, place)
    if isinstance(by, Role):
        if not may_grant(by, role, place, pack.places, on=on):
            raise NotAllowedError("role.invite")
        check_invitations(db, by=by.person_id, now=now)
    elif by != OPERATOR:
        raise NotAllowedError("role.invite")
    actor = by.person_id if isinstance(by, Role) else by
    code = new_invitation(db, kind="role", by=actor, now=now, role=role, place=place)
    found_by = code_print(db, code)
    words = json.dumps([card.name, card.title[:LONGEST_TITLE], card.phone], ensure_ascii=False)
    sealed = None if card == NO_CARD else vault_of(db).seal_common(f"invitations:card:{found_by}", words)
    which = invitations.c.code_print == found_by
    db.execute(update(invitations).where(which).values(card_sealed=sealed, until=until))
    record(db, now=now, actor=actor, act="role.invite", noun="place", noun_id=place, role=role)
    return code


def redeem(
    db: Connection, *, code: str, person_id: str, places: Places, on: date, now: datetime, title: str | None = None
) -> Role | None:
    """
    Take the role of a code; None when the code is used, expired, of another kind or unknown.

    A code is worth nothing once its maker may no longer give that role there.  The name and number on the invitation
    count where the person has given none.
    """
    row = take_invitation(db, kind="role", code=code, person_id=person_id, now=now)
    if row is None:
        return None
    givers = roles_of(db, person_id=row.by, on=on)
    if row.by != OPERATOR and not any(may_grant(giver, row.role, row.place, places, on=on) for giver in givers):
        return None
    card = NO_CARD
    if row.card_sealed is not None:
        words = vault_of(db).unseal_common(f"invitations:card:{row.code_print}", row.card_sealed)
        card = Card(*json.loads(words))
        db.execute(update(invitations).where(invitations.c.code_print == row.code_print).values(card_sealed=None))
    held = grant(
        db, person_id=person_id, role=row.role, place=row.place, granted_by=row.by, now=now,
        title=title or card.title or None, until=row.until,
    )  # fmt: skip
    introduce(db, person_id=person_id, card=card, by=row.by, now=now)
    return held


def introduce(db: Connection, *, person_id: str, card: Card, by: str, now: datetime) -> None:
    """Keep the name and number of a card; a name or number the person has already stays."""
    known = official_name(db, person_id)
    name = card.name if known.name is None else ""
    phone = card.phone if known.phone is None else ""
    set_official_name(db, person_id=person_id, now=now, by=by, name=name or None, phone=phone or None)


def wipe_cards(db: Connection, *, now: datetime, room: Room | None = None, after: Place = ()) -> Slice:
    """
    Remove the names from invitations that can no longer be used.  Idempotent.

    Those beyond the room wait for the next slice.
    """
    with_card = select(invitations.c.code_print, invitations.c.expires_at, invitations.c.redeemed_at).where(
        invitations.c.card_sealed.is_not(None)
    )

    def find(behind: Place, most: int) -> Sequence[Any]:
        rows = with_card.where(invitations.c.code_print > (behind[0] if behind else ""))
        return db.execute(rows.order_by(invitations.c.code_print).limit(most)).all()

    def act(row: Any) -> Mapping[str, int]:
        if row.expires_at > now and row.redeemed_at is None:
            return {}
        this = update(invitations).where(invitations.c.code_print == row.code_print)
        return {"cards": db.execute(this.values(card_sealed=None)).rowcount}

    return each(find, act, room=room or Room(), after=after, place_of=lambda row: (row.code_print,))
