"""/dulieu: show what is stored about a person, copy it as a file, withdraw consent, erase everything."""

from functools import partial

from content.actions.action import parse_words
from content.actions.producers import AskErasure, AskWithdrawConsent, CopyMyData, Erase, WithdrawConsent
from content.language.saying import phone_said
from content.message import Attachment
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from registry.applications import drafts, review
from registry.applications.applications import applications_of
from registry.deliveries import deliveries
from registry.deliveries.states import Reason
from registry.identity import erasing
from registry.people import consents, people
from registry.people.consents import consents_of
from registry.people.official_names import official_name


def mine(desk: Desk, words: str) -> Turn:
    """Show what is stored and why; then offer a copy, the withdrawal of consent, and erasure."""
    match parse_words("dulieu", words):
        case CopyMyData():
            attachment = Attachment("document", f"mydata:{desk.person.id}", "du-lieu-cua-toi.json")
            return Turn((Say("dulieu.copy", attachments=(attachment,)),), KEEP)
        case AskWithdrawConsent():
            return _ask_withdraw()
        case WithdrawConsent():
            return _withdraw(desk)
        case AskErasure():
            return _ask_erase()
        case Erase():
            return _erase(desk)
    lines = _lines(desk)
    buttons = (
        Button(CopyMyData(), "dulieu.button_copy"),
        Button("/hoso", "dulieu.button_change"),
        Button(AskWithdrawConsent(), "dulieu.button_withdraw"),
        Button(AskErasure(), "dulieu.button_erase"),
    )
    return Turn((Say("dulieu.kept" if lines else "dulieu.nothing", {"lines": lines}, buttons if lines else ()),), KEEP)


def _lines(desk: Desk) -> str:
    say, person = partial(said, desk), desk.person
    lines = []
    if person.name:
        lines.append(say("dulieu.line_name", name=person.name))
    if person.phone:
        lines.append(say("dulieu.line_phone", phone=phone_said(person.phone)))
    if person.place:
        lines.append(say("dulieu.line_place", place=desk.places.full_name(person.place)))
    shown = official_name(desk.db, person.id)
    if shown.name or shown.phone:
        number = phone_said(shown.phone) if shown.phone else say("tencanbo.no_phone")
        lines.append(say("dulieu.line_official", name=shown.name or say("tencanbo.no_name"), phone=number))
    kept = len(applications_of(desk.db, person_id=person.id))
    left = len(drafts.open_drafts(desk.db, person_id=person.id))
    if kept or left:
        lines.append(say("dulieu.line_files", applications=kept, drafts=left))
    given = [one for one in consents_of(desk.db, person_id=person.id) if one.withdrawn_at is None]
    lines += [say("dulieu.line_consent", day=f"{one.given_at.astimezone(desk.house.zone):%d/%m/%Y}") for one in given]
    return "\n".join(lines)


def _ask_withdraw() -> Turn:
    buttons = (Button(WithdrawConsent(), "dulieu.sure_withdraw"), Button("/dulieu", "dulieu.not_now"))
    return Turn((Say("dulieu.withdraw_ask", buttons=buttons),), KEEP)


def _withdraw(desk: Desk) -> Turn:
    """Withdraw every consent at once, and with it each application that is not decided yet."""
    review.withdraw_all(
        desk.db,
        pack=desk.pack,
        person_id=desk.person.id,
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    for draft in drafts.open_drafts(desk.db, person_id=desk.person.id):
        drafts.close_draft(desk.db, key=draft.key, state="dropped", now=desk.now)
    for purpose in ("registration", "reminders"):
        consents.withdraw(desk.db, person_id=desk.person.id, purpose=purpose, now=desk.now)
    people.set_preference(desk.db, person_id=desk.person.id, reminders=False)
    deliveries.cancel_unasked(desk.db, person_id=desk.person.id, reason=Reason.CONSENT_WITHDRAWN)
    return Turn((Say("dulieu.withdrawn", buttons=(Button(AskErasure(), "dulieu.button_erase"),)),))


def _ask_erase() -> Turn:
    buttons = (Button(Erase(), "dulieu.sure_erase"), Button("/dulieu", "dulieu.not_now"))
    return Turn((Say("dulieu.erase_ask", buttons=buttons),), KEEP)


def _erase(desk: Desk) -> Turn:
    erasing.erase(
        desk.db,
        pack=desk.pack,
        person_id=desk.person.id,
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    return Turn((Say("dulieu.erased"),))


COMMANDS = (
    Command(
        "dulieu",
        mine,
        (
            "dữ liệu",
            "dữ liệu của tôi",
            "xóa dữ liệu",
            "xóa dữ liệu của tôi",
            "xóa thông tin của tôi",
            "xóa hết thông tin của tôi",
        ),
    ),
)
