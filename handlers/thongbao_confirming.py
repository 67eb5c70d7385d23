"""Handing an announcement in, if it is still what was shown."""

from typing import Any

from handlers.desk import Desk
from handlers.thongbao_approval import ask_second
from handlers.thongbao_preview import notes_on, preview
from handlers.thongbao_words import DROP, MOST_BYTES, TOPIC, draft_of, files_of, megabytes, wanted_of, when_said
from handlers.turn import Button, Say, Turn, Waiting
from registry import audiences, broadcasts, files
from registry.broadcasts import Broadcast, MovedOnError
from registry.roles import NotAllowedError, Role


def confirmed(desk: Desk, role: Role, data: dict[str, Any], press: str) -> Turn:
    """Hand it in, if it is what was shown: the same people, and the same need of a second official."""
    wanted = wanted_of(data)
    counted = audiences.count(desk.db, pack=desk.pack, role=role, wanted=wanted, now=desk.now)
    _, able = notes_on(desk, role, data, counted)
    if not counted.count or press != f"{able}{counted.count}":  # somebody came or left since it was shown
        return preview(desk, role, data)
    trouble = _file_trouble(desk, data)
    if trouble is not None:
        return Turn((trouble,), Waiting(TOPIC, "sure", data))
    draft = draft_of(desk.house, role=role, data=data)
    try:
        if data.get("edits"):
            made = broadcasts.hand_in_again(
                desk.db, pack=desk.pack, role=role, broadcast_id=str(data["edits"]), version=int(data["version"]),
                draft=draft, wanted=wanted, now=desk.now,
            )  # fmt: skip
        else:
            made = broadcasts.hand_in(desk.db, pack=desk.pack, role=role, wanted=wanted, draft=draft, now=desk.now)
    except MovedOnError:
        return Turn((Say("thongbao.moved_on"),))
    except NotAllowedError:
        return Turn((Say("thongbao.not_allowed"),))
    if made.state == "waiting":
        return ask_second(desk, role, made)
    return Turn((going(desk, made),))


def _file_trouble(desk: Desk, data: dict[str, Any]) -> Say | None:
    """A file that is not here yet, will never be, or turned out too big for everybody."""
    for file in files_of(data):
        kept = files.file_by_id(desk.db, str(file["file"]))
        again = Button("=again", "thongbao.refresh")
        without = Button("=more", "thongbao.more_button")
        if kept is not None and kept.state == "wanted":
            return Say("thongbao.file_coming", buttons=(again, without))
        if kept is None or kept.state != "kept":
            return Say("thongbao.file_lost", {"name": file["name"]}, (without, DROP))
        if kept.size > MOST_BYTES[file["kind"]]:
            values = {"size": megabytes(kept.size), "most": megabytes(MOST_BYTES[file["kind"]])}
            return Say(f"thongbao.{file['kind']}_too_big", values, (without, DROP))
    return None


def going(desk: Desk, made: Broadcast) -> Say:
    """It goes: how many, when, and what can still be done."""
    values = {"number": made.number, "count": str(made.people), "when": when_said(desk, made.due_at)}
    buttons = [Button(f"/thongbao so {made.id}", "thongbao.report_button")]
    if made.due_at > desk.now:
        buttons.append(Button(f"/thongbao sua {made.id}", "thongbao.edit"))
    else:
        buttons.append(Button(f"/thongbao tamdung {made.id}", "thongbao.pause"))
    buttons += [
        Button(f"/thongbao dung {made.id}", "thongbao.stop"),
        Button(f"/thongbao chep {made.id}", "thongbao.copies"),
    ]
    return Say("thongbao.going", values, tuple(buttons))
