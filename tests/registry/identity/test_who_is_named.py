"""Every column that names a person is accounted for when two are one, and when one is forgotten."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, Text, event, insert, select, update
from sqlalchemy import Date as DateType

from content.message import Message
from registry.broadcasts import audiences
from registry.broadcasts.approvals import OwnApprovalError
from registry.broadcasts.audiences import Wanted, tags
from registry.broadcasts.broadcasts import Draft
from registry.broadcasts.handing_in import approve, hand_in
from registry.identity import erasing, linking
from registry.identity.nouns import NOUNS, TABLES, UNCHANGED, Noun
from registry.people import people
from registry.store.rows import UTCDateTime, deliveries
from registry.store.schema import every_table
from registry.store.sealing import seal_for
from tests.registry.town import COMMUNE, NOW, PROVINCE, Town, days

_NAMED_WITHOUT_A_KEY = re.compile(r"^(by|.*_by|actor|author)$")
_NO_PERSON = {"broadcasts.by_night", "recognitions.issued_by"}
_WRITTEN = re.compile(r"(?:UPDATE|INSERT INTO|DELETE FROM) (\w+)")
_SEALED_AT = {
    "drafts.answers_sealed": "drafts:answers:drafts",
    "entries.answers_sealed": "entries:answers:entries",
    "official_names.name_sealed": "official_names:name:{person}",
    "official_names.phone_sealed": "official_names:phone:{person}",
    "conversations.state_sealed": "conversations:state:{person}",
}
"""The columns a link opens under one key and closes under the other."""

STAY_AFTER_A_LINK = {
    "applications.person_id": "under whose key it lies; seen through the entity",
    "audit.actor": "chained; who did it did it",
    "deliveries.person_id": "under whose key its words lie; read through merged_ids",
    "enclosures.person_id": "under whose key its words lie; read through merged_ids",
    "entities.keeper_id": "under whose key its name lies",
    "events.actor": "who did it did it",
    "files.person_id": "under whose key it lies; read through merged_ids",
    "notices.person_id": "of a lesson or a digest for the account that is gone, which nobody gets",
    "occurrences.person_id": "closed: the one who stays has their own",
    "products.keeper_id": "under whose key its name is",
    "questions.person_id": "under whose key it lies",
    "web_history.person_id": "under whose key it lies; shown by account",
}
STAY_AFTER_BEING_FORGOTTEN = {
    "applications.person_id": "that there was one, without words",
    "approvals.person_id": "an official's word to an announcement of the office",
    "audit.actor": "an id without anybody",
    "broadcasts.author": "an announcement of the office",
    "claims.person_id": "lapsed",
    "consents.person_id": "the proof that it was given",
    "deliveries.person_id": "that something was said, without words and account",
    "drafts.person_id": "dropped, without words",
    "enclosures.person_id": "closed, without words",
    "enclosures.typed_by": "typed for somebody else",
    "entities.keeper_id": "that there was one, without words",
    "entries.helper_id": "closed",
    "entries.person_id": "closed, without words",
    "events.actor": "that it happened",
    "files.person_id": "until housekeeping removed the bytes nobody can read",
    "gatherings.approved_by": "an official's word to a training of the office",
    "gatherings.author": "a training of the office",
    "gatherings.taken_up_by": "an official who changes a training of the office",
    "gatherings.words_by": "an official's word to a training of the office",
    "invitations.by": "worth nothing without who gave it",
    "invitations.redeemed_by": "used up",
    "notices.person_id": "closed",
    "office_answers.author": "an answer of the office",
    "office_answers.decided_by": "an official's word to an answer of the office",
    "office_answers.withdrawn_by": "an official's word to an answer of the office",
    "occurrences.person_id": "closed",
    "pauses.by": "a pause of a place",
    "products.keeper_id": "that there was one, without a name",
    "questions.answered_by": "an answer to somebody else",
    "questions.person_id": "without words",
    "roles.granted_by": "of others",
    "roles.person_id": "revoked",
}


def names_a_person(column: Column[Any]) -> bool:
    if f"{column.table.name}.{column.name}" in _NO_PERSON:
        return False
    keys = any(key.target_fullname == "people.id" for key in column.foreign_keys)
    return keys or (isinstance(column.type, Text) and _NAMED_WITHOUT_A_KEY.match(column.name) is not None)


def fill(db: Connection, person_id: str) -> None:
    """One row in every table, each naming this person wherever a person is named."""
    for table in every_table().sorted_tables:
        if table.name == "people":
            continue
        counted = table.c.id if "id" in table.c and isinstance(table.c.id.type, Integer) else None
        row = {column.name: _some(db, column, person_id) for column in table.columns if column is not counted}
        db.execute(insert(table).values(row))


def _some(db: Connection, column: Column[Any], person_id: str) -> Any:
    name = f"{column.table.name}.{column.name}"
    if names_a_person(column):
        return person_id
    if name in _SEALED_AT:
        return seal_for(db, person_id, _SEALED_AT[name].format(person=person_id), {})
    for key in column.foreign_keys:
        parent = every_table().tables[key.target_fullname.partition(".")[0]]
        return None if parent is column.table else parent.name
    if column.name == "state":
        return {"entries": "waiting", "drafts": "open"}.get(column.table.name, "planned")
    if column.name in {"redeemed_at", "revoked_at", "withdrawn_at"}:
        return None
    kinds: dict[type[Any], Any] = {
        Boolean: False, Integer: 1, LargeBinary: b"sealed", DateType: date(2030, 1, 1), UTCDateTime: NOW + days(1),
    }  # fmt: skip
    for kind, value in kinds.items():
        if isinstance(column.type, kind):
            return value
    return column.table.name if isinstance(column.type, Text) else {}


def naming(db: Connection, person_id: str) -> set[str]:
    found = set()
    for table in every_table().sorted_tables:
        for column in table.columns:
            if names_a_person(column) and db.execute(select(column).where(column == person_id)).first() is not None:
                found.add(f"{table.name}.{column.name}")
    return found


def everywhere() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in every_table().sorted_tables
        for column in table.columns
        if names_a_person(column) and table.name != "people"
    }


def test_every_table_that_names_a_person_belongs_to_one_noun_on_the_list() -> None:
    named = {name.partition(".")[0] for name in everywhere()}
    owned = [table for tables in TABLES.values() for table in tables]

    assert len(owned) == len(set(owned))
    assert not set(owned) & set(UNCHANGED)
    assert {*owned, *UNCHANGED} == named | {"people"}


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_a_noun_writes_only_its_own_tables_when_a_name_changes(town: Town, noun: Noun) -> None:
    keep, gone = town.person(), town.person()
    town.do(fill, gone)
    written: set[str] = set()

    def change(db: Connection) -> None:
        listen = ("before_cursor_execute", lambda *spoken: written.update(_WRITTEN.findall(spoken[2])))
        event.listen(db, *listen)
        noun.take_over(db, keep=keep, gone=gone, now=NOW)
        noun.forget(db, person_id=keep, now=NOW)
        event.remove(db, *listen)

    town.do(change)

    assert written <= TABLES[noun]


def test_a_link_leaves_the_other_name_only_where_their_key_is_needed(town: Town) -> None:
    keep, gone = town.person(), town.person()
    town.do(fill, gone)
    assert town.do(naming, gone) == everywhere()

    town.do(linking.merge, keep=keep, gone=gone, now=NOW)

    assert town.do(naming, gone) == set(STAY_AFTER_A_LINK)


def test_a_link_of_two_who_have_the_same_of_everything_is_made(town: Town) -> None:
    keep, gone = town.person(), town.person()
    town.do(fill, gone)
    for one in (keep, gone):
        town.do(lambda db, one=one: db.execute(insert(tags).values(person_id=one, place="x", tag="dau", at=NOW)))

    town.do(linking.merge, keep=keep, gone=gone, now=NOW)

    assert sorted(town.do(audiences.tags_of, person_id=keep)) == ["dau", "tags"]


def test_being_forgotten_leaves_the_name_only_where_it_says_nothing_of_them(town: Town) -> None:
    gone = town.person()
    town.do(fill, gone)

    town.do(erasing.erase, pack=town.pack, person_id=gone, now=NOW, tell=town.told)

    assert town.do(naming, gone) == set(STAY_AFTER_BEING_FORGOTTEN)


def test_it_is_never_more_than_one_step_to_who_somebody_is_now(town: Town) -> None:
    first, second, third = town.person(), town.person(), town.person()
    town.do(linking.merge, keep=second, gone=first, now=NOW)
    town.do(linking.merge, keep=third, gone=second, now=NOW)
    assert town.do(people.current, person_id=first) == third
    assert set(town.do(people.merged_ids, person_id=third)) == {first, second, third}


def test_nobody_approves_on_a_linked_account_what_they_wrote_on_the_other(town: Town) -> None:
    author, other = town.official("commune_official", COMMUNE), town.official("province_official", PROVINCE)
    draft = Draft("Xem tại ocop.gov.vn", Message)
    made = town.do(hand_in, pack=town.pack, role=author, wanted=Wanted(COMMUNE), draft=draft, now=NOW, tell=town.told)

    town.do(linking.merge, keep=other.person_id, gone=author.person_id, now=NOW)

    values = {"broadcast_id": made.id, "version": made.version, "people": 0}
    with pytest.raises(OwnApprovalError):
        town.do(approve, pack=town.pack, role=other, now=NOW, tell=town.told, **values)


def test_a_correction_finds_who_got_the_announcement_on_an_account_that_was_linked_since(town: Town) -> None:
    author, keep, gone = town.official("province_official", PROVINCE), town.person(), town.person()
    town.do(people.set_preference, person_id=keep, place=None)
    draft = Draft("Họp", Message)
    made = town.do(hand_in, pack=town.pack, role=author, wanted=Wanted(COMMUNE), draft=draft, now=NOW, tell=town.told)
    town.do(lambda db: db.execute(update(deliveries).values(state="sent", sent_at=NOW)))

    town.do(linking.merge, keep=keep, gone=gone, now=NOW)

    again = Wanted(COMMUNE, corrects=made.id)
    assert town.do(audiences.count, pack=town.pack, role=author, wanted=again, now=NOW).count == 1


def test_an_office_finds_by_phone_the_person_who_is_left(town: Town) -> None:
    keep, gone = town.person(), town.person()
    for one, phone in ((keep, "+84912000111"), (gone, "+84912000222")):
        town.do(people.set_phone, person_id=one, phone=phone)

    town.do(linking.merge, keep=keep, gone=gone, now=NOW)

    assert town.do(people.by_phone, "+84912000222") == keep
