"""/gioithieu: what OCOP is, by the producer's own situation, on short cards with their source."""

from content.topics import Source, Topic
from handlers.desk import Desk
from handlers.front_desk import Command
from handlers.telling import said
from handlers.turn import KEEP, Button, Say, Turn
from registry.tallies import tally

MOST_LISTED = 8


def introduce(desk: Desk, words: str) -> Turn:
    """The situations to choose from; with a topic's id its cards; with an audience's id its topics."""
    topic_id, _, card = words.partition(" ")
    topic = desk.pack.topics.get(topic_id)
    if topic is not None:
        return Turn((card_said(desk, topic, int(card) if card.isdecimal() else 0),), KEEP)
    if topic_id in desk.pack.lessons:
        return Turn((_listed(desk, topic_id, int(card) if card.isdecimal() else 0),), KEEP)
    buttons = [
        Button(f"/gioithieu {audience}", f"gioithieu.audience.{audience}")
        for audience in ("new", "completing", "recognised")
        if audience in desk.pack.lessons
    ]
    first = next(iter(desk.pack.topics))
    return Turn(
        (
            Say(
                "gioithieu.choose",
                buttons=(Button(f"/gioithieu {first}", label=desk.pack.topics[first].title), *buttons),
            ),
        ),
        KEEP,
    )


def card_said(desk: Desk, topic: Topic, number: int = 0, *, key: str = "gioithieu.card") -> Say:
    """One card of a topic, with where it comes from and a way on."""
    number = min(max(number, 0), len(topic.cards) - 1)
    tally(desk.db, day=desk.today, what="heard", place=desk.person.place or "")
    buttons = []
    if number + 1 < len(topic.cards):
        buttons.append(Button(f"/gioithieu {topic.id} {number + 1}", "gioithieu.more"))
    else:
        buttons += [
            Button(f"/gioithieu {related}", label=desk.pack.topics[related].title)
            for related in topic.related[:2]
            if related in desk.pack.topics
        ]
    buttons.append(Button("/dangky", "menu.register"))
    values = {
        "title": topic.title,
        "body": topic.cards[number],
        "source": "; ".join(source_said(desk, source) for source in topic.sources),
    }
    return Say(key, values, tuple(buttons))


def source_said(desk: Desk, source: Source) -> str:
    """A source as people cite it; one that is no longer in force says so."""
    cited = f"{source.document}, {source.detail}" if source.detail else source.document
    return cited if source.in_force else f"{cited} {said(desk, 'gioithieu.no_longer_in_force')}"


def _listed(desk: Desk, audience: str, start: int) -> Say:
    ids = desk.pack.lessons[audience]
    shown = ids[start : start + MOST_LISTED]
    buttons = [Button(f"/gioithieu {one}", label=desk.pack.topics[one].title) for one in shown]
    if start + MOST_LISTED < len(ids):
        buttons.append(Button(f"/gioithieu {audience} {start + MOST_LISTED}", "gioithieu.further"))
    return Say("gioithieu.topics", {"audience": _name(desk, audience)}, tuple(buttons))


def _name(desk: Desk, audience: str) -> str:
    return said(desk, f"gioithieu.audience.{audience}")


COMMANDS = (
    Command("gioithieu", introduce, ("giới thiệu", "tìm hiểu", "tìm hiểu ocop", "giới thiệu ocop", "xem tài liệu")),
)
