"""/lienhe: the official in charge of one's commune, and a question that is answered through the bot."""

from datetime import timedelta

from content.actions.action import parse_words
from content.actions.answers import Chosen, SayYes, WithName, WithoutName, parse_press
from content.actions.office_answers import ComposeAnswer, DismissQuestion
from content.actions.producers import (
    AnswerQuestion,
    AskElsewhere,
    Complain,
    ComplainAbout,
    ComplainElsewhere,
    SendStory,
    StopAnswer,
)  # fmt: skip
from content.language.danger import danger_in
from content.language.legacy import turned
from content.language.noise import is_mash
from content.language.saying import phone_said
from content.message import Message
from content.places.places import inline
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.officials import officials_said, phones_said
from handlers.conversation.reaching import learning_said
from handlers.conversation.state import State
from handlers.conversation.telling import Telling
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.danger import higher_office
from handlers.danger.answering import count_danger, danger_answered, life_said, swindle_said
from handlers.danger.higher_office import own_place
from handlers.form.remarks import Words, asks_something, curses, said_aside
from handlers.gioithieu import answered_beside
from handlers.reading.place import read_place
from registry.answers.unanswered import Unanswered, unanswered_in
from registry.applications import delayed_answers, drafts, questions
from registry.applications.askers import asker_of
from registry.applications.questions import Question
from registry.people import consents, people, stories

TOPIC = "lienhe"
REPORT = "report"
"""The step that takes a complaint for the office above."""
NAMED = "named"
"""The step that asks whether a complaint goes with the name of its author."""
MOST_LETTERS = 2000
MOST_LISTED = 5
NOT_NOW = Button("/huy", "lienhe.not_now")
ANSWERING = "traloi"


class Contacting(State, frozen=True, tag="lienhe.1"):
    """
    A question or a complaint for the office of a place.

    `complaint` is the level of the office it is about, empty for the nearest; None for a plain question.
    """

    place: str = ""
    complaint: str | None = None
    text: str = ""  # a story told before, or a complaint that waits for "with or without my name"


class Answering(State, frozen=True, tag="traloi.1"):
    """The question an official answers, and the role that allows it."""

    question: str
    role: str


def contact(desk: Desk, words: str) -> Turn:
    """Name the office in charge of the person's commune, or ask for the commune; take a question or a complaint."""
    complaint: str | None = None
    match parse_words("lienhe", words):
        case AskElsewhere():
            return _ask_place()
        case ComplainElsewhere(level):
            return _ask_place(level or "")
        case ComplainAbout(named, level) if desk.places.get(named) is not None:
            return _offer_above(desk, named, level or "")
        case Complain(level):
            complaint = level or ""
        case SendStory(key):
            return _offer_story(desk, key)
    place = own_place(desk)
    return _ask_place(complaint) if place is None else _offered(desk, place, complaint)


def _offer_story(desk: Desk, key: str) -> Turn:
    """Show the story that was told, ready to be sent; an older button sends no newer one."""
    text = stories.story(desk.db, person_id=desk.person.id, key=key, now=desk.now)
    if text is None:
        return Turn((Say("lienhe.story_gone", buttons=(Button("/lienhe", "hoi.ask_official"),)),), KEEP)
    place = own_place(desk)
    return _ask_place(text=text) if place is None else _offered(desk, place, None, text)


def _offered(desk: Desk, place: str, complaint: str | None, text: str = "") -> Turn:
    if complaint is not None:
        return _offer_above(desk, place, complaint)
    return _ask_to_send(desk, place, text) if text else _offer(desk, place)


def _ask_to_send(desk: Desk, place: str, text: str) -> Turn:
    """Ask whether a story goes to the office of a place."""
    reviewers = questions.in_charge(desk.db, pack=desk.pack, place=place, on=desk.today)
    values = {"holder": inline(desk.places.full_name(reviewers.holder)), "text": text}
    buttons = (Button(SayYes(), "lienhe.send_this"), NOT_NOW)
    waits = Waiting(TOPIC, "question", Contacting(place=place, text=text))
    return Turn((Say("lienhe.send_story", values, buttons, numbered=False),), waits)


def _ask_place(complaint: str | None = None, text: str = "") -> Turn:
    waits = Waiting(TOPIC, "place", Contacting(complaint=complaint, text=text))
    return Turn((Say("lienhe.which_place", buttons=(NOT_NOW,), numbered=False),), waits)


def _offer_above(desk: Desk, place: str, level: str) -> Turn:
    """Name the office above the one of the complaint and take the report; say so if there is none."""
    found = higher_office.above(desk, place, level)
    if not found.roles:
        return Turn(higher_office.nobody_above(desk, found))
    other = Button(ComplainElsewhere(level or None), "lienhe.other_place")
    said_above = Say("lienhe.above", found.values(desk), (other, NOT_NOW), numbered=False)
    return Turn((said_above,), Waiting(TOPIC, REPORT, Contacting(place=place, complaint=level)))


def _offer(desk: Desk, place: str) -> Turn:
    """Name the office in charge, and take the question."""
    reviewers = questions.in_charge(desk.db, pack=desk.pack, place=place, on=desk.today)
    titles = officials_said(desk, reviewers.roles, phone=not reviewers.went_up)
    phones = phones_said(desk, reviewers.roles)
    key = "lienhe.nobody"
    if reviewers.roles:
        key = "lienhe.in_charge"
        if reviewers.went_up:
            key = "lienhe.went_up_call" if phones else "lienhe.went_up"
    elif desk.house.contact:
        key = "lienhe.nobody_call"
    values = {"place": inline(desk.places.full_name(place)), "titles": titles, "contact": desk.house.contact}
    values["phones"] = phones
    buttons = (Button(AskElsewhere(), "lienhe.other_place"), NOT_NOW)
    return Turn((Say(key, values, buttons, numbered=False),), Waiting(TOPIC, "question", Contacting(place=place)))


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the place, the question or the complaint.  "có" and "thôi" are neither, and are not passed on."""
    state, words = Contacting.from_json(desk.talk.data), Words(turned(heard.text.strip()))
    if said_aside(words) in {"enough", "later"} or (desk.talk.step != "place" and words.yesno.understood is False):
        return _nothing_sent(desk, state)
    if desk.talk.step == "place":
        return _hear_place(desk, heard, state)
    if desk.talk.step == NAMED:
        return _hear_named(desk, heard, state)
    text = words.text
    if state.text and (parse_press(heard.press) == SayYes() or words.yesno.understood):
        words, text = Words(state.text), state.text
    elif heard.said.kind != "text" or not text or words.yesno.understood:
        return Turn((Say("lienhe.words_please", buttons=(NOT_NOW,)),), Waiting(TOPIC, desk.talk.step, state))
    if desk.talk.step == REPORT:
        return _take_report(desk, text, state)
    if (first := _answered_first(desk, words, state)) is not None:
        return first
    swindle = danger_in(text) == "swindle"
    asked, reviewers = questions.ask(
        desk.db,
        pack=desk.pack,
        person_id=desk.person.id,
        place=state.place,
        text=text[:MOST_LETTERS],
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    holder = inline(desk.places.full_name(asked.holder))
    key = "lienhe.asked" if reviewers.roles else "lienhe.asked_nobody"
    passed_on = Say(key, {"holder": holder}, (Button("/menu", "front.menu"),))
    return Turn((*(swindle_said(desk, text) if swindle else ()), passed_on))


def _nothing_sent(desk: Desk, state: Contacting) -> Turn:
    return Turn(
        (Say("lienhe.nothing_sent", buttons=(NOT_NOW,), numbered=False),), Waiting(TOPIC, desk.talk.step, state)
    )


def _take_report(desk: Desk, text: str, state: Contacting) -> Turn:
    """Ask whether the name goes with it, where one is known; danger to life is answered first."""
    if not _own_name(desk) or not higher_office.above(desk, state.place, state.complaint or "").roles:
        return _report(desk, text, state)
    asked = _ask_named(desk, state.replace(text=text))
    match danger_in(text):
        case "emergency" | "despair" as danger:
            return Turn((life_said(desk, danger), *asked.says), asked.waits)
    return asked


def _ask_named(desk: Desk, state: Contacting) -> Turn:
    """Ask whether the complaint goes with or without the name; both are shown as they would be read."""
    buttons = (Button(WithoutName(), "lienhe.without_name"), Button(WithName(), "lienhe.with_name"), NOT_NOW)
    say = Say("lienhe.ask_named", {"name": _own_name(desk)}, buttons)
    return Turn((say,), Waiting(TOPIC, NAMED, state))


def _own_name(desk: Desk) -> str:
    """The name and number a person gave; empty if they gave none."""
    phone = phone_said(desk.person.phone) if desk.person.phone else None
    return ", ".join(filter(None, (desk.person.name, phone)))


def _hear_named(desk: Desk, heard: Heard, state: Contacting) -> Turn:
    match parse_press(heard.press):
        case WithoutName():
            return _report(desk, state.text, state)
        case WithName():
            room = MOST_LETTERS - len(_own_name(desk)) - 1
            return _report(desk, f"{state.text[:room]}\n{_own_name(desk)}", state)
    return _ask_named(desk, state)


def _report(desk: Desk, text: str, state: Contacting) -> Turn:
    """Pass a complaint to the office above, looked up again now; the office it is about never sees it."""
    found = higher_office.above(desk, state.place, state.complaint or "")
    if not found.roles:
        return Turn(higher_office.nobody_above(desk, found))
    questions.report(
        desk.db,
        pack=desk.pack,
        person_id=desk.person.id,
        office=found.office,
        text=text[:MOST_LETTERS],
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    left = drafts.open_drafts(desk.db, person_id=desk.person.id)
    ways = (Button("/tieptuc", "form.go_on"),) if left else ()
    reported = Say("lienhe.reported", found.values(desk), (*ways, Button("/menu", "front.menu")))
    match danger_in(text):
        case "emergency" | "despair" as danger:
            return Turn((life_said(desk, danger), reported))
    return Turn((reported,))


def _answered_first(desk: Desk, words: Words, state: Contacting) -> Turn | None:
    """
    Answer words that the office asked must not get: a bribe or a complaint names somebody of this very office.

    Danger to life cannot wait for an office.  Of curses and of keys struck at random nothing is sent.
    """
    heard = danger_in(words.text)
    if heard is not None:
        count_danger(desk, heard)
    match heard:
        case "bribe" | "complaint" as about:
            return Turn(higher_office.complaint_said(desk, words.text, about))
        case "emergency" | "despair" as danger:
            again = _offer(desk, state.place)
            return Turn((life_said(desk, danger), *again.says), again.waits)
    if is_mash(words.text) or (curses(words) and not asks_something(words)):
        return _nothing_sent(desk, state)
    return None


def _hear_place(desk: Desk, heard: Heard, state: Contacting) -> Turn:
    """Take the commune.  Answer a question asked instead, and ask for the commune again."""
    complaint, kept = state.complaint, state.text
    if not heard.press and not heard.text:
        return _ask_place(complaint, kept)
    if heard.text and (danger := danger_answered(desk, heard.text)):
        again = _ask_place(complaint, kept)
        return Turn((*danger, *again.says), again.waits)
    reading = read_place(heard.press or heard.text, desk.places)
    if reading.understood is not None:
        people.set_preference(desk.db, person_id=desk.person.id, place=reading.understood)
        return _offered(desk, reading.understood, complaint, kept)
    if (
        not reading.ask
        and asks_something(Words(heard.text))
        and (card := answered_beside(desk, heard.text)) is not None
    ):
        again = _ask_place(complaint, kept)
        return Turn((card, *again.says), again.waits)
    buttons = tuple(Button(Chosen(code), label=desk.places.full_name(code)) for code in reading.ask)
    asked = Say(reading.said.key, reading.said.values, (*buttons, NOT_NOW), numbered=bool(buttons))
    return Turn((asked,), Waiting(TOPIC, "place", state))


def repeat(desk: Desk) -> Turn:
    state = Contacting.from_json(desk.talk.data)
    if desk.talk.step == NAMED:
        return _ask_named(desk, state)
    if desk.talk.step == "place":
        return _ask_place(state.complaint, state.text)
    return _offered(desk, state.place, state.complaint, state.text)


def answer(desk: Desk, words: str) -> Turn:
    """/traloi ID: an official answers a question of their place; /traloi dung ID: one in charge stops an answer."""
    match parse_words("traloi", words):
        case StopAnswer(question_id):
            return stop_answer(desk, question_id)
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
    waits = Waiting(ANSWERING, "text", Answering(question=question.id, role=role.id))
    values = {
        "text": question.text, "place": inline(desk.places.full_name(question.place)), "asker": _asker(desk, question),
    }  # fmt: skip
    return Turn((Say("lienhe.answer_now", values, (NOT_NOW,), numbered=False),), waits)


def hear_answer(desk: Desk, heard: Heard) -> Turn:
    """Send the answer to the person who asked; check the official's right again now."""
    state = Answering.from_json(desk.talk.data)
    role = next((one for one in desk.roles if one.id == state.role), None)
    if role is None:
        return Turn((Say("lienhe.question_gone"),))
    if heard.said.kind != "text" or not heard.text.strip():
        return Turn((Say("lienhe.words_please"),), Waiting(ANSWERING, "text", state))
    done = questions.answer(
        desk.db,
        pack=desk.pack,
        question_id=state.question,
        role=role,
        text=turned(heard.text).strip()[:MOST_LETTERS],
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    if done is None:
        return Turn((Say("lienhe.question_gone"),))
    due = delayed_answers.leaves_later(desk.db, question_id=done.id, now=desk.now)
    if due is not None:
        minutes = desk.pack.programme.announcements.delay // timedelta(minutes=1)
        stop = Button(StopAnswer(done.id), "lienhe.answer_stop")
        return Turn((Say("lienhe.answered_later", {"minutes": str(minutes)}, (stop,)),))
    return Turn((Say("lienhe.answered", {"learning": _learning(desk, done)}),))


def stop_answer(desk: Desk, question_id: str) -> Turn:
    """Stop an answer that has not left; its question waits again."""
    done = desk.under_a_role(
        lambda role: delayed_answers.stop_answer(
            desk.db, pack=desk.pack, question_id=question_id, role=role, now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
        )
    )  # fmt: skip
    if done is None:
        return Turn((Say("lienhe.question_gone"),), KEEP)
    return Turn((Say("lienhe.answer_stopped" if done[1] else "lienhe.answer_left"),), KEEP)


def _learning(desk: Desk, done: Question) -> str:
    """How the answer reaches the person who asked; named, and with their number, only after their consent."""
    named = done.kind != "report"  # the author of a complaint is named to nobody
    agreed = named and consents.has_given(desk.db, person_id=done.person_id, purpose="registration")
    asker = people.person(desk.db, done.person_id) if agreed else None
    phones = {done.person_id: None if asker is None else asker.phone}
    return learning_said(desk, {done.person_id: Message(done.answer or "")}, phones, named=agreed)


def _asker(desk: Desk, question: Question) -> str:
    """A further line with the person who asked, where they agreed to be contacted."""
    known = asker_of(desk.db, person_id=question.person_id, application_id=question.application_id, kind=question.kind)
    return f"\n{known}" if known else ""


def repeat_answer(desk: Desk) -> Turn:
    return answer(desk, Answering.from_json(desk.talk.data).question)


def waiting_questions(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/cauhoi: list the open questions of an official's place, and those the bot could not answer."""
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
                "asker": _asker(desk, question),
            }
            says.append(
                Say("lienhe.waiting_question", values, (Button(AnswerQuestion(question.id), "lienhe.button_answer"),))
            )
        for lost in unanswered_in(desk.db, role=role, places=desk.places, on=desk.today, limit=MOST_LISTED):
            if lost.id not in seen:
                seen.add(lost.id)
                says.append(_unanswered_said(desk, lost, may_write=desk.role_for("answer.write") is not None))
    return Turn(tuple(says) or (Say("lienhe.nothing_waits"),))


def _unanswered_said(desk: Desk, lost: Unanswered, *, may_write: bool) -> Say:
    """A question the bot could not answer, with the two things an official can do about it."""
    values = {
        "text": lost.text,
        "day": f"{lost.asked_at.astimezone(desk.house.zone):%d/%m}",
        "count": str(lost.asked),
    }
    buttons = (
        Button(ComposeAnswer(lost.id), "soandap.button.compose"),
        Button(DismissQuestion(lost.id), "soandap.button.dismiss"),
    )
    return Say("lienhe.unanswered", values, buttons if may_write else ())


CONVERSATIONS = (Conversation(TOPIC, hear, repeat), Conversation(ANSWERING, hear_answer, repeat_answer))
COMMANDS = (
    Command("lienhe", contact, ("liên hệ", "hỏi cán bộ", "gặp cán bộ", "liên hệ cán bộ")),
    Command("traloi", answer, official=True, listed=False),
    Command("cauhoi", waiting_questions, ("câu hỏi",), official=True),
)
