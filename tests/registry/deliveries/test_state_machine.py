"""Random claims, outcomes, crashes, pauses, cancels and expiry, against the table of transitions and a model."""

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import insert, literal, select, update

from content.message import Message
from registry.deadlines.occurrences import plan_parked_again
from registry.deliveries import deliveries as outbox
from registry.deliveries import of_broadcasts, surviving
from registry.deliveries.claims import claim_ready, enqueue_claimed, give_back
from registry.deliveries.dead_letters import enqueue_again
from registry.deliveries.deliveries import Pending
from registry.deliveries.keys import Subject, application_status, reply
from registry.deliveries.outcomes import Doubtful, Refused, Sent, TryAgain, Unreachable
from registry.deliveries.routing import expire_held, move_over, park, release_held
from registry.deliveries.states import FINAL, TRANSITIONS, UNSENT, Reason, State, Trigger
from registry.people.people import Account, leave, meet
from registry.people.roles import grant
from registry.store.rows import accounts, broadcasts, deliveries, people
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.town import COMMUNE, NOW

LEASE = timedelta(minutes=5)
PEOPLE = ("1", "2", "3")
BROADCAST = "b1"
OUTCOMES = st.sampled_from(
    [
        Sent("7"),
        TryAgain(timedelta(seconds=12), "flood"),
        TryAgain(timedelta(minutes=1), "no way", counted=False),
        Doubtful("no answer in time"),
        Unreachable("blocked"),
        Refused("too long"),
        Refused("outside the window", until_they_write=True),
    ]
)
ENDS_CLAIM = (Trigger.RETRY, Trigger.GIVE_UP, Trigger.MOVE_OVER, Trigger.FIND_NOBODY, Trigger.REFUSE, Trigger.PARK)


class Deliveries(RuleBasedStateMachine):
    """One channel with three people and one broadcast; each rule names the triggers it may pull."""

    template: ClassVar[Path]
    vault: ClassVar[Vault]
    folder: ClassVar[Path]

    @initialize()
    def begin(self) -> None:
        file = self.folder / "played.db"
        for old in self.folder.glob("played.db*"):
            old.unlink()
        shutil.copyfile(self.template, file)
        self.store = Store(f"sqlite:///{file}", self.vault)
        self.now = NOW
        self.numbers = 0
        self.claimed: dict[str, Pending] = {}
        self.model: dict[str, State] = {}
        self.people = {one: self.do(meet, channel="telegram", account=one, now=NOW)[0].id for one in PEOPLE}
        role = self.do(grant, person_id=self.people["1"], role="commune", place=COMMUNE, granted_by="operator", now=NOW)
        row = {
            "id": BROADCAST, "number": "1/2021", "author": self.people["1"], "role_id": role.id, "place": COMMUNE,
            "wanted": {}, "text_sealed": self.vault.seal_common(f"broadcasts:text:{BROADCAST}", '{"text": "Tin"}'),
            "draft_sealed": b"", "state": "going", "version": 1, "reasons": [], "people": 3, "confirmed_at": NOW,
            "due_at": NOW, "by_night": False, "rounds": 1,
        }  # fmt: skip
        self.do(lambda db: db.execute(insert(broadcasts).values(**row)).rowcount)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    def do(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        return self.store.write_now(unit, *args, **kwargs)

    def rows(self) -> Mapping[str, Any]:
        return {row.id: row for row in self.store.read_now(lambda db: db.execute(select(deliveries)).all())}

    def see(self, *triggers: Trigger) -> dict[str, tuple[State | None, State]]:
        """The changes since the last look; each must be a transition of one of the triggers."""
        rows = self.rows()
        assert set(self.model) <= set(rows)
        changed: dict[str, tuple[State | None, State]] = {}
        for row_id, row in rows.items():
            before, after = self.model.get(row_id), State(row.state)
            if before is after:
                continue
            changed[row_id] = (before, after)
            assert before not in {State.SENT, State.EXPIRED, State.CANCELLED}, (before, after, triggers)
            # a claimed message is as good as sent: nobody takes it back but an erasure or a restore
            taken_back = after in {State.PAUSED, State.CANCELLED} and before is State.CLAIMED
            assert not taken_back or {Trigger.ERASE, Trigger.DISCARD}.intersection(triggers), (before, after, triggers)
            steps = [TRANSITIONS[trigger] for trigger in triggers]
            assert any(
                after is step.target and (before is None if step.sources is None else before in step.sources)
                for step in steps
            ), (before, after, triggers)
            self.model[row_id] = after
        return changed

    # rules that make messages due

    @rule(who=st.sampled_from(PEOPLE), kind=st.sampled_from(["status", "reminder"]), short=st.booleans())
    def enqueues(self, who: str, kind: str, short: bool) -> None:
        self.numbers += 1
        key = application_status("a1", self.numbers, self.people[who])
        not_after = self.now + timedelta(minutes=2) if short else None
        made = [
            self.do(
                outbox.enqueue, key=key, person_id=self.people[who], kind=kind, message=Message("Tin"), now=self.now,
                not_after=not_after,
            )
            for _ in range(2)
        ]  # fmt: skip
        assert made[1] is None
        assert len(self.see(Trigger.ENQUEUE)) == (made[0] is not None)

    @rule(who=st.sampled_from(PEOPLE))
    def answers(self, who: str) -> None:
        account = self.account(who)
        if account is None or account.account in self.claimed:
            return
        self.numbers += 1
        made = self.do(
            enqueue_claimed, key=reply(self.numbers, 0), person_id=self.people[who], account=account,
            message=Message("Dạ"), now=self.now, lease=LEASE,
        )  # fmt: skip
        assert len(self.see(Trigger.ENQUEUE_CLAIMED)) == (made is not None)
        if made is not None:
            self.claimed[made.account] = made

    @rule()
    def broadcasts(self) -> None:
        audience = select(
            accounts.c.person_id.label("person_id"), literal("telegram").label("channel"), accounts.c.account
        ).where(accounts.c.state == "open", accounts.c.channel == "telegram")
        self.do(
            of_broadcasts.enqueue, broadcast_id=BROADCAST, people=audience.subquery(), by_night=False,
            due_at=self.now, ends_at=self.now + timedelta(days=2), now=self.now,
        )  # fmt: skip
        self.see(Trigger.ENQUEUE)

    # the sender

    @rule(limit=st.integers(1, 4))
    def claims(self, limit: int) -> None:
        before = dict(self.model)
        taken = self.do(
            claim_ready, channel="telegram", now=self.now, limit=limit, bulk=limit, lease=LEASE, busy=set(self.claimed)
        )
        self.see(Trigger.CLAIM, Trigger.EXPIRE, Trigger.FIND_NOBODY, Trigger.MOVE_OVER)
        assert len({one.account for one in taken}) == len(taken)
        for one in taken:
            assert before[one.id] in {State.QUEUED, State.CLAIMED}
            assert self.model[one.id] is State.CLAIMED
            assert one.account not in self.claimed
            self.claimed[one.account] = one

    def taken(self, data: Any) -> Pending | None:
        if not self.claimed:
            return None
        return self.claimed.pop(data.draw(st.sampled_from(sorted(self.claimed))))

    @rule(data=st.data(), outcome=OUTCOMES, paid=st.booleans())
    def records(self, data: Any, outcome: Any, paid: bool) -> None:
        one = self.taken(data)
        if one is None:
            return
        was_open = self.model[one.id] in {State.QUEUED, State.CLAIMED}
        self.do(outbox.record, delivery_id=one.id, outcome=outcome, now=self.now, paid=paid)
        changed = self.see(Trigger.SEND, Trigger.DOUBT, *ENDS_CLAIM)
        assert set(changed) <= {one.id}
        if isinstance(outcome, Sent) and was_open:
            assert self.model[one.id] is State.SENT
        if not was_open:
            assert not changed

    @rule(data=st.data(), way=st.sampled_from(["park", "move_over", "give_back", "later"]))
    def takes_no_way(self, data: Any, way: str) -> None:
        one = self.taken(data)
        if one is None:
            return
        if way == "park":
            self.do(park, delivery_id=one.id, detail="closed", now=self.now)
        elif way == "move_over":
            there = Account("", one.person_id, "webchat", one.account, "open", self.now)
            self.do(move_over, delivery_id=one.id, account=there, detail="closed")
        elif way == "give_back":
            self.do(give_back, ids=(one.id,), due_at=self.now + timedelta(minutes=1))
        else:
            self.do(outbox.put_off, delivery_id=one.id, until=self.now + LEASE, detail="closed", now=self.now)
        changed = self.see(Trigger.PARK, Trigger.MOVE_OVER, Trigger.GIVE_BACK, Trigger.RETRY)
        assert set(changed) <= {one.id}

    @rule()
    def sender_dies(self) -> None:
        self.claimed.clear()
        self.do(outbox.release_claims, channel="telegram")
        self.see(Trigger.GIVE_BACK)
        rows = self.rows()
        assert all(rows[one].channel != "telegram" for one, state in self.model.items() if state is State.CLAIMED)

    @rule(minutes=st.sampled_from([1, 4, 6, 60, 60 * 24 * 31]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.do(expire_held, now=self.now)
        self.see(Trigger.EXPIRE)

    # people

    @rule(who=st.sampled_from(PEOPLE))
    def writes(self, who: str) -> None:
        person, _ = self.do(meet, channel="telegram", account=who, now=self.now)
        self.people[who] = person.id
        self.do(
            release_held, person_id=person.id, channel="telegram", account=who, now=self.now,
            remind_again=plan_parked_again,
        )  # fmt: skip
        self.see(Trigger.RELEASE, Trigger.EXPIRE, Trigger.CANCEL)
        rows = self.rows()
        assert not [one for one in rows.values() if one.person_id == person.id and one.state == State.PARKED]

    @rule(who=st.sampled_from(PEOPLE))
    def blocks(self, who: str) -> None:
        self.do(leave, channel="telegram", account=who, at=self.now)
        self.see()

    @rule(who=st.sampled_from(PEOPLE))
    def wants_nothing(self, who: str) -> None:
        self.do(outbox.cancel_unasked, person_id=self.people[who], reason=Reason.PERSON_STOPPED)
        self.see(Trigger.CANCEL)
        unsent = [one for one in self.rows().values() if one.person_id == self.people[who] and one.state in UNSENT]
        assert {one.kind for one in unsent} <= {"reply", "status"}

    @rule(who=st.sampled_from(PEOPLE))
    def is_forgotten(self, who: str) -> None:
        self.do(surviving.forget, person_id=self.people[who], now=self.now)
        self.see(Trigger.ERASE)
        theirs = [one for one in self.rows().values() if one.person_id == self.people[who]]
        assert not [one for one in theirs if one.state in UNSENT or one.state == State.CLAIMED]
        self.claimed = {at: one for at, one in self.claimed.items() if one.person_id != self.people[who]}

    # officials and operators

    @rule(who=st.sampled_from(PEOPLE))
    def supersedes(self, who: str) -> None:
        self.do(
            outbox.cancel, subject=Subject.APPLICATION, subject_id="a1", person_id=self.people[who],
            reason=Reason.SUPERSEDED,
        )  # fmt: skip
        self.see(Trigger.CANCEL)
        rows = self.rows().values()
        assert not [
            one for one in rows if (one.person_id, one.subject_id) == (self.people[who], "a1") and one.state in UNSENT
        ]

    @rule()
    def pauses(self) -> None:
        self.do(of_broadcasts.pause_all, broadcast_id=BROADCAST)
        self.see(Trigger.PAUSE)

    @rule(able=st.booleans())
    def resumes(self, able: bool) -> None:
        self.do(
            of_broadcasts.resume_all, broadcast_id=BROADCAST, able=select(people.c.id) if able else None,
            due_at=self.now, reason=Reason.AUTHOR_LEFT,
        )  # fmt: skip
        self.see(Trigger.RESUME, Trigger.CANCEL)
        assert State.PAUSED not in self.model.values()

    @rule()
    def stops(self) -> None:
        self.do(of_broadcasts.cancel_all, broadcast_id=BROADCAST, reason=Reason.BROADCAST_STOPPED)
        self.see(Trigger.CANCEL)

    @rule()
    def passes_its_end(self) -> None:
        over = update(broadcasts).where(broadcasts.c.id == BROADCAST)
        self.do(lambda db: db.execute(over.values(ends_at=self.now)).rowcount)
        self.do(of_broadcasts.expire_over, now=self.now)
        assert {before for before, _ in self.see(Trigger.EXPIRE).values()} <= set(UNSENT)
        left = [one for one in self.rows().values() if one.broadcast_id == BROADCAST and one.state in UNSENT]
        assert not left
        self.do(lambda db: db.execute(over.values(ends_at=None)).rowcount)

    @rule()
    def repeats(self) -> None:
        self.do(enqueue_again, since=NOW, now=self.now)
        self.see(Trigger.ENQUEUE_AGAIN)

    @rule()
    def discards(self) -> None:
        """After a restore nothing is in flight."""
        self.claimed.clear()
        self.do(outbox.cancel_older, before=self.now)
        self.see(Trigger.DISCARD)

    def account(self, who: str) -> Account | None:
        query = select(accounts).where(accounts.c.channel == "telegram", accounts.c.account == who)
        row = self.store.read_now(lambda db: db.execute(query).one_or_none())
        if row is None:
            return None
        return Account(row.id, row.person_id, row.channel, row.account, row.state, row.last_spoke_at)

    @invariant()
    def a_reason_is_a_fixed_word(self) -> None:
        if hasattr(self, "store"):
            assert {one.reason for one in self.rows().values()} - {None} <= set(Reason)

    @invariant()
    def a_cancelled_or_expired_message_says_why(self) -> None:
        if hasattr(self, "store"):
            closed = [one for one in self.rows().values() if one.state in FINAL and one.state != State.SENT]
            assert all(one.reason for one in closed)


def test_random_play_follows_the_table(sqlite_template: Path, vault: Vault, tmp_path: Path) -> None:
    played = type("Played", (Deliveries,), {"template": sqlite_template, "vault": vault, "folder": tmp_path})

    run_state_machine_as_test(
        played,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
