"""Decide which command or conversation takes a message."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain

from content.actions.answers import split_stamp, without_stamp
from content.fold import fold
from content.language.intents import read_intent
from content.language.legacy import turned
from content.message import Choice
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.telling import stamp
from handlers.conversation.turn import KEEP, Button, Heard, Keep, Say, Turn, Waiting
from handlers.form.at_question import SUMMARY
from handlers.form.edited import hear_edited
from handlers.front_desk.live import Answered, answered
from handlers.front_desk.offered import offered
from handlers.front_desk.repeated_press import repeated

MOST_WORDS = 500
"""Letters of a free question that are read."""
LETTERS_OF_A_NAME = 6
"""Two syllables without a blank are a command's name; shorter ones are words: "nhan" is a fruit, "sua" is milk."""
LEAVE = "huy"
"""The command that leaves what waits."""
_WISHED = re.compile(r"^(?:(?:da|toi|tui|em|minh|con|chau|xin|anh|chi|co|chu|bac|cho|muon|can) )+")
_POLITE = re.compile(r"(?: (?:a|nhe|nha|nghe|hen|di|luon|em|em oi|giup em))+$")
"""Words before and after a wish that do not change it: "em muốn đăng ký", "đăng ký đi em"."""
UNASKED = ("photo", "document", "voice", "contact", "location", "sticker")
IDENTITY_CARDS = ("cccd", "cmnd", "can cuoc", "chung minh nhan dan", "chung minh thu", "cmt", "identity card")


class FrontDesk:
    """Knows every command and conversation of the house."""

    def __init__(
        self,
        commands: Sequence[Command],
        conversations: Sequence[Conversation],
        ask: Callable[[Desk, str], Turn],
        aliases: dict[str, str],
        *,
        contact: Callable[[Desk], Say | None],
        danger: Callable[[Desk, str], tuple[Say, ...]],
    ) -> None:
        """
        `contact` gets every number a platform vouches for, and may make an offer.

        `danger` answers reported dangers before anything else, and is empty for all other words.
        """
        self.commands = {command.name: command for command in commands}
        self.conversations = {conversation.topic: conversation for conversation in conversations}
        self.aliases = aliases
        self._ask = ask
        self._contact = contact
        self._danger = danger
        self._phrases = {fold(words): command for command in commands for words in (*command.phrases, command.name)}

    def take(self, desk: Desk) -> Turn:
        """Let a command or conversation answer; a conversation that was left then cleans up."""
        waited = self._waiting(desk)
        turn = self._take(desk)
        if waited is None or waited.left is None or isinstance(turn.waits, Keep):
            return turn
        return replace(turn, says=(*waited.left(desk, turn), *turn.says))

    def _take(self, desk: Desk) -> Turn:
        said = desk.said
        if said.kind == "edited":
            return self._edited(desk)
        if not said.private:
            return Turn((Say("front.only_private"),), KEEP) if said.text.startswith("/") else Turn((), KEEP)
        if said.kind == "press":
            return repeated(desk) or self._pressed(desk, said.payload)
        if said.kind in {"photo", "document"} and shows_identity_card(desk):
            return self._back_to_question(desk, Turn((Say("front.identity_card"),), KEEP))
        if said.kind == "text":
            return self._typed(desk)
        if said.kind in {"photo", "document"} and (danger := self._answer_danger(desk)) is not None:
            return danger
        if said.kind in {"blocked", "opened"}:
            return Turn((), KEEP)
        waiting = self._waiting(desk)
        turn = _unasked(desk) if waiting is None else waiting.answer(desk, Heard(said))
        offer = self._contact(desk) if said.kind == "contact" else None
        # before the question that waits: what is offered last is what a typed number answers
        return turn if offer is None else replace(turn, says=(offer, *turn.says))

    def repeat(self, desk: Desk) -> Turn | None:
        """The question that waits, once more; None when none does."""
        waiting = self._waiting(desk)
        return waiting.repeat(desk) if waiting is not None else None

    def command(self, name: str) -> Command | None:
        return self.commands.get(self.aliases.get(name, name))

    def _waiting(self, desk: Desk) -> Conversation | None:
        return self.conversations.get(desk.talk.topic) if desk.talk.topic else None

    def _typed(self, desk: Desk) -> Turn:
        text = turned(desk.said.text)
        if not text:
            ways = () if self._waiting(desk) else (Button("/menu", "front.menu"),)
            return self._back_to_question(desk, Turn((Say("front.empty", buttons=ways),), KEEP))
        if text.startswith("/"):
            return self._command(desk, text)
        if self._named_in_full(desk, text):
            return self._command(desk, f"/{text}")
        meant = offered(desk, text)
        if len(meant) > 1:
            return Turn((Say("front.which_offer", buttons=tuple(_again(choice) for choice in meant)),), KEEP)
        if meant:
            return self._pressed(desk, meant[0].action)
        danger = self._answer_danger(desk)
        if danger is not None:
            return danger
        waiting = self._waiting(desk)
        command = self._called(desk, text) if waiting is None else None
        live = answered(desk, text) if command is None or command.name == LEAVE else None
        if live is not None:
            return self._answer_live(desk, live)
        if waiting is not None:
            return _said_back(desk, waiting, waiting.answer(desk, Heard(desk.said)))
        if command is not None:
            return command.run(desk, "")
        return self._ask(desk, text[:MOST_WORDS])

    def _called(self, desk: Desk, text: str) -> Command | None:
        """The command that plain words call: "em muốn đăng ký"."""
        words = fold(text).rstrip("?.! ")
        command = self._phrases.get(words) or self._phrases.get(_POLITE.sub("", _WISHED.sub("", words)))
        return command if command is not None and (not command.official or desk.roles) else None

    def _answer_live(self, desk: Desk, live: Answered) -> Turn:
        """Press the button that free words mean, or ask back with the buttons of the same message."""
        if live.choice is not None:
            return self._pressed(desk, live.choice.action)
        key = "front.which_live" if live.about else "front.which_live_own"
        said = Say(key, {"about": live.about}, tuple(_again(choice) for choice in live.choices))
        return self._back_to_question(desk, Turn((said,), KEEP))

    def _edited(self, desk: Desk) -> Turn:
        """Take a text that was changed later: it may report a danger, or correct an answer; it is never a command."""
        if not desk.said.private:
            return Turn((), KEEP)
        return self._answer_danger(desk) or hear_edited(desk)

    def _named_in_full(self, desk: Desk, text: str) -> bool:
        """True for a command typed without its slash, in one word that means nothing else: "lienhe"."""
        command = self.commands.get(text.lower()) if len(text) >= LETTERS_OF_A_NAME else None
        return command is not None and command.listed and (not command.official or bool(desk.roles))

    def _answer_danger(self, desk: Desk) -> Turn | None:
        """Answer a danger reported in words or below a picture first; a waiting question stays."""
        waiting = self._waiting(desk)
        if waiting is not None and waiting.behind_danger is None:
            return None
        says = self._danger(desk, turned(desk.said.text))
        if not says:
            return None
        if waiting is None or waiting.behind_danger is None:
            return Turn(says, KEEP)
        again = waiting.behind_danger(desk, Heard(desk.said))
        return replace(again, says=(*says, *again.says))

    def _pressed(self, desk: Desk, payload: str) -> Turn:
        if payload.startswith("/"):
            return self._command(desk, payload)
        mark, press = split_stamp(payload)
        waiting = self._waiting(desk)
        if payload.startswith("=") and waiting is not None and mark == stamp(desk.talk.version):
            return waiting.answer(desk, Heard(desk.said, press=press))
        return self._back_to_question(desk, Turn((Say("front.old_button"),), KEEP))

    def _command(self, desk: Desk, text: str) -> Turn:
        name, _, words = text[1:].partition(" ")
        name = fold(name.partition("@")[0]).replace(" ", "")
        command = self.command(name)
        if command is None or (command.official and not desk.roles):
            known = Turn(
                (Say("front.unknown_command", {"heard": f"/{name}"[:40]}, (Button("/menu", "front.menu"),)),),
                KEEP,
            )
            return self._back_to_question(desk, known)
        waiting = self._waiting(desk)
        put_back = waiting.leave(desk) if waiting is not None and waiting.leave and command.name == LEAVE else None
        return self._back_to_question(desk, put_back or command.run(desk, words.strip()))

    def _back_to_question(self, desk: Desk, turn: Turn) -> Turn:
        """After any other answer, ask the waiting question again."""
        if not isinstance(turn.waits, Keep) or not turn.says:
            return turn
        waiting = self._waiting(desk)
        if waiting is None:
            return turn
        again = (waiting.beside or waiting.repeat)(desk)
        return replace(turn, says=tuple(chain(turn.says, again.says)), waits=again.waits)


def _said_back(desk: Desk, waiting: Conversation, turn: Turn) -> Turn:
    """Say that typed words were not taken, where the step only asks its question again."""
    before = Waiting(desk.talk.topic or "", desk.talk.step, desk.talk.data)
    if not isinstance(turn.waits, Waiting) or not turn.says or _plain(turn.waits) != _plain(before):
        return turn
    meant = read_intent(desk.said.text, "summary" if desk.talk.step == SUMMARY else "question")
    if turn.says != waiting.repeat(desk).says or (meant is not None and meant.intent == "repeat"):
        return turn
    return replace(turn, says=(Say("front.not_taken", {"heard": desk.said.text[:60]}), *turn.says))


def _plain(waits: Waiting) -> tuple[str, str, object]:
    return waits.topic, waits.step, waits.remembered()


def _again(choice: Choice) -> Button:
    """Show a choice again; an answer to the waiting question gets the stamp of the new message."""
    action = choice.action
    return Button(without_stamp(action) if action.startswith("=") else action, label=choice.label)


def _unasked(desk: Desk) -> Turn:
    """Answer a file, contact or sticker sent while no question waits: it was not used."""
    kind = desk.said.kind if desk.said.kind in UNASKED else "other"
    buttons = (Button("/menu", "front.menu"),)
    if kind == "other" and desk.house.contact:  # Zalo shows a bot nothing of what protected people write
        return Turn((Say("front.unasked_other_call", {"contact": desk.house.contact}, buttons),))
    return Turn((Say(f"front.unasked_{kind}", buttons=buttons, album=desk.said.album),))


def shows_identity_card(desk: Desk) -> bool:
    """True for an identity card by its caption or file name; pictures are never read."""
    words = (
        fold(" ".join((desk.said.text, *(file.name for file in desk.said.files)))).replace("_", " ").replace("-", " ")
    )
    return any(card in words for card in IDENTITY_CARDS)
