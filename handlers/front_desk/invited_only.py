"""The gate of a trial: only invited people are answered, and a valid code of somebody invited lets a person in."""

from content.actions.action import parse_words
from content.actions.producers import Link, LinkForSure, StartAsOfficial, StartAsTester, StartInvited, StartLinked
from content.fold import fold
from content.message import Message
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from registry.applications.assisted import entry_by_code
from registry.deliveries import deliveries, keys
from registry.people import invitations, roles, trials
from registry.people.one_time_codes import bare_code
from registry.people.people import current
from registry.people.tallies import tally

OPENING = (StartAsOfficial, StartAsTester, StartInvited, StartLinked, Link, LinkForSure)
"""The commands that carry a one-time code."""
CLAIM = "nhan"
"""The command that takes over an entity the office entered first."""
RIGHTS = frozenset({"dulieu", "dung", "tamdung"})
"""The commands about what is stored and sent: a trial takes them from nobody who was there before it."""


def shuts_out(desk: Desk) -> bool:
    """
    True when the trial keeps the person out, so that no conversation may take this message.

    A person who shows a code of somebody invited becomes a tester; its conversation uses the code.
    """
    if not trials.shuts_out(desk.db, person_id=desk.person.id, on=desk.today):
        return False
    return not _brings_a_code(desk) and not _has_rights(desk)


def turn_away(desk: Desk) -> bool:
    """
    Say once a day that only invited people are answered; True when a message was queued.

    Of what the person wrote nothing is stored.  A group, and a chat that was only opened, get no answer.
    """
    if not desk.said.private or desk.said.kind == "opened":
        return False
    trials.note_visitor(desk.db, person_id=desk.person.id, now=desk.now)
    tally(desk.db, day=desk.today, what="turned_away")
    contact = desk.house.contact
    key = "trial.closed_call" if contact else "trial.closed"
    assistant = said(desk, "trial.assistant_of" if desk.house.office else "trial.assistant")
    queued = deliveries.enqueue(
        desk.db,
        key=keys.turned_away(desk.account.id, desk.today),
        person_id=desk.person.id,
        kind="reply",
        message=Message(said(desk, key, contact=contact, assistant=assistant)),
        now=desk.now,
        account=desk.account,
    )
    return queued is not None


def _brings_a_code(desk: Desk) -> bool:
    name, words = _command(desk)
    if name == "lienket":
        words = " ".join(words.split()[:1]) if parse_words(name, words, LinkForSure) is None else words
    db, now = desk.db, desk.now
    if name == CLAIM:  # an official reads it out, and it is typed with blanks or without
        name, words = "start", f"moi_{bare_code(words.removeprefix('moi_'))}"
    match parse_words(name, words, *OPENING):
        case StartAsOfficial(code):  # the role it gives is the invitation
            return invitations.look_at_invitation(db, kind="role", code=code, now=now) is not None
        case StartAsTester(code):
            return invitations.look_at_invitation(db, kind="trial", code=code, now=now) is not None
        case StartInvited(code):
            known = entry_by_code(db, code=code, now=now) is not None or _is_of_the_invited(desk, "entity", code)
            known = known or _is_of_the_invited(desk, "claim", code)
        case StartLinked(code) | LinkForSure(code):
            known = _is_of_the_invited(desk, "link", code)
        case Link(code):
            known = _is_of_the_invited(desk, "link", code.removeprefix("lk_"))
        case _:
            return False
    if known:
        trials.admit(db, person_id=desk.person.id, now=now)
    return known


def _has_rights(desk: Desk) -> bool:
    """True for a person known from before the trial who asks for their data, a pause or an end."""
    begun = trials.begun_at(desk.db)
    return begun is not None and desk.person.created_at < begun and _command(desk)[0] in RIGHTS


def _command(desk: Desk) -> tuple[str, str]:
    """Return the command that was typed or pressed in private, and the words behind it; empty for other words."""
    text = desk.said.payload or desk.said.text
    if not desk.said.private or not text.startswith("/"):
        return "", ""
    name, _, words = text[1:].partition(" ")
    return fold(name.partition("@")[0]), words


def _is_of_the_invited(desk: Desk, kind: invitations.InvitationKind, code: str) -> bool:
    maker = invitations.look_at_invitation(desk.db, kind=kind, code=code, now=desk.now)
    if maker is None:
        return False
    return maker == roles.OPERATOR or trials.is_invited(desk.db, person_id=current(desk.db, maker), on=desk.today)
