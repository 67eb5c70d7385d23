"""The migration that turns the parts of a delivery's key into columns, with rows of every old state and key."""

import importlib
import inspect
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text

from content.message import Message
from registry.deliveries import keys
from registry.deliveries.deliveries import cancel, enqueue
from registry.deliveries.keys import Key, Purpose, Subject
from registry.deliveries.states import Reason, State
from registry.store.engines import open_engine
from registry.store.rows import deliveries
from registry.store.schema import NEWEST, current, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.store.test_schema import _to
from tests.registry.town import NOW

migration: Any = importlib.import_module("migrations.versions.0006_delivery_columns")

OLD_REASONS = {
    "owed": "429 Too Many Requests",
    "claimed": None,
    "held": "no valid token; consent again",
    "paused": None,
    "sent": None,
    "doubtful": "no answer in time",
    "refused": "Bad Request: message is too long",
    "given_up": "Bad Gateway",
    "unreachable": "first account: Forbidden",
    "expired": "no longer true when they wrote",
    "cancelled": "superseded",
}
NEW_REASONS = {
    "owed": ("attempt_failed", "429 Too Many Requests"),
    "claimed": (None, None),
    "held": ("consent_needed", None),
    "paused": (None, None),
    "sent": (None, None),
    "doubtful": ("no_answer", "no answer in time"),
    "refused": ("refused_by_platform", "Bad Request: message is too long"),
    "given_up": ("attempt_failed", "Bad Gateway"),
    "unreachable": ("first_account_unreachable", "Forbidden"),
    "expired": ("no_longer_true_when_they_wrote", None),
    "cancelled": ("superseded", None),
}

PERSON = "p-1_x"
KEYS = {
    "application_status": keys.application_status("a1", 3, PERSON),
    "application_review": keys.application_review("a1", 3, "review.new", PERSON),
    "entry_question": keys.entry_question("e1", PERSON),
    "entry_result": keys.entry_result("e1", "entry.reminder", ""),
    "question_answer": keys.question_answer("q1", NOW),
    "question_asked": keys.question_asked("q1", "question.new", PERSON),
    "file_lost": keys.file_lost("f1"),
    "kept_for": keys.kept_for("r1"),
    "reminder": keys.reminder("o1"),
    "reminder_again": keys.reminder_again("o1", NOW),
    "deadline_moved": keys.deadline_moved("d1", PERSON, NOW),
    "digest": keys.digest(PERSON, "2021-06-07"),
    "nudge": keys.nudge("k1", "3"),
    "lesson": keys.lesson("l1", "2"),
    "broadcast_finished": keys.broadcast_finished("b1", 2),
    "broadcast_left_edit": keys.broadcast_left_edit("b1", NOW, NOW),
    "broadcast_look": keys.broadcast_look("b1", 12, "7-going"),
    "broadcast_approval": keys.broadcast_approval("b1", 2, PERSON),
    "broadcast_verdict": keys.broadcast_verdict("b1", 2),
    "broadcast_stopped": keys.broadcast_stopped("b1", 2),
    "broadcast_over": keys.broadcast_over("b1", 2),
    "broadcast_trial": keys.broadcast_trial("c1", NOW),
    "alert": keys.alert(Subject.BROADCAST, "b1", f"2:{NOW.isoformat()}", PERSON),
    "gathering_notice": keys.gathering_notice("g1", Purpose.SEAT, "20210601080000", PERSON),
    "gathering_left_change": keys.gathering_left_change("g1", NOW, NOW, PERSON),
    "gathering_verdict": keys.gathering_verdict("g1", 2),
    "gathering_stopped": keys.gathering_stopped("g1", 2, PERSON),
    "linked": keys.linked("c1", NOW),
    "same_person": keys.same_person(PERSON, NOW),
    "consent_alarm": keys.consent_alarm("zalo_oa", date(2021, 6, 1), PERSON),
    "refusal_alarm": keys.refusal_alarm("zalo_oa", "template:status", NOW.isoformat(), PERSON),
}
NEWER = {
    "broadcast_over", "disk_alarm", "handed_over", "office_answer", "office_answer_approval", "office_answer_verdict",
    "office_answer_withdrawn", "paper_answer", "paper_said", "pause_alarm", "question_taken", "recording_typed", "recording_waits",
    "role_notice", "turned_away",
}  # fmt: skip
"""Makers added after the migration: no old row has such a key."""
REPLIES = {"reply", "album_reply", "trouble_reply", "intake_reply"}


def about(key: Key) -> tuple[Any, ...] | None:
    return None if key.subject is None else (key.subject, key.subject_id, key.purpose, key.edition)


@pytest.mark.parametrize("name", KEYS)
def test_an_old_key_becomes_the_columns_its_maker_writes_today(name: str) -> None:
    assert migration._about(KEYS[name].text, PERSON, {"g1"}) == about(KEYS[name])


def test_a_gathering_is_told_from_a_broadcast_though_both_are_stopped_and_reported() -> None:
    alert = keys.alert(Subject.GATHERING, "g1", "2", PERSON)

    assert migration._about(alert.text, PERSON, {"g1"}) == about(alert)
    assert migration._about(keys.broadcast_approval("b1", 2, PERSON, NOW).text, PERSON, {"g1"}) == (
        "broadcast", "b1", "approval", None,
    )  # fmt: skip


def test_every_maker_of_a_key_has_a_row_here() -> None:
    makers = {
        name
        for name, made in inspect.getmembers(keys, inspect.isfunction)
        if made.__module__ == keys.__name__ and inspect.signature(made).return_annotation is Key
    }

    assert makers == set(KEYS) | REPLIES | NEWER


def test_every_reason_of_ours_is_one_of_today() -> None:
    assert {*migration.OUR_REASONS.values(), *migration.PLATFORMS_WORDS.values()} <= set(Reason)


def old_database(url: str, vault: Vault) -> None:
    """A database of the release before, with a delivery in every state."""
    engine = open_engine(url, vault)
    with engine.begin() as db:
        _to(db, "0005")
        db.execute(
            text(
                "INSERT INTO people (id, language, reminders, sample, created_at) VALUES (:id, 'vi', false, false, :now)"
            ),
            {"id": PERSON, "now": NOW},
        )
        rows = [
            {"id": f"{state}", "key": f"status:a-{state}:1:{PERSON}", "state": state, "reason": reason}
            for state, reason in OLD_REASONS.items()
        ]
        rows.append({"id": "night", "key": f"urgent:b1:{PERSON}", "state": "owed", "reason": None})
        rows.append({"id": "reply", "key": "reply:1:0", "state": "sent", "reason": None})
        rows.append({"id": "free", "key": "something old", "state": "sent", "reason": None})
        for row in rows:
            kind = {"night": "broadcast", "reply": "reply"}.get(row["id"], "status")
            db.execute(
                text(
                    "INSERT INTO deliveries (id, key, person_id, channel, account, kind, priority, state, created_at,"
                    " due_at, attempts, doubtful, parts, reason) VALUES (:id, :key, :person, 'telegram', '1', :kind, 1,"
                    " :state, :now, :now, 0, false, 0, :reason)"
                ),
                row | {"person": PERSON, "kind": kind, "now": NOW},
            )
    engine.dispose()


def test_rows_of_every_old_state_keep_it_and_get_their_columns(empty_url: str, vault: Vault) -> None:
    old_database(empty_url, vault)

    assert upgrade(empty_url, vault) == ("0005", NEWEST)

    store = Store(empty_url, vault)
    rows = {row.id: row for row in store.read_now(lambda db: db.execute(select(deliveries)).all())}
    assert set(OLD_REASONS) == {state.value for state in State}
    for state, expected in NEW_REASONS.items():
        row = rows[state]
        assert (row.state, row.reason, row.detail) == (state, *expected)
        assert (row.subject, row.subject_id, row.purpose, row.edition) == ("application", f"a-{state}", "status", "1")
    assert [rows[name].by_night for name in ("night", "owed")] == [True, False]
    assert {rows[name].subject for name in ("night", "reply", "free")} == {None}
    assert cancelled(store, "owed") == 1
    assert cancelled(store, "sent") == 0
    key = keys.application_status("a-held", 1, PERSON)
    twice = store.write_now(enqueue, key=key, person_id=PERSON, kind="status", message=Message("Tin"), now=NOW)
    assert twice is None
    store.close()


def cancelled(store: Store, state: str) -> int:
    return store.write_now(
        cancel, subject=Subject.APPLICATION, subject_id=f"a-{state}", purposes=(Purpose.STATUS,),
        person_id=PERSON, reason=Reason.SUPERSEDED,
    )  # fmt: skip


def test_killed_at_any_statement_it_has_changed_nothing(tmp_path: Path, vault: Vault) -> None:
    class KilledError(Exception):
        pass

    old = tmp_path / "old.db"
    old_database(f"sqlite:///{old}", vault)
    left = [0]

    def kill(_db: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError(statement)

    done, after = False, 0
    event.listen(Engine, "before_cursor_execute", kill)
    try:
        while not done:
            after += 1
            file = tmp_path / f"{after}.db"
            shutil.copyfile(old, file)
            left[0] = after
            try:
                upgrade(f"sqlite:///{file}", vault)
                done = True
            except KilledError:
                left[0] = 0
                engine = open_engine(f"sqlite:///{file}", vault)
                with engine.connect() as db:
                    assert current(db) == "0005"
                    assert "subject" not in {row[1] for row in db.execute(text("PRAGMA table_info(deliveries)"))}
                engine.dispose()
    finally:
        event.remove(Engine, "before_cursor_execute", kill)
    assert after > 15
