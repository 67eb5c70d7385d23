"""The phrases about a document on a day: in a source line, on its own card, and under every answer of an ended law."""

from collections.abc import Iterable
from datetime import date

from content.phrases import Phrase
from content.programme.documents import Document, Standing
from content.programme.pack import Pack
from content.programme.topics import Source, Topic


def sources_said(pack: Pack, sources: Iterable[Source], on: date) -> tuple[Phrase, ...]:
    """The sources of a text as people cite them, each with what is no longer, or not yet, true of it."""
    said = []
    for source in sources:
        document = pack.programme.document(source.document)
        name = f"{document.short}, {source.detail}" if source.detail else document.short
        ending, values = _said(pack, document, on)
        said.append(Phrase(f"law.cited.{ending}", values | {"name": name}))
    return tuple(said)


def law_said(pack: Pack, on: date) -> Phrase | None:
    """The sentence under every answer while the law of the whole pack is not in force; None while it is."""
    law = pack.programme.law
    ending, values = _said(pack, law, on)
    return None if law.in_force(on) else Phrase(f"law.pack.{ending}", values)


def days_said(pack: Pack, document_id: str, on: date) -> Phrase:
    """The sentence on the card of a document: from when, until when, replaced by what."""
    ending, values = _said(pack, pack.programme.document(document_id), on)
    return Phrase(f"law.days.{ending}", values)


def known_card(pack: Pack, topic: Topic, number: int, on: date) -> bool:
    """True unless a generated card is about a document that is issued after this day."""
    about = topic.document_at(number)
    return about is None or pack.programme.document(about).known(on)


def _said(pack: Pack, document: Document, on: date) -> tuple[str, dict[str, object]]:
    """The ending of the phrase about a document on a day, and its values."""
    days = {"begins": document.in_force_from, "ends": document.in_force_to, "suspended": document.suspended_from}
    values: dict[str, object] = {key: "" if day is None else f"{day:%d/%m/%Y}" for key, day in days.items()}
    successor = pack.programme.document(document.replaced_by) if document.replaced_by else None
    by = successor.short if successor is not None and successor.known(on) else ""
    match document.standing(on):
        case Standing.AHEAD:
            ending = "ahead"
        case Standing.SUSPENDED:
            ending = "suspended"
        case Standing.ENDED:
            ending = "replaced" if by else "ended"
        case Standing.IN_FORCE | Standing.GUIDE:
            ending = "in_force"
    return ending, values | {"name": document.short, "by": by}
