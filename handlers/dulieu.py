"""/dulieu: what is stored about me, a copy as a file, withdraw consent, be forgotten."""

import json
from functools import partial

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

SURE = "chac"


def mine(desk: Desk, words: str) -> Turn:
    """What is kept and why; then a copy, the withdrawal of consent, or to be forgotten."""
    match words.split():
        case ["banghi"]:
            attachment = Attachment("document", f"mydata:{desk.person.id}", "du-lieu-cua-toi.json")
            return Turn((Say("dulieu.copy", attachments=(attachment,)),), KEEP)
        case ["rut", *sure]:
            return _withdraw(desk, sure=sure == [SURE])
        case ["xoa", *sure]:
            return _erase(desk, sure=sure == [SURE])
    lines = _lines(desk)
    buttons = (
        Button("/dulieu banghi", "dulieu.button_copy"),
        Button("/hoso", "dulieu.button_change"),
        Button("/dulieu rut", "dulieu.button_withdraw"),
        Button("/dulieu xoa", "dulieu.button_erase"),
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
    kept = len(applications_of(desk.db, person_id=person.id))
    left = len(drafts.open_drafts(desk.db, person_id=person.id))
    if kept or left:
        lines.append(say("dulieu.line_files", applications=kept, drafts=left))
    given = [one for one in consents_of(desk.db, person_id=person.id) if one.withdrawn_at is None]
    lines += [say("dulieu.line_consent", day=f"{one.given_at.astimezone(desk.house.zone):%d/%m/%Y}") for one in given]
    return "\n".join(lines)


def _withdraw(desk: Desk, *, sure: bool) -> Turn:
    """Withdrawing consent takes back what was not decided yet, and is done at once."""
    if not sure:
        buttons = (Button(f"/dulieu rut {SURE}", "dulieu.sure_withdraw"), Button("/dulieu", "dulieu.not_now"))
        return Turn((Say("dulieu.withdraw_ask", buttons=buttons),), KEEP)
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
    deliveries.cancel_unasked(desk.db, person_id=desk.person.id, reason=Reason.CONSENT_WITHDRAWN)
    return Turn((Say("dulieu.withdrawn", buttons=(Button("/dulieu xoa", "dulieu.button_erase"),)),))


def _erase(desk: Desk, *, sure: bool) -> Turn:
    if not sure:
        buttons = (Button(f"/dulieu xoa {SURE}", "dulieu.sure_erase"), Button("/dulieu", "dulieu.not_now"))
        return Turn((Say("dulieu.erase_ask", buttons=buttons),), KEEP)
    erasing.erase(
        desk.db,
        pack=desk.pack,
        person_id=desk.person.id,
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    return Turn((Say("dulieu.erased"),))


def copy_of(desk_person: people.Person, kept: dict[str, object]) -> bytes:
    """The copy a person gets: JSON that opens as text, in their own words."""
    return json.dumps({"id": desk_person.id, **kept}, ensure_ascii=False, indent=2, default=str).encode()


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
