"""/nhan: take over an entity the office entered first, by the code an official read out or by one's listed number."""

from content.actions.action import Action, parse_words
from content.actions.answers import SayNo, SayYes, parse_press
from content.actions.claims import AskForEntity, ClaimProduct, ShowFiles
from content.actions.producers import (
    DropDraft,
    HandInAsOther,
    StartAsOfficial,
    StartAsTester,
    StartInvited,
    StartLinked,
)
from handlers import lienket, nhacviec
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.state import State
from handlers.conversation.telling import Telling
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.form import consenting
from handlers.form.remarks import Words, said_aside
from registry.applications import claims, drafts
from registry.applications.assisted import is_entry_code
from registry.applications.drafts import Answers
from registry.identity import by_number, claiming, joining
from registry.identity.claiming import TooManyError
from registry.identity.joining import Unclaimed
from registry.people import invitations, people
from registry.people.one_time_codes import bare_code, code_in
from registry.people.roles import officials_for

TOPIC = "nhan"
NOT_NOW = Button("/huy", "lienhe.not_now")


class Claiming(State, frozen=True, tag="nhan.1"):
    """The code that was typed; empty before one was."""

    code: str = ""


def claim(desk: Desk, words: str) -> Turn:
    """Ask for consent, then for the code; with a code, show its entity and ask once more."""
    match parse_words("nhan", words):
        case AskForEntity(entity):
            return _by_number(desk, entity)
        case ClaimProduct(draft, product):
            return _say_theirs(desk, draft, product)
    return with_code(desk, bare_code(words.removeprefix("moi_")))


def with_code(desk: Desk, code: str) -> Turn:
    """Continue with a code, or without one yet."""
    if not consenting.has_agreed(desk):
        return consenting.ask_consent(desk, _consent_waits(code))
    return _ask_code() if not code else _show(desk, code)


def knows(desk: Desk, code: str) -> bool:
    """True for a code that was made for an entity, in whatever state; the same word starts other invitations."""
    return claiming.is_claim_code(desk.db, bare_code(code))


def opened_by(desk: Desk, code: str) -> Action | None:
    """The command a code read out stands for; None for words that were never a code."""
    match invitations.kind_of_code(desk.db, code):
        case "role":
            return StartAsOfficial(code)
        case "trial":
            return StartAsTester(code)
        case "link":
            return StartLinked(code)
        case "entity" | "claim":
            return StartInvited(code)
    return StartInvited(code) if is_entry_code(desk.db, code) else None


def _of_another_kind(opened: Action) -> Turn:
    """A code for something else than a claim: lead there."""
    return Turn((Say("claim.code_of_another", buttons=(Button(opened, "claim.open_code"), NOT_NOW)),), KEEP)


def _consent_waits(code: str) -> Waiting:
    return Waiting(TOPIC, "consent", Claiming(code=code))


def _ask_code(noted: str = "", heard: str = "") -> Turn:
    say = Say(noted or "claim.code_please", {"heard": heard[:60]}, (NOT_NOW,), ask="contact", numbered=False)
    return Turn((say,), Waiting(TOPIC, "code", Claiming()))


def _show(desk: Desk, code: str) -> Turn:
    """Name the entity of a code and ask whether it is theirs; nothing moves before the yes."""
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        found = claiming.entity_of_code(
            desk.db, pack=desk.pack, code=code, person_id=desk.person.id, now=desk.now, tell=tell
        )
    except TooManyError:
        return _too_many()
    except LookupError:
        return _ask_code("claim.code_wrong")
    buttons = (Button(SayYes(), "claim.mine"), Button(SayNo(), "claim.not_mine"))
    return Turn((Say("claim.sure", _values(desk, found), buttons),), Waiting(TOPIC, "sure", Claiming(code=code)))


def _too_many() -> Turn:
    return Turn((Say("claim.too_many", buttons=(Button("/lienhe", "hoi.ask_official"),)),))


def _values(desk: Desk, found: Unclaimed) -> dict[str, object]:
    return {
        "entity": found.entity.name or "",
        "place": desk.places.full_name(found.entity.place),
        "products": ", ".join(f'"{one}"' for one in found.products[:5]),
    }


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the consent, the code, or the last yes."""
    code = desk.remembered(Claiming).code
    if desk.talk.step == "consent":
        return _hear_consent(desk, heard, code)
    if desk.talk.step == "sure":
        return _hear_sure(desk, heard, code)
    if heard.said.kind == "contact":
        return _ask_code() if heard.said.phone else _ask_code("claim.not_own_contact")
    typed = code_in(heard.text)
    if typed is not None:
        opened = None if knows(desk, typed) else opened_by(desk, typed)
        return _show(desk, typed) if opened is None else _of_another_kind(opened)
    if said_aside(Words(heard.text)) in {"enough", "later"}:
        return Turn((Say("claim.later", buttons=(Button("/menu", "front.menu"),)),))
    return _ask_code("claim.code_unread", heard.text)


def _hear_consent(desk: Desk, heard: Heard, code: str) -> Turn:
    return consenting.hear_consent(desk, heard, _consent_waits(code)) or with_code(desk, code)


def _hear_sure(desk: Desk, heard: Heard, code: str) -> Turn:
    sure = Words(heard.text).yesno.understood if heard.text else None
    match parse_press(heard.press):
        case SayYes():
            sure = True
        case SayNo():
            sure = False
    if sure is None:
        return _show(desk, code)
    if not sure:
        return Turn((Say("claim.left", buttons=(Button("/menu", "front.menu"),)),))
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        found = claiming.claim_by_code(
            desk.db, pack=desk.pack, code=code, person_id=desk.person.id, now=desk.now, tell=tell
        )
    except TooManyError:
        return _too_many()
    except LookupError:
        return _ask_code("claim.code_wrong")
    fresh = people.person(desk.db, desk.person.id)
    if fresh is not None:
        desk.refresh(fresh)
    taken = Say("claim.taken", _values(desk, found), (Button(ShowFiles(), "menu.files"),))
    return Turn((taken, *nhacviec.offer(desk)))


def repeat(desk: Desk) -> Turn:
    code = desk.remembered(Claiming).code
    if desk.talk.step == "consent":
        return consenting.ask_consent(desk, _consent_waits(code))
    return _show(desk, code) if desk.talk.step == "sure" else _ask_code()


# --- by a number a platform vouches for -------------------------------------------------------------------------------


def vouched(desk: Desk) -> Say | None:
    """
    After a number a platform vouches for: offer the entity of the list with this number, else another account.

    An entity that has somebody moves to nobody: its owner and the officials learn of the attempt.
    """
    linked = lienket.vouched(desk)
    if not consenting.has_agreed(desk) or not desk.said.phone:
        return linked
    tell = Telling(desk.house, desk.db, desk.now)
    for taken in by_number.taken_by_others(desk.db, person_id=desk.person.id):
        joining.tell_second(desk.db, pack=desk.pack, of=taken, person_id=desk.person.id, tell=tell, now=desk.now)
    offered = [
        one
        for one in by_number.listed_for(desk.db, person_id=desk.person.id)
        if not claims.refused_before(desk.db, entity_id=one.entity.id, person_id=desk.person.id)
    ]
    if not offered:
        return linked
    lines = "\n".join(f"• {values['entity']} ({values['place']}): {values['products']}" for values in
                      (_values(desk, one) for one in offered))  # fmt: skip
    buttons = tuple(
        Button(AskForEntity(one.entity.id), "claim.ask_for", values={"entity": (one.entity.name or "")[:40]})
        for one in offered
    )
    return Say("claim.listed", {"lines": lines}, buttons, numbered=False)


def _by_number(desk: Desk, entity_id: str) -> Turn:
    tell = Telling(desk.house, desk.db, desk.now)
    try:
        by_number.ask_for(
            desk.db, pack=desk.pack, entity_id=entity_id, person_id=desk.person.id, now=desk.now, tell=tell
        )
    except LookupError:
        return Turn((Say("claim.no_longer", buttons=(Button("/lienhe", "hoi.ask_official"),)),), KEEP)
    found = next(one for one in by_number.listed_for(desk.db, person_id=desk.person.id) if one.entity.id == entity_id)
    level = desk.pack.programme.decision("idea").level
    there = officials_for(desk.db, desk.places, place=found.entity.place, level=level, on=desk.today).roles
    key = "claim.asked_office" if there else "claim.asked_nobody"
    return Turn((Say(key, _values(desk, found)),), KEEP)


def _say_theirs(desk: Desk, draft_key: str, product_id: str) -> Turn:
    """A producer calls a recognised product theirs: the officials are asked to call; the draft stays open."""
    draft = drafts.draft(desk.db, key=draft_key, person_id=desk.person.id)
    if draft is None or draft.state != "open":
        return Turn((Say("form.gone", buttons=(Button("/menu", "front.menu"),)),))
    tell = Telling(desk.house, desk.db, desk.now)
    _remember_number(desk, draft.answers)
    try:
        told = by_number.say_theirs(
            desk.db, pack=desk.pack, draft=draft, product_id=product_id, person_id=desk.person.id, now=desk.now,
            tell=tell,
        )  # fmt: skip
    except LookupError:
        return Turn((Say("claim.no_longer", buttons=(Button("/lienhe", "hoi.ask_official"),)),))
    buttons = (Button(HandInAsOther(draft.key), "dangky.like_other"), Button(DropDraft(draft.key), "claim.drop_draft"))
    values = {"product": str(draft.answers.get("product_name", ""))}
    return Turn((Say("claim.told_office" if told else "claim.told_nobody", values, buttons, ask="contact"),))


def _remember_number(desk: Desk, answers: Answers) -> None:
    """Keep the number of the draft, so that the officials can call; a vouched number stays."""
    if desk.person.phone is None and answers.get("phone"):
        people.set_phone(desk.db, person_id=desk.person.id, phone=str(answers["phone"]))
    if desk.person.name is None and answers.get("entity_name"):
        people.set_name(desk.db, person_id=desk.person.id, name=str(answers["entity_name"]))


CONVERSATIONS = (Conversation(TOPIC, hear, repeat, behind_danger=lambda desk, _heard: repeat(desk)),)
COMMANDS = (Command("nhan", claim, ("nhận hồ sơ", "nhận hồ sơ của tôi", "tôi có mã", "nhập mã", "mã nhận hồ sơ")),)
