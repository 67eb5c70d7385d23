"""The table of a trial: rows of an older database stay, and nobody is in a trial."""

from alembic import command
from alembic.config import Config

from registry.people import trials
from registry.people.people import person
from registry.store import schema
from registry.store.engines import open_engine
from registry.store.schema import NEWEST, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.store.older import older_person
from tests.registry.town import NOW


def test_people_of_an_older_database_are_there_and_in_no_trial(empty_url: str, vault: Vault) -> None:
    engine = open_engine(empty_url, vault)
    with engine.begin() as db:
        config = Config()
        config.set_main_option("script_location", str(schema._FOLDER))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = db
        command.upgrade(config, "0009")
    engine.dispose()
    store = Store(empty_url, vault)
    lai = store.write_now(older_person)
    store.close()

    assert upgrade(empty_url, vault) == ("0009", NEWEST)

    store = Store(empty_url, vault)
    assert store.read_now(person, lai) is not None
    assert store.read_now(trials.standing, of=trials.TESTER) == ()
    store.write_now(trials.admit, person_id=lai, now=NOW)
    assert store.read_now(trials.standing, of=trials.TESTER) == (lai,)
    store.close()
