"""The migration that adds the answers of an office: questions of the release before keep their words."""

from pathlib import Path

from sqlalchemy import inspect, select, text

from registry.answers.unanswered import unanswered
from registry.store.engines import open_engine
from registry.store.schema import NEWEST, current, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.store.test_schema import _to
from tests.registry.town import NOW


def test_questions_of_the_release_before_are_there_and_open(empty_url: str, vault: Vault, tmp_path: Path) -> None:
    engine = open_engine(empty_url, vault)
    with engine.begin() as db:
        _to(db, "0012")
        sealed = vault.seal_common("unanswered:text:q1", "Làm mã vạch ở đâu")
        db.execute(
            text("INSERT INTO unanswered (id, text_sealed, place, asked_at) VALUES ('q1', :sealed, '19213', :at)"),
            {"sealed": sealed, "at": NOW},
        )
    engine.dispose()

    upgrade(empty_url, vault)

    store = Store(empty_url, vault)
    row = store.read_now(lambda db: db.execute(select(unanswered)).one())
    tables = store.read_now(lambda db: set(inspect(db).get_table_names()))
    assert store.read_now(current) == NEWEST
    store.close()
    assert vault.unseal_common("unanswered:text:q1", row.text_sealed) == "Làm mã vạch ở đâu"
    assert (row.place, row.answer_id, row.dismissed_at) == ("19213", None, None)
    assert {"office_answers", "askers"} <= tables
