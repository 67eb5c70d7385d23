"""The mode of a trial and the people of it, on both databases."""

from datetime import timedelta

from sqlalchemy import select

from content.message import Message
from registry.broadcasts.audiences import Wanted, count
from registry.deliveries.claims import claim_ready
from registry.deliveries.deliveries import enqueue
from registry.deliveries.held_by_trial import held
from registry.identity import ending_trial
from registry.identity.erasing import erase
from registry.identity.linking import link_by_code, link_code
from registry.people import trials
from registry.people.people import person
from registry.people.roles import OPERATOR, revoke
from registry.store.audit import audit
from registry.store.rows import deliveries
from tests.registry.town import COMMUNE, DISTRICT, NOW, TODAY, Town, days


def begin(town: Town) -> None:
    assert town.do(trials.follow, wanted=True, now=NOW) is trials.Mode.ON


def acts(town: Town) -> list[str]:
    return list(town.do(lambda db: db.execute(select(audit.c.act).where(audit.c.noun_id == "trial")).scalars().all()))


def test_a_trial_begins_once_and_its_beginning_is_in_the_audit(town: Town) -> None:
    begin(town)
    begin(town)

    assert acts(town) == ["trial.begin"]
    assert town.do(trials.begun_at) == NOW


def test_who_is_invited(town: Town) -> None:
    official, tester, visitor = town.official("commune_official", COMMUNE), town.person(), town.person()
    begin(town)
    town.do(trials.admit, person_id=tester, now=NOW)
    town.do(trials.admit, person_id=tester, now=NOW)
    town.do(trials.note_visitor, person_id=visitor, now=NOW)

    def out(person_id: str) -> bool:
        return bool(town.do(trials.shuts_out, person_id=person_id, on=TODAY))

    assert (out(official.person_id), out(tester), out(visitor)) == (False, False, True)
    town.do(trials.admit, person_id=visitor, now=NOW)
    town.do(trials.note_visitor, person_id=visitor, now=NOW)
    assert not out(visitor)

    town.do(revoke, role_id=official.id, by=OPERATOR, places=town.pack.places, on=TODAY, now=NOW)
    assert out(official.person_id)


def test_a_code_is_used_once(town: Town) -> None:
    one, other = town.person(), town.person()
    begin(town)
    code = town.do(trials.invite_tester, by=OPERATOR, now=NOW)

    assert town.do(trials.join, code=code, person_id=one, now=NOW + days(6))
    assert not town.do(trials.join, code=code, person_id=other, now=NOW + days(6))


def test_the_audience_of_an_announcement_is_cut_to_the_invited(town: Town) -> None:
    role = town.official("district_official", DISTRICT)
    tester = town.person()
    town.person()
    begin(town)
    town.do(trials.admit, person_id=tester, now=NOW)

    assert town.do(count, pack=town.pack, role=role, wanted=Wanted(DISTRICT), now=NOW).count == 1


def test_a_message_to_somebody_else_is_parked_and_the_end_decides(town: Town) -> None:
    tester, other = town.person(), town.person()
    begin(town)
    town.do(trials.admit, person_id=tester, now=NOW)
    for who in (tester, other):
        for kind in ("reply", "status", "reminder"):
            key = f"{kind}:{who}"
            town.do(enqueue, key=key, person_id=who, kind=kind, message=Message(kind), now=NOW)

    sent = []
    for _ in range(4):
        claimed = town.do(
            claim_ready, channel="telegram", now=NOW, limit=10, bulk=10, lease=timedelta(minutes=5),
            busy=(),
        )  # fmt: skip
        sent += [(one.person_id, one.kind) for one in claimed]
    assert sorted(kind for who, kind in sent if who == tester) == ["reminder", "reply", "status"]
    assert [kind for who, kind in sent if who == other] == ["reply"]
    assert town.do(held) == type(town.do(held))(news=1, decisions=1)

    ended = town.do(ending_trial.end, pack=town.pack, on=TODAY, now=NOW, erase_testers=False, tell=town.told)
    assert (ended.testers, ended.news, ended.decisions) == (1, 1, 1)
    states = dict(town.do(lambda db: db.execute(select(deliveries.c.key, deliveries.c.state)).all()))
    assert states[f"reminder:{other}"] == "cancelled"
    assert states[f"status:{other}"] == "owed"
    assert acts(town) == ["trial.begin", "trial.end"]


def test_a_tester_stays_one_after_linking_and_is_forgotten_with_the_person(town: Town) -> None:
    tester, other = town.person(), town.person(channel="zalo_oa")
    begin(town)
    town.do(trials.admit, person_id=other, now=NOW)
    code = town.do(link_code, person_id=tester, now=NOW)
    town.do(link_by_code, code=code, person_id=other, now=NOW)

    assert town.do(trials.standing, of=trials.TESTER) == (tester,)
    town.do(erase, pack=town.pack, person_id=tester, now=NOW, tell=town.told)
    assert town.do(trials.standing, of=trials.TESTER) == ()


def test_only_visitors_of_whom_nothing_else_is_known_are_erased(town: Town) -> None:
    known, stranger = town.person(), town.person()
    town.idea(known)
    begin(town)
    for who in (known, stranger):
        town.do(trials.note_visitor, person_id=who, now=NOW)

    town.do(ending_trial.end, pack=town.pack, on=TODAY, now=NOW + days(1), erase_testers=False, tell=town.told)
    assert town.do(person, known) is not None
    assert town.do(person, stranger) is None
