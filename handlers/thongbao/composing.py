"""
Writing an announcement: text → place → preview → confirm; the rest lies behind "Thêm lựa chọn".

Nothing is kept of it before it is handed in but the conversation itself.
"""

from dataclasses import replace
from typing import Any

from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.form.reading import DOCUMENTS, PHOTOS
from handlers.reading.place import read_place
from handlers.thongbao.audience import ask_filter, hear_filter, hear_value
from handlers.thongbao.confirming import confirmed, hear_number
from handlers.thongbao.hours import ask_hour, hear_hour
from handlers.thongbao.preview import on_channels, preview, send_to_self
from handlers.thongbao.words import DROP, MOST_BYTES, TOPIC, files_of, megabytes, ways_out
from registry.applications import files
from registry.broadcasts import broadcasts
from registry.people.roles import Role, may

LONGEST = 1500
"""Letters: with the head and the office it stays below every platform's limit."""
SHORTEST = 10
MOST_OFFERED = 8
MOST_FILES = 3


def role_for(desk: Desk, role_id: str | None = None, place: str | None = None) -> Role | None:
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


def begin(desk: Desk, words: str) -> Turn:
    """Ask where, unless there is only one place; what was typed behind the command is the text."""
    role = role_for(desk)
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    text = words.strip()
    data: dict[str, Any] = {"role": role.id}
    if len(text) > LONGEST:
        return _too_long(text, Waiting(TOPIC, "text", data | {"place": role.place}))
    if len(text) >= SHORTEST and " " in text:
        data["text"] = text
    below = desk.places.children(role.place)
    if not below:
        return _next(desk, role, data | {"place": role.place})
    values = {"place": desk.places.full_name(role.place)}
    return Turn((Say("thongbao.which_place", values, _places(desk, role)),), Waiting(TOPIC, "place", data))


def _places(desk: Desk, role: Role) -> tuple[Button, ...]:
    """One's own place and those just below it."""
    whole = Button(f"={role.place}", "thongbao.whole", values={"place": desk.places.full_name(role.place)})
    below = desk.places.children(role.place)[: MOST_OFFERED - 1]
    return (whole, *(Button(f"={place.code}", label=place.name) for place in below))


def correct(desk: Desk, broadcast_id: str) -> Turn:
    """Begin a correction to exactly those who got this one."""
    known = broadcasts.one(desk.db, broadcast_id)
    role = None if known is None else role_for(desk, place=known.place)
    if known is None or role is None:
        return Turn((Say("thongbao.not_found"),))
    data = {"role": role.id, "place": known.place, "wanted": {"corrects": known.id}, "old": known.number}
    buttons = (DROP,)
    say = Say("thongbao.correct_text", {"number": known.number}, buttons, numbered=False)
    return Turn((say,), Waiting(TOPIC, "text", data))


def ask_text(desk: Desk, data: dict[str, Any]) -> Turn:
    values = {"place": desk.places.full_name(str(data["place"]))}
    return Turn((Say("thongbao.text", values, ways_out(data), numbered=False),), Waiting(TOPIC, "text", data))


def _next(desk: Desk, role: Role, data: dict[str, Any]) -> Turn:
    return preview(desk, role, data) if "text" in data else ask_text(desk, data)


def hear(desk: Desk, heard: Heard) -> Turn:
    """What was answered at the step that waits; the right to it is asked again each time."""
    data = dict(desk.talk.data)
    role = role_for(desk, str(data.get("role", "")), data.get("place"))
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    match desk.talk.step:
        case "place":
            return _hear_place(desk, role, heard, data)
        case "text" | "file":
            return _hear_text(desk, role, heard, data)
        case "more":
            return _hear_more(desk, role, heard, data)
        case "hour":
            return _settled(desk, role, hear_hour(desk, heard, data))
        case "filter":
            return _settled(desk, role, hear_filter(desk, role, heard, data))
        case "choose":
            return hear_value(desk, role, heard, data)
        case "number":
            return hear_number(desk, role, heard, data)
        case _:
            return _hear_confirmation(desk, role, heard, data)


def repeat(desk: Desk) -> Turn:
    """The question that waits, once more."""
    data = dict(desk.talk.data)
    role = role_for(desk, str(data.get("role", "")), data.get("place"))
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    match desk.talk.step:
        case "place":
            return begin(desk, str(data.get("text", "")))
        case "hour":
            return ask_hour(data, desk)
        case "filter" | "choose":
            return ask_filter(desk, role, data)
        case "more":
            return _more(data)
        case "file":
            return _ask_file(data)
    typed = str(data.get("typed", ""))
    return ask_replacing(typed, data) if typed else _next(desk, role, data)


def _settled(desk: Desk, role: Role, found: Turn | dict[str, Any]) -> Turn:
    return found if isinstance(found, Turn) else preview(desk, role, found)


# --- place and text ---------------------------------------------------------------------------------------------------


def _hear_place(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    """Only places within one's own are taken, whatever a button or a typed name says."""
    waits = Waiting(TOPIC, "place", data)
    code = heard.press
    if not code:
        reading = read_place(heard.text, desk.places)
        if reading.understood is None:
            found = tuple(Button(f"={one}", label=desk.places.full_name(one)) for one in reading.ask)
            return Turn((Say(reading.said.key, reading.said.values, found or _places(desk, role)),), waits)
        code = reading.understood
    if desk.places.get(code) is None or not may(role, "announce.send", code, desk.places, on=desk.today):
        values = {"place": desk.places.full_name(role.place)}
        return Turn((Say("thongbao.outside", values, _places(desk, role)),), waits)
    return _next(desk, role, data | {"place": code})


def _hear_text(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    waits = Waiting(TOPIC, desk.talk.step, data)
    if heard.press == "nofile":
        return preview(desk, role, data | {"files": []}) if "text" in data else ask_text(desk, data)
    if heard.press == "back" and "text" in data:
        return preview(desk, role, data)
    text = heard.text.strip()
    if heard.said.kind in {"photo", "document"}:
        kept = _with_files(desk, heard, data)
        if isinstance(kept, Say):
            return Turn((kept,), waits)
        data = kept
        if len(text) < SHORTEST:
            if "text" in data:
                return preview(desk, role, data)
            return Turn(
                (Say("thongbao.file_kept_text_now", buttons=ways_out(data), numbered=False),),
                Waiting(TOPIC, "text", data),
            )
        if "text" in data:  # what stands under a picture may belong to the picture
            return _typed(desk, role, text, data)
    elif desk.talk.step == "file":
        return _typed(desk, role, text, data) if "text" in data and len(text) >= SHORTEST else _ask_file(data)
    elif heard.said.kind != "text" or len(text) < SHORTEST:
        return Turn((Say("thongbao.words_please", buttons=ways_out(data), numbered=False),), waits)
    if len(text) > LONGEST:
        return _too_long(text, Waiting(TOPIC, "text", data))
    return preview(desk, role, data | {"text": text})


def _too_long(text: str, waits: Waiting) -> Turn:
    return Turn((Say("thongbao.too_long", {"length": number_said(len(text)), "most": number_said(LONGEST)}),), waits)


def _with_files(desk: Desk, heard: Heard, data: dict[str, Any]) -> dict[str, Any] | Say:
    """What was sent, laid beside the text; or why it cannot go to everybody."""
    found = list(files_of(data))
    ways = (Button("=nofile", "thongbao.without_file"), *ways_out(data))
    for file in heard.said.files:
        if file.mime not in DOCUMENTS:
            return Say("thongbao.file_kind", buttons=ways, numbered=False)
        kind = "photo" if file.mime in PHOTOS else "document"
        if file.size > MOST_BYTES[kind]:
            values = {"size": megabytes(file.size), "most": megabytes(MOST_BYTES[kind])}
            return Say(f"thongbao.{kind}_too_big", values, ways, numbered=False)
        if len(found) >= MOST_FILES:
            return Say("thongbao.files_enough", {"most": str(MOST_FILES)}, ways, numbered=False)
        try:
            wanted = files.want(
                desk.db, person_id=desk.person.id, channel=heard.said.channel, ref=file.ref, mime=file.mime,
                size=file.size, name=file.name or None, now=desk.now,
            )  # fmt: skip
        except files.NotTakenError:
            values = {"size": megabytes(file.size), "most": megabytes(MOST_BYTES[kind])}
            return Say(f"thongbao.{kind}_too_big", values, ways, numbered=False)
        name = file.name or said(desk, f"thongbao.{kind}_name", number=str(len(found) + 1))
        if all(one["file"] != wanted.id for one in found):
            found.append({"kind": kind, "file": wanted.id, "name": name})
    return data | {"files": found}


# --- more -------------------------------------------------------------------------------------------------------------


def _more(data: dict[str, Any]) -> Turn:
    buttons = [
        Button("=hour", "thongbao.more_hour"),
        Button("=file", "thongbao.more_file"),
        Button("=self", "thongbao.more_self"),
        Button("=channels", "thongbao.more_channels"),
        Button("=back", "thongbao.back"),
    ]
    if not dict(data.get("wanted", {})).get("corrects"):
        buttons.insert(0, Button("=filter", "thongbao.more_filter"))
    if files_of(data):
        buttons.insert(-1, Button("=nofile", "thongbao.without_file"))
    return Turn((Say("thongbao.more", buttons=tuple(buttons)),), Waiting(TOPIC, "more", data))


def _ask_file(data: dict[str, Any]) -> Turn:
    buttons = (Button("=back", "thongbao.back"),)
    return Turn((Say("thongbao.file", buttons=buttons, numbered=False),), Waiting(TOPIC, "file", data))


def _hear_more(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    match heard.press:
        case "filter" if not dict(data.get("wanted", {})).get("corrects"):
            return ask_filter(desk, role, data)
        case "hour":
            return ask_hour(data, desk)
        case "file":
            return _ask_file(data)
        case "nofile":
            return preview(desk, role, data | {"files": []})
        case "self":
            return _with_more(send_to_self(desk, role, data), data)
        case "channels":
            return _with_more(on_channels(desk, role, data), data)
    if heard.said.kind in {"photo", "document"}:
        return _hear_text(desk, role, heard, data)
    return preview(desk, role, data)


def _with_more(say: Say, data: dict[str, Any]) -> Turn:
    more = _more(data)
    return replace(more, says=(say, *more.says))


def _hear_confirmation(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    press = heard.press
    typed = str(data.pop("typed", ""))
    if press == "replace" and typed:
        return preview(desk, role, data | {"text": typed})
    if press == "edit" or "text" not in data:
        return ask_text(desk, data)
    if press == "more":
        return _more(data)
    if press == "nofilter" and not dict(data.get("wanted", {})).get("corrects"):
        return preview(desk, role, data | {"wanted": {}})
    if press.startswith(("send", "ask")):
        return confirmed(desk, role, data, press)
    if not press and heard.said.kind in {"photo", "document"}:
        return _hear_text(desk, role, heard, data)
    if not press and heard.text.strip():
        return _typed(desk, role, heard.text.strip(), data)
    return preview(desk, role, data)


def _typed(desk: Desk, role: Role, text: str, data: dict[str, Any]) -> Turn:
    """Words where a button was expected: a remark to the bot as often as another text, so neither is guessed."""
    if len(text) > LONGEST:
        return _too_long(text, Waiting(TOPIC, "text", data))
    if len(text) < SHORTEST:
        shown = preview(desk, role, data)
        return replace(shown, says=(Say("thongbao.press_please"), *shown.says))
    return ask_replacing(text, data)


def ask_replacing(text: str, data: dict[str, Any]) -> Turn:
    """Ask whether words typed under the preview are the new text."""
    buttons = (Button("=replace", "thongbao.replace"), Button("=keep", "thongbao.keep"), *ways_out(data))
    return Turn((Say("thongbao.replace_it", {"text": text}, buttons),), Waiting(TOPIC, "sure", data | {"typed": text}))
