"""Handing a broadcast in, if it is still what was shown."""

from dataclasses import replace

from content.actions.officials import AskSecond, CopyBroadcast, PauseBroadcast, SendTo, ShowBroadcast
from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.reading.numeral import number_in
from handlers.thongbao.approval import ask_second, learning
from handlers.thongbao.attaching import file_trouble
from handlers.thongbao.ending import end_of
from handlers.thongbao.hours import BACK
from handlers.thongbao.preview import audience_of, offered, preview, reasons_for, with_audience
from handlers.thongbao.running import as_it_is_now
from handlers.thongbao.state import TOPIC, Composing
from handlers.thongbao.words import draft_of, edit_button, stop_button, ways_out, when_said
from registry.addressing.ends import EndedError
from registry.broadcasts import audiences, handing_in
from registry.broadcasts.broadcasts import Broadcast, MovedOnError
from registry.people.roles import NotAllowedError, Role


def confirmed(
    desk: Desk, role: Role, composing: Composing, press: SendTo | AskSecond, typed: int | None = None
) -> Turn:
    """Hand it in, if it is what was shown: the same people, and the same need of a second official."""
    counted = audiences.count(desk.db, pack=desk.pack, role=role, wanted=composing.wanted, now=desk.now)
    composing = with_audience(composing, counted)
    reasons = reasons_for(desk, role, composing)
    ends = end_of(desk.house, composing, desk.now)
    shown = (offered(desk, composing, counted, reasons), ends)
    if not counted.count or (press, composing.shown_end) != shown:  # it changed since it was shown
        return preview(desk, role, composing)
    trouble = file_trouble(desk, composing)
    if trouble is not None:
        return Turn((trouble,), Waiting(TOPIC, "sure", composing))
    most = desk.pack.programme.announcements.typed_above
    if isinstance(press, SendTo) and counted.count > most and typed != counted.count:
        return _ask_number(desk, composing, counted.count)
    try:
        made = _handed_in(desk, role, composing)
    except MovedOnError:
        return replace(as_it_is_now(desk, composing.edits), waits=None)
    except EndedError:  # its end came while this was handled
        return preview(desk, role, composing)
    except NotAllowedError:
        return Turn((Say("thongbao.not_allowed"),))
    if made.state == "waiting":
        return ask_second(desk, role, made)
    return Turn((going(desk, role, made),))


def _handed_in(desk: Desk, role: Role, composing: Composing) -> Broadcast:
    draft = draft_of(desk.house, role=role, composing=composing, ends_at=end_of(desk.house, composing, desk.now))
    wanted, tell = composing.wanted, Telling(desk.house, desk.db, desk.now)
    if not composing.edits:
        return handing_in.hand_in(
            desk.db, pack=desk.pack, role=role, wanted=wanted, draft=draft, now=desk.now, tell=tell
        )
    return handing_in.hand_in_again(
        desk.db, pack=desk.pack, role=role, broadcast_id=composing.edits, version=composing.version, draft=draft,
        wanted=wanted, now=desk.now, tell=tell,
    )  # fmt: skip


def _ask_number(desk: Desk, composing: Composing, count: int) -> Turn:
    """Ask to type the number of people, so that no slip of a thumb sends to many."""
    values = {"count": number_said(count), "place": desk.places.full_name(composing.place)}
    say = Say("thongbao.type_number", values, (BACK, *ways_out(composing)), numbered=False)
    return Turn((say,), Waiting(TOPIC, "number", composing))


def hear_number(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn:
    """Send if the typed number is the number of people; else show it again."""
    number = None if heard.press else number_in(heard.text)
    if number is None and (heard.press or not heard.text.strip()):
        return preview(desk, role, composing)
    counted = audience_of(desk, role, composing)
    if number is None:  # words: the number is what is asked for
        asked = _ask_number(desk, composing, counted.count)
        return replace(asked, says=(Say("thongbao.number_please"), *asked.says))
    if number != counted.count:
        shown = preview(desk, role, composing)
        return replace(shown, says=(Say("thongbao.number_differs", {"typed": str(number)}), *shown.says))
    return confirmed(desk, role, composing, SendTo(counted.count), typed=counted.count)


def going(desk: Desk, role: Role, made: Broadcast) -> Say:
    """How many people it goes to, when, how each learns it, and what can still be done."""
    values = {
        "number": made.number, "count": number_said(made.people), "when": when_said(desk, made.due_at),
        "learning": learning(desk, role, made),
    }  # fmt: skip
    later = made.due_at > desk.now
    buttons = [
        Button(ShowBroadcast(made.id), "thongbao.report_button"),
        edit_button(made) if later else Button(PauseBroadcast(made.id, made.version), "thongbao.pause"),
        stop_button(made),
    ]
    if not later:  # before its hour it may still be stopped, and a copy could not be checked
        buttons.append(Button(CopyBroadcast(made.id), "thongbao.copies"))
    return Say("thongbao.going_later" if later else "thongbao.going", values, tuple(buttons))
