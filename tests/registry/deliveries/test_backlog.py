"""A look at the health reads the messages that wait or failed, and none of those that were sent."""

import pytest

from registry.deliveries.backlog import backlog
from registry.deliveries.of_broadcasts import hold_back
from registry.deliveries.routing import expire_held
from registry.store.store import open_engine
from tests.crowd import cost_of, crowd
from tests.registry.town import NOW


@pytest.mark.parametrize(
    "unit",
    [lambda db: backlog(db, now=NOW), lambda db: expire_held(db, now=NOW), hold_back],
    ids=["health", "parked messages past their end", "copies of stopped broadcasts"],
)
def test_sent_messages_cost_nothing(unit, sqlite_template, tmp_path, vault, pack) -> None:
    steps = []
    for number in (50, 500):
        file = tmp_path / f"{number}.db"
        file.write_bytes(sqlite_template.read_bytes())
        engine = open_engine(f"sqlite:///{file}", vault, folder=tmp_path)
        with engine.begin() as db:
            crowd(db, pack=pack, now=NOW, number=number)
            steps.append(cost_of(db, unit)[1].steps)
        engine.dispose()

    assert steps[1] <= steps[0]
