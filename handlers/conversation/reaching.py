"""How each person will get a message, for the official: whom to call where it does not arrive at once."""

from collections import Counter
from collections.abc import Collection, Mapping

from content.language.saying import number_said, phone_said
from content.message import Message
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from registry.deliveries.reaching import Foreseen, Reached, foresee, foresee_each, number_to_call
from registry.people.people import Account
from registry.people.roles import Role
from registry.store.audit import record

MOST_FORESEEN = 200
"""People whose ways are foreseen one by one."""
MOST_CALLED = 5


def reached(desk: Desk, person_id: str, message: Message, account: Account | None = None) -> Reached:
    """The forecast for one message to one person, as far as the channels know now."""
    forecasts = desk.house.forecasts
    return foresee(desk.db, person_id=person_id, message=message, forecasts=forecasts, now=desk.now, account=account)


def learning_said(
    desk: Desk, messages: Mapping[str, Message], phones: Mapping[str, str | None], *, named: bool = True
) -> str:
    """
    One line per person; `phones` holds the numbers this official may see.

    A number is shown only where a call is needed, and then audited.  `named` is false where names are hidden.
    """
    lines = [
        _line(desk, reached(desk, person_id, message), phones, named=named) for person_id, message in messages.items()
    ]
    return "\n".join(lines) or said(desk, "reach.nobody")


def _line(desk: Desk, one: Reached, phones: Mapping[str, str | None], *, named: bool) -> str:
    name = one.name if named and one.name else ""
    if one.how is Foreseen.NOW:
        return said(desk, "reach.now", name=name) if name else said(desk, "reach.now_nameless")
    name = name or said(desk, "reach.somebody")
    phone = phones.get(one.person_id)
    if phone:
        record(
            desk.db, now=desk.now, actor=desk.person.id, act="person.seen", noun="person", noun_id=one.person_id,
            why="call",
        )  # fmt: skip
    call = said(desk, "reach.call", phone=phone_said(phone)) if phone else said(desk, "reach.no_phone")
    return said(desk, f"reach.{one.how.value}", name=name, call=call)


def many_learn_said(
    desk: Desk, role: Role, person_ids: Collection[str], message: Message, *, kind: str = "broadcast"
) -> str:
    """
    How each of many people will learn it: at once, with their next message, or not, and whom to call with the number.

    Of more than `MOST_FORESEEN` only the numbers of people per way are said.
    """
    if len(person_ids) > MOST_FORESEEN:
        return _counted(desk, person_ids)
    each = foresee_each(
        desk.db, person_ids=person_ids, message=message, forecasts=desk.house.forecasts, now=desk.now, kind=kind
    )
    ways = Counter(one.how for one in each)
    if set(ways) <= {Foreseen.NOW}:
        return said(desk, "reach.many_now")
    lines = [said(desk, f"reach.many.{way.value}", count=number_said(ways[way])) for way in Foreseen if ways[way]]
    late = tuple(one for one in each if one.how is not Foreseen.NOW)
    return "\n".join((" ".join(lines), to_call_said(desk, role, late)))


def to_call_said(desk: Desk, role: Role, people: Collection[Reached]) -> str:
    """Whom to call, with the numbers this official may see, each audited; the others by paper."""
    called: list[str] = []
    for one in people:
        phone = number_to_call(desk.db, places=desk.places, role=role, person_id=one.person_id)
        if phone is None or len(called) == MOST_CALLED:
            continue
        record(
            desk.db, now=desk.now, actor=desk.person.id, act="person.seen", noun="person", noun_id=one.person_id,
            why="call",
        )  # fmt: skip
        called.append(f"{one.name or said(desk, 'reach.somebody')} {phone_said(phone)}")
    others = len(people) - len(called)
    lines = [said(desk, "reach.many_call", names=", ".join(called))] if called else []
    if others:
        lines.append(said(desk, "reach.many_paper", count=number_said(others)))
    return " ".join(lines)


def _counted(desk: Desk, person_ids: Collection[str]) -> str:
    held = 0 if desk.house.ways is None else desk.house.ways(desk.db, person_ids, desk.now).held
    if not held:
        return said(desk, "reach.many_now")
    now, late = number_said(len(person_ids) - held), number_said(held)
    return " ".join((said(desk, "reach.many.now", count=now), said(desk, "reach.many.when_they_write", count=late)))


def waiting(desk: Desk, person_ids: Collection[str]) -> int:
    """The number of these people whom a message does not reach at once."""
    return sum(reached(desk, one, Message("")).how is not Foreseen.NOW for one in person_ids)
