"""
The tables that more than one floor of the registry reads, and the column types all tables share.

Every other table is in the file of its noun; `registry/store/schema.py` lists these files.
Ids are random text made before the insert; moments are UTC; states are words.
Columns named `*_sealed` hold encrypted texts of people (`registry/store/sealing.py`).
"""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class UTCDateTime(TypeDecorator[datetime]):
    """Aware moments in Python, UTC in the database (SQLite hands back naive ones otherwise)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A moment without a time zone: {value!r}. Give an aware one.")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def new_id() -> str:
    """A random id of 96 bits: made before the insert, impossible to guess."""
    return secrets.token_urlsafe(12)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> Column[str]:
    """The primary key of most tables: a random id, made before the insert."""
    return Column("id", Text, primary_key=True)


def partial(name: str, *columns: str, where: str) -> Index:
    """An index of some rows only, on either database."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


installation = Table(
    "installation",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts of this database: the pack it serves, the clock's offset, platform offsets and tokens, a paused pump."""


people = Table(
    "people",
    metadata,
    id_column(),
    Column("data_key", LargeBinary),  # wrapped; NULL once erased
    Column("name_sealed", LargeBinary),
    Column("phone_sealed", LargeBinary),
    Column("phone_print", Text, index=True),  # keyed hash, for look-up
    Column("address_form", Text),  # anh, chị, cô, chú, bác; NULL until chosen
    Column("language", Text, nullable=False, server_default="vi"),
    Column("place", Text, index=True),  # the commune they named, for announcements
    Column("reminders", Boolean, nullable=False, server_default=text("false")),  # only who asked for them
    Column("remind_hour", Integer),  # local hour; NULL follows the pack
    Column("paused_until", UTCDateTime),  # nothing unasked before this
    Column("stopped_at", UTCDateTime),  # /dung: nothing unasked at all
    Column("lessons", Text),  # audience of the weekly lesson; NULL when not wanted
    Column("heard_aloud", Integer, nullable=False, server_default=text("0")),  # presses of 🔊; from 2 on each question
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    Column("merged_into", Text, index=True),  # the same person, met on another channel before; their key stays
    Column("phone_verified_at", UTCDateTime),  # a platform vouched for the number
    Column("created_at", UTCDateTime, nullable=False),
    Column("erased_at", UTCDateTime),
    partial("ix_people_learning", "id", where="lessons is not null"),
)

accounts = Table(
    "accounts",
    metadata,
    id_column(),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, unreachable
    Column("last_spoke_at", UTCDateTime, nullable=False),
    UniqueConstraint("channel", "account"),
)


drafts = Table(
    "drafts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("application_id", Text, ForeignKey("applications.id")),  # when it corrects or completes one
    Column("answers_sealed", LargeBinary, nullable=False),
    Column("field", Text),  # the question that waits
    Column("state", Text, nullable=False),  # open, submitted, dropped
    Column("created_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    Column("left_at", UTCDateTime),  # its person said "not now": nobody asks about it until they go on
    Column("planned_for", Text),  # the deadlines its reminders were planned for; NULL since it was changed
    partial("ix_drafts_idle", "key", where="state = 'open' and left_at is null"),
    Index("ix_drafts_planned_for", "form", "state", "planned_for"),
)

roles = Table(
    "roles",
    metadata,
    id_column(),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),  # helper, commune_official, district_official, province_official, admin
    Column("place", Text, nullable=False),
    Column("title", Text),  # shown to producers: "Phòng NN&PTNT huyện Quảng Ninh"
    Column("until", Date, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", UTCDateTime, nullable=False),
    Column("revoked_at", UTCDateTime),
    Index("ix_roles_place", "place", "role"),
)

leaves = Table(
    "leaves",
    metadata,
    id_column(),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),  # the official who is away
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("place", Text, nullable=False, index=True),  # of that role
    Column("stand_in_id", Text, ForeignKey("people.id"), nullable=False),
    Column("stand_in_role_id", Text, ForeignKey("roles.id")),  # a role for the leave; NULL where they have one there
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),  # the last day away
    Column("planned_at", UTCDateTime, nullable=False),
    Column("begun_at", UTCDateTime),
    Column("ended_at", UTCDateTime),
)


entities = Table(
    "entities",
    metadata,
    id_column(),
    Column("keeper_id", Text, ForeignKey("people.id"), nullable=False, index=True),  # under whose key its words lie
    Column("kind", Text, nullable=False),  # ids of the pack: household, group, cooperative, company, …
    Column("place", Text, nullable=False, index=True),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("tax_code", Text),
    Column("imported", Text, unique=True),  # the office's own number, so a second import changes and does not add
    Column("created_at", UTCDateTime, nullable=False),
)


members = Table(
    "members",
    metadata,
    Column("entity_id", Text, ForeignKey("entities.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True, index=True),
    Column("part", Text, nullable=False),  # owner, helper
    Column("since", UTCDateTime, nullable=False),
)

applications = Table(
    "applications",
    metadata,
    id_column(),
    Column("code", Text, nullable=False, unique=True),  # YT-2026-000123-K
    Column("draft_key", Text, nullable=False, unique=True),  # the same draft twice is one application
    Column("entity_id", Text, ForeignKey("entities.id"), nullable=False, index=True),
    Column("product_id", Text, ForeignKey("products.id"), nullable=False, index=True),  # of which it is one course
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),  # entered it; its key
    Column("place", Text, nullable=False, index=True),  # of production
    Column("kind", Text, nullable=False),  # new, completing, recognised
    Column("product_group", Text),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("answers_sealed", LargeBinary, nullable=False),
    Column("holder", Text, nullable=False),  # the place whose office has it now
    Column("holder_since", UTCDateTime, nullable=False),
    Column("due_on", Date),  # when an answer is expected; NULL where the office has set no term
    Column("submitted_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    Column("planned_for", Text, index=True),  # the deadlines its reminders were planned for; NULL since it was changed
    Column("overdue_told_at", UTCDateTime),  # its office was reminded, and nobody above can take it; until it moves
    Index("ix_applications_holder_status", "holder", "status", "holder_since"),
    partial("ix_applications_overdue", "holder", "status", "due_on", where="overdue_told_at IS NULL"),
    partial("ix_applications_overdue_told", "holder", where="overdue_told_at IS NOT NULL"),
)


notices = Table(
    "notices",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),  # nudge, lesson, digest
    Column("subject", Text, nullable=False),  # a draft, a person with what they learn, an official
    Column("step", Text, nullable=False),  # the number of the nudge, the topic, the Monday
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("due_at", UTCDateTime, nullable=False),
    Column("state", Text, nullable=False),  # planned, said, skipped
    Column("reason", Text),
    Column("closed_at", UTCDateTime),
    UniqueConstraint("kind", "subject", "step"),
    partial("ix_notices_due", "kind", "due_at", where="state = 'planned'"),
    partial("ix_notices_skipped", "closed_at", where="state = 'skipped'"),
)
"""Scheduled messages other than deadline reminders, each once."""


broadcasts = Table(
    "broadcasts",
    metadata,
    id_column(),
    Column("number", Text, nullable=False, unique=True),  # "12/2026"
    Column("author", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("place", Text, nullable=False),  # top of the subtree it goes to
    Column("wanted", JSON, nullable=False),  # whom of the place: ids and numbers, never words of people
    Column("text_sealed", LargeBinary, nullable=False),  # the message, under the installation's key
    Column("draft_sealed", LargeBinary, nullable=False),  # the author's text, under the installation's key
    Column("state", Text, nullable=False),  # waiting (for approval), editing, going, paused, done, cancelled, refused
    Column("version", Integer, nullable=False),  # an approval counts for one version alone
    Column("reasons", JSON, nullable=False),  # why a second official is needed; empty when none is
    Column("people", Integer, nullable=False),  # the audience, frozen once it goes
    Column("confirmed_at", UTCDateTime, nullable=False),
    Column("due_at", UTCDateTime, nullable=False),  # the hour it is to leave at
    Column("ends_at", UTCDateTime),  # nothing of it is delivered later; NULL for one of before this column
    Column("dated_at", UTCDateTime),  # its day: when it first leaves, whatever is sent again later
    Column("by_night", Boolean, nullable=False),  # may arrive in the quiet hours
    Column("corrects", Text, ForeignKey("broadcasts.id"), index=True),
    Column("rounds", Integer, nullable=False),  # how often it was sent: once, and again to those it did not reach
    Column("reported_at", UTCDateTime),
    Column("paused_role", Text),  # while it is paused, the role that did it
    Column("taken_from", Text),  # while it is edited, the state it had before
    Column("edited_at", UTCDateTime),  # while it is edited, the last change
    Column("edit_sealed", LargeBinary),  # the text typed so far, under the installation's key
)


deliveries = Table(
    "deliveries",
    metadata,
    id_column(),
    Column("key", Text, nullable=False, unique=True),  # the idempotency key; only `registry.deliveries.keys` makes it
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),  # reply, status, reminder, broadcast
    Column("priority", Integer, nullable=False),  # 0 reply … 3 broadcast
    Column("message_sealed", LargeBinary),  # NULL: the broadcast's text
    Column("broadcast_id", Text, ForeignKey("broadcasts.id")),
    Column("subject", Text),  # the noun it is about, and below its id (`registry.deliveries.keys.Subject`)
    Column("subject_id", Text),
    Column("purpose", Text),  # which message about it (`registry.deliveries.keys.Purpose`)
    Column("edition", Text),  # the version of the subject it shows; NULL: no other person gets the same message
    Column("by_night", Boolean, nullable=False, server_default=text("false")),  # two officials let it go at night
    Column("state", Text, nullable=False),  # only `registry.deliveries.states` writes it
    Column("created_at", UTCDateTime, nullable=False),
    Column("due_at", UTCDateTime, nullable=False),
    Column("not_after", UTCDateTime),
    Column("claimed_until", UTCDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("trying_since", UTCDateTime),  # the first of these attempts
    Column("doubtful", Boolean, nullable=False, server_default=text("false")),
    Column("platform_id", Text),
    Column("reason", Text),  # `registry.deliveries.states.Reason`
    Column("detail", Text),  # the platform's own words, for operators; nothing reads them but people
    Column("sent_at", UTCDateTime),
    Column("understood_at", UTCDateTime),  # a tap on "Đã hiểu" under an announcement
    Column("parts", Integer, nullable=False, server_default=text("0")),  # messages as the platform counts them
    Column("first_number", Integer),  # of its choices, where a channel writes numbers; 0: shown without any
    Column("numbered_at", UTCDateTime),
    partial("ix_deliveries_held", "person_id", where="state = 'held'"),
    partial("ix_deliveries_held_until", "not_after", where="state = 'held'"),
    partial("ix_deliveries_copies", "broadcast_id", "state", where="broadcast_id is not null"),
    partial("ix_deliveries_paused", "broadcast_id", where="state = 'paused'"),
    partial("ix_deliveries_failed", "state", where="state in ('refused', 'given_up', 'doubtful', 'unreachable')"),
    partial("ix_deliveries_pending", "person_id", where="state in ('owed', 'claimed')"),
    partial("ix_deliveries_notices", "person_id", "due_at", where="priority > 0"),
    partial(
        "ix_deliveries_subject", "subject_id", where="state in ('owed', 'held', 'paused') and subject_id is not null"
    ),
    partial(
        "ix_deliveries_owed", "channel", "priority", "due_at", "created_at", "key", where="state in ('owed', 'claimed')"
    ),
)

spendings = Table(
    "spendings",
    metadata,
    Column("delivery_id", Text, ForeignKey("deliveries.id"), primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("dong", Integer, nullable=False),
    Column("reserved", Integer, nullable=False, server_default=text("0")),  # of a message whose end is not known yet
    Column("spent_at", UTCDateTime, nullable=False),
    Index("ix_spendings_account", "account_id", "year"),
)
"""The cost of messages where a platform charges for them; reserved before they leave."""

web_history = Table(
    "web_history",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, autoincrement=True),
    Column("account", Text, nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("message_sealed", LargeBinary, nullable=False),
    Column("said_at", UTCDateTime, nullable=False),
    Index("ix_web_history_account", "account", "id"),
    sqlite_autoincrement=True,  # a page asks for what is after its last number, which therefore never falls
)
"""The messages of the web chat: no platform keeps them, so they are kept here, under the person's key."""

enclosures = Table(
    "enclosures",
    metadata,
    id_column(),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("draft_key", Text, ForeignKey("drafts.key"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("field", Text, nullable=False),  # the question under which it was sent
    Column("kind", Text, nullable=False),  # voice, document, location
    Column("file_id", Text, ForeignKey("files.id"), index=True),  # NULL for a location
    Column("spot_sealed", LargeBinary),  # of a location: [latitude, longitude]
    Column("place", Text, nullable=False),  # whose officials may hear it
    Column("state", Text, nullable=False),  # `State` of registry/listening/enclosures.py; only its `change` writes it
    Column("value_sealed", LargeBinary),  # the answer as it was typed from a voice, until and after the yes
    Column("typed_by", Text),
    Column("typed_at", UTCDateTime),
    Column("sent_at", UTCDateTime, nullable=False),
    partial("ix_enclosures_waiting", "place", "sent_at", where="state = 'waiting'"),
)
"""Everything sent under a question without answering it (`registry/listening/enclosures.py`)."""

prompts = Table(
    "prompts",
    metadata,
    Column("key", Text, primary_key=True),  # a question of a form, or a card
    Column("author", Text, ForeignKey("people.id"), nullable=False, index=True),  # the official whose voice it is
    Column("file_id", Text, ForeignKey("files.id"), nullable=False, index=True),
    Column("words_print", Text, nullable=False),  # of the text it was recorded for: another text is not spoken by it
    Column("recorded_at", UTCDateTime, nullable=False),
)
"""Texts of the pack as an official has spoken them (`registry/listening/prompts.py`)."""


gatherings = Table(
    "gatherings",
    metadata,
    id_column(),
    Column("author", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("kind", Text, nullable=False),  # producers, councils, fair
    Column("place", Text, nullable=False),  # top of the subtree that is invited
    Column("words_sealed", LargeBinary, nullable=False),  # {"title", "venue"} under the installation's key
    Column("starts_at", UTCDateTime, nullable=False),
    Column("seats", Integer),  # NULL: as many as come
    Column("state", Text, nullable=False),  # waiting and refused (by a second official), held, open, cancelled
    Column("version", Integer, nullable=False),  # grows with every change that is sent to people who come
    Column("invited", Integer, nullable=False),  # the people invited, frozen
    Column("reasons", JSON, nullable=False),  # why a second official has to look first; empty when none has to
    Column("words_by", Text, nullable=False, index=True),  # the author of the present title and venue
    Column("words_at", UTCDateTime, nullable=False),
    Column("approved_by", Text),  # the second official, to the words as they are now
    Column("due_at", UTCDateTime),  # before it nobody is told these words; NULL while it waits, and in older rows
    Column("taken_up_by", Text),  # an official is changing it: until they save or give up, it does not go
    Column("taken_up_at", UTCDateTime),  # while it is changed before it left
    Column("turned_away", JSON),  # ids of officials who wanted to approve it meanwhile
    Column("reminded_at", UTCDateTime),  # the evening before was said; empty again when the day moves
    Column("created_at", UTCDateTime, nullable=False),
    partial("ix_gatherings_open", "starts_at", where="state = 'open'"),
)
"""Trainings and fairs officials invite to (`registry/gatherings/`); `events` above is what happened to applications."""

invitees = Table(
    "invitees",
    metadata,
    Column("gathering_id", Text, ForeignKey("gatherings.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True, index=True),
    Column("state", Text, nullable=False),  # none, yes, waiting, no, later
    Column("answered_at", UTCDateTime),  # of a yes or a place in the line: its order
    Column("told_at", UTCDateTime),  # the invitation was queued
    Column("came", Boolean),  # as the official tapped; NULL while nobody looked
    Column("marked_by", Text),
    partial("ix_invitees_untold", "gathering_id", "person_id", where="told_at IS NULL"),
    partial("ix_invitees_coming", "gathering_id", "person_id", where="state = 'yes'"),
    partial("ix_invitees_waiting", "gathering_id", "answered_at", "person_id", where="state = 'waiting'"),
)
