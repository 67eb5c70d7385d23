"""`ask` and `read`: try what the bot understands, without a database and without anybody being told."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.chosen import settings_of
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from content.finder.search import Answer
    from content.phrases import Phrases
    from content.programme.pack import Pack
    from handlers.reading.understood import Reading

AS_JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


SMALL_TALK = {
    "greeting": "the greeting, with the menu",
    "who": "the greeting, which says that a machine answers and who runs it",
    "thanks": "a short welcome",
}
"""The answer to each kind of small talk, in the words of an operator."""


class Kind(StrEnum):
    """The kinds of text that can be read."""

    PLACE = "place"
    MONEY = "money"
    QUANTITY = "quantity"
    DATE = "date"
    PHONE = "phone"
    YESNO = "yesno"
    CHOICE = "choice"


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command("ask")(ask)
    app.command("read")(read)


def ask(
    ctx: typer.Context,
    question: Annotated[str | None, typer.Argument(help="Without it, one question a line from standard input.")] = None,
    as_json: AS_JSON = False,
    place: Annotated[
        str, typer.Option("--place", help="Ask as somebody of this place; without it the answers of every place count.")
    ] = "",
) -> None:
    """
    Show the topic, or the office's answer (dap:…), that answers a question, and those offered with it.

    A danger is answered before any topic.  A damaged question is turned back where that is certain, else nothing
    answers it.
    """
    from bot.commands.office_answers import AskingTheOffice
    from content.finder.search import Answer, answers_of
    from content.language.danger import asked_about, danger_in
    from content.language.legacy import damage, turned
    from content.language.small_talk import small_talk_in

    pack = _pack(ctx)
    on = pack.places.on
    answers = answers_of(pack)
    if place and pack.places.get(place) is None:
        raise CommandError(f"{place!r} is not a place of this pack. Nothing was asked. Give a code of places.csv.")
    asking = AskingTheOffice(settings_of(ctx), pack, place)
    for asked in _inputs(question):
        text = turned(unicodedata.normalize("NFC", asked))
        about = asked_about(text)
        found = (
            Answer(None, ())
            if about is not None or damage(text) is not None
            else asking.with_office(text, answers.ask(text))
        )
        if as_json:
            sure = found.topic is not None
            _print_json(
                {"question": asked, "sure": sure, "answer": found.topic, "suggestions": list(found.suggestions)}
            )
            continue
        title = "–" if found.topic is None else f"{found.topic}: {asking.title(found.topic)}"
        print(asked, flush=True)
        if (danger := danger_in(asked)) is not None:
            print(f"  danger       {danger}: answered before any topic", flush=True)
        elif about is not None:
            print(f"  danger       a question about it ({about}): answered before any topic", flush=True)
            continue
        if kind := small_talk_in(text):
            print(f"  small talk   {kind}: {SMALL_TALK[kind]}", flush=True)
            continue
        print(f"  answer       {title}", flush=True)
        _print_law(pack, found, on)
        for one in found.suggestions:
            print(f"  suggestion   {one}: {asking.title(one)}", flush=True)


def _print_law(pack: "Pack", found: "Answer", on: date) -> None:
    """Print the documents an answer rests on that are not in force on the day, and the document it is about."""
    if found.topic is None or found.topic not in pack.topics:
        return
    documents = {one.document for one in pack.topics[found.topic].sources} | {pack.programme.law.id}
    for document in pack.programme.documents:
        standing = document.standing(on)
        if document.id == found.document or (document.id in documents and not document.in_force(on)):
            print(f"  document     {document.short}: {standing.value} on {on.isoformat()}", flush=True)


def read(
    ctx: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What to read.")],
    text: Annotated[str | None, typer.Argument(help="Without it, one input a line from standard input.")] = None,
    choices: Annotated[str, typer.Option("--choices", help='For choice: the labels, "a|b|c".')] = "",
    as_json: AS_JSON = False,
) -> None:
    """Show how the bot reads a text, and the sentence it would answer."""
    labels = [label.strip() for label in choices.split("|") if label.strip()]
    if (kind is Kind.CHOICE) != bool(labels):
        raise CommandError('`read choice` takes --choices "a|b", and nothing else does. Nothing was read.')
    from content.phrases import Phrases

    pack, phrases = _pack(ctx), Phrases.load()
    office = settings_of(ctx).office or phrases.say("house.trial_office")
    reader = _reader(kind, pack, pack.places.on, labels)
    for said in _inputs(text):
        reading = reader(unicodedata.normalize("NFC", said))
        sentence = _sentence(reading, phrases, office, pack.programme.name)
        understood = None if reading.understood is None else _plain(reading.understood)
        offered = [_plain(one) for one in reading.ask]
        if as_json:
            _print_json({"text": said, "understood": understood, "ask": offered, "said": sentence})
            continue
        shown = json.dumps(understood if offered == [] else offered, ensure_ascii=False)
        print(
            f"{said}\n  {'understood' if offered == [] else 'ask       '}   {shown}\n  said         {sentence}",
            flush=True,
        )


def _pack(ctx: typer.Context) -> "Pack":
    from bot.settings.settings import day_of
    from content.programme.pack import load_pack

    settings = settings_of(ctx)
    return load_pack(settings.pack, day_of(settings, datetime.now(UTC)))


def _reader(kind: Kind, pack: "Pack", today: date, labels: list[str]) -> Callable[[str], "Reading[Any]"]:
    """The reader of a kind; only that one is imported."""
    match kind:
        case Kind.PLACE:
            from handlers.reading.place import read_place

            return lambda text: read_place(text, pack.places)
        case Kind.MONEY:
            from handlers.reading.money import read_money

            return read_money
        case Kind.QUANTITY:
            from handlers.reading.quantity import read_quantity

            return read_quantity
        case Kind.DATE:
            from handlers.reading.date import read_date

            return lambda text: read_date(text, today)
        case Kind.PHONE:
            from handlers.reading.phone import read_phone

            return read_phone
        case Kind.YESNO:
            from handlers.reading.yesno import read_yesno

            return read_yesno
        case Kind.CHOICE:
            from handlers.reading.choice import read_choice

            return lambda text: read_choice(text, labels)


def _inputs(given: str | None) -> Iterable[str]:
    return _lines() if given is None else (given,)


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def _plain(value: Any) -> Any:
    """A value as JSON holds it: days as ISO, amounts whole where they are whole."""
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "to_json"):
        return value.to_json()
    return value


def _sentence(reading: "Reading[Any]", phrases: "Phrases", office: str, programme: str) -> str:
    from content.message import BOLD, PLAIN

    always: dict[str, object] = {"office": office, "programme": programme}
    if phrases.placeholders(reading.said.key) & {"you", "You"}:
        from handlers.conversation.telling import NO_FORM

        you = NO_FORM["vi"]
        always |= {"you": you, "You": you[:1].upper() + you[1:]}
    values: dict[str, Any] = always | dict(reading.said.values)
    text = phrases.say(reading.said.key, **values)
    return text.replace(BOLD, "").replace(PLAIN, "")


def _print_json(found: Mapping[str, Any]) -> None:
    print(json.dumps(found, ensure_ascii=False), flush=True)
