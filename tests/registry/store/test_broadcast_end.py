"""The migration that gives broadcasts an end and a day, with rows of before it."""

from sqlalchemy import select, text

from registry.store.engines import open_engine
from registry.store.rows import broadcasts
from registry.store.schema import NEWEST, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.store.test_schema import _to

NOW = "2026-12-10 01:00:00.000000+00:00"


def test_an_older_broadcast_has_the_day_it_left_and_no_end(empty_url: str, vault: Vault) -> None:
    engine = open_engine(empty_url, vault)
    with engine.begin() as db:
        _to(db, "0007")
        db.execute(text("INSERT INTO people (id, created_at) VALUES ('p', :now)"), {"now": NOW})
        db.execute(
            text(
                "INSERT INTO roles (id, person_id, role, place, until, granted_by, granted_at)"
                " VALUES ('r', 'p', 'commune_official', '18853', '2027-01-01', 'operator', :now)"
            ),
            {"now": NOW},
        )
        for name, rounds in (("left", 1), ("waits", 0)):
            db.execute(
                text(
                    "INSERT INTO broadcasts (id, number, author, role_id, place, wanted, text_sealed, draft_sealed,"
                    " state, version, reasons, people, confirmed_at, due_at, by_night, rounds)"
                    " VALUES (:id, :id, 'p', 'r', '18853', '{}', :words, :words, 'going', 1, '[]', 1, :now, :now,"
                    " false, :rounds)"
                ),
                {"id": name, "now": NOW, "rounds": rounds, "words": b"x"},
            )
    engine.dispose()

    assert upgrade(empty_url, vault) == ("0007", NEWEST)

    store = Store(empty_url, vault)
    rows = {row.id: row for row in store.read_now(lambda db: db.execute(select(broadcasts)).all())}
    assert rows["left"].dated_at == rows["left"].due_at
    assert rows["waits"].dated_at is None
    assert rows["left"].ends_at is None
    store.close()
