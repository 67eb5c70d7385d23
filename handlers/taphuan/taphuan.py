"""/taphuan: trainings and fairs of an office: invite, see who comes, tick who came, take the list along."""

from collections import Counter
from datetime import timedelta

from content.actions.action import parse_words
from content.actions.producers import AnswerInvitation
from content.message import Attachment
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import waiting
from handlers.conversation.telling import Telling, day_to, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.taphuan import approval, confirming, planning
from handlers.taphuan.confirming import TOPIC
from registry.applications.exports import EnoughTakenError
from registry.gatherings import attendance, seats
from registry.gatherings import gatherings as events
from registry.gatherings import holds as gathering_holds
from registry.gatherings import planning as holding
from registry.gatherings.gatherings import Gathering
from registry.people.roles import NotAllowedError, Role, may

ANSWERS: dict[str, seats.Answer] = {"di": "yes", "khong": "no", "sau": "later"}
LISTED_FOR = timedelta(days=30)
PAGE = 8
EVERYBODY = "tat"
SURE = "chac"


def gatherings(desk: Desk, words: str) -> Turn:
    """The list of one's office, or begin a new one; "xem ID" one of them, and what can be done with it."""
    match words.split():
        case ["moi"]:
            return planning.begin(desk)
        case ["xemduyet", gathering_id]:
            return approval.look(desk, gathering_id)
        case [("duyet" | "tuchoi") as act, gathering_id, version] if version.isdecimal():
            return approval.decide(desk, gathering_id, int(version), agreed=act == "duyet")
        case ["dung", gathering_id, version] if version.isdecimal():
            return _stop(desk, gathering_id, int(version))
        case [act, gathering_id, *rest]:
            return _one(desk, act, gathering_id, rest)
    seen: dict[str, Gathering] = {}
    for role in desk.roles:
        for one in events.gatherings_seen_by(
            desk.db, role=role, places=desk.places, on=desk.today, since=desk.now - LISTED_FOR
        ):
            seen.setdefault(one.id, one)
    if not seen:
        return planning.begin(desk)
    lines = "\n".join(said(desk, "taphuan.line", title=one.title, **_when(desk, one)) for one in seen.values())
    buttons = [Button(f"/taphuan xem {one.id}", label=one.title[:60]) for one in seen.values()]
    if planning.inviting(desk) is not None:
        buttons.append(Button("/taphuan moi", "taphuan.new"))
    return Turn((Say("taphuan.list", {"lines": lines}, tuple(buttons)),), KEEP)


def _one(desk: Desk, act: str, gathering_id: str, rest: list[str]) -> Turn:
    found = _role_for(desk, gathering_id)
    if found is None:
        return _not_found()
    role, known = found
    match act, rest:
        case "xem", []:
            return _card(desk, role, known)
        case "sua", []:
            return _take_up(desk, role, known, None)
        case "sua", [version] if version.isdecimal():
            return _take_up(desk, role, known, int(version))
        case "giulai", [version] if version.isdecimal():
            return _give_back(desk, role, known, int(version))
        case "huy", []:
            return _ask_cancel(desk, role, known)
        case "huy", [version, "chac"] if version.isdecimal():
            return _cancel(desk, role, known, int(version))
        case "diemdanh", [page, *mode]:
            return _ticking(desk, role, known, page, everybody=mode == [EVERYBODY])
        case (("co" | "vang"), [person_id, page, *mode]):
            return _tick(desk, role, known, person_id, act == "co", page, everybody=mode == [EVERYBODY])
        case "tai", []:
            return _take_along(desk, role, known)
    return _not_found()


def _take_up(desk: Desk, role: Role, known: Gathering, version: int | None) -> Turn:
    if not _changeable(desk, role, known):
        return Turn((Say("taphuan.too_late", buttons=_open(known)),), KEEP)
    try:
        return planning.change(desk, role, known.id, version)
    except events.MovedOnError:
        return Turn((Say("taphuan.moved_on", buttons=_open(known)),), KEEP)


def _give_back(desk: Desk, role: Role, known: Gathering, version: int) -> Turn:
    """Keep the version before the change that somebody began and left."""
    restored = None
    if _changeable(desk, role, known) and known.taken_up_by is not None:
        restored = gathering_holds.give_back(
            desk.db, pack=desk.pack, gathering_id=known.id, version=version, person_id=known.taken_up_by, now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    if restored is None:
        return Turn((Say("taphuan.moved_on", buttons=_open(known)),), KEEP)
    waits = None if desk.talk.topic == TOPIC and desk.talk.data.get("event") == known.id else KEEP
    return Turn((confirming.restored(desk, restored),), waits)


def _stop(desk: Desk, gathering_id: str, version: int) -> Turn:
    """Stop what has not left, whichever version it is by now; what has left can be called off."""
    tell = Telling(desk.house, desk.db, desk.now)
    for role in desk.roles:
        try:
            known = gathering_holds.stop(
                desk.db, pack=desk.pack, role=role, gathering_id=gathering_id, tell=tell, now=desk.now
            )
        except NotAllowedError:
            continue
        if gathering_holds.in_delay(known, desk.now):
            key = "taphuan.stopped" if known.version == version else "taphuan.stopped_newer"
            key = "taphuan.stopped_reworded" if known.state == "open" else key
            return Turn((Say(key, {"title": known.title}, _open(known)),), KEEP)
        if known.state == "open" and _changeable(desk, role, known):
            asked = _ask_cancel(desk, role, known)
            return Turn((Say("taphuan.left_already", {"title": known.title}), *asked.says), KEEP)
        return Turn((Say("taphuan.nothing_to_stop", {"title": known.title}, _open(known)),), KEEP)
    return _not_found()


def _not_found() -> Turn:
    return Turn((Say("taphuan.not_found", buttons=(Button("/taphuan", "taphuan.list_button"),)),), KEEP)


def _role_for(desk: Desk, gathering_id: str) -> tuple[Role, Gathering] | None:
    """The role by which one sees a gathering: the one that may change it where there are several."""
    seen = [
        (role, known)
        for role in desk.roles
        if (known := events.gathering_for(
            desk.db, gathering_id=gathering_id, role=role, places=desk.places, on=desk.today
        ))
    ]  # fmt: skip
    return next((pair for pair in seen if _changeable(desk, *pair)), seen[0] if seen else None)


def _changeable(desk: Desk, role: Role, known: Gathering) -> bool:
    ahead = known.state != "cancelled" and known.starts_at > desk.now
    return ahead and events.may_change(desk.db, role, known, desk.places, on=desk.today)


def _when(desk: Desk, known: Gathering) -> dict[str, str]:
    local = known.starts_at.astimezone(desk.house.zone)
    return {"day": day_to(desk, local.date()), "hour": f"{local:%H:%M}"}


def _open(known: Gathering) -> tuple[Button, ...]:
    return (Button(f"/taphuan xem {known.id}", "taphuan.open"),)


def _card(desk: Desk, role: Role, known: Gathering) -> Turn:
    counts = events.counts_of(desk.db, known.id)
    values: dict[str, object] = {
        "title": known.title, "venue": known.venue, "place": desk.places.full_name(known.place), **_when(desk, known),
        "kind": said(desk, f"taphuan.kind.{known.kind}"), "invited": str(known.invited),
        "seats": said(desk, "taphuan.seats_all") if known.seats is None else str(known.seats),
        "yes": str(counts.get("yes", 0)), "waiting": str(counts.get("waiting", 0)), "no": str(counts.get("no", 0)),
        "came": str(counts.get("came", 0)),
    }  # fmt: skip
    buttons: list[Button] = []
    if known.state == "open" and desk.now >= known.starts_at - attendance.OPENS_BEFORE:
        buttons.append(Button(f"/taphuan diemdanh {known.id} 1", "taphuan.tick"))
    if may(role, "export.run", known.place, desk.places, on=desk.today):
        buttons.append(Button(f"/taphuan tai {known.id}", "taphuan.take_along"))
    if _changeable(desk, role, known):
        buttons.append(Button(f"/taphuan sua {known.id} {known.version}", "taphuan.change"))
        if known.taken_up_by is not None:
            buttons.append(Button(f"/taphuan giulai {known.id} {known.version}", "taphuan.keep_old"))
        if known.state == "held":
            buttons.append(Button(f"/taphuan dung {known.id} {known.version}", "taphuan.stop"))
        else:
            buttons.append(Button(f"/taphuan huy {known.id}", "taphuan.call_off"))
    buttons.append(Button("/taphuan", "taphuan.list_button"))
    key = "taphuan.card" if known.state == "open" else f"taphuan.card_{known.state}"
    if known.taken_up_by is not None:
        key = "taphuan.card_taken_up"
    elif known.state == "held":
        values["when"] = confirming.leaves_said(desk, known.due_at or desk.now)
    return Turn((Say(key, values, tuple(buttons), in_place=True),), KEEP)


def _ask_cancel(desk: Desk, role: Role, known: Gathering) -> Turn:
    if not _changeable(desk, role, known):
        return Turn((Say("taphuan.too_late", buttons=_open(known)),), KEEP)
    counts = events.counts_of(desk.db, known.id)
    coming = counts.get("yes", 0) + counts.get("waiting", 0)
    sure = Button(f"/taphuan huy {known.id} {known.version} {SURE}", "taphuan.call_off_sure")
    return Turn(
        (Say("taphuan.ask_call_off", {"title": known.title, "count": str(coming)}, (sure, *_open(known))),), KEEP
    )


def _cancel(desk: Desk, role: Role, known: Gathering, version: int) -> Turn:
    tell = Telling(desk.house, desk.db, desk.now)
    coming = seats.coming(desk.db, known.id)
    try:
        told = holding.cancel(
            desk.db, pack=desk.pack, role=role, gathering_id=known.id, version=version, now=desk.now, tell=tell
        )
    except NotAllowedError:
        return Turn((Say("taphuan.not_allowed"),), KEEP)
    except events.MovedOnError:
        return Turn((Say("taphuan.moved_on", buttons=_open(known)),), KEEP)
    except events.PastError:
        return Turn((Say("taphuan.too_late", buttons=_open(known)),), KEEP)
    values = {"title": known.title, "count": str(told)}
    if not (late := waiting(desk, coming)):
        return Turn((Say("taphuan.called_off", values),), KEEP)
    takes = may(role, "export.run", known.place, desk.places, on=desk.today)
    ways = (Button(f"/taphuan tai {known.id}", "taphuan.take_along"),) if takes else ()
    return Turn((Say("taphuan.called_off_call", values | {"waiting": str(late)}, ways),), KEEP)


# --- who came ---------------------------------------------------------------------------------------------------------


def _ticking(desk: Desk, role: Role, known: Gathering, page: str, *, everybody: bool) -> Turn:
    """A page of names, each a button that says there or not there."""
    listed = attendance.attendants(
        desk.db, pack=desk.pack, role=role, gathering_id=known.id, on=desk.today, everybody=everybody
    )
    pages = max(1, -(-len(listed) // PAGE))
    at = min(max(int(page) if page.isdecimal() and len(page) < 5 else 1, 1), pages)
    mode = f" {EVERYBODY}" if everybody else ""
    buttons = []
    names = Counter(one.name for one in listed)
    for one in listed[(at - 1) * PAGE : at * PAGE]:
        name = (one.name or said(desk, "taphuan.nameless"))[:40]
        if names[one.name] > 1 and one.place is not None:
            name = f"{name}, {desk.places.full_name(one.place)}"[:60]
        act = "vang" if one.came else "co"
        label = f"{'✓ ' if one.came else ''}{name}"
        buttons.append(Button(f"/taphuan {act} {known.id} {one.person_id} {at}{mode}", label=label))
    if at > 1:
        buttons.append(Button(f"/taphuan diemdanh {known.id} {at - 1}{mode}", "taphuan.page_before"))
    if at < pages:
        buttons.append(Button(f"/taphuan diemdanh {known.id} {at + 1}{mode}", "taphuan.page_after"))
    if not everybody:
        buttons.append(Button(f"/taphuan diemdanh {known.id} 1 {EVERYBODY}", "taphuan.everybody"))
    buttons.append(Button(f"/taphuan xem {known.id}", "taphuan.ticked"))
    came = events.counts_of(desk.db, known.id).get("came", 0)
    values = {"title": known.title, "page": str(at), "pages": str(pages), "came": str(came)}
    key = "taphuan.ticking" if listed else "taphuan.ticking_nobody"
    return Turn((Say(key, values, tuple(buttons), in_place=True),), KEEP)


def _tick(desk: Desk, role: Role, known: Gathering, person_id: str, came: bool, page: str, *, everybody: bool) -> Turn:
    try:
        attendance.mark(
            desk.db, pack=desk.pack, role=role, gathering_id=known.id, person_id=person_id, came=came, now=desk.now
        )
    except NotAllowedError:
        return _not_found()
    except attendance.TooEarlyError:
        return Turn((Say("taphuan.too_early", _when(desk, known), _open(known)),), KEEP)
    return _ticking(desk, role, known, page, everybody=everybody)


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
    """/thamdu ID di|khong|sau: the answer of somebody invited; of anybody else nothing is taken."""
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
    if key == "yes" and desk.now >= events.evening_before(known, desk.pack):
        key = "yes_soon"  # the evening of the reminder is over
    return Turn((Say(f"event.reply.{key}", values, buttons),), KEEP)


CONVERSATIONS = (planning.CONVERSATION,)
COMMANDS = (
    Command("taphuan", gatherings, ("tập huấn", "mời tập huấn"), official=True),
    Command("thamdu", take_part, listed=False),
)
