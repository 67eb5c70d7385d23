"""Pictures and documents of a broadcast: taken from the chat, and checked before they go to everybody."""

from content.actions.answers import ReadMore
from content.actions.officials import RemoveFiles, ShowAgain
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say
from handlers.form.reading import DOCUMENTS, PHOTOS, refusal_words
from handlers.thongbao.state import Composing
from handlers.thongbao.words import MOST_BYTES, megabytes, ways_out
from registry.applications import files

MOST_FILES = 3


def files_taken(desk: Desk, heard: Heard, composing: Composing) -> tuple[dict[str, str], ...] | Say:
    """The files with those just sent; or why one of them cannot go to everybody."""
    found = list(composing.files)
    ways = (Button(RemoveFiles(), "thongbao.without_file"), *ways_out(composing))
    for file in heard.said.files:
        if file.mime not in DOCUMENTS:
            return Say("thongbao.file_kind", buttons=ways, numbered=False)
        kind = "photo" if file.mime in PHOTOS else "document"
        if file.size > MOST_BYTES[kind]:
            return _too_big(kind, file.size, ways)
        if len(found) >= MOST_FILES:
            return Say("thongbao.files_enough", {"most": str(MOST_FILES)}, ways, numbered=False)
        try:
            wanted = files.want(
                desk.db, person_id=desk.person.id, channel=heard.said.channel, ref=file.ref, mime=file.mime,
                size=file.size, name=file.name or None, now=desk.now, quota=desk.house.quota,
            )  # fmt: skip
        except files.NotTakenError as refusal:
            if refusal.why != "too_large":
                return Say(refusal_words(refusal), {}, ways, numbered=False)
            return _too_big(kind, file.size, ways)
        name = file.name or said(desk, f"thongbao.{kind}_name", number=str(len(found) + 1))
        if all(one["file"] != wanted.id for one in found):
            found.append({"kind": kind, "file": wanted.id, "name": name})
    return tuple(found)


def _too_big(kind: str, size: int, ways: tuple[Button, ...], *, numbered: bool = False) -> Say:
    values = {"size": megabytes(size), "most": megabytes(MOST_BYTES[kind])}
    return Say(f"thongbao.{kind}_too_big", values, ways, numbered=numbered)


def file_trouble(desk: Desk, composing: Composing) -> Say | None:
    """A file that has not arrived, was lost, or turned out too big for everybody."""
    again, without = Button(ShowAgain(), "thongbao.refresh"), Button(ReadMore(), "thongbao.more_button")
    for file in composing.files:
        kept = files.file_by_id(desk.db, file["file"])
        if kept is not None and kept.state == "wanted":
            return Say("thongbao.file_coming", buttons=(again, without))
        if kept is None or kept.state != "kept":
            return Say("thongbao.file_lost", {"name": file["name"]}, (without, *ways_out(composing)))
        if kept.size > MOST_BYTES[file["kind"]]:
            return _too_big(file["kind"], kept.size, (without, *ways_out(composing)), numbered=True)
    return None


def files_here(desk: Desk, composing: Composing) -> list[tuple[dict[str, str], int]]:
    """The files that have arrived in the file room, each with its size in bytes."""
    found = [(file, files.file_by_id(desk.db, file["file"])) for file in composing.files]
    return [(file, kept.size) for file, kept in found if kept is not None and kept.state == "kept"]
