"""
The list of nouns that name a person: linking and erasing walk it and know no table themselves.

A new table with a person in it belongs to one noun here, or to `UNCHANGED` with its reason. A test compares both with
the tables.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from registry.answers import answers, unanswered
from registry.applications import assisted, claims, drafts, entities, files, questions
from registry.broadcasts import approvals, audiences, broadcasts
from registry.deadlines import handed_papers, occurrences, pauses
from registry.deliveries import notices, surviving, web_history
from registry.gatherings import gatherings, invitees
from registry.listening import enclosures, prompts
from registry.people import consents, conversations, leaves, official_names, people, roles, stories, trials


class Noun(Protocol):
    """A file with a table that names people, and its rules for the two times a name changes."""

    def take_over(self, db: Connection, *, keep: str, gone: str, now: datetime) -> None:
        """Give the kept person what belonged to the other one."""

    def forget(self, db: Connection, *, person_id: str, now: datetime) -> None:
        """Remove or close what belongs to an erased person."""


TABLES: Mapping[Noun, frozenset[str]] = {
    people: frozenset({"people", "accounts"}),
    conversations: frozenset({"conversations"}),
    roles: frozenset({"roles", "invitations"}),
    official_names: frozenset({"official_names"}),
    leaves: frozenset({"leaves"}),
    consents: frozenset({"consents"}),
    trials: frozenset({"trial_people"}),
    stories: frozenset({"stories"}),
    web_history: frozenset({"web_history"}),
    notices: frozenset({"notices"}),
    entities: frozenset({"entities", "members"}),
    claims: frozenset({"claims"}),
    drafts: frozenset({"drafts"}),
    files: frozenset({"files"}),
    assisted: frozenset({"entries"}),
    enclosures: frozenset({"enclosures"}),
    prompts: frozenset({"prompts"}),
    questions: frozenset({"questions"}),
    unanswered: frozenset({"askers"}),
    answers: frozenset({"office_answers"}),
    broadcasts: frozenset({"broadcasts"}),
    approvals: frozenset({"approvals"}),
    audiences: frozenset({"tags"}),
    occurrences: frozenset({"occurrences"}),
    handed_papers: frozenset({"handed_papers"}),
    pauses: frozenset({"pauses"}),
    gatherings: frozenset({"gatherings"}),
    invitees: frozenset({"invitees"}),
    surviving: frozenset({"deliveries"}),
}
"""Every noun with the tables it owns.  A link goes from people to deliveries, an erasure the other way."""
NOUNS: tuple[Noun, ...] = tuple(TABLES)
UNCHANGED: Mapping[str, str] = {
    "applications": "sealed under the key of the person who entered it; seen through the entity",
    "audit": "chained: an entry is never rewritten",
    "events": "history: the actor stays the actor",
    "products": "named under the key of the keeper; seen through the entity",
}
"""Tables that name a person and that neither a link nor an erasure changes, with the reason."""
