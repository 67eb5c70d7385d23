"""An announcement as it will be, before it leaves: how it reads, whom it reaches, what it costs, who has to see it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from content.language.saying import number_said
from content.working_days import is_public_holiday
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Say, Turn, Waiting
from handlers.thongbao.approval import names_said
from handlers.thongbao.words import (
    TOPIC,
    attachments_of,
    channel_lines,
    channels_said,
    cost_said,
    draft_of,
    files_of,
    filters_said,
    message_text,
    moment_said,
    parts_on,
    reasons_said,
    wanted_of,
    ways_out,
    when_said,
)
from registry.applications import files
from registry.broadcasts import approvals, audiences, broadcasts
from registry.broadcasts import wording as broadcast_words
from registry.broadcasts.audiences import Counted
from registry.broadcasts.broadcasts import Draft
from registry.deliveries import deliveries, keys
from registry.people.people import accounts_of
from registry.people.roles import Role


def preview(desk: Desk, role: Role, data: dict[str, Any]) -> Turn:
    """Show whom it reaches and how it will read, before anything leaves."""
    wanted = wanted_of(data)
    waits = Waiting(TOPIC, "sure", data)
    place = desk.places.full_name(wanted.place)
    counted = audiences.count(desk.db, pack=desk.pack, role=role, wanted=wanted, now=desk.now)
    if not counted.count:
        return Turn((_nobody(place, data, narrowed=wanted.narrowed, corrects=bool(wanted.corrects)),), waits)
    draft = draft_of(desk.house, role=role, data=data)
    notes, able = notes_on(desk, role, data, counted)
    values = {
        "count": number_said(counted.count),
        "place": place,
        "channels": channels_said(desk, counted),
        "names": ", ".join(counted.names),
        "when": _leaves(desk, draft, alone=able == "send"),
    }
    buttons = [Button("=edit", "thongbao.edit"), Button("=more", "thongbao.more_button"), *ways_out(data)]
    if able:
        key = "send" if able == "send" else "ask"
        label = "thongbao.send" if able == "send" else "thongbao.ask_second"
        buttons.insert(0, Button(f"={key}{counted.count}", label, values={"count": number_said(counted.count)}))
    text = message_text(desk.house, role, str(data["text"]), "…", str(data.get("old", "")))
    shown = Say("thongbao.exact", {"text": text}, attachments=attachments_of(here(desk, data)))
    asked = Say("thongbao.preview" if counted.names else "thongbao.preview_nameless", values, tuple(buttons))
    between = (Say("thongbao.notes", {"lines": "\n".join(notes)}),) if notes else ()
    return Turn((shown, *between, asked), waits)


def _leaves(desk: Desk, draft: Draft, *, alone: bool) -> str:
    """When it leaves, and why not at once where that was wished."""
    due = broadcasts.leaves_at(desk.pack, at=draft.at, by_night=draft.by_night, now=desk.now, alone=alone)
    hold = desk.pack.programme.announcements.hold
    if not alone and due <= desk.now:
        return said(desk, "thongbao.once_approved")
    when = when_said(desk, due)
    if alone and due > desk.now and due - desk.now <= hold:
        return said(desk, "thongbao.after_hold", minutes=str(hold // timedelta(minutes=1)), when=when)
    today, on = desk.today, due.astimezone(desk.house.zone).date()
    if draft.at is None and on > today and _is_holiday(desk, today):
        return said(desk, "thongbao.after_holiday", when=when)
    if draft.at is not None and _is_holiday(desk, on):
        return said(desk, "thongbao.on_holiday", when=when)
    return when


def _is_holiday(desk: Desk, day: date) -> bool:
    programme = desk.pack.programme
    return is_public_holiday(day, programme.holidays, programme.workdays)


def _nobody(place: str, data: dict[str, Any], *, narrowed: bool, corrects: bool) -> Say:
    if corrects:
        return Say("thongbao.nobody_to_correct", buttons=ways_out(data))
    if narrowed:
        return Say(
            "thongbao.nobody_fits", {"place": place}, (Button("=nofilter", "thongbao.filter_none"), *ways_out(data))
        )
    return Say("thongbao.nobody", {"place": place}, (Button("/thongbao", "thongbao.other_place"), *ways_out(data)))


def notes_on(desk: Desk, role: Role, data: dict[str, Any], counted: Counted) -> tuple[list[str], str]:
    """What the author has to know besides, and what may be done: "send", "ask" a second official, or nothing yet."""
    wanted, draft = wanted_of(data), draft_of(desk.house, role=role, data=data)
    besides = str(data.get("edits", ""))
    notes: list[str] = []
    if besides and draft.at is not None and draft.at <= desk.now:
        notes.append(said(desk, "thongbao.hour_gone", when=moment_said(desk, draft.at)))
    if wanted.narrowed:
        notes.append(said(desk, "thongbao.filtered", filters=filters_said(desk, wanted)))
    cost = cost_said(desk, role, wanted, _parts(desk, counted, role, data))
    twin = broadcast_words.alike(
        desk.db,
        places=desk.places,
        place=wanted.place,
        text=draft.text,
        now=desk.now,
        besides=besides,
    )
    if twin is not None and not wanted.corrects:
        at = (
            when_said(desk, twin.due_at)
            if twin.due_at > desk.now
            else f"{twin.due_at.astimezone(desk.house.zone):%H:%M}"
        )
        notes.append(said(desk, "thongbao.alike", number=twin.number, when=at))
    notes += [cost] if cost else []
    missing = [file for file in files_of(data) if file not in here(desk, data)]
    notes += [said(desk, "thongbao.file_on_its_way")] if missing else []
    reasons = broadcasts.reasons_for(
        desk.db, pack=desk.pack, role=role, wanted=wanted, draft=draft, now=desk.now, besides=besides
    )
    if not reasons:
        return notes, "send"
    others = approvals.approvers_for(desk.db, pack=desk.pack, author=desk.person.id, place=wanted.place, on=desk.today)
    why = reasons_said(desk, reasons)
    if not others:
        return [*notes, said(desk, "thongbao.no_second", why=why)], ""
    return [*notes, said(desk, "thongbao.needs_second", why=why, names=names_said(desk, others))], "ask"


def _parts(desk: Desk, counted: Counted, role: Role, data: dict[str, Any]) -> int:
    """The most messages any channel makes of it: what is charged is charged by the message."""
    text = message_text(desk.house, role, str(data["text"]), "…", str(data.get("old", "")))
    shown = [desk.house.shows[name] for name in counted.channels if name in desk.house.shows]
    return max((parts_on(one, text, files_of(data)) for one in shown), default=1)


def here(desk: Desk, data: dict[str, Any]) -> list[Any]:
    """The files that have arrived in the file room; what comes later is shown later."""
    found = [(file, files.file_by_id(desk.db, str(file["file"]))) for file in files_of(data)]
    return [file for file, kept in found if kept is not None and kept.state == "kept"]


def send_to_self(desk: Desk, role: Role, data: dict[str, Any]) -> Say:
    """Send it to the author alone, on each of their channels, as it will be."""
    message = draft_of(desk.house, role=role, data=data).say(said(desk, "thongbao.trial_number"))
    if len(here(desk, data)) < len(files_of(data)):
        return Say("thongbao.file_on_its_way")
    sent = 0
    for account in accounts_of(desk.db, desk.person.id):
        if account.state == "open":
            key = keys.broadcast_trial(account.id, desk.now)
            owed = deliveries.owe(
                desk.db, key=key, person_id=desk.person.id, kind="status", message=replace(message, choices=()),
                now=desk.now, account=account,
            )  # fmt: skip
            sent += owed is not None
    return Say("thongbao.trial_sent", {"count": str(sent)})


def on_channels(desk: Desk, role: Role, data: dict[str, Any]) -> Say:
    counted = audiences.count(desk.db, pack=desk.pack, role=role, wanted=wanted_of(data), now=desk.now)
    text = message_text(desk.house, role, str(data["text"]), "…", str(data.get("old", "")))
    kept = [(file, files.file_by_id(desk.db, str(file["file"]))) for file in files_of(data)]
    sized = [(file, 0 if one is None else one.size) for file, one in kept]
    lines = channel_lines(desk, counted, text, sized)
    return Say("thongbao.on_channels", {"lines": lines}) if lines else Say("thongbao.no_limits")
