"""/thuam: an official of the whole programme hears, records, replaces or removes the spoken text of a key."""

from content.actions.action import parse_words
from content.actions.listening import ListPrompts, RecordPrompt, RemovePrompt
from content.message import Attachment
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.state import State
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.form.reading import VOICES, keep_file
from registry.applications import files
from registry.listening import prompts
from registry.listening.prompts import Spoken
from registry.people.roles import Role

TOPIC = "thuam"
MOST_LISTED = 8
_LEAVE = Button("/huy", "thuam.button.leave")


class Recording(State, frozen=True, tag="thuam.1"):
    """The text that is spoken next."""

    key: str


def record(desk: Desk, words: str) -> Turn:
    """List the texts that can be spoken; with a key show that one, play it, and wait for a voice."""
    if desk.role_for("prompt.record") is None:
        return Turn((Say("thuam.not_allowed"),), KEEP)
    match parse_words("thuam", words):
        case RemovePrompt(key):
            return _remove(desk, key)
        case ListPrompts(start):
            return _list(desk, start)
        case RecordPrompt(key):
            text = prompts.spoken(desk.pack, key)
            return _list(desk, 0) if text is None else _show(desk, text)
    return _list(desk, 0)


def _list(desk: Desk, start: int) -> Turn:
    texts, known = list(prompts.speakable(desk.pack)), prompts.recorded(desk.db)
    shown = texts[start : start + MOST_LISTED] or texts[:MOST_LISTED]
    buttons = [
        Button(RecordPrompt(one.key), label=f"{'🔊 ' if one.key in known else ''}{one.title}"[:60]) for one in shown
    ]
    if start + MOST_LISTED < len(texts):
        buttons.append(Button(ListPrompts(start + MOST_LISTED), "thuam.button.further"))
    values = {"count": str(len(known)), "of": str(len(texts))}
    return Turn((Say("thuam.list", values, tuple(buttons)),), KEEP)


def _show(desk: Desk, text: Spoken) -> Turn:
    """The words to speak, with the recording there is, and the question for another."""
    found = prompts.prompt(desk.db, pack=desk.pack, key=text.key)
    heard = found is not None and found.file.state == "kept"
    key = "thuam.show" if found is None else "thuam.show_stale" if found.stale else "thuam.show_recorded"
    attachments = (Attachment("voice", f"file:{found.file.id}", text.title),) if found is not None and heard else ()
    buttons = (Button(RemovePrompt(text.key), "thuam.button.remove"), _LEAVE) if found is not None else (_LEAVE,)
    said = Say(key, {"title": text.title, "words": text.words, "name": text.key}, buttons, attachments=attachments)
    return Turn((said,), Waiting(TOPIC, "voice", Recording(key=text.key)))


def _remove(desk: Desk, key: str) -> Turn:
    done = desk.under_a_role(lambda role: prompts.remove(desk.db, pack=desk.pack, role=role, key=key, now=desk.now))
    again = (Button(ListPrompts(0), "thuam.button.list"),)
    return Turn((Say("thuam.removed" if done is not None and done[1] else "thuam.nothing_there", buttons=again),))


def hear_voice(desk: Desk, heard: Heard) -> Turn:
    """Keep a voice for the text; check the official's right again now."""
    state = Recording.from_json(desk.talk.data)
    text = prompts.spoken(desk.pack, state.key)
    if desk.role_for("prompt.record") is None or text is None:
        return Turn((Say("thuam.not_allowed"),))
    file = heard.said.files[0] if heard.said.kind == "voice" and not heard.press and heard.said.files else None
    if file is None or file.mime not in VOICES:
        return Turn((Say("thuam.voice_please", buttons=(_LEAVE,), numbered=False),), Waiting(TOPIC, "voice", state))
    kept = keep_file(desk, file)
    if isinstance(kept, Say):
        return Turn((kept,), Waiting(TOPIC, "voice", state))
    stored = files.file_by_id(desk.db, kept)
    if stored is None:
        return Turn((Say("thuam.voice_please", buttons=(_LEAVE,), numbered=False),), Waiting(TOPIC, "voice", state))

    def keep(role: Role) -> None:
        prompts.keep(desk.db, pack=desk.pack, role=role, key=text.key, file=stored, now=desk.now)

    if desk.under_a_role(keep) is None:
        return Turn((Say("thuam.not_allowed"),))
    following = _next(desk, text.key)
    buttons = [
        Button(RecordPrompt(text.key), "thuam.button.hear"),
        Button(RemovePrompt(text.key), "thuam.button.remove"),
    ]
    if following is not None:
        buttons.append(Button(RecordPrompt(following.key), "thuam.button.next", values={"title": following.title[:40]}))
    return Turn((Say("thuam.recorded", {"title": text.title}, tuple(buttons)),))


def _next(desk: Desk, key: str) -> Spoken | None:
    """The text behind this one."""
    texts = list(prompts.speakable(desk.pack))
    at = next((number for number, one in enumerate(texts) if one.key == key), len(texts))
    return texts[at + 1] if at + 1 < len(texts) else None


def repeat(desk: Desk) -> Turn:
    """Show the words to speak again."""
    text = prompts.spoken(desk.pack, Recording.from_json(desk.talk.data).key)
    return Turn() if text is None else _show(desk, text)


COMMANDS = (Command("thuam", record, ("thu âm",), official=True),)
CONVERSATIONS = (Conversation(TOPIC, hear_voice, repeat),)
