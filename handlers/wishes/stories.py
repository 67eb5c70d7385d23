"""A long story: each question in it is answered, and the story is made ready for the official; it is not sent."""

from dataclasses import replace

from content.actions.producers import SendStory
from content.language.legacy import turned
from content.language.noise import reads_as_question
from content.language.sentences import sentences
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.form.remarks import Words, asks_something
from handlers.gioithieu import card_said
from registry.answers.unanswered import note_unanswered
from registry.people.stories import keep_story

LONG = 160
"""Letters; a shorter text with one question is answered as a question."""
MOST_ANSWERED = 3
MOST_KEPT = 2000
"""Letters of a story that are sent: as many as a question to the official may have."""


def story_answered(desk: Desk, question: str) -> Turn | None:
    """
    Answer at most three questions of a long text, and offer to send it whole; None for other texts.

    Questions without an answer go to the officials' list, without a name.
    """
    typed = turned(desk.said.text)
    story = typed if typed.startswith(question) else question  # the front desk hands over the first letters
    asked = [one for one in sentences(story) if asks_something(Words(one)) and reads_as_question(one)]
    if len(story) <= LONG and len(asked) < 2:
        return None
    topics: dict[str, None] = {}
    for one in (asked or [story])[: 2 * MOST_ANSWERED]:
        found = desk.house.answers.ask(one)
        if found.topic in desk.pack.topics:
            topics[str(found.topic)] = None
        elif not found.suggestions and asked:
            note_unanswered(desk.db, text=one, place=desk.person.place, now=desk.now, person_id=desk.person.id)
    cards = [card_said(desk, desk.pack.topics[topic]) for topic in list(topics)[:MOST_ANSWERED]]
    key = keep_story(desk.db, person_id=desk.person.id, text=story[:MOST_KEPT], now=desk.now)
    ways = (Button(SendStory(key), "wishes.story_send"), Button("/menu", "front.menu"))
    offer = Say("wishes.story" if cards else "wishes.story_unanswered", buttons=ways)
    return Turn((*(replace(card, buttons=card.buttons[:1]) for card in cards), offer), KEEP)
