"""The second official of a broadcast: asked, shown what will go and to how many, approving or refusing it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from content.actions.officials import ApproveBroadcast, LookAtBroadcast, RefuseBroadcast, ShowBroadcast
from content.language.saying import number_said
from content.message import Message
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import many_learn_said, reached
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.thongbao.ending import end_said
from handlers.thongbao.state import REFUSE, TOPIC, Refusing
from handlers.thongbao.words import (
    attachments_of,
    channels_said,
    edit_button,
    edit_buttons,
    filters_said,
    reasons_said,
    stop_button,
    text_now,
    when_said,
    withdraw_button,
)
from registry.addressing.ends import EndedError
from registry.broadcasts import approvals, asking, audiences, broadcasts, handing_in
from registry.broadcasts import edits as broadcast_edits
from registry.broadcasts.approvals import OwnApprovalError
from registry.broadcasts.asking import MOST_ASKED
from registry.broadcasts.broadcasts import Broadcast, MovedOnError
from registry.deliveries import deliveries, keys, of_broadcasts
from registry.deliveries.reaching import Foreseen
from registry.deliveries.states import State
from registry.people.official_names import known_as
from registry.people.people import current, person
from registry.people.roles import NotAllowedError, Role

LONGEST_REASON = 500


def ask_second(desk: Desk, role: Role, made: Broadcast) -> Turn:
    """Ask the possible second officials, and name them to the author."""
    tell = Telling(desk.house, desk.db, desk.now)
    asked, _ = asking.ask_second(desk.db, pack=desk.pack, author=role, known=made, tell=tell, now=desk.now)
    values = {"number": made.number, "names": asked_said(desk, asked), "why": reasons_said(desk, made.reasons)}
    return Turn((Say("thongbao.asked", values, authors_buttons(made)),))


def names_said(desk: Desk, officials: Iterable[Role]) -> str:
    """The officials by the name they gave and their title, else by place."""
    found = []
    for role in list(officials)[:MOST_ASKED]:
        known = person(desk.db, role.person_id)
        place = desk.places.full_name(role.place)
        shown = known_as(desk.db, role) or (known.name if known is not None and known.name else None)
        found.append(shown or place)
    return ", ".join(dict.fromkeys(found))


def asked_said(desk: Desk, officials: Iterable[Role]) -> str:
    """The officials a question goes to; those it will not reach at once are marked, to be called."""
    found = []
    for role in officials:
        name = names_said(desk, (role,))
        waits = reached(desk, role.person_id, Message("")).how is not Foreseen.NOW
        found.append(said(desk, "reach.colleague_waits", name=name) if waits else name)
    return ", ".join(dict.fromkeys(found))


def look(desk: Desk, broadcast_id: str) -> Turn:
    """The message, its audience, its hour and the reasons, with the two answers."""
    known = broadcasts.one(desk.db, broadcast_id)
    if known is not None and known.author == desk.person.id:
        return _own(desk, known)
    role = None if known is None else _approving(desk, known)
    if known is None or role is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    if known.state != "waiting":
        return _decided(desk, known)
    authors = approvals.role_in_force(desk.db, known.role_id, desk.today)
    message = broadcasts.words_of(desk.db, known.id)
    if authors is None or message is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    counted = audiences.count(desk.db, pack=desk.pack, role=authors, wanted=known.wanted, now=desk.now)
    _, files = broadcasts.written(desk.db, known.id)
    due = broadcasts.leaves_at(desk.pack, at=known.due_at, by_night=known.by_night, now=desk.now)
    values = {
        "number": known.number,
        "author": names_said(desk, (authors,)),
        "count": number_said(counted.count),
        "place": desk.places.full_name(known.place),
        "channels": channels_said(desk, counted) or "–",
        "filters": filters_said(desk, known.wanted) or said(desk, "thongbao.everyone"),
        "when": when_said(desk, due),
        "until": "–" if known.ends_at is None else end_said(desk, known.ends_at),
        "why": reasons_said(desk, known.reasons),
    }
    refuse = Button(RefuseBroadcast(known.id, known.version), "thongbao.refuse")
    approve = Button(
        ApproveBroadcast(known.id, known.version, counted.count),
        "thongbao.approve",
        values={"count": number_said(counted.count)},
    )
    shown = Say("thongbao.exact", {"text": message.text}, attachments=attachments_of(files))
    buttons = (approve, refuse) if counted.count else (refuse,)
    return Turn((shown, Say("thongbao.approval_question", values, buttons)), KEEP)


def approve(desk: Desk, broadcast_id: str, version: int, people: int) -> Turn:
    """Approve it, if it is still what was shown."""
    known = broadcasts.one(desk.db, broadcast_id)
    if known is not None and known.author == desk.person.id:
        return _own(desk, known)
    role = None if known is None else _approving(desk, known)
    if known is None or role is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    if known.state != "waiting":
        return _decided(desk, known, version)
    try:
        made = handing_in.approve(
            desk.db, pack=desk.pack, broadcast_id=known.id, version=version, people=people, role=role,
            now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except MovedOnError:
        return _as_it_is_now(desk, broadcast_id)
    except EndedError:
        until = end_said(desk, known.ends_at or desk.now)
        return Turn((Say("thongbao.over_before_approval", {"number": known.number, "until": until}),), KEEP)
    except (NotAllowedError, OwnApprovalError):
        return Turn((Say("thongbao.not_found"),), KEEP)
    values = {"number": made.number, "count": number_said(made.people), "when": when_said(desk, made.due_at)}
    values["learning"] = learning(desk, role, made)
    told = values | {"official": names_said(desk, (role,))}
    tell_author(desk, made, keys.broadcast_verdict(made.id, made.version), "thongbao.approved_told", told)
    return Turn((Say("thongbao.approved", values, _running_buttons(made)),), KEEP)


def learning(desk: Desk, role: Role, made: Broadcast) -> str:
    """How each person of a broadcast will learn it."""
    pausing = of_broadcasts.people_of(desk.db, broadcast_id=made.id, states=(State.PAUSED,))
    people = set(of_broadcasts.people_of(desk.db, broadcast_id=made.id)).difference(pausing)
    words = broadcasts.words_of(desk.db, made.id) or Message("")
    lines = [many_learn_said(desk, role, sorted(people), words)] if people else []
    if pausing:  # a correction waits for them
        lines.append(said(desk, "reach.many_pausing", count=number_said(len(pausing))))
    return "\n".join(lines)


def ask_refusal(desk: Desk, broadcast_id: str, version: int) -> Turn:
    """Ask for the reason; its author reads it word for word."""
    known = broadcasts.one(desk.db, broadcast_id)
    role = None if known is None or known.author == desk.person.id else _approving(desk, known)
    if known is None or role is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    if known.state != "waiting":
        return _decided(desk, known, version)
    if version != known.version:
        return _as_it_is_now(desk, broadcast_id)
    say = Say("thongbao.why_refused", {"number": known.number}, (Button("/huy", "thongbao.leave"),), numbered=False)
    return Turn((say,), Waiting(TOPIC, REFUSE, Refusing(broadcast=known.id, version=version)))


def hear_refusal(desk: Desk, heard: Heard) -> Turn:
    """Send it back with the reason; the right to refuse is checked again."""
    refusing = desk.remembered(Refusing)
    reason = heard.text.strip()[:LONGEST_REASON]
    if heard.said.kind != "text" or not reason:
        return ask_refusal(desk, refusing.broadcast, refusing.version)
    known = broadcasts.one(desk.db, refusing.broadcast)
    role = None if known is None or known.author == desk.person.id else _approving(desk, known)
    if known is None or role is None:
        return Turn((Say("thongbao.not_found"),))
    try:
        made = handing_in.refuse(
            desk.db, pack=desk.pack, broadcast_id=known.id, version=refusing.version, reason=reason, role=role,
            now=desk.now,
        )  # fmt: skip
    except MovedOnError:
        return replace(_as_it_is_now(desk, known.id, refusing.version), waits=None)
    except (NotAllowedError, OwnApprovalError):
        return Turn((Say("thongbao.not_found"),))
    values = {"number": made.number, "official": names_said(desk, (role,)), "note": reason}
    tell_author(desk, made, keys.broadcast_verdict(made.id, made.version), "thongbao.refused_told", values)
    return Turn((Say("thongbao.refused", {"number": made.number}),))


def repeat_refusal(desk: Desk) -> Turn:
    refusing = desk.remembered(Refusing)
    return ask_refusal(desk, refusing.broadcast, refusing.version)


def _approving(desk: Desk, known: Broadcast) -> Role | None:
    """The role under which this person may be the second official."""
    return next(
        (
            role
            for role in desk.roles
            if approvals.may_approve(
                desk.db, role=role, author=known.author, place=known.place, pack=desk.pack, on=desk.today
            )
            and not broadcasts.paused_above(desk.db, desk.pack, known.id, role)
        ),
        None,
    )


def _own(desk: Desk, known: Broadcast) -> Turn:
    """Name the officials who can approve an author's own broadcast, and what the author may do."""
    if known.state != "waiting":
        return _decided(desk, known)
    others = handing_in.approvers_of(desk.db, pack=desk.pack, known=known, on=desk.today)
    names = names_said(desk, others)
    key = "thongbao.own_approval" if names else "thongbao.own_approval_nobody"
    return Turn((Say(key, {"number": known.number, "names": names}, authors_buttons(known)),), KEEP)


def as_it_waits_now(desk: Desk, known: Broadcast) -> Turn | None:
    """Answer an old button of a possible approver: the newest text, if that waits."""
    if known.state != "waiting" or known.author == desk.person.id or _approving(desk, known) is None:
        return None
    return _as_it_is_now(desk, known.id)


def _as_it_is_now(desk: Desk, broadcast_id: str, version: int | None = None) -> Turn:
    """Show its newest text: it was edited, grew or was decided meanwhile, and nothing was done."""
    known = broadcasts.one(desk.db, broadcast_id)
    if known is not None and known.state != "waiting":
        return _decided(desk, known, version)
    shown = look(desk, broadcast_id)
    if known is None:
        return shown
    return Turn((Say("thongbao.changed_since"), *shown.says), KEEP)


def _decided(desk: Desk, known: Broadcast, version: int | None = None) -> Turn:
    """Explain that it is being edited or was decided; show the text where it is another one."""
    if known.state == "editing":
        return _being_edited(desk, known)
    if version is not None and version != known.version:
        return Turn((text_now(desk, known),), KEEP)
    state = said(desk, f"thongbao.state.{known.state}")
    return Turn((Say("thongbao.decided", {"number": known.number, "state": state}),), KEEP)


def _being_edited(desk: Desk, known: Broadcast) -> Turn:
    """Nothing can be decided meanwhile; this official is notified once it waits again."""
    values = {"number": known.number}
    if known.author == desk.person.id:
        return Turn((Say("thongbao.edit_left", values, edit_buttons(known)),), KEEP)
    broadcast_edits.turn_away(desk.db, broadcast_id=known.id, person_id=desk.person.id)
    return Turn((Say("thongbao.being_edited", values),), KEEP)


def tell_it_waits_again(desk: Desk, made: Broadcast, turned_away: Iterable[str]) -> None:
    """Notify the officials who wanted to approve while it was edited, each once."""
    tell = Telling(desk.house, desk.db, desk.now)
    for person_id in dict.fromkeys(current(desk.db, one) for one in turned_away):
        if person(desk.db, person_id) is None:
            continue
        look_button = (LookAtBroadcast(made.id), "thongbao.look_button")
        message = tell(person_id, "thongbao.approval_back", {"number": made.number}, (look_button,))
        deliveries.enqueue(
            desk.db, key=keys.broadcast_approval(made.id, made.version, person_id, desk.now),
            person_id=person_id, kind="status", message=message, now=desk.now,
        )  # fmt: skip


def authors_buttons(made: Broadcast) -> tuple[Button, ...]:
    return (edit_button(made), withdraw_button(made.id, made.version))


def _running_buttons(made: Broadcast) -> tuple[Button, ...]:
    report = Button(ShowBroadcast(made.id), "thongbao.report_button")
    return (report,) if made.state == "cancelled" else (report, stop_button(made))


def tell_author(desk: Desk, made: Broadcast, once: keys.Key, key: str, values: Mapping[str, object]) -> None:
    """Notify the author of another official's act; `once` is the delivery key, so that it is sent once."""
    if person(desk.db, made.author) is None:
        return
    buttons = authors_buttons(made) if made.state == "refused" else _running_buttons(made)
    actions = tuple((button.action, button.key) for button in buttons)
    message = Telling(desk.house, desk.db, desk.now)(made.author, key, values, actions)
    deliveries.enqueue(
        desk.db, key=once, person_id=made.author, kind="status", message=message, now=desk.now
    )  # fmt: skip
