"""Answers as people read them: on the summary, to the official, on the paper."""

from datetime import date
from decimal import Decimal

from content.language.saying import phone_said, price_said, quantity_said, since_said
from content.places.places import Places
from content.programme.form_spec import Field, Form
from handlers.conversation.desk import House
from registry.applications.drafts import Answer, Answers

LONG = 160
"""Letters of an answer that a summary shows; the whole answer is stored."""


def said_answer(house: House, field: Field, value: Answer, today: date, language: str = "vi") -> str:
    """One answer in words; empty without an answer."""
    if value is None or (value == [] and field.type != "choices"):
        return ""
    match field.type:
        case "choice":
            return _label(field, value)
        case "choices":
            labels = ", ".join(_label(field, one) for one in value)
            return labels or house.phrases.say("form.none_of_them", language)
        case "yesno":
            return house.phrases.say("form.yes" if value else "form.no", language)
        case "place":
            return place_said(house.pack.places, value)
        case "phone":
            return phone_said(value)
        case "money":
            return _money_said(value)
        case "quantity":
            return _quantity_said(value)
        case "date":
            return since_said(value, today)
        case "photos":
            return house.phrases.say("form.photos_count", language, count=len(value))
        case "document" | "voice":
            return house.phrases.say("form.one_file", language)
        case "location":
            return f"{value[0]:.5f}, {value[1]:.5f}"
        case _:
            return str(value)


def _money_said(value: Answer) -> str:
    if not isinstance(value, dict):
        return price_said(int(value))
    return str(value["words"]) if "words" in value else price_said(value["dong"], value.get("per", ""), value.get("to"))


def _quantity_said(value: Answer) -> str:
    if "words" in value:
        return str(value["words"])
    to = Decimal(value["to"]) if "to" in value else None
    return quantity_said(Decimal(value["amount"]), value["unit"], to, value.get("per", ""))


def short(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1].rstrip() + "…"


def place_said(places: Places, code: str) -> str:
    """A place with the units above it, as people write addresses."""
    return places.full_name(code)


def answered(form: Form, answers: Answers) -> tuple[Field, ...]:
    """The questions that have an answer, in the order of the form."""
    return tuple(field for field in form.shown(answers) if answers.get(field.id) is not None)


def _label(field: Field, choice: str) -> str:
    try:
        return field.choice(choice).label
    except KeyError:
        return str(choice)
