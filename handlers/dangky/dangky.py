"""/dangky: consent and the first question of an idea; the commands and the conversation of the package."""

from content.actions.action import parse_words
from content.actions.producers import BeginAnother, ContinueDraft, RegisterAgain, RegisterFor, RegisterLike
from content.places.places import inline
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk, title_of
from handlers.conversation.state import State
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.dangky.again import begin_again
from handlers.dangky.correcting import add_to, correct_idea, paper
from handlers.dangky.idea import FORM
from handlers.dangky.resuming import drop, resume
from handlers.dangky.submitting import hand_in
from handlers.form import consenting
from handlers.form import navigation as form_navigation
from handlers.form.series import PRODUCER as SAME_AGAIN
from registry.applications import applications, drafts, entities
from registry.applications.applications import Application
from registry.applications.drafts import Answer
from registry.applications.entities import Entity
from registry.people.tallies import tally
from registry.store.codes import tidy_code

TOPIC = "dangky"
MOST_ENTITIES = 6


class Consenting(State, frozen=True, tag="dangky.1"):
    """The words after /dangky, which say how the form begins after consent."""

    words: str = ""


def register(desk: Desk, words: str) -> Turn:
    """Offer an unfinished idea, else ask for consent, then begin; with words, begin another one or one like it."""
    left = drafts.open_drafts(desk.db, person_id=desk.person.id, form=FORM)
    if left and not words:
        values = {"title": title_of(desk, left[0])}
        buttons = (Button(ContinueDraft(left[0].key), "form.go_on"), Button(BeginAnother(), "dangky.begin_another"))
        return Turn((Say("dangky.left_unfinished", values, buttons),))
    if not consenting.has_agreed(desk):
        return consenting.ask_consent(desk, _waiting(words))
    own = () if words else _named_entities(desk)
    if own:
        of_each = [Button(RegisterFor(one.id), label=(one.name or "")[:40]) for one in own]
        return Turn((Say("dangky.for_which", buttons=(*of_each, Button(BeginAnother(), "dangky.other_entity"))),))
    return _begin(desk, words)


def _named_entities(desk: Desk) -> tuple[Entity, ...]:
    """The entities a person acts for, offered before a new one is asked about."""
    own = entities.entities_of(desk.db, person_id=desk.person.id)
    return tuple(one for one in own if one.name is not None)[:MOST_ENTITIES]


def _waiting(words: str) -> Waiting:
    return Waiting(TOPIC, "consent", Consenting(words=words))


def hear_consent(desk: Desk, heard: Heard) -> Turn:
    """Take the consent, and go on to what was asked for before it."""
    words = Consenting.from_json(desk.talk.data).words
    return consenting.hear_consent(desk, heard, _waiting(words)) or _begin(desk, words)


def repeat_consent(desk: Desk) -> Turn:
    return consenting.ask_consent(desk, _waiting(Consenting.from_json(desk.talk.data).words))


def _begin(desk: Desk, words: str) -> Turn:
    asked = parse_words("dangky", words)
    if isinstance(asked, RegisterAgain):
        return begin_again(desk, asked.code)
    known, says = _known_already(desk, words)
    draft = drafts.open_draft(desk.db, person_id=desk.person.id, form=FORM, now=desk.now, answers=known)
    tally(desk.db, day=desk.today, what="started", place=desk.person.place or "")
    noted = says[0] if says else Say("dangky.begin", {"of": str(len(desk.pack.forms[FORM].always_required))})
    return form_navigation.go_on(desk, draft, "first", noted=noted)


def _known_already(desk: Desk, words: str) -> tuple[dict[str, Answer], tuple[Say, ...]]:
    """The answers that are known: those of the entity for a further product, or the commune of the poster."""
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    asked = parse_words("dangky", words)
    if isinstance(asked, RegisterFor):
        return _of_entity(desk, asked.entity, mine)
    if isinstance(asked, RegisterLike) and mine:
        like = next((one for one in mine if one.code == tidy_code(asked.code or "")), mine[0])
        same = {field: like.answers[field] for field in SAME_AGAIN if field in like.answers}
        return same, (Say("dangky.same_entity", {"entity": str(same.get("entity_name", ""))}),)
    if desk.person.place is not None and not mine:
        name = inline(desk.places.full_name(desk.person.place))
        return {"place": desk.person.place}, (Say("dangky.place_from_poster", {"place": name}),)
    return {}, ()


def _of_entity(desk: Desk, entity_id: str, mine: tuple[Application, ...]) -> tuple[dict[str, Answer], tuple[Say, ...]]:
    """The answers of an entity: those of its newest application, else its record and the person's number."""
    of = entities.entity_for(desk.db, entity_id=entity_id, person_id=desk.person.id)
    if of is None or of.name is None:
        return {}, ()
    known: dict[str, Answer] = {"entity_kind": of.kind, "entity_name": of.name, "place": of.place}
    if desk.person.phone is not None:
        known["phone"] = desk.person.phone
    newest = next((one for one in mine if one.entity_id == of.id), None)
    if newest is not None:
        known |= {field: newest.answers[field] for field in SAME_AGAIN if field in newest.answers}
    return known, (Say("dangky.same_entity", {"entity": of.name}),)


CONVERSATIONS = (
    Conversation(TOPIC, hear_consent, repeat_consent, behind_danger=lambda desk, _heard: repeat_consent(desk)),
)
COMMANDS = (
    Command(
        "dangky",
        register,
        ("đăng ký", "đăng kí", "dk", "đăng ký ý tưởng", "đăng kí ý tưởng", "đăng ký sản phẩm", "register"),
    ),
    Command("tieptuc", resume, ("tiếp tục", "làm tiếp", "tiep")),
    Command("gui", hand_in, listed=False),
    Command("bosung", add_to, listed=False),
    Command("bophieu", drop, listed=False),
    Command("sua", correct_idea, ("sửa",)),
    Command("phieu", paper, listed=False),
)
