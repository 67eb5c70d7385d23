"""An official in words: the name they gave, their title, and the number they let people see."""

from collections.abc import Iterable

from content.language.saying import phone_said
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from registry.people.official_names import named, official_name
from registry.people.roles import Role


def official_said(desk: Desk, role: Role, *, phone: bool = False) -> str:
    """Name and title; the role's usual words for a missing title, and the number only where it is asked for."""
    known = official_name(desk.db, role.person_id)
    words = named(known.name, role.title or said(desk, f"role.{role.role}"))
    if not phone or known.phone is None:
        return words
    return said(desk, "official.with_phone", official=words, phone=phone_said(known.phone))


def officials_said(desk: Desk, held: Iterable[Role], *, phone: bool = False) -> str:
    """Several officials, each once."""
    return "; ".join(dict.fromkeys(official_said(desk, role, phone=phone) for role in held))


def phones_said(desk: Desk, held: Iterable[Role]) -> str:
    """The numbers these officials let people see, each once."""
    known = [official_name(desk.db, role.person_id).phone for role in held]
    return ", ".join(dict.fromkeys(phone_said(phone) for phone in known if phone))
