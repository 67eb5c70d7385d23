"""/thongbao: an announcement to a place and all below it, within one's own: text, count, preview, confirm, report."""

from datetime import datetime
from typing import Any

from content.decent_hours import next_decent
from content.message import Choice, Message
from content.saying import date_said
from handlers.desk import Desk
from handlers.front_desk import Command, Conversation
from handlers.reading.place import read_place
from handlers.telling import phrase, said
from handlers.turn import KEEP, Button, Heard, Say, Turn, Waiting
from registry import broadcasts
from registry.broadcasts import Report
from registry.roles import NotAllowedError, Role, may

TOPIC = "thongbao"
LONGEST = 1500
"""Letters: with the head and the office it stays below every platform's limit."""
MOST_OFFERED = 8


def announce(desk: Desk, words: str) -> Turn:
    """Begin one, or look at those sent: "so ID" the report, "dung ID" stop it."""
    match words.split():
        case ["so", broadcast_id]:
            return _report(desk, broadcast_id)
        case ["dung", broadcast_id]:
            return _stop(desk, broadcast_id)
        case ["xem"]:
            return _list(desk)
    role = _role(desk)
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    below = desk.places.children(role.place)
    if not below:
        return _ask_text(desk, role, role.place)
    buttons = [Button(f"={role.place}", "thongbao.whole", values={"place": desk.places.full_name(role.place)})]
    buttons += [Button(f"={place.code}", label=place.name) for place in below[: MOST_OFFERED - 1]]
    values = {"place": desk.places.full_name(role.place)}
    return Turn((Say("thongbao.which_place", values, tuple(buttons)),), Waiting(TOPIC, "place", {"role": role.id}))


def _role(desk: Desk, role_id: str | None = None, place: str | None = None) -> Role | None:
    """A role that may announce there today; asked anew at every step, so a revoked one stops in the middle."""
    return next(
        (
            role
            for role in desk.roles
            if (role_id is None or role.id == role_id)
            and may(role, "announce.send", place or role.place, desk.places, on=desk.today)
        ),
        None,
    )


def _ask_text(desk: Desk, role: Role, place: str) -> Turn:
    values = {"place": desk.places.full_name(place)}
    say = Say("thongbao.text", values, (Button("/huy", "thongbao.drop"),), numbered=False)
    return Turn((say,), Waiting(TOPIC, "text", {"role": role.id, "place": place}))


def hear(desk: Desk, heard: Heard) -> Turn:
    data = dict(desk.talk.data)
    role = _role(desk, str(data["role"]), data.get("place"))
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    match desk.talk.step:
        case "place":
            return _hear_place(desk, role, heard)
        case "text":
            return _hear_text(desk, role, heard, data)
        case _:
            return _hear_confirmation(desk, role, heard, data)


def _hear_place(desk: Desk, role: Role, heard: Heard) -> Turn:
    """Only places within one's own are taken, whatever a button or a typed name says."""
    waits = Waiting(TOPIC, "place", {"role": role.id})
    code = heard.press
    if not code:
        reading = read_place(heard.text, desk.places)
        if reading.understood is None:
            buttons = tuple(Button(f"={one}", label=desk.places.full_name(one)) for one in reading.ask)
            return Turn((Say(reading.said.key, reading.said.values, buttons),), waits)
        code = reading.understood
    if desk.places.get(code) is None or not may(role, "announce.send", code, desk.places, on=desk.today):
        values = {"place": desk.places.full_name(role.place)}
        return Turn((Say("thongbao.outside", values),), waits)
    return _ask_text(desk, role, code)


def _hear_text(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    text = heard.text.strip()
    waits = Waiting(TOPIC, "text", data)
    if heard.said.kind != "text" or len(text) < 10:
        return Turn((Say("thongbao.words_please"),), waits)
    if len(text) > LONGEST:
        return Turn((Say("thongbao.too_long", {"length": str(len(text)), "most": str(LONGEST)}),), waits)
    return _preview(desk, role, data | {"text": text})


def _preview(desk: Desk, role: Role, data: dict[str, Any]) -> Turn:
    """Show whom it reaches and how it will read, before anything leaves."""
    place = str(data["place"])
    audience = broadcasts.audience(desk.db, role=role, place=place, places=desk.places, on=desk.today, now=desk.now)
    if not audience.count:
        ways = (Button("/thongbao", "thongbao.other_place"), Button("/huy", "thongbao.drop"))
        values = {"place": desk.places.full_name(place)}
        return Turn((Say("thongbao.nobody", values, ways),), Waiting(TOPIC, "sure", data))
    values = {
        "count": str(audience.count),
        "place": desk.places.full_name(place),
        "channels": ", ".join(f"{_channel(desk, name)} {count}" for name, count in audience.channels.items()),
        "names": ", ".join(name for name in audience.names if name),
        "when": _when(desk),
    }
    buttons = (
        Button(f"=send{audience.count}", "thongbao.send", values={"count": str(audience.count)}),
        Button("=edit", "thongbao.edit"),
        Button("/huy", "thongbao.drop"),
    )
    preview = Say("thongbao.message", {"number": "…", "text": str(data["text"]), "office_name": _signed(desk, role)})
    return Turn((preview, Say("thongbao.preview", values, buttons)), Waiting(TOPIC, "sure", data))


def _due(desk: Desk) -> datetime:
    """Now, or the next decent hour: nobody is woken by an office."""
    programme = desk.pack.programme
    return next_decent(desk.now, quiet=programme.quiet, zone=desk.house.zone)


def _when(desk: Desk) -> str:
    due = _due(desk)
    if due <= desk.now:
        return said(desk, "thongbao.now")
    local = due.astimezone(desk.house.zone)
    day = date_said(local.date(), desk.today)
    return said(desk, "thongbao.at", day=day, hour=f"{local:%H:%M}")


def _channel(desk: Desk, name: str) -> str:
    key = f"channel.{name}"
    return said(desk, key) if desk.house.phrases.has(key) else name


def _signed(desk: Desk, role: Role) -> str:
    return role.title or desk.places.full_name(role.place)


def _hear_confirmation(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    if heard.press == "edit" or "text" not in data:
        return _ask_text(desk, role, str(data["place"]))
    if not heard.press.startswith("send"):
        if heard.text.strip() and heard.said.kind == "text":
            return _hear_text(desk, role, heard, data)
        return _preview(desk, role, data)
    place, text = str(data["place"]), str(data["text"])
    audience = broadcasts.audience(desk.db, role=role, place=place, places=desk.places, on=desk.today, now=desk.now)
    if not audience.count or heard.press != f"send{audience.count}":  # somebody came or left since it was shown
        return _preview(desk, role, data)

    def say(number: str) -> Message:
        values = {"number": number, "text": text, "office_name": _signed(desk, role)}
        understood = Choice(phrase(desk.house, desk.person, "thongbao.understood"), f"/dahieu {number}")
        return Message(phrase(desk.house, desk.person, "thongbao.message", values), (understood,))

    try:
        sent = broadcasts.start(
            desk.db, pack=desk.pack, role=role, place=place, say=say, now=desk.now, due_at=_due(desk)
        )
    except NotAllowedError:
        return Turn((Say("thongbao.not_allowed"),))
    values = {"number": sent.number, "count": str(sent.people), "when": _when(desk)}
    buttons = (
        Button(f"/thongbao so {sent.id}", "thongbao.report_button"),
        Button(f"/thongbao dung {sent.id}", "thongbao.stop"),
    )
    return Turn((Say("thongbao.going", values, buttons),))


def repeat(desk: Desk) -> Turn:
    data = dict(desk.talk.data)
    role = _role(desk, str(data["role"]), data.get("place"))
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    if desk.talk.step == "place":
        return announce(desk, "")
    return _preview(desk, role, data) if "text" in data else _ask_text(desk, role, str(data["place"]))


def _report(desk: Desk, broadcast_id: str) -> Turn:
    found = next(
        (
            report
            for role in desk.roles
            if (
                report := broadcasts.report(
                    desk.db, broadcast_id=broadcast_id, role=role, places=desk.places, on=desk.today
                )
            )
        ),
        None,
    )
    if found is None:
        return Turn((Say("thongbao.not_found"),), KEEP)
    buttons: tuple[Button, ...] = (Button(f"/thongbao so {broadcast_id}", "thongbao.refresh"),)
    if found.states.get("owed"):
        buttons = (*buttons, Button(f"/thongbao dung {broadcast_id}", "thongbao.stop"))
    return Turn((Say("thongbao.report", report_values(found), buttons, in_place=True),), KEEP)


def report_values(found: Report) -> dict[str, object]:
    states = found.states
    owed = states.get("owed", 0) + states.get("claimed", 0)
    failed = sum(states.get(state, 0) for state in ("unreachable", "refused", "given_up", "expired", "doubtful"))
    return {
        "number": found.broadcast.number,
        "people": str(found.broadcast.people),
        "sent": str(states.get("sent", 0)),
        "owed": str(owed),
        "failed": str(failed),
        "cancelled": str(states.get("cancelled", 0)),
        "doubtful": str(found.doubtful),
    }


def _stop(desk: Desk, broadcast_id: str) -> Turn:
    for role in desk.roles:
        try:
            spared = broadcasts.cancel_broadcast(
                desk.db, broadcast_id=broadcast_id, role=role, pack=desk.pack, now=desk.now
            )
        except NotAllowedError:
            continue
        return Turn((Say("thongbao.stopped", {"spared": str(spared)}),), KEEP)
    return Turn((Say("thongbao.not_allowed"),), KEEP)


def _list(desk: Desk) -> Turn:
    seen: dict[str, broadcasts.Broadcast] = {}
    for role in desk.roles:
        for one in broadcasts.broadcasts_seen_by(desk.db, role=role, places=desk.places, on=desk.today, limit=8):
            seen.setdefault(one.id, one)
    if not seen:
        return Turn((Say("thongbao.none_yet"),), KEEP)
    zone = desk.house.zone
    lines = "\n".join(
        f"• {one.number}: {desk.places.full_name(one.place)}, {one.confirmed_at.astimezone(zone):%d/%m %H:%M}"
        for one in seen.values()
    )
    buttons = tuple(Button(f"/thongbao so {one.id}", label=one.number) for one in seen.values())
    return Turn((Say("thongbao.list", {"lines": lines}, buttons),), KEEP)


def understood(desk: Desk, words: str) -> Turn:
    """/dahieu NUMBER: "đã hiểu" on an announcement that really went to this person; anything else is not counted."""
    number = words.strip()[:20]
    if not broadcasts.sent_to(desk.db, number=number, person_id=desk.person.id):
        return Turn((Say("thongbao.not_ours", {"number": number}),), KEEP)
    return Turn((Say("thongbao.noted", {"number": number}),), KEEP)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (
    Command("thongbao", announce, ("thông báo", "gửi thông báo"), official=True),
    Command("dahieu", understood, listed=False),
)
