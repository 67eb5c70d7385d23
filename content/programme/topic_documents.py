"""The documents that topics cite, found in the programme; and the topic that is generated from all of them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from content.faults import Fault
from content.programme.documents import cited
from content.programme.programme import Programme
from content.programme.topics import Source, Topic, line_of


def with_documents(
    programme: Programme, topics: Mapping[str, Topic], folder: Path, faults: list[Fault]
) -> dict[str, Topic]:
    """Return the topics with ids as sources, and the generated one.  Every unknown citation is a fault."""
    known = {
        topic.id: replace(
            topic, sources=tuple(_found(programme, topic, source, folder, faults) for source in topic.sources)
        )
        for topic in topics.values()
    }
    about = programme.documents_topic
    if about is not None:
        written = known.get(about.id) or Topic(about.id, about.title, ("everyone",), (), (), (about.intro,), ())
        known[about.id] = _generated(programme, written)
    return known


def _found(programme: Programme, topic: Topic, source: Source, folder: Path, faults: list[Fault]) -> Source:
    document = cited(programme.documents, source.document)
    if document is not None:
        return replace(source, document=document.id)
    path = folder / "topics" / f"{topic.id}.md"
    what = f"It cites {source.document!r}, which is not one of the pack's documents."
    remedy = "Add it to `documents` of programme.yaml with its days, or cite one of them by its id."
    faults.append(Fault(f"{folder.resolve().name}/topics/{path.name}", line_of(path, source.document), what, remedy))
    return source


def _generated(programme: Programme, topic: Topic) -> Topic:
    """Add a card about each document: what it is.  Its days are said when the card is shown."""
    laws = [one for one in programme.documents if one.in_force_from is not None]
    cards = tuple("\n".join(filter(None, (f"{one.name}.", one.note))) for one in laws)
    sources = topic.sources or (Source(programme.evaluation.source),) if laws else topic.sources
    return replace(topic, cards=(*topic.cards, *cards), documents=tuple(one.id for one in laws), sources=sources)
