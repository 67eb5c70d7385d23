"""Officials have names: sealed, apart from what they gave as producers, moved by a link and gone with an erasure."""

from datetime import timedelta

from sqlalchemy import select, text

from registry.identity import erasing, linking
from registry.people import official_names as names
from registry.people.invitations import invitations
from registry.people.inviting import Card, invite, redeem, wipe_cards
from registry.people.official_names import known_as, official_name, set_official_name
from registry.people.people import set_phone
from registry.people.roles import OPERATOR, roles_at
from registry.store.audit import audit
from registry.store.engines import open_engine
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.store.test_schema import _to
from tests.registry.town import COMMUNE, NOW, TODAY, Town, days

CARD = Card("Nguyễn Thị Lan", "Công chức kinh tế xã", "+84912000111")


def invited(town: Town, card: Card = CARD) -> str:
    return town.do(
        invite, pack=town.pack, role="commune_official", place=COMMUNE, by=OPERATOR, on=TODAY, now=NOW, card=card
    )


def test_a_code_brings_name_title_and_number(town: Town) -> None:
    code, lan = invited(town), town.person()

    role = town.do(redeem, places=town.pack.places, on=TODAY, code=code, person_id=lan, now=NOW)

    assert role is not None
    assert town.do(known_as, role) == "Nguyễn Thị Lan, Công chức kinh tế xã"
    assert town.do(official_name, lan).phone == "+84912000111"


def test_the_number_of_a_producer_is_never_the_number_of_an_official(town: Town) -> None:
    lan = town.person("Chị Lan bán mắm")
    town.do(set_phone, person_id=lan, phone="+84987654321")
    role = town.do(redeem, places=town.pack.places, on=TODAY, code=invited(town, Card()), person_id=lan, now=NOW)

    assert role is not None
    assert town.do(known_as, role) == ""
    assert town.do(official_name, lan).phone is None


def test_a_name_somebody_chose_is_not_replaced_by_an_invitation(town: Town) -> None:
    lan = town.person()
    town.do(set_official_name, person_id=lan, name="Lê Lan", now=NOW, by=lan)

    town.do(redeem, places=town.pack.places, on=TODAY, code=invited(town), person_id=lan, now=NOW)

    assert town.do(official_name, lan).name == "Lê Lan"
    assert town.do(official_name, lan).phone == "+84912000111"


def test_no_readable_name_is_in_the_file_or_the_audit(town: Town) -> None:
    lan = town.person()
    unused = invited(town)
    town.do(redeem, places=town.pack.places, on=TODAY, code=invited(town), person_id=lan, now=NOW)

    rows = town.do(lambda db: [*db.execute(select(invitations)), *db.execute(select(names.official_names))])
    facts = town.do(lambda db: [str(row) for row in db.execute(select(audit))])
    assert unused
    assert "Lan" not in repr(rows)
    assert "Lan" not in "".join(facts)


def test_used_and_expired_invitations_keep_no_name(town: Town) -> None:
    code, lan = invited(town), town.person()
    town.do(redeem, places=town.pack.places, on=TODAY, code=code, person_id=lan, now=NOW)
    invited(town)

    def left() -> int:
        return town.do(
            lambda db: len(db.execute(select(invitations).where(invitations.c.card_sealed.is_not(None))).all())
        )

    assert left() == 1
    assert town.do(wipe_cards, now=NOW).counts == {}
    assert town.do(wipe_cards, now=NOW + days(1)).counts == {"cards": 1}
    assert left() == 0


def test_a_link_moves_the_name_and_an_erasure_destroys_it(town: Town) -> None:
    lan, same = town.person(), town.person()
    town.do(
        set_official_name, person_id=same, name="Nguyễn Thị Lan", phone="+84912000111", now=NOW, by=same, asked=True
    )

    town.do(linking.merge, keep=lan, gone=same, now=NOW + timedelta(hours=1))
    moved = town.do(official_name, lan)
    town.do(erasing.erase, pack=town.pack, person_id=lan, now=NOW + days(1), tell=town.told)

    assert (moved.name, moved.phone, moved.asked) == ("Nguyễn Thị Lan", "+84912000111", True)
    assert town.do(official_name, same).name is None
    assert town.do(lambda db: db.execute(select(names.official_names)).all()) == []


def test_setting_the_same_name_again_writes_nothing(town: Town) -> None:
    lan = town.person()
    for _ in range(2):
        town.do(set_official_name, person_id=lan, name="Lê  Lan", now=NOW, by=lan)

    acts = town.do(lambda db: db.execute(select(audit).where(audit.c.act == "official.name")).all())
    assert len(acts) == 1


def test_an_invitation_of_the_release_before_opens_a_role_without_a_name(empty_url: str, vault: Vault) -> None:
    engine = open_engine(empty_url, vault)
    with engine.begin() as db:
        _to(db, "0010")
        db.execute(
            text(
                'INSERT INTO invitations (code_print, kind, role, place, "by", created_at, expires_at) '
                "VALUES ('x', 'role', 'commune_official', '19213', 'operator', :now, :later)"
            ),
            {"now": NOW.replace(tzinfo=None), "later": (NOW + days(1)).replace(tzinfo=None)},
        )
    engine.dispose()

    upgrade(empty_url, vault)

    store = Store(empty_url, vault)
    row = store.read_now(lambda db: db.execute(select(invitations)).one())
    assert (row.place, row.card_sealed, row.until) == ("19213", None, None)
    assert store.read_now(lambda db: db.execute(select(names.official_names)).all()) == []
    store.close()


def test_an_official_of_the_release_before_is_at_work(empty_url: str, vault: Vault) -> None:
    engine = open_engine(empty_url, vault)
    with engine.begin() as db:
        _to(db, "0013")
        db.execute(
            text(
                "INSERT INTO people (id, language, reminders, sample, created_at) VALUES ('p', 'vi', false, false, :now)"
            ),
            {"now": NOW.replace(tzinfo=None)},
        )
        db.execute(
            text(
                "INSERT INTO roles (id, person_id, role, place, until, granted_by, granted_at)"
                " VALUES ('r', 'p', 'commune_official', '19213', '2022-01-01', 'operator', :now)"
            ),
            {"now": NOW.replace(tzinfo=None)},
        )
    engine.dispose()

    upgrade(empty_url, vault)

    store = Store(empty_url, vault)
    assert [one.id for one in store.read_now(roles_at, place=COMMUNE, on=TODAY)] == ["r"]
    store.close()
