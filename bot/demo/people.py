"""The sample people of the demo, and the sessions by which a page acts as one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.channels.webchat.channel import Sessions
from bot.settings.clock import VIETNAM
from content.programme.pack import Demo as Script
from content.programme.pack import DemoPerson, Pack
from handlers.reading.phone import read_phone
from registry.deliveries.web_history import CHANNEL
from registry.identity import linking
from registry.imports.listed import ListedEntity, ListedProduct
from registry.imports.taking import take_in
from registry.people import inviting, people, roles
from registry.people.inviting import Card

PHONES = {"telegram": "5000000001", "zalo_oa": "7000000000000000001"}
"""The producer's accounts on the local platforms."""
LISTED = "MAU-1"
"""The office's number of the sample entity and of its product."""
EARLIER = timedelta(minutes=1)
"""Their last message there is this long before the start: until the next one notices go to the web chat."""


@dataclass(frozen=True, slots=True)
class Player:
    """
    One sample person; `session` opens their web chat, `account` is where it is kept.

    `phones` are their accounts on the other channels.
    """

    about: DemoPerson
    session: str
    account: str
    phones: Mapping[str, str] = field(default_factory=dict)

    @property
    def accounts(self) -> Mapping[str, str]:
        """All accounts by channel."""
        return {CHANNEL: self.account, **self.phones}

    @property
    def official(self) -> bool:
        return bool(self.about.role)


def players_of(script: Script, sessions: Sessions) -> dict[str, Player]:
    """Return the people of a script, in its order; with the same key the sessions are the same."""
    seated: dict[str, Player] = {}
    first = next(about.id for about in script.cast if not about.role)
    for about in (*script.cast, *script.others):
        session = sessions.issue(f"demo:{about.id}")
        phones = PHONES if about.id == first else {}
        seated[about.id] = Player(about, session, sessions.account(session) or "", phones)
    return seated


def invite_players(db: Connection, *, players: Mapping[str, Player], now: datetime) -> int:
    """
    Create the missing people, with names, forms of address, places and roles, and return their number.

    The first producer of the cast gets no place and no number: the demo shows how a person gives them.
    Idempotent, whatever the people have changed since.
    """
    made = 0
    producer = next((one for one in players.values() if not one.official), None)
    today = now.astimezone(VIETNAM).date()
    for player in players.values():
        about = player.about
        known = people.account_person(db, channel=CHANNEL, account=player.account)
        person_id = known if known is not None and people.person(db, known) is not None else None
        if person_id is None:
            person_id = people.meet(db, channel=CHANNEL, account=player.account, now=now, sample=True)[0].id
            made += 1
            people.set_name(db, person_id=person_id, name=about.name)
            if about.address_form:
                people.set_preference(db, person_id=person_id, address_form=about.address_form)
            if not player.official and player is not producer:
                people.set_preference(db, person_id=person_id, place=about.place)
                phone = read_phone(about.phone).understood
                if phone is not None:
                    people.set_phone(db, person_id=person_id, phone=phone)
        _link_phones(db, player=player, person_id=person_id, now=now)
        if player.official and not roles.roles_of(db, person_id=person_id, on=today):
            roles.grant(
                db,
                person_id=person_id,
                role=about.role,
                place=about.place,
                granted_by=roles.OPERATOR,
                now=now,
                title=about.title,
            )
            card = Card(about.name, phone=read_phone(about.phone).understood or "")
            inviting.introduce(db, person_id=person_id, card=card, by=roles.OPERATOR, now=now)
    return made


def list_products(db: Connection, *, pack: Pack, script: Script, now: datetime) -> None:
    """Take in the sample list of the office: one recognised product that nobody has claimed yet.  Idempotent."""
    one = script.listed
    if one is None:
        return
    maker = script.person(one.of)
    entity = ListedEntity(LISTED, one.entity, one.kind, maker.place, None, maker.name)
    product = ListedProduct(
        LISTED, LISTED, one.product, one.group, one.certificate, one.stars, one.issued_on, one.ends_on
    )
    take_in(db, pack=pack, listed=[entity], products=[product], now=now)


def _link_phones(db: Connection, *, player: Player, person_id: str, now: datetime) -> None:
    """Link the accounts of the other channels to their person; one that was unlinked since stays so."""
    for channel, account in player.phones.items():
        known = people.account_person(db, channel=channel, account=account)
        if known is None or people.person(db, known) is None:
            met, _ = people.meet(db, channel=channel, account=account, now=now - EARLIER, sample=True)
            linking.merge(db, keep=person_id, gone=met.id, now=now)
