"""/ngonngu, /tamdung, /dung, /xungho: how a person wants to be spoken to, and whether at all unasked."""

from datetime import timedelta

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

PAUSES = (7, 30)
LONGEST_DAYS = 2
"""Digits of a number of days; a longer number is the code of a place."""
LANGUAGES = ("vi", "en")
FORMS = ("anh", "chị", "cô", "chú", "bác")


def language(desk: Desk, words: str) -> Turn:
    """/ngonngu: Vietnamese first, English for the main paths."""
    if words in LANGUAGES:
        people.set_preference(desk.db, person_id=desk.person.id, language=words)
        changed = people.person(desk.db, desk.person.id)
        if changed is not None:
            desk.refresh(changed)
        return Turn((Say("tuychon.language_changed", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    buttons = (Button("/ngonngu vi", label="Tiếng Việt"), Button("/ngonngu en", label="English"))
    return Turn((Say("tuychon.which_language", buttons=buttons),), KEEP)


def address(desk: Desk, words: str) -> Turn:
    """/xungho: anh, chị, cô, chú or bác, as the person chooses; nothing is guessed from a name."""
    chosen = next((form for form in FORMS if fold(form) == fold(words)), None)
    if chosen is not None:
        people.set_preference(desk.db, person_id=desk.person.id, address_form=chosen)
        changed = people.person(desk.db, desk.person.id)
        if changed is not None:
            desk.refresh(changed)
        return Turn((Say("tuychon.address_changed"),), KEEP)
    buttons = tuple(Button(f"/xungho {fold(form)}", label=form.capitalize()) for form in FORMS)
    return Turn((Say("tuychon.which_address", buttons=buttons),), KEEP)


def pause(desk: Desk, words: str) -> Turn:
    """/tamdung N: nothing unasked for N days, nor what was still on its way or held; replies go on."""
    if words.isdecimal() and int(words) in PAUSES:
        until = desk.now + timedelta(days=int(words))
        people.set_preference(desk.db, person_id=desk.person.id, paused_until=until)
        deliveries.cancel_unasked(desk.db, person_id=desk.person.id, reason=Reason.PERSON_PAUSED)
        day = day_to(desk, until.astimezone(desk.house.zone).date())
        return Turn((Say("tuychon.paused", {"day": day}, (Button("/nhantin", "tuychon.resume"),)),), KEEP)
    if desk.roles and words and not (words.isdecimal() and len(words) <= LONGEST_DAYS):
        return place_pause.pause(desk, words)
    buttons = (
        *(Button(f"/tamdung {days}", "tuychon.pause_days", values={"days": str(days)}) for days in PAUSES),
        Button("/dung", "tuychon.stop"),
        *((Button("/tamdung xa", "tamdung.button.place"),) if place_pause.offered(desk) else ()),
    )
    return Turn((Say("tuychon.how_long", buttons=buttons),), KEEP)


def stop(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """
    /dung: nothing unasked any more, from this moment; what is still owed of it is cancelled.

    A bare "dung" is as often đúng as dừng: it is asked.
    """
    if read_yesno(desk.said.text).ask:
        buttons = (Button("/dung", "tuychon.stop_now"), Button("/menu", "front.menu"))
        return Turn((Say("tuychon.stop_or_right", {"heard": desk.said.text}, buttons),), KEEP)
    people.set_preference(desk.db, person_id=desk.person.id, stopped_at=desk.now)
    deliveries.cancel_unasked(desk.db, person_id=desk.person.id, reason=Reason.PERSON_STOPPED)
    return Turn((Say("tuychon.stopped", buttons=(Button("/nhantin", "tuychon.resume"),)),), KEEP)


def resume(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/nhantin: be told again."""
    pauses.take_messages_again(desk.db, person_id=desk.person.id, now=desk.now)
    return Turn((Say("tuychon.resumed", buttons=(Button("/nhacviec", "menu.reminders"),)),), KEEP)


COMMANDS = (
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
