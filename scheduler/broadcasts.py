"""
Progress of broadcasts: the author sees how many messages were sent, and gets one report at the end.

The progress is one message edited in place.  On a platform that cannot edit, the author gets only the report.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.actions.officials import (
    EditBroadcast,
    LeaveEdit,
    PauseBroadcast,
    ResumeBroadcast,
    ShowBroadcast,
    StopBroadcast,
)
from content.decent_hours import next_decent
from content.language.saying import number_said
from content.message import Message
from content.programme.pack import Pack
from registry.broadcasts.broadcasts import Broadcast
from registry.broadcasts.edits import Left, left_edits
from registry.broadcasts.looks import END, looks
from registry.broadcasts.reports import Pace, Report, finished, over_unapproved, pace, under_way
from registry.broadcasts.running import drop_orphaned
from registry.deliveries import keys, of_broadcasts
from registry.deliveries.deliveries import enqueue
from registry.deliveries.states import State
from registry.people.people import open_account, person, reach
from registry.store.slices import Place, Slice
from registry.telling import Teller, local_day
from scheduler.slicing import Job, Work, whole

COUNTED = ("reported", "shown", "dropped", "held_back", "recalled", "over")
FIRST_LOOK = timedelta(seconds=8)
"""A broadcast that ends sooner shows no progress."""
LOOK_LASTS = timedelta(minutes=1)
"""A progress message delayed longer is stale and is not sent."""


def job(edits: Collection[str] = frozenset()) -> Job:
    """
    The parts that show the progress of running broadcasts and report the finished ones, once per round.

    Authors are reminded of an edit they left unfinished.  `edits` are the channels where a message can be changed in
    place.
    """
    return (_drop_orphaned, _hold_back, _expire, partial(_report, edits=edits))


def _drop_orphaned(work: Work, after: Place) -> Slice:  # noqa: ARG001  the broadcasts under way are few
    counts = dict.fromkeys(COUNTED, 0)
    return Slice(counts | {"dropped": drop_orphaned(work.db, on=local_day(work.pack, work.now), now=work.now)})


def _hold_back(work: Work, after: Place) -> Slice:  # noqa: ARG001  copies that were held back are not found again
    return of_broadcasts.hold_back(work.db, room=work.room)


def _expire(work: Work, after: Place) -> Slice:  # noqa: ARG001  expired ones are not found again
    return Slice({}, of_broadcasts.expire_over(work.db, now=work.now, room=work.room).after)


def _report(work: Work, after: Place, *, edits: Collection[str]) -> Slice:  # noqa: ARG001  each is counted by an index
    db, pack, tell, now = work.db, work.pack, work.tell, work.now
    counts = {"reported": 0, "shown": 0}
    counts["recalled"] = sum(_recall(db, one, pack, tell, now) for one in left_edits(db, now=now))
    counts["over"] = sum(_tell_over(db, one, pack, tell, now) for one in over_unapproved(db, now=now))
    for found in finished(db, places=pack.places, now=now):
        counts["reported"] += _tell_end(db, found, tell, now)
        _show(db, found.broadcast, None, tell, now, edits)
    for broadcast in under_way(db, now=now):
        if now - broadcast.due_at >= FIRST_LOOK:
            counts["shown"] += _show(db, broadcast, pace(db, broadcast, now=now), tell, now, edits)
    return Slice(counts)


def sweep(
    db: Connection, *, pack: Pack, tell: Teller, now: datetime, edits: Collection[str] = frozenset()
) -> dict[str, int]:
    """Do the whole job in the unit of work of its caller: for few people."""
    return whole(job(edits))(db, pack=pack, tell=tell, now=now)


def report_values(report: Report) -> Mapping[str, object]:
    """Return the values of a report, for its phrase."""
    states = report.states
    return {
        "number": report.broadcast.number,
        "people": number_said(report.broadcast.people),
        "sent": number_said(states.get("sent", 0)),
        "failed": number_said(report.missed),
        "cancelled": number_said(states.get("cancelled", 0)),
    }


def _tell_end(db: Connection, report: Report, tell: Teller, now: datetime) -> bool:
    broadcast = report.broadcast
    if person(db, broadcast.author) is None:
        return False
    held = report.states.get("held", 0)
    if broadcast.state == "cancelled":
        key = "thongbao.finished_stopped"
    elif held:
        key = "thongbao.finished_held"
    else:
        key = "thongbao.finished" if report.missed or report.states.get("cancelled") else "thongbao.finished_all"
    values = dict(report_values(report)) | ({"held": number_said(held)} if held else {})
    message = tell(broadcast.author, key, values, ((ShowBroadcast(broadcast.id), "thongbao.report_button"),))
    pending = enqueue(
        db,
        key=keys.broadcast_finished(broadcast.id, broadcast.rounds),
        person_id=broadcast.author,
        kind="status",
        message=message,
        now=now,
    )
    return pending is not None


def _tell_over(db: Connection, known: Broadcast, pack: Pack, tell: Teller, now: datetime) -> bool:
    """Notify the author that the end came before any approval. Idempotent per version."""
    if person(db, known.author) is None or known.ends_at is None:
        return False
    local = known.ends_at.astimezone(ZoneInfo(pack.programme.timezone))
    buttons = tuple(
        (act(known.id, known.version), label)
        for act, label in ((EditBroadcast, "thongbao.edit"), (StopBroadcast, "thongbao.withdraw"))
    )
    values = {"number": known.number, "hour": f"{local:%H:%M}", "day": local.date()}
    pending = enqueue(
        db,
        key=keys.broadcast_over(known.id, known.version),
        person_id=known.author,
        kind="status",
        message=tell(known.author, "thongbao.over_unapproved", values, buttons),
        now=now,
    )
    return pending is not None


def _recall(db: Connection, left: Left, pack: Pack, tell: Teller, now: datetime) -> bool:
    """Remind the author of an unfinished edit, by day; it is sent only when they confirm it. Idempotent per moment."""
    known, zone = left.broadcast, ZoneInfo(pack.programme.timezone)
    if person(db, known.author) is None:
        return False
    local = known.due_at.astimezone(zone)
    key = "thongbao.edit_recalled_late" if left.hour_passed else "thongbao.edit_recalled"
    buttons = tuple(
        (act(known.id, known.version), label)
        for act, label in (
            (EditBroadcast, "thongbao.edit_on"),
            (LeaveEdit, "thongbao.leave_edit"),
            (StopBroadcast, "thongbao.withdraw"),
        )
    )
    values = {"number": known.number, "hour": f"{local:%H:%M}", "day": local.date()}
    pending = enqueue(
        db,
        key=keys.broadcast_left_edit(known.id, left.edited_at, left.moment),
        person_id=known.author,
        kind="status",
        message=tell(known.author, key, values, buttons),
        now=now,
        due_at=next_decent(now, pack.programme.quiet, zone, on_holidays=True),
    )
    return pending is not None


def _show(
    db: Connection, broadcast: Broadcast, how: Pace | None, tell: Teller, now: datetime, edits: Collection[str]
) -> bool:
    """
    Enqueue the next progress message, as an edit of the last one; None for `how` closes it.

    While one is in flight, no other is enqueued.
    """
    number, last = looks(db, broadcast)
    state = END if how is None else f"{how.done}-{broadcast.state}"
    if last is None:
        account = reach(db, broadcast.author) if how is not None else None
    else:
        sent = last.state == State.SENT and last.platform_id and last.edition not in {state, END}
        account = open_account(db, channel=last.channel, account=last.account) if sent else None
    if account is None or account.channel not in edits or person(db, broadcast.author) is None:
        return False
    message = _words(broadcast, how, tell)
    if last is not None:
        message = replace(message, replaces=last.platform_id)
    pending = enqueue(
        db,
        key=keys.broadcast_look(broadcast.id, number + 1, state),
        person_id=broadcast.author,
        kind="status",
        message=message,
        now=now,
        not_after=now + LOOK_LASTS,
        account=account,
    )
    return pending is not None


def _words(broadcast: Broadcast, how: Pace | None, tell: Teller) -> Message:
    values: dict[str, object] = {"number": broadcast.number, "people": number_said(broadcast.people)}
    stop = (StopBroadcast(broadcast.id, broadcast.version), "thongbao.stop")
    if how is None:
        return tell(broadcast.author, "thongbao.look_end", values, ())
    values["done"] = number_said(how.done)
    if broadcast.state == "paused":
        return tell(
            broadcast.author, "thongbao.look_paused", values,
            ((ResumeBroadcast(broadcast.id, broadcast.version), "thongbao.resume"), stop),
        )  # fmt: skip
    key = "thongbao.look"
    if how.seconds_left is not None:
        key = "thongbao.look_soon" if how.seconds_left < 60 else "thongbao.look_minutes"
        values["minutes"] = str(math.ceil(how.seconds_left / 60))
    pause = (PauseBroadcast(broadcast.id, broadcast.version), "thongbao.pause")
    return tell(broadcast.author, key, values, (pause, stop))
