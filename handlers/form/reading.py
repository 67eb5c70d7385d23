"""Read an answer by the type of its question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from content.actions.answers import Chosen, SayNo, SayYes
from content.fold import fold
from content.language.saying import choices_said, phone_said
from content.language.words import tokens, vocabulary
from content.programme.form_spec import Field
from handlers.conversation.desk import Desk
from handlers.conversation.incoming import Card, IncomingFile
from handlers.conversation.turn import Button, Heard, Say
from handlers.form.remarks import Words, has_none
from handlers.reading.choice import read_choice
from handlers.reading.coordinates import read_coordinates
from handlers.reading.date import read_date
from handlers.reading.heard import LONGEST_READ
from handlers.reading.money import Price, read_price
from handlers.reading.person_name import read_person_name
from handlers.reading.phone import read_phone
from handlers.reading.place import read_place
from handlers.reading.quantity import Quantity, read_quantity
from handlers.reading.since import read_since
from handlers.reading.tax_code import read_tax_code
from handlers.reading.understood import Reading
from registry.applications import files
from registry.applications.drafts import Answer
from registry.people import consents

T = TypeVar("T")

LONGEST_YESNO = 20
MOST_NAMED = 4
"""Choices named where an answer is none of them."""
LONGEST_TEXT = 4096
PHOTOS = ("image/jpeg", "image/png", "image/webp")
DOCUMENTS = (
    *PHOTOS,
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
VOICES = ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr")
NEEDS_CONFIRMING = frozenset({"money", "quantity", "date"})
"""Types that are easily misread: their value is read back and confirmed before it counts."""
CHANGED = frozenset({"reading.place.near", "reading.place.now", "reading.place.old", "reading.phone.renumbered"})
"""Readings whose value is not the typed one: a present place for an old name, a present number for an old one."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer, as JSON.  `confirm` reads it back first; `more` waits for further pieces of the same answer."""

    value: Answer
    confirm: Say | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Which:
    """Several values an answer may mean: the person picks one of them."""

    values: tuple[Answer, ...]
    said: Say


@dataclass(frozen=True, slots=True)
class Unclear:
    """Not understood: what was read, what is expected, an example."""

    said: Say


Answered = Taken | Which | Unclear


def read_answer(desk: Desk, field: Field, heard: Heard, words: Words, before: Answer) -> Answered:
    """Read a message under a question; `words` are its text, `before` is the answer so far (for lists)."""
    said = heard.said
    if said.kind in {"photo", "document", "voice"} and not heard.press:
        return _sent(desk, field, heard, before)
    if field.type in {"photos", "document", "voice"}:
        return Unclear(Say(f"form.wants_{field.type}"))
    if said.kind == "contact" and not heard.press:
        if field.type == "phone":
            return _from(read_phone(said.phone), field) if said.phone else _of_card(said.card)
        return Unclear(Say("form.wants_text", {"example": field.example}))
    place = said.place or (read_coordinates(heard.text) if field.type == "location" else None)
    if place is not None and field.type == "location" and not heard.press:
        return Taken([round(place[0], 5), round(place[1], 5)])
    if said.kind == "location" and not heard.press:
        return Unclear(Say("form.wants_text", {"example": field.example}))
    if field.type == "location":
        return Unclear(Say("form.wants_location"))
    if said.kind in {"sticker", "other"} and not heard.press:
        return Unclear(Say("form.wants_text", {"example": field.example}))
    if heard.press:
        return read_words(desk, field, Words(heard.press), before, pressed=True)
    return read_words(desk, field, words, before, pressed=False)


def _of_card(card: Card | None) -> Answered:
    """Offer the number of somebody else's card, such as a family member's; nobody vouches for it."""
    number = None if card is None else read_phone(card.phone).understood
    if card is None or number is None:
        return Unclear(Say("form.contact_of_somebody_else"))
    values = {"value": phone_said(number), "name": card.name}
    return Taken(number, Say("form.contact_of" if card.name else "form.contact_without_a_name", values))


def read_words(desk: Desk, field: Field, words: Words, before: Answer, *, pressed: bool) -> Answered:
    """Read words by the type of the field."""
    text = words.text
    match field.type:
        case "text":
            return _text(field, words)
        case "person_name":
            return _from(read_person_name(text), field)
        case "choice":
            if pressed and any(choice.id == text for choice in field.choices):
                return Taken(text)
            return _neither(field, words) or _choice(field, text)
        case "choices":
            return _choices(field, words, before, pressed=pressed)
        case "yesno":
            if pressed and text in {"yes", "no"}:
                return Taken(text == "yes")
            return _from(words.yesno, field)
        case "place":
            return _from(read_place(text, desk.places), field)
        case "phone":
            return _from(read_phone(text), field)
        case "money":
            return _in_words(text) or _price(field, read_price(text))
        case "quantity":
            return _in_words(text) or _from(read_quantity(text), field)
        case "date":
            if field.rough:
                return _from(read_since(text, desk.today), field)
            return _from(read_date(text, desk.today), field)
        case "tax_code":
            return _from(read_tax_code(text), field)
        case _:
            return Unclear(Say(f"form.wants_{field.type}"))


def stored(value: object) -> Answer:
    """A reader's value as JSON."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Price):
        rest = {name: part for name, part in (("to", value.to), ("per", value.per)) if part}
        return {"dong": value.dong, **rest} if rest else value.dong
    if isinstance(value, Quantity):
        to = {} if value.to is None else {"to": str(value.to)}
        per = {"per": value.per} if value.per else {}
        return {"amount": str(value.amount), **to, "unit": value.unit, **per}
    return value


def _from(reading: Reading[T], field: Field) -> Answered:
    if reading.understood is not None:
        confirm = field.type in NEEDS_CONFIRMING or reading.said.key in CHANGED
        return Taken(stored(reading.understood), reading.said if confirm else None)
    if reading.ask:
        return Which(tuple(stored(value) for value in reading.ask), reading.said)
    return Unclear(reading.said)


def in_words(value: Answer) -> bool:
    """Tell an amount that is kept as words."""
    return isinstance(value, dict) and "words" in value


def _in_words(text: str) -> Taken | None:
    """
    Keep "tùy mùa" and "to 50k nhỏ 30k" as words: no single figure holds them.

    They are read back before they count; at most LONGEST_READ letters.
    """
    said = tokens(text)
    meanings = [vocabulary("amount_in_words").one(said, at)[1] for at in range(len(said))]
    numbers = sum(token.is_number for token in said)
    if len(text) > LONGEST_READ or not ("depends" in meanings or (meanings.count("sizes") > 1 and numbers > 1)):
        return None
    words = " ".join(text.split())
    return Taken({"words": words}, Say("form.confirm_again", {"value": words}))


def _price(field: Field, reading: Reading[Price]) -> Answered:
    price = reading.understood
    if price is not None and field.most and not field.least <= price.dong <= (price.to or price.dong) <= field.most:
        return Unclear(Say("form.amount_out_of_reason", {"example": field.example}))
    return _from(reading, field)


def _text(field: Field, words: Words) -> Answered:
    text = words.text
    length = len(text)
    most = field.most or LONGEST_TEXT
    if length > most:
        return Unclear(Say("form.too_long", {"length": length, "most": most, "example": field.example}))
    if length < max(field.least, 1) or not any(letter.isalnum() for letter in text) or _bare_yesno(field, words):
        return Unclear(Say("form.too_short", {"example": field.example}))
    return Taken(text)


def _bare_yesno(field: Field, words: Words) -> bool:
    """True for a short yes or no under a required question: nothing has that name."""
    return field.required and len(words.text) <= LONGEST_YESNO and words.yesno.understood is not None


def _neither(field: Field, words: Words) -> Unclear | None:
    """A bare yes or no chooses nothing: "có" is only the beginning of "Có sao"; None for other words."""
    names = {fold(name) for choice in field.choices for name in (choice.label, *choice.words)}
    if words.yesno.understood is None or fold(words.cleaned) in names:
        return None
    choices = choices_said([choice.label for choice in field.choices[:MOST_NAMED]])
    return Unclear(Say("reading.choice.unknown", {"heard": words.text, "choices": choices}))


def _choice(field: Field, words: str) -> Answered:
    reading = read_choice(
        words, [choice.label for choice in field.choices], {choice.label: choice.words for choice in field.choices}
    )
    ids = {choice.label: choice.id for choice in field.choices}
    if reading.understood is not None:
        return Taken(ids[reading.understood])
    if reading.ask:
        return Which(tuple(ids[label] for label in reading.ask), reading.said)
    return Unclear(reading.said)


def _choices(field: Field, words: Words, before: Answer, *, pressed: bool) -> Answered:
    """Several choices: a tap turns one on or off; words may name many, with commas; "không có" is none of them."""
    text = words.text
    chosen: list[str] = list(before or [])
    if pressed and any(choice.id == text for choice in field.choices):
        chosen = [one for one in chosen if one != text] if text in chosen else [*chosen, text]
        return Taken(chosen, more=True)
    if words.yesno.understood is False or has_none(words):
        return Taken([])
    named: list[str] = []
    for part in text.replace(";", ",").replace(" và ", ",").replace("\n", ",").split(","):
        if not part.strip():
            continue
        one = _choice(field, part.strip())
        if not isinstance(one, Taken):
            return one
        named.append(one.value)
    if not named:
        return Unclear(Say("form.too_short", {"example": field.example}))
    return Taken([choice.id for choice in field.choices if choice.id in {*chosen, *named}], more=True)


def _sent(desk: Desk, field: Field, heard: Heard, before: Answer) -> Answered:
    """Store a file if the question asks for its kind; otherwise say what is expected."""
    kinds: Sequence[str] = {"photos": PHOTOS, "document": DOCUMENTS, "voice": VOICES}.get(field.type, ())
    if not kinds:
        return Unclear(Say("form.wants_text", {"example": field.example}))
    kept: list[str] = list(before or []) if field.type == "photos" else []
    for file in heard.said.files:
        if file.mime not in kinds:
            return Unclear(Say(f"form.wants_{field.type}"))
        if field.type == "photos" and field.most and len(kept) >= field.most:
            return Taken(kept, Say("form.photos_enough", {"most": field.most}), more=True)
        wanted = keep_file(desk, file)
        if isinstance(wanted, Say):
            return Unclear(wanted)
        if wanted not in kept:
            kept.append(wanted)
    if not kept:
        return Unclear(Say(f"form.wants_{field.type}"))
    return Taken(kept, more=True) if field.type == "photos" else Taken(kept[0])


def keep_file(desk: Desk, file: IncomingFile) -> str | Say:
    """Keep a file and return its id; for one that is not taken, the reason as a message."""
    if not consents.may_send_files(desk.db, person_id=desk.person.id, on=desk.today):
        return Say("form.file_needs_consent")
    try:
        return files.want(
            desk.db, person_id=desk.person.id, channel=desk.said.channel, ref=file.ref, mime=file.mime, size=file.size,
            name=file.name or None, now=desk.now, quota=desk.house.quota,
        ).id  # fmt: skip
    except files.NotTakenError as refusal:
        return Say(refusal_words(refusal), {"most": files.LARGEST // (1024 * 1024)})


def refusal_words(refusal: files.NotTakenError) -> str:
    """The phrase for a file that is not taken."""
    return {"too_large": "form.file_too_big", "full": "form.no_room_for_all"}.get(refusal.why, "form.no_room")


def choice_buttons(field: Field, before: Answer) -> tuple[Button, ...]:
    """The buttons for the choices of a question; those chosen so far are ticked."""
    match field.type:
        case "choice":
            return tuple(Button(Chosen(choice.id), label=choice.label) for choice in field.choices)
        case "choices":
            chosen = set(before or ())
            return tuple(
                Button(Chosen(choice.id), label=f"✓ {choice.label}" if choice.id in chosen else choice.label)
                for choice in field.choices
            )
        case "yesno":
            return (Button(SayYes(), "form.yes"), Button(SayNo(), "form.no"))
        case _:
            return ()
