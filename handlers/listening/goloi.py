"""/goloi: an official hears what a producer said under a question, and types it; the producer confirms it."""

from content.actions.action import parse_words
from content.actions.listening import TypeRecording
from content.message import Attachment
from content.programme.form_spec import Field
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.state import State
from handlers.conversation.telling import Telling, fill_pack, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.form.answers import said_answer, short
from handlers.form.reading import Taken, read_words
from handlers.form.remarks import Words
from registry.applications import files
from registry.listening import enclosures
from registry.listening.enclosures import Enclosure
from registry.people.roles import NotAllowedError, Role

TOPIC = "goloi"
MOST_LISTED = 8
_LEAVE = Button("/huy", "goloi.button.leave")


class Typing(State, frozen=True, tag="goloi.1"):
    """The voice that is typed, and the role under which it was heard."""

    enclosure: str
    role: str


def typing(desk: Desk, words: str) -> Turn:
    """List the voices that wait in one's place; with an id send that one, and wait for its words."""
    match parse_words("goloi", words):
        case TypeRecording(enclosure_id):
            return _hear_one(desk, enclosure_id)
    waiting = recordings(desk)
    if not waiting:
        return Turn((Say("goloi.nothing_waits"),), KEEP)
    lines = "\n".join(
        said(
            desk,
            "goloi.line",
            number=number,
            label=_field(desk, one).label,
            place=desk.places.full_name(one.place),
            day=f"{one.sent_at.astimezone(desk.house.zone):%d/%m %H:%M}",
        )
        for number, one in enumerate(waiting[:MOST_LISTED], 1)
    )
    buttons = tuple(
        Button(TypeRecording(one.id), "goloi.number", values={"number": str(number)})
        for number, one in enumerate(waiting[:MOST_LISTED], 1)
    )
    return Turn((Say("goloi.list", {"count": str(len(waiting)), "lines": lines}, buttons),), KEEP)


def recordings(desk: Desk) -> tuple[Enclosure, ...]:
    """The voices that wait in any place of this official, oldest first."""
    return enclosures.recordings_in(desk.db, pack=desk.pack, roles=desk.roles, now=desk.now)


def _hear_one(desk: Desk, enclosure_id: str, noted: Say | None = None) -> Turn:
    """Send one voice with its question, and note in the audit who heard it."""
    found = _for_me(desk, enclosure_id)
    if found is None:
        return Turn((Say("goloi.gone"),), KEEP)
    role, one = found
    file = None if one.file_id is None else files.file_by_id(desk.db, one.file_id)
    if one.state is not enclosures.State.WAITING or one.kind != "voice" or file is None:
        return Turn((Say("goloi.gone"),), KEEP)
    if file.state != "kept":
        key = "goloi.not_here_yet" if file.state == "wanted" else "goloi.lost"
        return Turn((Say(key, buttons=(Button(TypeRecording(one.id), "goloi.button.hear"),)),), KEEP)
    enclosures.hear(desk.db, one=one, role=role, now=desk.now)
    field = _field(desk, one)
    values = {
        "label": field.label,
        "place": desk.places.full_name(one.place),
        "prompt": fill_pack(
            desk.house, desk.person, field.id, field.prompt.partition("\n")[0], said(desk, "lamho.them")
        ),
    }
    attachment = Attachment("voice", f"recording:{role.id}:{one.id}", field.label)
    asked = Say("goloi.hear", values, (_LEAVE,), attachments=(attachment,), numbered=False)
    notes = tuple(filter(None, (noted, Say("goloi.amr") if file.mime == "audio/amr" else None)))
    return Turn((*notes, asked), Waiting(TOPIC, "words", Typing(enclosure=one.id, role=role.id)))


def hear_words(desk: Desk, heard: Heard) -> Turn:
    """Take the words if they answer the question; check the official's right again now."""
    state = Typing.from_json(desk.talk.data)
    role = next((one for one in desk.roles if one.id == state.role), None)
    found = None if role is None else enclosures.for_official(
        desk.db, enclosure_id=state.enclosure, role=role, places=desk.places, now=desk.now, pack=desk.pack
    )  # fmt: skip
    if role is None or found is None:
        return Turn((Say("goloi.gone"),))
    if heard.said.kind != "text" or not heard.text.strip():
        return Turn((Say("goloi.words_please", buttons=(_LEAVE,), numbered=False),), _waits(state))
    field = _field(desk, found)
    read = read_words(desk, field, Words(heard.text), None, pressed=False)
    if not isinstance(read, Taken):
        return Turn((Say(read.said.key, read.said.values, (_LEAVE,), numbered=False),), _waits(state))
    words = short(said_answer(desk.house, field, read.value, desk.today))
    try:
        done = enclosures.type_in(
            desk.db, pack=desk.pack, enclosure_id=found.id, role=role, value=read.value, words=words, now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
        )  # fmt: skip
    except NotAllowedError:
        done = None
    if done is None:
        return Turn((Say("goloi.gone"),))
    further = recordings(desk)
    buttons = (Button(TypeRecording(further[0].id), "goloi.button.next"),) if further else ()
    return Turn((Say("goloi.typed", {"value": words}, buttons),))


def repeat(desk: Desk) -> Turn:
    """Ask for the words again, without the voice: it is in the chat."""
    state = Typing.from_json(desk.talk.data)
    return Turn((Say("goloi.words_please", buttons=(_LEAVE,), numbered=False),), _waits(state))


def _waits(state: Typing) -> Waiting:
    return Waiting(TOPIC, "words", state)


def _for_me(desk: Desk, enclosure_id: str) -> tuple[Role, Enclosure] | None:
    for role in desk.roles:
        found = enclosures.for_official(
            desk.db, enclosure_id=enclosure_id, role=role, places=desk.places, now=desk.now, pack=desk.pack
        )
        if found is not None:
            return role, found
    return None


def _field(desk: Desk, one: Enclosure) -> Field:
    return desk.pack.forms[one.form].field(one.field)


COMMANDS = (Command("goloi", typing, ("gõ lời", "ghi âm chờ gõ lại"), official=True),)
CONVERSATIONS = (Conversation(TOPIC, hear_words, repeat),)
