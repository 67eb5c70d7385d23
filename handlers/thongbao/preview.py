"""A broadcast before it leaves: how it reads, its audience and cost, and the need of a second official."""

from datetime import timedelta

from content.actions.answers import ReadMore
from content.actions.officials import AskSecond, EditText, RemoveFilters, SendTo, WriteBroadcast
from content.language.saying import number_said
from content.message import Message
from content.working_days import is_public_holiday
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Say, Turn, Waiting
from handlers.thongbao.approval import names_said
from handlers.thongbao.attaching import files_here
from handlers.thongbao.ending import end_of, end_said, named_in_text
from handlers.thongbao.state import TOPIC, Composing
from handlers.thongbao.words import (
    attachments_of,
    channel_lines,
    channels_said,
    cost_said,
    draft_of,
    filters_said,
    message_text,
    moment_said,
    parts_on,
    reasons_said,
    ways_out,
    when_said,
)
from registry.applications import files
from registry.broadcasts import approvals, audiences, broadcasts
from registry.broadcasts import wording as broadcast_words
from registry.broadcasts.approvals import Reason
from registry.broadcasts.audiences import Counted
from registry.deliveries import deliveries, keys
from registry.people.people import accounts_of, names_of
from registry.people.roles import Role

A_DAY = timedelta(days=1)


def preview(desk: Desk, role: Role, composing: Composing) -> Turn:
    """Show whom it reaches and how it will read, before anything leaves."""
    counted = audience_of(desk, role, composing)
    composing = with_audience(composing, counted)
    wanted = composing.wanted
    waits = Waiting(TOPIC, "sure", composing)
    place = desk.places.full_name(wanted.place)
    if not counted.count:
        return Turn((_nobody(place, composing),), waits)
    reasons = reasons_for(desk, role, composing)
    ends = end_of(desk.house, composing, desk.now)
    waits = Waiting(TOPIC, "sure", composing.replace(shown_end=ends))
    press = offered(desk, composing, counted, reasons)
    names = [name for name in names_of(desk.db, counted.some).values() if name]
    values = {
        "count": number_said(counted.count),
        "place": place,
        "channels": channels_said(desk, counted),
        "names": ", ".join(names),
        "when": _leaves(desk, composing, alone=not reasons),
        "until": end_said(desk, ends),
    }
    buttons = [Button(EditText(), "thongbao.edit"), Button(ReadMore(), "thongbao.more_button"), *ways_out(composing)]
    if press is not None:
        label = "thongbao.send" if isinstance(press, SendTo) else "thongbao.ask_second"
        buttons.insert(0, Button(press, label, values={"count": number_said(counted.count)}))
    here = [file for file, _size in files_here(desk, composing)]
    shown = Say("thongbao.exact", {"text": _text(desk, role, composing)}, attachments=attachments_of(here))
    asked = Say("thongbao.preview" if names else "thongbao.preview_nameless", values, tuple(buttons))
    notes = _notes(desk, role, composing, counted, reasons)
    between = (Say("thongbao.notes", {"lines": "\n".join(notes)}),) if notes else ()
    return Turn((shown, *between, asked), waits)


def audience_of(desk: Desk, role: Role, composing: Composing) -> Counted:
    """
    The audience as it was counted when it was chosen; another place or filter is counted here.

    The confirmation counts it again (`confirming.confirmed`), so an old number is never sent to.
    """
    if composing.counted and composing.counted.count and composing.counted_for == composing.wanted:
        return composing.counted
    return audiences.count(desk.db, pack=desk.pack, role=role, wanted=composing.wanted, now=desk.now)


def with_audience(composing: Composing, counted: Counted) -> Composing:
    """Keep the count with the question."""
    return composing.replace(counted=counted, counted_for=composing.wanted)


def offered(
    desk: Desk, composing: Composing, counted: Counted, reasons: tuple[Reason, ...]
) -> SendTo | AskSecond | None:
    """
    The press with which it leaves: alone, or through a second official.

    None where there is none to ask, or where its end comes before it leaves.
    """
    if _ends_first(desk, composing, alone=not reasons):
        return None
    if not reasons:
        return SendTo(counted.count)
    return AskSecond(counted.count) if _approvers(desk, composing) else None


def reasons_for(desk: Desk, role: Role, composing: Composing) -> tuple[Reason, ...]:
    """Why a second official has to see it."""
    return broadcasts.reasons_for(
        desk.db, pack=desk.pack, role=role, wanted=composing.wanted,
        draft=draft_of(desk.house, role=role, composing=composing, ends_at=end_of(desk.house, composing, desk.now)),
        now=desk.now, excluding=composing.edits,
    )  # fmt: skip


def _approvers(desk: Desk, composing: Composing) -> tuple[Role, ...]:
    able = approvals.approvers_for(desk.db, pack=desk.pack, author=desk.person.id, place=composing.place, on=desk.today)
    return tuple(role for role in able if not broadcasts.paused_above(desk.db, desk.pack, composing.edits, role))


def _text(desk: Desk, role: Role, composing: Composing) -> str:
    """The text as it will read; its number is given when it is handed in."""
    return message_text(desk.house, role, composing.text, "…", composing.old)


def _ends_first(desk: Desk, composing: Composing, *, alone: bool) -> bool:
    due = broadcasts.leaves_at(desk.pack, at=composing.at, by_night=composing.night, now=desk.now, alone=alone)
    return end_of(desk.house, composing, desk.now) <= due


def _leaves(desk: Desk, composing: Composing, *, alone: bool) -> str:
    """When it leaves, and why not at once where that was wished."""
    at = composing.at
    due = broadcasts.leaves_at(desk.pack, at=at, by_night=composing.night, now=desk.now, alone=alone)
    delay = desk.pack.programme.announcements.delay
    if not alone and due <= desk.now:
        return said(desk, "thongbao.once_approved_night" if composing.night else "thongbao.once_approved")
    when = when_said(desk, due)
    if alone and due > desk.now and due - desk.now <= delay:
        return said(desk, "thongbao.after_hold", minutes=str(delay // timedelta(minutes=1)), when=when)
    programme = desk.pack.programme
    on = due.astimezone(desk.house.zone).date()
    if at is None and on > desk.today and is_public_holiday(desk.today, programme.holidays, programme.workdays):
        return said(desk, "thongbao.after_holiday", when=when)
    if at is not None and is_public_holiday(on, programme.holidays, programme.workdays):
        return said(desk, "thongbao.on_holiday", when=when)
    return when


def _nobody(place: str, composing: Composing) -> Say:
    if composing.filters.corrects:
        return Say("thongbao.nobody_to_correct", buttons=ways_out(composing))
    if composing.wanted.narrowed:
        everyone = Button(RemoveFilters(), "thongbao.filter_none")
        return Say("thongbao.nobody_fits", {"place": place}, (everyone, *ways_out(composing)))
    elsewhere = Button(WriteBroadcast(), "thongbao.other_place")
    return Say("thongbao.nobody", {"place": place}, (elsewhere, *ways_out(composing)))


def _notes(desk: Desk, role: Role, composing: Composing, counted: Counted, reasons: tuple[Reason, ...]) -> list[str]:
    """Further lines for the author: cost, filters, a similar broadcast, the second official."""
    wanted = composing.wanted
    notes: list[str] = []
    if composing.edits and composing.at is not None and composing.at <= desk.now:
        notes.append(said(desk, "thongbao.hour_gone", when=moment_said(desk, composing.at)))
    notes += _about_its_end(desk, composing, alone=not reasons)
    if wanted.narrowed:
        notes.append(said(desk, "thongbao.filtered", filters=filters_said(desk, wanted)))
    notes += _alike(desk, composing)
    cost = cost_said(desk, role, wanted, _parts(desk, counted, role, composing))
    notes += [cost] if cost else []
    missing = len(files_here(desk, composing)) < len(composing.files)
    notes += [said(desk, "thongbao.file_on_its_way")] if missing else []
    if reasons:
        others = _approvers(desk, composing)
        values = {"why": reasons_said(desk, reasons), "names": names_said(desk, others)}
        notes.append(said(desk, "thongbao.needs_second" if others else "thongbao.no_second", **values))
    return notes


def _about_its_end(desk: Desk, composing: Composing, *, alone: bool) -> list[str]:
    """A note where it would end before it leaves, or where its text is about a moment that has passed by then."""
    if _ends_first(desk, composing, alone=alone):
        return [said(desk, "thongbao.ends_first", until=end_said(desk, end_of(desk.house, composing, desk.now)))]
    named = named_in_text(desk.house, composing, desk.now)
    if composing.until is None and named is not None and desk.now - A_DAY < named <= desk.now:
        return [said(desk, "thongbao.text_is_past", until=end_said(desk, named))]
    return []


def _alike(desk: Desk, composing: Composing) -> list[str]:
    """A note about a recent broadcast with almost the same words."""
    twin = broadcast_words.alike(
        desk.db,
        places=desk.places,
        place=composing.place,
        text=composing.text,
        now=desk.now,
        excluding=composing.edits,
    )
    if twin is None or composing.filters.corrects:
        return []
    local = twin.due_at.astimezone(desk.house.zone)
    at = when_said(desk, twin.due_at) if twin.due_at > desk.now else f"{local:%H:%M}"
    return [said(desk, "thongbao.alike", number=twin.number, when=at)]


def _parts(desk: Desk, counted: Counted, role: Role, composing: Composing) -> int:
    """The most messages per person on any channel: a paid channel charges by the message."""
    text = _text(desk, role, composing)
    shown = [desk.house.shows[name] for name in counted.channels if name in desk.house.shows]
    return max((parts_on(one, text, composing.files) for one in shown), default=1)


def send_to_self(desk: Desk, role: Role, composing: Composing) -> Say:
    """Send it to the author alone, on each of their channels, as it will be."""
    if len(files_here(desk, composing)) < len(composing.files):
        return Say("thongbao.file_on_its_way")
    text = message_text(desk.house, role, composing.text, said(desk, "thongbao.trial_number"), composing.old)
    message = Message(text, (), attachments_of(composing.files))
    sent = 0
    for account in accounts_of(desk.db, desk.person.id):
        if account.state == "open":
            key = keys.broadcast_trial(account.id, desk.now)
            pending = deliveries.enqueue(
                desk.db, key=key, person_id=desk.person.id, kind="status", message=message, now=desk.now,
                account=account,
            )  # fmt: skip
            sent += pending is not None
    return Say("thongbao.trial_sent", {"count": str(sent)})


def on_channels(desk: Desk, role: Role, composing: Composing) -> Say:
    """How each channel in use shows it."""
    counted = audience_of(desk, role, composing)
    kept = [(file, files.file_by_id(desk.db, file["file"])) for file in composing.files]
    sized = [(file, 0 if one is None else one.size) for file, one in kept]
    lines = channel_lines(desk, counted, _text(desk, role, composing), sized)
    return Say("thongbao.on_channels", {"lines": lines}) if lines else Say("thongbao.no_limits")
