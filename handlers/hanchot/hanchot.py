"""/hanchot: the last days of one's place: look, move, set an own day for a place below, add a round, undo."""

from datetime import date

from content.actions.action import parse_words
from content.actions.officials import (
    AddRound,
    DropDeadline,
    MoveBack,
    MoveDeadline,
    SetApart,
    ShowDeadline,
    TurnDeadlines,
)
from content.language.saying import date_said
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.hanchot.changing import (
    ACT,
    LIST,
    begin_apart,
    begin_move,
    begin_round,
    day_said,
    done_said,
    gone,
    hear,
    not_allowed,
    places_below,
    repeat,
    seen,
    unfit_said,
)
from handlers.hanchot.state import TOPIC
from registry.deadlines import deadlines, rounds
from registry.deadlines.deadlines import Deadline
from registry.deadlines.rounds import UnfitDayError
from registry.people.roles import NotAllowedError

MOST_LISTED = 10


def days(desk: Desk, words: str) -> Turn:
    """The list and its further pages; one last day, and its changes."""
    match parse_words("hanchot", words):
        case TurnDeadlines(page):
            return _list(desk, page)
        case ShowDeadline(deadline):
            return _show(desk, deadline)
        case MoveDeadline(deadline):
            return begin_move(desk, deadline)
        case SetApart(deadline):
            return begin_apart(desk, deadline)
        case AddRound(deadline):
            return begin_round(desk, deadline)
        case MoveBack(deadline, day):
            return _move_back(desk, deadline, day)
        case DropDeadline(deadline, day):
            return _drop(desk, deadline, day)
    return _list(desk)


# --- looking ----------------------------------------------------------------------------------------------------------


def _list(desk: Desk, page: int = 1) -> Turn:
    found = rounds.seen_from(desk.db, pack=desk.pack, roles=desk.roles, on=desk.today, now=desk.now)
    if not found:
        return Turn((Say("hanchot.none"),), KEEP)
    begin = (page - 1) * MOST_LISTED if 0 < page <= -(-len(found) // MOST_LISTED) else 0
    shown = tuple(enumerate(found, 1))[begin : begin + MOST_LISTED]
    lines = "\n".join(
        said(
            desk,
            _line_key(desk, one),
            number=number,
            title=deadlines.title_of(desk.pack, one),
            day=day_said(desk, deadlines.last_day(desk.pack, one)),
            place=desk.places.full_name(one.place),
        )
        for number, one in shown
    )
    buttons = tuple(
        Button(ShowDeadline(one.id), "hanchot.number", values={"number": str(number)}) for number, one in shown
    )
    if begin + MOST_LISTED < len(found):
        buttons += (Button(TurnDeadlines(begin // MOST_LISTED + 2), "hanchot.button.next"),)
    return Turn((Say("hanchot.list", {"lines": lines}, buttons),), KEEP)


def _line_key(desk: Desk, one: Deadline) -> str:
    if one.closes_at <= desk.now:
        return "hanchot.line_closed"
    return "hanchot.line_sample" if one.sample else "hanchot.line"


def _show(desk: Desk, deadline_id: str) -> Turn:
    one = seen(desk, deadline_id)
    if one is None:
        return gone()
    counted = rounds.effect(desk.db, pack=desk.pack, deadline=one)
    advised = deadlines.advised_day(desk.pack, one)
    notes = said(desk, "hanchot.sample") if one.sample else ""
    over = one.closes_at <= desk.now
    if advised and not over:
        notes += said(desk, "hanchot.advice", day=day_said(desk, advised))
    values: dict[str, object] = {
        "title": deadlines.title_of(desk.pack, one),
        "day": day_said(desk, deadlines.last_day(desk.pack, one)),
        "place": desk.places.full_name(one.place),
        "reminded": counted.reminded,
        "notes": notes,
    }
    buttons: list[Button] = []
    if desk.role_for(ACT, one.place):
        buttons.append(Button(MoveDeadline(one.id), "hanchot.button.move"))
        if one.closed_before is not None:
            before = deadlines.day_of(desk.pack, one.closed_before)
            values_back = {"day": date_said(before, desk.today)}
            buttons.append(Button(MoveBack(one.id, before), "hanchot.button.back", values=values_back))
        if rounds.is_apart(desk.pack, one):
            shown = deadlines.last_day(desk.pack, one)
            buttons.append(Button(DropDeadline(one.id, shown), "hanchot.button.drop"))
    if places_below(desk, one):
        buttons.append(Button(SetApart(one.id), "hanchot.button.apart"))
    if desk.role_for(ACT):
        buttons.append(Button(AddRound(one.id), "hanchot.button.round"))
    buttons.append(LIST)
    return Turn((Say("hanchot.one_closed" if over else "hanchot.one", values, tuple(buttons)),), KEEP)


# --- undoing ---------------------------------------------------------------------------------------------------------


def _move_back(desk: Desk, deadline_id: str, day: date) -> Turn:
    one = seen(desk, deadline_id)
    role = None if one is None else desk.role_for(ACT, one.place)
    if one is None or role is None:
        return gone()
    if one.closed_before is None or day != deadlines.day_of(desk.pack, one.closed_before):
        return _show(desk, deadline_id)
    try:
        back = rounds.move_deadline(
            desk.db, pack=desk.pack, deadline_id=deadline_id, last=day, role=role, on=desk.today, now=desk.now
        )
    except UnfitDayError as refused:
        return Turn((unfit_said(desk, refused.unfit, day),), KEEP)
    return Turn((done_said(desk, back, moved=True),), KEEP)


def _drop(desk: Desk, deadline_id: str, shown: date | None) -> Turn:
    one = seen(desk, deadline_id)
    role = None if one is None else desk.role_for(ACT, one.place)
    if one is None or role is None:
        return gone()
    try:
        dropped = rounds.drop_deadline(
            desk.db, pack=desk.pack, deadline_id=one.id, role=role, on=desk.today, now=desk.now, shown=shown
        )
    except NotAllowedError:
        return not_allowed(desk, one)
    if not dropped:  # another day than the button was shown for
        return _show(desk, deadline_id)
    values = {"title": deadlines.title_of(desk.pack, one), "place": desk.places.full_name(one.place)}
    return Turn((Say("hanchot.dropped", values, (LIST,)),), KEEP)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (Command("hanchot", days, ("hạn chót", "đợt đánh giá", "dời hạn"), official=True),)
