"""A restore of an older backup over one act of each kind: nothing taken away returns, and nothing given back is lost."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from content.message import Message
from content.programme.pack import Pack
from registry.answers import answers, telling
from registry.applications import assisted, claims, delayed_answers, drafts, files, questions, review
from registry.applications.applications import read_application
from registry.broadcasts import broadcasts, running
from registry.deadlines import deadlines, occurrences, pauses
from registry.deliveries.deliveries import enqueue
from registry.deliveries.keys import office_answer
from registry.gatherings import gatherings, planning
from registry.identity import erasing, linking
from registry.identity.reapplying import apply_tombstones
from registry.people import consents, inviting, leaves, official_names, people, roles
from registry.people.roles import OPERATOR
from registry.store.audit import verify
from registry.store.rows import deliveries as delivery_rows
from registry.store.rows import people as people_rows
from registry.store.rows import roles as role_rows
from registry.store.sealing import Vault
from registry.store.store import Store
from registry.store.tombstones import NAME, Kind, read_list
from tests.announced import announced, gathered
from tests.registry.answers.test_answers import asked, published, written
from tests.registry.deadlines.test_deadlines import ideas, planned
from tests.registry.town import COMMUNE, DISTRICT, NOW, TODAY, Town, days

LATER = NOW + timedelta(hours=1)
ANSWERS = {
    "product_name": "Mật ong", "place": COMMUNE, "phone": "+84987000321", "product_kind": "new",
    "product_group": "food", "entity_kind": "household", "entity_name": "Hộ ông Tư", "contact_name": "Tư",
}  # fmt: skip


@pytest.fixture
def town(sqlite_url: str, vault: Vault, pack: Pack, tmp_path: Path) -> Iterator[Town]:
    opened = Store(sqlite_url, vault, tmp_path)
    made = Town(opened, pack)
    made.do(deadlines.seed, pack=pack)
    yield made
    opened.close()


@dataclass
class Backup:
    """A copy of a town's database from before, and the list as it is now."""

    town: Town
    folder: Path

    def make(self, name: str = "old") -> Path:
        copy = self.folder / name / "ocopbot.db"
        copy.parent.mkdir()
        with closing(sqlite3.connect(self.folder / "ocopbot.db", isolation_level=None)) as live:
            live.execute("VACUUM INTO ?", (str(copy),))
        return copy

    def restore(self, copy: Path) -> tuple[Town, dict[Kind, int]]:
        store = Store(f"sqlite:///{copy}", self.town.store.vault)
        listed = read_list(self.folder / NAME).tombstones
        return Town(store, self.town.pack), dict(store.write_now(apply_tombstones, tombstones=listed, now=LATER))


@pytest.fixture
def backup(town: Town, tmp_path: Path) -> Backup:
    return Backup(town, tmp_path)


def one(town: Town, table: Any, row_id: str, key: str = "id") -> Any:
    return town.store.read_now(lambda db: db.execute(select(table).where(table.c[key] == row_id)).one())


def _erased(town: Town) -> Callable[[], Callable[[Town], bool]]:
    gone = town.person("Người Xoá")
    town.do(enqueue, key="to-erased", person_id=gone, kind="status", message=Message("chào"), now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(erasing.erase, pack=town.pack, person_id=gone, now=LATER, tell=town.told)
        return lambda at: (
            one(at, people_rows, gone).data_key is None
            and one(at, delivery_rows, "to-erased", "key").message_sealed is None
            and not at.do(people.accounts_of, gone)
        )

    return act


def _consent(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person = town.person("Thôi")
    town.do(consents.give, person_id=person, purpose="registration", text_version="1", channel="telegram", now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(consents.withdraw, person_id=person, purpose="registration", now=LATER)
        return lambda at: not at.do(consents.has_given, person_id=person, purpose="registration")

    return act


def _messages(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person = town.person("Dừng")
    town.do(people.set_preference, person_id=person, reminders=True, lessons="producers")
    town.do(enqueue, key="unasked", person_id=person, kind="broadcast", message=Message("mời"), now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(people.set_preference, person_id=person, stopped_at=LATER)
        town.do(people.set_preference, person_id=person, paused_until=LATER + days(7), lessons=None)
        town.do(people.set_preference, person_id=person, reminders=False)
        wanted = (LATER, LATER + days(7), False, None)
        return lambda at: (
            (found := at.do(people.person, person)) is not None
            and (found.stopped_at, found.paused_until, found.reminders, found.lessons) == wanted
            and (at is town or one(at, delivery_rows, "unasked", "key").state == "cancelled")
        )

    return act


def _reminders(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person = town.person("Đừng Nhắc")
    planned(town, f"p:{person}", person, ("3", NOW + days(7)))
    deadline = ideas(town)

    def act() -> Callable[[Town], bool]:
        town.do(occurrences.stop_reminding, deadline_id=deadline.id, person_id=person, now=LATER)
        return lambda at: at.do(occurrences.reminders_of, person_id=person) == ()

    return act


def _role(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role = town.official("commune_official", COMMUNE)

    def act() -> Callable[[Town], bool]:
        town.do(roles.revoke, role_id=role.id, by=OPERATOR, places=town.pack.places, on=TODAY, now=LATER)
        return lambda at: at.do(roles.roles_of, person_id=role.person_id, on=TODAY) == ()

    return act


def _term(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role = town.official("commune_official", COMMUNE)

    def act() -> Callable[[Town], bool]:
        town.do(
            roles.grant, person_id=role.person_id, role=role.role, place=role.place, granted_by=OPERATOR, now=LATER,
            until=TODAY,
        )  # fmt: skip
        return lambda at: one(at, role_rows, role.id).until == TODAY

    return act


def _code(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person, finder = town.person("Mới"), town.person("Nhặt Mã")
    code = town.do(
        inviting.invite, pack=town.pack, role="commune_official", place=COMMUNE, by=OPERATOR, on=TODAY, now=NOW
    )
    redeem = {"code": code, "places": town.pack.places, "on": TODAY, "now": LATER}

    def act() -> Callable[[Town], bool]:
        assert town.do(inviting.redeem, person_id=person, **redeem) is not None
        return lambda at: at.do(inviting.redeem, person_id=finder, **redeem) is None

    return act


def _account(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person = town.person("Hai Máy", channel="telegram")
    town.do(people.meet, channel="zalo_oa", account="z1", now=NOW)
    code = town.do(linking.link_code, person_id=person, now=NOW)
    other = town.do(people.account_person, channel="zalo_oa", account="z1")
    town.do(linking.link_by_code, code=code, person_id=other, now=NOW)

    def act() -> Callable[[Town], bool]:
        assert town.do(linking.unlink, channel="zalo_oa", account="z1", now=LATER)
        return lambda at: at.do(people.account_person, channel="zalo_oa", account="z1") != person

    return act


def _broadcast(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role = town.official("district_official", DISTRICT)
    sent = town.do(announced, pack=town.pack, role=role, place=DISTRICT, say=lambda _: Message("Mời bà con"), now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(running.cancel_broadcast, broadcast_id=sent.id, role=role, pack=town.pack, now=LATER)

        def stopped(at: Town) -> bool:
            query = select(delivery_rows.c.state).where(delivery_rows.c.broadcast_id == sent.id)
            states = set(at.store.read_now(lambda db: db.execute(query).scalars().all()))
            return at.do(broadcasts.one, sent.id).state == "cancelled" and "owed" not in states

        return stopped

    return act


def _gathering(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role = town.official("district_official", DISTRICT)
    plan = gatherings.Planned("producers", DISTRICT, "Tập huấn nhãn", "Nhà văn hoá", NOW + days(9), None)
    made = town.do(gathered, pack=town.pack, role=role, planned=plan, now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(
            planning.cancel, pack=town.pack, role=role, gathering_id=made.id, version=made.version, now=LATER,
            tell=town.told,
        )  # fmt: skip
        return lambda at: at.do(gatherings.gathering, made.id).state == "cancelled"

    return act


def _application(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person = town.person("Rút Hồ Sơ")
    idea = town.idea(person)

    def act() -> Callable[[Town], bool]:
        town.do(review.withdraw, pack=town.pack, application_id=idea.id, person_id=person, now=LATER, tell=town.told)
        return lambda at: at.do(read_application, idea.id).status == "withdrawn"

    return act


def _entry(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role = town.official("commune_official", COMMUNE)
    draft = town.do(drafts.open_draft, person_id=role.person_id, form="idea", now=NOW)
    made = town.do(
        assisted.enter, pack=town.pack, role=role, draft_key=draft.key, answers=ANSWERS, consent_version="1", now=NOW,
        tell=town.told,
    )  # fmt: skip

    def act() -> Callable[[Town], bool]:
        town.do(assisted.refuse, pack=town.pack, entry_id=made.id, person_id=made.person_id, now=LATER, tell=town.told)
        return lambda at: (
            one(at, assisted.entries, made.id).answers_sealed is None
            and one(at, people_rows, made.person_id).data_key is None
        )

    return act


def _draft(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person = town.person("Bỏ Phiếu")
    draft = town.do(drafts.open_draft, person_id=person, form="idea", now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(drafts.close_draft, key=draft.key, state="dropped", now=LATER)
        return lambda at: at.do(drafts.open_drafts, person_id=person) == ()

    return act


def _file(town: Town) -> Callable[[], Callable[[Town], bool]]:
    person = town.person("Bỏ Ảnh")
    photo = town.do(files.want, person_id=person, channel="telegram", ref="r", mime="image/png", size=9, now=NOW)

    def act() -> Callable[[Town], bool]:
        assert town.do(files.let_go, file_ids=[photo.id], person_id=person) == 1
        return lambda at: at.do(files.file_by_id, photo.id).state == "leaving"

    return act


def _place(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role = town.official("district_official", DISTRICT)

    def act() -> Callable[[Town], bool]:
        town.do(
            pauses.pause_place, pack=town.pack, place=DISTRICT, last=TODAY + timedelta(days=3), role=role, on=TODAY,
            now=LATER,
        )  # fmt: skip
        return lambda at: [one.place for one in at.do(pauses.pauses_now, now=LATER)] == [DISTRICT]

    return act


def _answer(town: Town) -> Callable[[], Callable[[Town], bool]]:
    author, second = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    asker = town.person("Hỏi")
    asked(town, asker)
    known = written(town, author)
    published(town, known, second)

    def act() -> Callable[[Town], bool]:
        town.do(telling.take_back, pack=town.pack, role=author, answer_id=known.id, tell=town.told, now=LATER)
        return lambda at: (
            at.do(answers.answer, known.id).state == answers.State.WITHDRAWN
            and one(at, delivery_rows, office_answer(known.id, asker).text, "key").state == "cancelled"
        )

    return act


def _stopped(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    asker = town.person("Hỏi Riêng")
    question, _ = town.do(
        questions.ask, pack=town.pack, person_id=asker, place=COMMUNE, text="Nộp ở đâu?", now=NOW, tell=town.told
    )
    town.do(
        questions.answer, pack=town.pack, question_id=question.id, role=role, text="Chuyển tiền ở https://lua.example/x",
        now=NOW, tell=town.told,
    )  # fmt: skip

    def act() -> Callable[[Town], bool]:
        soon = NOW + timedelta(minutes=1)
        assert town.do(
            delayed_answers.stop_answer, pack=town.pack, question_id=question.id, role=above, now=soon, tell=town.told
        )
        query = select(delivery_rows.c.state).where(
            delivery_rows.c.subject_id == question.id, delivery_rows.c.purpose == "answer"
        )
        return lambda at: (
            one(at, questions.questions, question.id).answered_at is None
            and at.store.read_now(lambda db: db.execute(query).scalar_one()) == "cancelled"
        )

    return act


def _claim(town: Town) -> Callable[[], Callable[[Town], bool]]:
    entity_id = town.idea(town.person("Chủ")).entity_id
    made = town.do(claims.ask, entity_id=entity_id, person_id=town.person("Nhận Là Chủ"), now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(claims.change, claims.claims.c.id == made.id, claims.Trigger.REFUSE, now=LATER)
        return lambda at: at.do(claims.claim, made.id).state == claims.State.REFUSED

    return act


def _leave(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role, stand_in = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    on = {"places": town.pack.places, "on": TODAY, "now": NOW}
    leave = town.do(
        leaves.plan_leave, role=role, stand_in_id=stand_in.person_id, first=TODAY, last=TODAY + timedelta(days=7), **on
    )

    def act() -> Callable[[Town], bool]:
        assert town.do(leaves.finish, leave=leave, by=role.person_id, now=LATER)
        return lambda at: at.do(leaves.leave_of, role_id=role.id, on=TODAY) is None

    return act


def _number(town: Town) -> Callable[[], Callable[[Town], bool]]:
    role = town.official("commune_official", COMMUNE)
    mine = {"person_id": role.person_id, "by": role.person_id}
    town.do(official_names.set_official_name, **mine, name="Lan", phone="+84912000111", now=NOW)

    def act() -> Callable[[Town], bool]:
        town.do(official_names.set_official_name, **mine, phone="", now=LATER)
        return lambda at: at.do(official_names.official_name, role.person_id).phone is None

    return act


ACTS = {
    Kind.ERASED: _erased,
    Kind.CONSENT: _consent,
    Kind.MESSAGES: _messages,
    Kind.REMINDERS: _reminders,
    Kind.ROLE: _role,
    Kind.TERM: _term,
    Kind.CODE: _code,
    Kind.ACCOUNT: _account,
    Kind.BROADCAST: _broadcast,
    Kind.GATHERING: _gathering,
    Kind.APPLICATION: _application,
    Kind.ENTRY: _entry,
    Kind.DRAFT: _draft,
    Kind.FILE: _file,
    Kind.PLACE: _place,
    Kind.ANSWER: _answer,
    Kind.STOPPED: _stopped,
    Kind.CLAIM: _claim,
    Kind.LEAVE: _leave,
    Kind.NUMBER: _number,
}


def test_every_kind_of_act_is_tried() -> None:
    assert set(ACTS) == set(Kind)


@pytest.mark.parametrize("kind", ACTS, ids=lambda kind: kind.name.lower())
def test_nothing_taken_away_returns(town: Town, backup: Backup, kind: Kind) -> None:
    act = ACTS[kind](town)
    old, untouched = backup.make(), backup.make("untouched")
    is_gone = act()
    assert is_gone(town)
    before = Town(Store(f"sqlite:///{untouched}", town.store.vault), town.pack)
    assert not is_gone(before)

    at, counts = backup.restore(old)

    assert counts[kind] >= 1
    assert is_gone(at)
    assert at.store.read_now(verify) is None
    before.store.close()
    at.store.close()


def test_all_of_them_at_once_and_the_list_twice(town: Town, backup: Backup) -> None:
    acts = [make(town) for make in ACTS.values()]
    old = backup.make()
    gone = [act() for act in acts]

    at, counts = backup.restore(old)

    assert set(counts) == set(Kind)
    assert [is_gone(at) for is_gone in gone] == [True] * len(gone)
    again = at.store.write_now(apply_tombstones, tombstones=read_list(backup.folder / NAME).tombstones, now=LATER)
    assert again == {}
    at.store.close()


def test_on_the_database_of_the_acts_themselves_nothing_changes(town: Town, backup: Backup) -> None:
    for make in ACTS.values():
        make(town)()
    size = (backup.folder / NAME).stat().st_size

    counts = town.do(apply_tombstones, tombstones=read_list(backup.folder / NAME).tombstones, now=LATER)

    assert counts == {}
    assert (backup.folder / NAME).stat().st_size == size  # the list does not grow by being applied


def test_what_was_given_back_stays(town: Town, backup: Backup) -> None:
    """Stop and take messages again, leave and join, drop and continue, a pause that was ended, a new consent and role."""
    person = town.person("Đổi Ý")
    role = town.official("district_official", DISTRICT)
    draft = town.do(drafts.open_draft, person_id=person, form="idea", now=NOW)
    agreed = {"person_id": person, "purpose": "registration", "text_version": "1", "channel": "telegram"}
    town.do(consents.give, **agreed, now=NOW)
    unlinked = _account(town)
    other = town.do(people.account_person, channel="zalo_oa", account="z1")
    oldest = backup.make("oldest")

    town.do(people.set_preference, person_id=person, stopped_at=NOW)
    town.do(pauses.take_messages_again, person_id=person, now=NOW)
    town.do(drafts.change, key=draft.key, trigger=drafts.Trigger.DROP, now=NOW)
    town.do(drafts.reopen_draft, key=draft.key, now=NOW)
    town.do(consents.withdraw, person_id=person, purpose="registration", now=NOW)
    town.do(consents.give, **agreed, now=NOW)
    town.do(
        pauses.pause_place, pack=town.pack, place=DISTRICT, last=TODAY + timedelta(days=3), role=role, on=TODAY, now=NOW
    )
    town.do(pauses.end_pause, pack=town.pack, place=DISTRICT, role=role, on=TODAY, now=LATER)
    unlinked()
    alone = town.do(people.account_person, channel="zalo_oa", account="z1")
    code = town.do(linking.link_code, person_id=other, now=LATER)
    town.do(linking.link_by_code, code=code, person_id=alone, now=LATER)

    for copy in (oldest, backup.make("newest")):
        at, counts = backup.restore(copy)
        found = at.do(people.person, person)
        assert found is not None
        assert found.wants_unasked(LATER)
        assert [one.key for one in at.do(drafts.open_drafts, person_id=person)] == [draft.key]
        assert at.do(pauses.pauses_now, now=LATER + timedelta(minutes=1)) == ()
        assert at.do(people.account_person, channel="zalo_oa", account="z1") == other
        assert set(counts) <= {Kind.CONSENT, Kind.CODE}  # the first consent, and codes that were used up
        at.store.close()


def test_a_broadcast_that_was_paused_does_not_go_on(town: Town, backup: Backup) -> None:
    role = town.official("district_official", DISTRICT)
    town.person("Bà con")
    sent = town.do(announced, pack=town.pack, role=role, place=DISTRICT, say=lambda _: Message("Mời bà con"), now=NOW)
    old = backup.make()
    assert town.do(running.pause, broadcast_id=sent.id, role=role, pack=town.pack, now=LATER)

    at, counts = backup.restore(old)

    assert counts == {Kind.BROADCAST: 1}
    assert at.do(broadcasts.one, sent.id).state == "paused"
    at.store.close()


def test_rows_made_after_the_backup_are_no_trouble(town: Town, backup: Backup) -> None:
    old = backup.make()
    for make in ACTS.values():
        make(town)()

    at, counts = backup.restore(old)

    assert set(counts) <= {Kind.PLACE}
    at.store.close()
