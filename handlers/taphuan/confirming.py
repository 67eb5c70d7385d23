"""An invitation just before it goes: when, to how many, the typed number, and the version withdrawn meanwhile."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import Button, Heard, Keep, Say, Turn, Waiting
from handlers.taphuan import approval
from handlers.thongbao.confirming import number_in
from handlers.thongbao.words import when_said
from registry.broadcasts.approvals import Reason
from registry.gatherings import approvals as gathering_approvals
from registry.gatherings import gatherings as events
from registry.gatherings import holds as gathering_holds
from registry.gatherings import invitees
from registry.gatherings import planning as holding
from registry.gatherings.gatherings import Gathering, Planned
from registry.gatherings.holds import UNSENT
from registry.people.roles import NotAllowedError, Role, role_by_id

TOPIC = "taphuan"
DROP = Button("/huy", "taphuan.drop")


def leaves_said(desk: Desk, due: datetime) -> str:
    """When invitations leave; within the delay, also that they can be stopped until then."""
    hold = desk.pack.programme.announcements.hold
    if desk.now < due <= desk.now + hold:
        minutes = str(hold // timedelta(minutes=1))
        return said(desk, "thongbao.after_hold", minutes=minutes, when=when_said(desk, due))
    return when_said(desk, due)


def unsent(desk: Desk, data: dict[str, Any]) -> Gathering | None:
    """The gathering that is changed, while nobody was invited to it."""
    known = events.gathering(desk.db, str(data["event"])) if "event" in data else None
    return known if known is not None and known.state in UNSENT else None


def inviting_office(desk: Desk, role: Role, data: dict[str, Any]) -> str:
    """The office that people read: that of the official who made it, also while a colleague changes it."""
    known = events.gathering(desk.db, str(data["event"])) if "event" in data else None
    made_by = role if known is None else role_by_id(desk.db, known.role_id) or role
    return made_by.title or desk.places.full_name(made_by.place)


def people_of(desk: Desk, role: Role, data: dict[str, Any]) -> int:
    """How many people the press that is offered would tell."""
    known = unsent(desk, data)
    if known is not None:
        return known.invited
    if "event" in data:
        coming = events.counts_of(desk.db, str(data["event"]))
        return coming.get("yes", 0) + coming.get("waiting", 0)
    return invitees.count_invited(
        desk.db, pack=desk.pack, role=role, kind=str(data["kind"]), place=str(data["place"]), now=desk.now
    )


def reasons_for(desk: Desk, role: Role, data: dict[str, Any]) -> tuple[Reason, ...]:
    """Why a second official has to look at these words."""
    return gathering_approvals.reasons_for(
        desk.db, pack=desk.pack, role=role, kind=str(data["kind"]), place=str(data["place"]),
        texts=(str(data["title"]), str(data["venue"])), now=desk.now, besides=str(data.get("event", "")),
    )  # fmt: skip


def must_type(desk: Desk, role: Role, data: dict[str, Any], count: int) -> bool:
    """True where one official alone tells more people than the pack lets go by a tap."""
    if count <= desk.pack.programme.announcements.typed_above:
        return False
    told_already = "event" in data and unsent(desk, data) is None
    return told_already or not reasons_for(desk, role, data)


def ask_number(desk: Desk, data: dict[str, Any], count: int) -> Turn:
    """Ask for the number of people: so many are told by no slip of a thumb."""
    values = {"count": number_said(count), "place": desk.places.full_name(str(data["place"]))}
    buttons = (Button("=back", "thongbao.back"), DROP)
    return Turn((Say("taphuan.type_number", values, buttons, numbered=False),), Waiting(TOPIC, "number", data))


def typed_number(heard: Heard) -> int | None:
    """The number that was typed; None for a press or anything else."""
    return None if heard.press else number_in(heard.text)


def hold(desk: Desk, role: Role, data: dict[str, Any]) -> Turn | None:
    """Set it up; None when its day and hour have gone by."""
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        made = holding.hold(desk.db, pack=desk.pack, role=role, planned=planned(desk, data), tell=tell, now=desk.now)
    except NotAllowedError:
        return Turn((Say("taphuan.not_allowed"),))
    except events.PastError:
        return None
    except events.TooSoonError as soon:
        return too_soon(desk, data, soon.due)
    return made_turn(desk, made)


def save(desk: Desk, role: Role, data: dict[str, Any]) -> Turn | None:
    """Save the change, if it is still the version that was shown; None when its day and hour have gone by."""
    see = (Button(f"/taphuan xem {data['event']}", "taphuan.open"),)
    before = events.gathering(desk.db, str(data["event"]))
    try:
        changed = holding.change(
            desk.db, pack=desk.pack, role=role, gathering_id=str(data["event"]), version=int(data["version"]),
            planned=planned(desk, data), now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except NotAllowedError:
        return Turn((Say("taphuan.not_allowed"),))
    except events.MovedOnError:
        return Turn((Say("taphuan.moved_on", buttons=see),))
    except holding.WordsStayError:
        return Turn((Say("taphuan.words_stay", {"title": str(before.title if before else "")}, see),))
    except holding.SeatsTakenError as taken:
        few = Say("taphuan.seats_taken", {"coming": str(taken.coming)}, (DROP,), numbered=False)
        return Turn((few,), Waiting(TOPIC, "seats", {key: value for key, value in data.items() if key != "seats"}))
    except events.PastError:
        return None
    except events.TooSoonError as soon:
        return too_soon(desk, data, soon.due)
    if before is not None and before.state in UNSENT:
        return made_turn(desk, changed)
    if changed.due_at is not None and changed.due_at > desk.now:
        values = {"title": changed.title, "when": leaves_said(desk, changed.due_at)}
        stop = Button(f"/taphuan dung {changed.id} {changed.version}", "taphuan.call_off")
        return Turn((Say("taphuan.changed_later", values, (stop, *see)),))
    return Turn((Say("taphuan.changed", {"title": changed.title}, see),))


def made_turn(desk: Desk, made: Gathering) -> Turn:
    """It leaves after the delay, or waits for a second official."""
    if made.state == "waiting":
        return approval.waits(desk, made)
    values = {
        "title": made.title, "count": number_said(made.invited),
        "when": when_said(desk, made.due_at or desk.now),
    }  # fmt: skip
    return Turn((Say("taphuan.made_later", values, before_it_leaves(made)),))


def before_it_leaves(made: Gathering) -> tuple[Button, ...]:
    """What can be done before anybody is invited, each for the version that was shown."""
    return (
        Button(f"/taphuan sua {made.id} {made.version}", "taphuan.change"),
        Button(f"/taphuan dung {made.id} {made.version}", "taphuan.stop"),
        Button(f"/taphuan xem {made.id}", "taphuan.open"),
    )


def too_soon(desk: Desk, data: dict[str, Any], due: datetime) -> Turn:
    """It would begin before anybody could have read the invitation: ask for another day or hour."""
    rest = {key: value for key, value in data.items() if key not in {"day", "hour"}}
    say = Say("taphuan.too_soon", {"when": when_said(desk, due)}, (DROP,), numbered=False)
    return Turn((say,), Waiting(TOPIC, "when", rest))


def planned(desk: Desk, data: dict[str, Any]) -> Planned:
    seats = data["seats"]
    return Planned(
        str(data["kind"]), str(data["place"]), str(data["title"]), str(data["venue"]), moment(desk, data),
        None if seats is None else int(seats),
    )  # fmt: skip


def moment(desk: Desk, data: dict[str, Any]) -> datetime:
    hour = time.fromisoformat(str(data["hour"]))
    return datetime.combine(date.fromisoformat(str(data["day"])), hour, desk.house.zone)


# --- taken up, and given up -------------------------------------------------------------------------------------------


def moved_on(desk: Desk) -> Turn | None:
    """The end of a change whose gathering somebody stopped or changed meanwhile; None while it can be saved."""
    data = desk.talk.data
    known = events.gathering(desk.db, str(data["event"])) if "event" in data else None
    if known is None or (known.state != "cancelled" and known.version == int(data["version"])):
        return None
    return Turn((Say("taphuan.moved_on", buttons=(Button(f"/taphuan xem {known.id}", "taphuan.open"),)),))


def with_notice(desk: Desk, known: Gathering, shown: Turn) -> Turn:
    """What is shown of a gathering that was taken up, after the notice that the old version is withdrawn."""
    if known.taken_up_by != desk.person.id:
        return shown
    return replace(shown, says=(Say("taphuan.taken_up", {"title": known.title}), *shown.says))


def given_up(desk: Desk, turn: Turn) -> tuple[Say, ...]:
    """Restore what was taken up when its conversation is left without saving, whatever the official did instead."""
    data = desk.talk.data
    if "event" not in data or isinstance(turn.waits, Keep):
        return ()
    if (
        isinstance(turn.waits, Waiting)
        and turn.waits.topic == TOPIC
        and turn.waits.remembered().get("event") == data["event"]
    ):
        return ()
    known = gathering_holds.give_back(
        desk.db, pack=desk.pack, gathering_id=str(data["event"]), version=int(data["version"]),
        person_id=desk.person.id, now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
    )  # fmt: skip
    return () if known is None else (restored(desk, known),)


def restored(desk: Desk, known: Gathering) -> Say:
    """The old version stands again: it waits for its second official, or leaves at its hour."""
    buttons = before_it_leaves(known)
    if known.state == "waiting":
        return Say("taphuan.restored_waiting", {"title": known.title}, buttons)
    values = {"title": known.title, "when": when_said(desk, known.due_at or desk.now)}
    return Say("taphuan.restored", values, buttons)
