"""An invitation just before it leaves: its hour, the typed number of people, and the version withdrawn meanwhile."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from content.actions.officials import ChangeGathering, ShowGathering, StopInvitation
from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import Button, Heard, Keep, Say, Turn, Waiting
from handlers.reading.numeral import number_in
from handlers.taphuan import approval
from handlers.taphuan.state import TOPIC, Planning, change_at
from handlers.thongbao.hours import BACK
from handlers.thongbao.words import when_said
from registry.broadcasts.approvals import Reason
from registry.gatherings import approvals as gathering_approvals
from registry.gatherings import delays as gathering_delays
from registry.gatherings import gatherings, invitees
from registry.gatherings import planning as gathering_plans
from registry.gatherings.delays import UNSENT
from registry.gatherings.gatherings import Gathering, Planned
from registry.people.official_names import known_as
from registry.people.roles import NotAllowedError, Role, role_by_id

DROP = Button("/huy", "taphuan.drop")


def leaves_said(desk: Desk, due: datetime) -> str:
    """When invitations leave; within the delay, also that they can be stopped until then."""
    delay = desk.pack.programme.announcements.delay
    if desk.now < due <= desk.now + delay:
        minutes = str(delay // timedelta(minutes=1))
        return said(desk, "thongbao.after_hold", minutes=minutes, when=when_said(desk, due))
    return when_said(desk, due)


def unsent(desk: Desk, plan: Planning) -> Gathering | None:
    """The gathering that is changed, while nobody was invited to it."""
    known = gatherings.gathering(desk.db, plan.gathering) if plan.gathering else None
    return known if known is not None and known.state in UNSENT else None


def inviting_office(desk: Desk, role: Role, plan: Planning) -> str:
    """The office that people read: that of the official who made it, also while a colleague changes it."""
    known = gatherings.gathering(desk.db, plan.gathering) if plan.gathering else None
    made_by = role if known is None else role_by_id(desk.db, known.role_id) or role
    return known_as(desk.db, made_by) or desk.places.full_name(made_by.place)


def people_of(desk: Desk, role: Role, plan: Planning) -> int:
    """The number of people who would be told now."""
    known = unsent(desk, plan)
    if known is not None:
        return known.invited
    if plan.gathering:
        coming = gatherings.counts_of(desk.db, plan.gathering)
        return coming.get("yes", 0) + coming.get("waiting", 0)
    return invitees.count_invited(desk.db, pack=desk.pack, role=role, kind=plan.kind, place=plan.place, now=desk.now)


def reasons_for(desk: Desk, role: Role, plan: Planning) -> tuple[Reason, ...]:
    """Why a second official has to look at these words."""
    return gathering_approvals.reasons_for(
        desk.db, pack=desk.pack, role=role, kind=plan.kind, place=plan.place, texts=(plan.title, plan.venue),
        now=desk.now, excluding=plan.gathering,
    )  # fmt: skip


def must_type(desk: Desk, role: Role, plan: Planning, count: int) -> bool:
    """True where one official alone tells more people than the pack allows by a tap."""
    if count <= desk.pack.programme.announcements.typed_above:
        return False
    told_already = bool(plan.gathering) and unsent(desk, plan) is None
    return told_already or not reasons_for(desk, role, plan)


def ask_number(desk: Desk, plan: Planning, count: int) -> Turn:
    """Ask to type the number of people, so that no slip of a thumb tells many."""
    values = {"count": number_said(count), "place": desk.places.full_name(plan.place)}
    return Turn((Say("taphuan.type_number", values, (BACK, DROP), numbered=False),), Waiting(TOPIC, "number", plan))


def typed_number(heard: Heard) -> int | None:
    """The number that was typed; None for a press or anything else."""
    return None if heard.press else number_in(heard.text)


def invite(desk: Desk, role: Role, plan: Planning) -> Turn | None:
    """Create the gathering; None when its day and hour have passed."""
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        made = gathering_plans.convene(
            desk.db, pack=desk.pack, role=role, planned=planned(desk, plan), tell=tell, now=desk.now
        )
    except NotAllowedError:
        return Turn((Say("taphuan.not_allowed"),))
    except gatherings.PastError:
        return None
    except gatherings.TooSoonError as soon:
        return too_soon(desk, plan, soon.due)
    return made_turn(desk, made)


def save(desk: Desk, role: Role, plan: Planning) -> Turn | None:
    """Save the change, if it is still the version that was shown; None when its day and hour have passed."""
    see = (Button(ShowGathering(plan.gathering), "taphuan.open"),)
    before = gatherings.gathering(desk.db, plan.gathering)
    try:
        changed = gathering_plans.change(
            desk.db, pack=desk.pack, role=role, gathering_id=plan.gathering, version=plan.version,
            planned=planned(desk, plan), now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except NotAllowedError:
        return Turn((Say("taphuan.not_allowed"),))
    except gatherings.MovedOnError:
        return Turn((Say("taphuan.moved_on", buttons=see),))
    except gathering_plans.WordsStayError:
        return Turn((Say("taphuan.words_stay", {"title": str(before.title if before else "")}, see),))
    except gathering_plans.SeatsTakenError as taken:
        few = Say("taphuan.seats_taken", {"coming": str(taken.coming)}, (DROP,), numbered=False)
        return Turn((few,), Waiting(TOPIC, "seats", plan.without("seats")))
    except gatherings.PastError:
        return None
    except gatherings.TooSoonError as soon:
        return too_soon(desk, plan, soon.due)
    if before is not None and before.state in UNSENT:
        return made_turn(desk, changed)
    if changed.due_at is not None and changed.due_at > desk.now:
        values = {"title": changed.title, "when": leaves_said(desk, changed.due_at)}
        values["learning"] = learning(desk, changed, coming=True)
        stop = Button(StopInvitation(changed.id, changed.version), "taphuan.call_off")
        return Turn((Say("taphuan.changed_later", values, (stop, *see)),))
    values = {"title": changed.title, "learning": learning(desk, changed, coming=True)}
    return Turn((Say("taphuan.changed", values, see),))


def made_turn(desk: Desk, made: Gathering) -> Turn:
    """It leaves after the delay, or waits for a second official."""
    if made.state == "waiting":
        return approval.waits(desk, made)
    values = {
        "title": made.title, "count": number_said(made.invited),
        "when": when_said(desk, made.due_at or desk.now), "learning": learning(desk, made),
    }  # fmt: skip
    return Turn((Say("taphuan.made_later", values, before_it_leaves(made)),))


def learning(desk: Desk, made: Gathering, *, coming: bool = False) -> str:
    """How each invited person, or each who said yes or waits, will learn it."""
    role = desk.role_for("event.change", made.place)
    return "" if role is None else approval.learning(desk, role, made, coming=coming)


def before_it_leaves(made: Gathering) -> tuple[Button, ...]:
    """The acts before anybody is invited, each for the version that was shown."""
    return (
        Button(ChangeGathering(made.id, made.version), "taphuan.change"),
        Button(StopInvitation(made.id, made.version), "taphuan.stop"),
        Button(ShowGathering(made.id), "taphuan.open"),
    )


def too_soon(desk: Desk, plan: Planning, due: datetime) -> Turn:
    """Ask for another day or hour: it would begin before anybody could have read the invitation."""
    say = Say("taphuan.too_soon", {"when": when_said(desk, due)}, (DROP,), numbered=False)
    return Turn((say,), Waiting(TOPIC, "when", plan.without("when")))


def planned(desk: Desk, plan: Planning) -> Planned:
    return Planned(plan.kind, plan.place, plan.title, plan.venue, moment(desk, plan), plan.limit, plan.lesson or None)


def moment(desk: Desk, plan: Planning) -> datetime:
    """When it begins.  Its day and hour are answered before this is asked."""
    return datetime.combine(plan.day or date.min, plan.hour or time.min, desk.house.zone)


# --- a change that was begun, and one that was not finished -----------------------------------------------------------


def moved_on(desk: Desk) -> Turn | None:
    """The end of a change whose gathering somebody stopped or changed meanwhile; None while it can be saved."""
    change = change_at(desk)
    known = gatherings.gathering(desk.db, change.gathering) if change is not None else None
    if change is None or known is None or (known.state != "cancelled" and known.version == change.version):
        return None
    return Turn((Say("taphuan.moved_on", buttons=(Button(ShowGathering(known.id), "taphuan.open"),)),))


def with_notice(desk: Desk, known: Gathering, shown: Turn) -> Turn:
    """Put the notice that the old version is withdrawn before what is shown of it."""
    if known.taken_up_by != desk.person.id:
        return shown
    return replace(shown, says=(Say("taphuan.taken_up", {"title": known.title}), *shown.says))


def given_up(desk: Desk, turn: Turn) -> tuple[Say, ...]:
    """Restore the old version when the conversation about its change ends without saving, for whatever reason."""
    change = change_at(desk)
    if change is None or isinstance(turn.waits, Keep):
        return ()
    after = turn.waits.data if isinstance(turn.waits, Waiting) else None
    if isinstance(after, Planning) and after.gathering == change.gathering:
        return ()
    known = gathering_delays.give_back(
        desk.db, pack=desk.pack, gathering_id=change.gathering, version=change.version, person_id=desk.person.id,
        now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
    )  # fmt: skip
    return () if known is None else (restored(desk, known),)


def restored(desk: Desk, known: Gathering) -> Say:
    """The old version is valid again: it waits for its second official, or leaves at its hour."""
    buttons = before_it_leaves(known)
    if known.state == "waiting":
        return Say("taphuan.restored_waiting", {"title": known.title}, buttons)
    values = {"title": known.title, "when": when_said(desk, known.due_at or desk.now)}
    return Say("taphuan.restored", values, buttons)
