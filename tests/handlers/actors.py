"""People with every role, and the objects of their acts."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from registry.applications import entities
from registry.applications.applications import Application
from registry.applications.entities import NewEntity
from registry.people import roles
from registry.people.roles import OPERATOR, ROLE_IDS, Role
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    NOWHERE,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    SIBLING_COMMUNE,
    Village,
)

PLACES = {
    COMMUNE: {"own": COMMUNE, "sibling": SIBLING_COMMUNE, "parent": DISTRICT, "elsewhere": OTHER_COMMUNE},
    DISTRICT: {
        "own": DISTRICT, "sibling": OTHER_DISTRICT, "parent": PROVINCE, "child": COMMUNE, "elsewhere": OTHER_COMMUNE,
    },
    PROVINCE: {"own": PROVINCE, "child": OTHER_COMMUNE, "elsewhere": NOWHERE},
}  # fmt: skip


HOME = dict.fromkeys(("guest", "producer", "helper", "commune_official"), COMMUNE) | {
    "district_official": DISTRICT, "revoked": DISTRICT, "expired": DISTRICT,
    "province_official": PROVINCE, "admin": PROVINCE,
}  # fmt: skip


@dataclass
class Actor:
    """One who tries: their account, what they hold, and the entity that is theirs."""

    village: Village
    role: str
    account: str = "actor"
    person_id: str = ""
    entity_id: str = ""
    others: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def held(self) -> tuple[Role, ...]:
        return self.village.do(roles.roles_of, person_id=self.person_id, on=self.village.now.date())

    def place(self, scope: str) -> str:
        return PLACES[HOME[self.role]][scope]


def actor_of(village: Village, role: str) -> Actor:
    actor = Actor(village, role)
    home = HOME[role]
    actor.person_id = village.person("actor", "Người thử", place=home if home == COMMUNE else None)
    village.person("somebody", "Người khác", place=COMMUNE)
    if role in {"producer", "helper"}:
        owner = actor.person_id if role == "producer" else village.person("owner", "Chủ hộ", place=COMMUNE)
        entity = village.do(
            entities.add_entity, keeper_id=owner, new=NewEntity("household", COMMUNE, "Hộ của tôi"), now=village.now
        )
        actor.entity_id = entity.id
        actor.others["owner"] = owner
        if role == "helper":
            village.do(
                entities.add_member, entity_id=entity.id, person_id=actor.person_id, part="helper", now=village.now
            )
    given = {"revoked": "district_official", "expired": "district_official"}.get(role, role)
    if given in ROLE_IDS:
        until = village.now.date() - timedelta(days=1) if role == "expired" else None
        held = village.official(actor.account, given, home, until=until)
        if role == "revoked":
            village.do(
                roles.revoke, role_id=held.id, by=OPERATOR, places=village.pack.places, on=village.now.date(),
                now=village.now,
            )  # fmt: skip
    return actor


@dataclass
class Thing:
    """The object of an act: somebody's application (or one's own) with everything that depends on a place."""

    actor: Actor
    scope: str
    canary: str

    @property
    def village(self) -> Village:
        return self.actor.village

    @property
    def place(self) -> str:
        return self.actor.place(self.scope)

    @property
    def mine(self) -> bool:
        return self.scope == "own" and bool(self.actor.entity_id)

    def application(self) -> Application:
        """A new one; its automatic messages have arrived before anything is tried."""
        owner = self.actor.others["owner"] if self.mine else self.village.person("somebody")
        entity = self.actor.entity_id if self.mine else None
        made = self.village.idea(owner, self.place, entity, product_name=self.canary)
        self.village.deliver()
        return made

    def says(self, text: str) -> str:
        before = len(self.village.heard.get(self.actor.account, ()))
        self.village.say(self.actor.account, text)
        return self.since(before)

    def taps(self, label: str) -> None:
        action = self.village.button(self.actor.account, label)
        if action is not None:
            self.village.press(self.actor.account, action)

    def since(self, before: int) -> str:
        heard = self.village.heard[self.actor.account][before:]
        return "\n".join(message.plain + " ".join(choice.label for choice in message.choices) for message in heard)
