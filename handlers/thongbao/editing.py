"""
A broadcast its author edits: the beginning, the steps and the end of the edit.

It is withdrawn at once (`registry/broadcasts/edits.py`).  Another command in the middle does not give the edit up.
The broadcast stays withdrawn, the author is told so, and the text typed so far is kept.
"""

from dataclasses import replace

from content.actions.officials import ResumeBroadcast, ShowBroadcast
from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.thongbao.approval import authors_buttons, names_said, tell_it_waits_again
from handlers.thongbao.composing import ACT, ask_replacing
from handlers.thongbao.composing import hear as hear_composing
from handlers.thongbao.composing import repeat as repeat_composing
from handlers.thongbao.ending import end_of, end_said
from handlers.thongbao.preview import preview
from handlers.thongbao.running import after, as_it_is_now, seen
from handlers.thongbao.state import Composing, edit_at
from handlers.thongbao.words import edit_button, edit_buttons, moment_said, stop_button, when_said, withdraw_button
from registry.broadcasts import broadcasts, handing_in
from registry.broadcasts import edits as broadcast_edits
from registry.broadcasts.broadcasts import Broadcast, MovedOnError
from registry.people.roles import NotAllowedError, Role

WAS_GIVEN_UP = ("thongbao.hour_passed", "thongbao.over_in_edit")


def edit(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Begin to edit, or continue an unfinished edit with the text typed so far."""
    known = broadcasts.one(desk.db, broadcast_id)
    role = None if known is None else _role(desk, known)
    if known is None or role is None or known.author != desk.person.id:
        return Turn((Say("thongbao.not_found"),), KEEP)
    try:
        taken = broadcast_edits.take_up(desk.db, role=role, broadcast_id=known.id, version=version, now=desk.now)
    except MovedOnError:
        return _too_late(desk, known.id, version)
    kept = broadcast_edits.edit_of(desk.db, known.id).data
    composing = _begun(desk, role, taken) if kept is None else Composing.from_json(kept).replace(role=role.id)
    shown = ask_replacing(composing) if composing.typed else preview(desk, role, composing)
    # a refused broadcast waits nowhere, so it is not withdrawn
    withdrawn = known.state != "editing" and broadcast_edits.taken_from(desk.db, known.id) != "refused"
    first = (Say("thongbao.taken_up", {"number": known.number}),) if withdrawn else ()
    return replace(shown, says=(*first, *shown.says))


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take one step and keep it with the broadcast; or show its state, if it is not being edited now."""
    edit = desk.remembered(Composing)
    if not _is_edited(desk, edit):
        return _ended(desk, edit)
    turn = hear_composing(desk, heard)
    if _continues(turn, edit) and isinstance(turn.waits, Waiting):
        broadcast_edits.keep_edit(
            desk.db, broadcast_id=edit.edits, version=edit.version, data=turn.waits.remembered(), now=desk.now
        )
    return turn


def repeat(desk: Desk) -> Turn:
    """Ask the question of the edit again."""
    edit = desk.remembered(Composing)
    return repeat_composing(desk) if _is_edited(desk, edit) else _ended(desk, edit)


def leave(desk: Desk) -> Turn | None:
    """/huy in the middle of an edit gives it up; None where nothing is being edited."""
    edit = edit_at(desk)
    return None if edit is None else give_up(desk, edit.edits, edit.version)


def left(desk: Desk, turn: Turn) -> tuple[Say, ...]:
    """Show the way back where something else was begun in the middle of an edit; nothing leaves meanwhile."""
    edit = edit_at(desk)
    if edit is None or _continues(turn, edit):
        return ()
    known = broadcasts.one(desk.db, edit.edits)
    if known is None or known.state != "editing" or any(say.key in WAS_GIVEN_UP for say in turn.says):
        return ()  # the edit was given up, and the turn says how it stands
    return (Say("thongbao.edit_left", {"number": known.number}, edit_buttons(known)[:1]),)


def give_up(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Restore the broadcast as it was, and describe that."""
    known = broadcasts.lock(desk.db, broadcast_id)  # from here on no further official is turned away
    role = None if known is None else _role(desk, known)
    if known is None or role is None or known.author != desk.person.id:
        return Turn((Say("thongbao.not_found"),), KEEP)
    turned_away = broadcast_edits.edit_of(desk.db, known.id).turned_away
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        back = broadcast_edits.put_back(
            desk.db, pack=desk.pack, role=role, broadcast_id=known.id, version=version, now=desk.now, tell=tell
        )
    except MovedOnError:
        return replace(as_it_is_now(desk, known.id), waits=after(desk, known.id))
    except NotAllowedError:
        return Turn((Say("thongbao.not_allowed"),), after(desk, known.id))
    if back.state == "waiting":
        tell_it_waits_again(desk, back, turned_away)
    return Turn((_back(desk, known, back),), after(desk, known.id))


def _back(desk: Desk, known: Broadcast, back: Broadcast) -> Say:
    """The state after the edit was given up."""
    values: dict[str, object] = {"number": back.number, "hour": moment_said(desk, known.due_at)}
    match back.state:
        case "editing":
            ways = (edit_buttons(back)[0], withdraw_button(back.id, back.version))
            if back.ends_at is not None and back.is_over(desk.now):
                return Say("thongbao.over_in_edit", values | {"until": end_said(desk, back.ends_at)}, ways)
            return Say("thongbao.hour_passed", values, ways)
        case "waiting":
            others = handing_in.approvers_of(desk.db, pack=desk.pack, known=back, on=desk.today)
            names = names_said(desk, others)
            late = back.due_at <= desk.now and broadcast_edits.hour_was_chosen(desk.pack, back)
            key = "thongbao.back_waiting_late" if late else "thongbao.back_waiting"
            key = key if names else "thongbao.own_approval_nobody"
            return Say(key, values | {"names": names}, authors_buttons(back))
        case "refused":
            return Say("thongbao.back_refused", values, authors_buttons(back))
        case "paused":
            resume = Button(ResumeBroadcast(back.id, back.version), "thongbao.resume")
            return Say("thongbao.back_paused", values, (resume, stop_button(back)))
    found = seen(desk, back.id)
    count = back.people if found is None else found.states.get("owed", 0)
    values |= {"count": number_said(count), "when": when_said(desk, back.due_at)}
    buttons = (
        Button(ShowBroadcast(back.id), "thongbao.report_button"), edit_button(back), stop_button(back),
    )  # fmt: skip
    return Say("thongbao.back_going" if back.due_at == known.due_at else "thongbao.back_going_anew", values, buttons)


def _begun(desk: Desk, role: Role, taken: Broadcast) -> Composing:
    """The conversation of an edit in which nothing is changed yet."""
    text, kept = broadcasts.written(desk.db, taken.id)
    corrected = broadcasts.one(desk.db, taken.corrects) if taken.corrects else None
    chosen = taken.due_at > desk.now and broadcast_edits.hour_was_chosen(desk.pack, taken)
    begun = Composing(
        role=role.id,
        place=taken.place,
        text=text,
        files=tuple(dict(file) for file in kept),
        filters=replace(taken.wanted, place=""),
        at=taken.due_at if chosen else None,
        night=taken.by_night,
        edits=taken.id,
        version=taken.version,
        old=corrected.number if corrected else "",
    )
    usual = end_of(desk.house, begun, taken.confirmed_at)
    ahead = taken.ends_at is not None and taken.ends_at > desk.now
    return begun.replace(until=taken.ends_at) if ahead and taken.ends_at != usual else begun


def _too_late(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Explain why it cannot be edited: another text than the button was shown for, stopped, or sent."""
    known = broadcasts.one(desk.db, broadcast_id)
    if known is None or known.version != version:
        return as_it_is_now(desk, broadcast_id)
    key = "thongbao.stopped_already" if known.state == "cancelled" else "thongbao.gone_already"
    return Turn(
        (Say(key, {"number": known.number}, (Button(ShowBroadcast(known.id), "thongbao.report_button"),)),), KEEP
    )


def _role(desk: Desk, known: Broadcast) -> Role | None:
    return desk.role_for(ACT, known.place, known.role_id) or desk.role_for(ACT, known.place)


def _continues(turn: Turn, edit: Composing) -> bool:
    """True where the same edit waits after a turn."""
    after = turn.waits.data if isinstance(turn.waits, Waiting) else None
    return isinstance(after, Composing) and after.edits == edit.edits


def _is_edited(desk: Desk, edit: Composing) -> bool:
    known = broadcasts.one(desk.db, edit.edits)
    return known is not None and known.state == "editing" and known.version == edit.version


def _ended(desk: Desk, edit: Composing) -> Turn:
    """The answer where somebody stopped it, or it left or changed from another device."""
    return replace(_too_late(desk, edit.edits, edit.version), waits=None)
