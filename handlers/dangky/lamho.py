"""/lamho, /xacnhan: enter an idea for a person without a phone or the skill, and confirm such an entry."""

from dataclasses import replace

from content.actions.action import Action, parse_words
from content.actions.answers import Agree, SayNo, parse_press
from content.actions.producers import (
    AskDropEntry,
    BeginEntry,
    ConfirmByCode,
    ConfirmEntry,
    DropEntry,
    GetEntryCode,
    HandOverEntry,
    Link,
    LookAtEntry,
    PrintEntry,
    RefuseEntry,
    SendSignedPaper,
    ShowEntry,
)
from content.message import Attachment
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.state import State
from handlers.conversation.telling import Telling, fill_pack, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.dangky.assisted_entry import card, code_said, gone, helping, marked
from handlers.dangky.idea import FORM
from handlers.dangky.submitting import receipt
from handlers.form import navigation as form_navigation
from handlers.form.answers import answered, said_answer, short
from handlers.form.reading import DOCUMENTS, refusal_words
from handlers.reading.yesno import read_yesno
from registry.applications import assisted, confirming, drafts, files
from registry.applications.applications import Application
from registry.applications.assisted import Entry
from registry.identity import handovers
from registry.identity.handovers import Handover
from registry.people.official_names import named, official_name
from registry.people.one_time_codes import bare_code
from registry.people.people import person
from registry.people.roles import Role, role_by_id

TOPIC = "lamho"
MOST_LISTED = 8


class Entering(State, frozen=True, tag="lamho.1"):
    """The role that enters (at the consent), or the entry whose signed paper is awaited."""

    role: str = ""
    entry: str = ""


def entering(desk: Desk, words: str) -> Turn:
    """List the entries made for others and act on one of them, or begin another."""
    role = helping(desk)
    if role is None:
        return Turn((Say("lamho.not_allowed"),), KEEP)
    match parse_words("lamho", words):
        case BeginEntry():
            return _ask_consent(desk, role)
        case HandOverEntry(entry):
            return _hand_over(desk, entry)
        case (
            ShowEntry(entry)
            | GetEntryCode(entry)
            | PrintEntry(entry)
            | SendSignedPaper(entry)
            | AskDropEntry(entry)
            | DropEntry(entry)
        ) as act:
            found = _mine(desk, entry)
            return gone() if found is None else _one(desk, act, found)
    return gone() if words else _list(desk, role)


def _list(desk: Desk, role: Role) -> Turn:
    """The entries that wait, and those whose producer may take them over; without any, begin one."""
    waiting = assisted.entries_by(desk.db, helper_id=desk.person.id)
    signed = _handovers(desk)
    if not waiting and not signed:
        return _ask_consent(desk, role)
    buttons = [Button(ShowEntry(one.id), label=one.product[:60]) for one in waiting[:MOST_LISTED]]
    buttons += [
        Button(HandOverEntry(one.entry_id), "lamho.hand_over", values={"product": one.product[:40]})
        for one in signed[: MOST_LISTED - len(buttons)]
    ]
    buttons.append(Button(BeginEntry(), "lamho.another"))
    key = "lamho.list" if waiting else "lamho.list_signed"
    return Turn((Say(key, {"count": str(len(waiting))}, tuple(buttons)),), KEEP)


def _handovers(desk: Desk, entry_id: str | None = None) -> tuple[Handover, ...]:
    return handovers.handovers(
        desk.db, helper_id=desk.person.id, roles=desk.roles, places=desk.places, on=desk.today, entry_id=entry_id
    )


def _hand_over(desk: Desk, entry_id: str) -> Turn:
    """Give a producer who signed on paper and has a phone now a code that hands their account and idea over."""
    found = next(iter(_handovers(desk, entry_id)), None)
    if found is None:
        return gone()
    code = handovers.handover_code(desk.db, handover=found, now=desk.now)
    again = Button(HandOverEntry(found.entry_id), "lamho.new_code")
    values = {"product": found.product, "line": Link(code).command}
    return Turn((Say("lamho.handover", values, (again,)),), KEEP)


def _one(desk: Desk, act: Action, found: Entry) -> Turn:
    match act:
        case GetEntryCode():
            return Turn((code_said(desk, found),), KEEP)
        case PrintEntry():
            attachments = tuple(
                Attachment("document", f"entry:{desk.person.id}:{found.id}:{kind}", f"phieu.{kind}")
                for kind in ("pdf", "docx")
            )
            ways = (Button(SendSignedPaper(found.id), "lamho.send_paper"),)
            return Turn((Say("lamho.paper_here", {"product": found.product}, ways, attachments=attachments),), KEEP)
        case SendSignedPaper():
            return _ask_paper(found)
        case DropEntry():
            assisted.drop(desk.db, entry=found, now=desk.now)
            return Turn((Say("lamho.dropped", {"product": found.product}),), KEEP)
        case AskDropEntry():
            sure_button = Button(DropEntry(found.id), "lamho.drop_sure")
            buttons = (sure_button, Button(ShowEntry(found.id), "lamho.keep"))
            return Turn((Say("lamho.ask_drop", {"product": found.product}, buttons),), KEEP)
    return Turn((card(desk, found),), KEEP)


def _mine(desk: Desk, entry_id: str) -> Entry | None:
    return assisted.entry_for(
        desk.db, entry_id=entry_id, person_id=desk.person.id, roles=desk.roles, places=desk.places, on=desk.today
    )


# --- entering ---------------------------------------------------------------------------------------------------------


def _ask_consent(desk: Desk, role: Role) -> Turn:
    """Show the consent to be read out; the person's yes is recorded as heard and confirmed by them later."""
    consent = desk.pack.consent_texts["registration"]
    text = fill_pack(desk.house, replace(desk.person, address_form=None), "consent", consent.text)
    buttons = (Button(Agree(), "lamho.they_agree"), Button(SayNo(), "lamho.they_do_not"))
    return Turn((Say("lamho.consent", {"text": text}, buttons),), Waiting(TOPIC, "consent", Entering(role=role.id)))


def _hear_consent(desk: Desk, heard: Heard) -> Turn:
    role = helping(desk, Entering.from_json(desk.talk.data).role)
    if role is None:
        return Turn((Say("lamho.not_allowed"),))
    agreed = read_yesno(heard.text).understood if heard.text else None
    match parse_press(heard.press):
        case Agree():
            agreed = True
        case SayNo():
            agreed = False
    if agreed is None:
        return _ask_consent(desk, role)
    if not agreed:
        return Turn((Say("lamho.no_consent"),))
    version = desk.pack.consent_texts["registration"].version
    draft = drafts.open_draft(desk.db, person_id=desk.person.id, form=FORM, now=desk.now, answers=marked(role, version))
    return form_navigation.go_on(desk, draft, "first", noted=Say("lamho.begin"))


def _ask_paper(found: Entry) -> Turn:
    say = Say("lamho.ask_paper", {"product": found.product}, (Button("/huy", "lamho.later"),), ask="photo")
    return Turn((say,), _waiting_for_paper(found))


def _waiting_for_paper(found: Entry) -> Waiting:
    return Waiting(TOPIC, "paper", Entering(entry=found.id))


def _hear_paper(desk: Desk, heard: Heard) -> Turn:
    """Take a photo or scan of the signed paper; it counts once the file is downloaded."""
    found = _mine(desk, Entering.from_json(desk.talk.data).entry)
    if found is None:
        return gone()
    waits = _waiting_for_paper(found)
    file = heard.said.files[0] if heard.said.files and heard.said.kind in {"photo", "document"} else None
    later = (Button("/huy", "lamho.later"),)
    if file is None or file.mime not in DOCUMENTS or file.mime.endswith("wordprocessingml.document"):
        return Turn((Say("lamho.wants_paper", buttons=later),), waits)
    try:
        wanted = files.want(
            desk.db, person_id=found.person_id, channel=heard.said.channel, ref=file.ref, mime=file.mime,
            size=file.size, name=file.name or None, now=desk.now, quota=desk.house.quota,
        )  # fmt: skip
    except files.NotTakenError as refusal:
        most = files.LARGEST // (1024 * 1024)
        return Turn((Say(refusal_words(refusal), {"most": most}, later),), waits)
    assisted.take_paper(desk.db, entry=found, file_id=wanted.id, now=desk.now)
    return Turn((Say("lamho.paper_taken", {"product": found.product}, (Button("/lamho", "lamho.list_button"),)),))


def hear(desk: Desk, heard: Heard) -> Turn:
    return _hear_paper(desk, heard) if desk.talk.step == "paper" else _hear_consent(desk, heard)


def repeat(desk: Desk) -> Turn:
    state = Entering.from_json(desk.talk.data)
    if desk.talk.step == "paper":
        found = _mine(desk, state.entry)
        return gone() if found is None else _ask_paper(found)
    role = helping(desk, state.role)
    return Turn((Say("lamho.not_allowed"),)) if role is None else _ask_consent(desk, role)


# --- confirming -------------------------------------------------------------------------------------------------------


def confirm(desk: Desk, words: str) -> Turn:
    """
    /xacnhan: confirm an entry made for oneself by one tap (its id), or by the code that was read out.

    A code first shows the entry it stands for, and counts after one more tap.
    """
    match parse_words("xacnhan", words):
        case LookAtEntry(entry):
            found = assisted.entry(desk.db, entry)
            if found is None or found.person_id != desk.person.id or found.state not in assisted.OPEN:
                return _unknown()
            return Turn((_whole(desk, found, ConfirmEntry(found.id)),), KEEP)
        case RefuseEntry(entry):
            tell = Telling(desk.house, desk.db, desk.now)
            done = assisted.refuse(
                desk.db, pack=desk.pack, entry_id=entry, person_id=desk.person.id, now=desk.now, tell=tell
            )
            return Turn((Say("entry.you_refused"),), KEEP) if done else _unknown()
        case ConfirmByCode(code):
            return _by_code(desk, code)
    made = confirming.confirm_by_tap(
        desk.db, pack=desk.pack, entry_id=words, person_id=desk.person.id, channel=desk.said.channel, now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )  # fmt: skip
    if made is not None:
        return _confirmed(desk, made)
    found = assisted.entry_by_code(desk.db, code=words.removeprefix("moi_"), now=desk.now) if words else None
    if found is None:
        return _unknown()
    if found.helper_id == desk.person.id:
        return Turn((Say("entry.not_yours_to_confirm"),), KEEP)
    return Turn((_whole(desk, found, ConfirmByCode(bare_code(words.removeprefix("moi_")))),), KEEP)


def _by_code(desk: Desk, code: str) -> Turn:
    try:
        made = confirming.confirm_by_code(
            desk.db, pack=desk.pack, code=code, person_id=desk.person.id, channel=desk.said.channel, now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except confirming.OwnEntryError:
        return Turn((Say("entry.not_yours_to_confirm"),), KEEP)
    return _unknown() if made is None else _confirmed(desk, made)


def _confirmed(desk: Desk, made: Application) -> Turn:
    thanks = Say("entry.you_confirmed", {"product": made.product})
    return Turn((thanks, *receipt(desk, made)))


def _whole(desk: Desk, found: Entry, yes: Action) -> Say:
    """Every answer of an entry, its author, and the button that confirms it."""
    spec = desk.pack.forms[FORM]
    lines = "\n".join(
        f"{number}. {field.label}: "
        f"{short(said_answer(desk.house, field, found.answers[field.id], desk.today, desk.person.language))}"
        for number, field in enumerate(answered(spec, found.answers), 1)
    )
    helper = person(desk.db, found.helper_id)
    role = role_by_id(desk.db, found.role_id)
    known = official_name(desk.db, found.helper_id).name or (helper.name if helper else None)
    name = named(known, role.title if role else None) or said(desk, "duyet.by_official")
    buttons = [Button(yes, "entry.yes")]
    if found.person_id == desk.person.id:
        buttons.append(Button(RefuseEntry(found.id), "entry.no"))
    else:
        buttons.append(Button("/menu", "entry.no"))
    return Say("entry.whole", {"helper": name, "lines": lines}, tuple(buttons))


def _unknown() -> Turn:
    return Turn((Say("entry.unknown", buttons=(Button("/lienhe", "hoi.ask_official"),)),), KEEP)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (
    Command("lamho", entering, ("làm hộ", "nhập hộ"), official=True),
    Command("xacnhan", confirm, listed=False),
)
