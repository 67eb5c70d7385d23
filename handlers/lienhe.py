"""/lienhe: the official in charge of one's commune, and a question that is answered through the bot."""

from content.message import Message
from content.places import inline
from handlers.desk import Desk
from handlers.form_asides import asks_something, said_aside
from handlers.front_desk import Command, Conversation
from handlers.gioithieu import answered_beside
from handlers.reaching import learning_said
from handlers.reading.place import read_place
from handlers.reading.yesno import read_yesno
from handlers.telling import Telling, said
from handlers.turn import Button, Heard, Say, Turn, Waiting
from registry import consents, people, questions
from registry.applications import applications_of
from registry.questions import Question

TOPIC = "lienhe"
MOST_LETTERS = 2000
NOT_NOW = Button("/huy", "lienhe.not_now")


def contact(desk: Desk, words: str) -> Turn:
    """Who is in charge where the person is; asks for the commune when it is not known."""
    if words == "doi":
        return _ask_place()
    place = _place_of(desk)
    return _offer(desk, place) if place is not None else _ask_place()


def _place_of(desk: Desk) -> str | None:
    if desk.person.place is not None and desk.places.get(desk.person.place) is not None:
        return desk.person.place
    mine = applications_of(desk.db, person_id=desk.person.id)
    return mine[0].place if mine else None


def _ask_place() -> Turn:
    return Turn((Say("lienhe.which_place", buttons=(NOT_NOW,), numbered=False),), Waiting(TOPIC, "place"))


def _offer(desk: Desk, place: str) -> Turn:
    """Say whose desk it is, and take the question."""
    reviewers = questions.in_charge(desk.db, pack=desk.pack, place=place, on=desk.today)
    titles = ", ".join(dict.fromkeys(role.title or said(desk, f"role.{role.role}") for role in reviewers.roles))
    key = "lienhe.nobody"
    if reviewers.roles:
        key = "lienhe.went_up" if reviewers.went_up else "lienhe.in_charge"
    elif desk.house.contact:
        key = "lienhe.nobody_call"
    values = {"place": inline(desk.places.full_name(place)), "titles": titles, "contact": desk.house.contact}
    buttons = (Button("/lienhe doi", "lienhe.other_place"), NOT_NOW)
    return Turn((Say(key, values, buttons, numbered=False),), Waiting(TOPIC, "question", {"place": place}))


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the place, or the question; "có" is no question yet and "thôi" none at all: nothing is passed on of them."""
    text = heard.text.strip()
    if said_aside(text) in {"enough", "later"} or (
        desk.talk.step == "question" and read_yesno(text).understood is False
    ):
        return Turn(
            (Say("lienhe.nothing_sent", buttons=(NOT_NOW,), numbered=False),),
            Waiting(TOPIC, desk.talk.step, desk.talk.data),
        )
    if desk.talk.step == "place":
        return _hear_place(desk, heard)
    if heard.said.kind != "text" or not text or read_yesno(text).understood:
        return Turn((Say("lienhe.words_please", buttons=(NOT_NOW,)),), Waiting(TOPIC, "question", desk.talk.data))
    place = str(desk.talk.data["place"])
    asked, reviewers = questions.ask(
        desk.db,
        pack=desk.pack,
        person_id=desk.person.id,
        place=place,
        text=text[:MOST_LETTERS],
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    holder = inline(desk.places.full_name(asked.holder))
    key = "lienhe.asked" if reviewers.roles else "lienhe.asked_nobody"
    return Turn((Say(key, {"holder": holder}, (Button("/menu", "front.menu"),)),))


def _hear_place(desk: Desk, heard: Heard) -> Turn:
    """Take the commune; what is asked instead is answered, and the commune asked again."""
    if not heard.press and not heard.text:
        return _ask_place()
    reading = read_place(heard.press or heard.text, desk.places)
    if reading.understood is not None:
        people.set_preference(desk.db, person_id=desk.person.id, place=reading.understood)
        return _offer(desk, reading.understood)
    if not reading.ask and asks_something(heard.text) and (card := answered_beside(desk, heard.text)) is not None:
        again = _ask_place()
        return Turn((card, *again.says), again.waits)
    buttons = tuple(Button(f"={code}", label=desk.places.full_name(code)) for code in reading.ask)
    asked = Say(reading.said.key, reading.said.values, (*buttons, NOT_NOW), numbered=bool(buttons))
    return Turn((asked,), Waiting(TOPIC, "place"))


def repeat(desk: Desk) -> Turn:
    if desk.talk.step == "place":
        return _ask_place()
    return _offer(desk, str(desk.talk.data["place"]))


def answer(desk: Desk, words: str) -> Turn:
    """/traloi ID: an official answers a question of their place."""
    role = next(
        (
            one
            for one in desk.roles
            if questions.question_for(desk.db, question_id=words, role=one, places=desk.places, on=desk.today)
        ),
        None,
    )
    if role is None:
        return Turn((Say("lienhe.question_gone"),))
    question = questions.question_for(desk.db, question_id=words, role=role, places=desk.places, on=desk.today)
    if question is None or question.answered_at is not None:
        return Turn((Say("lienhe.question_gone"),))
    waits = Waiting(ANSWERING, "text", {"question": question.id, "role": role.id})
    values = {"text": question.text, "place": inline(desk.places.full_name(question.place))}
    return Turn((Say("lienhe.answer_now", values, (NOT_NOW,), numbered=False),), waits)


ANSWERING = "traloi"


def hear_answer(desk: Desk, heard: Heard) -> Turn:
    """Send the words to whoever asked; the right to it is checked again now."""
    role = next((one for one in desk.roles if one.id == desk.talk.data["role"]), None)
    if role is None:
        return Turn((Say("lienhe.question_gone"),))
    if heard.said.kind != "text" or not heard.text.strip():
        return Turn((Say("lienhe.words_please"),), Waiting(ANSWERING, "text", desk.talk.data))
    done = questions.answer(
        desk.db,
        pack=desk.pack,
        question_id=str(desk.talk.data["question"]),
        role=role,
        text=heard.text.strip()[:MOST_LETTERS],
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    if done is None:
        return Turn((Say("lienhe.question_gone"),))
    return Turn((Say("lienhe.answered", {"learning": _learning(desk, done)}),))


def _learning(desk: Desk, done: Question) -> str:
    """How the one who asked learns the answer; named, and with their number, only if they agreed to be contacted."""
    agreed = consents.has_given(desk.db, person_id=done.person_id, purpose="registration")
    asker = people.person(desk.db, done.person_id) if agreed else None
    phones = {done.person_id: None if asker is None else asker.phone}
    return learning_said(desk, {done.person_id: Message(done.answer or "")}, phones, named=agreed)


def repeat_answer(desk: Desk) -> Turn:
    return answer(desk, str(desk.talk.data["question"]))


def waiting_questions(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/cauhoi: what people of an official's place asked and wait for, and what the bot could not answer."""
    says: list[Say] = []
    seen: set[str] = set()
    for role in desk.roles:
        for question in questions.waiting_for(desk.db, role=role, places=desk.places, on=desk.today):
            if question.id in seen or len(says) >= 5:
                continue
            seen.add(question.id)
            values = {
                "text": question.text,
                "place": inline(desk.places.full_name(question.place)),
                "day": f"{question.asked_at.astimezone(desk.house.zone):%d/%m}",
            }
            says.append(
                Say("lienhe.waiting_question", values, (Button(f"/traloi {question.id}", "lienhe.button_answer"),))
            )
        lost = questions.unanswered_in(desk.db, role=role, places=desk.places, on=desk.today, limit=5)
        if lost:
            says.append(Say("lienhe.unanswered", {"lines": "\n".join(f"• {text[:100]}" for text, _at in lost)}))
    return Turn(tuple(says) or (Say("lienhe.nothing_waits"),))


CONVERSATIONS = (Conversation(TOPIC, hear, repeat), Conversation(ANSWERING, hear_answer, repeat_answer))
COMMANDS = (
    Command("lienhe", contact, ("liên hệ", "hỏi cán bộ", "gặp cán bộ", "liên hệ cán bộ")),
    Command("traloi", answer, official=True, listed=False),
    Command("cauhoi", waiting_questions, ("câu hỏi",), official=True),
)
