"""
An announcement taken up by its author: what is said at the beginning, in between and at the end of an edit.

It is withdrawn the moment it is taken up (`registry/broadcasts/edits.py`). Another command in the middle does not
give the edit up: it stays withdrawn, that is said, and the text typed so far is there again.
"""

from dataclasses import replace
from typing import Any

from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.thongbao.approval import authors_buttons, names_said, tell_it_waits_again
from handlers.thongbao.composing import ask_replacing, role_for
from handlers.thongbao.composing import hear as hear_composing
from handlers.thongbao.composing import repeat as repeat_composing
from handlers.thongbao.preview import preview
from handlers.thongbao.running import after, as_it_is_now, seen
from handlers.thongbao.words import edit_button, edit_buttons, moment_said, stop_button, when_said, withdraw_button
from registry.broadcasts import approvals, broadcasts
from registry.broadcasts import edits as broadcast_edits
from registry.broadcasts.broadcasts import Broadcast, MovedOnError
from registry.people.roles import NotAllowedError, Role


def edit(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Take it up, or continue an edit that was left with the text typed then."""
    known = broadcasts.one(desk.db, broadcast_id)
    role = None if known is None else _role(desk, known)
    if known is None or role is None or known.author != desk.person.id:
        return Turn((Say("thongbao.not_found"),), KEEP)
    try:
        taken = broadcast_edits.take_up(desk.db, role=role, broadcast_id=known.id, version=version, now=desk.now)
    except MovedOnError:
        return _too_late(desk, known.id, version)
    kept = broadcast_edits.edit_of(desk.db, known.id).data
    data = _begun(desk, role, taken) if kept is None else dict(kept) | {"role": role.id}
    typed = str(data.get("typed", ""))
    shown = ask_replacing(typed, data) if typed else preview(desk, role, data)
    # what was sent back by the second official is nowhere to be withdrawn from
    withdrawn = known.state != "editing" and broadcast_edits.taken_from(desk.db, known.id) != "refused"
    first = (Say("thongbao.taken_up", {"number": known.number}),) if withdrawn else ()
    return replace(shown, says=(*first, *shown.says))


def hear(desk: Desk, heard: Heard) -> Turn:
    """One step of the edit, kept with the announcement; or how it stands, if it is not being edited now."""
    if not _goes_on(desk):
        return _ended(desk)
    turn = hear_composing(desk, heard)
    data = desk.talk.data
    if isinstance(turn.waits, Waiting) and turn.waits.remembered().get("edits") == data["edits"]:
        broadcast_edits.keep_edit(
            desk.db,
            broadcast_id=str(data["edits"]),
            version=int(data["version"]),
            data=turn.waits.remembered(),
            now=desk.now,
        )
    return turn


def repeat(desk: Desk) -> Turn:
    """The question of the edit, once more."""
    if not _goes_on(desk):
        return _ended(desk)
    return repeat_composing(desk)


def leave(desk: Desk) -> Turn | None:
    """/huy in the middle of an edit gives it up; None where nothing is being edited."""
    data = desk.talk.data
    return give_up(desk, str(data["edits"]), int(data["version"])) if data.get("edits") else None


def left(desk: Desk, turn: Turn) -> tuple[Say, ...]:
    """Something else was begun in the middle of an edit: nothing leaves meanwhile, and the way back."""
    edits = desk.talk.data.get("edits")
    if not edits or (isinstance(turn.waits, Waiting) and turn.waits.remembered().get("edits") == edits):
        return ()
    known = broadcasts.one(desk.db, str(edits))
    if known is None or known.state != "editing" or any(say.key == "thongbao.hour_passed" for say in turn.says):
        return ()  # given up: the edit is gone, and what stands is said
    return (Say("thongbao.edit_left", {"number": known.number}, edit_buttons(known)[:1]),)


def give_up(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Put it back as it was, and say how that is."""
    known = broadcasts.lock(desk.db, broadcast_id)  # from here on nobody else is turned away
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
    """How it stands now that the edit was given up."""
    values: dict[str, Any] = {"number": back.number, "hour": moment_said(desk, known.due_at)}
    match back.state:
        case "editing":
            ways = (edit_buttons(back)[0], withdraw_button(back.id, back.version))
            return Say("thongbao.hour_passed", values, ways)
        case "waiting":
            others = approvals.approvers_for(
                desk.db, pack=desk.pack, author=back.author, place=back.place, on=desk.today
            )
            names = names_said(desk, others)
            late = back.due_at <= desk.now and broadcast_edits.hour_was_chosen(desk.pack, back)
            key = "thongbao.back_waiting_late" if late else "thongbao.back_waiting"
            key = key if names else "thongbao.own_approval_nobody"
            return Say(key, values | {"names": names}, authors_buttons(back))
        case "refused":
            return Say("thongbao.back_refused", values, authors_buttons(back))
        case "paused":
            resume = Button(f"/thongbao tieptuc {back.id} {back.version}", "thongbao.resume")
            return Say("thongbao.back_paused", values, (resume, stop_button(back)))
    found = seen(desk, back.id)
    count = back.people if found is None else found.states.get("owed", 0)
    values |= {"count": number_said(count), "when": when_said(desk, back.due_at)}
    buttons = (
        Button(f"/thongbao so {back.id}", "thongbao.report_button"), edit_button(back), stop_button(back),
    )  # fmt: skip
    return Say("thongbao.back_going" if back.due_at == known.due_at else "thongbao.back_going_anew", values, buttons)


def _begun(desk: Desk, role: Role, taken: Broadcast) -> dict[str, Any]:
    """The conversation of an edit in which nothing is changed yet."""
    text, kept = broadcasts.written(desk.db, taken.id)
    corrected = broadcasts.one(desk.db, taken.corrects) if taken.corrects else None
    wanted = {name: value for name, value in taken.wanted.to_json().items() if name != "place"}
    chosen = taken.due_at > desk.now and broadcast_edits.hour_was_chosen(desk.pack, taken)
    return {
        "role": role.id, "place": taken.place, "text": text, "files": [dict(file) for file in kept], "wanted": wanted,
        "at": taken.due_at.isoformat() if chosen else "", "night": taken.by_night,
        "edits": taken.id, "version": taken.version, "old": corrected.number if corrected else "",
    }  # fmt: skip


def _too_late(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """It is another text than the button was shown for, was stopped, or has left."""
    known = broadcasts.one(desk.db, broadcast_id)
    if known is None or known.version != version:
        return as_it_is_now(desk, broadcast_id)
    key = "thongbao.stopped_already" if known.state == "cancelled" else "thongbao.gone_already"
    return Turn(
        (Say(key, {"number": known.number}, (Button(f"/thongbao so {known.id}", "thongbao.report_button"),)),), KEEP
    )


def _role(desk: Desk, known: Broadcast) -> Role | None:
    return role_for(desk, known.role_id, known.place) or role_for(desk, place=known.place)


def _goes_on(desk: Desk) -> bool:
    known = broadcasts.one(desk.db, str(desk.talk.data["edits"]))
    return known is not None and known.state == "editing" and known.version == int(desk.talk.data["version"])


def _ended(desk: Desk) -> Turn:
    """Somebody stopped it, or it left or changed from another device; no button was pressed."""
    return replace(_too_late(desk, str(desk.talk.data["edits"]), int(desk.talk.data["version"])), waits=None)
