"""How each person will get a message, for the official: whom to call where it does not arrive at once."""

from collections.abc import Collection, Mapping

from content.language.saying import phone_said
from content.message import Message
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from registry.deliveries.reaching import Foreseen, Reached, foresee
from registry.people.people import Account
from registry.store.audit import record


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


def waiting(desk: Desk, person_ids: Collection[str]) -> int:
    """The number of these people whom a message does not reach at once."""
    return sum(reached(desk, one, Message("")).how is not Foreseen.NOW for one in person_ids)
