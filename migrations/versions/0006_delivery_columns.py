"""
The parts of a delivery's key as columns, and its reason as a fixed word.

Until now rules compared the beginning of a key (`status:<application>:%`).  The columns are filled from
the old keys; the keys stay as they are.  The old reason of a delivery was a sentence of the program or the text of
a platform.  Our sentences become fixed words, and the platform's text is moved to `detail`.
States are not touched.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AT_ONCE = 1000
UNSENT = "state in ('owed', 'held', 'paused') and subject_id is not null"

# the first word of a key, for keys with the id of their subject in the second place
SIMPLE = {
    "answer": ("question", "answer"),
    "file": ("file", "lost"),
    "kept": ("role", "kept"),
    "moved": ("deadline", "moved"),
    "digest": ("person", "digest"),
    "nudge": ("draft", "nudge"),
    "lesson": ("lesson", "lesson"),
    "reminder": ("occurrence", "reminder"),
}
# the second word after `status:`, with the id of their subject in the third place
STATUS = {
    "broadcast": ("broadcast", "finished"),
    "editing": ("broadcast", "editing"),
    "look": ("broadcast", "look"),
    "approval": ("broadcast", "approval"),
    "verdict": ("broadcast", "verdict"),
    "trial": ("account", "trial"),
    "link": ("account", "link"),
    "same": ("person", "link"),
}
OUR_REASONS = {
    "left before it was sent": "left_before_it_was_sent",
    "its words cannot be opened": "its_words_cannot_be_opened",
    "no valid token; consent again": "consent_needed",
    "no longer true when its turn came": "no_longer_true_when_its_turn_came",
    "no longer true when they wrote": "no_longer_true_when_they_wrote",
    "they did not write while it was true": "they_did_not_write_while_it_was_true",
    "older than a restored backup is trusted for": "older_than_a_restored_backup_is_trusted_for",
    "superseded": "superseded",
    "said anew, with the days that are left": "replaced_by_a_newer_reminder",
    "written anew": "written_again",
    "approved": "decided",
    "open": "decided",
    "refused": "decided",
    "confirmed": "decided",
    "expired": "decided",
    "withdrawn": "decided",
    "mended since": "fixed",
    "consented since": "consented",
    "linked to another account, which is told": "linked_to_another_account_that_gets_it",
    "the day was moved": "the_day_was_moved",
    "the deadline was moved before it left": "the_day_was_moved",
    "called off": "called_off",
    "does not come": "does_not_come",
    "stopped": "gathering_stopped",
    "broadcast stopped": "broadcast_stopped",
    "its author's role ended": "the_role_of_its_author_ended",
    "they want nothing unasked": "they_want_nothing_unasked",
    "the person paused": "the_person_paused",
    "the person said stop": "the_person_said_stop",
    "consent withdrawn": "consent_withdrawn",
    "person erased": "person_erased",
}
FIRST_ACCOUNT = "first account: "
PLATFORMS_WORDS = {
    "owed": "attempt_failed",
    "claimed": "attempt_failed",
    "given_up": "attempt_failed",
    "held": "until_they_write",
    "doubtful": "no_answer",
    "refused": "refused_by_platform",
    "unreachable": "account_unreachable",
}


def upgrade() -> None:
    for name in ("subject", "subject_id", "purpose", "edition", "detail"):
        op.add_column("deliveries", sa.Column(name, sa.Text(), nullable=True))
    op.add_column(
        "deliveries", sa.Column("by_night", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    db = op.get_bind()
    db.execute(sa.text("UPDATE deliveries SET by_night = true WHERE key LIKE 'urgent:%'"))
    _fill_subjects(db)
    _fix_reasons(db)
    op.create_index(
        "ix_deliveries_subject",
        "deliveries",
        ["subject_id"],
        sqlite_where=sa.text(UNSENT),
        postgresql_where=sa.text(UNSENT),
    )


def _fill_subjects(db: sa.Connection) -> None:
    """A reply, and a copy of a broadcast, has no subject."""
    page = sa.text(
        "SELECT id, key, person_id FROM deliveries"
        " WHERE id > :after AND kind != 'reply' AND broadcast_id IS NULL ORDER BY id LIMIT :at_once"
    )
    fill = sa.text(
        "UPDATE deliveries SET subject = :subject, subject_id = :subject_id, purpose = :purpose, edition = :edition"
        " WHERE id = :id"
    )
    gatherings = set(db.execute(sa.text("SELECT id FROM gatherings")).scalars())
    after = ""
    while rows := db.execute(page, {"after": after, "at_once": AT_ONCE}).all():
        after = rows[-1].id
        known = [(row.id, _about(row.key, row.person_id, gatherings)) for row in rows]
        found = [
            {"id": row_id, "subject": about[0], "subject_id": about[1], "purpose": about[2], "edition": about[3]}
            for row_id, about in known
            if about is not None
        ]
        if found:
            db.execute(fill, found)


def _about(key: str, person_id: str, gatherings: set[str]) -> tuple[str, str, str, str | None] | None:
    """The subject, its id, the purpose and the edition; None for a key of another form."""
    first, _, rest = key.partition(":")
    to_person = rest.endswith(f":{person_id}")
    words = rest.removesuffix(f":{person_id}").split(":")
    edition = ":".join(words[1:]) if to_person else None
    if first in SIMPLE:
        return SIMPLE[first][0], words[0], SIMPLE[first][1], None
    if first == "status":
        return _about_status(words, edition, gatherings)
    if first == "review":
        return "application", words[0], "review", edition
    if first == "question":
        return "question", words[0], "ask", edition
    if first == "entry":
        asks = words[1:] == ["ask"]
        return "entry", words[0], "ask" if asks else "result", "" if asks else None
    if first == "event" and len(words) > 1:
        return "gathering", words[0], words[1], ":".join(words[2:]) if to_person else None
    if first == "alarm" and len(words) > 1:
        alarm = words[0].removesuffix("_refused")
        if alarm == words[0]:
            return "alarm", alarm, "consent", edition
        # the refusal may have a colon in it, and the moment has colons
        return "alarm", ":".join([alarm, *words[1:]]), "refusal", edition
    return None


def _about_status(
    words: list[str], edition: str | None, gatherings: set[str]
) -> tuple[str, str, str, str | None] | None:
    """The subject of a key after `status:`; without a word it is the id and version of an application."""
    first, *rest = words
    if first == "alert" and len(rest) > 1:
        noun = "gathering" if rest[0] in gatherings else "broadcast"
        return noun, rest[0], "alert", ":".join(rest[1:])
    if first == "stopped" and rest:
        noun = "gathering" if rest[0] in gatherings else "broadcast"
        return noun, rest[0], "stopped", None if edition is None else ":".join(rest[1:])
    if first in STATUS and rest:
        noun, purpose = STATUS[first]
        told = ":".join(rest[2:]) if first == "look" else ":".join(rest[1:]) if edition is not None else None
        return noun, rest[0], purpose, told
    if len(words) == 2 and edition is not None:
        return "application", first, "status", edition
    return None


def _fix_reasons(db: sa.Connection) -> None:
    """Each sentence of the program becomes its word; the text of a platform moves to `detail`."""
    found = sa.text("SELECT DISTINCT state, reason FROM deliveries WHERE reason IS NOT NULL")
    change = sa.text(
        "UPDATE deliveries SET reason = :new, detail = :detail WHERE state = :state AND reason = :old"
    )
    for state, old in db.execute(found).all():
        new, detail = _fixed(state, old)
        db.execute(change, {"state": state, "old": old, "new": new, "detail": detail})


def _fixed(state: str, old: str) -> tuple[str, str | None]:
    """The word of an old reason, and what a platform said."""
    if old in OUR_REASONS:
        return OUR_REASONS[old], None
    if old.startswith(FIRST_ACCOUNT):
        return "first_account_unreachable", old.removeprefix(FIRST_ACCOUNT)
    return PLATFORMS_WORDS.get(state, "other"), old
