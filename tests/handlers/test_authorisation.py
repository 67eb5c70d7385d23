"""
The authorisation table (authorisation.tsv): role × scope × act, tried on a real database.

`own` is the place of a role, or what belongs to a producer's own entity; `sibling` lies beside it,
`parent` above it, `child` below it, `elsewhere` in another district and in no place of the programme.
`producer` owns an entity, `helper` helps in it and holds the role of a helper in its commune.
A cell `-` does not exist for that role.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from content.message import Message
from handlers.rooms import COMMANDS
from registry import broadcasts, checklists, entities, questions, roles
from registry.applications import Application
from registry.entities import NewEntity
from registry.roles import ACTS, OPERATOR, ROLE_IDS, Role, may, may_own
from registry.rows import broadcasts as broadcast_rows
from registry.rows import checklist_items, drafts, invitations
from registry.rows import questions as question_rows
from registry.rows import roles as role_rows
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    NOWHERE,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    SIBLING_COMMUNE,
    Village,
    open_village,
    pack_of,
)

TABLE = Path(__file__).with_name("authorisation.tsv")
SCOPES = ("own", "sibling", "parent", "child", "elsewhere")
ROLES = (
    "guest", "producer", "helper", "commune_official", "district_official", "province_official", "admin", "revoked",
    "expired",
)  # fmt: skip
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
DECIDED_BY_THE_DISTRICT = {"review.accept", "review.return", "review.decline"}
"""In the older programme ideas are decided by the district or above it, whatever else a commune may."""


def rows() -> Iterator[tuple[str, str, dict[str, str]]]:
    lines = TABLE.read_text("utf-8").splitlines()
    assert lines[0].split("\t") == ["act", "role", *SCOPES]
    for line in lines[1:]:
        act, role, *cells = line.split("\t")
        yield act, role, dict(zip(SCOPES, cells, strict=True))


CELLS = {(act, role, scope): cell for act, role, cells in rows() for scope, cell in cells.items()}
ACTS_OF_TABLE = {act for act, _, _ in CELLS}


def test_every_act_has_a_row_for_every_role_and_no_row_is_left_over() -> None:
    assert {(act, role, scope) for act in ACTS for role in ROLES for scope in SCOPES} == set(CELLS)
    assert set(CELLS.values()) == {"allowed", "refused", "-"}


def test_every_role_of_the_house_stands_in_the_table() -> None:
    assert set(ROLE_IDS) <= set(ROLES)


def test_a_cell_is_left_out_only_where_there_is_no_such_place() -> None:
    for (_, role, scope), cell in CELLS.items():
        assert (cell == "-") == (scope not in PLACES[HOME[role]]), (role, scope)


# --- the rule itself --------------------------------------------------------------------------------------------------


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


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


@pytest.mark.parametrize("role", ROLES)
def test_the_rule_says_what_the_table_says(village: Village, role: str) -> None:
    actor = actor_of(village, role)
    places, today = village.pack.places, village.now.date()
    somebodys = village.do(
        entities.add_entity,
        keeper_id=village.person("somebody"),
        new=NewEntity("household", COMMUNE, "Hộ khác"),
        now=village.now,
    )
    wrong = []
    for act, scope in itertools.product(sorted(ACTS_OF_TABLE), SCOPES):
        cell = CELLS[act, role, scope]
        if cell == "-":
            continue
        at = {actor.place(scope)} | ({NOWHERE, ""} if scope == "elsewhere" else set())
        entity = actor.entity_id if scope == "own" and actor.entity_id else somebodys.id
        part = village.do(entities.part_of, entity_id=entity, person_id=actor.person_id)
        allowed = {
            may_own(part, act) or any(may(held, act, place, places, on=today) for held in actor.held) for place in at
        }
        if allowed != {cell == "allowed"}:
            wrong.append((act, role, scope, cell))
    assert not wrong


@pytest.mark.parametrize("role", ["revoked", "expired"])
def test_a_role_kept_in_memory_past_its_end_is_worth_nothing(village: Village, role: str) -> None:
    actor = actor_of(village, role)
    row = village.do(lambda db: db.execute(select(role_rows.c.id)).scalar_one())
    held = village.do(roles.role_by_id, row)
    assert held is not None
    assert not any(may(held, act, DISTRICT, village.pack.places, on=village.now.date()) for act in ACTS)
    assert actor.held == ()


def test_an_act_that_is_not_in_the_table_is_nobodys() -> None:
    role = Role("r", "p", "admin", PROVINCE, None, date(2022, 1, 1))
    assert not may(role, "application.delete", PROVINCE, pack_of("quang-binh-2021").places, on=date(2021, 6, 1))
    assert not may_own("owner", "application.delete")


# --- the acts, tried in the chat --------------------------------------------------------------------------------------


@dataclass
class Thing:
    """What is tried on: somebody's application (or one's own) and all that hangs on a place."""

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
        """A new one; what is told of it by itself has arrived before anything is tried."""
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


def see_application(thing: Thing) -> bool:
    return thing.canary in thing.says(f"/duyet {thing.application().code}")


def accept(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/quyet {application.code} {application.version} accept")
    return thing.village.fresh(application).status == "idea_accepted"


def return_(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/quyet {application.code} {application.version} return")
    thing.says("1: xin ghi rõ tên hơn")
    thing.taps("Gửi trả")
    thing.says("/huy")
    return thing.village.fresh(application).status == "idea_needs_changes"


def decline(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/quyet {application.code} {application.version} decline")
    thing.says("Sản phẩm không thuộc nhóm nào của chương trình")
    thing.taps("Gửi")
    thing.says("/huy")
    return thing.village.fresh(application).status == "idea_declined"


def announce(thing: Thing) -> bool:
    """Through the chat as far as it lets one, and past it at the function that sends."""
    sent = len(_broadcasts(thing.village))
    for held in thing.actor.held:
        try:
            thing.village.do(
                broadcasts.start,
                pack=thing.village.pack,
                role=held,
                place=thing.place,
                say=Message,
                now=thing.village.now,
            )
        except roles.NotAllowedError:
            continue
    thing.says("/thongbao")
    thing.says("/huy")
    return len(_broadcasts(thing.village)) > sent


def _broadcasts(village: Village) -> list[str]:
    return list(village.do(lambda db: db.execute(select(broadcast_rows.c.id)).scalars().all()))


def _announced(thing: Thing) -> broadcasts.Broadcast:
    """One that was sent in this place under this actor's name, whoever they are now."""
    role = thing.village.official(f"sender-{thing.canary}", "district_official", OTHER_DISTRICT)
    sent = thing.village.do(
        broadcasts.start, pack=thing.village.pack, role=role, place=OTHER_DISTRICT,
        say=lambda _number: Message("Bản tin"), now=thing.village.now,
    )  # fmt: skip
    thing.village.do(
        lambda db: db.execute(
            broadcast_rows.update()
            .where(broadcast_rows.c.id == sent.id)
            .values(author=thing.actor.person_id, place=thing.place)
        )
    )
    return sent


def report(thing: Thing) -> bool:
    sent = _announced(thing)
    return sent.number in thing.says(f"/thongbao so {sent.id}")


def cancel(thing: Thing) -> bool:
    sent = _announced(thing)
    thing.says(f"/thongbao dung {sent.id}")
    state = select(broadcast_rows.c.state).where(broadcast_rows.c.id == sent.id)
    return thing.village.do(lambda db: db.execute(state).scalar_one()) == "cancelled"


def _asked(thing: Thing) -> str:
    question, _ = thing.village.do(
        questions.ask, pack=thing.village.pack, person_id=thing.village.person("somebody"), place=thing.place,
        text=thing.canary, now=thing.village.now, tell=_silent,
    )  # fmt: skip
    return question.id


def _silent(person_id: str, key: str, values: object, actions: object) -> Message:
    return Message(f"{key} {person_id}"[:40])


def see_question(thing: Thing) -> bool:
    question = _asked(thing)
    seen = thing.canary in thing.says(f"/traloi {question}")
    thing.says("/huy")
    return seen


def answer_question(thing: Thing) -> bool:
    question = _asked(thing)
    thing.says(f"/traloi {question}")
    thing.says("Mời bà con tới Ủy ban sáng thứ Hai")
    answered = select(question_rows.c.answered_at).where(question_rows.c.id == question)
    return thing.village.do(lambda db: db.execute(answered).scalar_one()) is not None


def see_unanswered(thing: Thing) -> bool:
    thing.village.do(questions.note_unanswered, text=thing.canary, place=thing.place, now=thing.village.now)
    return thing.canary in thing.says("/cauhoi")


def see_counts(thing: Thing) -> bool:
    application = thing.application()
    item = thing.village.pack.programme.kind("new").items[0]
    thing.village.do(
        lambda db: db.execute(
            checklist_items.insert().values(
                application_id=application.id, item=item.id, state="need_help", updated_at=thing.village.now
            )
        )
    )
    places, today = thing.village.pack.places, thing.village.now.date()
    return any(
        thing.place in thing.village.do(checklists.counts_by_place, role=held, places=places, on=today)
        for held in thing.actor.held
    )


def see_own(thing: Thing) -> bool:
    application = thing.application()
    seen = {thing.canary in thing.says(f"/{command} {application.code}") for command in ("trangthai", "xem")} | {
        "paper:" in repr(thing.village.say(thing.actor.account, f"/phieu {application.code}"))
    }
    assert len(seen) == 1, "the ways of looking at an application do not agree"
    return seen.pop()


def edit_own(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/sua {application.code} product_name")
    thing.says(f"{thing.canary} mới")
    thing.taps("Gửi")
    thing.says("/huy")
    opened = select(func.count()).select_from(drafts).where(drafts.c.application_id == application.id)
    begun = thing.village.do(lambda db: db.execute(opened).scalar_one()) > 0
    changed = thing.village.fresh(application).product == f"{thing.canary} mới"
    assert begun == changed
    return changed


def withdraw_own(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/ruthoso {application.code} chac")
    return thing.village.fresh(application).status == "withdrawn"


def set_item(thing: Thing) -> bool:
    application = thing.application()
    item = thing.village.pack.programme.kind("new").items[0]
    thing.says(f"/vieccanlam {application.code} {item.id} co")
    ticked = thing.village.do(checklists.checklist, pack=thing.village.pack, application=application)
    return ticked[0].state == "have"


def see_entity(thing: Thing) -> bool:
    return thing.village.do(
        entities.entity_for, entity_id=thing.application().entity_id, person_id=thing.actor.person_id
    ) is not None  # fmt: skip


def invite_own(thing: Thing) -> bool:
    application = thing.application()
    codes = select(func.count()).select_from(invitations).where(invitations.c.entity_id == application.entity_id)
    before = thing.village.do(lambda db: db.execute(codes).scalar_one())
    thing.says(f"/moinguoi {application.entity_id}")
    return thing.village.do(lambda db: db.execute(codes).scalar_one()) > before


TRIED: dict[str, Callable[[Thing], bool]] = {
    "review.see": see_application,
    "review.accept": accept,
    "review.return": return_,
    "review.decline": decline,
    "announce.send": announce,
    "announce.report": report,
    "announce.cancel": cancel,
    "question.see": see_question,
    "question.answer": answer_question,
    "unanswered.see": see_unanswered,
    "checklist.counts": see_counts,
    "application.see_own": see_own,
    "application.edit_own": edit_own,
    "application.withdraw_own": withdraw_own,
    "checklist.set_own": set_item,
    "entity.see_own": see_entity,
    "entity.invite_own": invite_own,
}
BY_ITS_OWN_TESTS = {
    "review.record", "figures.see", "deadline.move", "export.run", "import.run", "role.see", "role.invite",
    "role.revoke", "poster.make", "entry.for_others", "audit.see", "health.see", "entity.edit_own",
}  # fmt: skip
"""Acts no command of the chat does: what their functions refuse is tried beside those functions."""


def test_every_act_of_the_table_is_tried_or_named_as_no_act_of_the_chat() -> None:
    assert set(TRIED) | BY_ITS_OWN_TESTS == ACTS_OF_TABLE
    assert not set(TRIED) & BY_ITS_OWN_TESTS


def test_no_command_of_the_chat_does_an_act_of_which_it_is_said_that_none_does() -> None:
    names = {command.name for command in COMMANDS}
    assert not names & {"hanchot", "lamho", "baocao", "capquyen", "nhatky"}


def expected(act: str, role: str, scope: str) -> bool:
    cell = CELLS[act, role, scope]
    if act == "application.see_own":
        cell = "allowed" if "allowed" in {cell, CELLS["review.see", role, scope]} else cell
    if act in DECIDED_BY_THE_DISTRICT and role == "commune_official":
        return False
    return cell == "allowed"


@pytest.mark.parametrize("act", sorted(TRIED))
@pytest.mark.parametrize("role", ROLES)
def test_who_tries_an_act_gets_what_the_table_says(village: Village, role: str, act: str) -> None:
    actor = actor_of(village, role)
    got = {}
    wanted = {}
    for scope in SCOPES:
        if CELLS[act, role, scope] == "-":
            continue
        canary = f"Canary{next(actor.numbers)}{scope}"
        got[scope] = TRIED[act](Thing(actor, scope, canary))
        wanted[scope] = expected(act, role, scope)
    assert got == wanted
