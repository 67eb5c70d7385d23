"""Composes messages: the one place where keys become words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from content.actions.action import Action
from content.actions.answers import with_stamp
from content.fold import fold
from content.language.saying import date_said
from content.message import Choice, Message
from content.phrases import Phrase, fill
from content.places.places import inline
from content.programme.programme import VARIANTS
from handlers.conversation.desk import Desk, House
from handlers.conversation.turn import Button, Say
from registry.people.people import Person, person
from registry.telling import Offer

NO_FORM = {"vi": "anh/chị", "en": "you"}
LIST = "; "
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def stamp(version: int) -> str:
    """The mark on the buttons of one question; a press with an earlier mark is ignored."""
    marks = ""
    while True:
        version, rest = divmod(version, 36)
        marks = LETTERS[rest] + marks
        if not version:
            return marks


def words_for(house: House, told: Person) -> dict[str, object]:
    """The values every phrase may use: the form of address, the office, the programme."""
    you = told.address_form or NO_FORM.get(told.language, NO_FORM["vi"])
    if told.language != "vi":
        you = NO_FORM.get(told.language, you)
    office = house.office or house.phrases.say("house.trial_office", told.language)
    return {
        "you": you,
        "You": you[:1].upper() + you[1:],
        "office": office,
        "programme": house.pack.programme.name,
    }


def fill_pack(house: House, told: Person, what: str, text: str, you: str = "") -> str:
    """
    A text of the pack, always with Vietnamese values: otherwise it could read "Sản phẩm của you".

    `you` is about somebody else than the reader, as in a form filled in for them.
    """
    words = words_for(house, replace(told, language="vi"))
    if you:
        words |= {"you": you, "You": you[:1].upper() + you[1:]}
    return fill(what, text, words)


def phrase(house: House, told: Person, key: str, values: Mapping[str, object] | None = None) -> str:
    """One phrase in a person's language, with the values every phrase may use."""
    return house.phrases.say(key, told.language, **(words_for(house, told) | dict(values or {})))


def said(desk: Desk, key: str, /, **values: object) -> str:
    """A phrase inside another one, to the person at the desk."""
    return phrase(desk.house, desk.person, key, values)


def worded(desk: Desk, *parts: Phrase) -> str:
    """Phrases as a list inside another one, to the person at the desk."""
    return LIST.join(phrase(desk.house, desk.person, part.key, part.values) for part in parts)


def day_to(desk: Desk, day: date) -> str:
    """A day in words, in the language of the person at the desk."""
    return date_said(day, desk.today, desk.person.language)


def compose(house: House, told: Person, say: Say, *, version: int = 0, replaces: str | None = None) -> Message:
    """Compose one message of a step.  Buttons that answer a question get its stamp."""
    return Message(
        text=phrase(house, told, say.key, say.values),
        choices=told_apart([_choice(house, told, button, version) for button in say.buttons]),
        attachments=say.attachments,
        ask=say.ask,
        numbered=say.numbered,
        replaces=replaces if say.in_place else None,
    )


def notice(
    house: House,
    told: Person,
    key: str,
    values: Mapping[str, object],
    actions: Sequence[tuple[Action | str, str]] = (),
) -> Message:
    """
    Compose a notice: its buttons are commands (action, key of the label), valid at any later time.

    A label that several of them share may contain their {number}.
    """
    labels = [label for _, label in actions]
    buttons = tuple(
        Button(action, label, values={"number": str(labels[:place].count(label) + 1)})
        for place, (action, label) in enumerate(actions)
    )
    return compose(house, told, Say(key, values, buttons))


def told_apart(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Number the labels that several choices of a message share: a typed label means one of them."""
    alike = Counter(fold(choice.label) for choice in {choice.action: choice for choice in choices}.values())
    seen: Counter[str] = Counter()
    apart = []
    for choice in choices:
        label = fold(choice.label)
        seen[label] += 1
        apart.append(replace(choice, label=f"{choice.label} ({seen[label]})") if alike[label] > 1 else choice)
    return tuple(apart)


def _choice(house: House, told: Person, button: Button, version: int) -> Choice:
    label = button.label or phrase(house, told, button.key, button.values)
    action = button.command
    if action.startswith("="):
        action = with_stamp(action, stamp(version))
    return Choice(label, action)


@dataclass(frozen=True, slots=True)
class Telling:
    """Composes messages for people who did not write (`registry.telling.Teller`)."""

    house: House
    db: Connection
    now: datetime

    def __call__(self, person_id: str, key: str, values: Mapping[str, object], actions: Sequence[Offer]) -> Message:
        told = person(self.db, person_id)
        if told is None:
            raise LookupError(f"Person {person_id} was erased; no message can be composed for them.")
        today = self.now.astimezone(self.house.zone).date()
        plain = {name: self._plain(told, value, today) for name, value in values.items()}
        place = str(plain.get("office") or plain.get("holder", ""))
        plain["office_name"] = plain.get("official") or self._office(told, place)
        plain["due"] = plain.get("due_on") or ""
        plain["reason"] = plain.get("note", "")
        key = self._variant(key, values)
        return notice(self.house, told, key, plain, [(action, label or "button.open") for action, label in actions])

    def _plain(self, told: Person, value: object, today: date) -> object:
        """A value as it is inserted: days and phrases become words."""
        match value:
            case date():
                return date_said(value, today, told.language)
            case Phrase(key, inside):
                return phrase(self.house, told, key, inside)
            case tuple():
                return LIST.join(str(self._plain(told, one, today)) for one in value)
            case _:
                return value

    def _variant(self, key: str, values: Mapping[str, object]) -> str:
        """
        The variant of a phrase: for an office without officials, for one that lost them, or with a last day.

        No last day is promised for an office without officials.
        """
        given = {one: values.get(one) for one in VARIANTS}
        given["due"] = None if given["unheld"] else values.get("due_on")
        return next((f"{key}.{one}" for one in VARIANTS if given[one] and self.house.phrases.has(f"{key}.{one}")), key)

    def _office(self, told: Person, place: str) -> str:
        """The office of a place, where no official has a title."""
        return phrase(self.house, told, "house.office_of", {"place": inline(place)}) if place else ""
