"""
/lienket: link a person's accounts on two channels by a one-time code; /bolienket takes this account out again.

A phone number that both platforms vouch for is another way: the other account is asked, and only its yes links.
A typed number neither links nor reveals its owner.
"""

from content.actions.action import parse_words
from content.actions.producers import DeclineLink, Link, LinkByNumber, LinkForSure, Unlink
from content.message import Message
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import reached
from handlers.conversation.telling import Telling
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.reading.phone import read_phone
from registry.deliveries import deliveries, keys
from registry.deliveries.reaching import Foreseen
from registry.identity import linking
from registry.people import consents, people
from registry.people.conversations import load_talk
from registry.people.one_time_codes import bare_code
from registry.people.people import Account, Person
from registry.telling import Offer


def link(desk: Desk, words: str) -> Turn:
    """Without a code, give one to type on the other channel; with a code, link to the person who asked for it."""
    if not words:
        return _give_code(desk)
    match parse_words("lienket", words):
        case LinkByNumber():
            return ask_other_account(desk)
        case DeclineLink(code):
            return _decline(desk, code)
        case LinkForSure(code):
            return join(desk, code, sure=True)
    return join(desk, words.split(maxsplit=1)[0])  # "/lienket ABCD1234 nhé"


def _give_code(desk: Desk) -> Turn:
    code = linking.link_code(desk.db, person_id=desk.person.id, now=desk.now)
    others = [one.channel for one in people.accounts_of(desk.db, desk.person.id) if one.id != desk.account.id]
    buttons = (Button("/bolienket", "lienket.unlink"),) if others else ()
    return Turn((Say("lienket.code", {"code": Link(code).command}, buttons),), KEEP)


def join(desk: Desk, code: str, *, sure: bool = False) -> Turn:
    """
    Give this account to the person who asked for the code, and notify their other account.

    Asks first, naming that person: a stranger might talk somebody into typing a code.
    """
    code = bare_code(code.removeprefix("lk_"))
    asker = linking.who_asked(desk.db, code=code, person_id=desk.person.id, now=desk.now)
    if asker is not None and asker.id != desk.person.id and not sure:
        buttons = (Button(LinkForSure(code), "lienket.join_sure"), Button("/menu", "lienket.join_not"))
        if not asker.name:
            account = people.reach(desk.db, asker.id)
            values = {"channel": channel_said(desk, account.channel if account else "", desk.person.language)}
            return Turn((Say("lienket.join_ask_nameless", values, buttons),))
        return Turn((Say("lienket.join_ask", {"name": masked(asker.name)}, buttons),))
    linked = linking.link_by_code(desk.db, code=code, person_id=desk.person.id, now=desk.now)
    if linked is None:
        return _worthless()
    if not linked.changed:
        return Turn((Say("lienket.same"),), KEEP)
    kept = people.person(desk.db, linked.person_id)
    if kept is None:
        return _worthless()
    other = next(
        (one for one in people.accounts_of(desk.db, kept.id) if one.id != desk.account.id and one.state == "open"), None
    )
    if other is not None:
        _tell(desk, kept, other, keys.linked(desk.account.id, desk.now), "lienket.told", "")
    desk.refresh(kept)
    desk.talk = load_talk(desk.db, kept.id)
    ways = (Button("/tieptuc", "form.go_on"), Button("/hoso", "menu.files"))
    return Turn((Say("lienket.joined", buttons=ways),))


def _worthless() -> Turn:
    return Turn((Say("lienket.worthless", buttons=(Button("/menu", "front.menu"),)),), KEEP)


def _tell(desk: Desk, told: Person, account: Account, key: keys.Key, phrase: str, code: str) -> None:
    """Notify one account of a person about an act or a question of this account."""
    actions: tuple[Offer, ...] = (
        ((LinkForSure(code), "lienket.join_sure"), (DeclineLink(code), "lienket.not_me"))
        if code
        else (("/bolienket", "lienket.unlink"),)
    )
    values = {"channel": channel_said(desk, desk.said.channel, told.language)}
    deliveries.enqueue(
        desk.db,
        key=key,
        person_id=told.id,
        kind="status",
        message=Telling(desk.house, desk.db, desk.now)(told.id, phrase, values, actions),
        now=desk.now,
        not_after=desk.now + linking.ANSWER_WITHIN if code else None,
        account=account,
    )


def channel_said(desk: Desk, channel: str, language: str) -> str:
    """The name of a channel, as people call it."""
    key = f"channel.{channel}"
    return desk.house.phrases.say(key if desk.house.phrases.has(key) else "channel.other", language)


def masked(name: str) -> str:
    """Shorten a name: its owner recognises it and a stranger does not learn it ('N. T. Mẫu')."""
    words = name.split()
    return " ".join([*(f"{word[0]}." for word in words[:-1]), *words[-1:]])


# --- by a number both platforms vouch for -----------------------------------------------------------------------------


def vouched(desk: Desk) -> Say | None:
    """
    Store the number a platform vouches for, and offer to link the account another platform vouches it for.

    Stores nothing before consent.  Another person's contact has no number and changes nothing.
    """
    number = read_phone(desk.said.phone).understood if desk.said.phone else None
    if number is None or not consents.has_given(desk.db, person_id=desk.person.id, purpose="registration"):
        return None
    linking.vouch_phone(desk.db, person_id=desk.person.id, phone=number, now=desk.now)
    other = linking.namesake(desk.db, person_id=desk.person.id, now=desk.now)
    account = None if other is None else people.reach(desk.db, other)
    if account is None:
        return None
    values = {"channel": channel_said(desk, account.channel, desk.person.language)}
    return Say("lienket.same_number", values, (Button(LinkByNumber(), "lienket.ask_there"),), numbered=False)


def ask_other_account(desk: Desk) -> Turn:
    """Ask the other account once whether it is the same person; the answer counts within a day."""
    asked = linking.ask_namesake(desk.db, person_id=desk.person.id, now=desk.now)
    told = None if asked is None else people.person(desk.db, asked[0])
    account = None if told is None else people.reach(desk.db, told.id)
    if asked is None or told is None or account is None:
        return Turn((Say("lienket.nobody_to_ask"),), KEEP)
    _tell(desk, told, account, keys.same_person(desk.person.id, desk.now), "lienket.same_ask", asked[1])
    values = {"channel": channel_said(desk, account.channel, desk.person.language)}
    there = reached(desk, told.id, Message(""), account).how
    return Turn((Say("lienket.asked_there" if there is Foreseen.NOW else "lienket.asked_waits", values),), KEEP)


def _decline(desk: Desk, code: str) -> Turn:
    """Use up the code without linking."""
    linking.not_the_same(desk.db, code=code, person_id=desk.person.id, now=desk.now)
    return Turn((Say("lienket.declined"),), KEEP)


def unlink(desk: Desk, words: str) -> Turn:
    """Take this account out, asked twice; the rest stays with the other accounts."""
    if parse_words("bolienket", words) != Unlink():
        buttons = (Button(Unlink(), "lienket.unlink_sure"), Button("/menu", "lienket.unlink_not"))
        return Turn((Say("lienket.unlink_ask", buttons=buttons),))  # ends a waiting question: a number answers this one
    if not linking.unlink(desk.db, channel=desk.said.channel, account=desk.said.account, now=desk.now):
        return Turn((Say("lienket.only_one"),), KEEP)
    desk.person, desk.account = people.meet(desk.db, channel=desk.said.channel, account=desk.said.account, now=desk.now)
    desk.talk = load_talk(desk.db, desk.person.id)
    return Turn((Say("lienket.unlinked", buttons=(Button("/menu", "front.menu"),)),))


COMMANDS = (
    Command("lienket", link, ("liên kết", "kết nối")),
    Command("bolienket", unlink, listed=False),
)
