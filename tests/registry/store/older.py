"""A person in the tables of an older release, which lack the columns that came later."""

from sqlalchemy import Connection, insert

from registry.store.rows import accounts, people
from registry.store.sealing import vault_of
from tests.registry.town import NOW


def older_person(db: Connection, name: str = "") -> str:
    """Enter a person with an account and perhaps a name, by the columns of the first release; return their id."""
    vault = vault_of(db)
    key = vault.new_data_key()
    sealed = vault.seal(key, "people:name:lai", name) if name else None
    db.execute(insert(people).values(id="lai", data_key=key, name_sealed=sealed, created_at=NOW))
    db.execute(
        insert(accounts).values(
            id="alai", person_id="lai", channel="telegram", account="1", state="open", last_spoke_at=NOW
        )
    )
    return "lai"
