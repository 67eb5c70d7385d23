"""
Writing a broadcast: text → place → preview → confirmation; everything else is behind "Thêm lựa chọn".

Until it is handed in, only the conversation keeps it.
"""

from dataclasses import replace

from content.actions.answers import ChooseEnd, ReadMore, parse_press
from content.actions.officials import (
    AddFile,
    AskSecond,
    ChooseFilter,
    ChooseHour,
    EditText,
    GoBack,
    KeepText,
    RemoveFiles,
    RemoveFilters,
    ReplaceText,
    SendTo,
    SendToMyself,
    ShowChannels,
)
from content.language.saying import number_said
from handlers.conversation.desk import Desk
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.conversation.which_place import place_answered, places_of
from handlers.reading.place import read_place
from handlers.thongbao.attaching import files_taken
from handlers.thongbao.audience import ask_filter, hear_filter, hear_value
from handlers.thongbao.confirming import confirmed, hear_number
from handlers.thongbao.ending import ask_end, hear_end
from handlers.thongbao.hours import BACK, ask_hour, hear_hour
from handlers.thongbao.preview import on_channels, preview, send_to_self
from handlers.thongbao.state import TOPIC, Composing
from handlers.thongbao.words import DROP, ways_out
from registry.broadcasts import broadcasts
from registry.broadcasts.audiences import Wanted
from registry.people.roles import Role, may

ACT = "announce.send"
LONGEST = 1500
"""Letters: with the head and the office it stays below every platform's limit."""
SHORTEST = 10
FILES = {"photo", "document"}


def begin(desk: Desk, words: str) -> Turn:
    """Ask where, unless there is only one place; words typed behind the command are the text."""
    role = desk.role_for(ACT)
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    text = words.strip()
    composing = Composing(role=role.id)
    if len(text) > LONGEST:
        return _too_long(text, composing.replace(place=role.place))
    if len(text) >= SHORTEST and " " in text:
        composing = composing.replace(text=text)
    return _place_first(desk, role, composing)


def prepared(desk: Desk, text: str, place: str | None) -> Turn:
    """Fill the composer with words an official typed to the bot, and show the preview; nothing is sent."""
    role = desk.role_for(ACT, place)
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    composing = Composing(role=role.id, place=place or "", text=text)
    return preview(desk, role, composing) if place else _place_first(desk, role, composing)


def _place_first(desk: Desk, role: Role, composing: Composing) -> Turn:
    """Ask where, unless there is only one place."""
    if not desk.places.children(role.place):
        return _next(desk, role, composing.replace(place=role.place))
    values = {"place": desk.places.full_name(role.place)}
    say = Say("thongbao.which_place", values, places_of(desk, role, "thongbao.whole"))
    return Turn((say,), Waiting(TOPIC, "place", composing))


def correct(desk: Desk, broadcast_id: str) -> Turn:
    """Begin a correction to the people who got this broadcast."""
    known = broadcasts.one(desk.db, broadcast_id)
    role = None if known is None else desk.role_for(ACT, known.place)
    if known is None or role is None:
        return Turn((Say("thongbao.not_found"),))
    filters = Wanted("", corrects=known.id)
    composing = Composing(role=role.id, place=known.place, filters=filters, old=known.number)
    say = Say("thongbao.correct_text", {"number": known.number}, (DROP,), numbered=False)
    return Turn((say,), Waiting(TOPIC, "text", composing))


def ask_text(desk: Desk, composing: Composing) -> Turn:
    values = {"place": desk.places.full_name(composing.place)}
    say = Say("thongbao.text", values, ways_out(composing), numbered=False)
    return Turn((say,), Waiting(TOPIC, "text", composing))


def _next(desk: Desk, role: Role, composing: Composing) -> Turn:
    return preview(desk, role, composing) if composing.text else ask_text(desk, composing)


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the answer to the waiting step; the right to announce there is checked each time."""
    composing = desk.remembered(Composing)
    role = _role(desk, composing)
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    match desk.talk.step:
        case "place":
            return _hear_place(desk, role, heard, composing)
        case "text" | "file":
            return _hear_text(desk, role, heard, composing)
        case "more":
            return _hear_more(desk, role, heard, composing)
        case "hour":
            return _settled(desk, role, hear_hour(desk, heard, composing))
        case "end":
            return _settled(desk, role, hear_end(desk, heard, composing))
        case "filter":
            return _settled(desk, role, hear_filter(desk, role, heard, composing))
        case "choose":
            return hear_value(desk, role, heard, composing)
        case "number":
            return hear_number(desk, role, heard, composing)
        case _:
            return _hear_confirmation(desk, role, heard, composing)


def repeat(desk: Desk) -> Turn:
    """Ask the waiting question again."""
    composing = desk.remembered(Composing)
    role = _role(desk, composing)
    if role is None:
        return Turn((Say("thongbao.not_allowed"),))
    match desk.talk.step:
        case "place":
            return _place_first(desk, role, composing)
        case "hour":
            return ask_hour(desk, composing)
        case "end":
            return ask_end(desk, composing)
        case "filter" | "choose":
            return ask_filter(desk, role, composing)
        case "more":
            return _more(composing)
        case "file":
            return _ask_file(composing)
    return ask_replacing(composing) if composing.typed else _next(desk, role, composing)


def _role(desk: Desk, composing: Composing) -> Role | None:
    return desk.role_for(ACT, composing.place or None, composing.role) if composing.role else None


def _settled(desk: Desk, role: Role, found: Turn | Composing) -> Turn:
    return found if isinstance(found, Turn) else preview(desk, role, found)


# --- place and text ---------------------------------------------------------------------------------------------------


def _hear_place(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn:
    """Accept only places within one's own, for buttons and typed names alike."""
    waits = Waiting(TOPIC, "place", composing)
    whole = places_of(desk, role, "thongbao.whole")
    found = place_answered(desk, heard, read_place)
    if isinstance(found, Say):
        return Turn((replace(found, buttons=found.buttons or whole),), waits)
    if desk.places.get(found) is None or not may(role, ACT, found, desk.places, on=desk.today):
        return Turn((Say("thongbao.outside", {"place": desk.places.full_name(role.place)}, whole),), waits)
    return _next(desk, role, composing.replace(place=found))


def _hear_text(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn:
    match parse_press(heard.press):
        case RemoveFiles():
            return _next(desk, role, composing.replace(files=()))
        case GoBack() if composing.text:
            return preview(desk, role, composing)
    text = heard.text.strip()
    if heard.said.kind in FILES:
        return _hear_files(desk, role, heard, composing)
    if desk.talk.step == "file":
        known = composing.text and len(text) >= SHORTEST
        return _typed(desk, role, text, composing) if known else _ask_file(composing)
    if heard.said.kind != "text" or len(text) < SHORTEST:
        say = Say("thongbao.words_please", buttons=ways_out(composing), numbered=False)
        return Turn((say,), Waiting(TOPIC, desk.talk.step, composing))
    return _with_text(desk, role, text, composing)


def _hear_files(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn:
    """Keep pictures and documents; the words below a picture are the text, where there is none yet."""
    found = files_taken(desk, heard, composing)
    if isinstance(found, Say):
        return Turn((found,), Waiting(TOPIC, desk.talk.step, composing))
    composing, text = composing.replace(files=found), heard.text.strip()
    if len(text) < SHORTEST:
        if composing.text:
            return preview(desk, role, composing)
        say = Say("thongbao.file_kept_text_now", buttons=ways_out(composing), numbered=False)
        return Turn((say,), Waiting(TOPIC, "text", composing))
    if composing.text:  # words under a picture may belong to the picture
        return _typed(desk, role, text, composing)
    return _with_text(desk, role, text, composing)


def _with_text(desk: Desk, role: Role, text: str, composing: Composing) -> Turn:
    if len(text) > LONGEST:
        return _too_long(text, composing)
    return preview(desk, role, composing.replace(text=text))


def _too_long(text: str, composing: Composing) -> Turn:
    say = Say("thongbao.too_long", {"length": number_said(len(text)), "most": number_said(LONGEST)})
    return Turn((say,), Waiting(TOPIC, "text", composing))


# --- more -------------------------------------------------------------------------------------------------------------


def _more(composing: Composing) -> Turn:
    buttons = [
        Button(ChooseHour(), "thongbao.more_hour"),
        Button(ChooseEnd(), "thongbao.more_end"),
        Button(AddFile(), "thongbao.more_file"),
        Button(SendToMyself(), "thongbao.more_self"),
        Button(ShowChannels(), "thongbao.more_channels"),
        BACK,
    ]
    if not composing.filters.corrects:
        buttons.insert(0, Button(ChooseFilter(), "thongbao.more_filter"))
    if composing.files:
        buttons.insert(-1, Button(RemoveFiles(), "thongbao.without_file"))
    return Turn((Say("thongbao.more", buttons=tuple(buttons)),), Waiting(TOPIC, "more", composing))


def _ask_file(composing: Composing) -> Turn:
    return Turn((Say("thongbao.file", buttons=(BACK,), numbered=False),), Waiting(TOPIC, "file", composing))


def _hear_more(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn:
    match parse_press(heard.press):
        case ChooseFilter() if not composing.filters.corrects:
            return ask_filter(desk, role, composing)
        case ChooseHour():
            return ask_hour(desk, composing)
        case ChooseEnd():
            return ask_end(desk, composing)
        case AddFile():
            return _ask_file(composing)
        case RemoveFiles():
            return preview(desk, role, composing.replace(files=()))
        case SendToMyself():
            return _with_more(send_to_self(desk, role, composing), composing)
        case ShowChannels():
            return _with_more(on_channels(desk, role, composing), composing)
    if heard.said.kind in FILES:
        return _hear_text(desk, role, heard, composing)
    return preview(desk, role, composing)


def _with_more(say: Say, composing: Composing) -> Turn:
    more = _more(composing)
    return replace(more, says=(say, *more.says))


def _hear_confirmation(desk: Desk, role: Role, heard: Heard, composing: Composing) -> Turn:
    typed, composing = composing.typed, composing.replace(typed="")
    answer = parse_press(heard.press)
    if answer == ReplaceText() and typed:
        return preview(desk, role, composing.replace(text=typed))
    if answer == EditText() or not composing.text:
        return ask_text(desk, composing)
    match answer:
        case ReadMore():
            return _more(composing)
        case RemoveFilters() if not composing.filters.corrects:
            return preview(desk, role, composing.replace(filters=Wanted("")))
        case SendTo() | AskSecond():
            return confirmed(desk, role, composing, answer)
    if not heard.press and heard.said.kind in FILES:
        return _hear_text(desk, role, heard, composing)
    if not heard.press and heard.text.strip():
        return _typed(desk, role, heard.text.strip(), composing)
    return preview(desk, role, composing)


def _typed(desk: Desk, role: Role, text: str, composing: Composing) -> Turn:
    """Ask about words typed where a button was expected: a remark to the bot is as likely as another text."""
    if len(text) > LONGEST:
        return _too_long(text, composing)
    if len(text) < SHORTEST:
        shown = preview(desk, role, composing)
        return replace(shown, says=(Say("thongbao.press_please"), *shown.says))
    return ask_replacing(composing.replace(typed=text))


def ask_replacing(composing: Composing) -> Turn:
    """Ask whether words typed under the preview are the new text."""
    buttons = (
        Button(ReplaceText(), "thongbao.replace"),
        Button(KeepText(), "thongbao.keep"),
        *ways_out(composing),
    )
    return Turn((Say("thongbao.replace_it", {"text": composing.typed}, buttons),), Waiting(TOPIC, "sure", composing))
