"""Handing an announcement in, if it is still what was shown."""

from dataclasses import replace
from typing import Any

from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.thongbao.approval import ask_second
from handlers.thongbao.preview import notes_on, preview
from handlers.thongbao.running import as_it_is_now
from handlers.thongbao.words import (
    MOST_BYTES,
    TOPIC,
    draft_of,
    edit_button,
    files_of,
    megabytes,
    stop_button,
    wanted_of,
    ways_out,
    when_said,
)
from registry.applications import files
from registry.broadcasts import audiences, handing_in
from registry.broadcasts.broadcasts import Broadcast, MovedOnError
from registry.people.roles import NotAllowedError, Role

LONGEST_NUMBER = 9
"""Digits of a number of people that is read at all."""


def confirmed(desk: Desk, role: Role, data: dict[str, Any], press: str, typed: int | None = None) -> Turn:
    """Hand it in, if it is what was shown: the same people, and the same need of a second official."""
    wanted = wanted_of(data)
    counted = audiences.count(desk.db, pack=desk.pack, role=role, wanted=wanted, now=desk.now)
    _, able = notes_on(desk, role, data, counted)
    if not counted.count or press != f"{able}{counted.count}":  # somebody came or left since it was shown
        return preview(desk, role, data)
    trouble = _file_trouble(desk, data)
    if trouble is not None:
        return Turn((trouble,), Waiting(TOPIC, "sure", data))
    most = desk.pack.programme.announcements.typed_above
    if able == "send" and counted.count > most and typed != counted.count:
        return _ask_number(desk, data, counted.count)
    draft = draft_of(desk.house, role=role, data=data)
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        if data.get("edits"):
            made = handing_in.hand_in_again(
                desk.db, pack=desk.pack, role=role, broadcast_id=str(data["edits"]), version=int(data["version"]),
                draft=draft, wanted=wanted, now=desk.now, tell=tell,
            )  # fmt: skip
        else:
            made = handing_in.hand_in(
                desk.db, pack=desk.pack, role=role, wanted=wanted, draft=draft, now=desk.now, tell=tell
            )
    except MovedOnError:
        return replace(as_it_is_now(desk, str(data["edits"])), waits=None)
    except NotAllowedError:
        return Turn((Say("thongbao.not_allowed"),))
    if made.state == "waiting":
        return ask_second(desk, role, made)
    return Turn((going(desk, made),))


def _ask_number(desk: Desk, data: dict[str, Any], count: int) -> Turn:
    """So many people are told by no slip of a thumb: how many they are is typed."""
    values = {"count": number_said(count), "place": desk.places.full_name(str(data["place"]))}
    buttons = (Button("=back", "thongbao.back"), *ways_out(data))
    return Turn((Say("thongbao.type_number", values, buttons, numbered=False),), Waiting(TOPIC, "number", data))


def hear_number(desk: Desk, role: Role, heard: Heard, data: dict[str, Any]) -> Turn:
    """The number of people it goes to, typed; with any other nothing is sent, and it is shown again."""
    number = None if heard.press else number_in(heard.text)
    if number is None:
        return preview(desk, role, data)
    counted = audiences.count(desk.db, pack=desk.pack, role=role, wanted=wanted_of(data), now=desk.now)
    if number != counted.count:
        shown = preview(desk, role, data)
        return replace(shown, says=(Say("thongbao.number_differs", {"typed": str(number)}), *shown.says))
    return confirmed(desk, role, data, f"send{counted.count}", typed=counted.count)


def number_in(text: str) -> int | None:
    """The number of people somebody typed, whatever is written around its digits; None without digits or with many."""
    digits = "".join(one for one in text if one.isdecimal())
    return int(digits) if 0 < len(digits) <= LONGEST_NUMBER else None


def _file_trouble(desk: Desk, data: dict[str, Any]) -> Say | None:
    """A file that is not here yet, will never be, or turned out too big for everybody."""
    for file in files_of(data):
        kept = files.file_by_id(desk.db, str(file["file"]))
        again = Button("=again", "thongbao.refresh")
        without = Button("=more", "thongbao.more_button")
        if kept is not None and kept.state == "wanted":
            return Say("thongbao.file_coming", buttons=(again, without))
        if kept is None or kept.state != "kept":
            return Say("thongbao.file_lost", {"name": file["name"]}, (without, *ways_out(data)))
        if kept.size > MOST_BYTES[file["kind"]]:
            values = {"size": megabytes(kept.size), "most": megabytes(MOST_BYTES[file["kind"]])}
            return Say(f"thongbao.{file['kind']}_too_big", values, (without, *ways_out(data)))
    return None


def going(desk: Desk, made: Broadcast) -> Say:
    """It goes, or will: how many, when, and what can still be done."""
    values = {"number": made.number, "count": number_said(made.people), "when": when_said(desk, made.due_at)}
    later = made.due_at > desk.now
    buttons = [
        Button(f"/thongbao so {made.id}", "thongbao.report_button"),
        edit_button(made) if later else Button(f"/thongbao tamdung {made.id} {made.version}", "thongbao.pause"),
        stop_button(made),
    ]
    if not later:  # before its hour it may still be stopped, and nobody could check what was pasted
        buttons.append(Button(f"/thongbao chep {made.id}", "thongbao.copies"))
    return Say("thongbao.going_later" if later else "thongbao.going", values, tuple(buttons))
