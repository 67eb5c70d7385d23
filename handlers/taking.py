"""One turn as one transaction: take the message, answer, store, enqueue the reply, mark the update done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from content.message import Choice, Message
from handlers.conversation.desk import Desk, House
from handlers.conversation.incoming import Incoming
from handlers.conversation.telling import compose
from handlers.conversation.telling import said as said_to
from handlers.conversation.turn import Keep, Say, Turn
from handlers.front_desk import invited_only
from handlers.front_desk.front_desk import FrontDesk
from handlers.front_desk.repeated_press import repeats_press
from registry.deadlines.occurrences import plan_parked_again
from registry.deliveries import deliveries, keys
from registry.deliveries import routing as ways
from registry.deliveries.claims import enqueue_claimed
from registry.deliveries.deliveries import Pending
from registry.people import people, roles
from registry.people.conversations import Earlier, Pressed, Talk, load_talk, save_talk
from registry.store import inbox
from registry.store.sealing import data_key

ALBUM_GATHERS = timedelta(seconds=1)
"""Photos chosen together arrive one by one; one answer follows the last."""
MOST_EARLIER = 20
"""Earlier commands that can still be typed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """
    The replies of a turn: the number that is queued, and one already claimed by the sender that reserved a slot.

    `toast` is the notice that answers the press itself, where the platform shows one.
    """

    pending: int = 0
    leaving: Pending | None = None
    toast: str = ""


def take_turn(
    db: Connection,
    *,
    house: House,
    front: FrontDesk,
    event_id: int,
    said: Incoming,
    now: datetime,
    lease: timedelta | None = None,
) -> Taken:
    """
    Take one message with all its effects.

    Idempotent per update: it is marked done in the same transaction.  The caller commits.
    With a lease, the first reply is claimed for the sender that reserved a slot.
    During a trial a person who is not invited meets no conversation, and nothing they wrote is stored.
    """
    if not inbox.done(db, event_id=event_id, now=now):
        return Taken()
    if said.kind == "blocked":
        people.leave(db, channel=said.channel, account=said.account, at=said.at)
        return Taken()
    person, account = people.meet(db, channel=said.channel, account=said.account, now=now, spoke_at=min(said.at, now))
    desk = Desk(
        db=db,
        house=house,
        now=now,
        person=person,
        account=account,
        talk=load_talk(db, person.id),
        said=said,
    )
    if invited_only.shuts_out(desk):
        return Taken(int(invited_only.turn_away(desk)))
    ways.release_held(
        db, person_id=person.id, channel=said.channel, account=said.account, now=now, remind_again=plan_parked_again
    )
    desk.roles = roles.roles_of(db, person_id=person.id, on=desk.today)
    turn = front.take(desk)
    if data_key(db, desk.person.id) is None:
        # erased in this turn: the farewell goes to the account as to a new person
        desk.person, desk.account = people.meet(db, channel=said.channel, account=said.account, now=now)
        desk.talk = load_talk(db, desk.person.id)
    messages = settle(desk, turn)
    leaving = None
    for number, (say, message) in enumerate(zip(turn.says, messages, strict=True)):
        if lease is not None and number == 0 and not (say.album or say.once):
            leaving = enqueue_claimed(
                db,
                key=keys.reply(event_id, number),
                person_id=desk.person.id,
                account=desk.account,
                message=message,
                now=now,
                lease=lease,
            )
            if leaving is not None:
                continue
        _enqueue_reply(desk, event_id, number, say, message)
    return Taken(len(messages) - (leaving is not None), leaving, _toast(desk, turn.toast))


def _toast(desk: Desk, say: Say | None) -> str:
    return "" if say is None else said_to(desk, say.key, **say.values)


def settle(desk: Desk, turn: Turn) -> Sequence[Message]:
    """
    Compose the messages of a turn, and store the question that waits with the choices just offered.

    The choices of all messages are numbered through.  If one message takes a number as its answer, none has numbers.
    """
    before = desk.talk
    keeps = isinstance(turn.waits, Keep)
    version = before.version if keeps else before.version + 1
    numbered = all(say.numbered for say in turn.says)
    messages: list[Message] = []
    shown: tuple[Choice, ...] = ()
    for say in turn.says:
        message = compose(desk.house, desk.person, say, version=version, replaces=desk.said.pressed or None)
        messages.append(replace(message, numbered=numbered, first=len(shown) + 1 if numbered else 1))
        shown += message.choices
    if isinstance(turn.waits, Keep):
        after = before
    elif turn.waits is None:
        after = Talk(desk.person.id, version)
    else:
        # a question without choices takes anything that is typed, also a number
        waits = turn.waits
        after = Talk(desk.person.id, version, waits.topic, waits.step, waits.remembered(), numbered=False)
    if shown:
        after = replace(after, offered=shown, numbered=numbered)
    if shown or not keeps:
        after = replace(after, earlier=_earlier(before, shown, numbered=numbered))
    after = replace(after, pressed=_pressed(desk, before))
    asked = shown or not keeps
    if after != before or asked:
        save_talk(desk.db, after, desk.now if asked else before.asked_at or desk.now)
    return messages


def _pressed(desk: Desk, before: Talk) -> Pressed | None:
    """The press that counts as the last one; its own repetitions do not lengthen the time in which they are dropped."""
    said = desk.said
    if not said.private or repeats_press(desk):
        return before.pressed
    if said.kind != "press":
        return None
    return Pressed(said.payload, said.pressed, desk.now)


def _earlier(before: Talk, shown: tuple[Choice, ...], *, numbered: bool) -> tuple[Earlier, ...]:
    """
    The commands of earlier messages that can still be typed.

    They lose the numbers that the new message shows.  Answers to a question are never among them.
    """
    if before.asked_at is None:
        return before.earlier
    at = before.asked_at
    were = [Earlier(choice, place if before.numbered else 0, at) for place, choice in enumerate(before.offered, 1)]
    kept: dict[str, Earlier] = {}
    for one in (*were, *before.earlier):
        if one.choice.action.startswith("/") and one.choice.action not in kept:
            lost = numbered and one.number <= len(shown)
            kept[one.choice.action] = replace(one, number=0) if lost else one
    return tuple(kept.values())[:MOST_EARLIER]


def _enqueue_reply(desk: Desk, event_id: int, number: int, say: Say, message: Message) -> None:
    if say.album:
        key = keys.album_reply(desk.account.id, say.album)
        due = desk.now + ALBUM_GATHERS
        if deliveries.replace_pending(desk.db, key=key, message=message, due_at=due):
            return
        pending = deliveries.enqueue(
            desk.db, key=key, person_id=desk.person.id, kind="reply", message=message, now=desk.now, due_at=due,
            account=desk.account,
        )  # fmt: skip
        if pending is not None:
            return
    deliveries.enqueue(
        desk.db,
        key=keys.intake_reply(say.key, desk.account.id, say.once) if say.once else keys.reply(event_id, number),
        person_id=desk.person.id,
        kind="reply",
        message=message,
        now=desk.now,
        account=desk.account,
    )
