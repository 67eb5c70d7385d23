"""
Nothing takes something away without a line on the list of tombstones.

Three registers: every act of the audit, every column of an end or a state, and every deletion of rows.
A new one fails here until it is classified; one that takes something away has to note it.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Table

from registry.store.rows import UTCDateTime
from registry.store.schema import every_table
from registry.store.tombstones import Kind
from tests.registry.test_state_owners import functions, sets, sources

ACTS: dict[str, Kind | str] = {
    "announce.approve": "lets go",
    "answer.withdraw": Kind.ANSWER,
    "answer.write": "gives",
    "claim.ask": "asks",
    "claim.code": "gives",
    "claim.join": Kind.CODE,
    "claim.miss": "a wrong number",
    "claim.say": "asks",
    "claim.second": "asks",
    "leave.begin": "gives",
    "leave.end": Kind.LEAVE,
    "leave.plan": "gives",
    "official.name": Kind.NUMBER,
    "paper.escalate": "moves to the office above",
    "paper.say": "says that a paper was handed in",
    "question.hand_over": "moves to another office",
    "question.stop": Kind.STOPPED,
    "recognition.confirm": "gives",
    "recognition.refuse": "a report, which waits for the office again",
    "role.extend": Kind.TERM,
    "role.title": "another title",
    "trial.begin": "of the installation",
    "trial.end": "of the installation: the operator ends it again; each erased tester has a line",
    "trial.invite": "gives",
    "trial.join": Kind.CODE,
    "unanswered.dismiss": "a list of the office",
    "announce.ask": "asks",
    "announce.cancel": Kind.BROADCAST,
    "announce.pause": Kind.BROADCAST,
    "announce.put_back": Kind.BROADCAST,
    "announce.refuse": Kind.BROADCAST,
    "announce.resume": Kind.BROADCAST,
    "announce.retry": "sends",
    "announce.send": "sends",
    "announce.tag": "a label of an office, not a wish of the person",
    "announce.take_up": Kind.BROADCAST,
    "application.withdraw": Kind.APPLICATION,
    "backup.restore": "of the installation",
    "consent.give": "gives",
    "consent.withdraw": Kind.CONSENT,
    "deadline.add": "the office's calendar: seen in /hanchot, and set again there",
    "deadline.drop": "the office's calendar: seen in /hanchot, and dropped again there",
    "deadline.move": "the office's calendar: seen in /hanchot, and moved again there",
    "delivery.anew": "sends",
    "enclosure.keep": "gives",
    "entity.add": "gives",
    "entity.invite": "gives",
    "entity.join": Kind.CODE,
    "entry.code": "gives another code; the old one is good for nothing without its entry",
    "entry.confirm": "gives",
    "entry.drop": Kind.ENTRY,
    "entry.expire": Kind.ENTRY,
    "entry.hand_over": Kind.CODE,
    "entry.make": "gives",
    "entry.paper": "gives",
    "entry.refuse": Kind.ENTRY,
    "event.answer": "an answer, which its person can change",
    "event.attend": "what an official saw",
    "event.cancel": Kind.GATHERING,
    "event.change": "other words; the pump waits for the operator after a restore",
    "event.give_back": "lets go",
    "event.invite": "gives",
    "event.stop": Kind.GATHERING,
    "event.take_up": "an edit; the pump waits for the operator after a restore",
    "export.run": "reads",
    "import.run": "of the office's list, which is taken in again",
    "person.erase": Kind.ERASED,
    "person.link": Kind.ACCOUNT,
    "person.seen": "reads",
    "person.unlink": Kind.ACCOUNT,
    "place.move": Kind.ROLE,
    "place.pause": Kind.PLACE,
    "place.resume": Kind.PLACE,
    "prompt.record": "gives",
    "prompt.remove": "a text read aloud: seen in /thuam, and removed again there",
    "recording.hear": "reads",
    "recording.type": "gives",
    "pump.cancel_older": "of the installation",
    "pump.resume": "of the installation",
    "question.answer": "gives",
    "question.escalate": "moves to the office above",
    "role.grant": Kind.TERM,
    "role.invite": "gives",
    "role.revoke": Kind.ROLE,
    "tombstones.apply": "applies the list",
    "zalo_oa.consent": "of the installation",
}
"""Every act the audit names: the line it leaves, or why it leaves none."""

TAKES: dict[tuple[str, str], Kind] = {
    ("people", "erased_at"): Kind.ERASED,
    ("people", "data_key"): Kind.ERASED,
    ("people", "stopped_at"): Kind.MESSAGES,
    ("people", "paused_until"): Kind.MESSAGES,
    ("people", "reminders"): Kind.MESSAGES,
    ("people", "lessons"): Kind.MESSAGES,
    ("accounts", "person_id"): Kind.ACCOUNT,
    ("consents", "withdrawn_at"): Kind.CONSENT,
    ("roles", "revoked_at"): Kind.ROLE,
    ("roles", "until"): Kind.TERM,
    ("invitations", "redeemed_at"): Kind.CODE,
    ("invitations", "expires_at"): Kind.CODE,
    ("broadcasts", "state"): Kind.BROADCAST,
    ("gatherings", "state"): Kind.GATHERING,
    ("applications", "status"): Kind.APPLICATION,
    ("entries", "state"): Kind.ENTRY,
    ("drafts", "state"): Kind.DRAFT,
    ("files", "state"): Kind.FILE,
    ("pauses", "ends_at"): Kind.PLACE,
    ("office_answers", "state"): Kind.ANSWER,
    ("office_answers", "withdrawn_at"): Kind.ANSWER,
    ("questions", "answer_sealed"): Kind.STOPPED,
    ("claims", "state"): Kind.CLAIM,
    ("leaves", "ended_at"): Kind.LEAVE,
    ("official_names", "phone_sealed"): Kind.NUMBER,
    ("occurrences", "reason"): Kind.REMINDERS,
}
"""Columns by which something is taken away.  A function that writes one notes the kind, or is in SPARED."""

SPARED: dict[str, str] = {
    "registry/people/people.py take_over": "joining two people wishes nothing away; a stop goes through set_preference",
    "registry/people/people.py mark_merged": "the row of the other person, whose accounts have moved",
    "registry/people/people.py meet": "an erased person comes back as a new one",
    "registry/people/consents.py _close": "called by `withdraw`, which notes it, and by `give`, which replaces it",
    "registry/people/roles.py forget": "part of an erasure, which is on the list",
    "registry/applications/assisted.py forget": "part of an erasure, which is on the list",
    "registry/applications/assisted.py take_paper": "waits for a paper",
    "registry/applications/confirming.py take_papers": "waits again: its paper was lost",
    "registry/applications/files.py drop": "called by `let_go`, which notes it, in an erasure, after a restore, and for what nothing names",
    "registry/applications/files.py keep": "the bytes arrive",
    "registry/applications/files.py lose": "the platform lost it",
    "registry/applications/file_room/upkeep.py repair": "the bytes are wanted again",
    "registry/applications/file_room/upkeep.py remove_leaving": "its line was written when it was let go",
    "registry/broadcasts/broadcasts.py set_values": "refuses the state",
    "registry/deadlines/occurrences.py change": "writes the reasons it is given",
    "registry/gatherings/approvals.py": "a second official lets go or refuses, before anybody was told",
    "registry/gatherings/delays.py": "delays and opens; `_drop` notes",
    "registry/gatherings/planning.py _write": "writes what it is given; `cancel` notes",
    "registry/identity/reapplying.py": "applies the list",
    "registry/deadlines/occurrences.py postpone": "later",
    "registry/answers/answers.py withdraw": "calls `change`, which notes it",
    "registry/applications/questions.py answer": "gives an answer",
    "registry/deadlines/lessons.py finish": "the course is over",
}

DELETES: dict[str, str] = {
    "accounts": "in an erasure",
    "askers": "in an erasure, and after their time",
    "asked_back": "questions without a name, after a year",
    "handed_papers": "in an erasure, and of a person who was joined",
    "official_names": "in an erasure, and of a person who was joined",
    "trial_people": "in an erasure, and when the trial ends",
    "conversations": "of the talk: in an erasure, and of a person who was joined",
    "deadlines": "computed from certificates",
    "deliveries": "copies of a broadcast whose audience is counted again",
    "inbox": "events that were handled",
    "import_rows": "staged rows of an office's list, after its run has ended",
    "installation": "facts of the machine",
    "invitations": "unused codes of a trial that is over",
    "leaves": "in an erasure",
    "invitees": "in an erasure, and of a person who was joined",
    "members": "in an erasure, and of a person who was joined",
    "notices": "planned ones of a clock that ran ahead",
    "occurrences": "computed from deadlines",
    "prompts": "texts read aloud: removed by their office, and with the official who is erased",
    "stories": "sent, older than a week, and in an erasure",
    "spendings": "a price that was not paid",
    "tags": "in an erasure, and of a person who was joined",
    "tellings": "which day was told",
    "web_history": "in an erasure",
}


def _named() -> set[str]:
    found: set[str] = set()
    for module in sources().values():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "record":
                continue
            for word in node.keywords:
                if word.arg == "act" and isinstance(word.value, ast.Constant):
                    found.add(str(word.value.value))
    return found


def test_every_act_of_the_audit_is_classified() -> None:
    named = _named()

    assert len(named) > 40
    assert named - ACTS.keys() == set(), "Say which line this act leaves, or why it leaves none."
    assert {act for act in ACTS if not act.startswith("application.")} - named == set()


def test_every_kind_has_an_act_or_a_column() -> None:
    assert {one for one in (*ACTS.values(), *TAKES.values()) if isinstance(one, Kind)} == set(Kind)


_ENDS = re.compile(
    r"(erased|stopped|paused|withdrawn|revoked|redeemed|expires|ends|refused|closed|dropped|left|cancelled|removed"
    r"|ended|until|forgotten|blocked|muted|banned|deleted|retracted|disabled)(_at|_on)?$|^(state|status)$"
)
_SETTLED = frozenset(
    {
        *TAKES,
        ("deadlines", "dropped_at"),  # the office's calendar
        ("files", "loose_until"),  # the next look of a sweep
        ("enclosures", "state"),  # heard and typed, or of no use: the file stays with its question
        ("drafts", "left_at"),  # one nudge, which the pump keeps until the operator has looked
        ("broadcasts", "ends_at"),  # an end of what it says
        ("claims", "closed_at"),  # with its state
        ("handed_papers", "state"),  # the office's answer
        ("handed_papers", "status"),
        ("invitations", "until"),  # the last day of the role it gives
        ("office_answers", "until"),  # its last day
        ("leaves", "until_on"),  # its last day
        ("recognitions", "ends_on"),  # of a certificate
        ("recognitions", "state"),  # a refused report waits for the office again
        ("accounts", "state"),  # whether a platform reaches them
        ("applications", "expires_on"),  # of a certificate
        ("deliveries", "state"),  # of one message: the pump waits for the operator after a restore
        ("deliveries", "claimed_until"),
        ("entries", "closed_at"),  # with its state
        ("invitees", "state"),  # an answer, which its person can change
        ("inbox", "state"),
        ("import_runs", "state"),  # of a list of an office, which is taken in again
        ("notices", "state"),
        ("notices", "closed_at"),
        ("occurrences", "state"),  # the reason tells that a person stopped it
        ("questions", "state"),
        ("questions", "closed_at"),
        ("checklist_items", "state"),  # a list the person ticks
        ("defects", "mended_at"),
        ("entries", "code_until"),  # with its entry
        ("events", "status"),  # history
    }
)


def _ends(table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        if _ENDS.search(column.name) or (
            column.nullable and isinstance(column.type, UTCDateTime) and "_until" in column.name
        ):
            yield table.name, column.name


def test_every_column_that_tells_of_an_end_is_classified() -> None:
    found = {one for table in every_table().tables.values() for one in _ends(table)}

    assert len(found) > 15
    assert found - _SETTLED == set(), "Does writing this column take something away? Put it into TAKES or _SETTLED."


@pytest.mark.parametrize("column", TAKES, ids=".".join)
def test_whoever_takes_something_away_notes_it(column: tuple[str, str]) -> None:
    silent = [
        f"{path} {name}"
        for path, module in sources().items()
        for name, function in functions(module)
        if sets(function, *column) and not _notes(function) and not _is_spared(path, name)
    ]

    assert silent == [], f"These take away {TAKES[column]} and leave no tombstone: call note(db, Kind.…)."


def test_whoever_is_spared_still_writes() -> None:
    writing = {
        found
        for column in TAKES
        for path, module in sources().items()
        for name, function in functions(module)
        if sets(function, *column) and not _notes(function)
        for found in (path, f"{path} {name.split()[0]}")
    }

    assert SPARED.keys() - writing == set()


def test_a_writer_without_a_line_is_found() -> None:
    source = "def silent(db): db.execute(update(roles).where(x).values(revoked_at=now))"
    (name, function), *_ = functions(ast.parse(source))

    assert sets(function, "roles", "revoked_at")
    assert not _notes(function)
    assert not _is_spared("registry/people/roles.py", name)


def test_every_deletion_of_rows_is_classified() -> None:
    found = {
        node.args[0].id
        for path, module in sources().items()
        if path.startswith("registry/")
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete"
        if isinstance(node.args[0], ast.Name)
    }

    assert found == DELETES.keys()


def _notes(function: ast.AST) -> bool:
    """True when it notes a line of any kind."""
    return any(
        isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "note")
            or (isinstance(node.func, ast.Attribute) and node.func.attr == "note")
        )
        for node in ast.walk(function)
    )


def _is_spared(path: str, name: str) -> bool:
    return path in SPARED or f"{path} {name.split(maxsplit=1)[0]}" in SPARED
