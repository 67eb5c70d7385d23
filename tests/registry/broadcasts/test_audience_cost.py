"""The cost of an audience grows with its own people only, and a limit is not counted beyond."""

import pytest

from registry.broadcasts import approvals
from registry.broadcasts.audiences import Counted, Wanted, count
from registry.people.people import meet, set_name, set_preference
from registry.people.roles import grant, roles_of
from registry.store.store import open_engine
from tests.announced import alone
from tests.crowd import Meter, cost_of, crowd
from tests.registry.town import COMMUNE, NOW, PROVINCE

FEW, MANY = 100, 1000
SLACK = 1.2
"""More rows make an index deeper."""


@pytest.fixture
def beside(sqlite_template, tmp_path, vault, pack):
    """Costs of one commune's audience, and of the limit of a province, beside a number of people elsewhere."""

    def measured(number: int) -> tuple[Counted, Meter, Meter]:
        file = tmp_path / f"{number}.db"
        file.write_bytes(sqlite_template.read_bytes())
        engine = open_engine(f"sqlite:///{file}", vault, folder=tmp_path)
        with engine.begin() as db:
            crowd(db, pack=pack, now=NOW, number=number, communes=1)
            for name in ("An", "Bình"):
                known, _ = meet(db, channel="telegram", account=name, now=NOW)
                set_preference(db, person_id=known.id, place=COMMUNE)
                set_name(db, person_id=known.id, name=name)
            official, _ = meet(db, channel="telegram", account="1", now=NOW)
            grant(db, person_id=official.id, role="province_official", place=PROVINCE, granted_by="operator", now=NOW)
            (role,) = roles_of(db, person_id=official.id, on=NOW.date())
            found, counting = cost_of(db, lambda db: count(db, pack=pack, role=role, wanted=Wanted(COMMUNE), now=NOW))
            reasons, limiting = cost_of(
                db,
                lambda db: approvals.reasons_for(
                    db, pack=alone(pack, second_official_above=10), role=role, wanted=Wanted(PROVINCE),
                    texts=("Mai họp",), due_at=NOW, now=NOW,
                ),
            )  # fmt: skip
        engine.dispose()
        assert "many" in reasons
        return found, counting, limiting

    return measured


def test_counting_a_commune_costs_the_same_beside_ten_times_as_many_people_elsewhere(beside) -> None:
    found, few, _ = beside(FEW)
    _, many, _ = beside(MANY)

    assert (found.count, found.channels) == (2, {"telegram": 2})
    assert len(found.some) == 2
    assert many.statements == few.statements
    assert many.steps <= few.steps * SLACK


def test_the_limit_of_one_official_alone_is_not_counted_beyond(beside) -> None:
    _, _, few = beside(FEW)
    _, _, many = beside(MANY)

    assert many.steps <= few.steps * SLACK
