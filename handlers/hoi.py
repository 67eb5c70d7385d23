"""/hoi and free text outside a form: show the best topic or a few to choose from; never invent an answer."""

from content.actions.action import command_of
from content.language.legacy import damage, turned
from content.language.noise import reads_as_question
from content.language.small_talk import small_talk_of, vocabulary
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.danger.answering import danger_answered
from handlers.dangky.correcting import correct_named_idea
from handlers.form.remarks import Words, asks_something, curses, sounds_upset
from handlers.gioithieu import card_said
from handlers.nhan import claiming
from handlers.office_answers import found_by_office, office_answer_said
from handlers.reading.phone import read_phone
from handlers.start import greeting, start
from handlers.wishes.answering import intended
from handlers.wishes.stories import story_answered
from handlers.wishes.which_meant import asked_back
from registry.answers.unanswered import note_unanswered
from registry.people.one_time_codes import code_in

LEARN, OFFICIAL = Button("/gioithieu", "menu.learn"), Button("/lienhe", "hoi.ask_official")


def ask(desk: Desk, question: str) -> Turn:
    """Answer a question.  Questions without an answer go to the officials' list, without a name."""
    question = turned(question)
    if not question:
        return Turn((Say("hoi.ask_away"),), KEEP)
    code = code_in(question)
    if code is not None and (opened := claiming.opened_by(desk, code)) is not None:
        return start(desk, command_of(opened).partition(" ")[2])
    if danger := danger_answered(desk, question):
        return Turn(danger, KEEP)
    if damage(question) is not None:
        return Turn((Say("hoi.damaged", buttons=(OFFICIAL, Button("/menu", "front.menu"))),), KEEP)
    if (served := intended(desk, question)) is not None:
        return served
    if (told := story_answered(desk, question)) is not None:
        return told
    found = desk.house.answers.ask(question)
    topic = desk.pack.topics.get(found.topic or "")
    if found.document is not None and topic is not None:
        return Turn((card_said(desk, topic, topic.card_about(found.document) or 0, document=found.document),), KEEP)
    words = Words(question)
    turn = _small_talk(desk, words) or correct_named_idea(desk, words)
    if turn is not None:
        return turn
    office = found_by_office(desk, question)
    if office.sure is not None and (topic is None or office.exact):
        return Turn((office_answer_said(desk, office.sure),), KEEP)
    if topic is not None:
        return Turn((card_said(desk, topic),), KEEP)
    suggestions = [one for one in found.suggestions if one in desk.pack.topics]
    if suggestions or office.near:
        return asked_back(desk, question, office.near, suggestions)
    if _has_product(words):
        return Turn((Say("hoi.own_product", buttons=(Button("/dangky", "menu.register"), LEARN)),), KEEP)
    if curses(words):
        return Turn((Say("hoi.upset", buttons=(OFFICIAL, Button("/menu", "front.menu"))),), KEEP)
    if not reads_as_question(question):
        return Turn((Say("hoi.not_read", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    listed = note_unanswered(desk.db, text=question, place=desk.person.place, now=desk.now, person_id=desk.person.id)
    return Turn((Say("hoi.unknown" if listed else "hoi.unknown_full", buttons=(LEARN, OFFICIAL)),), KEEP)


def _small_talk(desk: Desk, words: Words) -> Turn | None:
    """Answer a greeting, thanks, a bare yes or no, a curse or a lone number; the office gets none of these."""
    menu = (Button("/menu", "front.menu"),)
    if not any(letter.isalpha() for letter in words.text):
        phone = read_phone(words.text)
        key = "front.unasked_contact" if phone.understood or phone.ask else "hoi.ask_away"
        return Turn((Say(key, buttons=menu),), KEEP)
    meant = small_talk_of(words.tokens)
    if meant in {"greeting", "who"}:
        return Turn(greeting(desk))
    if meant == "thanks" or words.yesno.understood is not None:
        return Turn((Say("hoi.welcome", buttons=menu),), KEEP)
    if sounds_upset(words):
        return Turn((Say("hoi.upset", buttons=(OFFICIAL, *menu)),), KEEP)
    return None


def _has_product(words: Words) -> bool:
    """True if the text is about the person's own product and asks nothing."""
    said = words.tokens
    length, meaning = vocabulary("whose", "does").one(said, 0)
    does = length + vocabulary("does").one(said, length)[0] if meaning == "whose" else 0
    return does > length and len(said) > does and not asks_something(words)


COMMANDS = (Command("hoi", ask, ("hỏi",)),)
