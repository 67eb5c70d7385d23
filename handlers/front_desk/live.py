"""Free words as an answer to what is live: a notice, an offer, or the question that waits."""

from collections.abc import Iterator
from dataclasses import dataclass

from content.actions.intents import Live, live_thing
from content.fold import clean
from content.intents import OF_FORMS, Thing
from content.language.intents import Meant, read_intent
from content.message import Choice
from handlers.conversation.desk import Desk
from handlers.form.at_question import SUMMARY, TOPIC, waiting_question
from handlers.form.reading import Taken, Which, read_words
from handlers.form.remarks import Words, said_aside, said_finish
from registry.deliveries.numbering import LIVES, shown_notices

CONSENT = "dangky"
"""The conversation that asks for consent; like a form it may be left for a notice."""
BY_ITS_FORM: Thing = "confirmation"
"""A value that waits for its yes: the form itself tells a yes from another value."""
ASKED_HERE = OF_FORMS | {"opt_in", "entry"}
"""Things that a reply asks for the first time; an invitation in a reply was answered already."""
FREE = frozenset({"text", "person_name"})
MOST_ABOUT = 80
"""Letters of a notice that are quoted."""


@dataclass(frozen=True, slots=True)
class Answered:
    """
    The live thing that words answer, and their meaning.

    `choices` are all buttons of its message, `about` its first line; `own` is true for the reply shown last.
    """

    live: Live
    meant: Meant
    choices: tuple[Choice, ...]
    about: str
    own: bool

    @property
    def choice(self) -> Choice | None:
        """The button that the words press; None where they are to be asked back."""
        if self.meant.degree == "half" or self.meant.intent is None:
            return None
        return self.live.choices.get(self.meant.intent)


@dataclass(frozen=True, slots=True)
class _List:
    choices: tuple[Choice, ...]
    about: str
    own: bool


def answered(desk: Desk, text: str) -> Answered | None:
    """
    Find the live thing that free words answer; None for all other words.

    The newest message answers to any words that fit it, an older one only to words that name it.
    Under a question that waits, a value of that question and a remark about it answer no notice.
    """
    if desk.talk.topic not in {None, TOPIC, CONSENT} or not text:
        return None
    own_question = desk.talk.topic is not None
    taken = own_question and _is_for_the_question(desk, text)
    for place, one in enumerate(_lists(desk)):
        live = live_thing(one.choices)
        if live is None or live.thing == BY_ITS_FORM or (taken and not (one.own and live.thing in OF_FORMS)):
            continue
        meant = read_intent(text, live.thing)
        if meant is None or not _fits(live, meant, newest=place == 0, own=one.own, under=own_question):
            continue
        return Answered(live, meant, one.choices, one.about, one.own)
    return None


def _fits(live: Live, meant: Meant, *, newest: bool, own: bool, under: bool) -> bool:
    """True if the words belong to this thing; the fewer they name it, the newer it has to be."""
    clear = meant.degree == "clear" and meant.intent in live.choices
    if own and live.thing in OF_FORMS:
        return clear and not meant.spare
    if under and (meant.spare or not (meant.named or newest)):
        return False  # a product may be called like that
    if own and live.thing not in ASKED_HERE and not meant.named:
        return False  # the reply to an answer offers the other one: "ok" to it says nothing
    if clear:
        return meant.named or newest
    if own:
        return newest and (meant.intent in {None, "later", "wait"} or meant.intent in live.choices)
    return meant.named or (newest and meant.intent != "whom")


def _is_for_the_question(desk: Desk, text: str) -> bool:
    """True for a plausible value of the question that waits, and for a remark every question takes."""
    words = Words(clean(text))
    if desk.talk.step == SUMMARY or desk.talk.topic != TOPIC:
        return False
    at = waiting_question(desk)
    if at is None:
        return False
    if at.is_asked and words.yesno.understood is not None:
        return True
    if said_aside(words) is not None or said_finish(words) is not None:
        return True
    if at.field.type in FREE:
        return False
    return isinstance(read_words(desk, at.field, words, at.before, pressed=False), Taken | Which)


def _lists(desk: Desk) -> Iterator[_List]:
    """The messages with choices that a person sees, the newest first."""
    talk = desk.talk
    asked_at = talk.asked_at or desk.now
    own = (asked_at, _List(talk.offered, "", own=True))
    notices = shown_notices(desk.db, person_id=desk.person.id, since=desk.now - LIVES)
    lists = [(one.at, _List(one.choices, _about(one.text), own=False)) for one in notices]
    if talk.offered or talk.topic is not None:
        lists.append(own)
    return (one for _, one in sorted(lists, key=lambda each: each[0], reverse=True))


def _about(text: str) -> str:
    line = next(iter(text.strip().splitlines()), "")
    return line if len(line) <= MOST_ABOUT else line[: MOST_ABOUT - 1].rstrip() + "…"
