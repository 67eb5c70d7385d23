"""The second official of an invitation: shown what will go and to how many, approving or refusing it."""

from content.actions.officials import (
    ApproveInvitation,
    ListGatherings,
    LookAtInvitation,
    RefuseInvitation,
    ShowGathering,
    StopInvitation,
)
from content.language.saying import date_said, number_said
from content.message import Message
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import many_learn_said
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.thongbao.approval import asked_said
from handlers.thongbao.words import reasons_said, when_said
from registry.broadcasts.approvals import OwnApprovalError
from registry.gatherings import approvals as gathering_approvals
from registry.gatherings import delays, invitees, seats
from registry.gatherings.gatherings import Gathering, MovedOnError, PastError, TooSoonError
from registry.people.official_names import known_as
from registry.people.roles import NotAllowedError, Role, role_by_id
from registry.store.slices import Room

FIRST = 20
"""People invited in the turn of the approval; the others are invited by the sweep, within seconds."""


def waits(desk: Desk, known: Gathering) -> Turn:
    """Ask the possible second officials, and name them to the author."""
    tell = Telling(desk.house, desk.db, desk.now)
    asked = gathering_approvals.ask(desk.db, pack=desk.pack, known=known, tell=tell, now=desk.now)
    key = "taphuan.waits" if asked else "taphuan.waits_nobody"
    values = {"title": known.title, "names": asked_said(desk, asked), "why": reasons_said(desk, known.reasons)}
    return Turn((Say(key, values, _open(known)),))


def look(desk: Desk, gathering_id: str) -> Turn:
    """The invitation as people will read it, its author, the number of people and the reasons; the two answers."""
    found = _approving(desk, gathering_id)
    if found is None:
        return _not_found()
    _, known = found
    if known.state != "waiting" or known.taken_up_by is not None:
        return _decided(desk, known)
    local = known.starts_at.astimezone(desk.house.zone)
    role = role_by_id(desk.db, known.role_id)
    place = desk.places.full_name(role.place if role is not None else known.place)
    author = (known_as(desk.db, role) if role is not None else "") or place
    invitation = {
        "title": known.title, "venue": known.venue, "day": date_said(local.date(), desk.today),
        "hour": f"{local:%H:%M}", "seats": known.seats or 0, "office_name": author,
    }  # fmt: skip
    key = "event.invited" if known.seats is None else "event.invited_seats"
    values = {
        "author": author, "count": str(known.invited), "place": desk.places.full_name(known.place),
        "kind": said(desk, f"taphuan.kind.{known.kind}"), "why": reasons_said(desk, known.reasons),
    }  # fmt: skip
    buttons = (
        Button(ApproveInvitation(known.id, known.version), "taphuan.approve", values={"count": str(known.invited)}),
        Button(RefuseInvitation(known.id, known.version), "taphuan.refuse"),
    )
    return Turn((Say(key, invitation), Say("taphuan.approval_question", values, buttons)), KEEP)


def decide(desk: Desk, gathering_id: str, version: int, *, agreed: bool) -> Turn:
    """Approve or refuse it, if it is still what was shown."""
    found = _approving(desk, gathering_id)
    if found is None:
        return _not_found()
    role, known = found
    act = gathering_approvals.approve if agreed else gathering_approvals.refuse
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        made = act(desk.db, pack=desk.pack, role=role, gathering_id=known.id, version=version, tell=tell, now=desk.now)
    except MovedOnError:
        if known.state != "waiting" or known.taken_up_by is not None:
            return _decided(desk, known)
        return Turn((Say("taphuan.changed_since"), *look(desk, gathering_id).says), KEEP)
    except TooSoonError as soon:
        values = {"when": when_said(desk, soon.due)}
        return Turn((Say("taphuan.too_soon_to_approve", values, _open(known)),), KEEP)
    except PastError:
        return Turn((Say("taphuan.too_late", buttons=_open(known)),), KEEP)
    except (NotAllowedError, OwnApprovalError):
        return _not_found()
    if not agreed:
        return Turn((Say("taphuan.refused", {"title": made.title}),), KEEP)
    values = {"title": made.title, "count": number_said(made.invited), "learning": learning(desk, role, made)}
    stop = Button(StopInvitation(made.id, made.version), "taphuan.stop")
    if made.state == "held":
        values["when"] = when_said(desk, made.due_at or desk.now)
        return Turn((Say("taphuan.approved_later", values, (stop, *_open(made))),), KEEP)
    invitees.send_invitations(
        desk.db, pack=desk.pack, tell=tell, now=desk.now, gathering_id=made.id, room=Room(rows=FIRST)
    )
    return Turn((Say("taphuan.made", values, _open(made)),), KEEP)


def learning(desk: Desk, role: Role, made: Gathering, *, coming: bool = False) -> str:
    """How each invited person, or each who said yes or waits, will learn it."""
    people = seats.coming(desk.db, made.id) if coming else invitees.invited_people(desk.db, made.id)
    if not people:
        return said(desk, "reach.many_nobody")
    words = Message(f"{made.title}\n{made.venue}")
    return many_learn_said(desk, role, people, words, kind="status" if coming else "broadcast")


def _approving(desk: Desk, gathering_id: str) -> tuple[Role, Gathering] | None:
    """The role under which this person may be the second official."""
    for role in desk.roles:
        known = gathering_approvals.for_approval(
            desk.db, pack=desk.pack, role=role, gathering_id=gathering_id, now=desk.now
        )
        if known is not None:
            return role, known
    return None


def _decided(desk: Desk, known: Gathering) -> Turn:
    if known.state == "waiting":  # and its author is changing it
        delays.turn_away(desk.db, gathering_id=known.id, person_id=desk.person.id)
        look_again = Button(LookAtInvitation(known.id), "taphuan.approval_look")
        return Turn((Say("taphuan.decided_later", {"title": known.title}, (look_again,)),), KEEP)
    state = said(desk, f"taphuan.state.{known.state}")
    return Turn((Say("taphuan.decided", {"title": known.title, "state": state}, _open(known)),), KEEP)


def _open(known: Gathering) -> tuple[Button, ...]:
    return (Button(ShowGathering(known.id), "taphuan.open"),)


def _not_found() -> Turn:
    return Turn((Say("taphuan.not_found", buttons=(Button(ListGatherings(), "taphuan.list_button"),)),), KEEP)
