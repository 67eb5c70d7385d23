"""A broadcast that was handed in: its progress, stopping it, reaching the rest, copies to pass on, labels."""

from dataclasses import replace

from content.actions.action import parse_words
from content.actions.officials import (
    ConfirmUnderstood,
    CopyBroadcast,
    CorrectBroadcast,
    LabelUnderstood,
    LookAtBroadcast,
    PauseBroadcast,
    ResumeBroadcast,
    RetryBroadcast,
    ShowBroadcast,
    StopBroadcast,
)
from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import MOST_FORESEEN, to_call_said
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Heard, Keep, Say, Turn, Waiting
from handlers.thongbao.approval import as_it_waits_now, names_said, tell_author
from handlers.thongbao.ending import end_said
from handlers.thongbao.state import LABEL, TOPIC, Labelling, edit_at
from handlers.thongbao.words import (
    edit_button,
    edit_buttons,
    group_text,
    loud_text,
    signed,
    stop_button,
    text_now,
    when_said,
)
from registry.broadcasts import broadcasts
from registry.broadcasts import reports as broadcast_reports
from registry.broadcasts import running as broadcast_runs
from registry.broadcasts import wording as broadcast_words
from registry.broadcasts.broadcasts import Broadcast, MovedOnError
from registry.broadcasts.reports import Report
from registry.broadcasts.running import ALIVE, Again
from registry.deliveries import of_broadcasts
from registry.deliveries import routing as ways
from registry.deliveries.keys import broadcast_stopped
from registry.deliveries.reaching import Foreseen, Reached
from registry.deliveries.states import FAILED, State
from registry.people.people import names_of
from registry.people.roles import Role, role_by_id

LINES = ("sent", "owed", "paused", "held", "unreachable", "refused", "given_up", "expired", "doubtful", "cancelled")
"""The figures of a report, in their order; zeros are left out."""
NOT_REACHED = (*FAILED, State.PARKED, State.EXPIRED)
AGAIN: dict[str | None, Again] = {None: "failed", "nghi": "doubtful", "kenhkhac": "elsewhere"}


def report_turn(desk: Desk, broadcast_id: str) -> Turn:
    found = seen(desk, broadcast_id)
    if found is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    known = found.broadcast
    values = {
        "number": known.number,
        "state": said(desk, f"thongbao.state.{known.state}"),
        "lines": "\n".join(_lines(desk, found)),
    }
    return Turn((Say("thongbao.report", values, _buttons(desk, found), in_place=True),), KEEP)


def seen(desk: Desk, broadcast_id: str) -> Report | None:
    """The report, under the first role of this official that may see it."""
    return next(
        (
            found
            for role in desk.roles
            if (
                found := broadcast_reports.report(
                    desk.db, broadcast_id=broadcast_id, role=role, places=desk.places, on=desk.today
                )
            )
        ),
        None,
    )


def _lines(desk: Desk, found: Report) -> list[str]:
    known = found.broadcast
    states = dict(found.states)
    states["owed"] = states.get("owed", 0) + states.pop("claimed", 0)
    if known.state == "editing":
        return [said(desk, "thongbao.line.waiting")]
    lines = [
        said(desk, f"thongbao.line.{state}", count=number_said(states[state]), people=number_said(known.people))
        for state in LINES
        if states.get(state)
    ]
    if not known.people and known.state == "waiting":
        lines.append(said(desk, "thongbao.line.waiting"))
    if known.due_at > desk.now and known.state == "going":
        lines.append(said(desk, "thongbao.line.due", when=when_said(desk, known.due_at)))
    maybe = found.doubtful - states.get("doubtful", 0)
    if maybe > 0:
        lines.append(said(desk, "thongbao.line.maybe", count=number_said(maybe)))
    if found.understood:
        places = ", ".join(f"{desk.places.full_name(code)} {count}" for code, count in found.understood.items())
        total = number_said(sum(found.understood.values()))
        lines.append(said(desk, "thongbao.line.understood", count=total, places=places))
    lines += _to_call(desk, known)
    cost = ways.spent_on(desk.db, broadcast_id=known.id)
    if cost:
        lines.append(said(desk, "thongbao.line.cost", dong=number_said(cost)))
    return lines


def _to_call(desk: Desk, known: Broadcast) -> list[str]:
    """Whom to call of the people it has not reached, with the numbers this official may see."""
    late = of_broadcasts.people_of(desk.db, broadcast_id=known.id, states=NOT_REACHED)
    role = desk.role_for("announce.report", known.place)
    if not late or role is None or len(late) > MOST_FORESEEN:
        return []
    names = names_of(desk.db, tuple(late))
    people = [Reached(one, names.get(one), None, Foreseen.WHEN_THEY_WRITE) for one in late]
    return [to_call_said(desk, role, people)]


def _buttons(desk: Desk, found: Report) -> tuple[Button, ...]:
    """The possible acts; each press checks again."""
    known = found.broadcast
    mine = any(role.person_id == known.author for role in desk.roles)
    states = found.states
    buttons = [Button(ShowBroadcast(known.id), "thongbao.refresh")]
    if known.state == "waiting" and not mine:
        buttons.append(Button(LookAtBroadcast(known.id), "thongbao.look_button"))
    if known.state == "editing":
        return (*buttons, *edit_buttons(known)) if mine else (*buttons, stop_button(known))
    if mine and broadcasts.editable(known, desk.now):
        buttons.append(edit_button(known))
    if known.state == "paused":
        buttons.append(Button(ResumeBroadcast(known.id, known.version), "thongbao.resume"))
    if known.state == "going" and states.get("owed"):
        buttons.append(Button(PauseBroadcast(known.id, known.version), "thongbao.pause"))
    if known.state in {"waiting", "paused"} or states.get("owed"):
        buttons.append(stop_button(known))
    if known.state == "done" and not known.is_over(desk.now):
        failed = sum(states.get(state, 0) for state in FAILED)
        if failed:
            buttons.append(Button(RetryBroadcast(known.id), "thongbao.again"))
        if failed or states.get("held"):
            buttons.append(Button(RetryBroadcast(known.id, "kenhkhac"), "thongbao.elsewhere"))
        if states.get("doubtful"):
            buttons.append(Button(RetryBroadcast(known.id, "nghi"), "thongbao.again_doubtful"))
    if states.get("sent"):
        buttons.append(Button(CorrectBroadcast(known.id), "thongbao.correct"))
    if found.understood:
        buttons.append(Button(LabelUnderstood(known.id), "thongbao.tag_button"))
    if broadcasts.has_begun(known, desk.now):
        buttons.append(Button(CopyBroadcast(known.id), "thongbao.copies"))
    return tuple(buttons)


def as_it_is_now(desk: Desk, broadcast_id: str) -> Turn:
    """Answer a button of an earlier text: nothing was done; the newest text with its buttons."""
    known = broadcasts.one(desk.db, broadcast_id)
    found = seen(desk, broadcast_id)
    if known is None or found is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    return as_it_waits_now(desk, known) or Turn((text_now(desk, known, _buttons(desk, found)),), KEEP)


def after(desk: Desk, broadcast_id: str) -> Keep | None:
    """Keep the waiting question, unless it is the edit of this broadcast."""
    edit = edit_at(desk)
    return None if edit is not None and edit.edits == broadcast_id else KEEP


def stop(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """
    Withdraw it or stop sending, in any version; its author is notified where a colleague does it.

    A stop for an earlier text stops the newer one too: it errs on the safe side, and the answer says so.
    """
    before = broadcasts.one(desk.db, broadcast_id)

    def cancel(role: Role) -> int:
        return broadcast_runs.cancel_broadcast(
            desk.db, broadcast_id=broadcast_id, role=role, pack=desk.pack, now=desk.now
        )

    done = desk.under_a_role(cancel)
    if done is None:
        return Turn((Say("thongbao.not_allowed"),), KEEP)
    role, spared = done
    if before is not None and before.author != desk.person.id and before.state in {*ALIVE, "refused"}:
        values = {"official": names_said(desk, (role,)), "number": before.number}
        stopped = replace(before, state=broadcasts.State.CANCELLED)
        tell_author(desk, stopped, broadcast_stopped(before.id, before.version), "thongbao.stopped_told", values)
    unsent = before is not None and before.state in broadcasts.UNSENT
    key = "thongbao.withdrawn" if unsent else "thongbao.stopped" if spared else "thongbao.nothing_to_stop"
    says: tuple[Say, ...] = (Say(key, {"spared": number_said(spared)}, _look(broadcast_id)),)
    if before is not None and version != before.version and key != "thongbao.nothing_to_stop":
        says = (Say("thongbao.stopped_newer", {"number": before.number}), *says)
    return Turn(says, after(desk, broadcast_id))


def pause(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Interrupt sending."""

    def interrupt(role: Role) -> int:
        return broadcast_runs.pause(
            desk.db, broadcast_id=broadcast_id, role=role, pack=desk.pack, now=desk.now, version=version
        )

    try:
        done = desk.under_a_role(interrupt)
    except MovedOnError:
        return as_it_is_now(desk, broadcast_id)
    if done is None:
        return Turn((Say("thongbao.not_allowed"),), KEEP)
    _, waiting = done
    buttons = (
        Button(ResumeBroadcast(broadcast_id, version), "thongbao.resume"),
        Button(StopBroadcast(broadcast_id, version), "thongbao.stop"),
    )
    key = "thongbao.paused" if waiting else _nothing(desk, broadcast_id, "thongbao.nothing_to_pause")
    return Turn((Say(key, {"waiting": number_said(waiting)}, buttons if waiting else ()),), KEEP)


def _paused_above(desk: Desk, broadcast_id: str) -> bool:
    """True for the author of a broadcast that an official above paused."""
    known = broadcasts.one(desk.db, broadcast_id)
    if known is None or known.author != desk.person.id or known.state != broadcasts.State.PAUSED:
        return False
    return any(broadcasts.paused_above(desk.db, desk.pack, known.id, role) for role in desk.roles)


def resume(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Continue sending."""

    def proceed(role: Role) -> int:
        return broadcast_runs.resume(
            desk.db, broadcast_id=broadcast_id, role=role, pack=desk.pack, now=desk.now, version=version
        )

    try:
        done = desk.under_a_role(proceed)
    except MovedOnError:
        return as_it_is_now(desk, broadcast_id)
    if done is None:
        return Turn(
            (Say("thongbao.paused_above" if _paused_above(desk, broadcast_id) else "thongbao.not_allowed"),), KEEP
        )
    _, queued = done
    key = "thongbao.resumed" if queued else _nothing(desk, broadcast_id, "thongbao.nothing_to_resume")
    return Turn((Say(key, {"owed": number_said(queued)}, _look(broadcast_id)),), KEEP)


def _nothing(desk: Desk, broadcast_id: str, key: str) -> str:
    """The reason why nothing was paused or resumed: it is being edited, or nothing is left."""
    known = broadcasts.one(desk.db, broadcast_id)
    return "thongbao.withdrawn_for_edit" if known is not None and known.state == "editing" else key


def again(desk: Desk, broadcast_id: str, way: str | None) -> Turn:
    """Send it again to the people it did not reach, the same way or another."""
    done = desk.under_a_role(
        lambda role: broadcast_runs.again(
            desk.db, pack=desk.pack, broadcast_id=broadcast_id, role=role, which=AGAIN[way], now=desk.now
        )
    )
    if done is None:
        return Turn((Say("thongbao.not_allowed"),), KEEP)
    _, queued = done
    known = broadcasts.one(desk.db, broadcast_id)
    if not queued and known is not None and known.ends_at is not None and known.ends_at <= desk.now:
        return Turn((Say("thongbao.again_over", {"until": end_said(desk, known.ends_at)}, _look(broadcast_id)),), KEEP)
    key = "thongbao.sent_again" if queued else "thongbao.nobody_left"
    return Turn((Say(key, {"owed": number_said(queued)}, _look(broadcast_id)),), KEEP)


def copies(desk: Desk, broadcast_id: str) -> Turn:
    """The texts to pass on by hand: for the groups of a village, and for the loud-speaker."""
    found = seen(desk, broadcast_id)
    role = None if found is None else role_by_id(desk.db, found.broadcast.role_id)
    if found is None or role is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    if not broadcasts.has_begun(found.broadcast, desk.now):  # it is not passed on by hand before
        return report_turn(desk, broadcast_id)
    text, _ = broadcasts.written(desk.db, found.broadcast.id)
    office = signed(desk.house, role)
    group = group_text(desk.house, found.broadcast, text, office)
    return Turn(
        (
            Say("thongbao.for_groups"),
            Say("thongbao.exact", {"text": group}),
            Say("thongbao.for_speakers"),
            Say("thongbao.exact", {"text": loud_text(text, office)}),
        ),
        KEEP,
    )


def listing(desk: Desk) -> Turn:
    found: dict[str, Broadcast] = {}
    for role in desk.roles:
        for one in broadcast_reports.broadcasts_seen_by(desk.db, role=role, places=desk.places, on=desk.today, limit=8):
            found.setdefault(one.id, one)
    if not found:
        return Turn((Say("thongbao.none_yet"),), KEEP)
    zone = desk.house.zone
    lines = "\n".join(
        said(
            desk,
            "thongbao.list_line",
            number=one.number,
            place=desk.places.full_name(one.place),
            when=f"{one.confirmed_at.astimezone(zone):%d/%m %H:%M}",
            state=said(desk, f"thongbao.state.{one.state}"),
        )
        for one in found.values()
    )
    buttons = tuple(Button(ShowBroadcast(one.id), label=one.number) for one in found.values())
    return Turn((Say("thongbao.list", {"lines": lines}, buttons),), KEEP)


# --- labels -----------------------------------------------------------------------------------------------------------


def ask_tag(desk: Desk, broadcast_id: str) -> Turn:
    """Ask for the label of the people who understood; a later broadcast can go to this label."""
    found = seen(desk, broadcast_id)
    if found is None or not found.understood:
        return Turn((Say("thongbao.not_found"),), KEEP)
    values = {"count": number_said(sum(found.understood.values())), "number": found.broadcast.number}
    say = Say("thongbao.which_tag", values, (Button("/huy", "thongbao.leave"),), numbered=False)
    return Turn((say,), Waiting(TOPIC, LABEL, Labelling(broadcast=found.broadcast.id)))


def hear_tag(desk: Desk, heard: Heard) -> Turn:
    tag = " ".join(heard.text.split())
    broadcast_id = desk.remembered(Labelling).broadcast
    if heard.said.kind != "text" or not tag or len(tag) > broadcast_reports.LONGEST_TAG:
        return ask_tag(desk, broadcast_id)
    done = desk.under_a_role(
        lambda role: broadcast_reports.tag_understood(
            desk.db, pack=desk.pack, broadcast_id=broadcast_id, role=role, tag=tag, now=desk.now
        )
    )
    if done is None:
        return Turn((Say("thongbao.not_allowed"),))
    return Turn((Say("thongbao.tagged", {"count": number_said(done[1]), "tag": tag}),))


def repeat_tag(desk: Desk) -> Turn:
    return ask_tag(desk, desk.remembered(Labelling).broadcast)


def understood(desk: Desk, words: str) -> Turn:
    """/dahieu NUMBER: count "đã hiểu" for a broadcast that was sent to this person, and nothing else."""
    answer = parse_words("dahieu", words)
    number = answer.number[:20] if isinstance(answer, ConfirmUnderstood) else words.strip()[:20]
    if not broadcast_words.understood(desk.db, number=number, person_id=desk.person.id, now=desk.now):
        return Turn((Say("thongbao.not_ours", {"number": number}),), KEEP)
    return Turn((Say("thongbao.noted", {"number": number}),), KEEP)


def _look(broadcast_id: str) -> tuple[Button, ...]:
    return (Button(ShowBroadcast(broadcast_id), "thongbao.report_button"),)
