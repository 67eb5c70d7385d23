"""/hoi and free text outside a form: show the best topic or a few to choose from; never invent an answer."""

from functools import lru_cache

from content.actions.producers import ShowTopic
from content.language.words import Vocabulary
from content.language.words import words as listed_words
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.danger.answering import danger_answered
from handlers.dangky.correcting import correct_named_idea
from handlers.form.remarks import Words, asks_something, sounds_upset
from handlers.gioithieu import card_said
from handlers.reading.phone import read_phone
from handlers.start import greeting
from registry.applications.questions import note_unanswered

LEARN, OFFICIAL = Button("/gioithieu", "menu.learn"), Button("/lienhe", "hoi.ask_official")
SMALL_TALK = ("greeting", "who", "thanks")


def ask(desk: Desk, question: str) -> Turn:
    """Answer a question.  Questions without an answer go to the officials' list, without a name."""
    if not question:
        return Turn((Say("hoi.ask_away"),), KEEP)
    if danger := danger_answered(desk, question):
        return Turn(danger, KEEP)
    found = desk.house.answers.ask(question)
    topic = desk.pack.topics.get(found.topic or "")
    if found.document is not None and topic is not None:
        return Turn((card_said(desk, topic, topic.card_about(found.document) or 0),), KEEP)
    words = Words(question)
    turn = _small_talk(desk, words) or correct_named_idea(desk, words)
    if turn is not None:
        return turn
    if found.topic is not None and found.topic in desk.pack.topics:
        return Turn((card_said(desk, desk.pack.topics[found.topic]),), KEEP)
    suggestions = [one for one in found.suggestions if one in desk.pack.topics]
    if suggestions:
        buttons = [Button(ShowTopic(one), label=desk.pack.topics[one].title) for one in suggestions]
        buttons.append(OFFICIAL)
        return Turn((Say("hoi.unsure", buttons=tuple(buttons)),), KEEP)
    if _has_product(words):
        return Turn((Say("hoi.own_product", buttons=(Button("/dangky", "menu.register"), LEARN)),), KEEP)
    note_unanswered(desk.db, text=question, place=desk.person.place, now=desk.now)
    return Turn((Say("hoi.unknown", buttons=(LEARN, OFFICIAL)),), KEEP)


def _small_talk(desk: Desk, words: Words) -> Turn | None:
    """Answer a greeting, thanks, a bare yes or no, a curse or a lone number; the office gets none of these."""
    menu = (Button("/menu", "front.menu"),)
    if not any(letter.isalpha() for letter in words.text):
        phone = read_phone(words.text)
        key = "front.unasked_contact" if phone.understood or phone.ask else "hoi.ask_away"
        return Turn((Say(key, buttons=menu),), KEEP)
    meant = _only(words)
    if meant in {"greeting", "who"}:
        return Turn(greeting(desk))
    if meant == "thanks" or words.yesno.understood is not None:
        return Turn((Say("hoi.welcome", buttons=menu),), KEEP)
    if sounds_upset(words):
        return Turn((Say("hoi.upset", buttons=(OFFICIAL, *menu)),), KEEP)
    return None


@lru_cache(maxsize=4)
def _vocabulary(*names: str) -> Vocabulary:
    return Vocabulary({name: listed_words()["small_talk"][name] for name in names})


def _only(words: Words) -> str:
    """The kind of small talk the whole text is; empty for any other text."""
    said, listed = words.tokens, _vocabulary(*SMALL_TALK, "around")
    found: list[str] = []
    at = 0
    while at < len(said):
        length, meaning = listed.one(said, at)
        if not length:
            return ""
        found.append(meaning)
        at += length
    return next((meaning for meaning in SMALL_TALK if meaning in found), "")


def _has_product(words: Words) -> bool:
    """True if the text is about the person's own product and asks nothing."""
    said = words.tokens
    length, meaning = _vocabulary("whose", "does").one(said, 0)
    does = length + _vocabulary("does").one(said, length)[0] if meaning == "whose" else 0
    return does > length and len(said) > does and not asks_something(words)


COMMANDS = (Command("hoi", ask, ("hỏi",)),)
