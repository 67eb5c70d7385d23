"""/gioithieu: what OCOP is, by the producer's own situation, on short cards with their source."""

from dataclasses import replace

from content.actions.action import parse_words
from content.actions.listening import HearAloud
from content.actions.producers import Learn, ShowTopic, StopLearning
from content.programme.topics import Topic
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said, worded
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.office_answers import found_by_office, office_answer_said
from registry.citing import days_said, known_card, law_said, sources_said
from registry.deadlines import lessons
from registry.listening import prompts
from registry.people.roles import OFFICIALS
from registry.people.tallies import tally

MOST_LISTED = 8
WAYS = {"/lienhe": "menu.contact", "/trangthai": "menu.status", "/nhacviec": "menu.reminders", "/dulieu": "menu.mine"}
"""Commands a card may name, also shown as buttons: some channels do not make commands in a text tappable."""


def introduce(desk: Desk, words: str) -> Turn:
    """Offer the situations to choose from, list one situation's topics, show a topic's cards, or begin lessons."""
    match parse_words("gioithieu", words):
        case Learn(audience) if audience in desk.pack.lessons:
            return _learn(desk, audience)
        case StopLearning():
            return _stop_learning(desk)
        case ShowTopic(topic, number) if topic in desk.pack.topics:
            return Turn((card_said(desk, desk.pack.topics[topic], number or 0),), KEEP)
        case ShowTopic(audience, start) if audience in desk.pack.lessons:
            return Turn((_listed(desk, audience, start or 0),), KEEP)
    buttons = [
        Button(ShowTopic(audience), f"gioithieu.audience.{audience}")
        for audience in ("official", "new", "completing", "recognised")
        if audience in desk.pack.lessons and (audience != "official" or officials_lessons(desk))
    ]
    first = next(iter(desk.pack.topics))
    return Turn(
        (
            Say(
                "gioithieu.choose",
                buttons=(Button(ShowTopic(first), label=desk.pack.topics[first].title), *buttons),
            ),
        ),
        KEEP,
    )


def officials_lessons(desk: Desk) -> bool:
    """True if the pack has lessons for officials and this person holds a role of one."""
    return "official" in desk.pack.lessons and any(role.role in OFFICIALS for role in desk.roles)


def card_said(
    desk: Desk, topic: Topic, number: int = 0, *, key: str = "gioithieu.card", document: str | None = None
) -> Say:
    """
    One card of a topic, with its source, the law as it is today, and the next steps.

    `document` is the one that was asked about: on the card of another topic its days come first.
    """
    number = min(max(number, 0), len(topic.cards) - 1)
    if not known_card(desk.pack, topic, number, desk.today):
        number = 0
    tally(desk.db, day=desk.today, what="heard", place=desk.person.place or "")
    buttons = []
    following = _following(desk, topic, number)
    if following is not None:
        buttons.append(Button(ShowTopic(topic.id, following), "gioithieu.more"))
    else:
        buttons += [
            Button(ShowTopic(related), label=desk.pack.topics[related].title)
            for related in topic.related[:2]
            if related in desk.pack.topics
        ]
    buttons += [Button(way, label) for way, label in WAYS.items() if f"{way} " in topic.cards[number].replace(".", " ")]
    buttons.append(Button("/dangky", "menu.register"))
    spoken = prompts.card_key(topic.id, number)
    if prompts.playable(desk.db, pack=desk.pack, key=spoken) is not None:
        buttons.append(Button(HearAloud(spoken), "nghe.button"))
    about = topic.document_at(number)
    body = topic.cards[number]
    if about is not None:
        body += f"\n{worded(desk, days_said(desk.pack, about, desk.today))}"
    elif document is not None:
        name = desk.pack.programme.document(document).short
        body = f"{name}: {worded(desk, days_said(desk.pack, document, desk.today))}\n{body}"
    values = {
        "title": topic.title,
        "body": body,
        "source": worded(desk, *sources_said(desk.pack, topic.sources_at(number), desk.today)),
        "law": law_line(desk),
    }
    return Say(key, values, tuple(buttons))


def law_line(desk: Desk) -> str:
    """A separate line while the law of the whole pack is not in force; empty while it is."""
    law = law_said(desk.pack, desk.today)
    return "" if law is None else f"\n{worded(desk, law)}"


def _following(desk: Desk, topic: Topic, number: int) -> int | None:
    """The next card, without those about documents that are not issued yet."""
    later = range(number + 1, len(topic.cards))
    return next((one for one in later if known_card(desk.pack, topic, one, desk.today)), None)


def answered_beside(desk: Desk, words: str) -> Say | None:
    """Find the card that answers a remark under a waiting question; only that question has buttons."""
    topic = desk.pack.topics.get(desk.house.answers.ask(words).topic or "")
    office = found_by_office(desk, words)
    if office.sure is not None and (topic is None or office.exact):
        return replace(office_answer_said(desk, office.sure), buttons=())
    return None if topic is None else replace(card_said(desk, topic), buttons=())


def _learn(desk: Desk, audience: str) -> Turn:
    """Send one lesson a week from now on, in order.  Idempotent: lessons that were sent are not repeated."""
    course = desk.pack.lessons[audience]
    learner = lessons.Learner(desk.person.id, audience)
    heard = lessons.progress(desk.db, learner=learner, topics=course)
    if heard == len(course):
        return Turn((Say("gioithieu.all_heard", {"audience": _name(desk, audience)}),), KEEP)
    lessons.begin(desk.db, person_id=desk.person.id, audience=audience)
    values = {"audience": _name(desk, audience), "of": str(len(course)), "left": str(len(course) - heard)}
    silent = not desk.person.wants_unasked(desk.now)
    buttons = (Button("/nhantin", "tuychon.resume"),) if silent else ()
    key = "gioithieu.learning_paused" if silent else "gioithieu.learning"
    return Turn((Say(key, values, (*buttons, Button(StopLearning(), "lesson.button.stop"))),), KEEP)


def _stop_learning(desk: Desk) -> Turn:
    audience = desk.person.lessons
    lessons.stop(desk.db, person_id=desk.person.id)
    if audience is None or audience not in desk.pack.lessons:
        return Turn((Say("gioithieu.not_learning", buttons=(Button("/gioithieu", "menu.learn"),)),), KEEP)
    buttons = (Button(Learn(audience), "lesson.button.again"),)
    return Turn((Say("gioithieu.stopped_learning", buttons=buttons),), KEEP)


def _listed(desk: Desk, audience: str, start: int) -> Say:
    ids = desk.pack.lessons[audience]
    shown = ids[start : start + MOST_LISTED]
    buttons = [Button(ShowTopic(one), label=desk.pack.topics[one].title) for one in shown]
    if start + MOST_LISTED < len(ids):
        buttons.append(Button(ShowTopic(audience, start + MOST_LISTED), "gioithieu.further"))
    if desk.person.lessons == audience:
        buttons.append(Button(StopLearning(), "lesson.button.stop"))
    else:
        buttons.append(Button(Learn(audience), "lesson.button.learn"))
    return Say("gioithieu.topics", {"audience": _name(desk, audience)}, tuple(buttons))


def _name(desk: Desk, audience: str) -> str:
    return said(desk, f"gioithieu.audience.{audience}")


COMMANDS = (
    Command("gioithieu", introduce, ("giới thiệu", "tìm hiểu", "tìm hiểu ocop", "giới thiệu ocop", "xem tài liệu")),
)
