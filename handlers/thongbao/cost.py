"""The cost of a broadcast and the number of people who get it later, for the official who sends it."""

from collections.abc import Collection

from content.language.saying import money_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said


def cost_said(desk: Desk, people: Collection[str], *, parts: int = 1) -> str:
    """
    Describe what a broadcast to these people would cost now, and how many get it by another way or later.

    `people` are the ids of its audience, `parts` the messages per person (1 for a text, one more for each file).
    Empty where nothing costs and everybody gets it at once.
    """
    if desk.house.ways is None or not people:
        return ""
    count = desk.house.ways(desk.db, people, desk.now, parts=parts)
    if not (count.paid or count.template or count.other_channel or count.held or count.dong):
        return ""
    lines = [said(desk, "ways.cost", dong=money_said(count.dong))]
    if count.paid + count.template:
        lines.append(said(desk, "ways.paid", paid=str(count.paid), template=str(count.template)))
    if count.other_channel:
        lines.append(said(desk, "ways.other_channel", count=str(count.other_channel)))
    if count.held:
        lines.append(said(desk, "ways.held", count=str(count.held)))
    return "\n".join(lines)
