"""/lamho, /xacnhan: an idea entered for somebody with no skill or phone, and that person's confirmation."""

from dataclasses import replace

from content.message import Attachment
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, fill_pack, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.dangky.assisted_entry import card, code_said, gone, helping, marked
from handlers.dangky.dangky import FORM, receipt
from handlers.form import navigation as form_ways
from handlers.form.answers import answered, said_answer, short
from handlers.form.reading import DOCUMENTS
from handlers.reading.yesno import read_yesno
from registry.applications import assisted, confirming, drafts, files
from registry.applications.applications import Application
from registry.applications.assisted import Entry
from registry.identity import handovers
from registry.identity.handovers import Handover
from registry.people.people import person
from registry.people.roles import Role, role_by_id

TOPIC = "lamho"
MOST_LISTED = 8
SURE = "chac"


def entering(desk: Desk, words: str) -> Turn:
    """What one entered for others, or begin; "xem", "ma", "in", "giay", "giao", "bo" with an id act on one."""
    role = helping(desk)
    if role is None:
        return Turn((Say("lamho.not_allowed"),), KEEP)
    act, _, rest = words.partition(" ")
    if act == "moi":
        return _ask_consent(desk, role)
    if act == "giao":
        return _hand_over(desk, rest)
    if act:
        return _one(desk, act, rest)
    waiting = assisted.entries_by(desk.db, helper_id=desk.person.id)
    signed = _handovers(desk)
    if not waiting and not signed:
        return _ask_consent(desk, role)
    buttons = [Button(f"/lamho xem {one.id}", label=one.product[:60]) for one in waiting[:MOST_LISTED]]
    buttons += [
        Button(f"/lamho giao {one.entry_id}", "lamho.hand_over", values={"product": one.product[:40]})
        for one in signed[: MOST_LISTED - len(buttons)]
    ]
    buttons.append(Button("/lamho moi", "lamho.another"))
    key = "lamho.list" if waiting else "lamho.list_signed"
    return Turn((Say(key, {"count": str(len(waiting))}, tuple(buttons)),), KEEP)


def _handovers(desk: Desk, entry_id: str | None = None) -> tuple[Handover, ...]:
    return handovers.handovers(
        desk.db, helper_id=desk.person.id, roles=desk.roles, places=desk.places, on=desk.today, entry_id=entry_id
    )


def _hand_over(desk: Desk, entry_id: str) -> Turn:
    """A code for a producer who signed on paper and has a phone now: their account is theirs, and so is the idea."""
    found = next(iter(_handovers(desk, entry_id)), None)
    if found is None:
        return gone()
    code = handovers.handover_code(desk.db, handover=found, now=desk.now)
    again = Button(f"/lamho giao {found.entry_id}", "lamho.new_code")
    values = {"product": found.product, "line": f"/lienket {code}"}
    return Turn((Say("lamho.handover", values, (again,)),), KEEP)


def _one(desk: Desk, act: str, rest: str) -> Turn:
    entry_id, _, sure = rest.partition(" ")
    found = _mine(desk, entry_id)
    if found is None:
        return gone()
    match act:
        case "xem":
            return Turn((card(desk, found),), KEEP)
        case "ma":
            return Turn((code_said(desk, found),), KEEP)
        case "in":
            attachments = tuple(
                Attachment("document", f"entry:{desk.person.id}:{found.id}:{kind}", f"phieu.{kind}")
                for kind in ("pdf", "docx")
            )
            ways = (Button(f"/lamho giay {found.id}", "lamho.send_paper"),)
            return Turn((Say("lamho.paper_here", {"product": found.product}, ways, attachments=attachments),), KEEP)
        case "giay":
            return _ask_paper(found)
        case "bo" if sure == SURE:
            assisted.drop(desk.db, entry=found, now=desk.now)
            return Turn((Say("lamho.dropped", {"product": found.product}),), KEEP)
        case "bo":
            sure_button = Button(f"/lamho bo {found.id} {SURE}", "lamho.drop_sure")
            buttons = (sure_button, Button(f"/lamho xem {found.id}", "lamho.keep"))
            return Turn((Say("lamho.ask_drop", {"product": found.product}, buttons),), KEEP)
    return gone()


def _mine(desk: Desk, entry_id: str) -> Entry | None:
    return assisted.entry_for(
        desk.db, entry_id=entry_id, person_id=desk.person.id, roles=desk.roles, places=desk.places, on=desk.today
    )


# --- entering ---------------------------------------------------------------------------------------------------------


def _ask_consent(desk: Desk, role: Role) -> Turn:
    """The words of the consent, to be read out to the person; their yes is noted as heard, and confirmed later."""
    consent = desk.pack.consent_texts["registration"]
    text = fill_pack(desk.house, replace(desk.person, address_form=None), "consent", consent.text)
    buttons = (Button("=agree", "lamho.they_agree"), Button("=no", "lamho.they_do_not"))
    return Turn((Say("lamho.consent", {"text": text}, buttons),), Waiting(TOPIC, "consent", {"role": role.id}))


def _hear_consent(desk: Desk, heard: Heard) -> Turn:
    role = helping(desk, str(desk.talk.data["role"]))
    if role is None:
        return Turn((Say("lamho.not_allowed"),))
    agreed: bool | None = {"agree": True, "no": False}.get(heard.press)
    if agreed is None and heard.text:
        agreed = read_yesno(heard.text).understood
    if agreed is None:
        return _ask_consent(desk, role)
    if not agreed:
        return Turn((Say("lamho.no_consent"),))
    version = desk.pack.consent_texts["registration"].version
    draft = drafts.open_draft(desk.db, person_id=desk.person.id, form=FORM, now=desk.now, answers=marked(role, version))
    return form_ways.go_on(desk, draft, "first", noted=Say("lamho.begin"))


def _ask_paper(found: Entry) -> Turn:
    say = Say("lamho.ask_paper", {"product": found.product}, (Button("/huy", "lamho.later"),), ask="photo")
    return Turn((say,), Waiting(TOPIC, "paper", {"entry": found.id}))


def _hear_paper(desk: Desk, heard: Heard) -> Turn:
    """Take a photo or scan of the signed paper; it counts once it is really here."""
    found = _mine(desk, str(desk.talk.data["entry"]))
    if found is None:
        return gone()
    waits = Waiting(TOPIC, "paper", {"entry": found.id})
    file = heard.said.files[0] if heard.said.files and heard.said.kind in {"photo", "document"} else None
    later = (Button("/huy", "lamho.later"),)
    if file is None or file.mime not in DOCUMENTS or file.mime.endswith("wordprocessingml.document"):
        return Turn((Say("lamho.wants_paper", buttons=later),), waits)
    try:
        wanted = files.want(
            desk.db, person_id=found.person_id, channel=heard.said.channel, ref=file.ref, mime=file.mime,
            size=file.size, name=file.name or None, now=desk.now,
        )  # fmt: skip
    except files.NotTakenError as refusal:
        most = files.LARGEST // (1024 * 1024)
        key = "form.file_too_big" if refusal.why == "too_large" else "form.no_room"
        return Turn((Say(key, {"most": most}, later),), waits)
    assisted.take_paper(desk.db, entry=found, file_id=wanted.id, now=desk.now)
    return Turn((Say("lamho.paper_taken", {"product": found.product}, (Button("/lamho", "lamho.list_button"),)),))


def hear(desk: Desk, heard: Heard) -> Turn:
    return _hear_paper(desk, heard) if desk.talk.step == "paper" else _hear_consent(desk, heard)


def repeat(desk: Desk) -> Turn:
    if desk.talk.step == "paper":
        found = _mine(desk, str(desk.talk.data["entry"]))
        return gone() if found is None else _ask_paper(found)
    role = helping(desk, str(desk.talk.data["role"]))
    return Turn((Say("lamho.not_allowed"),)) if role is None else _ask_consent(desk, role)


# --- confirming -------------------------------------------------------------------------------------------------------


def confirm(desk: Desk, words: str) -> Turn:
    """
    /xacnhan: one tap on what was entered for oneself (its id), or the code that was read out.

    A code is shown what it stands for first, and taken with "ma CODE"; "xem ID" shows
    the answers, "khong ID" refuses them.
    """
    act, _, rest = words.partition(" ")
    match act:
        case "xem":
            found = assisted.entry(desk.db, rest)
            if found is None or found.person_id != desk.person.id or found.state not in assisted.OPEN:
                return _unknown()
            return Turn((_whole(desk, found, f"{found.id}"),), KEEP)
        case "khong":
            tell = Telling(desk.house, desk.db, desk.now)
            done = assisted.refuse(
                desk.db, pack=desk.pack, entry_id=rest, person_id=desk.person.id, now=desk.now, tell=tell
            )
            return Turn((Say("entry.you_refused"),), KEEP) if done else _unknown()
        case "ma":
            return _by_code(desk, rest)
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
    code = "".join(words.removeprefix("moi_").split()).replace("-", "").upper()
    return Turn((_whole(desk, found, f"ma {code}"),), KEEP)


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


def _whole(desk: Desk, found: Entry, what: str) -> Say:
    """Everything that was entered, by whom, and what a yes means."""
    spec = desk.pack.forms[FORM]
    lines = "\n".join(
        f"{number}. {field.label}: "
        f"{short(said_answer(desk.house, field, found.answers[field.id], desk.today, desk.person.language))}"
        for number, field in enumerate(answered(spec, found.answers), 1)
    )
    helper = person(desk.db, found.helper_id)
    role = role_by_id(desk.db, found.role_id)
    name = (helper.name if helper else None) or (role.title if role else None) or said(desk, "duyet.by_official")
    buttons = [Button(f"/xacnhan {what}", "entry.yes")]
    if found.person_id == desk.person.id:
        buttons.append(Button(f"/xacnhan khong {found.id}", "entry.no"))
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
