"""/ngonngu, /tamdung, /dung, /xungho: the language, the form of address, and whether unasked messages are sent."""

from collections.abc import Mapping
from datetime import timedelta

from content.actions.action import parse_words
from content.actions.producers import AddressForm, ChooseAddress, ChooseLanguage, PauseMonth, PauseWeek
from content.fold import fold
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.telling import day_to
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.hanchot import place_pause
from handlers.reading.yesno import read_yesno
from registry.deadlines import pauses
from registry.deliveries import deliveries
from registry.deliveries.states import Reason
from registry.people import people

PAUSES = ((7, PauseWeek()), (30, PauseMonth()))
"""Days, and the button for them."""
LONGEST_DAYS = 2
"""Digits of a number of days; longer numbers are place codes."""
FORMS: Mapping[AddressForm, str] = {"anh": "anh", "chi": "chị", "co": "cô", "chu": "chú", "bac": "bác"}
"""Forms of address, by their spelling on a button."""


def language(desk: Desk, words: str) -> Turn:
    """/ngonngu: Vietnamese, or English for the main paths."""
    match parse_words("ngonngu", words):
        case ChooseLanguage(chosen):
            people.set_preference(desk.db, person_id=desk.person.id, language=chosen)
            _refresh(desk)
            return Turn((Say("tuychon.language_changed", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    buttons = (Button(ChooseLanguage("vi"), label="Tiếng Việt"), Button(ChooseLanguage("en"), label="English"))
    return Turn((Say("tuychon.which_language", buttons=buttons),), KEEP)


def _refresh(desk: Desk) -> None:
    """Let the rest of this turn use what was just stored about the person."""
    changed = people.person(desk.db, desk.person.id)
    if changed is not None:
        desk.refresh(changed)


def address(desk: Desk, words: str) -> Turn:
    """/xungho: anh, chị, cô, chú or bác, as the person chooses; a name never decides it."""
    match parse_words("xungho", fold(words)):
        case ChooseAddress(chosen):
            people.set_preference(desk.db, person_id=desk.person.id, address_form=FORMS[chosen])
            _refresh(desk)
            return Turn((Say("tuychon.address_changed"),), KEEP)
    buttons = tuple(Button(ChooseAddress(plain), label=form.capitalize()) for plain, form in FORMS.items())
    return Turn((Say("tuychon.which_address", buttons=buttons),), KEEP)


def pause(desk: Desk, words: str) -> Turn:
    """/tamdung N: send only replies for N days, and cancel the messages that are still queued."""
    asked = parse_words("tamdung", words)
    days = next((days for days, action in PAUSES if action == asked), None)
    if days is not None:
        until = desk.now + timedelta(days=days)
        people.set_preference(desk.db, person_id=desk.person.id, paused_until=until)
        deliveries.cancel_unasked(desk.db, person_id=desk.person.id, reason=Reason.PERSON_PAUSED)
        day = day_to(desk, until.astimezone(desk.house.zone).date())
        return Turn((Say("tuychon.paused", {"day": day}, (Button("/nhantin", "tuychon.resume"),)),), KEEP)
    if desk.roles and words and not (words.isdecimal() and len(words) <= LONGEST_DAYS):
        return place_pause.pause(desk, words)
    buttons = (
        *(Button(action, "tuychon.pause_days", values={"days": str(days)}) for days, action in PAUSES),
        Button("/dung", "tuychon.stop"),
        *((Button("/tamdung xa", "tamdung.button.place"),) if place_pause.offered(desk) else ()),
    )
    return Turn((Say("tuychon.how_long", buttons=buttons),), KEEP)


def stop(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """
    /dung: send only replies from now on, and cancel the messages that are still queued.

    "dung" without marks is as often đúng as dừng, so ask which is meant.
    """
    if read_yesno(desk.said.text).ask:
        buttons = (Button("/dung", "tuychon.stop_now"), Button("/menu", "front.menu"))
        return Turn((Say("tuychon.stop_or_right", {"heard": desk.said.text}, buttons),), KEEP)
    people.set_preference(desk.db, person_id=desk.person.id, stopped_at=desk.now)
    deliveries.cancel_unasked(desk.db, person_id=desk.person.id, reason=Reason.PERSON_STOPPED)
    return Turn((Say("tuychon.stopped", buttons=(Button("/nhantin", "tuychon.resume"),)),), KEEP)


def resume(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/nhantin: send messages again."""
    pauses.take_messages_again(desk.db, person_id=desk.person.id, now=desk.now)
    return Turn((Say("tuychon.resumed", buttons=(Button("/nhacviec", "menu.reminders"),)),), KEEP)


def choices(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/tuychon: everything a person may set about how the bot speaks to them."""
    ways = (
        ("/xungho", "tuychon.way.address"), ("/ngonngu", "tuychon.way.language"), ("/nghe", "tuychon.way.aloud"),
        ("/nhacviec", "menu.reminders"), ("/tamdung", "tuychon.way.pause"),
    )  # fmt: skip
    buttons = tuple(Button(way, label) for way, label in ways)
    key = "tuychon.choices_aloud" if desk.person.heard_aloud > 1 else "tuychon.choices"
    return Turn((Say(key, buttons=buttons),), KEEP)


COMMANDS = (
    Command("tuychon", choices, ("tùy chọn", "cài đặt")),
    Command("ngonngu", language, ("ngôn ngữ", "đổi ngôn ngữ", "english", "tiếng anh", "đổi sang tiếng anh")),
    Command("xungho", address, ("xưng hô",)),
    Command("tamdung", pause, ("tạm dừng",)),
    Command(
        "dung",
        stop,
        (
            "dừng",
            "stop",
            "đừng nhắn nữa",
            "đừng nhắn tin nữa",
            "đừng gửi nữa",
            "ngừng nhắn tin",
            "dừng nhắn tin",
            "dừng nhận tin",
            "không nhận tin nữa",
            "không muốn nhận tin nữa",
            "không muốn nhận tin",
            "tắt tin",
            "tắt thông báo",
            "hủy nhận tin",
            "tắt nhắc",
        ),
    ),
    Command("nhantin", resume, ("nhắn lại",), listed=False),
)
