"""/taphuan: the gatherings of an office: invitations, answers, attendance, the list as a file; /thamdu: an answer."""

from collections import Counter
from datetime import timedelta
from typing import Literal

from content.actions.action import parse_words
from content.actions.officials import (
    ApproveInvitation,
    CallOff,
    CallOffSure,
    ChangeGathering,
    ListGatherings,
    LookAtInvitation,
    MarkAttendance,
    PlanGathering,
    RefuseInvitation,
    RestoreGathering,
    ShowGathering,
    StopInvitation,
    TakeAttendance,
    TakeListAlong,
)
from content.actions.producers import AnswerInvitation
from content.message import Attachment, Message
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import many_learn_said, waiting
from handlers.conversation.telling import Telling, day_to, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.taphuan import approval, confirming, planning
from handlers.taphuan.state import change_at
from registry.applications.exports import EnoughTakenError
from registry.gatherings import attendance, seats
from registry.gatherings import delays as gathering_delays
from registry.gatherings import gatherings as kept
from registry.gatherings import planning as gathering_plans
from registry.gatherings.gatherings import Gathering
from registry.people.roles import NotAllowedError, Role, may

OnGathering = (
    ShowGathering
    | ChangeGathering
    | RestoreGathering
    | CallOff
    | CallOffSure
    | TakeAttendance
    | MarkAttendance
    | TakeListAlong
)
ANSWERS: dict[str, seats.Answer] = {"di": "yes", "khong": "no", "sau": "later"}
LISTED_FOR = timedelta(days=30)
PAGE = 8


def gatherings(desk: Desk, words: str) -> Turn:
    """The list of one's office, a new gathering, or one of them and an act on it."""
    match parse_words("taphuan", words):
        case PlanGathering():
            return planning.begin(desk)
        case LookAtInvitation(gathering):
            return approval.look(desk, gathering)
        case ApproveInvitation(gathering, version):
            return approval.decide(desk, gathering, version, agreed=True)
        case RefuseInvitation(gathering, version):
            return approval.decide(desk, gathering, version, agreed=False)
        case StopInvitation(gathering, version):
            return _stop(desk, gathering, version)
        case (
            ShowGathering() | ChangeGathering() | RestoreGathering() | CallOff() | CallOffSure() | TakeAttendance()
            | MarkAttendance() | TakeListAlong()
        ) as act:  # fmt: skip
            return _one(desk, act)
    return _list(desk) if len(words.split()) < 2 else _not_found()


def _list(desk: Desk) -> Turn:
    """The gatherings of one's office; without any, a new one is begun."""
    seen: dict[str, Gathering] = {}
    for role in desk.roles:
        for one in kept.gatherings_seen_by(
            desk.db, role=role, places=desk.places, on=desk.today, since=desk.now - LISTED_FOR
        ):
            seen.setdefault(one.id, one)
    if not seen:
        return planning.begin(desk)
    lines = "\n".join(said(desk, "taphuan.line", title=one.title, **_when(desk, one)) for one in seen.values())
    buttons = [Button(ShowGathering(one.id), label=one.title[:60]) for one in seen.values()]
    if desk.role_for(planning.ACT) is not None:
        buttons.append(Button(PlanGathering(), "taphuan.new"))
    return Turn((Say("taphuan.list", {"lines": lines}, tuple(buttons)),), KEEP)


def _one(desk: Desk, act: OnGathering) -> Turn:
    """An act on one gathering, under the role by which it is seen."""
    found = _role_for(desk, act.gathering)
    if found is None:
        return _not_found()
    role, known = found
    match act:
        case ShowGathering():
            return _card(desk, role, known)
        case ChangeGathering(_, version):
            return _take_up(desk, role, known, version)
        case RestoreGathering(_, version):
            return _give_back(desk, role, known, version)
        case CallOff():
            return _ask_cancel(desk, role, known)
        case CallOffSure(_, version):
            return _cancel(desk, role, known, version)
        case TakeAttendance(_, page, everybody):
            return _ticking(desk, role, known, page, everybody)
        case MarkAttendance():
            return _tick(desk, role, known, act)
        case TakeListAlong():
            return _take_along(desk, role, known)


def _take_up(desk: Desk, role: Role, known: Gathering, version: int | None) -> Turn:
    if not _changeable(desk, role, known):
        return Turn((Say("taphuan.too_late", buttons=_open(known)),), KEEP)
    try:
        return planning.change(desk, role, known.id, version)
    except kept.MovedOnError:
        return Turn((Say("taphuan.moved_on", buttons=_open(known)),), KEEP)


def _give_back(desk: Desk, role: Role, known: Gathering, version: int) -> Turn:
    """Restore the version before an unfinished change."""
    restored = None
    if _changeable(desk, role, known) and known.taken_up_by is not None:
        restored = gathering_delays.give_back(
            desk.db, pack=desk.pack, gathering_id=known.id, version=version, person_id=known.taken_up_by, now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    if restored is None:
        return Turn((Say("taphuan.moved_on", buttons=_open(known)),), KEEP)
    change = change_at(desk)
    waits = None if change is not None and change.gathering == known.id else KEEP
    return Turn((confirming.restored(desk, restored),), waits)


def _stop(desk: Desk, gathering_id: str, version: int) -> Turn:
    """Stop invitations that have not left, in any version; a gathering people were invited to can be called off."""
    tell = Telling(desk.house, desk.db, desk.now)
    done = desk.under_a_role(
        lambda role: gathering_delays.stop(
            desk.db, pack=desk.pack, role=role, gathering_id=gathering_id, tell=tell, now=desk.now
        )
    )
    if done is None:
        return _not_found()
    role, known = done
    if gathering_delays.in_delay(known, desk.now):
        key = "taphuan.stopped" if known.version == version else "taphuan.stopped_newer"
        key = "taphuan.stopped_reworded" if known.state == "open" else key
        return Turn((Say(key, {"title": known.title}, _open(known)),), KEEP)
    if known.state == "open" and _changeable(desk, role, known):
        asked = _ask_cancel(desk, role, known)
        return Turn((Say("taphuan.left_already", {"title": known.title}), *asked.says), KEEP)
    return Turn((Say("taphuan.nothing_to_stop", {"title": known.title}, _open(known)),), KEEP)


def _not_found() -> Turn:
    return Turn((Say("taphuan.not_found", buttons=(Button(ListGatherings(), "taphuan.list_button"),)),), KEEP)


def _role_for(desk: Desk, gathering_id: str) -> tuple[Role, Gathering] | None:
    """The role by which one sees a gathering; of several, one that may change it."""
    seen = [
        (role, known)
        for role in desk.roles
        if (known := kept.gathering_for(
            desk.db, gathering_id=gathering_id, role=role, places=desk.places, on=desk.today
        ))
    ]  # fmt: skip
    return next((pair for pair in seen if _changeable(desk, *pair)), seen[0] if seen else None)


def _changeable(desk: Desk, role: Role, known: Gathering) -> bool:
    ahead = known.state != "cancelled" and known.starts_at > desk.now
    return ahead and kept.may_change(desk.db, role, known, desk.places, on=desk.today)


def _when(desk: Desk, known: Gathering) -> dict[str, str]:
    local = known.starts_at.astimezone(desk.house.zone)
    return {"day": day_to(desk, local.date()), "hour": f"{local:%H:%M}"}


def _open(known: Gathering) -> tuple[Button, ...]:
    return (Button(ShowGathering(known.id), "taphuan.open"),)


def _card(desk: Desk, role: Role, known: Gathering) -> Turn:
    counts = kept.counts_of(desk.db, known.id)
    values: dict[str, object] = {
        "title": known.title, "venue": known.venue, "place": desk.places.full_name(known.place), **_when(desk, known),
        "kind": said(desk, f"taphuan.kind.{known.kind}"), "invited": str(known.invited),
        "seats": said(desk, "taphuan.seats_all") if known.seats is None else str(known.seats),
        "yes": str(counts.get("yes", 0)), "waiting": str(counts.get("waiting", 0)), "no": str(counts.get("no", 0)),
        "came": str(counts.get("came", 0)),
    }  # fmt: skip
    buttons: list[Button] = []
    if known.state == "open" and desk.now >= known.starts_at - attendance.OPENS_BEFORE:
        buttons.append(Button(TakeAttendance(known.id, 1), "taphuan.tick"))
    if may(role, "export.run", known.place, desk.places, on=desk.today):
        buttons.append(Button(TakeListAlong(known.id), "taphuan.take_along"))
    if _changeable(desk, role, known):
        buttons.append(Button(ChangeGathering(known.id, known.version), "taphuan.change"))
        if known.taken_up_by is not None:
            buttons.append(Button(RestoreGathering(known.id, known.version), "taphuan.keep_old"))
        if known.state == "held":
            buttons.append(Button(StopInvitation(known.id, known.version), "taphuan.stop"))
        else:
            buttons.append(Button(CallOff(known.id), "taphuan.call_off"))
    buttons.append(Button(ListGatherings(), "taphuan.list_button"))
    key = "taphuan.card" if known.state == "open" else f"taphuan.card_{known.state}"
    if known.taken_up_by is not None and known.state in gathering_delays.UNSENT:
        key = "taphuan.card_taken_up"
    elif known.state == "held":
        values["when"] = confirming.leaves_said(desk, known.due_at or desk.now)
    return Turn((Say(key, values, tuple(buttons), in_place=True),), KEEP)


def _ask_cancel(desk: Desk, role: Role, known: Gathering) -> Turn:
    if not _changeable(desk, role, known):
        return Turn((Say("taphuan.too_late", buttons=_open(known)),), KEEP)
    tell = Telling(desk.house, desk.db, desk.now)
    told = gathering_plans.would_cancel(desk.db, pack=desk.pack, known=known, now=desk.now, tell=tell)
    command = CallOffSure(known.id, known.version)
    if not told:
        ways = (Button(command, "taphuan.call_off_quietly"), *_open(known))
        return Turn((Say("taphuan.ask_call_off_nobody", {"title": known.title}, ways),), KEEP)
    values = {"title": known.title, "count": str(len(told)), "text": next(iter(told.values())).text}
    ways = (Button(command, "taphuan.call_off_sure"), *_open(known))
    return Turn((Say("taphuan.ask_call_off", values, ways),), KEEP)


def _cancel(desk: Desk, role: Role, known: Gathering, version: int) -> Turn:
    tell = Telling(desk.house, desk.db, desk.now)
    coming = seats.coming(desk.db, known.id)
    try:
        told = gathering_plans.cancel(
            desk.db, pack=desk.pack, role=role, gathering_id=known.id, version=version, now=desk.now, tell=tell
        )
    except NotAllowedError:
        return Turn((Say("taphuan.not_allowed"),), KEEP)
    except kept.MovedOnError:
        return Turn((Say("taphuan.moved_on", buttons=_open(known)),), KEEP)
    except kept.PastError:
        return Turn((Say("taphuan.too_late", buttons=_open(known)),), KEEP)
    values = {"title": known.title, "count": str(told)}
    if not (late := waiting(desk, coming)):
        return Turn((Say("taphuan.called_off", values),), KEEP)
    takes = may(role, "export.run", known.place, desk.places, on=desk.today)
    ways = (Button(TakeListAlong(known.id), "taphuan.take_along"),) if takes else ()
    told_how = many_learn_said(desk, role, coming, Message(known.title), kind="status")
    return Turn((Say("taphuan.called_off_call", values | {"waiting": str(late), "learning": told_how}, ways),), KEEP)


# --- attendance -------------------------------------------------------------------------------------------------------


def _ticking(desk: Desk, role: Role, known: Gathering, page: int, everybody: Literal["tat"] | None) -> Turn:
    """A page of names, each a button that says there or not there."""
    listed = attendance.attendants(
        desk.db, pack=desk.pack, role=role, gathering_id=known.id, on=desk.today, everybody=everybody is not None
    )
    pages = max(1, -(-len(listed) // PAGE))
    at = min(max(page, 1), pages)
    names = Counter(one.name for one in listed)
    buttons = []
    for one in listed[(at - 1) * PAGE : at * PAGE]:
        name = (one.name or said(desk, "taphuan.nameless"))[:40]
        if names[one.name] > 1 and one.place is not None:
            name = f"{name}, {desk.places.full_name(one.place)}"[:60]
        mark = MarkAttendance("vang" if one.came else "co", known.id, one.person_id, at, everybody)
        buttons.append(Button(mark, label=f"{'✓ ' if one.came else ''}{name}"))
    if at > 1:
        buttons.append(Button(TakeAttendance(known.id, at - 1, everybody), "taphuan.page_before"))
    if at < pages:
        buttons.append(Button(TakeAttendance(known.id, at + 1, everybody), "taphuan.page_after"))
    if not everybody:
        buttons.append(Button(TakeAttendance(known.id, 1, "tat"), "taphuan.everybody"))
    buttons.append(Button(ShowGathering(known.id), "taphuan.ticked"))
    came = kept.counts_of(desk.db, known.id).get("came", 0)
    values = {"title": known.title, "page": str(at), "pages": str(pages), "came": str(came)}
    key = "taphuan.ticking" if listed else "taphuan.ticking_nobody"
    return Turn((Say(key, values, tuple(buttons), in_place=True),), KEEP)


def _tick(desk: Desk, role: Role, known: Gathering, mark: MarkAttendance) -> Turn:
    try:
        attendance.mark(
            desk.db, pack=desk.pack, role=role, gathering_id=known.id, person_id=mark.person, came=mark.mark == "co",
            now=desk.now,
        )  # fmt: skip
    except NotAllowedError:
        return _not_found()
    except attendance.TooEarlyError:
        return Turn((Say("taphuan.too_early", _when(desk, known), _open(known)),), KEEP)
    return _ticking(desk, role, known, mark.page, mark.everybody)


def _take_along(desk: Desk, role: Role, known: Gathering) -> Turn:
    try:
        attendance.note_taken(
            desk.db, pack=desk.pack, role=role, gathering_id=known.id, now=desk.now, most=desk.house.exports_per_day
        )
    except NotAllowedError:
        return Turn((Say("taphuan.not_allowed"),), KEEP)
    except EnoughTakenError as enough:
        return Turn((Say("sheet.enough", {"most": str(enough.most)}, _open(known)),), KEEP)
    key = f"attendance:{desk.person.id}:{role.id}:{known.id}"
    local = known.starts_at.astimezone(desk.house.zone)
    file = Attachment("document", key, f"diem-danh-{local:%Y-%m-%d}.xlsx")
    return Turn((Say("taphuan.list_here", {"title": known.title}, _open(known), attachments=(file,)),), KEEP)


# --- the invited ------------------------------------------------------------------------------------------------------


def take_part(desk: Desk, words: str) -> Turn:
    """/thamdu ID di|khong|sau: the answer of an invited person; others are refused."""
    answer = parse_words("thamdu", words)
    if not isinstance(answer, AnswerInvitation):
        return Turn((Say("event.unknown", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    reply = seats.answer(
        desk.db, pack=desk.pack, gathering_id=answer.gathering, person_id=desk.person.id,
        given=ANSWERS[answer.answer], now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
    )  # fmt: skip
    if reply is None:
        return Turn((Say("event.unknown", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    known = reply.gathering
    values = {
        "title": known.title, "venue": known.venue, "number": str(reply.number), "seats": str(known.seats or 0),
        **_when(desk, known),
    }  # fmt: skip
    accept = Button(AnswerInvitation(known.id, "di"), "event.yes")
    decline = Button(AnswerInvitation(known.id, "khong"), "event.no")
    offered = {"yes": (decline,), "waiting": (decline,), "no": (accept,), "later": (accept, decline)}
    buttons = offered.get(reply.became, ())
    key = reply.became
    if key == "yes" and desk.now >= kept.evening_before(known, desk.pack):
        key = "yes_soon"  # the evening of the reminder is over
    return Turn((Say(f"event.reply.{key}", values, buttons),), KEEP)


CONVERSATIONS = (planning.CONVERSATION,)
COMMANDS = (
    Command("taphuan", gatherings, ("tập huấn", "mời tập huấn"), official=True),
    Command("thamdu", take_part, listed=False),
)
