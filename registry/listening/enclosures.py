"""
A voice, a paper or a place sent under a question that it does not answer: kept with that question.

A voice waits until somebody types what was said, and the producer says that it is right.  Only then does it count.
A paper and a place are kept as they are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from content.actions.listening import AnswerTyped, TypeRecording
from content.places.places import Places
from content.programme.pack import Pack
from registry.applications.assisted import FOR_OTHERS
from registry.applications.drafts import Answer, Draft
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.people import current, merged_ids
from registry.people.roles import NotAllowedError, Reviewers, Role, may, officials_for
from registry.store.audit import record
from registry.store.rows import drafts, enclosures, new_id
from registry.store.sealing import data_key, seal_for, unseal_for
from registry.telling import Teller, local_day, place_name

Kind = Literal["voice", "document", "location"]
MOST_OF_ONE_DRAFT = 60
"""Things kept with the questions of one form; two for each question of the longest."""


class State(StrEnum):
    """The state of an enclosure; only a voice leaves `KEPT`'s side of the table."""

    KEPT = "kept"
    WAITING = "waiting"
    TYPED = "typed"
    COUNTED = "counted"
    CLOSED = "closed"


class Trigger(StrEnum):
    """The changes of a voice: typed, right, not right; closed once its question has another answer."""

    TYPE = "type"
    COUNT = "count"
    REFUSE = "refuse"
    CLOSE = "close"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.TYPE: (frozenset({State.WAITING}), State.TYPED),
    Trigger.COUNT: (frozenset({State.TYPED}), State.COUNTED),
    Trigger.REFUSE: (frozenset({State.TYPED}), State.WAITING),
    Trigger.CLOSE: (frozenset({State.WAITING, State.TYPED}), State.CLOSED),
}
UNDECIDED = (State.WAITING, State.TYPED)
"""An office may still have to hear it: it waits, or its producer may say that the typed words are wrong."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    id: str
    person_id: str
    draft_key: str
    form: str
    field: str
    kind: Kind
    file_id: str | None
    place: str
    state: State
    value: Answer
    typed_by: str | None
    typed_at: datetime | None
    sent_at: datetime


class TooManyError(Exception):
    """More things than one form may have; nothing was kept of the last one."""


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger, **values: Any) -> int:
    """Change the state of the matching enclosures and return their number.  Idempotent."""
    sources, target = TRANSITIONS[trigger]
    rows = update(enclosures).where(which, enclosures.c.state.in_(sources))
    return db.execute(rows.values(state=target.value, **values)).rowcount


def enclose(
    db: Connection,
    *,
    pack: Pack,
    draft: Draft,
    field: str,
    kind: Kind,
    place: str | None,
    now: datetime,
    tell: Teller,
    file_id: str | None = None,
    spot: tuple[float, float] | None = None,
) -> tuple[Enclosure, Reviewers]:
    """
    Keep something with its question; a voice is reported to the officials of the place, or of the top without one.

    Idempotent per draft, question and file.  A voice of a helper's form waits for nobody: the helper heard it.
    Beyond `MOST_OF_ONE_DRAFT` it is refused with `TooManyError`.
    """
    code = place if place and pack.places.get(place) else pack.places.root.code
    reviewers = in_charge(db, pack, code, now)
    known = of_draft(db, draft_key=draft.key)
    again = next((one for one in known if file_id and (one.field, one.file_id) == (field, file_id)), None)
    if again is not None:
        return again, reviewers
    if len(known) >= MOST_OF_ONE_DRAFT:
        raise TooManyError
    waits = kind == "voice" and FOR_OTHERS not in draft.answers
    state, made = State.WAITING if waits else State.KEPT, new_id()
    sealed = None if spot is None else seal_for(db, draft.person_id, f"enclosures:spot:{made}", list(spot))
    one = Enclosure(
        made, draft.person_id, draft.key, draft.form, field, kind, file_id, code, state, None, None, None, now
    )
    db.execute(
        insert(enclosures).values(
            id=made, person_id=draft.person_id, draft_key=draft.key, form=draft.form, field=field, kind=kind,
            file_id=file_id, spot_sealed=sealed, place=code, state=state.value, sent_at=now,
        )
    )  # fmt: skip
    record(db, now=now, actor=draft.person_id, act="enclosure.keep", noun="enclosure", noun_id=made, item=field)
    if waits:
        _tell_officials(db, pack, one, reviewers, tell, now)
    return one, reviewers


def in_charge(db: Connection, pack: Pack, place: str, now: datetime) -> Reviewers:
    """The officials who hear and type what is said in a place: those who would get its questions."""
    level = pack.programme.roles.get("commune_official") or pack.programme.root.id
    return officials_for(db, pack.places, place=place, level=level, on=local_day(pack, now))


def place_known(db: Connection, *, pack: Pack, draft_key: str, place: str, now: datetime, tell: Teller) -> int:
    """Hand the waiting voices of a form to the office of the place that was named; those there already stay."""
    here = (enclosures.c.draft_key == draft_key, enclosures.c.state == State.WAITING, enclosures.c.place != place)
    moved = db.execute(select(enclosures.c.id).where(*here)).scalars().all()
    if not moved or pack.places.get(place) is None:
        return 0
    db.execute(update(enclosures).where(enclosures.c.id.in_(moved)).values(place=place))
    reviewers = in_charge(db, pack, place, now)
    for one in of_draft(db, draft_key=draft_key):
        if one.id in moved:
            _tell_officials(db, pack, one, reviewers, tell, now)
    return len(moved)


def answered(db: Connection, *, draft_key: str, fields: Collection[str]) -> int:
    """Close the voices of questions that have another answer now; the recordings stay."""
    which = (enclosures.c.draft_key == draft_key) & enclosures.c.field.in_(fields)
    return change(db, which, Trigger.CLOSE)


def type_in(
    db: Connection, *, pack: Pack, enclosure_id: str, role: Role, value: Answer, words: str, now: datetime, tell: Teller
) -> Enclosure | None:
    """
    Store what an official heard, and ask the producer whether it is right; it counts after their yes.

    None when somebody typed it before, or its question has an answer.  An official of another place is refused.
    """
    found = for_official(db, enclosure_id=enclosure_id, role=role, places=pack.places, now=now, pack=pack)
    if found is None:
        raise NotAllowedError("recording.type")
    if data_key(db, found.person_id) is None:
        return None
    sealed = seal_for(db, found.person_id, f"enclosures:value:{found.id}", value)
    which = enclosures.c.id == found.id
    if not change(db, which, Trigger.TYPE, value_sealed=sealed, typed_by=role.person_id, typed_at=now):
        return None
    record(db, now=now, actor=role.person_id, act="recording.type", noun="enclosure", noun_id=found.id)
    to = current(db, found.person_id)
    label = pack.forms[found.form].field(found.field).label
    offers = ((AnswerTyped(found.id, "dung"), "loinoi.right"), (AnswerTyped(found.id, "sai"), "loinoi.wrong"))
    enqueue(
        db,
        key=keys.recording_typed(found.id, now),
        person_id=to,
        kind="status",
        message=tell(to, "loinoi.typed", {"label": label, "value": words}, offers),
        now=now,
    )
    return enclosure(db, found.id)


def count(db: Connection, *, enclosure_id: str, person_id: str, now: datetime) -> Enclosure | None:
    """Take the producer's yes to what was typed; None for another person's, or one that waits for no yes."""
    return _decided(db, enclosure_id, person_id, Trigger.COUNT, "recording.right", now)


def refuse(db: Connection, *, pack: Pack, enclosure_id: str, person_id: str, now: datetime, tell: Teller) -> bool:
    """Take the producer's no: the voice waits again, and the office is told."""
    found = _decided(db, enclosure_id, person_id, Trigger.REFUSE, "recording.wrong", now)
    if found is None:
        return False
    _tell_officials(db, pack, found, in_charge(db, pack, found.place, now), tell, now, key="goloi.wrong")
    return True


def recordings_in(db: Connection, *, pack: Pack, roles: Collection[Role], now: datetime) -> tuple[Enclosure, ...]:
    """The voices in the places of an official that nobody has typed, oldest first; none of dropped forms."""
    on = local_day(pack, now)
    held = [one.place for one in roles if may(one, "recording.type", one.place, pack.places, on=on)]
    if not held:
        return ()
    waits = enclosures.c.state == State.WAITING
    named = db.execute(select(enclosures.c.place).where(waits).distinct()).scalars().all()
    here = [one for one in named if any(pack.places.within(one, place) for place in held)]
    query = select(enclosures).join(drafts, drafts.c.key == enclosures.c.draft_key)
    query = query.where(waits, enclosures.c.place.in_(here), drafts.c.state != "dropped")
    rows = db.execute(query.order_by(enclosures.c.sent_at, enclosures.c.id)).all()
    return tuple(_enclosure(db, row) for row in rows if data_key(db, row.person_id) is not None)


def for_official(
    db: Connection, *, enclosure_id: str, role: Role, places: Places, now: datetime, pack: Pack
) -> Enclosure | None:
    """Return one enclosure to an official whose place reaches over it; None to any other."""
    found = enclosure(db, enclosure_id)
    if found is None or not may(role, "recording.type", found.place, places, on=local_day(pack, now)):
        return None
    return found


def hear(db: Connection, *, one: Enclosure, role: Role, now: datetime) -> None:
    """Note in the audit that an official was sent a recording."""
    record(db, now=now, actor=role.person_id, act="recording.hear", noun="enclosure", noun_id=one.id)


def of_draft(db: Connection, *, draft_key: str) -> tuple[Enclosure, ...]:
    """Everything kept with one form, oldest first; the caller guards who may see it."""
    query = select(enclosures).where(enclosures.c.draft_key == draft_key)
    return tuple(_enclosure(db, row) for row in db.execute(query.order_by(enclosures.c.sent_at, enclosures.c.id)).all())


def enclosure(db: Connection, enclosure_id: str) -> Enclosure | None:
    """One enclosure by its id; the caller guards who may see it."""
    row = db.execute(select(enclosures).where(enclosures.c.id == enclosure_id)).one_or_none()
    return None if row is None else _enclosure(db, row)


def _decided(
    db: Connection, enclosure_id: str, person_id: str, trigger: Trigger, act: str, now: datetime
) -> Enclosure | None:
    theirs = (enclosures.c.id == enclosure_id) & enclosures.c.person_id.in_(merged_ids(db, person_id))
    if not change(db, theirs, trigger):
        return None
    record(db, now=now, actor=person_id, act=act, noun="enclosure", noun_id=enclosure_id)
    return enclosure(db, enclosure_id)


def _tell_officials(
    db: Connection, pack: Pack, one: Enclosure, reviewers: Reviewers, tell: Teller, now: datetime,
    key: str = "goloi.arrived",
) -> None:  # fmt: skip
    told = {"label": pack.forms[one.form].field(one.field).label, "place": place_name(pack, one.place)}
    for person_id in dict.fromkeys(role.person_id for role in reviewers.roles):
        enqueue(
            db,
            key=keys.recording_waits(one.id, key, person_id, now),
            person_id=person_id,
            kind="status",
            message=tell(person_id, key, told, ((TypeRecording(one.id), "goloi.button.hear"),)),
            now=now,
        )


def _enclosure(db: Connection, row: Row[Any]) -> Enclosure:
    return Enclosure(
        id=row.id,
        person_id=row.person_id,
        draft_key=row.draft_key,
        form=row.form,
        field=row.field,
        kind=row.kind,
        file_id=row.file_id,
        place=row.place,
        state=State(row.state),
        value=unseal_for(db, row.person_id, f"enclosures:value:{row.id}", row.value_sealed),
        typed_by=row.typed_by,
        typed_at=row.typed_at,
        sent_at=row.sent_at,
    )


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move what an official typed over; the rest stays under the key of the person who sent it."""
    db.execute(update(enclosures).where(enclosures.c.typed_by == gone).values(typed_by=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Let nothing of an erased person wait; their voice and words are unreadable once the key is gone."""
    change(db, enclosures.c.person_id == person_id, Trigger.CLOSE)
