"""
The states of a delivery, the table of their transitions, and the only code that writes `deliveries.state`.

Other modules name a trigger (`change`).  The statements of the hot path are prepared here too:
`insert`, `take` and `mark_sent`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, text, update
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.selectable import Select

from registry.store.installation import COUNTED, insert_or
from registry.store.prepared import Prepared, inserting_or
from registry.store.rows import deliveries


class State(StrEnum):
    """The state of a delivery; the value is what the database stores."""

    QUEUED = "owed"  # sent when it is due
    CLAIMED = "claimed"  # taken by a sender; a lease that expires
    PARKED = "held"  # waits until the person writes
    PAUSED = "paused"  # of a broadcast that is paused or edited
    SENT = "sent"
    DOUBTFUL = "doubtful"  # may have arrived, and a repeat costs money
    REFUSED = "refused"  # the platform will never take it
    GIVEN_UP = "given_up"  # retried for hours
    UNREACHABLE = "unreachable"  # the account is blocked or gone
    EXPIRED = "expired"  # too late to be true
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why a delivery is in its state; the value is what the database stores."""

    # an attempt; the platform's words are in `detail`
    ATTEMPT_FAILED = "attempt_failed"
    NO_ANSWER = "no_answer"
    REFUSED_BY_PLATFORM = "refused_by_platform"
    ACCOUNT_UNREACHABLE = "account_unreachable"
    FIRST_ACCOUNT_UNREACHABLE = "first_account_unreachable"
    LEFT_BEFORE_IT_WAS_SENT = "left_before_it_was_sent"
    OTHER_ACCOUNT = "other_account"
    WAY_CLOSED = "way_closed"
    UNTIL_THEY_WRITE = "until_they_write"
    CONSENT_NEEDED = "consent_needed"
    TRIAL = "not_invited_to_the_trial"
    UNREADABLE = "its_words_cannot_be_opened"
    # too late
    EXPIRED_IN_QUEUE = "no_longer_true_when_its_turn_came"
    EXPIRED_WHEN_THEY_WROTE = "no_longer_true_when_they_wrote"
    THEY_DID_NOT_WRITE = "they_did_not_write_while_it_was_true"
    PAST_ITS_END = "the_end_of_what_was_said_to_many_has_passed"
    OLDER_THAN_BACKUP = "older_than_a_restored_backup_is_trusted_for"
    # replaced by another message
    SUPERSEDED = "superseded"
    REMINDED_AGAIN = "replaced_by_a_newer_reminder"
    WRITTEN_AGAIN = "written_again"
    DECIDED = "decided"
    FIXED = "fixed"
    CONSENTED = "consented"
    LINKED = "linked_to_another_account_that_gets_it"
    # the subject has changed
    DAY_MOVED = "the_day_was_moved"
    CALLED_OFF = "called_off"
    DOES_NOT_COME = "does_not_come"
    GATHERING_STOPPED = "gathering_stopped"
    BROADCAST_STOPPED = "broadcast_stopped"
    TRIAL_ENDED = "the_trial_ended"
    ANSWER_STOPPED = "answer_stopped"
    CORRECTED = "replaced_by_a_correction"
    AUTHOR_LEFT = "the_role_of_its_author_ended"
    # the person's wish
    UNWANTED = "they_want_nothing_unasked"
    PERSON_PAUSED = "the_person_paused"
    PERSON_STOPPED = "the_person_said_stop"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    ERASED = "person_erased"
    # stored by a release before the reasons were fixed words
    OTHER = "other"


class Trigger(StrEnum):
    """An event that changes the state of a delivery."""

    ENQUEUE = "enqueue"
    ENQUEUE_CLAIMED = "enqueue_claimed"  # a reply its sender keeps a place for
    CLAIM = "claim"
    GIVE_BACK = "give_back"  # claimed and not attempted, or in flight when its sender died
    RETRY = "retry"
    MOVE_OVER = "move_over"  # to the person's other account
    SEND = "send"
    DOUBT = "doubt"
    REFUSE = "refuse"
    GIVE_UP = "give_up"
    FIND_NOBODY = "find_nobody"
    PARK = "park"
    RELEASE = "release"  # the person wrote
    PAUSE = "pause"
    RESUME = "resume"
    EXPIRE = "expire"
    CANCEL = "cancel"
    DISCARD = "discard"  # nothing was sent since the backup, so a claim is void
    ERASE = "erase"
    ENQUEUE_AGAIN = "enqueue_again"  # a person decided it


@dataclass(frozen=True, slots=True)
class Step:
    """The states a trigger starts from (None: no row yet), and the state it ends in."""

    sources: tuple[State, ...] | None
    target: State
    clears: bool = False
    """The reason of the old state is removed; otherwise it stays until another is given."""


IN_QUEUE = (State.QUEUED, State.CLAIMED)
UNSENT = (State.QUEUED, State.PARKED, State.PAUSED)
"""These can still be cancelled; a claimed one is as good as sent."""
FAILED = (State.UNREACHABLE, State.REFUSED, State.GIVEN_UP)
"""Certainly not sent, and worth another attempt once the cause is gone."""
PERHAPS_SENT = (State.SENT, State.DOUBTFUL, State.CLAIMED)
STANDS = frozenset({*UNSENT, *PERHAPS_SENT})
"""Sent, or still to be sent: the person needs no second copy."""

TRANSITIONS: Mapping[Trigger, Step] = {
    Trigger.ENQUEUE: Step(None, State.QUEUED),
    Trigger.ENQUEUE_CLAIMED: Step(None, State.CLAIMED),
    Trigger.CLAIM: Step(IN_QUEUE, State.CLAIMED),  # an expired claim is taken over
    Trigger.GIVE_BACK: Step((State.CLAIMED,), State.QUEUED),
    Trigger.RETRY: Step(IN_QUEUE, State.QUEUED),
    Trigger.MOVE_OVER: Step((State.QUEUED, State.CLAIMED, State.PARKED), State.QUEUED),
    Trigger.SEND: Step(IN_QUEUE, State.SENT, clears=True),
    Trigger.DOUBT: Step(IN_QUEUE, State.DOUBTFUL),
    Trigger.REFUSE: Step(IN_QUEUE, State.REFUSED),
    Trigger.GIVE_UP: Step(IN_QUEUE, State.GIVEN_UP),
    Trigger.FIND_NOBODY: Step(IN_QUEUE, State.UNREACHABLE),
    Trigger.PARK: Step(IN_QUEUE, State.PARKED),
    Trigger.RELEASE: Step((State.PARKED,), State.QUEUED, clears=True),
    Trigger.PAUSE: Step((State.QUEUED, State.PARKED), State.PAUSED),
    Trigger.RESUME: Step((State.PAUSED,), State.QUEUED),
    Trigger.EXPIRE: Step((State.QUEUED, State.CLAIMED, State.PARKED, State.PAUSED), State.EXPIRED),
    Trigger.CANCEL: Step(UNSENT, State.CANCELLED),
    Trigger.DISCARD: Step(IN_QUEUE, State.CANCELLED),
    Trigger.ERASE: Step((*UNSENT, State.CLAIMED), State.CANCELLED),
    Trigger.ENQUEUE_AGAIN: Step((*FAILED, State.DOUBTFUL, State.PARKED), State.QUEUED, clears=True),
}

FINAL = frozenset(State).difference(*(step.sources or () for step in TRANSITIONS.values()))
"""No trigger starts from these."""


def too_late(kind: str, otherwise: Reason) -> Reason:
    """Return why a message of a kind is no longer sent after its `not_after`."""
    return Reason.PAST_ITS_END if kind == "broadcast" else otherwise


def in_states(*states: State) -> TextClause:
    """
    A condition with the states written out.

    SQLite uses a partial index only for a condition without parameters, and one of a single state only for `=`.
    """
    if len(states) == 1:
        return text(f"deliveries.state = '{states[0]}'")
    words = ", ".join(f"'{state}'" for state in states)
    return text(f"deliveries.state in ({words})")


_FROM = {trigger: in_states(*step.sources) for trigger, step in TRANSITIONS.items() if step.sources is not None}


def change(
    db: Connection,
    which: ColumnElement[bool],
    trigger: Trigger,
    *,
    reason: Reason | None = None,
    detail: str | None = None,
    **columns: Any,
) -> int:
    """
    Change the matching deliveries and return their number.  Idempotent: other states are left alone.

    `columns` are written in the same statement.  A claim ends with the state.
    """
    step = TRANSITIONS[trigger]
    values: dict[str, Any] = {"state": step.target.value, "claimed_until": None} | columns
    if reason is not None or step.clears:
        values |= {"reason": None if reason is None else reason.value, "detail": detail}
    return db.execute(update(deliveries).where(which, _FROM[trigger]).values(values)).rowcount


_NEW = (
    *("id", "key", "person_id", "channel", "account", "kind", "priority", "message_sealed"),
    *("created_at", "due_at", "not_after", "claimed_until", "attempts", "trying_since"),
)
_ABOUT = ("subject", "subject_id", "purpose", "edition")


def _inserting(trigger: Trigger, *names: str) -> Prepared:
    return inserting_or(
        lambda insert: (
            insert(deliveries)
            .values({name: bindparam(name) for name in names})
            .values(doubtful=False, state=TRANSITIONS[trigger].target.value)
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(deliveries.c.id)
        )
    )


_INSERT = {trigger: _inserting(trigger, *_NEW) for trigger in (Trigger.ENQUEUE, Trigger.ENQUEUE_CLAIMED)}
_INSERT_ABOUT = _inserting(Trigger.ENQUEUE, *_NEW, *_ABOUT)
"""With the subject.  A reply has none, and is on the hot path."""
_TAKE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("chosen"), _FROM[Trigger.CLAIM])
    .values(
        state=TRANSITIONS[Trigger.CLAIM].target.value,
        claimed_until=bindparam("until"),
        attempts=deliveries.c.attempts + 1,
        trying_since=case((deliveries.c.attempts > 0, deliveries.c.trying_since), else_=bindparam("now")),
    )
    .returning(deliveries)
)
_SENT = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of_delivery"), _FROM[Trigger.SEND])
    .values(
        state=TRANSITIONS[Trigger.SEND].target.value,
        platform_id=bindparam("platform_id"),
        reason=None,
        detail=None,
        parts=deliveries.c.parts + bindparam("more_parts"),
        sent_at=bindparam("sent_at"),
    )
)


def insert(db: Connection, trigger: Trigger, columns: dict[str, Any], about: dict[str, Any] | None = None) -> bool:
    """Insert a delivery, perhaps with the columns of its subject; False when its key exists already."""
    if about is None:
        return _INSERT[trigger].row(db, **columns) is not None
    return _INSERT_ABOUT.row(db, **columns, **about) is not None


def insert_many(db: Connection, *, columns: list[str], rows: Select[Any]) -> int:
    """Insert one queued delivery per row of a query and return their number; existing keys are skipped."""
    queued = rows.add_columns(text(f"'{TRANSITIONS[Trigger.ENQUEUE].target}'"))
    statement = insert_or(db, deliveries).from_select([*columns, "state"], queued)
    return db.execute(statement.on_conflict_do_nothing(index_elements=["key"]), execution_options=COUNTED).rowcount


def take(db: Connection, *, delivery_id: str, until: datetime, now: datetime) -> Any:
    """Claim one delivery and return its row; None when it is no longer in the queue."""
    return _TAKE.row(db, chosen=delivery_id, until=until, now=now)


def mark_sent(db: Connection, *, delivery_id: str, platform_id: str, parts: int, now: datetime) -> None:
    """Record that the platform took a delivery.  Idempotent."""
    _SENT.count(db, of_delivery=delivery_id, platform_id=platform_id, sent_at=now, more_parts=parts)


def explained(reason: str | None, detail: str | None) -> str:
    """The reason for operators: the platform's words, or ours."""
    return detail or (reason or "").replace("_", " ")
