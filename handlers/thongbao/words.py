"""
The words of a broadcast: the message people get, the buttons of its author, and how it is described before it leaves.

`draft_of` makes the value that is handed in, for the chat and the command line alike.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from content.actions.officials import ConfirmUnderstood, EditBroadcast, LeaveEdit, StopBroadcast
from content.language.aloud import aloud
from content.language.saying import date_said, number_said
from content.message import BOLD, PLAIN, Attachment, Choice, Message
from handlers.conversation.desk import Desk, House
from handlers.conversation.showing import Shown
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Say
from handlers.thongbao import cost as cost_lines
from handlers.thongbao.state import Composing
from registry.broadcasts import broadcasts
from registry.broadcasts.approvals import Reason
from registry.broadcasts.audiences import Counted, Wanted, reached_ids
from registry.broadcasts.broadcasts import Broadcast, Draft
from registry.people.roles import Role

DROP = Button("/huy", "thongbao.drop")
MEGABYTE = 1_000_000
MOST_BYTES = {"photo": 5_000_000, "document": 10_000_000}
"""Of a file in a broadcast: it is sent once per person."""
LANGUAGE = "vi"
"""A broadcast has one text, in this language, for recipients of every language."""


def ways_out(composing: Composing) -> tuple[Button, ...]:
    """How to leave: a new text is dropped; an edit is given up, or the broadcast is withdrawn."""
    if not composing.edits:
        return (DROP,)
    return (Button("/huy", "thongbao.leave_edit"), withdraw_button(composing.edits, composing.version))


def withdraw_button(broadcast_id: str, version: int) -> Button:
    return Button(StopBroadcast(broadcast_id, version), "thongbao.withdraw")


def edit_button(made: Broadcast) -> Button:
    return Button(EditBroadcast(made.id, made.version), "thongbao.edit")


def stop_button(made: Broadcast) -> Button:
    return Button(StopBroadcast(made.id, made.version), "thongbao.stop")


def edit_buttons(made: Broadcast) -> tuple[Button, ...]:
    """The acts of its author on an unfinished edit."""
    return (
        Button(EditBroadcast(made.id, made.version), "thongbao.edit_on"),
        Button(LeaveEdit(made.id, made.version), "thongbao.leave_edit"),
        withdraw_button(made.id, made.version),
    )


def text_now(desk: Desk, known: Broadcast, buttons: tuple[Button, ...] = ()) -> Say:
    """Answer an old button: nothing was done, and this is the newest text."""
    message = broadcasts.words_of(desk.db, known.id)
    values = {
        "number": known.number,
        "state": said(desk, f"thongbao.state.{known.state}"),
        "text": "" if message is None else message.text,
    }
    _, files = broadcasts.written(desk.db, known.id)
    return Say("thongbao.changed_text", values, buttons, attachments=attachments_of(files))


def draft_of(house: House, *, role: Role, composing: Composing, ends_at: datetime) -> Draft:
    """A composed broadcast with its end, ready to be handed in."""

    def say(number: str) -> Message:
        label = house.phrases.say("thongbao.understood", LANGUAGE)
        understood = Choice(label, ConfirmUnderstood(number).command)
        text = message_text(house, role, composing.text, number, composing.old)
        return Message(text, (understood,), attachments_of(composing.files))

    return Draft(composing.text, say, composing.at, composing.night, composing.files, ends_at)


def message_text(house: House, role: Role, text: str, number: str, old: str = "") -> str:
    """The text people read: its number above, the office below; a correction names the corrected broadcast."""
    key = "thongbao.message_correcting" if old else "thongbao.message"
    values = {"number": number, "text": text, "office_name": signed(house, role), "old": old}
    return house.phrases.say(key, LANGUAGE, **values)


def signed(house: House, role: Role) -> str:
    """The office a broadcast is signed with."""
    return role.title or house.pack.places.full_name(role.place)


def attachments_of(files: Iterable[Mapping[str, str]]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment("photo" if file["kind"] == "photo" else "document", f"file:{file['file']}", file["name"])
        for file in files
    )


# --- before it leaves ------------------------------------------------------------------------------------------------


def when_said(desk: Desk, moment: datetime) -> str:
    """Now, or a day and an hour."""
    if moment <= desk.now:
        return said(desk, "thongbao.now")
    return moment_said(desk, moment)


def moment_said(desk: Desk, moment: datetime) -> str:
    """A day and an hour, future or past."""
    local = moment.astimezone(desk.house.zone)
    return said(desk, "thongbao.at", day=date_said(local.date(), desk.today), hour=f"{local:%H:%M}")


def channels_said(desk: Desk, counted: Counted) -> str:
    return ", ".join(f"{channel_name(desk, name)} {number_said(count)}" for name, count in counted.channels.items())


def channel_name(desk: Desk, name: str) -> str:
    key = f"channel.{name}"
    return said(desk, key) if desk.house.phrases.has(key) else name


def reasons_said(desk: Desk, reasons: Iterable[Reason]) -> str:
    limits = desk.pack.programme.announcements
    values = {
        "most": number_said(limits.second_official_above),
        "a_day": number_said(limits.alone_a_day),
        "offices": ", ".join(limits.links),
    }
    return ", ".join(said(desk, f"thongbao.reason.{reason}", **values) for reason in reasons)


def filters_said(desk: Desk, wanted: Wanted) -> str:
    """The filters in one line; empty for everyone of the place."""
    programme = desk.pack.programme
    parts: list[str] = []
    if wanted.corrects:
        known = broadcasts.one(desk.db, wanted.corrects)
        parts.append(said(desk, "thongbao.filtered.corrects", number=known.number if known else ""))
    parts += [said(desk, f"thongbao.role.{role}") for role in wanted.roles]
    parts += [programme.kind(kind).name for kind in wanted.kinds]
    parts += [programme.product_group(group).name for group in wanted.groups]
    parts += [programme.step(step).name for step in wanted.steps]
    parts += [said(desk, f"status.name.{status}") for status in wanted.statuses]
    if wanted.stars:
        parts.append(said(desk, "thongbao.filtered.stars", stars=str(wanted.stars)))
    if wanted.spoke_days:
        parts.append(said(desk, "thongbao.filtered.spoke", days=str(wanted.spoke_days)))
    if wanted.tag:
        parts.append(said(desk, "thongbao.filtered.tag", tag=wanted.tag))
    return "; ".join(parts)


def cost_said(desk: Desk, role: Role, wanted: Wanted, parts: int) -> str:
    """The cost and the number of people who wait, where a channel charges or closes; else empty."""
    if desk.house.ways is None:
        return ""  # spares the count
    ids = reached_ids(desk.db, pack=desk.pack, role=role, wanted=wanted, now=desk.now)
    return cost_lines.cost_said(desk, ids, parts=parts)


def parts_on(shown: Shown, text: str, files: tuple[Mapping[str, str], ...]) -> int:
    """The number of messages per person on one channel."""
    visible = len(text.replace(BOLD, "").replace(PLAIN, ""))
    pieces = max(1, -(-visible // shown.most_text))
    if len(files) == 1 and visible <= shown.most_caption:
        return 1
    return pieces + len(files)


def channel_lines(desk: Desk, counted: Counted, text: str, sized: Iterable[tuple[Mapping[str, str], int]]) -> str:
    """How each channel in use shows it, and which files it does not take."""
    files = tuple(sized)
    lines = []
    for name, count in counted.channels.items():
        shown = desk.house.shows.get(name)
        if shown is None:
            continue
        parts = parts_on(shown, text, tuple(file for file, _size in files))
        how = [said(desk, "thongbao.shows.one") if parts == 1 else said(desk, "thongbao.shows.parts", parts=str(parts))]
        how.append(said(desk, "thongbao.shows.buttons" if shown.buttons else "thongbao.shows.typed"))
        for file, size in files:
            most = shown.most_picture if file["kind"] == "photo" else shown.most_paper
            if not most:
                how.append(said(desk, "thongbao.shows.link", name=file["name"]))
            elif size > most:
                values = {"name": file["name"], "size": megabytes(size), "most": megabytes(most)}
                how.append(said(desk, "thongbao.shows.too_big", **values))
        lines.append(
            said(
                desk,
                "thongbao.shows.line",
                channel=channel_name(desk, name),
                count=number_said(count),
                how="; ".join(how),
            )
        )
    return "\n".join(lines)


def megabytes(size: int) -> str:
    return number_said(max(1, round(size / MEGABYTE)))


# --- passed on by hand ------------------------------------------------------------------------------------------------


def group_text(house: House, broadcast: Broadcast, text: str, office: str) -> str:
    """For the groups of a village: signed, with the way to check that it is genuine."""
    return house.phrases.say("thongbao.group_text", LANGUAGE, number=broadcast.number, text=text, office_name=office)


def loud_text(text: str, office: str) -> str:
    """For reading over the loud-speaker."""
    return aloud(text, office=office)
