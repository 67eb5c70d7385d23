"""The copy of /dulieu has everything that is stored about a person, and nothing of others."""

import json
from typing import Any

from sqlalchemy import Connection, select, update

from registry.applications import questions
from registry.identity.linking import merge
from registry.identity.own_copy import NOT_PERSONAL, OWNERS, own_copy
from registry.store import inbox
from registry.store.rows import accounts, metadata
from registry.store.schema import every_table
from registry.store.sealing import seal_for
from tests.registry.identity.test_who_is_named import fill
from tests.registry.town import NOW, Town

OF_THE_OFFICE = {"broadcasts", "gatherings", "approvals"}
"""Their texts are the office's: they are under the installation's key."""


def _seal_all(db: Connection, person_id: str) -> set[str]:
    """Put a text into every sealed column of the person's own rows, and return these texts."""
    said = set()
    for table in every_table().sorted_tables:
        sealed = [column for column in table.columns if column.name.endswith("_sealed")]
        own = [table.c[name] for name in OWNERS if name in table.c]
        if (not own and table.name not in {"events", "defects"}) or not sealed or table.name in OF_THE_OFFICE:
            continue
        (key,) = table.primary_key.columns
        for row in db.execute(select(key)).all():
            for column in sealed:
                words = f"{table.name}.{column.name}"
                where = f"{table.name}:{column.name.removesuffix('_sealed')}:{row[0]}"
                content = seal_for(db, person_id, where, words)
                db.execute(update(table).where(key == row[0]).values({column.name: content}))
                said.add(words)
    return said


def _person(town: Town) -> tuple[str, set[str]]:
    """A person with a row in every table, and the texts in them."""
    person_id = town.person("Nguyễn Thị Mẫu")
    town.do(lambda db: fill(db, person_id))
    said = town.do(_seal_all, person_id)
    town.do(_account_rows, person_id)
    return person_id, said


def _copy(town: Town, person_id: str) -> dict[str, list[dict[str, Any]]]:
    return json.loads(json.dumps(town.store.read_now(own_copy, person_id=person_id), default=str))


def test_every_table_is_in_the_copy_or_has_its_reason(town: Town) -> None:
    person_id, _ = _person(town)

    found = _copy(town, person_id)

    assert every_table().tables.keys() - found.keys() == NOT_PERSONAL.keys()


def _account_rows(db: Connection, person_id: str) -> None:
    """Tables that know a person by their account."""
    account = db.execute(
        select(accounts).where(accounts.c.person_id == person_id, accounts.c.channel != "accounts")
    ).first()
    assert account is not None
    spendings = metadata.tables["spendings"]
    db.execute(update(spendings).values(account_id=account.id))
    inbox.receive(db, channel=account.channel, event="e", account=account.account, raw=b'{"text": "chao"}', now=NOW)


def test_every_sealed_text_of_the_person_is_opened(town: Town) -> None:
    person_id, said = _person(town)

    found = json.dumps(_copy(town, person_id), ensure_ascii=False)

    assert len(said) > 10
    assert {words for words in said if f'"{words}"' not in found} - {
        "people.name_sealed",
        "people.phone_sealed",
    } == set()
    assert "chao" in found


def test_name_and_number_are_in_it_and_keys_are_not(town: Town) -> None:
    person_id, _ = _person(town)

    (row,) = _copy(town, person_id)["people"]

    assert row["name"] == "Nguyễn Thị Mẫu"
    assert not {"data_key", "phone_print"} & row.keys()


def test_of_a_row_that_only_names_the_person_nothing_of_others_is_in_it(town: Town) -> None:
    official, asker = town.person("Cán bộ"), town.person("Người Hỏi")
    asked, _ = town.do(
        questions.ask, pack=town.pack, person_id=asker, place="19213", text="bí mật của tôi", now=NOW, tell=town.told
    )
    table = metadata.tables["questions"]
    town.do(lambda db: db.execute(update(table).values(answered_by=official, answered_at=NOW)))

    found = _copy(town, official)["questions"]

    assert found == [{"id": asked.id, "place": "19213", "kind": found[0]["kind"], "asked_at": str(NOW),
                      "answered_at": str(NOW), "answered_by": official}]  # fmt: skip
    assert asker not in json.dumps(found)


def test_after_a_link_what_came_from_the_other_account_is_in_it(town: Town) -> None:
    keep, gone = town.person("Mẫu"), town.person("Mẫu", channel="zalo_oa")
    idea = town.idea(gone, story="chuyện của bà")
    town.do(merge, keep=keep, gone=gone, now=NOW)

    found = _copy(town, keep)

    assert [one["code"] for one in found["applications"]] == [idea.code]
    assert "chuyện của bà" in json.dumps(found, ensure_ascii=False)
